// SPDX-License-Identifier: GPL-2.0-only
/* The command table: what there is to call, and with which options. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "kern.h"
#include "out.h"
#include "privileges.h"
#include "sender.h"
#include "statement.h"

#define SETTING_HELP(id, key, kind, min, max, help) \
	"  " key "\n      " help "\n"

#define CLASS_HELP(id, name, help) "  " #name ": " help "\n"

#define RESOLVER_HELP \
	"  --resolver ADDR  ask this DNS server for SPF records, not the system's"

static const struct command commands[] = {
	{ "load", CAPS_CHANGE | CAPS_HOST | CAPS_FILE_READ, cmd_load,
	  OPT_MODE | OPT_SHADOW | OPT_CONFIG | OPT_LEDGER | OPT_FORCE |
		  OPT_RESOLVER | OPT_JSON,
	  "load IFACE [--mode auto|native|generic] [--shadow] [-c FILE]\n"
	  "            [--ledger FILE] [--resolver ADDR[:PORT]] [-j]",
	  "Answer on an interface, or upgrade the program that does.\n"
	  "The configuration, /etc/xdp-fakemx.conf or FILE, is applied where no policy\n"
	  "is loaded yet, or where -c names it.\n\n"
	  "  --mode MODE   native: in the driver; generic: in front of the kernel's\n"
	  "                stack; auto (the default): native where it can be had\n"
	  "  --shadow      decide and count, but pass everything to the kernel\n"
	  "  -c FILE       the configuration; what is not in it is taken out\n"
	  "  --ledger FILE add the senders that unload or senders wrote there; it may be\n"
	  "                missing\n"
	  "  --force       --shadow also where it opens a listener on a decoy, and a\n"
	  "                FILE that allows 0.0.0.0/0 or ::/0\n" RESOLVER_HELP },
	{ "unload", CAPS_CHANGE, cmd_unload, OPT_ALL | OPT_LEDGER,
	  "unload IFACE | unload --all [--ledger FILE]",
	  "Stop answering, and remove what is pinned.\n"
	  "The policy goes with the last interface, and so does the ledger.\n\n"
	  "  --all         every interface, also of another version\n"
	  "  --ledger FILE write the ledger there first; load --ledger reads it" },
	{ "decoy", CAPS_CHANGE, cmd_statement, 0,
	  "decoy ADDR [role first|last] [answer reset|verify]",
	  "Answer for this address: it is published as a fake MX.\n"
	  "Its role is first, the MX of lowest preference, if not said.\n\n"
	  "  answer reset   to a SYN, if nothing else is said\n"
	  "  answer verify  a SYN cookie; who brings it back is noted as verified, and\n"
	  "                 reset then, and nothing is kept of who does not. A last decoy\n"
	  "                 only: some mail servers try no other MX once connected" },
	{ "real", CAPS_CHANGE, cmd_statement, 0, "real ADDR",
	  "Watch this address: it is a working MX on this host." },
	{ "allow", CAPS_CHANGE | CAPS_FILE_READ, cmd_statement,
	  OPT_FORCE | OPT_RESOLVER,
	  "allow ADDR[/LEN] [for TIME | until DATE] [comment TEXT]\n"
	  "       " TOOL " allow file:PATH\n"
	  "       " TOOL " allow spf:DOMAIN [--resolver ADDR[:PORT]]",
	  "Let a sender through to the mail server behind the decoys.\n\n"
	  "  file:PATH     all that this file has: an address or prefix a line, or a table\n"
	  "                of Postfix's (cidr_table); refresh and apply read it again\n"
	  "  spf:DOMAIN    all who may send for the domain, by its SPF record; refresh and\n"
	  "                apply resolve it again\n"
	  "  for TIME      no longer than this from now on: 12h, 30d\n"
	  "  until DATE    or than this: 2027-03-01, 2027-03-01T10:00Z\n"
	  "  --force       also 0.0.0.0/0 and ::/0, and an SPF record without most of\n"
	  "                what it had, or of very many senders\n" RESOLVER_HELP },
	{ "pool", CAPS_CHANGE, cmd_statement, OPT_FORCE | OPT_RESOLVER,
	  "pool spf:DOMAIN [--resolver ADDR[:PORT]]",
	  "Name a large provider, who tries again from any address of his SPF record.\n"
	  "He is not allowed by that: but where one of his came to a real MX, another who\n"
	  "was turned away is taken for one that retried.\n\n"
	  "  --force       also an SPF record without most of what it had, or of very\n"
	  "                many senders\n" RESOLVER_HELP },
	{ "set", CAPS_CHANGE, cmd_statement, OPT_FORCE, "set KEY VALUE",
	  "Change a setting.\n\n" SETTINGS(
		  SETTING_HELP) "\n  --force       shadow also where it opens a listener on a decoy" },
	{ "delete", CAPS_CHANGE, cmd_delete, OPT_FORCE, "delete STATEMENT",
	  "Take a statement out again: delete allow 203.0.113.5" },
	{ "list", CAPS_READ, cmd_list, OPT_JSON, "list [-j]",
	  "Print the running policy, as statements." },
	{ "apply", CAPS_CHANGE | CAPS_FILE_READ, cmd_apply,
	  OPT_DRY_RUN | OPT_FORCE | OPT_RESOLVER | OPT_JSON,
	  "apply FILE [--dry-run] [--force] [--resolver ADDR[:PORT]] [-j]",
	  "Make the running policy equal to a configuration, in one step.\n"
	  "What it takes out and adds is printed.\n\n"
	  "  --dry-run     only print it\n"
	  "  --force       also a FILE that allows 0.0.0.0/0 or ::/0, that takes out more\n"
	  "                than half of a long allowlist, or all of a list, or whose\n"
	  "                shadow mode opens a listener on a decoy\n" RESOLVER_HELP },
	{ "refresh", CAPS_CHANGE | CAPS_FILE_READ, cmd_refresh,
	  OPT_DRY_RUN | OPT_FORCE | OPT_RESOLVER | OPT_JSON,
	  "refresh [--dry-run] [--force] [--resolver ADDR[:PORT]] [-j]",
	  "Read the lists of the running policy again, files and SPF records, and put in\n"
	  "force what they have now, in one step. An SPF record that cannot be resolved\n"
	  "keeps what it had; the exit status is 1 then.\n\n"
	  "  --dry-run     only print what would change\n"
	  "  --force       also what takes out more than half of a long allowlist, or\n"
	  "                all of a list, and SPF records of very many senders\n" RESOLVER_HELP },
	{ "check", CAPS_FILE_READ, cmd_check, OPT_FORCE | OPT_RESOLVER,
	  "check FILE [--force] [--resolver ADDR[:PORT]]",
	  "Say whether a configuration could be applied. Nothing is changed.\n\n"
	  "  --force       0.0.0.0/0 and ::/0 are no error\n" RESOLVER_HELP },
	{ "save", CAPS_READ | CAPS_FILE_WRITE, cmd_save, 0, "save [FILE]",
	  "Write the running policy to FILE, or /etc/xdp-fakemx.conf.\n"
	  "Comments of lines that are still in it stay." },
	{ "test", CAPS_CHANGE, cmd_test, OPT_JSON, "test SENDER [ADDR] [-j]",
	  "Ask the program what it does with a SYN from this sender, and by which\n"
	  "statement, of which file and line, or of a command.\n"
	  "ADDR is the decoy, or another address; the first decoy if not said. Nothing is\n"
	  "sent, counted, or written into the ledger." },
	{ "lint", CAPS_READ | CAPS_FILE_READ, cmd_lint,
	  OPT_CONFIG | OPT_RESOLVER | OPT_PROBE | OPT_JSON,
	  "lint DOMAIN [-c FILE] [--resolver ADDR[:PORT]] [--probe] [-j]",
	  "Look at a domain's MX as a sending server does, and say what is wrong.\n"
	  "Its decoys are those of the running policy, or of the configuration where\n"
	  "nothing is loaded. Exits 1 where there is an error.\n\n"
	  "  -c FILE            its decoys are those of this configuration\n"
	  "  --resolver ADDR    ask this DNS server, not the system's\n"
	  "  --probe            connect to them too: do real MX answer on port 25, and do\n"
	  "                     decoys refuse?" },
	{ "status", CAPS_READ | CAPS_NFT, cmd_status, OPT_JSON, "status [-j]",
	  "Say what is loaded where, and what looks wrong.\n"
	  "Exits 3 where nothing is loaded." },
	{ "stats", CAPS_READ, cmd_stats, OPT_JSON, "stats [-j]",
	  "Print the counters, per interface and summed." },
	{ "metrics", CAPS_READ, cmd_metrics, OPT_TEXTFILE | OPT_JSON,
	  "metrics [-j] [--textfile PATH]",
	  "Print the counters for Prometheus.\n\n"
	  "  --textfile PATH   write them to a file, for node_exporter's textfile\n"
	  "                    collector; it is replaced in one step" },
	{ "senders", CAPS_READ, cmd_senders,
	  OPT_CLASS | OPT_SINCE | OPT_SORT | OPT_LIMIT | OPT_EXPORT | OPT_JSON,
	  "senders [--class CLASS] [--since TIME] [--sort KEY] [--limit N] [-j]\n"
	  "       " TOOL " senders --export FILE",
	  "Print who came, and what became of it.\n\n" CLASSES(
		  CLASS_HELP) "\n"
			      "  --class CLASS  only those of this class\n"
			      "  --since TIME   only who was seen since: 24h, 7d, 2026-11-25, ...\n"
			      "  --sort KEY     last-seen (the default), first-seen, attempts, delay,\n"
			      "                 sender\n"
			      "  --limit N      no more than so many\n"
			      "  --export FILE  write the ledger to a file: for load --ledger here, or for\n"
			      "                 report --merge on another host" },
	{ "report", CAPS_READ | CAPS_FILE_READ, cmd_report,
	  OPT_SINCE | OPT_MAILLOG | OPT_MERGE | OPT_RESOLVE | OPT_DNSWL |
		  OPT_RESOLVER | OPT_HTML | OPT_JSON,
	  "report [--since TIME] [--maillog FILE...] [--merge FILE...]\n"
	  "                 [--resolve] [--dnswl ZONE] [--resolver ADDR[:PORT]]\n"
	  "                 [--html FILE | -j]",
	  "Say whose mail is being lost, and how long the others took.\n\n"
	  "  --since TIME       only who was seen since: 24h, 7d, 2026-11-25, ...\n"
	  "  --maillog FILE...  who came to the real MX, by its log: of Postfix or Exim,\n"
	  "                     plain or .gz\n"
	  "  --merge FILE...    what other hosts have seen: see senders --export\n"
	  "  --resolve          ask the DNS for the names of those who may have lost mail\n"
	  "  --dnswl ZONE       and for them in a DNS allowlist, such as list.dnswl.org\n"
	  "  --resolver ADDR    of this server, not of the system's\n"
	  "  --html FILE        write it as a page for a browser, to be mailed or printed;\n"
	  "                     it has senders' addresses: readable for its owner alone" },
	{ "events", CAPS_READ, cmd_events, OPT_FOLLOW | OPT_PCAP | OPT_JSON,
	  "events [--follow] [--pcap FILE] [-j]",
	  "Print attempts as they happen, and what is dropped: a line each, of text\n"
	  "or JSON. It ends after ten seconds; nothing is kept for later.\n\n"
	  "  --follow      go on until it is interrupted, or the policy is unloaded\n"
	  "  --pcap FILE   write every SYN and the answers sent to a capture, for\n"
	  "                Wireshark or tcpdump; - is standard output" },
	{ "top", CAPS_READ, cmd_top, 0, "top",
	  "Watch rates, reasons and senders, until q is pressed.\n"
	  "Needs a terminal. Everything is read anew each second; in a large ledger, the\n"
	  "senders less often.\n\n"
	  "  q             quit\n"
	  "  space         pause, and go on\n"
	  "  b, l          list the busiest senders, or the latest" },
	{ "export", CAPS_READ | CAPS_FILE_READ, cmd_export,
	  OPT_CONFIG | OPT_FORCE | OPT_JSON | OPT_CLASS | OPT_MAX_AGE |
		  OPT_UNVERIFIED | OPT_OUTPUT,
	  "export guard [-c FILE] [--output FILE] [-j]\n"
	  "       " TOOL " export FORMAT [--class CLASS] [--max-age SPAN]\n"
	  "                 [--unverified] [--output FILE]",
	  "Print the policy, or a list of senders, for another program.\n\n"
	  "  guard           a table for nft -f, which keeps everybody else from the\n"
	  "                  decoys' port 25 where the program does not see them\n"
	  "  -c FILE         the policy of this configuration, not the running one\n"
	  "  --force         also of a FILE that allows 0.0.0.0/0 or ::/0\n\n"
	  "Formats of lists:\n"
	  "  plain           an address or prefix a line\n"
	  "  nft             two sets for nft -f; an element times out when its sender is\n"
	  "                  too old for the list\n"
	  "  postfix         a table of its type cidr\n"
	  "  rbldnsd         a zone of its type combined\n"
	  "  zone            a DNS list (RFC 5782) as a zone file\n\n"
	  "  --class CLASS   only those of this class; see senders --help\n"
	  "  --max-age SPAN  only who was seen in the last 12h, 7d, ...; as the setting\n"
	  "                  ledger-max-age has it, if not said\n"
	  "  --unverified    also those of whom only SYNs are known. Anybody can send a SYN\n"
	  "                  in another's name: whoever blocks by such a list lets strangers\n"
	  "                  decide whose mail is refused. Others have connected to a decoy\n"
	  "                  with 'answer verify', and so have shown that they are there\n"
	  "  --output FILE   write it there, in one step" },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(*commands))

static void print_overview(FILE *to)
{
	size_t i;

	fputs("usage: " TOOL " [-v|--verbose] COMMAND ...\n"
	      "       " TOOL " COMMAND --help\n"
	      "       " TOOL " --version\n\n"
	      "Answers for the fake MX addresses of a mail domain with TCP "
	      "resets, in XDP.\n\n",
	      to);
	for (i = 0; i < COMMAND_COUNT; i++)
		fprintf(to, "  %-8s %.*s\n", commands[i].name,
			(int)strcspn(commands[i].help, "\n"), commands[i].help);
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < COMMAND_COUNT; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

/* What the options add to what the command takes, or leave out. */
static __u64 caps_of(const struct command *command, const struct call *call)
{
	const int writing = OPT_TEXTFILE | OPT_EXPORT | OPT_HTML | OPT_PCAP |
			    OPT_OUTPUT | OPT_LEDGER;
	__u64 caps = command->caps;

	if (call->options & writing)
		caps |= CAPS_FILE_WRITE;
	if (call->probe)
		caps |= CAPS_CHANGE;
	if (call->dry_run)
		caps = CAPS_READ | CAPS_FILE_READ;
	return caps;
}

static int run(int argc, char **argv)
{
	const struct command *command;
	struct call call = { 0 };
	bool done = false;
	int err;

	kern_verbose(false);
	if (argc > 1 &&
	    (!strcmp(argv[1], "-v") || !strcmp(argv[1], "--verbose"))) {
		kern_verbose(true);
		argv++;
		argc--;
	}
	if (argc < 2) {
		print_overview(stderr);
		return -EUSAGE;
	}
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
		print_overview(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "-V") || !strcmp(argv[1], "--version")) {
		puts(TOOL " " VERSION);
		return 0;
	}
	command = find_command(argv[1]);
	if (!command) {
		say("%s: no such command; see " TOOL " --help", argv[1]);
		return -EUSAGE;
	}
	err = args_parse(command, &call, argc - 1, argv + 1, &done);
	if (!err && !done)
		err = privileges_keep(caps_of(command, &call));
	if (!err && !done)
		err = command->run(&call);
	args_free(&call);
	return err;
}

int main(int argc, char **argv)
{
	switch (run(argc, argv)) {
	case 0:
		return 0;
	case -EUSAGE:
		return 2;
	case -ENOTLOADED:
		return 3;
	default:
		return 1;
	}
}

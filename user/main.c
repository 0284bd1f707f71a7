// SPDX-License-Identifier: GPL-2.0-only
/* The command table: what there is to call, and with which options. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "kern.h"
#include "out.h"
#include "statement.h"

enum option_bit {
	OPT_JSON = 1 << 0,
	OPT_FORCE = 1 << 1,
	OPT_SHADOW = 1 << 2,
	OPT_ALL = 1 << 3,
	OPT_MODE = 1 << 4,
	OPT_CONFIG = 1 << 5,
	OPT_TEXTFILE = 1 << 6,
};

struct command {
	const char *name;
	int (*run)(const struct call *call);
	int options; /* of enum option_bit, that it takes */
	const char *usage;
	const char *help; /* the first line stands in the overview */
};

#define SETTING_HELP(id, key, max, help) "  " key "\n      " help "\n"

static const struct command commands[] = {
	{ "load", cmd_load,
	  OPT_MODE | OPT_SHADOW | OPT_CONFIG | OPT_FORCE | OPT_JSON,
	  "load IFACE [--mode auto|native|generic] [--shadow] [-c FILE] [-j]",
	  "Answer on an interface, or upgrade the program that does.\n"
	  "The configuration, /etc/xdp-fakemx.conf or FILE, is applied where no policy\n"
	  "is loaded yet, or where -c names it.\n\n"
	  "  --mode MODE   native: in the driver; generic: in front of the kernel's\n"
	  "                stack; auto (the default): native where it can be had\n"
	  "  --shadow      decide and count, but pass everything to the kernel\n"
	  "  -c FILE       the configuration; what is not in it is taken out\n"
	  "  --force       --shadow also where it opens a listener on a decoy, and a\n"
	  "                FILE that allows 0.0.0.0/0 or ::/0" },
	{ "unload", cmd_unload, OPT_ALL, "unload IFACE | unload --all",
	  "Stop answering, and remove what is pinned.\n"
	  "The policy goes with the last interface.\n\n"
	  "  --all         every interface, also of another version" },
	{ "decoy", cmd_statement, 0, "decoy ADDR [role first|last]",
	  "Answer for this address: it is published as a fake MX.\n"
	  "Its role is first, the MX of lowest preference, if not said." },
	{ "real", cmd_statement, 0, "real ADDR",
	  "Watch this address: it is a working MX on this host." },
	{ "allow", cmd_statement, OPT_FORCE, "allow ADDR[/LEN] [comment TEXT]",
	  "Let a sender through to the mail server behind the decoys.\n\n"
	  "  --force       also 0.0.0.0/0 and ::/0" },
	{ "set", cmd_statement, OPT_FORCE, "set KEY VALUE",
	  "Change a setting.\n\n" SETTINGS(
		  SETTING_HELP) "\n  --force       shadow also where it opens a listener on a decoy" },
	{ "delete", cmd_delete, OPT_FORCE, "delete STATEMENT",
	  "Take a statement out again: delete allow 203.0.113.5" },
	{ "list", cmd_list, OPT_JSON, "list [-j]",
	  "Print the running policy, as statements." },
	{ "status", cmd_status, OPT_JSON, "status [-j]",
	  "Say what is loaded where, and what looks wrong.\n"
	  "Exits 3 where nothing is loaded." },
	{ "stats", cmd_stats, OPT_JSON, "stats [-j]",
	  "Print the counters, per interface and summed." },
	{ "metrics", cmd_metrics, OPT_TEXTFILE | OPT_JSON,
	  "metrics [-j] [--textfile PATH]",
	  "Print the counters for Prometheus.\n\n"
	  "  --textfile PATH   write them to a file, for node_exporter's textfile\n"
	  "                    collector; it is replaced in one step" },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(*commands))

static const char short_options[] = "+:jc:hVv";

/* Long options that have no letter are returned as their bit, from here up. */
#define LONG_ONLY 256

static const struct option long_options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "config", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "force", no_argument, NULL, LONG_ONLY + OPT_FORCE },
	{ "shadow", no_argument, NULL, LONG_ONLY + OPT_SHADOW },
	{ "all", no_argument, NULL, LONG_ONLY + OPT_ALL },
	{ "mode", required_argument, NULL, LONG_ONLY + OPT_MODE },
	{ "textfile", required_argument, NULL, LONG_ONLY + OPT_TEXTFILE },
	{ NULL, 0, NULL, 0 },
};

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

static void print_help(const struct command *command)
{
	printf("usage: " TOOL " %s\n\n%s", command->usage, command->help);
	if (command->help[strlen(command->help) - 1] != '\n')
		putchar('\n');
	if (command->options & OPT_JSON)
		puts("\n  -j, --json    print it as one JSON document");
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < COMMAND_COUNT; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

/* Stores an option; returns its bit, for the command to say if it takes it. */
static int store_option(struct call *call, int letter)
{
	switch (letter) {
	case 'j':
		call->json = true;
		return OPT_JSON;
	case 'c':
		call->config = optarg;
		return OPT_CONFIG;
	case LONG_ONLY + OPT_FORCE:
		call->force = true;
		return OPT_FORCE;
	case LONG_ONLY + OPT_SHADOW:
		call->shadow = true;
		return OPT_SHADOW;
	case LONG_ONLY + OPT_ALL:
		call->all = true;
		return OPT_ALL;
	case LONG_ONLY + OPT_MODE:
		call->mode = optarg;
		return OPT_MODE;
	case LONG_ONLY + OPT_TEXTFILE:
		call->textfile = optarg;
		return OPT_TEXTFILE;
	default:
		return 0;
	}
}

/* Options may stand before, between and behind the words; "--" ends them. */
static int parse_options(const struct command *command, struct call *call,
			 int argc, char **argv, bool *done)
{
	int letter;

	optind = 0;
	opterr = 0;
	while ((letter = getopt_long(argc, argv, short_options + 1,
				     long_options, NULL)) != -1) {
		const char *word = argv[optind - 1];

		if (letter == 'h') {
			print_help(command);
			*done = true;
			return 0;
		}
		if (letter == 'v') {
			kern_verbose(true);
			continue;
		}
		if (letter == ':')
			say("%s: %s: needs a value", command->name, word);
		else if (!(store_option(call, letter) & command->options))
			say("%s: %s: no such option; see " TOOL " %s --help",
			    command->name, word, command->name);
		else
			continue;
		return -EUSAGE;
	}
	/* The words behind the options, with the command's name before them. */
	call->argc = argc - optind + 1;
	call->argv = argv + optind - 1;
	call->argv[0] = (char *)command->name;
	return 0;
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
	err = parse_options(command, &call, argc - 1, argv + 1, &done);
	return err || done ? err : command->run(&call);
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

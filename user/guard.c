// SPDX-License-Identifier: GPL-2.0-only
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "out.h"
#include "when.h"

extern char **environ;

#define TABLE "inet xdp_fakemx"
#define CHAIN "decoy"
#define COMMENT "policy "
#define MARK_SIZE 17

static const char *const state_names[] = { "none", "current", "stale" };

/* FNV-1a, 64 bits: what tells one policy from another, and is no secret. */
#define FNV_BASIS 0xcbf29ce484222325ull
#define FNV_PRIME 0x100000001b3ull

static void mark_bytes(__u64 *mark, const void *bytes, size_t len)
{
	const __u8 *byte = bytes;

	while (len--)
		*mark = (*mark ^ *byte++) * FNV_PRIME;
}

static bool is_guarded(const struct row *row)
{
	return row_is_decoy(row) || row->key.kind == FMX_KIND_ALLOW;
}

/* Of what the guard has of a policy, and nothing else. Rows are sorted. */
static void policy_mark(const struct policy *policy, char text[MARK_SIZE])
{
	__u64 mark = FNV_BASIS;
	size_t i;

	for (i = 0; i < policy->count; i++) {
		const struct row *row = &policy->rows[i];

		if (!is_guarded(row))
			continue;
		mark_bytes(&mark, &row->key, sizeof(row->key));
		mark_bytes(&mark, &row->rule.until, sizeof(row->rule.until));
	}
	mark_bytes(&mark, &policy->settings.shadow,
		   sizeof(policy->settings.shadow));
	snprintf(text, MARK_SIZE, "%016llx", (unsigned long long)mark);
}

static int add_row(json_t *document, const struct row *row)
{
	const char *set = row_is_decoy(row) ? "decoys" : "allowed";
	char name[16], text[PREFIX_TEXT_SIZE], until[WHEN_TEXT_SIZE];
	struct prefix prefix;

	row_prefix(row, &prefix);
	prefix_format(&prefix, text);
	if (row->rule.until) {
		when_format(row->rule.until / 1000000, until);
		return json_array_append_new(json_object_get(document,
							     "ending"),
					     json_pack("{s:s, s:s}", "sender",
						       text, "until", until));
	}
	snprintf(name, sizeof(name), "%s%c", set,
		 prefix.family == FMX_IPV4 ? '4' : '6');
	return json_array_append_new(json_object_get(document, name),
				     json_string(text));
}

json_t *guard_document(const struct policy *policy)
{
	json_t *document;
	char mark[MARK_SIZE];
	size_t i;

	policy_mark(policy, mark);
	document = json_pack("{s:s, s:s, s:b, s:[], s:[], s:[], s:[], s:[]}",
			     "table", TABLE, "policy", mark, "shadow",
			     policy->settings.shadow, "decoys4", "decoys6",
			     "allowed4", "allowed6", "ending");
	for (i = 0; i < policy->count; i++) {
		if (!is_guarded(&policy->rows[i]) ||
		    !add_row(document, &policy->rows[i]))
			continue;
		json_decref(document);
		return NULL;
	}
	return document;
}

static void write_set(FILE *to, const json_t *document, const char *name,
		      const char *type)
{
	json_t *elements = json_object_get(document, name), *element;
	size_t i;

	fprintf(to, "\tset %s {\n\t\ttype %s\n", name, type);
	/* Of prefixes one may lie in another. */
	if (*name == 'a')
		fputs("\t\tflags interval\n\t\tauto-merge\n", to);
	json_array_foreach(elements, i, element)
		fprintf(to, "%s%s",
			i ? ",\n\t\t\t" : "\t\telements = {\n\t\t\t",
			json_string_value(element));
	fputs(i ? "\n\t\t}\n\t}\n" : "\t}\n", to);
}

/*
 * Behind conntrack (-200), which puts fragments together, and in front of what
 * translates addresses (-100). IPv4 has the end of a source route as the
 * packet's destination only behind prerouting, which is why input is asked too.
 */
static void write_hook(FILE *to, const char *hook)
{
	fprintf(to,
		"\tchain %s {\n"
		"\t\ttype filter hook %s priority -150; policy accept;\n"
		"\t\tip daddr @decoys4 tcp dport 25 jump " CHAIN "\n"
		"\t\tip6 daddr @decoys6 tcp dport 25 jump " CHAIN "\n"
		"\t}\n",
		hook, hook);
}

/* nft reads a date in local time, and a number as seconds since the epoch. */
static void write_ending(FILE *to, const char *sender, const char *until)
{
	struct fault fault = { "" };
	__s64 end = 0;

	when_parse(until, &end, &fault);
	fprintf(to, "\t\tip%s saddr %s meta time < %lld return\n",
		strchr(sender, ':') ? "6" : "", sender,
		(long long)(end / 1000));
}

/* Whoever is allowed goes back to where the packet came from. */
static void write_allowed(FILE *to, const json_t *document, int family)
{
	const char *sender, *until;
	json_t *ending;
	size_t i;

	fprintf(to, "\t\tip%s saddr @allowed%d return\n",
		family == 6 ? "6" : "", family);
	json_array_foreach(json_object_get(document, "ending"), i, ending) {
		json_unpack(ending, "{s:s, s:s}", "sender", &sender, "until",
			    &until);
		if (!strchr(sender, ':') == (family == 4))
			write_ending(to, sender, until);
	}
}

/*
 * Two ways around the rules for IPv6. Where a fragment header comes late,
 * behind others, conntrack takes it out and the kernel reads what stood behind
 * it as something else than these rules do: such a packet is stopped before.
 * And the kernel goes on to the end of a source route without another look at
 * the rules (ipv6_rthdr_rcv()): what has one, or room for a second behind the
 * first, is stopped at the address that it goes by.
 */
static void write_ipv6_ways(FILE *to, const json_t *document, bool shadow)
{
	const char *verdict = shadow ? "return" : "drop";

	fprintf(to,
		"\tchain fragments {\n"
		"\t\ttype filter hook prerouting priority -450; policy accept;\n"
		"\t\tip6 nexthdr { 43, 51, 60 } jump late_fragment\n"
		"\t\tip6 nexthdr 0 hbh nexthdr != 44 jump late_fragment\n"
		"\t}\n"
		"\tchain late_fragment {\n"
		"\t\texthdr frag exists fib daddr type local counter %s\n"
		"\t}\n"
		"\tchain routes {\n"
		"\t\ttype filter hook prerouting priority -150; policy accept;\n"
		"\t\trt seg-left > 0 jump source_route\n"
		"\t\trt nexthdr != tcp jump source_route\n"
		"\t}\n"
		"\tchain source_route {\n",
		verdict);
	write_allowed(to, document, 6);
	fprintf(to,
		"\t\ttcp dport 25 fib daddr type local counter %s\n"
		"\t}\n",
		verdict);
}

/* A sender who has just been taken off the list ends in peace. */
static void write_verdicts(FILE *to, const json_t *document, bool shadow,
			   const char *mark)
{
	fputs("\tchain " CHAIN " {\n", to);
	write_allowed(to, document, 4);
	write_allowed(to, document, 6);
	fprintf(to,
		"\t\tct state established return\n"
		"\t\tcounter %s comment \"" COMMENT "%s\"\n"
		"\t}\n",
		shadow ? "return" : "reject with tcp reset", mark);
}

void guard_write(FILE *to, const json_t *document)
{
	bool shadow = json_is_true(json_object_get(document, "shadow"));
	const json_t *mark = json_object_get(document, "policy");

	/* Made if it is missing, so that it can be deleted if it is not. */
	fputs("# " TOOL " " VERSION ": the policy as a table of nftables\n"
	      "table " TABLE "\n"
	      "delete table " TABLE "\n\n"
	      "table " TABLE " {\n",
	      to);
	write_set(to, document, "decoys4", "ipv4_addr");
	write_set(to, document, "decoys6", "ipv6_addr");
	write_set(to, document, "allowed4", "ipv4_addr");
	write_set(to, document, "allowed6", "ipv6_addr");
	write_verdicts(to, document, shadow, json_string_value(mark));
	write_hook(to, "prerouting");
	write_hook(to, "input");
	if (json_array_size(json_object_get(document, "decoys6")))
		write_ipv6_ways(to, document, shadow);
	fputs("}\n", to);
}

/* Runs nft, with its standard output in *fd. The process, or -errno. */
static pid_t spawn_nft(int *fd)
{
	char *argv[] = { "nft",	 "-j",	       "list", "chain",
			 "inet", "xdp_fakemx", CHAIN,  NULL };
	posix_spawn_file_actions_t actions;
	int pipe_fds[2], err;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC))
		return -errno;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
					 O_WRONLY, 0);
	err = posix_spawnp(&pid, "nft", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(pipe_fds[1]);
	if (err) {
		close(pipe_fds[0]);
		return -err;
	}
	*fd = pipe_fds[0];
	return pid;
}

/* The mark that a rule of the chain carries; NULL if none does. */
static const char *listed_mark(const json_t *listing)
{
	const char *comment;
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(listing, "nftables"), i, item)
		if (!json_unpack(item, "{s:{s:s}}", "rule", "comment",
				 &comment) &&
		    !strncmp(comment, COMMENT, strlen(COMMENT)))
			return comment + strlen(COMMENT);
	return NULL;
}

/* Whether a guard is in force; and its mark, "" if it has none. */
static bool read_mark(char mark[MARK_SIZE])
{
	const char *listed;
	json_t *listing;
	bool loaded;
	int fd = -1;
	pid_t pid;

	pid = spawn_nft(&fd);
	if (pid < 0)
		return false;
	listing = json_loadfd(fd, 0, NULL);
	close(fd);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	loaded = listing;
	listed = listed_mark(listing);
	snprintf(mark, MARK_SIZE, "%s", listed ? listed : "");
	json_decref(listing);
	return loaded;
}

enum guard_state guard_ask(const struct policy *policy)
{
	char is[MARK_SIZE], should_be[MARK_SIZE];

	if (!read_mark(is))
		return GUARD_NONE;
	policy_mark(policy, should_be);
	return strcmp(is, should_be) ? GUARD_STALE : GUARD_CURRENT;
}

const char *guard_state_name(enum guard_state state)
{
	return state_names[state];
}

/* The policy may be long: it is read only where there is a guard. */
void guard_remind(struct kern *k)
{
	char is[MARK_SIZE], should_be[MARK_SIZE];
	struct policy running = { 0 };

	if (!read_mark(is))
		return;
	if (!policy_read_running(k, &running)) {
		policy_mark(&running, should_be);
		if (strcmp(is, should_be))
			say("the guard in nftables is of the policy before; run: " GUARD_REMEDY);
	}
	policy_clear(&running);
}

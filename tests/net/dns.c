// SPDX-License-Identifier: GPL-2.0-only
/*
 * dns ask SERVER MS NAME TYPE [NAME TYPE...]: asks, and prints for each
 * question, in their order, what became of it and how many records there were.
 * TYPE/cd asks a resolver not to validate.
 *
 * dns evidence SERVER MS [ZONE [no-ptr]]: asks about the addresses on standard
 * input, and prints for each: the address, its reverse name, and what the
 * allowlist ZONE says. "" for ZONE is none.
 *
 * SERVER "" stands for those of the system.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns_evidence.h"
#include "out.h"

#define IN_FLIGHT 3 /* fewer than a test asks for */

struct reply {
	enum dns_status status;
	unsigned int records;
	unsigned int calls;
};

static void on_reply(void *arg, enum dns_status status,
		     struct dns_answer *answer)
{
	struct reply *reply = arg;
	ns_rr record;

	reply->calls++;
	reply->status = status;
	while (answer && dns_next(answer, &record))
		reply->records++;
}

static ns_type type_of(const char *word)
{
	size_t length = strcspn(word, "/");
	static const struct {
		const char *name;
		ns_type type;
	} types[] = { { "A", ns_t_a },	   { "AAAA", ns_t_aaaa },
		      { "MX", ns_t_mx },   { "TXT", ns_t_txt },
		      { "PTR", ns_t_ptr }, { "CNAME", ns_t_cname } };
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strlen(types[i].name) == length &&
		    !strncmp(types[i].name, word, length))
			return types[i].type;
	fprintf(stderr, "dns: %s: no type\n", word);
	exit(2);
}

static const char *status_name(enum dns_status status)
{
	static const char *const names[] = {
		[DNS_FOUND] = "found",	       [DNS_NO_NAME] = "no name",
		[DNS_NO_DATA] = "no data",     [DNS_FAILED] = "failed",
		[DNS_TIMED_OUT] = "timed out",
	};

	return names[status];
}

static int ask(const char *server, unsigned int ms, char **words, int count,
	       struct fault *fault)
{
	struct reply replies[count / 2];
	struct dns *dns;
	int i, err;

	memset(replies, 0, sizeof(replies));
	err = dns_open(&dns, server, ms, IN_FLIGHT, fault);
	if (err)
		return err;
	for (i = 0; i + 1 < count; i += 2)
		(strchr(words[i + 1], '/') ? dns_ask_unchecked : dns_ask)(
			dns, words[i], type_of(words[i + 1]), on_reply,
			&replies[i / 2]);
	err = dns_run(dns);
	dns_close(dns);
	for (i = 0; !err && i + 1 < count; i += 2) {
		const struct reply *reply = &replies[i / 2];

		printf("%s %s: %s, %u records\n", words[i], words[i + 1],
		       status_name(reply->status), reply->records);
		if (reply->calls != 1) {
			printf("called back %u times\n", reply->calls);
			err = -EPROTO;
		}
	}
	return err;
}

static size_t read_addresses(struct prefix **addrs, struct fault *fault)
{
	size_t count = 0, size = 0;
	char line[128];

	*addrs = NULL;
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (count == size) {
			size = size ? 2 * size : 64;
			*addrs = realloc(*addrs, size * sizeof(**addrs));
		}
		if (!*addrs || addr_parse(line, &(*addrs)[count++], fault))
			exit(2);
	}
	return count;
}

static void print_evidence(const struct prefix *addr,
			   const struct dns_evidence *evidence)
{
	struct in_addr code = { htonl(evidence->dnswl_code) };
	char text[PREFIX_TEXT_SIZE];

	prefix_format(addr, text);
	printf("%s: %s", text, dns_ptr_name(evidence->ptr));
	if (*evidence->name)
		printf(" %s", evidence->name);
	printf("; dnswl %d%s", evidence->dnswl,
	       evidence->dnswl_failed ? " failed" : "");
	if (evidence->dnswl_code)
		printf(" %s", inet_ntoa(code));
	putchar('\n');
}

static int evidence(const struct dns_options *options, struct fault *fault)
{
	struct dns_evidence *found;
	struct prefix *addrs;
	size_t count, i;
	int err = -ENOMEM;

	count = read_addresses(&addrs, fault);
	found = calloc(count, sizeof(*found));
	if (found)
		err = dns_evidence(options, addrs, count, found, fault);
	for (i = 0; !err && i < count; i++)
		print_evidence(&addrs[i], &found[i]);
	free(found);
	free(addrs);
	return err;
}

int main(int argc, char **argv)
{
	struct fault fault = { "" };
	struct dns_options options = { 0 };
	int err;

	if (argc < 4) {
		fputs("usage: dns ask|evidence SERVER MS ...\n", stderr);
		return 2;
	}
	options.server = *argv[2] ? argv[2] : NULL;
	options.deadline_ms = atoi(argv[3]);
	options.dnswl = argc > 4 && *argv[4] ? argv[4] : NULL;
	options.resolve = argc <= 5;
	if (!strcmp(argv[1], "ask"))
		err = ask(options.server, options.deadline_ms, argv + 4,
			  argc - 4, &fault);
	else
		err = evidence(&options, &fault);
	if (err)
		say("%s", *fault.text ? fault.text : strerror(-err));
	return err ? 1 : 0;
}

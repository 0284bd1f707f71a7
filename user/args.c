// SPDX-License-Identifier: GPL-2.0-only
#include "args.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern.h"
#include "out.h"

static const char short_options[] = ":jc:hVv";

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
	{ "class", required_argument, NULL, LONG_ONLY + OPT_CLASS },
	{ "since", required_argument, NULL, LONG_ONLY + OPT_SINCE },
	{ "sort", required_argument, NULL, LONG_ONLY + OPT_SORT },
	{ "limit", required_argument, NULL, LONG_ONLY + OPT_LIMIT },
	{ "export", required_argument, NULL, LONG_ONLY + OPT_EXPORT },
	{ "ledger", required_argument, NULL, LONG_ONLY + OPT_LEDGER },
	{ "dnswl", required_argument, NULL, LONG_ONLY + OPT_DNSWL },
	{ "resolver", required_argument, NULL, LONG_ONLY + OPT_RESOLVER },
	{ "resolve", no_argument, NULL, LONG_ONLY + OPT_RESOLVE },
	{ "maillog", required_argument, NULL, LONG_ONLY + OPT_MAILLOG },
	{ "merge", required_argument, NULL, LONG_ONLY + OPT_MERGE },
	{ "dry-run", no_argument, NULL, LONG_ONLY + OPT_DRY_RUN },
	{ "html", required_argument, NULL, LONG_ONLY + OPT_HTML },
	{ "follow", no_argument, NULL, LONG_ONLY + OPT_FOLLOW },
	{ "pcap", required_argument, NULL, LONG_ONLY + OPT_PCAP },
	{ "max-age", required_argument, NULL, LONG_ONLY + OPT_MAX_AGE },
	{ "unverified", no_argument, NULL, LONG_ONLY + OPT_UNVERIFIED },
	{ "output", required_argument, NULL, LONG_ONLY + OPT_OUTPUT },
	{ "probe", no_argument, NULL, LONG_ONLY + OPT_PROBE },
	{ NULL, 0, NULL, 0 },
};

static void print_help(const struct command *command)
{
	printf("usage: " TOOL " %s\n\n%s", command->usage, command->help);
	if (command->help[strlen(command->help) - 1] != '\n')
		putchar('\n');
	if (command->options & OPT_JSON)
		puts("\n  -j, --json    print it as one JSON document");
}

/* Where the value of an option goes that is a text; or NULL. */
static const char **text_of(struct call *call, int option)
{
	switch (option) {
	case OPT_CONFIG:
		return &call->config;
	case OPT_MODE:
		return &call->mode;
	case OPT_TEXTFILE:
		return &call->textfile;
	case OPT_CLASS:
		return &call->class;
	case OPT_SINCE:
		return &call->since;
	case OPT_SORT:
		return &call->sort;
	case OPT_LIMIT:
		return &call->limit;
	case OPT_EXPORT:
		return &call->export;
	case OPT_LEDGER:
		return &call->ledger;
	case OPT_DNSWL:
		return &call->dnswl;
	case OPT_RESOLVER:
		return &call->resolver;
	case OPT_HTML:
		return &call->html;
	case OPT_PCAP:
		return &call->pcap;
	case OPT_MAX_AGE:
		return &call->max_age;
	case OPT_OUTPUT:
		return &call->output;
	default:
		return NULL;
	}
}

/* And of one that is there or not. */
static bool *flag_of(struct call *call, int option)
{
	switch (option) {
	case OPT_JSON:
		return &call->json;
	case OPT_FORCE:
		return &call->force;
	case OPT_SHADOW:
		return &call->shadow;
	case OPT_ALL:
		return &call->all;
	case OPT_RESOLVE:
		return &call->resolve;
	case OPT_DRY_RUN:
		return &call->dry_run;
	case OPT_FOLLOW:
		return &call->follow;
	case OPT_UNVERIFIED:
		return &call->unverified;
	case OPT_PROBE:
		return &call->probe;
	default:
		return NULL;
	}
}

/* And of one that takes all words up to the next option. */
static struct words *words_of(struct call *call, int option)
{
	switch (option) {
	case OPT_MAILLOG:
		return &call->maillog;
	case OPT_MERGE:
		return &call->merge;
	default:
		return NULL;
	}
}

/* As a shell leaves a pattern: --maillog /var/log/mail.log* */
static void store_words(struct words *words, int argc, char **argv)
{
	if (!words->list)
		words->list = calloc(argc, sizeof(*words->list));
	if (!words->list)
		return;
	words->list[words->count++] = optarg;
	while (optind < argc && (*argv[optind] != '-' || !argv[optind][1]))
		words->list[words->count++] = argv[optind++];
}

/* Stores an option; returns its bit, for the command to say if it takes it. */
static int store_option(struct call *call, int letter, int argc, char **argv)
{
	int option = letter == 'j'   ? OPT_JSON
		     : letter == 'c' ? OPT_CONFIG
				     : letter - LONG_ONLY;
	const char **text = text_of(call, option);
	struct words *words = words_of(call, option);
	bool *flag = flag_of(call, option);

	if (words)
		store_words(words, argc, argv);
	if (text)
		*text = optarg;
	if (flag)
		*flag = true;
	return text || flag || words ? option : 0;
}

/* Options may stand before, between and behind the words; "--" ends them. */
int args_parse(const struct command *command, struct call *call, int argc,
	       char **argv, bool *done)
{
	int letter, option;

	optind = 0;
	opterr = 0;
	while ((letter = getopt_long(argc, argv, short_options, long_options,
				     NULL)) != -1) {
		const char *word = argv[optind - 1];
		char short_option[] = { '-', optopt, '\0' };

		if (letter == 'h') {
			print_help(command);
			*done = true;
			return 0;
		}
		if (letter == 'v') {
			kern_verbose(true);
			continue;
		}
		/* One of several letters behind one dash has no word of its
		 * own. */
		if (letter == '?' && optopt && optopt < LONG_ONLY)
			word = short_option;
		option = store_option(call, letter, argc, argv);
		call->options |= option;
		if (letter == ':')
			say("%s: %s: needs a value", command->name, word);
		else if (!(option & command->options))
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

void args_free(struct call *call)
{
	free(call->maillog.list);
	free(call->merge.list);
}

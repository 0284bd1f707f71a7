/* SPDX-License-Identifier: GPL-2.0-only */
/* A command's options and its help. */
#ifndef ARGS_H
#define ARGS_H

#include <linux/types.h>

#include "cmd.h"

enum option_bit {
	OPT_JSON = 1 << 0,
	OPT_FORCE = 1 << 1,
	OPT_SHADOW = 1 << 2,
	OPT_ALL = 1 << 3,
	OPT_MODE = 1 << 4,
	OPT_CONFIG = 1 << 5,
	OPT_TEXTFILE = 1 << 6,
	OPT_CLASS = 1 << 7,
	OPT_SINCE = 1 << 8,
	OPT_SORT = 1 << 9,
	OPT_LIMIT = 1 << 10,
	OPT_EXPORT = 1 << 11,
	OPT_LEDGER = 1 << 12,
	OPT_DNSWL = 1 << 14,
	OPT_RESOLVER = 1 << 15,
	OPT_RESOLVE = 1 << 16,
	OPT_MAILLOG = 1 << 17,
	OPT_MERGE = 1 << 18,
	OPT_DRY_RUN = 1 << 19,
	OPT_HTML = 1 << 20,
	OPT_FOLLOW = 1 << 21,
	OPT_PCAP = 1 << 22,
	OPT_MAX_AGE = 1 << 23,
	OPT_UNVERIFIED = 1 << 24,
	OPT_OUTPUT = 1 << 25,
	OPT_PROBE = 1 << 26,
};

struct command {
	const char *name;
	__u64 caps; /* as privileges_keep() takes them */
	int (*run)(const struct call *call);
	int options; /* of enum option_bit, that it takes */
	const char *usage;
	const char *help; /* the first line stands in the overview */
};

/*
 * Reads the options of a command line; argv[0] is the command's name. Returns
 * 0, or -EUSAGE, said. Where help was asked for, it is printed and *done set.
 */
int args_parse(const struct command *command, struct call *call, int argc,
	       char **argv, bool *done);

/* Frees what args_parse() has allocated, whatever it returned. */
void args_free(struct call *call);

#endif

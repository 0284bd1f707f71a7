/* SPDX-License-Identifier: GPL-2.0-only */
/* A command of the command line: what it is given, and what it returns. */
#ifndef CMD_H
#define CMD_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A command returns 0 or -errno; or one of these, which are no errno. It has
 * then said what is wrong. main() makes the exit status of it.
 */
#define EUSAGE 5001	/* the command line or the file is wrong: 2 */
#define ENOTLOADED 5002 /* status: 3 */

/* The words of an option that takes several; args_free() frees them. */
struct words {
	const char **list;
	size_t count;
};

#define DEFAULT_CONFIG "/etc/xdp-fakemx.conf"

struct call {
	int argc;    /* words behind the options */
	char **argv; /* argv[0] is the command's name */
	int options; /* of enum option_bit, that were given */
	bool json;
	bool force;
	bool shadow;
	bool all;
	const char *mode;
	const char *config;
	const char *textfile;
	const char *class;
	const char *since;
	const char *sort;
	const char *limit;
	const char *export;
	const char *ledger;
	const char *dnswl;
	const char *resolver;
	bool resolve;
	bool dry_run;
	const char *html;
	bool follow;
	const char *pcap;
	const char *max_age;
	bool unverified;
	const char *output;
	bool probe;
	struct words maillog;
	struct words merge;
};

int cmd_load(const struct call *call);
int cmd_unload(const struct call *call);

int cmd_statement(const struct call *call); /* decoy, real, allow, pool, set */
int cmd_delete(const struct call *call);
int cmd_list(const struct call *call);

int cmd_apply(const struct call *call);
int cmd_refresh(const struct call *call);
int cmd_check(const struct call *call);
int cmd_save(const struct call *call);

int cmd_test(const struct call *call);
int cmd_lint(const struct call *call);

int cmd_status(const struct call *call);
int cmd_stats(const struct call *call);
int cmd_metrics(const struct call *call);

int cmd_senders(const struct call *call);
int cmd_report(const struct call *call);
int cmd_events(const struct call *call);
int cmd_top(const struct call *call);

int cmd_export(const struct call *call);

/* -EUSAGE, said, where there are other than `count` words behind the name. */
int want_words(const struct call *call, int count, const char *what);

/*
 * answers_ask(), with the options of the call; of all domains, or only of those
 * that no list is kept of. 0; -EUSAGE or -errno, said.
 */
struct policy;
struct answers;
int ask_spf(const struct call *call, const struct policy *policy,
	    bool if_needed, struct answers *answers);

/* Says that nothing is loaded where err is -ENOENT, and returns err. */
int say_not_loaded(int err);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * oracle [OPTIONS] [REFERENCE] SUBJECT: sends the same random attempts to port
 * 25 of a decoy through two interfaces, behind which are two hosts that are
 * alike but for the program on the second, and compares what comes back.
 *
 *   --seed N      of the attempts (default: the time)
 *   --first N     number of the first attempt
 *   --count N     how many
 *   --shapes      fragments and source routes as well
 *   --all         fail where a deviation that is meant was not seen
 *   --routed      the hosts are behind routers
 *   --listener    both have a server, and the senders are allowed: what
 *                 differs between any two answers of one (sequence number,
 *                 timestamps) is not compared
 *   --refused     there is no REFERENCE: each segment that comes back must be
 *                 a reset
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answers.h"
#include "deviations.h"
#include "wire.h"

#define BATCH 64
#define MAX_UNEXPLAINED 5

struct options {
	uint64_t seed, first, count;
	int tries;
	bool all, routed, listener, refused;
};

struct run {
	struct options options;
	struct host reference, subject;
	struct attempt attempts[BATCH];
	struct answers expected[BATCH], actual[BATCH];
	uint64_t equal, answered, explained, unexplained;
};

static void dump(const char *what, const struct frame *f)
{
	size_t i;

	printf("  %s, %zu bytes:", what, f->len);
	for (i = 0; i < f->len && i < 400; i++)
		printf("%s%02x", i % 32 ? " " : "\n    ", f->bytes[i]);
	putchar('\n');
}

static void dump_answers(const char *what, const struct answers *answers)
{
	int i;

	if (!answers->count)
		printf("  %s: nothing\n", what);
	for (i = 0; i < answers->count; i++)
		dump(what, &answers->frames[i]);
}

static void complain(const struct run *run, uint64_t number,
		     const struct attempt *a, const struct answers *expected,
		     const struct answers *actual)
{
	int i;

	printf("attempt %" PRIu64 " of seed %" PRIu64 ", checksum %d%s:\n",
	       number, run->options.seed, a->spec.check,
	       a->offloaded ? ", offloaded" : "");
	for (i = 0; i < a->frame_count; i++)
		dump("sent", &a->frames[i]);
	dump_answers("the kernel's answer", expected);
	dump_answers("the program's", actual);
}

static bool applies(const struct run *run, const struct deviation *d,
		    const struct attempt *a)
{
	if (d->link && run->options.routed)
		return false;
	if (!d->allowed_too && run->options.listener)
		return false;
	return d->applies(a);
}

static bool is_meant_silence(struct run *run, const struct attempt *a)
{
	int i;

	for (i = 0; i < deviation_count; i++) {
		struct deviation *d = &deviations[i];

		if (d->normalise || !applies(run, d, a))
			continue;
		d->seen++;
		return true;
	}
	return false;
}

/* Asks the kernel what the program takes the attempt for. */
static bool ask_normalised(struct run *run, const struct attempt *a,
			   struct answers *expected)
{
	static struct attempt normal;
	bool applied = false;
	int i;

	attempt_copy(&normal, a);
	for (i = 0; i < deviation_count; i++) {
		struct deviation *d = &deviations[i];

		if (!d->normalise || !applies(run, d, a))
			continue;
		d->normalise(&normal);
		d->seen++;
		applied = true;
	}
	if (!applied)
		return false;
	attempt_rebuild(&normal);
	host_ask(&run->reference, &normal, 1, expected);
	return true;
}

/* Whether the table has it that the two differ, and so. */
static bool is_explained(struct run *run, const struct attempt *a,
			 struct answers *expected, const struct answers *actual)
{
	int i, j;

	if (run->options.refused)
		return false;
	/* To what is left of it the kernel may have something to say. */
	if (answers_among(actual, expected) && is_meant_silence(run, a))
		return true;
	if (!ask_normalised(run, a, expected))
		return false;
	for (i = 0; i < deviation_count; i++) {
		struct deviation *d = &deviations[i];

		if (!d->adjust || !applies(run, d, a))
			continue;
		for (j = 0; j < expected->count && j < actual->count; j++)
			d->adjust(a, &expected->frames[j], &actual->frames[j]);
	}
	return answers_equal(expected, actual, run->options.listener);
}

static bool is_as_expected(const struct run *run, int i)
{
	if (run->options.refused)
		return answers_refuse(&run->actual[i]);
	return answers_equal(&run->expected[i], &run->actual[i],
			     run->options.listener);
}

static void compare(struct run *run, uint64_t number, int i)
{
	const struct attempt *a = &run->attempts[i];

	run->answered += run->actual[i].count > 0;
	if (is_as_expected(run, i)) {
		run->equal++;
	} else if (is_explained(run, a, &run->expected[i], &run->actual[i])) {
		run->explained++;
	} else if (run->unexplained++ < MAX_UNEXPLAINED) {
		complain(run, number, a, &run->expected[i], &run->actual[i]);
	}
}

static void try_all(struct run *run)
{
	const struct options *o = &run->options;
	uint64_t done;
	int i, n;

	for (done = 0; done < o->count; done += n) {
		n = o->count - done < BATCH ? o->count - done : BATCH;
		for (i = 0; i < n; i++)
			attempt_make(&run->attempts[i], o->seed,
				     o->first + done + i, o->tries);
		if (!o->refused)
			host_ask(&run->reference, run->attempts, n,
				 run->expected);
		host_ask(&run->subject, run->attempts, n, run->actual);
		for (i = 0; i < n; i++)
			compare(run, o->first + done + i, i);
	}
}

static int report(const struct run *run)
{
	bool missing = false;
	int i;

	for (i = 0; i < deviation_count; i++) {
		missing |= !deviations[i].seen && !deviations[i].rare;
		printf("deviation %s: %" PRIu64 "\n", deviations[i].name,
		       deviations[i].seen);
	}
	printf("%" PRIu64 " attempts: %" PRIu64 " the same, %" PRIu64
	       " meant to differ, %" PRIu64 " unexplained; %" PRIu64
	       " answered\n",
	       run->options.count, run->equal, run->explained, run->unexplained,
	       run->answered);
	return run->unexplained || (run->options.all && missing) ? 1 : 0;
}

static int read_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "first", required_argument, NULL, 'f' },
		{ "count", required_argument, NULL, 'c' },
		{ "shapes", no_argument, NULL, 'S' },
		{ "all", no_argument, NULL, 'a' },
		{ "routed", no_argument, NULL, 'r' },
		{ "listener", no_argument, NULL, 'l' },
		{ "refused", no_argument, NULL, 'R' },
		{ 0 },
	};
	int c;

	*o = (struct options){ .seed = time(NULL), .count = 10000 };
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 's')
			o->seed = strtoull(optarg, NULL, 0);
		else if (c == 'f')
			o->first = strtoull(optarg, NULL, 0);
		else if (c == 'c')
			o->count = strtoull(optarg, NULL, 0);
		else if (c == 'S')
			o->tries |= TRY_SHAPES;
		else if (c == 'a')
			o->all = true;
		else if (c == 'r')
			o->routed = true;
		else if (c == 'l')
			o->listener = true;
		else if (c == 'R')
			o->refused = true;
		else
			return -EINVAL;
	}
	return optind + (o->refused ? 1 : 2) == argc ? 0 : -EINVAL;
}

int main(int argc, char **argv)
{
	static struct run run;

	if (read_options(argc, argv, &run.options)) {
		fputs("usage: oracle [OPTIONS] [REFERENCE] SUBJECT\n", stderr);
		return 2;
	}
	printf("seed %" PRIu64 "\n", run.options.seed);
	fflush(stdout);
	if (!run.options.refused)
		host_open(&run.reference, argv[optind]);
	host_open(&run.subject, argv[argc - 1]);
	try_all(&run);
	return report(&run);
}

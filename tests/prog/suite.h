/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows as tests. Each is run for a sender who is new, for one who is well known
 * and for one of a flood: the program has a fast path for the last two, and
 * none of it may show.
 */
#ifndef SUITE_H
#define SUITE_H

#include "harness.h"
#include "ledger.h"

#define KNOWN_AFTER 4 /* SYNs, and the fast path has all that it asks for */

/* The row's sender, and who has the same set. */
static inline void forget_sender(struct prog *p, const struct row *row)
{
	uint32_t set = set_of(&row->spec);

	memset(&p->ledger[set], 0, sizeof(p->ledger[set]));
	memset(&p->fronts[set], 0, sizeof(p->fronts[set]));
}

/* Nobody is known, and nobody is one of many. */
static inline void begin_anew(struct prog *p, const struct row *row)
{
	static const struct fmx_tally nothing[MAX_CPUS];

	forget_sender(p, row);
	write_tallies(p, nothing);
	read_tally(p, &p->tally);
}

/* So many plain SYNs for the row's address, whatever becomes of them. */
static inline void send_syns(struct prog *p, const struct row *row,
			     const char *src, int count)
{
	const struct spec syn = { .family = row->spec.family,
				  .src = src,
				  .dst = row->spec.dst };
	struct frame in, out;
	uint32_t action;
	int i;

	build_request(&syn, &in);
	for (i = 0; i < count; i++)
		run_frame(p, &in, &out, &action);
	read_tally(p, &p->tally);
}

/* He is not known, and so many have come that he will not be; but the decoy is.
 */
static inline void begin_flood(struct prog *p, const struct row *row)
{
	const char *other =
		row->spec.family == 6 ? "2001:db8:9::201" : "203.0.113.201";
	static struct fmx_tally each[MAX_CPUS];
	int cpu;

	memset(each, 0, sizeof(each));
	for (cpu = 0; cpu < MAX_CPUS; cpu++) {
		each[cpu].newcomers.now = FMX_FLOOD;
		each[cpu].newcomers.tick = now_ticks();
	}
	write_tallies(p, each);
	send_syns(p, row, other, 1);
	forget_sender(p, row);
}

/* Runs it in every program, live and in shadow, for all kinds of senders. */
static inline bool row_holds_everywhere(const struct row *row)
{
	bool holds = true;
	size_t i;

	for (i = 0; i < prog_count; i++) {
		struct prog *p = &progs[i];

		set_current(p, 1, 0);
		holds &= row_holds(p, row, 1);
		set_current(p, 0, 0);
		begin_anew(p, row);
		holds &= row_holds(p, row, 0);
		send_syns(p, row, row->spec.src, KNOWN_AFTER);
		holds &= row_holds(p, row, 0);
		begin_flood(p, row);
		holds &= row_holds(p, row, 0);
	}
	return holds;
}

static inline void test_row(void **state)
{
	assert_true(row_holds_everywhere(*state));
}

/* A group of one test for each row, and of the other tests. */
static inline int run_suite(const char *name, const struct row *rows,
			    size_t row_count, const struct CMUnitTest *others,
			    size_t other_count)
{
	static struct CMUnitTest tests[MAX_TESTS];
	size_t i;

	if (row_count + other_count > MAX_TESTS)
		return 1;
	for (i = 0; i < row_count; i++) {
		tests[i].name = rows[i].name;
		tests[i].test_func = test_row;
		tests[i].initial_state = (void *)&rows[i];
	}
	if (other_count)
		memcpy(tests + row_count, others,
		       other_count * sizeof(*others));
	return _cmocka_run_group_tests(name, tests, row_count + other_count,
				       load_programs, unload_programs);
}

#endif

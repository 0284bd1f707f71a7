// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fast path: what it remembers of a sender holds for that sender, at that
 * decoy, under that policy, and in that tick; and what it leaves out is what
 * nobody would have seen.
 */
#include <sched.h>
#include <time.h>

#include "fakemx_event.h"
#include "ledger.h"
#include "suite.h"

#define SENDER "203.0.113.60"

static bool is_repeat(const struct spec *syn)
{
	struct fmx_repeat r = tally_here().repeat;
	uint32_t src, dst;

	inet_pton(AF_INET, spec_src(syn), &src);
	inet_pton(AF_INET, spec_dst(syn), &dst);
	return r.src == src && r.dst == dst &&
	       r.current == progs[0].state->current;
}

/* Well known, and nobody else has come since. */
static void repeat(const struct spec *syn)
{
	int i;

	for (i = 0; i < KNOWN_AFTER; i++)
		assert_int_equal(ask(syn), XDP_TX);
	assert_true(is_repeat(syn));
}

static void what_is_remembered_is_of_one_sender_and_one_decoy(void **state)
{
	const struct spec known = { .src = SENDER };
	static const struct row rows[] = {
		{ "himself", { .src = SENDER }, ANSWERED },
		{ "at another decoy",
		  { .src = SENDER, .dst = DECOY4_LAST },
		  ANSWERED },
		{ "at a real MX",
		  { .src = SENDER, .dst = REAL4 },
		  PASSED(REAL) },
		{ "at nothing of ours",
		  { .src = SENDER, .dst = OTHER4 },
		  UNTOUCHED },
		{ "an allowed one", { .src = ALLOWED4 }, PASSED(ALLOWED) },
		{ "a martian", { .src = "127.0.0.2" }, DROPPED(MARTIAN) },
		{ "as a broadcast",
		  { .src = SENDER, .dst_mac = "ff:ff:ff:ff:ff:ff" },
		  DROPPED(GROUP_MAC) },
		{ "with a wrong checksum",
		  { .src = SENDER, .check = CHECK_WRONG },
		  DROPPED(BAD_CHECKSUM) },
		{ "with IP's wrong",
		  { .src = SENDER, .wrong_ip_check = true },
		  DROPPED(BAD_CHECKSUM) },
		{ "with the sum of the pseudo-header alone",
		  { .src = SENDER, .check = CHECK_PARTIAL },
		  ANSWERED },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		forget_all();
		repeat(&known);
		read_tally(&progs[0], &progs[0].tally);
		assert_true(row_holds(&progs[0], &rows[i], 0));
	}
}

static void it_ends_with_the_policy(void **state)
{
	const struct spec syn = { .src = SENDER };

	(void)state;
	forget_all();
	repeat(&syn);
	change_allow(SENDER, true, 0);
	next_generation();
	assert_int_equal(ask(&syn), XDP_PASS);
	change_allow(SENDER, false, 0);
	next_generation();
	repeat(&syn);
	set_current(&progs[0], 1, 0);
	assert_int_equal(ask(&syn), XDP_PASS);
	next_generation();
	repeat(&syn);
	/* In the middle of a change nothing is taken from memory. */
	progs[0].state->current += FMX_STATE_GENERATION;
	change_allow(SENDER, true, 0);
	assert_int_equal(ask(&syn), XDP_PASS);
	change_allow(SENDER, false, 0);
	next_generation();
}

static uint64_t challenged(void)
{
	const uint32_t index =
		fmx_counter_index(0, FMX_IPV4, FMX_REASON_CHALLENGED);

	return tally_here().counters[index].packets;
}

/*
 * Where the decoy is remembered already, by another's SYN, the sender's record
 * alone says what becomes of him.
 */
static void a_record_says_nothing_of_other_times_and_roles(void **state)
{
	struct spec syn = { .src = SENDER }, other = { .src = "203.2.7.7" };
	uint64_t before;

	(void)state;
	forget_all();
	repeat(&syn);
	change_allow(SENDER, true, 0);
	next_generation();
	assert_int_equal(ask(&other), XDP_TX);
	assert_int_equal(ask(&syn), XDP_PASS);
	change_allow(SENDER, false, 0);
	next_generation();
	repeat(&syn);
	other.dst = syn.dst = DECOY4_LAST;
	assert_int_equal(ask(&other), XDP_TX);
	assert_int_equal(ask(&syn), XDP_TX);
	assert_int_equal(record_of(&syn)->attempts[FMX_ROLE_LAST], 1);
	repeat(&syn);
	other.dst = VERIFY4;
	assert_int_equal(ask(&other), XDP_TX);
	syn.dst = VERIFY4;
	before = challenged();
	assert_int_equal(ask(&syn), XDP_TX);
	assert_int_equal(challenged() - before, 1);
}

static void limits_hold(void **state)
{
	const struct spec syn = { .src = SENDER };
	int i, answers = 0;

	(void)state;
	forget_all();
	set_current(&progs[0], 0, 3);
	for (i = 0; i < 20; i++)
		answers += ask(&syn) == XDP_TX;
	assert_in_range(answers, 3, 6); /* a second may end in between */
	next_generation();
	repeat(&syn);
	progs[0].state->rate_limit_total = 3;
	for (i = answers = 0; i < 20; i++)
		answers += ask(&syn) == XDP_TX;
	assert_in_range(answers, 3, 6);
	progs[0].state->rate_limit_total = 0;
}

/* Who comes all the time was last seen just now. */
static void ledger_goes_on(void **state)
{
	const struct spec syn = { .src = SENDER };
	const struct timespec pause = { .tv_nsec = 50000000 };
	uint32_t until = now_ticks() + 3;

	(void)state;
	forget_all();
	repeat(&syn);
	while (now_ticks() < until) {
		assert_int_equal(ask(&syn), XDP_TX);
		assert_recent(record_of(&syn)->last[FMX_ROLE_FIRST]);
		nanosleep(&pause, NULL);
	}
	assert_int_equal(record_of(&syn)->attempts[FMX_ROLE_FIRST], 1);
}

/* The second SYN shows that he came again, however soon. */
static void second_syn_is_noted(void **state)
{
	const struct spec syn = { .src = SENDER };

	(void)state;
	forget_all();
	assert_int_equal(ask(&syn), XDP_TX);
	assert_false(record_of(&syn)->scale & FMX_SEEN_AGAIN);
	assert_int_equal(ask(&syn), XDP_TX);
	assert_true(record_of(&syn)->scale & FMX_SEEN_AGAIN);
}

/* The numbers of two senders who have one set, and in it one tag. */
static void find_namesakes(uint32_t *first, uint32_t *second)
{
	static uint32_t met[LEDGER_SETS * 8];
	uint32_t i, place;

	for (i = 1;; i++) {
		const uint32_t addr[2] = { htonl(FMX_SENDER_IPV4),
					   htonl(0xcb020000 + i) };
		uint64_t id, hash;

		memcpy(&id, addr, sizeof(id));
		hash = fmx_sender_hash(progs[0].state, id);
		place = fmx_sender_set(hash, LEDGER_SETS);
		if (fmx_sender_tag(hash) >= 8)
			continue;
		place = place * 8 + fmx_sender_tag(hash);
		if (met[place])
			break;
		met[place] = i;
	}
	*first = met[place];
	*second = i;
}

static void namesakes_are_both_known(void **state)
{
	struct spec syns[2];
	char src[2][INET_ADDRSTRLEN];
	uint32_t numbers[2], before, i;

	(void)state;
	forget_all();
	find_namesakes(&numbers[0], &numbers[1]);
	for (i = 0; i < 2; i++) {
		const uint32_t addr = htonl(0xcb020000 + numbers[i]);

		inet_ntop(AF_INET, &addr, src[i], sizeof(src[i]));
		syns[i] = (struct spec){ .src = src[i] };
		repeat(&syns[i]);
	}
	/* Whoever is not found among the known counts as new. */
	before = tally_here().newcomers.now;
	for (i = 0; i < 4; i++)
		assert_int_equal(ask(&syns[i % 2]), XDP_TX);
	assert_int_equal(tally_here().newcomers.now, before);
}

static void each_of_a_flood_is_counted(void **state)
{
	const struct row flood = { 0 };
	char src[INET_ADDRSTRLEN];
	struct spec syn = { .src = src };
	struct fmx_newcomers before, after;
	unsigned int i;

	(void)state;
	forget_all();
	begin_flood(&progs[0], &flood);
	before = tally_here().newcomers;
	for (i = 0; i < 100; i++) {
		snprintf(src, sizeof(src), "203.2.%u.9", i);
		assert_int_equal(ask(&syn), XDP_TX);
	}
	after = tally_here().newcomers;
	if (after.tick != before.tick)
		return; /* the tick has ended the flood */
	assert_int_equal(after.now - before.now, 100);
	assert_int_equal(after.unrecorded + after.recorded - before.unrecorded -
				 before.recorded,
			 100);
}

/* One who comes when it is over is new again. */
static void a_flood_ends_with_its_tick(void **state)
{
	const struct spec syn = { .src = "203.2.113.9" };
	const struct row flood = { 0 };
	struct fmx_tally *each;
	int cpu;

	(void)state;
	forget_all();
	begin_flood(&progs[0], &flood);
	each = read_tallies();
	for (cpu = 0; cpu < MAX_CPUS; cpu++)
		each[cpu].newcomers.tick--;
	write_tallies(&progs[0], each);
	assert_int_equal(ask(&syn), XDP_TX);
	assert_non_null(record_of(&syn));
}

static void whoever_reads_is_told(void **state)
{
	const struct spec syn = { .src = SENDER };
	uint64_t told;

	(void)state;
	forget_all();
	repeat(&syn);
	told = tally_here().events.now;
	progs[0].state->reader =
		fmx_reader(now_ticks() + FMX_READER_LEASE, getpid(), true);
	assert_int_equal(ask(&syn), XDP_TX);
	progs[0].state->reader = 0;
	assert_int_equal(tally_here().events.now, told + 1);
}

/* On one CPU: what is remembered is its own. */
static int begin(void **state)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	return load_programs(state);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_is_remembered_is_of_one_sender_and_one_decoy),
		cmocka_unit_test(it_ends_with_the_policy),
		cmocka_unit_test(
			a_record_says_nothing_of_other_times_and_roles),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(ledger_goes_on),
		cmocka_unit_test(second_syn_is_noted),
		cmocka_unit_test(namesakes_are_both_known),
		cmocka_unit_test(each_of_a_flood_is_counted),
		cmocka_unit_test(a_flood_ends_with_its_tick),
		cmocka_unit_test(whoever_reads_is_told),
	};

	return cmocka_run_group_tests_name("fast path", tests, begin,
					   unload_programs);
}

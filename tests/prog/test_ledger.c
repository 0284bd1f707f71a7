// SPDX-License-Identifier: GPL-2.0-only
/* What is remembered of a sender: who he is, when he came, how he asks. */
#include <time.h>

#include "harness.h"
#include "ledger.h"

static void syn_to_a_decoy_is_recorded(void **state)
{
	const struct spec syn = { .ttl = 57, .window = 29200 };
	const struct fmx_sender *r;

	(void)state;
	forget_all();
	ask(&syn);
	r = record_of(&syn);
	assert_non_null(r);
	assert_recent(r->first[FMX_ROLE_FIRST]);
	assert_int_equal(r->last[FMX_ROLE_FIRST], r->first[FMX_ROLE_FIRST]);
	assert_int_equal(r->attempts[FMX_ROLE_FIRST], 1);
	assert_int_equal(r->ttl, 57);
	assert_int_equal(r->window, 29200);
	assert_int_equal(r->scale & FMX_SEEN_AGAIN, 0);
	assert_int_equal(r->first[FMX_ROLE_LAST] | r->first[FMX_ROLE_REAL], 0);
	assert_int_equal(r->attempts[FMX_ROLE_LAST], 0);
}

static void each_role_is_recorded_for_itself(void **state)
{
	static const struct {
		const char *dst;
		int role;
	} asked[] = {
		{ DECOY4_LAST, FMX_ROLE_LAST },
		{ REAL4, FMX_ROLE_REAL },
		{ DECOY4, FMX_ROLE_FIRST },
	};
	const struct fmx_sender *r;
	size_t i, role;

	(void)state;
	forget_all();
	for (i = 0; i < COUNT_OF(asked); i++) {
		struct spec syn = { .dst = asked[i].dst };

		ask(&syn);
		r = record_of(&syn);
		assert_non_null(r);
		for (role = 0; role < FMX_ROLE_COUNT; role++)
			assert_int_equal(
				r->attempts[role],
				role == (size_t)asked[0].role ||
					(i > 0 && (int)role == asked[1].role) ||
					(i > 1 && (int)role == asked[2].role));
	}
	assert_int_equal(count_records(), 1);
}

static void repeated_syns_are_one_attempt(void **state)
{
	const struct spec syn = {};
	struct fmx_sender *r;
	int i;

	(void)state;
	forget_all();
	for (i = 0; i < 4; i++)
		ask(&syn);
	r = record_of(&syn);
	assert_int_equal(r->attempts[FMX_ROLE_FIRST], 1);
	assert_true(r->scale & FMX_SEEN_AGAIN);
	/* As the queue of a mail server comes back, some time later. */
	age(&syn, FMX_ATTEMPT_TICKS);
	ask(&syn);
	assert_int_equal(r->attempts[FMX_ROLE_FIRST], 1);
	age(&syn, FMX_ATTEMPT_TICKS + 2);
	ask(&syn);
	assert_int_equal(r->attempts[FMX_ROLE_FIRST], 2);
	assert_recent(r->last[FMX_ROLE_FIRST]);
	/* Another CPU's clock may be a tick ahead. */
	age(&syn, -2);
	ask(&syn);
	assert_int_equal(r->attempts[FMX_ROLE_FIRST], 2);
	r->attempts[FMX_ROLE_FIRST] = 0xffff;
	age(&syn, FMX_ATTEMPT_TICKS + 2);
	ask(&syn);
	assert_int_equal(r->attempts[FMX_ROLE_FIRST], 0xffff);
}

static struct fmx_retries retries(void)
{
	const struct fmx_tally *each = read_tallies();
	struct fmx_retries all = { 0 };
	int cpu, i;

	for (cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++) {
		all.ticks += each[cpu].retries.ticks;
		for (i = 0; i < FMX_RETRY_BUCKETS; i++)
			all.count[i] += each[cpu].retries.count[i];
	}
	return all;
}

/* Visits, each so many seconds after the one before; a retry, or none. */
static void delay_to_the_real_mx_is_counted_once(void **state)
{
	static const struct {
		const char *what;
		struct {
			const char *dst;
			uint32_t after;
		} visits[4];
		int bucket; /* -1: nothing is counted */
	} rows[] = {
		{ "at once", { { DECOY4, 0 }, { REAL4, 0 } }, FMX_RETRY_5 },
		{ "minutes", { { DECOY4, 0 }, { REAL4, 200 } }, FMX_RETRY_300 },
		{ "days",
		  { { DECOY4, 0 }, { REAL4, 400000 } },
		  FMX_RETRY_LATER },
		{ "from the first of several attempts",
		  { { DECOY4, 0 }, { DECOY4, 500 }, { REAL4, 500 } },
		  FMX_RETRY_1800 },
		{ "the real one a second time",
		  { { DECOY4, 0 }, { REAL4, 200 }, { REAL4, 800 } },
		  FMX_RETRY_300 },
		{ "never turned away", { { REAL4, 0 }, { REAL4, 200 } }, -1 },
		{ "from the last decoy only",
		  { { DECOY4_LAST, 0 }, { REAL4, 200 } },
		  -1 },
		{ "who has been there before, since the last attempt",
		  { { REAL4, 0 }, { DECOY4, 5000 }, { REAL4, 200 } },
		  FMX_RETRY_300 },
	};
	size_t row, i;
	int role, bucket;

	(void)state;
	for (row = 0; row < COUNT_OF(rows); row++) {
		struct fmx_retries got;

		forget_all();
		for (i = 0; i < 4 && rows[row].visits[i].dst; i++) {
			struct spec syn = { .dst = rows[row].visits[i].dst };
			struct fmx_sender *r = record_of(&syn);

			for (role = 0; r && role < FMX_ROLE_COUNT; role++) {
				uint32_t ago =
					FMX_TICKS(rows[row].visits[i].after);

				r->first[role] -= r->first[role] ? ago : 0;
				r->last[role] -= r->last[role] ? ago : 0;
			}
			ask(&syn);
		}
		got = retries();
		for (bucket = 0; bucket < FMX_RETRY_BUCKETS; bucket++)
			if (got.count[bucket] != (bucket == rows[row].bucket))
				fail_msg("%s: bucket %d has %llu",
					 rows[row].what, bucket,
					 (unsigned long long)got.count[bucket]);
	}
}

static void ipv6_senders_of_a_64_are_one(void **state)
{
	const struct spec one = { .family = 6, .src = "2001:db8:7:8::1" };
	const struct spec other = { .family = 6,
				    .src = "2001:db8:7:8:9:a:b:c" };
	const struct spec next = { .family = 6, .src = "2001:db8:7:9::1" };

	(void)state;
	forget_all();
	ask(&one);
	ask(&other);
	assert_ptr_equal(record_of(&one), record_of(&other));
	assert_addr(record_of(&one), &other);
	ask(&one);
	assert_addr(record_of(&one), &one);
	assert_int_equal(record_of(&one)->attempts[FMX_ROLE_FIRST], 1);
	ask(&next);
	assert_int_equal(count_records(), 2);
}

/* The first bytes of an IPv6 address may be those of an IPv4 one. */
static void ipv4_and_ipv6_senders_do_not_meet(void **state)
{
	const struct spec v4 = { .src = "32.1.13.184" };
	const struct spec v6 = { .family = 6, .src = "2001:db8::" };

	(void)state;
	forget_all();
	ask(&v4);
	ask(&v6);
	assert_int_equal(count_records(), 2);
	assert_addr(record_of(&v4), &v4);
	assert_addr(record_of(&v6), &v6);
}

static void only_whole_syns_of_real_senders_are_recorded(void **state)
{
	static const struct {
		const char *what;
		struct spec spec;
		bool recorded;
	} rows[] = {
		{ "an allowed sender", { .src = ALLOWED4 }, true },
		{ "ECN is asked for", { .flags = SYN | ECE | CWR }, true },
		{ "data", { .payload = 100 }, true },
		{ "behind tags", { .tags = { Q(0), Q(7) } }, true },
		{ "behind extension headers",
		  { .family = 6, .ext = { EXT(EXT_DST_OPTS) } },
		  true },
		{ "a bare ACK", { .flags = ACK }, false },
		{ "SYN and ACK", { .flags = SYN | ACK }, false },
		{ "a reset", { .flags = RST }, false },
		{ "a wrong checksum", { .check = CHECK_WRONG }, false },
		{ "malformed", { .doff = SAY(4) }, false },
		{ "malformed, allowed",
		  { .src = ALLOWED4, .doff = SAY(4) },
		  false },
		{ "a fragment", { .frag = 0x2000 }, false },
		{ "a martian", { .src = "127.0.0.2" }, false },
		{ "a martian to a real",
		  { .src = "0.0.0.7", .dst = REAL4 },
		  false },
		{ "no address, to a real",
		  { .family = 6, .src = "::", .dst = REAL6 },
		  false },
		{ "to a group", { .dst_mac = "ff:ff:ff:ff:ff:ff" }, false },
		{ "an address that begins like nobody's",
		  { .family = 6, .src = "::7:8" },
		  false },
		{ "another port", { .dport = 24 }, false },
		{ "another address", { .dst = OTHER4 }, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		forget_all();
		ask(&rows[i].spec);
		if (count_records() != rows[i].recorded)
			fail_msg("%s: %zu records", rows[i].what,
				 count_records());
	}
}

static void shadow_and_the_rate_limit_change_nothing(void **state)
{
	const struct spec syn = {}, again = { .sport = 1234 };

	(void)state;
	forget_all();
	set_current(&progs[0], 1, 0);
	ask(&syn);
	assert_int_equal(count_records(), 1);
	forget_all();
	set_current(&progs[0], 0, 1);
	ask(&syn);
	ask(&again);
	set_current(&progs[0], 0, 0);
	assert_int_equal(count_records(), 1);
	assert_true(record_of(&syn)->scale & FMX_SEEN_AGAIN);
}

static void signature_is_what_the_options_say(void **state)
{
	static const struct {
		const char *what;
		uint8_t options[40];
		int len;
		uint32_t order;
		uint16_t mss;
		uint8_t scale;
	} rows[] = {
		{ "none", { 0 }, 0, 0, 0, FMX_NO_SCALE },
		{ "Linux",
		  { 2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0,
		    0, 1, 0,	0,    0, 0, 1, 3,  3, 7 },
		  20,
		  0x31842,
		  1460,
		  7 },
		{ "Windows",
		  { 2, 4, 0x05, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2 },
		  12,
		  0x411312,
		  1460,
		  8 },
		{ "scale 0 at the end", { 1, 3, 3, 0 }, 4, 0x31, 0, 0 },
		{ "an end, and what is behind it",
		  { 2, 4, 2, 24, 0, 3, 3, 9 },
		  8,
		  0xe2,
		  536,
		  FMX_NO_SCALE },
		{ "an option without a name",
		  { 253, 4, 1, 2, 2, 4, 5, 6 },
		  8,
		  0x2f,
		  0x0506,
		  FMX_NO_SCALE },
		{ "a length of 0",
		  { 2, 0, 5, 0xb4, 3, 3, 9, 1 },
		  8,
		  0x2,
		  0,
		  FMX_NO_SCALE },
		{ "a length beyond the header",
		  { 8, 40, 0, 0 },
		  4,
		  0x8,
		  0,
		  FMX_NO_SCALE },
		{ "an MSS and a scale of other lengths",
		  { 2, 3, 5, 3, 4, 5, 6, 1 },
		  8,
		  0x132,
		  0,
		  FMX_NO_SCALE },
		{ "more than eight",
		  { 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 5, 6 },
		  12,
		  0x11111111,
		  0,
		  FMX_NO_SCALE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		const struct spec syn = { .tcp_options = rows[i].len,
					  .tcp_option_bytes = rows[i].options,
					  .payload = 12 };
		const struct fmx_sender *r;

		forget_all();
		ask(&syn);
		r = record_of(&syn);
		assert_non_null(r);
		if (r->options != rows[i].order || r->mss != rows[i].mss ||
		    (r->scale & ~FMX_SEEN_AGAIN) != rows[i].scale)
			fail_msg("%s: options %x, mss %u, scale %u",
				 rows[i].what, r->options, r->mss, r->scale);
	}
}

/* Of one set: as many as there are places, and one more. */
static void
newcomer_takes_the_place_of_who_was_seen_once_longest_ago(void **state)
{
	struct crowd crowd;
	int i;

	(void)state;
	forget_all();
	make_crowd(&crowd);
	for (i = 0; i < FMX_LEDGER_WAYS; i++)
		ask(&crowd.syns[i]);
	for (i = 0; i < FMX_LEDGER_WAYS; i++)
		age(&crowd.syns[i], i == 2 ? 5 : 4);
	ask(&crowd.syns[4]);
	assert_null(record_of(&crowd.syns[2]));
	assert_non_null(record_of(&crowd.syns[4]));
	assert_int_equal(count_records(), FMX_LEDGER_WAYS);
	assert_int_equal(newcomers().displaced, 1);
	assert_int_equal(newcomers().recorded, FMX_LEDGER_WAYS + 1);
	assert_int_equal(newcomers().unrecorded, 0);
}

static void who_was_seen_again_keeps_his_place(void **state)
{
	struct crowd crowd;
	int i;

	(void)state;
	forget_all();
	make_crowd(&crowd);
	for (i = 0; i < FMX_LEDGER_WAYS; i++) {
		ask(&crowd.syns[i]);
		if (i != 1)
			ask(&crowd.syns[i]);
	}
	ask(&crowd.syns[4]);
	assert_null(record_of(&crowd.syns[1]));
	ask(&crowd.syns[4]);
	ask(&crowd.syns[5]);
	assert_null(record_of(&crowd.syns[5]));
	assert_int_equal(newcomers().unrecorded, 1);
	age(&crowd.syns[0], -2);
	ask(&crowd.syns[5]);
	assert_null(record_of(&crowd.syns[5]));
	/* An hour later, who came in one attempt alone may go. */
	age(&crowd.syns[3], FMX_LEDGER_HOLD + 2);
	record_of(&crowd.syns[0])->attempts[FMX_ROLE_LAST] = 1;
	age(&crowd.syns[0], FMX_LEDGER_HOLD + 200);
	ask(&crowd.syns[5]);
	assert_null(record_of(&crowd.syns[3]));
	assert_non_null(record_of(&crowd.syns[5]));
	/* A week later, everybody may. */
	age(&crowd.syns[0], FMX_LEDGER_HOLD_LONG);
	ask(&crowd.syns[1]);
	assert_non_null(record_of(&crowd.syns[1]));
	assert_non_null(record_of(&crowd.syns[2]));
}

static void in_a_flood_a_sender_is_recorded_when_he_comes_again(void **state)
{
	struct spec syn = {};
	char src[INET_ADDRSTRLEN];
	unsigned int i;

	(void)state;
	forget_all();
	syn.src = src;
	for (i = 0; newcomers().unrecorded < 100 && i < 100000; i++) {
		snprintf(src, sizeof(src), "203.%u.%u.9", i >> 8, i & 0xff);
		ask(&syn);
	}
	assert_in_range(count_records(), FMX_FLOOD, 20 * FMX_FLOOD);
	assert_null(record_of(&syn));
	/* Whether he finds himself there is a matter of chance each time. */
	for (i = 0; !record_of(&syn) && i < 100; i++)
		ask(&syn);
	assert_non_null(record_of(&syn));
}

static void where_another_cpu_writes_nothing_is_written(void **state)
{
	const struct spec syn = {}, other = { .src = "203.0.113.99" };
	uint32_t *lock;

	(void)state;
	forget_all();
	ask(&other);
	lock = lock_of(&syn);
	*lock = 1;
	assert_int_equal(ask(&syn), XDP_TX);
	assert_null(record_of(&syn));
	assert_int_equal(*lock, 1);
	*lock = 0;
	assert_int_equal(ask(&syn), XDP_TX);
	assert_non_null(record_of(&syn));
	assert_int_equal(*lock, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(syn_to_a_decoy_is_recorded),
		cmocka_unit_test(each_role_is_recorded_for_itself),
		cmocka_unit_test(repeated_syns_are_one_attempt),
		cmocka_unit_test(delay_to_the_real_mx_is_counted_once),
		cmocka_unit_test(ipv6_senders_of_a_64_are_one),
		cmocka_unit_test(ipv4_and_ipv6_senders_do_not_meet),
		cmocka_unit_test(only_whole_syns_of_real_senders_are_recorded),
		cmocka_unit_test(shadow_and_the_rate_limit_change_nothing),
		cmocka_unit_test(signature_is_what_the_options_say),
		cmocka_unit_test(
			newcomer_takes_the_place_of_who_was_seen_once_longest_ago),
		cmocka_unit_test(who_was_seen_again_keeps_his_place),
		cmocka_unit_test(
			in_a_flood_a_sender_is_recorded_when_he_comes_again),
		cmocka_unit_test(where_another_cpu_writes_nothing_is_written),
	};

	return cmocka_run_group_tests_name("ledger", tests, load_programs,
					   unload_programs);
}

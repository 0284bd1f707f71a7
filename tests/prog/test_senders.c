// SPDX-License-Identifier: GPL-2.0-only
/* What a sender's address decides, his rate, and a policy that is not there. */
#include "suite.h"

#include <unistd.h>

#define LIMIT 3

struct source {
	int family;
	const char *addr;
	bool martian;
};

/* RFC 1122 3.2.1.3, RFC 4291 2.5 and 2.7; and the addresses beside them. */
static const struct source sources[] = {
	{ 4, "0.0.0.0", true },
	{ 4, "0.255.255.255", true },
	{ 4, "1.0.0.0", false },
	{ 4, "126.255.255.255", false },
	{ 4, "127.0.0.0", true },
	{ 4, "127.255.255.255", true },
	{ 4, "128.0.0.0", false },
	{ 4, "223.255.255.255", false },
	{ 4, "224.0.0.0", true },
	{ 4, "224.0.0.1", true },
	{ 4, "239.255.255.255", true },
	{ 4, "240.0.0.0", true },
	{ 4, "255.255.255.255", true },
	{ 4, "10.0.0.1", false },
	{ 4, "192.168.1.1", false },
	{ 4, "169.254.0.1", false },
	{ 4, DECOY4, true },
	{ 4, DECOY4_LAST, false },
	{ 4, REAL4, false },
	{ 6, "::", true },
	{ 6, "::1", true },
	{ 6, "::2", false },
	{ 6, "::1:0", false },
	{ 6, "::fffe:203.0.113.9", false },
	{ 6, "::ffff:203.0.113.9", true },
	{ 6, "::ffff:0.0.0.0", true },
	{ 6, "::ffff:255.255.255.255", true },
	{ 6, "::1:ffff:cb00:7109", false },
	{ 6, "0:0:0:1:0:ffff:cb00:7109", false },
	{ 6, "1::", false },
	{ 6, "1::1", false },
	{ 6, "fe80::1", false },
	{ 6, "fdff::1", false },
	{ 6, "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false },
	{ 6, "ff00::", true },
	{ 6, "ff02::1", true },
	{ 6, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true },
	{ 6, DECOY6, true },
	{ 6, DECOY6_LAST, false },
	{ 6, REAL6, false },
};

static void sources_that_no_host_has_are_dropped(void **state)
{
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(sources); i++) {
		struct row row = { sources[i].addr,
				   { .family = sources[i].family,
				     .src = sources[i].addr },
				   ANSWERED };

		if (sources[i].martian) {
			row.action = XDP_DROP;
			row.reason = FMX_REASON_MARTIAN;
		}
		failed += !row_holds_everywhere(&row);
		/* It is the sender's flaw, whatever he sends. */
		row.spec.flags = ACK;
		failed += !row_holds_everywhere(&row);
	}
	assert_int_equal(failed, 0);
}

static void frames_to_a_group_of_stations_are_dropped(void **state)
{
	static const struct {
		const char *mac;
		bool group;
	} macs[] = {
		{ "ff:ff:ff:ff:ff:ff", true },	{ "01:00:5e:00:00:01", true },
		{ "33:33:00:00:00:01", true },	{ "01:80:c2:00:00:0e", true },
		{ "03:00:00:00:00:00", true },	{ "00:01:01:01:01:01", false },
		{ "02:ff:ff:ff:ff:ff", false }, { "fe:ff:ff:ff:ff:ff", false },
	};
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(macs); i++) {
		struct row row = { macs[i].mac,
				   { .dst_mac = macs[i].mac },
				   ANSWERED };

		if (macs[i].group) {
			row.action = XDP_DROP;
			row.reason = FMX_REASON_GROUP_MAC;
		}
		failed += !row_holds_everywhere(&row);
		row.spec.family = 6;
		failed += !row_holds_everywhere(&row);
	}
	assert_int_equal(failed, 0);
}

static bool sender_gets(struct prog *p, int shadow, const struct spec *spec,
			int action, enum fmx_reason reason)
{
	struct row row = { "rate limit", *spec, action, reason };

	return row_holds(p, &row, shadow);
}

static bool sender_is_answered(struct prog *p, const struct spec *spec)
{
	return sender_gets(p, 0, spec, XDP_TX, FMX_REASON_RESET);
}

static bool sender_is_limited(struct prog *p, const struct spec *spec)
{
	return sender_gets(p, 0, spec, XDP_DROP, FMX_REASON_RATE_LIMITED);
}

/* All within the second that the first of them opens. */
static void sender_is_limited_after_n_answers_in_a_second(void **state)
{
	const struct spec sender = { .src = "203.0.113.100" };
	const struct spec same_ack = { .src = "203.0.113.100",
				       .dst = DECOY4_LAST,
				       .flags = ACK };
	const struct spec neighbour = { .src = "203.0.113.101" };
	const struct spec rst = { .src = "203.0.113.100", .flags = RST };
	const struct spec bad = { .src = "203.0.113.100",
				  .check = CHECK_WRONG };
	const struct spec to_real = { .src = "203.0.113.100", .dst = REAL4 };
	const struct spec allowed = { .src = ALLOWED4 };
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < prog_count; i++) {
		struct prog *p = &progs[i];

		set_current(p, 0, LIMIT);
		/* What is not answered takes nothing from the limit. */
		for (n = 0; n < LIMIT; n++)
			assert_true(sender_gets(p, 0, &bad, XDP_DROP,
						FMX_REASON_BAD_CHECKSUM));
		for (n = 0; n < LIMIT; n++)
			assert_true(sender_is_answered(p, &sender));
		assert_true(sender_is_limited(p, &sender));
		assert_true(sender_is_limited(p, &same_ack));
		assert_true(sender_gets(p, 0, &rst, XDP_PASS, FMX_REASON_RST));
		assert_true(
			sender_gets(p, 0, &to_real, XDP_PASS, FMX_REASON_REAL));
		assert_true(sender_is_answered(p, &neighbour));
		for (n = 0; n <= LIMIT; n++)
			assert_true(sender_gets(p, 0, &allowed, XDP_PASS,
						FMX_REASON_ALLOWED));
	}
}

static void ipv6_senders_of_a_64_share_a_limit(void **state)
{
	const struct spec one = { .family = 6, .src = "2001:db8:77:1::1" };
	const struct spec same_64 = { .family = 6,
				      .src = "2001:db8:77:1:ffff::2" };
	const struct spec next_64 = { .family = 6, .src = "2001:db8:77:2::1" };
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < prog_count; i++) {
		set_current(&progs[i], 0, LIMIT);
		for (n = 0; n < LIMIT; n++)
			assert_true(sender_is_answered(
				&progs[i], n % 2 ? &one : &same_64));
		assert_true(sender_is_limited(&progs[i], &one));
		assert_true(sender_is_limited(&progs[i], &same_64));
		assert_true(sender_is_answered(&progs[i], &next_64));
	}
}

static void limited_sender_is_answered_again_a_second_later(void **state)
{
	const struct spec sender = { .src = "203.0.113.102" };
	struct prog *p = &progs[0];

	(void)state;
	set_current(p, 0, 1);
	assert_true(sender_is_answered(p, &sender));
	assert_true(sender_is_limited(p, &sender));
	usleep(1100 * 1000);
	assert_true(sender_is_answered(p, &sender));
	assert_true(sender_is_limited(p, &sender));
}

/* All within a second: another is begun where the last one is long ago. */
static void all_senders_share_the_total(void **state)
{
	const struct spec one = { .src = "203.0.113.110" };
	const struct spec another = { .family = 6, .src = "2001:db8:79::1" };
	const struct spec third = { .src = "203.0.113.111" };
	const struct spec allowed = { .src = ALLOWED4 };
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < prog_count; i++) {
		struct prog *p = &progs[i];

		set_current(p, 0, LIMIT);
		p->state->rate_limit_total = 2 * LIMIT;
		p->state->answered = (struct fmx_rate){ 0 };
		for (n = 0; n < LIMIT; n++)
			assert_true(sender_is_answered(p, &one));
		/* Whom his own limit holds back takes nothing from it. */
		for (n = 0; n < LIMIT; n++)
			assert_true(sender_is_limited(p, &one));
		for (n = 0; n < LIMIT; n++)
			assert_true(sender_is_answered(p, &another));
		assert_true(sender_is_limited(p, &third));
		assert_true(sender_gets(p, 0, &allowed, XDP_PASS,
					FMX_REASON_ALLOWED));
		p->state->answered.start -= 1100000000;
		assert_true(sender_is_answered(p, &third));
		p->state->rate_limit_total = 0;
	}
}

static void limited_sender_passes_in_shadow(void **state)
{
	const struct spec sender = { .src = "203.0.113.103" };
	struct prog *p = &progs[0];

	(void)state;
	set_current(p, 1, 1);
	assert_true(sender_gets(p, 1, &sender, XDP_TX, FMX_REASON_RESET));
	assert_true(
		sender_gets(p, 1, &sender, XDP_DROP, FMX_REASON_RATE_LIMITED));
}

static void limit_of_0_is_none(void **state)
{
	const struct spec sender = { .src = "203.0.113.104" };
	int n;

	(void)state;
	set_current(&progs[0], 0, 0);
	for (n = 0; n < 100; n++)
		assert_true(sender_is_answered(&progs[0], &sender));
}

/* Before the first configuration there is no generation. */
static void without_a_policy_everything_passes_uncounted(void **state)
{
	static const struct row rows[] = {
		{ "a SYN", {}, UNTOUCHED },
		{ "an IPv6 SYN", { .family = 6 }, UNTOUCHED },
		{ "to a real", { .dst = REAL4 }, UNTOUCHED },
		{ "a martian", { .src = "127.0.0.2" }, UNTOUCHED },
		{ "malformed", { .ihl = 3 }, UNTOUCHED },
		{ "a fragment", { .frag = 0x2000 }, UNTOUCHED },
		{ "nine tags",
		  { .tags = { Q(0), Q(0), Q(0), Q(0), Q(0), Q(0), Q(0), Q(0),
			      Q(0) } },
		  UNTOUCHED },
	};
	int failed = 0;
	size_t i, n;

	(void)state;
	for (i = 0; i < prog_count; i++) {
		progs[i].state->current = 0;
		for (n = 0; n < COUNT_OF(rows); n++)
			failed += !row_holds(&progs[i], &rows[n], 0);
		set_current(&progs[i], 0, 0);
	}
	assert_int_equal(failed, 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(sources_that_no_host_has_are_dropped),
	cmocka_unit_test(frames_to_a_group_of_stations_are_dropped),
	cmocka_unit_test(sender_is_limited_after_n_answers_in_a_second),
	cmocka_unit_test(ipv6_senders_of_a_64_share_a_limit),
	cmocka_unit_test(limited_sender_is_answered_again_a_second_later),
	cmocka_unit_test(all_senders_share_the_total),
	cmocka_unit_test(limited_sender_passes_in_shadow),
	cmocka_unit_test(limit_of_0_is_none),
	cmocka_unit_test(without_a_policy_everything_passes_uncounted),
};

int main(void)
{
	return run_suite("senders", NULL, 0, tests, COUNT_OF(tests));
}

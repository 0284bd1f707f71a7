// SPDX-License-Identifier: GPL-2.0-only
/* Allowed prefixes with an end: they end by themselves, and hide no others. */
#include "harness.h"
#include "ledger.h"

static uint64_t in_ms(unsigned int ms)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec + ms * 1000000ULL;
}

/* To the moment: no generation, no command, no tick has to pass. */
static void allowed_sender_with_an_end_is_refused_from_then_on(void **state)
{
	const struct spec syn = { .src = "203.0.113.54" };
	uint64_t until = in_ms(2000);
	uint32_t action = XDP_PASS;

	(void)state;
	forget_all();
	change_allow(syn.src, true, until);
	next_generation();
	known(&syn, XDP_PASS);
	while (action == XDP_PASS && in_ms(0) < until + 5000000000ULL)
		action = ask(&syn);
	assert_true(in_ms(0) >= until);
	assert_int_equal(action, XDP_TX);
	change_allow(syn.src, false, 0);
	next_generation();
}

/* Of prefixes that lie in each other the wider one may last longer. */
static void a_prefix_that_has_ended_hides_no_wider_one(void **state)
{
	const struct spec syn = { .src = "203.0.54.77" };
	const uint64_t over = in_ms(0) - 1;
	static const unsigned int ended[] = { 32, 31, 28, 27, 26, 25, 24, 23 };
	size_t i;

	(void)state;
	forget_all();
	for (i = 0; i < COUNT_OF(ended); i++) {
		struct in_addr addr = { inet_addr("203.0.54.77") &
					htonl(~0U << (32 - ended[i])) };

		change_prefix(inet_ntoa(addr), ended[i], true, over);
		next_generation();
		assert_int_equal(ask(&syn), XDP_TX);
		change_prefix("203.0.0.0", 16, true, 0);
		next_generation();
		assert_int_equal(ask(&syn), XDP_PASS);
		/* The wider one's end counts too. */
		change_prefix("203.0.0.0", 16, true, in_ms(60000));
		next_generation();
		assert_int_equal(ask(&syn), XDP_PASS);
		change_prefix("203.0.0.0", 16, true, over);
		next_generation();
		assert_int_equal(ask(&syn), XDP_TX);
		change_prefix("203.0.0.0", 16, false, 0);
	}
	for (i = 0; i < COUNT_OF(ended); i++) {
		struct in_addr addr = { inet_addr("203.0.54.77") &
					htonl(~0U << (32 - ended[i])) };

		change_prefix(inet_ntoa(addr), ended[i], false, 0);
	}
	next_generation();
	forget_all();
}

/* Ends are in the epoch's time, and that may be set. */
static void an_end_follows_the_clock(void **state)
{
	const struct spec syn = { .src = "203.0.113.54" };
	const uint64_t year = 365 * 86400ULL * 1000000000;

	(void)state;
	forget_all();
	change_allow(syn.src, true, in_ms(0) + year);
	next_generation();
	known(&syn, XDP_PASS);
	progs[0].state->epoch = 2 * year;
	assert_int_equal(ask(&syn), XDP_TX);
	progs[0].state->epoch = 0;
	assert_int_equal(ask(&syn), XDP_PASS);
	change_allow(syn.src, false, 0);
	next_generation();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			allowed_sender_with_an_end_is_refused_from_then_on),
		cmocka_unit_test(a_prefix_that_has_ended_hides_no_wider_one),
		cmocka_unit_test(an_end_follows_the_clock),
	};

	return cmocka_run_group_tests_name("ends", tests, load_programs,
					   unload_programs);
}

// SPDX-License-Identifier: GPL-2.0-only
/* Who came to the real MX by its mail log. */
#include "unit.h"

#include "arrivals.h"
#include "population.h"

static struct arrival arrival(unsigned int n, __s64 at, bool delivered)
{
	struct arrival a = { .addr = { .family = FMX_IPV4,
				       .len = 32,
				       .addr = { 10, n >> 16, n >> 8, n } },
			     .at = at,
			     .delivered = delivered };

	return a;
}

/* Whatever the order of the lines, a sender has one entry. */
static void many_lines_of_few_senders_are_few_entries(void **state)
{
	struct sender *list = calloc(1, sizeof(*list));
	struct arrivals all = { 0 };
	size_t count = 0, i;
	unsigned int line;

	(void)state;
	for (line = 0; line < 100000; line++) {
		struct arrival a =
			arrival(line * 7919 % 3000, 1 + line, line % 3 == 0);

		arrivals_add(&a, &all);
	}
	assert_true(all.capacity <= 16384);
	assert_int_equal(arrivals_merge(&all, &list, &count), 0);
	assert_int_equal(count, 3000);
	for (i = 1; i < count; i++)
		assert_true(sender_compare(&list[i - 1], &list[i]) < 0);
	/* The sender of the first line. */
	assert_int_equal(list[0].first[FMX_ROLE_REAL], 1);
	assert_int_equal(list[0].last[FMX_ROLE_REAL], 1 + 99000);
	assert_int_equal(list[0].delivered, 1);
	arrivals_free(&all);
	free(list);
}

static void arrivals_are_added_to_what_the_ledger_knows(void **state)
{
	const struct arrival lines[] = { arrival(5, 2000, false),
					 arrival(2, 3000, false),
					 arrival(2, 4000, true) };
	struct sender *list = calloc(2, sizeof(*list));
	struct arrivals all = { 0 };
	size_t count = 2, i;

	(void)state;
	list[0].addr = arrival(1, 0, false).addr;
	list[1].addr = arrival(2, 0, false).addr;
	list[1].first[FMX_ROLE_FIRST] = list[1].last[FMX_ROLE_FIRST] = 1000;
	list[1].first[FMX_ROLE_REAL] = list[1].last[FMX_ROLE_REAL] = 3500;
	for (i = 0; i < COUNT(lines); i++)
		arrivals_add(&lines[i], &all);
	assert_int_equal(arrivals_merge(&all, &list, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(list[0].first[FMX_ROLE_REAL], 0);
	assert_int_equal(list[1].first[FMX_ROLE_FIRST], 1000);
	assert_int_equal(list[1].first[FMX_ROLE_REAL], 3000);
	assert_int_equal(list[1].last[FMX_ROLE_REAL], 4000);
	assert_int_equal(list[1].delivered, 4000);
	assert_int_equal(list[2].first[FMX_ROLE_REAL], 2000);
	assert_int_equal(list[2].delivered, 0);
	arrivals_free(&all);
	free(list);
}

static void a_log_without_arrivals_adds_nobody(void **state)
{
	struct sender *list = calloc(1, sizeof(*list));
	struct arrivals all = { 0 };
	size_t count = 0;

	(void)state;
	assert_int_equal(arrivals_merge(&all, &list, &count), 0);
	assert_int_equal(count, 0);
	arrivals_free(&all);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_lines_of_few_senders_are_few_entries),
		cmocka_unit_test(arrivals_are_added_to_what_the_ledger_knows),
		cmocka_unit_test(a_log_without_arrivals_adds_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

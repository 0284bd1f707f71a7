// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include "counters.h"
#include "series.h"

static void each_series_that_can_be_is_stepped_through_once(void **state)
{
	struct counter_id id;
	unsigned int step = 0;
	char expected[64], got[64];
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; counter_next(&step, &id); i++) {
		assert_true(i < COUNT(all_series));
		snprintf(expected, sizeof(expected), "%s %s",
			 all_series[i].family, all_series[i].reason);
		snprintf(got, sizeof(got), "%s %s", id.family, id.reason);
		failed += differs("next", expected, got);
	}
	assert_int_equal(i, COUNT(all_series));
	assert_int_equal(failed, 0);
	assert_false(counter_next(&step, &id));
}

static void no_two_series_share_a_name_or_a_counter(void **state)
{
	struct counter_id ids[FMX_COUNTER_COUNT];
	unsigned int step = 0;
	size_t count = 0, i, j;

	(void)state;
	while (counter_next(&step, &ids[count])) {
		assert_true(ids[count].index < FMX_COUNTER_COUNT);
		count++;
	}
	for (i = 0; i < count; i++) {
		for (j = 0; j < i; j++) {
			assert_int_not_equal(ids[i].index, ids[j].index);
			assert_false(!strcmp(ids[i].family, ids[j].family) &&
				     !strcmp(ids[i].reason, ids[j].reason));
		}
	}
}

static void a_series_has_the_counter_that_the_program_adds_to(void **state)
{
	const struct {
		const char *family, *reason;
		unsigned int index;
	} rows[] = {
		{ "other", "tags",
		  fmx_counter_index(0, FMX_OTHER, FMX_REASON_TAGS) },
		{ "ipv4", "reset",
		  fmx_counter_index(0, FMX_IPV4, FMX_REASON_RESET) },
		{ "ipv6", "ext_headers",
		  fmx_counter_index(0, FMX_IPV6, FMX_REASON_EXT_HEADERS) },
		{ "ipv4", "would_rate_limited",
		  fmx_counter_index(1, FMX_IPV4, FMX_REASON_RATE_LIMITED) },
		{ "ipv6", "would_reset",
		  fmx_counter_index(1, FMX_IPV6, FMX_REASON_RESET) },
	};
	struct counter_id id;
	unsigned int step, met = 0;
	int failed = 0;
	size_t i;

	(void)state;
	for (step = 0; counter_next(&step, &id);) {
		for (i = 0; i < COUNT(rows); i++) {
			if (strcmp(id.family, rows[i].family) ||
			    strcmp(id.reason, rows[i].reason))
				continue;
			failed += differs_number(id.reason, rows[i].index,
						 id.index);
			met++;
		}
	}
	assert_int_equal(met, COUNT(rows));
	assert_int_equal(failed, 0);
}

static void tallies_are_summed_count_by_count(void **state)
{
	struct tally to = { .displaced = 1, .unrecorded = 2, .newcomers = 3 };
	struct tally from = { .flood = true,
			      .displaced = 10,
			      .unrecorded = 1ULL << 40,
			      .newcomers = 30 };
	unsigned int i;

	(void)state;
	for (i = 0; i < FMX_COUNTER_COUNT; i++) {
		to.counters[i] = (struct fmx_counter){ i, 1ULL << 53 };
		from.counters[i] = (struct fmx_counter){ 1000, i + 1 };
	}
	for (i = 0; i < FMX_RETRY_BUCKETS; i++) {
		to.retries.count[i] = i;
		from.retries.count[i] = 100;
	}
	to.retries.ticks = 7;
	from.retries.ticks = 1ULL << 40;
	to.answered[7] = from.answered[7] = 5;
	from.answered[FMX_MAX_DECOYS - 1] = 9;
	tally_add(&to, &from);
	for (i = 0; i < FMX_COUNTER_COUNT; i++) {
		assert_int_equal(to.counters[i].packets, 1000 + i);
		assert_true(to.counters[i].bytes == (1ULL << 53) + i + 1);
		assert_int_equal(from.counters[i].packets, 1000);
	}
	assert_int_equal(to.answered[7], 10);
	assert_int_equal(to.answered[FMX_MAX_DECOYS - 1], 9);
	for (i = 0; i < FMX_RETRY_BUCKETS; i++)
		assert_int_equal(to.retries.count[i], 100 + i);
	assert_true(to.retries.ticks == (1ULL << 40) + 7);
	assert_int_equal(to.displaced, 11);
	assert_true(to.unrecorded == (1ULL << 40) + 2);
	assert_int_equal(to.newcomers, 33);
	assert_true(to.flood);
}

static void an_attachment_is_native_or_generic(void **state)
{
	struct attachment attachment = { .about.generic = 1 };

	(void)state;
	assert_string_equal(attachment_mode(&attachment), "generic");
	attachment.about.generic = 0;
	assert_string_equal(attachment_mode(&attachment), "native");
}

static void an_empty_snapshot_can_be_freed_twice(void **state)
{
	struct snapshot snapshot = { 0 };

	(void)state;
	snapshot.ifaces = calloc(1, sizeof(*snapshot.ifaces));
	snapshot_free(&snapshot);
	snapshot_free(&snapshot);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			each_series_that_can_be_is_stepped_through_once),
		cmocka_unit_test(no_two_series_share_a_name_or_a_counter),
		cmocka_unit_test(
			a_series_has_the_counter_that_the_program_adds_to),
		cmocka_unit_test(tallies_are_summed_count_by_count),
		cmocka_unit_test(an_attachment_is_native_or_generic),
		cmocka_unit_test(an_empty_snapshot_can_be_freed_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

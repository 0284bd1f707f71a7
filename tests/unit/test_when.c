// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <time.h>

#include "when.h"

static int read_span(const char *word, const void *arg, FILE *to)
{
	struct fault fault = { "" };
	char text[SPAN_TEXT_SIZE] = "";
	__u32 seconds = 0;
	int err = span_parse(word, 10 * 365 * 86400, &seconds, &fault);

	(void)arg;
	if (!err)
		span_format(seconds, text);
	fprintf(to, "%s%s", fault.text, text);
	return err;
}

static void span_is_read_and_written(void **state)
{
	static const struct text_row good[] = {
		{ "1s", "1s" },	  { "90s", "90s" },  { "60s", "1m" },
		{ "24h", "1d" },  { "36h", "36h" },  { "2w", "14d" },
		{ "30d", "30d" }, { "010m", "10m" }, { "3650d", "3650d" },
	};
	static const struct text_row bad[] = {
		{ "", ": must be a number and one of s, m, h, d, w" },
		{ "d", "d: must be a number and one of s, m, h, d, w" },
		{ "30", "30: must be a number and one of s, m, h, d, w" },
		{ "-1d", "-1d: must be a number and one of s, m, h, d, w" },
		{ " 1d", " 1d: must be a number and one of s, m, h, d, w" },
		{ "1.5h", "1.5h: must be a number and one of s, m, h, d, w" },
		{ "30days",
		  "30days: must be a number and one of s, m, h, d, w" },
		{ "0d", "0d: must be from 1s to 3650d" },
		{ "3651d", "3651d: must be from 1s to 3650d" },
		{ "99999999999999999999s",
		  "99999999999999999999s: must be from 1s to 3650d" },
	};

	(void)state;
	check_rows(read_span, NULL, 0, good, COUNT(good));
	check_rows(read_span, NULL, -EINVAL, bad, COUNT(bad));
}

static int read_when(const char *word, const void *arg, FILE *to)
{
	struct fault fault = { "" };
	char text[WHEN_TEXT_SIZE] = "";
	__s64 at = 0;
	int err = when_parse(word, &at, &fault);

	(void)arg;
	if (!err)
		when_format(at, text);
	fprintf(to, "%s%s", fault.text, text);
	return err;
}

/* Local time is that of Berlin here. */
static void point_in_time_is_read_and_written(void **state)
{
	static const struct text_row good[] = {
		{ "2026-11-25", "2026-11-24T23:00:00Z" },
		{ "2026-07-25", "2026-07-24T22:00:00Z" },
		{ "2026-11-25T10:00", "2026-11-25T09:00:00Z" },
		{ "2026-11-25T10:00Z", "2026-11-25T10:00:00Z" },
		{ "2026-11-25T10:00:30Z", "2026-11-25T10:00:30Z" },
		{ "2026-11-25T10:00:30+05:30", "2026-11-25T04:30:30Z" },
		{ "2026-11-25T10:00-0100", "2026-11-25T11:00:00Z" },
		{ "2028-02-29Z", "2028-02-29T00:00:00Z" },
		{ "1678-01-01Z", "1678-01-01T00:00:00Z" },
		{ "2261-12-31T23:59:59Z", "2261-12-31T23:59:59Z" },
	};
#define RANGE ": must be from 1678 to 2261"
#define WRONG \
	": must be a date, or a date and time: 2026-11-25, 2026-11-25T10:00Z"
	static const struct text_row bad[] = {
		{ "", WRONG },
		{ "today", "today" WRONG },
		{ "2026-13-01", "2026-13-01" WRONG },
		{ "2026-02-30", "2026-02-30" WRONG },
		{ "2026-11-25T", "2026-11-25T" WRONG },
		{ "2026-11-25T25:00", "2026-11-25T25:00" WRONG },
		{ "2026-11-25T10:00X", "2026-11-25T10:00X" WRONG },
		{ "2026-11-25T10:00Zulu", "2026-11-25T10:00Zulu" WRONG },
		{ " 2026-11-25", " 2026-11-25" WRONG },
		{ "1677-12-31T23:59:59Z", "1677-12-31T23:59:59Z" RANGE },
		{ "2262-01-01Z", "2262-01-01Z" RANGE },
		{ "9999-12-31T23:59-23:59", "9999-12-31T23:59-23:59" RANGE },
	};

	(void)state;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	check_rows(read_when, NULL, 0, good, COUNT(good));
	check_rows(read_when, NULL, -EINVAL, bad, COUNT(bad));
}

static void since_takes_a_span_or_a_date(void **state)
{
	struct fault fault;
	__s64 at, now = when_now();

	(void)state;
	assert_int_equal(since_parse("24h", &at, &fault), 0);
	assert_in_range(now - at, 86400000 - 5000, 86400000);
	assert_int_equal(since_parse("2026-11-25Z", &at, &fault), 0);
	assert_int_equal(at, 1795564800000LL);
	assert_int_equal(since_parse("yesterday", &at, &fault), -EINVAL);
	assert_string_equal(
		fault.text,
		"yesterday: must be a span or a date: 24h, 7d, 2026-11-25, 2026-11-25T10:00Z");
	assert_int_equal(since_parse("0d", &at, &fault), -EINVAL);
	assert_int_equal(since_parse("9999-12-31", &at, &fault), -EINVAL);
	assert_string_equal(fault.text,
			    "9999-12-31: must be from 1678 to 2261");
}

static int write_rough(const char *milliseconds, const void *arg, FILE *to)
{
	char text[SPAN_TEXT_SIZE];

	(void)arg;
	span_format_rough(atoll(milliseconds), text);
	fputs(text, to);
	return 0;
}

static void rough_spans_are_short(void **state)
{
	static const struct text_row rows[] = {
		{ "0", "0 s" },
		{ "1074", "1 s" },
		{ "89000", "89 s" },
		{ "90000", "2 min" },
		{ "720000", "12 min" },
		{ "5400000", "1.5 h" },
		{ "86400000", "24.0 h" },
		{ "172800000", "2.0 days" },
		{ "527040000", "6.1 days" },
	};

	(void)state;
	check_rows(write_rough, NULL, 0, rows, COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(span_is_read_and_written),
		cmocka_unit_test(point_in_time_is_read_and_written),
		cmocka_unit_test(since_takes_a_span_or_a_date),
		cmocka_unit_test(rough_spans_are_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/* The dates of mail logs' lines. */
#include "maillines.h"

#define DATED(date) date " mx postfix/smtpd[1]: connect from x[203.0.113.5]"
#define EXIM_DATED(date) date " SMTP connection from [203.0.113.5]"
#define AT "203.0.113.5 connected "

static void dates_are_read_in_every_form(void **state)
{
	static const struct text_row rows[] = {
		{ DATED("Nov 26 09:00:01"), AT "2026-11-26T08:00:01.000Z" },
		{ DATED("Nov  6 09:00:01"), AT "2026-11-06T08:00:01.000Z" },
		{ DATED("Nov 06 09:00:01"), AT "2026-11-06T08:00:01.000Z" },
		{ DATED("Nov 6 09:00:01"), AT "2026-11-06T08:00:01.000Z" },
		{ DATED("Nov 26 09:00:01.1234"),
		  AT "2026-11-26T08:00:01.123Z" },
		{ DATED("Jul 26 09:00:01"), AT "2026-07-26T07:00:01.000Z" },
		{ DATED("2026-11-26T09:00:01+01:00"),
		  AT "2026-11-26T08:00:01.000Z" },
		{ DATED("2026-11-26T09:00:01.123456-05:30"),
		  AT "2026-11-26T14:30:01.123Z" },
		{ DATED("2026-11-26T09:00:01.9Z"),
		  AT "2026-11-26T09:00:01.900Z" },
		{ DATED("2026-11-26T09:00:01+0100"),
		  AT "2026-11-26T08:00:01.000Z" },
		{ DATED("2026-11-26T09:00:01"), AT "2026-11-26T08:00:01.000Z" },
		{ DATED("2024-02-29T23:59:60Z"),
		  AT "2024-03-01T00:00:00.000Z" },
		{ EXIM_DATED("2026-11-26 09:00:01"),
		  AT "2026-11-26T08:00:01.000Z" },
		{ EXIM_DATED("2026-11-26 09:00:01.250"),
		  AT "2026-11-26T08:00:01.250Z" },
		{ EXIM_DATED("2026-11-26 09:00:01 -0500"),
		  AT "2026-11-26T14:00:01.000Z" },
		{ EXIM_DATED("2026-11-26 09:00:01.250 +0000"),
		  AT "2026-11-26T09:00:01.250Z" },
		{ EXIM_DATED("2026-11-26 09:00:01 +0545 [99]"),
		  AT "2026-11-26T03:15:01.000Z" },
	};

	(void)state;
	check_lines(rows, COUNT(rows));
}

static void what_is_no_date_begins_no_line(void **state)
{
	static const struct text_row rows[] = {
		{ "", "other" },
		{ "\n", "other" },
		{ "Nov", "other" },
		{ "Nov 26 12:00:0", "other" },
		{ "Nov 26 12:00:01", "other" },
		{ "Nov 26 12:00:01 mx", "other" },
		{ "Nov 26 12:00:01 mx postfix/smtpd[1]:", "other" },
		{ DATED("Nov 31 12:00:01"), "other" },
		{ DATED("Feb 30 12:00:01"), "other" },
		{ DATED("Nov  0 12:00:01"), "other" },
		{ DATED("Nox 26 12:00:01"), "other" },
		{ DATED("Nov 26 24:00:01"), "other" },
		{ DATED("Nov 26 12:60:01"), "other" },
		{ DATED("Nov 26 12:00:61"), "other" },
		{ DATED("Nov 26 12:00:01."), "other" },
		{ DATED("Nov 26 12.00.01"), "other" },
		{ DATED(" Nov 26 12:00:01"), "other" },
		{ DATED("2026-11-31T12:00:01Z"), "other" },
		{ DATED("2025-02-29T12:00:01Z"), "other" },
		{ DATED("2026-13-01T12:00:01Z"), "other" },
		{ DATED("2026-00-01T12:00:01Z"), "other" },
		{ DATED("1969-12-31T12:00:01Z"), "other" },
		{ DATED("2026-11-26T12:00:01+1:00"), "other" },
		{ DATED("2026-11-26T12:00:01+24:00"), "other" },
		{ DATED("2026-11-26 12:00:01"), "other" },
		{ EXIM_DATED("2026-11-26T12:00:01"), "other" },
		{ EXIM_DATED("2026-11-26 12:00:01 +01"), "other" },
		{ EXIM_DATED("26-11-2026 12:00:01"), "other" },
	};

	(void)state;
	check_lines(rows, COUNT(rows));
}

/* Of "2026-11-26T11:00:00Z". */
static time_t time_of(const char *text)
{
	struct tm parts = { 0 };

	assert_non_null(strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts));
	return timegm(&parts);
}

/* Each is read at the time that is said in front of it. */
static void a_date_without_a_year_is_of_the_last_one(void **state)
{
	static const struct {
		const char *now;
		struct text_row row;
	} rows[] = {
		{ "2026-11-26T11:00:00Z",
		  { DATED("Nov 26 23:59:59"), AT "2026-11-26T22:59:59.000Z" } },
		{ "2026-11-26T11:00:00Z",
		  { DATED("Nov 27 12:00:00"), AT "2026-11-27T11:00:00.000Z" } },
		{ "2026-11-26T11:00:00Z",
		  { DATED("Nov 28 12:00:00"), AT "2025-11-28T11:00:00.000Z" } },
		{ "2026-11-26T11:00:00Z",
		  { DATED("Dec 31 12:00:00"), AT "2025-12-31T11:00:00.000Z" } },
		{ "2027-01-01T00:00:00Z",
		  { DATED("Dec 31 23:59:59"), AT "2026-12-31T22:59:59.000Z" } },
		/* Local time is ahead: it is New Year there, or soon. */
		{ "2026-12-31T23:30:00Z",
		  { DATED("Jan  1 00:30:00"), AT "2026-12-31T23:30:00.000Z" } },
		{ "2026-12-31T22:30:00Z",
		  { DATED("Jan  1 00:30:00"), AT "2026-12-31T23:30:00.000Z" } },
		{ "2026-12-30T22:30:00Z",
		  { DATED("Jan  1 00:30:00"), AT "2025-12-31T23:30:00.000Z" } },
		{ "2026-11-26T23:30:00Z",
		  { DATED("Nov 28 12:00:00"), AT "2026-11-28T11:00:00.000Z" } },
		{ "2026-11-26T11:00:00Z",
		  { DATED("Feb 29 12:00:00"), AT "2024-02-29T11:00:00.000Z" } },
		{ "2028-03-01T11:00:00Z",
		  { DATED("Feb 29 12:00:00"), AT "2028-02-29T11:00:00.000Z" } },
	};
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		time_t now = time_of(rows[i].now);
		char *text = NULL;
		size_t size;
		FILE *to = open_memstream(&text, &size);

		read_line(rows[i].row.given, &now, to);
		fclose(to);
		failed += differs(rows[i].now, rows[i].row.expected, text);
		free(text);
	}
	assert_int_equal(failed, 0);
}

static void clocks_are_put_forward_and_back(void **state)
{
	static const struct text_row rows[] = {
		/* To 03:00, at 02:00. */
		{ DATED("Mar 29 01:59:59"), AT "2026-03-29T00:59:59.000Z" },
		{ DATED("Mar 29 03:00:00"), AT "2026-03-29T01:00:00.000Z" },
		{ DATED("Mar 28 12:00:00"), AT "2026-03-28T11:00:00.000Z" },
		{ DATED("Mar 30 12:00:00"), AT "2026-03-30T10:00:00.000Z" },
		/* No clock showed that. */
		{ DATED("Mar 29 02:30:00"), AT "2026-03-29T01:30:00.000Z" },
		/* To 02:00, at 03:00. */
		{ DATED("Oct 25 01:59:59"), AT "2026-10-24T23:59:59.000Z" },
		{ DATED("Oct 25 02:30:00"), AT "2026-10-25T00:30:00.000Z" },
		{ DATED("Oct 25 03:00:00"), AT "2026-10-25T02:00:00.000Z" },
		{ DATED("2026-10-25T02:30:00+01:00"),
		  AT "2026-10-25T01:30:00.000Z" },
		{ EXIM_DATED("2025-10-26 03:00:00"),
		  AT "2025-10-26T02:00:00.000Z" },
	};

	(void)state;
	check_lines(rows, COUNT(rows));
}

/* Far from Greenwich, at an hour of the evening: it is the next day there. */
static void clocks_are_put_forward_late_in_the_day(void **state)
{
	static const struct text_row rows[] = {
		{ DATED("Mar 28 23:00:00"), AT "2026-03-29T09:00:00.000Z" },
		{ DATED("Mar 29 00:00:00"), AT "2026-03-29T10:00:00.000Z" },
		{ DATED("Mar 29 19:59:59"), AT "2026-03-30T05:59:59.000Z" },
		{ DATED("Mar 29 21:00:00"), AT "2026-03-30T06:00:00.000Z" },
		{ DATED("Mar 29 23:00:00"), AT "2026-03-30T08:00:00.000Z" },
		{ DATED("Mar 30 00:00:00"), AT "2026-03-30T09:00:00.000Z" },
	};

	setenv("TZ", "<-10>10<-09>,M3.5.0/20,M10.5.0/20", 1);
	tzset();
	check_lines(rows, COUNT(rows));
	maillines_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_read_in_every_form),
		cmocka_unit_test(what_is_no_date_begins_no_line),
		cmocka_unit_test(a_date_without_a_year_is_of_the_last_one),
		cmocka_unit_test(clocks_are_put_forward_and_back),
		cmocka_unit_test(clocks_are_put_forward_late_in_the_day),
	};

	return cmocka_run_group_tests_name("mail log dates", tests,
					   maillines_setup, NULL);
}

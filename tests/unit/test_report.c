// SPDX-License-Identifier: GPL-2.0-only
/* The lost-mail report: what is in it, and when it says that it cannot know. */
#include "unit.h"

#include "report.h"

#define NOW 1764115200000LL /* 2025-11-26T00:00:00Z */
#define HOUR 3600000LL

static struct sender visit(const char *addr, enum fmx_role role, __s64 at)
{
	struct sender s = { 0 };
	struct fault fault;

	assert_int_equal(addr_parse(addr, &s.addr, &fault), 0);
	s.first[role] = s.last[role] = at;
	s.attempts[role] = 1;
	return s;
}

/* Sorted, as a ledger has them. */
static void population_of(const struct sender *list, size_t count,
			  struct population *out)
{
	struct sender *copy = calloc(count + 1, sizeof(*copy));
	const struct policy policy = { 0 };

	memcpy(copy, list, count * sizeof(*copy));
	assert_int_equal(population_make(copy, count, &policy, NOW, out), 0);
}

static char *text_of(const struct report *report)
{
	json_t *document = report_document(report);
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(document);
	report_text(to, document);
	fclose(to);
	json_decref(document);
	return text;
}

static void the_report_names_those_with_evidence(void **state)
{
	static const char expected[] =
		"Lost-mail report of 2025-11-26T00:00:00Z\n"
		"\n"
		"7 senders were seen:\n"
		"\n"
		"  retried           2   29 %  turned away at a first decoy, then at a real MX\n"
		"  allowed           0    0 %  on the allowlist: let through\n"
		"  waiting           1   14 %  turned away, and not yet at a real MX\n"
		"  lost              3   43 %  turned away, and not at a real MX in the grace time\n"
		"  backwards         1   14 %  at a last decoy before anywhere else\n"
		"  direct            0    0 %  at a real MX without trying a first decoy\n"
		"\n"
		"Those who retried took (median) 4 s; 90 % no more than 40 min, 99 % than 40 min:\n"
		"\n"
		"        5 s        1  ########################################\n"
		"       15 s        0  \n"
		"       60 s        0  \n"
		"      5 min        0  \n"
		"     15 min        0  \n"
		"     30 min        0  \n"
		"     60 min        1  ########################################\n"
		"\n"
		"Probably lost mail: 2\n"
		"\n"
		"  203.0.113.6\n"
		"    turned away since 2025-11-24T00:00:00Z\n"
		"    - it came 5 times, 30 min apart, as a mail queue does\n"
		"\n"
		"  203.0.113.5  mx.example.org\n"
		"    turned away since 2025-11-24T00:00:00Z\n"
		"    - its name, mx.example.org, leads back to it in the DNS\n"
		"\n"
		"At risk, and may still retry: 0\n"
		"\n"
		"Probably spamware, with no sign of a mail server: 1 lost, 1 waiting\n"
		"\n"
		"To let them in, those whom you know:\n"
		"\n"
		"  xdp-fakemx allow 203.0.113.6\n"
		"  xdp-fakemx allow 203.0.113.5 comment mx.example.org\n";
	struct names names[7] = { 0 };
	const struct policy policy = { 0 };
	const struct tally tally = { 0 };
	struct population population;
	struct sender list[] = {
		visit("192.0.2.1", FMX_ROLE_FIRST, NOW - 50 * HOUR),
		visit("192.0.3.1", FMX_ROLE_FIRST, NOW - 50 * HOUR),
		visit("192.0.4.1", FMX_ROLE_LAST, NOW - HOUR),
		visit("203.0.113.5", FMX_ROLE_FIRST, NOW - 48 * HOUR),
		visit("203.0.113.6", FMX_ROLE_FIRST, NOW - 48 * HOUR),
		visit("203.0.113.7", FMX_ROLE_FIRST, NOW - 48 * HOUR),
		visit("203.0.114.8", FMX_ROLE_FIRST, NOW - HOUR),
	};
	struct report report = { .population = &population,
				 .names = names,
				 .policy = &policy,
				 .tally = &tally,
				 .hosts = 1 };
	char *text;
	size_t i;

	(void)state;
	list[0].first[FMX_ROLE_REAL] = list[0].last[FMX_ROLE_REAL] =
		list[0].first[FMX_ROLE_FIRST] + 4000;
	list[1].first[FMX_ROLE_REAL] = list[1].last[FMX_ROLE_REAL] =
		NOW - 50 * HOUR + 40 * 60000;
	/* Whoever came lately: or nobody could be seen to. */
	list[0].last[FMX_ROLE_REAL] = NOW - HOUR;
	list[4].last[FMX_ROLE_FIRST] += 2 * HOUR;
	list[4].attempts[FMX_ROLE_FIRST] = 5;
	for (i = 0; i < COUNT(names); i++)
		names[i].dnswl = -1;
	names[3].name = "mx.example.org";
	names[5].name = "203-0-113-7.example.net";
	population_of(list, COUNT(list), &population);
	text = text_of(&report);
	assert_string_equal(text, expected);
	free(text);
	population_free(&population);
}

/* The first warning, or that there is none. */
static char *first_warning(struct report *report, const struct sender *list,
			   size_t count)
{
	struct population population;
	json_t *warnings;
	char *text;

	population_of(list, count, &population);
	report->population = &population;
	warnings = report_warnings(report);
	text = strdup(json_array_size(warnings)
			      ? json_string_value(json_array_get(warnings, 0))
			      : "none");
	json_decref(warnings);
	population_free(&population);
	return text;
}

static void expect_warning(const char *row, struct report *report,
			   const struct sender *list, size_t count,
			   const char *expected)
{
	char *text = first_warning(report, list, count);

	if (strncmp(text, expected, strlen(expected)))
		fail_msg("%s: %s", row, text);
	free(text);
}

static void the_report_says_when_it_cannot_know(void **state)
{
	struct policy real = { 0 }, nothing = { 0 };
	struct tally tally = { 0 };
	const struct sender turned_away =
		visit("192.0.2.1", FMX_ROLE_FIRST, NOW - HOUR);
	const struct sender came =
		visit("192.0.2.2", FMX_ROLE_REAL, NOW - HOUR);
	const struct sender long_ago =
		visit("192.0.2.2", FMX_ROLE_REAL, NOW - 50 * HOUR);
	struct statement s = { .kind = STATEMENT_REAL, .role = FMX_ROLE_REAL };
	struct report report = { .policy = &nothing,
				 .tally = &tally,
				 .hosts = 1 };
	struct fault fault;

	(void)state;
	assert_int_equal(addr_parse("192.0.2.100", &s.prefix, &fault), 0);
	assert_int_equal(policy_add(&real, &s), 0);
	expect_warning("no real MX", &report, &turned_away, 1,
		       "no real MX is named");
	report.logs = 1;
	expect_warning("a log without anybody", &report, &turned_away, 1,
		       "nobody at all was seen at a real MX");
	report.logs = 0;
	report.policy = &real;
	expect_warning("nobody came", &report, &turned_away, 1,
		       "nobody at all was seen at a real MX");
	expect_warning("somebody came", &report, &came, 1, "none");
	expect_warning(
		"long ago", &report, &long_ago, 1,
		"nobody was seen at a real MX since 2025-11-23T22:00:00Z");
	report.since = NOW - 10 * HOUR;
	expect_warning("not in this time", &report, &long_ago, 1,
		       "nobody was seen at a real MX in this time");
	report.began = NOW - 2 * HOUR;
	expect_warning("before the ledger", &report, &came, 1,
		       "the ledger begins at 2025-11-25T22:00:00Z");
	report.began = 0;
	tally.displaced = 7;
	expect_warning(
		"a flood", &report, &came, 1,
		"the ledger is not complete: in floods, or because it was full, 7 senders");
	tally.displaced = 0;
	tally.suppressed = 9;
	expect_warning(
		"events", &report, &came, 1,
		"9 events were left out of what the command events told");
	tally.suppressed = 0;
	real.settings.shadow = 1;
	expect_warning("shadow", &report, &came, 1, "shadow mode");
	real.settings.shadow = 0;
	report.unanswered = 3;
	expect_warning("DNS", &report, &came, 1,
		       "the DNS had no answer in time about 3 senders");
	policy_clear(&real);
}

static void the_period_bounds_who_is_in_the_report(void **state)
{
	const struct policy policy = { 0 };
	const struct tally tally = { 0 };
	const struct sender list[] = {
		visit("192.0.2.1", FMX_ROLE_FIRST, NOW - 50 * HOUR),
		visit("192.0.3.1", FMX_ROLE_FIRST, NOW - 30 * HOUR),
	};
	struct population population;
	struct report report = { .population = &population,
				 .policy = &policy,
				 .tally = &tally,
				 .since = NOW - 40 * HOUR,
				 .hosts = 1 };
	json_t *document;

	(void)state;
	population_of(list, 2, &population);
	document = report_document(&report);
	assert_int_equal(
		json_integer_value(json_object_get(document, "senders")), 1);
	assert_string_equal(
		json_string_value(json_object_get(document, "since")),
		"2025-11-24T08:00:00Z");
	json_decref(document);
	population_free(&population);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_names_those_with_evidence),
		cmocka_unit_test(the_report_says_when_it_cannot_know),
		cmocka_unit_test(the_period_bounds_who_is_in_the_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/* What MTA-STS says: the record, the policy, and which MX it covers. */
#include "unit.h"

#include "mta_sts.h"

static void a_record_has_a_version_and_an_id(void **state)
{
	static const struct {
		const char *text;
		bool claims, is_one;
	} rows[] = {
		{ "v=STSv1; id=20260101T000000;", true, true },
		{ "v=STSv1;id=1", true, true },
		{ "v=STSv1 ; id=1", true, true },
		{ "v=STSv1; new=x; id=1; other=id", true, true },
		{ "v=STSv1", false, false },
		{ "v=STSv1;", true, false },
		{ "v=STSv1; id=", true, false },
		{ "v=STSv1; id= ; id=2", true, false },
		{ "v=STSv1; new=id=1", true, false },
		{ "v=STSv1; ID=1", true, false },
		{ "v=STSv1 id=1", false, false },
		{ "v=STSv1 id=1; id=1", false, false },
		{ "v=STSv10; id=1", false, false },
		{ "v=stsv1; id=1", false, false },
		{ " v=STSv1; id=1", false, false },
		{ "id=1; v=STSv1", false, false },
		{ "v=spf1 -all", false, false },
		{ "", false, false },
	};
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const char *text = rows[i].text;

		failed += differs_number(text, rows[i].claims,
					 sts_claims(text, strlen(text)));
		failed += differs_number(text, rows[i].is_one,
					 sts_is_record(text, strlen(text)));
	}
	assert_int_equal(failed, 0);
}

/* What is read of a policy, or that it is none. */
static int read_policy(const char *given, const void *arg, FILE *to)
{
	char *own = malloc(strlen(given) + 1);
	struct sts sts = { .count = 0 };
	size_t i;
	int err;

	(void)arg;
	/* Without its end, so that what is read beyond it is seen. */
	own = realloc(memcpy(own, given, strlen(given) + 1), strlen(given));
	err = sts_parse(&sts, own, strlen(given));
	if (!err)
		fputs(sts.in_use ? "in use:" : "none:", to);
	for (i = 0; !err && i < sts.count; i++)
		fprintf(to, " %s", sts.patterns[i]);
	sts_free(&sts);
	free(own);
	return err;
}

static void a_policy_is_read(void **state)
{
	static const struct text_row rows[] = {
		{ "version: STSv1\r\nmode: enforce\r\nmx: mail.example\r\n"
		  "mx: *.mx.example\r\nmax_age: 604800\r\n",
		  "in use: mail.example *.mx.example" },
		{ "version: STSv1\nmode: testing\nmx:mail.example \nmax_age: 1",
		  "in use: mail.example" },
		{ "version: STSv1\nmode: none\nmax_age: 86400\n", "none:" },
		{ "mode: enforce\nmax_age: 1\nmx: a.example\nversion: STSv1",
		  "in use: a.example" },
		/* What is not known, and what is no name, is nothing. */
		{ "version: STSv1\nmode: enforce\nnew_key: x\nno key\n\n"
		  "mx: \033[2J\nmx: *\nmx: a.*.example\nmx: b.example\n",
		  "in use: b.example" },
		/* What is there again is nothing, but for mx: lines. */
		{ "version: STSv1\nmode: none\nmode: enforce\nmode: x\n",
		  "none:" },
		{ "version: STSv1\nversion: STSv2\nmode: testing\n"
		  "mode: none\nmx: a.example\nmx: b.example\n",
		  "in use: a.example b.example" },
	};

	(void)state;
	check_rows(read_policy, NULL, 0, rows, COUNT(rows));
}

static void what_is_no_policy_is_refused(void **state)
{
	static const struct text_row rows[] = {
		{ "x", "" },
		{ "<html><body>301 Moved</body></html>\n", "" },
		{ "mode: enforce\nmx: mail.example\n", "" },
		{ "version: STSv2\nmode: enforce\nmx: mail.example\n", "" },
		{ "version: STSv1\nmx: mail.example\n", "" },
		{ "version: STSv1\nmode: on\nmx: mail.example\n", "" },
		{ "version: STSv1\nmode: Enforce\nmx: mail.example\n", "" },
		{ "version: STSv1\nmode:\nmode: enforce\n", "" },
		{ "version: STSv2\nversion: STSv1\nmode: enforce\n", "" },
	};

	(void)state;
	check_rows(read_policy, NULL, -EINVAL, rows, COUNT(rows));
}

static void a_pattern_covers_a_name_or_one_label_more(void **state)
{
	static const struct {
		const char *name;
		bool covered;
	} rows[] = {
		{ "mail.example", true },
		{ "MAIL.Example", true },
		{ "a.mx.example", true },
		{ "b.MX.example", true },
		{ "mx.example", false },
		{ "a.b.mx.example", false },
		{ "mail.example.org", false },
		{ "xmail.example", false },
		{ "a.mail.example", false },
		{ "example", false },
		{ "", false },
	};
	static const char policy[] = "version: STSv1\nmode: enforce\n"
				     "mx: mail.example\nmx: *.mx.example\n";
	struct sts sts = { .count = 0 };
	int failed = 0;
	size_t i;

	(void)state;
	assert_int_equal(sts_parse(&sts, policy, strlen(policy)), 0);
	for (i = 0; i < COUNT(rows); i++)
		failed += differs_number(rows[i].name, rows[i].covered,
					 sts_covers(&sts, rows[i].name));
	sts_free(&sts);
	assert_int_equal(failed, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_has_a_version_and_an_id),
		cmocka_unit_test(a_policy_is_read),
		cmocka_unit_test(what_is_no_policy_is_refused),
		cmocka_unit_test(a_pattern_covers_a_name_or_one_label_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/* What tells the server of somebody's mail from spamware. */
#include "unit.h"

#include "evidence.h"

#define EPOCH 1764000000000LL

static int write_evidence(FILE *to, const struct sender *s,
			  const struct names *names)
{
	unsigned int evidence = evidence_of(s, names), i;

	for (i = 0; i < EVIDENCE_COUNT; i++)
		if (evidence & 1U << i)
			fprintf(to, "%s ", evidence_name(i));
	fprintf(to, "%u", evidence_weight(evidence));
	return 0;
}

/* Attempts at a first decoy, and the seconds from the first to the last. */
static int read_attempts(const char *given, const void *arg, FILE *to)
{
	const struct names names = { .dnswl = -1 };
	struct sender s = { .first[FMX_ROLE_FIRST] = EPOCH };
	int attempts, seconds;

	(void)arg;
	assert_int_equal(sscanf(given, "%d in %d", &attempts, &seconds), 2);
	s.attempts[FMX_ROLE_FIRST] = attempts;
	s.last[FMX_ROLE_FIRST] = EPOCH + seconds * 1000LL;
	return write_evidence(to, &s, &names);
}

static void attempts_that_repeat_like_a_queue_are_evidence(void **state)
{
	static const struct text_row rows[] = {
		{ "1 in 0", "0" },	   { "2 in 59", "0" },
		{ "2 in 60", "again 1" },  { "2 in 86400", "again 1" },
		{ "2 in 86401", "0" },	   { "3 in 119", "0" },
		{ "3 in 120", "queue 2" }, { "20 in 36000", "queue 2" },
		{ "200 in 2000", "0" }, /* every ten seconds */
		{ "3 in 500000", "0" }, /* once in three days */
	};

	(void)state;
	check_rows(read_attempts, NULL, 0, rows, COUNT(rows));
}

static void each_kind_of_evidence_adds_its_weight(void **state)
{
	struct sender s = { .addr.family = FMX_IPV4 };
	struct names names = { .dnswl = -1 };
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	(void)state;
	write_evidence(to, &s, &names);
	fputs(", ", to);
	names.name = "mx.example.org";
	write_evidence(to, &s, &names);
	fputs(", ", to);
	names.dnswl = 0;
	write_evidence(to, &s, &names);
	fputs(", ", to);
	s.delivered = EPOCH;
	s.first[FMX_ROLE_REAL] = EPOCH;
	write_evidence(to, &s, &names);
	fclose(to);
	assert_string_equal(
		text, "0, name 1, dnswl name 4, delivered dnswl real name 9");
	free(text);
}

static void a_name_made_of_the_address_is_no_evidence(void **state)
{
	static const struct {
		const char *addr;
		const char *name;
		bool generic;
	} rows[] = {
		{ "203.0.113.5", "mail.example.org", false },
		{ "203.0.113.5", "mx5.example.org", false },
		{ "203.0.113.5", "203-0-113-5.dyn.example.net", true },
		{ "203.0.113.5", "host.5.113.0.203.example.net", true },
		{ "203.0.113.5", "p203.0.113.5.example.net", true },
		{ "203.0.113.5", "ip203000113005.example.net", false },
		{ "203.0.113.5", "cb007105.example.net", true },
		{ "203.0.113.5", "dslCB007105x.example.net", true },
		{ "203.0.113.5", "113-5.example.net", false },
		{ "10.10.10.1", "10-1.example.net", false },
		{ "10.10.10.1", "10-10-10-1.example.net", true },
		{ "2001:db8::17", "mail.example.org", false },
		{ "2001:db8::17",
		  "2001-0db8-0000-0000-0000-0000-0000-0017.example.net", true },
		{ "2001:db8:1:2:3:4:5:6", "h0003000400050006.example.net",
		  true },
		{ "2001:db8:1:2:3:4:5:6", "h00050006.example.net", false },
	};
	struct prefix addr;
	struct fault fault;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(addr_parse(rows[i].addr, &addr, &fault), 0);
		if (name_is_generic(rows[i].name, &addr) != rows[i].generic)
			fail_msg("%s for %s", rows[i].name, rows[i].addr);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			attempts_that_repeat_like_a_queue_are_evidence),
		cmocka_unit_test(each_kind_of_evidence_adds_its_weight),
		cmocka_unit_test(a_name_made_of_the_address_is_no_evidence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

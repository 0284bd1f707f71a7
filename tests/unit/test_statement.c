// SPDX-License-Identifier: GPL-2.0-only
#include "lines.h"

static int read_line(const char *line, const void *arg, FILE *to)
{
	const bool *force = arg;
	struct statement s;
	struct fault fault;
	int err = line_parse(line, *force, &s, &fault);

	fputs(fault.text, to);
	if (!err)
		statement_format(&s, to);
	return err;
}

static void check_read(const struct text_row *rows, size_t count, bool force)
{
	check_rows(read_line, &force, 0, rows, count);
}

static void check_refused(const struct text_row *rows, size_t count, bool force)
{
	check_rows(read_line, &force, -EINVAL, rows, count);
}

static void every_statement_is_read_and_written(void **state)
{
	static const struct text_row rows[] = {
		{ "decoy 198.51.100.10", "decoy 198.51.100.10 role first" },
		{ "decoy 198.51.100.10 role first",
		  "decoy 198.51.100.10 role first" },
		{ "decoy 198.51.100.30 role last",
		  "decoy 198.51.100.30 role last" },
		{ "decoy 198.51.100.30 role last answer verify",
		  "decoy 198.51.100.30 role last answer verify" },
		{ "decoy 198.51.100.30 role last answer reset",
		  "decoy 198.51.100.30 role last" },
		{ "decoy 198.51.100.30 answer reset",
		  "decoy 198.51.100.30 role first" },
		{ "decoy 2001:DB8::10", "decoy 2001:db8::10 role first" },
		{ "real 198.51.100.20", "real 198.51.100.20" },
		{ "real 2001:db8::20", "real 2001:db8::20" },
		{ "allow 203.0.113.5", "allow 203.0.113.5" },
		{ "allow 203.0.113.5/32", "allow 203.0.113.5" },
		{ "allow 192.0.2.0/24", "allow 192.0.2.0/24" },
		{ "allow 2001:db8::/32 comment migration",
		  "allow 2001:db8::/32 comment \"migration\"" },
		{ "allow 192.0.2.0/24 comment \"a b\"",
		  "allow 192.0.2.0/24 comment \"a b\"" },
		{ "allow 192.0.2.0/24 comment \"\"", "allow 192.0.2.0/24" },
		{ "allow 192.0.2.0/24 comment comment",
		  "allow 192.0.2.0/24 comment \"comment\"" },
		{ "allow 128.0.0.0/1", "allow 128.0.0.0/1" },
		{ "set shadow on", "set shadow on" },
		{ "set shadow off", "set shadow off" },
		{ "set ledger-size 1024", "set ledger-size 1024" },
		{ "set ledger-size 16777216", "set ledger-size 16777216" },
		{ "allow 192.0.2.0/24 until 2027-03-01T00:00:00Z",
		  "allow 192.0.2.0/24 until 2027-03-01T00:00:00Z" },
		{ "allow 192.0.2.1 until 2027-03-01T02:00+02:00 comment x",
		  "allow 192.0.2.1 until 2027-03-01T00:00:00Z comment \"x\"" },
		{ "allow 192.0.2.1 until 2001-01-01Z",
		  "allow 192.0.2.1 until 2001-01-01T00:00:00Z" },
		{ "set ledger-max-age 720h", "set ledger-max-age 30d" },
		{ "set grace-time 90m", "set grace-time 90m" },
		{ "allow spf:example.org", "allow spf:example.org" },
		{ "allow spf:_SPF.Example.ORG.", "allow spf:_spf.example.org" },
		{ "allow spf:xn--ber-goa.example",
		  "allow spf:xn--ber-goa.example" },
		{ "pool spf:Big.Example", "pool spf:big.example" },
		{ "set rate-limit 0", "set rate-limit 0" },
		{ "set rate-limit 1", "set rate-limit 1" },
		{ "set rate-limit 999999999", "set rate-limit 999999999" },
		{ "set rate-limit 1000000000", "set rate-limit 1000000000" },
	};

	(void)state;
	check_read(rows, COUNT(rows), false);
	check_read(rows, COUNT(rows), true);
}

static void what_is_no_statement_is_refused(void **state)
{
	static const struct text_row rows[] = {
		{ "", "no statement" },
		{ "# decoy 198.51.100.10", "no statement" },
		{ "\"\"", ": no such statement" },
		{ "decoys", "decoys: no such statement" },
		{ "pool", "pool: whose? spf:DOMAIN" },
		{ "pool 192.0.2.0/24", "192.0.2.0/24: must be spf:DOMAIN" },
		{ "pool file:/etc/x", "file:/etc/x: must be spf:DOMAIN" },
		{ "pool spf:x.example comment x",
		  "comment: not expected here" },
		{ "allow spf:", "spf:: not a domain name" },
		{ "allow spf:example", "spf:example: not a domain name" },
		{ "allow spf:192.0.2.1", "spf:192.0.2.1: not a domain name" },
		{ "allow spf:../x.example",
		  "spf:../x.example: not a domain name" },
		{ "allow spf:\303\274ber.example",
		  "spf:\303\274ber.example: not a domain name" },
		{ "allow spf:example.org for 1d", "for: not expected here" },
		{ "deco 198.51.100.10", "deco: no such statement" },
		{ "Decoy 198.51.100.10", "Decoy: no such statement" },
		{ "ALLOW 203.0.113.5", "ALLOW: no such statement" },
		{ "198.51.100.10", "198.51.100.10: no such statement" },
		{ "\"allow 203.0.113.5\"",
		  "allow 203.0.113.5: no such statement" },
	};

	(void)state;
	check_refused(rows, COUNT(rows), false);
}

static void a_wrong_decoy_is_refused(void **state)
{
	static const struct text_row rows[] = {
		{ "decoy", "decoy: which address?" },
		{ "decoy role last", "role: not an IP address" },
		{ "decoy 192.0.2.1 answer", "answer: reset or verify?" },
		{ "decoy 192.0.2.1 role last answer drop",
		  "answer: drop: must be reset or verify" },
		{ "decoy 192.0.2.1 role last answer Verify",
		  "answer: Verify: must be reset or verify" },
		{ "decoy 192.0.2.1 role first answer verify",
		  "answer: verify: needs role last: mail would be lost of servers that try no other MX once they are connected" },
		{ "decoy 192.0.2.1 answer verify",
		  "answer: verify: needs role last: mail would be lost of servers that try no other MX once they are connected" },
		{ "decoy 192.0.2.1 answer reset role last",
		  "role: not expected here" },
		{ "real 192.0.2.1 answer reset", "answer: not expected here" },
		{ "decoy 203.0.113.300", "203.0.113.300: not an IP address" },
		{ "decoy 198.51.100.0/24",
		  "198.51.100.0/24: not an IP address" },
		{ "decoy ::ffff:198.51.100.10",
		  "::ffff:198.51.100.10: an IPv4 address in IPv6 form; write 198.51.100.10" },
		{ "decoy 198.51.100.10 role", "role: first or last?" },
		{ "decoy 198.51.100.10 role middle",
		  "role: middle: must be first or last" },
		{ "decoy 198.51.100.10 role Last",
		  "role: Last: must be first or last" },
		{ "decoy 198.51.100.10 role real",
		  "role: real: must be first or last" },
		{ "decoy 198.51.100.10 role \"\"",
		  "role: : must be first or last" },
		{ "decoy 198.51.100.10 last", "last: not expected here" },
		{ "decoy 198.51.100.10 role first last",
		  "last: not expected here" },
		{ "decoy 198.51.100.10 role first role last",
		  "role: not expected here" },
		{ "decoy 198.51.100.10 198.51.100.11",
		  "198.51.100.11: not expected here" },
		{ "decoy 198.51.100.10 comment old",
		  "comment: not expected here" },
		{ "decoy 198.51.100.10 \"\"", ": not expected here" },
	};

	(void)state;
	check_refused(rows, COUNT(rows), false);
}

static void a_wrong_real_is_refused(void **state)
{
	static const struct text_row rows[] = {
		{ "real", "real: which address?" },
		{ "real 1.2.3", "1.2.3: not an IP address" },
		{ "real 198.51.100.20/32",
		  "198.51.100.20/32: not an IP address" },
		{ "real 198.51.100.20 role first", "role: not expected here" },
		{ "real 198.51.100.20 comment x",
		  "comment: not expected here" },
	};

	(void)state;
	check_refused(rows, COUNT(rows), false);
}

static void a_target_that_no_host_can_have_is_refused(void **state)
{
	static const char *const addrs[] = {
		"0.0.0.0",
		"0.1.2.3",
		"127.0.0.1",
		"224.0.0.1",
		"239.255.255.255",
		"240.0.0.1",
		"255.255.255.255",
		"::",
		"::1",
		"ff02::1",
	};
	char line[128], expected[128];
	struct text_row row = { line, expected };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(addrs); i++) {
		snprintf(expected, sizeof(expected),
			 "%s: no host can have this address", addrs[i]);
		snprintf(line, sizeof(line), "decoy %s", addrs[i]);
		check_refused(&row, 1, false);
		check_refused(&row, 1, true);
		snprintf(line, sizeof(line), "decoy %s role last", addrs[i]);
		check_refused(&row, 1, false);
		snprintf(line, sizeof(line), "real %s", addrs[i]);
		check_refused(&row, 1, false);
	}
}

static void a_wrong_allow_is_refused(void **state)
{
	static const struct text_row rows[] = {
		{ "allow", "allow: which address or prefix?" },
		{ "allow comment x", "comment: not an IP address" },
		{ "allow 203.0.113.300", "203.0.113.300: not an IP address" },
		{ "allow 192.0.2.0/33",
		  "192.0.2.0/33: the prefix length must be 0 to 32" },
		{ "allow 192.0.2.1/24",
		  "192.0.2.1/24: host bits are set; write 192.0.2.0/24" },
		{ "allow 1.2.3/24", "1.2.3/24: not an IP prefix" },
		{ "allow ::ffff:203.0.113.5",
		  "::ffff:203.0.113.5: an IPv4 address in IPv6 form; write 203.0.113.5" },
		{ "allow 203.0.113.5 203.0.113.6",
		  "203.0.113.6: not expected here" },
		{ "allow 203.0.113.5 role first", "role: not expected here" },
		{ "allow 203.0.113.5 comment", "comment: which text?" },
		{ "allow 203.0.113.5 comment a b", "b: not expected here" },
		{ "allow 203.0.113.5 comment a comment b",
		  "comment: not expected here" },
		{ "allow 203.0.113.5 Comment a", "Comment: not expected here" },
	};

	(void)state;
	check_refused(rows, COUNT(rows), false);
	check_refused(rows, COUNT(rows), true);
}

static void allowing_every_sender_needs_force(void **state)
{
	static const struct text_row refused[] = {
		{ "allow 0.0.0.0/0",
		  "0.0.0.0/0: would allow every sender, and leave no decoy; --force does it" },
		{ "allow ::/0 comment all",
		  "::/0: would allow every sender, and leave no decoy; --force does it" },
	};
	static const struct text_row forced[] = {
		{ "allow 0.0.0.0/0", "allow 0.0.0.0/0" },
		{ "allow ::/0 comment all", "allow ::/0 comment \"all\"" },
	};

	(void)state;
	check_refused(refused, COUNT(refused), false);
	check_read(forced, COUNT(forced), true);
}

static void force_excuses_nothing_else(void **state)
{
	static const struct text_row rows[] = {
		{ "allow 1.2.3.4/0",
		  "1.2.3.4/0: host bits are set; write 0.0.0.0/0" },
		{ "decoy 0.0.0.0/0", "0.0.0.0/0: not an IP address" },
		{ "set shadow yes", "shadow: yes: must be on or off" },
	};

	(void)state;
	check_refused(rows, COUNT(rows), true);
}

static void a_comment_has_at_most_103_bytes(void **state)
{
	static const struct text_row fits = {
		"allow 203.0.113.5 comment " HUNDRED "012",
		"allow 203.0.113.5 comment \"" HUNDRED "012\"",
	};
	static const struct text_row too_long[] = {
		{ "allow 203.0.113.5 comment " HUNDRED "0123",
		  "comment: longer than 103 bytes" },
		{ "allow 203.0.113.5 comment " HUNDRED HUNDRED HUNDRED,
		  "comment: longer than 103 bytes" },
		/* Bytes, not characters. */
		{ "allow 203.0.113.5 comment " HUNDRED "éé",
		  "comment: longer than 103 bytes" },
	};

	(void)state;
	check_read(&fits, 1, false);
	check_refused(too_long, COUNT(too_long), false);
}

static int parse_comment(char *comment, struct fault *fault)
{
	char *words[] = { "allow", "203.0.113.5", "comment", comment };
	struct statement s;

	fault->text[0] = '\0';
	return statement_parse(words, COUNT(words), false, &s, fault);
}

static void a_comment_has_no_control_character(void **state)
{
	char comment[8], row[32];
	struct fault fault;
	int failed = 0;
	int c;

	(void)state;
	for (c = 1; c < 128; c++) {
		int expected = c < 32 || c == 127 ? -EINVAL : 0;

		snprintf(row, sizeof(row), "character %d", c);
		snprintf(comment, sizeof(comment), "a%cb", c);
		failed += differs_number(row, expected,
					 parse_comment(comment, &fault));
		failed += differs(
			row, expected ? "comment: control character in it" : "",
			fault.text);
	}
	assert_int_equal(failed, 0);
}

static void a_comment_is_utf8(void **state)
{
	static const struct {
		const char *comment;
		int expected;
	} rows[] = {
		{ "Übergang – 移行 🐟", 0 },	  { "\xff", -EINVAL },
		{ "caf\xe9", -EINVAL },		  { "cut \xe2\x82", -EINVAL },
		{ "\x80 alone", -EINVAL },	  { "long \xc0\xaf", -EINVAL },
		{ "half \xed\xa0\x80", -EINVAL },
	};
	struct fault fault;
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		char *copy = strdup(rows[i].comment);

		failed += differs_number(copy, rows[i].expected,
					 parse_comment(copy, &fault));
		free(copy);
	}
	assert_int_equal(failed, 0);
}

static void a_wrong_setting_is_refused(void **state)
{
	static const struct text_row rows[] = {
		{ "set", "set: which setting?" },
		{ "set colour", "set: colour: no such setting" },
		{ "set colour red", "set: colour: no such setting" },
		{ "set Shadow on", "set: Shadow: no such setting" },
		{ "set rate_limit 5", "set: rate_limit: no such setting" },
		{ "set \"\" on", "set: : no such setting" },
		{ "set shadow", "set shadow: to what?" },
		{ "set rate-limit", "set rate-limit: to what?" },
		{ "set ledger-size 1023",
		  "ledger-size: 1023: must be a number from 1024 to 16777216" },
		{ "set ledger-size 16777217",
		  "ledger-size: 16777217: must be a number from 1024 to 16777216" },
		{ "allow 192.0.2.1 until", "until: when?" },
		{ "allow 192.0.2.1 for", "for: how long?" },
		{ "allow 192.0.2.1 for ever",
		  "for: ever: must be a number and one of s, m, h, d, w" },
		{ "allow 192.0.2.1 until tomorrow",
		  "until: tomorrow: must be a date, or a date and time: 2026-11-25, 2026-11-25T10:00Z" },
		{ "allow 192.0.2.1 until 1969-01-01",
		  "until: 1969-01-01: too long ago" },
		{ "allow 192.0.2.1 until 4198-01-01",
		  "until: 4198-01-01: must be from 1678 to 2261" },
		{ "allow 192.0.2.1 comment x until 2027-03-01",
		  "until: not expected here" },
		{ "allow 192.0.2.1 for 1d until 2027-03-01",
		  "until: not expected here" },
		{ "decoy 192.0.2.1 until 2027-03-01",
		  "until: not expected here" },
		{ "set ledger-max-age 30",
		  "ledger-max-age: 30: must be a number and one of s, m, h, d, w" },
		{ "set grace-time 0h",
		  "grace-time: 0h: must be from 1s to 3650d" },
		{ "set ledger-size 0",
		  "ledger-size: 0: must be a number from 1024 to 16777216" },
		{ "set shadow yes", "shadow: yes: must be on or off" },
		{ "set shadow 1", "shadow: 1: must be on or off" },
		{ "set shadow 0", "shadow: 0: must be on or off" },
		{ "set shadow On", "shadow: On: must be on or off" },
		{ "set shadow \"\"", "shadow: : must be on or off" },
		{ "set shadow on off", "off: not expected here" },
		{ "set rate-limit 5 6", "6: not expected here" },
	};

	(void)state;
	check_refused(rows, COUNT(rows), false);
}

static void a_number_out_of_range_is_refused(void **state)
{
	static const char *const values[] = {
		"1000000001", "4294967296",
		"4294967297", "18446744073709551616",
		"-1",	      "-0",
		"+1",	      "1x",
		"x1",	      "0x10",
		"1.5",	      "1e3",
		"1 ",	      " 1",
		"",	      "on",
		"off",	      "99999999999999999999999999",
	};
	char line[128], expected[128];
	struct text_row row = { line, expected };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(values); i++) {
		snprintf(line, sizeof(line), "set rate-limit \"%s\"",
			 values[i]);
		snprintf(
			expected, sizeof(expected),
			"rate-limit: %s: must be a number from 0 to 1000000000",
			values[i]);
		check_refused(&row, 1, false);
	}
}

static void a_statement_holds_what_was_said(void **state)
{
	struct fault fault;
	struct statement s;

	(void)state;
	memset(&s, 0xff, sizeof(s));
	assert_int_equal(line_parse("decoy 198.51.100.30 role last", false, &s,
				    &fault),
			 0);
	assert_int_equal(s.kind, STATEMENT_DECOY);
	assert_int_equal(s.role, FMX_ROLE_LAST);
	assert_int_equal(s.prefix.family, FMX_IPV4);
	assert_int_equal(s.prefix.len, 32);
	assert_string_equal(s.comment, "");
	assert_int_equal(s.origin.line, 0);
	assert_int_equal(line_parse("decoy 2001:db8::1", false, &s, &fault), 0);
	assert_int_equal(s.role, FMX_ROLE_FIRST);
	assert_int_equal(s.prefix.family, FMX_IPV6);
	assert_int_equal(s.prefix.len, 128);
	assert_int_equal(line_parse("real 2001:db8::2", false, &s, &fault), 0);
	assert_int_equal(s.kind, STATEMENT_REAL);
	assert_int_equal(s.role, FMX_ROLE_REAL);
	assert_int_equal(line_parse("allow 192.0.2.0/24 comment \"a b\"", false,
				    &s, &fault),
			 0);
	assert_int_equal(s.kind, STATEMENT_ALLOW);
	assert_int_equal(s.prefix.len, 24);
	assert_string_equal(s.comment, "a b");
	assert_int_equal(
		line_parse("set rate-limit 1000000000", false, &s, &fault), 0);
	assert_int_equal(s.kind, STATEMENT_SET);
	assert_int_equal(s.setting, SETTING_RATE_LIMIT);
	assert_int_equal(s.value, 1000000000);
	assert_int_equal(line_parse("set shadow on", false, &s, &fault), 0);
	assert_int_equal(s.setting, SETTING_SHADOW);
	assert_int_equal(s.value, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_statement_is_read_and_written),
		cmocka_unit_test(what_is_no_statement_is_refused),
		cmocka_unit_test(a_wrong_decoy_is_refused),
		cmocka_unit_test(a_wrong_real_is_refused),
		cmocka_unit_test(a_target_that_no_host_can_have_is_refused),
		cmocka_unit_test(a_wrong_allow_is_refused),
		cmocka_unit_test(allowing_every_sender_needs_force),
		cmocka_unit_test(force_excuses_nothing_else),
		cmocka_unit_test(a_comment_has_at_most_103_bytes),
		cmocka_unit_test(a_comment_has_no_control_character),
		cmocka_unit_test(a_comment_is_utf8),
		cmocka_unit_test(a_wrong_setting_is_refused),
		cmocka_unit_test(a_number_out_of_range_is_refused),
		cmocka_unit_test(a_statement_holds_what_was_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

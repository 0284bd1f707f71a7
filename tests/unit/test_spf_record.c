// SPDX-License-Identifier: GPL-2.0-only
/* SPF records: what is in them, and what makes them wrong (RFC 7208 4.6, 12).
 */
#include "unit.h"

#include "spf_record.h"

#define LABEL50 "a123456789b123456789c123456789d123456789e123456789"

/* Writes what each term is: "+a example.org 24 64". */
static int read_record(const char *given, const void *arg, FILE *to)
{
	static const char *const names[] = { "all", "include", "a",
					     "mx",  "ptr",     "ip4",
					     "ip6", "exists",  "redirect" };
	char prefix[PREFIX_TEXT_SIZE];
	struct fault fault = { "" };
	struct spf_record record;
	size_t i;
	int err;

	(void)arg;
	assert_true(spf_record_is(given, strlen(given)));
	err = spf_record_parse(given, strlen(given), &record, &fault);
	fputs(fault.text, to);
	for (i = 0; !err && i < record.count; i++) {
		const struct spf_term *t = &record.terms[i];

		fprintf(to, "%s%c%s", i ? ", " : "", t->passes ? '+' : '-',
			names[t->what]);
		if (t->has_macro)
			fprintf(to, " [%s]", t->text);
		if (*t->domain)
			fprintf(to, " %s", t->domain);
		if (t->what == SPF_IP4 || t->what == SPF_IP6) {
			prefix_format(&t->prefix, prefix);
			fprintf(to, " %s", prefix);
		}
		if (t->what == SPF_A || t->what == SPF_MX)
			fprintf(to, " %u %u", t->len[FMX_IPV4],
				t->len[FMX_IPV6]);
	}
	spf_record_free(&record);
	return err;
}

static void every_term_is_read(void **state)
{
	static const struct text_row rows[] = {
		{ "v=spf1", "" },
		{ "V=SPF1   ", "" },
		{ "v=spf1  -all", "-all" },
		{ "v=spf1 ALL", "+all" },
		{ "v=spf1 +a -mx ~ip4:192.0.2.1 ?all",
		  "+a 32 128, -mx 32 128, -ip4 192.0.2.1, -all" },
		{ "v=spf1 a:Mail.Example.ORG.", "+a mail.example.org 32 128" },
		{ "v=spf1 a/24 a//64 a/24//64 a/0//0",
		  "+a 24 128, +a 32 64, +a 24 64, +a 0 0" },
		{ "v=spf1 mx:example.org/28//48", "+mx example.org 28 48" },
		{ "v=spf1 ip4:192.0.2.255/24 ip4:0.0.0.0/0",
		  "+ip4 192.0.2.0/24, +ip4 0.0.0.0/0" },
		{ "v=spf1 IP6:2001:DB8::1 ip6:2001:db8:ffff::/33",
		  "+ip6 2001:db8::1, +ip6 2001:db8:8000::/33" },
		{ "v=spf1 ip6:::ffff:192.0.2.1", "+ip6 ::ffff:192.0.2.1" },
		{ "v=spf1 include:_spf.example.org -include:a.example",
		  "+include _spf.example.org, -include a.example" },
		{ "v=spf1 ptr ptr:example.org exists:a.example",
		  "+ptr, +ptr example.org, +exists a.example" },
		{ "v=spf1 include:x.xn--p1ai include:1.2.x3 include:a.b-c",
		  "+include x.xn--p1ai, +include 1.2.x3, +include a.b-c" },
		/* redirect is last, and nothing beside all */
		{ "v=spf1 redirect=b.example a",
		  "+a 32 128, +redirect b.example" },
		{ "v=spf1 redirect=b.example ~all", "-all" },
		{ "v=spf1 a -all mx include:b.example", "+a 32 128, -all" },
		/* other modifiers do not matter */
		{ "v=spf1 exp=explain.%{d2} a", "+a 32 128" },
		{ "v=spf1 moo= x-y_z.1=%{i}/%%/a%_b EXP=a.example a",
		  "+a 32 128" },
		/* macros are known, and not looked into */
		{ "v=spf1 exists:%{i}._spf.%{d}",
		  "+exists [exists:%{i}._spf.%{d}]" },
		{ "v=spf1 a:%{l1r-}.example.org/24//64",
		  "+a [a:%{l1r-}.example.org/24//64] 24 64" },
		{ "v=spf1 mx:%{d/}/24 include:%{o}.%{V} redirect=%{D}",
		  "+mx [mx:%{d/}/24] 24 128, +include [include:%{o}.%{V}], +redirect [redirect=%{D}]" },
	};

	(void)state;
	check_rows(read_record, NULL, 0, rows, COUNT(rows));
}

static void an_error_anywhere_makes_the_record_wrong(void **state)
{
	static const struct text_row rows[] = {
		{ "v=spf1 \tall", "a byte that is no printable ASCII" },
		{ "v=spf1 include:\303\274.example",
		  "a byte that is no printable ASCII" },
		{ "v=spf1 ipv4:192.0.2.1",
		  "ipv4:192.0.2.1: no such mechanism" },
		{ "v=spf1 -all foo", "foo: no such mechanism" },
		{ "v=spf1 192.0.2.1", "192.0.2.1: no mechanism" },
		{ "v=spf1 +", "+: no mechanism" },
		{ "v=spf1 ++a", "++a: no mechanism" },
		{ "v=spf1 a, mx", "a,: more behind it than may be there" },
		{ "v=spf1 all:x", "all:x: more behind it than may be there" },
		{ "v=spf1 all/8", "all/8: more behind it than may be there" },
		{ "v=spf1 a: -all", "a:: which domain?" },
		{ "v=spf1 a:/24", "a:/24: which domain?" },
		{ "v=spf1 include -all", "include: which domain?" },
		{ "v=spf1 include: -all", "include:: which domain?" },
		{ "v=spf1 exists", "exists: which domain?" },
		{ "v=spf1 include:a.example/24",
		  "include:a.example/24: more behind it than may be there" },
		{ "v=spf1 include:localhost",
		  "include:localhost: no domain name" },
		{ "v=spf1 a:192.0.2.1", "a:192.0.2.1: no domain name" },
		{ "v=spf1 a:a..example", "a:a..example: no domain name" },
		{ "v=spf1 a:example.-x", "a:example.-x: no domain name" },
		{ "v=spf1 a:b@example.org", "a:b@example.org: no domain name" },
		{ "v=spf1 a:" LABEL50 "01234567890123.example",
		  "a:" LABEL50 "01234567890123.example: no domain name" },
		{ "v=spf1 a:" LABEL50 "." LABEL50 "." LABEL50 "." LABEL50
		  "." LABEL50 ".example",
		  "a:" LABEL50 "." LABEL50 "." LABEL50 "." LABEL50 "." LABEL50
		  ".example: no domain name" },
		{ "v=spf1 a/33", "a/33: no prefix has this length" },
		{ "v=spf1 a/", "a/: more behind it than may be there" },
		{ "v=spf1 a/024", "a/024: no prefix has this length" },
		{ "v=spf1 a/00", "a/00: no prefix has this length" },
		{ "v=spf1 a//129", "a//129: no prefix has this length" },
		{ "v=spf1 a/24/64",
		  "a/24/64: more behind it than may be there" },
		{ "v=spf1 a///64", "a///64: no prefix has this length" },
		{ "v=spf1 ip4", "ip4: which address?" },
		{ "v=spf1 ip4:192.0.2", "ip4:192.0.2: no IPv4 address" },
		{ "v=spf1 ip4:2001:db8::1",
		  "ip4:2001:db8::1: no IPv4 address" },
		{ "v=spf1 ip6:192.0.2.1", "ip6:192.0.2.1: no IPv6 address" },
		{ "v=spf1 ip4:192.0.2.0/33",
		  "ip4:192.0.2.0/33: no prefix has this length" },
		{ "v=spf1 ip4:192.0.2.0/",
		  "ip4:192.0.2.0/: no prefix has this length" },
		{ "v=spf1 ip4:192.0.2.0/24x",
		  "ip4:192.0.2.0/24x: more behind it than may be there" },
		{ "v=spf1 redirect=a.example redirect=b.example",
		  "redirect=b.example: is there twice" },
		{ "v=spf1 exp=a.example exp=b.example",
		  "exp=b.example: is there twice" },
		{ "v=spf1 redirect=", "redirect=: which domain?" },
		{ "v=spf1 redirect=a.example/24",
		  "redirect=a.example/24: no domain name" },
		{ "v=spf1 -redirect=a.example",
		  "-redirect=a.example: a modifier has no qualifier" },
		{ "v=spf1 exists:%{z}.example",
		  "exists:%{z}.example: a % that begins no macro" },
		{ "v=spf1 exists:%{c}.example",
		  "exists:%{c}.example: a % that begins no macro" },
		{ "v=spf1 exists:%{i", "exists:%{i: a % that begins no macro" },
		{ "v=spf1 exists:%i.example",
		  "exists:%i.example: a % that begins no macro" },
		{ "v=spf1 exists:%{i}.1", "exists:%{i}.1: no domain name" },
		{ "v=spf1 exists:%{i}example",
		  "exists:%{i}example: no domain name" },
		{ "v=spf1 moo=%x", "moo=%x: a % that begins no macro" },
		{ "v=spf1 moo=a/%x", "moo=a/%x: a % that begins no macro" },
	};

	(void)state;
	check_rows(read_record, NULL, -EINVAL, rows, COUNT(rows));
}

static void a_record_of_something_else_is_none(void **state)
{
	static const struct {
		const char *text;
		bool is;
	} rows[] = {
		{ "v=spf1", true },
		{ "v=spf1 ", true },
		{ "V=Spf1 -all", true },
		{ "v=spf10 -all", false },
		{ "v=spf1-all", false },
		{ " v=spf1 -all", false },
		{ "v=spf2.0/pra", false },
		{ "v=spf", false },
		{ "", false },
		{ "spf2.0/mfrom,pra a", false },
	};
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		failed += differs_number(rows[i].text, rows[i].is,
					 spf_record_is(rows[i].text,
						       strlen(rows[i].text)));
	assert_int_equal(failed, 0);
}

/* Whatever a stranger publishes is read to its end, and no further. */
static void a_record_with_a_wrong_byte_is_read_to_its_end(void **state)
{
	static const char good[] =
		"v=spf1 a:%{l2r-}.b.example/24//64 ip6:2001:db8::/32 exp=c.%{d}";
	struct spf_record record;
	struct fault fault;
	char *own = malloc(sizeof(good) - 1);
	size_t at, length;
	int byte;

	(void)state;
	for (at = 7; at < sizeof(good) - 1; at++) {
		for (byte = 0; byte < 256; byte++) {
			memcpy(own, good, sizeof(good) - 1);
			own[at] = (char)byte;
			if (!spf_record_parse(own, sizeof(good) - 1, &record,
					      &fault))
				spf_record_free(&record);
		}
	}
	free(own);
	for (length = 6; length < sizeof(good); length++) {
		own = malloc(length);
		memcpy(own, good, length);
		if (!spf_record_parse(own, length, &record, &fault))
			spf_record_free(&record);
		free(own);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_term_is_read),
		cmocka_unit_test(an_error_anywhere_makes_the_record_wrong),
		cmocka_unit_test(a_record_of_something_else_is_none),
		cmocka_unit_test(a_record_with_a_wrong_byte_is_read_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

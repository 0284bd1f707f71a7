// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include "addr.h"

typedef int (*parser)(const char *word, struct prefix *out,
		      struct fault *fault);

static int read_word(const char *word, const void *arg, FILE *to)
{
	const parser *parse = arg;
	char text[PREFIX_TEXT_SIZE];
	struct fault fault = { "" };
	struct prefix p;
	int err = (*parse)(word, &p, &fault);

	fputs(fault.text, to);
	if (!err) {
		prefix_format(&p, text);
		fputs(text, to);
	}
	return err;
}

static void check_read(parser parse, const struct text_row *rows, size_t count)
{
	check_rows(read_word, &parse, 0, rows, count);
}

static void check_refused(parser parse, const struct text_row *rows,
			  size_t count)
{
	check_rows(read_word, &parse, -EINVAL, rows, count);
}

static const struct text_row addresses[] = {
	{ "203.0.113.5", "203.0.113.5" },
	{ "0.0.0.0", "0.0.0.0" },
	{ "255.255.255.255", "255.255.255.255" },
	{ "::", "::" },
	{ "::1", "::1" },
	{ "2001:db8::25", "2001:db8::25" },
	{ "2001:DB8::AbCd", "2001:db8::abcd" },
	{ "2001:0db8:0000:0000:0000:0000:0000:0025", "2001:db8::25" },
	{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6" },
	{ "2001:db8::0:0:1", "2001:db8::1" },
	{ "64:ff9b::192.0.2.33", "64:ff9b::c000:221" },
	{ "::192.0.2.33", "::192.0.2.33" },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
	  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
};

static void an_address_is_read_and_written(void **state)
{
	(void)state;
	check_read(addr_parse, addresses, COUNT(addresses));
}

static void an_address_is_a_whole_prefix(void **state)
{
	(void)state;
	check_read(prefix_parse, addresses, COUNT(addresses));
}

static const struct text_row no_addresses[] = {
	{ "", ": not an IP address" },
	{ " ", " : not an IP address" },
	{ "203.0.113.300", "203.0.113.300: not an IP address" },
	{ "203.0.113.256", "203.0.113.256: not an IP address" },
	{ "1.2.3", "1.2.3: not an IP address" },
	{ "1.2.3.", "1.2.3.: not an IP address" },
	{ "1.2.3.4.5", "1.2.3.4.5: not an IP address" },
	{ "1..3.4", "1..3.4: not an IP address" },
	{ "010.0.0.1", "010.0.0.1: not an IP address" },
	{ "1.2.3.04", "1.2.3.04: not an IP address" },
	{ "0x1.2.3.4", "0x1.2.3.4: not an IP address" },
	{ "16909060", "16909060: not an IP address" },
	{ "-1.2.3.4", "-1.2.3.4: not an IP address" },
	{ "+1.2.3.4", "+1.2.3.4: not an IP address" },
	{ " 1.2.3.4", " 1.2.3.4: not an IP address" },
	{ "1.2.3.4 ", "1.2.3.4 : not an IP address" },
	{ "1.2.3.4\n", "1.2.3.4\n: not an IP address" },
	{ "1.2.3.4:25", "1.2.3.4:25: not an IP address" },
	{ "mx.example.org", "mx.example.org: not an IP address" },
	{ ":", ":: not an IP address" },
	{ ":::", ":::: not an IP address" },
	{ "1::2::3", "1::2::3: not an IP address" },
	{ "2001:db8", "2001:db8: not an IP address" },
	{ "2001:db8::12345", "2001:db8::12345: not an IP address" },
	{ "2001:db8::g", "2001:db8::g: not an IP address" },
	{ "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:9: not an IP address" },
	{ "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4: not an IP address" },
	{ "[2001:db8::1]", "[2001:db8::1]: not an IP address" },
	{ "[2001:db8::1]:25", "[2001:db8::1]:25: not an IP address" },
	{ "fe80::1%eth0", "fe80::1%eth0: not an IP address" },
	{ "fe80::1%2", "fe80::1%2: not an IP address" },
};

static void what_is_no_address_is_refused(void **state)
{
	(void)state;
	check_refused(addr_parse, no_addresses, COUNT(no_addresses));
	check_refused(prefix_parse, no_addresses, COUNT(no_addresses));
}

static void an_address_takes_no_prefix_length(void **state)
{
	static const struct text_row rows[] = {
		{ "198.51.100.10/32", "198.51.100.10/32: not an IP address" },
		{ "2001:db8::1/128", "2001:db8::1/128: not an IP address" },
	};

	(void)state;
	check_refused(addr_parse, rows, COUNT(rows));
}

static void a_v4_mapped_address_is_refused_with_the_right_form(void **state)
{
	static const struct text_row rows[] = {
		{ "::ffff:203.0.113.5",
		  "::ffff:203.0.113.5: an IPv4 address in IPv6 form; write 203.0.113.5" },
		{ "::FFFF:cb00:7105",
		  "::FFFF:cb00:7105: an IPv4 address in IPv6 form; write 203.0.113.5" },
		{ "0:0:0:0:0:ffff:255.255.255.255",
		  "0:0:0:0:0:ffff:255.255.255.255: an IPv4 address in IPv6 form; write 255.255.255.255" },
		{ "::ffff:0:0",
		  "::ffff:0:0: an IPv4 address in IPv6 form; write 0.0.0.0" },
	};

	(void)state;
	check_refused(addr_parse, rows, COUNT(rows));
	check_refused(prefix_parse, rows, COUNT(rows));
}

static void a_v4_mapped_prefix_is_refused(void **state)
{
	static const char *const words[] = { "::ffff:203.0.113.0/120",
					     "::ffff:0:0/96",
					     "::ffff:203.0.113.5/128" };
	struct fault fault;
	struct prefix p;
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(words); i++)
		failed += differs_number(words[i], -EINVAL,
					 prefix_parse(words[i], &p, &fault));
	assert_int_equal(failed, 0);
}

static void a_prefix_is_read_and_written(void **state)
{
	static const struct text_row rows[] = {
		{ "192.0.2.0/24", "192.0.2.0/24" },
		{ "192.0.2.128/25", "192.0.2.128/25" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "128.0.0.0/1", "128.0.0.0/1" },
		{ "203.0.113.4/31", "203.0.113.4/31" },
		{ "203.0.113.5/32", "203.0.113.5" },
		{ "::/0", "::/0" },
		{ "8000::/1", "8000::/1" },
		{ "2001:DB8::/32", "2001:db8::/32" },
		{ "2001:db8::2/127", "2001:db8::2/127" },
		{ "2001:db8::1/128", "2001:db8::1" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.254/127",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127" },
	};

	(void)state;
	check_read(prefix_parse, rows, COUNT(rows));
}

static void what_is_no_prefix_is_refused(void **state)
{
	static const struct text_row rows[] = {
		{ "/", "/: not an IP prefix" },
		{ "/24", "/24: not an IP prefix" },
		{ "1.2.3/24", "1.2.3/24: not an IP prefix" },
		{ "1.2.3.400/24", "1.2.3.400/24: not an IP prefix" },
		{ "010.0.0.0/8", "010.0.0.0/8: not an IP prefix" },
		{ "fe80::%eth0/64", "fe80::%eth0/64: not an IP prefix" },
		{ "2001:db8::g/32", "2001:db8::g/32: not an IP prefix" },
		{ "1.2.3.4/", "1.2.3.4/: the prefix length must be 0 to 32" },
		{ "1.2.3.4/33",
		  "1.2.3.4/33: the prefix length must be 0 to 32" },
		{ "1.2.3.4/-1",
		  "1.2.3.4/-1: the prefix length must be 0 to 32" },
		{ "1.2.3.4/+1",
		  "1.2.3.4/+1: the prefix length must be 0 to 32" },
		{ "1.2.3.4/1x",
		  "1.2.3.4/1x: the prefix length must be 0 to 32" },
		{ "1.2.3.4/ 8",
		  "1.2.3.4/ 8: the prefix length must be 0 to 32" },
		{ "1.2.3.4/0x8",
		  "1.2.3.4/0x8: the prefix length must be 0 to 32" },
		{ "1.2.3.4/24/8",
		  "1.2.3.4/24/8: the prefix length must be 0 to 32" },
		{ "1.2.3.4/128",
		  "1.2.3.4/128: the prefix length must be 0 to 32" },
		{ "1.2.3.4/4294967304",
		  "1.2.3.4/4294967304: the prefix length must be 0 to 32" },
		{ "1.2.3.4/255.255.255.0",
		  "1.2.3.4/255.255.255.0: the prefix length must be 0 to 32" },
		{ "::/129", "::/129: the prefix length must be 0 to 128" },
		{ "::/-1", "::/-1: the prefix length must be 0 to 128" },
		{ "::/", "::/: the prefix length must be 0 to 128" },
		{ "::/999", "::/999: the prefix length must be 0 to 128" },
	};

	(void)state;
	check_refused(prefix_parse, rows, COUNT(rows));
}

static void host_bits_in_a_prefix_name_the_right_prefix(void **state)
{
	static const struct text_row rows[] = {
		{ "192.0.2.1/24",
		  "192.0.2.1/24: host bits are set; write 192.0.2.0/24" },
		{ "192.0.2.255/25",
		  "192.0.2.255/25: host bits are set; write 192.0.2.128/25" },
		{ "1.2.3.4/0",
		  "1.2.3.4/0: host bits are set; write 0.0.0.0/0" },
		{ "203.0.113.5/31",
		  "203.0.113.5/31: host bits are set; write 203.0.113.4/31" },
		{ "2001:db8::1/64",
		  "2001:db8::1/64: host bits are set; write 2001:db8::/64" },
		{ "2001:db8:ffff::/33",
		  "2001:db8:ffff::/33: host bits are set; write 2001:db8:8000::/33" },
		{ "::1/0", "::1/0: host bits are set; write ::/0" },
	};

	(void)state;
	check_refused(prefix_parse, rows, COUNT(rows));
}

static void every_octet_is_written_as_it_is_read(void **state)
{
	struct fault fault = { "" };
	struct prefix p;
	char word[32], text[PREFIX_TEXT_SIZE];
	unsigned int i;

	(void)state;
	for (i = 0; i < 256; i++) {
		sprintf(word, "%u.%u.%u.%u/24", i, 255 - i, i, 0);
		assert_int_equal(prefix_parse(word, &p, &fault), 0);
		prefix_format(&p, text);
		assert_string_equal(text, word);
	}
}

static void set_bit(__u8 *addr, unsigned int bit)
{
	addr[bit / 8] |= 0x80 >> bit % 8;
}

/* Writes "ADDRESS/LEN", whatever the address. */
static void write_with_len(const struct prefix *p, unsigned int len,
			   char text[PREFIX_TEXT_SIZE])
{
	struct prefix whole = *p;

	whole.len = addr_bits(p);
	prefix_format(&whole, text);
	sprintf(text + strlen(text), "/%u", len);
}

/* A prefix of ones is right; one more bit behind it is a host bit. */
static int check_length(unsigned int family, unsigned int len)
{
	char text[PREFIX_TEXT_SIZE], right[PREFIX_TEXT_SIZE], expected[256];
	struct prefix in = { .family = family, .len = len }, out;
	struct fault fault = { "" };
	unsigned int i;
	int failed;

	for (i = 0; i < len; i++)
		set_bit(in.addr, i);
	write_with_len(&in, len, right);
	failed = differs_number(right, 0, prefix_parse(right, &out, &fault));
	failed += differs_number(right, 0, prefix_compare(&in, &out));
	for (i = len; i < addr_bits(&in); i++) {
		struct prefix wrong = in;

		set_bit(wrong.addr, i);
		write_with_len(&wrong, len, text);
		snprintf(expected, sizeof(expected),
			 "%s: host bits are set; write %s", text, right);
		failed += differs_number(text, -EINVAL,
					 prefix_parse(text, &out, &fault));
		failed += differs(text, expected, fault.text);
	}
	return failed;
}

static void every_length_keeps_its_bits_and_no_other(void **state)
{
	unsigned int len;
	int failed = 0;

	(void)state;
	for (len = 0; len <= 32; len++)
		failed += check_length(FMX_IPV4, len);
	for (len = 0; len <= 128; len++)
		failed += check_length(FMX_IPV6, len);
	assert_int_equal(failed, 0);
}

static void what_is_read_has_no_other_bytes_set(void **state)
{
	struct prefix p, expected = { .family = FMX_IPV4,
				      .len = 32,
				      .addr = { 203, 0, 113, 5 } };
	struct fault fault;

	(void)state;
	memset(&p, 0xff, sizeof(p));
	assert_int_equal(addr_parse("203.0.113.5", &p, &fault), 0);
	assert_memory_equal(&p, &expected, sizeof(p));
	memset(&p, 0xff, sizeof(p));
	assert_int_equal(prefix_parse("203.0.113.5/32", &p, &fault), 0);
	assert_memory_equal(&p, &expected, sizeof(p));
}

static void a_very_long_word_is_refused(void **state)
{
	static const char *const endings[] = { "", "/24", ":", "." };
	struct fault fault;
	char word[2000];
	struct prefix p;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(endings); i++) {
		memset(word, '1', sizeof(word));
		snprintf(word + sizeof(word) - 8, 8, "%s", endings[i]);
		memset(&fault, 'x', sizeof(fault));
		assert_int_equal(addr_parse(word, &p, &fault), -EINVAL);
		assert_true(strnlen(fault.text, sizeof(fault.text)) <
			    sizeof(fault.text));
		assert_int_equal(prefix_parse(word, &p, &fault), -EINVAL);
	}
	/* One more than the longest address has. */
	assert_int_equal(
		prefix_parse("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2551/8",
			     &p, &fault),
		-EINVAL);
}

static void only_a_hosts_address_is_unicast(void **state)
{
	static const struct {
		const char *addr;
		bool unicast;
	} rows[] = {
		{ "0.0.0.0", false },
		{ "0.255.255.255", false },
		{ "1.0.0.0", true },
		{ "126.255.255.255", true },
		{ "127.0.0.0", false },
		{ "127.255.255.255", false },
		{ "128.0.0.0", true },
		{ "10.0.0.1", true },
		{ "169.254.1.1", true },
		{ "223.255.255.255", true },
		{ "224.0.0.0", false },
		{ "239.255.255.255", false },
		{ "240.0.0.0", false },
		{ "255.255.255.255", false },
		{ "::", false },
		{ "::1", false },
		{ "::2", true },
		{ "::100", true },
		{ "100::", true },
		{ "2001:db8::1", true },
		{ "fe80::1", true },
		{ "fd00::1", true },
		{ "feff::1", true },
		{ "ff00::", false },
		{ "ff02::1", false },
		{ "ffff::1", false },
		{ "::fffe:192.0.2.1", true },
	};
	struct fault fault;
	struct prefix p;
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(addr_parse(rows[i].addr, &p, &fault), 0);
		failed += differs_number(rows[i].addr, rows[i].unicast,
					 addr_is_unicast(&p));
	}
	assert_int_equal(failed, 0);
}

static void a_v4_mapped_address_is_not_unicast(void **state)
{
	struct prefix p = { .family = FMX_IPV6,
			    .len = 128,
			    .addr = { [10] = 0xff, 0xff, 192, 0, 2, 1 } };

	(void)state;
	assert_false(addr_is_unicast(&p));
}

static int sign(int number)
{
	return (number > 0) - (number < 0);
}

static void prefixes_are_ordered_by_family_address_length(void **state)
{
	static const char *const sorted[] = {
		"0.0.0.0/0",	 "0.0.0.0/8",	"1.2.3.4",
		"9.0.0.0/8",	 "10.0.0.0/8",	"10.0.0.0/9",
		"10.0.0.0",	 "128.0.0.0/1", "255.255.255.255",
		"::/0",		 "::1",		"2001:db8::/32",
		"2001:db8::/64", "2001:db8::1", "2001:db8:0:1::/64",
		"8000::/1",	 "ff00::/8",
	};
	struct prefix a, b;
	struct fault fault;
	int failed = 0;
	char row[128];
	int i, j;

	(void)state;
	for (i = 0; i < (int)COUNT(sorted); i++) {
		assert_int_equal(prefix_parse(sorted[i], &a, &fault), 0);
		for (j = 0; j < (int)COUNT(sorted); j++) {
			assert_int_equal(prefix_parse(sorted[j], &b, &fault),
					 0);
			snprintf(row, sizeof(row), "%s against %s", sorted[i],
				 sorted[j]);
			failed += differs_number(row, sign(i - j),
						 sign(prefix_compare(&a, &b)));
		}
	}
	assert_int_equal(failed, 0);
}

static void a_prefix_contains_what_begins_like_it(void **state)
{
	static const struct {
		const char *prefix;
		const char *inner;
		bool contains;
	} rows[] = {
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.0/25", "192.0.2.127", true },
		{ "192.0.2.0/25", "192.0.2.128", false },
		{ "192.0.2.0/25", "192.0.2.0/24", false },
		{ "192.0.2.0/24", "192.0.2.0/24", true },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "0.0.0.0/0", "255.255.255.255", true },
		{ "0.0.0.0/0", "::1", false },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
	};
	struct prefix prefix, inner;
	struct fault fault;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(prefix_parse(rows[i].prefix, &prefix, &fault),
				 0);
		assert_int_equal(prefix_parse(rows[i].inner, &inner, &fault),
				 0);
		if (prefix_contains(&prefix, &inner) != rows[i].contains)
			fail_msg("%s in %s", rows[i].inner, rows[i].prefix);
	}
}

static void a_prefix_has_two_halves(void **state)
{
	static const struct {
		const char *whole, *lower, *upper;
	} rows[] = {
		{ "0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1" },
		{ "192.0.2.0/23", "192.0.2.0/24", "192.0.3.0/24" },
		{ "192.0.2.0/24", "192.0.2.0/25", "192.0.2.128/25" },
		{ "192.0.2.6/31", "192.0.2.6", "192.0.2.7" },
		{ "::/0", "::/1", "8000::/1" },
		{ "2001:db8::/32", "2001:db8::/33", "2001:db8:8000::/33" },
		{ "2001:db8::/127", "2001:db8::", "2001:db8::1" },
	};
	char text[PREFIX_TEXT_SIZE];
	struct prefix whole, half[2];
	struct fault fault;
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(prefix_parse(rows[i].whole, &whole, &fault),
				 0);
		prefix_halve(&whole, half);
		prefix_format(&half[0], text);
		failed += differs(rows[i].whole, rows[i].lower, text);
		prefix_format(&half[1], text);
		failed += differs(rows[i].whole, rows[i].upper, text);
	}
	assert_int_equal(failed, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_read_and_written),
		cmocka_unit_test(a_prefix_contains_what_begins_like_it),
		cmocka_unit_test(a_prefix_has_two_halves),
		cmocka_unit_test(an_address_is_a_whole_prefix),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(an_address_takes_no_prefix_length),
		cmocka_unit_test(
			a_v4_mapped_address_is_refused_with_the_right_form),
		cmocka_unit_test(a_v4_mapped_prefix_is_refused),
		cmocka_unit_test(a_prefix_is_read_and_written),
		cmocka_unit_test(what_is_no_prefix_is_refused),
		cmocka_unit_test(host_bits_in_a_prefix_name_the_right_prefix),
		cmocka_unit_test(every_length_keeps_its_bits_and_no_other),
		cmocka_unit_test(what_is_read_has_no_other_bytes_set),
		cmocka_unit_test(a_very_long_word_is_refused),
		cmocka_unit_test(every_octet_is_written_as_it_is_read),
		cmocka_unit_test(only_a_hosts_address_is_unicast),
		cmocka_unit_test(a_v4_mapped_address_is_not_unicast),
		cmocka_unit_test(prefixes_are_ordered_by_family_address_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

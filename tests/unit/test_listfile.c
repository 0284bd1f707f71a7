// SPDX-License-Identifier: GPL-2.0-only
/* Files of senders: plain lists, and what no list may have. */
#include "listfiles.h"

static void a_plain_list_has_an_address_or_prefix_a_line(void **state)
{
	static const struct text_row rows[] = {
		{ "", "" },
		{ "\n\n", "" },
		{ "# nobody yet\n", "" },
		{ "192.0.2.1", "192.0.2.1 1\n" },
		{ "192.0.2.1\n", "192.0.2.1 1\n" },
		{ "2001:db8::/32\n192.0.2.0/24\n",
		  "192.0.2.0/24 2\n2001:db8::/32 1\n" },
		{ "# head\n\n192.0.2.1 # a partner\n\t\n  # more\n"
		  "192.0.2.3#and another\n",
		  "192.0.2.1 3\n192.0.2.3 6\n" },
		{ "# head\r\n\r\n192.0.2.1\r\n192.0.2.3 # x\r\n",
		  "192.0.2.1 3\n192.0.2.3 4\n" },
		{ "192.0.2.1 \t \n192.0.2.3\t# x\n",
		  "192.0.2.1 1\n192.0.2.3 2\n" },
		{ "192.0.2.1/32\n2001:db8::1/128\n",
		  "192.0.2.1 1\n2001:db8::1 2\n" },
		/* With a result, this would be a line of a table. */
		{ "192.0.2.1 # permit\n192.0.2.2 # reject\n",
		  "192.0.2.1 1\n192.0.2.2 2\n" },
		/* As "smtpctl spf walk" prints it. */
		{ "64.18.0.0/20\n2001:4860:4000::/36\n35.190.247.0/24\n",
		  "35.190.247.0/24 3\n64.18.0.0/20 1\n2001:4860:4000::/36 2\n" },
	};

	check_list(*state, false, rows, COUNT(rows));
}

static void a_list_is_sorted_and_no_two_are_alike(void **state)
{
	static const struct text_row rows[] = {
		{ "192.0.2.9\n192.0.2.1\n192.0.2.9\n192.0.2.1\n",
		  "192.0.2.1 2\n192.0.2.9 1\n" },
		{ "10.0.0.0/9\n10.0.0.0/8\n10.0.0.0\n9.0.0.0/8\n",
		  "9.0.0.0/8 4\n10.0.0.0/8 2\n10.0.0.0/9 1\n" },
		/* The later line in another is of no use; the earlier says
		 * which line it was.
		 */
		{ "192.0.2.0/24\n192.0.2.7\n", "192.0.2.0/24 1\n" },
		{ "192.0.2.7\n192.0.2.0/24\n",
		  "192.0.2.0/24 2\n192.0.2.7 1\n" },
		{ "192.0.2.0/25\n192.0.2.128/25\n",
		  "192.0.2.0/25 1\n192.0.2.128/25 2\n" },
	};

	check_list(*state, false, rows, COUNT(rows));
}

#define TWO_WORDS ": a second word, but line 1 makes this a plain list"

static void what_is_wrong_in_a_plain_list_is_named(void **state)
{
	static const struct text_row rows[] = {
		{ "mx.example.org\n",
		  "list:1: mx.example.org: not an IP address" },
		{ "# x\n\n192.0.2.1\n192.0.2.300\n",
		  "list:4: 192.0.2.300: not an IP address" },
		{ "192.0.2.1/24\n",
		  "list:1: 192.0.2.1/24: host bits are set; write 192.0.2.0/24" },
		{ "2001:db8::1/64\n",
		  "list:1: 2001:db8::1/64: host bits are set; write 2001:db8::/64" },
		{ "010.0.0.1\n", "list:1: 010.0.0.1: not an IP address" },
		{ "10.0.0.0/33\n",
		  "list:1: 10.0.0.0/33: the prefix length must be 0 to 32" },
		{ "::ffff:192.0.2.1\n",
		  "list:1: ::ffff:192.0.2.1: an IPv4 address in IPv6 form; write 192.0.2.1" },
		{ "[2001:db8::1]\n",
		  "list:1: [2001:db8::1]: not an IP address" },
		{ "192.0.2.1\n192.0.2.2 permit\n", "list:2: permit" TWO_WORDS },
		{ "192.0.2.1\n192.0.2.2 192.0.2.3 # x\n",
		  "list:2: 192.0.2.3" TWO_WORDS },
		{ "192.0.2.1\n!192.0.2.2\n",
		  "list:2: !192.0.2.2: not an IP address" },
		{ "192.0.2.1\nendif\n", "list:2: endif: not an IP address" },
		{ "  192.0.2.1\n", "list:1: 192.0.2.1" NO_LINE },
		{ "192.0.2.1\n192.0.2.2\n\t192.0.2.3\n",
		  "list:3: 192.0.2.3" NO_LINE },
		/* A table's, if anything's: but there the "#" is a result. */
		{ "192.0.2.1 # x\n permit\n", "list:2: permit" NO_LINE },
		{ "\xef\xbb\xbf"
		  "192.0.2.1\n",
		  "list:1: \xef\xbb\xbf"
		  "192.0.2.1: not an IP address" },
	};

	check_fault(*state, rows, COUNT(rows));
}

#define ALL_LEFT \
	": would allow every sender that no line above it names; --force does it"

static const struct text_row for_every_sender[] = {
	{ "0.0.0.0/0\n",
	  "list:1: 0.0.0.0/0: would allow every sender; --force does it" },
	{ "192.0.2.1\n::/0\n",
	  "list:2: ::/0: would allow every sender; --force does it" },
	{ "192.0.2.1 reject\n0.0.0.0/0 permit\n",
	  "list:2: 0.0.0.0/0" ALL_LEFT },
	{ "::/0 OK\n", "list:1: ::/0" ALL_LEFT },
	{ "!2001:db8::/32 permit\n", "list:1: !2001:db8::/32" ALL_LEFT },
	{ "if !192.0.2.1\n0.0.0.0/0 permit\nendif\n",
	  "list:2: 0.0.0.0/0" ALL_LEFT },
	{ "if 0.0.0.0/0\n!192.0.2.1 permit\nendif\n",
	  "list:2: !192.0.2.1" ALL_LEFT },
};

static void every_sender_is_allowed_only_by_force(void **state)
{
	static const struct text_row forced[] = {
		{ "0.0.0.0/0\n::/0\n", "0.0.0.0/0 1\n::/0 2\n" },
		{ "128.0.0.0/1 reject\n0.0.0.0/0 permit\n", "0.0.0.0/1 2\n" },
		{ "!192.0.0.0/2 permit\n", "0.0.0.0/1 1\n128.0.0.0/2 1\n" },
	};
	static const struct text_row harmless[] = {
		{ "192.0.2.1 permit\n0.0.0.0/0 reject\n!::1 dunno\n",
		  "192.0.2.1 1\n" },
		/* They are not reached. */
		{ "0.0.0.0/0 reject\n0.0.0.0/0 permit\n", "" },
		{ "!192.0.2.1 reject\n0.0.0.0/0 permit\n", "192.0.2.1 2\n" },
	};

	check_fault(*state, for_every_sender, COUNT(for_every_sender));
	check_list(*state, true, forced, COUNT(forced));
	check_list(*state, false, harmless, COUNT(harmless));
}

static void a_nul_byte_is_an_error(void **state)
{
	static const char bytes[] = "192.0.2.1\n192.0.2.2\0\n192.0.2.3\n";
	const struct call call = { *state, false };
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	int err = read_bytes(bytes, sizeof(bytes) - 1, &call, to);

	fclose(to);
	assert_int_equal(err, -EINVAL);
	assert_string_equal(text, "list:2: a NUL byte in the line");
	free(text);
}

static void a_very_long_line_is_an_error(void **state)
{
	static const struct {
		const char *first, *each, *expected;
	} rows[] = {
		{ "192.0.2.1", "1", "list:1: the line is too long" },
		{ "192.0.2.1 reject",
		  "\n it goes on and on and on and on and on and on and on",
		  "list:78: continues a line that is too long" },
	};
	size_t i, j;

	for (i = 0; i < COUNT(rows); i++) {
		struct text_row row = { NULL, rows[i].expected };
		char *text = NULL;
		size_t size;
		FILE *to = open_memstream(&text, &size);

		fputs(rows[i].first, to);
		for (j = 0; j < 5000; j++)
			fputs(rows[i].each, to);
		fclose(to);
		row.given = text;
		check_fault(*state, &row, 1);
		free(text);
	}
}

static void a_file_that_cannot_be_read_is_an_error(void **state)
{
	const char *directory = *state;
	struct fault fault = { "" };
	struct listfile file;
	char path[4096], expected[4200];

	snprintf(path, sizeof(path), "%s/missing", directory);
	snprintf(expected, sizeof(expected), "%s: No such file or directory",
		 path);
	assert_int_equal(listfile_read(path, false, &file, &fault), -ENOENT);
	assert_string_equal(fault.text, expected);
	snprintf(expected, sizeof(expected), "%s: Is a directory", directory);
	assert_int_equal(listfile_read(directory, false, &file, &fault),
			 -EISDIR);
	assert_string_equal(fault.text, expected);
	assert_null(file.list);
	assert_int_equal(file.count, 0);
}

static void a_list_of_too_many_lines_is_an_error(void **state)
{
	struct text_row row = {
		.expected =
			"list:2097153: 192.0.2.1: makes more than 2097152 prefixes",
	};
	char *text = NULL;
	unsigned int i;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	for (i = 0; i <= FMX_MAX_RULES; i++)
		fputs("192.0.2.1\n", to);
	fclose(to);
	row.given = text;
	check_fault(*state, &row, 1);
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_DIRECTORY(a_plain_list_has_an_address_or_prefix_a_line),
		IN_DIRECTORY(a_list_is_sorted_and_no_two_are_alike),
		IN_DIRECTORY(what_is_wrong_in_a_plain_list_is_named),
		IN_DIRECTORY(every_sender_is_allowed_only_by_force),
		IN_DIRECTORY(a_nul_byte_is_an_error),
		IN_DIRECTORY(a_very_long_line_is_an_error),
		IN_DIRECTORY(a_file_that_cannot_be_read_is_an_error),
		IN_DIRECTORY(a_list_of_too_many_lines_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/* Files of senders: plain lists, Postfix's tables, and what is wrong in them.
 */
#include "unit.h"

#include "listfile.h"

struct call {
	const char *directory;
	bool force;
};

static void write_listed(const struct listed *listed, FILE *to)
{
	char text[PREFIX_TEXT_SIZE];

	prefix_format(&listed->prefix, text);
	fprintf(to, "%s %u\n", text, listed->line);
}

/* Writes what is allowed, and the lines; or the fault, without the directory.
 */
static int read_bytes(const char *bytes, size_t size, const struct call *call,
		      FILE *to)
{
	char *path = file_make(call->directory, "list", bytes, size);
	struct fault fault = { "" };
	struct listfile file;
	size_t i;
	int err;

	err = listfile_read(path, call->force, &file, &fault);
	for (i = 0; i < file.count; i++)
		write_listed(&file.list[i], to);
	if (err)
		fputs(fault.text + strlen(call->directory) + 1, to);
	listfile_free(&file);
	free(path);
	return err;
}

static int read_text(const char *text, const void *arg, FILE *to)
{
	return read_bytes(text, strlen(text), arg, to);
}

static void check_list(const char *directory, bool force,
		       const struct text_row *rows, size_t count)
{
	const struct call call = { directory, force };

	check_rows(read_text, &call, 0, rows, count);
}

static void check_fault(const char *directory, const struct text_row *rows,
			size_t count)
{
	const struct call call = { directory, false };

	check_rows(read_text, &call, -EINVAL, rows, count);
}

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
#define NO_LINE \
	": begins with white space, but there is no line that it continues"

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

static void a_table_is_read_as_postfix_reads_it(void **state)
{
	static const struct text_row rows[] = {
		/* As postwhite writes it. */
		{ "# Whitelist generated by Postwhite v2.3 on Sat Mar 4 2017\n"
		  "# https://github.com/stevejenkins/postwhite/\n"
		  "#     3 total rules\n"
		  "2a00:1450:4000::/36\tpermit\n5.135.24.0/24\tpermit\n"
		  "8.20.114.31\tpermit\n",
		  "5.135.24.0/24 5\n8.20.114.31 6\n2a00:1450:4000::/36 4\n" },
		{ "192.0.2.1 permit\n192.0.2.3 OK\n192.0.2.5 Permit\n"
		  "192.0.2.7 ok\n192.0.2.9 reject\n192.0.2.11 dunno\n"
		  "192.0.2.13 DUNNO\n192.0.2.15 REJECT go away\n",
		  "192.0.2.1 1\n192.0.2.3 2\n192.0.2.5 3\n192.0.2.7 4\n" },
		{ "192.0.2.1  \t permit \r\n\r\n# x\r\n192.0.2.3 permit\r\n",
		  "192.0.2.1 1\n192.0.2.3 4\n" },
		{ "192.0.2.1\n\tpermit\n192.0.2.3\n# x\n\n  # y\n permit\n",
		  "192.0.2.1 1\n192.0.2.3 3\n" },
		{ "192.0.2.1 reject\n  # x\n\t# y\n  go # away\n"
		  "192.0.2.3 permit\n",
		  "192.0.2.3 5\n" },
		{ "[192.0.2.1] permit\n[192.0.3.0]/24 permit\n"
		  "[192.0.4.0/24] permit\n[2001:db8::1] permit\n"
		  "[2001:db8:1::]/48 permit\n[2001:db8:2::/48] permit\n",
		  "192.0.2.1 1\n192.0.3.0/24 2\n192.0.4.0/24 3\n"
		  "2001:db8::1 4\n2001:db8:1::/48 5\n2001:db8:2::/48 6\n" },
		{ "192.0.2.0/024 permit\n", "192.0.2.0/24 1\n" },
	};

	check_list(*state, false, rows, COUNT(rows));
}

static void the_first_line_that_matches_holds(void **state)
{
	static const struct text_row rows[] = {
		{ "192.0.2.128/25 reject\n192.0.2.0/24 permit\n",
		  "192.0.2.0/25 2\n" },
		{ "192.0.2.0/24 permit\n192.0.2.128/25 reject\n",
		  "192.0.2.0/24 1\n" },
		{ "192.0.2.0/24 dunno\n192.0.2.0/24 permit\n", "" },
		{ "192.0.2.0/24 dunno\n192.0.2.128/25 permit\n", "" },
		{ "192.0.2.5 dunno\n192.0.2.0/29 permit\n",
		  "192.0.2.0/30 2\n192.0.2.4 2\n192.0.2.6/31 2\n" },
		{ "192.0.2.5 permit\n192.0.2.4/30 reject\n192.0.2.0/29 permit\n",
		  "192.0.2.0/30 3\n192.0.2.5 1\n" },
		/* Nothing is denied in the half that has a rule of its own. */
		{ "192.0.2.1 reject\n192.0.2.4/30 permit\n192.0.2.0/29 permit\n",
		  "192.0.2.0 3\n192.0.2.2/31 3\n192.0.2.4/30 2\n" },
		{ "192.0.2.1 permit\n192.0.2.0/30 permit\n192.0.2.0/29 permit\n",
		  "192.0.2.0/29 3\n192.0.2.0/30 2\n192.0.2.1 1\n" },
		{ "2001:db8::/33 reject\n2001:db8::/32 permit\n"
		  "0.0.0.0/0 reject\n::/0 dunno\n",
		  "2001:db8:8000::/33 2\n" },
		{ "2001:db8::2 reject\n2001:db8::/126 permit\n",
		  "2001:db8::/127 2\n2001:db8::3 2\n" },
	};

	check_list(*state, false, rows, COUNT(rows));
}

static void a_negated_pattern_matches_the_rest_of_its_family(void **state)
{
	static const struct text_row rows[] = {
		{ "!192.0.2.0/24 reject\n192.0.2.0/23 permit\n"
		  "198.51.100.0/24 permit\n2001:db8::/32 permit\n",
		  "192.0.2.0/24 2\n2001:db8::/32 4\n" },
		{ "! 192.0.2.0/24 reject\n!! 192.0.2.7 permit\n",
		  "192.0.2.7 2\n" },
		{ "if 192.0.2.0/29\n!192.0.2.5 permit\nendif\n",
		  "192.0.2.0/30 2\n192.0.2.4 2\n192.0.2.6/31 2\n" },
		{ "!192.0.2.0/29 reject\n!192.0.2.4/30 permit\n"
		  "!198.51.100.0/24 reject\n192.0.2.4/30 permit\n",
		  "192.0.2.0/30 2\n" },
	};

	check_list(*state, false, rows, COUNT(rows));
}

static void an_if_bounds_what_is_in_it(void **state)
{
	static const struct text_row rows[] = {
		{ "if 192.0.2.0/24\n0.0.0.0/0 permit\n::/0 permit\nendif\n",
		  "192.0.2.0/24 2\n" },
		{ "IF 192.0.2.0/24\n192.0.2.0/25 reject\nEndIf\n"
		  "192.0.2.0/24 permit\n",
		  "192.0.2.128/25 4\n" },
		{ "if 192.0.2.0/24\nif 198.51.100.0/24\n192.0.2.1 permit\n"
		  "endif\n192.0.2.2 permit\nendif\n192.0.2.3 permit\n",
		  "192.0.2.2 5\n192.0.2.3 7\n" },
		{ "if 192.0.2.0/24\nif 192.0.0.0/16\n192.0.0.0/8 permit\n"
		  "endif\nendif\n",
		  "192.0.2.0/24 3\n" },
		{ "if!192.0.2.4/30\n192.0.2.0/29 permit\n192.0.2.7 permit\n"
		  "192.0.2.8 permit\nendif\n192.0.2.7 permit\n",
		  "192.0.2.0/30 2\n192.0.2.7 6\n192.0.2.8 4\n" },
		{ "if !2001:db8::/32\n192.0.2.1 permit\n2001:db9::1 permit\n"
		  "endif\n192.0.2.1 permit\n",
		  "192.0.2.1 5\n2001:db9::1 3\n" },
		{ "if 192.0.2.0/29\nif !192.0.2.1\nif !192.0.2.6/31\n"
		  "!192.0.2.4 permit\nendif\nendif\nendif\n",
		  "192.0.2.0 4\n192.0.2.2/31 4\n192.0.2.5 4\n" },
	};

	check_list(*state, false, rows, COUNT(rows));
}

#define NO_RESULT(word) \
	word ": not a result that is understood: permit, OK, reject or dunno"

static void what_is_wrong_in_a_table_is_named(void **state)
{
	static const struct text_row rows[] = {
		{ "192.0.2.1 permit\n192.0.2.3\n",
		  "list:2: 192.0.2.3: no result follows, as it must in a Postfix table" },
		{ "!192.0.2.3\n",
		  "list:1: 192.0.2.3: no result follows, as it must in a Postfix table" },
		{ "192.0.2.1 FILTER smtp:[127.0.0.1]\n",
		  "list:1: " NO_RESULT("FILTER smtp:[127.0.0.1]") },
		{ "192.0.2.1 a partner\n", "list:1: " NO_RESULT("a partner") },
		{ "192.0.2.1 192.0.2.2\n", "list:1: " NO_RESULT("192.0.2.2") },
		{ "192.0.2.1\n  192.0.2.2\n",
		  "list:1: " NO_RESULT("192.0.2.2") },
		{ "192.0.2.1 permit # x\n",
		  "list:1: " NO_RESULT("permit # x") },
		{ "192.0.2.1 permit, reject\n",
		  "list:1: " NO_RESULT("permit, reject") },
		{ "192.0.2.1 permit_mynetworks\n",
		  "list:1: " NO_RESULT("permit_mynetworks") },
		{ "192.0.2.1 OKAY\n", "list:1: " NO_RESULT("OKAY") },
		{ "192.0.2.1 rejected\n", "list:1: " NO_RESULT("rejected") },
		{ "192.0.2.1 1\n", "list:1: " NO_RESULT("1") },
		{ "192.0.2.1 permit\n\n  reject\n",
		  "list:1: " NO_RESULT("permit  reject") },
		{ "x permit\n", "list:1: x: not an IP address" },
		{ "192.0.2.1/24 permit\n",
		  "list:1: 192.0.2.1/24: host bits are set; write 192.0.2.0/24" },
		{ "[192.0.2.1]/24 reject\n",
		  "list:1: 192.0.2.1/24: host bits are set; write 192.0.2.0/24" },
		{ "010.0.0.1 permit\n",
		  "list:1: 010.0.0.1: not an IP address" },
		{ "::ffff:192.0.2.1 reject\n",
		  "list:1: ::ffff:192.0.2.1: an IPv4 address in IPv6 form; write 192.0.2.1" },
		{ "[192.0.2.1]5 permit\n",
		  "list:1: [192.0.2.1]5: not an IP address" },
		{ "[192.0.2.1 permit\n",
		  "list:1: [192.0.2.1: not an IP address" },
		{ "[] permit\n", "list:1: : not an IP address" },
		{ "10.0.0.0/8/8 permit\n",
		  "list:1: 10.0.0.0/8/8: the prefix length must be 0 to 32" },
		{ "if\n", "list:1: an address or prefix is missing" },
		{ "!\n", "list:1: an address or prefix is missing" },
		{ "if 192.0.2.0/24 permit\n",
		  "list:1: permit: nothing can follow the if" },
		{ "if 192.0.2.0/24\nendif # x\n",
		  "list:2: # x: nothing can follow endif" },
		{ "192.0.2.1 permit\nendif\n",
		  "list:2: endif: there is no if to it" },
		{ "192.0.2.1 permit\nif 192.0.2.0/24\n192.0.2.3 permit\n",
		  "list:2: if: no endif follows" },
		{ "if 0.0.0.0/0\nif ::/0\nendif\n",
		  "list:1: if: no endif follows" },
		{ " 192.0.2.1 permit\n", "list:1: 192.0.2.1 permit" NO_LINE },
		/* What is never reached must be right as well. */
		{ "0.0.0.0/0 reject\n192.0.2.300 permit\n",
		  "list:2: 192.0.2.300: not an IP address" },
	};

	check_fault(*state, rows, COUNT(rows));
}

static void ifs_are_in_each_other_up_to_a_limit(void **state)
{
	unsigned int depth;

	for (depth = 16; depth <= 17; depth++) {
		char text[2000] = "", expected[200] = "";
		struct text_row row = { text, expected };
		char *end = text;
		unsigned int i;

		for (i = 0; i < depth; i++)
			end += sprintf(end, "if !192.0.2.%u\n", i + 1);
		end += sprintf(end, "192.0.2.0/27 permit\n");
		for (i = 0; i < depth; i++)
			end += sprintf(end, "endif\n");
		if (depth == 16) {
			strcpy(expected,
			       "192.0.2.0 17\n192.0.2.17 17\n192.0.2.18/31 17\n"
			       "192.0.2.20/30 17\n192.0.2.24/29 17\n");
			check_list(*state, false, &row, 1);
		} else {
			strcpy(expected,
			       "list:17: if: more than 16 in each other");
			check_fault(*state, &row, 1);
		}
	}
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

/* Around each address that is denied, there are up to 96. */
static void a_table_that_makes_too_many_prefixes_is_an_error(void **state)
{
	const struct call call = { *state, false };
	char *text = NULL, *got = NULL;
	unsigned int i;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	for (i = 0; i < 40000; i++)
		fprintf(to, "2001:db8:%x:%x::1 reject\n", i & 0xff, i >> 8);
	fputs("2001:db8::/32 permit\n", to);
	fclose(to);
	to = open_memstream(&got, &size);
	assert_int_equal(read_text(text, &call, to), -EINVAL);
	fclose(to);
	/* The first that is too many is somewhere in it. */
	assert_non_null(strstr(got, "list:40001: 2001:db8:"));
	assert_non_null(strstr(got, ": makes more than 2097152 prefixes"));
	free(got);
	free(text);
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
		IN_DIRECTORY(a_table_is_read_as_postfix_reads_it),
		IN_DIRECTORY(the_first_line_that_matches_holds),
		IN_DIRECTORY(a_negated_pattern_matches_the_rest_of_its_family),
		IN_DIRECTORY(an_if_bounds_what_is_in_it),
		IN_DIRECTORY(what_is_wrong_in_a_table_is_named),
		IN_DIRECTORY(ifs_are_in_each_other_up_to_a_limit),
		IN_DIRECTORY(every_sender_is_allowed_only_by_force),
		IN_DIRECTORY(a_nul_byte_is_an_error),
		IN_DIRECTORY(a_very_long_line_is_an_error),
		IN_DIRECTORY(a_file_that_cannot_be_read_is_an_error),
		IN_DIRECTORY(a_table_that_makes_too_many_prefixes_is_an_error),
		IN_DIRECTORY(a_list_of_too_many_lines_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

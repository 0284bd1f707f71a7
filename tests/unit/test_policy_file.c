// SPDX-License-Identifier: GPL-2.0-only
#include "lines.h"

/* Reads a file of these bytes; leaves of a fault what is behind the path. */
static int read_bytes(const char *directory, const char *bytes, size_t size,
		      bool force, struct policy *policy, struct fault *fault)
{
	char *path = file_make(directory, "policy", bytes, size);
	size_t length = strlen(path);
	int err;

	fault->text[0] = '\0';
	err = policy_read_file(path, force, policy, fault);
	if (err) {
		assert_int_equal(strncmp(fault->text, path, length), 0);
		memmove(fault->text, fault->text + length,
			strlen(fault->text + length) + 1);
	}
	free(path);
	return err;
}

static int read_text(const char *text, const void *directory, FILE *to)
{
	struct policy policy = { 0 };
	struct fault fault;
	int err = read_bytes(directory, text, strlen(text), false, &policy,
			     &fault);

	fputs(fault.text, to);
	if (!err) {
		char *again = policy_text(&policy);

		fputs(again, to);
		free(again);
	}
	policy_clear(&policy);
	return err;
}

static void check_read(void **state, const struct text_row *rows, size_t count)
{
	check_rows(read_text, *state, 0, rows, count);
}

static void check_refused(void **state, const struct text_row *rows,
			  size_t count)
{
	check_rows(read_text, *state, -EINVAL, rows, count);
}

static void check_bytes_refused(void **state, const char *bytes, size_t size,
				const char *expected)
{
	struct policy policy = { 0 };
	struct fault fault;
	int err = read_bytes(*state, bytes, size, false, &policy, &fault);

	policy_clear(&policy);
	assert_int_equal(err, -EINVAL);
	assert_string_equal(fault.text, expected);
}

static void a_file_is_read_as_its_statements(void **state)
{
	static const struct text_row rows[] = {
		{ "", "" },
		{ "\n\n", "" },
		{ "# nothing\n  # at all", "" },
		{ "decoy 198.51.100.10\n", "decoy 198.51.100.10 role first\n" },
		{ "decoy 198.51.100.10", "decoy 198.51.100.10 role first\n" },
		{ "decoy 198.51.100.10\r\nreal 198.51.100.20\r\n",
		  "decoy 198.51.100.10 role first\nreal 198.51.100.20\n" },
		{ "allow 203.0.113.5   # a partner's old server\n",
		  "allow 203.0.113.5\n" },
		{ "allow 203.0.113.5 comment \"# \\\"x\\\" \\\\\"#y\n",
		  "allow 203.0.113.5 comment \"# \\\"x\\\" \\\\\"\n" },
		{ "set shadow on\nset rate-limit 10\n",
		  "set shadow on\nset rate-limit 10\n" },
		{ "set rate-limit 1000000000\n",
		  "set rate-limit 1000000000\n" },
		{ "set shadow off\nset rate-limit 0\n", "" },
	};

	check_read(state, rows, COUNT(rows));
}

static void statements_come_sorted_decoys_reals_allow_set(void **state)
{
	static const struct text_row row = {
		"set rate-limit 5\n"
		"allow 2001:db8::/32\n"
		"real 198.51.100.20\n"
		"allow 203.0.113.5\n"
		"decoy 2001:db8::10 role last\n"
		"allow 192.0.2.0/25\n"
		"set shadow on\n"
		"decoy 198.51.100.30\n"
		"real 2001:db8::20\n"
		"allow 192.0.2.0/24\n"
		"decoy 9.0.0.1\n",
		"decoy 9.0.0.1 role first\n"
		"decoy 198.51.100.30 role first\n"
		"decoy 2001:db8::10 role last\n"
		"real 198.51.100.20\n"
		"real 2001:db8::20\n"
		"allow 192.0.2.0/24\n"
		"allow 192.0.2.0/25\n"
		"allow 203.0.113.5\n"
		"allow 2001:db8::/32\n"
		"set shadow on\n"
		"set rate-limit 5\n",
	};

	check_read(state, &row, 1);
}

static void the_last_statement_about_one_prefix_wins(void **state)
{
	static const struct text_row rows[] = {
		{ "allow 203.0.113.5 comment a\nallow 203.0.113.5/32 comment b\n"
		  "allow 203.0.113.5 comment c\n",
		  "allow 203.0.113.5 comment \"c\"\n" },
		{ "allow 203.0.113.5 comment a\nallow 203.0.113.5\n",
		  "allow 203.0.113.5\n" },
		{ "allow 2001:DB8::/32\nallow 2001:db8:0::/32 comment b\n",
		  "allow 2001:db8::/32 comment \"b\"\n" },
		{ "allow 10.0.0.0/8 comment a\nallow 10.0.0.0/9 comment b\n",
		  "allow 10.0.0.0/8 comment \"a\"\nallow 10.0.0.0/9 comment \"b\"\n" },
		{ "decoy 198.51.100.10 role last\ndecoy 198.51.100.10\n",
		  "decoy 198.51.100.10 role first\n" },
		{ "real 198.51.100.20\nreal 198.51.100.20\n",
		  "real 198.51.100.20\n" },
		{ "decoy 198.51.100.10\nallow 198.51.100.10\n",
		  "decoy 198.51.100.10 role first\nallow 198.51.100.10\n" },
		{ "set shadow on\nset rate-limit 7\nset shadow off\nset rate-limit 8\n",
		  "set rate-limit 8\n" },
	};

	check_read(state, rows, COUNT(rows));
}

static void an_error_names_the_file_and_the_line(void **state)
{
	static const struct text_row rows[] = {
		{ "allow 203.0.113.300\n",
		  ":1:7: 203.0.113.300: not an IP address" },
		{ "# one\n\ndecoy\n", ":3:1: decoy: which address?" },
		{ "decoy 198.51.100.10\nallow 192.0.2.1/24",
		  ":2:7: 192.0.2.1/24: host bits are set; write 192.0.2.0/24" },
		{ "allow 0.0.0.0/0\n",
		  ":1:7: 0.0.0.0/0: would allow every sender, and leave no decoy; --force does it" },
		{ "\nallow 203.0.113.5 comment \"no end\n# \"\n",
		  ":2:27: a quoted word has no end" },
		{ "allow 203.0.113.5 comment \"a\"b\n",
		  ":1:27: no space after a quoted word" },
		{ "set 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
		  ":1:41: more than 16 words" },
		{ "set shadow on\nset shadow maybe\n",
		  ":2:12: shadow: maybe: must be on or off" },
		{ "load eth0\n", ":1:1: load: no such statement" },
		{ "nonsense\nmore nonsense\n",
		  ":1:1: nonsense: no such statement" },
	};

	check_refused(state, rows, COUNT(rows));
}

static void decoy_and_real_at_once_names_both_lines(void **state)
{
	static const struct text_row rows[] = {
		{ "decoy 198.51.100.10\nreal 198.51.100.10\n",
		  ":2: 198.51.100.10: is a decoy since line 1; an address cannot be decoy and real at once" },
		{ "real 2001:db8::1\n# x\nallow 2001:db8::1\n"
		  "decoy 2001:db8:0::1 role last\n",
		  ":4: 2001:db8::1: is a real since line 1; an address cannot be decoy and real at once" },
		{ "decoy 198.51.100.10\ndecoy 198.51.100.11\n"
		  "decoy 198.51.100.10 role last\nreal 198.51.100.10\n",
		  ":4: 198.51.100.10: is a decoy since line 3; an address cannot be decoy and real at once" },
		/* The last statement does not undo it. */
		{ "decoy 198.51.100.10\nreal 198.51.100.10\ndecoy 198.51.100.10\n",
		  ":2: 198.51.100.10: is a decoy since line 1; an address cannot be decoy and real at once" },
	};

	check_refused(state, rows, COUNT(rows));
}

static void put(const char *directory, const char *name, const char *text)
{
	free(file_make(directory, name, text, strlen(text)));
}

static void other_files_are_included_in_their_place(void **state)
{
	static const struct text_row good[] = {
		{ "include a.conf\n",
		  "decoy 198.51.100.10 role first\nallow 192.0.2.1 comment \"a\"\n" },
		{ "allow 192.0.2.1\ninclude *.conf # all\n",
		  "decoy 198.51.100.10 role first\nallow 192.0.2.1 comment \"b\"\n" },
		{ "include a.conf\nallow 192.0.2.1\n",
		  "decoy 198.51.100.10 role first\nallow 192.0.2.1\n" },
		{ "include none.d/*.conf\n", "" },
	};
	static const struct text_row bad[] = {
		{ "include\n", ":1:1: include: which file?" },
		{ "include a.conf b.conf\n",
		  ":1:9: include: one file, or a pattern, a line" },
	};

	put(*state, "a.conf",
	    "decoy 198.51.100.10\nallow 192.0.2.1 comment a\n");
	put(*state, "b.conf", "allow 192.0.2.1 comment b\n");
	/* The file itself is no *.conf: see read_bytes(). */
	check_rows(read_text, *state, 0, good, COUNT(good));
	check_refused(state, bad, COUNT(bad));
}

static void faults_of_included_files_name_them(void **state)
{
	static const struct {
		const char *text;
		const char *file;
		const char *fault;
	} rows[] = {
		{ "\ninclude wrong.inc\n", "wrong.inc",
		  ":2:7: 203.0.113.300: not an IP address" },
		{ "include missing.inc\n", "missing.inc",
		  ": No such file or directory" },
		{ "include self.inc\n", "self.inc",
		  ":1:9: include: files include each other" },
		{ "real 198.51.100.10\ninclude decoy.inc\n", "decoy.inc",
		  ":3: 198.51.100.10: is a real since " },
	};
	struct policy policy = { 0 };
	char *path, expected[512];
	struct fault fault;
	size_t i;

	put(*state, "wrong.inc", "# one\nallow 203.0.113.300\n");
	put(*state, "self.inc", "include self.inc\n");
	put(*state, "decoy.inc", "\n\ndecoy 198.51.100.10\n");
	for (i = 0; i < COUNT(rows); i++) {
		path = file_make(*state, "main", rows[i].text,
				 strlen(rows[i].text));
		assert_true(policy_read_file(path, false, &policy, &fault) < 0);
		policy_clear(&policy);
		snprintf(expected, sizeof(expected), "%s/%s%s", (char *)*state,
			 rows[i].file, rows[i].fault);
		if (strncmp(fault.text, expected, strlen(expected)))
			fail_msg("%s", fault.text);
		free(path);
	}
}

static void saved(void **state, const char *before, const char *statements,
		  const char *after)
{
	struct policy policy = { 0 };
	char *path, *copy = strdup(statements), *save = NULL, *line, *text;
	struct fault fault;
	int i;

	path = file_make(*state, "saved", before, strlen(before));
	for (line = strtok_r(copy, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		policy_add_line(&policy, line);
	assert_int_equal(policy_settle(&policy, &fault), 0);
	for (i = 0; i < 2; i++) { /* a second time it is the same */
		assert_int_equal(policy_save(&policy, path), 0);
		text = file_text(path);
		assert_string_equal(text, after);
		free(text);
	}
	policy_clear(&policy);
	free(copy);
	free(path);
}

static void comments_stay_with_their_statements(void **state)
{
	saved(state, "", "allow 192.0.2.1\ndecoy 198.51.100.10",
	      "decoy 198.51.100.10 role first\nallow 192.0.2.1\n");
	saved(state,
	      "# Ours.\n# Mind the gap.\n\n"
	      "# The first.\ndecoy   198.51.100.10   # fx\n\n"
	      "# alone\n\n"
	      "# Gone.\nallow 192.0.2.9 # gone\n"
	      "# A partner.\nallow 192.0.2.1 comment \"# x\"#y\n"
	      "nonsense # here\n",
	      "allow 192.0.2.1 comment \"# x\"\nallow 192.0.2.2\ndecoy 198.51.100.10",
	      "# Ours.\n# Mind the gap.\n\n"
	      "# The first.\ndecoy 198.51.100.10 role first  # fx\n"
	      "# A partner.\nallow 192.0.2.1 comment \"# x\"  #y\n"
	      "allow 192.0.2.2\n");
	/* What is above the first statement is that statement's. */
	saved(state, "# A partner.\nallow 192.0.2.1\n",
	      "allow 192.0.2.1\ndecoy 198.51.100.10",
	      "decoy 198.51.100.10 role first\n# A partner.\nallow 192.0.2.1\n");
}

static void a_file_that_includes_others_is_not_written(void **state)
{
	static const char before[] = "include a.conf\n";
	char *path = file_make(*state, "saved", before, strlen(before)), *text;
	struct policy policy = { 0 };
	struct capture err;

	capture_begin(&err, &stderr);
	assert_int_equal(policy_save(&policy, path), -EEXIST);
	capture_end(&err);
	assert_non_null(strstr(err.text, "it includes other files"));
	free(err.text);
	text = file_text(path);
	assert_string_equal(text, before);
	free(text);
	free(path);
}

static void what_has_ended_is_left_out(void **state)
{
	static const struct text_row row = {
		"allow 192.0.2.1 until 2001-01-01\n"
		"allow 192.0.2.2 until 2101-01-01T00:00:00Z\n",
		"allow 192.0.2.2 until 2101-01-01T00:00:00Z\n"
	};

	check_read(state, &row, 1);
}

static void a_span_in_a_file_is_refused_with_its_date(void **state)
{
	static const char text[] = "allow 192.0.2.1 for 30d\n";
	struct policy policy = { 0 };
	struct fault fault;

	assert_int_equal(read_bytes(*state, text, strlen(text), false, &policy,
				    &fault),
			 -EINVAL);
	policy_clear(&policy);
	assert_memory_equal(
		fault.text,
		":1:21: for: is not for a file, which is read again; write: until 2",
		60);
}

static void a_nul_byte_is_refused(void **state)
{
	static const char bytes[] = "decoy 198.51.100.10\nallow 1.2.3.4\0#\n";

	check_bytes_refused(state, bytes, sizeof(bytes) - 1,
			    ":2:14: a NUL byte in the line");
}

static void check_unreadable(const char *path, int expected, const char *why)
{
	struct policy policy = { 0 };
	char text[256];
	struct fault fault = { "" };

	snprintf(text, sizeof(text), "%s: %s", path, why);
	assert_int_equal(policy_read_file(path, false, &policy, &fault),
			 expected);
	assert_string_equal(fault.text, text);
	assert_int_equal(policy.count, 0);
	policy_clear(&policy);
}

static void a_missing_file_is_an_error(void **state)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/none.conf", (char *)*state);
	check_unreadable(path, -ENOENT, "No such file or directory");
}

static void a_directory_is_no_file(void **state)
{
	check_unreadable(*state, -EISDIR, "Is a directory");
}

static void force_lets_every_sender_in(void **state)
{
	static const char text[] = "allow 0.0.0.0/0\nallow ::/0\n";
	struct policy policy = { 0 };
	struct fault fault;
	char *got;

	assert_int_equal(read_bytes(*state, text, strlen(text), true, &policy,
				    &fault),
			 0);
	got = policy_text(&policy);
	policy_clear(&policy);
	assert_string_equal(got, text);
	free(got);
}

/* 100,000 lines, all different; the caller frees them. */
static char *many_lines(void)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	int i;

	for (i = 99999; i >= 0; i--)
		fprintf(to, "allow 10.%d.%d.%d comment \"no %d\"\n", i >> 16,
			i >> 8 & 255, i & 255, i);
	fclose(to);
	return text;
}

static void a_hundred_thousand_lines_are_read(void **state)
{
	struct policy policy = { 0 };
	char *text = many_lines();
	struct fault fault;
	int failed = 0, i;

	assert_int_equal(read_bytes(*state, text, strlen(text), false, &policy,
				    &fault),
			 0);
	free(text);
	assert_int_equal(policy.count, 100000);
	for (i = 0; i < 100000; i++) {
		char expected[32];

		snprintf(expected, sizeof(expected), "no %d", i);
		failed += differs("comment", expected, policy.rows[i].comment);
	}
	policy_clear(&policy);
	assert_int_equal(failed, 0);
}

static void an_error_in_the_last_of_many_lines_is_found(void **state)
{
	char *text = many_lines();

	memcpy(strrchr(text, 'a'), "x", 1);
	check_bytes_refused(state, text, strlen(text),
			    ":100000:1: xllow: no such statement");
	free(text);
}

static void a_line_of_a_megabyte_is_refused(void **state)
{
	size_t size = 1 << 20;
	char *text = malloc(size);

	memset(text, 'x', size);
	memcpy(text, "allow 1.2.3.4 comment ", 22);
	check_bytes_refused(state, text, size,
			    ":1:23: comment: longer than 103 bytes");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_DIRECTORY(a_file_is_read_as_its_statements),
		IN_DIRECTORY(statements_come_sorted_decoys_reals_allow_set),
		IN_DIRECTORY(the_last_statement_about_one_prefix_wins),
		IN_DIRECTORY(an_error_names_the_file_and_the_line),
		IN_DIRECTORY(decoy_and_real_at_once_names_both_lines),
		IN_DIRECTORY(other_files_are_included_in_their_place),
		IN_DIRECTORY(faults_of_included_files_name_them),
		IN_DIRECTORY(comments_stay_with_their_statements),
		IN_DIRECTORY(a_file_that_includes_others_is_not_written),
		IN_DIRECTORY(what_has_ended_is_left_out),
		IN_DIRECTORY(a_span_in_a_file_is_refused_with_its_date),
		IN_DIRECTORY(a_nul_byte_is_refused),
		IN_DIRECTORY(a_missing_file_is_an_error),
		IN_DIRECTORY(a_directory_is_no_file),
		IN_DIRECTORY(force_lets_every_sender_in),
		IN_DIRECTORY(a_hundred_thousand_lines_are_read),
		IN_DIRECTORY(an_error_in_the_last_of_many_lines_is_found),
		IN_DIRECTORY(a_line_of_a_megabyte_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

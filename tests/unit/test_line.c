// SPDX-License-Identifier: GPL-2.0-only
/* Lines into words; and statements written, which are read as the same. */
#include "lines.h"

/* Splits a line into at most *arg words, and writes each in <>. */
static int read_words(const char *line, const void *arg, FILE *to)
{
	const size_t *max = arg;
	/* On the heap, where a sanitizer sees what is behind it. */
	char **words = calloc(*max, sizeof(*words)), *copy = strdup(line);
	struct fault fault = { "" };
	int count = statement_split(copy, words, *max, &fault), i;

	fputs(fault.text, to);
	for (i = 0; i < count; i++)
		fprintf(to, "<%s>", words[i]);
	free(copy);
	free(words);
	return count < 0 ? count : 0;
}

static void a_line_is_split_at_white_space(void **state)
{
	static const struct text_row rows[] = {
		{ "", "" },
		{ "\n", "" },
		{ "\r\n", "" },
		{ " \t \r\n", "" },
		{ "a", "<a>" },
		{ "a b c", "<a><b><c>" },
		{ "  a\t\tb  ", "<a><b>" },
		{ "a b\n", "<a><b>" },
		{ "a b\r\n", "<a><b>" },
		{ "a\rb", "<a><b>" },
		{ "# a b", "" },
		{ "  # a", "" },
		{ "#", "" },
		{ "a # b", "<a>" },
		{ "a#b", "<a>" },
		{ "a b#c d", "<a><b>" },
		{ "a #\"b", "<a>" },
		{ "\"a b\"", "<a b>" },
		{ "\"\"", "<>" },
		{ "a \"\" b", "<a><><b>" },
		{ "\"a#b\" c", "<a#b><c>" },
		{ "\"a\tb\"\tc", "<a\tb><c>" },
		{ "\"a\"#b", "<a>" },
		{ "\"a\"\r\n", "<a>" },
		{ "\"a\\\"b\"", "<a\"b>" },
		{ "\"a\\\\b\"", "<a\\b>" },
		{ "\"a\\\\\" b", "<a\\><b>" },
		{ "\"\\\\\\\"\"", "<\\\">" },
		{ "\"a\\nb\"", "<a\\nb>" },
		{ "\"a\\ b\"", "<a\\ b>" },
		{ "a\\ b", "<a\\><b>" },
		{ "a\"b c\"", "<a\"b><c\">" },
		{ "\"é\" ü", "<é><ü>" },
	};
	const size_t max = MAX_WORDS;

	(void)state;
	check_rows(read_words, &max, 0, rows, COUNT(rows));
}

static void a_line_that_cannot_be_split_is_refused(void **state)
{
	static const struct text_row rows[] = {
		{ "\"", "a quoted word has no end" },
		{ "\"\n", "a quoted word has no end" },
		{ "a \"b c", "a quoted word has no end" },
		{ "\"a # b", "a quoted word has no end" },
		{ "\"a\\\"", "a quoted word has no end" },
		{ "\"a\\", "a quoted word has no end" },
		{ "\"a\\\\\\\"", "a quoted word has no end" },
		{ "\"a\"b", "no space after a quoted word" },
		{ "\"a\"\"b\"", "no space after a quoted word" },
		{ "1 2 3 4 5", "more than 4 words" },
		{ "1 2 3 4 \"5\"", "more than 4 words" },
		{ "1 2 3 \"4\" 5 6", "more than 4 words" },
	};
	const size_t max = 4;

	(void)state;
	check_rows(read_words, &max, -EINVAL, rows, COUNT(rows));
}

static void as_many_words_as_there_is_room_for_are_split(void **state)
{
	static const struct text_row rows[] = {
		{ "1 2 3 4", "<1><2><3><4>" },
		{ "1 2 3 4  \n", "<1><2><3><4>" },
		{ "1 2 3 \"4\"", "<1><2><3><4>" },
		{ "1 2 3 4 # 5", "<1><2><3><4>" },
		{ "1 2 3 4#5", "<1><2><3><4>" },
	};
	const size_t max = 4;

	(void)state;
	check_rows(read_words, &max, 0, rows, COUNT(rows));
}

/* The caller frees it. */
static char *format(const struct statement *s)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	statement_format(s, to);
	fclose(to);
	return text;
}

static bool same(const struct statement *a, const struct statement *b)
{
	return a->kind == b->kind && !prefix_compare(&a->prefix, &b->prefix) &&
	       a->role == b->role && a->setting == b->setting &&
	       a->value == b->value && !strcmp(a->comment, b->comment);
}

/* What is written is read again as the same statement, to the last byte. */
static int check_round_trip(const struct statement *s)
{
	struct statement again;
	struct fault fault;
	char *text = format(s);
	int failed;

	failed =
		differs_number(text, 0, line_parse(text, true, &again, &fault));
	if (failed)
		print_error("#   %s\n", fault.text);
	else if (!same(s, &again))
		failed = differs(text, s->comment, again.comment) +
			 differs("its fields", "the same", "others");
	free(text);
	return failed;
}

static void a_written_statement_is_read_as_the_same(void **state)
{
	static const char *const lines[] = {
		"decoy 198.51.100.10",
		"decoy 2001:db8::10 role last",
		"real 198.51.100.20",
		"allow 203.0.113.5",
		"allow 0.0.0.0/0",
		"allow ::/0",
		"allow 2001:db8::/33 comment x",
		"set shadow on",
		"set shadow off",
		"set rate-limit 0",
		"set rate-limit 1000000000",
	};
	struct statement s;
	struct fault fault;
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lines); i++) {
		assert_int_equal(line_parse(lines[i], true, &s, &fault), 0);
		failed += check_round_trip(&s);
	}
	assert_int_equal(failed, 0);
}

static void a_written_comment_is_read_as_the_same(void **state)
{
	static const char *const comments[] = {
		"a partner's old server",
		" leading and trailing ",
		"\"",
		"\"\"",
		"\\",
		"\\\\",
		"\\\"",
		"\"\\",
		"ends with \\",
		"say \"hello\"",
		"C:\\new\\table",
		"# not a comment",
		"a#b",
		"it's",
		"Übergang – 移行 🐟",
		HUNDRED "012",
		"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"",
	};
	struct statement s = { .kind = STATEMENT_ALLOW,
			       .prefix = { FMX_IPV4, 32, { 203, 0, 113, 5 } } };
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(comments); i++) {
		strcpy(s.comment, comments[i]);
		failed += check_round_trip(&s);
	}
	assert_int_equal(failed, 0);
}

static void any_comment_of_awkward_characters_survives(void **state)
{
	static const char *const pieces[] = { "\"", "\\", "#", " ",
					      "a",  "n",  "é", "'" };
	struct statement s = { .kind = STATEMENT_ALLOW,
			       .prefix = { FMX_IPV4, 32, { 203, 0, 113, 5 } } };
	unsigned int random = 1, i;
	int failed = 0;

	(void)state;
	for (i = 0; i < 5000; i++) {
		size_t used = 0, want = i % (FMX_COMMENT_SIZE - 2);

		while (used < want) {
			random = random * 1103515245 + 12345;
			used += sprintf(s.comment + used, "%s",
					pieces[random >> 16 & 7]);
		}
		s.comment[used] = '\0';
		failed += check_round_trip(&s);
	}
	assert_int_equal(failed, 0);
}

static void things_have_the_names_of_the_grammar(void **state)
{
	(void)state;
	assert_string_equal(role_name(FMX_ROLE_FIRST), "first");
	assert_string_equal(role_name(FMX_ROLE_LAST), "last");
	assert_string_equal(role_name(FMX_ROLE_REAL), "real");
	assert_string_equal(statement_kind_name(STATEMENT_DECOY), "decoy");
	assert_string_equal(statement_kind_name(STATEMENT_REAL), "real");
	assert_string_equal(statement_kind_name(STATEMENT_ALLOW), "allow");
	assert_string_equal(statement_kind_name(STATEMENT_SET), "set");
	assert_string_equal(setting_key(SETTING_SHADOW), "shadow");
	assert_string_equal(setting_key(SETTING_RATE_LIMIT), "rate-limit");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_split_at_white_space),
		cmocka_unit_test(a_line_that_cannot_be_split_is_refused),
		cmocka_unit_test(as_many_words_as_there_is_room_for_are_split),
		cmocka_unit_test(a_written_statement_is_read_as_the_same),
		cmocka_unit_test(a_written_comment_is_read_as_the_same),
		cmocka_unit_test(any_comment_of_awkward_characters_survives),
		cmocka_unit_test(things_have_the_names_of_the_grammar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

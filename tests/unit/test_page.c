// SPDX-License-Identifier: GPL-2.0-only
/* Lines of a terminal: what is too wide, and what is no text. */
#include "unit.h"

#include <locale.h>

#include "page.h"

/* "WIDTH|field|field": a field is eight columns wide, '>' sets it to the right.
 */
static int read_line(const char *given, const void *arg, FILE *to)
{
	struct screen_line line;
	struct page page = { &line, &line + 1, atoi(given) };
	char *copy = strdup(strchr(given, '|') + 1), *save = NULL, *word;
	struct field fields[8];
	size_t count = 0;

	(void)arg;
	for (word = strtok_r(copy, "|", &save); word;
	     word = strtok_r(NULL, "|", &save)) {
		bool right = *word == '>';

		fields[count++] =
			(struct field){ word + right, right ? -8 : 8 };
	}
	page_line(&page, LOOK_PLAIN, fields, count);
	fprintf(to, "%s|", line.text);
	assert_ptr_equal(page.next, page.end);
	/* There is no room for another. */
	page_line(&page, LOOK_PLAIN, fields, count);
	assert_ptr_equal(page.next, page.end);
	free(copy);
	return 0;
}

static const struct text_row lines[] = {
	{ "80|eth0|>12|>3", "eth0            12         3|" },
	{ "28|eth0|>12|>3", "eth0            12         3|" },
	{ "27|eth0|>12|>3", "eth0            12|" },
	{ "18|eth0|>12", "eth0            12|" },
	{ "17|eth0|>12", "eth0|" },
	{ "4|eth0|>12", "eth0|" },
	{ "3|eth0|>12", "eth|" },
	{ "80|far too long|>123456789", "far too   12345678|" },
	{ "80|a|b|c", "a         b         c|" },
	/* orders to the terminal */
	{ "80|\x1b[2J\x07|b", "?[2J?     b|" },
	{ "80|\x7f\x01|b", "??        b|" },
};

static const struct text_row ascii_lines[] = {
	{ "80|\xc3\xa9th0|b", "??th0     b|" },
};

static const struct text_row utf8_lines[] = {
	{ "80|\xc3\xa9th0|b", "\xc3\xa9th0      b|" },
	{ "80|>\xc3\xa9th0|b", "    \xc3\xa9th0  b|" },
	{ "3|\xc3\xa9th0|b", "\xc3\xa9th|" },
	/* two columns each */
	{ "80|\xe7\xb6\xb2\xe8\xb7\xaf|b", "\xe7\xb6\xb2\xe8\xb7\xaf      b|" },
	{ "3|\xe7\xb6\xb2\xe8\xb7\xaf|b", "\xe7\xb6\xb2|" },
	/* CSI in one character, a change of direction, an accent alone */
	{ "80|\xc2\x9b"
	  "2J|b",
	  "?2J       b|" },
	{ "80|\xe2\x80\xae"
	  "0hte|b",
	  "?0hte     b|" },
	{ "80|\xcc\x81"
	  "a|b",
	  "?a        b|" },
	/* none at all, and one that is cut short */
	{ "80|\xff"
	  "a\xc3|b",
	  "?a?       b|" },
	{ "80|\xe7\xb6|b", "??        b|" },
};

static void a_line_is_no_wider_than_the_page(void **state)
{
	(void)state;
	check_rows(read_line, NULL, 0, lines, COUNT(lines));
}

static void what_the_locale_does_not_have_is_a_question_mark(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C"));
	check_rows(read_line, NULL, 0, ascii_lines, COUNT(ascii_lines));
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	check_rows(read_line, NULL, 0, utf8_lines, COUNT(utf8_lines));
	check_rows(read_line, NULL, 0, lines, COUNT(lines));
}

static int read_count(const char *given, const void *arg, FILE *to)
{
	char text[NUMBER_SIZE];

	format_count(strtoull(given, NULL, 10), *(const int *)arg, text);
	fputs(text, to);
	return 0;
}

static int read_rate(const char *given, const void *arg, FILE *to)
{
	char text[NUMBER_SIZE];

	(void)arg;
	format_rate(atof(given), text);
	fputs(text, to);
	return 0;
}

static const struct text_row counts[] = {
	{ "0", "0" },
	{ "99999999", "99999999" },
	{ "100000000", "100 M" },
	{ "123456789", "123 M" },
	{ "999499999", "999 M" },
	{ "999500000", "1.00 G" },
	{ "1000000000000", "1.00 T" },
	{ "12345678901234", "12.3 T" },
	{ "18446744073709551615", "18.4 E" },
};

static const struct text_row rates[] = {
	{ "-1", "-" },	       { "0", "0" },	       { "0.04", "0.0" },
	{ "0.3", "0.3" },      { "9.94", "9.9" },      { "9.96", "10" },
	{ "12.4", "12" },      { "99999.4", "99999" }, { "99999.6", "100 k" },
	{ "999499", "999 k" }, { "999500", "1.00 M" }, { "14880952", "14.9 M" },
	{ "1e12", "1.00 T" },
};

static void numbers_fit_their_cells(void **state)
{
	const int width = 8;

	(void)state;
	check_rows(read_count, &width, 0, counts, COUNT(counts));
	check_rows(read_rate, NULL, 0, rates, COUNT(rates));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_no_wider_than_the_page),
		cmocka_unit_test(
			what_the_locale_does_not_have_is_a_question_mark),
		cmocka_unit_test(numbers_fit_their_cells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

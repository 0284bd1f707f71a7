// SPDX-License-Identifier: GPL-2.0-only
/* The lost-mail report as a page: what is in it, and what cannot get into it.
 */
#include "unit.h"

#include "html.h"
#include "report.h"

/* The caller frees it. */
static void make_page(const json_t *document, char **page)
{
	size_t size;
	FILE *to = open_memstream(page, &size);

	report_html(to, document);
	fclose(to);
}

static json_t *parse(const char *text)
{
	json_error_t error;
	json_t *document = json_loads(text, 0, &error);

	if (!document)
		fail_msg("%s: %s", text, error.text);
	return document;
}

static size_t times_in(const char *text, const char *part)
{
	size_t count = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		count++;
	return count;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("not there: %s", part);
}

static void has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("there: %s", part);
}

static void print_between(const char *text, const char *begin, const char *end,
			  FILE *to)
{
	has(text, begin);
	text = strstr(text, begin) + strlen(begin);
	has(text, end);
	fprintf(to, "%.*s", (int)(strstr(text, end) - text), text);
}

static int read_escaped(const char *given, const void *arg, FILE *to)
{
	(void)arg;
	html_print(to, "<p>100 %% %s</p>", given);
	return 0;
}

static void what_is_put_into_markup_is_text(void **state)
{
	static const struct text_row rows[] = {
		{ "", "<p>100 % </p>" },
		{ "mx.example.org", "<p>100 % mx.example.org</p>" },
		{ "<b>&amp;", "<p>100 % &lt;b&gt;&amp;amp;</p>" },
		{ "\" onload='x", "<p>100 % &quot; onload=&#39;x</p>" },
		{ "ü \t\n", "<p>100 % ü \t\n</p>" },
		{ "a\1b\x1b[2J\x7f", "<p>100 % a�b�[2J�</p>" },
		{ "%s%n", "<p>100 % %s%n</p>" },
	};

	(void)state;
	check_rows(read_escaped, NULL, 0, rows, COUNT(rows));
}

static int read_number(const char *given, const void *arg, FILE *to)
{
	char text[NUMBER_TEXT_SIZE];

	(void)arg;
	fputs(number_text(atoll(given), text), to);
	return 0;
}

static void numbers_are_grouped(void **state)
{
	static const struct text_row rows[] = {
		{ "0", "0" },
		{ "999", "999" },
		{ "1000", "1,000" },
		{ "123456", "123,456" },
		{ "-123456", "-123,456" },
		{ "1234567", "1,234,567" },
		{ "-9223372036854775808", "-9,223,372,036,854,775,808" },
	};

	(void)state;
	check_rows(read_number, NULL, 0, rows, COUNT(rows));
}

static int read_percent(const char *given, const void *arg, FILE *to)
{
	char text[NUMBER_TEXT_SIZE];

	(void)arg;
	fputs(percent_text(atof(given), text), to);
	return 0;
}

static void a_few_are_not_none_and_most_are_not_all(void **state)
{
	static const struct text_row rows[] = {
		{ "0", "0 %" },		 { "0.000001", "< 1 %" },
		{ "0.0099", "< 1 %" },	 { "0.01", "1 %" },
		{ "0.624", "62 %" },	 { "0.626", "63 %" },
		{ "0.99", "99 %" },	 { "0.9901", "> 99 %" },
		{ "0.99999", "> 99 %" }, { "1", "100 %" },
	};

	(void)state;
	check_rows(read_percent, NULL, 0, rows, COUNT(rows));
}

/* senders, lost, at risk, warnings */
static int read_verdict(const char *given, const void *arg, FILE *to)
{
	int senders, lost, at_risk, warnings;
	json_t *document = json_object();
	char *page = NULL;

	(void)arg;
	assert_int_equal(sscanf(given, "%d %d %d %d", &senders, &lost, &at_risk,
				&warnings),
			 4);
	json_object_set_new(document, "senders", json_integer(senders));
	json_object_set_new(document, "lost", json_array());
	json_object_set_new(document, "at_risk", json_array());
	json_object_set_new(document, "warnings", json_array());
	while (lost--)
		json_array_append_new(json_object_get(document, "lost"),
				      json_object());
	while (at_risk--)
		json_array_append_new(json_object_get(document, "at_risk"),
				      json_object());
	while (warnings--)
		json_array_append_new(json_object_get(document, "warnings"),
				      json_string("a warning"));
	make_page(document, &page);
	print_between(page, "<p class=\"says\">", "</p>", to);
	free(page);
	json_decref(document);
	return 0;
}

static void one_sentence_says_how_it_is(void **state)
{
	static const struct text_row rows[] = {
		{ "0 0 0 0", "Nobody was seen." },
		{ "0 0 0 1",
		  "Nobody was seen, as far as this report can tell." },
		{ "9 0 0 0", "Nobody who looks like a mail server lost mail." },
		{ "9 0 0 2",
		  "Nobody who looks like a mail server lost mail, as far as this report can tell." },
		{ "9 0 1 0",
		  "Nobody who looks like a mail server lost mail; 1 is at risk." },
		{ "9 1 0 0", "1 mail server probably lost mail." },
		{ "9 2 7 0",
		  "2 mail servers probably lost mail; 7 are at risk." },
		{ "9 2 0 1",
		  "2 mail servers probably lost mail, as far as this report can tell." },
		{ "5000 1200 0 0", "1,200 mail servers probably lost mail." },
	};

	(void)state;
	check_rows(read_verdict, NULL, 0, rows, COUNT(rows));
}

/* A document with something of everything. */
static const char full[] =
	"{'generated': '2026-11-26T23:54:10Z', 'since': '2026-11-19T00:00:00Z',"
	" 'hosts': 2, 'logs': 1, 'senders': 2000000,"
	" 'classes': ["
	"  {'class': 'lost', 'senders': 1999999, 'share': 0.9999995},"
	"  {'class': 'direct', 'senders': 1, 'share': 0.0000005}],"
	" 'retry': {'senders': 1234, 'median_seconds': 720,"
	"  'p90_seconds': 5400, 'p99_seconds': 172800, 'histogram': ["
	"   {'up_to_seconds': 5, 'senders': 1000},"
	"   {'up_to_seconds': 60, 'senders': 0},"
	"   {'up_to_seconds': 300, 'senders': 1},"
	"   {'up_to_seconds': 43200, 'senders': 230},"
	"   {'up_to_seconds': 86400, 'senders': 1},"
	"   {'up_to_seconds': 172800, 'senders': 1},"
	"   {'up_to_seconds': null, 'senders': 1}]},"
	" 'lost': [{'sender': '203.0.113.5', 'name': 'mx.example.org',"
	"  'dnswl': 2, 'evidence': [{'kind': 'name', 'text': 'has a name'},"
	"   {'kind': 'dnswl', 'text': 'is on a list'}], 'weight': 4,"
	"  'turned_away_since': '2026-11-24T08:15:00Z',"
	"  'last_seen': '2026-11-24T08:20:00Z', 'attempts': 1234,"
	"  'allow': 'xdp-fakemx allow 203.0.113.5 comment mx.example.org'}],"
	" 'at_risk': [{'sender': '2001:db8::5', 'name': null, 'dnswl': null,"
	"  'evidence': [{'kind': 'again', 'text': 'came again'}], 'weight': 1,"
	"  'turned_away_since': '2026-11-26T08:15:00Z',"
	"  'last_seen': '2026-11-26T08:20:00Z', 'attempts': 2,"
	"  'allow': 'xdp-fakemx allow 2001:db8::5'}],"
	" 'probable_spamware': {'lost': 1999998, 'waiting': 3},"
	" 'warnings': ['it may be wrong']}";

static json_t *full_document(void)
{
	char *text = strdup(full), *c;
	json_t *document;

	for (c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	document = parse(text);
	free(text);
	return document;
}

static void all_of_the_document_is_there(void **state)
{
	static const char *const parts[] = {
		"<title>Lost-mail report, 2026-11-26</title>",
		">2,000,000 senders seen from <time",
		"2026-11-19T00:00:00Z\">2026-11-19 00:00 UTC</time> to <time",
		"<li>it may be wrong</li>",
		"<th scope=\"row\">lost <small>turned away, and not at",
		">1,999,999</td><td class=\"share\">&gt; 99 %<svg",
		">1</td><td class=\"share\">&lt; 1 %<svg",
		"<dt>median</dt><dd>12 min</dd>",
		"<dt>90 % within</dt><dd>1.5 h</dd>",
		"<dt>99 % within</dt><dd>2.0 days</dd>",
		"<desc>up to 5 s: 1,000; 1 – 5 min: 1; 5 min – 12 h: 230;"
		" 12 h – 1 day: 1; 1 – 2 days: 1; over 2 days: 1</desc>",
		">5 s – 1 min</text>",
		"Probably lost mail: 1<",
		"<code>203.0.113.5</code> <bdi>mx.example.org</bdi></h3>",
		"1,234 attempts, last seen <time",
		"<li>has a name</li>\n<li>is on a list</li>",
		"<pre><code>xdp-fakemx allow 203.0.113.5 comment mx.example.org</code></pre>",
		"At risk: 1<",
		"<code>2001:db8::5</code></h3>",
		"<pre><code>xdp-fakemx allow 2001:db8::5</code></pre>",
		"Probably spamware: 2,000,001<",
		"1,999,998 never came to a real MX, and 3 have not come yet.",
		" by xdp-fakemx " VERSION " from 2 hosts and 1 mail log.",
	};
	json_t *document = full_document();
	char *page = NULL;
	size_t i;

	(void)state;
	make_page(document, &page);
	for (i = 0; i < COUNT(parts); i++)
		has(page, parts[i]);
	free(page);
	json_decref(document);
}

/* In the place of every text. */
#define HOSTILE "</p><script x='y' z=\"&\">\x1b"

static void set_texts(json_t *value)
{
	const char *key;
	json_t *member;
	size_t i;

	json_array_foreach(value, i, member) {
		if (json_is_string(member))
			json_array_set_new(value, i, json_string(HOSTILE));
		set_texts(member);
	}
	json_object_foreach(value, key, member) {
		if (json_is_string(member))
			json_string_set(member, HOSTILE);
		set_texts(member);
	}
}

static void nothing_of_a_hostile_document_is_markup(void **state)
{
	json_t *document = full_document();
	char *page = NULL;

	(void)state;
	set_texts(document);
	make_page(document, &page);
	has_not(page, "<script");
	has_not(page, "x='y'");
	has_not(page, "z=\"&");
	has_not(page, "\x1b");
	/*
	 * Two classes and their charts; sender, two times and command of each
	 * of two, one name, three of evidence; warning; three times of the
	 * page.
	 */
	assert_int_equal(times_in(page, "&lt;/p&gt;&lt;script x=&#39;y&#39; "
					"z=&quot;&amp;&quot;&gt;�"),
			 4 + 2 * 4 + 1 + 3 + 1 + 3);
	free(page);
	json_decref(document);
}

static void the_page_needs_nothing_but_itself(void **state)
{
	static const char *const outside[] = { "<script", "<link", "src=",
					       "://",	  "url(",  "@import",
					       "<form",	  "onload" };
	json_t *document = full_document();
	char *page = NULL;
	size_t i;

	(void)state;
	make_page(document, &page);
	for (i = 0; i < COUNT(outside); i++)
		has_not(page, outside[i]);
	assert_int_equal(times_in(page, "href="), times_in(page, "href=\"#"));
	has(page, "\"default-src 'none'; style-src 'unsafe-inline'\"");
	free(page);
	json_decref(document);
}

/* No member is there: the page is, whole. */
static void an_empty_document_is_a_page(void **state)
{
	json_t *document = json_object();
	char *page = NULL;

	(void)state;
	make_page(document, &page);
	has(page, "<!DOCTYPE html>\n<html lang=\"en\">");
	has(page, "Nobody was turned away and then came to a real MX.");
	has(page, "Probably lost mail: 0</h2>\n<p>Nobody.</p>");
	has_not(page, "second look");
	has_not(page, "<a ");
	assert_string_equal(page + strlen(page) - strlen("</html>\n"),
			    "</html>\n");
	free(page);
	json_decref(document);
}

static void everybody_is_listed(void **state)
{
	json_t *document = full_document();
	json_t *lost = json_object_get(document, "lost"), *suspect;
	char command[64], *page = NULL;
	int i;

	(void)state;
	for (i = 1; i < 3000; i++) {
		suspect = json_deep_copy(json_array_get(lost, 0));
		snprintf(command, sizeof(command),
			 "xdp-fakemx allow 10.0.%d.%d", i / 256, i % 256);
		json_object_set_new(suspect, "allow", json_string(command));
		json_array_append_new(lost, suspect);
	}
	make_page(document, &page);
	assert_int_equal(times_in(page, "<article>"), 3001);
	has(page, "Probably lost mail: 3,000<");
	/* His own, and among all commands at once. */
	assert_int_equal(times_in(page, "allow 10.0.11.183\n"), 1);
	assert_int_equal(times_in(page, "allow 10.0.11.183<"), 1);
	free(page);
	json_decref(document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_into_markup_is_text),
		cmocka_unit_test(numbers_are_grouped),
		cmocka_unit_test(a_few_are_not_none_and_most_are_not_all),
		cmocka_unit_test(one_sentence_says_how_it_is),
		cmocka_unit_test(all_of_the_document_is_there),
		cmocka_unit_test(nothing_of_a_hostile_document_is_markup),
		cmocka_unit_test(the_page_needs_nothing_but_itself),
		cmocka_unit_test(an_empty_document_is_a_page),
		cmocka_unit_test(everybody_is_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

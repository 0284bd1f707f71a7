// SPDX-License-Identifier: GPL-2.0-only
/* The lost-mail report as a page that needs nothing but itself, no script. */
#include <string.h>

#include "chart.h"
#include "html.h"
#include "out.h"
#include "report.h"
#include "report_style.h"
#include "when.h"

static json_int_t number(const json_t *object, const char *member)
{
	return json_integer_value(json_object_get(object, member));
}

static const char *text(const json_t *object, const char *member)
{
	return json_string_value(json_object_get(object, member));
}

static size_t length(const json_t *object, const char *member)
{
	return json_array_size(json_object_get(object, member));
}

/* "1,234 mail logs": one of them is a `one`. */
static void print_count(FILE *to, json_int_t count, const char *one,
			const char *more)
{
	char digits[NUMBER_TEXT_SIZE];

	html_print(to, "%s %s", number_text(count, digits),
		   count == 1 ? one : more);
}

/* "2026-11-25 10:00 UTC", of what when_format() has written. */
static void print_time(FILE *to, const char *when)
{
	char day[sizeof("2026-11-25")], minute[sizeof("10:00")];

	if (!when || strlen(when) != strlen("2026-11-25T10:00:00Z")) {
		html_print(to, "%s", when);
		return;
	}
	snprintf(day, sizeof(day), "%.10s", when);
	snprintf(minute, sizeof(minute), "%.5s", when + sizeof(day));
	html_print(to, "<time datetime=\"%s\">%s %s UTC</time>", when, day,
		   minute);
}

static void print_head(FILE *to, const json_t *document)
{
	char date[sizeof("2026-11-25")] = "";
	const char *generated = text(document, "generated");

	if (generated)
		snprintf(date, sizeof(date), "%.10s", generated);
	html_print(
		to,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		"<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		/* An address is no telephone number. */
		"<meta name=\"format-detection\" content=\"telephone=no\">\n"
		"<meta name=\"generator\" content=\"%s\">\n"
		"<title>Lost-mail report, %s</title>\n",
		TOOL " " VERSION, date);
	fprintf(to, "<style>\n%s</style>\n</head>\n<body>\n", report_style);
}

static void print_period(FILE *to, const json_t *document)
{
	const char *since = text(document, "since");

	fputs("<header>\n<h1>Lost-mail report</h1>\n<p class=\"faint\">", to);
	print_count(to, number(document, "senders"), "sender", "senders");
	if (since) {
		fputs(" seen from ", to);
		print_time(to, since);
		fputs(" to ", to);
	} else {
		fputs(" on record at ", to);
	}
	print_time(to, text(document, "generated"));
	fputs("</p>\n</header>\n", to);
}

/* One sentence, which must be right for whoever reads nothing else. */
static void print_sentence(FILE *to, const json_t *document)
{
	size_t lost = length(document, "lost");
	size_t at_risk = length(document, "at_risk");

	if (!number(document, "senders")) {
		fputs("Nobody was seen", to);
	} else if (lost) {
		print_count(to, lost, "mail server", "mail servers");
		fputs(" probably lost mail", to);
	} else {
		fputs("Nobody who looks like a mail server lost mail", to);
	}
	if (at_risk) {
		fputs("; ", to);
		print_count(to, at_risk, "is at risk", "are at risk");
	}
	fputs(length(document, "warnings") ? ", as far as this report can tell."
					   : ".",
	      to);
}

/* The colour of the verdict. What is not known is not well. */
static const char *verdict_mark(const json_t *document)
{
	if (length(document, "lost"))
		return "lost";
	if (length(document, "at_risk"))
		return "risk";
	if (length(document, "warnings") || !number(document, "senders"))
		return "none";
	return "well";
}

static void print_verdict(FILE *to, const json_t *document)
{
	size_t lost = length(document, "lost");
	size_t at_risk = length(document, "at_risk");

	html_print(to, "<div class=\"verdict %s\">\n<p class=\"says\">",
		   verdict_mark(document));
	print_sentence(to, document);
	fputs("</p>\n", to);
	if (lost || at_risk)
		html_print(
			to,
			"<p><a href=\"#%s\">Who, and how to let them in</a></p>\n",
			lost ? "lost" : "at-risk");
	fputs("</div>\n", to);
}

static void print_warnings(FILE *to, const json_t *warnings)
{
	json_t *row;
	size_t i;

	if (!json_array_size(warnings))
		return;
	fputs("<section class=\"warnings\">\n"
	      "<h2>Not to be trusted without a second look</h2>\n<ul>\n",
	      to);
	json_array_foreach(warnings, i, row)
		html_print(to, "<li>%s</li>\n", json_string_value(row));
	fputs("</ul>\n</section>\n", to);
}

static void print_class(FILE *to, const json_t *row)
{
	double share = json_real_value(json_object_get(row, "share"));
	char count[NUMBER_TEXT_SIZE], percent[NUMBER_TEXT_SIZE], title[64];
	const char *name = text(row, "class");

	percent_text(share, percent);
	snprintf(title, sizeof(title), "%s: %s", name, percent);
	html_print(to,
		   "<tr><th scope=\"row\">%s <small>%s</small></th>"
		   "<td class=\"number\">%s</td><td class=\"share\">%s",
		   name, class_help(name),
		   number_text(number(row, "senders"), count), percent);
	chart_bar(to, share, title);
	fputs("</td></tr>\n", to);
}

static void print_classes(FILE *to, const json_t *document)
{
	char count[NUMBER_TEXT_SIZE];
	json_t *row;
	size_t i;

	fputs("<section>\n<h2>Senders by class</h2>\n<table>\n<thead><tr>"
	      "<th scope=\"col\">Class</th>"
	      "<th scope=\"col\" class=\"number\">Senders</th>"
	      "<th scope=\"col\">Share</th></tr></thead>\n<tbody>\n",
	      to);
	json_array_foreach(json_object_get(document, "classes"), i, row)
		print_class(to, row);
	html_print(to,
		   "</tbody>\n<tfoot><tr><th scope=\"row\">all</th>"
		   "<td class=\"number\">%s</td><td></td></tr></tfoot>\n"
		   "</table>\n</section>\n",
		   number_text(number(document, "senders"), count));
}

static void print_delay(FILE *to, const char *title, const json_t *retry,
			const char *member)
{
	char span[SPAN_TEXT_SIZE];

	span_format_rough(number(retry, member) * 1000, span);
	html_print(to, "<dt>%s</dt><dd>%s</dd>\n", title, span);
}

static void print_retries(FILE *to, const json_t *retry)
{
	fputs("<section>\n<h2>Retry delay</h2>\n", to);
	if (!number(retry, "senders")) {
		fputs("<p>Nobody was turned away and then came to a real MX.</p>\n"
		      "</section>\n",
		      to);
		return;
	}
	fputs("<p>", to);
	print_count(to, number(retry, "senders"), "sender", "senders");
	fputs(" came to a real MX after being turned away at a first decoy. That took:</p>\n<dl>\n",
	      to);
	print_delay(to, "median", retry, "median_seconds");
	print_delay(to, "90 % within", retry, "p90_seconds");
	print_delay(to, "99 % within", retry, "p99_seconds");
	fputs("</dl>\n<figure>\n", to);
	chart_retries(to, json_object_get(retry, "histogram"));
	fputs("</figure>\n</section>\n", to);
}

static void print_suspect(FILE *to, const json_t *suspect)
{
	const char *name = text(suspect, "name");
	json_t *row;
	size_t i;

	html_print(to, "<article>\n<h3><code>%s</code>",
		   text(suspect, "sender"));
	if (name)
		html_print(to, " <bdi>%s</bdi>", name);
	fputs("</h3>\n<p class=\"faint\">Turned away since ", to);
	print_time(to, text(suspect, "turned_away_since"));
	fputs(", ", to);
	print_count(to, number(suspect, "attempts"), "attempt", "attempts");
	fputs(", last seen ", to);
	print_time(to, text(suspect, "last_seen"));
	fputs("</p>\n<ul>\n", to);
	json_array_foreach(json_object_get(suspect, "evidence"), i, row)
		html_print(to, "<li>%s</li>\n", text(row, "text"));
	html_print(to, "</ul>\n<pre><code>%s</code></pre>\n</article>\n",
		   text(suspect, "allow"));
}

/* For whoever knows them all. */
static void print_commands(FILE *to, const json_t *list)
{
	json_t *row;
	size_t i;

	if (json_array_size(list) < 2)
		return;
	fputs("<details>\n<summary>All of these commands at once</summary>\n<pre><code>",
	      to);
	json_array_foreach(list, i, row)
		html_print(to, "%s\n", text(row, "allow"));
	fputs("</code></pre>\n</details>\n", to);
}

static void print_suspects(FILE *to, const char *id, const char *title,
			   const char *intro, const json_t *list)
{
	char count[NUMBER_TEXT_SIZE];
	json_t *row;
	size_t i;

	html_print(to, "<section id=\"%s\">\n<h2>%s: %s</h2>\n", id, title,
		   number_text(json_array_size(list), count));
	html_print(to, "<p>%s</p>\n",
		   json_array_size(list) ? intro : "Nobody.");
	fputs("<div class=\"columns\">\n", to);
	json_array_foreach(list, i, row)
		print_suspect(to, row);
	fputs("</div>\n", to);
	print_commands(to, list);
	fputs("</section>\n", to);
}

static void print_rest(FILE *to, const json_t *rest)
{
	json_int_t lost = number(rest, "lost");
	json_int_t waiting = number(rest, "waiting");
	char texts[3][NUMBER_TEXT_SIZE];

	html_print(
		to,
		"<section>\n<h2>Probably spamware: %s</h2>\n"
		"<p>%s never came to a real MX, and %s have not come yet. They are "
		"not listed, because nothing about them looks like a mail server, and "
		"whoever lets them in lets in their spam.</p>\n</section>\n",
		number_text(lost + waiting, texts[0]),
		number_text(lost, texts[1]), number_text(waiting, texts[2]));
}

static void print_foot(FILE *to, const json_t *document)
{
	fputs("<footer class=\"faint\">\n<p>A decoy is an address that a domain "
	      "publishes as its first or its last MX, and that refuses everybody "
	      "who is not on the allowlist. Mail servers move on to the real MX, "
	      "most spamware does not. Where a mail server does not move on "
	      "either, its mail is lost.</p>\n<p>Made ",
	      to);
	print_time(to, text(document, "generated"));
	html_print(to, " by %s from ", TOOL " " VERSION);
	print_count(to, number(document, "hosts"), "host", "hosts");
	if (number(document, "logs")) {
		fputs(" and ", to);
		print_count(to, number(document, "logs"), "mail log",
			    "mail logs");
	}
	fputs(".</p>\n</footer>\n</body>\n</html>\n", to);
}

void report_html(FILE *to, const json_t *document)
{
	const json_t *lost = json_object_get(document, "lost");
	const json_t *at_risk = json_object_get(document, "at_risk");

	print_head(to, document);
	print_period(to, document);
	fputs("<main>\n", to);
	print_verdict(to, document);
	print_warnings(to, json_object_get(document, "warnings"));
	fputs("<div class=\"columns\">\n", to);
	print_classes(to, document);
	print_retries(to, json_object_get(document, "retry"));
	fputs("</div>\n", to);
	print_suspects(
		to, "lost", "Probably lost mail",
		"Each looks like a mail server, was turned away, and did not come to "
		"a real MX in the grace time; the strongest evidence stands first. "
		"Let in those whom you know, with the command below each.",
		lost);
	print_suspects(
		to, "at-risk", "At risk",
		"Each looks like a mail server, was turned away, and may "
		"still come to a real MX.",
		at_risk);
	print_rest(to, json_object_get(document, "probable_spamware"));
	fputs("</main>\n", to);
	print_foot(to, document);
}

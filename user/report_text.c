// SPDX-License-Identifier: GPL-2.0-only
/* The lost-mail report for a terminal. */
#include <string.h>

#include "out.h"
#include "report.h"
#include "when.h"

#define LISTED 20 /* of each list: who needs more takes the JSON */
#define BAR 40

static json_int_t number(const json_t *object, const char *member)
{
	return json_integer_value(json_object_get(object, member));
}

static const char *text(const json_t *object, const char *member)
{
	return json_string_value(json_object_get(object, member));
}

static void print_head(FILE *to, const json_t *document)
{
	const char *since = text(document, "since");

	fprintf(to, "Lost-mail report of %s%s%s\n\n",
		text(document, "generated"), since ? ", since " : "",
		since ? since : "");
	fprintf(to, "%" JSON_INTEGER_FORMAT " senders were seen",
		number(document, "senders"));
	if (number(document, "hosts") > 1)
		fprintf(to, ", by %" JSON_INTEGER_FORMAT " hosts",
			number(document, "hosts"));
	fputs(":\n\n", to);
}

const char *class_help(const char *name)
{
	if (!name)
		return "";
#define X(id, class, help)         \
	if (!strcmp(name, #class)) \
		return help;
	CLASSES(X)
#undef X
	return "";
}

static void print_classes(FILE *to, const json_t *classes)
{
	json_t *row;
	size_t i;

	json_array_foreach(classes, i, row)
		fprintf(to, "  %-10s %8" JSON_INTEGER_FORMAT " %4.0f %%  %s\n",
			text(row, "class"), number(row, "senders"),
			100 * json_real_value(json_object_get(row, "share")),
			class_help(text(row, "class")));
}

static void rough(const json_t *object, const char *member,
		  char span[SPAN_TEXT_SIZE])
{
	span_format_rough(number(object, member) * 1000, span);
}

static void print_histogram(FILE *to, const json_t *histogram)
{
	json_int_t most = 1, senders;
	char span[SPAN_TEXT_SIZE];
	size_t i, used = 0;
	json_t *row;

	json_array_foreach(histogram, i, row) {
		senders = number(row, "senders");
		most = senders > most ? senders : most;
		used = senders ? i + 1 : used;
	}
	for (i = 0; i < used; i++) {
		row = json_array_get(histogram, i);
		senders = number(row, "senders");
		rough(row, "up_to_seconds", span);
		if (json_is_null(json_object_get(row, "up_to_seconds")))
			snprintf(span, sizeof(span), "more");
		fprintf(to, "  %9s %8" JSON_INTEGER_FORMAT "  %.*s\n", span,
			senders,
			/* Whoever is there is seen. */
			(int)((senders * BAR + most - 1) / most),
			"########################################");
	}
}

static void print_retries(FILE *to, const json_t *retry)
{
	char median[SPAN_TEXT_SIZE], p90[SPAN_TEXT_SIZE], p99[SPAN_TEXT_SIZE];

	if (!number(retry, "senders"))
		return;
	rough(retry, "median_seconds", median);
	rough(retry, "p90_seconds", p90);
	rough(retry, "p99_seconds", p99);
	fprintf(to,
		"\nThose who retried took (median) %s; 90 %% no more than %s, 99 %% than %s:\n\n",
		median, p90, p99);
	print_histogram(to, json_object_get(retry, "histogram"));
}

static void print_suspect(FILE *to, const json_t *suspect)
{
	json_t *evidence = json_object_get(suspect, "evidence"), *row;
	const char *name = text(suspect, "name");
	size_t i;

	fprintf(to, "\n  %s%s%s\n    turned away since %s\n",
		text(suspect, "sender"), name ? "  " : "", name ? name : "",
		text(suspect, "turned_away_since"));
	json_array_foreach(evidence, i, row)
		fprintf(to, "    - %s\n", text(row, "text"));
}

static void print_suspects(FILE *to, const char *title, const json_t *list)
{
	json_t *row;
	size_t i;

	fprintf(to, "\n%s: %zu\n", title, json_array_size(list));
	json_array_foreach(list, i, row) {
		if (i == LISTED) {
			fprintf(to, "\n  and %zu more: see report -j\n",
				json_array_size(list) - LISTED);
			break;
		}
		print_suspect(to, row);
	}
}

static void print_allow(FILE *to, const json_t *list)
{
	json_t *row;
	size_t i;

	json_array_foreach(list, i, row)
		if (i < LISTED)
			fprintf(to, "  %s\n", text(row, "allow"));
}

static void print_remedy(FILE *to, const json_t *lost, const json_t *at_risk)
{
	if (!json_array_size(lost) && !json_array_size(at_risk))
		return;
	fputs("\nTo let them in, those whom you know:\n\n", to);
	print_allow(to, lost);
	print_allow(to, at_risk);
}

void report_text(FILE *to, const json_t *document)
{
	json_t *lost = json_object_get(document, "lost"), *row;
	json_t *at_risk = json_object_get(document, "at_risk");
	json_t *rest = json_object_get(document, "probable_spamware");
	json_t *warnings = json_object_get(document, "warnings");
	size_t i;

	print_head(to, document);
	print_classes(to, json_object_get(document, "classes"));
	print_retries(to, json_object_get(document, "retry"));
	print_suspects(to, "Probably lost mail", lost);
	print_suspects(to, "At risk, and may still retry", at_risk);
	fprintf(to,
		"\nProbably spamware, with no sign of a mail server: %" JSON_INTEGER_FORMAT
		" lost, %" JSON_INTEGER_FORMAT " waiting\n",
		number(rest, "lost"), number(rest, "waiting"));
	print_remedy(to, lost, at_risk);
	if (json_array_size(warnings))
		fputs("\nNot to be trusted without a second look:\n\n", to);
	json_array_foreach(warnings, i, row)
		fprintf(to, "  - %s\n", json_string_value(row));
}

// SPDX-License-Identifier: GPL-2.0-only
#include "chart.h"

#include <string.h>

#include "html.h"

/* Whoever is there is seen. */
#define LEAST 0.5 /* % */

void chart_bar(FILE *to, double share, const char *title)
{
	html_print(
		to,
		"<svg role=\"img\" width=\"100%%\" height=\"8\"><title>%s</title>"
		"<rect class=\"track\" width=\"100%%\" height=\"8\" rx=\"2\"/>",
		title);
	if (share > 0)
		fprintf(to,
			"<rect class=\"bar\" width=\"%.2f%%\" height=\"8\" rx=\"2\"/>",
			100 * share < LEAST ? LEAST : 100 * share);
	fputs("</svg>", to);
}

/* Of the histogram: where things are, in % of its width and in pixels. */
#define LABEL_END 29.0
#define BAR_BEGIN 31.0
#define BAR_MOST 48.0
#define HEAD_HEIGHT 26
#define ROW_HEIGHT 24
#define BAR_HEIGHT 16

#define LABEL_SIZE (3 * NUMBER_TEXT_SIZE)

static json_int_t number(const json_t *object, const char *member)
{
	return json_integer_value(json_object_get(object, member));
}

/* A bound, in the largest unit of which it is a whole number. */
struct bound {
	json_int_t count;
	const char *unit;
};

static struct bound bound_of(const json_t *row)
{
	const json_int_t seconds = number(row, "up_to_seconds");

	if (seconds >= 86400 && seconds % 86400 == 0)
		return (struct bound){ seconds / 86400,
				       seconds == 86400 ? "day" : "days" };
	if (seconds >= 3600 && seconds % 3600 == 0)
		return (struct bound){ seconds / 3600, "h" };
	if (seconds >= 60 && seconds % 60 == 0)
		return (struct bound){ seconds / 60, "min" };
	return (struct bound){ seconds, "s" };
}

/* "up to 5 s", "1 – 5 min", "30 min – 1 h", "over 2 days". */
static void label_text(const json_t *histogram, size_t i, char *text,
		       size_t size)
{
	const json_t *row = json_array_get(histogram, i);
	struct bound to = bound_of(row), above = { 0, "s" };

	if (i)
		above = bound_of(json_array_get(histogram, i - 1));
	if (!json_is_integer(json_object_get(row, "up_to_seconds")))
		snprintf(text, size, "over %" JSON_INTEGER_FORMAT " %s",
			 above.count, above.unit);
	else if (!i)
		snprintf(text, size, "up to %" JSON_INTEGER_FORMAT " %s",
			 to.count, to.unit);
	else if (!strncmp(above.unit, to.unit, strlen(above.unit)))
		snprintf(text, size,
			 "%" JSON_INTEGER_FORMAT " – %" JSON_INTEGER_FORMAT
			 " %s",
			 above.count, to.count, to.unit);
	else
		snprintf(text, size,
			 "%" JSON_INTEGER_FORMAT " %s – %" JSON_INTEGER_FORMAT
			 " %s",
			 above.count, above.unit, to.count, to.unit);
}

static void print_row(FILE *to, int y, const char *label, json_int_t senders,
		      json_int_t most)
{
	double width = BAR_MOST * senders / most;
	char count[NUMBER_TEXT_SIZE];

	fprintf(to, "<text x=\"%.0f%%\" y=\"%d\" class=\"label\">", LABEL_END,
		y + BAR_HEIGHT - 3);
	html_print(to, "%s</text>", label);
	if (senders && width < LEAST)
		width = LEAST;
	if (senders)
		fprintf(to,
			"<rect class=\"bar\" x=\"%.0f%%\" y=\"%d\" width=\"%.2f%%\" height=\"%d\"/>",
			BAR_BEGIN, y, width, BAR_HEIGHT);
	fprintf(to, "<text x=\"%.2f%%\" dx=\"6\" y=\"%d\"%s>",
		BAR_BEGIN + width, y + BAR_HEIGHT - 3,
		senders ? "" : " class=\"none\"");
	html_print(to, "%s</text>\n", number_text(senders, count));
}

/* In words, for those who do not see it: what is not 0. */
static void print_description(FILE *to, const json_t *histogram)
{
	char label[LABEL_SIZE], count[NUMBER_TEXT_SIZE];
	const char *separator = "";
	json_t *row;
	size_t i;

	fputs("<desc>", to);
	json_array_foreach(histogram, i, row) {
		if (!number(row, "senders"))
			continue;
		label_text(histogram, i, label, sizeof(label));
		html_print(to, "%s%s: %s", separator, label,
			   number_text(number(row, "senders"), count));
		separator = "; ";
	}
	fputs("</desc>\n", to);
}

void chart_retries(FILE *to, const json_t *histogram)
{
	json_int_t most = 1, senders;
	char label[LABEL_SIZE];
	size_t i, used = 0;
	json_t *row;
	int height;

	json_array_foreach(histogram, i, row) {
		senders = number(row, "senders");
		most = senders > most ? senders : most;
		used = senders ? i + 1 : used;
	}
	height = HEAD_HEIGHT + ROW_HEIGHT * (int)used;
	fprintf(to, "<svg role=\"img\" width=\"100%%\" height=\"%d\">", height);
	fputs("<title>Senders by retry delay</title>", to);
	print_description(to, histogram);
	fprintf(to,
		"<text x=\"%.0f%%\" y=\"14\" class=\"label head\">delay</text>"
		"<text x=\"%.0f%%\" y=\"14\" class=\"head\">senders</text>\n",
		LABEL_END, BAR_BEGIN);
	for (i = 0; i < used; i++) {
		row = json_array_get(histogram, i);
		label_text(histogram, i, label, sizeof(label));
		print_row(to, HEAD_HEIGHT + ROW_HEIGHT * (int)i, label,
			  number(row, "senders"), most);
	}
	fprintf(to,
		"<line class=\"axis\" x1=\"%.0f%%\" x2=\"%.0f%%\" y1=\"%d\" y2=\"%d\"/></svg>\n",
		BAR_BEGIN, BAR_BEGIN, HEAD_HEIGHT - 4, height);
}

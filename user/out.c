// SPDX-License-Identifier: GPL-2.0-only
#include "out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs(TOOL ": ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

/* The JSON library takes nothing else. */
bool is_utf8(const char *text)
{
	json_t *string = json_string(text);

	json_decref(string);
	return string != NULL;
}

/* The text of a cell; `buffer` is for numbers. */
static const char *cell_text(const json_t *cell, char buffer[24])
{
	if (json_is_string(cell))
		return json_string_value(cell);
	if (!json_is_integer(cell))
		return "-";
	snprintf(buffer, 24, "%" JSON_INTEGER_FORMAT, json_integer_value(cell));
	return buffer;
}

static size_t column_width(const json_t *rows, const struct column *column)
{
	size_t width = strlen(column->title), i;
	const json_t *row;
	char buffer[24];

	json_array_foreach(rows, i, row) {
		size_t used = strlen(cell_text(
			json_object_get(row, column->member), buffer));

		if (used > width)
			width = used;
	}
	return width;
}

static void print_cell(FILE *to, const char *text, int width, bool right,
		       bool last)
{
	if (right)
		fprintf(to, "%*s", width, text);
	else
		fprintf(to, "%-*s", last ? 0 : width, text);
	fputs(last ? "\n" : "  ", to);
}

void out_table(FILE *to, const json_t *rows, const struct column *columns,
	       size_t count)
{
	const json_t *first = json_array_get(rows, 0), *row;
	bool right[count];
	int width[count];
	char buffer[24];
	size_t i, j;

	for (j = 0; j < count; j++) {
		width[j] = column_width(rows, &columns[j]);
		right[j] = json_is_integer(
			json_object_get(first, columns[j].member));
		print_cell(to, columns[j].title, width[j], right[j],
			   j + 1 == count);
	}
	json_array_foreach(rows, i, row) {
		for (j = 0; j < count; j++) {
			const json_t *cell =
				json_object_get(row, columns[j].member);

			print_cell(to, cell_text(cell, buffer), width[j],
				   right[j], j + 1 == count);
		}
	}
}

/* Whether all has been written: 0, or -errno, said. */
static int finish_output(void)
{
	int err;

	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	err = errno ? -errno : -EIO;
	say("standard output: %s", strerror(-err));
	return err;
}

static void print_row(const struct listing *l, const json_t *row)
{
	char buffer[24];
	size_t j;

	for (j = 0; j < l->column_count; j++)
		print_cell(stdout,
			   cell_text(json_object_get(row, l->columns[j].member),
				     buffer),
			   abs(l->widths[j]), l->widths[j] < 0,
			   j + 1 == l->column_count);
}

int out_listing(const struct listing *l, bool as_json)
{
	size_t i;

	if (as_json)
		printf("{\n  \"%s\": [", l->member);
	for (i = 0; !as_json && l->count && i < l->column_count; i++)
		print_cell(stdout, l->columns[i].title, abs(l->widths[i]),
			   l->widths[i] < 0, i + 1 == l->column_count);
	for (i = 0; i < l->count && !ferror(stdout); i++) {
		json_t *row = l->row(i, as_json, l->arg);

		if (!row) {
			say("out of memory");
			return -ENOMEM;
		}
		if (as_json) {
			fputs(i ? ",\n    " : "\n    ", stdout);
			json_dumpf(row, stdout, 0);
		} else {
			print_row(l, row);
		}
		json_decref(row);
	}
	if (as_json)
		puts(l->count ? "\n  ]\n}" : "]\n}");
	return finish_output();
}

int out_print(json_t *document, bool as_json,
	      void (*text)(FILE *to, const json_t *document))
{
	if (!document) {
		say("out of memory");
		return -ENOMEM;
	}
	if (as_json) {
		json_dumpf(document, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		text(stdout, document);
	}
	json_decref(document);
	return finish_output();
}

// SPDX-License-Identifier: GPL-2.0-only
#include "out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "digits.h"

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
void add_text(json_t *texts, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_array_append_new(texts, json_string(text));
}

bool is_utf8(const char *text)
{
	json_t *string = json_string(text);

	json_decref(string);
	return string != NULL;
}

/* The text of a cell; `buffer` is for numbers. */
static const char *cell_text(const json_t *cell, char buffer[DIGITS_SIZE])
{
	if (json_is_string(cell))
		return json_string_value(cell);
	if (!json_is_integer(cell))
		return "-";
	return digits(json_integer_value(cell), buffer);
}

static size_t column_width(const json_t *rows, const struct column *column)
{
	size_t width = strlen(column->title), i;
	const json_t *row;
	char buffer[DIGITS_SIZE];

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
	char buffer[DIGITS_SIZE];
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

int out_flush(void)
{
	int err;

	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	err = errno ? -errno : -EIO;
	if (err != -EPIPE)
		say("standard output: %s", strerror(-err));
	return err;
}

static void print_aligned(const char *text, int width, bool last)
{
	int left = abs(width) - (int)strlen(text);

	for (; width < 0 && left > 0; left--)
		putchar_unlocked(' ');
	fputs_unlocked(text, stdout);
	for (; !last && left > 0; left--)
		putchar_unlocked(' ');
	fputs_unlocked(last ? "\n" : "  ", stdout);
}

static void print_line(const struct listing *l, const struct cell *cells)
{
	char buffer[DIGITS_SIZE];
	size_t j;

	for (j = 0; j < l->column_count; j++) {
		const char *text = "-";

		if (cells[j].kind == CELL_TEXT)
			text = cells[j].text;
		else if (cells[j].kind != CELL_NULL)
			text = digits(cells[j].number, buffer);
		print_aligned(text, l->widths[j], j + 1 == l->column_count);
	}
}

/* Whether it stands in a JSON string as it is (RFC 8259, section 7). */
static bool is_plain(const char *text)
{
	const char *c;

	for (c = text; *c; c++)
		if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
			return false;
	return true;
}

static void print_text(const char *text)
{
	json_t *string;

	if (is_plain(text)) {
		putchar_unlocked('"');
		fputs_unlocked(text, stdout);
		putchar_unlocked('"');
		return;
	}
	string = json_string(text);
	json_dumpf(string, stdout, JSON_ENCODE_ANY);
	json_decref(string);
}

static void print_value(const struct cell *cell)
{
	char buffer[DIGITS_SIZE];

	switch (cell->kind) {
	case CELL_TEXT:
		print_text(cell->text);
		break;
	case CELL_NUMBER:
		fputs_unlocked(digits(cell->number, buffer), stdout);
		break;
	case CELL_BOOL:
		fputs_unlocked(cell->number ? "true" : "false", stdout);
		break;
	default:
		fputs_unlocked("null", stdout);
	}
}

static void print_object(const struct listing *l, const struct cell *cells)
{
	size_t j;

	for (j = 0; j < l->column_count; j++) {
		fputs_unlocked(j ? ", \"" : "{\"", stdout);
		fputs_unlocked(l->columns[j].member, stdout);
		fputs_unlocked("\": ", stdout);
		print_value(&cells[j]);
	}
	putchar_unlocked('}');
}

int out_listing(const struct listing *l)
{
	struct cell cells[l->column_count];
	size_t i;

	if (!l->widths)
		printf("{\n  \"%s\": [", l->member);
	for (i = 0; l->widths && l->count && i < l->column_count; i++)
		print_aligned(l->columns[i].title, l->widths[i],
			      i + 1 == l->column_count);
	for (i = 0; i < l->count && !ferror(stdout); i++) {
		memset(cells, 0, sizeof(cells));
		l->row(i, cells, l->arg);
		if (l->widths) {
			print_line(l, cells);
			continue;
		}
		fputs(i ? ",\n    " : "\n    ", stdout);
		print_object(l, cells);
	}
	if (!l->widths)
		puts(l->count ? "\n  ]\n}" : "]\n}");
	return out_flush();
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
	return out_flush();
}

int out_line(json_t *document, bool as_json,
	     void (*text)(FILE *to, const json_t *document))
{
	if (!document) {
		say("out of memory");
		return -ENOMEM;
	}
	if (as_json) {
		json_dumpf(document, stdout, 0);
		putchar('\n');
	} else {
		text(stdout, document);
	}
	json_decref(document);
	return 0;
}

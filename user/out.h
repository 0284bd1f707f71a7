/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tool prints. A command hands its values over once, as a JSON value;
 * it is printed as JSON under --json, and as text from the same value if not.
 */
#ifndef OUT_H
#define OUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#define TOOL "xdp-fakemx"

/* "xdp-fakemx: ..." on standard error: what failed, or what is good to know. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Adds a text to an array, such as of warnings. */
void add_text(json_t *texts, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Whether a text can be printed as JSON, and be a Prometheus label. */
bool is_utf8(const char *text);

/* A column of a table: the member of a row, and what stands above it. */
struct column {
	const char *member;
	const char *title;
};

/* Prints an array of objects as a table; numbers are set to the right. */
void out_table(FILE *to, const json_t *rows, const struct column *columns,
	       size_t count);

/* What stands in one place of a list. */
struct cell {
	enum { CELL_NULL, CELL_TEXT, CELL_NUMBER, CELL_BOOL } kind;
	const char *text;
	json_int_t number; /* or 0 and 1 */
};

/*
 * A list that may be very long, printed as it is made. As JSON it is an object
 * with one member, an array of objects; else a table. `row` fills the cells of
 * a row, one for each column; their texts are not used after the next call. In
 * a table a column is at least so wide, and set to the right where its width is
 * negative. Returns as out_print() does.
 */
struct listing {
	const char *member;
	size_t count;
	const struct column *columns;
	const int *widths; /* NULL: as JSON */
	size_t column_count;
	void (*row)(size_t i, struct cell *cells, void *arg);
	void *arg;
};
int out_listing(const struct listing *listing);

/*
 * Prints the document as JSON, or hands it to `text`; takes it over. Returns 0,
 * or -errno where it could not be made (NULL) or written, and says so.
 */
int out_print(json_t *document, bool as_json,
	      void (*text)(FILE *to, const json_t *document));

/* As one line of a stream, which out_flush() then writes out. */
int out_line(json_t *document, bool as_json,
	     void (*text)(FILE *to, const json_t *document));

/* 0 or -errno, said; but -EPIPE without a word: nobody reads on. */
int out_flush(void);

#endif

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

/*
 * A list that may be long, printed as it is made: `row` gives the object of
 * each number below `count`; for text, in columns of at least these widths,
 * negative for those set to the right. As JSON it is the one member of an
 * object. Returns as out_print() does.
 */
struct listing {
	const char *member;
	size_t count;
	json_t *(*row)(size_t i, bool as_json, void *arg);
	void *arg;
	const struct column *columns;
	const int *widths;
	size_t column_count;
};
int out_listing(const struct listing *listing, bool as_json);

/*
 * Prints the document as JSON, or hands it to `text`; takes it over. Returns 0,
 * or -errno where it could not be made (NULL) or written, and says so.
 */
int out_print(json_t *document, bool as_json,
	      void (*text)(FILE *to, const json_t *document));

#endif

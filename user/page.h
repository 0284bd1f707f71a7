/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of text for a terminal, made of fields of fixed widths. */
#ifndef PAGE_H
#define PAGE_H

#include <linux/types.h>
#include <stddef.h>

enum look {
	LOOK_PLAIN,
	LOOK_TITLE,
	LOOK_HEADING, /* its background goes to the right end */
};

#define LINE_TEXT_SIZE 256

struct screen_line {
	enum look look;
	/* In the locale's encoding; there is nothing in it without a width */
	char text[LINE_TEXT_SIZE];
};

/* Where the next line goes, and how wide it may be. */
struct page {
	struct screen_line *next;
	struct screen_line *end;
	int width;
};

/* A text, and the width that it is set in; negative: to the right. */
struct field {
	const char *text;
	int width;
};

/*
 * The next line, if there is room for one. Fields that go beyond the page's
 * width are left out; a text that goes beyond its field's is cut. A text may be
 * anything: what a terminal does not show in its place, or takes for an order,
 * becomes a question mark.
 */
void page_line(struct page *page, enum look look, const struct field *fields,
	       size_t count);

/* A line of one text. */
void page_text(struct page *page, enum look look, const char *text);

#define NUMBER_SIZE 24

/* In so many characters or less: "12345", or "12.3 M" where it has more. */
void format_count(__u64 value, int width, char text[NUMBER_SIZE]);

/* A rate: "0.3", "12345", "123 k"; "-" below 0. */
void format_rate(double value, char text[NUMBER_SIZE]);

#endif

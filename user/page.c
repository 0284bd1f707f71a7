// SPDX-License-Identifier: GPL-2.0-only
#include "page.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/*
 * Reads one character: `bytes` of it, to be shown as `*shown`, which takes as
 * many columns as is returned.
 */
static int read_char(const char *from, size_t *bytes, const char **shown)
{
	mbstate_t state = { 0 };
	size_t length = strlen(from);
	wchar_t c;
	int columns;

	*bytes = mbrtowc(&c, from, length, &state);
	*shown = from;
	if (*bytes > length) { /* no character of this encoding */
		*bytes = 1;
		c = L'\0';
	}
	columns = wcwidth(c);
	if (columns > 0)
		return columns;
	*shown = "?";
	return 1;
}

/* As much of a text as has room in `width` columns; returns what it takes. */
static int append(char to[LINE_TEXT_SIZE], const char *from, int width)
{
	size_t used = strlen(to), bytes;
	int columns = 0, wide;
	const char *shown;

	for (; *from; from += bytes) {
		size_t size;

		wide = read_char(from, &bytes, &shown);
		size = shown == from ? bytes : 1;
		if (columns + wide > width || used + size >= LINE_TEXT_SIZE)
			break;
		memcpy(to + used, shown, size);
		used += size;
		to[used] = '\0';
		columns += wide;
	}
	return columns;
}

void page_line(struct page *page, enum look look, const struct field *fields,
	       size_t count)
{
	struct screen_line *line = page->next;
	int begin = 0, used = 0;
	size_t i;

	if (line == page->end)
		return;
	page->next++;
	*line = (struct screen_line){ .look = look };
	for (i = 0; i < count && begin < page->width; i++) {
		int width = abs(fields[i].width);
		char text[LINE_TEXT_SIZE] = "";
		int columns, at = begin;

		if (i && begin + width > page->width)
			break;
		if (begin + width > page->width)
			width = page->width - begin;
		columns = append(text, fields[i].text, width);
		if (fields[i].width < 0)
			at += width - columns;
		while (used < at)
			used += append(line->text, " ", 1);
		used += append(line->text, text, columns);
		begin += width + 2;
	}
}

void page_text(struct page *page, enum look look, const char *text)
{
	const struct field field = { text, page->width };

	page_line(page, look, &field, 1);
}

/* In three figures. */
static void format_large(double value, char text[NUMBER_SIZE])
{
	static const char units[] = "kMGTPE";
	const char *unit = units;
	int decimals;

	for (value /= 1000; value >= 999.5 && unit[1]; value /= 1000)
		unit++;
	decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
	snprintf(text, NUMBER_SIZE, "%.*f %c", decimals, value, *unit);
}

void format_count(__u64 value, int width, char text[NUMBER_SIZE])
{
	if (snprintf(text, NUMBER_SIZE, "%" PRIu64, (uint64_t)value) > width)
		format_large(value, text);
}

void format_rate(double value, char text[NUMBER_SIZE])
{
	if (value < 0)
		strcpy(text, "-");
	else if (value >= 99999.5)
		format_large(value, text);
	else
		snprintf(text, NUMBER_SIZE, "%.*f",
			 value > 0 && value < 9.95 ? 1 : 0, value);
}

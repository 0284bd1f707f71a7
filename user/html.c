// SPDX-License-Identifier: GPL-2.0-only
#include "html.h"

#include <stdarg.h>
#include <string.h>

/* Where a byte stands for itself: NULL. */
static const char *escape(unsigned char byte)
{
	switch (byte) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\t':
	case '\n':
		return NULL;
	default:
		/* No control character may be in a page, nor can one be seen.
		 */
		return byte < ' ' || byte == 0x7f ? "\xef\xbf\xbd" : NULL;
	}
}

static void print_escaped(FILE *to, const char *text)
{
	for (; text && *text; text++) {
		const char *escaped = escape(*text);

		if (escaped)
			fputs_unlocked(escaped, to);
		else
			fputc_unlocked(*text, to);
	}
}

void html_print(FILE *to, const char *markup, ...)
{
	va_list args;

	va_start(args, markup);
	for (; *markup; markup++) {
		if (*markup != '%')
			fputc_unlocked(*markup, to);
		else if (*++markup == 's')
			print_escaped(to, va_arg(args, const char *));
		else
			fputc_unlocked('%', to);
	}
	va_end(args);
}

const char *number_text(json_int_t number, char text[NUMBER_TEXT_SIZE])
{
	char digits[NUMBER_TEXT_SIZE], *to = text;
	const char *from = digits;

	snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT, number);
	while (*from) {
		*to++ = *from++;
		if (*from && from[-1] != '-' && strlen(from) % 3 == 0)
			*to++ = ',';
	}
	*to = '\0';
	return text;
}

const char *percent_text(double share, char text[NUMBER_TEXT_SIZE])
{
	if (share > 0 && share < 0.01)
		return strcpy(text, "< 1 %");
	if (share > 0.99 && share < 1)
		return strcpy(text, "> 99 %");
	snprintf(text, NUMBER_TEXT_SIZE, "%.0f %%", 100 * share);
	return text;
}

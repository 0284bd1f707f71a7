/* SPDX-License-Identifier: GPL-2.0-only */
/* HTML in which nothing that comes from outside can be markup. */
#ifndef HTML_H
#define HTML_H

#include <jansson.h>
#include <stdio.h>

/*
 * Prints markup, which must be a literal. Of fprintf()'s directives it has %s
 * and %% alone: what is put in is escaped, for the text of an element and for a
 * quoted attribute. NULL is "".
 */
void html_print(FILE *to, const char *markup, ...)
	__attribute__((format(printf, 2, 3)));

#define NUMBER_TEXT_SIZE 32

/* "1,234,567"; returns the text. */
const char *number_text(json_int_t number, char text[NUMBER_TEXT_SIZE]);

/*
 * A share of 1 as "62 %". It is 0 % or 100 % only where it is that, and "< 1 %"
 * or "> 99 %" next to it. Returns the text.
 */
const char *percent_text(double share, char text[NUMBER_TEXT_SIZE]);

#endif

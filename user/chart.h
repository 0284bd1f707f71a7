/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Charts, as SVG in a page. Widths are parts of the box that they are in, but
 * heights and letters are not scaled with it: they can be read on a phone.
 */
#ifndef CHART_H
#define CHART_H

#include <jansson.h>
#include <stdio.h>

/* A bar that fills a share of its box; `title` says in words what it shows. */
void chart_bar(FILE *to, double share, const char *title);

/* The histogram of the retry delay: see report_document(). */
void chart_retries(FILE *to, const json_t *histogram);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* The screen of top. */
#ifndef SCREEN_H
#define SCREEN_H

#include "page.h"
#include "watch.h"

/*
 * Fills `height` lines, at least one, none of them wider than `width` columns.
 * What there is no room for is left out: columns from the right, the blank
 * lines, rows of the tables, then whole tables.
 */
void screen_make(const struct view *view, int width, int height,
		 struct screen_line *lines);

#endif

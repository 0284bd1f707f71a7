/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether senders of one list are on another, by whatever prefixes. */
#ifndef COVERED_H
#define COVERED_H

#include "firstmatch.h"

/*
 * How many prefixes of a list are not, each as a whole, in those of the other:
 * in one of them, or in several together. The other is sorted by
 * prefix_compare(), and none of it lies in another.
 */
size_t covered_lost(const struct listed *list, size_t count,
		    const struct listed *other, size_t other_count);

#endif

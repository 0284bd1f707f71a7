/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for rows that may be millions, in large pages where the system has
 * some: with small ones, asking the kernel for them and finding them again is
 * most of what a list of a million takes.
 */
#ifndef BULK_H
#define BULK_H

#include <stddef.h>

/* Room for at least one row, for free(); NULL: out of memory. */
void *bulk_alloc(size_t count, size_t size);

/* How many rows ahead to ask for one that is not the next in memory. */
#define BULK_AHEAD 16

/*
 * Asks for a row that will be read soon: waiting for each would be most of the
 * work. As a function that is called, GCC takes it for one that does nothing,
 * and leaves it out.
 */
static inline __attribute__((always_inline)) void bulk_ask(const void *row,
							   size_t size)
{
	size_t line;

	for (line = 0; line <= size; line += 64)
		__builtin_prefetch((const char *)row + line);
}

#endif

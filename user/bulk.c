// SPDX-License-Identifier: GPL-2.0-only
#include "bulk.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define LARGE_PAGE (2UL << 20)

void *bulk_alloc(size_t count, size_t size)
{
	size_t bytes;
	void *memory;

	if (__builtin_mul_overflow(count ? count : 1, size, &bytes) ||
	    bytes > SIZE_MAX - LARGE_PAGE)
		return NULL;
	if (bytes < LARGE_PAGE)
		return malloc(bytes);
	bytes = (bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
	memory = aligned_alloc(LARGE_PAGE, bytes);
	if (memory) /* a wish: it works as well without */
		madvise(memory, bytes, MADV_HUGEPAGE);
	return memory;
}

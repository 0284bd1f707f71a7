// SPDX-License-Identifier: GPL-2.0-only
#include "covered.h"

/* The first that is not in front of the prefix. */
static size_t find(const struct listed *list, size_t count,
		   const struct prefix *p)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (prefix_compare(&list[middle].prefix, p) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Halves it for as long as there is something in it: 128 times at most. */
static bool is_covered(const struct prefix *p, const struct listed *list,
		       size_t count)
{
	size_t at = find(list, count, p);
	struct prefix half[2];

	/* What is around it is directly in front: nothing is in another. */
	if (at && prefix_contains(&list[at - 1].prefix, p))
		return true;
	if (at == count || !prefix_contains(p, &list[at].prefix))
		return false;
	if (list[at].prefix.len == p->len)
		return true;
	prefix_halve(p, half);
	return is_covered(&half[0], list, count) &&
	       is_covered(&half[1], list, count);
}

size_t covered_lost(const struct listed *list, size_t count,
		    const struct listed *other, size_t other_count)
{
	size_t lost = 0, i;

	for (i = 0; i < count; i++)
		lost += !is_covered(&list[i].prefix, other, other_count);
	return lost;
}

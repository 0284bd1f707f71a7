// SPDX-License-Identifier: GPL-2.0-only
#include "arrivals.h"

#include <errno.h>
#include <stdlib.h>

#include "population.h"

static int compare(const void *a, const void *b)
{
	return sender_compare(a, b);
}

static __s64 earlier(__s64 a, __s64 b)
{
	return !a || (b && b < a) ? b : a;
}

/* What a log has of a sender, to what is known of him. */
static void add_visits(struct sender *to, const struct sender *from)
{
	__s64 last = from->last[FMX_ROLE_REAL];

	to->first[FMX_ROLE_REAL] =
		earlier(to->first[FMX_ROLE_REAL], from->first[FMX_ROLE_REAL]);
	if (last > to->last[FMX_ROLE_REAL])
		to->last[FMX_ROLE_REAL] = last;
	to->attempts[FMX_ROLE_REAL] += from->attempts[FMX_ROLE_REAL];
	to->delivered = earlier(to->delivered, from->delivered);
}

/* A log has many lines of few senders: memory is for those. */
static void compact(struct arrivals *a)
{
	size_t i, kept = 0;

	if (!a->count)
		return;
	qsort(a->list, a->count, sizeof(*a->list), compare);
	for (i = 1; i < a->count; i++) {
		if (sender_compare(&a->list[kept], &a->list[i]))
			a->list[++kept] = a->list[i];
		else
			add_visits(&a->list[kept], &a->list[i]);
	}
	a->count = a->sorted = kept + 1;
}

/* Room for one more: what was found in the sorted half is gone through first.
 */
static int make_room(struct arrivals *a)
{
	size_t capacity = a->capacity ? a->capacity * 2 : 1024;
	struct sender *grown;

	if (a->count < a->capacity)
		return 0;
	compact(a);
	if (a->count < a->capacity / 2)
		return 0;
	grown = realloc(a->list, capacity * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	a->list = grown;
	a->capacity = capacity;
	return 0;
}

void arrivals_add(const struct arrival *arrival, void *arrivals)
{
	const struct sender s = {
		.addr = arrival->addr,
		.first[FMX_ROLE_REAL] = arrival->at,
		.last[FMX_ROLE_REAL] = arrival->at,
		.attempts[FMX_ROLE_REAL] = !arrival->delivered,
		.delivered = arrival->delivered ? arrival->at : 0,
		.scale = FMX_NO_SCALE,
	};
	struct arrivals *a = arrivals;
	struct sender *known;

	known = a->sorted ? bsearch(&s, a->list, a->sorted, sizeof(s), compare)
			  : NULL;
	if (known)
		add_visits(known, &s);
	else if (!make_room(a))
		a->list[a->count++] = s;
	else
		a->failed = true;
}

int arrivals_merge(struct arrivals *a, struct sender **senders, size_t *count)
{
	size_t i = 0, j = 0, merged = 0;
	struct sender *all;

	if (!a->count && !a->failed)
		return 0;
	compact(a);
	all = malloc((*count + a->count + 1) * sizeof(*all));
	if (!all || a->failed) {
		free(all);
		return -ENOMEM;
	}
	while (i < *count || j < a->count) {
		int order = i == *count	    ? 1
			    : j == a->count ? -1
					    : sender_compare(&(*senders)[i],
							     &a->list[j]);

		all[merged] = order <= 0 ? (*senders)[i++] : a->list[j];
		if (!order)
			add_visits(&all[merged], &a->list[j]);
		if (order >= 0)
			j++;
		merged++;
	}
	free(*senders);
	*senders = all;
	*count = merged;
	return 0;
}

void arrivals_free(struct arrivals *a)
{
	free(a->list);
	*a = (struct arrivals){ 0 };
}

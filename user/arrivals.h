/* SPDX-License-Identifier: GPL-2.0-only */
/* Who came to the real MX by its mail log, one entry a sender. */
#ifndef ARRIVALS_H
#define ARRIVALS_H

#include "mailline.h"
#include "sender.h"

struct arrivals {
	struct sender *list; /* sorted, up to `sorted`; then as they came */
	size_t count;
	size_t sorted;
	size_t capacity;
	bool failed; /* memory ran out */
};

/* Adds one; for maillog_read(). Begins as { 0 }. */
void arrivals_add(const struct arrival *arrival, void *arrivals);

/*
 * Adds them to the senders, which are sorted by sender_compare() and stay so.
 * Returns 0 or -ENOMEM; *senders is then as it was.
 */
int arrivals_merge(struct arrivals *arrivals, struct sender **senders,
		   size_t *count);

void arrivals_free(struct arrivals *arrivals);

#endif

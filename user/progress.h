/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How far long work is: a line on the terminal, which is gone when it is done.
 * Nothing is written where standard error is no terminal, nor of what is done
 * at once.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <linux/types.h>
#include <stdbool.h>

struct progress {
	const char *what; /* borrowed */
	__u64 total;
	__u64 next; /* when to write the line again, ns of the monotonic clock
		     */
	bool is_shown;
};

/* `what` is being done; `total` is all of it, in whatever unit, or 0. */
void progress_begin(struct progress *p, const char *what, __u64 total);

/* So much is done. Not to be called more often than every some microseconds. */
void progress_at(struct progress *p, __u64 done);

/* Takes the line away: before anything else is said. */
void progress_end(struct progress *p);

#endif

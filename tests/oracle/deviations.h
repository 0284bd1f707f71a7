/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the program is meant to answer otherwise than the kernel. All else
 * that differs is a bug.
 */
#ifndef DEVIATIONS_H
#define DEVIATIONS_H

#include "attempt.h"

struct deviation {
	const char *name;
	const char *reason;
	bool (*applies)(const struct attempt *a);
	/*
	 * What the kernel would answer as the program does; NULL where the
	 * program is silent.
	 */
	void (*normalise)(struct attempt *a);
	/* Makes of the kernel's answer to that the answer to the attempt. */
	void (*adjust)(const struct attempt *a, struct frame *answer,
		       const struct frame *actual);
	bool rare; /* not to be expected in ten thousand attempts */
	bool link; /* of the link's header, which no router lets through */
	bool allowed_too; /* of allowed senders as well */
	uint64_t seen;
};

extern struct deviation deviations[];
extern const int deviation_count;

#endif

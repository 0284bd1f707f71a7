/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules of which the first that matches an address holds, made into prefixes
 * that allow the very same addresses.
 */
#ifndef FIRSTMATCH_H
#define FIRSTMATCH_H

#include <stddef.h>

#include "addr.h"

struct match_rule {
	struct prefix prefix;
	bool allow;
	unsigned int line; /* also the order: rules of one line are disjoint */
	__u32 next_deny;   /* firstmatch_allowed() has it for itself */
};

/* Begins as { 0 }. */
struct firstmatch {
	struct match_rule *rules;
	size_t count;
	size_t capacity;
};

/* A prefix that is allowed, and the line that says so. */
struct listed {
	struct prefix prefix;
	unsigned int line;
};

/* Adds a rule. 0, -ENOMEM, or -EINVAL with the fault named: too many. */
int firstmatch_add(struct firstmatch *f, const struct prefix *prefix,
		   bool allow, unsigned int line, struct fault *fault);

/*
 * What the rules allow: sorted by prefix_compare(), no two alike, and of those
 * that match an address, the longest is of the line that allows it. A rule is
 * split only where an earlier one in it denies. The list is the caller's to
 * free. Returns 0, -ENOMEM, or -EINVAL with the fault and its line named: too
 * many. The rules are sorted, and fewer.
 */
int firstmatch_allowed(struct firstmatch *f, struct listed **list,
		       size_t *count, unsigned int *line, struct fault *fault);

/* Frees what is in it, and makes it { 0 }. */
void firstmatch_clear(struct firstmatch *f);

#endif

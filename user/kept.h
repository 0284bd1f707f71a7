/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the SPF record of a domain came to, in a file: for a boot without DNS,
 * and for as long as it cannot be resolved. It can be read by people, and as a
 * list of senders.
 */
#ifndef KEPT_H
#define KEPT_H

#include <stdbool.h>
#include <stddef.h>

#include "firstmatch.h"

#define KEPT_DIRECTORY "/var/lib/xdp-fakemx"

/* Begins as { 0 }. All times are milliseconds since the epoch. */
struct kept {
	struct listed *list; /* by prefix_compare(), none in another */
	size_t count;
	__s64 resolved;	     /* when the list was true; 0: not known */
	__s64 failing_since; /* resolving it; 0: it does not fail */
	char *why;	     /* it fails, or NULL */
	char **left_out;     /* as struct spf has it */
	size_t left_out_count;
};

/* Whether there is a list, be there nobody on it: it may never have been. */
bool kept_has_list(const struct kept *kept);

/*
 * Reads what is kept of a domain in a directory. Returns 0, or -errno with the
 * fault named, and then nothing is in *out; -ENOENT: nothing is kept.
 */
int kept_read(const char *directory, const char *domain, struct kept *out,
	      struct fault *fault);

/* Replaces it in one step, and makes the directory. 0 or -errno, said. */
int kept_write(const char *directory, const char *domain,
	       const struct kept *kept);

/* Removes it, where it is there; what cannot be, is said. */
void kept_remove(const char *directory, const char *domain);

/* Frees what is in it, and makes it { 0 }. */
void kept_free(struct kept *kept);

#endif

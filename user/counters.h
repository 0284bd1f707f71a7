/* SPDX-License-Identifier: GPL-2.0-only */
/* Everything that is counted, read at one go. */
#ifndef COUNTERS_H
#define COUNTERS_H

#include "policy.h"

struct iface_counters {
	struct attachment attachment;
	struct fmx_counter counters[FMX_COUNTER_COUNT];
	__u64 answered[FMX_MAX_DECOYS]; /* by the slot of the decoy */
};

struct snapshot {
	struct iface_counters *ifaces;
	size_t count;
	struct policy policy;
};

/*
 * Reads it all. Returns -ENOENT without a word where nothing is loaded, or
 * another -errno, said. *out is for snapshot_free() in every case.
 */
int snapshot_take(struct snapshot *out);
void snapshot_free(struct snapshot *snapshot);

/* Sums `from` into `to`. */
void counters_add(struct fmx_counter to[FMX_COUNTER_COUNT],
		  const struct fmx_counter from[FMX_COUNTER_COUNT]);

#define COUNTER_NAME_SIZE 24

/* One counter, as it is printed. */
struct counter_id {
	const char *family;		/* "ipv4", "ipv6" or "other" */
	char reason[COUNTER_NAME_SIZE]; /* "reset", "would_reset", ... */
	unsigned int index;
};

/*
 * Steps through the counters that can ever be other than 0: begin with
 * *step = 0; false is the end.
 */
bool counter_next(unsigned int *step, struct counter_id *out);

/* "native" or "generic". */
const char *attachment_mode(const struct attachment *attachment);

#endif

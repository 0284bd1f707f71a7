/* SPDX-License-Identifier: GPL-2.0-only */
/* Everything that is counted, read at one go. */
#ifndef COUNTERS_H
#define COUNTERS_H

#include "ledger.h"
#include "policy.h"

struct iface_counters {
	struct attachment attachment;
	struct tally tally;
};

struct snapshot {
	struct iface_counters *ifaces;
	size_t count;
	struct policy policy;
	struct ledger_size ledger;
	struct ledger senders; /* where it was asked for */
};

/*
 * Reads it all, and the ledger `with_senders`: then those that are too old to
 * be kept are forgotten too. Returns -ENOENT without a word where nothing is
 * loaded, or another -errno, said. *out is for snapshot_free() in every case.
 */
int snapshot_take(struct snapshot *out, bool with_senders);

/*
 * The same, but only what the interfaces have counted, and the settings: it
 * takes no longer where policy and ledger are large.
 */
int snapshot_take_counters(struct snapshot *out);

void snapshot_free(struct snapshot *snapshot);

/* Sums `from` into `to`. */
void tally_add(struct tally *to, const struct tally *from);

/* Of all interfaces. */
void snapshot_sum(const struct snapshot *snapshot, struct tally *out);

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

/* "reset"; and what it means, for people. */
const char *reason_name(enum fmx_reason reason);
const char *reason_help(enum fmx_reason reason);

/* "reset"; "would_reset" in shadow. */
void reason_format(unsigned int reason, bool shadow,
		   char text[COUNTER_NAME_SIZE]);
enum fmx_verdict reason_verdict(unsigned int reason);

/* "native" or "generic". */
const char *attachment_mode(const struct attachment *attachment);

#endif

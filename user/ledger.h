/* SPDX-License-Identifier: GPL-2.0-only */
/* What the ledgers of this host and of others know: read, kept, put together.
 */
#ifndef LEDGER_H
#define LEDGER_H

#include "kern.h"
#include "sender.h"

struct ledger {
	struct fmx_sender *records; /* by record_compare(), no two alike */
	size_t count;
	/* The beginning of a tick: milliseconds since the epoch, and its
	 * number. */
	__s64 wall;
	__u32 tick;
};

/* This tick, as both have it on this host. */
void ledger_clock(__s64 *wall, __u32 *tick);

/* Of the running host. 0, or -errno, said. */
int ledger_read_running(struct kern *k, struct ledger *out);

/*
 * A ledger in a file: a header and the records, in the byte order of the host
 * that wrote it, with a checksum over all. Reading returns 0, or -errno with
 * the fault named: -ENOENT where there is none, -EINVAL where it is damaged or
 * no ledger, -EPROTO where it is another version's; nothing of it is then in
 * *out. Writing replaces the file in one
 * step, readable for its owner alone, and returns 0 or -errno, said.
 */
int ledger_read_file(const char *path, struct ledger *out, struct fault *fault);
int ledger_write_file(const char *path, const struct ledger *ledger);

/*
 * Gives it the times of this host, where `tick` began at `wall`. What would be
 * later than that, by another host's clock, is of then.
 */
void ledger_rebase(struct ledger *ledger, __s64 wall, __u32 tick);

/* Adds what another has; its times become those of `into`. 0 or -ENOMEM. */
int ledger_merge(struct ledger *into, struct ledger *other);

/* Its records as senders, in the same order; the caller frees them. */
struct sender *ledger_senders(const struct ledger *ledger);

void ledger_free(struct ledger *ledger);

#endif

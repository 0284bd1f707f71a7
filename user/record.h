/* SPDX-License-Identifier: GPL-2.0-only */
/* A record of the ledger, as it is in memory and in files: struct fmx_sender.
 */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>

#include "fakemx.h"

/* Whether it is nobody's. */
static inline bool record_is_free(const struct fmx_sender *r)
{
	return !r->addr[0] && !r->addr[1];
}

/* Who it is, in host byte order: records are in the order of these. */
__u64 record_id(const struct fmx_sender *r);

/* Orders by who it is: an IPv4 address, or an IPv6 /64. */
int record_compare(const struct fmx_sender *a, const struct fmx_sender *b);

/* The tick in which he was last seen, or 0. */
__u32 record_last_seen(const struct fmx_sender *r);

/*
 * Adds what another record has of the same sender. Of what is in both, which is
 * a first visit that they share, the attempts are not added up. No verdict.
 */
void record_merge(struct fmx_sender *into, const struct fmx_sender *from);

/* Moves all of its times by so many ticks, but none further than `latest`. */
void record_shift(struct fmx_sender *r, __s32 ticks, __u32 latest);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events: what is told of a packet while somebody reads. The reader renews his
 * lease, the word `reader` of the state, and it runs out by itself: nothing is
 * left of one who was killed. It holds, from its lowest bit on: the tick in
 * which it ends (32), the reader's process (31), and whether he is told of all
 * SYNs and answers, or of attempts and of what was dropped (1).
 */
#ifndef FAKEMX_EVENT_H
#define FAKEMX_EVENT_H

#include "fakemx.h"

#define FMX_READER_ALL (1ULL << 63)
#define FMX_READER_LEASE FMX_TICKS(10)

static inline __u64 fmx_reader(__u32 until, __u32 pid, int all)
{
	return (all ? FMX_READER_ALL : 0) | (__u64)pid << 32 | until;
}

static inline __u32 fmx_reader_until(__u64 reader)
{
	return reader;
}

static inline __u32 fmx_reader_pid(__u64 reader)
{
	return (reader & ~FMX_READER_ALL) >> 32;
}

/* Bytes for events, in a map of type BPF_MAP_TYPE_RINGBUF. */
#define FMX_EVENTS_SIZE (1U << 20)

/* More events in a tick, on one CPU and one interface, are suppressed. */
#define FMX_EVENTS 1024

/* Bytes of a frame: tags, IPv6, extension headers, and the longest of TCP. */
#define FMX_SNAP 192

struct fmx_copy {
	__u32 len;	/* of the frame, without FCS; 0: there is none */
	__u32 captured; /* bytes of it that are here */
	__u8 bytes[FMX_SNAP];
};

#define FMX_EVENT_ATTEMPT 0x1 /* what the ledger counts as one */
#define FMX_EVENT_SYN 0x2     /* no ACK, RST or FIN beside it */
#define FMX_EVENT_SHADOW 0x4  /* it passed, whatever the reason says */
#define FMX_EVENT_FLAWED 0x8  /* nobody can tell whether it was a SYN */

struct fmx_event {
	__u64 time; /* bpf_ktime_get_ns() */
	char iface[FMX_IFACE_SIZE];
	__be32 src[4]; /* IPv4 in the first word, the rest zero */
	__be32 dst[4];
	__be16 sport; /* ports are 0 where no TCP header was found */
	__be16 dport;
	__u16 l3;    /* where the IP header is in the frame */
	__u16 l4;    /* where TCP's is; 0: none was found */
	__u8 family; /* enum fmx_family; OTHER has no addresses */
	__u8 role;   /* enum fmx_role of dst; FMX_ROLE_COUNT: not known */
	__u8 reason; /* enum fmx_reason */
	__u8 flags;  /* FMX_EVENT_... */
	__u32 pad;
	struct fmx_copy frame;	/* as it came */
	struct fmx_copy answer; /* as it was sent */
};

_Static_assert(sizeof(struct fmx_copy) == 8 + FMX_SNAP, "layout");
_Static_assert(sizeof(struct fmx_event) == 72 + 2 * (8 + FMX_SNAP), "layout");

#endif

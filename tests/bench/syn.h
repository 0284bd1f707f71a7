/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SYN that everything is measured with, as user space lays it out once and
 * the BPF programs write it into each frame anew: what ran before has turned
 * that frame into an answer.
 */
#ifndef SYN_H
#define SYN_H

#include <linux/types.h>

#define SYN_BARE_LEN 54 /* as long as its answer */
#define SYN_LEN 74	/* with the options that Linux sends */
#define SYN_ROOM 80	/* in whole words */

enum senders {
	SENDERS_ONE,
	SENDERS_MANY,	/* 65,536 in turn */
	SENDERS_RANDOM, /* each SYN has another */
};

/* The source address is missing, also from the two sums. */
struct syn {
	__u64 words[SYN_ROOM / 8];
	__u32 len;
	__u32 senders;
	__u32 ip_sum;
	__u32 tcp_sum;
};

/*
 * A unicast address that is no special one, from 31 random bits. Its bit 8 is
 * clear, so that prefixes of 24 bits and more can lie all around the senders,
 * and hold none.
 */
static inline __u32 syn_sender(__u32 bits)
{
	__u32 first = 1 + ((bits >> 24) * 126 >> 8);

	return first << 24 | (bits & 0x7fff00) << 1 | (bits & 0xff);
}

/* How far a flood was at a time. */
struct mark {
	__u64 ns;
	__u64 sent;
	__u64 answers;
};

#endif

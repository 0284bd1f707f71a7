/* SPDX-License-Identifier: GPL-2.0-only */
/* A stream of SYNs: what it is to be, and what became of it. */
#ifndef LEDGER_H
#define LEDGER_H

#include <linux/types.h>

#define SYN_BARE_LEN 54
#define SYN_LEN 74	 /* with the options that Linux sends */
#define SYN_PORT 40000	 /* plus who it is */
#define LISTED_MAX 16384 /* a power of 2 */

enum who {
	RANDOM, /* addresses of 11.0.0.0 to 125.255.255.255 */
	LISTED, /* those of a list, in turn */
	WHO_COUNT,
};

struct stream {
	__u64 count;
	__u32 each;  /* SYNs of a random sender, one after the other */
	__u32 every; /* of so many SYNs one is a listed sender's; 0: none */
	__u32 listed;
	__be32 list[LISTED_MAX];
	/* Without the source, its port and the window; nor are these summed. */
	__u8 syn[SYN_LEN + 2];
	__u32 ip_sum;
	__u32 tcp_sum;
	/* The programs' own */
	__u32 turn;
	__be32 source;
	__u32 left; /* SYNs of the same source */
	__u64 sent[WHO_COUNT];
	__u64 passed[WHO_COUNT];
	__u64 reset[WHO_COUNT];
};

#endif

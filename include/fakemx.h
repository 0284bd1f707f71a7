/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the BPF program and the tool share: the layout of the pinned maps, the
 * reasons that packets are counted by, and the limits.
 *
 * Integers are in host byte order unless their comment says otherwise;
 * addresses are the bytes of the packet. Every pad byte is zero.
 */
#ifndef FAKEMX_H
#define FAKEMX_H

#include <linux/types.h>

/* Raised whenever a pinned map changes its meaning or its size. */
#define FMX_LAYOUT 2

#define FMX_SMTP_PORT 25
#define FMX_MAX_TAGS 8	      /* VLAN tags that are followed */
#define FMX_MAX_EXT_HEADERS 8 /* IPv6 extension headers that are followed */
#define FMX_MAX_DECOYS 256    /* each has a counter of its own */
#define FMX_MAX_RULES (1U << 21)
#define FMX_MAX_NOTES 65536 /* its buckets are there from the start */
#define FMX_MAX_RATE_SENDERS 65536
#define FMX_COMMENT_SIZE 104 /* with the closing NUL */
#define FMX_VERSION_SIZE 24

/* What is done with a packet. */
enum fmx_verdict {
	FMX_PASS, /* to the kernel, as it came */
	FMX_DROP,
	FMX_ANSWER, /* the frame becomes the reset and is sent back */
};

/*
 * Why it is done: X(ENUM, name, verdict, help). The name is the one in JSON,
 * in metrics and in text; in shadow mode "would_" stands before those whose
 * verdict is not to pass.
 */
#define FMX_REASONS(X)                                                       \
	X(REAL, real, PASS, "to a real MX")                                  \
	X(ALLOWED, allowed, PASS, "from a sender on the allowlist")          \
	X(RST, rst, PASS, "a reset, which nothing answers")                  \
	X(SESSION, session, PASS, "belongs to a connection that is open")    \
	X(RESET, reset, ANSWER, "answered with a TCP reset")                 \
	X(TAGS, tags, DROP, "more VLAN tags than are followed")              \
	X(MARTIAN, martian, DROP, "the source is no host's address")         \
	X(GROUP_MAC, group_mac, DROP, "sent to a group of stations")         \
	X(SOURCE_ROUTE, source_route, DROP, "led here by another address")   \
	X(MALFORMED, malformed, DROP, "truncated, or its lengths are wrong") \
	X(EXT_HEADERS, ext_headers, DROP, "too many IPv6 extension headers") \
	X(FRAGMENT, fragment, DROP, "the first fragment of a datagram")      \
	X(BAD_CHECKSUM, bad_checksum, DROP, "IPv4 or TCP checksum is wrong") \
	X(RATE_LIMITED, rate_limited, DROP, "over the sender's rate limit")

enum fmx_reason {
#define X(id, name, verdict, help) FMX_REASON_##id,
	FMX_REASONS(X)
#undef X
		FMX_REASON_COUNT,
	FMX_REASON_NONE = FMX_REASON_COUNT, /* not for a decoy or a real MX */
};

enum fmx_family {
	FMX_OTHER, /* no IP header was reached */
	FMX_IPV4,
	FMX_IPV6,
	FMX_FAMILY_COUNT,
};

/* Per CPU and interface, one for each of [shadow][family][reason]. */
struct fmx_counter {
	__u64 packets;
	__u64 bytes; /* of the frames as they came, without FCS */
};

#define FMX_COUNTER_COUNT (2 * FMX_FAMILY_COUNT * FMX_REASON_COUNT)

static inline __u32 fmx_counter_index(__u32 shadow, __u32 family, __u32 reason)
{
	return (shadow * FMX_FAMILY_COUNT + family) * FMX_REASON_COUNT + reason;
}

/*
 * The policy is one LPM trie, so that one pointer (slot 0 of the map "policy")
 * swaps all of it between two packets: decoys and reals, the allowlist, and
 * the settings are rows of different kinds.
 */
enum fmx_kind {
	FMX_KIND_TARGET = 1, /* a decoy or real address, whole */
	FMX_KIND_ALLOW,	     /* an allowed prefix of senders */
	FMX_KIND_SETTINGS,   /* one row: no family, no address */
};

struct fmx_key {
	__u32 prefixlen; /* bits that count, from `kind` on */
	__u8 kind;
	__u8 family; /* enum fmx_family */
	__u8 pad[2];
	__u8 addr[16]; /* network byte order; IPv4 in the first four */
};

#define FMX_KEY_BITS 32U /* prefixlen of a key without an address */
#define FMX_SETTINGS_KEY                                             \
	{                                                            \
		.prefixlen = FMX_KEY_BITS, .kind = FMX_KIND_SETTINGS \
	}

enum fmx_role {
	FMX_ROLE_FIRST, /* decoy at the lowest preference */
	FMX_ROLE_LAST,	/* decoy at the highest preference */
	FMX_ROLE_REAL,	/* a working MX: watched, never answered for */
};

struct fmx_rule {
	__u8 role;	  /* TARGET: enum fmx_role */
	__u8 slot;	  /* TARGET, a decoy: its index in "answered" */
	__u8 len;	  /* ALLOW: bits of the prefix; what a lookup met */
	__u8 shadow;	  /* SETTINGS: decide and count, pass everything */
	__u32 note;	  /* ALLOW: key of its comment in "notes", or 0 */
	__u32 rate_limit; /* SETTINGS: answers a second a sender, 0: any */
};

/* A comment of the policy. UTF-8, NUL-terminated. The packets never need it. */
struct fmx_note {
	char text[FMX_COMMENT_SIZE];
};

/*
 * The answers that a sender got in the second that began at `start`. Two CPUs
 * may open a second at once: then answers are forgotten, never invented.
 */
struct fmx_rate {
	__u64 start; /* bpf_ktime_get_ns() */
	__u64 answers;
};

/* What the tool wants to remember of an attachment. */
struct fmx_about {
	__u64 since;			/* seconds since the epoch */
	__u32 generic;			/* 1: generic mode, 0: native */
	__s32 native_errno;		/* why native mode was refused, or 0 */
	char version[FMX_VERSION_SIZE]; /* of the program, NUL-terminated */
};

_Static_assert(sizeof(struct fmx_counter) == 16, "layout");
_Static_assert(sizeof(struct fmx_key) == 24, "layout");
_Static_assert(sizeof(struct fmx_rule) == 12, "layout");
_Static_assert(sizeof(struct fmx_note) == FMX_COMMENT_SIZE, "layout");
_Static_assert(sizeof(struct fmx_rate) == 16, "layout");
_Static_assert(sizeof(struct fmx_about) == 40, "layout");

#endif

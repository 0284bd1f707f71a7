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
#define FMX_LAYOUT 9

#define FMX_SMTP_PORT 25
#define FMX_MAX_TAGS 8	      /* VLAN tags that are followed */
#define FMX_MAX_EXT_HEADERS 8 /* IPv6 extension headers that are followed */
#define FMX_MAX_DECOYS 256    /* each has a counter of its own */
#define FMX_MAX_RULES (1U << 21)
#define FMX_MAX_NOTES 65536 /* its buckets are there from the start */
#define FMX_MAX_RATE_SENDERS 65536
#define FMX_MAX_RATE_LIMIT 1000000000U
#define FMX_COMMENT_SIZE 104 /* with the closing NUL */
#define FMX_MAX_SOURCES 64
#define FMX_SOURCE_SIZE 264 /* "file:" and a path, with the closing NUL */
#define FMX_VERSION_SIZE 24
#define FMX_IFACE_SIZE 16 /* an interface's name, with the closing NUL */

/* What is done with a packet. */
enum fmx_verdict {
	FMX_PASS, /* to the kernel, as it came */
	FMX_DROP,
	FMX_ANSWER, /* the frame becomes the answer and is sent back */
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
	X(CHALLENGED, challenged, ANSWER, "answered with a SYN cookie")      \
	X(VERIFIED, verified, ANSWER, "brought the cookie back; was reset")  \
	X(TAGS, tags, DROP, "more VLAN tags than are followed")              \
	X(MARTIAN, martian, DROP, "the source is no host's address")         \
	X(GROUP_MAC, group_mac, DROP, "sent to a group of stations")         \
	X(SOURCE_ROUTE, source_route, DROP, "led here by another address")   \
	X(MALFORMED, malformed, DROP, "truncated, or its lengths are wrong") \
	X(EXT_HEADERS, ext_headers, DROP, "too many IPv6 extension headers") \
	X(FRAGMENT, fragment, DROP, "the first fragment of a datagram")      \
	X(BAD_CHECKSUM, bad_checksum, DROP, "IPv4 or TCP checksum is wrong") \
	X(RATE_LIMITED, rate_limited, DROP, "over a rate limit")

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

/* One for each of [shadow][family][reason]. */
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
 * The rules are rows of an LPM trie: decoys and reals, and the allowlist. There
 * are two places for a trie in the map "policy". One word of struct fmx_state
 * says which of them is in force, and with what settings: writing it swaps all
 * of the policy between two packets.
 */
enum fmx_kind {
	FMX_KIND_TARGET = 1, /* a decoy or real address, whole */
	FMX_KIND_ALLOW,	     /* an allowed prefix of senders */
};

#define FMX_RULE_PLACES 2

struct fmx_key {
	__u32 prefixlen; /* bits that count, from `kind` on */
	__u8 kind;
	__u8 family; /* enum fmx_family */
	__u8 pad[2];
	__u8 addr[16]; /* network byte order; IPv4 in the first four */
};

#define FMX_KEY_BITS 32U /* prefixlen of a key without an address */

enum fmx_role {
	FMX_ROLE_FIRST, /* decoy at the lowest preference */
	FMX_ROLE_LAST,	/* decoy at the highest preference */
	FMX_ROLE_REAL,	/* a working MX: watched, never answered for */
	FMX_ROLE_COUNT,
};

/* How a decoy answers a SYN. */
enum fmx_answer {
	FMX_ANSWER_RESET,
	/*
	 * With a SYN cookie; who brings it back is verified, and reset. Nothing
	 * is kept of who does not.
	 */
	FMX_ANSWER_VERIFY,
};

/* An allowed prefix that has ended may lie in so many that have, too. */
#define FMX_MAX_ENDED 8

/*
 * Where a statement comes from; the tool's own. The names of files are beside
 * those of the sources.
 */
struct fmx_origin {
	/*
	 * Of the file; or when a command said it, in seconds since the epoch;
	 * of what is only on a list, its line there. 0: that is not known.
	 */
	__u32 line;
	__u16 file; /* from 1 on; 0: it was a command, or a list */
	__u16 pad;
};

struct fmx_rule {
	__u8 role; /* TARGET: enum fmx_role */
	__u8 slot; /* TARGET, a decoy: its index in "answered" */
	union {
		__u8 len;    /* ALLOW: bits of the prefix; what a lookup met */
		__u8 answer; /* TARGET, a decoy: enum fmx_answer */
	};
	__u8 source; /* ALLOW: which source has it, from 1 on; or 0 */
	__u32 note;  /* ALLOW: key of its comment in "notes", or 0 */
	__u64 until; /* ALLOW: its end, in ns since the epoch; 0: none */
	struct fmx_origin origin;
};

/*
 * What a list of senders is read from; the tool's own. A rule that is in the
 * policy as a statement too, not only by a source, has FMX_RULE_OWN as its
 * slot.
 */
struct fmx_source {
	char name[FMX_SOURCE_SIZE]; /* NUL-terminated; "": there is none */
	struct fmx_origin origin;
};

#define FMX_RULE_OWN 1

/*
 * The answers that a sender, or all of them, got in the second that began at
 * `start`. Two CPUs may open a second at once: then answers are forgotten,
 * never invented.
 */
struct fmx_rate {
	__u64 start; /* bpf_ktime_get_ns() */
	__u64 answers;
};

/*
 * What SYN cookies are made with for a minute; they are good in that and in the
 * next one. The first keys are of the kernel's random source; each new one is
 * made of the one before it and of more random numbers.
 */
struct fmx_cookie_key {
	__u64 key[2];
	__u32 minute; /* of bpf_ktime_get_ns(), from 1 on; 0: never used */
	__u32 pad;
};

/*
 * What is in force. `current` holds, from its lowest bit on: the place of the
 * rules in "policy" (1 bit), shadow (1), the rate limit (30), and the policy's
 * generation (32). It is written and read as a whole.
 *
 * What is remembered of a rule is remembered with the generation that was read
 * before the rule was, and holds for no other. So a change in place raises the
 * generation twice, before and after: while it is odd, nothing is remembered.
 *
 * `secret` keeps it from senders where in the ledger they are, and which other
 * addresses a verdict could be taken for; all but the first are odd. `locks`
 * are the ledger's, see struct fmx_sender. What packets read without being
 * asked to is in the first 64 bytes: one line of a CPU's cache.
 */
struct fmx_state {
	__u64 current;
	__u64 secret[4];
	/* All answers, of all interfaces: how many a second; 0: any number. */
	__u32 rate_limit_total;
	__u32 pad;
	/* What the epoch's time is ahead of bpf_ktime_get_ns(), in ns. */
	__u64 epoch;
	__u64 reader; /* of the events, see fakemx_event.h; 0: nobody */
#define FMX_LEDGER_LOCKS 1024
	__u32 locks[FMX_LEDGER_LOCKS];
	/* The tool's own: when the first of the rules ends, or 0. */
	__u64 first_end;
	/* The tool's own settings, in seconds; 0: the default. */
	__u32 max_age; /* of a record since its sender was last seen */
	__u32 grace;   /* in which a sender who was turned away may come */
	struct fmx_rate answered;	  /* where rate_limit_total is not 0 */
	struct fmx_cookie_key cookies[2]; /* of even and of odd minutes */
	__u32 cookie_lock;
	__u32 pad2;
};

#define FMX_STATE_SHADOW 0x2ULL
#define FMX_STATE_GENERATION (1ULL << 32) /* one more of it */

static inline __u32 fmx_state_place(__u64 current)
{
	return current & 1;
}

static inline __u32 fmx_state_rate_limit(__u64 current)
{
	return (__u32)current >> 2;
}

static inline __u32 fmx_state_generation(__u64 current)
{
	return current >> 32;
}

/*
 * Times in the ledger are ticks of 1.07 seconds. They begin 36 years before the
 * clock does, which is at 0 when the host starts: what is restored from a file
 * may be older than that.
 */
#define FMX_TICK_SHIFT 30
#define FMX_TICK_BASE (1U << 30)
#define FMX_TICKS(seconds) ((seconds)*1000000000ULL >> FMX_TICK_SHIFT)

/* Of bpf_ktime_get_ns(), which is CLOCK_MONOTONIC. */
static inline __u32 fmx_tick(__u64 ns)
{
	return FMX_TICK_BASE + (__u32)(ns >> FMX_TICK_SHIFT);
}

/* SYNs that follow each other within these are one attempt. */
#define FMX_ATTEMPT_TICKS FMX_TICKS(10)

/*
 * The ledger: one record a sender, an IPv4 address or an IPv6 /64. Where all
 * places of its set are taken, a new sender takes that of the one that was seen
 * once and longest ago. Who was seen again keeps his place for an hour after he
 * was last seen, and for a week after his second attempt, or where he is
 * verified.
 *
 * A record is written under the lock of its set, which is taken where nobody
 * has it, or else not at all: two CPUs at once may lose an attempt, or a new
 * sender, but never mix two senders. It is read without: the tool copies until
 * two copies are alike; the program looks at the address, and at a verdict that
 * holds for that address alone.
 */
#define FMX_LEDGER_WAYS 4
#define FMX_LEDGER_DEFAULT 262144 /* senders */
#define FMX_LEDGER_MIN 1024
#define FMX_LEDGER_MAX 16777216
#define FMX_MAX_AGE_DEFAULT (30 * 86400) /* seconds */
#define FMX_GRACE_DEFAULT 86400
#define FMX_MAX_SPAN (3650 * 86400U)
#define FMX_LEDGER_HOLD FMX_TICKS(3600)
#define FMX_LEDGER_HOLD_LONG FMX_TICKS(7 * 86400)

struct fmx_sender {
	/*
	 * IPv6: the last address. IPv4: FMX_SENDER_IPV4, the address, zeroes.
	 * The first two are who it is; both 0: nobody, the place is free.
	 */
	__be32 addr[4];
	/*
	 * Whether the address is allowed, in the lowest bit, if the others are
	 * those of fmx_verdict_tag() of the address and the generation.
	 */
	__u64 verdict;
	__u32 first[FMX_ROLE_COUNT]; /* first SYN to that role, or 0 */
	__u32 last[FMX_ROLE_COUNT];  /* last SYN to that role, or 0 */
	__u16 attempts[FMX_ROLE_COUNT];
	/* Of the last attempt's SYN; ttl is 0 where none is known */
	__u16 window; /* as on the wire, in host byte order */
	__u16 mss;    /* 0: none was said */
	__u8 ttl;     /* or hop limit, as it came */
	__u8 scale;   /* window scale, FMX_NO_SCALE; and the two flags below */
	/* Kinds of up to eight options in their order, the first lowest. */
	__u32 options;
};

/* No sender's first bytes: of an IPv6 group. In the order of the packet. */
#define FMX_SENDER_IPV4 0xff000000

#define FMX_NO_SCALE 0x3f
#define FMX_VERIFIED 0x40 /* has brought a SYN cookie back */
#define FMX_SEEN_AGAIN 0x80

/* Option kinds in four bits: 1 to 8 as they are, 0 none. */
#define FMX_OPTION_END 0xe
#define FMX_OPTION_OTHER 0xf

/*
 * A sender's number; `id` are the first eight bytes of the record's address. No
 * two have the same. The upper half is that of multiply-shift hashing, which
 * nobody can aim at who does not know the multiplier (Dietzfelbinger et al., A
 * Reliable Randomized Algorithm for the Closest-Pair Problem, 1997).
 */
static inline __u64 fmx_sender_hash(const struct fmx_state *state, __u64 id)
{
	__u64 hash = (id ^ state->secret[0]) * state->secret[1];

	return hash ^ hash >> 32;
}

/* His tag in the set's front. */
static inline __u32 fmx_sender_tag(__u64 hash)
{
	return hash * 0x9e3779b97f4a7c15ULL >> 56;
}

/* Which of so many sets is his. */
static inline __u32 fmx_sender_set(__u64 hash, __u32 sets)
{
	return (hash >> 32) * sets >> 32;
}

/*
 * What a verdict says that it is about; `low` are the other eight bytes of the
 * address. The multipliers are secret: an address that has another's tag, or
 * that of another generation, cannot be found but by 2^62 tries. The lowest bit
 * is 0.
 */
static inline __u64 fmx_verdict_tag(const struct fmx_state *state, __u64 hash,
				    __u64 low, __u32 generation)
{
	return ((hash ^ low) * state->secret[2] +
		generation * state->secret[3]) &
	       ~1ULL;
}

struct fmx_set {
	struct fmx_sender ways[FMX_LEDGER_WAYS];
};

/*
 * What stands in front of a set, in a map of its own that fits a CPU's cache:
 * most senders who are not in the set are known by it alone.
 */
struct fmx_front {
	__u32 tags;  /* fmx_sender_tag() of each record, the first lowest */
	__u32 asked; /* in a flood: of the last unknown sender's hash */
};

/*
 * In a flood, with more new senders in a tick on one CPU than this, one is
 * recorded when he is seen for the second time, if that is soon: what the
 * ledger knows is not given for addresses that nobody has.
 */
#define FMX_FLOOD 256

/* New senders. */
struct fmx_newcomers {
	__u64 recorded;
	__u64 displaced; /* of the recorded: as many that were seen once went */
	__u64 unrecorded; /* in a flood, or all places were held */
	__u32 tick;	  /* the last in which one came */
	__u32 now;	  /* how many came in it */
	__u32 before;	  /* and in the one before it */
	__u32 pad;
};

/*
 * Delays between a first decoy and the real MX, by their upper bounds in
 * seconds; the last bucket has none.
 */
/* clang-format off */
#define FMX_RETRY_BOUNDS(X)                           \
	X(5) X(15) X(60) X(300) X(900) X(1800)        \
	X(3600) X(7200) X(14400) X(43200) X(86400)    \
	X(172800)
/* clang-format on */

enum fmx_retry {
#define X(seconds) FMX_RETRY_##seconds,
	FMX_RETRY_BOUNDS(X)
#undef X
		FMX_RETRY_LATER,
	FMX_RETRY_BUCKETS,
};

struct fmx_retries {
	__u64 count[FMX_RETRY_BUCKETS];
	__u64 ticks; /* all delays, summed */
};

/* What one CPU has told. */
struct fmx_teller {
	__u64 suppressed; /* too many at once, or nobody made room for them */
	__u32 tick;	  /* the last in which something was told */
	__u32 now;	  /* how much in it */
};

/* What an address is as a destination, while the policy has this generation. */
struct fmx_target {
	__be32 addr[4];
	__u32 generation; /* 0, or odd: there is nothing */
	__u8 family;	  /* enum fmx_family */
	__u8 role;	  /* enum fmx_role; FMX_ROLE_COUNT: neither */
	__u8 slot;
	__u8 answer; /* enum fmx_answer */
};

#define FMX_TARGETS 64

/*
 * The last SYN that the fast path found to tell the ledger nothing new of a
 * sender, who was on no list. Another one like it is answered without a look at
 * his record, in the same 64 jiffies and under the same policy.
 */
struct fmx_repeat {
	__be32 src; /* IPv4 */
	__be32 dst;
	__u64 current; /* of the state */
	__u64 jiffies; /* in 64; 0: there is nobody */
	__u8 slot;     /* of the decoy */
	__u8 pad[7];
};

/* What one CPU writes for one interface, and no other does. */
struct fmx_tally {
	struct fmx_counter counters[FMX_COUNTER_COUNT];
	__u64 answered[FMX_MAX_DECOYS]; /* by the slot of the decoy */
	struct fmx_newcomers newcomers;
	struct fmx_retries retries;
	struct fmx_teller events;
	/* The program's own: a clock that is seldom asked, and two caches. */
	__u64 jiffies; /* in 64, when `tick` was read */
	__u64 tick;
	struct fmx_repeat repeat;
	struct fmx_target targets[FMX_TARGETS];
};

/* A comment of the policy. UTF-8, NUL-terminated. The packets never need it. */
struct fmx_note {
	char text[FMX_COMMENT_SIZE];
};

/* What the tool wants to remember of an attachment. */
struct fmx_about {
	__u64 since;	    /* seconds since the epoch */
	__u32 generic;	    /* 1: generic mode, 0: native */
	__s32 native_errno; /* why native mode was refused, or 0 */
	__u32 one_page; /* 1: native, but it gets no frame of several pages */
	__u32 pad;
	char version[FMX_VERSION_SIZE]; /* of the program, NUL-terminated */
};

_Static_assert(sizeof(struct fmx_counter) == 16, "layout");
_Static_assert(sizeof(struct fmx_key) == 24, "layout");
_Static_assert(sizeof(struct fmx_rule) == 24, "layout");
_Static_assert(sizeof(struct fmx_state) == 4248, "layout");
_Static_assert(__builtin_offsetof(struct fmx_state, locks) == 64, "layout");
_Static_assert(sizeof(struct fmx_sender) == 64, "layout");
_Static_assert(sizeof(struct fmx_front) == 8, "layout");
_Static_assert(sizeof(struct fmx_newcomers) == 40, "layout");
_Static_assert(sizeof(struct fmx_teller) == 16, "layout");
_Static_assert(sizeof(struct fmx_target) == 24, "layout");
_Static_assert(sizeof(struct fmx_repeat) == 32, "layout");
_Static_assert(sizeof(struct fmx_tally) ==
		       FMX_COUNTER_COUNT * 16 + FMX_MAX_DECOYS * 8 + 40 +
			       FMX_RETRY_BUCKETS * 8 + 8 + 16 + 16 + 32 +
			       FMX_TARGETS * 24,
	       "layout");
_Static_assert(sizeof(struct fmx_source) == FMX_SOURCE_SIZE + 8, "layout");
_Static_assert(sizeof(struct fmx_note) == FMX_COMMENT_SIZE, "layout");
_Static_assert(sizeof(struct fmx_rate) == 16, "layout");
_Static_assert(sizeof(struct fmx_about) == 48, "layout");

#endif

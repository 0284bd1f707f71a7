/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sender, as the commands see him: from the ledger of this host, from a file
 * with another host's, or from a mail log. And what class he is of.
 */
#ifndef SENDER_H
#define SENDER_H

#include "addr.h"

/* X(ENUM, name, help). */
#define CLASSES(X)                                                             \
	X(RETRIED, retried, "turned away at a first decoy, then at a real MX") \
	X(ALLOWED, allowed, "on the allowlist: let through")                   \
	X(WAITING, waiting, "turned away, and not yet at a real MX")           \
	X(LOST, lost, "turned away, and not at a real MX in the grace time")   \
	X(BACKWARDS, backwards, "at a last decoy before anywhere else")        \
	X(DIRECT, direct, "at a real MX without trying a first decoy")

enum class {
#define X(id, name, help) CLASS_##id,
	CLASSES(X)
#undef X
		CLASS_COUNT,
};

/* All times are milliseconds since the epoch. */
struct sender {
	struct prefix addr; /* whole; IPv6: the last that was seen of the /64 */
	bool again;	    /* more than one SYN was seen */
	bool verified;	    /* has brought a SYN cookie back */
	__s64 first[FMX_ROLE_COUNT]; /* first SYN to that role, or 0 */
	__s64 last[FMX_ROLE_COUNT];  /* last SYN to that role, or 0 */
	__u32 attempts[FMX_ROLE_COUNT];
	__s64 delivered; /* the first message that a mail log tells of, or 0 */
	/* Of the last attempt's SYN, as struct fmx_sender has it; ttl may be 0
	 */
	__u16 window;
	__u16 mss;
	__u8 ttl;
	__u8 scale; /* FMX_NO_SCALE: none */
	__u32 options;
};

/* What it takes to tell a sender's class. */
struct class_context {
	__s64 now;
	__s64 grace; /* ms in which a sender who was turned away may come */
	/*
	 * When somebody of the sender's network was first at a real MX, of the
	 * visits that were not before he was last turned away; 0: nobody.
	 */
	__s64 neighbour;
	bool allowed; /* by the policy, now */
};

struct classed {
	enum class class;
	bool neighbour; /* RETRIED: it was a neighbour who came */
	/* RETRIED: from being turned away to the real MX, in ms; or -1 */
	__s64 delay;
	/* WAITING, LOST: when he was turned away, ms since the epoch; or 0 */
	__s64 since;
};

/*
 * Clocks of hosts differ, and the ledger's ticks are 1.07 s: what is this close
 * together has no order.
 */
#define CLASS_SLACK 3000 /* ms */

/* The class of a sender: of what is known of him, and nothing else. */
struct classed sender_class(const struct sender *s,
			    const struct class_context *context);

const char *class_name(enum class class);

/* 0, or -EINVAL with the fault named. */
int class_parse(const char *word, enum class *out, struct fault *fault);

/* When he was first and last seen anywhere, ms since the epoch. */
__s64 sender_first_seen(const struct sender *s);
__s64 sender_last_seen(const struct sender *s);

/* To all roles. */
__u64 sender_attempts(const struct sender *s);

/* When he was last turned away at a first decoy without coming since, or 0. */
__s64 sender_pending(const struct sender *s);

#endif

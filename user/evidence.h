/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What speaks for it that a sender who was turned away and never came back is
 * the server of somebody's mail. Most of those are spamware, and the address of
 * a SYN may be forged: without evidence nobody should be let in.
 */
#ifndef EVIDENCE_H
#define EVIDENCE_H

#include "sender.h"

/* X(ENUM, name, weight, help). */
#define EVIDENCE(X)                                                         \
	X(DELIVERED, delivered, 3, "a mail log tells of a message of his")  \
	X(DNSWL, dnswl, 3, "a DNS allowlist has him")                       \
	X(REAL, real, 2, "he was at a real MX, before he was turned away")  \
	X(QUEUE, queue, 2, "he came again and again, as a queue does")      \
	X(AGAIN, again, 1, "he came again, once, after more than a minute") \
	X(NAME, name, 1, "his name in the DNS leads back to him")

enum evidence {
#define X(id, name, weight, help) EVIDENCE_##id,
	EVIDENCE(X)
#undef X
		EVIDENCE_COUNT,
};

/* What the DNS says of him, where it was asked. */
struct names {
	const char *name; /* forward-confirmed, or NULL */
	int dnswl;	  /* trust, 0 to 3, in a DNS allowlist; -1: not on it */
};

/* All that there is, as bits of enum evidence. */
unsigned int evidence_of(const struct sender *s, const struct names *names);

/* Weights, added up; 0: none. */
unsigned int evidence_weight(unsigned int evidence);

const char *evidence_name(enum evidence which);

/*
 * A name that an access provider gives to every address, with the address in
 * it, is no sign of a mail server.
 */
bool name_is_generic(const char *name, const struct prefix *addr);

/* Milliseconds between two attempts at a first decoy, on the average; or 0. */
__s64 attempt_interval(const struct sender *s);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packet rules, written down a second time: what is to become of a frame,
 * by the README's table and the RFCs. Of the program only the reasons' names
 * are used.
 */
#ifndef RULES_H
#define RULES_H

#include "fakemx.h"
#include "packet.h"

/* Addresses have 16 bytes; IPv4 is in the first four, the rest is zero. */
struct world_target {
	int family; /* 4 or 6 */
	uint8_t addr[16];
	uint8_t role; /* enum fmx_role */
	uint8_t slot;
	bool verifies; /* who a SYN is of */
};

struct world_allow {
	int family;
	uint8_t addr[16];
	int len;
	bool ended;
};

struct world {
	const struct world_target *targets;
	size_t target_count;
	const struct world_allow *allowed;
	size_t allow_count;
};

/* What a frame was found to be, and what comes of it where nothing is odd. */
struct finding {
	enum fmx_reason reason;
	enum fmx_family family; /* that it is counted under */
	int slot;		/* of the decoy, for an answer */
	/* Where the headers are, as far as they were looked at; or 0 */
	size_t l3, l4;
	int segment_len; /* by the IP header */
	int payload_len;
	bool partial;	 /* its TCP checksum is left to a device */
	uint32_t cookie; /* of the answer, for CHALLENGED: the caller knows */
};

/*
 * The first rule that fits, but for open connections, which there are none of,
 * and for what knows of more than one frame: rate limits, and who is verified.
 */
void rules_judge(const struct world *world, const struct frame *f,
		 struct finding *out);

/* The reset to a frame that was found to be answered, or the challenge. */
void rules_answer(const struct frame *f, const struct finding *found,
		  struct frame *answer);

/*
 * Whether they are the same, whichever of its two zeroes the urgent pointer
 * has that makes up for a partial checksum.
 */
bool rules_same_answer(const struct finding *found, const struct frame *a,
		       const struct frame *b);

/*
 * Makes a SYN that was challenged what brings a cookie back, with the checksums
 * still to be repaired.
 */
void rules_bring_back(struct frame *f, const struct finding *found,
		      uint32_t cookie, uint8_t more_flags);

/* Makes the checksums right, by what the headers say; TCP's also partial. */
void rules_repair(struct frame *f, const struct finding *found, bool partial);

#endif

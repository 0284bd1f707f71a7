/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random attempts to get an answer from port 25 of a decoy. What attempt
 * number N of a seed is follows from these two alone.
 */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include <netinet/in.h>

#include "packet.h"

#define MAX_PAYLOAD 1400
#define MAX_FRAMES 24
#define MAX_OPTIONS 40
#define MAX_EXT_BODY 64

/* What the frames of an attempt are, beside the many things of its spec. */
enum shape {
	WHOLE,	      /* one frame */
	FRAGMENTS,    /* of one datagram, in any order, perhaps not all */
	SOURCE_ROUTE, /* to another address of the host, and from there */
	SHAPE_COUNT,
};

struct attempt {
	enum shape shape;
	struct spec spec; /* points into the rest */
	/* The device, not the sender, is to complete the TCP checksum. */
	bool offloaded;
	char src[INET6_ADDRSTRLEN];
	uint8_t ip_options[MAX_OPTIONS], tcp_options[MAX_OPTIONS];
	uint8_t ext_bodies[MAX_EXT_BUILT][MAX_EXT_BODY];
	uint8_t payload[MAX_PAYLOAD];
	int frame_count;
	struct frame frames[MAX_FRAMES];
};

/* What is tried: any of these bits. */
#define TRY_SHAPES 1 /* fragments and source routes too */

void attempt_make(struct attempt *a, uint64_t seed, uint64_t number, int tries);

/* A copy whose spec points into itself. */
void attempt_copy(struct attempt *to, const struct attempt *from);

/* Builds the frames of a WHOLE attempt anew, after a change of its spec. */
void attempt_rebuild(struct attempt *a);

/* The sender's address, 16 bytes; IPv4 in the first four, the rest zero. */
void attempt_sender(const struct attempt *a, uint8_t addr[16]);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames of other people's traffic, at random. */
#ifndef OTHERS_H
#define OTHERS_H

#include <stddef.h>
#include <stdint.h>

struct frame {
	const char *kind; /* of what it is made */
	size_t len;
	uint8_t bytes[9216];
};

/* The source address of all of them. */
extern const uint8_t others_mac[6];

void others_seed(uint64_t seed, const char *decoy4, const char *decoy6);

/* The next one, of at most `room` bytes. */
void others_make(struct frame *f, size_t room);

#endif

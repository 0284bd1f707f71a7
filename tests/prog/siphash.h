/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SipHash-2-4, from its paper (Aumasson and Bernstein, 2012), for hosts whose
 * lowest byte comes first. Nothing here is shared with the code under test.
 */
#ifndef SIPHASH_H
#define SIPHASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <linux/types.h>

static inline uint64_t turn(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void mix(uint64_t v[4], int rounds)
{
	while (rounds--) {
		v[0] += v[1], v[1] = turn(v[1], 13) ^ v[0];
		v[0] = turn(v[0], 32);
		v[2] += v[3], v[3] = turn(v[3], 16) ^ v[2];
		v[0] += v[3], v[3] = turn(v[3], 21) ^ v[0];
		v[2] += v[1], v[1] = turn(v[1], 17) ^ v[2];
		v[2] = turn(v[2], 32);
	}
}

static inline uint64_t hash_of(const __u64 key[2], const uint8_t *bytes,
			       size_t len)
{
	uint64_t v[4], word;
	size_t i;

	memcpy(v, "uespemosmodnarodarenegylsetybdet", sizeof(v));
	for (i = 0; i < 4; i++)
		v[i] ^= key[i % 2];
	for (i = 0; i <= len / 8; i++) {
		word = i < len / 8 ? 0 : (uint64_t)len << 56;
		memcpy(&word, bytes + 8 * i, i < len / 8 ? 8 : len % 8);
		v[3] ^= word;
		mix(v, 2);
		v[0] ^= word;
	}
	v[2] ^= 0xff;
	mix(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif

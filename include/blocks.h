/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks of addresses: a bit for each, set where the allowlist may have
 * somebody of it. Most senders of a flood are in none, and cost no look-up in
 * the rules: with a long allowlist that is most of what a new sender takes.
 *
 * A block is a /24 of IPv4, or a /32 of IPv6, of which several have one bit.
 * In front of these bits there is one for each 256 of them: few enough to stay
 * in the nearest cache, where a short allowlist needs no more. A bit that is
 * set without need costs a look-up, so none is cleared before the rules of its
 * place are made anew.
 */
#ifndef FAKEMX_BLOCKS_H
#define FAKEMX_BLOCKS_H

#include "fakemx.h"

#define FMX_BLOCK_BITS 24
#define FMX_BLOCK_SETS (1U << (FMX_BLOCK_BITS - 8))

/* Of each place, in words of 64 bits: the sets' bits, and then the blocks'. */
#define FMX_BLOCK_WORDS ((FMX_BLOCK_SETS + (1U << FMX_BLOCK_BITS)) / 64)

/* The block of an address, of which these are the first four bytes. */
static inline __u32 fmx_block(__u32 family, __u32 first)
{
	if (family == FMX_IPV6)
		first *= 0x9e3779b1U;
	return first >> (32 - FMX_BLOCK_BITS);
}

/* The numbers of its bits. */
static inline __u32 fmx_block_set_bit(__u32 block)
{
	return block >> 8;
}

static inline __u32 fmx_block_bit(__u32 block)
{
	return FMX_BLOCK_SETS + block;
}

static inline void fmx_block_mark(__u64 *words, __u32 block)
{
	const __u32 set = fmx_block_set_bit(block), own = fmx_block_bit(block);

	words[set / 64] |= 1ULL << set % 64;
	words[own / 64] |= 1ULL << own % 64;
}

/* Marks all blocks that a prefix has a part of, in the words of a place. */
static inline void fmx_blocks_mark(__u64 *words, const struct fmx_key *key)
{
	const __u8 *addr = key->addr;
	const __u32 first =
		(__u32)addr[0] << 24 | addr[1] << 16 | addr[2] << 8 | addr[3];
	const __u32 bits = key->family == FMX_IPV4 ? FMX_BLOCK_BITS : 32;
	const __u32 len = key->prefixlen - FMX_KEY_BITS;
	const __u32 count = len < bits && len >= 8 ? 1U << (bits - len) : 1;
	__u32 i;

	for (i = 0; len < 8 && i < FMX_BLOCK_WORDS; i++)
		words[i] = ~0ULL;
	for (i = 0; i < count; i++)
		fmx_block_mark(words, fmx_block(key->family,
						first + (i << (32 - bits))));
}

#endif

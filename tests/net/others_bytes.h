/* SPDX-License-Identifier: GPL-2.0-only */
/* Random numbers, and frames written byte by byte in network order. */
#ifndef OTHERS_BYTES_H
#define OTHERS_BYTES_H

#include <stdlib.h>
#include <string.h>

#include "others.h"

static uint64_t rng;

/* xorshift64*: the same on every machine. */
static inline uint32_t draw(uint32_t below)
{
	rng ^= rng >> 12;
	rng ^= rng << 25;
	rng ^= rng >> 27;
	return (uint32_t)((rng * 2685821657736338717u) >> 32) % below;
}

static inline void put(struct frame *f, const void *bytes, size_t len)
{
	if (f->len + len > sizeof(f->bytes))
		abort();
	memcpy(f->bytes + f->len, bytes, len);
	f->len += len;
}

static inline void put8(struct frame *f, uint8_t value)
{
	put(f, &value, 1);
}

static inline void put16(struct frame *f, uint16_t value)
{
	put8(f, value >> 8);
	put8(f, value & 0xff);
}

static inline void put32(struct frame *f, uint32_t value)
{
	put16(f, value >> 16);
	put16(f, value & 0xffff);
}

static inline void put_random(struct frame *f, size_t len)
{
	while (len--)
		put8(f, draw(256));
}

static inline void put_zeroes(struct frame *f, size_t len)
{
	while (len--)
		put8(f, 0);
}

static inline void set16(struct frame *f, size_t offset, uint16_t value)
{
	f->bytes[offset] = value >> 8;
	f->bytes[offset + 1] = value & 0xff;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers that follow from a seed: splitmix64, by Sebastiano Vigna. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dice {
	uint64_t state;
};

static inline uint64_t roll(struct dice *d)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* 0 … n-1 */
static inline uint32_t below(struct dice *d, uint32_t n)
{
	return roll(d) % n;
}

static inline uint32_t between(struct dice *d, uint32_t from, uint32_t to)
{
	return from + below(d, to - from + 1);
}

static inline bool percent(struct dice *d, uint32_t n)
{
	return below(d, 100) < n;
}

static inline void fill_random(struct dice *d, uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = roll(d);
}

#endif

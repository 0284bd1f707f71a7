/* SPDX-License-Identifier: GPL-2.0-only */
/* A frame, as the packet rules that are written a second time see it. */
#ifndef READING_H
#define READING_H

#include <string.h>

#include "fakemx.h"
#include "packet.h"

#define EXTENSIONS_FOLLOWED 8
#define TCP 6

/* What the frame is read as; `reason` NONE: nothing is odd about it so far. */
struct reading {
	const struct frame *f;
	int family; /* 4, 6, or 0: tags alone */
	size_t l3, l4;
	uint8_t src[16], dst[16];
	bool has_more; /* options or extension headers */
	bool is_smtp;  /* it is, or could be, for port 25 */
	enum fmx_reason flaw;
	int segment_len, payload_len;
};

void read_frame(const struct frame *f, struct reading *r);

bool is_extension(uint8_t type);
size_t extension_size(uint8_t type, uint8_t len);

/* Of the pseudo-header of a segment so long, either way. */
uint16_t pseudo_sum(const struct reading *r, int segment_len);

/* Whether the TCP checksum is that alone, for a device to complete. */
bool is_partial(const struct reading *r);

static inline unsigned int get16(const struct frame *f, size_t at)
{
	return f->bytes[at] * 256 + f->bytes[at + 1];
}

static inline void put16(struct frame *f, size_t at, unsigned int value)
{
	f->bytes[at] = value / 256;
	f->bytes[at + 1] = value % 256;
}

static inline uint32_t get32(const struct frame *f, size_t at)
{
	return (uint32_t)get16(f, at) << 16 | get16(f, at + 2);
}

static inline void put32(struct frame *f, size_t at, uint32_t value)
{
	put16(f, at, value >> 16);
	put16(f, at + 2, value & 0xffff);
}

static inline bool has(const struct frame *f, size_t at, size_t count)
{
	return at + count <= f->len;
}

#endif

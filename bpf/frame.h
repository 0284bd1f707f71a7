/* SPDX-License-Identifier: GPL-2.0-only */
/* The bytes of a frame, as the verifier lets them be read. */
#ifndef FAKEMX_FRAME_H
#define FAKEMX_FRAME_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* Packet offsets stay far below this; it tells the verifier so. */
#define OFFSET_MASK 0x7fff

/*
 * Native mode from Linux 5.18 on: a frame may be longer than what lies between
 * its start and frame_end(), with the rest in pages that only helpers reach.
 * Set before the program is loaded; an older kernel drops what depends on it.
 */
const volatile __u8 has_frags;

/* Hides a value's history from the compiler, so that it keeps a bound. */
#define forget(var) asm volatile("" : "+r"(var))

/*
 * Where the frame begins and ends. In assembler, as clang would read them as
 * the 32 bits that the header says: what it then keeps in 32 bits is no pointer
 * any more for the verifier. They are the same all along, until a helper moves
 * them: what comes after it begins with forget(ctx).
 */
static __always_inline void *frame_start(struct xdp_md *ctx)
{
	void *start;

	asm("%0 = *(u32 *)(%1 + 0)" : "=r"(start) : "r"(ctx));
	return start;
}

static __always_inline void *frame_end(struct xdp_md *ctx)
{
	void *end;

	asm("%0 = *(u32 *)(%1 + 4)" : "=r"(end) : "r"(ctx));
	return end;
}

/*
 * The byte at an offset of the frame; the caller compares it with the end. What
 * the verifier learns from that holds for the one sum of the two that was
 * compared: clang is not to make another, nor to leave the bound out.
 */
static __always_inline void *frame_at(struct xdp_md *ctx, __u32 offset)
{
	void *at;

	if (__builtin_constant_p(offset))
		return frame_start(ctx) + offset;
	forget(offset);
	at = frame_start(ctx) + (offset & OFFSET_MASK);
	forget(at);
	return at;
}

/* Not to be reordered: the verifier takes no sums with the frame's end. */
static __always_inline __u32 bytes_between(const void *from, const void *to)
{
	__u64 bytes = to - from;

	forget(bytes);
	return bytes;
}

static __always_inline __u32 first_page_len(struct xdp_md *ctx)
{
	return bytes_between(frame_start(ctx), frame_end(ctx));
}

/* All of it, as it came: bpf_xdp_get_buff_len() adds what is in the pages. */
static __always_inline __u32 frame_len(struct xdp_md *ctx)
{
	if (has_frags)
		return bpf_xdp_get_buff_len(ctx);
	return first_page_len(ctx);
}

/* Whether the frame has so many bytes; most do in their first page. */
static __always_inline int has_bytes(struct xdp_md *ctx, __u32 len)
{
	return len <= first_page_len(ctx) ||
	       (has_frags && len <= frame_len(ctx));
}

#endif

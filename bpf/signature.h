/* SPDX-License-Identifier: GPL-2.0-only */
/* What a SYN tells of the system that sent it, for the sender's record. */
#ifndef FAKEMX_SIGNATURE_H
#define FAKEMX_SIGNATURE_H

#include "parse.h"

/* What the options of a SYN say; OPTIONS_NONE where there are none. */
#define OPTIONS(order, mss, scale) \
	((__u64)(scale) << 48 | (__u64)(mss) << 32 | (order))
#define OPTIONS_NONE OPTIONS(0, 0, FMX_NO_SCALE)
#define OPTIONS_ORDER(options) ((__u32)(options))
#define OPTIONS_MSS(options) ((__u16)((options) >> 32))
#define OPTIONS_SCALE(options) ((__u8)((options) >> 48))

#define OPTION_END 0 /* RFC 9293 3.2 */
#define OPTION_NOP 1
#define OPTION_MSS 2
#define OPTION_SCALE 3 /* RFC 7323 2.2 */
#define MAX_OPTIONS 8

static __always_inline __u32 option_code(__u8 kind)
{
	if (!kind)
		return FMX_OPTION_END;
	return kind > 8 ? FMX_OPTION_OTHER : kind;
}

__attribute__((noinline)) __u64 read_options(struct xdp_md *ctx, __u32 at,
					     __u32 end)
{
	__u32 order = 0, mss = 0, scale = FMX_NO_SCALE;
	int i;

	for (i = 0; i < MAX_OPTIONS; i++) {
		const __u8 *o = frame_at(ctx, at);

		if (at >= end || (void *)(o + 1) > frame_end(ctx))
			break;
		order |= option_code(*o) << i * 4;
		if (*o == OPTION_END)
			break;
		at++;
		if (*o == OPTION_NOP)
			continue;
		if ((void *)(o + 2) > frame_end(ctx) || o[1] < 2)
			break;
		at += o[1] - 1;
		if (*o == OPTION_MSS && o[1] == 4 &&
		    (void *)(o + 4) <= frame_end(ctx))
			mss = o[2] << 8 | o[3];
		if (*o == OPTION_SCALE && o[1] == 3 &&
		    (void *)(o + 3) <= frame_end(ctx))
			scale = o[2] & FMX_NO_SCALE;
	}
	return OPTIONS(order, mss, scale);
}

static __always_inline void write_signature(struct xdp_md *ctx, __u32 l4,
					    __u8 ttl, struct fmx_sender *r)
{
	const struct tcphdr *tcp = frame_at(ctx, l4);
	__u64 options = OPTIONS_NONE;
	__u32 header_len;

	if ((void *)(tcp + 1) > frame_end(ctx))
		return;
	r->window = bpf_ntohs(tcp->window);
	header_len = tcp->doff * 4;
	if (header_len > sizeof(*tcp))
		options = read_options(ctx, l4 + sizeof(*tcp), l4 + header_len);
	r->ttl = ttl;
	r->mss = OPTIONS_MSS(options);
	r->options = OPTIONS_ORDER(options);
	r->scale = (r->scale & ~FMX_NO_SCALE) | OPTIONS_SCALE(options);
}

#endif

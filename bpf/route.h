/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Source routes. Where the kernel is told to follow them (accept_source_route,
 * seg6_enabled, rpl_seg_enabled) a packet to any address of this host may end
 * at a decoy: at the last address that the route lists.
 */
#ifndef FAKEMX_ROUTE_H
#define FAKEMX_ROUTE_H

#include "parse.h"

#define IPV4_NOP 1
#define IPV4_LSRR 131
#define IPV4_SSRR 137
#define MAX_IPV4_OPTIONS 40

struct ipv4_option {
	__u8 kind;
	__u8 len;
	__u8 pointer; /* to the next address, from 1 on: 4 is the first */
};

/* Where the last address of a route starts that is not ended yet, or 0. */
static __always_inline __u32 ipv4_last_hop(const struct ipv4_option *route,
					   __u32 offset)
{
	__u32 listed = route->len - (route->pointer - 1);

	if (route->pointer < 4 || route->pointer + 3 > route->len)
		return 0;
	return offset + route->pointer - 1 + (listed / 4 - 1) * 4;
}

/* RFC 791 3.1; see ip_options_rcv_srr(). The first route is the only one. */
__attribute__((noinline)) __u32 ipv4_route_end(struct xdp_md *ctx, __u32 offset,
					       __u32 end)
{
	__u32 nop, len;
	int i;

	for (i = 0; i < MAX_IPV4_OPTIONS; i++) {
		const struct ipv4_option *o = frame_at(ctx, offset);

		if (offset + sizeof(*o) > end ||
		    (void *)(o + 1) > frame_end(ctx) || !o->kind)
			break;
		if (o->kind == IPV4_LSRR || o->kind == IPV4_SSRR)
			return ipv4_last_hop(o, offset);
		nop = equal_mask(o->kind, IPV4_NOP);
		len = (nop & 1) | (~nop & o->len);
		if (!len)
			break;
		offset += len;
		offset &= OFFSET_MASK;
	}
	return 0;
}

#define ROUTE_OLD 0	 /* RFC 5095 */
#define ROUTE_MOBILE 2	 /* RFC 6275 6.4 */
#define ROUTE_RPL 3	 /* RFC 6554: the addresses' first bytes left out */
#define ROUTE_SEGMENTS 4 /* RFC 8754: the last address comes first */

struct routing_header {
	__u8 next;
	__u8 len; /* in eights, without the first */
	__u8 type;
	__u8 segments_left;
	__u8 compressed; /* RPL: left out of all but the last; of the last */
	__u8 pad;	 /* RPL: bytes behind the last, in the upper half */
	__u16 reserved;
};

/*
 * The place of 16 bytes that end with the last address, and how many of them
 * are to be those of the destination: WALKED(place, count); or 0.
 */
static __always_inline __u32 ipv6_last_hop(const struct routing_header *route,
					   __u32 offset)
{
	__u32 body = offset + sizeof(*route), end = body + route->len * 8;

	if (!route->segments_left || route->len < 1)
		return 0;
	switch (route->type) {
	case ROUTE_OLD:
	case ROUTE_MOBILE:
		return WALKED((end - 16) & OFFSET_MASK, 0);
	case ROUTE_SEGMENTS:
		return WALKED(body & OFFSET_MASK, 0);
	case ROUTE_RPL:
		return WALKED((end - 16 - (route->pad >> 4)) & OFFSET_MASK,
			      route->compressed & 0xf);
	default:
		return 0;
	}
}

__attribute__((noinline)) __u32 ipv6_route_end(struct xdp_md *ctx, __u32 offset,
					       __u32 next)
{
	int i;

	for (i = 0; i < FMX_MAX_EXT_HEADERS; i++) {
		struct ext_header *ext = frame_at(ctx, offset);
		__u32 hop;

		if (!is_ext_header(next) || (void *)(ext + 1) > frame_end(ctx))
			break;
		if (next == IPPROTO_ROUTING) {
			hop = ipv6_last_hop((void *)ext, offset);
			if (hop)
				return hop;
		}
		offset += ext_header_len(next, ext);
		offset &= OFFSET_MASK;
		next = ext->next;
	}
	return 0;
}

/*
 * Where the address is that the route of the IP packet at `offset` ends with,
 * as ipv6_last_hop() has it; or 0.
 */
__attribute__((noinline)) __u32 route_end(struct xdp_md *ctx, __u32 offset,
					  __u32 family)
{
	const struct ipv6hdr *ipv6 = frame_at(ctx, offset);
	const struct iphdr *ipv4 = frame_at(ctx, offset);

	if (family == FMX_IPV6) {
		if ((void *)(ipv6 + 1) > frame_end(ctx))
			return 0;
		return ipv6_route_end(ctx, offset + sizeof(*ipv6),
				      ipv6->nexthdr);
	}
	if ((void *)(ipv4 + 1) > frame_end(ctx))
		return 0;
	return ipv4_route_end(ctx, offset + sizeof(*ipv4),
			      offset + ipv4->ihl * 4);
}

/* All ones where a < b, else 0; no branch. */
static __always_inline __u32 below_mask(__u32 a, __u32 b)
{
	__u32 below = (a - b) >> 31;

	forget(below);
	return 0 - below;
}

/* A word of that address: what the route leaves out is the destination's. */
__attribute__((noinline)) __u32 route_word(struct xdp_md *ctx, __u32 end,
					   __u32 word, __u32 destination)
{
	const __u8 *last = frame_at(ctx, WALKED_OFFSET(end) + word * 4);
	union {
		__u32 word;
		__u8 bytes[4];
	} all = { .word = destination };
	__u32 i, ours;

	if ((void *)(last + 4) > frame_end(ctx))
		return 0;
	for (i = 0; i < 4; i++) {
		ours = below_mask(word * 4 + i, WALKED_NEXT(end));
		all.bytes[i] = (all.bytes[i] & ours) | (last[i] & ~ours);
	}
	return all.word;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a frame to a struct packet. Nothing here looks at a map: what leaves
 * with NOT_SMTP is other people's traffic, and this is all that it pays.
 *
 * A header that is cut off, or that lies about a length, does not make a
 * packet NOT_SMTP as long as its bytes could be read by somebody as TCP to
 * port 25: it is then passed on with its flaw noted, for judge() to decide.
 */
#ifndef FAKEMX_PARSE_H
#define FAKEMX_PARSE_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "fakemx.h"
#include "frame.h"

#define IP_MORE_FRAGMENTS 0x2000
#define IP_OFFSET_MASK 0x1fff
#define IPV6_OFFSET_MASK 0xfff8
#define IPV6_MORE_FRAGMENTS 0x0001

#define PORTS_LEN 4 /* the first bytes of a TCP header */

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

#define SYN_MASK (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)

enum parsed {
	NOT_SMTP, /* provably not TCP to port 25 */
	MAYBE_SMTP,
	PLAIN_SYN, /* see parse_plain() */
};

struct packet {
	__u32 family;	     /* enum fmx_family */
	__u32 flaw;	     /* why it may not be answered, or NONE */
	__u32 l3;	     /* offset of the IP header in the frame */
	__u32 l4;	     /* offset of the TCP header */
	__u32 frame_len;     /* as it came; written by answer() */
	__u32 ip_header_len; /* IPv4: with options */
	__u32 has_more;	     /* IPv4 options, or IPv6 extension headers */
	__u32 segment_len;   /* TCP header and payload, by the IP header */
	__u32 payload_len;
	__u8 tos; /* IPv4 TOS or IPv6 traffic class */
	__u8 ttl; /* or hop limit */
	__u8 tcp_flags;
	__u32 check;	 /* enum tcp_check */
	__u32 challenge; /* it is answered with this cookie */
	__u32 cookie;
	__be32 src[4]; /* IPv4 in the first word, the rest zero */
	__be32 dst[4];
};

/* Whether the compiler knows where all is: it is from parse_plain(). */
static __always_inline int is_plain(const struct packet *p)
{
	return __builtin_constant_p(p->l4);
}

struct vlan_tag {
	__be16 tci;
	__be16 proto;
};

struct ext_header {
	__u8 next;
	__u8 len;
	__be16 frag_off; /* only of a fragment header */
	__be32 frag_id;
};

/*
 * What a walk over tags or extension headers found. Walks are functions of
 * their own that return a plain number: the verifier then checks what comes
 * after them once, not once for each way through them.
 */
#define WALKED(offset, next) ((offset) | (__u32)(next) << 16)
#define WALKED_OFFSET(walk) ((walk)&OFFSET_MASK)
#define WALKED_NEXT(walk) ((walk) >> 16)
#define WALK_NOT_SMTP 0 /* no walk ends at offset 0 */

static __always_inline int is_vlan(__be16 proto)
{
	return proto == bpf_htons(ETH_P_8021Q) ||
	       proto == bpf_htons(ETH_P_8021AD);
}

/*
 * 0, which the verifier does not know. Linux 5.10 and 6.1 lose sight of a zero
 * on the stack that is overwritten by less than eight bytes, and take the
 * branches out that they think are never gone.
 */
volatile __u32 nothing;

/* All but where it begins is still to be said. */
static __always_inline void begin(struct packet *p, __u32 family)
{
	__u32 zero = nothing;

	p->family = family;
	p->flaw = p->l4 = p->frame_len = p->ip_header_len = zero;
	p->has_more = p->segment_len = p->payload_len = p->check = zero;
	p->challenge = p->cookie = zero;
	p->tos = p->ttl = p->tcp_flags = zero;
	p->src[0] = p->src[1] = p->src[2] = p->src[3] = zero;
	p->dst[0] = p->dst[1] = p->dst[2] = p->dst[3] = zero;
}

static __always_inline int is_pure_syn(__u8 flags)
{
	return (flags & SYN_MASK) == TCP_SYN;
}

static __always_inline int is_to_smtp(const struct tcphdr *tcp)
{
	return tcp->dest == bpf_htons(FMX_SMTP_PORT);
}

/*
 * Whether the port of the TCP header at `offset` is another, as it is in most
 * packets: so nothing is written down before this is known. It decides also
 * where the lengths are wrong: whoever reads this frame as TCP reads the port
 * from here. But a fragment's ports are its own: what stands behind the `len`
 * bytes that it has by the IP header's word is padding.
 */
static __always_inline int is_other_port(struct xdp_md *ctx, __u32 offset,
					 __u32 len, int fragment)
{
	struct tcphdr *tcp = frame_at(ctx, offset);

	if ((void *)&tcp->seq > frame_end(ctx) ||
	    (fragment && (__s32)len < PORTS_LEN))
		return 0;
	return !is_to_smtp(tcp);
}

/*
 * What the TCP header says, where is_other_port() has said no. All of it is
 * written before it is looked at, so that little is left to do on each way out.
 */
static __always_inline void read_tcp(struct xdp_md *ctx, struct packet *p,
				     __u32 offset, __u32 len, int lengths_ok,
				     int fragment)
{
	struct tcphdr *tcp = frame_at(ctx, offset);
	__u32 header_len;

	p->flaw = FMX_REASON_MALFORMED;
	p->l4 = offset;
	p->segment_len = len;
	if (!lengths_ok || !has_bytes(ctx, offset + len))
		return;
	if (fragment) {
		p->flaw = FMX_REASON_FRAGMENT;
		return;
	}
	if (len < sizeof(*tcp) || (void *)(tcp + 1) > frame_end(ctx))
		return;
	header_len = tcp->doff * 4;
	if (header_len < sizeof(*tcp) || header_len > len)
		return;
	p->flaw = FMX_REASON_NONE;
	p->payload_len = len - header_len;
	p->tcp_flags = ((__u8 *)tcp)[13];
}

static __always_inline enum parsed parse_ipv4(struct xdp_md *ctx,
					      struct packet *p)
{
	struct iphdr *ip = frame_at(ctx, p->l3);
	__u32 header_len, total_len, offset, len;
	int malformed, fragment;

	/* A frame that ends before its destination address has none. */
	if ((void *)(ip + 1) > frame_end(ctx))
		return NOT_SMTP;
	if (ip->protocol != IPPROTO_TCP)
		return NOT_SMTP;
	/* Ports are in the first fragment; without it nothing is built. */
	if (ip->frag_off & bpf_htons(IP_OFFSET_MASK))
		return NOT_SMTP;

	header_len = ip->ihl * 4;
	total_len = bpf_ntohs(ip->tot_len);
	offset = p->l3 + header_len;
	len = total_len - header_len;
	malformed = ip->version != 4 || header_len < sizeof(*ip);
	fragment = (ip->frag_off & bpf_htons(IP_MORE_FRAGMENTS)) != 0;
	if (!malformed && is_other_port(ctx, offset, len, fragment))
		return NOT_SMTP;

	begin(p, FMX_IPV4);
	p->src[0] = ip->saddr;
	p->dst[0] = ip->daddr;
	p->tos = ip->tos;
	p->ttl = ip->ttl;
	p->ip_header_len = header_len;
	p->has_more = !malformed && header_len > sizeof(*ip);
	read_tcp(ctx, p, offset, len, !malformed && total_len >= header_len,
		 fragment);
	return MAYBE_SMTP;
}

/* Headers that may stand between IPv6 and TCP (RFC 8200, RFC 7045). */
static __always_inline int is_ext_header(__u32 next)
{
	switch (next) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
	case IPPROTO_DSTOPTS:
	case IPPROTO_AH:
	case IPPROTO_MH:
	case 139: /* HIP, RFC 7401 */
	case 140: /* Shim6, RFC 5533 */
		return 1;
	default:
		return 0;
	}
}

/* All ones where the two (of at most 31 bits) are equal, else 0; no branch. */
static __always_inline __u32 equal_mask(__u32 a, __u32 b)
{
	__u32 differ = a ^ b;

	forget(differ);
	differ = (differ - 1) >> 31;
	forget(differ);
	return 0 - differ;
}

static __always_inline __u32 ext_header_len(__u32 type,
					    const struct ext_header *ext)
{
	__u32 fragment = equal_mask(type, IPPROTO_FRAGMENT);
	__u32 ah = equal_mask(type, IPPROTO_AH);

	return (fragment & sizeof(*ext)) | (ah & ((ext->len + 2) * 4)) |
	       (~(fragment | ah) & ((ext->len + 1) * 8));
}

/* Beside the offset: more fragments follow. */
#define WALKED_FRAGMENT 0x8000
/* Beside the type: the fragment header is behind others. */
#define WALKED_LATE_FRAGMENT 0x1000000

/*
 * Walks to the header behind the extension headers: where it starts, or where
 * the walk was given up, and its type. The packet ends at `end`; in a fragment,
 * what stands behind that is padding, and no header. A fragment header with
 * offset 0 and nothing to follow is an atomic fragment, which is none (RFC
 * 6946). Each round is one straight line, or the verifier would try 3^8 ways.
 *
 * Where connection tracking is in use, Linux takes the fragment header out
 * (nf_ct_frag6_reasm()), and reads what stood behind it as what the header says
 * that comes first, of IPv6 itself or of hop-by-hop options. The two differ
 * where the fragment header comes later: then what it says is of no use.
 */
__attribute__((noinline)) __u32
walk_ext_headers(struct xdp_md *ctx, __u32 offset, __u32 end, __u32 next)
{
	__u32 not_first = 0, more = 0, late = 0, others = 0;
	int i;

	for (i = 0; i < FMX_MAX_EXT_HEADERS; i++) {
		struct ext_header *ext = frame_at(ctx, offset);
		__u32 fragment = equal_mask(next, IPPROTO_FRAGMENT);

		if (!is_ext_header(next) || (void *)(ext + 1) > frame_end(ctx))
			break;
		if (more && offset + sizeof(*ext) > end)
			break;
		late |= fragment & others;
		others = i ? ~0U : ~equal_mask(next, IPPROTO_HOPOPTS);
		fragment &= bpf_ntohs(ext->frag_off);
		not_first |= fragment & IPV6_OFFSET_MASK;
		more |= fragment & IPV6_MORE_FRAGMENTS;
		offset += ext_header_len(next, ext);
		offset &= OFFSET_MASK;
		next = ext->next;
	}
	if (not_first)
		return WALK_NOT_SMTP;
	return WALKED(offset | (more ? WALKED_FRAGMENT : 0), next) |
	       (late & WALKED_LATE_FRAGMENT);
}

/* Why a walk was given up before a header of the chain. */
static __always_inline __u32 flaw_of_walk(struct xdp_md *ctx, __u32 offset,
					  __u32 end, int fragment)
{
	struct ext_header *ext = frame_at(ctx, offset);

	if (fragment && offset + sizeof(*ext) > end)
		return FMX_REASON_FRAGMENT;
	if ((void *)(ext + 1) > frame_end(ctx))
		return FMX_REASON_MALFORMED;
	return FMX_REASON_EXT_HEADERS;
}

static __always_inline enum parsed parse_ipv6(struct xdp_md *ctx,
					      struct packet *p)
{
	struct ipv6hdr *ip = frame_at(ctx, p->l3);
	__u32 next, payload_len, skipped, walk, end;
	__u32 offset = p->l3 + sizeof(*ip), more = 0, len;
	int lengths_ok, fragment = 0, late_fragment = 0;

	if ((void *)(ip + 1) > frame_end(ctx))
		return NOT_SMTP;
	next = ip->nexthdr;
	payload_len = bpf_ntohs(ip->payload_len);
	end = offset + payload_len;
	if (next != IPPROTO_TCP) {
		if (!is_ext_header(next))
			return NOT_SMTP;
		more = 1;
		walk = walk_ext_headers(ctx, offset, end, next);
		if (walk == WALK_NOT_SMTP)
			return NOT_SMTP;
		offset = WALKED_OFFSET(walk);
		next = WALKED_NEXT(walk) & 0xff;
		fragment = (walk & WALKED_FRAGMENT) != 0;
		late_fragment = (walk & WALKED_LATE_FRAGMENT) != 0;
		ip = frame_at(ctx, p->l3);
		if ((void *)(ip + 1) > frame_end(ctx))
			return NOT_SMTP;
	}

	skipped = offset - p->l3 - sizeof(*ip);
	len = payload_len - skipped;
	if (!late_fragment && !is_ext_header(next) &&
	    (next != IPPROTO_TCP || is_other_port(ctx, offset, len, fragment)))
		return NOT_SMTP;

	begin(p, FMX_IPV6);
	p->has_more = more;
	__builtin_memcpy(p->src, &ip->saddr, sizeof(p->src));
	__builtin_memcpy(p->dst, &ip->daddr, sizeof(p->dst));
	p->tos = bpf_ntohs(*(__be16 *)ip) >> 4;
	p->ttl = ip->hop_limit;
	if (late_fragment || is_ext_header(next)) {
		p->flaw = late_fragment
				  ? FMX_REASON_FRAGMENT
				  : flaw_of_walk(ctx, offset, end, fragment);
		return MAYBE_SMTP;
	}
	/* Length 0 is a jumbogram (RFC 2675), or a lie that Linux believes. */
	lengths_ok =
		ip->version == 6 && payload_len >= skipped && payload_len > 0;
	read_tcp(ctx, p, offset, len, lengths_ok, fragment);
	return MAYBE_SMTP;
}

#define PLAIN_L4 (sizeof(struct ethhdr) + sizeof(struct iphdr))

/*
 * What nearly all packets for a decoy are: a pure SYN without payload, with no
 * tag, no IPv4 options and no flaw. parse_frame() finds the same in them. But
 * here the compiler knows what they are like, and leaves out of the fast path
 * all that is done with others. Others are MAYBE_SMTP.
 */
static __always_inline enum parsed parse_plain(struct xdp_md *ctx,
					       struct packet *p)
{
	const struct ethhdr *eth = frame_start(ctx);
	const struct iphdr *ip = (void *)(eth + 1);
	const struct tcphdr *tcp = (void *)(ip + 1);
	const void *end = frame_end(ctx);
	__u32 header_len;

	if ((void *)(tcp + 1) > end ||
	    ((__be16 *)ip)[-1] != bpf_htons(ETH_P_IP) || *(__u8 *)ip != 0x45 ||
	    ip->protocol != IPPROTO_TCP ||
	    ip->frag_off & bpf_htons(IP_MORE_FRAGMENTS | IP_OFFSET_MASK))
		return MAYBE_SMTP;
	if (!is_to_smtp(tcp))
		return NOT_SMTP;
	header_len = tcp->doff * 4;
	if (!is_pure_syn(((__u8 *)tcp)[13]) || header_len < sizeof(*tcp) ||
	    bpf_ntohs(ip->tot_len) != sizeof(*ip) + header_len ||
	    bytes_between(tcp, end) < header_len)
		return MAYBE_SMTP;
	/* Nobody has to look again, but the verifier, and it has. */
	__builtin_assume((void *)(eth + 1) <= end);
	__builtin_assume((void *)(ip + 1) <= end);
	p->family = FMX_IPV4;
	p->flaw = FMX_REASON_NONE;
	p->l3 = sizeof(*eth);
	p->l4 = PLAIN_L4;
	p->frame_len = 0;
	p->ip_header_len = sizeof(*ip);
	p->has_more = 0;
	p->segment_len = header_len;
	p->payload_len = 0;
	p->tos = ip->tos;
	p->ttl = ip->ttl;
	p->tcp_flags = TCP_SYN;
	p->check = 0;
	p->challenge = p->cookie = 0;
	p->src[0] = ip->saddr;
	p->dst[0] = ip->daddr;
	p->src[1] = p->src[2] = p->src[3] = 0;
	p->dst[1] = p->dst[2] = p->dst[3] = 0;
	return PLAIN_SYN;
}

/* The type and place of what stands behind up to FMX_MAX_TAGS tags. */
__attribute__((noinline)) __u32 walk_tags(struct xdp_md *ctx)
{
	struct ethhdr *eth = frame_start(ctx);
	__u32 offset = sizeof(*eth);
	__be16 proto;
	int i;

	if ((void *)(eth + 1) > frame_end(ctx))
		return WALK_NOT_SMTP;
	proto = eth->h_proto;
	for (i = 0; i < FMX_MAX_TAGS && is_vlan(proto); i++) {
		struct vlan_tag *tag = frame_at(ctx, offset);

		if ((void *)(tag + 1) > frame_end(ctx))
			return WALK_NOT_SMTP;
		proto = tag->proto;
		offset += sizeof(*tag);
	}
	return WALKED(offset, proto);
}

static __always_inline enum parsed parse_frame(struct xdp_md *ctx,
					       struct packet *p)
{
	struct ethhdr *eth = frame_start(ctx);
	__be16 proto;
	__u32 walk;

	if ((void *)(eth + 1) > frame_end(ctx))
		return NOT_SMTP;
	p->l3 = sizeof(*eth);
	proto = eth->h_proto;
	if (is_vlan(proto)) {
		walk = walk_tags(ctx);
		if (walk == WALK_NOT_SMTP)
			return NOT_SMTP;
		p->l3 = WALKED_OFFSET(walk);
		proto = WALKED_NEXT(walk);
	}
	if (proto == bpf_htons(ETH_P_IP))
		return parse_ipv4(ctx, p);
	if (proto == bpf_htons(ETH_P_IPV6))
		return parse_ipv6(ctx, p);
	if (!is_vlan(proto))
		return NOT_SMTP;
	begin(p, FMX_OTHER);
	p->flaw = FMX_REASON_TAGS;
	return MAYBE_SMTP;
}

#endif

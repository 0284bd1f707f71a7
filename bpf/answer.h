/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checksums, and the reset that a closed port sends (RFC 9293 3.10.7.1).
 */
#ifndef FAKEMX_ANSWER_H
#define FAKEMX_ANSWER_H

#include "parse.h"

#define IPV4_DONT_FRAGMENT 0x4000
#define ANSWER_TTL 64
#define ECN_MASK 0x03
#define MAX_IPV4_HEADER 60
#define MAX_TCP_HEADER 60

static __always_inline __u16 fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/*
 * The sum of `len` bytes (a multiple of four, at most `max`), or less where the
 * frame ends before: the caller has checked that it does not.
 */
static __always_inline __u64 sum_words(const void *from, const void *end,
				       __u32 len, __u32 max)
{
	const __be32 *word = from;
	__u64 sum = 0;
	__u32 i;

	for (i = 0; i < max / 4; i++) {
		if (i * 4 >= len || (const void *)(word + i + 1) > end)
			break;
		sum += word[i];
	}
	return sum;
}

/* RFC 9293 3.1, RFC 8200 8.1. It is the same in both directions. */
static __always_inline __u64 pseudo_header_sum(const struct packet *p,
					       __u32 segment_len)
{
	__u64 sum = bpf_htonl(segment_len);

	sum += bpf_htonl(IPPROTO_TCP);
	sum += (__u64)p->src[0] + p->src[1] + p->src[2] + p->src[3];
	sum += (__u64)p->dst[0] + p->dst[1] + p->dst[2] + p->dst[3];
	return sum;
}

static __always_inline int ipv4_checksum_ok(struct xdp_md *ctx,
					    const struct packet *p)
{
	if (p->family != FMX_IPV4)
		return 1;
	return fold(sum_words(frame_at(ctx, p->l3), frame_end(ctx),
			      p->ip_header_len, MAX_IPV4_HEADER)) == 0xffff;
}

enum tcp_check {
	CHECK_WRONG,
	CHECK_UNSEEN, /* of a segment with payload */
	CHECK_FULL,
	CHECK_PARTIAL, /* the sum of the pseudo-header alone */
};

/*
 * A segment that left a socket of this host or of a neighbour on it carries
 * only the pseudo-header's sum. One with payload is not summed up: the price
 * would be the sender's to set, and an answer to it tells him nothing.
 * `pseudo` is the pseudo-header's sum, folded. A function that the verifier
 * reads once, as what writes the checksum is.
 */
__attribute__((noinline)) __u32 check_tcp_sum(struct xdp_md *ctx, __u32 offset,
					      __u32 len, __u32 payload_len,
					      __u32 pseudo)
{
	const struct tcphdr *tcp = frame_at(ctx, offset);

	if ((void *)(tcp + 1) > frame_end(ctx))
		return CHECK_WRONG;
	if (tcp->check == pseudo)
		return CHECK_PARTIAL;
	if (payload_len)
		return CHECK_UNSEEN;
	return fold(pseudo + sum_words(tcp, frame_end(ctx), len,
				       MAX_TCP_HEADER)) == 0xffff
		       ? CHECK_FULL
		       : CHECK_WRONG;
}

/*
 * Whether something adds to the checksum of the answer to a partial one cannot
 * be told from here. In generic mode the packet is an skb that stays partial:
 * a device or a router completes it, from the place where the TCP header stood
 * when it came, or a tap hands it to a reader that does not (generic_xdp_tx()
 * comes after validate_xmit_skb()). In native mode nothing is added, unless a
 * tap runs the program on an skb after all (tun_can_build_skb()). So the answer
 * is right as it is, and completing it changes nothing: its checksum is the
 * pseudo-header's sum, and the urgent pointer, which nobody reads without its
 * flag (RFC 9293 3.1), makes up for the rest of the header. `pseudo` is the
 * sum of the answer's, and `asked` what check_tcp_sum() found.
 */
__attribute__((noinline)) __u32 write_tcp_sum(struct xdp_md *ctx, __u32 offset,
					      __u32 pseudo, __u32 asked)
{
	struct tcphdr *tcp = frame_at(ctx, offset);
	__u16 rest;

	if ((void *)(tcp + 1) > frame_end(ctx))
		return -1;
	tcp->urg_ptr = 0;
	tcp->check = asked == CHECK_PARTIAL ? pseudo : 0;
	rest = ~fold((__u64)pseudo +
		     sum_words(tcp, tcp + 1, sizeof(*tcp), sizeof(*tcp)));
	if (asked == CHECK_PARTIAL)
		tcp->urg_ptr = rest;
	else
		tcp->check = rest;
	return 0;
}

static __always_inline void write_tcp(struct tcphdr *tcp,
				      const struct packet *p)
{
	__u32 ack_seq = bpf_ntohl(tcp->seq) + p->payload_len;
	__be16 port = tcp->source;
	__be32 seq = tcp->ack_seq;

	ack_seq += !!(p->tcp_flags & TCP_SYN) + !!(p->tcp_flags & TCP_FIN);
	tcp->source = tcp->dest;
	tcp->dest = port;
	if (p->tcp_flags & TCP_ACK) {
		tcp->seq = seq;
		tcp->ack_seq = 0;
		((__be16 *)tcp)[6] = bpf_htons(5 << 12 | TCP_RST);
	} else {
		tcp->seq = 0;
		tcp->ack_seq = bpf_htonl(ack_seq);
		((__be16 *)tcp)[6] = bpf_htons(5 << 12 | TCP_RST | TCP_ACK);
	}
	tcp->window = 0;
}

static __always_inline int write_ipv4(struct xdp_md *ctx,
				      const struct packet *p)
{
	struct iphdr *ip = frame_at(ctx, p->l3);

	if ((void *)(ip + 1) > frame_end(ctx))
		return -1;
	ip->version = 4;
	ip->ihl = 5;
	ip->tos = p->tos & ~ECN_MASK;
	ip->tot_len = bpf_htons(sizeof(*ip) + sizeof(struct tcphdr));
	ip->id = 0;
	ip->frag_off = bpf_htons(IPV4_DONT_FRAGMENT);
	ip->ttl = ANSWER_TTL;
	ip->protocol = IPPROTO_TCP;
	ip->saddr = p->dst[0];
	ip->daddr = p->src[0];
	ip->check = 0;
	ip->check = ~fold(sum_words(ip, ip + 1, sizeof(*ip), sizeof(*ip)));
	return 0;
}

static __always_inline int write_ipv6(struct xdp_md *ctx,
				      const struct packet *p)
{
	struct ipv6hdr *ip = frame_at(ctx, p->l3);
	__u32 class = p->tos & ~ECN_MASK;

	if ((void *)(ip + 1) > frame_end(ctx))
		return -1;

	*(__be32 *)ip = bpf_htonl(6U << 28 | class << 20);
	ip->payload_len = bpf_htons(sizeof(struct tcphdr));
	ip->nexthdr = IPPROTO_TCP;
	ip->hop_limit = ANSWER_TTL;
	__builtin_memcpy(&ip->saddr, p->dst, sizeof(p->dst));
	__builtin_memcpy(&ip->daddr, p->src, sizeof(p->src));
	return 0;
}

/* MAC addresses, tags and type: everything in front of the IP header. */
struct link_header {
	struct ethhdr eth;
	struct vlan_tag tags[FMX_MAX_TAGS];
};

/*
 * Takes `surplus` bytes out from between the link header and the TCP header
 * (IPv4 options, IPv6 extension headers). The TCP header stays where it is.
 */
static __always_inline int close_gap(struct xdp_md *ctx, struct packet *p,
				     __u32 surplus)
{
	__u32 tags = (p->l3 - sizeof(struct ethhdr)) / sizeof(struct vlan_tag);
	struct link_header saved, *link = frame_start(ctx);
	__u32 i;

	if ((void *)(&link->eth + 1) > frame_end(ctx))
		return -1;
	saved.eth = link->eth;
	for (i = 0; i < FMX_MAX_TAGS; i++) {
		if (i >= tags || (void *)&link->tags[i + 1] > frame_end(ctx))
			break;
		saved.tags[i] = link->tags[i];
	}
	if (bpf_xdp_adjust_head(ctx, surplus))
		return -1;
	link = frame_start(ctx);
	if ((void *)(&link->eth + 1) > frame_end(ctx))
		return -1;
	link->eth = saved.eth;
	for (i = 0; i < FMX_MAX_TAGS; i++) {
		if (i >= tags || (void *)&link->tags[i + 1] > frame_end(ctx))
			break;
		link->tags[i] = saved.tags[i];
	}
	p->l4 -= surplus;
	p->frame_len -= surplus;
	return 0;
}

static __always_inline int swap_macs(struct xdp_md *ctx)
{
	struct ethhdr *eth = frame_start(ctx);
	__u8 mac[ETH_ALEN];

	if ((void *)(eth + 1) > frame_end(ctx))
		return -1;
	__builtin_memcpy(mac, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, mac, ETH_ALEN);
	return 0;
}

/*
 * Turns the frame into the answer to it. Returns XDP_TX; or XDP_DROP where the
 * frame is too short for it, which judge() has ruled out, but not in terms
 * that the verifier could follow.
 */
static __always_inline int answer(struct xdp_md *ctx, struct packet *p)
{
	__u32 ip_len = p->family == FMX_IPV4 ? sizeof(struct iphdr)
					     : sizeof(struct ipv6hdr);
	__u32 surplus = p->l4 - p->l3 - ip_len;
	struct tcphdr *tcp;
	__u32 trim;

	if (surplus && close_gap(ctx, p, surplus))
		return XDP_DROP;
	tcp = frame_at(ctx, p->l4);
	if ((void *)(tcp + 1) > frame_end(ctx))
		return XDP_DROP;
	write_tcp(tcp, p);
	if (write_tcp_sum(ctx, p->l4, fold(pseudo_header_sum(p, sizeof(*tcp))),
			  p->check))
		return XDP_DROP;
	if (p->family == FMX_IPV4 ? write_ipv4(ctx, p) : write_ipv6(ctx, p))
		return XDP_DROP;
	if (swap_macs(ctx))
		return XDP_DROP;
	trim = p->frame_len - p->l4 - sizeof(*tcp);
	if (trim && bpf_xdp_adjust_tail(ctx, -(int)trim))
		return XDP_DROP;
	return XDP_TX;
}

#endif

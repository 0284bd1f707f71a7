/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checksums, and the reset that a closed port sends (RFC 9293 3.10.7.1), or the
 * SYN and ACK of one that is open, with a cookie for its sequence number.
 */
#ifndef FAKEMX_ANSWER_H
#define FAKEMX_ANSWER_H

#include "parse.h"

#define IPV4_DONT_FRAGMENT 0x4000 /* in a word, behind the ID */
#define ANSWER_TTL 64
#define ECN_MASK 0x03
#define MAX_OPTIONS_LEN 40 /* of IPv4, and of TCP */

/* The one's complement sum of 16 bits (RFC 1071) that is in one below 2^40. */
static __always_inline __u16 fold(__u64 sum)
{
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return sum + (sum >> 16);
}

/*
 * Whether a sum that is not 0 and has the checksum in it is all ones when it is
 * folded, as a right one is: a multiple of 0xffff. The product with the inverse
 * of a divisor modulo 2^64 is the quotient if nothing is left of a division,
 * and above all quotients if something is (H. S. Warren, Hacker's Delight,
 * 10-17).
 */
#define INVERSE_OF_FFFF (-0x0001000100010001ULL)

static __always_inline int is_right(__u64 sum)
{
	return sum * INVERSE_OF_FFFF <= ~0ULL / 0xffff;
}

/* Whether that is what is left of the sum, which is not 0, when it is folded.
 */
static __always_inline int is_folded(__u16 folded, __u64 sum)
{
	return folded && is_right(sum + (folded ^ 0xffff));
}

/* Of 20 bytes: a header of IPv4 or TCP without its options. */
static __always_inline __u64 sum_header(const __be32 *word)
{
	return (__u64)word[0] + word[1] + word[2] + word[3] + word[4];
}

/*
 * Of `len` bytes of options, or of less where the frame ends before: the caller
 * has checked that it does not. The verifier reads it once.
 */
static __always_inline __u64 sum_options(struct xdp_md *ctx, __u32 offset,
					 __u32 len)
{
	const __be32 *word = frame_at(ctx, offset);
	__u64 sum = 0;
	__u32 i;

	for (i = 0; i < MAX_OPTIONS_LEN / 4; i++) {
		if (i * 4 >= len || (void *)(word + i + 1) > frame_end(ctx))
			break;
		sum += word[i];
	}
	return sum;
}

/*
 * The same of TCP. They end where the segment does, and in front of that place
 * there are always so many bytes: so the verifier is content with one look.
 */
static __always_inline __u64 sum_tcp_options(struct xdp_md *ctx, __u32 end,
					     __u32 len)
{
	const __be32 *word = frame_at(ctx, end - MAX_OPTIONS_LEN);
	__u64 sum = 0;

	if ((void *)(word + MAX_OPTIONS_LEN / 4) > frame_end(ctx))
		return 0;
	switch (len / 4) { /* each case goes on in the next */
	case 10:
		sum += word[0];
	case 9:
		sum += word[1];
	case 8:
		sum += word[2];
	case 7:
		sum += word[3];
	case 6:
		sum += word[4];
	case 5:
		sum += word[5];
	case 4:
		sum += word[6];
	case 3:
		sum += word[7];
	case 2:
		sum += word[8];
	case 1:
		sum += word[9];
	}
	return sum;
}

/* RFC 9293 3.1, RFC 8200 8.1. It is the same in both directions. */
static __always_inline __u64 pseudo_header_sum(const struct packet *p,
					       __u32 segment_len)
{
	__u64 sum = bpf_htons(segment_len) + bpf_htons(IPPROTO_TCP);

	sum += (__u64)p->src[0] + p->dst[0];
	if (p->family == FMX_IPV4)
		return sum;
	sum += (__u64)p->src[1] + p->src[2] + p->src[3];
	return sum + p->dst[1] + p->dst[2] + p->dst[3];
}

static __always_inline __u32 ipv4_header_is_right(struct xdp_md *ctx, __u32 l3,
						  __u32 options_len)
{
	const struct iphdr *ip = frame_at(ctx, l3);
	__u64 sum;

	if ((void *)(ip + 1) > frame_end(ctx))
		return 0;
	sum = sum_header((const __be32 *)ip);
	if (options_len)
		sum += sum_options(ctx, l3 + sizeof(*ip), options_len);
	return is_right(sum);
}

/* The same for any packet: the verifier reads it once. */
__attribute__((noinline)) __u32
any_ipv4_header_is_right(struct xdp_md *ctx, __u32 l3, __u32 options_len)
{
	return ipv4_header_is_right(ctx, l3, options_len);
}

static __always_inline int ipv4_checksum_ok(struct xdp_md *ctx,
					    const struct packet *p)
{
	__u32 options_len = p->ip_header_len - sizeof(struct iphdr);

	if (p->family != FMX_IPV4)
		return 1;
	if (is_plain(p))
		return ipv4_header_is_right(ctx, p->l3, options_len);
	return any_ipv4_header_is_right(ctx, p->l3, options_len);
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
 */
static __always_inline __u32 check_segment(struct xdp_md *ctx, __u32 l4,
					   __u32 segment_len, __u32 payload_len,
					   __u64 pseudo_sum)
{
	const struct tcphdr *tcp = frame_at(ctx, l4);
	__u64 sum = pseudo_sum;

	if ((void *)(tcp + 1) > frame_end(ctx))
		return CHECK_WRONG;
	if (is_folded(tcp->check, sum))
		return CHECK_PARTIAL;
	if (payload_len)
		return CHECK_UNSEEN;
	sum += sum_header((const __be32 *)tcp);
	if (segment_len > sizeof(*tcp))
		sum += sum_tcp_options(ctx, l4 + segment_len,
				       segment_len - sizeof(*tcp));
	return is_right(sum) ? CHECK_FULL : CHECK_WRONG;
}

/* The same for any packet: the verifier reads it once. */
__attribute__((noinline)) __u32 check_any_segment(struct xdp_md *ctx, __u32 l4,
						  __u32 segment_len,
						  __u32 payload_len,
						  __u64 pseudo_sum)
{
	return check_segment(ctx, l4, segment_len, payload_len, pseudo_sum);
}

static __always_inline enum tcp_check check_tcp_sum(struct xdp_md *ctx,
						    const struct packet *p)
{
	__u64 pseudo_sum = pseudo_header_sum(p, p->segment_len);

	if (is_plain(p))
		return check_segment(ctx, p->l4, p->segment_len, p->payload_len,
				     pseudo_sum);
	return check_any_segment(ctx, p->l4, p->segment_len, p->payload_len,
				 pseudo_sum);
}

#define OFFSET_AND_FLAGS(flags) bpf_htonl(5 << 28 | (flags) << 16)
#define CHALLENGE_WINDOW bpf_htonl(0xffff) /* behind the flags */
#define IPV4_ANSWER_LEN (sizeof(struct iphdr) + sizeof(struct tcphdr))

/*
 * Whether something adds to the checksum of the answer to a partial one cannot
 * be told from here. In generic mode the packet is an skb that stays partial:
 * a device or a router completes it, from the place where the TCP header stood
 * when it came, or a tap hands it to a reader that does not (generic_xdp_tx()
 * comes after validate_xmit_skb()). In native mode nothing is added, unless a
 * tap runs the program on an skb after all (tun_can_build_skb()). So the answer
 * is right as it is, and completing it changes nothing: its checksum is the
 * pseudo-header's sum, and the urgent pointer, which nobody reads without its
 * flag (RFC 9293 3.1), makes up for the rest of the header.
 *
 * Written a word at a time, and summed up before it is: what was just written
 * in parts is slow to read.
 */
static __always_inline void write_tcp(__be32 *tcp, const struct packet *p)
{
	__u64 pseudo = pseudo_header_sum(p, sizeof(struct tcphdr));
	__be32 ports = tcp[0] << 16 | tcp[0] >> 16;
	__u32 ends = !!(p->tcp_flags & TCP_SYN) + !!(p->tcp_flags & TCP_FIN);
	__be32 seq = 0, ack_seq = 0, flags = OFFSET_AND_FLAGS(TCP_RST);
	__u32 check, urgent = 0;

	if (p->challenge) {
		/* No option: the answer is no longer than the shortest SYN. */
		seq = bpf_htonl(p->cookie);
		ack_seq = bpf_htonl(bpf_ntohl(tcp[1]) + 1);
		flags = OFFSET_AND_FLAGS(TCP_SYN | TCP_ACK) | CHALLENGE_WINDOW;
	} else if (p->tcp_flags & TCP_ACK) {
		seq = tcp[2];
	} else {
		ack_seq = bpf_htonl(bpf_ntohl(tcp[1]) + p->payload_len + ends);
		flags = OFFSET_AND_FLAGS(TCP_RST | TCP_ACK);
	}
	tcp[0] = ports;
	tcp[1] = seq;
	tcp[2] = ack_seq;
	tcp[3] = flags; /* a reset has no window */
	check = fold(pseudo + ports + seq + ack_seq + flags) ^ 0xffff;
	if (p->check == CHECK_PARTIAL) {
		urgent = check;
		check = fold(pseudo);
		urgent = fold(urgent + (check ^ 0xffff));
	}
	((__be16 *)tcp)[8] = check;
	((__be16 *)tcp)[9] = urgent;
}

static __always_inline int write_ipv4(struct xdp_md *ctx,
				      const struct packet *p)
{
	__be32 *ip = frame_at(ctx, p->l3);
	__u32 class = p->tos & ~ECN_MASK;
	__be32 first = bpf_htonl(0x45 << 24 | class << 16 | IPV4_ANSWER_LEN);
	__be32 second = bpf_htonl(IPV4_DONT_FRAGMENT); /* ID 0 */
	__be16 third = bpf_htons(ANSWER_TTL << 8 | IPPROTO_TCP);

	if ((void *)(ip + 5) > frame_end(ctx))
		return -1;
	ip[0] = first;
	ip[1] = second;
	((__be16 *)ip)[4] = third;
	((__be16 *)ip)[5] =
		fold((__u64)first + second + third + p->src[0] + p->dst[0]) ^
		0xffff;
	ip[3] = p->dst[0];
	ip[4] = p->src[0];
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
	struct link_header saved = {}, *link = frame_start(ctx);
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
	forget(ctx);
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
	return 0;
}

/* In as few pieces as that takes, none of them across eight bytes. */
static __always_inline int swap_macs(struct xdp_md *ctx)
{
	__u16 *mac = frame_start(ctx);
	__u32 to_begins, from_ends;
	__u16 to_ends, from_begins;

	if ((void *)mac + sizeof(struct ethhdr) > frame_end(ctx))
		return -1;
	to_begins = *(__u32 *)mac;
	to_ends = mac[2];
	from_begins = mac[3];
	from_ends = *(__u32 *)(mac + 4);
	mac[0] = from_begins;
	*(__u32 *)(mac + 1) = from_ends;
	*(__u32 *)(mac + 3) = to_begins;
	mac[5] = to_ends;
	return 0;
}

/*
 * Cuts the frame off after `len` bytes, and says how many it had. How many that
 * are is not asked for: that takes a call. Cutting begins in the pages beyond
 * the first, if there are any, and then something is left.
 */
static __always_inline int trim(struct xdp_md *ctx, __u32 len, __u32 *had)
{
	__u32 rest;

	*had = first_page_len(ctx);
	if (*had == len)
		*had = frame_len(ctx);
	if (*had == len)
		return 0;
	if (bpf_xdp_adjust_tail(ctx, -(int)(*had - len)))
		return -1;
	forget(ctx);
	if (first_page_len(ctx) == len)
		return 0;
	rest = frame_len(ctx) - len;
	*had += rest;
	return bpf_xdp_adjust_tail(ctx, -(int)rest);
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

	if (surplus) {
		if (close_gap(ctx, p, surplus))
			return XDP_DROP;
		forget(ctx);
	}
	tcp = frame_at(ctx, p->l4);
	if ((void *)(tcp + 1) > frame_end(ctx))
		return XDP_DROP;
	write_tcp((__be32 *)tcp, p);
	if (p->family == FMX_IPV4 ? write_ipv4(ctx, p) : write_ipv6(ctx, p))
		return XDP_DROP;
	if (swap_macs(ctx))
		return XDP_DROP;
	if (trim(ctx, p->l4 + sizeof(*tcp), &p->frame_len))
		return XDP_DROP;
	p->frame_len += surplus;
	return XDP_TX;
}

#endif

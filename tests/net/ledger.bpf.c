// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends SYNs as fast as one core makes them, and takes them where they pass,
 * and the resets that come back. Nothing is lost on the way: there are never
 * more SYNs under way than a veth's ring has room for.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "ledger.h"

#define UNDER_WAY 192 /* a ring has 256 places */

struct stream stream;

static __always_inline __u64 both(const __u64 number[WHO_COUNT])
{
	return *(volatile __u64 *)&number[RANDOM] +
	       *(volatile __u64 *)&number[LISTED];
}

static __always_inline __be32 random_sender(void)
{
	__u32 bits = bpf_get_prandom_u32();
	__u32 first = 11 + ((bits >> 24) * 115 >> 8);

	return bpf_htonl(first << 24 | (bits & 0xffffff));
}

static __always_inline __be32 next_sender(enum who who)
{
	if (who == LISTED) {
		if (stream.turn >= stream.listed)
			stream.turn = 0;
		return stream.list[stream.turn++ & (LISTED_MAX - 1)];
	}
	if (!stream.left) {
		stream.left = stream.each;
		stream.source = random_sender();
	}
	stream.left--;
	return stream.source;
}

static __always_inline __u16 sum_with(__u32 sum, __be32 addr)
{
	sum += (addr & 0xffff) + (addr >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* The end of a sender's address is his window: each has a signature. */
static __always_inline int write_syn(struct xdp_md *ctx, enum who who)
{
	__be32 source = next_sender(who);
	struct iphdr *ip;
	struct tcphdr *tcp;

	if (bpf_xdp_store_bytes(ctx, 0, stream.syn, SYN_LEN))
		return -1;
	ip = (void *)(long)ctx->data + sizeof(struct ethhdr);
	tcp = (void *)(ip + 1);
	if ((void *)(tcp + 1) > (void *)(long)ctx->data_end)
		return -1;
	ip->saddr = source;
	ip->check = sum_with(stream.ip_sum, source);
	tcp->source = bpf_htons(SYN_PORT + who);
	tcp->window = source >> 16;
	tcp->check =
		sum_with(stream.tcp_sum + tcp->source + tcp->window, source);
	return 0;
}

/*
 * For a test run with live frames. The kernel takes the length of a frame over
 * only where this changes it: so the frame comes without options, and grows.
 */
SEC("xdp")
int generate(struct xdp_md *ctx)
{
	__u64 sent = both(stream.sent);
	enum who who;

	if (sent >= stream.count ||
	    sent - both(stream.passed) - both(stream.reset) >= UNDER_WAY)
		return XDP_DROP;
	who = stream.every && sent % stream.every == 0 ? LISTED : RANDOM;
	if (bpf_xdp_adjust_tail(ctx, SYN_LEN - SYN_BARE_LEN) ||
	    write_syn(ctx, who))
		return XDP_ABORTED;
	stream.sent[who]++;
	return XDP_TX;
}

/* Counts a segment that has port 25 at this end, by the port at the other. */
static __always_inline int count(void *data, void *end, int resets)
{
	const struct ethhdr *eth = data;
	const struct iphdr *ip = (void *)(eth + 1);
	const struct tcphdr *tcp = (void *)(ip + 1);
	__u32 who;

	if ((void *)(tcp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) ||
	    ip->protocol != IPPROTO_TCP)
		return 0;
	if ((resets ? tcp->source : tcp->dest) != bpf_htons(25))
		return 0;
	who = bpf_ntohs(resets ? tcp->dest : tcp->source) - SYN_PORT;
	if (who >= WHO_COUNT || (resets && !tcp->rst))
		return 0;
	__sync_fetch_and_add(resets ? &stream.reset[who] : &stream.passed[who],
			     1);
	return 1;
}

SEC("xdp")
int take_reset(struct xdp_md *ctx)
{
	return count((void *)(long)ctx->data, (void *)(long)ctx->data_end, 1)
		       ? XDP_DROP
		       : XDP_PASS;
}

SEC("tc")
int take_passed(struct __sk_buff *skb)
{
	return count((void *)(long)skb->data, (void *)(long)skb->data_end, 0)
		       ? TC_ACT_SHOT
		       : TC_ACT_OK;
}

char LICENSE[] SEC("license") = "GPL";

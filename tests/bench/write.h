/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes the SYN into a frame, whatever that was before. */
#ifndef WRITE_H
#define WRITE_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "syn.h"

struct syn syn;
__u32 turn; /* SENDERS_MANY: whose it is */
__u32 dice = 1;

static __always_inline __be32 next_sender(void)
{
	if (syn.senders == SENDERS_RANDOM) { /* xorshift32, G. Marsaglia */
		dice ^= dice << 13;
		dice ^= dice >> 17;
		dice ^= dice << 5;
		return bpf_htonl(syn_sender(dice));
	}
	if (syn.senders ==
	    SENDERS_MANY) /* far from each other, all different */
		return bpf_htonl(syn_sender((++turn & 0xffff) * 0x9e3779b1));
	return bpf_htonl(syn_sender(0x40000201));
}

static __always_inline __u16 sum_with(__u32 sum, __be32 addr)
{
	sum += (addr & 0xffff) + (addr >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* Stores of whole words, where memcpy() would take the frame byte by byte. */
static __always_inline int copy_syn(struct xdp_md *ctx, __u32 len)
{
	__u8 *to = (void *)(long)ctx->data;
	__u32 i;

	if (to + len > (__u8 *)(long)ctx->data_end)
		return -1;
	for (i = 0; i < len / 8; i++)
		((__u64 *)to)[i] = syn.words[i];
	if (len & 4)
		*(__u32 *)(to + (len & ~7)) = syn.words[len / 8];
	if (len & 2)
		*(__u16 *)(to + (len & ~3)) =
			syn.words[len / 8] >> (len & 4 ? 32 : 0);
	return 0;
}

static __always_inline int write_syn(struct xdp_md *ctx)
{
	__u32 len = ctx->data_end - ctx->data;
	__be32 source = next_sender();
	struct iphdr *ip;
	struct tcphdr *tcp;

	if (len != syn.len && bpf_xdp_adjust_tail(ctx, (int)syn.len - (int)len))
		return -1;
	if (syn.len == SYN_LEN ? copy_syn(ctx, SYN_LEN)
			       : copy_syn(ctx, SYN_BARE_LEN))
		return -1;
	ip = (void *)(long)ctx->data + sizeof(struct ethhdr);
	tcp = (void *)(ip + 1);
	if ((void *)(tcp + 1) > (void *)(long)ctx->data_end)
		return -1;
	ip->saddr = source;
	ip->check = sum_with(syn.ip_sum, source);
	tcp->check = sum_with(syn.tcp_sum, source);
	return 0;
}

#endif

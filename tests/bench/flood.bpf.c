// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends SYNs as fast as one core makes them, and counts what comes back.
 */
#include <linux/in.h>
#include <linux/pkt_cls.h>

#include "write.h"

__u8 wanted; /* the flag of what comes back: RST, or SYN where it is an echo */

#define MARK_EVERY 1024 /* the time is asked for seldom */

/* All of it happens on one core. */
__u64 sent;
__u64 answers;
__u64 warm; /* so many are sent before it counts */
struct mark first;
struct mark last;

static __always_inline void set_mark(struct mark *mark)
{
	mark->ns = bpf_ktime_get_ns();
	mark->sent = sent;
	mark->answers = answers;
}

/*
 * For a test run with live frames. The kernel takes the length of a frame over
 * only where this changes it: so the frame comes without options, and grows.
 * Beginning and ending such a run takes as long as many frames do, so the time
 * is taken here.
 */
SEC("xdp")
int generate(struct xdp_md *ctx)
{
	if (sent == warm)
		set_mark(&first);
	if (sent % MARK_EVERY == 0)
		set_mark(&last);
	sent++;
	return write_syn(ctx) ? XDP_ABORTED : XDP_TX;
}

static __always_inline void count(void *data, void *end)
{
	const struct iphdr *ip = data + sizeof(struct ethhdr);
	const struct tcphdr *tcp = (void *)(ip + 1);

	if ((void *)(tcp + 1) > end)
		return;
	if (ip->protocol == IPPROTO_TCP && (((__u8 *)tcp)[13] & wanted))
		answers++;
}

/*
 * Takes what comes back, so that nothing else has work with it: frames that a
 * program sent; and what came out of a stack, which would first have to be
 * copied to be a frame.
 */
SEC("xdp")
int take_frame(struct xdp_md *ctx)
{
	count((void *)(long)ctx->data, (void *)(long)ctx->data_end);
	return XDP_DROP;
}

SEC("tc")
int take_packet(struct __sk_buff *skb)
{
	count((void *)(long)skb->data, (void *)(long)skb->data_end);
	return TC_ACT_SHOT;
}

char LICENSE[] SEC("license") = "GPL";

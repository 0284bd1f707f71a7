// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test run repeats a program on one frame, which would be its own answer
 * from the second time on. So this writes the SYN and goes on in the program
 * that is measured; what it costs itself is measured with one that returns.
 */
#include "write.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} subject SEC(".maps");

SEC("xdp")
int wrap(struct xdp_md *ctx)
{
	if (!write_syn(ctx))
		bpf_tail_call(ctx, &subject, 0);
	return XDP_ABORTED;
}

SEC("xdp")
int empty(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

/* Leaves as little of the frame as an answer does. */
SEC("xdp")
int trims(struct xdp_md *ctx)
{
	bpf_xdp_adjust_tail(ctx, SYN_BARE_LEN - SYN_LEN);
	return XDP_TX;
}

char LICENSE[] SEC("license") = "GPL";

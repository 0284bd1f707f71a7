// SPDX-License-Identifier: GPL-2.0-only
/*
 * Passes everything: a veth delivers native answers only where its peer runs a
 * program. It is also somebody else's program, to be in the way.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int pass_all(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

/* The same where frames do not fit a page; Linux 5.18. */
SEC("xdp.frags")
int pass_jumbo(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";

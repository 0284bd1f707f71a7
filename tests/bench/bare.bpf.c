// SPDX-License-Identifier: GPL-2.0-only
/*
 * The least that the answer can cost: the parts of the program that read the
 * SYN and turn it into a reset, with no map and no rule; then with checksums.
 */
#include "../../bpf/answer.h"
#include "../../bpf/parse.h"

SEC("xdp")
int bare(struct xdp_md *ctx)
{
	struct packet p;

	if (parse_plain(ctx, &p) != PLAIN_SYN)
		return XDP_PASS;
	p.check = CHECK_FULL;
	return answer(ctx, &p);
}

SEC("xdp")
int checksum(struct xdp_md *ctx)
{
	struct packet p;

	if (parse_plain(ctx, &p) != PLAIN_SYN)
		return XDP_PASS;
	p.check = check_tcp_sum(ctx, &p);
	if (p.check == CHECK_WRONG || !ipv4_checksum_ok(ctx, &p))
		return XDP_DROP;
	return answer(ctx, &p);
}

char LICENSE[] SEC("license") = "GPL";

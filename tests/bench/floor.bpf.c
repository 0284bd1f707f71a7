// SPDX-License-Identifier: GPL-2.0-only
/*
 * What no program on the wire can be faster than: it sends each frame back with
 * the MAC addresses swapped.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int echo(struct xdp_md *ctx)
{
	__u16 *mac = (void *)(long)ctx->data, half;
	int i;

	if ((void *)mac + sizeof(struct ethhdr) > (void *)(long)ctx->data_end)
		return XDP_DROP;
	for (i = 0; i < ETH_ALEN / 2; i++) {
		half = mac[i];
		mac[i] = mac[i + ETH_ALEN / 2];
		mac[i + ETH_ALEN / 2] = half;
	}
	return XDP_TX;
}

char LICENSE[] SEC("license") = "GPL";

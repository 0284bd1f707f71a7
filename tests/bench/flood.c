// SPDX-License-Identifier: GPL-2.0-only
/*
 * flood IFACE MAC one|many|random frame|packet|echo MS
 *
 * Sends SYNs out of an interface for so many milliseconds, to a decoy behind
 * this MAC address, and prints how many answers a second came back, and what
 * part of the SYNs got one. Answers come as frames of XDP, or as packets out of
 * a stack; an echo is a frame that comes back as it was.
 */
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include "lay.h" /* before the skeleton, which has a struct syn */
#include "flood.skel.h"

#define WARM 65536 /* one from each of many senders */
#define SYN_FLAG 0x02
#define RST_FLAG 0x04

static void die(const char *what)
{
	fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
	exit(1);
}

static enum senders senders_of(const char *name)
{
	if (!strcmp(name, "one"))
		return SENDERS_ONE;
	if (!strcmp(name, "many"))
		return SENDERS_MANY;
	if (!strcmp(name, "random"))
		return SENDERS_RANDOM;
	errno = EINVAL;
	die(name);
	return 0;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void send_syns(struct flood_bpf *flood, uint32_t ifindex, uint32_t count)
{
	uint8_t frame[SYN_BARE_LEN];
	struct xdp_md ctx = { .data_end = sizeof(frame),
			      .ingress_ifindex = ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = sizeof(frame), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = count,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	memcpy(frame, flood->bss->syn.words, sizeof(frame));
	flood->bss->sent = 0;
	flood->bss->warm = WARM;
	if (bpf_prog_test_run_opts(bpf_program__fd(flood->progs.generate),
				   &opts))
		die("test run with live frames");
}

static double seconds_spent(const struct flood_bpf *flood)
{
	return (flood->bss->last.ns - flood->bss->first.ns) / 1e9;
}

static double syns_sent(const struct flood_bpf *flood)
{
	return flood->bss->last.sent - flood->bss->first.sent;
}

/* A short run says how many SYNs the time is for. */
static void measure(struct flood_bpf *flood, uint32_t ifindex, double seconds)
{
	uint64_t answers;
	double rate;

	send_syns(flood, ifindex, 2 * WARM);
	rate = syns_sent(flood) / seconds_spent(flood);
	send_syns(flood, ifindex, WARM + seconds * rate);
	answers = flood->bss->last.answers - flood->bss->first.answers;
	printf("%.0f\t%.3f\n", answers / seconds_spent(flood),
	       answers / syns_sent(flood));
}

static void take_frames(struct flood_bpf *flood, uint32_t ifindex)
{
	if (bpf_xdp_attach(ifindex, bpf_program__fd(flood->progs.take_frame),
			   XDP_FLAGS_DRV_MODE, NULL))
		die("attaching to XDP");
}

static void take_packets(struct flood_bpf *flood, uint32_t ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts,
		    .prog_fd = bpf_program__fd(flood->progs.take_packet));

	if (bpf_tc_hook_create(&hook) || bpf_tc_attach(&hook, &opts))
		die("attaching to tc");
}

static void let_go(uint32_t ifindex, bool packets)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	if (packets)
		bpf_tc_hook_destroy(&hook);
	else
		bpf_xdp_detach(ifindex, XDP_FLAGS_DRV_MODE, NULL);
}

int main(int argc, char **argv)
{
	static const uint8_t from[6] = { 2, 0, 0, 0, 0, 1 };
	struct flood_bpf *flood;
	uint32_t ifindex;
	uint8_t to[6];
	bool packets;

	if (argc != 6 ||
	    sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &to[0], &to[1],
		   &to[2], &to[3], &to[4], &to[5]) != 6)
		return 2;
	ifindex = if_nametoindex(argv[1]);
	if (!ifindex)
		die(argv[1]);
	flood = flood_bpf__open_and_load();
	if (!flood)
		die("flood");
	lay_syn(&flood->bss->syn, SYN_LEN, 25, to, from);
	flood->bss->syn.senders = senders_of(argv[3]);
	flood->bss->wanted = strcmp(argv[4], "echo") ? RST_FLAG : SYN_FLAG;
	flood->data->dice = (uint32_t)(now() * 1e6) | 1;
	packets = !strcmp(argv[4], "packet");
	if (packets)
		take_packets(flood, ifindex);
	else
		take_frames(flood, ifindex);
	measure(flood, ifindex, atoi(argv[5]) / 1000.0);
	let_go(ifindex, packets);
	return 0;
}

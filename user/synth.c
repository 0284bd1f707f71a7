// SPDX-License-Identifier: GPL-2.0-only
#include "synth.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>

/* RFC 1071, of an even number of bytes. */
static __u32 add(__u32 sum, const void *data, size_t size)
{
	const __u8 *byte = data;

	for (; size; size -= 2, byte += 2)
		sum += byte[0] << 8 | byte[1];
	return sum;
}

static __u16 finish(__u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static __u32 write_ipv4(__u8 *at, const struct prefix *from,
			const struct prefix *to)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tot_len = htons(sizeof(ip) + sizeof(struct tcphdr)),
		.frag_off = htons(0x4000),
		.ttl = 64,
		.protocol = IPPROTO_TCP,
	};

	memcpy(&ip.saddr, from->addr, sizeof(ip.saddr));
	memcpy(&ip.daddr, to->addr, sizeof(ip.daddr));
	ip.check = finish(add(0, &ip, sizeof(ip)));
	memcpy(at, &ip, sizeof(ip));
	return sizeof(ip);
}

static __u32 write_ipv6(__u8 *at, const struct prefix *from,
			const struct prefix *to)
{
	struct ipv6hdr ip = {
		.version = 6,
		.payload_len = htons(sizeof(struct tcphdr)),
		.nexthdr = IPPROTO_TCP,
		.hop_limit = 64,
	};

	memcpy(&ip.saddr, from->addr, sizeof(ip.saddr));
	memcpy(&ip.daddr, to->addr, sizeof(ip.daddr));
	memcpy(at, &ip, sizeof(ip));
	return sizeof(ip);
}

__u32 synth_syn(const struct prefix *from, const struct prefix *to,
		__u8 frame[SYNTH_SIZE])
{
	bool ipv4 = from->family == FMX_IPV4;
	__u32 addr_size = ipv4 ? 4 : 16, at = sizeof(struct ethhdr), sum;
	/* Addresses of nobody: locally administered. */
	struct ethhdr eth = {
		.h_dest = { 0x02, 0, 0, 0, 0, 1 },
		.h_source = { 0x02, 0, 0, 0, 0, 2 },
		.h_proto = htons(ipv4 ? ETH_P_IP : ETH_P_IPV6),
	};
	struct tcphdr tcp = {
		.source = htons(40000),
		.dest = htons(FMX_SMTP_PORT),
		.seq = htonl(1),
		.doff = sizeof(tcp) / 4,
		.syn = 1,
		.window = htons(64240),
	};

	memset(frame, 0, SYNTH_SIZE);
	memcpy(frame, &eth, sizeof(eth));
	at += ipv4 ? write_ipv4(frame + at, from, to)
		   : write_ipv6(frame + at, from, to);
	sum = add(IPPROTO_TCP + sizeof(tcp), from->addr, addr_size);
	sum = add(sum, to->addr, addr_size);
	tcp.check = finish(add(sum, &tcp, sizeof(tcp)));
	memcpy(frame + at, &tcp, sizeof(tcp));
	return at + sizeof(tcp);
}

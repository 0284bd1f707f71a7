// SPDX-License-Identifier: GPL-2.0-only
#include "lay.h"

#include <arpa/inet.h>
#include <string.h>

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>

/* As Linux orders them: MSS 1460, SACK, timestamps, NOP, window scale 7. */
static const uint8_t options[] = { 2, 4, 5, 180, 4, 2, 8, 10, 0, 1,
				   2, 3, 0, 0,	 0, 0, 1, 3,  3, 7 };

static uint32_t sum(const void *from, size_t len)
{
	const uint16_t *half = from;
	uint32_t total = 0;

	for (; len; len -= 2)
		total += *half++;
	return total;
}

void lay_syn(struct syn *syn, uint32_t len, uint16_t port, const uint8_t to[6],
	     const uint8_t from[6])
{
	const size_t ip_at = sizeof(struct ethhdr);
	const size_t tcp_at = ip_at + sizeof(struct iphdr);
	uint8_t frame[SYN_ROOM] = { 0 };
	struct ethhdr eth = { .h_proto = htons(ETH_P_IP) };
	struct iphdr ip = { .version = 4,
			    .ihl = 5,
			    .tot_len = htons(len - ip_at),
			    .id = htons(1),
			    .frag_off = htons(0x4000),
			    .ttl = 64,
			    .protocol = IPPROTO_TCP };
	struct tcphdr tcp = { .source = htons(40000),
			      .dest = htons(port),
			      .seq = htonl(0x12345678),
			      .doff = (len - tcp_at) / 4,
			      .syn = 1,
			      .window = htons(64240) };

	memcpy(eth.h_dest, to, sizeof(eth.h_dest));
	memcpy(eth.h_source, from, sizeof(eth.h_source));
	inet_pton(AF_INET, SYN_DECOY, &ip.daddr);
	memcpy(frame, &eth, sizeof(eth));
	memcpy(frame + ip_at, &ip, sizeof(ip));
	memcpy(frame + tcp_at, &tcp, sizeof(tcp));
	if (len == SYN_LEN)
		memcpy(frame + tcp_at + sizeof(tcp), options, sizeof(options));

	memcpy(syn->words, frame, sizeof(frame));
	syn->len = len;
	syn->ip_sum = sum(&ip, sizeof(ip));
	syn->tcp_sum = sum(frame + tcp_at, len - tcp_at) +
		       sum(&ip.daddr, sizeof(ip.daddr)) + htons(IPPROTO_TCP) +
		       htons(len - tcp_at);
}

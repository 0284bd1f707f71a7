// SPDX-License-Identifier: GPL-2.0-only
/*
 * checksums IFACE: prints, for each TCP segment from or to port 25 that crosses
 * the interface, its direction and kind, whether its checksum is partial (the
 * device is to complete it) or complete, and whether it is right. Says `ready`
 * first, and goes on until it is killed. It sums up byte by byte, and not as
 * the program does.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define SMTP_PORT 25
#define CHECK_OFFSET 16 /* of the checksum in the TCP header */

struct segment {
	const uint8_t *addresses; /* both, one behind the other */
	size_t addresses_len;
	const uint8_t *tcp;
	size_t tcp_at; /* in the frame */
	size_t len;
};

static uint32_t add(uint32_t sum, const uint8_t *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		sum += (i & 1) ? data[i] : data[i] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static bool find_ipv4(const uint8_t *frame, struct segment *s)
{
	const uint8_t *ip = frame + ETH_HLEN;
	size_t header = (ip[0] & 0x0f) * 4;

	s->addresses = ip + 12;
	s->addresses_len = 8;
	s->tcp_at = ETH_HLEN + header;
	s->len = (ip[2] << 8 | ip[3]) - header;
	return ip[9] == IPPROTO_TCP;
}

static bool find_ipv6(const uint8_t *frame, struct segment *s)
{
	const uint8_t *ip = frame + ETH_HLEN, *at = ip + sizeof(struct ip6_hdr);
	size_t len = ip[4] << 8 | ip[5], ext;
	uint8_t next = ip[6];

	while (next == IPPROTO_HOPOPTS || next == IPPROTO_DSTOPTS) {
		next = at[0];
		ext = (at[1] + 1) * 8;
		at += ext;
		len -= ext;
	}
	s->addresses = ip + 8;
	s->addresses_len = 32;
	s->tcp_at = at - frame;
	s->len = len;
	return next == IPPROTO_TCP;
}

static bool find_segment(const uint8_t *frame, size_t frame_len,
			 struct segment *s)
{
	uint16_t type = frame[12] << 8 | frame[13];
	uint16_t from, to;
	bool tcp = false;

	if (type == ETHERTYPE_IP)
		tcp = find_ipv4(frame, s);
	else if (type == ETHERTYPE_IPV6)
		tcp = find_ipv6(frame, s);
	if (!tcp || s->len < sizeof(struct tcphdr) ||
	    s->tcp_at + s->len > frame_len)
		return false;
	s->tcp = frame + s->tcp_at;
	from = s->tcp[0] << 8 | s->tcp[1];
	to = s->tcp[2] << 8 | s->tcp[3];
	return from == SMTP_PORT || to == SMTP_PORT;
}

/* RFC 9293 3.1; a partial one as skb_partial_csum_set() leaves it. */
static bool is_right(const struct segment *s, const struct virtio_net_hdr *hdr)
{
	uint32_t pseudo = IPPROTO_TCP + s->len;

	pseudo = add(pseudo, s->addresses, s->addresses_len);
	if (!(hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		return fold(add(pseudo, s->tcp, s->len)) == 0xffff;
	return hdr->csum_start == s->tcp_at &&
	       hdr->csum_offset == CHECK_OFFSET &&
	       fold(add(0, s->tcp + CHECK_OFFSET, 2)) == fold(pseudo);
}

static const char *kind_of(const struct segment *s)
{
	bool data = s->len > (size_t)(s->tcp[12] >> 4) * 4;

	switch (s->tcp[13]) {
	case TH_SYN:
		return data ? "SYN+data" : "SYN";
	case TH_SYN | 0x40 | 0x80: /* ECE, CWR (RFC 3168) */
		return data ? "SYN+ECN+data" : "SYN+ECN";
	case TH_RST | TH_ACK:
		return "RST";
	default:
		return "other";
	}
}

static void show(const struct segment *s, const struct virtio_net_hdr *hdr,
		 const struct sockaddr_ll *from)
{
	printf("%s %s %s %s\n",
	       from->sll_pkttype == PACKET_OUTGOING ? "out" : "in", kind_of(s),
	       hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM ? "partial"
							: "complete",
	       is_right(s, hdr) ? "right" : "wrong");
}

int main(int argc, char **argv)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_ALL) };
	struct {
		struct virtio_net_hdr hdr;
		uint8_t frame[2048];
	} got;
	socklen_t at_len = sizeof(at);
	struct segment s;
	int fd, one = 1;
	ssize_t len;

	setvbuf(stdout, NULL, _IOLBF, 0);
	at.sll_ifindex = argc == 2 ? if_nametoindex(argv[1]) : 0;
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (!at.sll_ifindex || fd < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at))) {
		perror("checksums IFACE");
		return 1;
	}
	puts("ready");
	for (;;) {
		memset(&got, 0, sizeof(got));
		len = recvfrom(fd, &got, sizeof(got), 0, (struct sockaddr *)&at,
			       &at_len);
		if (len < 0)
			break;
		len -= sizeof(got.hdr);
		if (find_segment(got.frame, len, &s))
			show(&s, &got.hdr, &at);
	}
	perror("checksums");
	return 1;
}

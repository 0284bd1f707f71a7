// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames that the program must leave alone. Many of them come as near to TCP
 * port 25 of a decoy as other traffic can: another port there, port 25
 * elsewhere, or a whole SYN to it within a tunnel or an ICMP message.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "others.h"
#include "others_bytes.h"

#define SMTP 25
#define MF 0x2000
#define LEAST_TAGGED 20

const uint8_t others_mac[6] = { 0x02, 0x0f, 0x0a, 0x6e, 0x0e, 0x01 };

static uint8_t decoy4[4], decoy6[16];

void others_seed(uint64_t seed, const char *addr4, const char *addr6)
{
	rng = seed * 2654435769u + 1;
	if (inet_pton(AF_INET, addr4, decoy4) != 1 ||
	    inet_pton(AF_INET6, addr6, decoy6) != 1)
		abort();
}

/* Most are small; one in eight is as large as the wire takes. */
static size_t draw_size(size_t room)
{
	size_t kind = draw(8), most = room < 1400 ? room : 1400;

	if (kind == 0)
		return room;
	if (kind < 3)
		return draw(room + 1);
	return draw(kind < 5 ? most + 1 : (most < 100 ? most : 100) + 1);
}

static void put_payload(struct frame *f, size_t end)
{
	if (f->len < end)
		put_random(f, draw_size(end - f->len));
}

static void put_addr(struct frame *f, int family, bool decoy)
{
	static const uint8_t net4[3] = { 203, 0, 113 };
	static const uint8_t net6[8] = { 0x20, 0x01, 0x0d, 0xb8, 0, 5 };

	if (family == 4) {
		put(f, decoy ? decoy4 : net4, decoy ? 4 : 3);
		put_random(f, decoy ? 0 : 1);
	} else {
		put(f, decoy ? decoy6 : net6, decoy ? 16 : 8);
		put_random(f, decoy ? 0 : 8);
	}
}

static int draw_family(void)
{
	return draw(2) ? 4 : 6;
}

/* Never 25; rather what is near to it, or has its bytes the other way round. */
static uint16_t draw_port(void)
{
	static const uint16_t ports[] = { 24,  26, 2525, 465,  587,
					  443, 80, 22,	 6400, 0 };
	uint16_t port = draw(65536);

	if (draw(3))
		return ports[draw(sizeof(ports) / sizeof(*ports))];
	return port == SMTP ? 443 : port;
}

struct ip {
	int family, protocol;
	bool to_decoy;
	int frag;    /* flags and offset, as in IPv4 */
	int options; /* IPv4: words; IPv6: headers */
	size_t start;
};

static struct ip ip_to(bool decoy, int family, int protocol)
{
	return (struct ip){ .family = family,
			    .protocol = protocol,
			    .to_decoy = decoy };
}

static void put_ipv4(struct frame *f, const struct ip *ip)
{
	int i;

	put8(f, 0x40 + 5 + ip->options);
	put8(f, draw(256));
	put16(f, 0); /* length */
	put16(f, draw(65536));
	put16(f, ip->frag);
	put8(f, 1 + draw(255));
	put8(f, ip->protocol);
	put16(f, 0); /* checksum */
	put_addr(f, 4, false);
	put_addr(f, 4, ip->to_decoy);
	for (i = 0; i < ip->options; i++)
		put32(f, 0x01010101);
}

static void put_ipv6(struct frame *f, const struct ip *ip)
{
	int next = ip->frag ? IPPROTO_FRAGMENT : ip->protocol, i, len;

	put32(f, 0x60000000 | draw(1 << 28));
	put16(f, 0); /* length */
	put8(f, ip->options ? IPPROTO_DSTOPTS : next);
	put8(f, 1 + draw(255));
	put_addr(f, 6, false);
	put_addr(f, 6, ip->to_decoy);
	for (i = 1; i <= ip->options; i++) {
		len = draw(3);
		put8(f, i < ip->options ? IPPROTO_DSTOPTS : next);
		put8(f, len);
		put_zeroes(f, 8 * len + 6); /* Pad1 */
	}
	if (ip->frag) {
		put8(f, ip->protocol);
		put8(f, 0);
		put16(f, (ip->frag & 0x1fff) << 3 | !!(ip->frag & MF));
		put32(f, draw(65536));
	}
}

/* The header; ip_end() adds the length and checksum of what was put then. */
static void ip_begin(struct frame *f, struct ip *ip)
{
	ip->start = f->len;
	if (ip->family == 4)
		put_ipv4(f, ip);
	else
		put_ipv6(f, ip);
}

static void ip_end(struct frame *f, const struct ip *ip)
{
	size_t i, end = ip->start + 20 + 4 * ip->options;
	uint32_t sum = 0;

	if (ip->family == 6) {
		set16(f, ip->start + 4, f->len - ip->start - 40);
		return;
	}
	set16(f, ip->start + 2, f->len - ip->start);
	for (i = ip->start; i < end; i += 2)
		sum += f->bytes[i] << 8 | f->bytes[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	set16(f, ip->start + 10, ~sum);
}

static void put_type(struct frame *f, int family)
{
	put16(f, family == 4 ? 0x0800 : 0x86dd);
}

static void put_tcp(struct frame *f, uint16_t sport, uint16_t dport)
{
	static const uint8_t flags[] = { 0x02, 0x10, 0x18, 0x11, 0x04, 0x12 };

	put16(f, sport);
	put16(f, dport);
	put32(f, draw(1u << 31));
	put32(f, draw(1u << 31));
	put8(f, 0x50);
	put8(f, draw(4) ? flags[draw(sizeof(flags))] : draw(256));
	put_random(f, 6); /* a checksum is its receiver's affair */
}

/* A whole SYN, or another segment, to port 25 of the decoy. */
static void put_inner_smtp(struct frame *f, int family)
{
	struct ip ip = ip_to(true, family, IPPROTO_TCP);

	ip_begin(f, &ip);
	put_tcp(f, 1024 + draw(60000), SMTP);
	ip_end(f, &ip);
}

static void put_segment(struct frame *f, struct ip ip, uint16_t sport,
			uint16_t dport, size_t room)
{
	put_type(f, ip.family);
	ip_begin(f, &ip);
	put_tcp(f, sport, dport);
	put_payload(f, room);
	ip_end(f, &ip);
}

static void make_tcp_to_other_port(struct frame *f, size_t room)
{
	struct ip ip = ip_to(draw(4) != 0, draw_family(), IPPROTO_TCP);

	ip.options = draw(3) ? 0 : draw(ip.family == 4 ? 11 : 9);
	put_segment(f, ip, draw(4) ? draw(65536) : SMTP, draw_port(), room);
}

static void make_smtp_elsewhere(struct frame *f, size_t room)
{
	struct ip ip = ip_to(false, draw_family(), IPPROTO_TCP);

	ip.options = draw(3) ? 0 : draw(11);
	ip.frag = draw(4) ? 0 : MF;
	put_segment(f, ip, draw(65536), SMTP, room);
}

static void make_later_fragment(struct frame *f, size_t room)
{
	struct ip ip = ip_to(true, draw_family(), IPPROTO_TCP);

	ip.frag = (1 + draw(0x1000)) | (draw(2) ? MF : 0);
	put_segment(f, ip, draw(65536), SMTP, room);
}

static void make_udp(struct frame *f, size_t room)
{
	static const uint16_t ports[] = { SMTP, 53, 123, 4789 };
	struct ip ip = ip_to(true, draw_family(), IPPROTO_UDP);

	ip.frag = draw(2) ? 0 : draw(2) * MF | draw(3) * 185;
	put_type(f, ip.family);
	ip_begin(f, &ip);
	put16(f, draw(65536));
	put16(f, ports[draw(4)]);
	put_random(f, 4);
	put_payload(f, room);
	ip_end(f, &ip);
}

/* Also errors that quote a segment of a connection with the decoy. */
static void make_icmp(struct frame *f, size_t room)
{
	static const uint8_t types4[] = { 0, 3, 5, 8, 11, 12 };
	static const uint8_t types6[] = {
		1, 2, 3, 128, 129, 133, 134, 135, 136
	};
	int family = draw_family();
	struct ip ip = ip_to(true, family,
			     family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);

	put_type(f, family);
	ip_begin(f, &ip);
	put8(f, family == 4 ? types4[draw(sizeof(types4))]
			    : types6[draw(sizeof(types6))]);
	put8(f, family == 4 ? draw(6) : 0);
	put_random(f, 2);
	put32(f, draw(2) ? 1280 : draw(1u << 31));
	if (draw(2))
		put_inner_smtp(f, family);
	else
		put_payload(f, room);
	ip_end(f, &ip);
}

static void make_multicast_report(struct frame *f, size_t room)
{
	struct ip ip = ip_to(draw(2), draw_family(), IPPROTO_IGMP);

	(void)room;
	ip.options = 1;
	if (ip.family == 6)
		ip.protocol = IPPROTO_ICMPV6;
	put_type(f, ip.family);
	ip_begin(f, &ip);
	put8(f, ip.family == 4 ? 0x16 : 131);
	put_random(f, 23);
	ip_end(f, &ip);
}

static void make_arp(struct frame *f, size_t room)
{
	(void)room;
	put16(f, 0x0806);
	put16(f, 1);
	put16(f, 0x0800);
	put16(f, 0x0604);
	put16(f, 1 + draw(2));
	put(f, others_mac, 6);
	put_addr(f, 4, false);
	put_random(f, 6);
	put_addr(f, 4, true);
	put_zeroes(f, draw(2) ? 18 : 0);
}

/* MPLS, PPPoE, LLDP, EAPOL, MACsec, old tags, loopback, and any other. */
static void make_ethertype(struct frame *f, size_t room)
{
	static const uint16_t types[] = { 0x8847, 0x8848, 0x8863, 0x8864,
					  0x88cc, 0x888e, 0x88e5, 0x9100,
					  0x9000, 0x0801, 0x86de, 0x0600 };
	uint16_t type = 0x0601 + draw(0x7800);

	if (draw(4) || type == 0x0800)
		type = types[draw(sizeof(types) / sizeof(*types))];
	put16(f, type);
	if (type == 0x8847)
		put32(f, 0x00010140);
	if (type == 0x8864)
		put32(f, 0x11000001);
	if (draw(2))
		put_inner_smtp(f, draw_family());
	else
		put_payload(f, room);
}

/* IEEE 802.3: a length in the place of the type, then LLC. */
static void make_llc(struct frame *f, size_t room)
{
	size_t start = f->len;

	put16(f, 0);
	put8(f, 0x42); /* spanning tree */
	put8(f, 0x42);
	put8(f, 3);
	put_payload(f, room < start + 1502 ? room : start + 1502);
	set16(f, start, f->len - start - 2);
}

static void make_tunnel(struct frame *f, size_t room)
{
	static const uint8_t protocols[] = { IPPROTO_IPIP, IPPROTO_IPV6,
					     IPPROTO_GRE,  IPPROTO_ESP,
					     IPPROTO_SCTP, IPPROTO_UDPLITE,
					     IPPROTO_DCCP, 253 };
	struct ip ip = ip_to(true, draw_family(), 0);

	ip.protocol = protocols[draw(sizeof(protocols))];
	put_type(f, ip.family);
	ip_begin(f, &ip);
	if (ip.protocol == IPPROTO_GRE)
		put32(f, 0x0800);
	if (ip.protocol == IPPROTO_IPIP || ip.protocol == IPPROTO_GRE)
		put_inner_smtp(f, 4);
	else if (ip.protocol == IPPROTO_IPV6)
		put_inner_smtp(f, 6);
	else
		put32(f, draw(65536) << 16 | SMTP);
	if (draw(2))
		put_payload(f, room);
	ip_end(f, &ip);
}

/* Cut off anywhere behind the type; most receivers have nothing to say to it.
 */
static void make_runt(struct frame *f, size_t room)
{
	size_t least = f->len + 2;

	if (draw(2))
		make_smtp_elsewhere(f, room);
	else
		make_icmp(f, room);
	if (f->len > least + 100)
		f->len = least + 100;
	f->len = least + draw(f->len - least + 1);
}

static const struct {
	const char *kind;
	void (*make)(struct frame *f, size_t room);
} kinds[] = {
	{ "TCP to another port", make_tcp_to_other_port },
	{ "TCP to port 25 of another address", make_smtp_elsewhere },
	{ "later fragment", make_later_fragment },
	{ "UDP", make_udp },
	{ "ICMP", make_icmp },
	{ "multicast report", make_multicast_report },
	{ "ARP", make_arp },
	{ "EtherType", make_ethertype },
	{ "LLC", make_llc },
	{ "tunnel", make_tunnel },
	{ "runt", make_runt },
};

static void put_link(struct frame *f)
{
	static const uint8_t group[2][6] = { { 0xff, 0xff, 0xff, 0xff, 0xff,
					       0xff },
					     { 0x01, 0x80, 0xc2, 0, 0, 0x0e } };
	static const uint8_t station[6] = { 0x02, 0, 0, 0, 0, 2 };
	uint32_t to = draw(6), tags = draw(4) ? 0 : 1 + draw(draw(4) ? 2 : 8);

	put(f, to < 2 ? group[to] : station, 6);
	put(f, others_mac, 6);
	while (tags--) {
		put16(f, draw(2) ? 0x8100 : 0x88a8);
		put16(f, draw(4) ? draw(65536) : 0);
	}
}

void others_make(struct frame *f, size_t room)
{
	size_t kind = draw(sizeof(kinds) / sizeof(*kinds));
	bool tagged;

	f->len = 0;
	f->kind = kinds[kind].kind;
	put_link(f);
	tagged = f->len > 2 * sizeof(others_mac);
	kinds[kind].make(f, room);
	/* skb_vlan_untag() drops what has less, before anybody gets to see it.
	 */
	if (tagged && f->len < LEAST_TAGGED)
		put_zeroes(f, LEAST_TAGGED - f->len);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "mutate.h"

#include <arpa/inet.h>
#include <string.h>

#define HEADERS 120 /* bytes, about */

/* A network, and bytes at its end that are any. */
struct somewhere {
	const char *addr;
	int any;
	int weight;
};

static const struct somewhere senders4[] = {
	{ "203.0.113.0", 1, 75 },    { "198.18.0.5", 0, 5 },
	{ "192.0.2.0", 1, 10 },	     { "198.51.100.10", 0, 2 },
	{ "127.0.0.1", 0, 2 },	     { "0.0.0.0", 4, 5 },
	{ "255.255.255.255", 0, 1 },
};

static const struct somewhere receivers4[] = {
	{ "198.51.100.10", 0, 35 }, { "198.51.100.30", 0, 15 },
	{ "198.51.100.40", 0, 20 }, { "198.51.100.20", 0, 8 },
	{ "198.51.100.0", 1, 18 },  { "0.0.0.0", 4, 4 },
};

static const struct somewhere senders6[] = {
	{ "2001:db8:77::", 1, 60 },   { "2001:db8:77:1::", 8, 10 },
	{ "2001:db8:200::", 1, 10 },  { "2001:db8:200::5", 0, 5 },
	{ "2001:db8:300::", 12, 5 },  { "::", 1, 3 },
	{ "::ffff:0:0", 4, 2 },	      { "ff02::1", 0, 1 },
	{ "2001:db8:100::10", 0, 2 }, { "::", 16, 2 },
};

static const struct somewhere receivers6[] = {
	{ "2001:db8:100::10", 0, 35 }, { "2001:db8:100::30", 0, 15 },
	{ "2001:db8:100::40", 0, 20 }, { "2001:db8:100::20", 0, 8 },
	{ "2001:db8:100::", 1, 18 },   { "2001:db8::", 12, 4 },
};

static void put_somewhere(uint8_t *at, int family, const struct somewhere *list,
			  size_t count, struct dice *d)
{
	int size = family == AF_INET6 ? 16 : 4, left = below(d, 100);
	size_t i;

	for (i = 0; i + 1 < count && left >= list[i].weight; i++)
		left -= list[i].weight;
	inet_pton(family, list[i].addr, at);
	fill_random(d, at + size - list[i].any, list[i].any);
}

#define PUT(at, family, list) \
	put_somewhere(at, family, list, sizeof(list) / sizeof(*(list)), d)

void mutate_addresses(struct frame *f, size_t l3, struct dice *d)
{
	uint8_t *ip = f->bytes + l3;

	if (l3 + 20 > f->len)
		return;
	if (ip[0] >> 4 == 4) {
		PUT(ip + 12, AF_INET, senders4);
		PUT(ip + 16, AF_INET, receivers4);
	} else if (l3 + 40 <= f->len) {
		PUT(ip + 8, AF_INET6, senders6);
		PUT(ip + 24, AF_INET6, receivers6);
	}
}

/* A place in the frame, most often in its headers. */
static size_t somewhere_in(const struct frame *f, struct dice *d)
{
	size_t most = f->len < HEADERS || percent(d, 10) ? f->len : HEADERS;

	return below(d, most);
}

/* Makes room for so many bytes, which are then any. */
static bool insert(struct frame *f, size_t at, size_t count, struct dice *d)
{
	if (at > f->len || f->len + count > MUTATED_MAX)
		return false;
	memmove(f->bytes + at + count, f->bytes + at, f->len - at);
	fill_random(d, f->bytes + at, count);
	f->len += count;
	return true;
}

static void take_out(struct frame *f, size_t at, size_t count)
{
	if (at + count > f->len || f->len - count < 14)
		return;
	memmove(f->bytes + at, f->bytes + at + count, f->len - at - count);
	f->len -= count;
}

static void add16(struct frame *f, size_t at, int value)
{
	if (at + 2 > f->len)
		return;
	value += f->bytes[at] << 8 | f->bytes[at + 1];
	f->bytes[at] = value >> 8;
	f->bytes[at + 1] = value;
}

static void insert_tag(struct frame *f, struct dice *d)
{
	if (!insert(f, 12, 4, d))
		return;
	f->bytes[12] = below(d, 2) ? 0x81 : 0x88;
	f->bytes[13] = f->bytes[12] == 0x81 ? 0x00 : 0xa8;
}

/* Options, that the header's length knows of, and mostly the packet's too. */
static void insert_options(struct frame *f, size_t l3, struct dice *d)
{
	static const uint8_t kinds[] = { 0, 1, 7, 68, 131, 137, 148 };
	size_t count = 4 * between(d, 1, 5);
	uint8_t *ip = f->bytes + l3;

	if (l3 + 20 > f->len || !insert(f, l3 + 20, count, d))
		return;
	ip[0] += count / 4;
	if (percent(d, 90))
		add16(f, l3 + 2, count);
	ip[20] = kinds[below(d, sizeof(kinds))];
	ip[21] = percent(d, 70) ? count - below(d, 2) : below(d, count + 4);
	ip[22] = percent(d, 70) ? 4 : below(d, count);
	if (count >= 8 && percent(d, 50))
		inet_pton(AF_INET, DECOY4, ip + 20 + count - 5);
}

/* A header behind IPv6's own, which says that it follows. */
static void insert_extension(struct frame *f, size_t l3, struct dice *d)
{
	static const uint8_t types[] = {
		EXT_HOP_BY_HOP, EXT_ROUTING,  EXT_ROUTING,  EXT_FRAGMENT,
		EXT_AH,		EXT_DST_OPTS, EXT_DST_OPTS, EXT_MOBILITY,
	};
	uint8_t type = types[below(d, sizeof(types))], *ip = f->bytes + l3;
	struct ext ext = { .type = type, .len = below(d, 4) };
	size_t size = ext_size(&ext);

	if (l3 + 40 > f->len || !insert(f, l3 + 40, size, d))
		return;
	ip[40] = ip[6];
	ip[6] = type;
	if (type != EXT_FRAGMENT)
		ip[41] = ext.len;
	if (type == EXT_FRAGMENT && percent(d, 70)) {
		ip[42] = 0;
		ip[43] = below(d, 2);
	}
	if (type == EXT_ROUTING) {
		ip[42] = below(d, 5);
		ip[43] = below(d, 3);
		if (size >= 24 && percent(d, 60))
			inet_pton(AF_INET6, DECOY6, ip + 40 + size - 16);
	}
	if (percent(d, 90))
		add16(f, l3 + 4, size);
}

/* Where IP says how long it is, and of IPv4 what fragment it is. */
static void change_length(struct frame *f, size_t l3, struct dice *d)
{
	size_t at = l3 + (f->bytes[l3] >> 4 == 6 ? 4 : 2);

	if (l3 + 20 > f->len)
		return;
	if (percent(d, 30))
		fill_random(d, f->bytes + at, 2);
	else
		add16(f, at, (int)below(d, 81) - 40);
	if (f->bytes[l3] >> 4 == 4 && percent(d, 20))
		f->bytes[l3 + 6] = 0x20 | below(d, 2);
}

/* The first bytes of TCP, where nothing stands in front of it. */
static void change_tcp(struct frame *f, size_t l3, struct dice *d)
{
	size_t tcp =
		l3 + (f->bytes[l3] >> 4 == 6 ? 40 : 4 * (f->bytes[l3] & 0xf));

	if (tcp + 20 > f->len)
		return;
	switch (below(d, 4)) {
	case 0:
		f->bytes[tcp + 3] = percent(d, 50) ? 25 : roll(d);
		break;
	case 1:
		f->bytes[tcp + 12] = roll(d);
		break;
	default:
		f->bytes[tcp + 13] = roll(d);
	}
}

static void change_end(struct frame *f, struct dice *d)
{
	if (percent(d, 60))
		f->len = between(d, 14, f->len);
	else
		insert(f, f->len, between(d, 1, percent(d, 90) ? 40 : 1500), d);
}

static void mutate_once(struct frame *f, size_t l3, struct dice *d)
{
	size_t at = somewhere_in(f, d);

	switch (below(d, 12)) {
	case 0:
	case 1:
		f->bytes[at] ^= 1 << below(d, 8);
		break;
	case 2:
		f->bytes[at] = roll(d);
		break;
	case 3:
		change_end(f, d);
		break;
	case 4:
		insert_tag(f, d);
		break;
	case 5:
		insert(f, at, between(d, 1, 12), d);
		break;
	case 6:
		take_out(f, at, between(d, 1, 12));
		break;
	case 7:
	case 8:
		if (l3 >= f->len)
			break;
		if (f->bytes[l3] >> 4 == 6)
			insert_extension(f, l3, d);
		else
			insert_options(f, l3, d);
		break;
	case 9:
	case 10:
		if (l3 < f->len)
			change_length(f, l3, d);
		break;
	default:
		if (l3 < f->len)
			change_tcp(f, l3, d);
	}
}

void mutate(struct frame *f, size_t l3, struct dice *d)
{
	int count = percent(d, 30) ? 0 : between(d, 1, 4);

	while (count--)
		mutate_once(f, l3, d);
}

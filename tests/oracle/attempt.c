// SPDX-License-Identifier: GPL-2.0-only
#include "attempt.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#include "fragments.h"
#include "random.h"

#define SENDERS4 0x64400000 /* 100.64.0.0/10 */
#define SENDERS4_MASK 0x003fffff

/* Addresses that no sender may have, and IPv4 ones in the dress of IPv6. */
static void make_odd_source(struct attempt *a, struct dice *d)
{
	static const uint8_t first[] = { 0, 127, 224, 240, 255 };
	uint8_t addr[16] = { 0 };

	if (a->spec.family == 4) {
		fill_random(d, addr, 4);
		addr[0] = first[below(d, sizeof(first))];
		inet_ntop(AF_INET, addr, a->src, sizeof(a->src));
		return;
	}
	if (below(d, 2)) {
		addr[10] = addr[11] = 0xff;
		fill_random(d, &addr[12], 4);
	} else if (below(d, 2)) {
		fill_random(d, addr, 16);
		addr[0] = 0xff;
	} else {
		addr[15] = below(d, 2);
	}
	inet_ntop(AF_INET6, addr, a->src, sizeof(a->src));
}

static void make_addresses(struct attempt *a, struct dice *d, uint64_t number)
{
	struct in6_addr in6 = { .s6_addr = { 0x20, 0x01, 0x0d, 0xb8, 0, 5 } };
	struct in_addr in = { htonl(SENDERS4 | (number & SENDERS4_MASK)) };
	uint32_t serial = htonl(number);

	if (a->spec.family == 4) {
		inet_ntop(AF_INET, &in, a->src, sizeof(a->src));
	} else {
		fill_random(d, &in6.s6_addr[6], 6);
		memcpy(&in6.s6_addr[12], &serial, sizeof(serial));
		inet_ntop(AF_INET6, &in6, a->src, sizeof(a->src));
	}
	a->spec.src = a->src;
	if (percent(d, 1))
		make_odd_source(a, d);
	if (a->spec.family == 6 && percent(d, 1))
		a->spec.dst = "::ffff:" DECOY4;
	if (percent(d, 1))
		a->spec.dst_mac =
			below(d, 2) ? "ff:ff:ff:ff:ff:ff" : "01:00:5e:00:00:01";
	else if (percent(d, 1))
		a->spec.dst_mac = "02:00:00:00:00:99";
}

/* An option of a kind, filled at random behind its length; how long it is. */
static int put_option(uint8_t *at, int room, struct dice *d, uint8_t kind,
		      int len)
{
	if (len > room)
		return 0;
	at[0] = kind;
	if (len > 1) {
		at[1] = len;
		fill_random(d, at + 2, len - 2);
	}
	return len;
}

/* Up to a multiple of four, as RFC 791 and RFC 9293 have it. */
static int pad_options(uint8_t *options, int len, struct dice *d)
{
	bool end = below(d, 2);

	while (len % 4)
		options[len++] = end ? 0 : 1;
	return len;
}

static int put_tcp_option(uint8_t *at, int room, struct dice *d)
{
	int len;

	if (percent(d, 3))
		return put_option(at, room, d, 19, 18); /* MD5, RFC 2385 */
	if (percent(d, 3))
		return put_option(at, room, d, 29,
				  4 + 4 * below(d, 5)); /* AO */
	switch (below(d, 10)) {
	case 0:
		return put_option(at, room, d, 2, 4); /* MSS */
	case 1:
		return put_option(at, room, d, 3, 3); /* window scale */
	case 2:
		return put_option(at, room, d, 4, 2); /* SACK permitted */
	case 3:
	case 4:
		return put_option(at, room, d, 8, 10); /* timestamps */
	case 5: /* Fast Open: a request for a cookie, or one (RFC 7413) */
		return put_option(at, room, d, 34,
				  below(d, 2) ? 2 : 6 + 2 * below(d, 7));
	case 6: /* Fast Open as it was tried out (RFC 6994) */
		len = put_option(at, room, d, 254, 4 + 2 * below(d, 5));
		if (len) {
			at[2] = 0xf9;
			at[3] = 0x89;
		}
		return len;
	case 7:
		return put_option(at, room, d, 30, 12); /* MPTCP */
	case 8:
		return put_option(at, room, d, between(d, 35, 253),
				  2 + below(d, 8));
	default:
		return put_option(at, room, d, 1, 1);
	}
}

static void make_tcp_options(struct attempt *a, struct dice *d)
{
	int count = below(d, 7), len = 0;

	if (percent(d, 2)) {
		len = 4 * below(d, 11);
		fill_random(d, a->tcp_options, len);
	} else {
		while (count--)
			len += put_tcp_option(a->tcp_options + len,
					      MAX_OPTIONS - len, d);
		len = pad_options(a->tcp_options, len, d);
	}
	a->spec.tcp_options = len;
	a->spec.tcp_option_bytes = a->tcp_options;
}

#define IP_LSRR 131
#define IP_SSRR 137

/* Record route and timestamp with room left, and with none (RFC 791 3.1). */
static int put_recorder(uint8_t *at, int room, struct dice *d)
{
	int slots = between(d, 1, 4), len;

	if (below(d, 2)) {
		len = put_option(at, room, d, 7, 3 + 4 * slots);
		if (len)
			at[2] = below(d, 2) ? 4 : 4 + 4 * slots;
		return len;
	}
	len = put_option(at, room, d, 68, 4 + 8 * slots);
	if (len) {
		at[2] = below(d, 2) ? 5 : 5 + 8 * slots;
		at[3] = below(d, 2); /* timestamps alone, or with addresses */
	}
	return len;
}

static int put_ip_option(uint8_t *at, int room, struct dice *d)
{
	int hops, len;

	switch (below(d, 8)) {
	case 0:
	case 1:
		return put_recorder(at, room, d);
	case 2: /* a source route, ended or not */
		hops = between(d, 1, 3);
		len = put_option(at, room, d, below(d, 2) ? IP_LSRR : IP_SSRR,
				 3 + 4 * hops);
		if (len)
			at[2] = below(d, 2) ? 4 : 4 + 4 * hops;
		return len;
	case 3: /* router alert, RFC 2113 */
		len = put_option(at, room, d, 148, 4);
		if (len)
			at[2] = at[3] = 0;
		return len;
	case 4:
		return put_option(at, room, d, 130, 11); /* security */
	case 5:
		return put_option(at, room, d, 94, 2 + below(d, 10));
	default:
		return put_option(at, room, d, 1, 1);
	}
}

static void make_ip_options(struct attempt *a, struct dice *d)
{
	int count = between(d, 1, 4), len = 0;

	if (percent(d, 5)) {
		len = 4 * below(d, 11);
		fill_random(d, a->ip_options, len);
	} else {
		while (count--)
			len += put_ip_option(a->ip_options + len,
					     MAX_OPTIONS - len, d);
		len = pad_options(a->ip_options, len, d);
	}
	a->spec.ip_options = len;
	a->spec.ip_option_bytes = a->ip_options;
}

/* Options of one kind fill a hop-by-hop or destination options header. */
static void make_ext_options(uint8_t *body, int size, struct dice *d)
{
	/* The top bits say what who does not know it does (RFC 8200 4.2). */
	uint8_t kind = percent(d, 90) ? 0x1e : roll(d);

	fill_random(d, body, size);
	if (percent(d, 3))
		return;
	if (percent(d, 30) && size == 6) { /* PadN */
		memset(body, 0, size);
		body[0] = 1;
		body[1] = size - 2;
		return;
	}
	body[0] = kind;
	body[1] = size - 2;
}

static int ext_body_size(const struct ext *ext)
{
	if (ext->type == EXT_FRAGMENT)
		return 6;
	if (ext->type == EXT_AH)
		return 4 * ext->len + 6;
	return 8 * ext->len + 6;
}

static void make_ext(struct attempt *a, int i, uint8_t type, struct dice *d)
{
	static const uint8_t others[] = { IPPROTO_UDP, IPPROTO_ICMPV6,
					  IPPROTO_NONE };
	struct ext *ext = &a->spec.ext[i];
	uint8_t *body = a->ext_bodies[i];

	ext->used = true;
	ext->type = type;
	ext->len = type == EXT_AH ? 4 : below(d, 4);
	ext->body = body;
	fill_random(d, body, ext_body_size(ext));
	switch (type) {
	case EXT_HOP_BY_HOP:
	case EXT_DST_OPTS:
		make_ext_options(body, ext_body_size(ext), d);
		break;
	case EXT_ROUTING:
		body[0] = below(d, 6);
		body[1] = 0; /* segments left */
		break;
	case EXT_FRAGMENT:
		body[0] = body[1] = 0; /* atomic */
		if (percent(d, 30))
			ext->next = SAY(others[below(d, sizeof(others))]);
		break;
	}
}

/*
 * What the fragment header says is not believed where it comes late; what an
 * earlier header says that follows, is there again.
 */
static void make_late_fragment(struct attempt *a, struct dice *d)
{
	uint8_t type = below(d, 2) ? EXT_DST_OPTS : EXT_ROUTING;
	int i = 0;

	if (percent(d, 30))
		make_ext(a, i++, EXT_HOP_BY_HOP, d);
	make_ext(a, i++, type, d);
	make_ext(a, i++, EXT_FRAGMENT, d);
	make_ext(a, i++, type, d);
}

static void make_ext_chain(struct attempt *a, struct dice *d)
{
	static const uint8_t types[] = {
		EXT_DST_OPTS, EXT_DST_OPTS, EXT_DST_OPTS, EXT_DST_OPTS,
		EXT_ROUTING,  EXT_ROUTING,  EXT_FRAGMENT, EXT_AH,
		EXT_MOBILITY, EXT_HIP,	    EXT_SHIM6,	  EXT_HOP_BY_HOP
	};
	int length = 1, i;

	if (percent(d, 10)) {
		make_late_fragment(a, d);
		return;
	}
	while (length < MAX_EXT_BUILT && percent(d, 45))
		length++;
	if (percent(d, 5))
		length = MAX_EXT_BUILT;
	for (i = 0; i < length; i++)
		make_ext(a, i, types[below(d, sizeof(types))], d);
	if (percent(d, 40))
		make_ext(a, 0, EXT_HOP_BY_HOP, d);
}

static void make_tags(struct attempt *a, struct dice *d)
{
	int count = between(d, 1, MAX_TAGS_BUILT), i;
	bool priority = percent(d, 75); /* VID 0, which needs no device */

	if (percent(d, 60))
		count = between(d, 1, 2);
	for (i = 0; i < count; i++) {
		a->spec.tags[i].type = percent(d, 75) ? 0x8100 : 0x88a8;
		a->spec.tags[i].tci = roll(d);
		if (priority)
			a->spec.tags[i].tci &= 0xe000;
	}
}

/* 0 of a field means "the usual" in a spec. */
static int any(struct dice *d, uint32_t n)
{
	return SAY((int)below(d, n));
}

static void make_tcp(struct attempt *a, struct dice *d)
{
	struct spec *s = &a->spec;

	s->sport = any(d, 65536);
	s->seq = roll(d);
	s->ack = roll(d);
	s->window = any(d, 65536);
	s->flags = SYN;
	if (percent(d, 25))
		s->flags |= ECE | CWR;
	if (percent(d, 5))
		s->flags |= below(d, 2) ? PSH : URG;
	if (percent(d, 10))
		s->flags = any(d, 256);
	if (percent(d, 10))
		s->urgent = below(d, 65536);
	if (percent(d, 5))
		s->reserved = below(d, 16);
	if (percent(d, 80))
		make_tcp_options(a, d);
	if (percent(d, 40))
		s->payload = percent(d, 25) ? between(d, 1, 16)
					    : between(d, 1, MAX_PAYLOAD);
	fill_random(d, a->payload, s->payload);
	s->payload_bytes = a->payload;
}

static void make_ip(struct attempt *a, struct dice *d)
{
	struct spec *s = &a->spec;

	if (percent(d, 50))
		s->tos = below(d, 256);
	s->ttl = percent(d, 90) ? any(d, 255) + 1 : 0;
	s->id = any(d, 65536);
	s->flow_label = percent(d, 50) ? below(d, 1 << 20) : 0;
	if (percent(d, 70))
		s->frag = 0x4000; /* DF */
	if (percent(d, 2))
		s->frag |= 0x8000;
	if (s->family == 4 && percent(d, 15))
		make_ip_options(a, d);
	if (s->family == 6 && percent(d, 25))
		make_ext_chain(a, d);
}

static void make_checksums(struct attempt *a, struct dice *d)
{
	a->offloaded = percent(d, 20);
	if (a->offloaded)
		a->spec.check = CHECK_PARTIAL;
	if (percent(d, 3))
		a->spec.check = CHECK_WRONG;
	if (percent(d, 1))
		a->spec.wrong_ip_check = true;
}

void attempt_rebuild(struct attempt *a)
{
	build_request(&a->spec, &a->frames[0]);
	a->frame_count = 1;
}

/* Fields that contradict each other, or the frame. */
static void make_lie(struct attempt *a, struct dice *d)
{
	struct spec *s = &a->spec;

	switch (below(d, 7)) {
	case 0:
		s->version = any(d, 16);
		break;
	case 1:
		s->ihl = any(d, 16);
		break;
	case 2:
		s->doff = any(d, 16);
		break;
	case 3:
		s->ip_len = any(d, 20);
		break;
	case 4: /* no jumbogram, though it says so (RFC 2675) */
		s->ip_len = SAY(0);
		s->ext[0] = (struct ext){ true, EXT_HOP_BY_HOP, 0, 0, NULL, 0 };
		memset(&s->ext[1], 0, sizeof(s->ext[1]));
		break;
	case 5:
		s->ip_len = any(d, 65536);
		s->payload = s->padding = 0;
		break;
	default:
		attempt_rebuild(a);
		s->keep = SAY((int)between(d, 14, a->frames[0].len));
	}
}

void attempt_copy(struct attempt *to, const struct attempt *from)
{
	int i;

	*to = *from;
	to->spec.src = to->src;
	to->spec.ip_option_bytes = to->ip_options;
	to->spec.tcp_option_bytes = to->tcp_options;
	to->spec.payload_bytes = to->payload;
	for (i = 0; i < MAX_EXT_BUILT; i++)
		if (from->spec.ext[i].body)
			to->spec.ext[i].body = to->ext_bodies[i];
}

#define VIA4 "198.51.100.99"
#define VIA6 "2001:db8:100::99"

static void route_ipv4(struct attempt *a, struct dice *d)
{
	int hops = between(d, 1, 3), i;
	uint8_t *o = a->ip_options;

	a->spec.ip_options = pad_options(
		o,
		put_option(o, MAX_OPTIONS, d, below(d, 2) ? IP_LSRR : IP_SSRR,
			   3 + 4 * hops),
		d);
	o[2] = 4;
	for (i = 0; i < hops; i++)
		inet_pton(AF_INET, i + 1 < hops ? VIA4 : DECOY4, o + 3 + 4 * i);
	a->spec.ip_option_bytes = o;
	a->spec.dst = VIA4;
}

/*
 * A routing header of one address: the old one (RFC 5095), for mobility (RFC
 * 6275), compressed (RFC 6554), or a segment list (RFC 8754). It may stand
 * behind others, of which one may be a route that has come to its end.
 */
static void route_ipv6(struct attempt *a, struct dice *d)
{
	static const uint8_t types[] = { 0, 2, 3, 4 };
	int at = below(d, 3), i;
	struct ext *ext = &a->spec.ext[at];
	uint8_t *body = a->ext_bodies[at];

	memset(a->spec.ext, 0, sizeof(a->spec.ext));
	for (i = 0; i < at; i++)
		make_ext(a, i, below(d, 2) ? EXT_ROUTING : EXT_DST_OPTS, d);
	*ext = (struct ext){ true, EXT_ROUTING, 2, 0, body, 0 };
	memset(body, 0, ext_body_size(ext));
	body[0] = types[below(d, sizeof(types))];
	body[1] = 1; /* segments left */
	inet_pton(AF_INET6, DECOY6, body + 6);
	if (body[0] == 3 && below(d, 2)) { /* all but its last byte is ours */
		ext->len = 1;
		memset(body + 2, 0, 12);
		body[2] = 0xff;
		body[3] = 7 << 4;
		body[6] = 0x10;
	}
	a->spec.dst = VIA6;
}

static void make_source_route(struct attempt *a, struct dice *d)
{
	if (a->spec.family == 4) {
		route_ipv4(a, d);
		a->spec.final_dst = DECOY4;
	} else {
		route_ipv6(a, d);
		a->spec.final_dst = DECOY6;
	}
	attempt_rebuild(a);
}

void attempt_make(struct attempt *a, uint64_t seed, uint64_t number, int tries)
{
	struct dice d = { seed ^ number * 0xd1342543de82ef95 };

	memset(a, 0, offsetof(struct attempt, frames));
	a->spec.family = below(&d, 2) ? 4 : 6;
	make_addresses(a, &d, number);
	make_ip(a, &d);
	make_tcp(a, &d);
	make_checksums(a, &d);
	if (percent(&d, 30))
		a->spec.padding = between(&d, 1, 18);
	if (percent(&d, 10))
		make_tags(a, &d);
	if (percent(&d, 5))
		make_lie(a, &d);
	attempt_rebuild(a);
	if (!(tries & TRY_SHAPES) || percent(&d, 70))
		return;
	a->shape = percent(&d, 80) ? FRAGMENTS : SOURCE_ROUTE;
	a->offloaded = false;
	a->spec.check = CHECK_FULL;
	if (a->shape == SOURCE_ROUTE)
		make_source_route(a, &d);
	else
		make_fragments(a, &d);
}

void attempt_sender(const struct attempt *a, uint8_t addr[16])
{
	memset(addr, 0, 16);
	inet_pton(a->spec.family == 4 ? AF_INET : AF_INET6, a->src, addr);
}

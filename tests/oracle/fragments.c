// SPDX-License-Identifier: GPL-2.0-only
#include "fragments.h"

#include <string.h>

#define MORE_FRAGMENTS4 0x2000
#define MAX_PIECES 8

/* A piece of the datagram's data, in bytes; all but the last in eights. */
struct piece {
	size_t from, len;
};

struct datagram {
	struct frame whole;
	int family;
	size_t l3;     /* where the IP header starts */
	size_t header; /* length of what is repeated in each fragment */
	size_t next;   /* IPv6: where it says what follows that */
	bool lies;     /* IPv6: what the fragment header says of that */
	size_t data;   /* length of what is cut */
	uint32_t id;
};

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static void build_ipv4(struct frame *f, const struct datagram *g,
		       const struct piece *p)
{
	bool more = p->from + p->len < g->data;
	uint8_t *ip = f->bytes + g->l3;

	memcpy(f->bytes, g->whole.bytes, g->l3 + g->header);
	memcpy(ip + g->header, g->whole.bytes + g->l3 + g->header + p->from,
	       p->len);
	put16(ip + 2, g->header + p->len);
	put16(ip + 4, g->id);
	put16(ip + 6, p->from / 8 | (more ? MORE_FRAGMENTS4 : 0));
	put16(ip + 10, 0);
	put16(ip + 10, 0xffff - internet_sum(ip, g->header, 0));
	f->len = g->l3 + g->header + p->len;
}

static void build_ipv6(struct frame *f, const struct datagram *g,
		       const struct piece *p)
{
	bool more = p->from + p->len < g->data;
	uint8_t *ip = f->bytes + g->l3, *ext = ip + g->header;

	memcpy(f->bytes, g->whole.bytes, g->l3 + g->header);
	put16(ip + 4, g->header - 40 + 8 + p->len);
	ext[0] = g->lies ? IPPROTO_UDP : ip[g->next];
	ext[1] = 0;
	put16(ext + 2, p->from | more);
	put16(ext + 4, g->id >> 16);
	put16(ext + 6, g->id);
	ip[g->next] = EXT_FRAGMENT;
	memcpy(ext + 8, g->whole.bytes + g->l3 + g->header + p->from, p->len);
	f->len = g->l3 + g->header + 8 + p->len;
}

/*
 * The fragment header goes right behind the IPv6 header, or behind some of the
 * extension headers (RFC 8200 4.5).
 */
static void divide_ipv6(struct datagram *g, const struct spec *s,
			struct dice *d)
{
	int i;

	g->header = 40;
	g->next = 6;
	for (i = 0; i < 3 && s->ext[i].used && percent(d, 50); i++) {
		g->next = g->header;
		g->header += ext_size(&s->ext[i]);
		g->lies = percent(d, 50);
	}
}

/* Cuts at random, in order and without a gap. */
static int cut(struct piece pieces[MAX_PIECES], size_t data, struct dice *d)
{
	size_t from = 0, len;
	int count = 0;

	while (from < data && count < MAX_PIECES - 1) {
		len = 8 *
		      (percent(d, 60) ? between(d, 1, 4) : between(d, 1, 180));
		if (from + len > data) /* but never all in one */
			len = from ? data - from : 8;
		pieces[count++] = (struct piece){ from, len };
		from += len;
	}
	if (from < data)
		pieces[count++] = (struct piece){ from, data - from };
	return count;
}

/* Lets some reach into the next, which Linux answers by giving up on all. */
static void overlap(struct piece *pieces, int count, struct dice *d)
{
	int i;

	for (i = 0; i + 1 < count; i++)
		if (below(d, 2))
			pieces[i].len += 8;
	for (i = 0; i + 2 < count; i++)
		if (pieces[i].len > pieces[i + 1].len + 8)
			pieces[i].len -= 8;
}

/* To the end of the data; but a fragment of all of it would be none. */
static void clip(struct piece *p, size_t data)
{
	if (p->from + p->len > data)
		p->len = data - p->from;
	if (p->len == data)
		p->len = (data - 1) / 8 * 8;
}

static int repeat_some(struct piece *pieces, int count, struct dice *d)
{
	int i, all = count;

	for (i = 0; i < count; i++)
		if (below(d, 2))
			pieces[all++] = pieces[i];
	return all;
}

static void shuffle(struct piece *pieces, int count, struct dice *d)
{
	struct piece other;
	int i, j;

	for (i = count - 1; i > 0; i--) {
		j = below(d, i + 1);
		other = pieces[i];
		pieces[i] = pieces[j];
		pieces[j] = other;
	}
}

void make_fragments(struct attempt *a, struct dice *d)
{
	struct piece pieces[2 * MAX_PIECES];
	struct spec *s = &a->spec;
	struct datagram g;
	int count, i;

	s->padding = s->keep = s->ip_len = s->ihl = s->version = 0;
	s->wrong_ip_check = false;
	s->frag = 0;
	build_request(s, &g.whole);
	g.family = s->family;
	g.l3 = spec_l3(s);
	g.lies = false;
	if (s->family == 4)
		g.header = 20 + s->ip_options;
	else
		divide_ipv6(&g, s, d);
	g.data = g.whole.len - g.l3 - g.header;
	g.id = roll(d);
	count = cut(pieces, g.data, d);
	if (percent(d, 25))
		overlap(pieces, count, d);
	if (percent(d, 25))
		count = repeat_some(pieces, count, d);
	if (percent(d, 50))
		shuffle(pieces, count, d);
	for (i = 0; i < count; i++) {
		clip(&pieces[i], g.data);
		if (g.family == 4)
			build_ipv4(&a->frames[i], &g, &pieces[i]);
		else
			build_ipv6(&a->frames[i], &g, &pieces[i]);
	}
	a->frame_count = count;
}

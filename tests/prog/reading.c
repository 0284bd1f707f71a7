// SPDX-License-Identifier: GPL-2.0-only
#include "reading.h"

#define TAGS_FOLLOWED 8
#define SMTP 25

static bool is_tag(unsigned int type)
{
	return type == 0x8100 || type == 0x88a8;
}

/* The port is in the first four bytes; a fragment has those that it says. */
static bool is_other_port(const struct reading *r, bool fragment)
{
	if (!has(r->f, r->l4, 4) || (fragment && r->segment_len < 4))
		return false;
	return get16(r->f, r->l4 + 2) != SMTP;
}

/* The lengths of IP are right, and the frame is to hold what they say. */
static enum fmx_reason read_segment(struct reading *r, bool fragment)
{
	int header;

	if (r->segment_len < 0 || !has(r->f, r->l4, r->segment_len))
		return FMX_REASON_MALFORMED;
	if (fragment)
		return FMX_REASON_FRAGMENT;
	if (r->segment_len < 20)
		return FMX_REASON_MALFORMED;
	header = r->f->bytes[r->l4 + 12] / 16 * 4;
	if (header < 20 || header > r->segment_len)
		return FMX_REASON_MALFORMED;
	r->payload_len = r->segment_len - header;
	return FMX_REASON_NONE;
}

static void read_ipv4(struct reading *r)
{
	const uint8_t *ip = r->f->bytes + r->l3;
	unsigned int header, frag;
	bool sound;

	if (!has(r->f, r->l3, 20) || ip[9] != TCP)
		return;
	frag = get16(r->f, r->l3 + 6);
	if (frag % 0x2000) /* not the first: no port is in it */
		return;
	header = ip[0] % 16 * 4;
	sound = ip[0] / 16 == 4 && header >= 20;
	r->family = 4;
	memcpy(r->src, ip + 12, 4);
	memcpy(r->dst, ip + 16, 4);
	r->l4 = r->l3 + header;
	r->segment_len = (int)get16(r->f, r->l3 + 2) - (int)header;
	r->has_more = sound && header > 20;
	r->is_smtp = !sound || !is_other_port(r, frag & 0x2000);
	r->flaw = sound ? read_segment(r, frag & 0x2000) : FMX_REASON_MALFORMED;
}

bool is_extension(uint8_t type)
{
	static const uint8_t types[] = {
		EXT_HOP_BY_HOP, EXT_ROUTING,  EXT_FRAGMENT, EXT_AH,
		EXT_DST_OPTS,	EXT_MOBILITY, EXT_HIP,	    EXT_SHIM6,
	};

	return memchr(types, type, sizeof(types));
}

size_t extension_size(uint8_t type, uint8_t len)
{
	const struct ext ext = { .type = type, .len = len };

	return ext_size(&ext);
}

/* A chain of extension headers, as far as it is followed. */
struct chain {
	size_t at;    /* where it ends */
	uint8_t next; /* and what follows */
	int count;
	bool first_fragment, later_fragment;
	/* A fragment header that is not the first, but for hop-by-hop */
	bool late;
};

static void follow_chain(const struct reading *r, size_t end, struct chain *c)
{
	bool others = false;

	for (c->count = 0; c->count < EXTENSIONS_FOLLOWED; c->count++) {
		const uint8_t *ext = r->f->bytes + c->at;
		uint8_t type = c->next;

		if (!is_extension(type) || !has(r->f, c->at, 8))
			return;
		/* Behind the end of a fragment is padding. */
		if (c->first_fragment && c->at + 8 > end)
			return;
		if (type == EXT_FRAGMENT) {
			unsigned int frag = get16(r->f, c->at + 2);

			c->late |= others;
			c->later_fragment |= frag >= 8;
			c->first_fragment |= frag % 2;
		}
		others = c->count > 0 || type != EXT_HOP_BY_HOP;
		c->at += extension_size(type, ext[1]);
		c->next = ext[0];
	}
}

/* What is to be said of a packet whose TCP header was not come to. */
static enum fmx_reason given_up(const struct reading *r, const struct chain *c,
				size_t end)
{
	if (c->late)
		return FMX_REASON_FRAGMENT;
	if (c->first_fragment && c->at + 8 > end)
		return FMX_REASON_FRAGMENT;
	return has(r->f, c->at, 8) ? FMX_REASON_EXT_HEADERS
				   : FMX_REASON_MALFORMED;
}

static void read_ipv6(struct reading *r)
{
	const uint8_t *ip = r->f->bytes + r->l3;
	struct chain c = { .at = r->l3 + 40 };
	unsigned int length;
	size_t end;

	if (!has(r->f, r->l3, 40))
		return;
	c.next = ip[6];
	length = get16(r->f, r->l3 + 4);
	end = c.at + length;
	r->has_more = is_extension(c.next);
	follow_chain(r, end, &c);
	if (c.later_fragment)
		return;
	r->family = 6;
	memcpy(r->src, ip + 8, 16);
	memcpy(r->dst, ip + 24, 16);
	if (c.late || is_extension(c.next)) {
		r->is_smtp = true;
		r->flaw = given_up(r, &c, end);
		return;
	}
	r->l4 = c.at;
	r->segment_len = (int)length - (int)(c.at - r->l3 - 40);
	r->is_smtp = c.next == TCP && !is_other_port(r, c.first_fragment);
	r->flaw = ip[0] / 16 == 6 && length ? read_segment(r, c.first_fragment)
					    : FMX_REASON_MALFORMED;
}

void read_frame(const struct frame *f, struct reading *r)
{
	unsigned int type, tags;
	size_t at = 12;

	*r = (struct reading){ .f = f, .flaw = FMX_REASON_NONE };
	if (!has(f, 0, 14))
		return;
	type = get16(f, at);
	for (tags = 0; tags < TAGS_FOLLOWED && is_tag(type); tags++) {
		at += 4;
		if (!has(f, at, 2))
			return;
		type = get16(f, at);
	}
	r->l3 = at + 2;
	if (type == 0x0800) {
		read_ipv4(r);
	} else if (type == 0x86dd) {
		read_ipv6(r);
	} else if (is_tag(type)) {
		r->is_smtp = true;
		r->flaw = FMX_REASON_TAGS;
	}
}

uint16_t pseudo_sum(const struct reading *r, int segment_len)
{
	uint8_t header[36] = { 0 };

	memcpy(header, r->src, 16);
	memcpy(header + 16, r->dst, 16);
	header[33] = TCP;
	header[34] = segment_len / 256;
	header[35] = segment_len % 256;
	return internet_sum(header, sizeof(header), 0);
}

bool is_partial(const struct reading *r)
{
	uint16_t sum = pseudo_sum(r, r->segment_len);

	return sum && get16(r->f, r->l4 + 16) == sum;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "rules.h"

#include <string.h>

#define TAGS_FOLLOWED 8
#define EXTENSIONS_FOLLOWED 8

#define TCP 6
#define SMTP 25

static unsigned int get16(const struct frame *f, size_t at)
{
	return f->bytes[at] * 256 + f->bytes[at + 1];
}

static void put16(struct frame *f, size_t at, unsigned int value)
{
	f->bytes[at] = value / 256;
	f->bytes[at + 1] = value % 256;
}

static uint32_t get32(const struct frame *f, size_t at)
{
	return (uint32_t)get16(f, at) << 16 | get16(f, at + 2);
}

static void put32(struct frame *f, size_t at, uint32_t value)
{
	put16(f, at, value >> 16);
	put16(f, at + 2, value & 0xffff);
}

static bool has(const struct frame *f, size_t at, size_t count)
{
	return at + count <= f->len;
}

static bool is_tag(unsigned int type)
{
	return type == 0x8100 || type == 0x88a8;
}

/* What the frame is read as; `reason` NONE: nothing is odd about it so far. */
struct reading {
	const struct frame *f;
	int family; /* 4, 6, or 0: tags alone */
	size_t l3, l4;
	uint8_t src[16], dst[16];
	bool has_more; /* options or extension headers */
	bool is_smtp;  /* it is, or could be, for port 25 */
	enum fmx_reason flaw;
	int segment_len, payload_len;
};

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

static bool is_extension(uint8_t type)
{
	static const uint8_t types[] = {
		EXT_HOP_BY_HOP, EXT_ROUTING,  EXT_FRAGMENT, EXT_AH,
		EXT_DST_OPTS,	EXT_MOBILITY, EXT_HIP,	    EXT_SHIM6,
	};

	return memchr(types, type, sizeof(types));
}

static size_t extension_size(uint8_t type, uint8_t len)
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

static void read_frame(const struct frame *f, struct reading *r)
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

static const struct world_target *find_target(const struct world *w, int family,
					      const uint8_t *addr)
{
	size_t i;

	for (i = 0; i < w->target_count; i++)
		if (w->targets[i].family == family &&
		    !memcmp(w->targets[i].addr, addr, family == 4 ? 4 : 16))
			return &w->targets[i];
	return NULL;
}

static bool is_in(const uint8_t *addr, const struct world_allow *a)
{
	int i;

	for (i = 0; i < a->len; i++)
		if ((addr[i / 8] ^ a->addr[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}

/* By any that has not ended. */
static bool is_allowed(const struct world *w, const struct reading *r)
{
	size_t i;

	for (i = 0; i < w->allow_count; i++)
		if (w->allowed[i].family == r->family && !w->allowed[i].ended &&
		    is_in(r->src, &w->allowed[i]))
			return true;
	return false;
}

static bool is_martian(const struct reading *r)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff },
			     zero[15];
	const uint8_t *src = r->src;

	if (!memcmp(src, r->dst, 16))
		return true;
	if (r->family == 4)
		return src[0] == 0 || src[0] == 127 || src[0] >= 224;
	return src[0] == 0xff || !memcmp(src, mapped, 12) ||
	       (!memcmp(src, zero, 15) && src[15] <= 1);
}

/* Who it comes from, which is what is looked at first. */
static enum fmx_reason judge_source(const struct world *w,
				    const struct reading *r)
{
	if (is_martian(r))
		return FMX_REASON_MARTIAN;
	if (r->f->bytes[0] % 2)
		return FMX_REASON_GROUP_MAC;
	return is_allowed(w, r) ? FMX_REASON_ALLOWED : FMX_REASON_NONE;
}

static uint16_t pseudo_sum(const struct reading *r, int segment_len)
{
	uint8_t header[36] = { 0 };

	memcpy(header, r->src, 16);
	memcpy(header + 16, r->dst, 16);
	header[33] = TCP;
	header[34] = segment_len / 256;
	header[35] = segment_len % 256;
	return internet_sum(header, sizeof(header), 0);
}

static bool is_partial(const struct reading *r)
{
	uint16_t sum = pseudo_sum(r, r->segment_len);

	return sum && get16(r->f, r->l4 + 16) == sum;
}

static bool checksums_are_right(const struct reading *r)
{
	const uint8_t *bytes = r->f->bytes;

	if (r->family == 4 &&
	    internet_sum(bytes + r->l3, r->l4 - r->l3, 0) != 0xffff)
		return false;
	/* Of a payload nothing is summed up. */
	if (is_partial(r) || r->payload_len)
		return true;
	return internet_sum(bytes + r->l4, r->segment_len,
			    pseudo_sum(r, r->segment_len)) == 0xffff;
}

static enum fmx_reason judge_decoy(const struct world *w,
				   const struct reading *r)
{
	enum fmx_reason reason = judge_source(w, r);

	if (reason != FMX_REASON_NONE)
		return reason;
	if (r->flaw != FMX_REASON_NONE)
		return r->flaw;
	if (!checksums_are_right(r))
		return FMX_REASON_BAD_CHECKSUM;
	if (r->f->bytes[r->l4 + 13] & RST)
		return FMX_REASON_RST;
	return FMX_REASON_RESET;
}

/* A word that the frame does not have is 0. */
static void copy_words(const struct frame *f, size_t at, uint8_t *to,
		       size_t words)
{
	size_t i;

	for (i = 0; i < words; i++, at += 4, to += 4) {
		memset(to, 0, 4);
		if (has(f, at, 4))
			memcpy(to, f->bytes + at, 4);
	}
}

/* RFC 791 3.1: the last address of the first route, if it is not ended. */
static bool ipv4_route_end(const struct reading *r, uint8_t last[16])
{
	const uint8_t *o;
	size_t at = r->l3 + 20;

	for (; at + 3 <= r->l4 && has(r->f, at, 3);
	     at += o[0] == 1 ? 1 : o[1]) {
		o = r->f->bytes + at;
		if (o[0] == 131 || o[0] == 137) {
			if (o[2] < 4 || o[2] + 3 > o[1])
				return false;
			at += o[2] - 1 + ((o[1] - o[2] + 1) / 4 - 1) * 4;
			copy_words(r->f, at, last, 1);
			return true;
		}
		if (!o[0] || (o[0] != 1 && !o[1]))
			return false;
	}
	return false;
}

/* RFC 5095, RFC 6275, RFC 8754, RFC 6554: the last address that is listed. */
static bool routing_end(const struct reading *r, size_t at, uint8_t last[16])
{
	const uint8_t *route = r->f->bytes + at;
	size_t end = at + 8 + route[1] * 8, own = 0, i;

	if (!route[3] || !route[1])
		return false;
	switch (route[2]) {
	case 0:
	case 2:
		break;
	case 4: /* it stands first */
		end = at + 8 + 16;
		break;
	case 3:
		own = route[4] % 16; /* bytes that are the destination's */
		end -= route[5] / 16;
		break;
	default:
		return false;
	}
	copy_words(r->f, end - 16, last, 4);
	for (i = 0; i < own; i++)
		if (has(r->f, end - 16 + i / 4 * 4, 4))
			last[i] = r->dst[i];
	return true;
}

static bool ipv6_route_end(const struct reading *r, uint8_t last[16])
{
	uint8_t type = r->f->bytes[r->l3 + 6];
	size_t at = r->l3 + 40, size;
	int i;

	for (i = 0; i < EXTENSIONS_FOLLOWED; i++) {
		if (!is_extension(type) || !has(r->f, at, 8))
			return false;
		if (type == EXT_ROUTING && routing_end(r, at, last))
			return true;
		size = extension_size(type, r->f->bytes[at + 1]);
		type = r->f->bytes[at];
		at += size;
	}
	return false;
}

static enum fmx_reason judge_other(const struct world *w,
				   const struct reading *r)
{
	const struct world_target *t;
	uint8_t last[16] = { 0 };
	enum fmx_reason reason;

	if (!r->has_more || !(r->family == 4 ? ipv4_route_end(r, last)
					     : ipv6_route_end(r, last)))
		return FMX_REASON_NONE;
	t = find_target(w, r->family, last);
	if (!t || t->role == FMX_ROLE_REAL)
		return FMX_REASON_NONE;
	reason = judge_source(w, r);
	return reason == FMX_REASON_NONE ? FMX_REASON_SOURCE_ROUTE : reason;
}

static bool is_pure_syn(uint8_t flags)
{
	return (flags & (SYN | ACK | RST | FIN)) == SYN;
}

void rules_judge(const struct world *w, const struct frame *f,
		 struct finding *out)
{
	const struct world_target *t;
	struct reading r;

	read_frame(f, &r);
	*out = (struct finding){
		.reason = FMX_REASON_NONE,
		.family = r.family == 4	  ? FMX_IPV4
			  : r.family == 6 ? FMX_IPV6
					  : FMX_OTHER,
		.l3 = r.l3,
		.l4 = r.l4,
		.segment_len = r.segment_len,
		.payload_len = r.payload_len,
	};
	if (!r.is_smtp)
		return;
	if (r.flaw == FMX_REASON_TAGS) {
		out->reason = r.flaw;
		return;
	}
	t = find_target(w, r.family, r.dst);
	if (!t) {
		out->reason = judge_other(w, &r);
	} else if (t->role == FMX_ROLE_REAL) {
		out->reason = FMX_REASON_REAL;
	} else {
		out->slot = t->slot;
		out->reason = judge_decoy(w, &r);
		if (out->reason != FMX_REASON_RESET)
			return;
		out->partial = is_partial(&r);
		if (t->verifies && is_pure_syn(r.f->bytes[r.l4 + 13]))
			out->reason = FMX_REASON_CHALLENGED;
	}
}

static void answer_ipv4(const struct reading *r, struct frame *a)
{
	size_t ip = a->len;

	a->len += 20;
	memset(a->bytes + ip, 0, 20);
	a->bytes[ip] = 0x45;
	a->bytes[ip + 1] = r->f->bytes[r->l3 + 1] & 0xfc;
	put16(a, ip + 2, 40);
	put16(a, ip + 6, 0x4000);
	a->bytes[ip + 8] = 64;
	a->bytes[ip + 9] = TCP;
	memcpy(a->bytes + ip + 12, r->dst, 4);
	memcpy(a->bytes + ip + 16, r->src, 4);
	put16(a, ip + 10, 0xffff - internet_sum(a->bytes + ip, 20, 0));
}

static void answer_ipv6(const struct reading *r, struct frame *a)
{
	size_t ip = a->len;
	uint32_t class = get16(r->f, r->l3) / 16 % 256 & 0xfc;

	a->len += 40;
	put32(a, ip, 0x60000000 | class << 20);
	put16(a, ip + 4, 20);
	a->bytes[ip + 6] = TCP;
	a->bytes[ip + 7] = 64;
	memcpy(a->bytes + ip + 8, r->dst, 16);
	memcpy(a->bytes + ip + 24, r->src, 16);
}

/* RFC 9293 3.10.7.1; or 3.10.7.2, without options. */
static void answer_tcp(const struct reading *r, struct frame *a,
		       const struct finding *found)
{
	size_t tcp = a->len, rest = tcp + 16;
	uint8_t flags = r->f->bytes[r->l4 + 13];
	uint32_t ack = get32(r->f, r->l4 + 4) + r->payload_len;

	a->len += 20;
	memset(a->bytes + tcp, 0, 20);
	put16(a, tcp, get16(r->f, r->l4 + 2));
	put16(a, tcp + 2, get16(r->f, r->l4));
	a->bytes[tcp + 12] = 0x50;
	if (found->reason == FMX_REASON_CHALLENGED) {
		put32(a, tcp + 4, found->cookie);
		put32(a, tcp + 8, get32(r->f, r->l4 + 4) + 1);
		a->bytes[tcp + 13] = SYN | ACK;
		put16(a, tcp + 14, 0xffff);
	} else if (flags & ACK) {
		put32(a, tcp + 4, get32(r->f, r->l4 + 8));
		a->bytes[tcp + 13] = RST;
	} else {
		put32(a, tcp + 8, ack + !!(flags & SYN) + !!(flags & FIN));
		a->bytes[tcp + 13] = RST | ACK;
	}
	if (found->partial) {
		put16(a, rest, pseudo_sum(r, 20));
		rest += 2;
	}
	put16(a, rest,
	      0xffff - internet_sum(a->bytes + tcp, 20, pseudo_sum(r, 20)));
}

void rules_answer(const struct frame *f, const struct finding *found,
		  struct frame *a)
{
	struct reading r;

	read_frame(f, &r);
	a->len = found->l3;
	memcpy(a->bytes, f->bytes, a->len);
	memcpy(a->bytes, f->bytes + 6, 6);
	memcpy(a->bytes + 6, f->bytes, 6);
	if (r.family == 4)
		answer_ipv4(&r, a);
	else
		answer_ipv6(&r, a);
	answer_tcp(&r, a, found);
}

bool rules_same_answer(const struct finding *found, const struct frame *a,
		       const struct frame *b)
{
	size_t rest = a->len - 2;

	if (a->len != b->len)
		return false;
	if (!found->partial)
		return !memcmp(a->bytes, b->bytes, a->len);
	return !memcmp(a->bytes, b->bytes, rest) &&
	       get16(a, rest) % 0xffff == get16(b, rest) % 0xffff;
}

void rules_bring_back(struct frame *f, const struct finding *found,
		      uint32_t cookie, uint8_t more_flags)
{
	put32(f, found->l4 + 4, get32(f, found->l4 + 4) + 1);
	put32(f, found->l4 + 8, cookie + 1);
	f->bytes[found->l4 + 13] = ACK | more_flags;
}

void rules_repair(struct frame *f, const struct finding *found, bool partial)
{
	struct reading r;
	uint16_t sum;

	read_frame(f, &r);
	if (r.family == 4 && r.l4 >= r.l3 + 20 && r.l4 <= f->len) {
		put16(f, r.l3 + 10, 0);
		put16(f, r.l3 + 10,
		      0xffff - internet_sum(f->bytes + r.l3, r.l4 - r.l3, 0));
	}
	if (!found->l4 || r.segment_len < 20 || !has(f, r.l4, r.segment_len))
		return;
	put16(f, r.l4 + 16, 0);
	sum = pseudo_sum(&r, r.segment_len);
	if (!partial)
		sum = 0xffff -
		      internet_sum(f->bytes + r.l4, r.segment_len, sum);
	put16(f, r.l4 + 16, sum);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "rules.h"

#include "reading.h"

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
		if (t->verifies && is_pure_syn(r.f->bytes[r.l4 + 13]))
			out->reason = FMX_REASON_CHALLENGED;
		out->partial = is_partial(&r);
	}
}

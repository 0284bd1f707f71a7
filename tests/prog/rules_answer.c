// SPDX-License-Identifier: GPL-2.0-only
/* What is written, by the rules: resets, and checksums. */
#include "rules.h"

#include "reading.h"

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

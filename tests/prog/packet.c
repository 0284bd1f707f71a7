// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packet.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define PROTOCOL_TCP 6
#define OUR_PORT 25
#define SENDER_PORT 40000
#define IPV4_HEADER 20
#define TCP_HEADER 20
#define USUAL_SEQ 0x01020304
#define USUAL_ACK 0x0a0b0c0d
#define USUAL_WINDOW 64240

static void append(struct frame *f, const void *bytes, size_t len)
{
	if (f->len + len > FRAME_SIZE)
		abort();
	memcpy(f->bytes + f->len, bytes, len);
	f->len += len;
}

static void append8(struct frame *f, uint8_t value)
{
	append(f, &value, 1);
}

static void append16(struct frame *f, uint16_t value)
{
	append8(f, value >> 8);
	append8(f, value & 0xff);
}

static void append32(struct frame *f, uint32_t value)
{
	append16(f, value >> 16);
	append16(f, value & 0xffff);
}

static void append_fill(struct frame *f, uint8_t value, size_t count)
{
	while (count--)
		append8(f, value);
}

/* `bytes`, or `value` where there are none. */
static void append_given(struct frame *f, const uint8_t *bytes, uint8_t value,
			 size_t count)
{
	if (bytes)
		append(f, bytes, count);
	else
		append_fill(f, value, count);
}

static void set16(struct frame *f, size_t offset, uint16_t value)
{
	f->bytes[offset] = value >> 8;
	f->bytes[offset + 1] = value & 0xff;
}

static void append_mac(struct frame *f, const char *text)
{
	unsigned int b[6];
	int i;

	if (sscanf(text, "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4],
		   &b[5]) != 6)
		abort();
	for (i = 0; i < 6; i++)
		append8(f, b[i]);
}

static size_t read_address(int family, const char *text, uint8_t *addr)
{
	if (inet_pton(family == 6 ? AF_INET6 : AF_INET, text, addr) != 1)
		abort();
	return family == 6 ? 16 : 4;
}

static void append_address(struct frame *f, int family, const char *text)
{
	uint8_t addr[16];

	append(f, addr, read_address(family, text, addr));
}

const char *spec_src(const struct spec *s)
{
	if (s->src)
		return s->src;
	return s->family == 6 ? SENDER6 : SENDER4;
}

const char *spec_dst(const struct spec *s)
{
	if (s->dst)
		return s->dst;
	return s->family == 6 ? DECOY6 : DECOY4;
}

size_t ext_size(const struct ext *ext)
{
	if (ext->type == EXT_FRAGMENT)
		return 8;
	if (ext->type == EXT_AH) /* RFC 4302 2.2: in words, minus two */
		return 4 * ext->len + 8;
	return 8 * ext->len + 8; /* RFC 8200 4: in eights, minus one */
}

static size_t ext_sizes(const struct spec *s)
{
	size_t size = 0;
	int i;

	for (i = 0; i < MAX_EXT_BUILT && s->ext[i].used; i++)
		size += ext_size(&s->ext[i]);
	return size;
}

size_t spec_l3(const struct spec *s)
{
	size_t len = 14;
	int i;

	for (i = 0; i < MAX_TAGS_BUILT && s->tags[i].type; i++)
		len += 4;
	return len;
}

size_t spec_l4(const struct spec *s)
{
	if (s->family == 6)
		return spec_l3(s) + 40 + ext_sizes(s);
	return spec_l3(s) + IPV4_HEADER + s->ip_options;
}

uint16_t internet_sum(const uint8_t *bytes, size_t len, uint32_t sum)
{
	size_t i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? bytes[i] : bytes[i] * 256;
	while (sum > 0xffff)
		sum = sum % 0x10000 + sum / 0x10000;
	return sum;
}

/* RFC 9293 3.1 and RFC 8200 8.1. */
static uint16_t pseudo_sum(const struct spec *s, size_t segment)
{
	uint8_t header[40] = { 0 };
	size_t size = read_address(s->family, spec_src(s), header);

	read_address(s->family, s->final_dst ? s->final_dst : spec_dst(s),
		     header + size);
	size *= 2;
	header[size + 2] = segment >> 8;
	header[size + 3] = segment & 0xff;
	header[size + 7] = PROTOCOL_TCP;
	return internet_sum(header, size + 8, 0);
}

static void append_link(struct frame *f, const struct spec *s, const char *to,
			const char *from)
{
	int i, type = s->family == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;

	append_mac(f, to);
	append_mac(f, from);
	for (i = 0; i < MAX_TAGS_BUILT && s->tags[i].type; i++) {
		append16(f, s->tags[i].type);
		append16(f, s->tags[i].tci);
	}
	append16(f, SAID(s->ethertype, type));
}

static void append_ipv4(struct frame *f, const struct spec *s, size_t segment)
{
	size_t start = f->len, header = IPV4_HEADER + s->ip_options;
	uint16_t check;

	append8(f, SAID(s->version, 4) * 16 + SAID(s->ihl, (int)header / 4));
	append8(f, s->tos);
	append16(f, SAID(s->ip_len, (int)(header + segment)));
	append16(f, SAID(s->id, 0x1234));
	append16(f, s->frag);
	append8(f, SAID(s->ttl, 57));
	append8(f, SAID(s->protocol, PROTOCOL_TCP));
	append16(f, 0); /* checksum */
	append_address(f, 4, spec_src(s));
	append_address(f, 4, spec_dst(s));
	append_given(f, s->ip_option_bytes, 1, s->ip_options);
	check = 0xffff - internet_sum(f->bytes + start, header, 0);
	set16(f, start + 10, s->wrong_ip_check ? check ^ 0x0100 : check);
}

static void append_ipv6(struct frame *f, const struct spec *s, size_t segment)
{
	int protocol = SAID(s->protocol, PROTOCOL_TCP), i;
	const struct ext *ext = s->ext;

	append32(f, (uint32_t)SAID(s->version, 6) << 28 |
			    (uint32_t)s->tos << 20 | s->flow_label);
	append16(f, SAID(s->ip_len, (int)(ext_sizes(s) + segment)));
	append8(f, ext[0].used ? ext[0].type : protocol);
	append8(f, SAID(s->ttl, 57));
	append_address(f, 6, spec_src(s));
	append_address(f, 6, spec_dst(s));
	for (i = 0; i < MAX_EXT_BUILT && ext[i].used; i++) {
		bool last = i + 1 == MAX_EXT_BUILT || !ext[i + 1].used;

		append8(f,
			SAID(ext[i].next, last ? protocol : ext[i + 1].type));
		append8(f, ext[i].len);
		if (ext[i].body) {
			append(f, ext[i].body, ext_size(&ext[i]) - 2);
			continue;
		}
		append16(f, ext[i].frag);
		append_fill(f, 0, ext_size(&ext[i]) - 4);
	}
}

/* The whole segment, in a frame of its own: it may be cut or lied about. */
static void build_segment(struct frame *t, const struct spec *s)
{
	int doff = SAID(s->doff, (TCP_HEADER + s->tcp_options) / 4);
	uint16_t sum;
	int i;

	t->len = 0;
	append16(t, SAID(s->sport, SENDER_PORT));
	append16(t, SAID(s->dport, OUR_PORT));
	append32(t, s->seq ? s->seq : USUAL_SEQ);
	append32(t, s->ack ? s->ack : USUAL_ACK);
	append8(t, doff * 16 | s->reserved);
	append8(t, SAID(s->flags, SYN));
	append16(t, SAID(s->window, USUAL_WINDOW));
	append16(t, 0); /* checksum */
	append16(t, s->urgent);
	if (s->tcp_options && !s->tcp_option_bytes) {
		append32(t, 0x020405b4); /* MSS 1460 */
		append_fill(t, 1, s->tcp_options - 4);
	} else {
		append_given(t, s->tcp_option_bytes, 1, s->tcp_options);
	}
	for (i = 0; i < s->payload; i++)
		append8(t,
			s->payload_bytes ? s->payload_bytes[i] : 'a' + i % 26);

	sum = pseudo_sum(s, t->len);
	if (s->check != CHECK_PARTIAL)
		sum = 0xffff - internet_sum(t->bytes, t->len, sum);
	set16(t, 16, s->check == CHECK_WRONG ? sum ^ 0x0001 : sum);
}

void build_request(const struct spec *s, struct frame *f)
{
	struct frame segment;

	build_segment(&segment, s);
	segment.len = SAID(s->segment, segment.len);
	f->len = 0;
	append_link(f, s, s->dst_mac ? s->dst_mac : OUR_MAC,
		    s->src_mac ? s->src_mac : SENDER_MAC);
	if (s->family == 6)
		append_ipv6(f, s, segment.len);
	else
		append_ipv4(f, s, segment.len);
	append(f, segment.bytes, segment.len);
	append_fill(f, 0xee, s->padding);
	f->len = SAID(s->keep, f->len);
}

/* RFC 9293 3.10.7.2, with no options: no data is acknowledged. */
static void append_challenge(struct frame *f, const struct spec *s)
{
	append16(f, SAID(s->dport, OUR_PORT));
	append16(f, SAID(s->sport, SENDER_PORT));
	append32(f, *s->cookie);
	append32(f, (s->seq ? s->seq : USUAL_SEQ) + 1);
	append8(f, TCP_HEADER / 4 * 16);
	append8(f, SYN | ACK);
	append16(f, 0xffff); /* window */
	append16(f, 0);	     /* checksum */
	append16(f, 0);	     /* urgent pointer */
}

/* RFC 9293 3.10.7.1: what a closed port says to a segment that is no reset. */
static void append_reset(struct frame *f, const struct spec *s)
{
	int doff = SAID(s->doff, (TCP_HEADER + s->tcp_options) / 4);
	int payload = TCP_HEADER + s->tcp_options + s->payload - doff * 4;
	int flags = SAID(s->flags, SYN);
	uint32_t ack = (s->seq ? s->seq : USUAL_SEQ) + payload;

	if (flags & SYN)
		ack++;
	if (flags & FIN)
		ack++;
	append16(f, SAID(s->dport, OUR_PORT));
	append16(f, SAID(s->sport, SENDER_PORT));
	if (flags & ACK) {
		append32(f, s->ack ? s->ack : USUAL_ACK);
		append32(f, 0);
	} else {
		append32(f, 0);
		append32(f, ack);
	}
	append8(f, TCP_HEADER / 4 * 16);
	append8(f, flags & ACK ? RST : RST | ACK);
	append16(f, 0); /* window */
	append16(f, 0); /* checksum */
	append16(f, 0); /* urgent pointer */
}

static void append_answer_ipv4(struct frame *f, const struct spec *s)
{
	size_t start = f->len;

	append8(f, 0x45);
	append8(f, s->tos & 0xfc);
	append16(f, IPV4_HEADER + TCP_HEADER);
	append16(f, 0);	     /* ID */
	append16(f, 0x4000); /* DF */
	append8(f, 64);
	append8(f, PROTOCOL_TCP);
	append16(f, 0);
	append_address(f, 4, spec_dst(s));
	append_address(f, 4, spec_src(s));
	set16(f, start + 10,
	      0xffff - internet_sum(f->bytes + start, IPV4_HEADER, 0));
}

static void append_answer_ipv6(struct frame *f, const struct spec *s)
{
	append32(f, 0x60000000 | (uint32_t)(s->tos & 0xfc) << 20);
	append16(f, TCP_HEADER);
	append8(f, PROTOCOL_TCP);
	append8(f, 64);
	append_address(f, 6, spec_dst(s));
	append_address(f, 6, spec_src(s));
}

void build_answer(const struct spec *s, struct frame *f)
{
	uint16_t sum = pseudo_sum(s, TCP_HEADER);
	size_t start, rest;

	f->len = 0;
	append_link(f, s, s->src_mac ? s->src_mac : SENDER_MAC,
		    s->dst_mac ? s->dst_mac : OUR_MAC);
	if (s->family == 6)
		append_answer_ipv6(f, s);
	else
		append_answer_ipv4(f, s);
	start = f->len;
	if (s->cookie)
		append_challenge(f, s);
	else
		append_reset(f, s);
	rest = start + 16;
	if (s->check == CHECK_PARTIAL) {
		set16(f, rest, sum);
		rest = start + 18;
	}
	set16(f, rest,
	      0xffff - internet_sum(f->bytes + start, TCP_HEADER, sum));
}

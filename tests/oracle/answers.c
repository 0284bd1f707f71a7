// SPDX-License-Identifier: GPL-2.0-only
#include "answers.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire.h"

#define PATIENCE 10000 /* milliseconds */
#define CLOSED_PORT 26 /* of the decoy: the kernel's own, on both hosts */
#define QUESTIONER "100.127.255.254"

static void give_up(const char *ifname, const char *why)
{
	fprintf(stderr, "oracle: %s: %s\n", ifname, why);
	exit(1);
}

void host_open(struct host *h, const char *ifname)
{
	h->name = ifname;
	h->fd = wire_open(ifname);
	if (h->fd < 0)
		give_up(ifname, strerror(-h->fd));
}

static void send_one(const struct host *h, const struct frame *f,
		     size_t check_from)
{
	int err = wire_send(h->fd, f, check_from);

	if (err)
		give_up(h->name, strerror(-err));
}

static size_t check_from(const struct attempt *a)
{
	size_t l4 = spec_l4(&a->spec);

	return a->offloaded && l4 + 20 <= a->frames[0].len ? l4 : 0;
}

/* Where the IP header starts, behind what tags there are; 0: no IP. */
static size_t find_ip(const struct frame *f)
{
	size_t at = 12;
	unsigned int type;

	for (; at + 2 + 20 <= f->len; at += 4) {
		type = f->bytes[at] << 8 | f->bytes[at + 1];
		if (type == 0x0800 || (type == 0x86dd && at + 42 <= f->len))
			return at + 2;
		if (type != 0x8100 && type != 0x88a8)
			break;
	}
	return 0;
}

static bool read_receiver(const struct frame *f, uint8_t addr[16])
{
	size_t ip = find_ip(f);

	memset(addr, 0, 16);
	if (!ip)
		return false;
	if (f->bytes[ip] >> 4 == 4)
		memcpy(addr, f->bytes + ip + 16, 4);
	else
		memcpy(addr, f->bytes + ip + 24, 16);
	return true;
}

/*
 * Asks something that any host answers, and collects what comes before. Frames
 * keep their order; but answers of a driver's own may wait for the end of its
 * turn, which is why it is asked twice.
 */
static void collect(struct host *h, uint8_t (*senders)[16], int count,
		    struct answers *answers)
{
	struct spec question = { .src = QUESTIONER, .dport = SAY(CLOSED_PORT) };
	uint8_t receiver[16], own[16] = { 0 };
	struct frame f;
	int i;

	inet_pton(AF_INET, QUESTIONER, own);
	question.sport = SAY(1 + h->questions++ % 65535);
	build_request(&question, &f);
	send_one(h, &f, 0);
	for (;;) {
		i = wire_receive(h->fd, &f, PATIENCE);
		if (i < 0)
			give_up(h->name, strerror(-i));
		if (!i)
			give_up(h->name, "the host does not answer");
		if (!read_receiver(&f, receiver))
			continue;
		if (!memcmp(receiver, own, sizeof(own)))
			return;
		for (i = 0; i < count; i++)
			if (!memcmp(receiver, senders[i], sizeof(receiver)))
				break;
		if (i < count && answers[i].count < MAX_ANSWERS)
			answers[i].frames[answers[i].count++] = f;
	}
}

void host_ask(struct host *h, const struct attempt *attempts, int count,
	      struct answers *answers)
{
	uint8_t senders[count][16];
	int i, j;

	for (i = 0; i < count; i++) {
		attempt_sender(&attempts[i], senders[i]);
		answers[i].count = 0;
		for (j = 0; j < attempts[i].frame_count; j++)
			send_one(h, &attempts[i].frames[j],
				 check_from(&attempts[i]));
	}
	collect(h, senders, count, answers);
	collect(h, senders, count, answers);
}

static bool is_tcp(const struct frame *f, size_t ip, size_t *tcp)
{
	bool v4 = f->bytes[ip] >> 4 == 4;

	*tcp = ip + (v4 ? 4 * (f->bytes[ip] & 0xf) : 40);
	return f->bytes[ip + (v4 ? 9 : 6)] == 6 && *tcp + 20 <= f->len;
}

/* The sum of the TCP segment and its pseudo-header: 0xffff where it is right.
 */
static uint16_t tcp_sum(const struct frame *f, size_t ip, size_t tcp)
{
	bool v4 = f->bytes[ip] >> 4 == 4;
	const uint8_t *h = f->bytes + ip;
	size_t len = v4 ? (h[2] << 8 | h[3]) - (tcp - ip)
			: (size_t)(h[4] << 8 | h[5]);

	if (tcp + len > f->len)
		return 0;
	return internet_sum(f->bytes + tcp, len,
			    internet_sum(h + (v4 ? 12 : 8), v4 ? 8 : 32,
					 6 + len));
}

void write_tcp_checksum(struct frame *f)
{
	size_t ip = find_ip(f), tcp;
	uint16_t check;

	if (!ip || !is_tcp(f, ip, &tcp))
		return;
	memset(f->bytes + tcp + 16, 0, 2);
	check = 0xffff - tcp_sum(f, ip, tcp);
	f->bytes[tcp + 16] = check >> 8;
	f->bytes[tcp + 17] = check;
}

/* Timestamps, of IP and of TCP, and the initial sequence number. */
static void forget_moment(struct frame *f, size_t ip, size_t tcp)
{
	size_t end = tcp + f->bytes[tcp + 12] / 16 * 4, at = tcp + 20;

	if (f->bytes[ip] > 0x45 && f->bytes[ip] < 0x50) {
		memset(f->bytes + ip + 10, 0, 2);
		memset(f->bytes + ip + 20, 0, tcp - ip - 20);
	}
	if ((f->bytes[tcp + 13] & (SYN | ACK)) != (SYN | ACK))
		return;
	memset(f->bytes + tcp + 4, 0, 4);
	while (at + 10 <= end && f->bytes[at]) {
		if (f->bytes[at] == 8)
			memset(f->bytes + at + 2, 0, 4);
		if (f->bytes[at] == 1)
			at++;
		else
			at += f->bytes[at + 1] ? f->bytes[at + 1] : 1;
	}
}

/* Of an ICMP error the addresses, type and code: timestamps may be in it. */
static void shorten_error(struct frame *f, size_t ip)
{
	size_t header = 4 * (f->bytes[ip] & 0xf);

	if (f->bytes[ip + 9] != 1 || ip + header + 2 > f->len)
		return;
	f->bytes[ip + 20] = f->bytes[ip + header];
	f->bytes[ip + 21] = f->bytes[ip + header + 1];
	memset(f->bytes + ip, 0, 12);
	f->len = ip + 22;
}

/*
 * Leaves out what means nothing: the flow label, which the kernel makes up
 * (RFC 6437: 0 is a packet without one), which of its two zeroes a checksum
 * has (skb_checksum_help() writes 0xffff), and what is of the moment.
 */
static void canonical(struct frame *f, bool listener)
{
	size_t ip = find_ip(f), tcp;
	bool right;

	if (!ip)
		return;
	if (f->bytes[ip] >> 4 == 6) {
		f->bytes[ip + 1] &= 0xf0;
		memset(f->bytes + ip + 2, 0, 2);
	} else {
		shorten_error(f, ip);
	}
	if (!is_tcp(f, ip, &tcp))
		return;
	if (f->bytes[tcp + 16] == 0xff && f->bytes[tcp + 17] == 0xff)
		memset(f->bytes + tcp + 16, 0, 2);
	if (!listener)
		return;
	right = tcp_sum(f, ip, tcp) == 0xffff;
	forget_moment(f, ip, tcp);
	if (right)
		memset(f->bytes + tcp + 16, 0, 2);
}

static bool frames_equal(struct frame a, struct frame b, bool listener)
{
	canonical(&a, listener);
	canonical(&b, listener);
	return a.len == b.len && !memcmp(a.bytes, b.bytes, a.len);
}

bool answers_equal(const struct answers *a, const struct answers *b,
		   bool listener)
{
	int i;

	if (a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++)
		if (!frames_equal(a->frames[i], b->frames[i], listener))
			return false;
	return true;
}

bool answers_among(const struct answers *a, const struct answers *b)
{
	int i, j;

	for (i = 0; i < a->count; i++) {
		for (j = 0; j < b->count; j++)
			if (frames_equal(a->frames[i], b->frames[j], false))
				break;
		if (j == b->count)
			return false;
	}
	return true;
}

bool answers_refuse(const struct answers *answers)
{
	size_t ip, tcp;
	int i;

	for (i = 0; i < answers->count; i++) {
		ip = find_ip(&answers->frames[i]);
		if (ip && is_tcp(&answers->frames[i], ip, &tcp) &&
		    !(answers->frames[i].bytes[tcp + 13] & RST))
			return false;
	}
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SYN cookies: a sender who brings one back is really there, and nothing is
 * kept of one who does not. They are not the kernel's, which its own listener
 * behind the decoy would take (RFC 4987 3.6).
 */
#ifndef FAKEMX_COOKIE_H
#define FAKEMX_COOKIE_H

#include "ledger.h"
#include "maps.h"
#include "parse.h"

/* SipHash-2-4 (Aumasson and Bernstein, SipHash: a fast short-input PRF, 2012).
 */
struct sip {
	__u64 v0, v1, v2, v3;
};

static __always_inline __u64 rotate(__u64 word, int bits)
{
	return word << bits | word >> (64 - bits);
}

static __always_inline void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 = rotate(s->v0, 32);
	s->v2 += s->v1;
	s->v0 += s->v3;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v2 = rotate(s->v2, 32);
}

static __always_inline void sip_word(struct sip *s, __u64 word)
{
	s->v3 ^= word;
	sip_round(s);
	sip_round(s);
	s->v0 ^= word;
}

/* Of whole words, each as the host has it. */
static __always_inline __u64 siphash(const __u64 *key, const __u64 *words,
				     __u32 count)
{
	struct sip s = {
		.v0 = key[0] ^ 0x736f6d6570736575ULL,
		.v1 = key[1] ^ 0x646f72616e646f6dULL,
		.v2 = key[0] ^ 0x6c7967656e657261ULL,
		.v3 = key[1] ^ 0x7465646279746573ULL,
	};
	__u32 i;

	for (i = 0; i < count; i++)
		sip_word(&s, words[i]);
	sip_word(&s, (__u64)count * sizeof(*words) << 56);
	s.v2 ^= 0xff;
	for (i = 0; i < 4; i++)
		sip_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

#define COOKIE_NS 60000000000ULL

static __always_inline __u32 cookie_minute(void)
{
	return bpf_ktime_get_ns() / COOKIE_NS + 1;
}

/*
 * A new key, of the one before it and of the kernel's random numbers: those
 * alone can be foretold by who sees enough of them.
 */
static __always_inline void renew(struct fmx_cookie_key *k,
				  const struct fmx_cookie_key *before,
				  __u32 minute)
{
	__u64 fresh[2], words[4];
	__u32 i;

	for (i = 0; i < 2; i++) {
		words[0] = join(bpf_get_prandom_u32(), bpf_get_prandom_u32());
		words[1] = join(bpf_get_prandom_u32(), bpf_get_prandom_u32());
		words[2] = bpf_ktime_get_ns();
		words[3] = join(minute, i);
		fresh[i] = siphash(before->key, words, 4);
	}
	*(volatile __u32 *)&k->minute = 0;
	*(volatile __u64 *)&k->key[0] = fresh[0];
	*(volatile __u64 *)&k->key[1] = fresh[1];
	*(volatile __u32 *)&k->minute = minute;
}

/*
 * Which of the two keys is this minute's. While another CPU makes it, the other
 * one is good until the minute ends.
 */
static __always_inline __u32 current_key(void)
{
	__u32 minute = cookie_minute(), which = minute & 1;

	if (*(volatile __u32 *)&state.cookies[which].minute == minute)
		return which;
	if (!try_lock(&state.cookie_lock))
		return !which;
	/* Nobody makes it twice: what the first one was used for would be void.
	 */
	if (*(volatile __u32 *)&state.cookies[which].minute != minute)
		renew(&state.cookies[which], &state.cookies[!which], minute);
	unlock(&state.cookie_lock);
	return which;
}

/* A key is good in its minute and in the one after it. */
static __always_inline int is_good(__u32 which)
{
	__u32 minute = cookie_minute();

	return *(volatile __u32 *)&state.cookies[which].minute ==
	       minute - (which != (minute & 1));
}

#define COOKIE_KEY 1U /* the bit of a cookie that says which key it is of */

/*
 * The cookie of a connection whose first sequence number of the sender is
 * `isn`; `where` is where the IP and the TCP header are. A function of numbers:
 * the verifier reads it once.
 */
#define COOKIE_WHERE(p) ((p)->l3 | (p)->l4 << 16)
#define WHERE_L3(where) ((where)&OFFSET_MASK)
#define WHERE_L4(where) ((where) >> 16 & OFFSET_MASK)

__attribute__((noinline)) __u32 cookie_of(struct xdp_md *ctx, __u32 where,
					  __u32 family, __u32 isn, __u32 which)
{
	const __be32 *tcp = frame_at(ctx, WHERE_L4(where));
	const __be32 *ip = frame_at(ctx, WHERE_L3(where));
	__u64 words[5] = {};
	__u32 i;

	if ((void *)(tcp + 1) > frame_end(ctx) ||
	    (void *)(ip + 5) > frame_end(ctx))
		return 0;
	if (family == FMX_IPV4) {
		words[0] = join(ip[3], ip[4]);
	} else {
		if ((void *)(ip + 10) > frame_end(ctx))
			return 0;
		for (i = 0; i < 4; i++)
			words[i] = join(ip[2 + 2 * i], ip[3 + 2 * i]);
	}
	words[4] = join(*tcp, isn);
	which &= 1;
	return (siphash(state.cookies[which].key, words, 5) & ~COOKIE_KEY) |
	       which;
}

/* The one for the SYN whose headers are there. */
__attribute__((noinline)) __u32 make_cookie(struct xdp_md *ctx, __u32 where,
					    __u32 family)
{
	const struct tcphdr *tcp = frame_at(ctx, WHERE_L4(where));

	if ((void *)(tcp + 1) > frame_end(ctx))
		return 0;
	return cookie_of(ctx, where, family, bpf_ntohl(tcp->seq),
			 current_key());
}

/* Whether the segment acknowledges the cookie that its SYN got. */
__attribute__((noinline)) __u32 is_cookie(struct xdp_md *ctx, __u32 where,
					  __u32 family)
{
	const struct tcphdr *tcp = frame_at(ctx, WHERE_L4(where));
	__u32 cookie, isn;

	if ((void *)(tcp + 1) > frame_end(ctx))
		return 0;
	isn = bpf_ntohl(tcp->seq) - 1;
	cookie = bpf_ntohl(tcp->ack_seq) - 1;
	return is_good(cookie & COOKIE_KEY) &&
	       cookie ==
		       cookie_of(ctx, where, family, isn, cookie & COOKIE_KEY);
}

static __always_inline int brings_cookie(struct xdp_md *ctx,
					 const struct packet *p)
{
	return (p->tcp_flags & (TCP_ACK | TCP_SYN)) == TCP_ACK &&
	       is_cookie(ctx, COOKIE_WHERE(p), p->family);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger: what is remembered of a sender. What it looks like, and what two
 * CPUs may lose, is described in fakemx.h. Most of it is in functions that take
 * and return plain numbers: the verifier then reads each once.
 */
#ifndef FAKEMX_LEDGER_H
#define FAKEMX_LEDGER_H

#include "maps.h"
#include "parse.h"
#include "signature.h"

/* Set before the program is loaded. */
const volatile __u32 ledger_sets = FMX_LEDGER_DEFAULT / FMX_LEDGER_WAYS;

static __always_inline struct fmx_tally *this_cpu(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&tally, &zero);
}

#define TICK_JIFFIES 6 /* bits of them that are not looked at */

/*
 * The time in ticks, from a clock that is asked every 64 jiffies (0.06 to 0.64
 * seconds): to read the jiffies takes one load, to ask takes calls.
 */
static __always_inline __u32 now_ticks(struct fmx_tally *t)
{
	__u64 jiffies = bpf_jiffies64() >> TICK_JIFFIES;

	if (t->jiffies != jiffies) {
		t->jiffies = jiffies;
		t->tick = fmx_tick(bpf_ktime_get_ns());
	}
	return t->tick;
}

enum news {
	NEWS_NONE,
	NEWS_ALLOWED,
	NEWS_UNKNOWN, /* on no list */
};

/* Who sent the packet, and what the ledger has of him. */
struct sender {
	__u64 id;  /* the first eight bytes of the record's address */
	__u64 low; /* the others */
	__u64 hash;
	struct fmx_front *front;
	struct fmx_sender *record; /* or NULL */
	__u32 set;
	__u32 news; /* enum news: the verdict that the record is to have */
};

/* The first of the set's records that has this id, or FMX_LEDGER_WAYS. */
__attribute__((noinline)) __u32 find_way(__u32 set, __u64 id)
{
	const struct fmx_set *s = bpf_map_lookup_elem(&ledger, &set);
	__u32 way;

	if (!s)
		return FMX_LEDGER_WAYS;
	for (way = 0; way < FMX_LEDGER_WAYS; way++)
		if (*(const __u64 *)s->ways[way].addr == id)
			break;
	return way;
}

static __always_inline struct fmx_sender *record_at(__u32 set, __u32 way)
{
	struct fmx_set *s = bpf_map_lookup_elem(&ledger, &set);

	if (!s)
		return NULL;
	forget(way);
	return &s->ways[way & (FMX_LEDGER_WAYS - 1)];
}

static __always_inline struct fmx_sender *record_of(__u32 set, __u64 id)
{
	__u32 way = find_way(set, id);

	return way < FMX_LEDGER_WAYS ? record_at(set, way) : NULL;
}

#define EACH_BYTE 0x01010101U

/* The highest bits of bytes that are 0; of the first, and maybe others. */
static __always_inline __u32 zero_bytes(__u32 bytes)
{
	return (bytes - EACH_BYTE) & ~bytes & EACH_BYTE << 7;
}

/* Which byte the lowest of those bits is in. */
static __always_inline __u32 first_byte(__u32 bits)
{
	return ((bits & -bits) >> 7) * 0x00010203U >> 24;
}

static __always_inline struct fmx_sender *look_up(const struct sender *s)
{
	struct fmx_sender *r;
	__u32 found;

	found = zero_bytes(s->front->tags ^
			   fmx_sender_tag(s->hash) * EACH_BYTE);
	if (!found)
		return NULL;
	r = record_at(s->set, first_byte(found));
	if (r && *(const __u64 *)r->addr == s->id)
		return r;
	/* Another's tag is the same; maybe his is there as well. */
	if (!(found & (found - 1)))
		return NULL;
	return record_of(s->set, s->id);
}

/* Two words as the bytes of one number, without a way over memory. */
static __always_inline __u64 join(__be32 first, __be32 second)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return (__u64)second << 32 | first;
#else
	return (__u64)first << 32 | second;
#endif
}

static __always_inline void find_sender(const struct packet *p,
					struct sender *s)
{
	__u32 set; /* a key: nothing else of the sender has to be in memory */

	if (p->family == FMX_IPV4) {
		s->id = join(bpf_htonl(FMX_SENDER_IPV4), p->src[0]);
		s->low = 0;
	} else {
		s->id = join(p->src[0], p->src[1]);
		s->low = join(p->src[2], p->src[3]);
	}
	s->news = NEWS_NONE;
	s->hash = fmx_sender_hash(&state, s->id);
	s->set = set = fmx_sender_set(s->hash, ledger_sets);
	s->front = bpf_map_lookup_elem(&fronts, &set);
	/* 0 is nobody: a sender of ::/64 is not remembered. */
	s->record = s->front && s->id ? look_up(s) : NULL;
}

/* Whether the record has this very address, not another of the same /64. */
static __always_inline int is_whole(const struct sender *s,
				    const struct fmx_sender *r)
{
	return *(const volatile __u64 *)&r->addr[2] == s->low;
}

/*
 * A lock that is had at once or not at all, and needs no more than Linux 5.10
 * has: an addition that returns nothing. Of those who find others there, all go
 * away; who reads his own 1 is alone, since all add before they read.
 */
static __always_inline int try_lock(__u32 *lock)
{
	__sync_fetch_and_add(lock, 1);
	if (*(volatile __u32 *)lock == 1)
		return 1;
	__sync_fetch_and_add(lock, -1);
	return 0;
}

static __always_inline void unlock(__u32 *lock)
{
	__sync_fetch_and_add(lock, -1);
}

/*
 * Whether so many ticks have gone by. CPUs ask the clock at different moments:
 * for one it may not yet be as late as another has written.
 */
static __always_inline int is_over(__u32 since, __u32 ticks, __u32 now)
{
	return (__s32)(now - since) > (__s32)ticks;
}

static __always_inline __u32 last_seen(const struct fmx_sender *r)
{
	__u32 last = r->last[FMX_ROLE_FIRST];

	if (r->last[FMX_ROLE_LAST] > last)
		last = r->last[FMX_ROLE_LAST];
	if (r->last[FMX_ROLE_REAL] > last)
		last = r->last[FMX_ROLE_REAL];
	return last;
}

static __always_inline int has_come_back(const struct fmx_sender *r)
{
	return r->attempts[FMX_ROLE_FIRST] + r->attempts[FMX_ROLE_LAST] +
		       r->attempts[FMX_ROLE_REAL] >
	       1;
}

/*
 * How dear a record is; 0: the place is free; HELD: it is not to be had. The
 * lower 32 bits are when he was last seen.
 */
#define SEEN_ONCE (1ULL << 32)
#define SEEN_LONG_AGO (2ULL << 32)
#define HELD (3ULL << 32)

static __always_inline __u64 worth(const struct fmx_sender *r, __u32 now)
{
	__u32 last = last_seen(r);
	int proven = has_come_back(r) || (r->scale & FMX_VERIFIED);
	__u32 hold = proven ? FMX_LEDGER_HOLD_LONG : FMX_LEDGER_HOLD;

	if (!r->addr[0] && !r->addr[1])
		return 0;
	if (!(r->scale & (FMX_SEEN_AGAIN | FMX_VERIFIED)))
		return SEEN_ONCE | last;
	return is_over(last, hold, now) ? SEEN_LONG_AGO | last : HELD;
}

/* Whether a new sender is one of so many that he has to be seen twice. */
static __always_inline int is_flood(struct fmx_newcomers *n, __u32 now)
{
	if (n->tick != now) {
		n->before = now - n->tick == 1 ? n->now : 0;
		n->now = 0;
		n->tick = now;
	}
	return ++n->now > FMX_FLOOD;
}

/* The place that a new sender is to have, or FMX_LEDGER_WAYS. */
static __always_inline __u32 make_room(const struct fmx_set *set, __u32 now,
				       struct fmx_newcomers *n)
{
	__u32 way = FMX_LEDGER_WAYS, i;
	__u64 least = HELD, here;

	for (i = 0; i < FMX_LEDGER_WAYS; i++) {
		here = worth(&set->ways[i], now);
		if (here < least) {
			least = here;
			way = i;
		}
	}
	if (way < FMX_LEDGER_WAYS)
		n->recorded++;
	else
		n->unrecorded++;
	n->displaced += least >= SEEN_ONCE && least < SEEN_LONG_AGO;
	return way;
}

/*
 * Counts that a sender who was turned away at a first decoy came to the real
 * MX: since he first tried, or, where he has been there before, since the last
 * time.
 */
static __always_inline void count_retry(struct fmx_retries *retries,
					const struct fmx_sender *r, __u32 now)
{
	__u32 before = r->last[FMX_ROLE_REAL];
	__u32 turned_away = r->last[FMX_ROLE_FIRST];
	__u32 bucket = 0, delay;

	if (!turned_away || (before && !is_over(before, 0, turned_away)))
		return;
	delay = now - (before ? turned_away : r->first[FMX_ROLE_FIRST]);
	if ((__s32)delay < 0)
		delay = 0;
#define X(seconds) bucket += delay > FMX_TICKS(seconds);
	FMX_RETRY_BOUNDS(X)
#undef X
	forget(bucket);
	if (bucket < FMX_RETRY_BUCKETS)
		retries->count[bucket]++;
	retries->ticks += delay;
}

/* A SYN in one number: where its TCP header is, its TTL, what it asked for. */
#define SYN_NOTE(l4, ttl, role) ((l4) | (__u32)(ttl) << 16 | (role) << 24)
#define NOTE_VERIFIED (1U << 31) /* no SYN, but what brings a cookie back */
#define NOTE_L4(note) ((note)&OFFSET_MASK)
#define NOTE_TTL(note) ((note) >> 16 & 0xff)
#define NOTE_ROLE(note) ((note) >> 24 & 0x7f)

/* Returns whether it is an attempt of its own. */
static __always_inline int write_syn(struct xdp_md *ctx, struct fmx_sender *r,
				     __u64 low, __u32 note, __u32 now)
{
	__u32 role = NOTE_ROLE(note);
	int attempt = 0;

	if (role >= FMX_ROLE_COUNT)
		return 0;
	forget(role);
	role &= 3; /* which older verifiers still know further on */
	/* A verdict goes with its address; nobody finds it beside another. */
	if (*(volatile __u64 *)&r->addr[2] != low) {
		*(volatile __u64 *)&r->verdict = 0;
		*(volatile __u64 *)&r->addr[2] = low;
	}
	if (!r->first[role] || is_over(r->last[role], FMX_ATTEMPT_TICKS, now)) {
		if (r->attempts[role] != 0xffff)
			r->attempts[role]++;
		attempt = 1;
		if (!(note & NOTE_VERIFIED))
			write_signature(ctx, NOTE_L4(note), NOTE_TTL(note), r);
	}
	if (note & NOTE_VERIFIED)
		r->scale |= FMX_VERIFIED;
	if (!r->first[role])
		r->first[role] = now;
	r->last[role] = now;
	return attempt;
}

static __always_inline void write_newcomer(struct xdp_md *ctx, __u32 index,
					   __u64 id, __u64 low, __u32 note,
					   struct fmx_tally *t)
{
	struct fmx_front *front = bpf_map_lookup_elem(&fronts, &index);
	struct fmx_set *set = bpf_map_lookup_elem(&ledger, &index);
	__u32 now = now_ticks(t), way;
	struct fmx_sender *r;

	if (!front || !set)
		return;
	way = make_room(set, now, &t->newcomers);
	if (way >= FMX_LEDGER_WAYS)
		return;
	forget(way);
	way &= FMX_LEDGER_WAYS - 1;
	r = &set->ways[way];
	__builtin_memset(r, 0, sizeof(*r));
	r->scale = FMX_NO_SCALE;
	write_syn(ctx, r, low, note, now);
	((volatile __u8 *)&front->tags)[way] =
		fmx_sender_tag(fmx_sender_hash(&state, id));
	/* Whole before it can be found. */
	*(volatile __u64 *)r->addr = id;
}

/* What write_ledger() returns. */
enum written {
	LEDGER_BUSY, /* nothing: another CPU is at the same set */
	LEDGER_REPEATED,
	LEDGER_ATTEMPT,
};

__attribute__((noinline)) __u32 write_ledger(struct xdp_md *ctx, __u32 index,
					     __u64 id, __u64 low, __u32 note)
{
	__u32 *lock = &state.locks[index % FMX_LEDGER_LOCKS];
	struct fmx_tally *t = this_cpu();
	struct fmx_sender *r;
	int attempt = 1;

	if (!t || !try_lock(lock))
		return LEDGER_BUSY;
	r = record_of(index, id);
	if (r) {
		r->scale |= FMX_SEEN_AGAIN;
		if (NOTE_ROLE(note) == FMX_ROLE_REAL)
			count_retry(&t->retries, r, now_ticks(t));
		attempt = write_syn(ctx, r, low, note, now_ticks(t));
	} else {
		write_newcomer(ctx, index, id, low, note, t);
	}
	unlock(lock);
	return attempt ? LEDGER_ATTEMPT : LEDGER_REPEATED;
}

#define WAITS_AS(s) ((__u32)(s)->hash | 1)

/* Whether a new sender in a flood is to wait until he is seen again. */
static __always_inline int has_to_wait(const struct sender *s)
{
	return s->front && s->front->asked != WAITS_AS(s);
}

/*
 * Has him wait. Where there are several for one set, none would ever find
 * himself there still: so only every other time, by a count of all newcomers,
 * the last one takes the place. Without a branch, which a processor would often
 * guess wrong.
 */
static __always_inline void keep_waiting(const struct sender *s,
					 struct fmx_newcomers *n)
{
	__u32 takes_place = 0 - (n->now * 0x9e3779b1U >> 31);
	__u32 asked = s->front->asked;

	forget(takes_place);
	s->front->asked = asked ^ ((asked ^ WAITS_AS(s)) & takes_place);
	n->unrecorded++;
}

/*
 * Notes a SYN; but nothing is new about one that repeats itself. Returns
 * whether it is an attempt: every SYN is one of a sender who is not recorded.
 * What brings a cookie back is noted in the SYN's place.
 */
static __always_inline int note_syn(struct xdp_md *ctx, const struct packet *p,
				    struct fmx_tally *t, __u32 role,
				    struct sender *s)
{
	__u32 verified = is_pure_syn(p->tcp_flags) ? 0 : NOTE_VERIFIED;
	__u32 known = FMX_SEEN_AGAIN | (verified ? FMX_VERIFIED : 0);
	__u32 now = now_ticks(t), written;
	int attempt;

	if (!s->id)
		return 1;
	forget(role);
	role &= 3; /* or older verifiers lose sight of its bound */
	if (s->record) {
		if (role < FMX_ROLE_COUNT && s->record->last[role] == now &&
		    (s->record->scale & known) == known &&
		    is_whole(s, s->record))
			return 0;
	} else if (!verified && is_flood(&t->newcomers, now) &&
		   has_to_wait(s)) {
		keep_waiting(s, &t->newcomers);
		return 1;
	}
	written = write_ledger(ctx, s->set, s->id, s->low,
			       SYN_NOTE(p->l4, p->ttl, role) | verified);
	attempt = written == LEDGER_ATTEMPT ||
		  (written == LEDGER_BUSY && !s->record);
	if (written != LEDGER_BUSY && s->news)
		s->record = record_of(s->set, s->id);
	return attempt;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* What the policy says of a packet's two addresses, and what is kept of it. */
#ifndef FAKEMX_POLICY_H
#define FAKEMX_POLICY_H

#include "ledger.h"
#include "maps.h"
#include "parse.h"

/* What is in force for one packet: it meets one policy, whole. */
struct policy {
	__u64 current; /* of the state, read once */
	struct fmx_tally *tally;
};

/* Whether anything is: the first generation is 2. */
static __always_inline int read_policy(struct policy *now)
{
	now->current = *(volatile __u64 *)&state.current;
	now->tally = this_cpu();
	return now->tally && now->current >= FMX_STATE_GENERATION;
}

static __always_inline int is_shadow(const struct policy *now)
{
	return (now->current & FMX_STATE_SHADOW) != 0;
}

/* An odd generation is that of a change: what is found may not be kept. */
static __always_inline int may_remember(const struct policy *now)
{
	return !(fmx_state_generation(now->current) & 1);
}

static __always_inline struct fmx_rule *
find_rule(const struct policy *now, __u8 kind, __u32 family, const __be32 *addr)
{
	struct fmx_key key = {
		.prefixlen = FMX_KEY_BITS + (family == FMX_IPV4 ? 32 : 128),
		.kind = kind,
		.family = family,
	};
	__u32 place = fmx_state_place(now->current);
	void *rules = bpf_map_lookup_elem(&policy, &place);

	if (!rules)
		return NULL;
	__builtin_memcpy(key.addr, addr, sizeof(key.addr));
	return bpf_map_lookup_elem(rules, &key);
}

/* A bit of the place in force; 1 where it cannot be read. */
static __always_inline int block_bit(const struct policy *now, __u32 bit)
{
	__u32 word = fmx_state_place(now->current) * FMX_BLOCK_WORDS + bit / 64;
	const __u64 *bits = bpf_map_lookup_elem(&blocks, &word);

	return !bits || *bits >> bit % 64 & 1;
}

/* Whether the rules have to be asked: see blocks.h. */
static __always_inline int may_be_allowed(const struct policy *now,
					  __u32 family, const __be32 *addr)
{
	__u32 block = fmx_block(family, bpf_ntohl(addr[0]));

	return block_bit(now, fmx_block_set_bit(block)) &&
	       block_bit(now, fmx_block_bit(block));
}

/* Not what a source has as well: that has no end. */
static __always_inline int has_ended(const struct fmx_rule *rule)
{
	return rule->until && !rule->source &&
	       rule->until <=
		       bpf_ktime_get_ns() + *(volatile __u64 *)&state.epoch;
}

/*
 * Whether a prefix of less than `bits` allows an address, of which these are
 * the two halves: what is asked where a longer one has ended.
 */
#define WIDER(place, family, bits) ((place) | (family) << 8 | (bits) << 16)

__attribute__((noinline)) __u32 wider_allows(__u32 about, __u64 first,
					     __u64 second)
{
	struct fmx_key key = { .kind = FMX_KIND_ALLOW };
	__u32 place = about & 0xff, bits = about >> 16, i;
	void *rules = bpf_map_lookup_elem(&policy, &place);
	const struct fmx_rule *rule;

	if (!rules)
		return 0;
	key.family = about >> 8 & 0xff;
	__builtin_memcpy(key.addr, &first, sizeof(first));
	__builtin_memcpy(key.addr + sizeof(first), &second, sizeof(second));
	for (i = 0; i < FMX_MAX_ENDED && bits; i++) {
		key.prefixlen = FMX_KEY_BITS + bits - 1;
		rule = bpf_map_lookup_elem(rules, &key);
		if (!rule)
			return 0;
		if (!has_ended(rule))
			return 1;
		bits = rule->len;
	}
	return 0;
}

static __always_inline int is_target(const struct fmx_target *t,
				     const struct policy *now, __u32 family,
				     const __be32 *addr)
{
	return t->addr[0] == addr[0] &&
	       t->generation == fmx_state_generation(now->current) &&
	       t->family == family &&
	       (family == FMX_IPV4 ||
		(t->addr[1] == addr[1] && t->addr[2] == addr[2] &&
		 t->addr[3] == addr[3]));
}

/* What is known of an address as a destination. */
struct target {
	__u32 role; /* enum fmx_role */
	__u32 slot;
	__u32 answer; /* enum fmx_answer */
};

/* Where it is remembered, if it is. */
static __always_inline struct fmx_target *target_of(const struct policy *now,
						    const __be32 *addr)
{
	__u32 index = (addr[0] ^ addr[1] ^ addr[2] ^ addr[3]) * 0x9e3779b1U;

	return &now->tally->targets[index / ((1ULL << 32) / FMX_TARGETS)];
}

static __always_inline struct target
find_target(const struct policy *now, __u32 family, const __be32 *addr)
{
	struct fmx_target *t = target_of(now, addr);
	struct target found = { .role = FMX_ROLE_COUNT };
	const struct fmx_rule *rule;

	if (is_target(t, now, family, addr))
		return (struct target){ t->role, t->slot, t->answer };
	rule = find_rule(now, FMX_KIND_TARGET, family, addr);
	if (rule)
		found = (struct target){ rule->role, rule->slot, rule->answer };
	if (!may_remember(now))
		return found;
	__builtin_memcpy(t->addr, addr, sizeof(t->addr));
	t->generation = fmx_state_generation(now->current);
	t->family = family;
	t->role = found.role;
	t->slot = found.slot;
	t->answer = found.answer;
	return found;
}

static __always_inline __u64 verdict_tag(const struct policy *now,
					 const struct sender *s)
{
	return fmx_verdict_tag(&state, s->hash, s->low,
			       fmx_state_generation(now->current));
}

/*
 * Whether a sender is allowed: as his record has it, where it is about this
 * very address, or by the rules. A rule with an end is asked each time.
 */
static __always_inline int is_allowed(const struct policy *now,
				      const struct packet *p, struct sender *s)
{
	const struct fmx_rule *rule = NULL;
	__u64 verdict;

	if (s->record && is_whole(s, s->record)) {
		verdict = *(volatile __u64 *)&s->record->verdict;
		if ((verdict & ~1ULL) == verdict_tag(now, s))
			return verdict & 1;
	}
	if (may_be_allowed(now, p->family, p->src))
		rule = find_rule(now, FMX_KIND_ALLOW, p->family, p->src);
	if (may_remember(now) && !(rule && rule->until))
		s->news = rule ? NEWS_ALLOWED : NEWS_UNKNOWN;
	if (!rule)
		return 0;
	return !has_ended(rule) ||
	       wider_allows(WIDER(fmx_state_place(now->current), p->family,
				  rule->len),
			    join(p->src[0], p->src[1]),
			    join(p->src[2], p->src[3]));
}

/* Writes it into his record, where he has one. */
static __always_inline void remember_verdict(const struct policy *now,
					     const struct sender *s)
{
	if (s->news && s->record && is_whole(s, s->record))
		*(volatile __u64 *)&s->record->verdict =
			verdict_tag(now, s) | (s->news == NEWS_ALLOWED);
}

/* Sources that no host may have: RFC 1122 3.2.1.3, RFC 4291 2.5 and 2.7. */
static __always_inline int is_martian(const struct packet *p)
{
	const __be32 *src = p->src;
	__u8 first = *(const __u8 *)src;

	if (src[0] == p->dst[0] && src[1] == p->dst[1] && src[2] == p->dst[2] &&
	    src[3] == p->dst[3])
		return 1;
	if (p->family == FMX_IPV4)
		return first == 0 || first == 127 || first >= 224;
	if (first == 0xff)
		return 1;
	if (src[0] || src[1])
		return 0;
	return src[2] == bpf_htonl(0x0000ffff) ||
	       (!src[2] && (!src[3] || src[3] == bpf_htonl(1)));
}

/* Broadcast or multicast: an answer would amplify (RFC 1122 4.2.3.10). */
static __always_inline int is_group_mac(struct xdp_md *ctx)
{
	struct ethhdr *eth = frame_start(ctx);

	return (void *)(eth + 1) > frame_end(ctx) || (eth->h_dest[0] & 1);
}

/*
 * Whether a socket other than a listener's has this connection: the lookup also
 * finds those in TIME_WAIT and half-open ones.
 */
static __always_inline int has_session(struct xdp_md *ctx,
				       const struct packet *p)
{
	struct tcphdr *tcp = frame_at(ctx, p->l4);
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk;
	int open;

	if ((void *)(tcp + 1) > frame_end(ctx))
		return 0;
	if (p->family == FMX_IPV4) {
		tuple.ipv4.saddr = p->src[0];
		tuple.ipv4.daddr = p->dst[0];
		tuple.ipv4.sport = tcp->source;
		tuple.ipv4.dport = tcp->dest;
		sk = bpf_skc_lookup_tcp(ctx, &tuple, sizeof(tuple.ipv4),
					BPF_F_CURRENT_NETNS, 0);
	} else {
		__builtin_memcpy(tuple.ipv6.saddr, p->src, sizeof(p->src));
		__builtin_memcpy(tuple.ipv6.daddr, p->dst, sizeof(p->dst));
		tuple.ipv6.sport = tcp->source;
		tuple.ipv6.dport = tcp->dest;
		sk = bpf_skc_lookup_tcp(ctx, &tuple, sizeof(tuple.ipv6),
					BPF_F_CURRENT_NETNS, 0);
	}
	if (!sk)
		return 0;
	open = sk->state != BPF_TCP_LISTEN;
	bpf_sk_release(sk);
	return open;
}

#define SECOND_NS 1000000000ULL

/* One more answer in this second: whether that is one too many. */
static __always_inline int count_answer(struct fmx_rate *seen, __u64 now,
					__u64 limit)
{
	if (now - seen->start >= SECOND_NS) {
		seen->start = now;
		seen->answers = 0;
	}
	__sync_fetch_and_add(&seen->answers, 1);
	return seen->answers > limit;
}

/*
 * Counts an answer to this sender; true where it is one too many. A function of
 * its own: few ask for it.
 */
__attribute__((noinline)) __u32 is_one_too_many(__u32 family, __u32 first,
						__u32 second, __u32 limit)
{
	struct rate_key key = { .family = family, .prefix = { first, second } };
	struct fmx_rate fresh = { .answers = 1 }, *seen;
	__u64 now = bpf_ktime_get_ns();

	seen = bpf_map_lookup_elem(&rate, &key);
	if (!seen) {
		fresh.start = now;
		bpf_map_update_elem(&rate, &key, &fresh, BPF_ANY);
		return 0;
	}
	return count_answer(seen, now, limit);
}

__attribute__((noinline)) __u32 is_one_too_many_of_all(__u32 limit)
{
	return count_answer(&state.answered, bpf_ktime_get_ns(), limit);
}

/* Whoever is over his own limit takes nothing of what is left for the others.
 */
static __always_inline int over_rate_limit(const struct packet *p, __u32 limit)
{
	__u32 total = *(volatile __u32 *)&state.rate_limit_total;

	if (limit && is_one_too_many(p->family, p->src[0], p->src[1], limit))
		return 1;
	return total && is_one_too_many_of_all(total);
}

#endif

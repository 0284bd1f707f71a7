/* SPDX-License-Identifier: GPL-2.0-only */
/* What the policy says of a packet's two addresses. */
#ifndef FAKEMX_POLICY_H
#define FAKEMX_POLICY_H

#include "maps.h"
#include "parse.h"

/* All of one packet's lookups go to one trie: it meets one policy, whole. */
static __always_inline void *current_rules(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&policy, &zero);
}

static __always_inline struct fmx_rule *
find_rule(void *rules, __u8 kind, const struct packet *p, const __be32 *addr)
{
	struct fmx_key key = {
		.prefixlen = FMX_KEY_BITS + (p->family == FMX_IPV4 ? 32 : 128),
		.kind = kind,
		.family = p->family,
	};

	__builtin_memcpy(key.addr, addr, sizeof(key.addr));
	return bpf_map_lookup_elem(rules, &key);
}

static __always_inline const struct fmx_rule *find_settings(void *rules)
{
	struct fmx_key key = FMX_SETTINGS_KEY;

	return bpf_map_lookup_elem(rules, &key);
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

/* Counts an answer to this sender; true where it is one too many. */
static __always_inline int over_rate_limit(const struct packet *p, __u32 limit)
{
	struct rate_key key = { .family = p->family };
	struct fmx_rate fresh = { .answers = 1 }, *seen;
	__u64 now;

	if (!limit)
		return 0;
	now = bpf_ktime_get_ns();
	key.prefix[0] = p->src[0];
	key.prefix[1] = p->src[1];
	seen = bpf_map_lookup_elem(&rate, &key);
	if (!seen) {
		fresh.start = now;
		bpf_map_update_elem(&rate, &key, &fresh, BPF_ANY);
		return 0;
	}
	if (now - seen->start >= SECOND_NS) {
		seen->start = now;
		seen->answers = 0;
	}
	__sync_fetch_and_add(&seen->answers, 1);
	return seen->answers > limit;
}

#endif

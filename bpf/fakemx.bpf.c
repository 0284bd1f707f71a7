// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answers SYNs to port 25 of a decoy with the reset of a closed port, in the
 * driver. What is not, and could not be, TCP to port 25 of a decoy goes to the
 * kernel as it came.
 */
#include "answer.h"
#include "maps.h"
#include "parse.h"
#include "policy.h"
#include "route.h"

struct judgement {
	__u32 reason; /* enum fmx_reason */
	__u32 slot;   /* of the decoy, for an answer */
	__u32 shadow;
};

static __always_inline int is_pure_syn(__u8 flags)
{
	return (flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN;
}

/* The packet rules, in their order: first those on who sent it, and how. */
static __always_inline __u32 judge_sender(struct xdp_md *ctx,
					  const struct packet *p, void *rules)
{
	if (is_martian(p))
		return FMX_REASON_MARTIAN;
	if (is_group_mac(ctx))
		return FMX_REASON_GROUP_MAC;
	if (find_rule(rules, FMX_KIND_ALLOW, p, p->src))
		return FMX_REASON_ALLOWED;
	return FMX_REASON_NONE;
}

static __always_inline __u32 judge_segment(struct xdp_md *ctx, struct packet *p,
					   __u32 rate_limit)
{
	if (p->flaw != FMX_REASON_NONE)
		return p->flaw;
	p->check = check_tcp_sum(ctx, p->l4, p->segment_len, p->payload_len,
				 fold(pseudo_header_sum(p, p->segment_len)));
	if (p->check == CHECK_WRONG || !ipv4_checksum_ok(ctx, p))
		return FMX_REASON_BAD_CHECKSUM;
	if (p->tcp_flags & TCP_RST)
		return FMX_REASON_RST;
	if (!is_pure_syn(p->tcp_flags) && has_session(ctx, p))
		return FMX_REASON_SESSION;
	if (over_rate_limit(p, rate_limit))
		return FMX_REASON_RATE_LIMITED;
	return FMX_REASON_RESET;
}

/* Whether it is for another address, but its route ends at a decoy. */
static __always_inline int is_led_to_decoy(struct xdp_md *ctx,
					   const struct packet *p, void *rules)
{
	const struct fmx_rule *target;
	__be32 last[4];
	__u32 end, i;

	if (!p->has_more)
		return 0;
	end = route_end(ctx, p->l3, p->family);
	if (!end)
		return 0;
	for (i = 0; i < 4; i++)
		last[i] = route_word(ctx, end, i, p->dst[i]);
	target = find_rule(rules, FMX_KIND_TARGET, p, last);
	return target && target->role != FMX_ROLE_REAL;
}

static __always_inline void judge(struct xdp_md *ctx, struct packet *p,
				  void *rules, struct judgement *j)
{
	const struct fmx_rule *target = NULL, *settings;

	j->reason = FMX_REASON_NONE;
	if (p->flaw != FMX_REASON_TAGS) {
		target = find_rule(rules, FMX_KIND_TARGET, p, p->dst);
		if (target)
			j->slot = target->slot;
		else if (!is_led_to_decoy(ctx, p, rules))
			return;
	}
	settings = find_settings(rules);
	j->shadow = settings && settings->shadow;
	if (p->flaw == FMX_REASON_TAGS)
		j->reason = FMX_REASON_TAGS;
	else if (target && target->role == FMX_ROLE_REAL)
		j->reason = FMX_REASON_REAL;
	else
		j->reason = judge_sender(ctx, p, rules);
	if (j->reason != FMX_REASON_NONE)
		return;
	j->reason = target ? judge_segment(ctx, p,
					   settings ? settings->rate_limit : 0)
			   : FMX_REASON_SOURCE_ROUTE;
}

static __always_inline enum fmx_verdict verdict_of(__u32 reason)
{
	switch (reason) {
#define X(id, name, verdict, help) \
	case FMX_REASON_##id:      \
		return FMX_##verdict;
		FMX_REASONS(X)
#undef X
	}
	return FMX_PASS;
}

static __always_inline void count(struct xdp_md *ctx, const struct packet *p,
				  const struct judgement *j, int shadow)
{
	__u32 index = fmx_counter_index(shadow, p->family, j->reason);
	struct fmx_counter *counter = bpf_map_lookup_elem(&counters, &index);

	if (!counter)
		return;
	counter->packets++;
	counter->bytes +=
		p->flaw == FMX_REASON_NONE ? p->frame_len : frame_len(ctx);
}

/* The one way out for every packet that a rule speaks of. */
static __always_inline int finish(struct xdp_md *ctx, struct packet *p,
				  const struct judgement *j)
{
	enum fmx_verdict verdict = verdict_of(j->reason);
	int shadow = j->shadow && verdict != FMX_PASS;
	__u64 *answers;

	count(ctx, p, j, shadow);
	if (shadow || verdict == FMX_PASS)
		return XDP_PASS;
	if (verdict == FMX_DROP)
		return XDP_DROP;
	answers = bpf_map_lookup_elem(&answered, &j->slot);
	if (answers)
		++*answers;
	return answer(ctx, p);
}

SEC("xdp")
int fakemx(struct xdp_md *ctx)
{
	struct packet p = {};
	struct judgement j = {};
	void *rules;

	if (parse_frame(ctx, &p) == NOT_SMTP)
		return XDP_PASS;
	rules = current_rules();
	if (!rules)
		return XDP_PASS;
	judge(ctx, &p, rules, &j);
	if (j.reason == FMX_REASON_NONE)
		return XDP_PASS;
	return finish(ctx, &p, &j);
}

char LICENSE[] SEC("license") = "GPL";

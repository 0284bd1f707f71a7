// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answers SYNs to port 25 of a decoy with the reset of a closed port, in the
 * driver. What is not, and could not be, TCP to port 25 of a decoy goes to the
 * kernel as it came.
 */
#include "answer.h"
#include "ledger.h"
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
					  const struct policy *now,
					  const struct packet *p,
					  struct sender *s)
{
	if (is_martian(p))
		return FMX_REASON_MARTIAN;
	if (is_group_mac(ctx))
		return FMX_REASON_GROUP_MAC;
	find_sender(p, s);
	if (is_allowed(now, p, s))
		return FMX_REASON_ALLOWED;
	return FMX_REASON_NONE;
}

static __always_inline __u32 judge_segment(struct xdp_md *ctx, struct packet *p,
					   const struct policy *now)
{
	if (p->flaw != FMX_REASON_NONE)
		return p->flaw;
	p->check = check_tcp_sum(ctx, p);
	if (p->check == CHECK_WRONG || !ipv4_checksum_ok(ctx, p))
		return FMX_REASON_BAD_CHECKSUM;
	if (p->tcp_flags & TCP_RST)
		return FMX_REASON_RST;
	if (!is_pure_syn(p->tcp_flags) && has_session(ctx, p))
		return FMX_REASON_SESSION;
	if (over_rate_limit(p, fmx_state_rate_limit(now->current)))
		return FMX_REASON_RATE_LIMITED;
	return FMX_REASON_RESET;
}

/* A sender's SYN that was judged for what it is, not for how it was made. */
static __always_inline int is_of_note(const struct packet *p, __u32 reason)
{
	return is_pure_syn(p->tcp_flags) &&
	       (reason == FMX_REASON_RESET || reason == FMX_REASON_ALLOWED ||
		reason == FMX_REASON_RATE_LIMITED);
}

static __always_inline __u32 judge_decoy(struct xdp_md *ctx, struct packet *p,
					 const struct policy *now, __u32 role)
{
	struct sender s = {};
	__u32 reason = judge_sender(ctx, now, p, &s);

	if (reason == FMX_REASON_NONE)
		reason = judge_segment(ctx, p, now);
	if (is_of_note(p, reason))
		note_syn(ctx, p, now->tally, role, &s);
	remember_verdict(&s);
	return reason;
}

static __always_inline __u32 judge_real(struct xdp_md *ctx, struct packet *p,
					const struct policy *now)
{
	struct sender s = {};

	if (is_pure_syn(p->tcp_flags) && !is_martian(p)) {
		find_sender(p, &s);
		note_syn(ctx, p, now->tally, FMX_ROLE_REAL, &s);
	}
	return FMX_REASON_REAL;
}

/* For another address; but its route may end at a decoy. */
static __always_inline __u32 judge_other(struct xdp_md *ctx,
					 const struct packet *p,
					 const struct policy *now)
{
	struct sender s = {};
	__u32 end, i, reason;
	__be32 last[4];

	if (!p->has_more)
		return FMX_REASON_NONE;
	end = route_end(ctx, p->l3, p->family);
	if (!end)
		return FMX_REASON_NONE;
	for (i = 0; i < 4; i++)
		last[i] = route_word(ctx, end, i, p->dst[i]);
	if (TARGET_ROLE(find_target(now, p->family, last)) >= FMX_ROLE_REAL)
		return FMX_REASON_NONE;
	reason = judge_sender(ctx, now, p, &s);
	return reason == FMX_REASON_NONE ? FMX_REASON_SOURCE_ROUTE : reason;
}

static __always_inline void judge(struct xdp_md *ctx, struct packet *p,
				  const struct policy *now, struct judgement *j)
{
	__u32 target, role;

	j->shadow = (now->current & FMX_STATE_SHADOW) != 0;
	if (p->flaw == FMX_REASON_TAGS) {
		j->reason = FMX_REASON_TAGS;
		return;
	}
	target = find_target(now, p->family, p->dst);
	role = TARGET_ROLE(target);
	j->slot = TARGET_SLOT(target);
	if (role == FMX_ROLE_REAL)
		j->reason = judge_real(ctx, p, now);
	else if (role < FMX_ROLE_REAL)
		j->reason = judge_decoy(ctx, p, now, role);
	else
		j->reason = judge_other(ctx, p, now);
}

/* All verdicts in one number, two bits each: no branch for each reason. */
#define X(id, name, verdict, help) | (__u64)FMX_##verdict << 2 * FMX_REASON_##id
static const __u64 verdicts = 0 FMX_REASONS(X);
#undef X

static __always_inline enum fmx_verdict verdict_of(__u32 reason)
{
	return verdicts >> 2 * reason & 3;
}

static __always_inline void count(struct xdp_md *ctx, const struct packet *p,
				  struct fmx_tally *t,
				  const struct judgement *j, int shadow)
{
	__u32 index = fmx_counter_index(shadow, p->family, j->reason);
	struct fmx_counter *counter;

	forget(index);
	if (index >= FMX_COUNTER_COUNT)
		return;
	counter = &t->counters[index];
	counter->packets++;
	counter->bytes +=
		p->flaw == FMX_REASON_NONE ? p->frame_len : frame_len(ctx);
}

/* The one way out for every packet that a rule speaks of. */
static __always_inline int finish(struct xdp_md *ctx, struct packet *p,
				  struct fmx_tally *t,
				  const struct judgement *j)
{
	enum fmx_verdict verdict = verdict_of(j->reason);
	int shadow = j->shadow && verdict != FMX_PASS;

	count(ctx, p, t, j, shadow);
	if (shadow || verdict == FMX_PASS)
		return XDP_PASS;
	if (verdict == FMX_DROP)
		return XDP_DROP;
	if (j->slot < FMX_MAX_DECOYS)
		t->answered[j->slot]++;
	return answer(ctx, p);
}

SEC("xdp")
int fakemx(struct xdp_md *ctx)
{
	struct packet packet, *p = &packet; /* written by parse_frame() */
	struct judgement j = {};
	struct policy now;

	/* Or clang moves all of its fields around at each way out. */
	forget(p);
	if (parse_frame(ctx, p) == NOT_SMTP)
		return XDP_PASS;
	if (!read_policy(&now))
		return XDP_PASS;
	judge(ctx, p, &now, &j);
	if (j.reason == FMX_REASON_NONE)
		return XDP_PASS;
	return finish(ctx, p, now.tally, &j);
}

char LICENSE[] SEC("license") = "GPL";

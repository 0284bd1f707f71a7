// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answers SYNs to port 25 of a decoy with the reset of a closed port, in the
 * driver; or, where it is to verify who sent them, with a SYN cookie first.
 * What is not, and could not be, TCP to port 25 of a decoy goes to the kernel
 * as it came.
 */
#include "answer.h"
#include "cookie.h"
#include "events.h"
#include "fastpath.h"
#include "ledger.h"
#include "maps.h"
#include "parse.h"
#include "policy.h"
#include "route.h"

struct judgement {
	__u32 reason;  /* enum fmx_reason */
	__u32 role;    /* enum fmx_role of the destination */
	__u32 slot;    /* of the decoy, for an answer */
	__u32 answer;  /* enum fmx_answer of the decoy */
	__u32 attempt; /* its sender's, not one that repeats itself */
};

/* The packet rules, in their order: first those on who could have sent it. */
static __always_inline __u32 judge_source(struct xdp_md *ctx,
					  const struct packet *p)
{
	if (is_martian(p))
		return FMX_REASON_MARTIAN;
	if (is_group_mac(ctx))
		return FMX_REASON_GROUP_MAC;
	return FMX_REASON_NONE;
}

static __always_inline __u32 choose_answer(struct xdp_md *ctx, struct packet *p,
					   const struct judgement *j)
{
	if (j->answer != FMX_ANSWER_VERIFY || !is_pure_syn(p->tcp_flags))
		return FMX_REASON_RESET;
	p->challenge = 1;
	p->cookie = make_cookie(ctx, COOKIE_WHERE(p), p->family);
	return FMX_REASON_CHALLENGED;
}

static __always_inline __u32 judge_segment(struct xdp_md *ctx, struct packet *p,
					   const struct policy *now,
					   const struct judgement *j)
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
	/* He waits for an answer, and no limit is needed for who is there. */
	if (j->answer == FMX_ANSWER_VERIFY && brings_cookie(ctx, p))
		return FMX_REASON_VERIFIED;
	if (over_rate_limit(p, fmx_state_rate_limit(now->current)))
		return FMX_REASON_RATE_LIMITED;
	return choose_answer(ctx, p, j);
}

/*
 * A sender's SYN that was judged for what it is, not for how it was made. Where
 * senders are verified, a SYN is nothing yet.
 */
static __always_inline int is_of_note(const struct packet *p, __u32 reason,
				      __u32 answer)
{
	if (!is_pure_syn(p->tcp_flags))
		return reason == FMX_REASON_VERIFIED;
	return reason == FMX_REASON_ALLOWED ||
	       (answer == FMX_ANSWER_RESET &&
		(reason == FMX_REASON_RESET ||
		 reason == FMX_REASON_RATE_LIMITED));
}

static __always_inline __u32 judge_decoy(struct xdp_md *ctx, struct packet *p,
					 const struct policy *now,
					 struct judgement *j)
{
	__u32 reason = judge_source(ctx, p);
	struct sender s;

	if (reason != FMX_REASON_NONE)
		return reason;
	find_sender(p, &s);
	reason = is_allowed(now, p, &s) ? FMX_REASON_ALLOWED
					: judge_segment(ctx, p, now, j);
	if (is_of_note(p, reason, j->answer))
		j->attempt = note_syn(ctx, p, now->tally, j->role, &s);
	remember_verdict(now, &s);
	return reason;
}

static __always_inline __u32 judge_real(struct xdp_md *ctx, struct packet *p,
					const struct policy *now,
					struct judgement *j)
{
	struct sender s;

	if (is_pure_syn(p->tcp_flags) && !is_martian(p)) {
		find_sender(p, &s);
		j->attempt = note_syn(ctx, p, now->tally, FMX_ROLE_REAL, &s);
	}
	return FMX_REASON_REAL;
}

/* For another address; but its route may end at a decoy. */
static __always_inline __u32 judge_other(struct xdp_md *ctx,
					 const struct packet *p,
					 const struct policy *now)
{
	__u32 end, i, reason;
	struct sender s;
	__be32 last[4];

	if (!p->has_more)
		return FMX_REASON_NONE;
	end = route_end(ctx, p->l3, p->family);
	if (!end)
		return FMX_REASON_NONE;
	for (i = 0; i < 4; i++)
		last[i] = route_word(ctx, end, i, p->dst[i]);
	if (find_target(now, p->family, last).role >= FMX_ROLE_REAL)
		return FMX_REASON_NONE;
	reason = judge_source(ctx, p);
	if (reason != FMX_REASON_NONE)
		return reason;
	find_sender(p, &s);
	return is_allowed(now, p, &s) ? FMX_REASON_ALLOWED
				      : FMX_REASON_SOURCE_ROUTE;
}

static __always_inline void judge(struct xdp_md *ctx, struct packet *p,
				  const struct policy *now, struct judgement *j)
{
	struct target target;

	if (p->flaw == FMX_REASON_TAGS) {
		j->role = FMX_ROLE_COUNT;
		j->reason = FMX_REASON_TAGS;
		return;
	}
	target = find_target(now, p->family, p->dst);
	j->role = target.role;
	j->slot = target.slot;
	j->answer = target.answer;
	if (target.role == FMX_ROLE_REAL)
		j->reason = judge_real(ctx, p, now, j);
	else if (target.role < FMX_ROLE_REAL)
		j->reason = judge_decoy(ctx, p, now, j);
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

static __always_inline void count(struct fmx_tally *t, const struct packet *p,
				  __u32 reason, int shadow, __u32 frame_len)
{
	__u32 index = fmx_counter_index(shadow, p->family, reason);
	struct fmx_counter *counter;

	if (!__builtin_constant_p(index))
		forget(index);
	if (index >= FMX_COUNTER_COUNT)
		return;
	counter = &t->counters[index];
	counter->packets++;
	counter->bytes += frame_len;
}

static __always_inline int send_answer(struct xdp_md *ctx, struct packet *p,
				       struct fmx_tally *t,
				       const struct judgement *j)
{
	int action;

	if (j->slot < FMX_MAX_DECOYS)
		t->answered[j->slot]++;
	action = answer(ctx, p);
	count(t, p, j->reason, 0, p->frame_len);
	return action;
}

/* The one way out for every packet that a rule speaks of. */
static __always_inline int finish(struct xdp_md *ctx, struct packet *p,
				  const struct policy *now,
				  const struct judgement *j)
{
	enum fmx_verdict verdict = verdict_of(j->reason);
	int shadow;

	if (verdict == FMX_ANSWER && !is_shadow(now))
		return send_answer(ctx, p, now->tally, j);
	shadow = is_shadow(now) && verdict != FMX_PASS;
	count(now->tally, p, j->reason, shadow, frame_len(ctx));
	return shadow || verdict == FMX_PASS ? XDP_PASS : XDP_DROP;
}

/* The same, told to who reads. */
static __always_inline int finish_telling(struct xdp_md *ctx, struct packet *p,
					  const struct policy *now,
					  const struct judgement *j)
{
	enum fmx_verdict verdict = verdict_of(j->reason);
	__u32 shadow = is_shadow(now) & !!verdict;
	int action;

	if (has_reader())
		begin_event(ctx, EVENT_HEADERS(p->l3, p->l4),
			    EVENT_NOTE(j->reason, verdict, j->role, p->family,
				       event_flags(p, j->attempt, shadow)));
	action = finish(ctx, p, now, j);
	if (has_reader())
		end_event(ctx, action == XDP_TX);
	return action;
}

static __always_inline int handle(struct xdp_md *ctx, struct packet *p)
{
	struct judgement j = {};
	struct policy now;

	if (!read_policy(&now))
		return XDP_PASS;
	judge(ctx, p, &now, &j);
	if (j.reason == FMX_REASON_NONE)
		return XDP_PASS;
	return finish_telling(ctx, p, &now, &j);
}

#define NOT_ROUTINE (-1)

/* Nobody is told anything on this way: so there must be nobody who reads. */
static __always_inline int handle_routine(struct xdp_md *ctx, struct packet *p)
{
	struct judgement j = {};
	struct policy now;

	if (has_reader() || !read_policy(&now) ||
	    !take_routine(ctx, p, &now, &j.slot))
		return NOT_ROUTINE;
	if (over_rate_limit(p, fmx_state_rate_limit(now.current))) {
		j.reason = FMX_REASON_RATE_LIMITED;
		return finish(ctx, p, &now, &j);
	}
	j.reason = FMX_REASON_RESET;
	return finish(ctx, p, &now, &j);
}

SEC("xdp")
int fakemx(struct xdp_md *ctx)
{
	struct packet packet, *p = &packet; /* written by parse_frame() */
	struct packet plain;
	int action;

	switch (parse_plain(ctx, &plain)) {
	case NOT_SMTP:
		return XDP_PASS;
	case PLAIN_SYN:
		action = handle_routine(ctx, &plain);
		if (action != NOT_ROUTINE)
			return action;
		break;
	case MAYBE_SMTP:
		break;
	}
	/* Or clang moves all of its fields around at each way out. */
	forget(p);
	forget(ctx); /* and with what is known of this frame */
	if (parse_frame(ctx, p) == NOT_SMTP)
		return XDP_PASS;
	return handle(ctx, p);
}

char LICENSE[] SEC("license") = "GPL";

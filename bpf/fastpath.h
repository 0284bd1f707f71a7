/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fast path, for what a flood is made of: a plain SYN for a decoy that
 * answers with resets, of a sender who is on no list and of whom there is
 * nothing to write down. What is not seen at once to be that is left as it was,
 * and judge() has it from the beginning, with all the rules.
 */
#ifndef FAKEMX_FASTPATH_H
#define FAKEMX_FASTPATH_H

#include "answer.h"
#include "ledger.h"
#include "policy.h"

/* Whether nothing is wrong with a SYN that may be so whoever sent it. */
static __always_inline int is_sound(struct xdp_md *ctx, struct packet *p)
{
	if (is_group_mac(ctx))
		return 0;
	p->check = check_tcp_sum(ctx, p);
	return p->check == CHECK_FULL && ipv4_checksum_ok(ctx, p);
}

/* The tick of the ledger is the same for as long as these jiffies are. */
static __always_inline int is_repeat(const struct policy *now,
				     const struct packet *p)
{
	const struct fmx_repeat *r = &now->tally->repeat;

	return r->src == p->src[0] && r->dst == p->dst[0] &&
	       r->current == now->current &&
	       r->jiffies == bpf_jiffies64() >> TICK_JIFFIES;
}

static __always_inline void remember_repeat(const struct policy *now,
					    const struct packet *p, __u32 slot)
{
	struct fmx_repeat *r = &now->tally->repeat;

	r->src = p->src[0];
	r->dst = p->dst[0];
	r->current = now->current;
	r->jiffies = now->tally->jiffies;
	r->slot = slot;
}

/*
 * Whether his record says that he is on no list, and would stay as it is: see
 * is_allowed() and note_syn().
 */
static __always_inline int is_old_news(const struct policy *now,
				       const struct sender *s, __u32 role)
{
	const struct fmx_sender *r = s->record;

	forget(role);
	role &= 3; /* or older verifiers lose sight of its bound */
	return *(const volatile __u64 *)&r->verdict == verdict_tag(now, s) &&
	       (r->scale & FMX_SEEN_AGAIN) &&
	       r->last[role] == now_ticks(now->tally);
}

/*
 * Counts a sender without a record among those of a flood, where he is on no
 * list, and one of so many that he gets none: see is_flood(). Returns whether
 * he is; if not, nothing has changed.
 */
static __always_inline int count_in_flood(const struct policy *now,
					  const struct packet *p,
					  const struct sender *s)
{
	struct fmx_newcomers *n = &now->tally->newcomers;

	if (n->tick != now_ticks(now->tally) || n->now < FMX_FLOOD ||
	    !has_to_wait(s) || may_be_allowed(now, p->family, p->src))
		return 0;
	n->now++;
	keep_waiting(s, n);
	return 1;
}

/*
 * Does all that there is to do for a SYN, but to answer it, and says for which
 * decoy that is. Returns 0, and has changed nothing, where it may take more.
 */
static __always_inline int take_routine(struct xdp_md *ctx, struct packet *p,
					const struct policy *now, __u32 *slot)
{
	const struct fmx_target *t;
	struct sender s;
	__u32 role;

	if (is_repeat(now, p)) {
		*slot = now->tally->repeat.slot;
		return is_sound(ctx, p);
	}
	t = target_of(now, p->dst);
	if (!is_target(t, now, p->family, p->dst) ||
	    t->answer != FMX_ANSWER_RESET)
		return 0;
	role = t->role;
	if (role >= FMX_ROLE_REAL || is_martian(p) || !is_sound(ctx, p))
		return 0;
	*slot = t->slot;
	find_sender(p, &s);
	if (!s.record)
		return count_in_flood(now, p, &s);
	if (!is_old_news(now, &s, role))
		return 0;
	remember_repeat(now, p, *slot);
	return 1;
}

#endif

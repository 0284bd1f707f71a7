// SPDX-License-Identifier: GPL-2.0-only
#include "lint_know.h"

#include "route.h"

/* The address's row in the policy, which may be NULL; or NULL. */
static const struct row *target_row(const struct policy *policy,
				    const struct prefix *addr)
{
	struct prefix prefix;
	size_t i;

	for (i = 0; policy && i < policy->count; i++) {
		if (policy->rows[i].key.kind != FMX_KIND_TARGET)
			continue;
		row_prefix(&policy->rows[i], &prefix);
		if (!prefix_compare(&prefix, addr))
			return &policy->rows[i];
	}
	return NULL;
}

static void know_address(struct lint_addr *addr, const struct policy *policy,
			 const struct policy *running)
{
	const struct row *row = target_row(policy, &addr->addr);
	const struct row *in_force = target_row(running, &addr->addr);
	enum route route = route_to(&addr->addr);

	addr->decoy = row && row_is_decoy(row);
	addr->real = row && !row_is_decoy(row);
	addr->in_policy = in_force && row_is_decoy(in_force);
	addr->here = route == ROUTE_LOCAL || route == ROUTE_NULL;
}

/*
 * One that has both a decoy's address and another is a decoy where it stands at
 * an end: the other address is what the policy has not got. In the middle it is
 * a mail server with an address too many.
 */
static bool is_decoy(const struct lint *l, const struct lint_mx *mx)
{
	bool at_an_end = mx->preference == l->mx[0].preference ||
			 mx->preference == l->mx[l->count - 1].preference;
	size_t decoys = 0, reals = 0, i;

	for (i = 0; i < mx->count; i++) {
		decoys += mx->addrs[i].decoy;
		reals += mx->addrs[i].real;
	}
	return decoys && !reals && (at_an_end || decoys == mx->count);
}

/*
 * Of one preference none is taken for a decoy, of two the lower, of more the
 * highest too: so that a mail server is left.
 */
static bool is_decoy_by_position(const struct lint *l, __u16 preference)
{
	__u16 low = l->mx[0].preference, high = l->mx[l->count - 1].preference;
	bool between = false;
	size_t i;

	for (i = 0; i < l->count; i++)
		between |= l->mx[i].preference != low &&
			   l->mx[i].preference != high;
	return low != high &&
	       (preference == low || (preference == high && between));
}

static enum lint_role role_of(const struct lint *l, const struct lint_mx *mx,
			      const struct policy *policy)
{
	bool decoy = policy ? is_decoy(l, mx)
			    : is_decoy_by_position(l, mx->preference);

	if (policy && !mx->count &&
	    !(lint_is_known(&mx->a) && lint_is_known(&mx->aaaa)))
		return LINT_UNKNOWN;
	return decoy ? LINT_DECOY : LINT_REAL;
}

void lint_know(struct lint *l, const struct policy *policy,
	       const struct policy *running)
{
	size_t i, j;

	l->loaded = running;
	l->source = !policy		? LINT_BY_POSITION
		    : policy == running ? LINT_BY_POLICY
					: LINT_BY_FILE;
	for (i = 0; i < l->count; i++) {
		struct lint_mx *mx = &l->mx[i];

		for (j = 0; j < mx->count; j++)
			know_address(&mx->addrs[j], policy, running);
		mx->role = role_of(l, mx, policy);
	}
}

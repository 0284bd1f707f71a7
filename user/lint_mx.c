// SPDX-License-Identifier: GPL-2.0-only
/* The rules that are about one MX, and what lies behind it. */
#include "lint_parts.h"

#include <string.h>

#include "special.h"

bool lint_answered(struct findings *f, const struct lint_set *set,
		   const char *name, const char *type, const struct lint_mx *mx)
{
	if (lint_is_known(set))
		return true;
	if (set->bogus)
		lint_find(f, LINT_DNSSEC_FAILED, mx, NULL,
			  "%s of %s: does not validate", type, name);
	else
		lint_find(f, LINT_LOOKUP_FAILED, mx, NULL, "%s of %s: %s", type,
			  name,
			  set->status == DNS_TIMED_OUT
				  ? "no answer in time"
				  : "the DNS lookup failed");
	return false;
}

void lint_check_ttl(struct findings *f, const struct lint_set *set,
		    const char *name, const char *type,
		    const struct lint_mx *mx)
{
	if (set->status != DNS_FOUND)
		return;
	if (set->ttl < LINT_TTL_MIN && !set->aged)
		lint_find(f, LINT_TTL_SHORT, mx, NULL,
			  "%s of %s: the TTL is %u seconds", type, name,
			  set->ttl);
	if (set->ttl > LINT_TTL_MAX)
		lint_find(f, LINT_TTL_LONG, mx, NULL,
			  "%s of %s: the TTL is %u seconds", type, name,
			  set->ttl);
}

/* The decoy that has the address too, or NULL. */
static const struct lint_mx *decoy_with(const struct lint *l,
					const struct prefix *addr)
{
	size_t i, j;

	for (i = 0; i < l->count; i++)
		for (j = 0; l->mx[i].role == LINT_DECOY && j < l->mx[i].count;
		     j++)
			if (!prefix_compare(&l->mx[i].addrs[j].addr, addr))
				return &l->mx[i];
	return NULL;
}

static void check_shared(struct findings *f, const struct lint_mx *mx)
{
	char text[PREFIX_TEXT_SIZE];
	size_t i;

	for (i = 0; mx->role == LINT_REAL && i < mx->count; i++) {
		const struct lint_addr *addr = &mx->addrs[i];
		const struct lint_mx *decoy = decoy_with(f->l, &addr->addr);

		if (!decoy && !addr->decoy)
			continue;
		prefix_format(&addr->addr, text);
		lint_find(f, LINT_SHARED_ADDRESS, mx, addr,
			  "%s is an address of %s, which is no decoy, and %s%s",
			  text, mx->name, decoy ? "of the decoy " : "a decoy",
			  decoy ? decoy->name : "");
	}
}

static bool has_family(const struct lint_mx *mx, __u8 family)
{
	size_t i;

	for (i = 0; i < mx->count; i++)
		if (mx->addrs[i].addr.family == family)
			return true;
	return false;
}

static bool decoys_have_family(const struct lint *l, __u8 family)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (l->mx[i].role == LINT_DECOY &&
		    has_family(&l->mx[i], family))
			return true;
	return false;
}

static void check_families(struct findings *f, const struct lint_mx *mx)
{
	bool no_ipv4 = lint_is_known(&mx->a) && !has_family(mx, FMX_IPV4);
	bool no_ipv6 = lint_is_known(&mx->aaaa) && !has_family(mx, FMX_IPV6);

	if (!mx->count || mx->literal)
		return;
	if (mx->role == LINT_DECOY && no_ipv4)
		lint_find(f, LINT_IPV6_ONLY, mx, NULL,
			  "the decoy %s has AAAA records, and no A record",
			  mx->name);
	if (mx->role == LINT_REAL && no_ipv4 &&
	    decoys_have_family(f->l, FMX_IPV4))
		lint_find(f, LINT_FEWER_FAMILIES, mx, NULL,
			  "decoys have A records, and %s has none", mx->name);
	if (mx->role == LINT_REAL && no_ipv6 &&
	    decoys_have_family(f->l, FMX_IPV6))
		lint_find(f, LINT_FEWER_FAMILIES, mx, NULL,
			  "decoys have AAAA records, and %s has none",
			  mx->name);
}

static void check_target(struct findings *f, const struct lint_mx *mx)
{
	bool answered;

	if (mx->literal) {
		lint_find(f, LINT_TARGET_LITERAL, mx, NULL,
			  "the MX at preference %u names an address: %s",
			  mx->preference, mx->name);
		return;
	}
	if (mx->alias.status == DNS_FOUND)
		lint_find(f, LINT_TARGET_ALIAS, mx, NULL,
			  "%s is an alias of %s", mx->name, mx->alias_of);
	answered = lint_answered(f, &mx->a, mx->name, "A", mx);
	if (lint_answered(f, &mx->aaaa, mx->name, "AAAA", mx) && answered &&
	    !mx->count)
		lint_find(f, LINT_TARGET_UNRESOLVED, mx, NULL,
			  "%s has no A and no AAAA record", mx->name);
	lint_check_ttl(f, &mx->a, mx->name, "A", mx);
	lint_check_ttl(f, &mx->aaaa, mx->name, "AAAA", mx);
}

static void check_decoy_address(struct findings *f, const struct lint_mx *mx,
				const struct lint_addr *addr, const char *text)
{
	const char *what = addr_special(&addr->addr);

	if (what)
		lint_find(f, LINT_SPECIAL_ADDRESS, mx, addr,
			  "the decoy %s has the address %s, which is %s",
			  mx->name, text, what);
	if (f->l->loaded && !addr->in_policy)
		lint_find(
			f, LINT_NOT_IN_POLICY, mx, addr,
			"%s, of the decoy %s, is no decoy in the running policy",
			text, mx->name);
	if (f->l->source != LINT_BY_POSITION && !addr->here)
		lint_find(
			f, LINT_NOT_HERE, mx, addr,
			"%s, of the decoy %s, is neither assigned nor routed to this host",
			text, mx->name);
}

static void check_outcome(struct findings *f, const struct lint_mx *mx,
			  const struct lint_addr *addr, const char *text)
{
	enum lint_outcome right =
		mx->role == LINT_DECOY ? LINT_REFUSED : LINT_CONNECTED;

	if (addr->outcome == LINT_NOT_TRIED || addr->outcome == right)
		return;
	lint_find(f,
		  addr->outcome == LINT_NO_WAY ? LINT_NOT_PROBED
		  : mx->role == LINT_DECOY     ? LINT_DECOY_OPEN
					       : LINT_REAL_SILENT,
		  mx, addr, "%s, of %s%s, port 25: %s", text,
		  mx->role == LINT_DECOY ? "the decoy " : "", mx->name,
		  addr->seen);
}

static void check_addresses(struct findings *f, const struct lint_mx *mx)
{
	char text[PREFIX_TEXT_SIZE];
	size_t i;

	for (i = 0; i < mx->count; i++) {
		prefix_format(&mx->addrs[i].addr, text);
		if (mx->role == LINT_DECOY)
			check_decoy_address(f, mx, &mx->addrs[i], text);
		check_outcome(f, mx, &mx->addrs[i], text);
	}
}

/* A signed zone in which this fails keeps DANE's senders from sending. */
static void check_dane(struct findings *f, const struct lint_mx *mx)
{
	const struct lint *l = f->l;
	size_t i;

	if (mx->tlsa.bogus)
		lint_find(f, LINT_DNSSEC_FAILED, mx, NULL,
			  "TLSA of _25._tcp.%s: does not validate", mx->name);
	if (mx->role != LINT_DECOY || mx->literal ||
	    !lint_is_known(&mx->tlsa) || mx->tlsa.status == DNS_FOUND)
		return;
	for (i = 0; i < l->count; i++) {
		if (l->mx[i].tlsa.status != DNS_FOUND)
			continue;
		lint_find(f, LINT_DANE, mx, NULL,
			  "%s has TLSA records, and the decoy %s has none",
			  l->mx[i].name, mx->name);
		return;
	}
}

static void check_sts(struct findings *f, const struct lint_mx *mx)
{
	const struct sts *sts = &f->l->sts;

	if (mx->role == LINT_DECOY && sts->published && sts->is_known &&
	    sts->in_use && !sts_covers(sts, mx->name))
		lint_find(
			f, LINT_MTA_STS, mx, NULL,
			"no mx: line of the MTA-STS policy of %s covers the decoy %s",
			f->l->domain, mx->name);
}

void lint_check_mx(struct findings *f, const struct lint_mx *mx)
{
	check_target(f, mx);
	check_families(f, mx);
	check_shared(f, mx);
	check_addresses(f, mx);
	check_dane(f, mx);
	check_sts(f, mx);
}

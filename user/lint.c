// SPDX-License-Identifier: GPL-2.0-only
#include "lint_parts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define EARLY_ADDRESSES 4 /* one less than Postfix tries */

static const struct {
	const char *name;
	enum lint_severity severity;
	const char *why, *remedy, *see;
} rules[] = {
#define X(id, name, severity, why, remedy, see) \
	[LINT_##id] = { name, LINT_##severity, why, remedy, see },
	LINT_RULES(X)
#undef X
};

static const char *severity_name(enum lint_severity severity)
{
	static const char *const names[] = { "error", "warning", "note" };

	return names[severity];
}

void lint_find(struct findings *f, enum lint_rule rule,
	       const struct lint_mx *mx, const struct lint_addr *addr,
	       const char *format, ...)
{
	char seen[2 * NS_MAXDNAME + 256], text[PREFIX_TEXT_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(seen, sizeof(seen), format, args);
	va_end(args);
	if (addr)
		prefix_format(&addr->addr, text);
	json_array_append_new(
		f->of[rule],
		json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:s, s:s, s:s}", "rule",
			  rules[rule].name, "severity",
			  severity_name(rules[rule].severity), "mx",
			  mx ? mx->name : NULL, "address", addr ? text : NULL,
			  "seen", seen, "why", rules[rule].why, "remedy",
			  rules[rule].remedy, "see", rules[rule].see));
}

/* The first at this preference that is such a one, or NULL. */
static const struct lint_mx *find_at(const struct lint *l, __u16 preference,
				     enum lint_role role)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (l->mx[i].preference == preference && l->mx[i].role == role)
			return &l->mx[i];
	return NULL;
}

static const struct lint_mx *first_of(const struct lint *l, enum lint_role role)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (l->mx[i].role == role)
			return &l->mx[i];
	return NULL;
}

/* What is not known is not said to be missing. */
static bool lacks_decoy(const struct lint *l, __u16 preference)
{
	return !find_at(l, preference, LINT_DECOY) &&
	       !find_at(l, preference, LINT_UNKNOWN);
}

static void check_ends(struct findings *f)
{
	const struct lint *l = f->l;
	__u16 low = l->mx[0].preference, high = l->mx[l->count - 1].preference;

	if (!first_of(l, LINT_REAL) && !first_of(l, LINT_UNKNOWN))
		lint_find(f, LINT_ALL_DECOYS, NULL, NULL,
			  "every MX of %s is a decoy", l->domain);
	if (lacks_decoy(l, low))
		lint_find(f, LINT_NO_FIRST_DECOY, &l->mx[0], NULL,
			  "no MX at the lowest preference, %u, is a decoy: %s",
			  low, l->mx[0].name);
	if (lacks_decoy(l, high))
		lint_find(f, LINT_NO_LAST_DECOY, &l->mx[l->count - 1], NULL,
			  "no MX at the highest preference, %u, is a decoy: %s",
			  high, l->mx[l->count - 1].name);
}

/* Once for each preference. */
static void check_preferences(struct findings *f)
{
	const struct lint *l = f->l;
	const struct lint_mx *decoy;
	size_t i;

	for (i = 0; i < l->count; i++) {
		const struct lint_mx *mx = &l->mx[i];

		decoy = find_at(l, mx->preference, LINT_DECOY);
		if (decoy && find_at(l, mx->preference, LINT_REAL) == mx)
			lint_find(
				f, LINT_SHARED_PREFERENCE, mx, NULL,
				"%s is a decoy and %s is none, both at preference %u",
				decoy->name, mx->name, mx->preference);
	}
}

static void check_early(struct findings *f)
{
	const struct lint *l = f->l;
	const struct lint_mx *real = first_of(l, LINT_REAL);
	size_t count = 0, i;

	for (i = 0; real && l->mx[i].preference < real->preference; i++)
		count += l->mx[i].count;
	if (count > EARLY_ADDRESSES)
		lint_find(
			f, LINT_LATE_REAL, real, NULL,
			"%zu addresses come before %s, the first that is no decoy",
			count, real->name);
}

static void check_set(struct findings *f)
{
	const struct lint *l = f->l;
	size_t i;

	check_ends(f);
	check_preferences(f);
	check_early(f);
	lint_check_ttl(f, &l->mx_set, l->domain, "MX", NULL);
	if (l->sts.published && !l->sts.is_known)
		lint_find(
			f, LINT_MTA_STS_UNREAD, NULL, NULL,
			"there is an MTA-STS policy that could not be read: %s",
			l->sts.seen);
	for (i = 0; i < l->count; i++)
		lint_check_mx(f, &l->mx[i]);
}

static void check(struct findings *f)
{
	const struct lint *l = f->l;

	if (!lint_answered(f, &l->mx_set, l->domain, "MX", NULL))
		return;
	if (!l->count)
		lint_find(f, LINT_NO_MX, NULL, NULL, "%s has no MX record",
			  l->domain);
	else if (l->count == 1 && !strcmp(l->mx[0].name, LINT_ROOT))
		lint_find(f, LINT_NO_MX, NULL, NULL,
			  "%s has a null MX: it says that it takes no mail",
			  l->domain);
	else
		check_set(f);
}

json_t *lint_findings(const struct lint *l, size_t count[LINT_SEVERITY_COUNT])
{
	struct findings f = { .l = l };
	json_t *all = json_array();
	int rule, severity;

	for (rule = 0; rule < LINT_RULE_COUNT; rule++)
		f.of[rule] = json_array();
	check(&f);
	for (severity = 0; severity < LINT_SEVERITY_COUNT; severity++) {
		count[severity] = 0;
		for (rule = 0; rule < LINT_RULE_COUNT; rule++) {
			if ((int)rules[rule].severity != severity)
				continue;
			count[severity] += json_array_size(f.of[rule]);
			json_array_extend(all, f.of[rule]);
		}
	}
	for (rule = 0; rule < LINT_RULE_COUNT; rule++)
		json_decref(f.of[rule]);
	return all;
}

void lint_free(struct lint *l)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		free(l->mx[i].addrs);
	free(l->mx);
	sts_free(&l->sts);
	*l = (struct lint){ .count = 0 };
}

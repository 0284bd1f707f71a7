// SPDX-License-Identifier: GPL-2.0-only
/* What makes one policy another. */
#include <string.h>

#include "policy.h"
#include "policy_parts.h"

size_t policy_allowed_missing(const struct policy *from,
			      const struct policy *to)
{
	size_t missing = 0, i;

	for (i = 0; i < from->count; i++)
		missing += from->rows[i].key.kind == FMX_KIND_ALLOW &&
			   !policy_find(to, &from->rows[i]);
	return missing;
}

/* By what of the two is in front, and by the outermost prefix around it. */
size_t policy_allowed_lost(const struct policy *from, const struct policy *to)
{
	struct prefix outer = { 0 }, prefix;
	size_t lost = 0, i, j = 0;

	for (i = 0; i < from->count; i++) {
		const struct row *row = &from->rows[i];

		if (row->key.kind != FMX_KIND_ALLOW)
			continue;
		for (;
		     j < to->count && row_compare_keys(&to->rows[j], row) <= 0;
		     j++) {
			if (to->rows[j].key.kind != FMX_KIND_ALLOW)
				continue;
			row_prefix(&to->rows[j], &prefix);
			if (!prefix_contains(&outer, &prefix))
				outer = prefix;
		}
		row_prefix(row, &prefix);
		lost += !prefix_contains(&outer, &prefix);
	}
	return lost;
}

/* Whether they are the same statement, of the same address or prefix. */
static bool is_same_row(const struct row *a, const struct row *b)
{
	return row_is_own(a) == row_is_own(b) && a->rule.role == b->rule.role &&
	       a->rule.until == b->rule.until &&
	       !strcmp(a->comment ? a->comment : "",
		       b->comment ? b->comment : "");
}

/* Of those statements that `other` does not have. */
static int each_missing(const struct policy *policy, const struct policy *other,
			bool is_new,
			int (*each)(const struct statement *s, bool is_new,
				    void *arg),
			void *arg)
{
	struct settings mine = policy->settings, others = other->settings;
	struct statement s;
	size_t i, j = 0;
	int err = 0;

	for (i = 0; !err && i < policy->count; i++) {
		const struct row *row = &policy->rows[i];

		while (j < other->count &&
		       row_compare_keys(&other->rows[j], row) < 0)
			j++;
		if (!row_is_own(row) ||
		    (j < other->count &&
		     !row_compare_keys(&other->rows[j], row) &&
		     is_same_row(&other->rows[j], row)))
			continue;
		row_to_statement(row, &s);
		err = each(&s, is_new, arg);
	}
	for (i = 0; policy->sources && !err && i < FMX_MAX_SOURCES; i++) {
		if (!*policy->sources[i].name ||
		    policy_find_source(other, policy->sources[i].name))
			continue;
		source_statement(&policy->sources[i], &s);
		err = each(&s, is_new, arg);
	}
	s = (struct statement){ .kind = STATEMENT_SET };
	for (; !err && s.setting < SETTING_COUNT; s.setting++) {
		s.value = *policy_setting(&mine, s.setting);
		if (s.value && s.value != *policy_setting(&others, s.setting))
			err = each(&s, is_new, arg);
	}
	return err;
}

int policy_diff(const struct policy *from, const struct policy *to,
		int (*each)(const struct statement *s, bool is_new, void *arg),
		void *arg)
{
	int err = each_missing(from, to, false, each, arg);

	return err ? err : each_missing(to, from, true, each, arg);
}

static bool same_origin(const struct fmx_origin *a, const struct fmx_origin *b)
{
	return a->line == b->line && a->file == b->file;
}

bool policy_same_origins(const struct policy *a, const struct policy *b)
{
	const struct fmx_source *other;
	size_t i;

	if (a->count != b->count || a->file_count != b->file_count)
		return false;
	for (i = 0; i < a->file_count; i++)
		if (strcmp(a->files[i], b->files[i]) != 0)
			return false;
	for (i = 0; i < a->count; i++)
		if (!same_origin(&a->rows[i].rule.origin,
				 &b->rows[i].rule.origin))
			return false;
	for (i = 0; a->sources && i < FMX_MAX_SOURCES; i++) {
		other = policy_find_source(b, a->sources[i].name);
		if (other &&
		    !same_origin(&a->sources[i].origin, &other->origin))
			return false;
	}
	return true;
}

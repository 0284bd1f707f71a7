// SPDX-License-Identifier: GPL-2.0-only
/* What makes one policy another. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "covered.h"
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

/* Stands for the rows of all sources, and those of none. */
#define ANY 0

/* What is allowed, without what lies in another. NULL: no memory. */
static struct listed *outermost(const struct policy *policy, size_t *count)
{
	struct listed *list = calloc(policy->count + 1, sizeof(*list));
	struct prefix prefix;
	size_t i;

	*count = 0;
	for (i = 0; list && i < policy->count; i++) {
		if (policy->rows[i].key.kind != FMX_KIND_ALLOW)
			continue;
		row_prefix(&policy->rows[i], &prefix);
		if (!*count ||
		    !prefix_contains(&list[*count - 1].prefix, &prefix))
			list[(*count)++].prefix = prefix;
	}
	return list;
}

/* How many rows of a source there are; and are lost, by that list. */
static size_t count_rows(const struct policy *policy, unsigned int source,
			 const struct listed *to, size_t to_count, size_t *lost)
{
	struct listed one = { .line = 0 };
	size_t count = 0, i;

	*lost = 0;
	for (i = 0; i < policy->count; i++) {
		const struct row *row = &policy->rows[i];

		if (row->key.kind != FMX_KIND_ALLOW ||
		    (source != ANY && row->rule.source != source))
			continue;
		row_prefix(row, &one.prefix);
		*lost += covered_lost(&one, 1, to, to_count);
		count++;
	}
	return count;
}

int policy_allowed_lost(const struct policy *from, const struct policy *to,
			size_t *lost)
{
	size_t count;
	struct listed *list = outermost(to, &count);

	if (!list)
		return -ENOMEM;
	count_rows(from, ANY, list, count, lost);
	free(list);
	return 0;
}

static bool has_rows(const struct policy *policy, unsigned int source)
{
	size_t i;

	for (i = 0; i < policy->count; i++)
		if (policy->rows[i].rule.source == source)
			return true;
	return false;
}

/*
 * A row that several lists have is that of one of them: one of which all are
 * still let in is not empty for having no rows.
 */
int policy_emptied(const struct policy *from, const struct policy *to,
		   const char **name, size_t *count)
{
	const struct fmx_source *source;
	size_t to_count, lost;
	struct listed *list = outermost(to, &to_count);
	unsigned int i;

	*name = NULL;
	if (!list)
		return -ENOMEM;
	for (i = 0; from->sources && !*name && i < FMX_MAX_SOURCES; i++) {
		if (!*from->sources[i].name)
			continue;
		source = policy_find_source(to, from->sources[i].name);
		if (!source || has_rows(to, source - to->sources + 1))
			continue;
		*count = count_rows(from, i + 1, list, to_count, &lost);
		if (*count && lost == *count)
			*name = source->name;
	}
	free(list);
	return 0;
}

/* Whether they are the same statement, of the same address or prefix. */
static bool is_same_row(const struct row *a, const struct row *b)
{
	return row_is_own(a) == row_is_own(b) && a->rule.role == b->rule.role &&
	       a->rule.answer == b->rule.answer &&
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

/* As the kernel side keeps them: not all of the names of one may be known. */
static bool same_files(const struct policy *a, const struct policy *b)
{
	struct fmx_source of_a[FMX_MAX_SOURCES], of_b[FMX_MAX_SOURCES];

	policy_name_files(a, of_a);
	policy_name_files(b, of_b);
	return !memcmp(of_a, of_b, sizeof(of_a));
}

bool policy_same_origins(const struct policy *a, const struct policy *b)
{
	const struct fmx_source *other;
	size_t i;

	if (a->count != b->count || !same_files(a, b))
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

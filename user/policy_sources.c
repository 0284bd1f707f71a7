// SPDX-License-Identifier: GPL-2.0-only
/* Lists of senders that are in the policy by the name of what has them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kept.h"
#include "out.h"
#include "policy.h"
#include "policy_parts.h"

void source_name(const struct statement *s, char name[FMX_SOURCE_SIZE])
{
	if (s->kind == STATEMENT_POOL)
		snprintf(name, FMX_SOURCE_SIZE, SOURCE_POOL "%.*s",
			 SOURCE_DOMAIN_MAX, s->source + strlen(SOURCE_SPF));
	else
		snprintf(name, FMX_SOURCE_SIZE, "%s", s->source);
}

const char *source_behind(const struct fmx_source *source, const char *tag)
{
	size_t length = strlen(tag);

	return strncmp(source->name, tag, length) ? NULL
						  : source->name + length;
}

struct fmx_source *policy_find_source(const struct policy *policy,
				      const char *name)
{
	size_t i;

	for (i = 0; policy->sources && i < FMX_MAX_SOURCES; i++)
		if (!strcmp(policy->sources[i].name, name))
			return &policy->sources[i];
	return NULL;
}

const struct fmx_source *policy_source_of(const struct policy *policy,
					  const struct statement *s)
{
	char name[FMX_SOURCE_SIZE];

	source_name(s, name);
	return policy_find_source(policy, name);
}

bool policy_has_source(const struct policy *policy, const struct statement *s)
{
	return policy_source_of(policy, s);
}

int policy_add_source(struct policy *policy, const char *name,
		      const struct fmx_origin *origin)
{
	struct fmx_source *free_one;

	if (!policy->sources)
		policy->sources =
			calloc(FMX_MAX_SOURCES, sizeof(*policy->sources));
	if (!policy->sources)
		return -ENOMEM;
	if (policy_find_source(policy, name))
		return 0;
	free_one = policy_find_source(policy, "");
	if (!free_one)
		return -ENOSPC;
	snprintf(free_one->name, sizeof(free_one->name), "%s", name);
	free_one->origin = *origin;
	return 0;
}

void source_statement(const struct fmx_source *source, struct statement *s)
{
	const char *pool = source_behind(source, SOURCE_POOL);

	*s = (struct statement){
		.kind = pool ? STATEMENT_POOL : STATEMENT_ALLOW,
		.origin = source->origin,
	};
	if (pool)
		snprintf(s->source, sizeof(s->source), SOURCE_SPF "%.*s",
			 SOURCE_DOMAIN_MAX, pool);
	else
		snprintf(s->source, sizeof(s->source), "%s", source->name);
}

void policy_row_statement(const struct policy *policy, const struct row *row,
			  struct statement *statement)
{
	const struct fmx_source *source = NULL;

	if (!row_is_own(row) && row->rule.source && policy->sources)
		source = &policy->sources[row->rule.source - 1];
	if (source && *source->name)
		source_statement(source, statement);
	else
		row_to_statement(row, statement);
}

int policy_each_source(const struct policy *policy,
		       int (*each)(const struct statement *s, void *arg),
		       void *arg)
{
	struct statement s;
	size_t i;
	int err = 0;

	for (i = 0; policy->sources && !err && i < FMX_MAX_SOURCES; i++) {
		if (!*policy->sources[i].name)
			continue;
		source_statement(&policy->sources[i], &s);
		err = each(&s, arg);
	}
	return err;
}

int policy_add_listed(struct policy *policy, const struct listed *list,
		      size_t count, unsigned int number)
{
	bool has_lines =
		source_behind(&policy->sources[number - 1], SOURCE_FILE);
	struct row row;
	size_t i;
	int err = 0;

	for (i = 0; !err && i < count; i++) {
		const struct prefix *p = &list[i].prefix;

		row = (struct row){
			.key.prefixlen = FMX_KEY_BITS + p->len,
			.key.kind = FMX_KIND_ALLOW,
			.key.family = p->family,
			.rule.len = p->len,
			.rule.source = number,
			/* Which term of a record it was, nobody knows later. */
			.rule.origin.line = has_lines ? list[i].line : 0,
		};
		memcpy(row.key.addr, p->addr, sizeof(row.key.addr));
		err = policy_append(policy, &row);
	}
	return err;
}

const char *source_domain(const struct fmx_source *source)
{
	const char *pool = source_behind(source, SOURCE_POOL);

	return pool ? pool : source_behind(source, SOURCE_SPF);
}

/* Whether an earlier source is of the same one. */
static bool is_named_before(const struct policy *policy, size_t i)
{
	const char *domain = source_domain(&policy->sources[i]), *other;

	while (i-- > 0) {
		other = source_domain(&policy->sources[i]);
		if (other && !strcmp(other, domain))
			return true;
	}
	return false;
}

const char *policy_next_domain(const struct policy *policy, size_t *step)
{
	while (policy->sources && *step < FMX_MAX_SOURCES) {
		size_t i = (*step)++;

		if (source_domain(&policy->sources[i]) &&
		    !is_named_before(policy, i))
			return source_domain(&policy->sources[i]);
	}
	return NULL;
}

bool policy_needs_kept(const struct policy *policy, const char *domain)
{
	char name[FMX_SOURCE_SIZE];
	const char *other;
	size_t step = 0;

	while ((other = policy_next_domain(policy, &step)))
		if (!strcmp(other, domain))
			return true;
	return snprintf(name, sizeof(name),
			SOURCE_FILE KEPT_DIRECTORY "/%s.spf",
			domain) < (int)sizeof(name) &&
	       policy_find_source(policy, name);
}

bool policy_has_sources(const struct policy *policy)
{
	size_t i;

	for (i = 0; policy->sources && i < FMX_MAX_SOURCES; i++)
		if (*policy->sources[i].name)
			return true;
	return false;
}

int policy_read_pools(struct policy *policy)
{
	const char *domain;
	size_t i;
	int err;

	policy->pools = calloc(FMX_MAX_SOURCES, sizeof(*policy->pools));
	if (!policy->pools)
		return -ENOMEM;
	for (i = 0; policy->sources && i < FMX_MAX_SOURCES; i++) {
		struct pool *pool = &policy->pools[policy->pool_count];
		struct fault fault = { "" };
		struct kept kept;

		domain = source_behind(&policy->sources[i], SOURCE_POOL);
		if (!domain)
			continue;
		err = kept_read(KEPT_DIRECTORY, domain, &kept, &fault);
		if (err == -ENOMEM)
			return err;
		/* What cannot be read, status says. */
		*pool = (struct pool){ kept.list, kept.count };
		kept.list = NULL;
		kept_free(&kept);
		policy->pool_count++;
	}
	return 0;
}

/* The number that a source is to have: that of the running policy, or none's.
 */
static unsigned int place_of(const char *name, const struct policy *running,
			     const struct fmx_source *placed)
{
	const struct fmx_source *same = policy_find_source(running, name);
	unsigned int i;

	if (same)
		return same - running->sources;
	for (i = 0; i < FMX_MAX_SOURCES; i++)
		if (!*placed[i].name &&
		    !(running->sources && *running->sources[i].name))
			return i;
	return FMX_MAX_SOURCES;
}

int policy_place_sources(struct policy *policy, const struct policy *running)
{
	__u8 numbers[FMX_MAX_SOURCES + 1] = { 0 };
	struct fmx_source *placed;
	unsigned int to;
	size_t i;

	placed = calloc(FMX_MAX_SOURCES, sizeof(*placed));
	if (!placed)
		return -ENOMEM;
	for (i = 0; policy->sources && i < FMX_MAX_SOURCES; i++) {
		if (!*policy->sources[i].name)
			continue;
		to = place_of(policy->sources[i].name, running, placed);
		if (to == FMX_MAX_SOURCES) {
			say("too many lists: there is room for %u, old and new together",
			    FMX_MAX_SOURCES);
			free(placed);
			return -ENOSPC;
		}
		placed[to] = policy->sources[i];
		numbers[i + 1] = to + 1;
	}
	for (i = 0; i < policy->count; i++)
		policy->rows[i].rule.source =
			numbers[policy->rows[i].rule.source];
	free(policy->sources);
	policy->sources = placed;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* What the lists of a policy have, as rows of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kept.h"
#include "listfile.h"
#include "policy.h"
#include "policy_parts.h"

/* Stands for all sources; none has this number. */
#define ALL (FMX_MAX_SOURCES + 1)

static int expand_file(struct policy *policy, const struct fmx_source *source,
		       size_t *count, struct fault *fault)
{
	const char *path = source->name + strlen(SOURCE_FILE);
	struct listfile file = { 0 };
	int err = listfile_read(path, false, &file, fault);

	if (err)
		return err;
	err = policy_add_listed(policy, file.list, file.count,
				source - policy->sources + 1);
	*count = file.count;
	listfile_free(&file);
	if (err)
		fault_set(fault, "%s: %s", path, strerror(-err));
	return err;
}

int policy_expand(struct policy *policy, struct fault *fault)
{
	size_t i, count;
	int err = 0;

	for (i = 0; policy->sources && !err && i < FMX_MAX_SOURCES; i++)
		if (source_behind(&policy->sources[i], SOURCE_FILE))
			err = expand_file(policy, &policy->sources[i], &count,
					  fault);
	return err ? err : policy_settle(policy, fault);
}

int policy_expand_one(struct policy *policy, const struct statement *s,
		      size_t *count, struct fault *fault)
{
	const struct fmx_source *source = policy_find_source(policy, s->source);
	int err = expand_file(policy, source, count, fault);

	return err ? err : policy_settle(policy, fault);
}

/* But what is there only by the source that is left out, or by ALL; 0: none. */
static int copy_rows(const struct policy *from, unsigned int left_out,
		     struct policy *to)
{
	size_t i;
	int err = 0;

	for (i = 0; !err && i < from->count; i++) {
		struct row row = from->rows[i];

		if (left_out == ALL || row.rule.source == left_out)
			row.rule.source = 0;
		if (!row_is_own(&row) && !row.rule.source)
			continue;
		if (row.comment) {
			row.comment = strdup(row.comment);
			err = row.comment ? 0 : -ENOMEM;
		}
		if (!err)
			err = policy_append(to, &row);
	}
	return err;
}

/* The sources keep their numbers. */
static int copy_names(const struct policy *from, struct policy *to)
{
	size_t i;
	int err = 0;

	to->sources = calloc(FMX_MAX_SOURCES, sizeof(*to->sources));
	if (!to->sources)
		return -ENOMEM;
	if (from->sources)
		memcpy(to->sources, from->sources,
		       FMX_MAX_SOURCES * sizeof(*to->sources));
	for (i = 0; !err && i < from->file_count; i++)
		if (policy_add_file(to, from->files[i]) < 0)
			err = -ENOMEM;
	return err;
}

int policy_copy_own(const struct policy *from, struct policy *to)
{
	int err;

	*to = (struct policy){ .settings = from->settings };
	err = copy_rows(from, ALL, to);
	return err ? err : copy_names(from, to);
}

/* What the source has now, or had last; "": nothing that can be read. */
static int read_list(const struct fmx_source *source, struct listed **list,
		     size_t *count)
{
	struct listfile file = { 0 };
	struct fault fault = { "" };
	struct kept kept = { 0 };
	int err = 0;

	if (source_behind(source, SOURCE_FILE)) {
		err = listfile_read(source->name + strlen(SOURCE_FILE), true,
				    &file, &fault);
		*list = file.list;
		*count = file.count;
	} else if (source_behind(source, SOURCE_SPF)) {
		err = kept_read(KEPT_DIRECTORY,
				source_behind(source, SOURCE_SPF), &kept,
				&fault);
		*list = kept.list;
		*count = kept.count;
		kept.list = NULL;
		kept_free(&kept);
	}
	return err;
}

/* Gives the source those of its rows that are in force as another's. */
static int take_over_rows(struct policy *policy, unsigned int number,
			  const struct policy *running, unsigned int other)
{
	struct listed *list = NULL;
	size_t count = 0, i, j;
	int err = read_list(&policy->sources[number - 1], &list, &count);

	/* What cannot be read is for refresh to say. */
	if (err && err != -ENOMEM)
		return 0;
	for (i = 0, j = 0; !err && i < running->count; i++) {
		const struct row *row = &running->rows[i];
		struct prefix prefix;

		if (row->rule.source != other)
			continue;
		row_prefix(row, &prefix);
		while (j < count &&
		       prefix_compare(&list[j].prefix, &prefix) < 0)
			j++;
		if (j < count && !prefix_compare(&list[j].prefix, &prefix))
			err = policy_add_listed(policy, &list[j], 1, number);
	}
	free(list);
	return err;
}

int policy_copy_without(const struct policy *from, const struct statement *s,
			struct policy *to)
{
	const struct fmx_source *source = policy_source_of(from, s);
	unsigned int number = source ? source - from->sources + 1 : 0, i;
	int err;

	*to = (struct policy){ .settings = from->settings };
	err = copy_rows(from, number, to);
	if (!err)
		err = copy_names(from, to);
	if (err || !number)
		return err;
	to->sources[number - 1] = (struct fmx_source){ .name = "" };
	/* A row that several have is in force as that of one of them. */
	for (i = 1; !err && i <= FMX_MAX_SOURCES; i++)
		if (i != number)
			err = take_over_rows(to, i, from, number);
	return err;
}

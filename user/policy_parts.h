/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that make up policy.h share. */
#ifndef POLICY_PARTS_H
#define POLICY_PARTS_H

#include "policy.h"

/* By what the row is about: of one address or prefix there is one row. */
int row_compare_keys(const struct row *a, const struct row *b);

/* Whether there is a statement for it, not only a source that has it. */
bool row_is_own(const struct row *row);

/* Adds a row, and takes its comment over. 0 or -ENOMEM. */
int policy_append(struct policy *policy, const struct row *row);

/* The row about the same address or prefix, or NULL. */
const struct row *policy_find(const struct policy *policy,
			      const struct row *like);

/* The place of a setting in all of them. */
__u32 *policy_setting(struct settings *settings, enum setting which);

/* A pool is another source than the senders who are allowed by its record. */
#define SOURCE_POOL "pool:"

/* What stands behind the tag in the source's name, or NULL. */
const char *source_behind(const struct fmx_source *source, const char *tag);

/* What the source of a statement is called: "file:PATH", "pool:DOMAIN". */
void source_name(const struct statement *s, char name[FMX_SOURCE_SIZE]);

/* "": one that is free. NULL: there is none. */
struct fmx_source *policy_find_source(const struct policy *policy,
				      const char *name);
const struct fmx_source *policy_source_of(const struct policy *policy,
					  const struct statement *s);
int policy_add_source(struct policy *policy, const char *name,
		      const struct fmx_origin *origin);

/* Adds a file that statements come from. Its number, or -ENOMEM. */
int policy_add_file(struct policy *policy, const char *path);

void source_statement(const struct fmx_source *source, struct statement *s);
/* Adds what a source has; `number` is the source's, from 1 on. 0 or -ENOMEM. */
int policy_add_listed(struct policy *policy, const struct listed *list,
		      size_t count, unsigned int number);
int policy_each_source(const struct policy *policy,
		       int (*each)(const struct statement *s, void *arg),
		       void *arg);

#endif

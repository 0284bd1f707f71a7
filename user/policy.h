/* SPDX-License-Identifier: GPL-2.0-only */
/* A whole policy: statements become the rows of the maps, and back. */
#ifndef POLICY_H
#define POLICY_H

#include "firstmatch.h"
#include "kern.h"
#include "statement.h"

/* The senders of a provider that tries again from any of them. */
struct pool {
	struct listed *list; /* by prefix_compare(), none in another */
	size_t count;
};

struct policy {
	struct row *rows; /* decoys, reals, allowed prefixes */
	size_t count;
	size_t capacity;
	struct settings settings;
	struct fmx_source *sources; /* FMX_MAX_SOURCES of them, or NULL */
	struct pool *pools; /* where they were read: see policy_read_pools() */
	size_t pool_count;
	char **files; /* of its statements, by their numbers from 1 on */
	size_t file_count;
};

/* Begins as { 0 }. Frees what is in it, and makes it that again. */
void policy_clear(struct policy *policy);

/* The row of a statement that is none of SET; the row borrows its comment. */
void statement_to_row(struct statement *statement, struct row *row);

void row_to_statement(const struct row *row, struct statement *statement);

/* The statement that a row is there by: its own, or that of its source. */
void policy_row_statement(const struct policy *policy, const struct row *row,
			  struct statement *statement);

/* Writes a SET statement into the settings. */
void statement_to_settings(const struct statement *statement,
			   struct settings *settings);

/*
 * Adds a copy, but of none that has ended. 0, -ENOMEM, or -ENOSPC where there
 * are too many sources.
 */
int policy_add(struct policy *policy, const struct statement *statement);

/*
 * Reads what its files have into rows; answers_expand() does what SPF has. 0,
 * or -errno with the fault named.
 */
int policy_expand(struct policy *policy, struct fault *fault);

/*
 * The same policy without what its sources have, which is to be read anew; for
 * policy_clear() in every case. 0 or -ENOMEM.
 */
int policy_copy_own(const struct policy *from, struct policy *to);

/*
 * The same policy without the source of a statement, where it has that: what
 * others have stays as it is in force, whatever is in their files now. To be
 * settled; for policy_clear() in every case. 0 or -ENOMEM.
 */
int policy_copy_without(const struct policy *from, const struct statement *s,
			struct policy *to);

/*
 * Reads what the file of a statement has, which is in the policy, into rows,
 * and says in *count how many. As policy_expand().
 */
int policy_expand_one(struct policy *policy, const struct statement *s,
		      size_t *count, struct fault *fault);

/* The domain of a source that is an SPF record, also of a pool; or NULL. */
const char *source_domain(const struct fmx_source *source);

/* Steps through these, each once: begin with *step = 0; NULL is the end. */
const char *policy_next_domain(const struct policy *policy, size_t *step);

/* Whether a source is of that domain, or is the file that is kept of it. */
bool policy_needs_kept(const struct policy *policy, const char *domain);

bool policy_has_sources(const struct policy *policy);

/* Whether the source that the statement names is in the policy by it. */
bool policy_has_source(const struct policy *policy, const struct statement *s);

/* Reads what is kept of its pools, as far as it can be. 0 or -ENOMEM. */
int policy_read_pools(struct policy *policy);

/*
 * Sorts the rows; of several for one address or prefix the last one stays, and
 * a statement's before a source's. Returns -EINVAL, with the fault named, where
 * a decoy is a real too.
 */
int policy_settle(struct policy *policy, struct fault *fault);

/*
 * Reads a configuration file to its end, with those that it includes, and
 * settles. Returns 0, or -errno with the fault named: the file, and line and
 * column where there are some.
 */
int policy_read_file(const char *path, bool force, struct policy *policy,
		     struct fault *fault);

/*
 * Calls `each` for every statement that is in one policy and not in the other:
 * gone ones first. A statement that has changed is gone, and new.
 */
int policy_diff(const struct policy *from, const struct policy *to,
		int (*each)(const struct statement *s, bool is_new, void *arg),
		void *arg);

/* How many allowed addresses and prefixes of one are not in the other. */
size_t policy_allowed_missing(const struct policy *from,
			      const struct policy *to);

/*
 * How many of them are not allowed, each as a whole, by what the other has: a
 * list in other prefixes is no loss. 0 or -ENOMEM.
 */
int policy_allowed_lost(const struct policy *from, const struct policy *to,
			size_t *lost);

/*
 * Whether a list that both have let somebody in, and lets in nobody at all of
 * the other: *name is that of the first such, which had *count, or NULL. 0 or
 * -ENOMEM.
 */
int policy_emptied(const struct policy *from, const struct policy *to,
		   const char **name, size_t *count);

/*
 * Writes the policy as statements, in one step. Of a file that is there, what
 * it has in comments stays: in front of everything, and above and behind those
 * statements that are still the same. One that includes others is refused: what
 * is theirs would be written into it. Returns 0, or -errno, said.
 */
int policy_save(const struct policy *policy, const char *path);

/* The policy in force. */
int policy_read_running(struct kern *k, struct policy *policy);

/*
 * Gives each decoy its counter: the one it has in the running policy, or a free
 * one, which is set to 0. Returns 0 or -errno, and says it.
 */
int policy_place_decoys(struct policy *policy, const struct policy *running);

/*
 * Gives each source the number that it has in the running policy, or a free
 * one. Returns 0 or -errno, said.
 */
int policy_place_sources(struct policy *policy, const struct policy *running);

/* A file that a statement comes from, by its number; NULL: not known. */
const char *policy_file(const struct policy *policy, unsigned int number);

/*
 * The files as the kernel side keeps them, FMX_MAX_SOURCES. What there is no
 * room for is not known any more.
 */
void policy_name_files(const struct policy *policy, struct fmx_source *files);

/* Whether all that is in both comes from the same places. */
bool policy_same_origins(const struct policy *a, const struct policy *b);

/* Whether both give the ledger as much room. */
bool settings_same_ledger(const struct settings *a, const struct settings *b);

size_t policy_decoy_count(const struct policy *policy);

bool row_is_decoy(const struct row *row);
void row_prefix(const struct row *row, struct prefix *prefix);

/* Calls `each` for every statement: decoys, reals, allow, and what is set. */
int policy_statements(const struct policy *policy,
		      int (*each)(const struct statement *s, void *arg),
		      void *arg);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* A whole policy: statements become the rows of the maps, and back. */
#ifndef POLICY_H
#define POLICY_H

#include "kern.h"
#include "statement.h"

struct policy {
	struct row *rows; /* decoys, reals, allowed prefixes */
	size_t count;
	size_t capacity;
	struct settings settings;
};

/* Begins as { 0 }. Frees what is in it, and makes it that again. */
void policy_clear(struct policy *policy);

/* The row of a statement that is none of SET; the row borrows its comment. */
void statement_to_row(struct statement *statement, struct row *row);

/* Writes a SET statement into the settings. */
void statement_to_settings(const struct statement *statement,
			   struct settings *settings);

/* Adds a copy. 0 or -ENOMEM. */
int policy_add(struct policy *policy, const struct statement *statement);

/*
 * Sorts the rows; of several for one address or prefix the last one stays.
 * Returns -EINVAL, with the fault named, where a decoy is a real too.
 */
int policy_settle(struct policy *policy, const char *file, struct fault *fault);

/*
 * Reads a configuration file to its end, and settles. Returns 0, or -errno with
 * the fault named: the file, and the line where there is one.
 */
int policy_read_file(const char *path, bool force, struct policy *policy,
		     struct fault *fault);

/* The policy in force. */
int policy_read_running(struct kern *k, struct policy *policy);

/*
 * Gives each decoy its counter: the one it has in the running policy, or a free
 * one, which is set to 0. Returns 0 or -errno, and says it.
 */
int policy_place_decoys(struct policy *policy, const struct policy *running);

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

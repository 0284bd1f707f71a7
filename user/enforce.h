/* SPDX-License-Identifier: GPL-2.0-only */
/* A whole policy in the place of the running one. */
#ifndef ENFORCE_H
#define ENFORCE_H

#include "policy.h"

/*
 * Gives decoys and sources their numbers, which are those of the running policy
 * where that has them. 0 or -errno, said.
 */
int enforce_place(struct policy *wanted, const struct policy *running);

/*
 * Puts it in force: the rules and what is set in one step, as packets see it;
 * then `then` does the rest. Returns 0; or -errno, said, and then rules,
 * settings and sources are what they were.
 */
int enforce(struct kern *k, const struct policy *wanted,
	    int (*then)(struct kern *k, const struct policy *wanted, void *arg),
	    void *arg);

/* For `then`: the ledger gets the size that is wanted. */
int enforce_ledger(struct kern *k, const struct policy *wanted, void *arg);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* A whole policy in the place of the running one. */
#ifndef ENFORCE_H
#define ENFORCE_H

#include "policy.h"

/*
 * Puts it in force: the rules and what is set in one step, as packets see it,
 * then the size of the ledger. Returns 0; or -errno, said, and then the running
 * one is in force as it was.
 */
int enforce(struct kern *k, struct policy *wanted,
	    const struct policy *running);

#endif

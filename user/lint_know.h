/* SPDX-License-Identifier: GPL-2.0-only */
/* Which of a domain's MX are decoys, and what this host has to do with them. */
#ifndef LINT_KNOW_H
#define LINT_KNOW_H

#include "lint.h"
#include "policy.h"

/*
 * For what lint_gather() has found. The decoys are those of `policy`, which is
 * the running one or a file's; where that is NULL they are not known, and the
 * MX at the ends are taken for them. `running` is the policy in force, or NULL.
 */
void lint_know(struct lint *l, const struct policy *policy,
	       const struct policy *running);

#endif

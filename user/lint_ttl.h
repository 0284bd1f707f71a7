/* SPDX-License-Identifier: GPL-2.0-only */
/* TTLs as their zones have them: a cache tells what is left of them. */
#ifndef LINT_TTL_H
#define LINT_TTL_H

#include "dns.h"
#include "lint.h"

/*
 * Asks the zones' own servers for those TTLs from a cache that are too short,
 * for ten seconds at most; `dns` finds them. What is not to be had stays as it
 * is. Returns 0 or -errno.
 */
int lint_renew_ttls(struct lint *l, struct dns *dns);

#endif

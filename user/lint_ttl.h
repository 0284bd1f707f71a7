/* SPDX-License-Identifier: GPL-2.0-only */
/* TTLs as their zones have them: a cache tells what is left of them. */
#ifndef LINT_TTL_H
#define LINT_TTL_H

#include "fault.h"
#include "lint.h"

/*
 * Asks the zones' own servers for those TTLs from a cache that are too short,
 * for ten seconds at most, and until one of them is silent; `server`, as for
 * dns_open(), finds them. What is not to be had stays as it is. Returns 0,
 * -EINVAL with the fault named, or another -errno.
 */
int lint_renew_ttls(struct lint *l, const char *server, struct fault *fault);

#endif

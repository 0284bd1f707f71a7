/* SPDX-License-Identifier: GPL-2.0-only */
/* What the DNS says of a domain's MX, and of what is published beside them. */
#ifndef LINT_GATHER_H
#define LINT_GATHER_H

#include "fault.h"
#include "lint.h"

/*
 * Asks about the domain, an is_host_name(), of `server` (as for dns_open()).
 * What a lookup comes to is in *l alone; it takes twenty seconds at most, and
 * with an MTA-STS policy, or TTLs from a cache to be looked into, that much
 * more. *l begins as { 0 }. Returns 0, -EINVAL with the fault named, or another
 * -errno.
 */
int lint_gather(struct lint *l, const char *domain, const char *server,
		struct fault *fault);

#endif

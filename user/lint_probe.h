/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether mail servers answer on port 25, and decoys refuse. */
#ifndef LINT_PROBE_H
#define LINT_PROBE_H

#include "lint.h"

/*
 * Connects to the addresses, to all at a time, and sends nothing; it takes
 * three seconds at most. Of an address of this host the loaded program is asked
 * instead: what comes over loopback does not meet it. Behind what that lets
 * through to a mail server it connects as well. lint_know() has been called.
 * Returns 0 or -errno, said.
 */
int lint_probe(struct lint *l);

#endif

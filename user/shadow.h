/* SPDX-License-Identifier: GPL-2.0-only */
/* In shadow mode everything passes: also what the program kept from a listener.
 */
#ifndef SHADOW_H
#define SHADOW_H

#include "policy.h"

/*
 * Returns -EBUSY, said, where something listens on port 25 of a decoy, so that
 * shadow mode would open it to everybody. With `force` it is only said.
 */
int shadow_check(const struct policy *policy, bool force);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses that are not for hosts on the Internet. */
#ifndef SPECIAL_H
#define SPECIAL_H

#include "addr.h"

/*
 * What a whole address is for, and who says so: "private (RFC 1918)". NULL
 * where it may be a host's, and be reached from everywhere.
 */
const char *addr_special(const struct prefix *addr);

#endif

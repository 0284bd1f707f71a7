/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FRAGMENTS_H
#define FRAGMENTS_H

#include "attempt.h"
#include "random.h"

/* Cuts the datagram of an attempt's spec up, in one of many ways. */
void make_fragments(struct attempt *a, struct dice *d);

#endif

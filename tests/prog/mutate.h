/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames that nobody would build, made from those that somebody might. */
#ifndef MUTATE_H
#define MUTATE_H

#include "packet.h"
#include "random.h"

#define MUTATED_MAX 3000 /* bytes of a frame */

/*
 * Gives it other addresses, of those that the tests' policy speaks of and of
 * their neighbours; `l3` is where its IP header is.
 */
void mutate_addresses(struct frame *f, size_t l3, struct dice *d);

/* Changes some of it, or nothing: bits, lengths, tags, options, its end. */
void mutate(struct frame *f, size_t l3, struct dice *d);

#endif

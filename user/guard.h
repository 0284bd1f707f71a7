/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guard: an nftables table that says the same as the policy, for the ways
 * to a decoy that the program does not see.
 */
#ifndef GUARD_H
#define GUARD_H

#include <jansson.h>
#include <stdio.h>

#include "policy.h"

/* The policy as the guard has it. The caller owns it; NULL is out of memory. */
json_t *guard_document(const struct policy *policy);

/* The same as commands for nft -f, which puts it in force in one step. */
void guard_write(FILE *to, const json_t *document);

enum guard_state {
	GUARD_NONE, /* or there is no nft to ask */
	GUARD_CURRENT,
	GUARD_STALE, /* of another policy */
};

/* Asks nft for the guard that is in force in this network namespace. */
enum guard_state guard_ask(const struct policy *policy);

const char *guard_state_name(enum guard_state state);

/* What puts the guard of the running policy in force. */
#define GUARD_REMEDY "xdp-fakemx export guard | nft -f -"

/* After a change: says so where the guard in force is of another policy. */
void guard_remind(struct kern *k);

#endif

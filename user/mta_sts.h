/* SPDX-License-Identifier: GPL-2.0-only */
/* MTA-STS (RFC 8461): which MX a domain says are its own. */
#ifndef MTA_STS_H
#define MTA_STS_H

#include <stdbool.h>
#include <stddef.h>

#include "dns_answer.h"

#define STS_HOST_PREFIX "mta-sts."

/* Begins as { 0 }. */
struct sts {
	bool published; /* there is a record that says so */
	bool is_known;	/* what the policy says, or else `seen` says why not */
	char seen[DNS_NAME_SIZE + 256];
	bool in_use;	 /* its mode is not "none" */
	char **patterns; /* of its mx: lines, names or "*." and a name */
	size_t count;
};

void sts_free(struct sts *sts);

/*
 * Whether a TXT record says that it is one of MTA-STS (3.1). Of several that do
 * none holds, be they well formed or not.
 */
bool sts_claims(const char *text, size_t size);

/* Whether it is one: it must have an id. */
bool sts_is_record(const char *text, size_t size);

/*
 * Reads the policy (3.2): "key: value" lines, where the last line may have no
 * end. 0; -EINVAL: it is none; or -ENOMEM.
 */
int sts_parse(struct sts *sts, const char *text, size_t size);

/* Whether one of the patterns fits the name (4.1). */
bool sts_covers(const struct sts *sts, const char *name);

/*
 * Has curl(1) get the policy of the domain from its host, at these addresses
 * (up to the first dozen), and reads it. It takes ten seconds at most. Silent.
 * Returns 0 also where it is not to be had, or -ENOMEM.
 */
int sts_fetch(struct sts *sts, const char *domain, const struct prefix *addrs,
	      size_t count);

#endif

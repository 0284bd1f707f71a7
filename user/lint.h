/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's MX set-up: what is known of it, and what is wrong with it. Who
 * finds it out, in this order: lint_gather(), lint_know(), lint_probe().
 */
#ifndef LINT_H
#define LINT_H

#include <jansson.h>
#include <stddef.h>

#include "dns_answer.h"
#include "lint_rules.h"
#include "mta_sts.h"

/* Seconds that a TTL should last. */
#define LINT_TTL_MIN 300
#define LINT_TTL_MAX 86400

enum lint_rule {
#define X(id, name, severity, why, remedy, see) LINT_##id,
	LINT_RULES(X)
#undef X
		LINT_RULE_COUNT,
};

enum lint_severity {
	LINT_ERROR,
	LINT_WARNING,
	LINT_NOTE,
	LINT_SEVERITY_COUNT,
};

/* What a question to the DNS came to: records of one name and type. */
struct lint_set {
	enum dns_status status;
	bool bogus; /* FAILED, because it does not validate */
	bool aged;  /* from a cache: the TTL is what is left of it */
	__u32 ttl;  /* of FOUND: the least */
};

/* What became of an attempt to connect to port 25. */
enum lint_outcome {
	LINT_NOT_TRIED,
	LINT_REFUSED,
	LINT_CONNECTED,
	LINT_NO_ANSWER, /* anything else that came of it */
	LINT_NO_WAY,	/* from this host; nothing was sent */
};

struct lint_addr {
	struct prefix addr; /* whole */
	bool decoy;	    /* where the decoys are known: it is one */
	bool real;	    /* and: it is a real one */
	bool in_policy;	    /* a decoy of the running policy */
	bool here;	    /* its packets end at this host */
	enum lint_outcome outcome;
	char seen[96]; /* where it was tried: what happened */
};

enum lint_role {
	LINT_REAL,
	LINT_DECOY,
	LINT_UNKNOWN, /* nobody knows its addresses */
};

/* The one name that has its last dot (RFC 7505 3). */
#define LINT_ROOT "."

struct lint_mx {
	__u16 preference;
	char name[NS_MAXDNAME]; /* as a zone has it, with no last dot */
	bool literal;		/* that is an address */
	struct lint_set alias, a, aaaa, tlsa;
	char alias_of[NS_MAXDNAME];
	struct lint_addr *addrs;
	size_t count;
	enum lint_role role;
};

/* By what the decoys are known. */
enum lint_source {
	LINT_BY_POSITION, /* not at all: those at the ends are taken for them */
	LINT_BY_POLICY,
	LINT_BY_FILE,
};

/* Begins as { 0 }. */
struct lint {
	char domain[DNS_NAME_SIZE];
	struct lint_set mx_set;
	struct lint_mx *mx; /* by preference */
	size_t count;
	struct sts sts;
	enum lint_source source;
	bool loaded; /* a policy is in force here */
};

void lint_free(struct lint *l);

/*
 * What is wrong: an array of objects, errors first, by rule; each has its rule,
 * severity, what was seen, and the rest of LINT_RULES; `count` says how many
 * there are of each severity. NULL: there is no memory for it.
 */
json_t *lint_findings(const struct lint *l, size_t count[LINT_SEVERITY_COUNT]);

/* Whether it came to anything at all, be it that there is nothing. */
static inline bool lint_is_known(const struct lint_set *set)
{
	return set->status != DNS_FAILED && set->status != DNS_TIMED_OUT;
}

#endif

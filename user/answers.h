/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the SPF domains of a policy come to: what DNS says, and where it cannot
 * be asked, or does not say, what is kept. The DNS is asked before the policy
 * is locked; what is kept is written when the new policy is in force.
 */
#ifndef ANSWERS_H
#define ANSWERS_H

#include "kept.h"
#include "policy.h"

struct answer {
	char domain[SOURCE_DOMAIN_MAX + 1];
	bool asked;	  /* the DNS */
	bool failed;	  /* and it did not come to a list */
	bool late;	  /* there was no time to ask */
	struct kept kept; /* the list to be used, where there is one */
};

/* Begins as { 0 }. */
struct answers {
	struct answer *list;
	size_t count;
	__u64 deadline; /* of all questions; CLOCK_MONOTONIC, ns */
};

struct answers_how {
	const char *resolver; /* as for dns_open() */
	/* Also an answer without more than half of a long list, and one that
	 * lets in more than a domain should have. */
	bool force;
	bool if_needed; /* only those that no list is kept of */
};

/*
 * Asks about one domain, and about all of a policy. What fails is in the answer
 * (and answers_say() says it), but for memory. Returns 0, or -errno with the
 * fault named: -EINVAL is a resolver that is none.
 */
int answers_ask_one(struct answers *answers, const char *domain,
		    const struct answers_how *how, struct fault *fault);
int answers_ask(struct answers *answers, const struct policy *policy,
		const struct answers_how *how, struct fault *fault);

/* Says what fails and what is left out; `without`: what of one with no list. */
void answers_say(const struct answers *answers, const char *without);

/* Whether there is a domain without any list. */
bool answers_lack(const struct answers *answers);

/* Whether it is not what the DNS says now, though that was to be asked. */
bool answer_is_old(const struct answer *answer);

/* How many of these there are. */
size_t answers_failed(const struct answers *answers);

/*
 * Adds the lists to the rows of the policy, and settles. 0, or -errno with the
 * fault named.
 */
int answers_expand(const struct answers *answers, struct policy *policy,
		   struct fault *fault);

struct answers_use {
	const char *without; /* as answers_say() has it */
	bool need_all;	     /* -ENODATA, said, where a domain has no list */
};

/*
 * All of it, of every domain of the policy: of those that there is no answer of
 * what is kept, or else what they have in `running`, if that is not NULL. Says
 * what fails, and adds the lists as answers_expand() does.
 */
int answers_use(struct answers *answers, struct policy *policy,
		const struct policy *running, const struct answers_use *how,
		struct fault *fault);

/*
 * Keeps what was asked for on disk; or of that what failed. Where that cannot
 * be, it is said: the policy is in force all the same.
 */
void answers_keep(const struct answers *answers, bool only_failed);

/* Frees what is in it, and makes it { 0 }. */
void answers_free(struct answers *answers);

/* An allowlist of so many is a long one; most of it does not go by mistake. */
#define LONG_ALLOWLIST 100

#endif

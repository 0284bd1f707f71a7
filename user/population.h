/* SPDX-License-Identifier: GPL-2.0-only */
/* All senders that are known, with what they mean to each other. */
#ifndef POPULATION_H
#define POPULATION_H

#include "policy.h"
#include "sender.h"

struct population {
	struct sender *senders;	 /* by sender_compare(), no two alike */
	struct classed *classes; /* of each */
	size_t count;
	__s64 now;
	size_t by_class[CLASS_COUNT];
};

/*
 * Orders by who it is: an IPv4 address, an IPv6 /64. It is the order in which
 * ledger_senders() gives them.
 */
int sender_compare(const struct sender *a, const struct sender *b);

/*
 * Takes the senders over, in every case, and tells the class of each. Returns 0
 * or -ENOMEM, said, also where there are none because memory ran out (NULL).
 */
int population_make(struct sender *senders, size_t count,
		    const struct policy *policy, __s64 now,
		    struct population *out);
void population_free(struct population *population);

#endif

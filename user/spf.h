/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The senders that an SPF record lets pass (RFC 7208), without one of them
 * being there: all prefixes, instead of a verdict on an address.
 *
 * The limits are those of a sender that nothing matches: all terms are looked
 * at for him. A lookup that finds nothing counts for the family that is looked
 * up, IPv4 or IPv6: a sender has one of them.
 */
#ifndef SPF_H
#define SPF_H

#include "dns.h"
#include "firstmatch.h"

struct spf {
	struct listed *list; /* by prefix_compare(), none in another */
	size_t count;
	char **left_out; /* what no prefix can say, and of which domain */
	size_t left_out_count;
};

/*
 * Asks for a spf_domain(), and all that it leads to. Returns 0, or -errno with
 * the fault named in printable ASCII, and nothing in *out: -EINVAL is a record
 * that is wrong, -EAGAIN one that DNS did not answer for.
 */
int spf_walk(struct dns *dns, const char *domain, struct spf *out,
	     struct fault *fault);

void spf_free(struct spf *spf);

#endif

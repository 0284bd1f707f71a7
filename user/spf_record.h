/* SPDX-License-Identifier: GPL-2.0-only */
/* One SPF record, as RFC 7208 12 writes it: what is in it, in its order. */
#ifndef SPF_RECORD_H
#define SPF_RECORD_H

#include <stddef.h>

#include "dns_answer.h"
#include "fault.h"

enum spf_what {
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
	SPF_REDIRECT,
};

struct spf_term {
	enum spf_what what;
	bool passes;	/* its qualifier is "+", said or not */
	bool has_macro; /* the domain has: it is not in `domain` then */
	/* In lower case, with no last dot; "": the domain of the record. */
	char domain[DNS_NAME_SIZE];
	struct prefix prefix;	    /* IP4 and IP6 */
	__u8 len[FMX_FAMILY_COUNT]; /* A and MX: of what is around a host */
	const char *text; /* the term as it is written, in printable ASCII */
};

/* What is to be looked at: nothing that is behind "all", redirect last. */
struct spf_record {
	struct spf_term *terms;
	size_t count;
	char *text; /* that the terms point into */
};

/* Whether a TXT record of these bytes is one of SPF, right or wrong. */
bool spf_record_is(const char *text, size_t length);

/*
 * Reads one that is. Returns 0; -ENOMEM; or -EINVAL, with the fault and the
 * term named in printable ASCII: that is a "permerror" (RFC 7208 4.6). Then
 * nothing is in *out.
 */
int spf_record_parse(const char *text, size_t length, struct spf_record *out,
		     struct fault *fault);

void spf_record_free(struct spf_record *record);

/*
 * Whether it is a domain that mail can come from, in letters of ASCII: of two
 * labels or more, and no address. Makes it lower case, without a last dot.
 */
bool spf_domain(const char *word, char domain[DNS_NAME_SIZE]);

#endif

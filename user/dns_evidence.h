/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What DNS says for a sender being a real mail server: a reverse name that
 * leads back to the address, and an entry in an allowlist.
 */
#ifndef DNS_EVIDENCE_H
#define DNS_EVIDENCE_H

#include <stddef.h>

#include "dns.h"

/* RFC 8601 3: "iprev". */
enum dns_ptr {
	DNS_PTR_NOT_ASKED,
	DNS_PTR_CONFIRMED,
	DNS_PTR_UNCONFIRMED, /* there are names; none of them leads back */
	DNS_PTR_NONE,
	DNS_PTR_FAILED, /* a lookup failed, or was not answered in time */
};

struct dns_evidence {
	enum dns_ptr ptr;
	/*
	 * The confirmed name, or else the first of those that are an
	 * is_host_name(), or else "".
	 */
	char name[DNS_NAME_SIZE];
	int dnswl;	   /* 0 to 3: listed, with this trust; or else -1 */
	__u32 dnswl_code;  /* the address answered, as a number, or 0 */
	bool dnswl_failed; /* there is no telling whether it is listed */
};

struct dns_options {
	const char *server;	  /* as for dns_open() */
	unsigned int deadline_ms; /* for all of it together */
	bool resolve;		  /* whether to ask for reverse names */
	const char *dnswl;	  /* an allowlist's zone, or NULL */
};

/*
 * Asks about `count` whole addresses; out[i] is about addrs[i]. What a lookup
 * comes to is in *out alone, but an allowlist that gives itself away as not to
 * be believed is named once, on standard error. Returns 0, -EINVAL with the
 * fault named, or another -errno.
 */
int dns_evidence(const struct dns_options *options, const struct prefix *addrs,
		 size_t count, struct dns_evidence *out, struct fault *fault);

/*
 * The trust, 0 to 3, that dnswl.org's answer 127.0.x.y stands for; -1 where the
 * address answered (as a number) is none of these.
 */
int dnswl_trust(__u32 code);

/* "confirmed", "none" and so on. */
const char *dns_ptr_name(enum dns_ptr ptr);

#endif

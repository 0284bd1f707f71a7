/* SPDX-License-Identifier: GPL-2.0-only */
/* What is read in the answer to a question to DNS, and names to ask for. */
#ifndef DNS_ANSWER_H
#define DNS_ANSWER_H

#include <arpa/nameser.h>
#include <stdbool.h>

#include "addr.h"

/* RFC 1035 2.3.4: 255 bytes on the wire are 253 of text, with no last dot. */
#define DNS_NAME_SIZE 254

/* In front of the zone, a reverse name has up to 32 nibbles, each with a dot.
 */
#define DNS_ZONE_MAX (DNS_NAME_SIZE - 1 - 64)

/*
 * What became of a question. Only NO_NAME and NO_DATA say that there are no
 * such records: after FAILED and TIMED_OUT nobody knows.
 */
enum dns_status {
	DNS_FOUND,
	DNS_NO_NAME,   /* nothing has this name, or no name can be like this */
	DNS_NO_DATA,   /* the name is there; such records of it are not */
	DNS_FAILED,    /* no server to be reached; or each one failed, refused,
			* or answered what cannot be read */
	DNS_TIMED_OUT, /* no answer: to this question, or before the deadline */
};

/* An answer: the records of the type that was asked for. */
struct dns_answer {
	ns_msg msg;
	ns_type type;
	int next;
};

/*
 * Reads what a server sent. Anything but DNS_FOUND leaves nothing in *answer
 * that is of use. The bytes must stay where they are.
 */
enum dns_status dns_answer_read(struct dns_answer *answer,
				const unsigned char *bytes, int len,
				ns_type type);

/* The next record, or false. */
bool dns_next(struct dns_answer *answer, ns_rr *record);

/*
 * Reads the name at `data` in a record of this answer, as a zone file has it
 * (RFC 1035 5.1), with no last dot: printable ASCII, also where strangers have
 * put something else into DNS. False where it cannot be read.
 */
bool dns_name(const struct dns_answer *answer, const unsigned char *data,
	      char name[NS_MAXDNAME]);

/* The same, of an is_host_name() alone. */
bool dns_host_name(const struct dns_answer *answer, const unsigned char *data,
		   char name[DNS_NAME_SIZE]);

/* The address in a record; false where it is none. */
bool dns_address(const ns_rr *record, struct prefix *addr);

/*
 * The strings of a TXT record, joined (RFC 7208 3.3), as the bytes that they
 * are: up to ns_rr_rdlen() of them. Returns how many.
 */
size_t dns_text(const ns_rr *record, char *text);

/*
 * Letters, digits, hyphens and, since many do have them, underscores, in labels
 * of up to 63: fit for a terminal, HTML and JSON as it is.
 */
bool is_host_name(const char *name);

/*
 * The name for an address, whole, in a zone that is laid out like in-addr.arpa
 * or ip6.arpa, as RFC 5782 lists are. NULL: in these. Of a zone of more than
 * DNS_ZONE_MAX the rest is cut off.
 */
void dns_reverse_name(const struct prefix *addr, const char *zone,
		      char name[DNS_NAME_SIZE]);

#endif

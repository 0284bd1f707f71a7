/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DNS lookups, many at a time, with one deadline over all of them. Questions
 * are asked by name and type; dns_run() hands over the answers as they come.
 */
#ifndef DNS_H
#define DNS_H

#include "dns_answer.h"
#include "fault.h"

struct dns;

/* Where an answer goes. It has one record at least, or is NULL if not FOUND. */
typedef void (*dns_callback)(void *arg, enum dns_status status,
			     struct dns_answer *answer);

/*
 * `server` is "ADDR", "ADDR:PORT" or "[ADDR]:PORT"; NULL: those of the system's
 * resolv.conf. The deadline counts from here on; of the questions, no more than
 * `in_flight` (at least 1) are on their way at a time. Returns 0, -EINVAL with
 * the fault named, or another -errno.
 */
int dns_open(struct dns **dns, const char *server, unsigned int deadline_ms,
	     unsigned int in_flight, struct fault *fault);

/* Whatever is still open is forgotten; nothing is called any more. */
void dns_close(struct dns *dns);

/*
 * Asks for the records of a type (ns_t_...), of exactly this name. Nothing is
 * called before dns_run(); a callback may ask more.
 */
void dns_ask(struct dns *dns, const char *name, ns_type type,
	     dns_callback answered, void *arg);

/*
 * The same, but a resolver that validates hands over what it would refuse
 * (RFC 4035 3.2.2). Where this is answered and dns_ask() fails, it is DNSSEC
 * that fails.
 */
void dns_ask_unchecked(struct dns *dns, const char *name, ns_type type,
		       dns_callback answered, void *arg);

/*
 * Calls back for each question, once, and returns when none is left. Returns 0,
 * or -errno (ENOMEM) and has then not called back for all of them.
 */
int dns_run(struct dns *dns);

#endif

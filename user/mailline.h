/* SPDX-License-Identifier: GPL-2.0-only */
/* A line of a mail server's log: who came, by Postfix's words or Exim's. */
#ifndef MAILLINE_H
#define MAILLINE_H

#include "addr.h"
#include "logdate.h"

/* Somebody at the real MX, by its mail log. */
struct arrival {
	struct prefix addr; /* whole, and one that a host may have */
	__s64 at;	    /* milliseconds since the epoch */
	bool delivered;	    /* a message of his was taken; else he connected */
};

enum mailline {
	MAILLINE_OTHER,
	MAILLINE_MTA, /* of Postfix's or Exim's server, but no arrival */
	MAILLINE_ARRIVAL,
};

/*
 * A longer line is not read. Exim cuts its lines off at 8 KiB, and syslog
 * daemons theirs; it is the client who can make them so long. What a line ends
 * with may then be what he wanted there, with the rest of it cut off.
 */
#define MAILLINE_MAX 4096

/*
 * Reads a line, with or without its end. *out is of use only for an arrival.
 * The clock is one for all lines of a log: it tells which year a date without
 * one is of.
 */
enum mailline mailline_read(const char *text, size_t length,
			    struct logclock *clock, struct arrival *out);

#endif

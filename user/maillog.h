/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log of a mail server, as evidence of who came to it. Exim's has those who
 * connect in it only with log_selector = +smtp_connection.
 */
#ifndef MAILLOG_H
#define MAILLOG_H

#include "mailline.h"

struct maillog_counts {
	__u64 lines;
	__u64 too_long; /* of the lines: more than MAILLINE_MAX, and not read */
	__u64 mta;	/* of the lines: of Postfix's or Exim's server */
	__u64 arrivals; /* of those */
};

/*
 * Reads a log to its end, once, as a stream: plain or gzip; "-" is standard
 * input. `now`, in ms since the epoch, tells which year a date without one is
 * of. Calls `each` for every arrival as it is found. Returns 0, or -errno with
 * the fault named: then there may be more in the log than was found.
 */
int maillog_read(const char *path, __s64 now,
		 void (*each)(const struct arrival *a, void *arg), void *arg,
		 struct maillog_counts *counts, struct fault *fault);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* The dates that mail logs begin their lines with. */
#ifndef LOGDATE_H
#define LOGDATE_H

#include <linux/types.h>
#include <time.h>

#include "text.h"

/* A date as it is written. */
struct logdate {
	int year;  /* 0: it has none */
	int month; /* 1 to 12 */
	int day;
	int hour;
	int minute;
	int second;
	int millisecond;
	bool has_zone; /* else it is local time */
	int zone;      /* seconds east of UTC */
};

enum logdate_style {
	LOGDATE_NONE,
	LOGDATE_SYSLOG, /* RFC 3164 4.1.2, or RFC 3339 with its T */
	LOGDATE_EXIM,	/* the same with a space for the T */
};

/* Reads the date that a line begins with, and steps behind it. */
enum logdate_style logdate_read(struct text *line, struct logdate *date);

/*
 * Converts the dates of one log. Begins as { .now = ... }, in seconds since the
 * epoch; the rest is its own.
 */
struct logclock {
	time_t now;
	/* The day of the last date, as that was written. */
	int year;
	int month;
	int day;
	time_t midnight; /* its first second, as if local time were UTC */
	long before; /* seconds that local time was ahead of UTC, a day before
		      */
	long after;  /* the same a day after it */
	time_t last; /* the last date in local time, in seconds */
};

/*
 * Milliseconds since the epoch. A day without a year is the last one of that
 * date that began not later than a day after now. Of the hour that is there
 * twice when daylight saving time ends, it is the first, as long as the log
 * goes forward.
 */
__s64 logdate_convert(struct logclock *clock, const struct logdate *date);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Points and spans of time, and their text. */
#ifndef WHEN_H
#define WHEN_H

#include <linux/types.h>
#include <time.h>

#include "fault.h"

/* A clock of the kernel's, in nanoseconds. */
__u64 clock_ns(clockid_t clock);

/* Milliseconds since the epoch. */
__s64 when_now(void);

/* The years from 1678 to 2261, in such: 64 bits hold them in nanoseconds. */
#define WHEN_FIRST -9214560000000LL
#define WHEN_LAST 9214646400000LL /* behind them */

/*
 * A span: a number and its unit, one of s, m, h, d, w. At least a second, at
 * most `max`. Returns 0, or -EINVAL with the fault named.
 */
int span_parse(const char *word, __u32 max, __u32 *seconds,
	       struct fault *fault);

#define SPAN_TEXT_SIZE 16

/* In the largest unit that leaves no rest: 30d, 36h, 90s. */
void span_format(__u32 seconds, char text[SPAN_TEXT_SIZE]);

/* For people, in two figures or so: "40 s", "12 min", "3.5 h", "6.1 days". */
void span_format_rough(__s64 milliseconds, char text[SPAN_TEXT_SIZE]);

/*
 * A point in time: 2026-11-25, 2026-11-25T10:00, 2026-11-25T10:00:00, with Z,
 * an offset, or in local time; from WHEN_FIRST to WHEN_LAST. Returns 0, or
 * -EINVAL with the fault named.
 */
int when_parse(const char *word, __s64 *milliseconds, struct fault *fault);

/* The same, or a span before now. */
int since_parse(const char *word, __s64 *milliseconds, struct fault *fault);

#define WHEN_TEXT_SIZE 32

/* RFC 3339, in UTC, without fractions. */
void when_format(__s64 milliseconds, char text[WHEN_TEXT_SIZE]);

#endif

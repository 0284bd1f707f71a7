/* SPDX-License-Identifier: GPL-2.0-only */
/* Arrivals by mail logs, written; and the time and zone that they are read in.
 */
#ifndef MAILLINES_H
#define MAILLINES_H

#include "unit.h"

#include "mailline.h"

/* 2026-11-26T11:00:00Z: noon in the zone of the tests. */
static const time_t noon = 1795690800;

/* Central European time, with the rules that it has, wherever the test runs. */
static inline int maillines_setup(void **state)
{
	(void)state;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return 0;
}

/* Of "2026-11-26T11:00:00Z". */
static inline time_t time_of(const char *text)
{
	struct tm parts = { 0 };

	assert_non_null(strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts));
	return timegm(&parts);
}

static inline void write_arrival(const struct arrival *a, FILE *to)
{
	time_t seconds = a->at / 1000;
	char addr[PREFIX_TEXT_SIZE], date[32];
	struct tm parts;

	prefix_format(&a->addr, addr);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S",
		 gmtime_r(&seconds, &parts));
	fprintf(to, "%s %s %s.%03dZ", addr,
		a->delivered ? "delivered" : "connected", date,
		(int)(a->at % 1000));
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of mail logs, their arrivals, and the time and zone of the tests. */
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

/* Writes "ADDRESS connected|delivered TIME", "mta" or "other". */
static inline int read_line(const char *line, const void *arg, FILE *to)
{
	struct logclock clock = { .now = *(const time_t *)arg };
	size_t length = strlen(line);
	/* Where a sanitizer sees what is behind it. */
	char *copy = memcpy(malloc(length + 1), line, length);
	struct arrival arrival;

	switch (mailline_read(copy, length, &clock, &arrival)) {
	case MAILLINE_OTHER:
		fputs("other", to);
		break;
	case MAILLINE_MTA:
		fputs("mta", to);
		break;
	case MAILLINE_ARRIVAL:
		write_arrival(&arrival, to);
	}
	free(copy);
	return 0;
}

static inline void check_lines(const struct text_row *rows, size_t count)
{
	check_rows(read_line, &noon, 0, rows, count);
}

#endif

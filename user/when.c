// SPDX-License-Identifier: GPL-2.0-only
#include "when.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct unit {
	char letter;
	__u32 seconds;
};

/* The largest first. */
static const struct unit units[] = {
	{ 'w', 604800 }, { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 },
};

__u64 clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

__s64 when_now(void)
{
	return clock_ns(CLOCK_REALTIME) / 1000000;
}

static const struct unit *find_unit(const char *letter)
{
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (*letter == units[i].letter && !letter[1])
			return &units[i];
	return NULL;
}

int span_parse(const char *word, __u32 max, __u32 *seconds, struct fault *fault)
{
	const struct unit *unit;
	unsigned long number;
	char most[SPAN_TEXT_SIZE], *end;

	errno = 0;
	number = strtoul(word, &end, 10);
	unit = find_unit(end);
	if (!isdigit((unsigned char)*word) || !unit)
		return fault_set(
			fault, "%s: must be a number and one of s, m, h, d, w",
			word);
	span_format(max, most);
	if (errno || !number || number > max / unit->seconds)
		return fault_set(fault, "%s: must be from 1s to %s", word,
				 most);
	*seconds = number * unit->seconds;
	return 0;
}

void span_format(__u32 seconds, char text[SPAN_TEXT_SIZE])
{
	const struct unit *unit = &units[1]; /* weeks are read, not written */

	while (unit->seconds > 1 && seconds % unit->seconds)
		unit++;
	snprintf(text, SPAN_TEXT_SIZE, "%u%c", seconds / unit->seconds,
		 unit->letter);
}

void span_format_rough(__s64 milliseconds, char text[SPAN_TEXT_SIZE])
{
	double seconds = milliseconds / 1000.0;

	if (seconds < 90)
		snprintf(text, SPAN_TEXT_SIZE, "%.0f s", seconds);
	else if (seconds < 90 * 60)
		snprintf(text, SPAN_TEXT_SIZE, "%.0f min", seconds / 60);
	else if (seconds < 48 * 3600)
		snprintf(text, SPAN_TEXT_SIZE, "%.1f h", seconds / 3600);
	else
		snprintf(text, SPAN_TEXT_SIZE, "%.1f days", seconds / 86400);
}

/* What strptime() reads with one of these, to the end or to a zone. */
static const char *read_parts(const char *word, struct tm *parts)
{
	static const char *const formats[] = {
		"%Y-%m-%dT%H:%M:%S",
		"%Y-%m-%dT%H:%M",
		"%Y-%m-%d",
	};
	const char *end;
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		*parts = (struct tm){ .tm_isdst = -1 };
		end = strptime(word, formats[i], parts);
		if (end && (!*end || strchr("Z+-", *end)))
			return end;
	}
	return NULL;
}

/* mktime() makes 1 March of 31 February: it must be the day that was written.
 */
static bool is_real(const struct tm *parts)
{
	struct tm normal = *parts;

	return timegm(&normal) != -1 && normal.tm_mday == parts->tm_mday;
}

/* Seconds since the epoch; false where it is no date. */
static bool read_date(const char *word, time_t *seconds)
{
	struct tm parts, zone = { 0 };
	const char *end = read_parts(word, &parts);

	if (!end || !isdigit((unsigned char)*word) || !is_real(&parts))
		return false;
	if (!*end) {
		*seconds = mktime(&parts);
		return true;
	}
	/* glibc's %z reads Z, +hh:mm and +hhmm. */
	end = strptime(end, "%z", &zone);
	*seconds = timegm(&parts) - zone.tm_gmtoff;
	return end && !*end;
}

/* Packets are told of it in nanoseconds, of which 64 bits hold so many. */
static int from_date(const char *word, time_t seconds, __s64 *milliseconds,
		     struct fault *fault)
{
	*milliseconds = seconds * 1000LL;
	if (*milliseconds >= WHEN_FIRST && *milliseconds < WHEN_LAST)
		return 0;
	return fault_set(fault, "%s: must be from 1678 to 2261", word);
}

int when_parse(const char *word, __s64 *milliseconds, struct fault *fault)
{
	time_t seconds;

	if (read_date(word, &seconds))
		return from_date(word, seconds, milliseconds, fault);
	return fault_set(
		fault,
		"%s: must be a date, or a date and time: 2026-11-25, 2026-11-25T10:00Z",
		word);
}

int since_parse(const char *word, __s64 *milliseconds, struct fault *fault)
{
	__u32 seconds;
	time_t date;

	if (!find_unit(word + strspn(word, "0123456789"))) {
		if (read_date(word, &date))
			return from_date(word, date, milliseconds, fault);
		return fault_set(
			fault,
			"%s: must be a span or a date: 24h, 7d, 2026-11-25, 2026-11-25T10:00Z",
			word);
	}
	if (span_parse(word, ~0U, &seconds, fault))
		return -EINVAL;
	*milliseconds = when_now() - seconds * 1000LL;
	return 0;
}

/* strftime() would be most of what a long list takes. */
static void write_digits(char *text, unsigned int number, int count, char next)
{
	text[count] = next;
	while (count--) {
		text[count] = '0' + number % 10;
		number /= 10;
	}
}

void when_format(__s64 milliseconds, char text[WHEN_TEXT_SIZE])
{
	time_t seconds = milliseconds / 1000;
	struct tm parts;

	gmtime_r(&seconds, &parts);
	write_digits(text, parts.tm_year + 1900, 4, '-');
	write_digits(text + 5, parts.tm_mon + 1, 2, '-');
	write_digits(text + 8, parts.tm_mday, 2, 'T');
	write_digits(text + 11, parts.tm_hour, 2, ':');
	write_digits(text + 14, parts.tm_min, 2, ':');
	write_digits(text + 17, parts.tm_sec, 2, 'Z');
	text[20] = '\0';
}

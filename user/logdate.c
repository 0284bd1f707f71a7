// SPDX-License-Identifier: GPL-2.0-only
#include "logdate.h"

#define DAY 86400

/*
 * What several processes log at a time is not quite in order: this many seconds
 * back is not yet the end of daylight saving time.
 */
#define DISORDER 60

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool is_real(int year, int month, int day)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30,
				       31, 31, 30, 31, 30, 31 };

	return month >= 1 && month <= 12 && day >= 1 &&
	       day <= lengths[month - 1] + (month == 2 && is_leap(year));
}

/* Digits behind the seconds, as many as there are. */
static bool read_fraction(struct text *t, int *millisecond)
{
	int place = 100;

	*millisecond = 0;
	if (!text_skip(t, "."))
		return true;
	for (; t->at < t->end && isdigit((unsigned char)*t->at); t->at++) {
		*millisecond += (*t->at - '0') * place;
		place /= 10;
	}
	return place < 100;
}

static bool read_time(struct text *t, struct logdate *date)
{
	return text_number(t, 2, &date->hour) && date->hour < 24 &&
	       text_skip(t, ":") && text_number(t, 2, &date->minute) &&
	       date->minute < 60 && text_skip(t, ":") &&
	       text_number(t, 2, &date->second) && date->second <= 60 &&
	       read_fraction(t, &date->millisecond);
}

/* Z, +hh:mm, or the +hhmm of Exim and of journalctl. */
static bool read_zone(struct text *t, struct logdate *date)
{
	int hours, minutes, sign = 1;

	date->zone = 0;
	date->has_zone = text_skip(t, "Z");
	if (date->has_zone)
		return true;
	if (text_skip(t, "-"))
		sign = -1;
	else if (!text_skip(t, "+"))
		return false;
	date->has_zone = text_number(t, 2, &hours) && hours < 24 &&
			 (text_skip(t, ":") || true) &&
			 text_number(t, 2, &minutes) && minutes < 60;
	date->zone = date->has_zone ? sign * (hours * 60 + minutes) * 60 : 0;
	return date->has_zone;
}

/* "Nov 26 12:00:01", "Nov  6 12:00:01": RFC 3164 4.1.2. */
static enum logdate_style read_named_month(struct text *t, struct logdate *date)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int month = 1;

	while (month <= 12 && memcmp(t->at, names + (month - 1) * 3, 3) != 0)
		month++;
	t->at += 3;
	*date = (struct logdate){ .month = month };
	if (!text_skip(t, " "))
		return LOGDATE_NONE;
	if (!text_number(t, 2, &date->day) &&
	    !((text_skip(t, " ") || true) && text_number(t, 1, &date->day)))
		return LOGDATE_NONE;
	/* Any year may be the one; some have a 29 February. */
	if (!text_skip(t, " ") || !read_time(t, date) ||
	    !is_real(2000, month, date->day))
		return LOGDATE_NONE;
	return LOGDATE_SYSLOG;
}

/* "2026-11-26T12:00:01.123456+01:00", "2026-11-26 12:00:01.123 +0100" */
static enum logdate_style read_numbers(struct text *t, struct logdate *date)
{
	enum logdate_style style = LOGDATE_SYSLOG;
	struct text zone;

	*date = (struct logdate){ 0 };
	if (!text_number(t, 4, &date->year) || date->year < 1970 ||
	    !text_skip(t, "-") || !text_number(t, 2, &date->month) ||
	    !text_skip(t, "-") || !text_number(t, 2, &date->day) ||
	    !is_real(date->year, date->month, date->day))
		return LOGDATE_NONE;
	if (text_skip(t, " "))
		style = LOGDATE_EXIM;
	else if (!text_skip(t, "T"))
		return LOGDATE_NONE;
	if (!read_time(t, date))
		return LOGDATE_NONE;
	zone = *t;
	if ((style == LOGDATE_SYSLOG || text_skip(&zone, " ")) &&
	    read_zone(&zone, date))
		*t = zone;
	return style;
}

enum logdate_style logdate_read(struct text *line, struct logdate *date)
{
	/* The shortest is "Nov 6 12:00:01". */
	if (text_length(line) < 14)
		return LOGDATE_NONE;
	if (isdigit((unsigned char)*line->at))
		return read_numbers(line, date);
	return read_named_month(line, date);
}

static time_t day_begin(int year, int month, int day)
{
	struct tm parts = {
		.tm_year = year - 1900,
		.tm_mon = month - 1,
		.tm_mday = day,
	};

	return timegm(&parts);
}

/* Seconds that local time is ahead of UTC. */
static long offset_at(time_t at)
{
	struct tm parts;

	return localtime_r(&at, &parts) ? parts.tm_gmtoff : 0;
}

static int guess_year(time_t now, int month, int day)
{
	time_t local = now + offset_at(now);
	struct tm parts;
	int year;

	gmtime_r(&local, &parts);
	year = parts.tm_year + 1900 + 1;
	while (!is_real(year, month, day) ||
	       day_begin(year, month, day) > local + DAY)
		year--;
	return year;
}

/* Most lines are of the day of the line before. */
static void settle_day(struct logclock *clock, const struct logdate *date)
{
	int year = date->year;

	if (clock->day == date->day && clock->month == date->month &&
	    clock->year == date->year)
		return;
	clock->year = date->year;
	clock->month = date->month;
	clock->day = date->day;
	if (!year)
		year = guess_year(clock->now, date->month, date->day);
	clock->midnight = day_begin(year, date->month, date->day);
	clock->before = offset_at(clock->midnight - DAY);
	clock->after = offset_at(clock->midnight + 2 * DAY);
}

/* `wall` is what clocks on the wall show, as if that were UTC. */
static time_t from_local(const struct logclock *clock, time_t wall)
{
	time_t early = wall - clock->before, late = wall - clock->after;
	bool is_late;

	if (clock->before == clock->after)
		return early;
	is_late = offset_at(late) == clock->after;
	/* It is there once, or never: the clocks were put forward over it. */
	if (offset_at(early) != clock->before)
		return is_late ? late : early;
	/* Or they were put back, and it is there twice. */
	if (is_late && early + DISORDER < clock->last)
		return late;
	return early;
}

__s64 logdate_convert(struct logclock *clock, const struct logdate *date)
{
	time_t at;

	settle_day(clock, date);
	at = clock->midnight + (date->hour * 60 + date->minute) * 60 +
	     date->second;
	if (date->has_zone) {
		at -= date->zone;
	} else {
		at = from_local(clock, at);
		clock->last = at;
	}
	return at * 1000LL + date->millisecond;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "evidence.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define MINUTE_MS 60000LL
#define DAY_MS 86400000LL

static const struct {
	const char *name;
	unsigned int weight;
} kinds[] = {
#define X(id, name, weight, help) [EVIDENCE_##id] = { #name, weight },
	EVIDENCE(X)
#undef X
};

const char *evidence_name(enum evidence which)
{
	return kinds[which].name;
}

unsigned int evidence_weight(unsigned int evidence)
{
	unsigned int weight = 0, i;

	for (i = 0; i < EVIDENCE_COUNT; i++)
		if (evidence & 1U << i)
			weight += kinds[i].weight;
	return weight;
}

__s64 attempt_interval(const struct sender *s)
{
	__u32 attempts = s->attempts[FMX_ROLE_FIRST];

	if (attempts < 2)
		return 0;
	return (s->last[FMX_ROLE_FIRST] - s->first[FMX_ROLE_FIRST]) /
	       (attempts - 1);
}

/* How often a number stands in the name, by itself: 3 in "host-3-13". */
static unsigned int count_number(const char *name, unsigned long number)
{
	unsigned int count = 0;
	char *end;

	while (*name) {
		if (!isdigit((unsigned char)*name)) {
			name++;
			continue;
		}
		count += strtoul(name, &end, 10) == number;
		name = end;
	}
	return count;
}

/* All four bytes, in decimal and in any order, or the whole in hexadecimal. */
static bool has_ipv4(const char *name, const __u8 *addr)
{
	char hex[9];
	unsigned int i, wanted;
	const char *c;

	for (i = 0; i < 4; i++) {
		unsigned int j;

		for (j = 0, wanted = 0; j < 4; j++)
			wanted += addr[j] == addr[i];
		if (count_number(name, addr[i]) < wanted)
			break;
	}
	if (i == 4)
		return true;
	snprintf(hex, sizeof(hex), "%02x%02x%02x%02x", addr[0], addr[1],
		 addr[2], addr[3]);
	for (c = name; *c; c++)
		if (!strncasecmp(c, hex, 8))
			return true;
	return false;
}

/* At least half of an IPv6 address, as hexadecimal digits in a row. */
static bool has_ipv6(const char *name, const __u8 *addr)
{
	unsigned int run = 0;
	char digits[33];
	const char *c;
	size_t i;

	for (i = 0; i < 16; i++)
		snprintf(&digits[2 * i], 3, "%02x", addr[i]);
	for (i = 0; i + 16 <= 32; i++) {
		for (c = name, run = 0; *c && run < 16; c++) {
			if (*c == '-' || *c == '.')
				continue;
			if (tolower((unsigned char)*c) == digits[i + run])
				run++;
			else
				run = 0;
		}
		if (run == 16)
			return true;
	}
	return false;
}

bool name_is_generic(const char *name, const struct prefix *addr)
{
	return addr->family == FMX_IPV4 ? has_ipv4(name, addr->addr)
					: has_ipv6(name, addr->addr);
}

unsigned int evidence_of(const struct sender *s, const struct names *names)
{
	__s64 interval = attempt_interval(s);
	unsigned int evidence = 0;

	if (s->delivered)
		evidence |= 1U << EVIDENCE_DELIVERED;
	if (names->dnswl >= 0)
		evidence |= 1U << EVIDENCE_DNSWL;
	if (s->first[FMX_ROLE_REAL])
		evidence |= 1U << EVIDENCE_REAL;
	/* RFC 5321 4.5.4.1: half an hour; what is in use begins at minutes. */
	if (interval >= MINUTE_MS && interval <= DAY_MS)
		evidence |= s->attempts[FMX_ROLE_FIRST] > 2
				    ? 1U << EVIDENCE_QUEUE
				    : 1U << EVIDENCE_AGAIN;
	if (names->name && !name_is_generic(names->name, &s->addr))
		evidence |= 1U << EVIDENCE_NAME;
	return evidence;
}

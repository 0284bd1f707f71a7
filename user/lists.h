/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists of senders, as other programs read them. */
#ifndef LISTS_H
#define LISTS_H

#include <stdio.h>

#include "population.h"

struct list {
	const struct population *population;
	bool has_class;
	enum class class;
	__s64 max_age;	 /* ms: whoever was last seen before is not on it */
	bool unverified; /* also those whose address may be forged */
};

/* Writes a list whole. The order is that of addresses, IPv6 first. */
typedef void (*list_writer)(FILE *to, const struct list *list);

/* clang-format off */
/*
 * That of a format, by its name:
 *
 *	plain	  an address, or an IPv6 /64, on a line
 *	nft	  commands that fill two sets, of elements that time out when
 *		  the sender's age is reached
 *	postfix	  a cidr_table(5)
 *	rbldnsd	  a zone of its type "combined"
 *	zone	  a master file (RFC 1035) of a DNS list (RFC 5782)
 *
 * NULL: there is no such format.
 */
/* clang-format on */
list_writer list_find_writer(const char *format);

/* How many are of the class and age; and of these, how many are left out. */
size_t list_count(const struct list *list, size_t *unverified);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* IP addresses and prefixes, and their text. */
#ifndef ADDR_H
#define ADDR_H

#include <stdbool.h>

#include "fakemx.h"
#include "fault.h"

#define PREFIX_TEXT_SIZE 50 /* an IPv6 address, "/128", NUL */

/* A whole address has len 32 (IPv4) or 128 (IPv6). Host bits are zero. */
struct prefix {
	__u8 family; /* FMX_IPV4 or FMX_IPV6 */
	__u8 len;
	__u8 addr[16]; /* network byte order; IPv4 in the first four, rest 0 */
};

/* Both return 0, or -EINVAL with the fault named; *out is then undefined. */
int addr_parse(const char *word, struct prefix *out, struct fault *fault);
int prefix_parse(const char *word, struct prefix *out, struct fault *fault);

/* 32 or 128. */
unsigned int addr_bits(const struct prefix *prefix);

/* Zeroes what is behind the first `len` bits; true if that changed it. */
bool prefix_clear_host_bits(struct prefix *p);

/* An address that a host may have: RFC 1122 3.2.1.3, RFC 4291 2.5 to 2.7. */
bool addr_is_unicast(const struct prefix *addr);

/* An address, or a prefix with its length where that is not the whole. */
void prefix_format(const struct prefix *prefix, char text[PREFIX_TEXT_SIZE]);

/* Whether an address or prefix lies in a prefix, or is the same. */
bool prefix_contains(const struct prefix *prefix, const struct prefix *inner);

/* The lower and the upper half of what is not one address. */
void prefix_halve(const struct prefix *whole, struct prefix half[2]);

/* Orders by family, address, length. */
int prefix_compare(const struct prefix *a, const struct prefix *b);

#endif

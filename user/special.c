// SPDX-License-Identifier: GPL-2.0-only
#include "special.h"

#include <stddef.h>

/*
 * The registries that RFC 6890 has founded, as far as what they have is not
 * globally reachable, and what the addressing architectures take out (RFC 1112,
 * RFC 4291). The few services inside that can be reached are no mail servers.
 */
static const struct {
	struct prefix prefix;
	const char *what;
} special[] = {
#define V4(a, b, c, d, len, what)                       \
	{                                               \
		{ FMX_IPV4, len, { a, b, c, d } }, what \
	}
#define V6(len, what, ...)                               \
	{                                                \
		{ FMX_IPV6, len, { __VA_ARGS__ } }, what \
	}
	V4(0, 0, 0, 0, 8, "\"this network\" (RFC 791)"),
	V4(10, 0, 0, 0, 8, "private (RFC 1918)"),
	V4(100, 64, 0, 0, 10, "shared, behind a provider's NAT (RFC 6598)"),
	V4(127, 0, 0, 0, 8, "loopback (RFC 1122)"),
	V4(169, 254, 0, 0, 16, "link-local (RFC 3927)"),
	V4(172, 16, 0, 0, 12, "private (RFC 1918)"),
	V4(192, 0, 0, 0, 24, "for protocols of the IETF (RFC 6890)"),
	V4(192, 0, 2, 0, 24, "for documentation (RFC 5737)"),
	V4(192, 88, 99, 0, 24, "of 6to4 relays (RFC 7526)"),
	V4(192, 168, 0, 0, 16, "private (RFC 1918)"),
	V4(198, 18, 0, 0, 15, "for benchmarks (RFC 2544)"),
	V4(198, 51, 100, 0, 24, "for documentation (RFC 5737)"),
	V4(203, 0, 113, 0, 24, "for documentation (RFC 5737)"),
	V4(224, 0, 0, 0, 4, "multicast (RFC 5771)"),
	V4(240, 0, 0, 0, 4, "reserved (RFC 1112)"),

	V6(128, "unspecified (RFC 4291)", 0),
	V6(128, "loopback (RFC 4291)", [15] = 1),
	V6(96, "an IPv4 address in IPv6 form (RFC 4291)", [10] = 0xff, 0xff),
	V6(96, "an IPv4 address behind a translator (RFC 6052)", 0x00, 0x64,
	   0xff, 0x9b),
	V6(48, "behind a translator (RFC 8215)", 0x00, 0x64, 0xff, 0x9b, 0, 1),
	V6(64, "discarded (RFC 6666)", 0x01),
	V6(23, "for protocols of the IETF (RFC 2928)", 0x20, 0x01),
	V6(32, "for documentation (RFC 3849)", 0x20, 0x01, 0x0d, 0xb8),
	V6(16, "of 6to4 (RFC 3056)", 0x20, 0x02),
	V6(20, "for documentation (RFC 9637)", 0x3f, 0xff),
	V6(7, "unique local, which is private (RFC 4193)", 0xfc),
	V6(10, "link-local (RFC 4291)", 0xfe, 0x80),
	V6(10, "site-local (RFC 3879)", 0xfe, 0xc0),
	V6(8, "multicast (RFC 4291)", 0xff),
#undef V4
#undef V6
};

/* RFC 4291 4: of the rest of IPv6, only this is given out. */
static const struct prefix given_out = { FMX_IPV6, 3, { 0x20 } };

const char *addr_special(const struct prefix *addr)
{
	size_t i;

	for (i = 0; i < sizeof(special) / sizeof(*special); i++)
		if (prefix_contains(&special[i].prefix, addr))
			return special[i].what;
	if (addr->family == FMX_IPV6 && !prefix_contains(&given_out, addr))
		return "of none of those given out (RFC 4291)";
	return NULL;
}

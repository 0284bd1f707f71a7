/* SPDX-License-Identifier: GPL-2.0-only */
/* Every series that a packet can be counted in, in the order of the output. */
#ifndef SERIES_H
#define SERIES_H

struct series {
	const char *family;
	const char *reason;
};

static const struct series all_series[] = {
	{ "other", "tags" },
	{ "ipv4", "real" },
	{ "ipv4", "allowed" },
	{ "ipv4", "rst" },
	{ "ipv4", "session" },
	{ "ipv4", "reset" },
	{ "ipv4", "challenged" },
	{ "ipv4", "verified" },
	{ "ipv4", "martian" },
	{ "ipv4", "group_mac" },
	{ "ipv4", "source_route" },
	{ "ipv4", "malformed" },
	{ "ipv4", "fragment" },
	{ "ipv4", "bad_checksum" },
	{ "ipv4", "rate_limited" },
	{ "ipv6", "real" },
	{ "ipv6", "allowed" },
	{ "ipv6", "rst" },
	{ "ipv6", "session" },
	{ "ipv6", "reset" },
	{ "ipv6", "challenged" },
	{ "ipv6", "verified" },
	{ "ipv6", "martian" },
	{ "ipv6", "group_mac" },
	{ "ipv6", "source_route" },
	{ "ipv6", "malformed" },
	{ "ipv6", "ext_headers" },
	{ "ipv6", "fragment" },
	{ "ipv6", "bad_checksum" },
	{ "ipv6", "rate_limited" },
	{ "other", "would_tags" },
	{ "ipv4", "would_reset" },
	{ "ipv4", "would_challenged" },
	{ "ipv4", "would_verified" },
	{ "ipv4", "would_martian" },
	{ "ipv4", "would_group_mac" },
	{ "ipv4", "would_source_route" },
	{ "ipv4", "would_malformed" },
	{ "ipv4", "would_fragment" },
	{ "ipv4", "would_bad_checksum" },
	{ "ipv4", "would_rate_limited" },
	{ "ipv6", "would_reset" },
	{ "ipv6", "would_challenged" },
	{ "ipv6", "would_verified" },
	{ "ipv6", "would_martian" },
	{ "ipv6", "would_group_mac" },
	{ "ipv6", "would_source_route" },
	{ "ipv6", "would_malformed" },
	{ "ipv6", "would_ext_headers" },
	{ "ipv6", "would_fragment" },
	{ "ipv6", "would_bad_checksum" },
	{ "ipv6", "would_rate_limited" },
};

#endif

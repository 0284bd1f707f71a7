// SPDX-License-Identifier: GPL-2.0-only
/* Which addresses are special: the first and last of each kind, and those
 * beside them. */
#include "unit.h"

#include "special.h"

static const char *special(const char *text)
{
	struct fault fault = { "" };
	struct prefix addr;
	const char *what;

	/* What has no form of its own is read all the same. */
	if (addr_parse(text, &addr, &fault) && addr.family != FMX_IPV6)
		fail_msg("%s", fault.text);
	what = addr_special(&addr);
	return what ? what : "-";
}

static void check(const struct text_row *rows, size_t count)
{
	int failed = 0;
	size_t i;

	for (i = 0; i < count; i++)
		failed += differs(rows[i].given, rows[i].expected,
				  special(rows[i].given));
	assert_int_equal(failed, 0);
}

static void an_ipv4_address_is_special_or_not(void **state)
{
	static const struct text_row rows[] = {
		{ "0.0.0.0", "\"this network\" (RFC 791)" },
		{ "0.255.255.255", "\"this network\" (RFC 791)" },
		{ "1.0.0.0", "-" },
		{ "9.255.255.255", "-" },
		{ "10.0.0.0", "private (RFC 1918)" },
		{ "10.255.255.255", "private (RFC 1918)" },
		{ "11.0.0.0", "-" },
		{ "100.63.255.255", "-" },
		{ "100.64.0.0", "shared, behind a provider's NAT (RFC 6598)" },
		{ "100.127.255.255",
		  "shared, behind a provider's NAT (RFC 6598)" },
		{ "100.128.0.0", "-" },
		{ "126.255.255.255", "-" },
		{ "127.0.0.1", "loopback (RFC 1122)" },
		{ "128.0.0.0", "-" },
		{ "169.253.255.255", "-" },
		{ "169.254.0.0", "link-local (RFC 3927)" },
		{ "169.254.255.255", "link-local (RFC 3927)" },
		{ "169.255.0.0", "-" },
		{ "172.15.255.255", "-" },
		{ "172.16.0.0", "private (RFC 1918)" },
		{ "172.31.255.255", "private (RFC 1918)" },
		{ "172.32.0.0", "-" },
		{ "191.255.255.255", "-" },
		{ "192.0.0.0", "for protocols of the IETF (RFC 6890)" },
		{ "192.0.1.0", "-" },
		{ "192.0.2.255", "for documentation (RFC 5737)" },
		{ "192.0.3.0", "-" },
		{ "192.88.99.1", "of 6to4 relays (RFC 7526)" },
		{ "192.88.100.0", "-" },
		{ "192.167.255.255", "-" },
		{ "192.168.0.0", "private (RFC 1918)" },
		{ "192.169.0.0", "-" },
		{ "198.17.255.255", "-" },
		{ "198.18.0.0", "for benchmarks (RFC 2544)" },
		{ "198.19.255.255", "for benchmarks (RFC 2544)" },
		{ "198.20.0.0", "-" },
		{ "198.51.99.255", "-" },
		{ "198.51.100.10", "for documentation (RFC 5737)" },
		{ "198.51.101.0", "-" },
		{ "203.0.113.5", "for documentation (RFC 5737)" },
		{ "203.0.114.0", "-" },
		{ "223.255.255.255", "-" },
		{ "224.0.0.1", "multicast (RFC 5771)" },
		{ "239.255.255.255", "multicast (RFC 5771)" },
		{ "240.0.0.0", "reserved (RFC 1112)" },
		{ "255.255.255.255", "reserved (RFC 1112)" },
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void an_ipv6_address_is_special_or_not(void **state)
{
	static const struct text_row rows[] = {
		{ "::", "unspecified (RFC 4291)" },
		{ "::1", "loopback (RFC 4291)" },
		{ "::2", "of none of those given out (RFC 4291)" },
		{ "::ffff:192.0.2.1",
		  "an IPv4 address in IPv6 form (RFC 4291)" },
		{ "64:ff9b::1",
		  "an IPv4 address behind a translator (RFC 6052)" },
		{ "64:ff9b:1::1", "behind a translator (RFC 8215)" },
		{ "100::1", "discarded (RFC 6666)" },
		{ "1fff::1", "of none of those given out (RFC 4291)" },
		{ "2000::1", "-" },
		{ "2001::1", "for protocols of the IETF (RFC 2928)" },
		{ "2001:1ff::1", "for protocols of the IETF (RFC 2928)" },
		{ "2001:200::1", "-" },
		{ "2001:db7:ffff::1", "-" },
		{ "2001:db8::1", "for documentation (RFC 3849)" },
		{ "2001:db9::1", "-" },
		{ "2002:c000:201::1", "of 6to4 (RFC 3056)" },
		{ "2003::1", "-" },
		{ "2a00::1", "-" },
		{ "3ffe::1", "-" },
		{ "3fff::1", "for documentation (RFC 9637)" },
		{ "3fff:fff::1", "for documentation (RFC 9637)" },
		{ "3fff:1000::1", "-" },
		{ "4000::1", "of none of those given out (RFC 4291)" },
		{ "fbff::1", "of none of those given out (RFC 4291)" },
		{ "fc00::1", "unique local, which is private (RFC 4193)" },
		{ "fdff::1", "unique local, which is private (RFC 4193)" },
		{ "fe80::1", "link-local (RFC 4291)" },
		{ "febf::1", "link-local (RFC 4291)" },
		{ "fec0::1", "site-local (RFC 3879)" },
		{ "ff02::1", "multicast (RFC 4291)" },
	};

	(void)state;
	check(rows, COUNT(rows));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ipv4_address_is_special_or_not),
		cmocka_unit_test(an_ipv6_address_is_special_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

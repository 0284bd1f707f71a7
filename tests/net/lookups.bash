# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the tests of lookups share.

# shellcheck disable=SC2034
SERVER=127.0.0.1

# not_let_in RULE: what does not get to a server in this namespace.
not_let_in() { nft "table inet dns { chain in { type filter hook input priority 0; $*; }; }"; }

# Whatever goes wrong, an answer comes; long before this, but it is no measure.
dns() { timeout 120 "$FAKEMX_BUILD/tests/dns" "$@"; }

# evidence SERVER MS ZONE ADDR...
evidence() {
	local where=("${@:1:3}")
	shift 3

	printf '%s\n' "$@" | dns evidence "${where[@]}"
}

# example_zone: the records that are given, and some that names lead to.
example_zone() {
	{
		cat <<-'END'
			mail A 192.0.2.1
			mail AAAA 2001:db8::1
			mail MX 10 mail
			other A 192.0.2.99
			alias CNAME mail
			astray CNAME elsewhere.invalid.
		END
		cat
	} | dns_zone example
}

# system_resolver FILE: takes the place of resolv.conf, until RESOLV_CONF is
# unmounted.
system_resolver() {
	# It may be a link into /run, which is the test's own.
	RESOLV_CONF=$(realpath -m /etc/resolv.conf)
	if [[ $RESOLV_CONF == /run/* ]]; then
		mkdir -p "${RESOLV_CONF%/*}"
		touch "$RESOLV_CONF"
	fi
	mount --bind "$1" "$RESOLV_CONF"
}

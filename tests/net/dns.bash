# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A real DNS server with zones of the test's own. It answers from them alone,
# and follows an alias only as far as it has the zone.

DNS_PEERS=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/peers
DNS_DIR=${BATS_TEST_TMPDIR:-/nonexistent}/dns

# dns_zone ZONE: one that dns_serve will serve, with the records on standard
# input (RFC 1035 5), and those that every zone has.
dns_zone() {
	mkdir -p "$DNS_DIR"
	{
		printf '%s\n' "\$ORIGIN $1." "\$TTL 60" \
			'@ SOA ns.invalid. postmaster.invalid. 1 60 60 60 60' \
			'@ NS ns.invalid.'
		cat
	} >"$DNS_DIR/$1.zone"
	dns_zone_entry "$1"
}

# dns_broken_zone ZONE: one to which the answer is always SERVFAIL.
dns_broken_zone() {
	mkdir -p "$DNS_DIR"
	dns_zone_entry "$1"
}

# dns_sign ZONE [EXPIRY]: signs it, and gives dns_resolve its key to trust. What
# has expired does not validate.
dns_sign() {
	local key

	key=$(cd "$DNS_DIR" && ldns-keygen -a ECDSAP256SHA256 -k "$1")
	ldns-signzone -i 20200101 -e "${2:-20500101}" -f "$DNS_DIR/$1.signed" \
		"$DNS_DIR/$1.zone" "$DNS_DIR/$key"
	mv "$DNS_DIR/$1.signed" "$DNS_DIR/$1.zone"
	cat "$DNS_DIR/$key.key" >>"$DNS_DIR/anchors"
}

# dns_resolve ADDR FROM [OPTION...]: a resolver that validates, on port 53 of
# ADDR, and asks the server at FROM for all its zones. Options are lines of its
# server's section.
dns_resolve() {
	local addr=$1 from=$2
	shift 2

	{
		printf '%s\n' 'server:' "  interface: $addr" '  username: ""' \
			'  chroot: ""' '  pidfile: ""' '  use-syslog: no' \
			"  directory: \"$DNS_DIR\"" \
			'  module-config: "validator iterator"' \
			'  do-not-query-localhost: no' \
			"  trust-anchor-file: \"$DNS_DIR/anchors\"" \
			"${@/#/  }" 'remote-control:' '  control-enable: no'
		sed -n "s/^  name:.*/stub-zone:\n&\n  stub-addr: $from/p" \
			"$DNS_DIR/zones"
	} >"$DNS_DIR/unbound.conf"
	: >>"$DNS_DIR/anchors"
	"$DNS_PEERS/usr/sbin/unbound" -d -c "$DNS_DIR/unbound.conf" \
		>"$DNS_DIR/unbound.log" 2>&1 3>&- &
	lab_wait dns_listens env "$addr:53"
}

dns_zone_entry() {
	printf 'zone:\n  name: "%s"\n  zonefile: "%s.zone"\n' "$1" "$1" \
		>>"$DNS_DIR/zones"
}

# dns_serve SIDE ADDR...: the zones, on port 53 of these addresses. SIDE is a
# command that enters a namespace, as `host` does; `env` is where the test is.
dns_serve() {
	local side=$1 addr
	shift

	{
		printf '%s\n' 'server:' '  server-count: 1' '  username: ""' \
			'  chroot: ""' '  database: ""' '  rrl-ratelimit: 0' \
			"  zonesdir: \"$DNS_DIR\"" \
			"  pidfile: \"$DNS_DIR/pid\"" \
			"  xfrdfile: \"$DNS_DIR/xfrd\"" \
			"  xfrdir: \"$DNS_DIR\"" \
			"  zonelistfile: \"$DNS_DIR/zonelist\""
		printf '  ip-address: %s\n' "$@"
		printf '%s\n' 'remote-control:' '  control-enable: no'
		cat "$DNS_DIR/zones"
	} >"$DNS_DIR/conf"
	"$side" "$DNS_PEERS/usr/sbin/nsd" -d -c "$DNS_DIR/conf" \
		>"$DNS_DIR/log" 2>&1 3>&- &
	for addr; do
		[[ $addr != *:* ]] || addr="[$addr]"
		lab_wait dns_listens "$side" "$addr:53"
	done
}

# What comes before the zones are read waits in the socket.
dns_listens() { "$1" ss -Hln "sport = :53" | grep -qF "$2"; }

# dns_gone SIDE: waits until what was killed there has let go of the port.
dns_gone() { lab_wait dns_listens_no_more "$1"; }
dns_listens_no_more() { [[ -z $("$1" ss -Hlntu "sport = :53") ]]; }

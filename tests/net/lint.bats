#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What lint finds in zones of a real DNS server: in each one fault, or none.

load helpers
load dns
load lookups

FIRST=11.22.33.10 FIRST6=2a0f:ffff::10
LAST=11.22.33.30 LAST6=2a0f:ffff::30
MAIL=11.22.33.20 MAIL6=2a0f:ffff::20

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	declare -gA planted=()
	ip link add eth0 type veth peer name peer0
	ip link set eth0 up
	ip link set peer0 up
	local addr
	for addr in $FIRST $LAST $MAIL 192.168.5.5; do
		ip addr add "$addr/32" dev eth0
	done
	for addr in $FIRST6 $LAST6 $MAIL6; do
		ip addr add "$addr/128" dev eth0 nodad
	done
	cat >conf <<-END
		decoy $FIRST role first
		decoy $FIRST6 role first
		decoy $LAST role last
		decoy $LAST6 role last
		real $MAIL
		real $MAIL6
	END
}

teardown() {
	lab_stop
	ip link del eth0 2>/dev/null || true
}

lint() { "$FAKEMX" lint "$@" --resolver "$SERVER"; }

# A right set-up's three MX, and what they lead to.
mx() { printf '@ MX %s\n' '10 first' '20 mail' '30 last'; }
host_records() {
	case $1 in
	first) printf 'first %s\n' "A $FIRST" "AAAA $FIRST6" ;;
	mail) printf 'mail %s\n' "A $MAIL" "AAAA $MAIL6" ;;
	last) printf 'last %s\n' "A $LAST" "AAAA $LAST6" ;;
	esac
}
hosts() {
	local name
	for name; do
		host_records "$name"
	done
}

# plant NAME FINDINGS: the zone NAME.example, with the records on standard
# input, and what is to be found there: "rule mx address", a line each.
plant() {
	{
		echo "\$TTL 3600"
		cat
	} | dns_zone "$1.example"
	planted[$1]=$2
}

# found DOCUMENT: the findings as they are planted.
found() { jq -r '.findings[] | "\(.rule) \(.mx) \(.address)"' <<<"$1"; }

# Each finding is of its rule, and complete; the exit status is that of errors.
check_planted() {
	local name out status errors failed=0
	for name in "${!planted[@]}"; do
		status=0
		out=$(lint "$name.example" "$@") || status=$?
		expect "$name: $(found "$out" | sed "s/\.$name\.example//")" \
			"$name: ${planted[$name]}" || failed=1
		jq -e 'all(.findings[]; .seen and .why and .remedy and .see)' \
			<<<"$out" >/dev/null || failed=1
		errors=$(jq .errors <<<"$out")
		expect "$name: $status" "$name: $((errors > 0))" || failed=1
	done
	((!failed))
}

plant_right() {
	plant right '' < <(mx && hosts first mail last)
}

plant_all() {
	plant_right
	# Of decoys and mail servers any number; four addresses before the first.
	plant many '' < <(
		printf '@ MX %s\n' '10 first' '11 first2' '20 mail' '20 mail2' \
			'30 last' '30 last2'
		hosts first mail last
		printf '%s\n' "first2 A $FIRST" "first2 AAAA $FIRST6" \
			"mail2 A 11.22.33.21" "mail2 AAAA 2a0f:ffff::21" \
			"last2 A $LAST" "last2 AAAA $LAST6"
	)
	plant nofirst 'no-first-decoy mail null' < <(
		printf '@ MX %s\n' '20 mail' '30 last'
		hosts mail last
	)
	plant nolast 'no-last-decoy mail null' < <(
		printf '@ MX %s\n' '10 first' '20 mail'
		hosts first mail
	)
	plant plain 'no-first-decoy mail null
no-last-decoy mail null' < <(echo '@ MX 10 mail' && hosts mail)
	plant alldecoys 'all-decoys null null' < <(
		printf '@ MX %s\n' '10 first' '30 last'
		hosts first last
	)
	plant nomx 'no-mx null null' < <(hosts mail)
	plant nullmx 'no-mx null null' < <(echo '@ MX 0 .')
	plant alias 'target-alias mail null' < <(
		mx
		hosts first last
		echo 'mail CNAME real'
		host_records mail | sed 's/mail/real/'
	)
	plant aliasdecoy 'target-alias first null' < <(
		mx
		hosts mail last
		echo 'first CNAME real'
		host_records first | sed 's/first/real/'
	)
	plant unresolved 'target-unresolved mail2 null' < <(
		mx
		echo '@ MX 21 mail2'
		hosts first mail last
	)
	plant literal "target-literal $MAIL null" < <(
		mx
		echo "@ MX 21 $MAIL."
		hosts first mail last
	)
	plant literal6 "target-literal $MAIL6 null" < <(
		mx
		echo "@ MX 21 $MAIL6."
		hosts first mail last
	)
	plant special 'special-address first 192.168.5.5
not-in-policy first 192.168.5.5' < <(
		mx
		hosts first mail last
		echo 'first A 192.168.5.5'
	)
	plant special6 'special-address last fd00::5
not-in-policy last fd00::5
not-here last fd00::5' < <(
		mx
		hosts first mail last
		echo 'last AAAA fd00::5'
	)
	plant notinpolicy 'not-in-policy first 11.22.33.11' < <(
		mx
		hosts first mail last
		echo 'first A 11.22.33.11'
	)
	plant notinpolicy6 'not-in-policy last 2a0f:ffff::11
not-here last 2a0f:ffff::11' < <(
		mx
		hosts first mail last
		echo 'last AAAA 2a0f:ffff::11'
	)
	plant ipv6only 'ipv6-only-decoy first null' < <(
		mx
		hosts mail last
		echo "first AAAA $FIRST6"
	)
	plant fewer 'fewer-families mail null' < <(
		mx
		hosts first last
		echo "mail A $MAIL"
	)
	plant fewer6 'fewer-families mail null' < <(
		mx
		hosts first last
		echo "mail AAAA $MAIL6"
	)
	# Those that have what the mail server has.
	plant ipv4 '' < <(mx && hosts first mail last | grep -v AAAA)
	plant sharedaddress "shared-address mail $FIRST" < <(
		mx
		hosts first mail last
		echo "mail A $FIRST"
	)
	plant sharedaddress6 "shared-address mail $LAST6" < <(
		mx
		hosts first mail last
		echo "mail AAAA $LAST6"
	)
	plant sharedpreference 'shared-preference mail2 null' < <(
		mx
		echo '@ MX 30 mail2'
		hosts first mail last
		printf '%s\n' 'mail2 A 11.22.33.21' 'mail2 AAAA 2a0f:ffff::21'
	)
	plant late 'late-real mail null' < <(
		mx
		printf '@ MX %s\n' '11 first2' '12 first3'
		hosts first mail last
		printf '%s\n' "first2 A $FIRST" "first2 AAAA $FIRST6" \
			"first3 A $FIRST"
	)
	plant tlsa 'dane first null
dane last null' < <(
		mx
		hosts first mail last
		echo "_25._tcp.mail TLSA 3 1 1 $(printf '00%.0s' {1..32})"
	)
	plant tlsaright '' < <(
		mx
		hosts first mail last
		printf "_25._tcp.%s TLSA 3 1 1 $(printf '00%.0s' {1..32})\n" \
			first mail last
	)
	plant short 'ttl-short null null
ttl-short mail null' < <(
		mx | sed 's/@/@ 299/'
		hosts first last
		printf 'mail %s\n' "299 A $MAIL" "300 AAAA $MAIL6"
	)
	plant long 'ttl-long null null
ttl-long last null' < <(
		mx | sed 's/@/@ 86401/'
		hosts first mail
		printf 'last %s\n' "86400 A $LAST" "86401 AAAA $LAST6"
	)
	# What a name leads to cannot be looked up: somebody else's server fails.
	plant failed 'lookup-failed fail.broken.example null
lookup-failed fail.broken.example null' < <(
		mx
		echo '@ MX 21 fail.broken.example.'
		hosts first mail last
	)
	dns_broken_zone broken.example
}

@test "every planted fault is found, and nothing in a right set-up" {
	plant_all
	dns_serve env "$SERVER" ::1
	ip addr add 11.22.33.11/32 dev eth0
	"$FAKEMX" load eth0 -c conf --mode generic >/dev/null
	check_planted -j
}

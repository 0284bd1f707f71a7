#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What a real DNS server says for a sender: reverse names, and allowlists.

load helpers
load dns
load lookups

teardown() {
	nft delete table inet dns 2>/dev/null || true
	lab_stop
}

@test "a name that leads back is confirmed, another is not" {
	example_zone </dev/null
	dns_broken_zone broken.example
	dns_broken_zone 100.51.198.in-addr.arpa
	dns_zone 2.0.192.in-addr.arpa <<-'END'
		1 PTR mail.example.
		2 PTR mail.example.
		3 TXT "no name"
		5 PTR gone.example.
		6 PTR mail.broken.example.
		7 PTR mail.elsewhere.
	END
	dns_serve env "$SERVER"
	out=$(evidence "$SERVER" 10000 "" 192.0.2.{1..7} 198.51.100.1 \
		203.0.113.1)
	expect "$out" "192.0.2.1: confirmed mail.example; dnswl -1
192.0.2.2: unconfirmed mail.example; dnswl -1
192.0.2.3: none; dnswl -1
192.0.2.4: none; dnswl -1
192.0.2.5: unconfirmed gone.example; dnswl -1
192.0.2.6: failed mail.broken.example; dnswl -1
192.0.2.7: failed mail.elsewhere; dnswl -1
198.51.100.1: failed; dnswl -1
203.0.113.1: failed; dnswl -1"
}

@test "IPv6: a name that leads back is confirmed, another is not" {
	example_zone </dev/null
	dns_zone 8.b.d.0.1.0.0.2.ip6.arpa <<-'END'
		1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 PTR mail.example.
		f.e.d.c.b.a.9.8.7.6.5.4.3.2.1.0.0.0.0.0.0.0.0.0 PTR mail.example.
	END
	dns_serve env ::1
	out=$(evidence ::1 10000 "" 2001:db8::1 2001:db8::123:4567:89ab:cdef \
		2001:db8::2)
	expect "$out" "2001:db8::1: confirmed mail.example; dnswl -1
2001:db8::123:4567:89ab:cdef: unconfirmed mail.example; dnswl -1
2001:db8::2: none; dnswl -1"
}

@test "aliases are followed, of the reverse name (RFC 2317) and of the name" {
	example_zone </dev/null
	dns_zone 2.0.192.in-addr.arpa <<-'END'
		1 CNAME 1.0/29
		1.0/29 PTR alias.example.
		2 CNAME 2.0/29
	END
	dns_serve env "$SERVER"
	out=$(evidence "$SERVER" 10000 "" 192.0.2.1 192.0.2.2)
	expect "$out" "192.0.2.1: confirmed alias.example; dnswl -1
192.0.2.2: none; dnswl -1"
}

@test "of several names any may lead back, among the first ten" {
	{
		for i in {1..9} {11..20}; do
			echo "name$i A 192.0.2.99"
		done
		echo 'name10 A 192.0.2.1'
		echo 'name10 A 192.0.2.2'
	} | example_zone
	{
		for i in {1..20}; do
			echo "1 PTR name$i.example."
		done
		for i in {11..20} 10; do
			echo "2 PTR name$i.example."
		done
		echo '3 PTR name1.broken.example.'
		echo '3 PTR other.example.'
		echo '99 PTR name1.broken.example.'
		echo '99 PTR other.example.'
	} | dns_zone 2.0.192.in-addr.arpa
	dns_broken_zone broken.example
	dns_serve env "$SERVER"
	out=$(evidence "$SERVER" 10000 "" 192.0.2.{1,2,3,99})
	expect "$out" "192.0.2.1: confirmed name10.example; dnswl -1
192.0.2.2: unconfirmed name11.example; dnswl -1
192.0.2.3: failed name1.broken.example; dnswl -1
192.0.2.99: confirmed other.example; dnswl -1"
}

@test "what is no host name is neither followed nor shown" {
	example_zone <<-'END'
		a\034<b> A 192.0.2.1
		\027[2J A 192.0.2.2
		dot\.ted A 192.0.2.3
		sp\ ace A 192.0.2.4
		*.wild A 192.0.2.6
		under_score A 192.0.2.7
		\195\188ber A 192.0.2.9
	END
	dns_zone 2.0.192.in-addr.arpa <<-'END'
		1 PTR a\034<b>.example.
		2 PTR \027[2J.example.
		3 PTR dot\.ted.example.
		4 PTR sp\ ace.example.
		5 PTR .
		6 PTR *.wild.example.
		7 PTR under_score.example.
		8 PTR 192.0.2.8.
		9 PTR \195\188ber.example.
		10 PTR \000.example.
		10 PTR gone.example.
	END
	dns_zone 8 </dev/null
	dns_serve env "$SERVER"
	out=$(evidence "$SERVER" 10000 "" 192.0.2.{1..10})
	expect "$out" "192.0.2.1: unconfirmed; dnswl -1
192.0.2.2: unconfirmed; dnswl -1
192.0.2.3: unconfirmed; dnswl -1
192.0.2.4: unconfirmed; dnswl -1
192.0.2.5: unconfirmed; dnswl -1
192.0.2.6: unconfirmed; dnswl -1
192.0.2.7: confirmed under_score.example; dnswl -1
192.0.2.8: unconfirmed 192.0.2.8; dnswl -1
192.0.2.9: unconfirmed; dnswl -1
192.0.2.10: unconfirmed gone.example; dnswl -1"
}

@test "an allowlist says how much an address is trusted" {
	dns_zone list.example <<-'END'
		2.0.0.127 A 127.0.0.2
		1.2.0.192 A 127.0.5.0
		2.2.0.192 A 127.0.5.1
		3.2.0.192 A 127.0.15.2
		4.2.0.192 A 127.0.5.3
		6.2.0.192 A 127.0.5.3
		6.2.0.192 A 127.0.7.1
		7.2.0.192 TXT "no address"
		f.e.d.c.b.a.9.8.7.6.5.4.3.2.1.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2 A 127.0.20.2
	END
	dns_serve env "$SERVER"
	out=$(printf '%s\n' 192.0.2.{1..7} 2001:db8::123:4567:89ab:cdef \
		2001:db8::1 | dns evidence "$SERVER" 10000 list.example no-ptr 2>&1)
	expect "$out" "192.0.2.1: not asked; dnswl 0 127.0.5.0
192.0.2.2: not asked; dnswl 1 127.0.5.1
192.0.2.3: not asked; dnswl 2 127.0.15.2
192.0.2.4: not asked; dnswl 3 127.0.5.3
192.0.2.5: not asked; dnswl -1
192.0.2.6: not asked; dnswl 1 127.0.7.1
192.0.2.7: not asked; dnswl -1
2001:db8::123:4567:89ab:cdef: not asked; dnswl 2 127.0.20.2
2001:db8::1: not asked; dnswl -1"
}

@test "names and the allowlist are asked together" {
	example_zone </dev/null
	echo '1 PTR mail.example.' | dns_zone 2.0.192.in-addr.arpa
	echo '1.2.0.192 A 127.0.5.1' | dns_zone list.example
	dns_serve env "$SERVER"
	out=$(evidence "$SERVER" 10000 list.example 192.0.2.1 192.0.2.2)
	expect "$out" "192.0.2.1: confirmed mail.example; dnswl 1 127.0.5.1
192.0.2.2: none; dnswl -1"
}

# answers_oddly ZONE TEXT: what a list that answers so comes to.
answers_oddly() {
	local out

	out=$(evidence "$SERVER" 10000 "$1" 192.0.2.1 192.0.2.2 2>&1)
	expect "$out" "$2"
}

@test "an allowlist that is not to be believed is not believed" {
	local zone
	dns_zone 2.0.192.in-addr.arpa </dev/null
	echo '1.2.0.192 A 127.0.0.255' | dns_zone blocked.example
	echo '1.2.0.192 A 203.0.113.9' | dns_zone hijacked.example
	echo '1.2.0.192 A 0.0.0.0' | dns_zone sunk.example
	echo '1.2.0.192 A 127.255.255.254' | dns_zone refusing.example
	printf '1.2.0.192 A 127.0.5.%s\n' 3 4 2 | dns_zone strange.example
	printf '%s\n' '1.2.0.192 A 127.0.10.3' '1.0.0.127 A 127.0.10.3' |
		dns_zone trusting.example
	dns_broken_zone broken.example
	dns_serve env "$SERVER"
	answers_oddly blocked.example \
		"xdp-fakemx: blocked.example: answers 127.0.0.255: this resolver may not ask it (any more)
192.0.2.1: none; dnswl -1 failed 127.0.0.255
192.0.2.2: none; dnswl -1"
	for zone in "hijacked.example 203.0.113.9" \
		"refusing.example 127.255.255.254" "strange.example 127.0.5.4"; do
		answers_oddly "${zone% *}" \
			"xdp-fakemx: ${zone% *}: answers ${zone#* }, which is no entry of an allowlist
192.0.2.1: none; dnswl -1 failed ${zone#* }
192.0.2.2: none; dnswl -1"
	done
	answers_oddly sunk.example \
		"xdp-fakemx: sunk.example: answers 0.0.0.0, which is no entry of an allowlist
192.0.2.1: none; dnswl -1 failed
192.0.2.2: none; dnswl -1"
	answers_oddly trusting.example \
		"xdp-fakemx: trusting.example: lists 127.0.0.1, which no list has: nothing that it says is believed
192.0.2.1: none; dnswl -1 failed 127.0.10.3
192.0.2.2: none; dnswl -1"
	answers_oddly broken.example "192.0.2.1: none; dnswl -1 failed
192.0.2.2: none; dnswl -1 failed"
}

@test "three thousand addresses get each its own answer" {
	local i j
	for i in {0..11}; do
		for j in {0..249}; do
			case $((j % 3)) in
			0) echo "10.$i.0.$j: confirmed h$i-$j.example; dnswl 3 127.0.2.3" ;;
			1) echo "10.$i.0.$j: unconfirmed other.example; dnswl -1" ;;
			2) echo "10.$i.0.$j: none; dnswl -1" ;;
			esac
		done
	done >"$BATS_TEST_TMPDIR/expected"
	sed -n 's/\(10.*\): confirmed \(.*\)\.example;.*/\2 A \1/p' \
		"$BATS_TEST_TMPDIR/expected" | example_zone
	sed -En 's/10\.(.*)\.0\.(.*): .*confirmed (.*);.*/\2.0.\1 PTR \3./p' \
		"$BATS_TEST_TMPDIR/expected" | dns_zone 10.in-addr.arpa
	sed -En 's/10\.(.*)\.0\.(.*): .*; dnswl 3 (.*)/\2.0.\1.10 A \3/p' \
		"$BATS_TEST_TMPDIR/expected" | dns_zone list.example
	dns_serve env "$SERVER"
	cut -d: -f1 "$BATS_TEST_TMPDIR/expected" |
		dns evidence "$SERVER" 60000 list.example >"$BATS_TEST_TMPDIR/out"
	diff "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/out"
}

@test "what is no server, or no zone, is named" {
	out=$(! evidence mail.example 1000 "" 192.0.2.1 2>&1)
	expect "$out" "xdp-fakemx: mail.example: not a DNS server: write ADDR, ADDR:PORT or [ADDR]:PORT"
	out=$(! evidence "$SERVER" 1000 "list example" 192.0.2.1 2>&1)
	expect "$out" "xdp-fakemx: list example: not the zone of an allowlist"
}

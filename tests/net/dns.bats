#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Lookups: of a real DNS server, and of what is none.

load helpers
load dns
load lookups

teardown() {
	nft delete table inet dns 2>/dev/null || true
	lab_stop
}

@test "a lookup that fails is no lookup that finds nothing" {
	example_zone </dev/null
	dns_broken_zone broken.example
	dns_serve env "$SERVER" ::1
	local long out at
	long=$(printf 'x%.0s' {1..64})
	for at in "$SERVER" "$SERVER:53" ::1 '[::1]' '[::1]:53'; do
		out=$(dns ask "$at" 10000 mail.example A \
			mail.example AAAA mail.example MX mail.example TXT \
			gone.example A alias.example A astray.example A \
			mail.broken.example A mail.elsewhere A "$long" A)
		expect "$out" "mail.example A: found, 1 records
mail.example AAAA: found, 1 records
mail.example MX: found, 1 records
mail.example TXT: no data, 0 records
gone.example A: no name, 0 records
alias.example A: found, 1 records
astray.example A: no data, 0 records
mail.broken.example A: failed, 0 records
mail.elsewhere A: failed, 0 records
$long A: no name, 0 records"
	done
}

@test "without a server it asks those of the system, and for the name as it is" {
	example_zone </dev/null
	dns_serve env "$SERVER"
	printf 'nameserver %s\nsearch example\n' "$SERVER" \
		>"$BATS_TEST_TMPDIR/resolv.conf"
	system_resolver "$BATS_TEST_TMPDIR/resolv.conf"
	out=$(dns ask "" 10000 mail.example A mail A)
	umount "$RESOLV_CONF"
	expect "$out" "mail.example A: found, 1 records
mail A: failed, 0 records"
}

# Unsigned, signed, and signed with what has expired.
@test "what does not validate fails, unless it is asked for unchecked" {
	local zone
	for zone in plain good bad; do
		echo 'mail A 192.0.2.1' | dns_zone "$zone.example"
	done
	dns_sign good.example
	dns_sign bad.example 20200201
	dns_broken_zone broken.example
	dns_serve env "$SERVER"
	dns_resolve 127.0.0.2 "$SERVER"
	out=$(for zone in plain good bad broken; do
		dns ask 127.0.0.2 10000 mail.$zone.example A \
			mail.$zone.example A/cd gone.$zone.example A/cd
	done)
	expect "$out" "mail.plain.example A: found, 1 records
mail.plain.example A/cd: found, 1 records
gone.plain.example A/cd: no name, 0 records
mail.good.example A: found, 1 records
mail.good.example A/cd: found, 1 records
gone.good.example A/cd: no name, 0 records
mail.bad.example A: failed, 0 records
mail.bad.example A/cd: found, 1 records
gone.bad.example A/cd: no name, 0 records
mail.broken.example A: failed, 0 records
mail.broken.example A/cd: failed, 0 records
gone.broken.example A/cd: failed, 0 records"
}

# What does not fit a datagram comes by TCP: more than the 4,096 bytes that some
# say they take (RFC 6891 6.2.5).
@test "a truncated answer is asked for again by TCP" {
	local label name
	label=$(printf 'x%.0s' {1..60})
	# What such names begin with cannot be told by a pointer (RFC 1035 4.1.4).
	for i in {10..39}; do
		echo "9 PTR $label.$label.$label$i.example."
	done | dns_zone 2.0.192.in-addr.arpa
	for i in {10..39}; do
		echo "$label.$label.$label$i A 192.0.2.9"
	done | example_zone
	dns_serve env "$SERVER"
	out=$(evidence "$SERVER" 10000 "" 192.0.2.9)
	name=${out#*: confirmed }
	name=${name%; *}
	[[ $name == "$label.$label.$label"[1-3][0-9].example ]]
	expect "$out" "192.0.2.9: confirmed $name; dnswl -1"
	not_let_in tcp dport 53 reject with tcp reset
	out=$(evidence "$SERVER" 10000 "" 192.0.2.9)
	expect "$out" "192.0.2.9: failed; dnswl -1"
}

# three_hundred_fail MS SERVER: of so many addresses, nothing gets known.
three_hundred_fail() {
	local out

	out=$(printf '%s\n' 10.0.{0..2}.{1..100} |
		dns evidence "$2" "$1" list.example)
	expect "$(grep -c ': failed; dnswl -1 failed$' <<<"$out")" 300
	expect "$(wc -l <<<"$out")" 300
}

# three_are STATUS MS: what becomes of three lookups.
three_are() {
	local out

	out=$(dns ask "$SERVER" "$2" a.example A b.example AAAA c.example MX)
	expect "$out" "a.example A: $1, 0 records
b.example AAAA: $1, 0 records
c.example MX: $1, 0 records"
}

@test "a server that is silent costs the deadline, and nothing is known" {
	not_let_in udp dport 53 drop
	three_hundred_fail 1500 "$SERVER"
	three_hundred_fail 0 "$SERVER"
	# At the deadline, and before it.
	three_are "timed out" 500
	three_are "timed out" 60000
}

@test "a server that is not there fails" {
	three_hundred_fail 60000 "$SERVER"
	three_are failed 60000
	# No way to it at all.
	three_hundred_fail 60000 203.0.113.53
}

# bad_server CODE: answers each datagram q with what CODE makes of it, and of the
# question in it, which other records may follow (RFC 6891 6.1.1).
bad_server() {
	/usr/bin/python3 - "$SERVER" "$1" 3>&- <<-'PYTHON' &
		import os, socket, sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.bind((sys.argv[1], 53))
		while True:
		    q, peer = s.recvfrom(65535)
		    end = 12
		    while q[end]:
		        end += 1 + q[end]
		    question = q[12:end + 5]
		    for answer in eval(sys.argv[2]):
		        s.sendto(answer, peer)
	PYTHON
	bad_server_pid=$!
	lab_wait dns_listens env "$SERVER:53"
}

bad_server_stop() {
	kill "$bad_server_pid"
	wait "$bad_server_pid" || true
}

@test "no more lookups are on their way than may be" {
	local heard=$BATS_TEST_TMPDIR/heard
	bad_server "[][:print(q, file=open('$heard', 'a'))]"
	# tests/net/dns.c allows three, and the deadline comes before a second try.
	printf '%s A ' {a..j}.example |
		xargs "$FAKEMX_BUILD/tests/dns" ask "$SERVER" 1000 >/dev/null
	lab_wait grep -qF x01c "$heard"
	expect "$(wc -l <"$heard")" 3
}

@test "a server that answers garbage is not believed" {
	local code
	# One that answers well is believed.
	bad_server '[q[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + question + b"\xc0\x0c" + question[-4:] + b"\0\0\0\0\0\4\x7f\0\0\3"]'
	out=$(dns ask "$SERVER" 10000 a.example A)
	expect "$out" "a.example A: found, 1 records"
	bad_server_stop
	# Nothing, noise, an answer to another, and to another question.
	for code in '[b""]' '[os.urandom(200) for i in range(20)]' \
		'[bytes([q[0] ^ 1]) + q[1:2] + b"\x81\x80" + q[4:]]' \
		'[q[:2] + b"\x81\x80" + q[4:12] + b"\x01x" + q[12:]]'; do
		echo "$code"
		bad_server "$code"
		three_hundred_fail 1500 "$SERVER"
		bad_server_stop
	done
	# Cut short, lying about what follows, a loop, and codes of errors.
	for code in '[q[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + question]' \
		'[q[:2] + b"\x81\x80\0\1\xff\xff\0\0\0\0" + question + os.urandom(300)]' \
		'[q[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + question + b"\xc0" + bytes([12 + len(question)]) + b"\0\1\0\1\0\0\0\0\0\4\x7f\0\0\3"]' \
		'[q[:2] + b"\x81\x8f\0\1\0\0\0\0\0\0" + question]' \
		'[q[:2] + b"\x81\x81\0\1\0\0\0\0\0\0" + question]'; do
		echo "$code"
		bad_server "$code"
		three_hundred_fail 60000 "$SERVER"
		bad_server_stop
	done
}

dns_listens_by_tcp() { ss -Hltn "sport = :53" | grep -qF "$SERVER:53"; }

@test "an answer that is truncated and does not come by TCP fails" {
	bad_server '[q[:2] + b"\x83\x80" + q[4:]]'
	three_hundred_fail 60000 "$SERVER"
	# One that hears the question, and says nothing.
	nc -lk "$SERVER" 53 >/dev/null 3>&- &
	lab_wait dns_listens_by_tcp
	three_hundred_fail 1500 "$SERVER"
}

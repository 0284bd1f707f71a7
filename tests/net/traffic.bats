#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Real clients against the loaded program, in both modes.

load helpers

setup() { lab_start; }
teardown() { lab_stop; }

decoys() {
	fakemx decoy "$LAB_DECOY" role first
	fakemx decoy "$LAB_LAST" role last
	fakemx decoy "$LAB_DECOY6" role first
	fakemx decoy "$LAB_LAST6" role last
	fakemx real "$LAB_REAL"
	fakemx real "$LAB_REAL6"
}

load_in() {
	[[ $1 != native ]] || lab_native
	fakemx load eth0 --mode "$1"
	decoys
}

a_client_is_refused_at_once() {
	local addr

	load_in "$1"
	lab_smtp_server "$LAB_DECOY"
	lab_smtp_server "$LAB_DECOY6"
	for addr in "$LAB_DECOY" "$LAB_LAST" "$LAB_DECOY6" "$LAB_LAST6"; do
		refused "$addr"
		expect "$(answered "$addr")" 1
	done
	expect "$(counted reset)" 2
	expect "$(counted reset ipv6)" 2
}

@test "generic mode: a client is refused at once, IPv4 and IPv6, both roles" {
	a_client_is_refused_at_once generic
}

@test "native mode: a client is refused at once, IPv4 and IPv6, both roles" {
	a_client_is_refused_at_once native
}

an_allowed_client_gets_to_the_server() {
	load_in "$1"
	lab_smtp_server "$LAB_DECOY"
	lab_smtp_server "$LAB_DECOY6"
	fakemx allow "$LAB_SENDER" comment "one sender"
	fakemx allow 2001:db8:5::/120
	greeted "$LAB_DECOY" "$LAB_SENDER"
	greeted "$LAB_DECOY6" "$LAB_SENDER6"
	refused "$LAB_DECOY" "$LAB_OTHER"
	fakemx delete allow "$LAB_SENDER"
	fakemx delete allow 2001:db8:5::/120
	refused "$LAB_DECOY" "$LAB_SENDER"
	refused "$LAB_DECOY6" "$LAB_SENDER6"
}

@test "generic mode: an allowed client gets to the server, another does not" {
	an_allowed_client_gets_to_the_server generic
}

@test "native mode: an allowed client gets to the server, another does not" {
	an_allowed_client_gets_to_the_server native
}

@test "an allowed client delivers a message" {
	load_in generic
	lab_smtp_server "$LAB_DECOY"
	fakemx allow "$LAB_SENDER"
	run sender swaks --server "$LAB_DECOY" --from a@sender.example \
		--to b@decoy.example --helo sender.example
	echo "$output"
	[[ $status -eq 0 && $output == *"250 OK"* ]]
}

@test "a session goes on after its sender was taken off the allowlist" {
	local reply

	load_in generic
	lab_smtp_server "$LAB_DECOY"
	fakemx allow "$LAB_SENDER"
	reply=$(
		{
			sleep 1
			fakemx delete allow "$LAB_SENDER" >&2
			printf 'EHLO sender.example\r\nQUIT\r\n'
			sleep 1
		} | sender timeout 10 nc -w 5 "$LAB_DECOY" 25
	)
	echo "$reply"
	[[ $reply == *"221 "* ]]
	(($(counted session) > 0))
	refused "$LAB_DECOY"
}

@test "nmap sees a closed port that resets" {
	local mode

	for mode in generic native; do
		load_in "$mode"
		lab_smtp_server "$LAB_DECOY"
		run sender nmap -n -Pn -sS -p 25 --reason "$LAB_DECOY"
		echo "$output"
		[[ $output =~ 25/tcp\ +closed\ +smtp\ +reset ]]
		run sender nmap -n -Pn -sT -p 25 --reason "$LAB_DECOY"
		[[ $output =~ 25/tcp\ +closed\ +smtp\ +conn-refused ]]
		fakemx unload eth0
		kill %1
		wait %1 || true
	done
}

@test "a real address and other ports are left alone" {
	load_in generic
	lab_smtp_server "$LAB_REAL"
	greeted "$LAB_REAL"
	(($(counted real) > 0))
	expect "$(counted reset)" 0
	# A closed port of a decoy, other than 25, is the kernel's to answer.
	run sender nc -w 3 "$LAB_DECOY" 26
	[[ $status -ne 0 ]]
	expect "$(counted reset)" 0
	sender ping -c 1 -W 2 "$LAB_DECOY"
	sender ping -c 1 -W 2 "$LAB_DECOY6"
}

@test "shadow mode counts what it would do, and passes everything" {
	fakemx load eth0 --shadow
	decoys
	# Nothing listens: the kernel's own reset comes back.
	refused "$LAB_DECOY"
	expect "$(counted would_reset)" 1
	expect "$(counted reset)" 0
	expect "$(answered "$LAB_DECOY")" 0
	fakemx set shadow off
	refused "$LAB_DECOY"
	expect "$(counted reset)" 1
}

@test "the rate limit drops what is over it, per sender" {
	load_in generic
	fakemx set rate-limit 3
	sender nmap -n -Pn -sS -p 25 -S "$LAB_SENDER" -e eth0 "$LAB_DECOY"
	run sender bash -c "for i in 1 2 3 4 5 6; do
		nc -w 1 -s $LAB_OTHER $LAB_DECOY 25; done 2>&1"
	echo "$output"
	(($(counted rate_limited) > 0))
	fakemx delete set rate-limit 3
	refused "$LAB_DECOY"
}

# Resets that came back to the flood's senders, who are not there.
count_resets() {
	sender nft -f - <<-NFT
		table netdev count {
			chain in {
				type filter hook ingress device "eth0" priority 0
				ip saddr $LAB_DECOY ip daddr 100.64.0.0/10 \
					tcp flags & (rst | ack) == (rst | ack) \
					counter drop
			}
		}
	NFT
}

# A million segments of every kind: what went out is what was counted.
every_segment_is_accounted_for() {
	local count=1000000 mac sent reason number total=0 back

	load_in "$1"
	fakemx allow "$LAB_SENDER"
	count_resets
	mac=$(host ip -j link show eth0 | jq -r '.[0].address')
	sent=$(sender "$FAKEMX_BUILD/tests/synflood" eth0 "$mac" "$count" \
		"$LAB_DECOY" "$LAB_REAL" "$LAB_SENDER")
	while read -r reason number; do
		echo "$reason: sent $number, counted $(counted "$reason")"
		expect "$(counted "$reason")" "$number"
		total=$((total + number))
	done <<<"$sent"
	expect "$total" "$count"
	expect "$(answered "$LAB_DECOY")" "$(counted reset)"
	back=$(sender nft -j list table netdev count |
		jq '[.. | .counter? // empty | .packets] | add')
	echo "resets that came back: $back"
	# The way back may lose some as well, but none may be made up.
	((back <= $(counted reset) && back > $(counted reset) * 9 / 10))
}

@test "generic mode: a million segments, each of them accounted for" {
	every_segment_is_accounted_for generic
}

@test "native mode: a million segments, each of them accounted for" {
	every_segment_is_accounted_for native
}

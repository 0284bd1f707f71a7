#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A sender on the same machine: its SYNs have only partial checksums, and what
# stands between it and the decoys' host completes those of the answers, or
# hands them on as they are. A spoilt answer is dropped by the sender, who then
# asks again.

load helpers

setup() {
	local ns

	for ns in sender router host; do
		ip netns add "$ns"
		"$ns" ip link set lo up
	done
}
teardown() { lab_stop; }

# relayed NS DEV [HOW]: eth0 of the host is a tap, and DEV another, as those of
# a hypervisor that carries frames from guest to guest.
relayed() {
	"$FAKEMX_BUILD/tests/taprelay" host eth0 "$1" "$2" "${@:3}" 3>&- &
	lab_wait "$1" ip link set "$2" up
	host ip link set eth0 up
}

decoys_on() {
	host ip addr add "$LAB_DECOY/24" dev "$1"
	host ip addr add "$LAB_DECOY6/64" dev "$1" nodad
	host ip route add default via 198.51.100.1
	host ip -6 route add default via 2001:db8:1::1
}

sender_behind_router() {
	wire sender eth0 router to_sender
	sender ip addr add "$LAB_SENDER/24" dev eth0
	sender ip addr add "$LAB_SENDER6/64" dev eth0 nodad
	router ip addr add 203.0.113.1/24 dev to_sender
	router ip addr add 2001:db8:5::1/64 dev to_sender nodad
	router ip addr add 198.51.100.1/24 dev to_host
	router ip addr add 2001:db8:1::1/64 dev to_host nodad
	sender ip route add default via 203.0.113.1
	sender ip -6 route add default via 2001:db8:5::1
	decoys_on eth0
	router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	lab_wait sender ping -c 1 -W 1 "$LAB_DECOY6"
}

# The sender has the address that a router would have.
sender_is_neighbour() {
	sender ip addr add 198.51.100.1/24 dev eth0
	sender ip addr add 2001:db8:1::1/64 dev eth0 nodad
	decoys_on "${1:-eth0}"
	lab_wait sender ping -c 1 -W 1 "$LAB_DECOY6"
}

# watch NS DEV: what crosses it from now on is in $BATS_TEST_TMPDIR/NS.DEV.
watch() {
	local log=$BATS_TEST_TMPDIR/$1.$2

	"$1" "$FAKEMX_BUILD/tests/checksums" "$2" >"$log" 3>&- &
	lab_wait grep -qx ready "$log"
}

has_lines() {
	expect "$(grep -c "^$2" "$1")" "$3"
}

# saw NS DEV WHAT HOW: as many of it as SYNs that were asked, all of them HOW.
saw() {
	local log=$BATS_TEST_TMPDIR/$1.$2

	echo "$1 $2"
	lab_wait has_lines "$log" "$3" "$asked" || true
	sort "$log" | uniq -c
	has_lines "$log" "$3" "$asked"
	expect "$(grep "^$3" "$log" | cut -d ' ' -f 3- | sort -u)" "$4"
}

mib() { sender nstat -asz "$1" | awk -v name="$1" '$1 == name { print $2 }'; }

# Connects with every shape of SYN, and adds their number to `asked`.
ask() {
	local addr out

	for addr in "$LAB_DECOY" "$LAB_DECOY6"; do
		out=$(sender "$FAKEMX_BUILD/tests/synshapes" "$addr")
		echo "$out"
		expect "$(grep -v ': Connection refused$' <<<"$out")" ""
		asked=$((asked + $(wc -l <<<"$out")))
	done
}

# load_and_ask MODE [DEV]
load_and_ask() {
	fakemx load "${2:-eth0}" --mode "$1"
	fakemx decoy "$LAB_DECOY"
	fakemx decoy "$LAB_DECOY6" role last
	asked=0
	ask
	sender sysctl -qw net.ipv4.tcp_ecn=1 net.ipv4.tcp_timestamps=0
	ask
	# Once: a spoilt answer would have been asked for again.
	expect "$(($(counted reset) + $(counted reset ipv6)))" "$asked"
	expect "$(mib TcpRetransSegs)" 0
	expect "$(mib TcpInCsumErrors)" 0
}

@test "generic mode: a router completes the answer's checksum" {
	wire router to_host host eth0
	sender_behind_router
	router ethtool -K to_sender tx off
	watch router to_host
	watch router to_sender
	load_and_ask generic
	saw router to_host "out SYN" "partial right"
	has_lines "$BATS_TEST_TMPDIR/router.to_host" "out SYN+data" 4
	has_lines "$BATS_TEST_TMPDIR/router.to_host" "out SYN+ECN+data" 4
	saw router to_host "in RST" "partial right"
	saw router to_sender "out RST" "complete right"
}

@test "generic mode: a router leaves the answer's checksum to its device" {
	wire router to_host host eth0
	sender_behind_router
	watch router to_sender
	load_and_ask generic
	saw router to_sender "in SYN" "partial right"
	saw router to_sender "out RST" "partial right"
}

@test "native mode: the answer's checksum is complete" {
	wire router to_host host eth0
	pass_natively xdp router to_host
	sender_behind_router
	router ethtool -K to_sender tx off
	watch router to_host
	watch router to_sender
	load_and_ask native
	saw router to_host "out SYN" "partial right"
	saw router to_host "in RST" "complete right"
	saw router to_sender "out RST" "complete right"
}

@test "generic mode: a bridge completes the answer's checksum" {
	wire sender eth0 router to_sender
	wire router to_host host eth0
	router ip link add br0 up type bridge
	router ip link set to_sender master br0
	router ip link set to_host master br0
	sender_is_neighbour
	router ethtool -K to_sender tx off
	watch router to_host
	watch router to_sender
	load_and_ask generic
	saw router to_host "in RST" "partial right"
	saw router to_sender "in SYN" "partial right"
	saw router to_sender "out RST" "complete right"
}

@test "generic mode, on a bridge: the sender's port completes the answer" {
	wire sender eth0 host to_sender
	host ip link add br0 up type bridge
	host ip link set to_sender master br0
	sender_is_neighbour br0
	host ethtool -K to_sender tx off
	watch sender eth0
	load_and_ask generic br0
	saw sender eth0 "out SYN" "partial right"
	saw sender eth0 "in RST" "complete right"
}

@test "generic mode, on a tap: the answer's checksum is as partial as the SYN's" {
	relayed sender eth0
	sender_is_neighbour
	watch sender eth0
	load_and_ask generic
	saw sender eth0 "out SYN" "partial right"
	saw sender eth0 "in RST" "partial right"
}

@test "generic mode, on a tap: a router behind it completes the answer" {
	relayed router to_host
	sender_behind_router
	router ethtool -K to_sender tx off
	watch router to_host
	watch router to_sender
	load_and_ask generic
	saw router to_host "out SYN" "partial right"
	saw router to_host "in RST" "partial right"
	saw router to_sender "out RST" "complete right"
}

@test "native mode, on a tap: the answer's checksum is complete" {
	relayed router to_host
	sender_behind_router
	router ethtool -K to_sender tx off
	watch router to_host
	watch router to_sender
	load_and_ask native
	saw router to_host "out SYN" "partial right"
	saw router to_host "in RST" "complete right"
	saw router to_sender "out RST" "complete right"
}

complete_both_ways() {
	relayed sender eth0 no-header
	sender_is_neighbour
	watch sender eth0
	load_and_ask "$1"
	saw sender eth0 "out SYN" "complete right"
	saw sender eth0 "in RST" "complete right"
}

@test "generic mode, on a tap without offload: all checksums are complete" {
	complete_both_ways generic
}

@test "native mode, on a tap without offload: all checksums are complete" {
	complete_both_ways native
}

# The way out of generic mode asks no device whether it has offload.
@test "generic mode, on a tap: a guest that only gives partial checksums" {
	relayed sender eth0 sends
	sender_is_neighbour
	watch sender eth0
	load_and_ask generic
	saw sender eth0 "out SYN" "partial right"
	saw sender eth0 "in RST" "complete right"
}

# From such a tap a native program gets the skb that a generic one would get.
partial_in_native_mode() {
	relayed router to_host "$1"
	sender_behind_router
	router ethtool -K to_sender tx off
	watch router to_host
	watch router to_sender
	load_and_ask native
	saw router to_host "out SYN" "partial right"
	saw router to_host "in RST" "partial right"
	saw router to_sender "out RST" "complete right"
}

@test "native mode, on a tap with a limited send buffer" {
	partial_in_native_mode sndbuf
}

@test "native mode, on a tap with a writer that may block" {
	partial_in_native_mode blocking
}

unsigned_reset_came() {
	(($(mib TcpExtTCPMD5NotFound) > $1))
}

# RFC 2385, 4.1. A closed port of Linux sends it no reset at all.
@test "a client that signs its segments takes no unsigned reset" {
	local addr before

	wire sender eth0 host eth0
	sender_is_neighbour
	fakemx load eth0
	fakemx decoy "$LAB_DECOY"
	fakemx decoy "$LAB_DECOY6"
	for addr in "$LAB_DECOY" "$LAB_DECOY6"; do
		before=$(mib TcpExtTCPMD5NotFound)
		sender "$FAKEMX_BUILD/tests/synshapes" "$addr" md5 3>&- &
		lab_wait unsigned_reset_came "$before"
		# It had its answer, and is still there.
		kill $!
		wait $! || true
	done
	expect "$(mib TcpInCsumErrors)" 0
	(($(counted reset) >= 1 && $(counted reset ipv6) >= 1))
}

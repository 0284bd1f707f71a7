#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A host's other traffic is untouched: frames of every kind, byte for byte, and
# what real programs make of the connection.

load helpers

teardown() { lab_stop; }

# load_at MODE MTU [SIDE DEV]: the program, and at the other end of the wire what
# lets native answers through.
load_at() {
	local side=${3:-sender} dev=${4:-eth0} section=xdp

	host ip link set eth0 mtu "$2"
	"$side" ip link set "$dev" mtu "$2"
	if [[ $1 == native && $2 -gt 3000 ]]; then
		kernel_has_frags || skip "native mode takes no jumbo MTU here"
		section=xdp.frags
	fi
	[[ $1 != native ]] || pass_natively "$section" "$side" "$dev"
	fakemx load eth0 --mode "$1"
	fakemx decoy "$LAB_DECOY" role first
	fakemx decoy "$LAB_DECOY6" role last
}

# Another seed each time: what fails is to be seen again with the one it says.
send_others() {
	local seed=${OTHERS_SEED:-$RANDOM}

	echo "OTHERS_SEED=$seed"
	# Merged frames are not the program's doing (a native veth has GRO).
	host ethtool -K eth0 gro off
	"$FAKEMX_BUILD/tests/others" /run/netns/sender /run/netns/host \
		"$seed" 20000 "$LAB_DECOY" "$LAB_DECOY6"
}

frames_are_untouched() {
	lab_start
	load_at "$1" "$2"
	send_others
	# None of it was for the program to count.
	expect "$(fakemx stats -j | jq '[.total.counters[].packets] | add')" 0
	refused "$LAB_DECOY"
}

@test "frames arrive as they were sent where no program is" {
	lab_start
	lab_mtu 9000
	send_others
}

@test "native mode, MTU 1500: frames of other traffic are untouched" {
	frames_are_untouched native 1500
}

@test "native mode, MTU 9000: frames of other traffic are untouched" {
	frames_are_untouched native 9000
}

@test "generic mode, MTU 1500: frames of other traffic are untouched" {
	frames_are_untouched generic 1500
}

@test "generic mode, MTU 9000: frames of other traffic are untouched" {
	frames_are_untouched generic 9000
}

# A file of 20 MB that does not compress, served by HTTP on both hosts.
serve_files() {
	local side

	files=$BATS_TEST_TMPDIR/served
	mkdir -p "$files"
	head -c 20M /dev/urandom >"$files/random"
	for side in host sender; do
		"$side" /usr/bin/python3 -m http.server 8080 --bind :: \
			-d "$files" 			>/dev/null 2>&1 3>&- &
		lab_wait "$side" curl -sf http://localhost:8080/ -o /dev/null
	done
}

# fetched SIDE ADDR: whether the file gets to that host whole.
fetched() {
	local addr=$2

	[[ $addr != *:* ]] || addr="[$addr]"
	"$1" curl -sSf --max-time 20 "http://$addr:8080/random" |
		cmp - "$files/random"
}

# From nothing: the first packet has to ask for the other's address.
neighbours_are_found() {
	local addr

	for addr in "$LAB_DECOY" "$LAB_DECOY6"; do
		sender ip neigh flush dev eth0
		host ip neigh flush dev eth0
		sender ping -q -c 1 -W 5 "$addr"
		[[ -n $(sender ip neigh show to "$addr" dev eth0) ]]
	done
}

pings_of_any_size_come_back() {
	local addr size

	for addr in "$LAB_DECOY" "$LAB_DECOY6"; do
		for size in 1400 8000 30000; do
			sender ping -q -c 1 -W 5 -s "$size" "$addr"
		done
	done
}

# echo_udp ADDR: a server on the host says back what it hears, as DNS would be
# asked and answered, and more than that.
echo_udp() {
	host /usr/bin/python3 - "$1" 3>&- <<-'PYTHON' &
		import socket, sys
		family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
		s = socket.socket(family, socket.SOCK_DGRAM)
		s.bind((sys.argv[1], 53))
		while True:
		    s.sendto(*s.recvfrom(65535))
	PYTHON
	sender /usr/bin/python3 - "$1" <<-'PYTHON'
		import os, socket, sys, time
		family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
		s = socket.socket(family, socket.SOCK_DGRAM)
		s.connect((sys.argv[1], 53))
		s.settimeout(5)
		for attempt in range(100):  # until the server is there
		    try:
		        s.send(b"?")
		        s.recv(1)
		        break
		    except ConnectionRefusedError:
		        time.sleep(0.1)
		for size in (1, 40, 512, 1232, 1473, 4096, 8972, 30000, 65000):
		    question = os.urandom(size)
		    s.send(question)
		    assert s.recv(65535) == question, size
	PYTHON
}

real_programs_notice_nothing() {
	lab_start
	load_at "$1" "$2"
	neighbours_are_found
	pings_of_any_size_come_back
	echo_udp "$LAB_DECOY"
	echo_udp "$LAB_DECOY6"
	serve_files
	fetched sender "$LAB_DECOY"
	fetched sender "$LAB_DECOY6"
	fetched host "$LAB_SENDER"
	fetched host "$LAB_SENDER6"
	expect "$(fakemx stats -j | jq '[.total.counters[].packets] | add')" 0
	refused "$LAB_DECOY"
	refused "$LAB_DECOY6"
}

@test "native mode, MTU 1500: HTTP, UDP, ping and neighbours work" {
	real_programs_notice_nothing native 1500
}

@test "native mode, MTU 9000: HTTP, UDP, ping and neighbours work" {
	real_programs_notice_nothing native 9000
}

@test "generic mode, MTU 1500: HTTP, UDP, ping and neighbours work" {
	real_programs_notice_nothing generic 1500
}

@test "generic mode, MTU 9000: HTTP, UDP, ping and neighbours work" {
	real_programs_notice_nothing generic 9000
}

# What the host has learnt of the way to the other end.
path_mtu() {
	host ip -j route get "$1" | jq '[.[].metrics[]?.mtu // empty] | add'
}

# The hop behind the router takes 1400 bytes, and neither end knows.
path_mtu_is_discovered() {
	local addr

	lab_routed_start
	load_at "$1" "$2" router to_host
	sender ip link set eth0 mtu "$2"
	router ip link set to_sender mtu 1400
	serve_files
	for addr in "$LAB_DECOY $LAB_SENDER" "$LAB_DECOY6 $LAB_SENDER6"; do
		fetched sender "${addr% *}"
		expect "$(path_mtu "${addr#* }")" 1400
	done
	refused "$LAB_DECOY"
	refused "$LAB_DECOY6"
}

@test "native mode: the path's MTU is discovered, from 1500 and from 9000" {
	path_mtu_is_discovered native 1500
	lab_stop
	path_mtu_is_discovered native 9000
}

@test "generic mode: the path's MTU is discovered, from 1500 and from 9000" {
	path_mtu_is_discovered generic 1500
	lab_stop
	path_mtu_is_discovered generic 9000
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A sender on the same machine, behind a router: its SYNs have only partial
# checksums, and the router completes those of the answers, in software. In
# generic mode an answer that was complete already would be spoilt by that.

load helpers

router() { nsenter --net=/run/netns/router "$@"; }

# wire NS DEV NS DEV: joins two hosts.
wire() {
	ip link add "$2" netns "$1" type veth peer name "$4" netns "$3"
	"$1" ip link set "$2" up
	"$3" ip link set "$4" up
}

setup() {
	local ns

	for ns in sender router host; do
		ip netns add "$ns"
		"$ns" ip link set lo up
	done
	wire sender eth0 router to_sender
	wire router to_host host eth0
	sender ip addr add "$LAB_SENDER/24" dev eth0
	sender ip addr add "$LAB_SENDER6/64" dev eth0 nodad
	router ip addr add 203.0.113.1/24 dev to_sender
	router ip addr add 2001:db8:5::1/64 dev to_sender nodad
	router ip addr add 198.51.100.1/24 dev to_host
	router ip addr add 2001:db8:1::1/64 dev to_host nodad
	host ip addr add "$LAB_DECOY/24" dev eth0
	host ip addr add "$LAB_DECOY6/64" dev eth0 nodad
	sender ip route add default via 203.0.113.1
	sender ip -6 route add default via 2001:db8:5::1
	host ip route add default via 198.51.100.1
	host ip -6 route add default via 2001:db8:1::1
	router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	lab_wait sender ping -c 1 -W 1 "$LAB_DECOY6"
}
teardown() {
	ip netns del router
	lab_stop
}

refused_through_the_router() {
	fakemx load eth0 --mode "$1"
	fakemx decoy "$LAB_DECOY"
	fakemx decoy "$LAB_DECOY6" role last
	lab_smtp_server "$LAB_DECOY"
	refused "$LAB_DECOY"
	refused "$LAB_DECOY6"
	# Once: a spoilt answer would have been asked for again.
	expect "$(counted reset)" 1
	expect "$(counted reset ipv6)" 1
}

@test "generic mode: the router completes the answer's checksum" {
	router ethtool -K to_sender tx off
	refused_through_the_router generic
}

@test "generic mode: the router leaves the answer's checksum to the device" {
	refused_through_the_router generic
}

@test "native mode: the answer's checksum is complete" {
	router ip link set dev to_host xdpdrv \
		obj "$FAKEMX_BUILD/tests/pass.bpf.o" sec xdp
	router ethtool -K to_sender tx off
	refused_through_the_router native
}

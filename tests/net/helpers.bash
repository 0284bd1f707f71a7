# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the tests in namespaces share. The laboratory is made anew for each test.

bats_require_minimum_version 1.5.0

# shellcheck source=scripts/lab.bash
. "$BATS_TEST_DIRNAME/../../scripts/lab.bash"

: "${FAKEMX_BUILD:=$(cd "$BATS_TEST_DIRNAME/../../build" && pwd)}"
: "${FAKEMX:=$FAKEMX_BUILD/xdp-fakemx}"

# The laboratory with a router between its two hosts.
lab_routed_start() {
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

# refused ADDR [SOURCE]: connects, and is refused, not left to wait.
refused() {
	local out

	out=$(! sender nc -v -w 5 ${2:+-s "$2"} "$1" 25 </dev/null 2>&1) ||
		return 1
	echo "$out"
	[[ $out == *"Connection refused"* ]]
}

# greeted ADDR [SOURCE]: connects, and reads the server's banner.
greeted() {
	local out

	out=$(printf 'QUIT\r\n' |
		sender timeout 10 nc -v -w 5 ${2:+-s "$2"} "$1" 25 2>&1) || true
	echo "$out"
	[[ $out == *"220 "* ]]
}

# A laboratory whose senders come and go, with both decoys.
lab_visits_start() {
	lab_start
	fakemx load eth0
	fakemx decoy "$LAB_DECOY" role first
	fakemx decoy "$LAB_LAST" role last
}

# visits [RATE]: a SYN for each line "SENDER ADDRESS", so slowly that nobody
# takes it for a flood.
visits() {
	sender "$FAKEMX_BUILD/tests/visits" eth0 \
		"$(host cat /sys/class/net/eth0/address)" "${1:-200}"
}

# counted REASON [FAMILY]: packets, of all interfaces.
counted() {
	fakemx stats -j | jq --arg reason "$1" --arg family "${2:-ipv4}" \
		'.total.counters[] | select(.reason == $reason and
		.family == $family) | .packets'
}

answered() {
	fakemx stats -j | jq --arg decoy "$1" \
		'.total.answered[] | select(.decoy == $decoy) | .packets'
}

# expect WHAT IS: fails, and says so, where the two differ.
expect() {
	[[ $1 == "$2" ]] || {
		printf 'expected: %s\nactual:   %s\n' "$2" "$1"
		return 1
	}
}

# own_etc: from here to host_etc, /etc is a copy in this mount namespace, made
# once a test. A server that starts in the background may be reading there still.
own_etc() {
	local etc=$BATS_TEST_TMPDIR/etc

	[[ -e $etc ]] || cp -a /etc "$etc"
	mount --bind "$etc" /etc
}
host_etc() { umount --lazy /etc; }

# Native answers get through a veth only where its peer runs a program too:
# pass_natively SECTION SIDE DEV, with xdp.frags for a jumbo MTU (Linux 5.18).
pass_natively() {
	"$2" ip link set dev "$3" xdpdrv \
		obj "$FAKEMX_BUILD/tests/pass.bpf.o" sec "$1"
}
lab_native() { pass_natively xdp sender eth0; }

lab_mtu() {
	host ip link set dev eth0 mtu "$1"
	sender ip link set dev eth0 mtu "$1"
}

# Whether this kernel has programs for frames that do not fit a page.
kernel_has_frags() {
	pass_natively xdp.frags sender eth0 2>/dev/null || return 1
	sender ip link set dev eth0 xdpdrv off
}

# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the tests in namespaces share. The laboratory is made anew for each test.

bats_require_minimum_version 1.5.0

# shellcheck source=scripts/lab.bash
. "$BATS_TEST_DIRNAME/../../scripts/lab.bash"

: "${FAKEMX_BUILD:=$(cd "$BATS_TEST_DIRNAME/../../build" && pwd)}"
: "${FAKEMX:=$FAKEMX_BUILD/xdp-fakemx}"

lab_stop() {
	local jobs

	jobs=$(jobs -p)
	# shellcheck disable=SC2086
	[[ -z $jobs ]] || kill $jobs
	if mountpoint -q /sys/fs/bpf; then
		"$FAKEMX" unload --all 2>/dev/null || true
	fi
	ip netns del sender
	ip netns del host
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

# Native answers get through a veth only where its peer runs a program too:
# lab_native [xdp.frags], the latter for a jumbo MTU, from Linux 5.18 on.
lab_native() {
	sender ip link set dev eth0 xdpdrv \
		obj "$FAKEMX_BUILD/tests/pass.bpf.o" sec "${1:-xdp}"
}

lab_mtu() {
	host ip link set dev eth0 mtu "$1"
	sender ip link set dev eth0 mtu "$1"
}

# Whether this kernel has programs for frames that do not fit a page.
kernel_has_frags() {
	lab_native xdp.frags 2>/dev/null || return 1
	sender ip link set dev eth0 xdpdrv off
}

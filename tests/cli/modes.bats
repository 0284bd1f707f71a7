#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Which mode load takes, and what it says of it. A bridge has no native mode;
# a tap has, and loses nothing.

load ../net/helpers

setup() {
	lab_start
	host ip link add br0 type bridge
	host ip tuntap add dev tap0 mode tap
}
teardown() { lab_stop; }

mode_of() {
	fakemx status -j | jq -r --arg name "$1" \
		'.interfaces[] | select(.interface == $name) | .mode'
}

@test "auto takes native mode, and says that the link may go down" {
	run fakemx load tap0
	expect "$status" 0
	[[ $output == *"tap0: attaching in native mode; its link may go down for a moment"* ]]
	[[ $output == *"tap0: loaded, native mode"* ]]
	expect "$(mode_of tap0)" native
	expect "$(host ip -j link show tap0 | jq '.[0].xdp.mode')" 1
}

@test "auto takes generic mode where the driver refuses, and says why" {
	run fakemx load br0
	expect "$status" 0
	[[ $output == *"br0: loaded, generic mode"* ]]
	[[ $output == *"generic mode, because the driver refused native mode: Operation not supported"* ]]
	expect "$(mode_of br0)" generic
	expect "$(host ip -j link show br0 | jq '.[0].xdp.mode')" 2
	run fakemx status
	[[ $output == *"warning: br0: the driver refused native mode: Operation not supported"* ]]
}

@test "auto takes generic mode on veth, and says why" {
	run fakemx load eth0
	expect "$status" 0
	[[ $output == *"eth0: generic mode, because a veth loses native answers"* ]]
	expect "$(mode_of eth0)" generic
}

@test "native mode on veth is done, with a warning" {
	run fakemx load eth0 --mode native
	expect "$status" 0
	[[ $output == *"a veth loses native answers unless its peer runs an XDP program too"* ]]
	expect "$(mode_of eth0)" native
}

@test "a refused interface leaves nothing beside one that is loaded" {
	fakemx load tap0
	run fakemx load br0 --mode native
	expect "$status" 1
	expect "$(ls /sys/fs/bpf/xdp-fakemx/if)" tap0
}

@test "native mode that the driver refuses is an error, and leaves nothing" {
	run fakemx load br0 --mode native
	expect "$status" 1
	[[ $output == *"br0: cannot attach in native mode: Operation not supported; --mode generic works with every driver"* ]]
	expect "$(host ip -j link show br0 | jq '.[0].xdp')" null
	[[ ! -e /sys/fs/bpf/xdp-fakemx ]]
}

@test "native mode takes a jumbo MTU, and is upgraded under it" {
	lab_mtu 9000
	run fakemx load eth0 --mode native
	if ! kernel_has_frags; then
		expect "$status" 1
		[[ $output == *"perhaps for the MTU of 9000; lower the MTU to 3000, run Linux 5.18 or newer, "* ]]
		return
	fi
	expect "$status" 0
	run fakemx load eth0
	expect "$status" 0
	[[ $output == *"eth0: upgraded, native mode"* ]]
	fakemx unload eth0
	# Loaded under another MTU, it lets this one in as well.
	lab_mtu 1500
	fakemx load eth0 --mode native
	lab_mtu 9000
}

# frags_call ARG...: which of the tool's bpf() calls asks whether the kernel has
# programs for frames in several pages (flag 0x20), from an undisturbed run.
frags_call() {
	host strace -o "$BATS_TEST_TMPDIR/calls" -e trace=bpf "$FAKEMX" "$@" \
		>&2
	grep -n 'BPF_PROG_LOAD.*prog_flags=0x20' "$BATS_TEST_TMPDIR/calls" |
		head -n 1 | cut -d : -f 1
}

# with_fault NUMBER ERROR ARG...: the tool, one of whose bpf() calls fails.
with_fault() {
	host strace -o /dev/null -e trace=bpf \
		-e "inject=bpf:error=$2:when=$1" "$FAKEMX" "${@:3}"
}

@test "before Linux 5.18 native mode takes no jumbo MTU, and says so" {
	local call

	kernel_has_frags || skip "this kernel is one: the test above has seen it"
	lab_mtu 9000
	call=$(frags_call load eth0 --mode native)
	fakemx unload eth0
	run with_fault "$call" EINVAL load eth0 --mode native
	echo "$output"
	expect "$status" 1
	[[ $output == *"eth0: cannot attach in native mode: Numerical result out of range, perhaps for the MTU of 9000; lower the MTU to 3000, run Linux 5.18 or newer, or take --mode generic" ]]
	[[ ! -e /sys/fs/bpf/xdp-fakemx ]]
	expect "$(host ip -j link show eth0 | jq '.[0].xdp')" null
	# Either remedy is one.
	fakemx load eth0 --mode generic
	fakemx unload eth0
	lab_mtu 3000
	with_fault "$call" EINVAL load eth0 --mode native
	# The next kernel's program takes the place of the plain one.
	call=$(frags_call load eth0)
	with_fault "$call" EINVAL load eth0
	fakemx load eth0
}

@test "an upgrade that the driver refuses leaves what is loaded" {
	local call before

	kernel_has_frags || skip "native mode takes no jumbo MTU here"
	lab_mtu 9000
	fakemx load eth0 --mode native
	call=$(frags_call load eth0)
	before=$(host ip -j link show eth0 | jq '.[0].xdp.prog.id')
	run with_fault "$call" EINVAL load eth0
	echo "$output"
	expect "$status" 1
	[[ $output == *"eth0: cannot replace the program: Numerical result out of range"* ]]
	expect "$(host ip -j link show eth0 | jq '.[0].xdp.prog.id')" "$before"
}

@test "auto takes generic mode where the MTU may be why the driver refuses" {
	host ip link set br0 mtu 9000
	run fakemx load br0
	expect "$status" 0
	[[ $output == *"br0: generic mode, because the driver refused native mode: Operation not supported, perhaps for the MTU of 9000"* ]]
	run fakemx status
	[[ $output == *"warning: br0: the driver refused native mode: Operation not supported, perhaps for the MTU of 9000"* ]]
	run fakemx load br0
	expect "$status" 0
	[[ $output == *"br0: upgraded, generic mode"* ]]
}

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

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Policies of the size that there is room for.

load ../net/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	lab_start
	echo "decoy $LAB_DECOY role first" >short.conf
	fakemx load eth0 -c short.conf
}
teardown() { lab_stop; }

# prefixes COUNT: of both families and all lengths, sorted as they are listed.
prefixes() {
	awk -v count="$1" 'BEGIN {
		for (i = 0; i < count / 2; i++)
			printf "allow %d.%d.%d.%d\n", 16 + i / 16777216,
				i / 65536 % 256, i / 256 % 256, i % 256
		for (i = 0; i < count - int(count / 2); i++)
			printf "allow 2001:db8:%x:%x::/64\n", 4096 + i / 4096,
				4096 + i % 4096
	}'
}

entries() { fakemx status -j | jq .allowlist; }

@test "a million prefixes are applied, listed, saved and taken out" {
	prefixes 1000000 >allowed
	cat short.conf allowed >long.conf
	fakemx apply long.conf --dry-run >changes
	expect "$(tail -n 1 changes)" "0 taken out, 1000000 added; allowed addresses and prefixes: -0, +1000000; nothing is changed"
	# How long it takes is shown on a terminal, and nowhere else.
	fakemx apply long.conf >changes 2>said
	expect "$(cat said)" ""
	expect "$(tail -n 1 changes)" \
		"0 taken out, 1000000 added; allowed addresses and prefixes: -0, +1000000"
	fakemx list | cmp - long.conf
	fakemx save saved.conf
	cmp saved.conf long.conf
	# One more, and one less.
	fakemx allow 192.0.2.1
	fakemx delete allow 16.0.0.5
	{
		cat long.conf
		echo 'allow 192.0.2.1'
	} | grep -vx 'allow 16.0.0.5' | sort >expected
	fakemx list | sort | cmp - expected
	# Who is on it passes, his neighbour does not.
	expect "$(fakemx test 16.0.0.6 -j | jq -r .reason)" allowed
	expect "$(fakemx test 16.0.0.5 -j | jq -r .reason)" reset
	run -1 fakemx apply short.conf
	[[ $output == *--force* ]]
	fakemx apply short.conf --force >/dev/null
	host script -qec "$FAKEMX apply long.conf >/dev/null" terminal >/dev/null
	grep -E $'\rputting the policy in place: [0-9]+ %\e\\[K\r' terminal
	expect "$(tail -n +2 terminal | head -n -1 | tr '\r' '\n' | tail -n 1)" $'\e[K'
	fakemx apply short.conf --force >/dev/null
	expect "$(fakemx list)" "$(cat short.conf)"
}

@test "what there is no room for is refused, and nothing changes" {
	prefixes 2097152 >allowed # and the decoy
	cat short.conf allowed >long.conf
	run -1 fakemx apply long.conf
	[[ $output == *"2097152 addresses and prefixes"* ]]
	expect "$(fakemx list)" "$(cat short.conf)"
	# What just fits is full, but for what is there already.
	head -n 2097152 long.conf >full.conf
	fakemx apply full.conf >/dev/null
	run -1 fakemx allow 192.0.2.1
	expect "$output" "xdp-fakemx: the policy is full: it holds 2097152 addresses and prefixes"
	fakemx allow 16.0.0.5 comment "known"
	fakemx delete allow 16.0.0.5
	fakemx allow 192.0.2.1
}

@test "comments that there is no room for are refused, and nothing changes" {
	prefixes 65537 | awk '{ print $0, "comment \"" NR "\"" }' >commented
	cat short.conf commented >long.conf
	run -1 fakemx apply long.conf
	expect "$output" "xdp-fakemx: too many comments: there is room for 65536"
	expect "$(fakemx list)" "$(cat short.conf)"
	head -n 65537 long.conf >full.conf # with the decoy
	fakemx apply full.conf >/dev/null
	fakemx list | cmp - full.conf
	run -1 fakemx allow 192.0.2.1 comment "one more"
	expect "$output" "xdp-fakemx: too many comments: there is room for 65536"
	fakemx list | cmp - full.conf
	fakemx allow 192.0.2.1
	fakemx allow 192.0.2.2
	run -1 fakemx allow 192.0.2.2 comment "one more"
	fakemx list | grep -x 'allow 192.0.2.2'
	# One in the place of another is there before that goes.
	run -1 fakemx allow 16.0.0.5 comment "another"
	fakemx list | grep -x 'allow 16.0.0.5 comment "6"'
	fakemx delete allow 16.0.0.6
	fakemx allow 16.0.0.5 comment "another"
	fakemx allow 192.0.2.2 comment "one more"
}

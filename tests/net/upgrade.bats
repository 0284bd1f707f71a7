#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The next version takes the place of the one before, under traffic at full speed
# and a long policy: each SYN is settled as it was, and counted. What is older is
# the same tool by another number, whose program is of other instructions.

load helpers
load stream

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	lab_start
	addresses 1 100 >allowed
	{
		echo "decoy $LAB_DECOY role first"
		sed 's/^/allow /' allowed
		addresses 20 65000 | sed 's/^/allow /'
		addresses 21 65000 | sed 's/^/allow /'
	} >conf
	older load eth0 --mode native -c conf
}
teardown() { lab_stop; }

older() { host "$FAKEMX_BUILD/tests/older/xdp-fakemx" "$@"; }

program() { host ip -j link show eth0 | jq '.[0].xdp.prog.tag'; }

@test "an upgrade answers, passes and counts every packet" {
	local before upgrades=0

	before=$(program)
	syns_behind 20000000 1 2 allowed
	while going_on; do
		fakemx load eth0
		[[ $(program) != "$before" ]]
		older load eth0
		expect "$(program)" "$before"
		upgrades=$((upgrades + 1))
	done
	stream_ends
	((upgrades > 1))
	expect "$(cat sent)" \
		"$(became 10000000 0 10000000 10000000 10000000 0)"
	fakemx load eth0
	expect "$(counted allowed)" 10000000
	expect "$(counted reset)" 10000000
	expect "$(answered "$LAB_DECOY")" 10000000
}

@test "an upgrade keeps policy and ledger, and status knows the version before" {
	expect "$(syns 3000 1 1 allowed)" "$(became 0 0 0 3000 3000 0)"
	fakemx list >running
	cmp running conf
	"$FAKEMX_BUILD/tests/ledger" dump >known
	(($(wc -l <known) == 100))
	run fakemx status
	[[ $output == *"the program is of version 0.0.9"* ]]
	fakemx load eth0
	run fakemx status
	[[ $output != *"0.0.9"* ]]
	fakemx list | cmp - conf
	"$FAKEMX_BUILD/tests/ledger" dump | cmp - known
}

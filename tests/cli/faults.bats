#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What goes wrong half-way: the protection stays, or what was before does.

load ../net/helpers

setup() {
	lab_start
	pins=/sys/fs/bpf/xdp-fakemx
}
teardown() { lab_stop; }

attached() { [[ $(host ip -j link show "${1:-eth0}" | jq '.[0].xdp') != null ]]; }

policy() {
	fakemx load eth0 -c <(printf '%s\n' "decoy $LAB_DECOY role first" \
		"decoy $LAB_LAST6 role last" 'allow 192.0.2.0/24 comment "one"' \
		'allow 2001:db8:9::/48 comment "two"')
}

# The policy, without what is set.
statements() { fakemx list | grep -v '^set'; }

# traced OPTION... -- COMMAND...: the tool under strace, whose own words go.
traced() {
	local options=()

	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	shift
	host strace -f -o /dev/null "${options[@]}" "$FAKEMX" "$@"
}

@test "a name that no interface can have is only not loaded" {
	local name

	fakemx load eth0
	for name in "$(printf 'A%.0s' {1..600})" eth0/ eth0// . .. eth0/link; do
		run fakemx unload "$name"
		expect "$status" 1
		[[ $output == *": not loaded" ]]
	done
	run fakemx load "$(printf 'A%.0s' {1..600})"
	expect "$status" 1
	[[ $output == *": no such interface" ]]
	attached
}

@test "a missing pin is told, and what is attached stays" {
	local pin before

	policy >/dev/null
	for pin in if/eth0/about policy/{layout,state,policy,rules,notes,ledger,fronts,events}; do
		mv "$pins/$pin" "$pins/kept"
		run fakemx allow 192.0.2.1
		echo "$output"
		expect "$status" 1
		[[ $output == *"unload --all, then load again"* ]]
		run fakemx status
		expect "$status" 1
		attached
		mv "$pins/kept" "$pins/$pin"
	done
	for pin in tally bases; do
		mv "$pins/if/eth0/$pin" "$pins/kept"
		run fakemx stats
		expect "$status" 1
		run fakemx metrics
		expect "$status" 1
		mv "$pins/kept" "$pins/if/eth0/$pin"
	done
	refused "$LAB_DECOY"
	rm "$pins/if/eth0/about"
	fakemx unload --all
	run attached
	expect "$status" 1
}

@test "a read that fails is no end: the policy is never cut short" {
	local before n status=0 failed=0

	policy >/dev/null
	before=$(statements)
	for ((n = 1; n <= 60; n++)); do
		status=0
		traced -e "inject=bpf:error=ENOMEM:when=$n" -- \
			load eth0 --shadow --force >/dev/null 2>&1 || status=$?
		((failed += status != 0)) || true
		expect "$n: $(statements)" "$n: $before"
		fakemx set shadow off
	done
	((failed > 10))
	for ((n = 1; n <= 30; n++)); do
		status=0
		got=$(traced -e "inject=bpf:error=ENOMEM:when=$n" -- list \
			2>/dev/null) || status=$?
		((status)) || expect "$n: $got" "$n: $before"
	done
}

@test "a load killed at any step is mended by the next" {
	local call n

	for call in mkdir rename; do
		for ((n = 1; n <= 14; n++)); do
			traced -e "trace=$call" \
				-e "inject=$call:signal=KILL:when=$n" -- \
				load eth0 >/dev/null 2>&1 || true
			run fakemx load eth0
			echo "$call $n: $output"
			expect "$status" 0
			attached
			[[ ! -e $pins/fresh ]]
			fakemx unload eth0
			run attached
			expect "$status" 1
		done
	done
	[[ ! -e $pins ]]
}

@test "a load killed beside another interface is mended by any change" {
	local n

	host ip link add eth1 type veth peer name eth2
	policy >/dev/null
	for ((n = 1; n <= 8; n++)); do
		traced -e trace=rename \
			-e "inject=rename:signal=KILL:when=$n" -- load eth1 \
			>/dev/null 2>&1 || true
		fakemx allow 192.0.2.0/24 comment one
		[[ ! -e $pins/fresh ]]
		fakemx load eth1
		fakemx unload eth1
		attached eth0
	done
	refused "$LAB_DECOY"
}

# senders: how many are in the ledger that is pinned.
senders() { fakemx status -j | jq .ledger.entries; }

# What is pinned is what the program writes in, whole, and of either size.
ledger_is_whole() {
	local before after size

	fakemx allow 192.0.2.1
	[[ ! -e $pins/policy/ledger_new && ! -e $pins/policy/fronts_new ]]
	size=$(fakemx status -j | jq .ledger.capacity)
	[[ $size == "$1" || $size == "$2" ]]
	before=$(senders)
	((before == 1))
	refused "$LAB_DECOY" "$LAB_OTHER"
	after=$(senders)
	((after == 2))
}

@test "a new size of the ledger, killed at any step, is mended by the next" {
	local call n step new=4096 old=262144 killed

	host ip link add eth1 type veth peer name eth2
	for call in bpf rename unlink; do
		step=1
		[[ $call != bpf ]] || step=3
		for ((n = 1 + RANDOM % step; n < 200; n += step)); do
			fakemx load eth0 >/dev/null
			fakemx load eth1 >/dev/null
			fakemx decoy "$LAB_DECOY"
			refused "$LAB_DECOY"
			killed=0
			traced -e "trace=$call" \
				-e "inject=$call:signal=KILL:when=$n" -- \
				set ledger-size $new >/dev/null 2>&1 || killed=$?
			echo "$call $n: exit $killed"
			ledger_is_whole $old $new
			fakemx unload --all
			((killed)) || break
		done
		((n > 1 && n < 200))
	done
}

@test "a new size of the ledger that cannot be had changes nothing" {
	local n killed=1

	fakemx load eth0 >/dev/null
	fakemx decoy "$LAB_DECOY"
	refused "$LAB_DECOY"
	for ((n = 1; killed && n < 200; n += 3)); do
		killed=0
		traced -e trace=bpf -e "inject=bpf:error=ENOMEM:when=$n" -- \
			set ledger-size 4096 >/dev/null 2>&1 || killed=$?
		echo "$n: exit $killed"
		((!killed)) || expect "$(fakemx list | grep -c ledger-size)" 0
		refused "$LAB_DECOY"
		expect "$(senders)" 1
	done
	((n > 10 && n < 200))
}

@test "the same name and number in another network namespace is not upgraded" {
	# Both ends of the laboratory's wire are eth0, number 2.
	fakemx load eth0
	run sender "$FAKEMX" load eth0
	expect "$status" 1
	[[ $output == *"eth0: what was loaded under this name is on another interface"* ]]
	attached
	expect "$(sender ip -j link show eth0 | jq '.[0].xdp')" null
}

@test "an alternative name is the same interface" {
	host ip link property add dev eth0 altname theother
	run fakemx load theother
	expect "$status" 0
	[[ $output == *"eth0: loaded"* ]]
	run fakemx load eth0
	[[ $output == *"eth0: upgraded"* ]]
	fakemx unload theother
	run attached
	expect "$status" 1
}

@test "a renamed interface is told in status, and can be mended" {
	fakemx load eth0
	host ip link set eth0 down
	host ip link set eth0 name lan0
	run fakemx status
	echo "$output"
	[[ $output == *"eth0: the interface is called lan0 now"* ]]
	run fakemx load lan0
	expect "$status" 1
	[[ $output == *"not loaded under this name"* ]]
	fakemx unload eth0
	fakemx load lan0
	host ip link set lan0 name eth0
	fakemx unload lan0
}

@test "a load that fails on a recreated interface keeps the policy" {
	local n

	policy >/dev/null
	host ip link add eth1 type veth peer name eth2
	fakemx load eth1
	fakemx unload eth0
	host ip link del eth1
	host ip link add eth1 type veth peer name eth2
	host ip link set dev eth1 xdpgeneric \
		obj "$FAKEMX_BUILD/tests/pass.bpf.o" sec xdp
	run fakemx load eth1
	expect "$status" 1
	expect "$(statements | wc -l)" 4
	host ip link set dev eth1 xdpgeneric off
	# From some call on, nothing works any more: also in the clean-up.
	for ((n = 1; n < 200; n += 3)); do
		traced -e "inject=bpf:error=EPERM:when=$n+" -- load eth1 \
			>/dev/null 2>&1 && break
		expect "$n: $(statements | wc -l)" "$n: 4"
	done
	((n > 30 && n < 200))
	fakemx load eth1
	expect "$(statements | wc -l)" 4
	fakemx unload eth1
	[[ ! -e $pins ]]
}

# What is pinned, by its name.
pinned() { (cd "$pins" && find . | sort); }

# disturbed WAY CALL AFTER COMMAND...: the command, with WAY injected at each of
# its calls in turn, leaves the policy that was, or the one that is to be, and
# nothing else. Every eleventh, from a random one on.
disturbed() {
	local way=$1 call=$2 after=$3 before n status got
	shift 3

	before=$(fakemx list)
	for ((n = 1 + RANDOM % 11; n < 500; n += 11)); do
		status=0
		host timeout 60 strace -f -o trace -e "trace=$call" \
			-e "inject=$call:$way:when=$n" "$FAKEMX" "$@" \
			>/dev/null 2>&1 || status=$?
		grep -qE 'INJECTED|killed by' trace || break
		got=$(fakemx list)
		echo "$way, $call $n: exit $status; $got"
		[[ $got == "$before" || ($got == "$after" &&
			($way == signal* || $status == 0)) ]]
		# Names of lists, and what they have, are one thing.
		expect "$(fakemx test 10.77.0.1 -j |
			jq -r 'select(.verdict == "pass").statement')" \
			"$(grep file: <<<"$got")"
		# What was in between is cleared by the next change.
		fakemx apply before.conf --force >/dev/null
		expect "$(fakemx list)" "$before"
		expect "$(pinned)" "$before_pins"
	done
	((n < 500))
	expect "$(fakemx list)" "$after"
	fakemx apply before.conf --force >/dev/null
	refused "$LAB_DECOY"
}

# all_ways AFTER COMMAND...
all_ways() {
	disturbed signal=KILL bpf "$@"
	disturbed error=ENOMEM bpf "$@"
}

@test "a change that is killed or refused at any step is done whole or not at all" {
	cd "$BATS_TEST_TMPDIR"
	printf '%s\n' "decoy $LAB_DECOY role first" "decoy $LAB_LAST role last" \
		'allow 192.0.2.0/24 comment "one"' >before.conf
	printf '%s\n' "decoy $LAB_DECOY role first" "real $LAB_REAL" \
		'allow 192.0.2.0/24 comment "another"' 'allow 2001:db8:9::/48' \
		'set rate-limit 7' >after.conf
	fakemx load eth0 -c before.conf
	before_pins=$(pinned)
	all_ways "$(cat after.conf)" apply after.conf --force
	all_ways "$(cat before.conf; echo 'allow 192.0.2.7 comment "two"')" \
		allow 192.0.2.7 comment two
	all_ways "$(grep -v 192.0.2 before.conf)" delete allow 192.0.2.0/24
	echo 10.77.0.0/16 >a.list
	all_ways "$(cat before.conf; echo "allow file:$PWD/a.list")" \
		allow "file:$PWD/a.list"
	echo "allow file:$PWD/a.list" >>before.conf
	fakemx apply before.conf
	all_ways "$(grep -v file: before.conf)" delete allow "file:$PWD/a.list"
}

@test "two first loads at once mount bpffs once" {
	host ip link add eth1 type veth peer name eth2
	umount /sys/fs/bpf
	traced -e inject=mount:delay_enter=500000 -- load eth0 3>&- &
	traced -e inject=mount:delay_enter=700000 -- load eth1 3>&- &
	wait
	expect "$(grep -c ' /sys/fs/bpf bpf ' /proc/mounts)" 1
	attached eth0
	attached eth1
	expect "$(fakemx status -j | jq '.interfaces | length')" 2
}

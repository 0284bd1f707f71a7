#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The tool killed, or refused what it asks of the kernel, at each of its steps:
# what is left is what was or what is to be, and the next command goes on.

load ../net/helpers
load inject

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	lab_start
	pins=/sys/fs/bpf/xdp-fakemx
	printf '%s\n' "decoy $LAB_DECOY role first" \
		"decoy $LAB_LAST role last" 'allow 192.0.2.0/24 comment "one"' \
		>before.conf
	printf '%s\n' "decoy $LAB_DECOY role first" "real $LAB_REAL" \
		'allow 192.0.2.0/24 comment "another"' \
		'allow 2001:db8:9::/48' 'set rate-limit 7' >after.conf
}
teardown() { lab_stop; }

attached() { [[ $(host ip -j link show eth0 | jq '.[0].xdp') != null ]]; }
detached() { ! attached; }

# nothing_left: as if the tool had never been there.
nothing_left() {
	fakemx unload --all >/dev/null 2>&1 || true
	[[ ! -e $pins ]]
	detached
}

# in_force FILE: what is in force is this, whole, and nothing is pinned besides.
in_force() {
	expect "$(fakemx list)" "$(cat "$1")"
	attached
	[[ ! -e $pins/fresh && ! -e $pins/policy_new ]]
	run ! compgen -G "$pins/*/*_new"
}

# Whether it was begun, half done, or done: it can be done again, or undone.
can_be_loaded_or_unloaded() {
	turn=$((${turn:-0} + 1))
	if ((turn % 3 == 0)); then
		fakemx load eth0 -c before.conf >/dev/null
		in_force before.conf
	fi
	nothing_left
}

@test "a first load that is killed at any step can be done again, or undone" {
	killed_everywhere can_be_loaded_or_unloaded load eth0 -c before.conf
}

upgrades_on() {
	fakemx load eth0 >/dev/null
	in_force before.conf
}

@test "an upgrade that is killed at any step goes on answering" {
	fakemx load eth0 -c before.conf >/dev/null
	killed_everywhere upgrades_on load eth0
	refused "$LAB_DECOY"
}

loads_again() {
	fakemx load eth0 -c before.conf >/dev/null
	in_force before.conf
}

@test "an unload that is killed at any step can be loaded again" {
	killed_everywhere loads_again unload eth0
}

loads_beside() {
	fakemx allow 192.0.2.0/24 comment one
	in_force before.conf
	[[ $(ls "$pins/if") == eth0 ]] || fakemx unload eth1
	expect "$(ls "$pins/if")" eth0
}

@test "a load that is killed beside another interface is mended by any change" {
	host ip link add eth1 type veth peer name eth2
	fakemx load eth0 -c before.conf >/dev/null
	killed_everywhere loads_beside load eth1
}

# The policy that was, or the one that is to be; and back to the first.
old_or_new() {
	local got

	got=$(fakemx list)
	[[ $got == "$(cat before.conf)" || $got == "$(cat after.conf)" ]] || {
		echo "$got"
		return 1
	}
	# Names of lists, and what they have, are one thing.
	expect "$(fakemx test 10.77.0.1 -j |
		jq -r 'select(.verdict == "pass").statement')" \
		"$(grep file: <<<"$got")"
	fakemx apply before.conf --force >/dev/null
	in_force before.conf
}

@test "a change that is killed at any step is done whole or not at all" {
	fakemx load eth0 -c before.conf >/dev/null
	killed_everywhere old_or_new apply after.conf --force
	echo 10.77.0.0/16 >a.list
	(cat before.conf && echo "allow file:$PWD/a.list") >after.conf
	killed_everywhere old_or_new allow "file:$PWD/a.list"
	mv before.conf without.conf
	mv after.conf before.conf
	mv without.conf after.conf
	killed_everywhere old_or_new delete allow "file:$PWD/a.list"
	refused "$LAB_DECOY"
}

# The ledger that is pinned is the one that the program writes in, whole.
ledger_is_whole() {
	fakemx allow 192.0.2.0/24 comment one
	run ! compgen -G "$pins/policy/*_new"
	visitor=$((${visitor:-0} + 1))
	lab_visit "10.1.$visitor.25" "$LAB_DECOY"
	expect "$(fakemx status -j | jq .ledger.entries)" "$visitor"
	fakemx set ledger-size 262144
}

@test "a new size of the ledger that is killed at any step loses no sender" {
	fakemx load eth0 -c before.conf >/dev/null
	host ip route add 10.0.0.0/8 dev eth0
	killed_everywhere ledger_is_whole set ledger-size 4096
}

# A file is the old or the new one; what else there is nobody takes for one.
file_is_whole() {
	local name

	for name in saved/*; do
		case $name in
		saved/conf) cmp -s "$name" before.conf ||
			cmp -s "$name" commented.conf ;;
		saved/x.prom) [[ $(tail -c 1 "$name" | xxd -p) == 0a ]] &&
			grep -q '^xdp_fakemx_up' "$name" ;;
		saved/conf.?????? | saved/x.prom.??????) ;;
		*) false ;;
		esac
	done
	rm -r saved
	mkdir saved
	cp commented.conf saved/conf
}

@test "a file that is written is the old or the new one, whoever is killed" {
	fakemx load eth0 -c before.conf >/dev/null
	(echo "# ours" && cat before.conf) >commented.conf
	mkdir saved
	cp commented.conf saved/conf
	killed_everywhere file_is_whole save saved/conf
	killed_everywhere file_is_whole metrics --textfile saved/x.prom
}

# What failed left everything as it was.
load_refused() {
	if (($1)); then
		[[ ! -e $pins ]]
		detached
	else
		in_force before.conf
		nothing_left
	fi
}

@test "a first load that is refused anything leaves nothing" {
	local command=(load eth0 -c before.conf)

	refused_everywhere bpf 10 "ENOMEM EPERM" load_refused "${command[@]}"
	refused_everywhere mkdir 1 "ENOSPC EROFS" load_refused "${command[@]}"
	refused_everywhere rename 4 "ENOSPC EROFS" load_refused "${command[@]}"
	refused_everywhere openat 18 "EMFILE ENOMEM" load_refused "${command[@]}"
	refused_everywhere mmap 9 ENOMEM load_refused "${command[@]}"
}

# It writes the policy anew, and then the program.
in_shadow=(load eth0 --shadow --force)
goes_on() {
	(($1)) || fakemx set shadow off
	in_force before.conf
}

@test "an upgrade that is refused anything goes on answering" {
	fakemx load eth0 -c before.conf >/dev/null
	refused_everywhere bpf 14 "ENOMEM EPERM" goes_on "${in_shadow[@]}"
	refused_everywhere rename 1 "ENOSPC EROFS" goes_on "${in_shadow[@]}"
	refused_everywhere openat 18 "EMFILE ENOMEM" goes_on "${in_shadow[@]}"
	refused "$LAB_DECOY"
}

# What is taken away is taken away link first: it can be loaded again.
@test "an unload that is refused anything says so, and can be done again" {
	fakemx load eth0 -c before.conf >/dev/null
	refused_everywhere bpf 6 "ENOMEM EPERM" unload_refused unload eth0
	refused_everywhere unlink 4 "EPERM EROFS" unload_refused unload eth0
	refused_everywhere openat 10 "EMFILE ENOMEM" unload_refused unload eth0
}
unload_refused() {
	if (($1)); then
		fakemx unload --all >/dev/null 2>&1 || true
	fi
	[[ ! -e $pins ]]
	detached
	fakemx load eth0 -c before.conf >/dev/null
}

change_refused() {
	if (($1)); then
		expect "$(fakemx list)" "$(cat before.conf)"
	fi
	old_or_new
}

@test "a change that is refused anything changes nothing" {
	local command=(apply after.conf --force)

	fakemx load eth0 -c before.conf >/dev/null
	refused_everywhere bpf 8 "ENOMEM EPERM ENOSPC" change_refused \
		"${command[@]}"
	refused_everywhere openat 10 "EMFILE ENOMEM" change_refused \
		"${command[@]}"
	refused "$LAB_DECOY"
}

size_refused() {
	((!$1)) || expect "$(fakemx list)" "$(cat before.conf)"
	ledger_is_whole
}

@test "a new size of the ledger that cannot be had changes nothing" {
	fakemx load eth0 -c before.conf >/dev/null
	host ip route add 10.0.0.0/8 dev eth0
	refused_everywhere bpf 12 "ENOMEM EPERM" size_refused \
		set ledger-size 4096
	refused_everywhere rename 1 "ENOSPC EROFS" size_refused \
		set ledger-size 4096
}

file_refused() {
	((!$1)) || cmp saved/conf commented.conf
	# Nothing lies about.
	run ! compgen -G 'saved/*.??????'
	file_is_whole
}

@test "a file that cannot be written stays as it was" {
	fakemx load eth0 -c before.conf >/dev/null
	(echo "# ours" && cat before.conf) >commented.conf
	mkdir saved
	cp commented.conf saved/conf
	local call

	for call in write fsync rename fchmod; do
		refused_everywhere "$call" 1 "ENOSPC EIO EPERM" file_refused \
			metrics --textfile saved/x.prom
	done
	refused_everywhere openat 6 "EMFILE ENOSPC" file_refused save saved/conf
}

@test "what cannot be read is said, and is no part of a list" {
	fakemx load eth0 -c before.conf >/dev/null
	refused_everywhere bpf 1 "ENOMEM EPERM" lists_all list
	refused_everywhere openat 2 "EMFILE ENOMEM" lists_all list
}
lists_all() { (($1)) || [[ ! -e told ]] || cmp told before.conf; }

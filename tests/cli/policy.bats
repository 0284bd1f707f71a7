#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Statements, configuration files, and what outlives what.

load ../net/helpers

setup() { lab_start; }
teardown() { lab_stop; }

attached() { [[ $(host ip -j link show "${1:-eth0}" | jq '.[0].xdp') != null ]]; }

@test "list prints statements that load reads again, to the same policy" {
	local file=$BATS_TEST_TMPDIR/all.conf

	fakemx load eth0
	fakemx decoy "$LAB_LAST" role last
	fakemx decoy "$LAB_DECOY"
	fakemx decoy "$LAB_DECOY6" role first
	fakemx real "$LAB_REAL"
	fakemx allow 192.0.2.0/24 comment 'a "quoted" back\slash # and hash'
	fakemx allow 2001:db8::/32
	fakemx allow 0.0.0.0/0 --force
	fakemx set rate-limit 100
	fakemx list >"$file"
	expect "$(cat "$file")" "decoy $LAB_DECOY role first
decoy $LAB_LAST role last
decoy $LAB_DECOY6 role first
real $LAB_REAL
allow 0.0.0.0/0
allow 192.0.2.0/24 comment \"a \\\"quoted\\\" back\\\\slash # and hash\"
allow 2001:db8::/32
set rate-limit 100"
	fakemx unload eth0
	fakemx load eth0 --force -c "$file"
	expect "$(fakemx list)" "$(cat "$file")"
	run fakemx delete allow 0.0.0.0/0
	expect "$status" 0
}

@test "JSON of every command that prints is read by another program" {
	fakemx load eth0 -j | jq -e '.interface == "eth0" and
		.mode == "generic" and .result == "loaded" and
		(.notes | length) == 2'
	fakemx decoy "$LAB_DECOY" role last
	fakemx allow 192.0.2.0/24 comment 'x "y"'
	refused "$LAB_DECOY"
	fakemx list -j | jq -e '.statements[1] == {
		"statement": "allow 192.0.2.0/24 comment \"x \\\"y\\\"\"",
		"kind": "allow", "address": "192.0.2.0/24",
		"comment": "x \"y\""}'
	fakemx list --json | jq -e '.statements[0].role == "last"'
	fakemx status -j | jq -e '.interfaces[0].attached and
		.policy.allowed == 1 and .policy.decoys[0].role == "last"'
	fakemx stats -j | jq -e '.interfaces[0].interface == "eth0" and
		.interfaces[0].answered[0].packets == 1 and
		(.total.counters | map(select(.packets > 0)) ==
		[{"family": "ipv4", "reason": "reset", "packets": 1,
		  "bytes": 74}])'
	fakemx metrics -j | jq -e '.families[0].name == "xdp_fakemx_info"'
}

@test "adding twice is adding once, and the last comment and role stay" {
	fakemx load eth0
	fakemx allow 192.0.2.1 comment one
	fakemx allow 192.0.2.1 comment two
	fakemx decoy "$LAB_DECOY"
	refused "$LAB_DECOY"
	fakemx decoy "$LAB_DECOY" role last
	expect "$(answered "$LAB_DECOY")" 1
	expect "$(fakemx list)" "decoy $LAB_DECOY role last
allow 192.0.2.1 comment \"two\""
	fakemx allow 192.0.2.1
	expect "$(fakemx list | tail -1)" "allow 192.0.2.1"
	expect "$(bpftool -j map dump pinned \
		/sys/fs/bpf/xdp-fakemx/policy/notes | jq length)" 0
}

@test "a new decoy begins at 0, also where another was before" {
	fakemx load eth0
	fakemx decoy "$LAB_DECOY"
	refused "$LAB_DECOY"
	fakemx delete decoy "$LAB_DECOY"
	fakemx decoy "$LAB_LAST"
	expect "$(answered "$LAB_LAST")" 0
	refused "$LAB_LAST"
	expect "$(answered "$LAB_LAST")" 1
}

@test "a prefix within a prefix is an entry of its own" {
	fakemx load eth0
	fakemx decoy "$LAB_DECOY"
	fakemx allow 203.0.113.0/24 comment wide
	fakemx allow "$LAB_SENDER" comment narrow
	fakemx delete allow "$LAB_SENDER"
	expect "$(fakemx list | tail -1)" 'allow 203.0.113.0/24 comment "wide"'
	sender nc -z -w 1 "$LAB_DECOY" 25 || true
	expect "$(counted reset)" 0
	fakemx delete allow 203.0.113.0/24
	refused "$LAB_DECOY"
}

@test "the default configuration is applied to an empty policy alone" {
	own_etc
	printf '# a comment\ndecoy %s\nset rate-limit 7\n' "$LAB_DECOY" \
		>/etc/xdp-fakemx.conf
	fakemx load eth0
	expect "$(fakemx list)" "decoy $LAB_DECOY role first
set rate-limit 7"
	fakemx delete set rate-limit 7
	fakemx load eth0
	expect "$(fakemx list)" "decoy $LAB_DECOY role first"
	echo nonsense >/etc/xdp-fakemx.conf
	fakemx load eth0
	fakemx unload eth0
	run fakemx load eth0
	expect "$status" 2
	[[ $output == *"/etc/xdp-fakemx.conf:1:1: nonsense: no such statement"* ]]
	run attached
	expect "$status" 1
	[[ ! -e /sys/fs/bpf/xdp-fakemx ]]
	host_etc
}

@test "load -c makes the running policy equal to the file" {
	local file=$BATS_TEST_TMPDIR/new.conf

	fakemx load eth0
	fakemx decoy "$LAB_DECOY"
	fakemx allow 192.0.2.1 comment old
	refused "$LAB_DECOY"
	printf 'decoy %s\ndecoy %s role last\nallow 192.0.2.2 comment new\n' \
		"$LAB_DECOY" "$LAB_LAST" >"$file"
	fakemx load eth0 -c "$file"
	expect "$(fakemx list)" "decoy $LAB_DECOY role first
decoy $LAB_LAST role last
allow 192.0.2.2 comment \"new\""
	# A decoy that stays keeps its count.
	expect "$(answered "$LAB_DECOY")" 1
	expect "$(answered "$LAB_LAST")" 0
	refused "$LAB_LAST"
	expect "$(answered "$LAB_LAST")" 1
}

@test "an upgrade keeps the attachment, the policy and the counts" {
	local before

	fakemx load eth0
	fakemx decoy "$LAB_DECOY"
	fakemx allow 192.0.2.0/24
	refused "$LAB_DECOY"
	before=$(host ip -j link show eth0 | jq '.[0].xdp.prog.id')
	run fakemx load eth0
	[[ $output == *"eth0: upgraded, generic mode"* ]]
	[[ $(host ip -j link show eth0 | jq '.[0].xdp.prog.id') != "$before" ]]
	expect "$(answered "$LAB_DECOY")" 1
	refused "$LAB_DECOY"
	expect "$(answered "$LAB_DECOY")" 2
	expect "$(fakemx list | tail -1)" "allow 192.0.2.0/24"
}

@test "upgrades under traffic lose no packet and no count" {
	local i sent

	fakemx load eth0
	fakemx decoy "$LAB_DECOY"
	fakemx real "$LAB_REAL"
	fakemx allow "$LAB_SENDER"
	sender "$FAKEMX_BUILD/tests/synflood" eth0 \
		"$(host ip -j link show eth0 | jq -r '.[0].address')" 500000 \
		"$LAB_DECOY" "$LAB_REAL" "$LAB_SENDER" \
		>"$BATS_TEST_TMPDIR/sent" &
	for i in 1 2 3 4 5; do
		fakemx load eth0
	done
	wait $!
	cat "$BATS_TEST_TMPDIR/sent"
	sent=$(awk '$1 == "reset" {print $2}' "$BATS_TEST_TMPDIR/sent")
	expect "$(counted reset)" "$sent"
	sent=$(awk '$1 == "fragment" {print $2}' "$BATS_TEST_TMPDIR/sent")
	expect "$(counted fragment)" "$sent"
}

@test "two interfaces share the policy, and count for themselves" {
	host ip link add eth1.77 type veth peer name eth2
	host ip link set eth1.77 up
	fakemx load eth0
	fakemx decoy "$LAB_DECOY"
	refused "$LAB_DECOY"
	fakemx load eth1.77
	expect "$(fakemx stats -j | jq -c '[.interfaces[] |
		[.interface, .answered[0].packets]]')" \
		'[["eth0",1],["eth1.77",0]]'
	expect "$(fakemx list)" "decoy $LAB_DECOY role first"
	fakemx unload eth0
	run attached eth0
	expect "$status" 1
	attached eth1.77
	expect "$(fakemx list)" "decoy $LAB_DECOY role first"
	fakemx unload eth1.77
	[[ ! -e /sys/fs/bpf/xdp-fakemx ]]
}

@test "unload --all detaches every interface at once" {
	host ip link add eth1 type veth peer name eth2
	fakemx load eth0
	fakemx load eth1
	fakemx unload --all
	run attached eth0
	expect "$status" 1
	run attached eth1
	expect "$status" 1
	[[ ! -e /sys/fs/bpf/xdp-fakemx ]]
}

@test "a deleted interface shows in status, and load clears it" {
	host ip link add eth1 type veth peer name eth2
	fakemx load eth0
	fakemx load eth1
	host ip link del eth1
	run fakemx status
	expect "$status" 0
	[[ $output == *"warning: eth1: the interface has gone"* ]]
	fakemx metrics | grep -qx 'xdp_fakemx_up{interface="eth1"} 0'
	host ip link add eth1 type veth peer name eth2
	fakemx load eth1
	attached eth1
	fakemx metrics | grep -qx 'xdp_fakemx_up{interface="eth1"} 1'
	host ip link del eth1
	fakemx unload eth1
	expect "$(fakemx status -j | jq -c '[.interfaces[].interface]')" \
		'["eth0"]'
}

@test "status warns of what looks wrong" {
	host ip link add eth1 type veth peer name eth2
	host ip link set eth1 up
	run fakemx load eth0 --mode generic
	run fakemx status
	[[ $output == *"no decoy is named: nothing is answered"* ]]
	fakemx decoy 198.51.100.99
	fakemx decoy "$LAB_DECOY"
	run fakemx status
	[[ $output != *"something listens"* ]]
	lab_smtp_server 0.0.0.0
	run fakemx status
	echo "$output"
	[[ $output == *"decoy 198.51.100.99 is no address of this host: nobody answers ARP"* ]]
	[[ $output != *"decoy $LAB_DECOY is no address"* ]]
	[[ $output == *"eth1 is up and not covered"* ]]
	[[ $output == *"something listens on port 25 of the decoy $LAB_DECOY"* ]]
	host ip link set eth0 down
	run fakemx status
	[[ $output == *"warning: eth0: the interface is down"* ]]
}

# A hundred and more, of which none depends on the others.
@test "commands side by side leave what they would one after the other" {
	local i pids=()

	cd "$BATS_TEST_TMPDIR"
	for i in {1..30}; do echo "allow 198.18.0.$i"; done >conf
	fakemx load eth0 -c conf
	for i in {1..40}; do
		fakemx allow "192.0.2.$i" comment "number $i" 3>&- &
		pids+=($!)
	done
	for i in {1..30}; do
		fakemx delete allow "198.18.0.$i" 3>&- &
		pids+=($!)
		(fakemx allow "198.18.1.$i" for 1h && fakemx decoy "198.18.2.$i" &&
			fakemx delete allow "198.18.1.$i") 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i"; done
	{
		printf 'decoy 198.18.2.%d role first\n' {1..30}
		for i in {1..40}; do
			echo "allow 192.0.2.$i comment \"number $i\""
		done
	} | sort >expected
	diff expected <(fakemx list | sort)
}

# Of files that are applied, the last one stands, and what came after it.
@test "files that are applied side by side are whole or not there" {
	local i which pids=()

	cd "$BATS_TEST_TMPDIR"
	fakemx load eth0
	for i in a b; do
		printf "allow 198.18.%d.0/24 comment \"$i\"\n" {1..50} >$i.conf
	done
	for i in {1..20}; do
		fakemx allow "192.0.2.$i" comment "number $i" 3>&- &
		pids+=($!)
		fakemx apply a.conf --force >/dev/null 3>&- &
		pids+=($!)
		fakemx apply b.conf --force >/dev/null 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i"; done
	fakemx list >running
	which=$(grep -q '"b"$' running && echo b || echo a)
	diff <(sort "$which.conf") <(grep -F 198.18. running | sort)
	grep -F 192.0.2. running >others || true
	expect "$(cat "$which.conf" others | wc -l)" "$(wc -l <running)"
	for i in {1..20}; do
		echo "allow 192.0.2.$i comment \"number $i\""
	done >all
	expect "$(grep -cxFf all others)" "$(wc -l <others)"
}

# marked ADDR: in how many of the two places of the rules the /24 is one of those
# that they are asked for: include/blocks.h.
marked() {
	local -a byte
	local block place word count=0

	IFS=. read -ra byte <<<"$1"
	block=$((byte[0] << 16 | byte[1] << 8 | byte[2]))
	for place in 0 1; do
		word=$((place * (65536 + (1 << 24)) / 64 + (65536 + block) / 64))
		word=$(bpftool -j map lookup pinned \
			/sys/fs/bpf/xdp-fakemx/policy/blocks key \
			$((word & 255)) $((word >> 8 & 255)) $((word >> 16)) 0 |
			jq -r ".value[$((block % 64 / 8))]")
		count=$((count + (word >> block % 8 & 1)))
	done
	echo "$count"
}

@test "rules are asked for the blocks of the allowlist, and for no others" {
	fakemx load eth0 -c <(echo "allow 10.64.0.0/12")
	expect "$(marked 10.64.0.0) $(marked 10.79.255.0)" "1 1"
	expect "$(marked 10.63.255.0) $(marked 10.80.0.0)" "0 0"
	fakemx allow 192.0.2.7
	expect "$(marked 192.0.2.0) $(marked 192.0.3.0)" "1 0"
	fakemx apply <(echo "allow 10.64.1.0/24") --force
	expect "$(marked 10.64.1.0) $(marked 10.64.2.0)" "2 1"
	fakemx apply <(echo "allow 10.64.2.0/24") --force
	expect "$(marked 10.64.1.0) $(marked 10.64.2.0)" "1 1"
	expect "$(marked 10.64.3.0) $(marked 192.0.2.0)" "0 0"
}

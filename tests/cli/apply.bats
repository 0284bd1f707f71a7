#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Whole policies: apply, check and save.

load ../net/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	lab_start
	fakemx load eth0
}
teardown() { lab_stop; }

@test "apply makes the policy equal to the file, and says what that changed" {
	fakemx decoy "$LAB_DECOY"
	fakemx allow 192.0.2.1
	fakemx allow 192.0.2.2 comment b
	cat >wanted.conf <<-END
	decoy $LAB_DECOY role last
	allow 192.0.2.2 comment b
	include more/*.conf
	set rate-limit 7
	END
	mkdir more
	echo "allow 192.0.2.3" >more/a.conf
	fakemx list >before
	run fakemx apply wanted.conf --dry-run
	expect "$status" 0
	expect "$output" "- decoy $LAB_DECOY role first
- allow 192.0.2.1
+ decoy $LAB_DECOY role last
+ allow 192.0.2.3
+ set rate-limit 7
2 taken out, 3 added; allowed addresses and prefixes: -1, +1; nothing is changed"
	expect "$(fakemx list)" "$(cat before)"
	fakemx apply wanted.conf -j | jq -e '.applied and
		(.removed | length) == 2 and .added[1] == "allow 192.0.2.3"'
	expect "$(fakemx list)" "decoy $LAB_DECOY role last
allow 192.0.2.2 comment \"b\"
allow 192.0.2.3
set rate-limit 7"
	run fakemx apply wanted.conf
	expect "$output" "0 taken out, 0 added; allowed addresses and prefixes: -0, +0"
}

@test "counters of decoys that stay go on over apply" {
	fakemx decoy "$LAB_DECOY"
	refused "$LAB_DECOY"
	printf 'decoy %s\n' "$LAB_DECOY6" "$LAB_DECOY" >wanted.conf
	fakemx apply wanted.conf
	refused "$LAB_DECOY"
	expect "$(answered "$LAB_DECOY")" 2
	expect "$(answered "$LAB_DECOY6")" 0
}

@test "a file that is wrong changes nothing, and is named" {
	fakemx decoy "$LAB_DECOY"
	fakemx list >before
	printf 'decoy %s\nallow 192.0.2.1/24\n' "$LAB_LAST" >wrong.conf
	for command in apply check; do
		run fakemx $command wrong.conf
		expect "$status" 2
		expect "$output" "xdp-fakemx: wrong.conf:2:7: 192.0.2.1/24: host bits are set; write 192.0.2.0/24"
	done
	run fakemx check missing.conf
	expect "$status" 2
	[[ $output == *"missing.conf: No such file or directory"* ]]
	expect "$(fakemx list)" "$(cat before)"
	fakemx list >right.conf
	run fakemx check right.conf
	expect "$status" 0
	expect "$output" ""
}

@test "a file that would lock most senders out is refused" {
	for i in {1..150}; do
		echo "allow 10.0.$i.0/24"
	done >long.conf
	fakemx apply long.conf >/dev/null
	head -n 70 long.conf >short.conf
	run fakemx apply short.conf
	expect "$status" 1
	[[ $output == *"short.conf: would take out 80 of 150 allowed addresses and prefixes; --force does it"* ]]
	expect "$(fakemx status -j | jq .policy.allowed)" 150
	head -n 80 long.conf >shorter.conf
	fakemx apply shorter.conf >/dev/null
	expect "$(fakemx status -j | jq .policy.allowed)" 80
	# A short one may go as a whole.
	: >empty.conf
	fakemx apply empty.conf >/dev/null
	fakemx apply long.conf >/dev/null
	fakemx apply short.conf --force >/dev/null
	expect "$(fakemx status -j | jq .policy.allowed)" 70
}

@test "apply changes the size of the ledger too, and keeps what is in it" {
	fakemx decoy "$LAB_DECOY"
	refused "$LAB_DECOY"
	printf 'decoy %s\nset ledger-size 4096\n' "$LAB_DECOY" >wanted.conf
	fakemx apply wanted.conf
	fakemx status -j | jq -e '.ledger.capacity == 4096 and
		.ledger.entries == 1'
}

@test "what is saved is what is running, and saved again it is the same" {
	fakemx decoy "$LAB_DECOY"
	fakemx allow 192.0.2.0/24 comment 'a "partner"'
	fakemx set ledger-max-age 7d
	printf '# Our decoys.\n\n# the first\ndecoy %s role first # fx\n' \
		"$LAB_DECOY" >kept.conf
	chmod 600 kept.conf
	fakemx save kept.conf
	expect "$(cat kept.conf)" "# Our decoys.

# the first
decoy $LAB_DECOY role first  # fx
allow 192.0.2.0/24 comment \"a \\\"partner\\\"\"
set ledger-max-age 7d"
	expect "$(stat -c %a kept.conf)" 600
	cp kept.conf once.conf
	fakemx save kept.conf
	cmp kept.conf once.conf
	run fakemx apply kept.conf
	expect "$output" "0 taken out, 0 added; allowed addresses and prefixes: -0, +0"
	fakemx save fresh.conf
	expect "$(stat -c %a fresh.conf)" 644
	run fakemx save /nowhere/x.conf
	expect "$status" 1
	[[ $output == *"/nowhere/x.conf: No such file or directory"* ]]
	own_etc
	fakemx save
	cmp /etc/xdp-fakemx.conf fresh.conf
	host_etc
}

@test "no packet meets a policy without its decoy or its allowed sender" {
	lab_smtp_server "$LAB_DECOY"
	printf 'decoy %s\nallow %s\n' "$LAB_DECOY" "$LAB_SENDER" >a.conf
	{
		cat a.conf
		printf 'allow 10.1.%d.0/24\n' {1..255}
	} >b.conf
	fakemx apply a.conf
	for i in {1..20}; do
		fakemx apply b.conf >/dev/null
		fakemx apply a.conf --force >/dev/null
	done &
	swaps=$!
	while kill -0 "$swaps" 2>/dev/null; do
		greeted "$LAB_DECOY"
		refused "$LAB_DECOY" "$LAB_OTHER"
	done
	wait "$swaps"
}

@test "an entry with an end ends by itself, and is swept" {
	lab_smtp_server "$LAB_DECOY"
	fakemx decoy "$LAB_DECOY"
	fakemx allow "$LAB_SENDER" for 10s comment soon
	fakemx allow 192.0.2.0/24 until 2101-01-01T00:00Z
	greeted "$LAB_DECOY"
	expect "$(fakemx list -j | jq -c '[.statements[] |
		select(.kind == "allow") | .seconds_left > 0]')" "[true,true]"
	[[ $(fakemx list) == *"until 2101-01-01T00:00:00Z  # "*" days left"* ]]
	fakemx save kept.conf
	grep -qx 'allow 192.0.2.0/24 until 2101-01-01T00:00:00Z' kept.conf
	sleep 11
	# No command has been run since.
	refused "$LAB_DECOY"
	[[ $(fakemx list) != *soon* ]]
	fakemx allow 192.0.2.9
	expect "$(bpftool map dump pinned /sys/fs/bpf/xdp-fakemx/policy/rules -j |
		jq length)" 3
	# What ended in the meantime is no error at boot.
	grep -q soon kept.conf
	fakemx apply kept.conf >/dev/null
	[[ $(fakemx list) != *soon* ]]
	run fakemx allow 192.0.2.1 until 2001-01-01
	expect "$status" 2
	[[ $output == *"until: that time has gone by"* ]]
}

@test "lists are in the policy by their name, and are read again" {
	printf '192.0.2.1\n192.0.2.128/25 # ours\n2001:db8::/32\n' >a.list
	printf '192.0.2.1/32 permit\n10.1.0.0/16 reject\n10.0.0.0/15 permit\n' \
		>b.cidr
	fakemx decoy "$LAB_DECOY"
	fakemx allow 192.0.2.1 comment own
	fakemx allow "file:$PWD/a.list"
	fakemx allow "file:$PWD/b.cidr"
	expect "$(fakemx list)" "decoy $LAB_DECOY role first
allow 192.0.2.1 comment \"own\"
allow file:$PWD/a.list
allow file:$PWD/b.cidr"
	fakemx test 192.0.2.200 -j | jq -e --arg by "allow file:$PWD/a.list" \
		'.verdict == "pass" and .statement == $by and
		.prefix == "192.0.2.128/25"'
	fakemx test 10.0.9.9 -j | jq -e '.verdict == "pass"'
	fakemx test 10.1.9.9 -j | jq -e '.verdict == "answer"'
	# A statement of its own goes; what lists have stays, and the other way.
	fakemx delete allow 192.0.2.1
	fakemx test 192.0.2.1 -j | jq -e '.verdict == "pass"'
	fakemx delete allow "file:$PWD/a.list"
	fakemx test 192.0.2.1 -j | jq -e '.verdict == "pass"'
	fakemx test 192.0.2.200 -j | jq -e '.verdict == "answer"'
	run fakemx delete allow 10.0.0.0/16
	expect "$status" 1
	# Read again.
	echo '172.16.0.0/12 permit' >>b.cidr
	fakemx test 172.16.1.1 -j | jq -e '.verdict == "answer"'
	fakemx refresh -j | jq -e '.prefixes_added == 1 and
		.prefixes_removed == 0'
	fakemx test 172.16.1.1 -j | jq -e '.verdict == "pass"'
	fakemx save kept.conf
	fakemx unload eth0
	fakemx load eth0 -c kept.conf
	fakemx test 172.16.1.1 -j | jq -e '.verdict == "pass"'
}

@test "a statement and a list that has the same are two things" {
	echo 192.0.2.1 >a.list
	echo "allow file:$PWD/a.list" >list.conf
	{
		cat list.conf
		echo "allow 192.0.2.1"
	} >both.conf
	fakemx apply both.conf
	run fakemx apply list.conf
	expect "$output" "- allow 192.0.2.1
1 taken out, 0 added; allowed addresses and prefixes: -0, +0"
	expect "$(fakemx list)" "allow file:$PWD/a.list"
	run fakemx apply both.conf
	expect "$output" "+ allow 192.0.2.1
0 taken out, 1 added; allowed addresses and prefixes: -0, +0"
	expect "$(fakemx list | wc -l)" 2
	# A list that names nobody yet is a policy all the same.
	: >a.list
	fakemx apply list.conf --force
	own_etc
	echo "allow 192.0.2.99" >/etc/xdp-fakemx.conf
	fakemx load eth0
	host_etc
	expect "$(fakemx list)" "allow file:$PWD/a.list"
}

@test "a list that cannot be read changes nothing" {
	for i in {1..150}; do
		echo "10.0.$i.0/24"
	done >long.list
	fakemx allow "file:$PWD/long.list"
	expect "$(fakemx status -j | jq .policy.allowed)" 150
	run fakemx allow "file:$PWD/missing"
	expect "$status" 1
	[[ $output == *"allow: $PWD/missing: No such file or directory"* ]]
	run fakemx allow file:relative
	expect "$status" 2
	[[ $output == *"file:relative: must be an absolute path"* ]]
	: >other.list
	fakemx allow "file:$PWD/other.list"
	rm other.list
	fakemx delete allow "file:$PWD/long.list"
	expect "$(fakemx status -j | jq .policy.allowed)" 0
	fakemx allow "file:$PWD/long.list"
	fakemx delete allow "file:$PWD/other.list"
	echo '203.0.113.300' >wrong.list
	run fakemx allow "file:$PWD/wrong.list"
	expect "$status" 2
	[[ $output == *"$PWD/wrong.list:1: 203.0.113.300: not an IP address"* ]]
	# Cut short on its way.
	cp long.list whole.list
	head -n 70 whole.list >long.list
	run fakemx refresh
	expect "$status" 1
	[[ $output == *"refresh: would take out 80 of 150 allowed addresses and prefixes; --force does it"* ]]
	expect "$(fakemx status -j | jq .policy.allowed)" 150
	rm long.list
	run fakemx refresh
	expect "$status" 1
	[[ $output == *"refresh: $PWD/long.list: No such file or directory"* ]]
	expect "$(fakemx status -j | jq .policy.allowed)" 150
	head -n 70 whole.list >long.list
	fakemx refresh --force
	expect "$(fakemx status -j | jq .policy.allowed)" 70
}

@test "what is said of one list leaves the others as they are in force" {
	fakemx decoy "$LAB_DECOY"
	for i in {1..150}; do
		echo "10.0.$i.0/24"
	done >long.list
	printf '192.0.2.1\n10.0.150.0/24\n' >a.list
	fakemx allow "file:$PWD/a.list"
	run fakemx allow "file:$PWD/long.list"
	expect "$output" "file:$PWD/long.list: 150 addresses and prefixes"
	fakemx allow 10.0.149.0/24 comment own
	# Cut short on its way: nobody has asked for it.
	head -n 3 long.list >short.list
	cp long.list whole.list
	cp short.list long.list
	echo 192.0.2.2 >b.list
	fakemx allow "file:$PWD/b.list"
	expect "$(fakemx status -j | jq .policy.allowed)" 152
	# Of what two have, the one that stays has it.
	cp whole.list long.list
	fakemx delete allow "file:$PWD/a.list"
	expect "$(fakemx status -j | jq .policy.allowed)" 151
	fakemx test 10.0.150.1 -j | jq -e --arg by "allow file:$PWD/long.list" \
		'.verdict == "pass" and .statement == $by'
	rm long.list
	fakemx delete allow "file:$PWD/b.list"
	expect "$(fakemx status -j | jq .policy.allowed)" 150
	expect "$(fakemx list)" "decoy $LAB_DECOY role first
allow 10.0.149.0/24 comment \"own\"
allow file:$PWD/long.list"
	fakemx delete allow "file:$PWD/long.list"
	expect "$(fakemx list)" "decoy $LAB_DECOY role first
allow 10.0.149.0/24 comment \"own\""
	expect "$(fakemx status -j | jq .policy.allowed)" 1
	# Read again by its own command, it is what it has now.
	cp whole.list long.list
	fakemx allow "file:$PWD/long.list"
	cp short.list long.list
	fakemx allow "file:$PWD/long.list"
	expect "$(fakemx status -j | jq .policy.allowed)" 4
}

@test "a list that nobody is left on is refused, however short it was" {
	echo 192.0.2.1 >a.list
	printf '192.0.2.1\n192.0.2.2\n' >b.list
	printf 'allow file:%s\n' "$PWD/a.list" "$PWD/b.list" >both.conf
	fakemx apply both.conf
	: >b.list
	for command in refresh "apply both.conf"; do
		# shellcheck disable=SC2086
		run fakemx $command
		expect "$status" 1
		[[ $output == *": file:$PWD/b.list: would take out all of its 1 addresses and prefixes; --force does it" ]]
	done
	expect "$(fakemx status -j | jq .policy.allowed)" 2
	# Of the one all are still let in, by the other.
	: >a.list
	printf '192.0.2.0/31\n192.0.2.2\n' >b.list
	fakemx refresh
	: >b.list
	fakemx refresh --force
	expect "$(fakemx status -j | jq .policy.allowed)" 0
	# Without the statement, it is meant so.
	echo 192.0.2.1 >a.list
	fakemx refresh
	: >none.conf
	fakemx apply none.conf
}

# rules: which rules are in force; a change puts others in their place.
rules() { bpftool map show pinned /sys/fs/bpf/xdp-fakemx/policy/rules -j | jq .id; }

@test "a file that changes nothing is not put in force again" {
	mkdir parts
	for i in {1..80}; do
		echo "allow 192.0.2.$i" >"parts/$i.conf"
	done
	printf 'include parts/*.conf\ndecoy %s\n' "$LAB_DECOY" >wanted.conf
	fakemx apply wanted.conf
	before=$(rules)
	fakemx apply wanted.conf
	expect "$(rules)" "$before"
	sed -i '1i # a line more: statements come from others now' wanted.conf
	fakemx apply wanted.conf
	[[ $(rules) != "$before" ]]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What would become of a sender: the program is asked, and nothing is changed.

load ../net/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	lab_start
	fakemx load eth0
	fakemx decoy "$LAB_DECOY"
	fakemx decoy "$LAB_LAST6" role last
	fakemx real "$LAB_REAL"
	fakemx allow 203.0.113.0/24 comment wide
	fakemx allow "$LAB_SENDER" until 2101-01-01T00:00Z
	fakemx allow 2001:db8:5::/64
}
teardown() { lab_stop; }

# asked SENDER [ADDRESS]: verdict, reason and statement.
asked() {
	fakemx test "$@" -j | jq -r '[.verdict, .reason, .statement] |
		map(. // "-") | join(", ")'
}

@test "the program says what it does, and by which statement" {
	expect "$(asked 192.0.2.1)" "answer, reset, decoy $LAB_DECOY role first"
	expect "$(asked "$LAB_OTHER")" \
		"pass, allowed, allow 203.0.113.0/24 comment \"wide\""
	expect "$(asked "$LAB_SENDER" "$LAB_DECOY")" \
		"pass, allowed, allow $LAB_SENDER until 2101-01-01T00:00:00Z"
	expect "$(asked 2001:db8::9)" "answer, reset, decoy $LAB_LAST6 role last"
	expect "$(asked 2001:db8:5::9)" "pass, allowed, allow 2001:db8:5::/64"
	expect "$(asked 192.0.2.1 "$LAB_REAL")" "pass, real, real $LAB_REAL"
	expect "$(asked 192.0.2.1 192.0.2.2)" "pass, -, -"
	expect "$(asked 127.0.0.1)" "drop, martian, decoy $LAB_DECOY role first"
	fakemx set shadow on
	fakemx test 192.0.2.1 -j | jq -e '.verdict == "pass" and .shadow and
		.reason == "reset"'
	fakemx delete allow 203.0.113.0/24
	expect "$(asked "$LAB_OTHER")" "pass, reset, decoy $LAB_DECOY role first"
}

# told SENDER: the lines about the statement.
told() { fakemx test "$1" "$LAB_DECOY" | grep -E '^(by|which has|from): '; }

@test "it says where the statement comes from" {
	local before after when

	before=$(date +%s)
	fakemx allow 192.0.2.7
	after=$(date +%s)
	when=$(fakemx test 192.0.2.7 -j | jq -r .commanded)
	when=$(date -d "$when" +%s)
	((when >= before && when <= after))
	[[ $(told 192.0.2.7) == "by: allow 192.0.2.7
from: a command, 20"* ]]
	printf '%s\n' '# Partners.' '192.0.2.8' '' '198.18.0.0/15' >partners
	printf '%s\n' "allow 192.0.2.9" >included
	printf '%s\n' '' "decoy $LAB_DECOY" "include $PWD/included" \
		"allow file:$PWD/partners" 'allow 192.0.2.10' >conf
	fakemx apply conf --force
	expect "$(told 192.0.2.10)" "by: allow 192.0.2.10
from: $PWD/conf:5"
	expect "$(told 192.0.2.9)" "by: allow 192.0.2.9
from: $PWD/included:1"
	expect "$(told 198.18.2.3)" "by: allow file:$PWD/partners
which has: 198.18.0.0/15, in line 4
from: $PWD/conf:4"
	expect "$(told 203.0.113.9)" "by: decoy $LAB_DECOY role first
from: $PWD/conf:2"
	# The same statements, elsewhere; by a file of another name.
	sed '2i# A comment.' conf >"$PWD/other.conf"
	run fakemx apply "$PWD/other.conf"
	expect "$output" "0 taken out, 0 added; allowed addresses and prefixes: -0, +0"
	expect "$(told 192.0.2.10)" "by: allow 192.0.2.10
from: $PWD/other.conf:6"
	# A command in the place of a line; and what another command leaves.
	fakemx allow 192.0.2.10 comment mine
	[[ $(told 192.0.2.10) == *"from: a command, 20"* ]]
	sed -i 1d partners
	fakemx refresh
	expect "$(told 198.18.2.3)" "by: allow file:$PWD/partners
which has: 198.18.0.0/15, in line 3
from: $PWD/other.conf:5"
	[[ $(told 192.0.2.10) == *"from: a command, 20"* ]]
	echo 192.0.2.9 >again
	fakemx allow "file:$PWD/again"
	expect "$(told 192.0.2.9)" "by: allow 192.0.2.9
from: $PWD/included:1"
	fakemx load eth0 --force
	expect "$(told 192.0.2.8)" "by: allow file:$PWD/partners
which has: 192.0.2.8, in line 1
from: $PWD/other.conf:5"
}

@test "asking changes neither counters nor ledger" {
	refused "$LAB_DECOY" "$LAB_OTHER" || true
	fakemx delete allow 203.0.113.0/24
	refused "$LAB_DECOY" "$LAB_OTHER"
	fakemx stats -j >before
	fakemx test 192.0.2.1
	fakemx test "$LAB_OTHER" >said
	cmp before <(fakemx stats -j)
	expect "$(fakemx senders -j | jq -r '.senders[].sender')" "$LAB_OTHER"
	grep -q '^last seen .*, waiting$' said
}

@test "what is asked wrongly is named" {
	run fakemx test
	expect "$status" 2
	run fakemx test 203.0.113.300
	expect "$status" 2
	[[ $output == *"test: 203.0.113.300: not an IP address"* ]]
	run fakemx test 192.0.2.1 "$LAB_LAST6"
	expect "$status" 2
	fakemx delete decoy "$LAB_LAST6"
	run fakemx test 2001:db8::9
	expect "$status" 1
	[[ $output == *"there is no IPv6 decoy"* ]]
}

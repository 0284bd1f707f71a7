#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What the ledger knows outlasts floods and changes, and nobody is judged by
# what it knew before a change.

load helpers
load stream

PINS=/sys/fs/bpf/xdp-fakemx

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	lab_start
	fakemx load eth0 --mode native
	fakemx decoy "$LAB_DECOY" role first
}
teardown() { lab_stop; }

# All of a file's senders, so often that each is seen twice: where they are
# many at once, not every SYN is noted.
establish() {
	local count

	count=$(wc -l <"$1")
	expect "$(syns $((count * 30)) 1 1 "$1")" \
		"$(became 0 0 0 $((count * 30)) 0 $((count * 30)))"
}

# What is known, sorted; fails where a record is not whole.
known() {
	"$FAKEMX_BUILD/tests/ledger" dump >records
	awk '$1 ~ /^[0-9.]+$/ {
		split($1, byte, ".")
		if ($5 != byte[3] * 256 + byte[4]) {
			print "the signature is of somebody else: " $0
			exit 1
		}
	}' records
	sort records
}

# kept BEFORE: how many records are what they were.
kept() {
	known >after
	comm -12 "$1" after | wc -l
}

# ledger FIELD: as status has it.
ledger() { fakemx status -j | jq ".ledger.$1"; }

is_flood() { [[ $(ledger flood) == true ]]; }
is_no_flood() { [[ $(ledger flood) == false ]]; }

@test "ten million random senders displace nobody who is known" {
	addresses 1 200 >once
	addresses 2 10000 >again
	syns 200 1 1 once
	expect "$(known | grep -c ' once$')" 200
	establish again
	known >before
	(($(grep -c ' again$' before) >= 9990))
	(($(grep -c ' once$' before) >= 200))
	expect "$(syns 10000000 1)" "$(became 10000000 0 10000000 0 0 0)"
	is_flood
	(($(kept before) >= $(wc -l <before) * 99 / 100))
}

@test "random senders who come again displace nobody who came again before" {
	addresses 2 10000 >again
	establish again
	known | grep ' again$' >before
	syns 3000000 4
	# They do get all the other places.
	(($(ledger entries) > $(ledger capacity) * 9 / 10))
	(($(kept before) >= $(wc -l <before) * 99 / 100))
}

@test "status says that a flood is going on, and when it is over" {
	is_no_flood
	[[ $(fakemx status) != *flood* ]]
	syns_behind 5000000 1
	lab_wait is_flood
	run fakemx status
	going_on
	[[ $output == *"warning: a flood is going on"* ]]
	stream_ends
	lab_wait is_no_flood
	[[ $(fakemx status) != *flood* ]]
}

# policy ALLOWED...: a configuration, on standard output.
policy() {
	echo "decoy $LAB_DECOY role first"
	printf 'allow %s\n' "$@"
}

@test "in a flood every allowed sender passes, and all others are reset" {
	local hosts

	mapfile -t hosts < <(addresses 1 300)
	policy "${hosts[@]}" 10.3.7.0/24 10.4.0.0/20 10.4.0.0/28 >conf
	fakemx load eth0 -c conf
	{
		addresses 1 300
		addresses 3 2047 | tail -n 256
		addresses 4 100
	} >allowed
	expect "$(syns 4000000 1 4 allowed)" \
		"$(became 3000000 0 3000000 1000000 1000000 0)"
	is_flood
	expect "$(counted allowed)" 1000000
	expect "$(counted reset)" 3000000
	expect "$(answered "$LAB_DECOY")" 3000000
}

passes() { sender nc -z -w 5 -s "$2" "$1" 25; }

@test "a verdict holds from the next SYN on, IPv4 and IPv6" {
	local i

	lab_native
	fakemx decoy "$LAB_DECOY6"
	lab_smtp_server "$LAB_DECOY"
	lab_smtp_server "$LAB_DECOY6"
	for ((i = 0; i < 30; i++)); do
		fakemx allow "$LAB_SENDER"
		passes "$LAB_DECOY" "$LAB_SENDER"
		fakemx delete allow "$LAB_SENDER"
		refused "$LAB_DECOY" "$LAB_SENDER"
		fakemx allow "$LAB_SENDER6"
		passes "$LAB_DECOY6" "$LAB_SENDER6"
		refused "$LAB_DECOY6" "$LAB_OTHER6"
		passes "$LAB_DECOY6" "$LAB_SENDER6"
		fakemx delete allow "$LAB_SENDER6"
		refused "$LAB_DECOY6" "$LAB_SENDER6"
	done
	# None of them was left to try again.
	expect "$(counted reset)" 30
	expect "$(counted reset ipv6)" 60
}

@test "a verdict holds from the next SYN on when the file is another" {
	local i

	lab_native
	lab_smtp_server "$LAB_DECOY"
	policy "$LAB_SENDER" >with
	policy "$LAB_OTHER" >without
	for ((i = 0; i < 10; i++)); do
		fakemx load eth0 -c with
		passes "$LAB_DECOY" "$LAB_SENDER"
		refused "$LAB_DECOY" "$LAB_OTHER"
		fakemx load eth0 -c without
		refused "$LAB_DECOY" "$LAB_SENDER"
		passes "$LAB_DECOY" "$LAB_OTHER"
	done
}

# stays REASON: nothing is counted under it any more.
stays() {
	local before

	before=$(counted "$1")
	sleep 0.01
	expect "$(counted "$1")" "$before"
}

@test "a verdict holds in the midst of its sender's own SYNs" {
	local changes=0

	echo 10.1.0.1 >one
	syns_behind 40000000 1 1 one
	while going_on; do
		fakemx allow 10.1.0.1
		stays reset
		fakemx delete allow 10.1.0.1
		stays allowed
		changes=$((changes + 1))
	done
	stream_ends
	((changes > 5))
}

@test "an allowed sender is never reset while the policy changes around him" {
	local i changes=0

	addresses 1 100 >allowed
	mapfile -t hosts <allowed
	# Large ones: what is swapped takes its time.
	{
		policy "${hosts[@]}" 10.7.0.0/16
		addresses 20 65000 | sed 's/^/allow /'
	} >hosts
	{
		policy 10.1.0.0/24 10.8.0.0/16 "$LAB_OTHER"
		addresses 21 65000 | sed 's/^/allow /'
	} >network
	fakemx apply hosts
	syns_behind 40000000 1 2 allowed
	while going_on; do
		fakemx apply network --force >/dev/null
		for ((i = 1; i <= 5; i++)); do
			fakemx allow "10.1.0.$i"
			fakemx delete allow "10.1.0.$i"
			fakemx allow 10.0.0.0/8
			fakemx allow "10.9.0.$i" comment "another"
			fakemx delete allow 10.0.0.0/8
		done
		fakemx apply hosts --force >/dev/null
		changes=$((changes + 1))
	done
	stream_ends
	((changes > 3))
	expect "$(cat sent)" \
		"$(became 20000000 0 20000000 20000000 20000000 0)"
	expect "$(counted allowed)" 20000000
	expect "$(counted reset)" 20000000
}

# How many, and when that was, in ms.
answers_so_far() { echo "$(counted reset) $(date +%s%3N)"; }

# keep_to LIMIT [EVERY FILE]: two CPUs send, one of them to all kinds of ends and
# from 10.1.0.1 among others. Of answers there are that many in each second that
# was touched, give or take a tenth.
keep_to() {
	local limit=$1 mac other before after from to ms

	mac=$(host cat /sys/class/net/eth0/address)
	sender taskset -c 0 "$FAKEMX_BUILD/tests/synflood" eth0 "$mac" \
		1000000000 "$LAB_DECOY" "$LAB_REAL" 10.1.0.1 >/dev/null 3>&- &
	other=$!
	syns_behind 400000000 1 "${@:2}"
	taskset -pc $(($(nproc) - 1)) "${stream:?}"
	read -r before from < <(answers_so_far)
	sleep 5
	read -r after to < <(answers_so_far)
	going_on
	kill -0 "$other"
	kill "$stream" "$other"
	ms=$((to - from))
	echo "$((after - before)) answers in $ms ms"
	((after - before <= limit * (ms + 1000) * 11 / 10000))
	((after - before >= limit * (ms - 1000) * 9 / 10000))
	(($(counted rate_limited) > 0))
}

@test "all answers together keep to their limit, on two CPUs" {
	fakemx set rate-limit-total 5000
	keep_to 5000
}

@test "the answers to one sender keep to their limit, on two CPUs" {
	addresses 1 1 >one
	# So that nobody but him is answered.
	fakemx allow 100.64.0.0/10
	fakemx set rate-limit 1000
	keep_to 1000 1 one
}

# resize SIZE: there is room for so many, with the rest as it was.
resize() {
	fakemx set ledger-size "$1"
	expect "$(ledger capacity)" "$1"
	expect "$(fakemx list | grep ledger)" "set ledger-size $1"
}

@test "another size of the ledger keeps what there is room for" {
	local fitting

	addresses 1 200 >once
	addresses 2 1500 >again
	syns 200 1 1 once
	establish again
	known >before
	fitting=$("$FAKEMX_BUILD/tests/ledger" fit 1024)
	((fitting > 500 && fitting <= 1024))
	resize 1024
	expect "$(known | grep -c ' again$')" "$fitting"
	expect "$(known | comm -13 before -)" ""
	known >before
	resize 65536
	expect "$(kept before)" "$(ledger entries)"
	fakemx delete set ledger-size 65536
	expect "$(ledger capacity)" 262144
	expect "$(fakemx list | grep -c ledger)" 0
	expect "$(kept before)" "$(wc -l <before)"
}

@test "another size of the ledger leaves no packet unanswered, or uncounted" {
	local changes=0

	addresses 2 3000 >again
	syns_behind 32000000 1 4 again
	while going_on; do
		resize 1024
		resize 65536
		changes=$((changes + 1))
	done
	stream_ends
	((changes > 3))
	expect "$(cat sent)" \
		"$(became 24000000 0 24000000 8000000 0 8000000)"
	expect "$(counted reset)" 32000000
	known >after
}

@test "a ledger of a size out of range is an error of the command line" {
	local size

	for size in 1023 16777217 -1 4294968320 1k ''; do
		run -2 fakemx set ledger-size "$size"
	done
	expect "$(ledger capacity)" 262144
}

@test "an upgrade keeps the ledger, and the last unload removes it" {
	host ip link add eth1 type veth peer name eth2
	addresses 2 300 >again
	establish again
	known >before
	fakemx load eth1 --mode generic
	fakemx load eth0
	known | diff before -
	fakemx unload eth0
	known | diff before -
	fakemx load eth0 --mode native
	known | diff before -
	# It is the one that packets are noted in.
	syns 100 1 1 <(addresses 3 100)
	expect "$(ledger entries)" 400
	fakemx unload eth1
	fakemx unload eth0
	[[ ! -e $PINS ]]
	fakemx load eth0
	expect "$(ledger entries)" 0
}

# map NAME FIELD
map() { bpftool -j map show pinned "$PINS/policy/$1" | jq ".$2"; }

# metric NAME: its value.
metric() { fakemx metrics | awk -v name="$1" '$1 == name { print $2 }'; }

the_ledger_is_what_is_said_of_it() {
	local sets

	sets=$(map ledger max_entries)
	expect "$(map fronts max_entries)" "$sets"
	expect "$(ledger entries)" "$(known | wc -l)"
	expect "$(ledger capacity)" $((sets * 4))
	expect "$(ledger bytes)" $((sets * ($(map ledger bytes_value) + $(
		map fronts bytes_value))))
	expect "$(metric xdp_fakemx_ledger_entries)" "$(ledger entries)"
	expect "$(metric xdp_fakemx_ledger_capacity)" "$(ledger capacity)"
}

@test "status and metrics say of the ledger what its maps do" {
	the_ledger_is_what_is_said_of_it
	addresses 2 3000 >again
	establish again
	the_ledger_is_what_is_said_of_it
	fakemx set ledger-size 2048
	the_ledger_is_what_is_said_of_it
}

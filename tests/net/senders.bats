#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Who came, and what became of it: of senders whose visits are known.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	lab_visits_start
	fakemx real "$LAB_REAL"
	fakemx decoy "$LAB_DECOY6" role first
	fakemx real "$LAB_REAL6"
}
teardown() { lab_stop; }

# each FORMAT COUNT TARGET: one visit of each sender of a group, one network
# each.
each() {
	awk -v format="$1" -v count="$2" -v target="$3" 'BEGIN {
		for (i = 0; i < count; i++)
			printf format " %s\n", i / 256, i % 256, target
	}'
}

# truth CLASS FORMAT COUNT: what each of a group is to be called.
truth() { each "$2" "$3" "$1" | sort; }

seen() {
	fakemx senders -j |
		jq -r '.senders[] | .sender + " " + .class +
			if .neighbour then "*" else "" end' | sort
}

@test "two thousand senders are what their visits make of them" {
	fakemx allow 10.50.0.0/16
	{
		each 10.1%d.%d.9 500 "$LAB_DECOY" # and then the real one
		each 10.2%d.%d.9 400 "$LAB_DECOY"
		each 10.3%d.%d.9 300 "$LAB_LAST" # and then the first decoy
		each 10.4%d.%d.9 200 "$LAB_DECOY" # and a neighbour the real one
		each 10.5%d.%d.9 200 "$LAB_DECOY" # allowed
		each 2001:db8:1%d%02x::9 200 "$LAB_DECOY6"
	} | visits
	sleep 4 # ticks are of one second, and what is closer has no order
	{
		each 10.1%d.%d.9 500 "$LAB_REAL"
		each 10.3%d.%d.9 300 "$LAB_DECOY"
		each 10.4%d.%d.77 200 "$LAB_REAL"
		each 10.6%d.%d.9 300 "$LAB_REAL"
		each 2001:db8:1%d%02x::9 200 "$LAB_REAL6"
	} | visits
	{
		truth retried 10.1%d.%d.9 500
		truth waiting 10.2%d.%d.9 400
		truth backwards 10.3%d.%d.9 300
		truth "retried*" 10.4%d.%d.9 200
		truth direct 10.4%d.%d.77 200
		truth allowed 10.5%d.%d.9 200
		truth direct 10.6%d.%d.9 300
		truth retried 2001:db8:1%d%02x::9 200
	} | sort >expected
	seen >got
	diff expected got
	# Grace is over: nothing else changes.
	fakemx set grace-time 1s
	seen >got
	diff <(sed 's/waiting/lost/' expected) got
	expect "$(fakemx report -j | jq -c '[.classes[].senders]')" \
		"[900,200,0,400,300,500]"
	expect "$(fakemx metrics | grep -c 'xdp_fakemx_senders{class="lost"} 400')" 1
	expect "$(fakemx metrics | grep 'retry_delay_seconds_count{')" \
		'xdp_fakemx_retry_delay_seconds_count{interface="eth0"} 700'
}

@test "senders are chosen and put in order" {
	printf '%s\n' "192.0.2.1 $LAB_DECOY" "192.0.2.2 $LAB_REAL" \
		"192.0.2.3 $LAB_LAST" | visits 2
	expect "$(fakemx senders --sort sender -j | jq -r '.senders[].sender' | xargs)" \
		"192.0.2.1 192.0.2.2 192.0.2.3"
	expect "$(fakemx senders --class backwards -j | jq -r '.senders[].sender' | xargs)" \
		"192.0.2.3"
	expect "$(fakemx senders --sort sender --limit 2 -j | jq -r '.senders | length')" 2
	expect "$(fakemx senders --since 1h -j | jq -r '.senders | length')" 3
	expect "$(fakemx senders --since 2040-01-01 -j | jq -r '.senders | length')" 0
	run --separate-stderr fakemx senders --class backwards
	expect "${#lines[@]}" 2
	[[ ${lines[1]} =~ ^192.0.2.3\ +backwards\ +-\ +[-0-9T:Z]+\ +0\ +1\ +0$ ]]
}

# same BEFORE AFTER: but for a rounding of the clock.
same() {
	jq -en --slurpfile a "$1" --slurpfile b "$2" '
		def rows: .[0].senders | sort_by(.sender);
		def times: [.first_seen, .last_seen] | map(fromdate);
		def rest: del(.first_seen, .last_seen, .turned_away_since);
		($a | rows) as $a | ($b | rows) as $b |
		($a | map(rest)) == ($b | map(rest)) and
		([$a, $b | map(times) | add] | transpose |
			all((.[0] - .[1]) * (.[0] - .[1]) <= 1))'
}

@test "the ledger lasts over an upgrade, unload and load" {
	printf '%s\n' "192.0.2.1 $LAB_DECOY" "192.0.2.3 $LAB_LAST" \
		"2001:db8:7::9 $LAB_DECOY6" | visits 2
	fakemx senders -j >before
	fakemx load eth0
	fakemx senders -j >after
	same before after
	fakemx unload eth0 --ledger kept
	expect "$(stat -c %a kept)" 600
	fakemx load eth0 --ledger kept
	fakemx senders -j >after
	same before after
	# A visit to the real one now is a retry of what was before.
	fakemx real "$LAB_REAL"
	echo "192.0.2.1 $LAB_REAL" | visits
	expect "$(fakemx senders --class retried -j | jq -r '.senders[].sender')" \
		192.0.2.1
	fakemx unload --all --ledger kept
	fakemx load eth0 --ledger kept
	expect "$(fakemx senders -j | jq '.senders | length')" 3
}

# A host is to have its decoys after an upgrade, whatever is on its disk.
@test "a ledger of another version begins anew" {
	fakemx unload --all --ledger kept
	printf '\001' | dd of=kept bs=1 seek=16 conv=notrunc status=none
	run fakemx load eth0 --ledger kept
	expect "$status" 0
	[[ $output == *"kept: a ledger of another version of xdp-fakemx, or of a host with another byte order: the ledger begins empty"* ]]
	expect "$(fakemx senders -j | jq '.senders | length')" 0
}

@test "a ledger that cannot be written or read changes nothing" {
	echo "192.0.2.1 $LAB_DECOY" | visits
	run fakemx unload eth0 --ledger /nowhere/ledger
	expect "$status" 1
	[[ $output == *"/nowhere/ledger: No such file or directory"* ]]
	run fakemx unload --all --ledger /nowhere/ledger
	expect "$status" 1
	expect "$(fakemx senders -j | jq '.senders | length')" 1
	fakemx senders --export kept
	truncate -s -1 kept
	fakemx unload eth0
	run fakemx load eth0 --ledger kept
	expect "$status" 2
	[[ $output == *"kept: cut short"* ]]
	run fakemx status
	expect "$status" 3
	fakemx load eth0 --ledger missing
	expect "$(fakemx senders -j | jq '.senders | length')" 0
}

@test "senders are forgotten by their age" {
	printf '%s\n' "192.0.2.1 $LAB_DECOY" "2001:db8:7::9 $LAB_DECOY6" |
		visits
	sleep 4
	echo "192.0.2.2 $LAB_DECOY" | visits
	fakemx set ledger-max-age 3s
	expect "$(fakemx senders -j | jq -r '.senders[].sender')" 192.0.2.2
	# Not only out of sight.
	expect "$(fakemx status -j | jq .ledger.entries)" 1
	fakemx senders --export kept
	run ! grep -qaF "$(printf '\x20\x01\x0d\xb8')" kept
	run ! grep -qaF "$(printf '\x20\x01\x0d\xb8')" \
		<(bpftool map dump pinned /sys/fs/bpf/xdp-fakemx/policy/ledger)
	expect "$(fakemx list | grep max-age)" "set ledger-max-age 3s"
}

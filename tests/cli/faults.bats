#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What goes wrong around the tool: the protection stays, or what was before does.

load ../net/helpers

setup() {
	lab_start
	pins=/sys/fs/bpf/xdp-fakemx
}
teardown() {
	mount -o remount,bind,rw /sys/fs/bpf
	umount "$BATS_TEST_TMPDIR/full" 2>/dev/null || true
	lab_stop
}

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
	local pin

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
	for ((n = 1 + RANDOM % 11; n < 200; n += 11)); do
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

# As it is when everything is well.
well() {
	expect "$(statements)" "$(printf '%s\n' "decoy $LAB_DECOY role first" \
		"decoy $LAB_LAST6 role last" 'allow 192.0.2.0/24 comment "one"' \
		'allow 2001:db8:9::/48 comment "two"')"
	attached
}

@test "on a bpffs that is read-only nothing changes, and what is loaded is read" {
	local command

	mount -o remount,bind,ro /sys/fs/bpf
	run fakemx load eth0
	expect "$status: $output" "1: xdp-fakemx: $pins: Read-only file system"
	mount -o remount,bind,rw /sys/fs/bpf
	policy >/dev/null
	mount -o remount,bind,ro /sys/fs/bpf
	fakemx list >"$BATS_TEST_TMPDIR/conf"
	echo 'allow 192.0.2.1' >>"$BATS_TEST_TMPDIR/conf"
	for command in status senders metrics "test 192.0.2.1"; do
		# shellcheck disable=SC2086
		fakemx $command >/dev/null
	done
	for command in "apply $BATS_TEST_TMPDIR/conf" "set ledger-size 4096" \
		"load eth0" "unload eth0" "unload --all"; do
		# shellcheck disable=SC2086
		run fakemx $command
		echo "$command: $status: $output"
		expect "$status" 1
		[[ $output == *"Read-only file system"* ]]
		well
	done
	mount -o remount,bind,rw /sys/fs/bpf
	refused "$LAB_DECOY"
	fakemx apply "$BATS_TEST_TMPDIR/conf"
}

# instead PIN KIND: puts something in its place that is not what was there.
instead() {
	case $2 in
	directory) mkdir "$1" ;;
	program) bpftool prog pin pinned "$pins/kept_prog" "$1" ;;
	map) bpftool map create "$1" type queue key 0 value 4 entries 1 \
		name other ;;
	esac
}

@test "whatever is in the place of a pin is told, and stays" {
	local pin kind

	policy >/dev/null
	bpftool prog pin pinned "$pins/if/eth0/prog" "$pins/kept_prog"
	for pin in policy/{layout,state,policy,rules,notes,sources,ledger,fronts,events} \
		if/eth0/{about,link}; do
		mv "$pins/$pin" "$pins/kept"
		for kind in directory program map; do
			instead "$pins/$pin" "$kind"
			run fakemx list
			echo "$pin, $kind: $status: $output"
			expect "$status" 1
			[[ $output == *"xdp-fakemx: $pins/$pin: "* ]]
			run fakemx allow 192.0.2.1
			expect "$status" 1
			[[ -e $pins/$pin ]]
			rm -d "$pins/$pin"
		done
		mv "$pins/kept" "$pins/$pin"
	done
	for pin in prog tally rate; do
		mv "$pins/if/eth0/$pin" "$pins/kept"
		for kind in directory map; do
			instead "$pins/if/eth0/$pin" "$kind"
			run fakemx load eth0
			echo "$pin, $kind: $status: $output"
			expect "$status" 1
			[[ $output == "xdp-fakemx: "* ]]
			rm -d "$pins/if/eth0/$pin"
		done
		mv "$pins/kept" "$pins/if/eth0/$pin"
	done
	well
	refused "$LAB_DECOY"
	mv "$pins/policy/rules" "$pins/kept"
	mkdir "$pins/policy/rules"
	fakemx unload --all
	[[ ! -e $pins ]]
}

@test "an interface that goes down, or comes back, answers as before" {
	policy >/dev/null
	host ip link set eth0 down
	well
	host ip link set eth0 up
	host ip route add 203.0.113.0/24 dev eth0
	lab_wait refused "$LAB_DECOY"
	# Deleted, and made anew by the same name.
	sender ip link del eth0
	run fakemx status
	[[ $output == *"eth0: gone, was loaded"* ]]
	fakemx allow 192.0.2.1
	ip link add eth0 netns sender type veth peer name eth0 netns host
	run fakemx status
	[[ $output == *"eth0: gone, was loaded"* ]]
	fakemx load eth0
	attached
	expect "$(fakemx status -j | jq '.interfaces | length')" 1
	[[ $(fakemx list) == *"allow 192.0.2.1"* ]]
}

@test "an interface that is moved to another host is told, and let go" {
	policy >/dev/null
	host ip link add eth1 type veth peer name eth2
	fakemx load eth1
	host ip link set eth1 netns sender
	run fakemx status
	echo "$output"
	[[ $output == *"eth1: "* ]]
	run fakemx load eth1
	expect "$status" 1
	[[ $output == *"eth1: no such interface" ]]
	fakemx unload eth1
	expect "$(sender ip -j link show eth1 | jq '.[0].xdp')" null
	well
}

@test "a full disk is told, and the file that was there stays" {
	local name command

	policy >/dev/null
	refused "$LAB_DECOY"
	cd "$BATS_TEST_TMPDIR"
	mkdir full
	mount -t tmpfs -o size=64k tmpfs full
	for name in conf prom list guard senders html ledger; do
		echo old >"full/$name"
	done
	dd if=/dev/zero of=full/filler bs=4k 2>/dev/null || true
	for command in "save full/conf" "metrics --textfile full/prom" \
		"export plain --output full/list" \
		"export guard --output full/guard" \
		"senders --export full/senders" "report --html full/html" \
		"unload eth0 --ledger full/ledger" \
		"unload --all --ledger full/ledger"; do
		# shellcheck disable=SC2086
		run fakemx $command
		name=${command##* }
		expect "$status: $output" \
			"1: xdp-fakemx: $name: No space left on device"
		expect "$(<"$name")" old
	done
	expect "$(ls full)" "$(printf '%s\n' conf filler guard html ledger list \
		prom senders)"
	for command in list stats status metrics senders report "export guard" \
		"test 192.0.2.1"; do
		echo "$command"
		run host bash -c "\"$FAKEMX\" $command >/dev/full"
		expect "$status: $output" \
			"1: xdp-fakemx: standard output: No space left on device"
	done
	umount full
	well
}

# changed_meanwhile PATH CHANGE COMMAND...: the tool, which reads PATH slowly; when
# it has a part of it, the shell is told CHANGE.
changed_meanwhile() {
	local path=$1 change=$2 pid status=0
	shift 2

	: >reads
	host strace -o reads -P "$path" -e trace=read \
		-e inject=read:delay_exit=2000000:when=1 "$FAKEMX" "$@" \
		>said 2>&1 &
	pid=$!
	lab_wait test -s reads
	eval "$change"
	wait "$pid" || status=$?
	return $status
}

@test "a file that is written to while it is read is not taken for a policy" {
	local path=$BATS_TEST_TMPDIR/conf list=$BATS_TEST_TMPDIR/list

	cd "$BATS_TEST_TMPDIR" || return
	policy >/dev/null
	fakemx list >before
	# Longer than what is read at a time.
	{
		cat before
		printf 'allow 10.1.%d.0/24\n' {1..255}
	} >longer
	sed 's/10\.1\./10.2./' longer >another
	cp longer conf
	run -2 changed_meanwhile "$path" 'cat another >conf' \
		apply conf
	expect "$(cat said)" "xdp-fakemx: conf: was changed while it was read"
	expect "$(fakemx list)" "$(cat before)"
	# Cut short, and not yet written again.
	cp longer conf
	run -2 changed_meanwhile "$path" ': >conf' apply conf --force
	expect "$(cat said)" "xdp-fakemx: conf: was changed while it was read"
	# Replaced as a whole: it is the one that was opened.
	cp longer conf
	changed_meanwhile "$path" 'mv another conf' apply conf
	fakemx list | sort | diff - <(sort longer)
	fakemx apply conf --force >/dev/null
	fakemx list | sort | diff - <(sed 's/10\.1\./10.2./' longer | sort)
	# A list is no other.
	printf '10.3.%s\n' {1..3}.{0..255} >list
	fakemx allow "file:$list"
	run -2 changed_meanwhile "$list" \
		"printf '10.4.%s\n' {1..3}.{0..255} >list" refresh
	[[ $(cat said) == *"$list: was changed while it was read"* ]]
	expect "$(fakemx test 10.3.2.1 -j | jq -r .reason)" allowed
	expect "$(fakemx test 10.4.2.1 -j | jq -r .reason)" reset
}

@test "a program that has a wrong time is told the right one by whatever reads" {
	local -a bytes
	local state=$pins/policy/state

	policy >/dev/null
	fakemx allow 192.0.2.1 for 1h
	# Its hour is over, by a clock that was two hours ahead when it was set.
	read -ra bytes < <(bpftool map dump pinned "$state" -j |
		jq -r '.[0].value | map(ltrimstr("0x")) | join(" ")')
	epoch=$((($(date +%s) + 7200 - $(cut -d . -f 1 /proc/uptime)) * 1000000000))
	for ((i = 0; i < 8; i++)); do
		bytes[48 + i]=$(printf %02x $((epoch >> 8 * i & 255)))
	done
	fakemx list >/dev/null
	fakemx delete allow 192.0.2.0/24
	bpftool map update pinned "$state" key 0 0 0 0 value hex "${bytes[@]}"
	expect "$(bpftool map dump pinned "$state" -j | jq -c '.[0].value[48:56]')" \
		"$(printf '"0x%s",' "${bytes[@]:48:8}" | sed 's/.*/[&]/; s/,]/]/')"
	fakemx metrics >/dev/null
	expect "$(fakemx test 192.0.2.1 -j | jq -r .reason)" allowed
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What the tool may do: no more than the command takes.

load ../net/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	lab_start
	fakemx load eth0 -c <(printf '%s\n' "decoy $LAB_DECOY" \
		'allow 192.0.2.0/24 comment "one"') >/dev/null
}
teardown() { lab_stop; }

# What asks, and changes nothing.
reading=(list stats status senders metrics report 'export guard'
	'export plain' 'senders --export out' 'apply same --dry-run'
	'refresh --dry-run' 'save saved')

# calls COMMAND...: its bpf() calls are in `calls`.
calls() {
	host strace -f -o calls -e trace=bpf,mmap "$FAKEMX" "$@" >/dev/null
	grep -q BPF_OBJ_GET, calls
}

# What was opened for more than reading, by the names of the pins.
opened_to_change() {
	grep BPF_OBJ_GET, calls | grep -v file_flags=BPF_F_RDONLY |
		sed 's|.*pathname="/sys/fs/bpf/xdp-fakemx/\([^"]*\)".*|\1|' |
		sort -u
}

@test "what only reads opens no map to write in it" {
	local command link=if/eth0/link

	fakemx list >same
	for command in "${reading[@]}"; do
		echo "$command"
		# shellcheck disable=SC2086
		calls $command
		run ! grep -E 'BPF_[A-Z_]*(UPDATE|DELETE|CREATE|PIN|LOAD|ATTACH|DETACH)' calls
		run ! grep -E 'PROT_WRITE.*MAP_SHARED' calls
		# The kernel knows no link for reading alone, and maps the
		# ledger's memory only by a descriptor that could do more.
		run opened_to_change
		[[ $output == "$link" || $output == "$link"$'\n'policy/ledger ]]
	done
	calls allow 192.0.2.1
	opened_to_change | grep -qx policy/rules
}

@test "a clock that was set is told to the program by whatever reads" {
	calls list
	run ! grep -q policy/state <(opened_to_change)
	# The program believes that it is earlier by the time since 1970.
	bpftool map dump pinned /sys/fs/bpf/xdp-fakemx/policy/state -j |
		jq -r '.[0].value | map(ltrimstr("0x")) | join(" ")' >state
	read -ra bytes <state
	bytes[48]=00 bytes[49]=00 bytes[50]=00 bytes[51]=00
	bytes[52]=00 bytes[53]=00 bytes[54]=00 bytes[55]=00
	bpftool map update pinned /sys/fs/bpf/xdp-fakemx/policy/state \
		key 0 0 0 0 value hex "${bytes[@]}"
	calls list
	opened_to_change | grep -qx policy/state
	calls list
	run ! grep -q policy/state <(opened_to_change)
}

# caps COMMAND...: what is permitted to it, from its start on.
caps() {
	host strace -o calls -e trace=capset "$FAKEMX" "$@" >/dev/null 2>&1 ||
		true
	head -n 1 calls | grep -o 'permitted=[^,]*' | grep -o 'CAP_[A-Z_]*' |
		sort | tr '\n' ' '
}

change='CAP_BPF CAP_NET_ADMIN CAP_PERFMON '
host='CAP_BPF CAP_DAC_READ_SEARCH CAP_NET_ADMIN CAP_PERFMON CAP_SYS_ADMIN CAP_SYS_PTRACE '
read_files='CAP_BPF CAP_DAC_READ_SEARCH '
write_files='CAP_BPF CAP_DAC_OVERRIDE CAP_FOWNER '
change_by_files='CAP_BPF CAP_DAC_READ_SEARCH CAP_NET_ADMIN CAP_PERFMON '

@test "a command gives up what it does not take" {
	fakemx list >same
	expect "$(caps list)" 'CAP_BPF '
	expect "$(caps stats)" 'CAP_BPF '
	expect "$(caps senders)" 'CAP_BPF '
	expect "$(caps metrics)" 'CAP_BPF '
	expect "$(caps top)" 'CAP_BPF '
	expect "$(caps metrics --textfile x)" "$write_files"
	expect "$(caps senders --export x)" "$write_files"
	expect "$(caps save x)" "$write_files"
	expect "$(caps report)" "$read_files"
	expect "$(caps export guard)" "$read_files"
	expect "$(caps apply same --dry-run)" "$read_files"
	expect "$(caps status)" 'CAP_BPF CAP_NET_ADMIN '
	expect "$(caps test 192.0.2.1)" "$change"
	expect "$(caps decoy 192.0.2.1)" "$change"
	expect "$(caps allow 192.0.2.1)" "$change_by_files"
	expect "$(caps apply same)" "$change_by_files"
	expect "$(caps check same)" 'CAP_DAC_READ_SEARCH '
	expect "$(caps load eth0)" "$host"
	expect "$(caps unload eth0)" "$change"
}

# What is only at hand is in force where it is used alone.
@test "load is no administrator of the host but to mount and to name" {
	fakemx unload eth0
	host strace -o calls -e trace=capset "$FAKEMX" load eth0 >/dev/null
	run ! grep -E 'effective=[^,]*CAP_SYS' calls
	fakemx unload eth0
	umount /sys/fs/bpf
	host strace -o calls -e trace=capset,mount "$FAKEMX" load eth0 >/dev/null
	expect "$(grep -oE '^mount|effective=[^,]*CAP_SYS_ADMIN|^capset' calls |
		tr '\n' ' ' | sed 's/effective=[^ ]*/raised/g')" \
		'capset capset raised mount capset '
}

in_status() { awk -v key="$1:" '$1 == key { print $2 }' "/proc/$pid/status"; }

@test "events and top wait with one capability, and can gain no other" {
	local program pid of

	"$FAKEMX" events --follow >/dev/null 3>&- &
	host env TERM=xterm script -qfec "$FAKEMX top" screen </dev/null >/dev/null 3>&- &
	for program in events top; do
		pid=
		lab_wait waits "$program"
		for of in CapPrm CapEff; do
			expect "$program $of $(in_status $of)" \
				"$program $of 0000008000000000"
		done
		expect "$(in_status CapInh)" 0000000000000000
		expect "$(in_status NoNewPrivs)" 1
	done
}
waits() {
	pid=$(pgrep -nf "^$FAKEMX $1") && [[ $(in_status NoNewPrivs) == 1 ]]
}

# with CAPS COMMAND...: as root, with no other capability.
with() {
	host setpriv --bounding-set="-all${1// /,+}" --inh-caps=-all \
		"$FAKEMX" "${@:2}"
}

@test "with CAP_BPF alone everything can be read, and nothing changed" {
	local command

	fakemx list >same
	for command in "${reading[@]}"; do
		echo "$command"
		# shellcheck disable=SC2086
		with ' bpf' $command >/dev/null
	done
	for command in "allow 192.0.2.1" "test 192.0.2.1" "unload eth0" \
		"load eth0" "apply same"; do
		# shellcheck disable=SC2086
		run with ' bpf' $command
		expect "$status: $output" "1: xdp-fakemx: not permitted: run it as root, or with CAP_NET_ADMIN CAP_PERFMON"
	done
	run with '' list
	expect "$status: $output" "1: xdp-fakemx: not permitted: run it as root, or with CAP_BPF"
	expect "$(fakemx list)" "$(cat same)"
}

@test "with the three capabilities everything can be changed" {
	local command caps=' bpf net_admin perfmon'

	fakemx list >same
	for command in "allow 192.0.2.1" "set rate-limit 7" "test 192.0.2.1" \
		"set ledger-size 4096" "delete allow 192.0.2.1" "apply same" \
		refresh status "load eth0" "unload eth0" "load eth0" \
		"unload --all"; do
		echo "$command"
		# shellcheck disable=SC2086
		with "$caps" $command >/dev/null
	done
	expect "$(with '' check same)" "$(fakemx check same)"
}

@test "files of others are read, and written beside theirs" {
	mkdir -m 0700 theirs
	echo 'allow 192.0.2.9' >theirs/conf
	cp theirs/conf theirs/log
	chmod 0600 theirs/*
	chown -R 65534:65534 theirs
	fakemx check theirs/conf
	fakemx apply theirs/conf --force >/dev/null
	fakemx report --maillog theirs/log >/dev/null 2>&1
	fakemx save theirs/conf
	fakemx metrics --textfile theirs/prom
	fakemx export plain --output theirs/plain
	fakemx senders --export theirs/senders
	fakemx report --html theirs/html
	fakemx load eth0 --ledger theirs/senders >/dev/null
	fakemx unload eth0 --ledger theirs/senders
}

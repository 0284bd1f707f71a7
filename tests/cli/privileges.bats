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

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The units: as systemd reads them, and what they run, with no more than they
# leave it. scripts/package-test starts them for real.

load ../net/helpers

setup_file() {
	unset MAKEFLAGS
	make -s -C "$BATS_TEST_DIRNAME/../.." install-units \
		UNITDIR="$BATS_FILE_TMPDIR/units" SBINDIR="$(dirname "$FAKEMX")"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export STATE_DIRECTORY=$PWD/state RUNTIME_DIRECTORY=$PWD/run
	export TEXTFILE=$PWD/text/xdp_fakemx.prom OPTIONS=""
	mkdir state run text
	cp -r "$BATS_FILE_TMPDIR/units" units
	UNITS=$PWD/units
	lab_start
	own_etc
	config "decoy $LAB_DECOY"
}
teardown() {
	host_etc
	lab_stop
}

config() { printf '%s\n' "$@" >/etc/xdp-fakemx.conf; }

# The view that a unit has of the host, and its capabilities.
# shellcheck disable=SC2016
sandbox='
	for dir in "$STATE_DIRECTORY" "$RUNTIME_DIRECTORY" "${TEXTFILE%/*}"; do
		mount --bind "$dir" "$dir"
	done
	mount -t proc -o "hidepid=invisible$PROC" proc /proc
	mount -o remount,bind,ro /
	mount -o remount,bind,ro /etc
	mount -o remount,bind,ro /sys
	if [[ $TUNABLES ]]; then
		[[ -z $PINS || ! -e $PINS ]] || mount --bind "$PINS" "$PINS"
		mount -o remount,bind,ro /sys/fs/bpf
	fi
	eval "exec setpriv --bounding-set=$CAPS --inh-caps=-all \
		--no-new-privs $COMMAND"'

setting() { sed -n "s/^$2=//p" "$UNITS/$1.service"; }

capabilities() {
	local all

	all=$(setting "$1" CapabilityBoundingSet)
	all=${all//CAP_/,+}
	all=-all${all// /}
	echo "${all,,}"
}

# as_unit UNIT KEY: what it runs, to the first that fails; a service that starts
# has done before what is done outside of the sandbox.
as_unit() {
	local command pins proc='' tunables=''

	[[ $2 != ExecStart ]] ||
		eval "$(setting "$1" ExecStartPre | sed -n 's/^+//p')"
	[[ $(setting "$1" ProtectKernelTunables) != yes ]] || tunables=yes
	pins=$(setting "$1" ReadWritePaths | sed -n 's|^-\(/sys/.*\)|\1|p')
	[[ $(setting "$1" ProcSubset) != pid ]] || proc=,subset=pid
	while read -r command; do
		PROC=$proc CAPS=$(capabilities "$1") COMMAND=${command//%I/eth0} \
			PINS=$pins TUNABLES=$tunables host unshare --mount \
			--propagation private bash -euc "$sandbox" || return
	done < <(setting "$1" "$2")
}

guard_is_loaded() { host nft list table inet xdp_fakemx >/dev/null 2>&1; }

@test "systemd finds nothing to say about the units" {
	local units=("$UNITS"/*) unit

	(( ${#units[@]} == 7 ))
	cp "$UNITS/xdp-fakemx@.service" xdp-fakemx@eth0.service
	run systemd-analyze verify --man=no "$UNITS"/*-*.* ./*.service
	expect "$output" ""
	expect "$status" 0
	sed -i 's|^ExecStop=.*|ExecStop=/nowhere|' xdp-fakemx@eth0.service
	run -1 systemd-analyze verify --man=no ./xdp-fakemx@eth0.service
}

@test "the exposure of each service is under 2.0" {
	local unit

	for unit in "$UNITS"/*.service; do
		exposed "$unit"
	done
	sed -i '/^ProtectKernelTunables/d' "$UNITS/xdp-fakemx@.service"
	run -1 exposed "$UNITS/xdp-fakemx@.service"
}
exposed() {
	systemd-analyze security --no-pager --offline=yes --threshold=19 "$1"
}

# What systemd takes away can come back: the order of the lines matters.
@test "whatever has CAP_BPF has bpf()" {
	local unit

	for unit in "$UNITS"/*.service; do
		if grep -q '^CapabilityBoundingSet=.*CAP_BPF' "$unit"; then
			expect "$(grep ^SystemCallFilter "$unit" | tail -1)" \
				"SystemCallFilter=bpf"
		fi
	done
}

@test "no service has a capability that it can do without" {
	local cap unit

	as_unit xdp-fakemx@ ExecStart
	for unit in xdp-fakemx{@,-refresh,-metrics,-events,-guard}; do
		for cap in $(setting "$unit" CapabilityBoundingSet); do
			cp "$BATS_FILE_TMPDIR/units/$unit.service" "$UNITS"
			sed -i "/^CapabilityBoundingSet=/s/ *$cap//" \
				"$UNITS/$unit.service"
			run as_unit "$unit" ExecStart
			echo "$unit: $cap: $status: $output"
			expect "$status" 1
			[[ $output == *"not permitted"* ]]
		[[ $unit == *-guard || $output == *"$cap" ]]
		done
	done
}

@test "the loader loads, reloads and unloads" {
	as_unit xdp-fakemx@ ExecStart
	refused "$LAB_DECOY"
	config "decoy $LAB_LAST"
	as_unit xdp-fakemx@ ExecReload
	expect "$(fakemx list)" "decoy $LAB_LAST role first"
	refused "$LAB_LAST"
	as_unit xdp-fakemx@ ExecStop
	[[ -z $(ls -A /sys/fs/bpf/xdp-fakemx) ]]
}

@test "a wrong configuration is not reloaded" {
	as_unit xdp-fakemx@ ExecStart
	config "decoy 198.51.100.300"
	run as_unit xdp-fakemx@ ExecReload
	expect "$status" 2
	expect "$(fakemx list)" "decoy $LAB_DECOY role first"
}

attempts() { fakemx senders -j | jq '.senders[].attempts_first'; }

@test "the loader keeps the ledger, and what is loaded twice is counted once" {
	as_unit xdp-fakemx@ ExecStart
	refused "$LAB_DECOY"
	as_unit xdp-fakemx@ ExecStop
	expect "$(stat -c %a state/ledger)" 600
	as_unit xdp-fakemx@ ExecStart
	expect "$(attempts)" 1
	host ip link add eth1 type veth peer name other
	sed -i 's/%I/eth1/' "$UNITS/xdp-fakemx@.service"
	as_unit xdp-fakemx@ ExecStart
	expect "$(attempts)" 1
}

@test "the guard is loaded, reloaded and taken away" {
	as_unit xdp-fakemx-guard ExecStart
	host nft list set inet xdp_fakemx decoys4 | grep -qF "$LAB_DECOY"
	config "decoy $LAB_LAST"
	as_unit xdp-fakemx-guard ExecReload
	host nft list set inet xdp_fakemx decoys4 | grep -qF "$LAB_LAST"
	as_unit xdp-fakemx-guard ExecStop
	run ! guard_is_loaded
	as_unit xdp-fakemx-guard ExecStop
}

@test "the guard stays as it is where the configuration is wrong" {
	as_unit xdp-fakemx-guard ExecStart
	config nonsense
	run as_unit xdp-fakemx-guard ExecReload
	expect "$status" 2
	host nft list set inet xdp_fakemx decoys4 | grep -qF "$LAB_DECOY"
	as_unit xdp-fakemx-guard ExecStop
	run as_unit xdp-fakemx-guard ExecStart
	expect "$status" 2
	run ! guard_is_loaded
}

@test "lists are refreshed" {
	echo 192.0.2.0/24 >/etc/partners.list
	config "decoy $LAB_DECOY" "allow file:/etc/partners.list"
	as_unit xdp-fakemx@ ExecStart
	echo "$LAB_SENDER" >/etc/partners.list
	as_unit xdp-fakemx-refresh ExecStart
	refused "$LAB_DECOY" # by the kernel: nobody listens
	expect "$(counted allowed)" 1
	expect "$(counted reset)" 0
}

@test "the textfile is written, whether something is loaded or not" {
	as_unit xdp-fakemx-metrics ExecStart
	run ! grep xdp_fakemx_up "$TEXTFILE"
	as_unit xdp-fakemx@ ExecStart
	as_unit xdp-fakemx-metrics ExecStart
	grep -qxF 'xdp_fakemx_up{interface="eth0"} 1' "$TEXTFILE"
	expect "$(stat -c %a "$TEXTFILE")" 644
}

@test "events are told until the last interface goes" {
	as_unit xdp-fakemx@ ExecStart
	host ip route add 10.0.0.0/8 dev eth0
	as_unit xdp-fakemx-events ExecStart >events 3>&- &
	lab_wait told
	as_unit xdp-fakemx@ ExecStop
	wait $!
	jq -es 'all(.reason == "reset")' events
}
# What the same sender sends within ten seconds is one attempt.
told() {
	visitor=$((${visitor:-0} + 1))
	lab_visit "10.1.$visitor.25" "$LAB_DECOY"
	grep -q '"reason"' events
}

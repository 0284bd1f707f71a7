#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# All at once, for SOAK seconds, 120 if not said: a flood of all kinds, real
# connections, policies that swap, metrics, a reader of the events, an interface
# that comes and goes. Every packet is accounted for, no allowed connection is
# lost, and nothing is left over.

load helpers

PINS=/sys/fs/bpf/xdp-fakemx
# All of this takes its time on a busy machine.
export LAB_PATIENCE=60

setup() { cd "$BATS_TEST_TMPDIR" || return; }
teardown() { lab_stop; }

begin() {
	lab_start
	lab_native
	printf '%s\n' "decoy $LAB_DECOY" "decoy $LAB_LAST role last answer verify" \
		"real $LAB_REAL" "allow $LAB_SENDER" >a.conf
	{
		cat a.conf
		printf 'allow 10.1.%d.0/24\n' {1..255}
		echo "decoy $LAB_DECOY6"
	} >b.conf
	fakemx load eth0 --mode native -c a.conf
	lab_smtp_server "$LAB_DECOY"
	# What makes the test fail is written here by what runs beside it.
	: >failed
	: >seen
	END=$((SECONDS + ${SOAK:-120}))
}
goes_on() { ((SECONDS < END)); }
fails_with() { echo "$*" >>failed; }

# A segment that is lost on the wire was in no program: by the device's count.
flood() {
	local mac sent

	mac=$(host cat /sys/class/net/eth0/address)
	while goes_on; do
		sent=$(sender "$FAKEMX_BUILD/tests/synflood" eth0 "$mac" 350000 \
			"$LAB_DECOY" "$LAB_REAL" 203.0.113.9) ||
			fails_with "flood: $sent"
		echo "$sent" >>sent
	done
}

connect() {
	while goes_on; do
		greeted "$LAB_DECOY" >out 2>&1 ||
			fails_with "not greeted: $(cat out)"
		refused "$LAB_DECOY" "$LAB_OTHER" >out2 2>&1 ||
			fails_with "not refused: $(cat out2)"
		echo once >>refusals
		sender nc -w 2 -s "$LAB_OTHER" "$LAB_LAST" 25 </dev/null &>out3 ||
			true
		echo once >>cookies
	done
}

swap() {
	local conf

	while goes_on; do
		for conf in b.conf a.conf; do
			fakemx apply "$conf" --force >swapped 2>&1 ||
				fails_with "apply: $(cat swapped)"
		done
		fakemx load eth0 -c a.conf >swapped 2>&1 ||
			fails_with "upgrade: $(cat swapped)"
		echo once >>swaps
	done
}

measure() {
	while goes_on; do
		fakemx metrics --textfile "$PWD/fakemx.prom" >measured 2>&1 ||
			fails_with "metrics: $(cat measured)"
		"$FAKEMX" stats -j >"stats.$((SECONDS % 2))"
		bpftool -f -j map show | jq -r '.[] | select(.pinned // [] |
			any(startswith("/sys/fs/bpf/xdp-fakemx"))) | .id' >>seen
		sleep 1
	done
}

# An interface that is brought down, renamed, removed and made again.
flap() {
	while goes_on; do
		ip link add flap0 netns host type veth peer name flap1 netns host
		host ip link set flap1 up
		host ip link set flap0 up
		fakemx load flap0 >flapped 2>&1 ||
			fails_with "load flap0: $(cat flapped)"
		host ip link set flap0 down
		host ip link set flap0 name flap2
		host ip link set flap2 up
		if ((RANDOM % 2)); then
			host ip link del flap2
			fakemx unload flap0 >flapped 2>&1
		else
			fakemx unload flap0 >flapped 2>&1
			host ip link del flap2
		fi || fails_with "unload flap0: $(cat flapped)"
		echo once >>flaps
	done
}

# of PID: what it holds, which is the same at any time.
holds() { find "/proc/$1/fd" -mindepth 1 | wc -l; }
memory() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }

follow() {
	nsenter --net=/run/netns/host "$FAKEMX" events --follow -j >told \
		2>said 3>&- &
	reader=$!
	lab_wait is_told
}
is_told() {
	refused "$LAB_DECOY" "$LAB_OTHER" && echo once >>refusals
	[[ -s told ]]
}

pins() { find "$PINS" | sort; }
dropped() {
	host ip -s -j link show eth0 | jq '.[0].stats64.rx.dropped'
}
total() { awk -v of="$1" '$1 == of { sum += $2 } END { print sum + 0 }' sent; }

# What was counted is what was sent, but for what the wire has lost.
account_for() {
	local reason=$1 wanted=$2 is

	is=$(counted "$reason")
	echo "$reason: $wanted, counted $is"
	((is <= wanted))
	missing=$((missing + wanted - is))
}

# gone FILE: maps with these numbers are no more, as soon as nobody uses them.
gone() {
	[[ -z $(bpftool -j map show | jq -r '.[].id' | sort | comm -12 - "$1") ]]
}

@test "all at once: nothing is lost, and nothing is left" {
	local missing=0 reader before_pins before_fds before_memory reason job

	begin
	before_pins=$(pins)
	follow
	before_fds=$(holds "$reader")
	before_memory=$(memory "$reader")
	for job in flood connect swap measure flap; do
		$job 3>&- &
		jobs+=("$!")
	done
	wait "${jobs[@]}"
	expect "$(cat failed)" ""
	wc -l sent refusals cookies swaps flaps seen told

	for reason in real rst martian fragment bad_checksum; do
		account_for "$reason" "$(total "$reason")"
	done
	account_for reset "$(($(total reset) + $(total allowed) +
		$(wc -l <refusals)))"
	account_for verified "$(wc -l <cookies)"
	echo "missing: $missing, dropped by the device: $(dropped)"
	((missing <= $(dropped)))

	kill -0 "$reader"
	expect "$(holds "$reader")" "$before_fds"
	(($(memory "$reader") < before_memory + 1024))
	expect "$(cat said)" ""
	kill "$reader"
	wait "$reader"
	expect "$(pins)" "$before_pins"
	bpftool -f -j map show | jq -r '.[] | select(.pinned // [] |
		any(startswith("/sys/fs/bpf/xdp-fakemx"))) | .id' | sort >now
	sort -u seen | comm -23 - now >old
	lab_wait gone old
	fakemx unload --all
	lab_wait gone now
	[[ ! -e $PINS ]]
	run ! grep prog/xdp <<<"$(host ip link show eth0)"
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The tool in a real terminal, tmux's: what stands on the screen for real
# traffic, and that the terminal is afterwards what it was.

load helpers

setup() {
	unset TMUX
	export LC_ALL=C.UTF-8 FAKEMX
	lab_start
	fakemx load eth0 --mode generic
	fakemx decoy "$LAB_DECOY" role first
	fakemx real "$LAB_REAL"
}
teardown() {
	terminal kill-server || true
	lab_stop
}

# Each has a directory of its own, where its files are.
terminal() { tmux -S "$PWD/terminal" -f /dev/null "$@"; }
screen() { terminal capture-pane -p "$@"; }
typed() { terminal send-keys "$@"; }
status_of() { terminal display-message -p "#{$1}"; }
ended() { [[ -s status ]]; }

# shows REGEX...: there is a line for each.
shows() {
	local regex now

	now=$(screen)
	for regex; do
		grep -Eq -- "$regex" <<<"$now" || return 1
	done
}
# Waits for it, and says what there was instead.
wait_for() {
	lab_wait shows "$@" || {
		screen
		return 1
	}
}

# in_terminal COMMAND: runs it in a terminal of 80x24 on the host; what modes
# that has before and after goes to files, and the exit status.
in_terminal() {
	cd "$(mktemp -d -p "$BATS_TEST_TMPDIR")" || return
	cat >session <<-EOF
		ulimit -c 0
		stty -g >before
		sh -c 'echo \$\$ >pid; exec $1'
		echo \$? >status
		stty -g >after
		exec sleep 1000
	EOF
	host tmux -S "$PWD/terminal" -f /dev/null new-session -d -x 80 -y 24 \
		bash session 3>&-
}

top_runs() {
	in_terminal "${1:-}\$FAKEMX top"
	wait_for "^q quit" "^nobody yet"
}

# has_ended STATUS: and the terminal is as it was.
has_ended() {
	lab_wait ended
	expect "$(cat status)" "$1"
	lab_wait test -s after
	expect "$(cat after)" "$(cat before)"
	expect "$(status_of alternate_on)" 0
	expect "$(status_of cursor_flag)" 1
	expect "$(status_of keypad_flag)" 0
}

# One connection a moment, until the test ends.
keep_connecting() {
	local tries

	for ((tries = 0; tries < 200; tries++)); do
		sender nc -w 1 "$LAB_DECOY" 25 </dev/null >/dev/null 2>&1 ||
			sleep 0.1
	done
}

@test "who is refused stands on the screen, with his rate, and what becomes of him" {
	top_runs
	wait_for "^eth0 generic +0 +0 +0 +0$" "^nothing yet$"
	refused "$LAB_DECOY"
	wait_for "^eth0 generic .* 1 +1$" "^reset .* 1 +1$" \
		"^$LAB_SENDER +1  waiting +[0-9] s +1$" "^senders: 1 of 262144"
	refused "$LAB_REAL"
	wait_for "^real .* 1 +1$" "^reset .* 1 +1$" \
		"^$LAB_SENDER +2  retried +[0-9] s +2$" "^ +1( +0){5}$"
	keep_connecting 3>&- &
	wait_for "^reset +[1-9][0-9.]* +[1-9][0-9]+ "
}

@test "no line is wider than the screen, whatever its size" {
	local size
	fakemx decoy "$LAB_DECOY6" role first
	top_runs
	refused "$LAB_DECOY6" "$LAB_SENDER6"
	refused "$LAB_DECOY"
	wait_for "^$LAB_SENDER6 +1  waiting"
	for size in 80x24 40x10 200x60 132x24 20x5 80x24; do
		terminal resize-window -x "${size%x*}" -y "${size#*x}"
		lab_wait fills "${size#*x}"
		# A line that goes on in the next is one where they are joined.
		expect "$(screen -J | wc -l)" "${size#*x}"
	done
	wait_for "^$LAB_SENDER6 +1  waiting"
}
# fills ROWS: the first and the last line are what they should be.
fills() {
	local lines
	mapfile -t lines < <(screen)
	expect "${#lines[@]}" "$1"
	[[ ${lines[0]} == "xdp-fakemx "* && ${lines[$1 - 1]} == "q quit"* ]]
}

@test "q ends it" {
	top_runs
	typed q
	has_ended 0
	run ! shows "packets/s"
}

@test "a signal ends it as one that nobody caught, and the terminal is as it was" {
	local signal
	for signal in INT TERM HUP QUIT; do
		top_runs
		kill -s "$signal" "$(cat pid)"
		has_ended $((128 + $(kill -l "$signal")))
		terminal kill-server
	done
}

@test "so does Ctrl-C; Ctrl-Z lets it wait, and the terminal is the shell's" {
	# shellcheck disable=SC2016
	in_terminal 'bash --norc -i'
	wait_for '[$#] *$'
	# shellcheck disable=SC2016
	typed 'stty -g >modes; "$FAKEMX" top' Enter
	wait_for "^nobody yet"
	typed C-z
	wait_for "Stopped"
	expect "$(status_of alternate_on)" 0
	typed 'stty -g >stopped' Enter
	lab_wait test -s stopped
	expect "$(cat stopped)" "$(cat modes)"
	typed fg Enter
	wait_for "^nobody yet"
	typed C-c
	# shellcheck disable=SC2016
	typed 'echo $? >of_top; stty -g >modes_after' Enter
	lab_wait test -s modes_after
	expect "$(cat of_top)" 130
	expect "$(cat modes_after)" "$(cat modes)"
	typed exit Enter
	has_ended 0
}

@test "it ends with its terminal, also where a hang-up is ignored" {
	local ignore
	for ignore in "" "env --ignore-signal=HUP "; do
		top_runs "$ignore"
		terminal kill-server
		lab_wait is_gone "$(cat pid)"
	done
}
is_gone() { [[ ! -e /proc/$1 || $(<"/proc/$1/cmdline") == "" ]]; }

@test "what is unloaded in the meantime ends it, with a word" {
	top_runs
	fakemx unload eth0
	has_ended 1
	shows "^xdp-fakemx: top: nothing is loaded any more$"
}

@test "an error ends it, and is said when the screen is gone" {
	top_runs
	rm /sys/fs/bpf/xdp-fakemx/policy/notes
	has_ended 1
	shows "^xdp-fakemx: .*/policy: a pin is missing; run: "
	run ! shows "top:"
}

@test "a second interface comes and goes on the screen" {
	host ip link add $'\e[2Jx' type veth peer name other
	host ip link set $'\e[2Jx' up
	top_runs
	fakemx load $'\e[2Jx' --mode generic
	wait_for '^\?\[2Jx generic +0' "^eth0 generic +0"
	host ip link del other
	wait_for '^\?\[2Jx gone +0' "^eth0 generic +0"
	fakemx unload $'\e[2Jx'
	lab_wait gone_from_screen '2Jx'
	shows "^eth0 generic +0"
}
gone_from_screen() { ! shows "$1"; }

@test "it pauses, and goes on" {
	top_runs
	typed Space
	wait_for "^xdp-fakemx .* paused "
	refused "$LAB_DECOY"
	sleep 2
	shows "^nobody yet" "^nothing yet"
	typed Space
	wait_for "^reset .* 1 +1$"
	run ! shows "paused"
}

@test "it lists the busiest, or the latest" {
	refused "$LAB_DECOY"
	refused "$LAB_REAL"
	in_terminal "\$FAKEMX top"
	wait_for "^busiest senders" "^$LAB_SENDER +0  retried"
	sleep 2
	refused "$LAB_DECOY" "$LAB_OTHER"
	wait_for "^$LAB_OTHER +1  [a-z]"
	typed l
	wait_for "^latest senders"
	expect "$(screen | grep -o "^203[^ ]*")" "$LAB_OTHER"$'\n'"$LAB_SENDER"
	refused "$LAB_REAL"
	lab_wait is_latest "$LAB_SENDER"
	typed x b
	wait_for "^busiest senders"
}
is_latest() { shows "^latest" && screen | grep "^203" | head -n 1 | grep -q "^$1"; }

@test "while it waits for the lock, a new size does not end it, and a signal does" {
	top_runs
	flock --no-fork /sys/fs/bpf/xdp-fakemx sleep 1000 3>&- &
	lab_wait is_waiting
	terminal resize-window -x 100 -y 30
	lab_wait fills 30
	lab_wait is_waiting
	kill -s TERM "$(cat pid)"
	has_ended 143
}
is_waiting() { grep -q flock "/proc/$(cat pid)/wchan" "/proc/$(cat pid)/stack"; }

@test "all kinds of terminals do" {
	local term
	for term in vt100 linux xterm-256color; do
		top_runs "env TERM=$term "
		fills 24
		typed q
		has_ended 0
		terminal kill-server
	done
}

# fails TEXT COMMAND: in a terminal, it has another status than 0.
fails() {
	in_terminal "$2"
	lab_wait ended
	wait_for "$1"
	expect "$(cat status)" 1
	expect "$(status_of alternate_on)" 0
	terminal kill-server
}

@test "what is no terminal, or none that is known, is an error" {
	run host "$FAKEMX" top
	expect "$status" 1
	expect "$output" "xdp-fakemx: top: standard output is no terminal"
	fails "^xdp-fakemx: top: standard input is no terminal$" \
		"\$FAKEMX top </dev/null"
	fails "^xdp-fakemx: top: TERM=none: no such terminal is known$" \
		"env TERM=none \$FAKEMX top"
	fails "^xdp-fakemx: top: TERM=: no such terminal is known$" \
		"env -u TERM \$FAKEMX top"
	fails "^xdp-fakemx: top: TERM=dumb: this terminal cannot move its cursor$" \
		"env TERM=dumb \$FAKEMX top"
	fakemx unload eth0
	fails "^xdp-fakemx: nothing is loaded; run: xdp-fakemx load IFACE$" \
		"\$FAKEMX top"
	run host "$FAKEMX" top -j
	expect "$status" 2
	run host "$FAKEMX" top eth0
	expect "$status" 2
}

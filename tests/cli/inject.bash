# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The tool, disturbed at one of its system calls by strace. FAULTS=all takes
# every call; without it, it is those after which others can see a difference:
# a kill at any other leaves what the one before it has.

# Before it gives up privileges nothing is done yet but to read its arguments.
# shellcheck disable=SC2016
begun='BEGIN { FS = "[(]" }
	!/^[a-z]/ { next }
	{ n[$1]++ }
	/^capset/ { begun = 1 }
	!begun || /^(capset|exit_group)/ { next }'

# steps COMMAND...: runs it undisturbed, and prints a line "CALL NUMBER" for each.
steps() {
	host strace -o "$BATS_TEST_TMPDIR/steps" "$FAKEMX" "$@" >/dev/null 2>&1 ||
		return
	awk -v all="${FAULTS:-}" "$begun"'
		all == "all" { print $1, n[$1]; next }
		/ = -1 E/ { next }
		/^bpf[(]BPF_(OBJ_PIN|MAP_UPDATE_ELEM|MAP_DELETE_ELEM|LINK_)/ ||
		/^(mkdir|rename|unlink|rmdir|mount|umount2)[(]/ ||
		/^openat[(].*O_CREAT/ || /^write[(][^012]/ { print $1, n[$1] }' \
		"$BATS_TEST_TMPDIR/steps"
}

# calls CALL EACH COMMAND...: the same of one call, one in EACH of them.
calls() {
	local call=$1 each=$2
	shift 2

	host strace -o "$BATS_TEST_TMPDIR/steps" -e "trace=capset,$call" \
		"$FAKEMX" "$@" >/dev/null 2>&1 || return
	[[ ${FAULTS:-} != all ]] || each=1
	awk -v call="$call" -v each="$each" -v first=$((RANDOM % each)) "$begun"'
		$1 == call && seen++ % each == first { print call, n[call] }' \
		"$BATS_TEST_TMPDIR/steps"
}

# disturb HOW CALL NUMBER COMMAND...: what it says is in `said`.
disturb() {
	host timeout 300 strace -o /dev/null -e "trace=$2" \
		-e "inject=$2:$1:when=$3" "$FAKEMX" "${@:4}" \
		>"$BATS_TEST_TMPDIR/told" 2>"$BATS_TEST_TMPDIR/said"
}

# killed_everywhere CHECK COMMAND...: kills it at each step, and has each time
# CHECK say whether what is left is right; it makes anew what was before.
killed_everywhere() {
	local check=$1 call n list count=0 status
	shift

	"$check"
	list=$(steps "$@")
	"$check"
	while read -r call n; do
		status=0
		disturb signal=KILL "$call" "$n" "$@" || status=$?
		echo "killed at $call $n of $*: exit $status"
		"$check"
		count=$((count + 1))
	done <<<"$list"
	((count > 1))
	echo "# $count kills: $*" >&3
}

# refused_everywhere CALL EACH ERRORS CHECK COMMAND...: has the calls fail, each
# with the next of the errors. Whoever fails says why; CHECK is told the status.
refused_everywhere() {
	local check=$4 call n list count=0 failed=0 error errors status

	read -ra errors <<<"$3"
	list=$(calls "$1" "$2" "${@:5}")
	rm -f "$BATS_TEST_TMPDIR/told"
	"$check" 0
	while read -r call n; do
		error=${errors[count++ % ${#errors[@]}]}
		status=0
		disturb "error=$error" "$call" "$n" "${@:5}" || status=$?
		echo "$error at $call $n of ${*:5}: exit $status: $(<"$BATS_TEST_TMPDIR/said")"
		((status == 0 || status == 1 || status == 2))
		if ((status)); then
			failed=$((failed + 1))
			grep -q '^xdp-fakemx: .*[a-z]' "$BATS_TEST_TMPDIR/said"
		fi
		"$check" "$status"
	done <<<"$list"
	((count))
	echo "# $failed of $count with a $1 that fails: ${*:5}" >&3
}

# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# SYNs as fast as they go, of which each is settled: passed, or answered. To be
# sourced after scripts/lab.bash; the host's eth0 is loaded in native mode.

# addresses BYTE COUNT: of 10.BYTE.0.0/16, which no random sender is of.
addresses() {
	awk -v byte="$1" -v count="$2" 'BEGIN {
		for (i = 1; i <= count; i++)
			printf "10.%d.%d.%d\n", byte, i / 256, i % 256
	}'
}

# syns COUNT EACH [EVERY FILE]: see ledger.c.
syns() {
	"$FAKEMX_BUILD/tests/ledger" send /run/netns/sender /run/netns/host \
		"$LAB_DECOY" "$1" "$2" "${3:-0}" "${4:-/dev/null}"
}
syns_behind() {
	syns "$@" >sent 3>&- &
	stream=$!
	lab_wait something_is_counted
}
something_is_counted() { (($(counted reset) + $(counted allowed) > 0)); }
going_on() { kill -0 "$stream" 2>/dev/null; }
stream_ends() { wait "$stream"; }

# became SENT PASSED RESET SENT PASSED RESET: of random senders, and of listed.
became() {
	printf 'random: sent %d, passed %d, reset %d\n' "${@:1:3}"
	printf 'listed: sent %d, passed %d, reset %d\n' "${@:4:3}"
}

# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Policies of up to a million prefixes: how long it takes until they hold, and
# what memory they take. Peers hold the same prefixes in sets of their own.

MANY=1000000
ADDED=200 # one by one
declare -A POLICIES=([none]=/run/none.conf [some]=/run/some.conf
	[many]=/run/many.conf)

prefixes() { awk -v count="$1" -f tests/bench/prefixes.awk; }

# write_policy NAME: with what is set where nothing is said; allowed prefixes
# are read.
write_policy() {
	{
		echo "decoy $DECOY role first"
		[[ $1 == none ]] || sed 's/^/allow /'
	} >"${POLICIES[$1]}"
}
write_policies() {
	prefixes 10000 | write_policy some
	prefixes $MANY >/run/prefixes
	write_policy many </run/prefixes
	{
		nft_set
		printf 'add element inet bench allowed { '
		paste -sd , /run/prefixes | tr -d '\n'
		printf ' }\n'
	} >/run/prefixes.nft
	{
		ipset_set
		sed 's/^/add allowed /' /run/prefixes
	} >/run/prefixes.ipset
}
nft_set() {
	echo "add table inet bench"
	echo "add set inet bench allowed { type ipv4_addr; flags interval; }"
}
# Of the size that a set of a million grows to, and is saved with.
ipset_set() { echo "create allowed hash:net hashsize 524288 maxelem 2000000"; }

# Sets of a million are freed behind the command that drops them: the next is
# not measured until that is done.
settle() { sleep 1; }

apply() { host_of fakemx "$FAKEMX" load eth0 -c "${POLICIES[$1]}"; }
load_policy() {
	try apply "$1" || {
		why >&2
		exit 1
	}
}

# timed GROUP ROW COLUMN UNIT COMMAND...: how many of these units it took.
timed() {
	local group=$1 row=$2 column=$3 unit=$4 start=${EPOCHREALTIME/./} us
	shift 4

	if ! try "$@"; then
		record missing "$row" "$(why)"
		return
	fi
	us=$((${EPOCHREALTIME/./} - start))
	case $unit in
	second) record "$group" "$row" "$column" "${us}e-6" ;;
	ms_each) record "$group" "$row" "$column" "$((us / ADDED))e-3" ;;
	esac
}

measure_peers_applying() {
	timed load_seconds "nft -f" "$MANY" second \
		nft -f /run/prefixes.nft
	nft flush ruleset
	settle
	timed load_seconds "ipset restore" "$MANY" second \
		ipset restore -file /run/prefixes.ipset
	ipset destroy || true
	settle
}

measure_applying() {
	timed load_seconds "xdp-fakemx load" "$MANY" second \
		apply many
}

# add ROW NUMBER COMMAND...: adds addresses one by one to that many prefixes.
add() {
	timed add_ms "$1" "to $2" ms_each add_each "${@:3}"
}
add_each() {
	local i

	for ((i = 1; i <= ADDED; i++)); do
		"${@//ADDR/223.0.0.$i}"
	done
}

# By the names of the pins, whatever they are; what is no map has no such field.
measure_memory() {
	local number=$1 pin bytes sum=0

	while read -r pin; do
		bytes=$(bpftool -j map show pinned "$pin" 2>/dev/null |
			jq '.bytes_memlock // 0') || true
		((${bytes:-0})) || continue
		record map_bytes "${pin#"$PINS/"}" "$number" "$bytes"
		((sum += bytes))
	done < <(find "$PINS" -type f | sort)
	record map_bytes "all of them" "$number" "$sum"
}

# Into a set of a million ranges, nft takes a minute for each: left out.
measure_adding() {
	local allow=(host_of fakemx "$FAKEMX" allow ADDR)

	nft_set | try nft -f - &&
		add "nft add element" 0 nft add element inet bench allowed "{ ADDR }"
	ipset_set | try ipset restore && add "ipset add" 0 ipset add allowed ADDR
	add "xdp-fakemx allow" 0 "${allow[@]}"
	measure_memory 0
	try ipset destroy
	try ipset restore -file /run/prefixes.ipset &&
		add "ipset add" $MANY ipset add allowed ADDR
	load_policy many
	timed load_seconds "xdp-fakemx load, over as many" "$MANY" second \
		apply many
	measure_memory $MANY
	add "xdp-fakemx allow" $MANY "${allow[@]}"
}

# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A laboratory of two hosts: network namespaces joined by a veth pair, for the
# demonstration and the tests. To be sourced inside tests/isolate, which makes
# that nothing of it is left behind.

LAB_DECOY=198.51.100.10 LAB_DECOY6=2001:db8:1::10
LAB_LAST=198.51.100.30 LAB_LAST6=2001:db8:1::30
LAB_REAL=198.51.100.20 LAB_REAL6=2001:db8:1::20
LAB_SENDER=203.0.113.5 LAB_SENDER6=2001:db8:5::5
LAB_OTHER=203.0.113.77 LAB_OTHER6=2001:db8:5::77

sender() { nsenter --net=/run/netns/sender "$@"; }
router() { nsenter --net=/run/netns/router "$@"; }
host() { nsenter --net=/run/netns/host "$@"; }
fakemx() { host "$FAKEMX" "$@"; }

lab_addresses() {
	local side=$1 addr
	shift
	for addr; do
		if [[ $addr == *:* ]]; then
			"$side" ip addr add "$addr/128" dev eth0 nodad
		else
			"$side" ip addr add "$addr/32" dev eth0
		fi
	done
}

# The senders' network and the decoys' meet on one wire.
lab_start() {
	ip netns add sender
	ip netns add host
	ip link add eth0 netns sender type veth peer name eth0 netns host
	lab_addresses sender "$LAB_SENDER" "$LAB_OTHER" "$LAB_SENDER6" \
		"$LAB_OTHER6"
	lab_addresses host "$LAB_DECOY" "$LAB_LAST" "$LAB_REAL" "$LAB_DECOY6" \
		"$LAB_LAST6" "$LAB_REAL6"
	local side
	for side in sender host; do
		"$side" ip link set lo up
		"$side" ip link set eth0 up
	done
	sender ip route add 198.51.100.0/24 dev eth0 src "$LAB_SENDER"
	sender ip -6 route add 2001:db8:1::/64 dev eth0 src "$LAB_SENDER6"
	host ip route add 203.0.113.0/24 dev eth0
	host ip -6 route add 2001:db8:5::/64 dev eth0
	lab_wait sender ping -c 1 -W 1 "$LAB_DECOY6"
}

# wire NS DEV NS DEV: joins two hosts.
wire() {
	ip link add "$2" netns "$1" type veth peer name "$4" netns "$3"
	ip -n "$1" link set "$2" up
	ip -n "$3" link set "$4" up
}

# Ends what runs in the background, and removes all hosts.
lab_stop() {
	local jobs ns

	jobs=$(jobs -p)
	# shellcheck disable=SC2086
	[[ -z $jobs ]] || kill $jobs
	if mountpoint -q /sys/fs/bpf; then
		"$FAKEMX" unload --all 2>/dev/null || true
	fi
	for ns in /run/netns/*; do
		[[ ! -e $ns ]] || ip netns del "${ns##*/}"
	done
}

# Waits, up to LAB_PATIENCE seconds or ten, for a command to succeed.
lab_wait() {
	local tries

	for ((tries = 0; tries < ${LAB_PATIENCE:-10} * 10; tries++)); do
		if "$@" >/dev/null 2>&1; then
			return 0
		fi
		sleep 0.1
	done
	echo "gave up waiting for: $*" >&2
	return 1
}

lab_listens() {
	host ss -Hltn "sport = :25" | grep -qF "$1"
}

# A real SMTP server behind an address of the host.
lab_smtp_server() {
	local addr=$1

	# Not the python3 of the path: the package belongs to Debian's own.
	host /usr/bin/python3 -m aiosmtpd -n -l "$addr:25" \
		>/dev/null 2>&1 3>&- &
	[[ $addr != *:* ]] || addr="[$addr]"
	lab_wait lab_listens "$addr:25"
}

# One connection to port 25, from an address that is made for it.
lab_visit() {
	local from=$1 to=$2

	sender ip addr add "$from/32" dev eth0 2>/dev/null || true
	printf 'QUIT\r\n' | sender timeout 5 nc -w 2 -s "$from" "$to" 25 \
		>/dev/null 2>&1 || true
}

# What a day with decoys is like, in some seconds: twelve servers that retry,
# sixty machines with spamware that do not, and one server that has delivered
# straight to the real MX before, is turned away now, and never retries.
lab_day() {
	local lost=$1 i

	host ip route add 10.0.0.0/8 dev eth0
	lab_visit "$lost" "$LAB_REAL"
	for i in {1..12}; do
		lab_visit "10.1.$i.25" "$LAB_DECOY"
		lab_visit "10.1.$i.25" "$LAB_REAL"
	done
	for i in {1..50}; do
		lab_visit "10.2.$i.7" "$LAB_DECOY"
	done
	for i in {1..10}; do
		lab_visit "10.3.$i.7" "$LAB_LAST"
	done
	sleep 4 # what is closer together has no order: ticks are of a second
	lab_visit "$lost" "$LAB_DECOY"
	fakemx set grace-time 1s
	sleep 3
}

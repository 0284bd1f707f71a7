#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A mail server listens behind the decoy. Nothing that a sender tries gets a
# word out of it, unless he is allowed: then he gets what he would get without
# the program.

load helpers
load twins

setup() { twins_start; }
teardown() { twins_stop; }

oracle() {
	in_ns prober "$FAKEMX_BUILD/tests/oracle" --shapes \
		--count "${ORACLE_COUNT:-10000}" \
		${ORACLE_SEED:+--seed "$ORACLE_SEED"} "$@" plain guarded
}

# All that lets more in: source routes, cookies that stand in for a SYN, data
# in a SYN, and room for fragments.
open_wide() {
	in_ns "$1" sysctl -qw net.ipv4.tcp_syncookies=2 \
		net.ipv4.tcp_fastopen=0x603 \
		net.ipv4.ipfrag_high_thresh=100000000 \
		net.ipv6.ip6frag_high_thresh=100000000
	local scope
	for scope in all eth0; do
		in_ns "$1" sysctl -qw \
			"net.ipv4.conf.$scope.accept_source_route=1" \
			"net.ipv6.conf.$scope.accept_source_route=1" \
			"net.ipv6.conf.$scope.seg6_enabled=1" \
			"net.ipv6.conf.$scope.rpl_seg_enabled=1"
	done
}

# The listener answered nobody, and nobody is in its queues.
untouched() {
	expect "$(twin_count guarded TcpPassiveOpens)" 0
	expect "$(twin_count guarded TcpExtSyncookiesSent)" 0
	expect "$(twin_count guarded TcpExtTCPFastOpenPassive)" 0
	expect "$(guarded ss -Htn state syn-recv | wc -l)" 0
	expect "$(guarded ss -Hltn "sport = :25" |
		awk '{ n += $2 } END { print n }')" 0
}

nothing_gets_to_the_server() {
	open_wide plain
	open_wide guarded
	twin_smtp_server guarded
	twins_load "$1"
	oracle --all
	untouched
}

@test "generic mode: nothing gets to the server, whatever is tried" {
	nothing_gets_to_the_server generic
}

@test "native mode: nothing gets to the server, whatever is tried" {
	nothing_gets_to_the_server native
}

an_allowed_sender_meets_the_server() {
	open_wide plain
	open_wide guarded
	twin_smtp_server plain
	twin_smtp_server guarded
	twins_load "$1"
	guarded "$FAKEMX" allow 100.64.0.0/10
	guarded "$FAKEMX" allow 2001:db8:5::/48
	oracle --listener
	(($(twin_count guarded TcpExtSyncookiesSent) > 1000))
}

@test "generic mode: an allowed sender gets what he gets without the program" {
	an_allowed_sender_meets_the_server generic
}

@test "native mode: an allowed sender gets what he gets without the program" {
	an_allowed_sender_meets_the_server native
}

SYN=0x02 RST=0x4 PSH_ACK=0x18 SYN_ACK=0x12 RST_ACK=0x14
PROBER=100.64.1.1

# probe FLAGS [ACK]: the answer, in $flags and $seq.
probe() {
	read -r flags seq < <(in_ns prober "$FAKEMX_BUILD/tests/probe" \
		guarded "$PROBER" 4000 "$1" "${2:-0}")
}

# A cookie is a SYN that has been answered: whoever knows it needs no other.
@test "a bare ACK with the right cookie is answered by a reset" {
	open_wide guarded
	twin_smtp_server guarded
	twins_load generic
	guarded "$FAKEMX" allow "$PROBER"
	probe $SYN
	expect "$flags" $SYN_ACK
	guarded "$FAKEMX" delete allow "$PROBER"
	cookie=$((seq + 1))
	probe $PSH_ACK $cookie
	expect "$flags $seq" "$RST $cookie"
	untouched_but_for_the_cookie
	guarded "$FAKEMX" allow "$PROBER"
	probe $PSH_ACK $cookie
	expect "$(twin_count guarded TcpPassiveOpens)" 1
}

untouched_but_for_the_cookie() {
	expect "$(twin_count guarded TcpPassiveOpens)" 0
	expect "$(twin_count guarded TcpExtSyncookiesRecv)" 0
}

# A SYN that crosses the host's own, from its port 25, would open a connection.
@test "a SYN that meets the host's own on the way is answered by a reset" {
	twins_load generic
	# The kernel alone would answer it with SYN and ACK.
	guarded /usr/bin/python3 -c "
import socket, sys
s = socket.socket()
s.bind(('$TWIN_DECOY', 25))
s.setblocking(False)
s.connect_ex(('$PROBER', 4000))
sys.stdin.read()" 3>&- < <(sleep 60) &
	lab_wait is_connecting
	probe $SYN
	expect "$flags $seq" "$RST_ACK 0"
	guarded "$FAKEMX" allow "$PROBER"
	probe $SYN
	expect "$flags" $SYN_ACK
}

is_connecting() {
	[[ -n $(guarded ss -Htn state syn-sent) ]]
}

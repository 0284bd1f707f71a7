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

@test "nothing gets to the server of a host that tracks connections" {
	track_connections plain
	track_connections guarded
	nothing_gets_to_the_server generic
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

# A cookie is a SYN that has been answered: whoever knows it needs no other.
@test "a bare ACK with the right cookie is answered by a reset" {
	local flags seq cookie

	open_wide guarded
	twin_smtp_server guarded
	twins_load generic
	guarded "$FAKEMX" allow "$PROBER"
	probe "$SYN"
	expect "$flags" "$SYN_ACK"
	guarded "$FAKEMX" delete allow "$PROBER"
	cookie=$((seq + 1))
	probe "$PSH_ACK" "$cookie"
	expect "$flags $seq" "$RST $cookie"
	untouched_but_for_the_cookie
	guarded "$FAKEMX" allow "$PROBER"
	probe "$PSH_ACK" "$cookie"
	expect "$(twin_count guarded TcpPassiveOpens)" 1
}

# A SYN that crosses the host's own, from its port 25, would open a connection.
@test "a SYN that meets the host's own on the way is answered by a reset" {
	local flags seq

	twins_load generic
	# The kernel alone would answer it with SYN and ACK.
	guarded /usr/bin/python3 -c "
import socket, time
s = socket.socket()
s.bind(('$TWIN_DECOY', 25))
s.setblocking(False)
s.connect_ex(('$PROBER', 4000))
time.sleep(60)" >/dev/null 2>&1 3>&- &
	lab_wait is_connecting
	probe "$SYN"
	expect "$flags $seq" "$RST_ACK 0"
	guarded "$FAKEMX" allow "$PROBER"
	probe "$SYN"
	expect "$flags" "$SYN_ACK"
}

is_connecting() {
	[[ -n $(guarded ss -Htn state syn-sent) ]]
}

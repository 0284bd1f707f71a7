#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A decoy that verifies who sent a SYN: real clients, and forged ones.

load helpers

setup() { cd "$BATS_TEST_TMPDIR" || return; }
teardown() { lab_stop; }

start() {
	lab_start
	fakemx load eth0 "$@"
	fakemx decoy "$LAB_DECOY" role first
	fakemx decoy "$LAB_LAST" role last answer verify
	fakemx decoy "$LAB_LAST6" role last answer verify
}

# meets ADDR [SOURCE]: what becomes of a connection, which says nothing.
meets() {
	sender /usr/bin/python3 - "$@" <<-'EOF'
		import socket, sys
		try:
		    source = (sys.argv[2], 0) if len(sys.argv) > 2 else None
		    s = socket.create_connection((sys.argv[1], 25), 10, source)
		    print(s.recv(100) and "greeted" or "closed")
		except Exception as e:
		    print(type(e).__name__)
	EOF
}
verified() { fakemx senders -j | jq -r '.senders[] | select(.verified) | .sender'; }
senders() { fakemx senders -j | jq '.senders | length'; }

@test "who is there is verified, and reset, over IPv4 and IPv6, in both modes" {
	local mode

	for mode in generic native; do
		start --mode "$mode"
		[[ $mode == generic ]] || lab_native
		lab_smtp_server "$LAB_LAST"
		expect "$(meets "$LAB_LAST")" ConnectionResetError
		expect "$(meets "$LAB_LAST6")" ConnectionResetError
		expect "$(verified | sort)" "$(printf '%s\n' "$LAB_SENDER6" \
			"$LAB_SENDER" | sort)"
		expect "$(counted challenged) $(counted verified) $(counted reset)" \
			"1 1 0"
		expect "$(counted challenged ipv6) $(counted verified ipv6)" "1 1"
		[[ $(fakemx senders) == *"$LAB_SENDER "*" backwards (verified)"* ]]
		fakemx senders -j | jq -e '.senders | all(.attempts_last == 1 and
			.syn == null)'
		expect "$(fakemx export plain 2>&1 | grep -v '^#')" "2001:db8:5::/64
$LAB_SENDER"
		# He was last there long ago, whoever says more in his name.
		sleep 3
		visits <<<"$LAB_SENDER $LAB_DECOY"
		expect "$(fakemx export plain --max-age 2s 2>&1 | grep -v '^#')" \
			"xdp-fakemx: export: 1 left out: nothing proves that their SYNs were theirs; see export --help"
		# Whom we allow gets through to the server.
		fakemx allow "$LAB_OTHER"
		expect "$(meets "$LAB_LAST" "$LAB_OTHER")" greeted
		lab_stop
	done
}

@test "forged SYNs put nobody on a list, and nothing is kept of them" {
	local mac

	start
	mac=$(host cat /sys/class/net/eth0/address)
	sender "$FAKEMX_BUILD/tests/synflood" eth0 "$mac" 700000 "$LAB_LAST" \
		"$LAB_REAL" 192.0.2.25
	expect "$(counted challenged)" 200000
	expect "$(senders)" 0
	expect "$(fakemx export plain 2>&1 | grep -v '^#')" ""
	# One who is there is seen among them.
	sender "$FAKEMX_BUILD/tests/synflood" eth0 "$mac" 100000000 "$LAB_LAST" \
		"$LAB_REAL" 192.0.2.25 >/dev/null 3>&- &
	expect "$(meets "$LAB_LAST")" ConnectionResetError
	expect "$(verified)" "$LAB_SENDER"
	expect "$(senders)" 1
}

# The client's ACK is held back until he is allowed: the kernel gets the next.
@test "a mail server on the decoy takes none of these cookies" {
	start
	lab_smtp_server "$LAB_LAST"
	host sysctl -qw net.ipv4.tcp_syncookies=2
	sender nft 'table inet late { chain out { type filter hook output priority 0;
		tcp dport 25 tcp flags & (syn | ack) == ack drop; }; }'
	mkfifo go
	sender /usr/bin/python3 - "$LAB_LAST" >became 3>&- <<-'EOF' &
		import socket, sys
		s = socket.create_connection((sys.argv[1], 25), 10)
		open("go").read()
		try:
		    s.sendall(b"QUIT\r\n")
		    print(s.recv(100) and "greeted" or "closed")
		except Exception as e:
		    print(type(e).__name__)
	EOF
	client=$!
	lab_wait is_challenged
	fakemx allow "$LAB_SENDER"
	sender nft delete table inet late
	echo >go
	wait "$client"
	expect "$(cat became)" ConnectionResetError
	(($(counted allowed) > 0))
	expect "$(counted verified)" 0
	# The kernel's own it does take.
	expect "$(meets "$LAB_LAST")" greeted
}
is_challenged() { (($(counted challenged) > 0)); }

@test "the statement lasts, and a change of it is one" {
	start
	fakemx list | grep -qx "decoy $LAB_LAST role last answer verify"
	fakemx list -j | jq -e '[.statements[].answer] ==
		["reset", "verify", "verify"]'
	fakemx save kept.conf
	grep -qx "decoy $LAB_LAST role last answer verify" kept.conf
	sed -i "s/\(decoy $LAB_LAST role last\).*/\1/" kept.conf
	run fakemx apply kept.conf
	expect "$output" "- decoy $LAB_LAST role last answer verify
+ decoy $LAB_LAST role last
1 taken out, 1 added; allowed addresses and prefixes: -0, +0"
	refused "$LAB_LAST"
	fakemx decoy "$LAB_LAST" role last answer verify
	expect "$(meets "$LAB_LAST")" ConnectionResetError
	expect "$(fakemx test "$LAB_OTHER" "$LAB_LAST" -j |
		jq -r '.verdict + " " + .reason')" "answer challenged"
	run fakemx decoy "$LAB_DECOY" answer verify
	expect "$status" 2
	[[ $output == *"needs role last"* ]]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The guard: with it loaded nobody else gets to the mail server on a decoy,
# where the program is not.

load helpers
load twins

teardown() {
	twins_stop
}

nft() { guarded nft "$@"; }

# The guard of the running policy, or of what -c names.
guard() { guarded "$FAKEMX" export guard "$@" | nft -f -; }

# All is open but for the guard; the program, if any, is on a wire of its own.
guarded_host() {
	twins_start
	open_wide guarded
	twin_smtp_server guarded
	printf 'decoy %s\n' "$TWIN_DECOY" "$TWIN_DECOY6" >"$BATS_TEST_TMPDIR/conf"
}

load_elsewhere() {
	guarded ip link add eth1 type veth peer name other
	guarded ip link set eth1 up
	guarded "$FAKEMX" load eth1 --mode generic -c "$BATS_TEST_TMPDIR/conf"
}

# send [NS DEV]: all that the prober has, from there.
send() {
	in_ns "${1:-prober}" "$FAKEMX_BUILD/tests/oracle" --shapes --refused \
		--count "${ORACLE_COUNT:-10000}" \
		${ORACLE_SEED:+--seed "$ORACLE_SEED"} "${2:-guarded}"
}

nothing_gets_in() {
	send "$@"
	untouched
}

# That nothing gets in shows something only where something could.
@test "without the guard the server answers" {
	guarded_host
	run -1 send
	(($(twin_count guarded TcpExtSyncookiesSent) > 1000))
}

@test "nothing gets to the server through an interface without the program" {
	guarded_host
	load_elsewhere
	guard
	nothing_gets_in
}

@test "nothing gets to the server before load" {
	guarded_host
	guard -c "$BATS_TEST_TMPDIR/conf"
	nothing_gets_in
}

@test "nothing gets to the server after unload" {
	guarded_host
	twins_load generic
	guard
	guarded "$FAKEMX" unload eth0
	nothing_gets_in
}

@test "nothing gets to the server through loopback" {
	guarded_host
	load_elsewhere
	guard
	# The host is its own prober: what it sends comes in, and so do answers.
	guarded ip link set lo address "$TWIN_HOST_MAC"
	guarded ip route add 100.64.0.0/10 dev lo
	guarded ip route add 2001:db8:5::/48 dev lo
	nothing_gets_in guarded lo
}

# The sender of a cookie is not in conntrack, which comes with the guard.
@test "a bare ACK with the right cookie is answered by a reset" {
	local flags seq cookie

	guarded_host
	probe "$SYN"
	expect "$flags" "$SYN_ACK"
	load_elsewhere
	guard
	cookie=$((seq + 1))
	for _ in 1 2; do
		probe "$PSH_ACK" "$cookie"
		expect "$flags $seq" "$RST $cookie"
	done
	untouched_but_for_the_cookie
	guarded "$FAKEMX" allow "$PROBER"
	guard
	probe "$PSH_ACK" "$cookie"
	expect "$(twin_count guarded TcpPassiveOpens)" 1
}

# A laboratory whose server anybody could reach, were it not for the guard.
open_laboratory() {
	lab_start
	lab_smtp_server "$LAB_DECOY"
	lab_smtp_server "$LAB_DECOY6"
	host ip link add eth1 type veth peer name other
	host ip link set eth1 up
	fakemx load eth1 --mode generic
	fakemx decoy "$LAB_DECOY"
	fakemx decoy "$LAB_DECOY6"
}

renew() { fakemx export guard | host nft -f -; }

@test "who is allowed is greeted, who is not is refused at once" {
	open_laboratory
	greeted "$LAB_DECOY"
	renew
	refused "$LAB_DECOY"
	refused "$LAB_DECOY6"
	fakemx allow 203.0.113.0/24
	fakemx allow "$LAB_SENDER"
	fakemx allow "$LAB_SENDER6"
	renew
	greeted "$LAB_DECOY"
	greeted "$LAB_DECOY" "$LAB_OTHER"
	greeted "$LAB_DECOY6"
	refused "$LAB_DECOY6" "$LAB_OTHER6"
	fakemx delete allow 203.0.113.0/24
	renew
	greeted "$LAB_DECOY"
	refused "$LAB_DECOY" "$LAB_OTHER"
}

@test "who is allowed for a time is let through for that time" {
	open_laboratory
	fakemx allow "$LAB_SENDER" for 6s
	fakemx allow "$LAB_SENDER6" for 1h
	renew
	greeted "$LAB_DECOY"
	greeted "$LAB_DECOY6"
	refused "$LAB_DECOY6" "$LAB_OTHER6"
	lab_wait refused "$LAB_DECOY"
	greeted "$LAB_DECOY6"
}

@test "the host itself is refused too" {
	local addr

	open_laboratory
	renew
	for addr in "$LAB_DECOY" "$LAB_DECOY6"; do
		run -1 host nc -v -w 5 "$addr" 25 </dev/null
		[[ $output == *"Connection refused"* ]]
	done
	expect "$(twin_count host TcpPassiveOpens)" 0
}

@test "other ports and other addresses are left alone" {
	open_laboratory
	renew
	lab_smtp_server "$LAB_REAL"
	lab_smtp_server "$LAB_REAL6"
	greeted "$LAB_REAL"
	greeted "$LAB_REAL6"
	host /usr/bin/python3 -m aiosmtpd -n -l "$LAB_DECOY:587" \
		>/dev/null 2>&1 3>&- &
	lab_wait sender nc -z "$LAB_DECOY" 587
}

# The server on another port than the one that senders know.
@test "the guard stands in front of what translates addresses" {
	open_laboratory
	host /usr/bin/python3 -m aiosmtpd -n -l 0.0.0.0:2525 \
		>/dev/null 2>&1 3>&- &
	host nft -f - <<-END
		table ip translate {
			chain prerouting {
				type nat hook prerouting priority dstnat
				tcp dport 25 redirect to :2525
			}
		}
	END
	lab_wait greeted "$LAB_LAST"
	fakemx decoy "$LAB_LAST"
	renew
	refused "$LAB_LAST"
	fakemx allow "$LAB_SENDER"
	renew
	greeted "$LAB_LAST"
}

# A sender who has been taken off the allowlist in the middle of a mail.
@test "a session goes on under a new guard" {
	local reply

	open_laboratory
	fakemx allow "$LAB_SENDER"
	renew
	reply=$(
		{
			sleep 1
			fakemx delete allow "$LAB_SENDER" >&2
			renew >&2
			printf 'EHLO sender.example\r\nQUIT\r\n'
			sleep 1
		} | sender timeout 10 nc -w 5 "$LAB_DECOY" 25
	)
	echo "$reply"
	[[ $reply == *"221 "* ]]
	refused "$LAB_DECOY"
}

@test "in shadow mode the guard lets everybody through, too" {
	open_laboratory
	fakemx set shadow on --force
	renew
	greeted "$LAB_DECOY"
	fakemx set shadow off
	renew
	refused "$LAB_DECOY"
}

# guard_is STATE: as status has it.
guard_is() {
	expect "$(fakemx status -j | jq -r .guard)" "$1"
}

@test "status warns where a listener can be reached" {
	open_laboratory
	guard_is none
	run -0 fakemx status
	[[ $output == *"guard in nftables: none"* ]]
	[[ $output == *"something listens on port 25 of the decoy $LAB_DECOY: it can be reached where this program is not; to close that: xdp-fakemx export guard | nft -f -"* ]]
	renew
	guard_is current
	run -0 fakemx status
	[[ $output == *"guard in nftables: current"* ]]
	[[ $output != *"something listens"* ]]
	fakemx allow 192.0.2.1
	run -0 fakemx status
	[[ $output == *"guard in nftables: stale"* ]]
	[[ $output == *"the guard in nftables is of another policy; run: xdp-fakemx export guard | nft -f -"* ]]
	host nft delete table inet xdp_fakemx
	guard_is none
}

# reminds COMMAND...: or keeps silent, where the guard says the same as before.
# shellcheck disable=SC2154 # bats sets stderr
reminds() {
	run --separate-stderr -0 fakemx "$@"
	echo "$* -> $stderr"
	[[ $stderr == *"the guard in nftables is of the policy before; run: xdp-fakemx export guard | nft -f -"* ]]
	guard_is stale
	renew
}

# shellcheck disable=SC2154
keeps_silent() {
	run --separate-stderr -0 fakemx "$@"
	expect "$stderr" ""
}

@test "what changes the policy reminds of the guard" {
	open_laboratory
	keeps_silent allow 192.0.2.1
	renew
	keeps_silent allow 192.0.2.1 comment "a partner"
	keeps_silent real "$LAB_REAL"
	keeps_silent decoy "$LAB_DECOY" role last
	keeps_silent set rate-limit 10
	guard_is current
	reminds allow 192.0.2.2
	reminds delete allow 192.0.2.2
	reminds allow 192.0.2.0/24
	reminds decoy "$LAB_LAST"
	reminds delete decoy "$LAB_LAST"
	keeps_silent delete real "$LAB_REAL"
	reminds set shadow on --force
	reminds set shadow off
	printf 'decoy %s\n' "$LAB_DECOY" >"$BATS_TEST_TMPDIR/conf"
	reminds load eth1 -c "$BATS_TEST_TMPDIR/conf"
	keeps_silent load eth1 -c "$BATS_TEST_TMPDIR/conf"
}

@test "the guard is renewed in one step, and stands alone" {
	open_laboratory
	host nft add table inet others
	renew
	renew
	expect "$(host nft list tables | sort | xargs)" \
		"table inet others table inet xdp_fakemx"
}

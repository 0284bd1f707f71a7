#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What is told of real SYNs, who may read it, and what is left of him.

load helpers

PINS=/sys/fs/bpf/xdp-fakemx
peers=$BATS_TEST_DIRNAME/../../build/peers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	lab_start
	# As from a wire, with checksums that are whole.
	sender ethtool -K eth0 tx off >/dev/null
	lab_native
	fakemx load eth0 --mode native
	fakemx decoy "$LAB_DECOY" role first
	fakemx decoy "$LAB_LAST" role last
	fakemx decoy "$LAB_DECOY6"
	fakemx real "$LAB_REAL"
}
teardown() {
	local pid

	pid=$(reader)
	((pid == 0)) || kill -9 "$pid" || true
	lab_stop
}

# The process that the program tells: its lease is in the state, in bytes 56 to
# 63, and he is in the upper half of it.
reader() {
	bpftool -j map lookup pinned "$PINS/policy/state" key 0 0 0 0 2>/dev/null |
		jq '.value[60:63] | map(ltrimstr("0x") | explode | map(if . > 96
			then . - 87 else . - 48 end) | .[0] * 16 + .[1]) |
			.[0] + .[1] * 256 + .[2] * 65536' || echo 0
}
is_followed() { (($(reader) > 0)); }
is_not_followed() { (($(reader) == 0)); }

# follow OPTION...: in the background, with what it prints in printed and what it
# says in said.
follow() {
	fakemx events --follow "$@" >printed 2>said 3>&- &
	stream=$!
	lab_wait is_followed
}

# ended STATUS: the reader is gone, with that.
has_ended() { ! kill -0 "$stream" 2>/dev/null; }
ended() {
	local is=0

	lab_wait has_ended
	wait "$stream" || is=$?
	cat said
	expect "$is" "$1"
}
stop_following() {
	kill "-${1:-INT}" "$(reader)"
	ended 0
}

lines() { (($(wc -l <printed) >= $1)); }

# Where a sender's SYN cannot be read, nc says so, and that is what is wanted.
ask() { sender nc -z -w 5 ${2:+-s "$2"} "$1" 25 || true; }

# without_times: the lines, with what is another each time as a letter.
without_times() {
	sed -E 's/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z/TIME/
		s/^(.* from \[[^]]*\]):[0-9]+/\1:PORT/' printed
}

@test "an attempt is a line: who, where, what was done and why" {
	local linux=mss,sok,ts,nop,ws

	follow
	ask "$LAB_DECOY"
	ask "$LAB_DECOY"
	ask "$LAB_REAL" "$LAB_OTHER"
	ask "$LAB_LAST"
	ask "$LAB_DECOY6"
	lab_wait lines 4
	stop_following
	expect "$(without_times | sed -E 's/(sig=[46]:64\+0:0:)[^:]*:[^:]*/\1SIZES/')" \
		"TIME eth0 RESET from [$LAB_SENDER]:PORT to [$LAB_DECOY]:25 role=first reason=reset sig=4:64+0:0:SIZES:$linux:df,id+:0
TIME eth0 PASS from [$LAB_OTHER]:PORT to [$LAB_REAL]:25 role=real reason=real sig=4:64+0:0:SIZES:$linux:df,id+:0
TIME eth0 RESET from [$LAB_SENDER]:PORT to [$LAB_LAST]:25 role=last reason=reset sig=4:64+0:0:SIZES:$linux:df,id+:0
TIME eth0 RESET from [$LAB_SENDER6]:PORT to [$LAB_DECOY6]:25 role=first reason=reset sig=6:64+0:0:SIZES:$linux:flow:0"
	expect "$(cat said)" ""
}

@test "as JSON each line is a document" {
	local before after

	before=$(date -u +%Y-%m-%dT%H:%M:%S)
	follow -j
	sender nc -z -w 5 -p 41234 "$LAB_DECOY" 25 || true
	fakemx allow "$LAB_SENDER6"
	sender nmap -n -Pn -6 -sS -p 25 "$LAB_DECOY6" >/dev/null
	fakemx set shadow on
	ask "$LAB_LAST"
	lab_wait lines 3
	after=$(date -u +%Y-%m-%dT%H:%M:%S.999Z)
	stop_following
	expect "$(jq -c --arg before "$before" --arg after "$after" '[
		.time >= $before and .time <= $after, .interface, .verdict,
		.reason, .role, .sender, .destination, .destination_port,
		.attempt]' printed)" \
		"[true,\"eth0\",\"reset\",\"reset\",\"first\",\"$LAB_SENDER\",\"$LAB_DECOY\",25,true]
[true,\"eth0\",\"pass\",\"allowed\",\"first\",\"$LAB_SENDER6\",\"$LAB_DECOY6\",25,true]
[true,\"eth0\",\"pass\",\"would_reset\",\"last\",\"$LAB_SENDER\",\"$LAB_LAST\",25,true]"
	expect "$(jq -s '.[0].sender_port' printed)" 41234
	[[ $(jq -rs '.[1].signature' printed) == 6:*:1460:1024,0:mss::0 ]]
	expect "$(jq -r 'keys_unsorted | join(" ")' printed | sort -u)" \
		"time interface verdict reason role sender sender_port destination destination_port attempt signature"
}

@test "of who is verified the cookie's way back is the attempt" {
	fakemx decoy "$LAB_LAST" role last answer verify
	follow --pcap capture
	ask "$LAB_LAST"
	lab_wait lines 1
	stop_following
	expect "$(without_times)" \
		"TIME eth0 RESET from [$LAB_SENDER]:PORT to [$LAB_LAST]:25 role=last reason=verified sig=-"
	expect "$(read_capture capture |
		sed 's/.*Flags \[\([^]]*\)\].*/\1/' | xargs)" "S S. . R"
}

@test "what is dropped is told, each time" {
	follow
	sender nmap -n -Pn -sS --badsum -p 25 --max-retries 1 "$LAB_DECOY" >/dev/null
	sender nmap -n -Pn -sS -f -p 25 --max-retries 0 "$LAB_DECOY" >/dev/null
	lab_wait lines 3
	stop_following
	expect "$(without_times | sed 's/ sig=.*//' | uniq -c | sed 's/^ *//')" \
		"2 TIME eth0 DROP from [$LAB_SENDER]:PORT to [$LAB_DECOY]:25 role=first reason=bad_checksum
1 TIME eth0 DROP from [$LAB_SENDER]:PORT to [$LAB_DECOY]:25 role=first reason=fragment"
}

@test "without --follow it ends after ten seconds" {
	local since=$SECONDS

	fakemx events >printed 2>said 3>&- &
	stream=$!
	lab_wait is_followed
	ask "$LAB_DECOY"
	ended 0
	((SECONDS - since >= 9 && SECONDS - since < 60))
	expect "$(wc -l <printed)" 1
	is_not_followed
}

# Of an acknowledgement number other than 0, p0f 3.09 looks at one bit.
without_ack() { sed -E 's/ack\+,?//' | sort -u; }

# Some that a socket can be told to send, and some that only nmap does.
@test "signatures are those that p0f has for the same SYNs" {
	lab_smtp_server "$LAB_REAL"
	follow --pcap capture
	sender "$FAKEMX_BUILD/tests/synshapes" "$LAB_DECOY" >/dev/null
	sender "$FAKEMX_BUILD/tests/synshapes" "$LAB_DECOY6" >/dev/null
	sender nmap -n -Pn -sS -p 25 "$LAB_LAST" >/dev/null
	sender nmap -n -Pn -O -p 25 --max-os-tries 1 "$LAB_REAL" >/dev/null
	stop_following
	"$peers/usr/sbin/p0f" -f "$peers/etc/p0f/p0f.fp" -r capture -o log \
		>/dev/null
	sed -nE 's/.*mod=syn\|.*raw_sig=//p' log | without_ack >theirs
	strings -n 20 capture | sed -nE 's/.*sig=([^-].*)/\1/p' | without_ack >ours
	cat theirs
	(($(wc -l <theirs) >= 12))
	expect "$(comm -13 ours theirs)" ""
	# p0f leaves out what has extension headers, or is longer than the copy.
	expect "$(comm -23 ours theirs |
		grep -Ev '^6:64\+0:[1-9]|^4:64\+0:40:.*:\+$')" ""
}

# read_capture FILE OPTION...: as tcpdump reads it.
read_capture() {
	local file=$1
	shift

	tcpdump -nn "$@" -r "$file" 2>/dev/null
}
captured() { (($(read_capture "$1" | wc -l) >= $2)); }

@test "a capture has the SYNs and the answers that went over the wire" {
	sender tcpdump -Z root -U -s 192 -i eth0 -w wire not arp and \
		not icmp6 and "(host $LAB_DECOY or host $LAB_DECOY6)" 2>listening 3>&- &
	lab_wait grep -q 'listening on' listening
	follow --pcap capture
	ask "$LAB_DECOY"
	ask "$LAB_DECOY"
	ask "$LAB_DECOY6"
	sender "$FAKEMX_BUILD/tests/synshapes" "$LAB_DECOY" >/dev/null
	sender "$FAKEMX_BUILD/tests/synshapes" "$LAB_DECOY6" >/dev/null
	# It can be read while it is written.
	lab_wait captured capture 20
	stop_following
	lab_wait captured wire "$(read_capture capture | wc -l)"
	diff <(read_capture capture -t -xx) <(read_capture wire -t -xx)
	read_capture capture -vv >decoded
	(($(grep -c 'Flags \[R.\], cksum 0x[0-9a-f]* (correct)' decoded) >= 10))
	expect "$(grep -c 'Flags \[R' decoded)" "$(grep -c 'Flags \[S' decoded)"
	expect "$(grep -c incorrect decoded)" 0
	# Within a second of when they were.
	paste <(read_capture capture -tt) <(read_capture wire -tt) |
		awk -F'\t' '$1 - $2 > 1 || $2 - $1 > 1 { exit 1 }'
	expect "$(wc -l <printed)" 2
}

@test "a capture to standard output has no lines in it" {
	follow --pcap -
	ask "$LAB_DECOY"
	lab_wait captured printed 2
	stop_following
	expect "$(read_capture printed | wc -l)" 2
	run -2 fakemx events --pcap - -j
}

@test "a capture tells interfaces apart, also by a name with a dot" {
	ip link add eth1 netns sender type veth peer name eth1.7 netns host
	sender ip addr add 192.0.2.1/24 dev eth1
	host ip addr add 192.0.2.2/24 dev eth1.7
	sender ip link set eth1 up
	host ip link set eth1.7 up
	pass_natively xdp sender eth1
	fakemx load eth1.7 --mode native
	fakemx decoy 192.0.2.2
	follow --pcap capture
	ask 192.0.2.2
	ask "$LAB_DECOY"
	lab_wait lines 2
	stop_following
	expect "$(awk '{ print $2 }' printed)" $'eth1.7\neth0'
	expect "$(strings capture | grep -o '^eth[01.7]*' | sort)" $'eth0\neth1.7'
	expect "$(read_capture capture | wc -l)" 4
}

@test "a disk that is full is an error that names the capture" {
	local i

	mkdir small
	mount -t tmpfs -o size=8k tmpfs small
	follow --pcap small/capture
	for i in {1..40}; do
		ask "$LAB_DECOY"
	done
	ended 1
	expect "$(cat said)" \
		"xdp-fakemx: small/capture: No space left on device"
	is_not_followed
	run -1 fakemx events --pcap small/no/capture
	expect "$output" \
		"xdp-fakemx: small/no/capture: No such file or directory"
	is_not_followed
	umount small
}

@test "a second reader is refused, with the name of the first" {
	follow --pcap capture
	ask "$LAB_DECOY"
	lab_wait captured capture 2
	run -1 host timeout 20 "$FAKEMX" events --follow --pcap capture
	expect "$output" "xdp-fakemx: events: already followed by process $(reader) (xdp-fakemx)"
	# Nor is his capture begun anew.
	expect "$(read_capture capture | wc -l)" 2
	ask "$LAB_LAST"
	lab_wait lines 2
	stop_following
}

@test "a reader who is killed leaves nothing behind" {
	follow
	kill -9 "$(reader)"
	ended 137
	ask "$LAB_DECOY"
	# What was told to nobody is not for the next one.
	follow
	ask "$LAB_LAST"
	lab_wait lines 1
	stop_following TERM
	is_not_followed
	expect "$(wc -l <printed)" 1
	[[ $(cat printed) == *"to [$LAB_LAST]"* ]]
}

said_that_it_is_over() { grep -q 'missing$' said; }

@test "a reader who was stopped is still the one, and says what he has missed" {
	local pid

	follow
	pid=$(reader)
	kill -STOP "$pid"
	run -1 fakemx events
	[[ $output == *"already followed by process $pid "* ]]
	ask "$LAB_DECOY"
	sleep 12
	ask "$LAB_LAST"
	kill -CONT "$pid"
	lab_wait said_that_it_is_over
	ask "$LAB_REAL"
	lab_wait lines 2
	stop_following
	expect "$(sed -E 's/.*role=([a-z]*).*/\1/' printed)" $'first\nreal'
	expect "$(cat said)" "xdp-fakemx: events: not read for a while; what came meanwhile is missing"
}

@test "it ends by itself when the policy is unloaded" {
	follow --pcap capture
	ask "$LAB_DECOY"
	fakemx unload eth0
	ended 0
	expect "$(cat said)" "xdp-fakemx: events: the policy was unloaded"
	expect "$(wc -l <printed)" 1
	captured capture 2
	run -1 fakemx events
	expect "$output" \
		"xdp-fakemx: nothing is loaded; run: xdp-fakemx load IFACE"
}

@test "it ends by itself when another policy is loaded" {
	follow
	fakemx unload eth0
	fakemx load eth0
	ended 0
	expect "$(cat said)" "xdp-fakemx: events: the policy was unloaded"
}

@test "it ends without a word also in the midst of what it prints" {
	local pid

	mkfifo pipe
	cat pipe >printed 3>&- &
	fakemx events --follow >pipe 2>said 3>&- &
	stream=$!
	lab_wait is_followed
	pid=$(reader)
	kill -STOP "$pid"
	kill %1
	ask "$LAB_DECOY"
	kill -CONT "$pid"
	ended 0
	expect "$(cat said)" ""
	is_not_followed
}

@test "it ends without a word when nobody reads what it prints" {
	fakemx events --follow 2>said 3>&- > >(head -n 1 >printed) &
	stream=$!
	lab_wait is_followed
	ask "$LAB_DECOY"
	ended 0
	expect "$(wc -l <printed)" 1
	expect "$(cat said)" ""
	is_not_followed
}

@test "commands are not held up by a reader, nor does he miss anything" {
	local i

	printf 'decoy %s\nreal %s\n' "$LAB_DECOY" "$LAB_REAL" >conf
	follow
	for ((i = 1; i <= 5; i++)); do
		host timeout 20 "$FAKEMX" load eth0
		sender ip addr add "203.0.113.$((100 + i))/32" dev eth0
		ask "$LAB_DECOY" "203.0.113.$((100 + i))"
		host timeout 20 "$FAKEMX" set ledger-size $((2048 * i))
		ask "$LAB_REAL" "203.0.113.$((100 + i))"
		host timeout 20 "$FAKEMX" load eth0 -c conf
	done
	lab_wait lines 10
	stop_following
	expect "$(awk '{ print $3, $5 }' printed | sed 's/:[0-9]*$//')" "$(
		for ((i = 1; i <= 5; i++)); do
			echo "RESET [203.0.113.$((100 + i))]"
			echo "PASS [203.0.113.$((100 + i))]"
		done)"
}

# syns COUNT EACH: from so many random senders, see ledger.c.
syns() {
	"$FAKEMX_BUILD/tests/ledger" send /run/netns/sender /run/netns/host \
		"$LAB_DECOY" "$1" "$2" 0 /dev/null
}

metric() {
	fakemx metrics | awk '$1 == "xdp_fakemx_events_suppressed_total{interface=\"eth0\"}" { print $2 }'
}

@test "in a flood a part is told, and how many were not" {
	local told suppressed

	sender ip link set dev eth0 xdpdrv off
	expect "$(metric)" 0
	follow -j
	syns 1000000 1
	stop_following
	told=$(jq -s 'map(select(.sender)) | length' printed)
	suppressed=$(jq -s 'map(.suppressed // 0) | add' printed)
	# Of so many random addresses some come twice.
	((told + suppressed <= 1000000 && told + suppressed > 999900))
	((told >= 1024 && told < 200000))
	expect "$(metric)" "$suppressed"
	expect "$(fakemx status -j | jq .events.suppressed)" "$suppressed"
}

@test "with nothing to read no packet costs an event" {
	sender ip link set dev eth0 xdpdrv off
	syns 100000 1
	expect "$(metric)" 0
}

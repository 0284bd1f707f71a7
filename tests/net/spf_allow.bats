#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# SPF records as a source of the allowlist, by a real DNS server on the host.

load helpers
load dns
load lookups

KEPT=/var/lib/xdp-fakemx

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	rm -rf "$KEPT"
	lab_start
	fakemx load eth0
	fakemx decoy "$LAB_DECOY"
	fakemx decoy "$LAB_DECOY6"
}

teardown() {
	lab_stop
	rm -rf "$KEPT"
}

# serve ZONE TERMS...: zones anew, each with an SPF record of these terms.
serve() {
	stop_serving
	rm -rf "$DNS_DIR"
	while (($#)); do
		# A string of a record has 255 bytes at most.
		dns_zone "$1" < <(echo "@ TXT" "$(fold -w 250 \
			<<<"v=spf1 $2 -all" | sed 's/.*/"&"/' | tr '\n' ' ')")
		shift 2
	done
	dns_serve host "$SERVER"
}

stop_serving() {
	[[ ! -e $DNS_DIR/pid ]] || kill "$(cat "$DNS_DIR/pid")"
	dns_gone host
}

# asks COMMAND...: of the tool, with the server.
asks() { fakemx "$@" --resolver "$SERVER"; }

passes() { expect "$(fakemx test "$1" -j | jq -r .verdict)" pass; }
turned_away() { expect "$(fakemx test "$1" -j | jq -r .verdict)" answer; }

@test "allow spf: lets those through whom the record lets pass" {
	serve a.example "ip4:192.0.2.0/24 -ip4:198.51.100.1 ip4:$LAB_SENDER exists:%{i}.x.example include:b.example" \
		b.example "ip6:2001:db8:7::/48"
	lab_smtp_server "$LAB_DECOY"
	refused "$LAB_DECOY"
	run asks allow spf:A.Example.
	expect "$status" 0
	[[ $output == *"xdp-fakemx: spf:a.example: left out: exists:%{i}.x.example of a.example"* ]]
	greeted "$LAB_DECOY"
	refused "$LAB_DECOY" "$LAB_OTHER"
	passes 192.0.2.200
	passes 2001:db8:7:1::1
	turned_away 198.51.100.1
	expect "$(fakemx list | grep -v decoy)" "allow spf:a.example"
	fakemx test 192.0.2.9 -j | jq -e '.statement == "allow spf:a.example" and
		.prefix == "192.0.2.0/24"'
	[[ $(fakemx test 192.0.2.9) == *"by: allow spf:a.example
which has: 192.0.2.0/24
"* ]]
	# What is kept can be read, and is a list.
	expect "$(grep -v '^#' "$KEPT/a.example.spf")" "192.0.2.0/24
$LAB_SENDER
2001:db8:7::/48"
	grep -qx '# resolved: 20..-..-..T..:..:..Z' "$KEPT/a.example.spf"
	expect "$(stat -c '%a %a' "$KEPT" "$KEPT/a.example.spf" | tr '\n' ' ')" \
		"755 755 644 644 "
	fakemx allow "file:$KEPT/a.example.spf"
	fakemx delete allow spf:a.example
	passes 192.0.2.200
	fakemx refresh
	fakemx delete allow "file:$KEPT/a.example.spf"
	turned_away 192.0.2.200
	run fakemx delete allow spf:a.example
	expect "$status" 1
	expect "$output" "xdp-fakemx: allow spf:a.example: not in the policy"
}

@test "a name that is none, and a resolver that is none, are usage errors" {
	for name in '' . example 192.0.2.1 a..example -x.example/24 \
		"$(printf 'a%.0s' {1..63}).$(printf 'b%.0s' {1..63}).$(printf 'c%.0s' {1..63}).$(printf 'd%.0s' {1..50}).example"; do
		run asks allow "spf:$name"
		expect "$status" 2
		[[ $output == *"allow: spf:$name: "* ]]
	done
	run fakemx allow spf:a.example --resolver nowhere
	expect "$status" 2
	[[ $output == *"nowhere: not a DNS server"* ]]
	run asks allow 192.0.2.1
	expect "$status" 2
	[[ ! -e $KEPT ]]
	expect "$(fakemx list | grep -vc decoy)" 0
}

@test "refresh resolves again; one that fails keeps what it had" {
	serve a.example "ip4:192.0.2.1" b.example "ip4:192.0.2.2"
	asks allow spf:a.example
	asks allow spf:b.example
	serve a.example "ip4:192.0.2.11" b.example "ipv4:192.0.2.12"
	cp -r "$KEPT" before
	run asks refresh --dry-run
	expect "$status" 1
	[[ $output == *"-1, +1; nothing is changed"* ]]
	diff -r before "$KEPT"
	run asks refresh
	expect "$status" 1
	[[ $output == *"spf:b.example: ipv4:192.0.2.12: no such mechanism; failing since 20"*", its list of 20"*" is used"* ]]
	passes 192.0.2.11
	turned_away 192.0.2.1
	passes 192.0.2.2
	since=$(grep 'failing since' "$KEPT/b.example.spf")
	grep -qxF '# failing because: ipv4:192.0.2.12: no such mechanism' \
		"$KEPT/b.example.spf"
	# Since when stays; why may change.
	stop_serving
	sleep 1.1
	run asks refresh -j
	expect "$status" 1
	[[ $output == *'"spf:a.example"'* ]]
	passes 192.0.2.11
	passes 192.0.2.2
	expect "$(grep 'failing since' "$KEPT/b.example.spf")" "$since"
	grep -qxF '# failing because: no DNS server has an answer' \
		"$KEPT/b.example.spf"
	# With what is on disk lost, too.
	rm -r "$KEPT"
	run asks refresh
	expect "$status" 1
	passes 192.0.2.11
	passes 192.0.2.2
	serve a.example "ip4:192.0.2.11" b.example "ip4:192.0.2.12"
	asks refresh -j | jq -e '.failing == [] and .prefixes_added == 1'
	passes 192.0.2.12
	run ! grep fail "$KEPT"/*
}

@test "what cannot be resolved, and is not kept, is refused" {
	run asks allow spf:a.example
	expect "$status" 1
	expect "$output" "xdp-fakemx: spf:a.example: no DNS server has an answer; no list of it is kept: nothing is changed"
	printf 'decoy %s\nallow 192.0.2.9\nallow spf:a.example\n' \
		"$LAB_DECOY" >wanted.conf
	for command in apply check; do
		run asks $command wanted.conf
		expect "$status" 1
		expect "$output" "xdp-fakemx: spf:a.example: no DNS server has an answer; no list of it is kept: nothing is changed"
	done
	expect "$(fakemx list | grep -vc decoy)" 0
	[[ ! -e $KEPT ]]
}

@test "what cannot be resolved any more is used as it is kept" {
	serve a.example "ip4:192.0.2.1"
	printf 'decoy %s\nallow spf:a.example\n' "$LAB_DECOY" >wanted.conf
	asks check wanted.conf
	asks apply wanted.conf --dry-run
	[[ ! -e $KEPT ]]
	asks apply wanted.conf
	passes 192.0.2.1
	stop_serving
	echo "decoy $LAB_DECOY" >without.conf
	fakemx apply without.conf
	turned_away 192.0.2.1
	for command in "check wanted.conf" "apply wanted.conf" \
		"allow spf:a.example" "load eth0 -c wanted.conf"; do
		# shellcheck disable=SC2086
		run asks $command
		expect "$status" 0
		[[ $output == *"spf:a.example: no DNS server has an answer; failing since 20"*" is used"* ]]
	done
	passes 192.0.2.1
	# What is changed beside it does not ask.
	: >other.list
	fakemx allow "file:$PWD/other.list"
	passes 192.0.2.1
	fakemx delete allow "file:$PWD/other.list"
	passes 192.0.2.1
	fakemx export guard -c wanted.conf | grep -q 192.0.2.1
}

@test "a boot without DNS has the kept lists, and goes on without others" {
	serve a.example "ip4:192.0.2.1"
	asks allow spf:a.example
	printf 'decoy %s\nallow spf:a.example\nallow spf:b.example\n' \
		"$LAB_DECOY" >wanted.conf
	fakemx unload eth0
	stop_serving
	run fakemx export guard -c wanted.conf
	expect "$status" 0
	[[ $output == *"spf:b.example: no list of it is kept: nobody is allowed by it"* ]]
	run default_config asks load eth0
	expect "$status" 0
	[[ $output == *"spf:b.example: no DNS server has an answer; no list of it is kept: it is loaded without"* ]]
	passes 192.0.2.1
	expect "$(fakemx list | tail -n 2)" "allow spf:a.example
allow spf:b.example"
	grep -q '^# failing since: 20' "$KEPT/b.example.spf"
	# It comes when there is DNS.
	serve a.example "ip4:192.0.2.1" b.example "ip4:192.0.2.2"
	asks refresh
	passes 192.0.2.2
}

# default_config COMMAND...: with wanted.conf in the default's place.
default_config() {
	local status=0

	own_etc
	cp wanted.conf /etc/xdp-fakemx.conf
	"$@" || status=$?
	host_etc
	return "$status"
}

@test "a load asks the DNS for no more than it needs" {
	serve a.example "ip4:192.0.2.1"
	asks allow spf:a.example
	printf 'decoy %s\nallow spf:a.example\n' "$LAB_DECOY" >wanted.conf
	fakemx unload eth0
	serve a.example "ip4:192.0.2.2"
	host nft "table inet dns { chain in { type filter hook input priority 0; udp dport 53 counter; }; }"
	asked() { host nft -j list table inet dns |
		jq '.nftables[].rule.expr[]?.counter.packets // empty'; }
	# Not for an interface that is not there.
	run asks load nowhere -c wanted.conf
	expect "$output" "xdp-fakemx: nowhere: no such interface"
	# Nor for what is kept, at boot.
	default_config asks load eth0
	passes 192.0.2.1
	# Nor where the default is not applied.
	rm "$KEPT/a.example.spf"
	default_config asks load eth0
	expect "$(asked)" 0
	asks load eth0 -c wanted.conf
	passes 192.0.2.2
	(($(asked) > 0))
	fakemx unload eth0
	rm "$KEPT/a.example.spf"
	default_config asks load eth0
	passes 192.0.2.2
}

@test "a resolver that is silent costs no more than the deadline" {
	serve a.example "ip4:192.0.2.1"
	asks allow spf:a.example
	host nft "table inet dns { chain in { type filter hook input priority 0; udp dport 53 drop; }; }"
	run timeout 60 nsenter --net=/run/netns/host "$FAKEMX" refresh \
		--resolver "$SERVER"
	expect "$status" 1
	[[ $output == *"the DNS does not answer in time; failing since"* ]]
	passes 192.0.2.1
}

# silent NAME...: what asks for names that begin with these gets no answer.
silent() {
	host nft "table inet dns { chain in { type filter hook input priority 0;
		udp dport 53 @th,160,$((8 * (${#1} + 1))) 0x0$(printf '%x' "${#1}";
		printf %s "$1" | od -An -tx1 | tr -d ' \n') drop; }; }"
}

@test "domains that do not answer keep no other from being asked" {
	zones=()
	for zone in dead{1..4} quick; do
		zones+=("$zone.example" ip4:192.0.2.1)
	done
	serve "${zones[@]}"
	for zone in dead{1..4} quick; do
		asks allow "spf:$zone.example"
	done
	# All four at first: they cost the time that there is for everybody.
	for zone in dead{1..4}; do silent "$zone"; done
	run --separate-stderr asks refresh -j
	expect "$status" 1
	expect "$(jq '.failing | length' <<<"$output")" 5
	# shellcheck disable=SC2154
	[[ $stderr == *"spf:quick.example: no time was left to ask; its list of 20"* ]]
	run ! grep fail "$KEPT/quick.example.spf"
	host nft delete table inet dns
	serve "${zones[@]/192.0.2.1/192.0.2.2}"
	for zone in dead{1..3}; do silent "$zone"; done
	# The next time it is asked, and so is one that has come back.
	run --separate-stderr asks refresh -j
	expect "$(jq -c .failing <<<"$output")" \
		'["spf:dead1.example","spf:dead2.example","spf:dead3.example"]'
	passes 192.0.2.2
}

# many COUNT: so many addresses.
many() { printf 'ip4:10.0.%d.1 ' $(seq "$1"); }

@test "a record without most of a long list is not believed" {
	serve a.example "$(many 120)" b.example "ip4:192.0.2.2"
	asks allow spf:a.example
	asks allow spf:b.example
	serve a.example "$(many 50)" b.example "ip4:192.0.2.3"
	run asks refresh
	expect "$status" 1
	[[ $output == *"spf:a.example: would take out 70 of its 120 addresses and prefixes; --force does it; failing since"* ]]
	passes 10.0.120.1
	passes 192.0.2.3
	# In fewer prefixes, the same senders are no loss.
	serve a.example "ip4:10.0.0.0/16" b.example "ip4:192.0.2.3"
	asks refresh
	passes 10.0.120.1
	# Nobody at all is a loss of any list.
	serve a.example "" b.example ""
	run asks refresh
	[[ $output == *"spf:b.example: would take out all of its 1 addresses and prefixes; --force does it; failing since"* ]]
	passes 192.0.2.3
	asks refresh --force
	turned_away 10.0.120.1
	turned_away 192.0.2.3
	asks refresh
}

@test "what is said of one domain leaves the others as they are in force" {
	serve a.example ip4:192.0.2.1 b.example ip4:192.0.2.2
	run asks allow spf:a.example
	expect "$output" "spf:a.example: 1 addresses and prefixes"
	cp "$KEPT/a.example.spf" older
	serve a.example ip4:192.0.2.11 b.example ip4:192.0.2.2
	asks refresh
	cp older "$KEPT/a.example.spf"
	asks allow spf:b.example
	passes 192.0.2.11
	turned_away 192.0.2.1
	rm "$KEPT/a.example.spf"
	fakemx delete allow spf:b.example
	passes 192.0.2.11
	turned_away 192.0.2.2
}

@test "a record with the same senders in another order changes nothing" {
	rules() { bpftool map show pinned \
		/sys/fs/bpf/xdp-fakemx/policy/rules -j | jq .id; }
	serve a.example "ip4:192.0.2.1 ip4:192.0.2.2"
	asks allow spf:a.example
	before=$(rules)
	serve a.example "ip4:192.0.2.2 ip4:192.0.2.1"
	asks refresh
	expect "$(rules)" "$before"
	serve a.example "ip4:192.0.2.2"
	asks refresh
	[[ $(rules) != "$before" ]]
}

@test "a record that lets in half the world is not believed" {
	serve a.example "ip4:192.0.2.1"
	asks allow spf:a.example
	# Each is narrow enough.
	for wide in "ip4:128.0.0.0/8 ip4:192.0.2.0/24" \
		"ip4:128.0.0.0/9 ip4:130.0.0.0/9 ip4:192.0.2.1" \
		"ip6:2001::/16 ip6:2600::/17"; do
		serve a.example "$wide"
		run asks refresh
		expect "$status" 1
		[[ $output == *"spf:a.example: lets more senders pass than a /"*"; --force takes it; failing since"* ]]
		passes 192.0.2.1
		turned_away 128.1.1.1
		turned_away 2600::1
		run asks pool spf:a.example
		[[ $output == *"; --force takes it; failing since"* ]]
		fakemx delete pool spf:a.example
	done
	# All of a /8, once.
	serve a.example "ip4:128.0.0.0/9 ip4:128.128.0.0/9 ip6:2001::/16"
	asks refresh --force
	asks refresh
	passes 128.200.1.1
	serve a.example "$wide"
	asks refresh --force
	passes 2600::1
}

@test "a record of very many prefixes is not believed" {
	for i in {1..1100}; do
		printf -- '-ip6:2001:%x::1 ' "$i"
	done >terms
	# Each of these cuts what is around it into 96 and more.
	serve a.example "ip6:2001:ffff::1" b.example "$(cat terms) ip6:2001::/16"
	run asks allow spf:b.example
	expect "$status" 1
	[[ $output == *"spf:b.example: comes to "*" addresses and prefixes, more than 100000; --force takes it"* ]]
	expect "$(fakemx list | grep -c spf)" 0
}

# metric NAME: of a.example.
metric() {
	fakemx metrics -j | jq --arg name "xdp_fakemx_spf_$1" '.families[] |
		select(.name == $name) | .samples[] |
		select(.labels.domain == "a.example") | .value'
}

@test "status and metrics say what a domain came to, and since when it fails" {
	run fakemx status -j
	jq -e '.spf == []' <<<"$output"
	serve a.example "ip4:192.0.2.1 ip4:192.0.2.9 ptr" b.example ip4:192.0.2.2
	asks allow spf:a.example
	asks allow spf:b.example
	fakemx status -j | jq -e '.spf[0] | .domain == "a.example" and
		.prefixes == 2 and .failing_since == null and .error == null and
		.left_out == ["ptr of a.example"] and (.resolved | fromdate) > 0'
	fakemx status | grep -qx "spf:a.example: 2 addresses and prefixes, resolved 20..-.*Z, 1 left out"
	run ! grep spf <<<"$(fakemx status | grep warning)"
	expect "$(metric failing_since_timestamp_seconds)" 0
	expect "$(metric resolved_timestamp_seconds)" \
		"$(fakemx status -j | jq '.spf[0].resolved | fromdate')"
	stop_serving
	run asks refresh
	fakemx status -j | jq -e '.spf[0].error == "no DNS server has an answer" and
		(.spf[0].resolved | fromdate) > 0'
	expect "$(metric failing_since_timestamp_seconds)" \
		"$(fakemx status -j | jq '.spf[0].failing_since | fromdate')"
	fakemx status | grep -qx "warning: spf:b.example: cannot be resolved since 20.*Z: no DNS server has an answer; its list of 20.*Z is used"
	sed -i '/failing because/d' "$KEPT/a.example.spf"
	fakemx status | grep -qx "warning: spf:a.example: cannot be resolved since 20.*Z: it is not kept why; its list of 20.*Z is used"
	rm "$KEPT/a.example.spf"
	fakemx status | grep -qx "warning: $KEPT/a.example.spf: No such file or directory; to write it: xdp-fakemx refresh"
	expect "$(metric resolved_timestamp_seconds)" 0
}

@test "what cannot be kept is in force all the same, and said" {
	serve a.example "ip4:192.0.2.1"
	: >"$KEPT"
	# What follows a change is done as well.
	fakemx export guard | host nft -f -
	for command in "allow spf:a.example" refresh; do
		# shellcheck disable=SC2086
		run asks $command
		expect "$status" 0
		[[ $output == *"cannot be kept for a boot without DNS"* ]]
	done
	run asks allow spf:a.example
	[[ $output == *"the guard in nftables is of the policy before"* ]]
	passes 192.0.2.1
	: >other.list
	fakemx allow "file:$PWD/other.list"
	passes 192.0.2.1
}

# class_of ADDR: as senders says it to people.
class_of() { fakemx senders | awk -v who="$1" '$1 == who {
	print $2 ($3 == "(neighbour)" ? " " $3 : "") }'; }

@test "a sender of a pool retried where one of the pool came to a real MX" {
	fakemx real "$LAB_REAL"
	host ip route add 10.0.0.0/8 dev eth0
	lab_visit 10.1.1.25 "$LAB_DECOY"
	lab_visit 10.3.1.25 "$LAB_DECOY"
	lab_visit 10.2.2.25 "$LAB_REAL"
	expect "$(class_of 10.1.1.25)" waiting
	run asks pool spf:big.example
	expect "$status" 1
	expect "$output" "xdp-fakemx: spf:big.example: no DNS server has an answer; no list of it is kept: nothing is changed"
	serve big.example "ip4:10.1.0.0/16 include:more.example" \
		more.example ip4:10.2.0.0/16
	asks pool spf:big.example
	expect "$(class_of 10.1.1.25)" "retried (neighbour)"
	expect "$(class_of 10.3.1.25)" waiting
	fakemx senders -j | jq -e '.senders[] |
		select(.sender == "10.1.1.25") | .neighbour'
	fakemx report -j | jq -e '[.classes[] | select(.class == "retried") |
		.senders] == [1]'
	# Nobody is allowed by it.
	turned_away 10.1.1.25
	fakemx status -j | jq -e '.policy.allowed == 0 and
		.spf[0].domain == "big.example" and .spf[0].prefixes == 2'
	# It is a statement of its own, beside an allowlist of the same domain.
	asks allow spf:big.example
	passes 10.1.1.25
	expect "$(fakemx list | grep spf)" "pool spf:big.example
allow spf:big.example"
	fakemx list -j | jq -e '.statements[] | select(.kind == "pool") |
		.source == "spf:big.example"'
	fakemx status -j | jq -e '.spf | length == 1'
	fakemx delete allow spf:big.example
	turned_away 10.1.1.25
	[[ -e $KEPT/big.example.spf ]]
	fakemx save kept.conf
	fakemx delete pool spf:big.example
	# What was kept goes with the last statement about it.
	[[ ! -e $KEPT/big.example.spf ]]
	expect "$(class_of 10.1.1.25)" waiting
	run fakemx delete pool spf:big.example
	expect "$output" "xdp-fakemx: pool spf:big.example: not in the policy"
	# Kept for a boot without DNS, and resolved again.
	asks apply kept.conf
	grep -v pool kept.conf >without.conf
	fakemx apply without.conf
	expect "$(class_of 10.1.1.25)" waiting
	stop_serving
	asks apply kept.conf
	expect "$(class_of 10.1.1.25)" "retried (neighbour)"
	serve big.example ip4:10.3.0.0/16
	asks refresh
	expect "$(class_of 10.1.1.25)" waiting
}

@test "no packet meets a policy without its sender while SPF is refreshed" {
	serve a.example "ip4:$LAB_SENDER"
	lab_smtp_server "$LAB_DECOY"
	asks allow spf:a.example
	for _ in {1..10}; do
		asks refresh >/dev/null
	done &
	refreshes=$!
	while kill -0 "$refreshes" 2>/dev/null; do
		greeted "$LAB_DECOY"
		refused "$LAB_DECOY" "$LAB_OTHER"
	done
	wait "$refreshes"
}

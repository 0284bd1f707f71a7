#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Lists of senders, in the programs that they are for.

load helpers
load dns

peers=$BATS_TEST_DIRNAME/../../build/peers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	lab_visits_start
	fakemx real "$LAB_REAL"
	fakemx decoy "$LAB_DECOY6" role first
	visits <<-EOF
		192.0.2.1 $LAB_LAST
		192.0.2.20 $LAB_LAST
		203.0.113.5 $LAB_DECOY
		203.0.113.5 $LAB_REAL
		2001:db8:7::9 $LAB_DECOY6
		2001:db8:7:1::8 $LAB_DECOY6
	EOF
}
teardown() { lab_stop; }

# Of all senders.
list() { fakemx export "$@" --unverified; }

# dns_name ADDR ZONE: where a DNS list has an address.
dns_name() {
	/usr/bin/python3 -c 'import ipaddress, sys
labels = ipaddress.ip_address(sys.argv[1]).reverse_pointer.split(".")[:-2]
print(".".join(labels + [sys.argv[2]]))' "$@"
}

# on_list ZONE ADDR...: what the server says of each; "A TXT" where it is there.
on_list() {
	local zone=$1 addr name
	shift

	for addr; do
		name=$(dns_name "$addr" "$zone")
		echo "$addr $(host drill -Q @127.0.0.1 "$name" A)" \
			"$(host drill -Q @127.0.0.1 "$name" TXT)"
	done
}

expect_dns_list() {
	expect "$(on_list "$1" 127.0.0.2 127.0.0.1 ::ffff:127.0.0.2 \
		::ffff:127.0.0.1 192.0.2.1 192.0.2.2 203.0.113.5 \
		2001:db8:7::9 2001:db8:7::ffff:1 2001:db8:7:1::1 \
		2001:db8:7:2::8)" \
		'127.0.0.2 127.0.0.2 "test"
127.0.0.1  
::ffff:127.0.0.2 127.0.0.2 "test"
::ffff:127.0.0.1  
192.0.2.1 127.0.0.2 "backwards"
192.0.2.2  
203.0.113.5 127.0.0.2 "retried"
2001:db8:7::9 127.0.0.2 "waiting"
2001:db8:7::ffff:1 127.0.0.2 "waiting"
2001:db8:7:1::1 127.0.0.2 "waiting"
2001:db8:7:2::8  '
}

@test "plain: a list that can be allowed, or of a class" {
	list plain >listed
	expect "$(grep -v '^#' listed)" "2001:db8:7::/64
2001:db8:7:1::/64
192.0.2.1
192.0.2.20
203.0.113.5"
	fakemx allow "file:$PWD/listed"
	expect "$(fakemx test 2001:db8:7:1:5::1 -j | jq -r .verdict)" pass
	fakemx delete allow "file:$PWD/listed"
	expect "$(list plain --class backwards)" \
		"# $("$FAKEMX" --version): senders of the class backwards
192.0.2.1
192.0.2.20"
	# Nobody was seen this long ago.
	sleep 3
	expect "$(list plain --max-age 1s | grep -vc '^#')" 0
}

@test "of senders whose SYNs may be forged there is no list, unless it is asked for" {
	fakemx export plain >list 2>said
	expect "$(grep -vc '^#' list)" 0
	expect "$(cat said)" "xdp-fakemx: export: 5 left out: nothing proves that their SYNs were theirs; see export --help"
	list plain >listed 2>said
	expect "$(grep -vc '^#' listed)" 5
	expect "$(cat said)" ""
}

@test "nft: sets whose elements time out, beside rules that stay" {
	list nft --max-age 1h | host nft -f -
	host nft -f - <<-EOF
		table inet xdp_fakemx_senders {
			chain in {
				type filter hook input priority 0
				ip saddr @senders4 counter
				ip6 saddr @senders6 counter
			}
		}
	EOF
	host nft get element inet xdp_fakemx_senders senders4 '{ 192.0.2.20 }'
	host nft get element inet xdp_fakemx_senders senders6 '{ 2001:db8:7:1:a::1 }'
	run ! host nft get element inet xdp_fakemx_senders senders4 '{ 192.0.2.21 }'
	run ! host nft get element inet xdp_fakemx_senders senders6 '{ 2001:db8:7:2::1 }'
	# All of them end in an hour, at most.
	expect "$(host nft -j list set inet xdp_fakemx_senders senders4 |
		jq '[.nftables[].set // empty | .elem[].elem |
			.timeout > 3500 and .timeout <= 3600] | all, length')" \
		"true
3"
	# Another list: what it has not is gone, in one step; the rules are there.
	list nft --class retried | host nft -f -
	run ! host nft get element inet xdp_fakemx_senders senders4 '{ 192.0.2.20 }'
	host nft get element inet xdp_fakemx_senders senders4 '{ 203.0.113.5 }'
	expect "$(host nft list chain inet xdp_fakemx_senders in | grep -c counter)" 2
	# Elements that are there already get their time anew.
	list nft | host nft -f -
	host nft get element inet xdp_fakemx_senders senders6 '{ 2001:db8:7:1:a::1 }'
}

@test "nft: the set times out by itself" {
	list nft --max-age 4s | host nft -f -
	lab_wait eval '! host nft get element inet xdp_fakemx_senders senders4 "{ 203.0.113.5 }" 2>/dev/null'
}

@test "postfix: a table that tells by class" {
	cat >main.cf <<-EOF
		compatibility_level = 3.6
		mail_owner = daemon
		setgid_group = sys
	EOF
	list postfix --output "$PWD/table"
	# Personal data: who may read it is for its owner to say.
	expect "$(stat -c %a table)" 600
	chmod 640 table
	list postfix --output "$PWD/table"
	expect "$(stat -c %a table)" 640
	visits <<<"192.0.2.40 $LAB_REAL"
	list postfix --output "$PWD/table"
	expect "$(printf '%s\n' 192.0.2.1 203.0.113.5 192.0.2.2 192.0.2.40 \
		2001:db8:7::5 2001:db8:7:3::5 |
		LD_LIBRARY_PATH=$peers/usr/lib/postfix \
			"$peers/usr/sbin/postmap" -c . -q - cidr:table)" \
		"192.0.2.1	reject
203.0.113.5	permit
192.0.2.40	dunno
2001:db8:7::5	dunno"
}

@test "rbldnsd: a zone that answers" {
	# It will not read as root.
	install -m 644 /dev/null /run/list
	list rbldnsd --output /run/list
	host "$peers/usr/sbin/rbldnsd" -n -q -u nobody -b 127.0.0.1/53 \
		bl.example:combined:/run/list >log 2>&1 3>&- &
	lab_wait host drill -Q @127.0.0.1 bl.example SOA
	expect_dns_list bl.example
}

@test "zone: a zone file that nsd serves" {
	host ip link set lo up
	mkdir -p "$DNS_DIR"
	list zone --output "$DNS_DIR/bl.example.zone"
	dns_zone_entry bl.example
	dns_serve host 127.0.0.1
	expect_dns_list bl.example
	# Its serial grows.
	before=$(host drill -Q @127.0.0.1 bl.example SOA | cut -d ' ' -f 3)
	sleep 1
	after=$(list zone | awk '$2 == "SOA" { print $5 }')
	((after > before))
}

@test "a file is replaced in one step, or not at all" {
	echo before >list
	run -2 fakemx export plain --class nobody --output "$PWD/list"
	[[ $output == *"--class: nobody: no such class"* ]]
	run -1 fakemx export plain --unverified --output "$PWD/nowhere/list"
	[[ $output == *"nowhere/list"* ]]
	run -1 fakemx export plain --unverified --output /dev/full
	expect "$(cat list)" before
	list plain --output "$PWD/list"
	expect "$(grep -vc '^#' list)" 5
	expect "$(find . -name 'list*')" ./list
	fakemx export guard --output "$PWD/list"
	host nft -c -f list
}

@test "what does not belong together is refused" {
	for wrong in "export" "export csv" "export plain -j" \
		"export plain -c /etc/hosts" "export plain --force" \
		"export plain --max-age 0s" "export guard --class lost" \
		"export guard --unverified" "export plain nft"; do
		# shellcheck disable=SC2086
		run -2 fakemx $wrong
		[[ $output == xdp-fakemx:* ]]
	done
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What the tool says, and how it exits, when something is wrong: each error
# names its object, and leaves nothing behind.

load ../net/helpers

setup() { lab_start; }
teardown() { lab_stop; }

# fails STATUS TEXT COMMAND...: with this status, and the text on stderr.
fails() {
	local status=$1 text=$2 err is=0
	shift 2

	err=$(fakemx "$@" 2>&1 >/dev/null) || is=$?
	echo "$* -> $is: $err"
	expect "$is" "$status"
	[[ $err == *"xdp-fakemx: "*"$text"* ]]
}

# As it was before anything was loaded.
untouched() {
	local dev

	[[ ! -e /sys/fs/bpf/xdp-fakemx ]]
	for dev in lo eth0; do
		expect "$(host ip -j link show "$dev" | jq '.[0].xdp')" null
	done
}

@test "a wrong command line is told before privileges are asked for" {
	local user

	user=(setpriv --reuid 65534 --clear-groups --inh-caps=-all
		--bounding-set=-all)
	run "${user[@]}" "$FAKEMX" allow 203.0.113.300
	expect "$status" 2
	expect "$output" "xdp-fakemx: allow: 203.0.113.300: not an IP address"
	run "${user[@]}" "$FAKEMX" allow 203.0.113.5
	expect "$status" 1
	[[ $output == *"run it as root, or with CAP_NET_ADMIN CAP_BPF CAP_PERFMON"* ]]
	run "${user[@]}" "$FAKEMX" status
	expect "$status" 1
	run "${user[@]}" "$FAKEMX" load lo
	expect "$status" 1
}

@test "words that are wrong exit 2 and are quoted" {
	fails 2 "alow: no such command" alow 203.0.113.5
	fails 2 "lis: no such command" lis
	fails 2 "allow: 203.0.113.0/33: the prefix length" allow 203.0.113.0/33
	fails 2 "write 203.0.113.0/24" allow 203.0.113.9/24
	fails 2 "0.0.0.0/0: would allow every sender" allow 0.0.0.0/0
	fails 2 "::/0: would allow every sender" allow ::/0
	fails 2 "role: middle: must be first or last" \
		decoy "$LAB_DECOY" role middle
	fails 2 "decoy: which address?" decoy
	fails 2 "again: not expected here" real "$LAB_REAL" again
	fails 2 "127.0.0.1: no host can have this address" decoy 127.0.0.1
	fails 2 "set: colour: no such setting" set colour red
	fails 2 "shadow: maybe: must be on or off" set shadow maybe
	fails 2 "--colour: no such option" list --colour
	fails 2 "--force: no such option" list --force
	fails 2 "--textfile: needs a value" metrics --textfile
	fails 2 "--mode fast: must be auto, native or generic" \
		load eth0 --mode fast
	fails 2 "--colour: no such option" list -j --colour
	fails 2 "-x: no such option" list -jx
	fails 2 "is for Prometheus, not for --json" metrics -j --textfile x
	fails 2 "load: on which interface?" load
	fails 2 "eth1: not expected here" load eth0 eth1
	fails 2 "unload: which interface? or --all" unload
	fails 2 "extra: not expected here" list extra
	fails 2 "banana: no such statement" delete banana 1
	untouched
}

@test "no words at all print the overview on stderr and exit 2" {
	run fakemx
	expect "$status" 2
	expect "$(fakemx 2>/dev/null)" ""
	[[ $output == *"usage: xdp-fakemx"* ]]
}

@test "help of each command goes to stdout and exits 0" {
	local command

	for command in load unload decoy real allow set delete list status \
		stats metrics; do
		run host bash -c "\"$FAKEMX\" $command --help 2>/dev/null"
		expect "$status" 0
		[[ $output == "usage: xdp-fakemx $command"* ]]
		fakemx --help | grep -q "^  $command "
	done
	[[ $(fakemx --version) =~ ^xdp-fakemx\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "nothing loaded: status exits 3, changes and stats exit 1" {
	run fakemx status
	expect "$status" 3
	expect "$output" "nothing is loaded"
	run fakemx status -j
	expect "$status" 3
	expect "$(jq -c .interfaces <<<"$output")" "[]"
	fails 1 "nothing is loaded; run: xdp-fakemx load" allow 203.0.113.5
	fails 1 "nothing is loaded" list
	fails 1 "nothing is loaded" stats
	fails 1 "nothing is loaded" unload eth0
	fails 1 "nothing is loaded" unload --all
	fakemx metrics | grep -qx 'xdp_fakemx_decoys 0'
	untouched
}

@test "without bpffs nothing is loaded, and load mounts it and says so" {
	umount /sys/fs/bpf
	run fakemx status
	expect "$status" 3
	fails 1 "eth9: no such interface" load eth9
	run ! mountpoint -q /sys/fs/bpf
	run fakemx load eth0
	expect "$status" 0
	[[ $output == *"bpffs was not mounted; mounted it"* ]]
	mountpoint /sys/fs/bpf
	[[ $output != *"namespace of its own"* ]]
	fakemx unload eth0
	umount /sys/fs/bpf
	run unshare --mount nsenter --net=/run/netns/host "$FAKEMX" load eth0
	[[ $output == *"mount namespace of its own"* ]]
	mount -t bpf bpf /sys/fs/bpf
}

@test "a failed load takes the mount back" {
	# ip mounts bpffs too.
	host ip link set dev eth0 xdpgeneric \
		obj "$FAKEMX_BUILD/tests/pass.bpf.o" sec xdp
	umount /sys/fs/bpf
	fails 1 "another XDP program" load eth0
	run ! mountpoint -q /sys/fs/bpf
	mount -t bpf bpf /sys/fs/bpf
}

@test "an interface that is missing, or has no Ethernet header, is refused" {
	fails 1 "eth9: no such interface" load eth9
	fails 1 "averyveryverylongname: no such interface" \
		load averyveryverylongname
	fails 1 "lo: its frames have no Ethernet header" load lo
	host ip tuntap add dev tun0 mode tun
	fails 1 "tun0: its frames have no Ethernet header" load tun0
	untouched
}

@test "another program on the interface is named, and stays" {
	host ip link set dev eth0 xdpgeneric \
		obj "$FAKEMX_BUILD/tests/pass.bpf.o" sec xdp
	fails 1 "eth0: another XDP program is attached: pass_all (id " load eth0
	fails 1 "ip link set dev eth0 xdpgeneric off" load eth0
	fails 1 "another XDP program" load eth0 --mode native
	host ip link show eth0 | grep -q pass_all ||
		host ip -d link show eth0 | grep -q xdpgeneric
	host ip link set dev eth0 xdpgeneric off
	untouched
	host ip link set dev eth0 xdpdrv \
		obj "$FAKEMX_BUILD/tests/pass.bpf.o" sec xdp
	fails 1 "native mode); detach it first, with what attached it, or: ip link set dev eth0 xdpdrv off" \
		load eth0
	host ip link set dev eth0 xdpdrv off
	untouched
}

@test "a pin that is not ours is an error, and stays" {
	local pins=/sys/fs/bpf/xdp-fakemx

	fakemx load eth0
	mv "$pins/if/eth0/link" "$pins/if/eth0/kept"
	# Of the type whose number is that of an XDP link.
	bpftool map create "$pins/if/eth0/link" type percpu_array key 4 \
		value 4 entries 1 name other
	fails 1 "eth0/link: not a link of xdp-fakemx; remove it by hand" list
	fails 1 "not a link of xdp-fakemx" load eth0
	bpftool map show pinned "$pins/if/eth0/link" | grep -q other
	rm "$pins/if/eth0/link"
	mv "$pins/if/eth0/kept" "$pins/if/eth0/link"
	fakemx list
	rm "$pins/policy/notes"
	bpftool map create "$pins/policy/notes" type array key 4 value 4 \
		entries 1 name other
	fails 1 "policy/notes: not a map of xdp-fakemx" list
	fakemx unload --all
	untouched
}

@test "what cannot be exported is told" {
	local conf=$BATS_TEST_TMPDIR/conf

	fails 2 "export: which format? guard, or of senders: plain, nft" export
	fails 2 "export: rbl: no such format; there are: guard, or of senders:" \
		export rbl
	fails 2 "export: eth0: not expected here" export guard eth0
	fails 1 "nothing is loaded; run: xdp-fakemx load IFACE, or name a configuration with -c" export guard
	printf 'decoy %s\nallow 0.0.0.0/0\n' "$LAB_DECOY" >"$conf"
	fails 2 "$conf:2:7: 0.0.0.0/0: would allow every sender" \
		export guard -c "$conf"
	fakemx export guard -c "$conf" --force | grep -qF 0.0.0.0/0
	fails 2 "$conf.no: No such file or directory" export guard -c "$conf.no"
	untouched
}

@test "maps of another layout are refused with the command that mends it" {
	local layout=/sys/fs/bpf/xdp-fakemx/policy/layout ours

	ours=$(sed -n 's/^#define FMX_LAYOUT //p' \
		"$BATS_TEST_DIRNAME/../../include/fakemx.h")

	fakemx load eth0
	bpftool map update pinned "$layout" key 0 0 0 0 value 99 0 0 0
	fails 1 "the loaded maps have layout 99, this xdp-fakemx has $ours; run: xdp-fakemx unload --all, then load again" list
	fails 1 "layout 99" load eth0
	fails 1 "layout 99" metrics
	fakemx unload --all
	untouched
	fakemx load eth0
	fakemx list
}

@test "what a killed load left is cleared by the next" {
	fakemx load eth0
	fakemx decoy "$LAB_DECOY"
	# As if it had been killed before the link was pinned, its last step.
	rm /sys/fs/bpf/xdp-fakemx/if/eth0/link
	lab_wait not_attached
	fails 1 "nothing is loaded" allow 203.0.113.5
	fakemx load eth0
	expect "$(fakemx list)" ""
	fakemx unload eth0
	untouched
}

not_attached() { [[ $(host ip -j link show eth0 | jq '.[0].xdp') == null ]]; }

@test "a file that is wrong changes nothing, and is told with its line" {
	local file=$BATS_TEST_TMPDIR/bad.conf

	printf 'decoy %s\n\nallow 203.0.113.300 # no\n' "$LAB_DECOY" >"$file"
	fails 2 "$file:3:7: 203.0.113.300: not an IP address" load eth0 -c "$file"
	untouched
	fakemx load eth0
	fakemx allow 192.0.2.1
	fails 2 "$file:3:7: 203.0.113.300: not an IP address" load eth0 -c "$file"
	expect "$(fakemx list)" "allow 192.0.2.1"
	printf 'decoy %s\nreal %s\n' "$LAB_DECOY" "$LAB_DECOY" >"$file"
	fails 2 "$file:2: $LAB_DECOY: is a decoy since line 1" \
		load eth0 -c "$file"
	fails 2 "/nonexistent.conf: No such file" load eth0 -c /nonexistent.conf
	expect "$(fakemx list)" "allow 192.0.2.1"
}

@test "an address cannot be decoy and real at once" {
	fakemx load eth0
	fakemx decoy "$LAB_DECOY"
	fails 1 "cannot be decoy and real at once" real "$LAB_DECOY"
	fakemx real "$LAB_REAL"
	fails 1 "cannot be decoy and real at once" decoy "$LAB_REAL"
	fails 1 "decoy $LAB_REAL: not in the policy" delete decoy "$LAB_REAL"
	fails 1 "allow 192.0.2.1: not in the policy" delete allow 192.0.2.1
	fakemx allow 192.0.2.0/24
	fails 1 "allow 192.0.2.1: not in the policy" delete allow 192.0.2.1
}

@test "shadow mode is refused where it would open a listener" {
	lab_smtp_server "$LAB_DECOY"
	fakemx load eth0
	fakemx decoy "$LAB_DECOY"
	fails 1 "something listens on port 25 of the decoy $LAB_DECOY" \
		set shadow on
	fails 1 "something listens" load eth0 --shadow
	expect "$(fakemx status -j | jq .policy.shadow)" false
	fakemx set shadow on --force
	expect "$(fakemx status -j | jq .policy.shadow)" true
}

@test "the mode of what is loaded is not changed by the way" {
	fakemx load eth0 --mode generic
	fails 1 "loaded in generic mode; to change it: xdp-fakemx unload eth0" \
		load eth0 --mode native
	expect "$(fakemx status -j | jq -r '.interfaces[0].mode')" generic
}

@test "a failed attach takes the policy of -c back" {
	local file=$BATS_TEST_TMPDIR/new.conf

	host ip link add eth1 type veth peer name eth2
	host ip link set dev eth1 xdpgeneric \
		obj "$FAKEMX_BUILD/tests/pass.bpf.o" sec xdp
	fakemx load eth0
	fakemx allow 192.0.2.1 comment old
	printf 'allow 192.0.2.2 comment new\n' >"$file"
	fails 1 "another XDP program" load eth1 -c "$file"
	expect "$(fakemx list)" 'allow 192.0.2.1 comment "old"'
	fakemx load eth2 -c "$file"
	expect "$(fakemx list)" 'allow 192.0.2.2 comment "new"'
}

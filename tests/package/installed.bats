#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The package on a minimal system, in the order in which it is lived with: used
# by the manual, upgraded, purged. For scripts/package-test, which has installed
# it in ROOT: there is nothing but a shell, man and nft. BEFORE lists what was
# there before; ROOT/root has the package, and that of a version before.

load ../net/helpers
load ../net/stream

setup_file() {
	mount -t proc proc "$ROOT/proc"
	mount --rbind /sys "$ROOT/sys"
	mount --rbind /dev "$ROOT/dev"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	lab_start
}
teardown() { lab_stop; }

# What is run is what is installed.
fakemx() { installed xdp-fakemx "$@"; }
installed() {
	host env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive chroot "$ROOT" "$@"
}

version() { installed dpkg -s xdp-fakemx | sed -n 's/^Version: //p'; }

manual() { installed env MANWIDTH=200 man -P cat "$@" 2>/dev/null; }

# section NAME NUMBER PAGE: of the manual, as it is read.
section() {
	manual "$2" "$3" | awk -v name="$1" '
		/^[A-Z]/ { within = $0 == name; next }
		within && NF { sub(/^ +/, ""); print }'
}

program() { host ip -j link show eth0 | jq '.[0].xdp.prog.tag'; }

@test "there is nothing to build with, and the tool is the package's version" {
	run ! installed sh -c "command -v gcc || command -v clang || command -v make"
	expect "$(fakemx --version)" "xdp-fakemx $(version)"
	fakemx check /etc/xdp-fakemx.conf
	installed dpkg -s xdp-fakemx | grep -A 1 '^Conffiles:' |
		grep -q '^ /etc/xdp-fakemx.conf '
}

@test "units, completion and examples are where they are looked for" {
	installed dpkg -L xdp-fakemx >files
	(($(grep -cE '/systemd/system/[^/]+\.(service|timer)$' files) == 7))
	grep -qx /usr/share/bash-completion/completions/xdp-fakemx files
	grep -qx /usr/share/doc/xdp-fakemx/examples/xdp-fakemx.json files
	grep -qx /usr/share/doc/xdp-fakemx/examples/xdp-fakemx.rules.yml files
}

@test "the manual is there, and its examples work as they are read" {
	local command count=0

	section NAME 8 xdp-fakemx | grep -q '^xdp-fakemx'
	section NAME 5 xdp-fakemx.conf | grep -q '^xdp-fakemx.conf'
	installed mkdir -p /var/lib/prometheus/node-exporter
	cp "$ROOT/etc/xdp-fakemx.conf" conf
	echo "decoy $LAB_DECOY" >"$ROOT/etc/xdp-fakemx.conf"
	section EXAMPLES 8 xdp-fakemx |
		grep -E '^(xdp-fakemx|install) ' | grep -v ' lint ' >commands
	while read -r command; do
		echo "$command"
		installed sh -ec "$command" </dev/null
		count=$((count + 1))
	done <commands
	((count >= 8))
	refused "$LAB_DECOY"
	rm -r "$ROOT/var/lib/prometheus"
	installed nft delete table inet xdp_fakemx
	cp conf "$ROOT/etc/xdp-fakemx.conf"
}

@test "a sender is refused, let in, counted, remembered, and refused again" {
	lab_smtp_server "$LAB_DECOY"
	fakemx load eth0
	fakemx decoy "$LAB_DECOY" role first
	refused "$LAB_DECOY"
	fakemx allow "$LAB_SENDER" comment "a partner"
	greeted "$LAB_DECOY"
	fakemx list >said
	grep -q "^allow $LAB_SENDER comment \"a partner\"" said
	expect "$(counted reset)" 1
	fakemx senders | grep -qF "$LAB_SENDER"
	fakemx status | grep -qw eth0
	fakemx unload eth0
	expect "$(host ip -j link show eth0 | jq '.[0].xdp')" null
	[[ ! -e /sys/fs/bpf/xdp-fakemx ]]
}

# dpkg runs what the unit's reload does: no systemd is here.
@test "an upgrade under traffic answers, passes and counts every packet" {
	local older

	installed dpkg -i /root/older.deb
	[[ $(fakemx --version) == *" 0.0.9" ]]
	addresses 1 100 >allowed
	{
		echo "decoy $LAB_DECOY role first"
		sed 's/^/allow /' allowed
		addresses 20 65000 | sed 's/^/allow /'
	} >"$ROOT/root/conf"
	fakemx load eth0 --mode native -c /root/conf
	older=$(program)
	syns_behind 20000000 1 2 allowed
	installed dpkg -i /root/new.deb
	going_on
	stream_ends
	[[ $(program) != "$older" ]]
	expect "$(fakemx --version)" "xdp-fakemx $(version)"
	[[ $(fakemx status) != *"0.0.9"* ]]
	expect "$(cat sent)" \
		"$(became 10000000 0 10000000 10000000 10000000 0)"
	expect "$(counted allowed)" 10000000
	expect "$(counted reset)" 10000000
	fakemx list | cmp - "$ROOT/root/conf"
}

@test "a purge detaches, and leaves nothing" {
	fakemx load eth0
	# As the services would have left it.
	mkdir -p "$ROOT/var/lib/xdp-fakemx" \
		"$ROOT/etc/systemd/system/multi-user.target.wants"
	touch "$ROOT/var/lib/xdp-fakemx/ledger"
	ln -s /lib/systemd/system/xdp-fakemx@.service \
		"$ROOT/etc/systemd/system/multi-user.target.wants/xdp-fakemx@eth0.service"
	installed apt-get -q purge -y xdp-fakemx
	installed apt-get -q autoremove --purge -y
	expect "$(host ip -j link show eth0 | jq '.[0].xdp')" null
	[[ ! -e /sys/fs/bpf/xdp-fakemx ]]
	"$BATS_TEST_DIRNAME/list" "$ROOT" | diff "$BEFORE" -
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What make makes.

load ../net/helpers

source_to() {
	mkdir -p "$1"
	cp -r bpf include user scripts Makefile "$1"
}

setup() { cd "$BATS_TEST_DIRNAME/../.." || exit 1; }

@test "the same source gives the same bytes from two directories" {
	source_to "$BATS_TEST_TMPDIR/another/and/deeper"
	make -s -j2 -C "$BATS_TEST_TMPDIR/another/and/deeper"
	cmp "$FAKEMX" "$BATS_TEST_TMPDIR/another/and/deeper/build/xdp-fakemx"
	cmp "$FAKEMX_BUILD/fakemx.bpf.o" \
		"$BATS_TEST_TMPDIR/another/and/deeper/build/fakemx.bpf.o"
}

@test "install heeds DESTDIR and PREFIX, and the binary alone is enough" {
	local root=$BATS_TEST_TMPDIR/root

	make -s install DESTDIR="$root" PREFIX=/opt/mail
	[[ $(find "$root" -type f ! -path "$root/opt/mail/*") == \
		"$root/etc/xdp-fakemx.conf" ]]
	"$root/opt/mail/sbin/xdp-fakemx" check "$root/etc/xdp-fakemx.conf"
	echo "decoy 198.51.100.10" >"$root/etc/xdp-fakemx.conf"
	make -s install DESTDIR="$root" PREFIX=/opt/mail
	[[ $(<"$root/etc/xdp-fakemx.conf") == "decoy 198.51.100.10" ]]
	(cd / && "$root/opt/mail/sbin/xdp-fakemx" --version)
	[[ $(grep -rhoE '[^ =]*/xdp-fakemx ' "$root/opt/mail/lib/systemd" |
		sort -u) == "/opt/mail/sbin/xdp-fakemx " ]]
}

# scripts/package-test builds the package from it.
@test "the tarball is the source, and the package's version is the tool's" {
	local version

	version=$("$FAKEMX" --version | cut -d ' ' -f 2)
	make -s dist
	tar -xzf "build/xdp-fakemx-$version.tar.gz" -C "$BATS_TEST_TMPDIR"
	diff -r --exclude=build --exclude=.git . \
		"$BATS_TEST_TMPDIR/xdp-fakemx-$version"
	[[ $(head -n 1 scripts/debian/changelog) == "xdp-fakemx ($version) "* ]]
}

# elf OPTION: what readelf says of the tool.
elf() { readelf -W "$1" "$FAKEMX"; }

@test "the binary is hardened" {
	cd "$BATS_TEST_TMPDIR"
	elf -h | grep -qF 'DYN (Position-Independent Executable file)'
	# All of its relocations are made at the start, and then read-only.
	elf -l | grep -q GNU_RELRO
	elf -d | grep -qE 'FLAGS\) +BIND_NOW'
	elf -l | grep -qE 'GNU_STACK( +0x0+){5} RW '
	elf --dyn-syms | grep -q '__stack_chk_fail@'
	elf --dyn-syms | grep -q '__vsnprintf_chk@'
	[[ $(uname -m) == x86_64 ]] || return 0
	objdump -d --no-show-raw-insn "$FAKEMX" >code
	grep -A 1 '<main>:' code | grep -q endbr64
	# A frame of more than a page touches each.
	grep -qE '(orq|movq) +.0x0,\(%rsp\)' code
}

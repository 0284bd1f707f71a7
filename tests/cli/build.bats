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
	[[ -z $(find "$root" -type f ! -path "$root/opt/mail/*") ]]
	(cd / && "$root/opt/mail/sbin/xdp-fakemx" --version)
	[[ $(grep -rhoE '[^ =]*/xdp-fakemx ' "$root/opt/mail/lib/systemd" |
		sort -u) == "/opt/mail/sbin/xdp-fakemx " ]]
}

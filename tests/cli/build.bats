#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What make makes.

source_to() {
	mkdir -p "$1"
	cp -r bpf include user Makefile "$1"
}

setup() { cd "$BATS_TEST_DIRNAME/../.." || exit 1; }

@test "the same source gives the same bytes from two directories" {
	source_to "$BATS_TEST_TMPDIR/one"
	source_to "$BATS_TEST_TMPDIR/another/and/deeper"
	make -s -C "$BATS_TEST_TMPDIR/one"
	make -s -C "$BATS_TEST_TMPDIR/another/and/deeper"
	cmp "$BATS_TEST_TMPDIR/one/build/xdp-fakemx" \
		"$BATS_TEST_TMPDIR/another/and/deeper/build/xdp-fakemx"
	cmp "$BATS_TEST_TMPDIR/one/build/fakemx.bpf.o" \
		"$BATS_TEST_TMPDIR/another/and/deeper/build/fakemx.bpf.o"
}

@test "install heeds DESTDIR and PREFIX, and one file is enough" {
	local root=$BATS_TEST_TMPDIR/root

	make -s install DESTDIR="$root" PREFIX=/opt/mail
	[[ $(find "$root" -type f) == "$root/opt/mail/sbin/xdp-fakemx" ]]
	(cd / && "$root/opt/mail/sbin/xdp-fakemx" --version)
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Tables of senders, as Postfix reads them.

load ../net/helpers

peers=$BATS_TEST_DIRNAME/../../build/peers/usr

# Another seed each time: what fails is to be seen again with the one it says.
seed=${LISTFILE_SEED:-$RANDOM}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	# Users that exist: postmap is not run by any of them.
	cat >main.cf <<-EOF
		compatibility_level = 3.6
		mail_owner = daemon
		setgid_group = sys
	EOF
}

# The answers for addresses on standard input; warnings in the file "warnings".
postmap() {
	LD_LIBRARY_PATH=$peers/lib/postfix "$peers/sbin/postmap" -c . \
		-q - "cidr:$1" 2>warnings
}

permitted() { awk -F '\t' 'tolower($2) ~ /^(permit|ok)$/ { print $1 }'; }

allowed() { "$FAKEMX_BUILD/tests/listfile" --force "$@"; }

@test "in random tables, those are allowed whom Postfix permits, and no others" {
	local i some=0

	for ((i = 0; i < 25; i++)); do
		echo "LISTFILE_SEED=$((seed + i))"
		perl "$BATS_TEST_DIRNAME/cidrtable.perl" $((seed + i)) table \
			addresses
		postmap table <addresses | permitted >expected
		expect "$(cat warnings)" ""
		allowed table - <addresses >actual
		diff expected actual
		cmp -s expected addresses || [[ ! -s expected ]] || ((++some))
	done
	# Most of them allow some of the addresses, but not all.
	((some > 12))
}

@test "what Postfix leaves out of a table with a warning is an error" {
	local line

	while read -r line; do
		printf '192.0.2.1 permit\n%b\n192.0.2.3 permit\n' "$line" >table
		postmap table <<<192.0.2.1
		grep warning warnings
		run -1 allowed table
		[[ $output == table:[23]:\ * ]]
	done <<-'EOF'
		192.0.2.7/24 permit
		[192.0.2.7]/24 permit
		2001:db8::1/64 reject
		010.0.0.1 permit
		192.0.02.0/24 permit
		192.0.2 permit
		192.0.2.300 permit
		192.0.2.0/33 permit
		192.0.2.0/ permit
		192.0.2.0/+8 permit
		192.0.2.0/24/24 permit
		/24 permit
		[192.0.2.1 permit
		[192.0.2.1]5 permit
		[] permit
		mx.example.org permit
		fe80::1%eth0 permit
		192.0.2.2
		!192.0.2.2
		!
		if
		if 192.0.2.0/24 permit
		if 192.0.2.0/24
		if 192.0.2.0/24\nendif permit
		if192.0.2.0/24 permit
		endif
		endif 192.0.2.0/24
	EOF
}

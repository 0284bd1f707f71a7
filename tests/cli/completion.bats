#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What bash completes, asked as it asks.

load ../net/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	# The tool is asked where the program is loaded.
	mkdir bin
	ln -s "$FAKEMX" bin/xdp-fakemx
	PATH=$PWD/bin:$PATH
	lab_start
}
teardown() { lab_stop; }

# completed LINE: the words, sorted; the cursor is behind the line.
completed() {
	# shellcheck disable=SC2016
	host bash --norc -c '
		. "$1"
		COMP_LINE=$2 COMP_POINT=${#2}
		compopt() { :; }
		_xdp_fakemx
		printf "%s\n" "${COMPREPLY[@]}"' bash \
		"$BATS_TEST_DIRNAME/../../scripts/completion/xdp-fakemx" "$1" |
		sort -u | paste -sd ' '
}
has() { [[ " $(completed "$1") " == *" $2 "* ]]; }

@test "each command that there is" {
	expect "$(completed "xdp-fakemx ")" "$({
		"$FAKEMX" --help | awk '/^  [a-z]/ { print $1 }'
		printf '%s\n' --help --version
	} | sort | paste -sd ' ')"
	has "xdp-fakemx " load
	expect "$(completed "xdp-fakemx un")" unload
	expect "$(completed "xdp-fakemx --v")" --version
	expect "$(completed "xdp-fakemx nonsense ")" ""
}

# Each is taken: a value is missing at most, or other words.
@test "each option that a command has, and no other" {
	local command option

	for command in $(completed "xdp-fakemx "); do
		[[ $command != -* ]] || continue
		for option in $(completed "xdp-fakemx $command -"); do
			run "$FAKEMX" "$command" "$option" --help
			[[ $output != *"$option: no such option"* ]] || {
				echo "$command $option"
				return 1
			}
		done
	done
	expect "$(completed "xdp-fakemx load --")" \
		"--force --help --json --ledger --mode --resolver --shadow"
	expect "$(completed "xdp-fakemx stats -")" "--help --json -j"
}

@test "the values of options" {
	expect "$(completed "xdp-fakemx load eth0 --mode ")" \
		"auto generic native"
	expect "$(completed "xdp-fakemx senders --class b")" backwards
	expect "$(completed "xdp-fakemx export plain --class ")" \
		"allowed backwards direct lost retried waiting"
	expect "$(completed "xdp-fakemx senders --sort ")" \
		"attempts delay first-seen last-seen sender"
	touch some.conf
	expect "$(completed "xdp-fakemx load eth0 -c so")" some.conf
	expect "$(completed "xdp-fakemx senders --limit ")" ""
}

@test "interfaces to load, and those to unload" {
	host ip link add eth1 type veth peer name eth2
	expect "$(completed "xdp-fakemx load eth")" "eth0 eth1 eth2"
	expect "$(completed "xdp-fakemx unload ")" ""
	fakemx load eth0
	expect "$(completed "xdp-fakemx unload ")" eth0
	expect "$(completed "xdp-fakemx unload eth0 ")" ""
}

@test "formats, settings and files" {
	expect "$(completed "xdp-fakemx export ")" \
		"guard nft plain postfix rbldnsd zone"
	has "xdp-fakemx set " ledger-max-age
	expect "$(completed "xdp-fakemx set shadow o")" "off on"
	expect "$(completed "xdp-fakemx decoy 192.0.2.1 ro")" role
	expect "$(completed "xdp-fakemx decoy 192.0.2.1 role ")" "first last"
	touch some.conf
	expect "$(completed "xdp-fakemx apply so")" some.conf
	mkdir sub
	touch sub/other.conf
	expect "$(completed "xdp-fakemx check su")" sub/
	expect "$(completed "xdp-fakemx check sub/")" sub/other.conf
	expect "$(completed "xdp-fakemx allow file:so")" some.conf
}

@test "statements to delete are those of the policy" {
	fakemx load eth0
	fakemx decoy "$LAB_DECOY"
	fakemx decoy "$LAB_DECOY6"
	fakemx allow 192.0.2.0/24 comment "a partner's"
	expect "$(completed "xdp-fakemx delete ")" "allow decoy"
	expect "$(completed "xdp-fakemx delete allow ")" 192.0.2.0/24
	expect "$(completed "xdp-fakemx delete decoy 198")" "$LAB_DECOY"
	# Bash takes what is behind the last colon for the word.
	expect "$(completed "xdp-fakemx delete decoy 2001:db8")" db8:1::10
	expect "$(completed "xdp-fakemx delete allow 192.0.2.0/24 ")" ""
}

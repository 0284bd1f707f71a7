#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The manual: it has all that there is, and its examples work as they stand.

load ../net/helpers

pages=$FAKEMX_BUILD/man

setup() { cd "$BATS_TEST_TMPDIR" || return; }
teardown() {
	lab_stop
	! mountpoint -q /etc || host_etc
}

manual() { mandoc -T utf8 -O width=1000 "$pages/$1" | sed 's/.\x08//g'; }

# named WORD...: fails where the manual of commands does not have one.
named() {
	local word missing=

	manual xdp-fakemx.8 >commands
	for word; do
		grep -qwF -e "$word" commands || missing+=" $word"
	done
	expect "missing:$missing" "missing:"
}

# Of each command, what its own items say.
@test "every command and each of its options is in it" {
	local command commands option missing=

	mapfile -t commands < <("$FAKEMX" --help | awk '/^  [a-z]/ { print $1 }')
	((${#commands[@]} > 20))
	manual xdp-fakemx.8 >page
	for command in "${commands[@]}"; do
		grep -E "^ +$command( |\$)" page >items || missing+=" $command"
		for option in $("$FAKEMX" "$command" --help |
			grep -oE '^  --[a-z-]+'); do
			grep -qwF -e "$option" items ||
				missing+=" $command:$option"
		done
	done
	expect "missing:$missing" "missing:"
}

@test "every metric is in it" {
	local words

	lab_start
	fakemx load eth0
	mapfile -t words < <(fakemx metrics | awk '$2 == "TYPE" { print $3 }')
	((${#words[@]} > 10))
	named "${words[@]}"
}

@test "every reason and setting is in it, with what the program says of it" {
	local help

	manual xdp-fakemx.8 >commands
	help=$("$FAKEMX" set --help | grep -oE '^  [a-z-]+')
	manual xdp-fakemx.conf.5 >conf
	for word in $help; do grep -qwF -e "$word" conf; done
	grep -qE '^ *reset +answered with a TCP reset\.$' commands
	grep -qE '^ *rate-limit +answers a second' conf
}

# blocks WORD: the literal blocks behind the comment WORD, as they are read.
blocks() {
	awk -v word="$1" '
	$0 == ".\\\" " word { wanted = 1; next }
	wanted && /^\.Bd/ { within = 1; next }
	/^\.Ed/ { if (within) print "#end"; wanted = within = 0 }
	within' "$2"
}

# What the examples write is in a layer of this mount namespace's own.
layer() {
	mkdir -p "/run/layer$1/upper" "/run/layer$1/work"
	mount -t overlay -o \
		"lowerdir=$1,upperdir=/run/layer$1/upper,workdir=/run/layer$1/work" \
		layer "$1"
}

@test "its examples work as they stand" {
	local example count=0

	lab_start
	layer /etc
	mkdir -p /var/lib/prometheus/node-exporter
	mkdir bin
	ln -s "$FAKEMX" bin/xdp-fakemx
	blocks example "$pages/xdp-fakemx.8" >examples
	while IFS= read -r -d '#' example; do
		example=${example#end$'\n'}
		[[ -n $example ]] || continue
		echo "$example"
		host env "PATH=$PWD/bin:$PATH" bash -euo pipefail -c "$example" \
			>said 2>&1 || { cat said; return 1; }
		! grep -i 'no such\|cannot' said
		count=$((count + 1))
	done <examples
	((count >= 7))
	[[ -s /var/lib/prometheus/node-exporter/xdp_fakemx.prom ]]
	grep -q '^allow 203.0.113.5' /etc/xdp-fakemx.conf
	refused "$LAB_DECOY"
}

@test "its configuration is one" {
	blocks configuration "$pages/xdp-fakemx.conf.5" | grep -v '^#end$' >conf
	(($(wc -l <conf) > 10))
	"$FAKEMX" check conf
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The lost-mail report as a page, in a browser. FAKEMX_SHOTS is a directory for
# pictures of it, to be looked at.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	lab_visits_start
}
teardown() {
	lab_stop
	! mountpoint -q small || umount small
}

# browse OPTION... URL: fails where the page's console has something to say, as
# it has of whatever the page's own policy forbids.
browse() {
	timeout 120 chromium --headless=new --no-sandbox --disable-gpu \
		--user-data-dir="$BATS_TEST_TMPDIR/profile" --hide-scrollbars \
		--enable-logging=stderr "$@" 2>browser.log
	if grep ':CONSOLE:' browser.log >&2; then
		return 1
	fi
}

# shoot PAGE SCHEME OPTION...
shoot() {
	local page=$1 picture=$FAKEMX_SHOTS/${1%.html}-$2
	shift 2

	browse "$@" --window-size=390,844 --screenshot="$picture-phone.png" \
		"file://$PWD/$page"
	browse "$@" --window-size=1280,900 --screenshot="$picture-desk.png" \
		"file://$PWD/$page"
}

# look PAGE SCHEME: what look.html says, on phones and on a desk: seen and text.
look() {
	local dark=() url=file://$BATS_TEST_DIRNAME/look.html

	[[ $2 == light ]] || dark=(--force-dark-mode)
	browse "${dark[@]}" --allow-file-access-from-files --dump-dom \
		"$url?page=$PWD/$1&widths=320,390,1280" >dom
	sed -n '/<pre id="seen"/,/<\/pre>/p' dom | sed 's/<[^>]*>//g' >seen
	sed -n '/<pre id="text"/,/<\/pre>/p' dom | sed 's/<[^>]*>//g' >text
	[[ -z ${FAKEMX_SHOTS:-} ]] || shoot "$1" "$2" "${dark[@]}"
}

# good PAGE: well-formed; in both schemes nothing is faint, cut off, or wider
# than a phone. Each command, selected, is the command of the JSON report.
good() {
	local scheme

	tidy -q -e "$1"
	for scheme in light dark; do
		look "$1" $scheme
		expect "$(grep -v '^command ' seen)" "scheme $scheme
at 320 needs 320
at 390 needs 390
at 1280 needs 1280"
		expect "$(sed -n 's/^command //p' seen)" "$(
			jq -r '(.lost, .at_risk)[].allow' "${1%.html}.json")"
	done
}

# shows TEXT...: each of them can be read on the page that was looked at last.
shows() {
	local line

	for line; do
		grep -qF "$line" text || {
			echo "not there: $line"
			head -n 99 text
			return 1
		}
	done
}

# reported NAME OPTION...: NAME.html and NAME.json.
reported() {
	local name=$1
	shift

	expect "$(fakemx report "$@" --html "$name.html" 2>&1)" ""
	fakemx report "$@" -j >"$name.json"
}

@test "where nobody came, the page says so, and why not to trust it" {
	reported empty
	good empty.html
	shows "Nobody was seen, as far as this report can tell." \
		"no real MX is named, so nobody can be seen to come to one"
}

@test "the one server that lost mail is on the page, and lets itself be let in" {
	local allow

	fakemx real "$LAB_REAL"
	lab_smtp_server "$LAB_REAL"
	lab_day 10.9.9.25
	reported day
	good day.html
	shows "1 mail server probably lost mail." \
		"12 senders came to a real MX after being turned away" \
		"it was at a real MX before" "Probably spamware: 50"
	allow=$(sed -n 's/^command xdp-fakemx //p' seen)
	expect "$allow" "allow 10.9.9.25"
	# shellcheck disable=SC2086
	fakemx $allow
	reported after
	grep -q '>Nobody who looks like a mail server lost mail\.<' after.html
}

# What the log of the real MX says of an address, at a time.
delivered() { echo "$2 mx postfix/smtpd[9]: 4D3C2B1A: client=mx.example[$1]"; }
connected() { echo "$2 mx postfix/smtpd[9]: connect from mx.example[$1]"; }

# Three hundred who never come back, of whom two hundred have delivered before;
# and thirty who do, each later than the one before him.
busy_day() {
	local i second=30 old=2020-01-01T10:00:00Z

	for i in {1..300}; do
		echo "10.4.$((i / 250)).$((i % 250)) $LAB_DECOY" >&3
		if ((i % 3)); then
			delivered "10.4.$((i / 250)).$((i % 250))" $old
		fi
	done 3>syns >mail.log
	for i in {1..30}; do
		echo "10.5.$i.1 $LAB_DECOY" >&3
		connected "10.5.$i.1" "$(date -u -d "+$second seconds" +%FT%TZ)"
		second=$((second * 13 / 10 + 4))
	done 3>>syns >>mail.log
	echo "2001:db8:1234:5678:9abc:def0:1234:5678 $LAB_DECOY6" >>syns
	delivered 2001:db8:1234:5678:9abc:def0:1234:5678 $old >>mail.log
	visits 100 <syns
}

@test "hundreds who lost mail are on the page, all of them" {
	fakemx decoy "$LAB_DECOY6" role first
	busy_day
	reported risk --maillog mail.log
	grep -q '>Nobody who looks like a mail server lost mail; 201 are at risk\.<' \
		risk.html
	fakemx set grace-time 1s
	sleep 2
	reported large --maillog mail.log --since 30d
	expect "$(jq '.lost | length' large.json)" 201
	good large.html
	shows "201 mail servers probably lost mail, as far as this report can tell." \
		"the ledger begins at" \
		"30 senders came to a real MX" "Probably spamware: 100"
}

@test "the page is for its owner's eyes, and replaces the old one whole" {
	mkdir small
	mount -t tmpfs -o size=16k tmpfs small
	run fakemx report --html small/page.html
	expect "$status$output" 0
	expect "$(stat -c %a small/page.html)" 600
	expect "$(ls -A small)" page.html
	cp small/page.html before
	head -c 1M /dev/zero >small/filler 2>/dev/null || true
	run fakemx report --html small/page.html
	echo "$output"
	expect "$status" 1
	[[ $output == *"small/page.html: No space left on device"* ]]
	cmp small/page.html before
	expect "$(cd small && echo *)" "filler page.html"
	run fakemx report --html missing/page.html
	expect "$status" 1
	[[ $output == *"missing/page.html: No such file or directory"* ]]
	run fakemx report --html page.html -j
	expect "$status" 2
	expect "$output" \
		"xdp-fakemx: report: --html: is for people, not for --json"
	[[ ! -e page.html ]]
}

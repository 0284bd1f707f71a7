#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Mail that flows, past decoys of all kinds: from the mail servers that Debian
# has, of spamware, and of those whom the decoys shut out.

load helpers
load mta
load dns
load mail

setup() { cd "$BATS_TEST_TMPDIR" || return; }
teardown() {
	mail_end
	lab_stop
}

# Nothing is left in a queue, of the senders or the MX.
all_is_sent() { LAB_PATIENCE=180 lab_wait mail_is_all_sent; }

# has NS MESSAGES: a mailbox, these and no others, each once.
has() { diff <(printf %s "$2" | sort) <(mail_box "$1" | cut -d' ' -f1,2); }

@test "mail servers deliver past decoys of all kinds, over IPv4 and IPv6, and once" {
	local decoy family mta all=""

	mail_start
	# So long their kernel tries, and they with it: a quarter of a minute, not two
	# minutes. Postfix gives up after half of one.
	for mta in exim opensmtpd; do
		at $mta sysctl -qw net.ipv4.tcp_syn_retries=3
	done
	for decoy in drop none reject reset; do
		for family in 4 6; do
			for mta in "${MAIL_MTAS[@]}"; do
				mail_hand_over "$mta" "$decoy$family"
				all+="$mta/$decoy$family $(mail_address $family "$mta")"$'\n'
			done
		done
	done
	all_is_sent
	has mx "$all"
	expect "$(mail_box host)" ""
	mail_delays | mail_table | sed 's/^/# /' >&3
}

verified() { fakemx senders -j | jq -r '.senders[] | select(.verified) | .sender'; }
all_verified() { (($(verified | wc -l) == 2)); }

@test "mail servers that find nobody but a decoy that verifies deliver later" {
	local mta

	export MAIL_RETRY=5s
	mail_start
	fakemx decoy "$(mail_mx 4 last reset)" role last answer verify
	mta_stop postfix-mx
	rm -r "$MTA_DIR/postfix-mx"
	for mta in postfix exim; do
		mail_hand_over "$mta" reset4
	done
	lab_wait all_verified
	expect "$(verified | sort)" "$(mail_address 4 postfix; mail_address 4 exim)"
	run ! mail_is_all_sent
	mail_server mx "$(mail_mx 4 real reset)"
	all_is_sent
	has mx "exim/reset4 $(mail_address 4 exim)
postfix/reset4 $(mail_address 4 postfix)
"
	expect "$(mail_box host)" ""
	expect "$(fakemx senders -j | jq -r '.senders[].class' | sort -u)" retried
}

# What a client hears that is turned away at once.
is_refused() {
	local said

	said=$(! mail_try "$@" 2>&1) || return 1
	echo "$said"
	[[ $said == *"Connection refused"* ]]
}

classes() { fakemx senders -j | jq -r '.senders[] | .sender + " " + .class'; }
nobody_waits() { ! classes | grep -q ' waiting$'; }

# of_class CLASS HOST...: both addresses of each.
of_class() {
	local name

	for name in "${@:2}"; do
		echo "$(mail_address 4 "$name") $1"
		echo "$(mail_address 6 "$name") $1"
	done
}

@test "spamware delivers nothing, whom we allow everything, and all are told apart" {
	local family mta host_has="" mx_has=""

	mail_start
	mail_postfix partner
	for family in 4 6; do
		fakemx allow "$(mail_address $family partner)"
		for mta in "${MAIL_MTAS[@]}"; do
			mail_hand_over "$mta" "reset$family"
			mx_has+="$mta/reset$family $(mail_address $family "$mta")"$'\n'
		done
		mail_hand_over partner "reset$family"
		host_has+="partner/reset$family $(mail_address $family partner)"$'\n'
		is_refused first_only first "reset$family"
		is_refused last_only last "reset$family"
		is_refused mute first "reset$family"
		mail_try plain first "none$family"
		mx_has+="plain/none$family $(mail_address $family plain)"$'\n'
	done
	all_is_sent
	has mx "$mx_has"
	has host "$host_has"

	fakemx set grace-time 1s
	lab_wait nobody_waits
	diff <({
		of_class retried "${MAIL_MTAS[@]}"
		of_class allowed partner
		of_class lost first_only mute
		of_class backwards last_only
		of_class direct plain
	} | sort) <(classes | sort)

	# The DNS speaks for one of those who never came back.
	fakemx report --resolve --resolver "$MAIL_DNS" -j >lost.json
	diff <(of_class mute.example mute | sort) \
		<(jq -r '.lost[] | .sender + " " + .name' lost.json | sort)
	expect "$(jq .probable_spamware.lost lost.json)" 2
	jq -r '.lost[].allow' lost.json | while read -r _ command; do
		# shellcheck disable=SC2086
		fakemx $command
	done
	for family in 4 6; do
		mail_try mute first "reset$family"
		host_has+="mute/reset$family $(mail_address $family mute)"$'\n'
		is_refused first_only first "reset$family"
	done
	all_is_sent
	has host "$host_has"
	has mx "$mx_has"
}

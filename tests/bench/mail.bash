# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# How long mail takes from its hand-over to a mail server to the mailbox, past
# decoys of all kinds. Each server gives up when Debian's package and kernel have
# it give up. Each round has a laboratory of its own: OpenSMTPD keeps away for a
# while from an MX that has refused it.

MAIL_ROUNDS=3
# shellcheck source=scripts/lab.bash
. scripts/lab.bash
# shellcheck source=tests/net/mta.bash
. tests/net/mta.bash
# shellcheck source=tests/net/dns.bash
. tests/net/dns.bash
# shellcheck source=tests/net/mail.bash
. tests/net/mail.bash

# mail_send_all DECOY ROUND: one message from each, over IPv4 and over IPv6.
mail_send_all() {
	local decoy=$1 round=$2 family mta

	for family in 4 6; do
		for mta in "${MAIL_MTAS[@]}"; do
			mail_hand_over "$mta" "$decoy$family" "$round"
			# Those who wait for a time-out do it together.
			[[ $decoy == drop ]] || lab_wait mail_is_all_sent
		done
	done
	LAB_PATIENCE=300 lab_wait mail_is_all_sent
}

mail_round() {
	local round=$1 decoy

	mail_start >/dev/null 2>&1
	# The first message has programs started that stay; and OpenSMTPD waits
	# between two for the same MX.
	mail_send_all none warm-up
	sleep 10
	for decoy in none reset reject; do
		mail_send_all $decoy "$round"
	done
	# Once: it is a matter of minutes.
	((round > 1)) || mail_send_all drop "$round"
	mail_delays | grep -v /warm-up >>/run/delays
	mail_end >/dev/null
	lab_stop
}

measure_mail() {
	local round

	for ((round = 1; round <= MAIL_ROUNDS; round++)); do
		echo "bench: round $round of $MAIL_ROUNDS" >&2
		mail_round "$round"
	done
	mail_table </run/delays
}

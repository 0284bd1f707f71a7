#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The logs that real mail servers write of real clients, and who came by them.

load helpers
load mta

setup() {
	# Half an hour off all others: it is seen where it is not heeded.
	export TZ='<+0545>-5:45'
	began=$(date +%s)
	lab_start
	mta_names <<-EOF
		$LAB_SENDER mail.example.org
		$LAB_SENDER6 mail.example.org
	EOF
}
teardown() {
	mta_end
	lab_stop
}

# talk SERVER ADDRESS...: a client, from there; what else swaks is to do.
talk() {
	local server=$1 from=$2
	shift 2

	sender swaks --server "$server" --local-interface "$from" \
		--helo client.example --from a@example.org --to b@example.net "$@"
}

delivers() { talk "$@"; }
connects() { talk "$@" --quit-after CONNECT; }

# Two deliver, and one only connects.
clients_come() {
	connects "$LAB_REAL" "$LAB_OTHER"
	delivers "$LAB_REAL6" "$LAB_SENDER6"
	delivers "$LAB_REAL" "$LAB_SENDER"
}

came="2001:db8:5::5 connected
2001:db8:5::5 delivered
203.0.113.5 connected
203.0.113.5 delivered
203.0.113.77 connected"

# says LOG ARRIVALS: whether it says that these came, and in this test.
says() {
	local out now addr how at

	out=$("$FAKEMX_BUILD/tests/maillog" "$1") || return 1
	now=$(date +%s)
	while read -r addr how at; do
		((at / 1000 >= began && at / 1000 <= now)) || {
			echo "$addr $how at $at, not from $began to $now"
			return 1
		}
	done <<<"$out"
	expect "$(cut -d' ' -f1,2 <<<"$out" | sort -u)" "$2"
}

# The same; a server may write a moment later.
will_say() { lab_wait says "$@" || says "$@"; }

@test "Postfix's smtpd says who connects and who delivers" {
	postfix_start host smtpd "$LAB_REAL" "$LAB_REAL6"
	connects "$LAB_REAL6" "$LAB_OTHER6" --port 587
	clients_come
	will_say "$MTA_DIR/postfix-host/log" "$came"
	grep "submission/smtpd.*connect from.*$LAB_OTHER6" \
		"$MTA_DIR/postfix-host/log"
}

@test "Postfix says it with the clients' ports too" {
	MTA_CONF="smtpd_client_port_logging = yes" \
		postfix_start host smtpd "$LAB_REAL" "$LAB_REAL6"
	clients_come
	will_say "$MTA_DIR/postfix-host/log" "$came"
	grep -E "client=mail.example.org\[$LAB_SENDER6\]:[0-9]+" \
		"$MTA_DIR/postfix-host/log"
}

@test "Postfix's postscreen says who connects" {
	postfix_start host postscreen "$LAB_REAL" "$LAB_REAL6"
	sender nc -z -s "$LAB_OTHER" "$LAB_REAL" 25
	# Who waits for the greeting is handed on to smtpd.
	delivers "$LAB_REAL6" "$LAB_SENDER6"
	delivers "$LAB_REAL" "$LAB_SENDER"
	will_say "$MTA_DIR/postfix-host/log" "$came"
	grep "postscreen.*CONNECT from.*$LAB_OTHER" "$MTA_DIR/postfix-host/log"
	run -1 grep "smtpd.*connect from.*$LAB_OTHER" \
		"$MTA_DIR/postfix-host/log"
}

@test "a packed log says the same" {
	postfix_start host smtpd "$LAB_REAL" "$LAB_REAL6"
	clients_come
	will_say "$MTA_DIR/postfix-host/log" "$came"
	mta_stop postfix-host
	gzip "$MTA_DIR/postfix-host/log"
	says "$MTA_DIR/postfix-host/log.gz" "$came"
	says - "$came" <"$MTA_DIR/postfix-host/log.gz"
}

@test "Exim's main log says who connects and who delivers" {
	exim_start host "$LAB_REAL" "$LAB_REAL6"
	clients_come
	will_say "$MTA_DIR/exim-host/mainlog" "$came"
}

@test "Exim says it with all else that it can log" {
	MTA_SELECT="+all" MTA_CONF="log_timezone = true" \
		exim_start host "$LAB_REAL" "$LAB_REAL6"
	connects "$LAB_REAL6" "$LAB_OTHER6" --port 587
	clients_come
	will_say "$MTA_DIR/exim-host/mainlog" "$came"
	grep -E "^[-0-9]+ [0-9:]+\.[0-9]{3} \+0545 \[[0-9]+\] SMTP connection" \
		"$MTA_DIR/exim-host/mainlog"
}

@test "who logs in to Exim delivers nothing to an MX" {
	exim_start host "$LAB_REAL"
	delivers "$LAB_REAL" "$LAB_OTHER" --auth PLAIN --auth-user user \
		--auth-password any
	delivers "$LAB_REAL" "$LAB_SENDER"
	will_say "$MTA_DIR/exim-host/mainlog" "203.0.113.5 connected
203.0.113.5 delivered
203.0.113.77 connected"
	grep "<= .*$LAB_OTHER.* A=plain:user" "$MTA_DIR/exim-host/mainlog"
}

# TraditionalFileFormat is of RFC 3164, FileFormat of RFC 3339.
rsyslog_writes() {
	mta_syslog_start host "$1"
	"${@:2}"
	clients_come
	will_say "$MTA_DIR/syslog" "$came"
	cat "$MTA_DIR/syslog"
}

@test "Postfix's log says it by way of rsyslog, with dates without a year" {
	MTA_LOG=syslog rsyslog_writes TraditionalFileFormat \
		postfix_start host smtpd "$LAB_REAL" "$LAB_REAL6"
	grep -E "^[A-Z][a-z]{2} [ 0-9:]+ .* postfix/smtpd\[" "$MTA_DIR/syslog"
}

@test "Postfix's log says it by way of rsyslog, with dates of RFC 3339" {
	MTA_LOG=syslog rsyslog_writes FileFormat \
		postfix_start host smtpd "$LAB_REAL" "$LAB_REAL6"
	grep -E "^[-0-9]+T[0-9:.]+\+05:45 .* postfix/smtpd\[" "$MTA_DIR/syslog"
}

@test "Exim's log says it by way of rsyslog, with dates without a year" {
	MTA_LOG=syslog rsyslog_writes TraditionalFileFormat \
		exim_start host "$LAB_REAL" "$LAB_REAL6"
	grep -E "^[A-Z][a-z]{2} [ 0-9:]+ .* exim\[[0-9]+\]: 20" "$MTA_DIR/syslog"
}

@test "Exim's log says it by way of rsyslog, with dates of RFC 3339" {
	MTA_LOG=syslog MTA_CONF="syslog_timestamp = false" \
		rsyslog_writes FileFormat \
		exim_start host "$LAB_REAL" "$LAB_REAL6"
	grep -E "^[-0-9]+T[0-9:.]+\+05:45 .* exim\[[0-9]+\]: SMTP" \
		"$MTA_DIR/syslog"
}

# Clients who say of 192.0.2.9 that it came; the last is an honest one.
liars_come() {
	local lie

	for lie; do
		talk "$LAB_REAL" "$LAB_OTHER" --helo "$lie" || true
		talk "$LAB_REAL" "$LAB_OTHER" --from "\"$lie\"@example.org" || true
		talk "$LAB_REAL" "$LAB_OTHER" --header "Message-ID: <\"$lie\"@x>" \
			--header "Subject: $lie" || true
	done
	delivers "$LAB_REAL" "$LAB_SENDER"
}

only_who_was_there="203.0.113.5 connected
203.0.113.5 delivered
203.0.113.77 connected
203.0.113.77 delivered"

@test "nobody makes Postfix's log say that another came" {
	MTA_CONF="smtpd_helo_restrictions = reject_invalid_helo_hostname" \
		postfix_start host smtpd "$LAB_REAL"
	liars_come "connect from x[192.0.2.9]" ": client=x[192.0.2.9]" \
		"mx postfix/smtpd[1]: connect from x[192.0.2.9]"
	will_say "$MTA_DIR/postfix-host/log" "$only_who_was_there"
	grep -F "connect from x[192.0.2.9]" "$MTA_DIR/postfix-host/log"
}

@test "nobody makes Exim's log say that another came" {
	MTA_CONF="helo_accept_junk_hosts = *" MTA_SELECT="+subject" \
		exim_start host "$LAB_REAL"
	liars_come "[192.0.2.9]" "x) [192.0.2.9] P=esmtp S=1 (y" \
		"x H=[192.0.2.9] P=esmtp S=1" "x) [192.0.2.9" \
		"SMTP connection from [192.0.2.9]"
	will_say "$MTA_DIR/exim-host/mainlog" "$only_who_was_there"
	grep -F "H=(x) [192.0.2.9] P=esmtp S=1 (y) [203.0.113.77] P=esmtp" \
		"$MTA_DIR/exim-host/mainlog"
	grep -F '<= "x) [192.0.2.9] P=esmtp' "$MTA_DIR/exim-host/mainlog"
}

retried() {
	fakemx report -j "$@" |
		jq '.classes[] | select(.class == "retried").senders'
}

@test "the report takes a mail log as evidence that a sender came" {
	# The real MX might be on another host: the program knows of none.
	fakemx load eth0
	fakemx decoy "$LAB_DECOY"
	postfix_start host smtpd "$LAB_REAL"
	refused "$LAB_DECOY" "$LAB_SENDER"
	sleep 4 # what is closer has no order
	delivers "$LAB_REAL" "$LAB_SENDER"
	expect "$(retried)" 0
	lab_wait grep "client=.*$LAB_SENDER" "$MTA_DIR/postfix-host/log"
	expect "$(retried --maillog "$MTA_DIR/postfix-host/log")" 1
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The lost-mail report, of the demonstration's day and of several hosts.

load helpers
load dns

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	lab_visits_start
	fakemx real "$LAB_REAL"
}
teardown() { lab_stop; }

suspects() { jq -r '.lost[] | .sender + " " + ([.evidence[].kind] | join(","))'; }

@test "the one server that lost mail is found among spamware, and let in" {
	local allow

	lab_smtp_server "$LAB_REAL"
	lab_day 10.9.9.25
	fakemx report >words
	cat words
	expect "$(fakemx report -j | suspects)" "10.9.9.25 real"
	# As the report has it, word for word.
	allow=$(grep -x '  xdp-fakemx allow .*' words)
	expect "$allow" "  xdp-fakemx allow 10.9.9.25"
	# shellcheck disable=SC2086
	fakemx ${allow#*xdp-fakemx }
	expect "$(fakemx report -j | jq '.lost | length')" 0
	lab_smtp_server "$LAB_DECOY"
	greeted "$LAB_DECOY" 10.9.9.25
	refused "$LAB_DECOY" 10.2.1.7
	expect "$(fakemx report -j | jq -c .probable_spamware)" \
		'{"lost":50,"waiting":0}'
}

@test "the ledger of the real MX's host tells who came there" {
	fakemx delete real "$LAB_REAL"
	printf '%s\n' "192.0.2.1 $LAB_DECOY" "192.0.3.1 $LAB_DECOY" | visits
	fakemx senders --export first
	fakemx report >words
	grep -q 'no real MX is named' words
	fakemx unload eth0
	# Another host.
	fakemx load eth0
	fakemx real "$LAB_REAL"
	sleep 1
	echo "192.0.2.1 $LAB_REAL" | visits
	expect "$(fakemx report --merge first -j |
		jq -c '[.hosts, .senders, (.classes[] | select(.senders > 0) |
			[.class, .senders])]')" \
		'[2,2,["retried",1],["waiting",1]]'
	fakemx senders --export second
	fakemx unload eth0
	# On a third, where nothing is loaded.
	expect "$(fakemx report --merge first second -j |
		jq -c '[.hosts, .senders, .classes[0].senders]')" '[2,2,1]'
	expect "$(fakemx report --merge first --merge second first -j |
		jq -c '[.hosts, .senders, .classes[0].senders]')" '[3,2,1]'
}

@test "the mail log of the real MX tells who came there" {
	fakemx delete real "$LAB_REAL"
	printf '%s\n' "192.0.2.1 $LAB_DECOY" "192.0.3.1 $LAB_DECOY" \
		"192.0.4.1 $LAB_DECOY" | visits
	cat >mail.log <<-END
	2020-01-01T10:00:00Z mx postfix/smtpd[9]: 4D3C2B1A: client=old.example[192.0.3.1]
	$(date -u -d '+5 seconds' +%FT%TZ) mx postfix/smtpd[9]: connect from a.example[192.0.2.1]
	END
	gzip -k mail.log
	fakemx set grace-time 1s
	sleep 2
	for log in mail.log mail.log.gz; do
		expect "$(fakemx report --maillog $log -j |
			jq -c '[.logs, (.classes[] | select(.senders > 0) |
				[.class, .senders])]')" \
			'[1,["retried",1],["lost",2]]'
		# Who has delivered before is a mail server.
		expect "$(fakemx report --maillog $log -j | suspects)" \
			"192.0.3.1 delivered,real"
	done
	expect "$(fakemx report --maillog - -j <mail.log | jq .logs)" 1
}

@test "the DNS tells mail servers from the rest" {
	printf '%s\n' "192.0.2.1 $LAB_DECOY" "192.0.3.1 $LAB_DECOY" \
		"192.0.4.1 $LAB_DECOY" "192.0.5.1 $LAB_DECOY" | visits
	fakemx set grace-time 1s
	echo '1 PTR mail.example.org.' | dns_zone 2.0.192.in-addr.arpa
	echo '1 PTR 192-0-3-1.example.net.' | dns_zone 3.0.192.in-addr.arpa
	echo '1 PTR mail.example.org.' | dns_zone 4.0.192.in-addr.arpa
	echo 'mail A 192.0.2.1' | dns_zone example.org
	echo '192-0-3-1 A 192.0.3.1' | dns_zone example.net
	echo '1.5.0.192 A 127.0.5.2' | dns_zone list.example
	dns_serve host 127.0.0.1
	sleep 2
	expect "$(fakemx report -j | suspects)" ""
	expect "$(fakemx report --resolve --resolver 127.0.0.1 -j |
		suspects)" "192.0.2.1 name"
	fakemx report --resolve --dnswl list.example --resolver 127.0.0.1 \
		-j >words
	expect "$(suspects <words | xargs)" "192.0.5.1 dnswl 192.0.2.1 name"
	jq -e '.lost[0].dnswl == 2 and .lost[1].allow ==
		"xdp-fakemx allow 192.0.2.1 comment mail.example.org" and
		.probable_spamware.lost == 2' words
	# Nobody answers: that is said, and takes no longer than ten seconds.
	fakemx report --resolve --resolver 127.0.0.1:5353 >words
	grep -q 'the DNS had no answer in time about 4 senders' words
	run fakemx report --resolver 127.0.0.1
	expect "$status" 2
	run fakemx report --resolve --resolver nonsense
	expect "$status" 2
	[[ $output == *nonsense* ]]
}

@test "what cannot be read is named, and there is no report" {
	echo nonsense >nonsense
	run fakemx report --merge nonsense
	expect "$status" 2
	[[ $output == *"nonsense: not a ledger of xdp-fakemx"* ]]
	run fakemx report --maillog missing.log
	expect "$status" 1
	[[ $output == *"missing.log: No such file or directory"* ]]
	run --separate-stderr fakemx report --maillog nonsense
	expect "$status" 0
	# shellcheck disable=SC2154
	[[ $stderr == *"nonsense: no line of it is Postfix's or Exim's"* ]]
	fakemx unload eth0
	run fakemx report
	expect "$status" 1
	[[ $output == *"nothing is loaded"* ]]
}

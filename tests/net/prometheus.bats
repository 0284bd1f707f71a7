#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The alerts and the dashboard, asked of a real Prometheus that scrapes a real
# node_exporter that reads a real textfile.

load helpers

here=$BATS_TEST_DIRNAME/../..
peers=$here/build/peers/usr/bin
rules=$here/scripts/prometheus/xdp-fakemx.rules.yml
dashboard=$here/scripts/dashboard/xdp-fakemx.json

setup() { cd "$BATS_TEST_TMPDIR" || return; }
# The next test has the same ports.
teardown() {
	lab_stop
	wait
}

@test "each alert comes when it should, and not before" {
	cp "$rules" "$here/tests/prometheus/rules.test.yml" .
	"$peers/promtool" check rules xdp-fakemx.rules.yml
	"$peers/promtool" test rules rules.test.yml
	# Each is there once as it should come, and once as it should not.
	diff <(sed -n 's/.*alert: //p' xdp-fakemx.rules.yml | sort) \
		<(sed -n 's/^ *alertname: //p' rules.test.yml | sort -u)
	diff <(sed -n 's/.*alert: //p' xdp-fakemx.rules.yml | sort) \
		<(sed -n 's/.*30h, alertname: \(.*\) }/\1/p' rules.test.yml |
			sort)
}

textfile() { fakemx metrics --textfile "$PWD/text/xdp_fakemx.prom"; }

start() {
	lab_start
	fakemx load eth0
	fakemx decoy "$LAB_DECOY"
	fakemx real "$LAB_REAL"
	fakemx allow 192.0.2.0/24
	mkdir text
	textfile
	"$peers/prometheus-node-exporter" --collector.disable-defaults \
		--collector.textfile --collector.textfile.directory=text \
		--web.listen-address=127.0.0.1:9100 >node.log 2>&1 3>&- &
	cp "$rules" .
	cat >prometheus.yml <<-END
		global:
		  scrape_interval: 1s
		  evaluation_interval: 1s
		rule_files: [xdp-fakemx.rules.yml]
		scrape_configs:
		  - job_name: node
		    static_configs:
		      - targets: ['127.0.0.1:9100']
	END
	"$peers/prometheus" --config.file=prometheus.yml \
		--storage.tsdb.path=data --web.listen-address=127.0.0.1:9090 \
		>prometheus.log 2>&1 3>&- &
}

# jq takes nothing at all for true.
api() { curl -sf "http://127.0.0.1:9090/api/v1/$1" "${@:2}" >answer; }
has_data() {
	api query --data-urlencode "query=$1" &&
		jq -e '.data.result | length > 0 and
			all(.value[1] != "NaN")' answer >/dev/null
}

# What stands for the variables in Grafana.
queries() {
	# shellcheck disable=SC2016
	jq -r '.panels[].targets[].expr' "$dashboard" |
		sed 's/\$__rate_interval/1m/g; s/\$__range/1h/g
			s/\$instance/127.0.0.1:9100/g; s/\$interface/.*/g'
}

@test "each query of the dashboard returns data" {
	local query asked=0

	start
	lab_wait has_data xdp_fakemx_up
	refused "$LAB_DECOY"
	sleep 2 # the order of visits is told by the second
	refused "$LAB_REAL" || true
	textfile
	lab_wait has_data 'xdp_fakemx_retry_delay_seconds_count > 0'
	while read -r query; do
		asked=$((asked + 1))
		lab_wait has_data "$query"
	done < <(queries)
	((asked > 15))
	[[ $(queries) != *'$'* ]]
}

@test "the dashboard takes data source, host and interface from variables" {
	expect "$(jq -c '[.templating.list[].name]' "$dashboard")" \
		'["datasource","instance","interface"]'
	jq -e '[.. | .datasource? // empty | .uid] | length > 15 and
		all(. == "${datasource}")' "$dashboard"
	jq -e '.panels | map(.id) | length == (unique | length)' "$dashboard"
}

# Those of SPF are there only where a domain is on the allowlist.
@test "each metric that an alert or a panel names is there" {
	start
	lab_wait has_data xdp_fakemx_up
	while read -r metric; do
		echo "$metric"
		has_data "$metric"
	done < <(grep -ohE '(xdp_fakemx|node)_[a-z_]+' "$rules" "$dashboard" |
		grep -vE '^(xdp_fakemx_(spf_.*|prom)|node_exporter)$' | sort -u)
}

@test "Prometheus has the alerts, and they are quiet where all is well" {
	start
	lab_wait has_data xdp_fakemx_up
	lab_wait evaluated
	expect "$(jq -c '[.data.groups[].rules[] |
		select(.state != "inactive") | .name]' answer)" "[]"
	fakemx unload eth0
	textfile
	lab_wait pending FakemxNotAttached
}
evaluated() {
	api rules &&
		jq -e '[.data.groups[].rules[].health] | length > 8 and
			all(. == "ok")' answer
}
pending() {
	api alerts && jq -e --arg name "$1" \
		'.data.alerts | any(.labels.alertname == $name)' answer
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The Prometheus text, as promtool and node_exporter read it.

load ../net/helpers

peers=$BATS_TEST_DIRNAME/../../build/peers/usr/bin

setup() {
	lab_start
	fakemx load eth0
	fakemx decoy "$LAB_DECOY" role first
	fakemx decoy "$LAB_LAST6" role last
	fakemx allow 192.0.2.0/24
	dir=$BATS_TEST_TMPDIR/textfile
	mkdir -p "$dir"
}
teardown() { lab_stop; }

@test "promtool finds nothing to say about the metrics" {
	local out

	refused "$LAB_DECOY"
	out=$(fakemx metrics | "$peers/promtool" check metrics 2>&1)
	expect "$out" ""
	fakemx unload eth0
	out=$(fakemx metrics | "$peers/promtool" check metrics 2>&1)
	expect "$out" ""
}

@test "node_exporter serves the textfile without an error" {
	local got url=http://127.0.0.1:9100/metrics

	refused "$LAB_DECOY"
	fakemx metrics --textfile "$dir/xdp_fakemx.prom"
	"$peers/prometheus-node-exporter" --collector.disable-defaults \
		--collector.textfile --collector.textfile.directory="$dir" \
		--web.listen-address=127.0.0.1:9100 >/dev/null 2>&1 3>&- &
	lab_wait curl -sf "$url"
	got=$(curl -sf "$url")
	grep -qx 'node_textfile_scrape_error 0' <<<"$got"
	grep -qxF 'xdp_fakemx_answered_total{decoy="198.51.100.10",interface="eth0",role="first"} 1' <<<"$got"
	grep -qxF 'xdp_fakemx_packets_total{family="ipv4",interface="eth0",reason="reset"} 1' <<<"$got"
	grep -qxF 'xdp_fakemx_up{interface="eth0"} 1' <<<"$got"
}

@test "all series exist from the first export on, at 0" {
	local reasons text

	text=$(fakemx metrics)
	reasons=$(grep -c '^xdp_fakemx_packets_total{.*} 0$' <<<"$text")
	expect "$reasons" "$(grep -c '^xdp_fakemx_bytes_total{' <<<"$text")"
	for reason in real allowed rst session reset martian group_mac \
		malformed fragment bad_checksum rate_limited would_reset \
		would_martian would_rate_limited; do
		for family in ipv4 ipv6; do
			grep -qxF "xdp_fakemx_packets_total{interface=\"eth0\",family=\"$family\",reason=\"$reason\"} 0" <<<"$text"
		done
	done
	grep -qxF 'xdp_fakemx_packets_total{interface="eth0",family="other",reason="tags"} 0' <<<"$text"
	grep -qxF 'xdp_fakemx_packets_total{interface="eth0",family="ipv6",reason="ext_headers"} 0' <<<"$text"
	grep -qxF "xdp_fakemx_answered_total{interface=\"eth0\",decoy=\"$LAB_LAST6\",role=\"last\"} 0" <<<"$text"
	grep -qx 'xdp_fakemx_allowlist_entries 1' <<<"$text"
}

@test "the textfile is world-readable whatever the umask, and alone" {
	umask 0077
	fakemx metrics --textfile "$dir/xdp_fakemx.prom"
	expect "$(stat -c %a "$dir/xdp_fakemx.prom")" 644
	expect "$(ls -A "$dir")" "xdp_fakemx.prom"
	cmp "$dir/xdp_fakemx.prom" <(fakemx metrics)
}

@test "on a full disk the old textfile stays" {
	mount -t tmpfs -o size=64k tmpfs "$dir"
	echo '# old' >"$dir/xdp_fakemx.prom"
	head -c 1M /dev/zero >"$dir/filler" || true
	run fakemx metrics --textfile "$dir/xdp_fakemx.prom"
	echo "$output"
	expect "$status" 1
	[[ $output == *"$dir/xdp_fakemx.prom: No space left on device"* ]]
	expect "$(cat "$dir/xdp_fakemx.prom")" "# old"
	expect "$(find "$dir" -mindepth 1 -printf '%f\n' | sort | xargs)" \
		"filler xdp_fakemx.prom"
	umount "$dir"
}

@test "standard output that cannot be written to is an error" {
	run host bash -c "\"$FAKEMX\" metrics >/dev/full"
	expect "$status" 1
	[[ $output == *"standard output: No space left on device"* ]]
	run host bash -c "\"$FAKEMX\" list -j >/dev/full"
	expect "$status" 1
}

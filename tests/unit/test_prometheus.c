// SPDX-License-Identifier: GPL-2.0-only
#include "lines.h"

#include "families.h"
#include "series.h"

#define PACKETS_HELP \
	"Packets for port 25 of a decoy or real address, by what was done with them and why."
#define BYTES_HELP "Bytes of the frames, by what was done with them and why."
#define INFO_HEAD                                            \
	"# HELP xdp_fakemx_info What is loaded; always 1.\n" \
	"# TYPE xdp_fakemx_info gauge\n"
#define UP_HEAD                                                                                                       \
	"# HELP xdp_fakemx_up Whether the program is attached to the interface (1), or its interface has gone (0).\n" \
	"# TYPE xdp_fakemx_up gauge\n"
#define ANSWERED_HEAD                                               \
	"# HELP xdp_fakemx_answered_total Resets sent, by decoy.\n" \
	"# TYPE xdp_fakemx_answered_total counter\n"

#define SUPPRESSED_HEAD                                                                                           \
	"# HELP xdp_fakemx_events_suppressed_total Events that their reader was not told of: too many at once.\n" \
	"# TYPE xdp_fakemx_events_suppressed_total counter\n"

static const char *const lines[] = {
	"decoy 198.51.100.10",	       "decoy 2001:db8::30 role last",
	"real 198.51.100.20",	       "allow 192.0.2.0/24",
	"allow 203.0.113.5 comment x", "allow 2001:db8:1::/48",
};

static void add_iface(struct snapshot *snapshot, const char *name, int ifindex,
		      bool generic, const char *version)
{
	struct attachment *a = &snapshot->ifaces[snapshot->count++].attachment;

	snprintf(a->name, sizeof(a->name), "%s", name);
	a->ifindex = ifindex;
	a->about.generic = generic;
	snprintf(a->about.version, sizeof(a->about.version), "%s", version);
}

static void snapshot_make(struct snapshot *snapshot)
{
	struct fault fault;
	size_t i;

	memset(snapshot, 0, sizeof(*snapshot));
	snapshot->ifaces = calloc(2, sizeof(*snapshot->ifaces));
	assert_non_null(snapshot->ifaces);
	snapshot->ledger =
		(struct ledger_size){ .entries = 1234, .capacity = 262144 };
	for (i = 0; i < COUNT(lines); i++)
		policy_add_line(&snapshot->policy, lines[i]);
	assert_int_equal(policy_settle(&snapshot->policy, &fault), 0);
	for (i = 0; i < snapshot->policy.count; i++)
		if (row_is_decoy(&snapshot->policy.rows[i]))
			snapshot->policy.rows[i].rule.slot = 3 + i;
}

/* The caller frees it. */
static char *written(const json_t *families)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	prometheus_write(to, families);
	fclose(to);
	return text;
}

/* Frees the snapshot; the caller frees the text. */
static char *metrics_text(struct snapshot *snapshot)
{
	struct population population = {
		.by_class[CLASS_RETRIED] = 17,
		.by_class[CLASS_LOST] = 3,
	};
	json_t *families = metrics_families(snapshot, &population, "9.9");
	char *text;

	assert_non_null(families);
	text = written(families);
	json_decref(families);
	snapshot_free(snapshot);
	return text;
}

/* A family by reason, with all its series; `reset` is that of IPv4. */
static void expect_by_reason(FILE *to, const char *name, const char *help,
			     const char *const ifaces[], size_t count,
			     const char *reset)
{
	size_t i, j;

	fprintf(to, "# HELP %s %s\n# TYPE %s counter\n", name, help, name);
	for (i = 0; i < count; i++)
		for (j = 0; j < COUNT(all_series); j++)
			fprintf(to,
				"%s{interface=\"%s\",family=\"%s\",reason=\"%s\"} %s\n",
				name, ifaces[i], all_series[j].family,
				all_series[j].reason,
				!strcmp(all_series[j].family, "ipv4") &&
						!strcmp(all_series[j].reason,
							"reset")
					? reset
					: "0");
}

/* All retries of an interface were within a minute, or later than any bound. */
static void expect_retries(FILE *to, const char *iface, int minute, int later,
			   int sum)
{
	static const char *const bounds[] = { "5",     "15",	"60",
					      "300",   "900",	"1800",
					      "3600",  "7200",	"14400",
					      "43200", "86400", "172800" };
	size_t i;

	for (i = 0; i < COUNT(bounds); i++)
		fprintf(to,
			"xdp_fakemx_retry_delay_seconds_bucket{interface=\"%s\",le=\"%s\"} %d\n",
			iface, bounds[i], i < 2 ? 0 : minute);
	fprintf(to,
		"xdp_fakemx_retry_delay_seconds_bucket{interface=\"%s\",le=\"+Inf\"} %d\n"
		"xdp_fakemx_retry_delay_seconds_sum{interface=\"%s\"} %d\n"
		"xdp_fakemx_retry_delay_seconds_count{interface=\"%s\"} %d\n",
		iface, minute + later, iface, sum, iface, minute + later);
}

#define RETRY_HEAD                                                                                        \
	"# HELP xdp_fakemx_retry_delay_seconds From being turned away at a first decoy to the real MX.\n" \
	"# TYPE xdp_fakemx_retry_delay_seconds histogram\n"

static void expect_gauges(FILE *to)
{
	fprintf(to, "%s",
		"# HELP xdp_fakemx_decoys Decoy addresses.\n"
		"# TYPE xdp_fakemx_decoys gauge\n"
		"xdp_fakemx_decoys 2\n"
		"# HELP xdp_fakemx_decoys_capacity Decoy addresses that there is room for.\n"
		"# TYPE xdp_fakemx_decoys_capacity gauge\n"
		"xdp_fakemx_decoys_capacity 256\n"
		"# HELP xdp_fakemx_allowlist_entries Addresses and prefixes on the allowlist.\n"
		"# TYPE xdp_fakemx_allowlist_entries gauge\n"
		"xdp_fakemx_allowlist_entries 3\n"
		"# HELP xdp_fakemx_allowlist_capacity Addresses and prefixes that there is room for.\n"
		"# TYPE xdp_fakemx_allowlist_capacity gauge\n"
		"xdp_fakemx_allowlist_capacity 2097152\n"
		"# HELP xdp_fakemx_ledger_entries Senders in the ledger.\n"
		"# TYPE xdp_fakemx_ledger_entries gauge\n"
		"xdp_fakemx_ledger_entries 1234\n"
		"# HELP xdp_fakemx_ledger_capacity Senders that the ledger has room for.\n"
		"# TYPE xdp_fakemx_ledger_capacity gauge\n"
		"xdp_fakemx_ledger_capacity 262144\n"
		"# HELP xdp_fakemx_senders Senders in the ledger, by what became of them.\n"
		"# TYPE xdp_fakemx_senders gauge\n"
		"xdp_fakemx_senders{class=\"retried\"} 17\n"
		"xdp_fakemx_senders{class=\"allowed\"} 0\n"
		"xdp_fakemx_senders{class=\"waiting\"} 0\n"
		"xdp_fakemx_senders{class=\"lost\"} 3\n"
		"xdp_fakemx_senders{class=\"backwards\"} 0\n"
		"xdp_fakemx_senders{class=\"direct\"} 0\n" RETRY_HEAD);
}

static void expect_shadow(FILE *to, int shadow)
{
	fprintf(to,
		"# HELP xdp_fakemx_shadow Whether everything passes and is only counted (1).\n"
		"# TYPE xdp_fakemx_shadow gauge\n"
		"xdp_fakemx_shadow %d\n",
		shadow);
}

static void one_interface_is_written_with_every_series(void **state)
{
	static const char *const ifaces[] = { "eth0" };
	struct snapshot snapshot;
	char *expected = NULL, *text;
	size_t size;
	FILE *to;

	(void)state;
	snapshot_make(&snapshot);
	add_iface(&snapshot, "eth0", 2, false, "0.1.0");
	text = metrics_text(&snapshot);
	to = open_memstream(&expected, &size);
	fputs(INFO_HEAD
	      "xdp_fakemx_info{version=\"0.1.0\",interface=\"eth0\",mode=\"native\"} 1\n" UP_HEAD
	      "xdp_fakemx_up{interface=\"eth0\"} 1\n",
	      to);
	expect_by_reason(to, "xdp_fakemx_packets_total", PACKETS_HELP, ifaces,
			 1, "0");
	expect_by_reason(to, "xdp_fakemx_bytes_total", BYTES_HELP, ifaces, 1,
			 "0");
	fputs(ANSWERED_HEAD
	      "xdp_fakemx_answered_total{interface=\"eth0\",decoy=\"198.51.100.10\",role=\"first\"} 0\n"
	      "xdp_fakemx_answered_total{interface=\"eth0\",decoy=\"2001:db8::30\",role=\"last\"} 0\n" SUPPRESSED_HEAD
	      "xdp_fakemx_events_suppressed_total{interface=\"eth0\"} 0\n",
	      to);
	expect_gauges(to);
	expect_retries(to, "eth0", 0, 0, 0);
	expect_shadow(to, 0);
	fclose(to);
	assert_string_equal(text, expected);
	free(text);
	free(expected);
}

/* Two interfaces, and numbers that a double would round. */
static void two_interfaces_make(struct snapshot *snapshot)
{
	unsigned int reset = fmx_counter_index(0, FMX_IPV4, FMX_REASON_RESET);
	size_t i;

	snapshot_make(snapshot);
	add_iface(snapshot, "eth0", 2, true, "0.1.0");
	add_iface(snapshot, "eth1.5", 0, false, "");
	snapshot->policy.settings.shadow = 1;
	for (i = 0; i < 2; i++) {
		struct iface_counters *iface = &snapshot->ifaces[i];

		iface->tally.counters[reset].packets = (1ULL << 53) + 1;
		iface->tally.counters[reset].bytes = INT64_MAX;
		iface->tally.retries.count[FMX_RETRY_60] = 4 + i;
		iface->tally.retries.count[FMX_RETRY_LATER] = 1 + i;
		iface->tally.retries.ticks = 200000 * (1 + i);
		iface->tally.answered[3] = 10 + i;
		/* The real between the decoys has no counter. */
		iface->tally.answered[4] = 77;
		iface->tally.answered[5] = 20 + i;
	}
	snapshot->ifaces[1].tally.suppressed = 7;
}

static void two_interfaces_are_grouped_by_family(void **state)
{
	static const char *const ifaces[] = { "eth0", "eth1.5" };
	struct snapshot snapshot;
	char *expected = NULL, *text;
	size_t size;
	FILE *to;

	(void)state;
	two_interfaces_make(&snapshot);
	text = metrics_text(&snapshot);
	to = open_memstream(&expected, &size);
	fputs(INFO_HEAD
	      "xdp_fakemx_info{version=\"0.1.0\",interface=\"eth0\",mode=\"generic\"} 1\n"
	      "xdp_fakemx_info{version=\"9.9\",interface=\"eth1.5\",mode=\"native\"} 1\n" UP_HEAD
	      "xdp_fakemx_up{interface=\"eth0\"} 1\n"
	      "xdp_fakemx_up{interface=\"eth1.5\"} 0\n",
	      to);
	expect_by_reason(to, "xdp_fakemx_packets_total", PACKETS_HELP, ifaces,
			 2, "9007199254740993");
	expect_by_reason(to, "xdp_fakemx_bytes_total", BYTES_HELP, ifaces, 2,
			 "9223372036854775807");
	fputs(ANSWERED_HEAD
	      "xdp_fakemx_answered_total{interface=\"eth0\",decoy=\"198.51.100.10\",role=\"first\"} 10\n"
	      "xdp_fakemx_answered_total{interface=\"eth0\",decoy=\"2001:db8::30\",role=\"last\"} 20\n"
	      "xdp_fakemx_answered_total{interface=\"eth1.5\",decoy=\"198.51.100.10\",role=\"first\"} 11\n"
	      "xdp_fakemx_answered_total{interface=\"eth1.5\",decoy=\"2001:db8::30\",role=\"last\"} 21\n" SUPPRESSED_HEAD
	      "xdp_fakemx_events_suppressed_total{interface=\"eth0\"} 0\n"
	      "xdp_fakemx_events_suppressed_total{interface=\"eth1.5\"} 7\n",
	      to);
	expect_gauges(to);
	expect_retries(to, "eth0", 4, 1, 214748);
	expect_retries(to, "eth1.5", 5, 2, 429496);
	expect_shadow(to, 1);
	fclose(to);
	assert_string_equal(text, expected);
	free(text);
	free(expected);
}

/* How often `needle` stands at the beginning of a line. */
static unsigned int count_lines(const char *text, const char *needle)
{
	unsigned int count = 0;

	while (text && *text) {
		count += !strncmp(text, needle, strlen(needle));
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return count;
}

static void each_family_has_one_help_and_one_type(void **state)
{
	static const struct {
		const char *name;
		unsigned int samples;
		char next; /* in a series, behind the name of the family */
	} rows[] = {
		{ "xdp_fakemx_info", 2, '{' },
		{ "xdp_fakemx_up", 2, '{' },
		{ "xdp_fakemx_packets_total", 2 * COUNT(all_series), '{' },
		{ "xdp_fakemx_bytes_total", 2 * COUNT(all_series), '{' },
		{ "xdp_fakemx_answered_total", 4, '{' },
		{ "xdp_fakemx_events_suppressed_total", 2, '{' },
		{ "xdp_fakemx_decoys", 1, ' ' },
		{ "xdp_fakemx_decoys_capacity", 1, ' ' },
		{ "xdp_fakemx_allowlist_entries", 1, ' ' },
		{ "xdp_fakemx_allowlist_capacity", 1, ' ' },
		{ "xdp_fakemx_ledger_entries", 1, ' ' },
		{ "xdp_fakemx_ledger_capacity", 1, ' ' },
		{ "xdp_fakemx_spf_resolved_timestamp_seconds", 2, '{' },
		{ "xdp_fakemx_spf_failing_since_timestamp_seconds", 2, '{' },
		{ "xdp_fakemx_senders", CLASS_COUNT, '{' },
		{ "xdp_fakemx_retry_delay_seconds", 2 * (FMX_RETRY_BUCKETS + 2),
		  '_' },
		{ "xdp_fakemx_shadow", 1, ' ' },
	};
	struct snapshot snapshot;
	char needle[128], *text;
	int failed = 0;
	size_t i;

	(void)state;
	two_interfaces_make(&snapshot);
	/* Of which nothing is kept. */
	snapshot.policy.sources =
		calloc(FMX_MAX_SOURCES, sizeof(*snapshot.policy.sources));
	strcpy(snapshot.policy.sources[0].name, "spf:a.invalid");
	strcpy(snapshot.policy.sources[1].name, "file:/dev/null");
	strcpy(snapshot.policy.sources[63].name, "spf:b.invalid");
	text = metrics_text(&snapshot);
	for (i = 0; i < COUNT(rows); i++) {
		snprintf(needle, sizeof(needle), "# HELP %s ", rows[i].name);
		failed += differs_number(needle, 1, count_lines(text, needle));
		snprintf(needle, sizeof(needle), "# TYPE %s ", rows[i].name);
		failed += differs_number(needle, 1, count_lines(text, needle));
		snprintf(needle, sizeof(needle), "%s%c", rows[i].name,
			 rows[i].next);
		failed += differs_number(needle, rows[i].samples,
					 count_lines(text, needle));
	}
	failed += differs_number("families", COUNT(rows),
				 count_lines(text, "# TYPE "));
	free(text);
	assert_int_equal(failed, 0);
}

static void an_awkward_interface_name_is_escaped(void **state)
{
	struct snapshot snapshot;
	char *text;

	(void)state;
	snapshot_make(&snapshot);
	add_iface(&snapshot, "a\"b\\c", 2, false, "1");
	text = metrics_text(&snapshot);
	assert_non_null(
		strstr(text, "\nxdp_fakemx_up{interface=\"a\\\"b\\\\c\"} 1\n"));
	assert_non_null(strstr(
		text,
		"\nxdp_fakemx_packets_total{interface=\"a\\\"b\\\\c\",family=\"other\",reason=\"tags\"} 0\n"));
	free(text);
}

static void a_family_without_samples_is_left_out(void **state)
{
	json_t *families = small_families();
	char *text = written(families);

	(void)state;
	json_decref(families);
	assert_string_equal(text, small_text);
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_interface_is_written_with_every_series),
		cmocka_unit_test(two_interfaces_are_grouped_by_family),
		cmocka_unit_test(each_family_has_one_help_and_one_type),
		cmocka_unit_test(an_awkward_interface_name_is_escaped),
		cmocka_unit_test(a_family_without_samples_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

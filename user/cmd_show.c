// SPDX-License-Identifier: GPL-2.0-only
/* What is counted: stats and metrics. */
#include "cmd.h"

#include <errno.h>
#include <string.h>

#include "counters.h"
#include "out.h"
#include "prometheus.h"
#include "when.h"

static json_t *counter_rows(const struct fmx_counter *counters)
{
	json_t *rows = json_array();
	struct counter_id id;
	unsigned int step;

	for (step = 0; counter_next(&step, &id);)
		json_array_append_new(
			rows,
			json_pack("{s:s, s:s, s:I, s:I}", "family", id.family,
				  "reason", id.reason, "packets",
				  (json_int_t)counters[id.index].packets,
				  "bytes",
				  (json_int_t)counters[id.index].bytes));
	return rows;
}

static json_t *answered_rows(const struct policy *policy, const __u64 *answered)
{
	json_t *rows = json_array();
	char text[PREFIX_TEXT_SIZE];
	struct prefix prefix;
	size_t i;

	for (i = 0; i < policy->count; i++) {
		const struct row *row = &policy->rows[i];

		if (!row_is_decoy(row))
			continue;
		row_prefix(row, &prefix);
		prefix_format(&prefix, text);
		json_array_append_new(
			rows,
			json_pack("{s:s, s:s, s:I}", "decoy", text, "role",
				  role_name(row->rule.role), "packets",
				  (json_int_t)answered[row->rule.slot]));
	}
	return rows;
}

static json_t *stats_document(const struct snapshot *snapshot)
{
	json_t *ifaces = json_array();
	struct tally total;
	size_t i;

	for (i = 0; i < snapshot->count; i++) {
		const struct iface_counters *iface = &snapshot->ifaces[i];

		json_array_append_new(
			ifaces,
			json_pack("{s:s, s:o, s:o}", "interface",
				  iface->attachment.name, "counters",
				  counter_rows(iface->tally.counters),
				  "answered",
				  answered_rows(&snapshot->policy,
						iface->tally.answered)));
	}
	snapshot_sum(snapshot, &total);
	return json_pack("{s:o, s:{s:o, s:o}}", "interfaces", ifaces, "total",
			 "counters", counter_rows(total.counters), "answered",
			 answered_rows(&snapshot->policy, total.answered));
}

/* For people: what has not happened is left out. */
static void print_counters(FILE *to, const char *title, const json_t *counts)
{
	static const struct column reasons[] = {
		{ "family", "family" },
		{ "reason", "reason" },
		{ "packets", "packets" },
		{ "bytes", "bytes" },
	};
	static const struct column decoys[] = {
		{ "decoy", "decoy" },
		{ "role", "role" },
		{ "packets", "answered" },
	};
	json_t *answered = json_object_get(counts, "answered");
	json_t *seen = json_array(), *row;
	size_t i;

	json_array_foreach(json_object_get(counts, "counters"), i, row)
		if (json_integer_value(json_object_get(row, "packets")))
			json_array_append(seen, row);
	fprintf(to, "%s\n\n", title);
	if (json_array_size(seen))
		out_table(to, seen, reasons, 4);
	else
		fputs("nothing counted yet\n", to);
	if (json_array_size(answered)) {
		fputc('\n', to);
		out_table(to, answered, decoys, 3);
	}
	json_decref(seen);
}

static void print_stats(FILE *to, const json_t *document)
{
	json_t *ifaces = json_object_get(document, "interfaces"), *iface;
	size_t i;

	json_array_foreach(ifaces, i, iface) {
		if (i)
			fputc('\n', to);
		print_counters(
			to,
			json_string_value(json_object_get(iface, "interface")),
			iface);
	}
	if (json_array_size(ifaces) < 2)
		return;
	fputc('\n', to);
	print_counters(to, "all interfaces",
		       json_object_get(document, "total"));
}

int cmd_stats(const struct call *call)
{
	struct snapshot snapshot;
	int err;

	err = want_words(call, 0, "");
	if (err)
		return err;
	err = snapshot_take(&snapshot, false);
	if (err)
		say_not_loaded(err);
	else
		err = out_print(stats_document(&snapshot), call->json,
				print_stats);
	snapshot_free(&snapshot);
	return err;
}

static void print_metrics(FILE *to, const json_t *document)
{
	prometheus_write(to, json_object_get(document, "families"));
}

/* With nothing loaded there are metrics all the same: they say so. */
int cmd_metrics(const struct call *call)
{
	struct population population = { 0 };
	struct snapshot snapshot;
	json_t *families;
	int err;

	err = want_words(call, 0, "");
	if (err)
		return err;
	if (call->textfile && call->json) {
		say("metrics: --textfile: is for Prometheus, not for --json");
		return -EUSAGE;
	}
	err = snapshot_take(&snapshot, true);
	if (err && err != -ENOENT)
		goto out;
	err = population_make(ledger_senders(&snapshot.senders),
			      snapshot.senders.count, &snapshot.policy,
			      when_now(), &population);
	if (err)
		goto out;
	families = metrics_families(&snapshot, &population, VERSION);
	if (!call->textfile)
		err = out_print(json_pack("{s:o}", "families", families),
				call->json, print_metrics);
	else
		err = prometheus_textfile(call->textfile, families);
	if (call->textfile)
		json_decref(families);
out:
	population_free(&population);
	snapshot_free(&snapshot);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "prometheus.h"

#include "file.h"
#include "kept.h"

/* Appends a family and returns its array of samples. */
static json_t *family(json_t *families, const char *name, const char *type,
		      const char *help)
{
	json_t *samples = json_array();

	json_array_append_new(families,
			      json_pack("{s:s, s:s, s:s, s:o}", "name", name,
					"type", type, "help", help, "samples",
					samples));
	return samples;
}

/* Takes the labels over. */
static void sample(json_t *samples, json_t *labels, __u64 value)
{
	json_array_append_new(samples, json_pack("{s:o, s:I}", "labels", labels,
						 "value", (json_int_t)value));
}

static void gauge(json_t *families, const char *name, const char *help,
		  __u64 value)
{
	sample(family(families, name, "gauge", help), json_object(), value);
}

static void interfaces(json_t *families, const struct snapshot *snapshot,
		       const char *version)
{
	json_t *info = family(families, "xdp_fakemx_info", "gauge",
			      "What is loaded; always 1.");
	json_t *up = family(
		families, "xdp_fakemx_up", "gauge",
		"Whether the program is attached to the interface (1), or its interface has gone (0).");
	size_t i;

	for (i = 0; i < snapshot->count; i++) {
		const struct attachment *a = &snapshot->ifaces[i].attachment;
		const char *program =
			*a->about.version ? a->about.version : version;

		sample(info,
		       json_pack("{s:s, s:s, s:s}", "version", program,
				 "interface", a->name, "mode",
				 attachment_mode(a)),
		       1);
		sample(up, json_pack("{s:s}", "interface", a->name),
		       a->ifindex != 0);
	}
}

static void by_reason(json_t *families, const struct snapshot *snapshot,
		      bool bytes)
{
	json_t *samples =
		bytes ? family(families, "xdp_fakemx_bytes_total", "counter",
			       "Bytes of the frames, by what was done with them and why.")
		      : family(families, "xdp_fakemx_packets_total", "counter",
			       "Packets for port 25 of a decoy or real address, by what was done with them and why.");
	struct counter_id id;
	unsigned int step;
	size_t i;

	for (i = 0; i < snapshot->count; i++) {
		const struct iface_counters *iface = &snapshot->ifaces[i];

		for (step = 0; counter_next(&step, &id);) {
			const struct fmx_counter *counter =
				&iface->tally.counters[id.index];

			sample(samples,
			       json_pack("{s:s, s:s, s:s}", "interface",
					 iface->attachment.name, "family",
					 id.family, "reason", id.reason),
			       bytes ? counter->bytes : counter->packets);
		}
	}
}

static void by_decoy(json_t *families, const struct snapshot *snapshot)
{
	json_t *samples = family(families, "xdp_fakemx_answered_total",
				 "counter", "Resets sent, by decoy.");
	const struct policy *policy = &snapshot->policy;
	char text[PREFIX_TEXT_SIZE];
	struct prefix prefix;
	size_t i, j;

	for (i = 0; i < snapshot->count; i++) {
		const struct iface_counters *iface = &snapshot->ifaces[i];

		for (j = 0; j < policy->count; j++) {
			const struct row *row = &policy->rows[j];

			if (!row_is_decoy(row))
				continue;
			row_prefix(row, &prefix);
			prefix_format(&prefix, text);
			sample(samples,
			       json_pack("{s:s, s:s, s:s}", "interface",
					 iface->attachment.name, "decoy", text,
					 "role", role_name(row->rule.role)),
			       iface->tally.answered[row->rule.slot]);
		}
	}
}

static void events_suppressed(json_t *families, const struct snapshot *snapshot)
{
	json_t *samples = family(
		families, "xdp_fakemx_events_suppressed_total", "counter",
		"Events that their reader was not told of: too many at once.");
	size_t i;

	for (i = 0; i < snapshot->count; i++)
		sample(samples,
		       json_pack("{s:s}", "interface",
				 snapshot->ifaces[i].attachment.name),
		       snapshot->ifaces[i].tally.suppressed);
}

static void by_class(json_t *families, const struct population *population)
{
	json_t *samples =
		family(families, "xdp_fakemx_senders", "gauge",
		       "Senders in the ledger, by what became of them.");
	unsigned int i;

	for (i = 0; i < CLASS_COUNT; i++)
		sample(samples, json_pack("{s:s}", "class", class_name(i)),
		       population->by_class[i]);
}

static void part(json_t *samples, const char *suffix, json_t *labels,
		 __u64 value)
{
	json_array_append_new(samples, json_pack("{s:s, s:o, s:I}", "suffix",
						 suffix, "labels", labels,
						 "value", (json_int_t)value));
}

static void retry_delay(json_t *families, const struct snapshot *snapshot)
{
	static const char *const bounds[] = {
#define X(seconds) #seconds,
		FMX_RETRY_BOUNDS(X)
#undef X
			"+Inf",
	};
	json_t *samples = family(
		families, "xdp_fakemx_retry_delay_seconds", "histogram",
		"From being turned away at a first decoy to the real MX.");
	size_t i, j;

	for (i = 0; i < snapshot->count; i++) {
		const struct iface_counters *iface = &snapshot->ifaces[i];
		const struct fmx_retries *retries = &iface->tally.retries;
		const char *name = iface->attachment.name;
		__u64 count = 0;

		for (j = 0; j < FMX_RETRY_BUCKETS; j++) {
			count += retries->count[j];
			part(samples, "_bucket",
			     json_pack("{s:s, s:s}", "interface", name, "le",
				       bounds[j]),
			     count);
		}
		part(samples, "_sum", json_pack("{s:s}", "interface", name),
		     (retries->ticks << FMX_TICK_SHIFT) / 1000000000);
		part(samples, "_count", json_pack("{s:s}", "interface", name),
		     count);
	}
}

static void by_domain(json_t *families, const struct policy *policy)
{
	json_t *resolved = family(
		families, "xdp_fakemx_spf_resolved_timestamp_seconds", "gauge",
		"When the SPF record of the domain was last resolved; 0: never.");
	json_t *failing = family(
		families, "xdp_fakemx_spf_failing_since_timestamp_seconds",
		"gauge",
		"Since when the SPF record of the domain cannot be resolved; 0: it can.");
	const char *domain;
	size_t step = 0;

	while ((domain = policy_next_domain(policy, &step))) {
		struct fault fault = { "" };
		struct kept kept;

		/* What cannot be read is status' to say: all is 0. */
		kept_read(KEPT_DIRECTORY, domain, &kept, &fault);
		sample(resolved, json_pack("{s:s}", "domain", domain),
		       kept.resolved / 1000);
		sample(failing, json_pack("{s:s}", "domain", domain),
		       kept.failing_since / 1000);
		kept_free(&kept);
	}
}

json_t *metrics_families(const struct snapshot *snapshot,
			 const struct population *population,
			 const char *version)
{
	const struct policy *policy = &snapshot->policy;
	json_t *families = json_array();
	size_t allowed = 0, i;

	for (i = 0; i < policy->count; i++)
		allowed += policy->rows[i].key.kind == FMX_KIND_ALLOW;
	interfaces(families, snapshot, version);
	by_reason(families, snapshot, false);
	by_reason(families, snapshot, true);
	by_decoy(families, snapshot);
	events_suppressed(families, snapshot);
	gauge(families, "xdp_fakemx_decoys", "Decoy addresses.",
	      policy_decoy_count(policy));
	gauge(families, "xdp_fakemx_decoys_capacity",
	      "Decoy addresses that there is room for.", FMX_MAX_DECOYS);
	gauge(families, "xdp_fakemx_allowlist_entries",
	      "Addresses and prefixes on the allowlist.", allowed);
	gauge(families, "xdp_fakemx_allowlist_capacity",
	      "Addresses and prefixes that there is room for.", FMX_MAX_RULES);
	by_domain(families, policy);
	gauge(families, "xdp_fakemx_ledger_entries", "Senders in the ledger.",
	      snapshot->ledger.entries);
	gauge(families, "xdp_fakemx_ledger_capacity",
	      "Senders that the ledger has room for.",
	      snapshot->ledger.capacity);
	by_class(families, population);
	retry_delay(families, snapshot);
	gauge(families, "xdp_fakemx_shadow",
	      "Whether everything passes and is only counted (1).",
	      policy->settings.shadow);
	return families;
}

/* An interface may have a quote or a backslash in its name. */
static void write_label(FILE *to, const char *key, const char *value,
			bool first)
{
	fprintf(to, "%s%s=\"", first ? "{" : ",", key);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', to);
		if (*value == '\n')
			fputs("\\n", to);
		else
			fputc(*value, to);
	}
	fputc('"', to);
}

static void write_sample(FILE *to, const char *name, json_t *sample)
{
	json_t *labels = json_object_get(sample, "labels"), *value;
	const char *suffix =
		json_string_value(json_object_get(sample, "suffix"));
	bool first = true;
	const char *key;

	fprintf(to, "%s%s", name, suffix ? suffix : "");
	json_object_foreach(labels, key, value) {
		write_label(to, key, json_string_value(value), first);
		first = false;
	}
	fprintf(to, "%s %" JSON_INTEGER_FORMAT "\n", first ? "" : "}",
		json_integer_value(json_object_get(sample, "value")));
}

void prometheus_write(FILE *to, const json_t *families)
{
	json_t *family, *samples, *sample;
	const char *name, *type, *help;
	size_t i, j;

	json_array_foreach(families, i, family) {
		json_unpack(family, "{s:s, s:s, s:s, s:o}", "name", &name,
			    "type", &type, "help", &help, "samples", &samples);
		if (!json_array_size(samples))
			continue;
		fprintf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
			type);
		json_array_foreach(samples, j, sample)
			write_sample(to, name, sample);
	}
}

static int write_families(FILE *file, const void *families)
{
	prometheus_write(file, families);
	return 0;
}

int prometheus_textfile(const char *path, const json_t *families)
{
	return file_replace(path, 0644, write_families, families);
}

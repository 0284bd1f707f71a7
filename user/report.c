// SPDX-License-Identifier: GPL-2.0-only
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "when.h"

static json_t *time_value(__s64 at)
{
	char text[WHEN_TEXT_SIZE];

	if (!at)
		return json_null();
	when_format(at, text);
	return json_string(text);
}

static bool is_of_period(const struct report *r, size_t i)
{
	return sender_last_seen(&r->population->senders[i]) >= r->since;
}

static json_t *class_rows(const struct report *r, size_t *total)
{
	size_t counts[CLASS_COUNT] = { 0 }, i;
	json_t *rows = json_array();

	*total = 0;
	for (i = 0; i < r->population->count; i++) {
		if (!is_of_period(r, i))
			continue;
		counts[r->population->classes[i].class]++;
		++*total;
	}
	for (i = 0; i < CLASS_COUNT; i++)
		json_array_append_new(
			rows,
			json_pack("{s:s, s:I, s:f}", "class", class_name(i),
				  "senders", (json_int_t)counts[i], "share",
				  *total ? (double)counts[i] / *total : 0.0));
	return rows;
}

static int compare_delays(const void *a, const void *b)
{
	__s64 x = *(const __s64 *)a, y = *(const __s64 *)b;

	return (x > y) - (x < y);
}

/* The nearest-rank percentile, in seconds. */
static json_t *percentile(const __s64 *sorted, size_t count, unsigned int part)
{
	size_t rank = (count * part + 99) / 100;

	return count ? json_integer(sorted[rank ? rank - 1 : 0] / 1000)
		     : json_null();
}

static json_t *histogram(const __s64 *delays, size_t count)
{
	static const __s64 bounds[] = {
#define X(seconds) seconds,
		FMX_RETRY_BOUNDS(X)
#undef X
	};
	const size_t bound_count = sizeof(bounds) / sizeof(*bounds);
	json_t *rows = json_array();
	size_t i, j = 0, in_bucket;

	for (i = 0; i <= bound_count; i++) {
		for (in_bucket = 0;
		     j < count &&
		     (i == bound_count || delays[j] <= bounds[i] * 1000);
		     j++)
			in_bucket++;
		json_array_append_new(
			rows,
			json_pack("{s:o, s:I}", "up_to_seconds",
				  i < bound_count ? json_integer(bounds[i])
						  : json_null(),
				  "senders", (json_int_t)in_bucket));
	}
	return rows;
}

/* How long those who came back took. */
static json_t *retry_part(const struct report *r)
{
	const struct population *p = r->population;
	__s64 *delays = malloc((p->count + 1) * sizeof(*delays));
	size_t count = 0, i;
	json_t *part;

	if (!delays)
		return NULL;
	for (i = 0; i < p->count; i++)
		if (p->classes[i].class == CLASS_RETRIED && is_of_period(r, i))
			delays[count++] = p->classes[i].delay;
	qsort(delays, count, sizeof(*delays), compare_delays);
	part = json_pack("{s:I, s:o, s:o, s:o, s:o}", "senders",
			 (json_int_t)count, "median_seconds",
			 percentile(delays, count, 50), "p90_seconds",
			 percentile(delays, count, 90), "p99_seconds",
			 percentile(delays, count, 99), "histogram",
			 histogram(delays, count));
	free(delays);
	return part;
}

static struct names names_of(const struct report *r, size_t i)
{
	const struct names nothing = { .dnswl = -1 };

	return r->names ? r->names[i] : nothing;
}

static void evidence_text(enum evidence which, const struct sender *s,
			  const struct names *names, char *text, size_t size)
{
	char span[SPAN_TEXT_SIZE], when[WHEN_TEXT_SIZE];

	switch (which) {
	case EVIDENCE_DELIVERED:
		when_format(s->delivered, when);
		snprintf(text, size, "a message of it is in the mail log, %s",
			 when);
		break;
	case EVIDENCE_DNSWL:
		snprintf(text, size,
			 "it is on the DNS allowlist, with trust %d of 3",
			 names->dnswl);
		break;
	case EVIDENCE_REAL:
		when_format(s->last[FMX_ROLE_REAL], when);
		snprintf(text, size, "it was at a real MX before, last %s",
			 when);
		break;
	case EVIDENCE_QUEUE:
	case EVIDENCE_AGAIN:
		span_format_rough(attempt_interval(s), span);
		snprintf(text, size,
			 "it came %u times, %s apart, as a mail queue does",
			 s->attempts[FMX_ROLE_FIRST], span);
		break;
	default:
		snprintf(text, size,
			 "its name, %s, leads back to it in the DNS",
			 names->name);
	}
}

static json_t *evidence_rows(const struct sender *s, const struct names *names,
			     unsigned int evidence)
{
	json_t *rows = json_array();
	char text[384];
	unsigned int i;

	for (i = 0; i < EVIDENCE_COUNT; i++) {
		if (!(evidence & 1U << i))
			continue;
		evidence_text(i, s, names, text, sizeof(text));
		json_array_append_new(rows, json_pack("{s:s, s:s}", "kind",
						      evidence_name(i), "text",
						      text));
	}
	return rows;
}

static json_t *suspect_row(const struct report *r, size_t i,
			   unsigned int evidence)
{
	const struct sender *s = &r->population->senders[i];
	const struct classed *is = &r->population->classes[i];
	struct names names = names_of(r, i);
	char sender[PREFIX_TEXT_SIZE], allow[512];

	prefix_format(&s->addr, sender);
	snprintf(allow, sizeof(allow), TOOL " allow %s%s%s", sender,
		 names.name ? " comment " : "", names.name ? names.name : "");
	return json_pack(
		"{s:s, s:s?, s:o, s:o, s:I, s:o, s:o, s:I, s:s}", "sender",
		sender, "name", names.name, "dnswl",
		names.dnswl < 0 ? json_null() : json_integer(names.dnswl),
		"evidence", evidence_rows(s, &names, evidence), "weight",
		(json_int_t)evidence_weight(evidence), "turned_away_since",
		time_value(is->since), "last_seen",
		time_value(sender_last_seen(s)), "attempts",
		(json_int_t)s->attempts[FMX_ROLE_FIRST], "allow", allow);
}

static int compare_suspects(const void *a, const void *b)
{
	const struct suspect *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	if (x->attempts != y->attempts)
		return x->attempts < y->attempts ? 1 : -1;
	return (x->index > y->index) - (x->index < y->index);
}

struct suspect *report_suspects(const struct report *r, size_t *count)
{
	const struct population *p = r->population;
	struct suspect *list = malloc((p->count + 1) * sizeof(*list));
	size_t i;

	*count = 0;
	for (i = 0; list && i < p->count; i++) {
		struct suspect suspect = { .index = i };
		struct names names = names_of(r, i);

		if ((p->classes[i].class != CLASS_LOST &&
		     p->classes[i].class != CLASS_WAITING) ||
		    !is_of_period(r, i))
			continue;
		suspect.evidence = evidence_of(&p->senders[i], &names);
		suspect.weight = evidence_weight(suspect.evidence);
		suspect.attempts = p->senders[i].attempts[FMX_ROLE_FIRST];
		list[(*count)++] = suspect;
	}
	if (list)
		qsort(list, *count, sizeof(*list), compare_suspects);
	return list;
}

/* Those of a class that have evidence; the others are counted in *without. */
static json_t *suspect_rows(const struct report *r, const struct suspect *list,
			    size_t count, enum class class, size_t *without)
{
	json_t *rows = json_array();
	size_t i;

	*without = 0;
	for (i = 0; i < count; i++) {
		if (r->population->classes[list[i].index].class != class)
			continue;
		if (list[i].weight)
			json_array_append_new(rows,
					      suspect_row(r, list[i].index,
							  list[i].evidence));
		else
			++*without;
	}
	return rows;
}

json_t *report_document(const struct report *r)
{
	json_t *classes, *lost, *at_risk;
	size_t total, count, lost_rest, waiting_rest;
	struct suspect *list = report_suspects(r, &count);

	if (!list)
		return NULL;
	classes = class_rows(r, &total);
	lost = suspect_rows(r, list, count, CLASS_LOST, &lost_rest);
	at_risk = suspect_rows(r, list, count, CLASS_WAITING, &waiting_rest);
	free(list);
	return json_pack(
		"{s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:{s:I, s:I}, s:o}",
		"generated", time_value(r->population->now), "since",
		time_value(r->since), "hosts", (json_int_t)r->hosts, "logs",
		(json_int_t)r->logs, "senders", (json_int_t)total, "classes",
		classes, "retry", retry_part(r), "lost", lost, "at_risk",
		at_risk, "probable_spamware", "lost", (json_int_t)lost_rest,
		"waiting", (json_int_t)waiting_rest, "warnings",
		report_warnings(r));
}

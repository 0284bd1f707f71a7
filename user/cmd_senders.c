// SPDX-License-Identifier: GPL-2.0-only
/* Who came, and what became of it. */
#include "cmd.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "out.h"
#include "population.h"
#include "when.h"

/* How two senders are put in order. */
typedef int (*order)(const struct population *p, size_t a, size_t b);

static int newest_first(__s64 a, __s64 b)
{
	return (a < b) - (a > b);
}

static int by_last_seen(const struct population *p, size_t a, size_t b)
{
	return newest_first(sender_last_seen(&p->senders[a]),
			    sender_last_seen(&p->senders[b]));
}

static int by_first_seen(const struct population *p, size_t a, size_t b)
{
	return newest_first(sender_first_seen(&p->senders[b]),
			    sender_first_seen(&p->senders[a]));
}

static __s64 attempts(const struct sender *s)
{
	return (__s64)s->attempts[FMX_ROLE_FIRST] + s->attempts[FMX_ROLE_LAST] +
	       s->attempts[FMX_ROLE_REAL];
}

static int by_attempts(const struct population *p, size_t a, size_t b)
{
	return newest_first(attempts(&p->senders[a]), attempts(&p->senders[b]));
}

static int by_delay(const struct population *p, size_t a, size_t b)
{
	return newest_first(p->classes[a].delay, p->classes[b].delay);
}

static int by_sender(const struct population *p, size_t a, size_t b)
{
	return prefix_compare(&p->senders[a].addr, &p->senders[b].addr);
}

static const struct {
	const char *name;
	order order;
} orders[] = {
	{ "last-seen", by_last_seen }, { "first-seen", by_first_seen },
	{ "attempts", by_attempts },   { "delay", by_delay },
	{ "sender", by_sender },
};

/* What was asked for. */
struct query {
	bool has_class;
	enum class class;
	__s64 since;
	order order;
	size_t limit;
};

static int wrong(const struct fault *fault, const char *option)
{
	say("senders: %s: %s", option, fault->text);
	return -EUSAGE;
}

static int parse_order(const char *word, order *out, struct fault *fault)
{
	size_t i;

	for (i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
		if (!strcmp(word, orders[i].name)) {
			*out = orders[i].order;
			return 0;
		}
	}
	return fault_set(
		fault,
		"%s: must be last-seen, first-seen, attempts, delay or sender",
		word);
}

static int parse_limit(const char *word, size_t *out, struct fault *fault)
{
	char *end;

	errno = 0;
	*out = strtoul(word, &end, 10);
	if (isdigit((unsigned char)*word) && !*end && !errno && *out)
		return 0;
	return fault_set(fault, "%s: must be a number from 1 on", word);
}

static int parse_query(const struct call *call, struct query *q)
{
	struct fault fault = { "" };

	*q = (struct query){ .order = by_last_seen, .limit = SIZE_MAX };
	q->has_class = call->class;
	if (call->class && class_parse(call->class, &q->class, &fault))
		return wrong(&fault, "--class");
	if (call->since && since_parse(call->since, &q->since, &fault))
		return wrong(&fault, "--since");
	if (call->sort && parse_order(call->sort, &q->order, &fault))
		return wrong(&fault, "--sort");
	if (call->limit && parse_limit(call->limit, &q->limit, &fault))
		return wrong(&fault, "--limit");
	if (call->export &&
	    (call->class || call->since || call->sort || call->limit)) {
		say("senders: --export: writes all of the ledger, whole");
		return -EUSAGE;
	}
	return 0;
}

/* The chosen of a population, in the order that was asked for. */
struct selection {
	const struct population *population;
	order order;
	size_t *chosen;
	size_t count;
};

static int compare_chosen(const void *a, const void *b, void *arg)
{
	const struct selection *selection = arg;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int order = selection->order(selection->population, x, y);

	return order ? order : by_sender(selection->population, x, y);
}

static int select_senders(const struct population *p, const struct query *q,
			  struct selection *out)
{
	size_t i;

	*out = (struct selection){ .population = p, .order = q->order };
	out->chosen = malloc((p->count + 1) * sizeof(*out->chosen));
	if (!out->chosen) {
		say("out of memory");
		return -ENOMEM;
	}
	for (i = 0; i < p->count; i++)
		if ((!q->has_class || p->classes[i].class == q->class) &&
		    sender_last_seen(&p->senders[i]) >= q->since)
			out->chosen[out->count++] = i;
	qsort_r(out->chosen, out->count, sizeof(*out->chosen), compare_chosen,
		out);
	if (out->count > q->limit)
		out->count = q->limit;
	return 0;
}

static json_t *time_or_null(__s64 at)
{
	char text[WHEN_TEXT_SIZE];

	if (!at)
		return json_null();
	when_format(at, text);
	return json_string(text);
}

/* For people a delay is "12 min", for programs it is a number. */
static json_t *delay_value(const struct classed *is, bool as_json)
{
	char text[SPAN_TEXT_SIZE];

	if (is->delay < 0)
		return json_null();
	if (as_json)
		return json_integer(is->delay / 1000);
	span_format_rough(is->delay, text);
	return json_string(text);
}

static json_t *sender_row(size_t i, bool as_json, void *arg)
{
	const struct selection *selection = arg;
	const struct population *p = selection->population;
	const struct sender *s = &p->senders[selection->chosen[i]];
	const struct classed *is = &p->classes[selection->chosen[i]];
	char sender[PREFIX_TEXT_SIZE];
	const char *class = class_name(is->class);

	prefix_format(&s->addr, sender);
	return json_pack(
		"{s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:I, s:I, s:I}", "sender",
		sender, "class",
		is->neighbour && !as_json ? "retried (neighbour)" : class,
		"neighbour", is->neighbour, "delay_seconds",
		delay_value(is, as_json), "turned_away_since",
		time_or_null(is->since), "first_seen",
		time_or_null(sender_first_seen(s)), "last_seen",
		time_or_null(sender_last_seen(s)), "attempts_first",
		(json_int_t)s->attempts[FMX_ROLE_FIRST], "attempts_last",
		(json_int_t)s->attempts[FMX_ROLE_LAST], "attempts_real",
		(json_int_t)s->attempts[FMX_ROLE_REAL]);
}

static int widest_sender(const struct selection *selection)
{
	char text[PREFIX_TEXT_SIZE];
	int widest = strlen("sender"), used;
	size_t i;

	for (i = 0; i < selection->count; i++) {
		prefix_format(&selection->population
				       ->senders[selection->chosen[i]]
				       .addr,
			      text);
		used = strlen(text);
		widest = used > widest ? used : widest;
	}
	return widest;
}

static int print_senders(struct selection *selection, bool as_json)
{
	static const struct column columns[] = {
		{ "sender", "sender" },	       { "class", "class" },
		{ "delay_seconds", "delay" },  { "last_seen", "last seen" },
		{ "attempts_first", "first" }, { "attempts_last", "last" },
		{ "attempts_real", "real" },
	};
	const int widths[] = {
		widest_sender(selection), 19, -8, 20, -5, -5, -5
	};
	const struct listing listing = {
		.member = "senders",
		.count = selection->count,
		.row = sender_row,
		.arg = selection,
		.columns = columns,
		.widths = widths,
		.column_count = sizeof(columns) / sizeof(*columns),
	};

	return out_listing(&listing, as_json);
}

static int list_senders(const struct snapshot *snapshot, const struct query *q,
			bool as_json)
{
	struct selection selection = { 0 };
	struct population population;
	int err;

	err = population_make(ledger_senders(&snapshot->senders),
			      snapshot->senders.count, &snapshot->policy,
			      snapshot->senders.wall, &population);
	if (!err)
		err = select_senders(&population, q, &selection);
	if (!err)
		err = print_senders(&selection, as_json);
	free(selection.chosen);
	population_free(&population);
	return err;
}

int cmd_senders(const struct call *call)
{
	struct snapshot snapshot;
	struct query query;
	int err;

	err = want_words(call, 0, "");
	if (!err)
		err = parse_query(call, &query);
	if (err)
		return err;
	err = snapshot_take(&snapshot, true);
	if (err)
		say_not_loaded(err);
	else if (call->export)
		err = ledger_write_file(call->export, &snapshot.senders);
	else
		err = list_senders(&snapshot, &query, call->json);
	snapshot_free(&snapshot);
	return err;
}

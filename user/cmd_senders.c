// SPDX-License-Identifier: GPL-2.0-only
/* Who came, and what became of it. */
#include "cmd.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bulk.h"
#include "counters.h"
#include "out.h"
#include "p0f.h"
#include "population.h"
#include "when.h"

/* What senders are sorted by: the largest comes first. */
typedef __s64 (*sort_key)(const struct population *p, size_t i);

static __s64 last_seen(const struct population *p, size_t i)
{
	return sender_last_seen(&p->senders[i]);
}

static __s64 first_seen(const struct population *p, size_t i)
{
	return -sender_first_seen(&p->senders[i]);
}

static __s64 attempts(const struct population *p, size_t i)
{
	return sender_attempts(&p->senders[i]);
}

static __s64 delay(const struct population *p, size_t i)
{
	return p->classes[i].delay;
}

/* As they are: sorted by address. */
static __s64 sender(const struct population *p, size_t i)
{
	return p->senders[i].addr.family == FMX_IPV4;
}

static const struct {
	const char *name;
	sort_key key;
} keys[] = {
	{ "last-seen", last_seen }, { "first-seen", first_seen },
	{ "attempts", attempts },   { "delay", delay },
	{ "sender", sender },
};

/* What was asked for. */
struct query {
	bool has_class;
	enum class class;
	__s64 since;
	sort_key key;
	size_t limit;
};

static int wrong(const struct fault *fault, const char *option)
{
	say("senders: %s: %s", option, fault->text);
	return -EUSAGE;
}

static int parse_key(const char *word, sort_key *out, struct fault *fault)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (!strcmp(word, keys[i].name)) {
			*out = keys[i].key;
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

	*q = (struct query){ .key = last_seen, .limit = SIZE_MAX };
	q->has_class = call->class;
	if (call->class && class_parse(call->class, &q->class, &fault))
		return wrong(&fault, "--class");
	if (call->since && since_parse(call->since, &q->since, &fault))
		return wrong(&fault, "--since");
	if (call->sort && parse_key(call->sort, &q->key, &fault))
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

/* Where the texts of a row are until the next one. */
struct texts {
	char sender[PREFIX_TEXT_SIZE];
	char class[40];
	char delay[SPAN_TEXT_SIZE];
	char since[WHEN_TEXT_SIZE];
	char first_seen[WHEN_TEXT_SIZE];
	char last_seen[WHEN_TEXT_SIZE];
	char syn[P0F_TEXT_SIZE];
};

struct chosen {
	__s64 key;
	size_t index;
};

/* The chosen of a population, in the order that was asked for. */
struct selection {
	const struct population *population;
	struct chosen *chosen;
	size_t count;
	bool has_ipv6;
	struct texts texts; /* of one row */
};

static int compare_chosen(const void *a, const void *b)
{
	const struct chosen *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? 1 : -1;
	return (x->index > y->index) - (x->index < y->index);
}

static int select_senders(const struct population *p, const struct query *q,
			  struct selection *out)
{
	size_t i;

	*out = (struct selection){ .population = p };
	out->chosen = bulk_alloc(p->count, sizeof(*out->chosen));
	if (!out->chosen) {
		say("out of memory");
		return -ENOMEM;
	}
	for (i = 0; i < p->count; i++) {
		if ((q->has_class && p->classes[i].class != q->class) ||
		    sender_last_seen(&p->senders[i]) < q->since)
			continue;
		out->chosen[out->count++] = (struct chosen){ q->key(p, i), i };
		out->has_ipv6 |= p->senders[i].addr.family == FMX_IPV6;
	}
	qsort(out->chosen, out->count, sizeof(*out->chosen), compare_chosen);
	if (out->count > q->limit)
		out->count = q->limit;
	return 0;
}

static struct cell text_cell(const char *text)
{
	return (struct cell){ .kind = CELL_TEXT, .text = text };
}

static struct cell number_cell(json_int_t number)
{
	return (struct cell){ .kind = CELL_NUMBER, .number = number };
}

static struct cell time_cell(__s64 at, char text[WHEN_TEXT_SIZE])
{
	if (!at)
		return (struct cell){ .kind = CELL_NULL };
	when_format(at, text);
	return text_cell(text);
}

static const struct sender *sender_of(const struct selection *selection,
				      size_t i)
{
	return &selection->population->senders[selection->chosen[i].index];
}

static const struct classed *class_of(const struct selection *selection,
				      size_t i)
{
	return &selection->population->classes[selection->chosen[i].index];
}

static struct cell address_cell(struct selection *selection, size_t i)
{
	/* Senders that follow each other in a list do not in memory. */
	if (i + BULK_AHEAD < selection->count) {
		bulk_ask(sender_of(selection, i + BULK_AHEAD),
			 sizeof(struct sender));
		bulk_ask(class_of(selection, i + BULK_AHEAD),
			 sizeof(struct classed));
	}
	prefix_format(&sender_of(selection, i)->addr, selection->texts.sender);
	return text_cell(selection->texts.sender);
}

/* For programs. */
static const struct column members[] = {
	{ "sender", "" },	  { "class", "" },
	{ "neighbour", "" },	  { "verified", "" },
	{ "delay_seconds", "" },  { "turned_away_since", "" },
	{ "first_seen", "" },	  { "last_seen", "" },
	{ "attempts_first", "" }, { "attempts_last", "" },
	{ "attempts_real", "" },  { "syn", "" },
};

static void object_row(size_t i, struct cell *c, void *arg)
{
	struct selection *selection = arg;
	const struct sender *s = sender_of(selection, i);
	const struct classed *is = class_of(selection, i);
	struct texts *texts = &selection->texts;

	*c++ = address_cell(selection, i);
	*c++ = text_cell(class_name(is->class));
	*c++ = (struct cell){ .kind = CELL_BOOL, .number = is->neighbour };
	*c++ = (struct cell){ .kind = CELL_BOOL, .number = s->verified };
	*c = number_cell(is->delay / 1000);
	if (is->delay < 0)
		c->kind = CELL_NULL;
	c++;
	*c++ = time_cell(is->since, texts->since);
	*c++ = time_cell(sender_first_seen(s), texts->first_seen);
	*c++ = time_cell(sender_last_seen(s), texts->last_seen);
	*c++ = number_cell(s->attempts[FMX_ROLE_FIRST]);
	*c++ = number_cell(s->attempts[FMX_ROLE_LAST]);
	*c++ = number_cell(s->attempts[FMX_ROLE_REAL]);
	p0f_of_sender(s, texts->syn);
	*c = text_cell(texts->syn);
	if (!s->ttl)
		c->kind = CELL_NULL;
}

/* For people: a delay is "12 min". */
static const struct column columns[] = {
	{ "", "sender" }, { "", "class" }, { "", "delay" }, { "", "last seen" },
	{ "", "first" },  { "", "last" },  { "", "real" },
};

static void table_row(size_t i, struct cell *c, void *arg)
{
	struct selection *selection = arg;
	const struct sender *s = sender_of(selection, i);
	const struct classed *is = class_of(selection, i);
	struct texts *texts = &selection->texts;

	*c++ = address_cell(selection, i);
	snprintf(texts->class, sizeof(texts->class), "%s%s%s",
		 class_name(is->class), is->neighbour ? " (neighbour)" : "",
		 s->verified ? " (verified)" : "");
	*c++ = text_cell(texts->class);
	span_format_rough(is->delay, texts->delay);
	*c = text_cell(texts->delay);
	if (is->delay < 0)
		c->kind = CELL_NULL;
	c++;
	*c++ = time_cell(sender_last_seen(s), texts->last_seen);
	*c++ = number_cell(s->attempts[FMX_ROLE_FIRST]);
	*c++ = number_cell(s->attempts[FMX_ROLE_LAST]);
	*c++ = number_cell(s->attempts[FMX_ROLE_REAL]);
}

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static int print_senders(struct selection *selection, bool as_json)
{
	const int widths[COUNT(columns)] = {
		selection->has_ipv6 ? 39 : 15, 20, -8, 20, -5, -5, -5
	};
	const struct listing listing = {
		.member = "senders",
		.count = selection->count,
		.columns = as_json ? members : columns,
		.widths = as_json ? NULL : widths,
		.column_count = as_json ? COUNT(members) : COUNT(columns),
		.row = as_json ? object_row : table_row,
		.arg = selection,
	};

	return out_listing(&listing);
}

static int list_senders(const struct snapshot *snapshot, const struct query *q,
			bool as_json)
{
	struct selection selection = { 0 };
	struct population population;
	int err;

	err = population_make(ledger_senders(&snapshot->senders),
			      snapshot->senders.count, &snapshot->policy,
			      when_now(), &population);
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

// SPDX-License-Identifier: GPL-2.0-only
/* What would become of a sender: the program itself is asked. */
#include "cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "out.h"
#include "population.h"
#include "synth.h"
#include "when.h"

/* A question, and all that is known about it. */
struct question {
	struct prefix sender;
	struct prefix decoy;
	struct trial trial;
	const struct row *matching; /* the statement that decided, or NULL */
	const struct sender *seen;  /* or NULL: the ledger does not know him */
	const struct classed *is;
};

static int parse_address(const char *word, struct prefix *out)
{
	struct fault fault = { "" };

	if (!addr_parse(word, out, &fault))
		return 0;
	say("test: %s", fault.text);
	return -EUSAGE;
}

/* The first decoy of the sender's family, where none was named. */
static int choose_decoy(const struct call *call, const struct policy *policy,
			struct question *q)
{
	size_t i;

	if (call->argc > 2)
		return 0;
	for (i = 0; i < policy->count; i++) {
		row_prefix(&policy->rows[i], &q->decoy);
		if (row_is_decoy(&policy->rows[i]) &&
		    q->decoy.family == q->sender.family)
			return 0;
	}
	say("test: there is no %s decoy; name an address",
	    q->sender.family == FMX_IPV4 ? "IPv4" : "IPv6");
	return -ENOENT;
}

/* The longest prefix that allows him, or what the address is. */
static const struct row *find_matching(const struct policy *policy,
				       const struct question *q)
{
	bool allowed = q->trial.reason == FMX_REASON_ALLOWED;
	const struct prefix *addr = allowed ? &q->sender : &q->decoy;
	const struct row *longest = NULL;
	struct prefix prefix;
	size_t i;

	for (i = 0; i < policy->count; i++) {
		const struct row *row = &policy->rows[i];

		row_prefix(row, &prefix);
		if ((row->key.kind == FMX_KIND_ALLOW) == allowed &&
		    prefix_contains(&prefix, addr) &&
		    (!longest || row->key.prefixlen > longest->key.prefixlen))
			longest = row;
	}
	return longest;
}

static int compare(const void *a, const void *b)
{
	return sender_compare(a, b);
}

static void find_in_ledger(const struct population *p, struct question *q)
{
	const struct sender wanted = { .addr = q->sender };

	q->seen = p->count ? bsearch(&wanted, p->senders, p->count,
				     sizeof(wanted), compare)
			   : NULL;
	if (q->seen)
		q->is = &p->classes[q->seen - p->senders];
}

static int try_syn(struct question *q)
{
	__u8 frame[SYNTH_SIZE];
	__u32 size = synth_syn(&q->sender, &q->decoy, frame);
	struct kern k;
	int err = kern_open(&k, KERN_READ);

	if (err)
		return say_not_loaded(err);
	err = kern_try(&k, frame, size, &q->trial);
	kern_close(&k);
	return err;
}

static json_t *statement_value(const struct policy *policy,
			       const struct row *row)
{
	struct statement s;
	char *text = NULL;
	json_t *value;
	size_t size;
	FILE *to;

	if (!row)
		return json_null();
	to = open_memstream(&text, &size);
	if (!to)
		return NULL;
	policy_row_statement(policy, row, &s);
	statement_format(&s, to);
	fclose(to);
	value = json_string(text);
	free(text);
	return value;
}

/* Of a list: which of its prefixes. */
static json_t *prefix_value(const struct row *row)
{
	char text[PREFIX_TEXT_SIZE];
	struct prefix prefix;

	if (!row)
		return json_null();
	row_prefix(row, &prefix);
	prefix_format(&prefix, text);
	return json_string(text);
}

static json_t *document_of(const struct policy *policy,
			   const struct question *q)
{
	static const char *const verdicts[] = { "pass", "drop", "answer" };
	bool known = q->trial.reason != FMX_REASON_NONE;
	char sender[PREFIX_TEXT_SIZE], decoy[PREFIX_TEXT_SIZE];
	char when[WHEN_TEXT_SIZE] = "";

	prefix_format(&q->sender, sender);
	prefix_format(&q->decoy, decoy);
	if (q->seen)
		when_format(sender_last_seen(q->seen), when);
	return json_pack(
		"{s:s, s:s, s:s, s:s?, s:s, s:b, s:o, s:o, s:s?, s:s?}",
		"sender", sender, "address", decoy, "verdict",
		verdicts[q->trial.verdict], "reason",
		known ? reason_name(q->trial.reason) : NULL, "help",
		known ? reason_help(q->trial.reason)
		      : "the address is no decoy, and no real MX",
		"shadow", q->trial.shadow, "statement",
		statement_value(policy, q->matching), "prefix",
		prefix_value(q->matching), "last_seen", q->seen ? when : NULL,
		"class", q->seen ? class_name(q->is->class) : NULL);
}

static const char *member(const json_t *document, const char *name)
{
	return json_string_value(json_object_get(document, name));
}

static void print_test(FILE *to, const json_t *document)
{
	bool shadow = json_is_true(json_object_get(document, "shadow"));
	const char *reason = member(document, "reason");
	const char *statement = member(document, "statement");
	bool is_list = statement && (strstr(statement, SOURCE_FILE) ||
				     strstr(statement, SOURCE_SPF));

	fprintf(to, "%s to port 25 of %s: %s: %s\n", member(document, "sender"),
		member(document, "address"),
		shadow ? "pass, because of shadow mode alone"
		       : member(document, "verdict"),
		member(document, "help"));
	if (reason)
		fprintf(to, "reason: %s%s\n", shadow ? "would_" : "", reason);
	if (statement)
		fprintf(to, "by: %s%s%s\n", statement,
			is_list ? ", which has " : "",
			is_list ? member(document, "prefix") : "");
	if (member(document, "last_seen"))
		fprintf(to, "last seen %s, %s\n", member(document, "last_seen"),
			member(document, "class"));
	else
		fputs("never seen, or forgotten\n", to);
}

int cmd_test(const struct call *call)
{
	struct question q = { .matching = NULL };
	struct population population = { 0 };
	struct snapshot snapshot = { 0 };
	int err;

	if (call->argc < 2 || call->argc > 3)
		return want_words(call, call->argc < 2 ? 1 : 2,
				  "which sender?");
	err = parse_address(call->argv[1], &q.sender);
	if (!err && call->argc > 2)
		err = parse_address(call->argv[2], &q.decoy);
	if (!err && call->argc > 2 && q.sender.family != q.decoy.family) {
		say("test: %s: the sender's address is of another family",
		    call->argv[2]);
		err = -EUSAGE;
	}
	if (err)
		return err;
	err = snapshot_take(&snapshot, true);
	if (err) {
		say_not_loaded(err);
		goto out;
	}
	err = choose_decoy(call, &snapshot.policy, &q);
	if (!err)
		err = try_syn(&q);
	if (!err)
		err = population_make(ledger_senders(&snapshot.senders),
				      snapshot.senders.count, &snapshot.policy,
				      when_now(), &population);
	if (err)
		goto out;
	q.matching = find_matching(&snapshot.policy, &q);
	find_in_ledger(&population, &q);
	err = out_print(document_of(&snapshot.policy, &q), call->json,
			print_test);
out:
	population_free(&population);
	snapshot_free(&snapshot);
	return err;
}

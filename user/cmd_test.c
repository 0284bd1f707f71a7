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
	int err = kern_open(&k, KERN_TRY);

	if (err)
		return say_not_loaded(err);
	err = kern_try(&k, frame, size, &q->trial);
	kern_close(&k);
	return err;
}

/* Where a statement comes from: a file and line, or a command and its time. */
static int add_origin(json_t *to, const struct policy *policy,
		      const struct fmx_origin *origin)
{
	const char *file = policy_file(policy, origin->file);
	char when[WHEN_TEXT_SIZE] = "";

	if (!origin->line)
		return 0;
	when_format(origin->line * 1000LL, when);
	if (!origin->file)
		return json_object_set_new(to, "commanded", json_string(when));
	return file &&
	       (json_object_set_new(to, "file", json_string(file)) ||
		json_object_set_new(to, "line", json_integer(origin->line)));
}

/* The statement that decided: members for the document, which may be none. */
static json_t *matching_members(const struct policy *policy,
				const struct row *row)
{
	char text[PREFIX_TEXT_SIZE];
	struct prefix prefix;
	struct statement s;
	char *statement;
	json_t *members;

	if (!row)
		return json_pack("{s:n, s:n}", "statement", "prefix");
	policy_row_statement(policy, row, &s);
	row_prefix(row, &prefix);
	prefix_format(&prefix, text);
	statement = statement_text(&s);
	members =
		json_pack("{s:s, s:s}", "statement", statement, "prefix", text);
	free(statement);
	if (members && !strncmp(s.source, SOURCE_FILE, strlen(SOURCE_FILE)) &&
	    row->rule.origin.line)
		json_object_set_new(members, "list_line",
				    json_integer(row->rule.origin.line));
	if (members && *s.source)
		json_object_set_new(members, "list", json_string(s.source));
	if (members && add_origin(members, policy, &s.origin)) {
		json_decref(members);
		return NULL;
	}
	return members;
}

static json_t *document_of(const struct policy *policy,
			   const struct question *q)
{
	static const char *const verdicts[] = { "pass", "drop", "answer" };
	bool known = q->trial.reason != FMX_REASON_NONE;
	char sender[PREFIX_TEXT_SIZE], decoy[PREFIX_TEXT_SIZE];
	char when[WHEN_TEXT_SIZE] = "";
	json_t *document, *matching = matching_members(policy, q->matching);

	prefix_format(&q->sender, sender);
	prefix_format(&q->decoy, decoy);
	if (q->seen)
		when_format(sender_last_seen(q->seen), when);
	document = json_pack(
		"{s:s, s:s, s:s, s:s?, s:s, s:b, s:s?, s:s?}", "sender", sender,
		"address", decoy, "verdict", verdicts[q->trial.verdict],
		"reason", known ? reason_name(q->trial.reason) : NULL, "help",
		known ? reason_help(q->trial.reason)
		      : "the address is no decoy, and no real MX",
		"shadow", q->trial.shadow, "last_seen", q->seen ? when : NULL,
		"class", q->seen ? class_name(q->is->class) : NULL);
	if (!matching || json_object_update(document, matching)) {
		json_decref(document);
		document = NULL;
	}
	json_decref(matching);
	return document;
}

static const char *member(const json_t *document, const char *name)
{
	return json_string_value(json_object_get(document, name));
}

static json_int_t number(const json_t *document, const char *name)
{
	return json_integer_value(json_object_get(document, name));
}

static void print_statement(FILE *to, const json_t *document)
{
	fprintf(to, "by: %s\n", member(document, "statement"));
	if (member(document, "list"))
		fprintf(to, "which has: %s", member(document, "prefix"));
	if (number(document, "list_line"))
		fprintf(to, ", in line %" JSON_INTEGER_FORMAT,
			number(document, "list_line"));
	if (member(document, "list"))
		fputc('\n', to);
	if (member(document, "file"))
		fprintf(to, "from: %s:%" JSON_INTEGER_FORMAT "\n",
			member(document, "file"), number(document, "line"));
	else if (member(document, "commanded"))
		fprintf(to, "from: a command, %s\n",
			member(document, "commanded"));
}

static void print_test(FILE *to, const json_t *document)
{
	bool shadow = json_is_true(json_object_get(document, "shadow"));
	const char *reason = member(document, "reason");

	fprintf(to, "%s to port 25 of %s: %s: %s\n", member(document, "sender"),
		member(document, "address"),
		shadow ? "pass, because of shadow mode alone"
		       : member(document, "verdict"),
		member(document, "help"));
	if (reason)
		fprintf(to, "reason: %s%s\n", shadow ? "would_" : "", reason);
	if (member(document, "statement"))
		print_statement(to, document);
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

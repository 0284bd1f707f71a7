// SPDX-License-Identifier: GPL-2.0-only
/* Statements against the running policy: decoy, real, allow, set, pool,
 * delete, list.
 */
#include "cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "enforce.h"
#include "guard.h"
#include "out.h"
#include "shadow.h"
#include "when.h"

int want_words(const struct call *call, int count, const char *what)
{
	if (call->argc - 1 < count)
		say("%s: %s", call->argv[0], what);
	else if (call->argc - 1 > count)
		say("%s: %s: not expected here", call->argv[0],
		    call->argv[count + 1]);
	else
		return 0;
	return -EUSAGE;
}

int say_not_loaded(int err)
{
	if (err == -ENOENT)
		say("nothing is loaded; run: " TOOL " load IFACE");
	return err;
}

/* Parses the words from argv[first] on as one statement. */
static int parse_call(const struct call *call, int first, bool force,
		      struct statement *statement)
{
	struct fault fault = { "" };
	bool named;
	int err;

	err = statement_parse(call->argv + first, call->argc - first, force,
			      statement, &fault);
	/* "decoy: which address?" has its command's name already. */
	named = !strncmp(fault.text, call->argv[0], strlen(call->argv[0]));
	if (err)
		say("%s%s%s", named ? "" : call->argv[0], named ? "" : ": ",
		    fault.text);
	return err ? -EUSAGE : 0;
}

static int put_setting(struct kern *k, const struct statement *s, bool force)
{
	struct settings before, after;
	struct policy running = { 0 };
	int err;

	kern_settings(k, &before);
	after = before;
	statement_to_settings(s, &after);
	if (after.shadow && !before.shadow) {
		err = policy_read_running(k, &running);
		if (!err)
			err = shadow_check(&running, force);
		policy_clear(&running);
		if (err)
			return err;
	}
	kern_settings_put(k, &after);
	return settings_same_ledger(&before, &after)
		       ? 0
		       : kern_ledger_renew(k, after.ledger_size, NULL, 0);
}

/* A decoy needs its counter, and must not be a real: that takes them all. */
static int put_target(struct kern *k, struct row *row)
{
	struct policy running = { 0 }, next = { 0 };
	struct fmx_rule old;
	int err = kern_rule_get(k, &row->key, &old);

	if (err && err != -ENOENT)
		return err;
	if (!err &&
	    (old.role == FMX_ROLE_REAL) != (row->rule.role == FMX_ROLE_REAL)) {
		say("the address is a %s; an address cannot be decoy and real at once",
		    old.role == FMX_ROLE_REAL ? "real" : "decoy");
		return -EEXIST;
	}
	err = policy_read_running(k, &running);
	next.rows = row;
	next.count = 1;
	if (!err)
		err = policy_place_decoys(&next, &running);
	policy_clear(&running);
	return err ? err : kern_rule_put(k, row);
}

/* Before the policy is locked: others would wait for the DNS. */
static int ask(const struct call *call, const struct statement *s,
	       struct answers *answers)
{
	const struct answers_how how = { .resolver = call->resolver,
					 .force = call->force };
	size_t length = strlen(SOURCE_SPF);
	struct fault fault = { "" };
	int err;

	if (strncmp(s->source, SOURCE_SPF, length)) {
		if (call->resolver)
			say("%s: --resolver: for spf:DOMAIN, which is not there",
			    call->argv[0]);
		return call->resolver ? -EUSAGE : 0;
	}
	err = answers_ask_one(answers, s->source + length, &how, &fault);
	if (err) {
		say("%s: %s", call->argv[0], fault.text);
		return err == -EINVAL ? -EUSAGE : err;
	}
	answers_say(answers, "nothing is changed");
	return answers_lack(answers) ? -EIO : 0;
}

/* What the list of the statement has, and how many that are. */
static int read_list(const struct call *call, const struct statement *s,
		     struct policy *wanted, const struct answers *answers,
		     size_t *count)
{
	struct fault fault = { "" };
	int err;

	if (!strncmp(s->source, SOURCE_FILE, strlen(SOURCE_FILE))) {
		err = policy_expand_one(wanted, s, count, &fault);
	} else {
		*count = answers->list[0].kept.count;
		/* Nobody is allowed by a pool. */
		err = s->kind == STATEMENT_ALLOW
			      ? answers_expand(answers, wanted, &fault)
			      : policy_settle(wanted, &fault);
	}
	if (!err)
		return 0;
	say("%s: %s", call->argv[0], fault.text);
	/* Of a file: it is not what was asked for that is missing. */
	return err == -EINVAL ? -EUSAGE : -EIO;
}

/* The policy that is to be in force: other lists stay what they are in it. */
static int plan_source(const struct call *call, const struct statement *s,
		       const struct policy *running, struct policy *wanted,
		       const struct answers *answers, size_t *count)
{
	bool add = answers;
	struct fault none = { "" };
	int err;

	if (!add && !policy_has_source(running, s))
		return -ENOENT;
	err = policy_copy_without(running, s, wanted);
	if (!err && add)
		err = policy_add(wanted, s);
	if (err == -ENOSPC)
		say("%s: more than %u lists", call->argv[0], FMX_MAX_SOURCES);
	if (err)
		return err;
	return add ? read_list(call, s, wanted, answers, count)
		   : policy_settle(wanted, &none);
}

/* What is kept of a domain goes with the last that is said of it. */
static void forget(const struct statement *s, const struct policy *wanted)
{
	const char *domain = s->source + strlen(SOURCE_SPF);

	if (!strncmp(s->source, SOURCE_SPF, strlen(SOURCE_SPF)) &&
	    !policy_needs_kept(wanted, domain))
		kept_remove(KEPT_DIRECTORY, domain);
}

/* `answers` is NULL where the source is to be taken out. */
static int change_source(struct kern *k, const struct call *call,
			 const struct statement *s,
			 const struct answers *answers)
{
	struct policy running = { 0 }, wanted = { 0 };
	size_t count = 0;
	int err;

	err = policy_read_running(k, &running);
	if (!err)
		err = plan_source(call, s, &running, &wanted, answers, &count);
	if (!err)
		err = enforce_place(&wanted, &running);
	if (!err)
		err = enforce(k, &wanted, enforce_ledger, NULL);
	if (!err && answers) {
		printf("%s: %zu addresses and prefixes\n", s->source, count);
		answers_keep(answers, false);
	} else if (!err) {
		forget(s, &wanted);
	}
	policy_clear(&running);
	policy_clear(&wanted);
	return err;
}

static int put_statement(struct kern *k, const struct call *call,
			 struct statement *s, const struct answers *answers)
{
	struct row row;

	if (s->kind == STATEMENT_SET)
		return put_setting(k, s, call->force);
	if (*s->source)
		return change_source(k, call, s, answers);
	statement_to_row(s, &row);
	return s->kind == STATEMENT_ALLOW ? kern_rule_put(k, &row)
					  : put_target(k, &row);
}

int cmd_statement(const struct call *call)
{
	struct answers answers = { 0 };
	struct statement statement;
	struct kern k;
	int err;

	err = parse_call(call, 0, call->force, &statement);
	if (!err && statement_is_over(&statement)) {
		say("%s: until: that time has gone by", call->argv[0]);
		err = -EUSAGE;
	}
	if (!err)
		err = ask(call, &statement, &answers);
	if (err)
		goto out;
	err = kern_open(&k, KERN_CHANGE);
	if (err) {
		say_not_loaded(err);
		goto out;
	}
	statement.origin.line = when_now() / 1000;
	err = put_statement(&k, call, &statement, &answers);
	if (!err)
		guard_remind(&k);
	kern_close(&k);
out:
	answers_free(&answers);
	return err;
}

/* Takes out the row of the statement's address; a comment does not matter. */
static int delete_row(struct kern *k, struct statement *statement)
{
	bool real = statement->kind == STATEMENT_REAL;
	struct fmx_rule old;
	struct row row;
	int err;

	statement_to_row(statement, &row);
	err = kern_rule_get(k, &row.key, &old);
	if (!err && statement->kind != STATEMENT_ALLOW &&
	    (old.role == FMX_ROLE_REAL) != real)
		err = -ENOENT;
	return err ? err : kern_rule_delete(k, &row.key);
}

int cmd_delete(const struct call *call)
{
	char text[PREFIX_TEXT_SIZE];
	struct statement statement;
	struct kern k;
	int err;

	if (call->argc < 2)
		return want_words(call, 1, "which statement?");
	/* What --force let in must come out again without it. */
	err = parse_call(call, 1, true, &statement);
	if (err)
		return err;
	err = kern_open(&k, KERN_CHANGE);
	if (err)
		return say_not_loaded(err);
	if (statement.kind == STATEMENT_SET) {
		statement.value = 0;
		err = put_setting(&k, &statement, call->force);
	} else if (*statement.source) {
		err = change_source(&k, call, &statement, NULL);
	} else {
		err = delete_row(&k, &statement);
	}
	if (err == -ENOENT) {
		prefix_format(&statement.prefix, text);
		say("%s %s: not in the policy",
		    statement_kind_name(statement.kind),
		    *statement.source ? statement.source : text);
	}
	if (!err)
		guard_remind(&k);
	kern_close(&k);
	return err;
}

static json_t *statement_json(const struct statement *s, const char *text)
{
	char prefix[PREFIX_TEXT_SIZE], when[WHEN_TEXT_SIZE];
	json_t *json = json_pack("{s:s, s:s}", "statement", text, "kind",
				 statement_kind_name(s->kind));

	if (s->kind == STATEMENT_SET) {
		json_object_set_new(json, "key",
				    json_string(setting_key(s->setting)));
		json_object_set_new(json, "value", json_integer(s->value));
		return json;
	}
	if (*s->source) {
		json_object_set_new(json, "source", json_string(s->source));
		return json;
	}
	prefix_format(&s->prefix, prefix);
	json_object_set_new(json, "address", json_string(prefix));
	if (s->kind == STATEMENT_DECOY) {
		json_object_set_new(json, "role",
				    json_string(role_name(s->role)));
		json_object_set_new(json, "answer",
				    json_string(answer_name(s->answer)));
	}
	if (s->until) {
		when_format(s->until, when);
		json_object_set_new(json, "until", json_string(when));
		json_object_set_new(
			json, "seconds_left",
			json_integer((s->until - when_now()) / 1000));
	}
	if (*s->comment)
		json_object_set_new(json, "comment", json_string(s->comment));
	return json;
}

static int list_statement(const struct statement *statement, void *arg)
{
	json_t *rows = arg;
	char *text = statement_text(statement);
	int err = text ? json_array_append_new(rows,
					       statement_json(statement, text))
		       : -1;

	free(text);
	return err ? -ENOMEM : 0;
}

/* As text: a document of a long policy would take most of the time. */
static int print_statement(const struct statement *s, void *arg)
{
	char left[SPAN_TEXT_SIZE];

	(void)arg;
	statement_format(s, stdout);
	if (s->until) {
		span_format_rough((s->until - when_now()) / 1000 * 1000, left);
		printf("  # %s left", left);
	}
	putchar('\n');
	return 0;
}

static int print_statements(const struct policy *policy, bool as_json)
{
	json_t *rows;
	int err;

	if (!as_json) {
		err = policy_statements(policy, print_statement, NULL);
		return err ? err : out_flush();
	}
	rows = json_array();
	err = policy_statements(policy, list_statement, rows);
	if (!err)
		return out_print(json_pack("{s:o}", "statements", rows), true,
				 NULL);
	json_decref(rows);
	return err;
}

int cmd_list(const struct call *call)
{
	struct policy running = { 0 };
	struct kern k;
	int err;

	err = want_words(call, 0, "");
	if (err)
		return err;
	err = kern_open(&k, KERN_READ);
	if (err)
		return say_not_loaded(err);
	err = policy_read_running(&k, &running);
	kern_close(&k);
	if (!err)
		err = print_statements(&running, call->json);
	policy_clear(&running);
	return err;
}

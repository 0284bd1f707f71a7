// SPDX-License-Identifier: GPL-2.0-only
/* Whole policies: apply, refresh, check, save. */
#include "cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "enforce.h"
#include "guard.h"
#include "out.h"
#include "policy.h"
#include "shadow.h"

/* A policy that is to be in force, and what it changes. */
struct applying {
	const struct call *call;
	bool is_refresh; /* of the running policy's lists */
	struct policy wanted;
	struct policy running;
	struct answers answers; /* of the SPF domains that it names */
	json_t *removed, *added;
	size_t prefixes_removed, prefixes_added; /* of lists as well */
};

static int read_wanted(const struct call *call, struct policy *wanted)
{
	struct fault fault = { "" };
	int err = want_words(call, 1, "which file?");

	if (!err &&
	    policy_read_file(call->argv[1], call->force, wanted, &fault)) {
		say("%s", fault.text);
		err = -EUSAGE;
	}
	return err;
}

int ask_spf(const struct call *call, const struct policy *policy,
	    bool if_needed, struct answers *answers)
{
	const struct answers_how how = { .resolver = call->resolver,
					 .force = call->force,
					 .if_needed = if_needed };
	struct fault fault = { "" };
	int err = answers_ask(answers, policy, &how, &fault);

	if (err)
		say("%s: %s", call->argv[0], fault.text);
	return err == -EINVAL ? -EUSAGE : err;
}

static int note_change(const struct statement *s, bool is_new, void *arg)
{
	struct applying *a = arg;
	char *text = statement_text(s);
	int err = text ? json_array_append_new(is_new ? a->added : a->removed,
					       json_string(text))
		       : -1;

	free(text);
	return err ? -ENOMEM : 0;
}

static size_t count_allowed(const struct policy *policy)
{
	size_t count = 0, i;

	for (i = 0; i < policy->count; i++)
		count += policy->rows[i].key.kind == FMX_KIND_ALLOW;
	return count;
}

/* A download that was cut short must not lock everybody out. */
static int check_loss(const struct applying *a)
{
	const char *what = a->is_refresh ? "refresh" : a->call->argv[1];
	size_t before = count_allowed(&a->running), gone = 0, had = 0;
	const char *empty = NULL;
	int err = 0;

	if (a->call->force)
		return 0;
	if (before >= LONG_ALLOWLIST)
		err = policy_allowed_lost(&a->running, &a->wanted, &gone);
	if (!err && gone <= before / 2)
		err = policy_emptied(&a->running, &a->wanted, &empty, &had);
	if (err)
		say("%s: %s", what, strerror(-err));
	else if (empty)
		say("%s: %s: would take out all of its %zu addresses and prefixes; --force does it",
		    what, empty, had);
	else if (gone > before / 2)
		say("%s: would take out %zu of %zu allowed addresses and prefixes; --force does it",
		    what, gone, before);
	else
		return 0;
	return err ? err : -ECANCELED;
}

static bool changes_nothing(const struct applying *a)
{
	return !json_array_size(a->added) && !json_array_size(a->removed) &&
	       !a->prefixes_added && !a->prefixes_removed &&
	       policy_same_origins(&a->running, &a->wanted);
}

/* The running policy again, with what its lists have now. */
static int read_again(struct applying *a)
{
	struct fault fault = { "" };
	int err = policy_copy_own(&a->running, &a->wanted);

	if (err)
		return err;
	err = policy_expand(&a->wanted, &fault);
	if (err)
		say("refresh: %s", fault.text);
	return err == -EINVAL ? -EUSAGE : err;
}

/* Of a file, every list must be there; what runs goes on without. */
static int use_answers(struct applying *a)
{
	const struct answers_use how = {
		.without = a->is_refresh ? "nobody is allowed by it"
					 : "nothing is changed",
		.need_all = !a->is_refresh,
	};
	struct fault fault = { "" };
	int err =
		answers_use(&a->answers, &a->wanted, &a->running, &how, &fault);

	if (err && *fault.text)
		say("%s: %s", a->call->argv[0], fault.text);
	return err;
}

static int apply(struct kern *k, struct applying *a)
{
	int err = policy_read_running(k, &a->running);

	if (!err && a->is_refresh)
		err = read_again(a);
	if (!err)
		err = use_answers(a);
	if (!err)
		err = policy_diff(&a->running, &a->wanted, note_change, a);
	if (!err)
		err = check_loss(a);
	if (!err && a->wanted.settings.shadow && !a->running.settings.shadow)
		err = shadow_check(&a->wanted, a->call->force);
	a->prefixes_removed = policy_allowed_missing(&a->running, &a->wanted);
	a->prefixes_added = policy_allowed_missing(&a->wanted, &a->running);
	if (err || a->call->dry_run || changes_nothing(a))
		return err;
	err = enforce_place(&a->wanted, &a->running);
	if (!err)
		err = enforce(k, &a->wanted, enforce_ledger, NULL);
	if (!err)
		guard_remind(k);
	return err;
}

static void print_changes(FILE *to, const json_t *document)
{
	json_t *removed = json_object_get(document, "removed"), *text;
	json_t *added = json_object_get(document, "added");
	size_t i;

	json_array_foreach(removed, i, text)
		fprintf(to, "- %s\n", json_string_value(text));
	json_array_foreach(added, i, text)
		fprintf(to, "+ %s\n", json_string_value(text));
	fprintf(to,
		"%zu taken out, %zu added; allowed addresses and prefixes: -%" JSON_INTEGER_FORMAT
		", +%" JSON_INTEGER_FORMAT "%s\n",
		json_array_size(removed), json_array_size(added),
		json_integer_value(
			json_object_get(document, "prefixes_removed")),
		json_integer_value(json_object_get(document, "prefixes_added")),
		json_is_true(json_object_get(document, "applied"))
			? ""
			: "; nothing is changed");
}

/* What of the SPF domains could not be resolved. */
static json_t *failing(const struct applying *a)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < a->answers.count; i++)
		if (answer_is_old(&a->answers.list[i]))
			add_text(list, SOURCE_SPF "%s",
				 a->answers.list[i].domain);
	return list;
}

static int change(struct applying *a)
{
	const struct call *call = a->call;
	struct kern k;
	int err;

	err = kern_open(&k, call->dry_run ? KERN_READ : KERN_CHANGE);
	if (err)
		return say_not_loaded(err);
	err = apply(&k, a);
	/* Since when a domain fails is known also where nothing else changes.
	 */
	if (!call->dry_run && (!err || a->is_refresh))
		answers_keep(&a->answers, err);
	kern_close(&k);
	if (err)
		return err;
	err = out_print(
		json_pack("{s:b, s:O, s:O, s:I, s:I, s:o}", "applied",
			  !call->dry_run, "removed", a->removed, "added",
			  a->added, "prefixes_removed",
			  (json_int_t)a->prefixes_removed, "prefixes_added",
			  (json_int_t)a->prefixes_added, "failing", failing(a)),
		call->json, print_changes);
	if (!err && a->is_refresh && answers_failed(&a->answers))
		err = -EIO;
	return err;
}

static void applying_free(struct applying *a)
{
	policy_clear(&a->wanted);
	policy_clear(&a->running);
	answers_free(&a->answers);
	json_decref(a->removed);
	json_decref(a->added);
}

int cmd_apply(const struct call *call)
{
	struct applying a = { .call = call,
			      .removed = json_array(),
			      .added = json_array() };
	int err = read_wanted(call, &a.wanted);

	if (!err)
		err = ask_spf(call, &a.wanted, false, &a.answers);
	if (!err)
		err = change(&a);
	applying_free(&a);
	return err;
}

/* Before the policy is locked: others would wait for the DNS. */
static int ask_for_running(struct applying *a)
{
	struct policy running = { 0 };
	struct kern k;
	int err = kern_open(&k, KERN_READ);

	if (err)
		return say_not_loaded(err);
	err = policy_read_running(&k, &running);
	kern_close(&k);
	if (!err)
		err = ask_spf(a->call, &running, false, &a->answers);
	policy_clear(&running);
	return err;
}

int cmd_refresh(const struct call *call)
{
	struct applying a = { .call = call,
			      .is_refresh = true,
			      .removed = json_array(),
			      .added = json_array() };
	int err = want_words(call, 0, "");

	if (!err)
		err = ask_for_running(&a);
	if (!err)
		err = change(&a);
	applying_free(&a);
	return err;
}

int cmd_check(const struct call *call)
{
	struct applying a = { .call = call };
	int err = read_wanted(call, &a.wanted);

	if (!err)
		err = ask_spf(call, &a.wanted, false, &a.answers);
	if (!err)
		err = use_answers(&a);
	applying_free(&a);
	return err;
}

int cmd_save(const struct call *call)
{
	const char *path = call->argc > 1 ? call->argv[1] : DEFAULT_CONFIG;
	struct policy running = { 0 };
	struct kern k;
	int err;

	if (call->argc > 2)
		return want_words(call, 1, "");
	err = kern_open(&k, KERN_READ);
	if (err)
		return say_not_loaded(err);
	err = policy_read_running(&k, &running);
	kern_close(&k);
	if (!err)
		err = policy_save(&running, path);
	policy_clear(&running);
	return err;
}

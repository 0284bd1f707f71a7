// SPDX-License-Identifier: GPL-2.0-only
/* load: a policy in force, and a program on an interface that knows it. */
#include "cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answers.h"
#include "attach.h"
#include "enforce.h"
#include "guard.h"
#include "ledger.h"
#include "out.h"
#include "shadow.h"

/* A load in progress. */
struct load {
	const struct call *call;
	struct kern kern;
	struct attaching attaching; /* with the notes for the user */
	struct policy file;	    /* what the configuration says */
	struct fault fault;	    /* why it cannot be read */
	int file_err;
	bool have_file;
	struct answers answers; /* of the SPF domains that it names */
	struct ledger ledger;	/* what --ledger names, where it is there */
};

/*
 * At the first start there is none yet; after an upgrade it may be one that
 * cannot be read. Neither keeps a host from having its decoys.
 */
static int read_ledger(struct load *load)
{
	const char *path = load->call->ledger;
	struct fault fault = { "" };
	int err;

	if (!path)
		return 0;
	err = ledger_read_file(path, &load->ledger, &fault);
	if (!err)
		return 0;
	if (err == -ENOENT) {
		add_text(load->attaching.notes,
			 "%s: not there yet: the ledger begins empty", path);
		return 0;
	}
	if (err == -EPROTO) {
		add_text(load->attaching.notes, "%s: the ledger begins empty",
			 fault.text);
		return 0;
	}
	say("%s", fault.text);
	return err == -EINVAL ? -EUSAGE : err;
}

static bool is_empty(const struct policy *policy)
{
	const struct settings none = { 0 };

	return !policy->count && !policy_has_sources(policy) &&
	       !memcmp(&policy->settings, &none, sizeof(none));
}

/* Whether the default configuration may be applied: nothing is in force yet. */
static int is_first(bool *first)
{
	struct policy running = { 0 };
	struct kern k;
	/* As load will find it: what a kill left is mended by this too. */
	int err = kern_open(&k, KERN_CHANGE);

	*first = err == -ENOENT;
	if (err)
		return *first ? 0 : err;
	err = policy_read_running(&k, &running);
	*first = is_empty(&running);
	policy_clear(&running);
	kern_close(&k);
	return err;
}

/*
 * Before the policy is locked: others would wait for the DNS. At boot nobody is
 * to wait for it who has a list, for until then the decoys are open to all.
 */
static int ask(struct load *load)
{
	const struct call *call = load->call;
	bool first = false;
	size_t step = 0;
	int err;

	if (load->file_err || !policy_next_domain(&load->file, &step))
		return 0;
	err = call->config ? 0 : is_first(&first);
	if (err || (!call->config && !first))
		return err;
	return ask_spf(call, &load->file, !call->config, &load->answers);
}

/* A boot without DNS goes on with what is kept, or without. */
static int use_answers(struct load *load, const struct policy *running)
{
	const struct answers_use how = { .without = "it is loaded without" };
	struct fault fault = { "" };
	int err =
		answers_use(&load->answers, &load->file, running, &how, &fault);

	if (err)
		say("load: %s", fault.text);
	return err;
}

static int parse_load(struct load *load)
{
	const struct call *call = load->call;
	int err;

	err = want_words(call, 1, "on which interface?");
	if (err)
		return err;
	if (call->mode && mode_parse(call->mode, &load->attaching.mode)) {
		say("load: --mode %s: must be auto, native or generic",
		    call->mode);
		return -EUSAGE;
	}
	load->have_file = call->config || !access(DEFAULT_CONFIG, F_OK);
	if (load->have_file)
		load->file_err = policy_read_file(
			call->config ? call->config : DEFAULT_CONFIG,
			call->force, &load->file, &load->fault);
	/* A default that is not going to be applied may be wrong. */
	if (!call->config)
		return read_ledger(load);
	if (!load->file_err)
		return read_ledger(load);
	say("%s", load->fault.text);
	return -EUSAGE;
}

/* Makes the policy that is to be in force from the running one and the file. */
static int plan_policy(struct load *load, struct policy *running, bool *changed)
{
	const struct call *call = load->call;
	struct policy *file = &load->file;
	int err = policy_read_running(&load->kern, running);
	bool applied;

	if (err)
		return err;
	applied = load->have_file && (call->config || is_empty(running));
	*changed = applied;
	if (applied && load->file_err) {
		say("%s", load->fault.text);
		return -EUSAGE;
	}
	err = applied ? use_answers(load, running) : 0;
	if (err)
		return err;
	if (!applied) {
		/* Its rows move over, each decoy with the counter that it has.
		 */
		policy_clear(file);
		*file = *running;
		*running = (struct policy){ .settings = file->settings };
	}
	if (call->shadow && !file->settings.shadow) {
		file->settings.shadow = 1;
		*changed = true;
	}
	if (file->settings.shadow && !running->settings.shadow) {
		err = shadow_check(file, call->force);
		if (err)
			return err;
	}
	return applied ? enforce_place(file, running) : 0;
}

/* The ledger last: until then there may be no program that it is for. */
static int attach_and_resize(struct kern *k, const struct policy *wanted,
			     void *arg)
{
	struct load *load = arg;
	struct ledger *ledger = &load->ledger;
	struct settings before;
	int err = attach_or_upgrade(&load->attaching);
	__s64 wall;
	__u32 tick;

	kern_settings(k, &before);
	if (err || (settings_same_ledger(&before, &wanted->settings) &&
		    !ledger->count))
		return err;
	ledger_clock(&wall, &tick);
	ledger_rebase(ledger, wall, tick);
	err = kern_ledger_renew(k, wanted->settings.ledger_size,
				ledger->records, ledger->count);
	if (err && !load->attaching.upgraded)
		kern_detach(load->attaching.dev.name);
	return err;
}

/* The policy first, so that the first packet meets it; undone if that fails. */
static int put_in_force(struct load *load)
{
	struct policy running = { 0 };
	bool changed = false;
	int err = plan_policy(load, &running, &changed);

	policy_clear(&running);
	if (err)
		return err;
	if (!changed)
		return attach_and_resize(&load->kern, &load->file, load);
	err = enforce(&load->kern, &load->file, attach_and_resize, load);
	/* That it is loaded matters more. */
	if (!err)
		answers_keep(&load->answers, false);
	return err;
}

static void print_load(FILE *to, const json_t *document)
{
	const char *name, *mode, *result;
	json_t *notes, *text;
	size_t i;

	json_unpack((json_t *)document, "{s:s, s:s, s:s, s:o}", "interface",
		    &name, "mode", &mode, "result", &result, "notes", &notes);
	fprintf(to, "%s: %s, %s mode\n", name, result, mode);
	json_array_foreach(notes, i, text)
		fprintf(to, "%s: %s\n", name, json_string_value(text));
}

static int report_load(struct load *load)
{
	size_t decoys = policy_decoy_count(&load->file);

	if (!decoys)
		add_text(load->attaching.notes,
			 "nothing is answered until a decoy is named: " TOOL
			 " decoy ADDR");
	if (load->file.settings.shadow)
		add_text(load->attaching.notes,
			 "shadow mode: everything passes");
	return out_print(json_pack("{s:s, s:s, s:s, s:O}", "interface",
				   load->attaching.dev.name, "mode",
				   mode_name(load->attaching.about.generic
						     ? MODE_GENERIC
						     : MODE_NATIVE),
				   "result",
				   load->attaching.upgraded ? "upgraded"
							    : "loaded",
				   "notes", load->attaching.notes),
			 load->call->json, print_load);
}

int cmd_load(const struct call *call)
{
	struct load load = { .call = call,
			     .attaching.kern = &load.kern,
			     .attaching.notes = json_array() };
	int err;

	err = parse_load(&load);
	if (!err)
		err = attach_check(&load.attaching, call->argv[1]);
	if (!err)
		err = ask(&load);
	if (!err)
		err = kern_open(&load.kern, KERN_LOAD);
	if (err)
		goto out;
	err = put_in_force(&load);
	if (!err)
		guard_remind(&load.kern);
	kern_close(&load.kern);
	if (!err)
		err = report_load(&load);
out:
	policy_clear(&load.file);
	answers_free(&load.answers);
	ledger_free(&load.ledger);
	json_decref(load.attaching.notes);
	return err;
}

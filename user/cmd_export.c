// SPDX-License-Identifier: GPL-2.0-only
/* The policy, and who came, for other programs. */
#include "cmd.h"

#include <errno.h>
#include <string.h>

#include "answers.h"
#include "counters.h"
#include "file.h"
#include "guard.h"
#include "lists.h"
#include "out.h"
#include "when.h"

#define FORMATS "guard, or of senders: plain, nft, postfix, rbldnsd, zone"

/* At boot, before there is a network: what is kept, or without. */
static int read_kept(struct policy *policy, struct fault *fault)
{
	const struct answers_use how = { .without = "nobody is allowed by it" };
	struct answers answers = { 0 };
	int err = answers_use(&answers, policy, NULL, &how, fault);

	answers_free(&answers);
	return err;
}

/* The policy of the file, or the running one. */
static int read_policy(const struct call *call, struct policy *policy)
{
	struct fault fault = { "" };
	struct kern k;
	int err;

	if (call->config) {
		err = policy_read_file(call->config, call->force, policy,
				       &fault);
		if (!err)
			err = read_kept(policy, &fault);
		if (err)
			say("%s", fault.text);
		return err ? -EUSAGE : 0;
	}
	err = kern_open(&k, KERN_READ);
	if (err == -ENOENT)
		say("nothing is loaded; run: " TOOL
		    " load IFACE, or name a configuration with -c");
	if (err)
		return err;
	err = policy_read_running(&k, policy);
	kern_close(&k);
	return err;
}

/* `fresh` is the mode of a file that is not there yet. */
static int write_out(const struct call *call, mode_t fresh,
		     int (*write)(FILE *to, const void *arg), const void *arg)
{
	if (call->output)
		return file_replace(call->output,
				    file_mode(call->output, fresh), write, arg);
	write(stdout, arg);
	return out_flush();
}

static int write_guard(FILE *to, const void *document)
{
	guard_write(to, document);
	return 0;
}

static int export_guard(const struct call *call)
{
	struct policy policy = { 0 };
	json_t *document;
	int err;

	if (call->class || call->max_age || call->unverified) {
		say("export: guard: is of the policy; --class, --max-age and --unverified are for senders");
		return -EUSAGE;
	}
	err = read_policy(call, &policy);
	if (err)
		goto out;
	document = guard_document(&policy);
	if (!document || !call->output) {
		err = out_print(document, call->json, guard_write);
	} else {
		err = write_out(call, 0644, write_guard, document);
		json_decref(document);
	}
out:
	policy_clear(&policy);
	return err;
}

/* A list, and what writes it. */
struct written {
	list_writer write;
	struct list list;
};

static int write_list(FILE *to, const void *arg)
{
	const struct written *written = arg;

	written->write(to, &written->list);
	return 0;
}

static int parse_list(const struct call *call, struct list *list)
{
	struct fault fault = { "" };
	__u32 seconds;

	if (call->config || call->force || call->json) {
		say("export: %s: is of senders; --config, --force and --json are for guard",
		    call->argv[1]);
		return -EUSAGE;
	}
	list->unverified = call->unverified;
	list->has_class = call->class;
	if (call->class && class_parse(call->class, &list->class, &fault)) {
		say("export: --class: %s", fault.text);
		return -EUSAGE;
	}
	if (!call->max_age)
		return 0;
	if (span_parse(call->max_age, ~0U, &seconds, &fault)) {
		say("export: --max-age: %s", fault.text);
		return -EUSAGE;
	}
	list->max_age = seconds * 1000LL;
	return 0;
}

/* A list that is shorter than somebody expects has to say why. */
static void say_left_out(const struct list *list)
{
	size_t unverified;

	list_count(list, &unverified);
	if (unverified)
		say("export: %zu left out: nothing proves that their SYNs were theirs; see export --help",
		    unverified);
}

static int export_list(const struct call *call, list_writer write)
{
	struct written written = { .write = write };
	struct list *list = &written.list;
	struct population population = { 0 };
	struct snapshot snapshot = { 0 };
	int err;

	err = parse_list(call, list);
	if (err)
		return err;
	err = snapshot_take(&snapshot, true);
	if (err)
		say_not_loaded(err);
	else
		err = population_make(ledger_senders(&snapshot.senders),
				      snapshot.senders.count, &snapshot.policy,
				      when_now(), &population);
	list->population = &population;
	if (!list->max_age) {
		__u32 kept = snapshot.policy.settings.max_age;

		list->max_age = (kept ? kept : FMX_MAX_AGE_DEFAULT) * 1000LL;
	}
	/* Senders are personal data. */
	if (!err)
		err = write_out(call, 0600, write_list, &written);
	if (!err)
		say_left_out(list);
	population_free(&population);
	snapshot_free(&snapshot);
	return err;
}

int cmd_export(const struct call *call)
{
	list_writer write;
	int err;

	err = want_words(call, 1, "which format? " FORMATS);
	if (err)
		return err;
	if (!strcmp(call->argv[1], "guard"))
		return export_guard(call);
	write = list_find_writer(call->argv[1]);
	if (write)
		return export_list(call, write);
	say("export: %s: no such format; there are: " FORMATS, call->argv[1]);
	return -EUSAGE;
}

// SPDX-License-Identifier: GPL-2.0-only
/* load: attach, or upgrade what is attached. */
#include "cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "answers.h"
#include "enforce.h"
#include "guard.h"
#include "ledger.h"
#include "netdev.h"
#include "out.h"
#include "refusal.h"
#include "shadow.h"

enum mode {
	MODE_AUTO,
	MODE_NATIVE,
	MODE_GENERIC,
};

static const char *const mode_names[] = { "auto", "native", "generic" };

/* A load in progress. */
struct load {
	const struct call *call;
	enum mode mode;
	struct netdev dev;
	struct kern kern;
	struct policy file; /* what the configuration says */
	struct fault fault; /* why it cannot be read */
	int file_err;
	bool have_file;
	struct answers answers; /* of the SPF domains that it names */
	struct ledger ledger;	/* what --ledger names, where it is there */
	json_t *notes;		/* what the user should know of what was done */
	struct fmx_about about;
	bool upgraded;
};

/* At the first start there is none yet. */
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
		add_text(load->notes,
			 "%s: not there yet: the ledger begins empty", path);
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
	unsigned int i;
	int err;

	err = want_words(call, 1, "on which interface?");
	if (err)
		return err;
	if (call->mode) {
		for (i = 0; i < 3 && strcmp(call->mode, mode_names[i]);)
			i++;
		if (i == 3) {
			say("load: --mode %s: must be auto, native or generic",
			    call->mode);
			return -EUSAGE;
		}
		load->mode = i;
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

static int check_interface(struct load *load)
{
	const char *name = load->call->argv[1];
	int err = netdev_read(name, &load->dev);

	if (!err) /* an alias is a name of the same interface */
		name = load->dev.name;

	if (err == -ENODEV)
		say("%s: no such interface", name);
	else if (err)
		say("%s: %s", name, strerror(-err));
	if (err)
		return err;
	if (!is_utf8(name)) {
		say("%s: its name is not UTF-8; rename it first", name);
		return -EINVAL;
	}
	if (load->dev.ethernet)
		return 0;
	say("%s: its frames have no Ethernet header; load on an Ethernet interface",
	    name);
	return -EOPNOTSUPP;
}

static int check_foreign(const struct netdev *dev)
{
	struct foreign foreign;
	int err = kern_query(dev->ifindex, &foreign);

	if (err || !foreign.id)
		return err;
	if (!strcmp(foreign.name, "fakemx"))
		say("%s: a program of " TOOL
		    " is attached that was not loaded under this name; run: " TOOL
		    " unload --all",
		    dev->name);
	else
		say("%s: another XDP program is attached: %s (id %u, %s mode); detach it first, with what attached it, or: ip link set dev %s %s off",
		    dev->name, *foreign.name ? foreign.name : "unnamed",
		    foreign.id, foreign.generic ? "generic" : "native",
		    dev->name, foreign.generic ? "xdpgeneric" : "xdpdrv");
	return -EBUSY;
}

/* Native where it can be had, and its answers leave as they should. */
static int choose_mode(struct load *load)
{
	const struct netdev *dev = &load->dev;
	bool hidden = dev->strips_tags && dev->has_vlans;

	if (load->mode == MODE_NATIVE && hidden) {
		say("%s: it strips VLAN tags before a native program sees the frame, and has VLAN devices; run: ethtool -K %s rxvlan off, or take --mode generic",
		    dev->name, dev->name);
		return -EOPNOTSUPP;
	}
	if (load->mode == MODE_NATIVE && dev->veth)
		add_text(
			load->notes,
			"a veth loses native answers unless its peer runs an XDP program too");
	if (load->mode != MODE_AUTO)
		return 0;
	if (dev->veth)
		add_text(
			load->notes,
			"generic mode, because a veth loses native answers unless its peer runs an XDP program too");
	else if (hidden)
		add_text(
			load->notes,
			"generic mode, because the interface strips VLAN tags and has VLAN devices");
	if (dev->veth || hidden)
		load->mode = MODE_GENERIC;
	return 0;
}

static void describe(struct load *load, bool generic, int native_err)
{
	load->about = (struct fmx_about){
		.since = time(NULL),
		.generic = generic,
		/* What it cannot read, it would pass: rather in generic mode.
		 */
		.one_page = load->dev.hides_headers,
		.native_errno = -native_err,
		.version = VERSION,
	};
}

static int attach_in(struct load *load, bool generic, int native_err,
		     bool *refused)
{
	describe(load, generic, native_err);
	return kern_attach(&load->kern, load->dev.name, load->dev.ifindex,
			   &load->about, refused);
}

static int attach_generic(struct load *load, int native_err)
{
	bool refused;
	int err = attach_in(load, true, native_err, &refused);

	if (refused)
		say("%s: cannot attach in generic mode: %s", load->dev.name,
		    strerror(-err));
	return err;
}

static void say_refused(const struct load *load, const char *why)
{
	int lower_mtu = refusal_lower_mtu(load->dev.mtu);
	const char *name = load->dev.name;

	if (!lower_mtu)
		say("%s: cannot attach in native mode: %s; --mode generic works with every driver",
		    name, why);
	else
		say("%s: cannot attach in native mode: %s; lower the MTU to %d, %stake --mode generic",
		    name, why, lower_mtu,
		    load->kern.frags || load->dev.hides_headers
			    ? "or "
			    : "run Linux 5.18 or newer, or ");
}

static int attach(struct load *load)
{
	const char *name = load->dev.name;
	char why[REFUSAL_SIZE];
	bool refused;
	int err;

	err = choose_mode(load);
	if (err)
		return err;
	if (load->mode == MODE_GENERIC)
		return attach_generic(load, 0);
	say("%s: attaching in native mode; its link may go down for a moment",
	    name);
	err = attach_in(load, false, 0, &refused);
	if (!refused)
		return err;
	refusal_text(why, err, load->dev.mtu);
	if (load->mode == MODE_NATIVE) {
		say_refused(load, why);
		return err;
	}
	add_text(load->notes,
		 "generic mode, because the driver refused native mode: %s",
		 why);
	return attach_generic(load, err);
}

/* Names of interfaces change, and another namespace has the same numbers. */
static int is_this_interface(const struct load *load,
			     const struct attachment *running)
{
	struct foreign attached;
	int err = kern_query(load->dev.ifindex, &attached);

	if (err)
		return err;
	return running->ifindex == load->dev.ifindex &&
	       running->prog_id == attached.id;
}

static int upgrade(struct load *load, const struct attachment *running)
{
	int same = is_this_interface(load, running);
	bool generic = running->about.generic;
	const char *name = load->dev.name;

	if (same < 0)
		return same;
	if (!same) {
		say("%s: what was loaded under this name is on another interface now; run: " TOOL
		    " unload %s, then load again",
		    name, name);
		return -EBUSY;
	}
	if (load->mode != MODE_AUTO &&
	    (load->mode == MODE_GENERIC) != generic) {
		say("%s: loaded in %s mode; to change it: " TOOL
		    " unload %s, then load it again",
		    name, mode_names[generic ? MODE_GENERIC : MODE_NATIVE],
		    name);
		return -EBUSY;
	}
	describe(load, generic, -running->about.native_errno);
	load->about.since = running->about.since;
	load->upgraded = true;
	return kern_upgrade(&load->kern, running, &load->about);
}

static int attach_or_upgrade(struct load *load)
{
	struct attachment running;
	int err = kern_attachment(load->dev.name, &running);

	if (!err && running.ifindex)
		return upgrade(load, &running);
	/* The link of an interface that has gone holds nothing. */
	if (!err || err == -ENOENT)
		err = check_foreign(&load->dev);
	return err ? err : attach(load);
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
	int err = attach_or_upgrade(load);
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
	if (err && !load->upgraded)
		kern_detach(load->dev.name);
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
		add_text(load->notes,
			 "nothing is answered until a decoy is named: " TOOL
			 " decoy ADDR");
	if (load->file.settings.shadow)
		add_text(load->notes, "shadow mode: everything passes");
	return out_print(
		json_pack("{s:s, s:s, s:s, s:O}", "interface", load->dev.name,
			  "mode",
			  mode_names[load->about.generic ? MODE_GENERIC
							 : MODE_NATIVE],
			  "result", load->upgraded ? "upgraded" : "loaded",
			  "notes", load->notes),
		load->call->json, print_load);
}

int cmd_load(const struct call *call)
{
	struct load load = { .call = call, .notes = json_array() };
	int err;

	err = parse_load(&load);
	if (!err)
		err = check_interface(&load);
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
	json_decref(load.notes);
	return err;
}

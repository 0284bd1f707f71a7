// SPDX-License-Identifier: GPL-2.0-only
/* The policy's half of kern.h: the maps that all interfaces share. */
#include "kern.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpffs.h"
#include "out.h"
#include "pin.h"

static const struct map_shape layout_shape = {
	.type = BPF_MAP_TYPE_ARRAY,
	.name = "fmx_layout",
	.key_size = sizeof(__u32),
	.value_size = sizeof(__u32),
	.max_entries = 1,
};

static const struct map_shape policy_shape = {
	.type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
	.name = "fmx_policy",
	.key_size = sizeof(__u32),
	.value_size = sizeof(__u32),
	.max_entries = 1,
};

static const struct map_shape rules_shape = {
	.type = BPF_MAP_TYPE_LPM_TRIE,
	.name = "fmx_rules",
	.key_size = sizeof(struct fmx_key),
	.value_size = sizeof(struct fmx_rule),
	.max_entries = FMX_MAX_RULES,
	.flags = BPF_F_NO_PREALLOC,
};

static const struct map_shape notes_shape = {
	.type = BPF_MAP_TYPE_HASH,
	.name = "fmx_notes",
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct fmx_note),
	.max_entries = FMX_MAX_RULES,
	.flags = BPF_F_NO_PREALLOC,
};

#define PIN_LAYOUT PINS_POLICY "/layout"
#define PIN_POLICY PINS_POLICY "/policy"
#define PIN_RULES PINS_POLICY "/rules"
#define PIN_NOTES PINS_POLICY "/notes"

static const __u32 slot_zero;

static int layout_check(void)
{
	int fd = map_open(PIN_LAYOUT, &layout_shape);
	__u32 layout = 0;

	if (fd < 0)
		return fd;
	bpf_map_lookup_elem(fd, &slot_zero, &layout);
	close_fd(&fd);
	if (layout == FMX_LAYOUT)
		return 0;
	say("the loaded maps have layout %u, this " TOOL " has %u; run: " TOOL
	    " unload --all, then load again",
	    layout, FMX_LAYOUT);
	return -EPROTO;
}

static unsigned int map_id(int fd)
{
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &size) ? 0 : info.id;
}

/*
 * The rules that the packets meet are those in the policy's slot. Where a
 * publish was killed between the slot and the pin, they are pinned beside it.
 */
static int rules_open(struct kern *k)
{
	__u32 current = 0;

	bpf_map_lookup_elem(k->policy_fd, &slot_zero, &current);
	k->rules_fd = map_open(PIN_RULES, &rules_shape);
	if (k->rules_fd >= 0 && map_id(k->rules_fd) == current)
		return 0;
	close_fd(&k->rules_fd);
	k->rules_fd = map_open(PIN_RULES "_new", &rules_shape);
	if (k->rules_fd >= 0 && map_id(k->rules_fd) == current) {
		rename(PIN_RULES "_new", PIN_RULES);
		return 0;
	}
	say("%s: not the rules in force; run: " TOOL
	    " unload --all, then load again",
	    PIN_RULES);
	return -EUCLEAN;
}

static int policy_open(struct kern *k)
{
	int err = layout_check();

	if (err)
		return err;
	k->policy_fd = map_open(PIN_POLICY, &policy_shape);
	k->notes_fd = map_open(PIN_NOTES, &notes_shape);
	if (k->policy_fd >= 0 && k->notes_fd >= 0)
		return rules_open(k);
	say("%s: a pin is missing; run: " TOOL " unload --all, then load again",
	    PINS_POLICY);
	return -EUCLEAN;
}

static int pin_in(const char *dir, const char *name, int fd)
{
	char path[PIN_PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return pin_replace(fd, path);
}

/* Everything is pinned beside its place first: it is there whole, or not. */
static int policy_create(struct kern *k)
{
	const char *fresh = PINS_POLICY "_new";
	const struct fmx_rule settings = { 0 };
	const struct fmx_key key = FMX_SETTINGS_KEY;
	const __u32 layout = FMX_LAYOUT;
	int layout_fd, err;

	err = pins_remove(fresh);
	if (!err)
		err = pins_remove(PINS_POLICY);
	if (err)
		return err;
	k->rules_fd = map_create(&rules_shape, -1);
	k->notes_fd = map_create(&notes_shape, -1);
	layout_fd = map_create(&layout_shape, -1);
	if (k->rules_fd >= 0)
		k->policy_fd = map_create(&policy_shape, k->rules_fd);
	err = -ENOMEM;
	if (k->notes_fd < 0 || layout_fd < 0 || k->policy_fd < 0)
		goto out;
	if (bpf_map_update_elem(layout_fd, &slot_zero, &layout, 0) ||
	    bpf_map_update_elem(k->rules_fd, &key, &settings, 0) ||
	    bpf_map_update_elem(k->policy_fd, &slot_zero, &k->rules_fd, 0) ||
	    mkdir(fresh, 0700)) {
		err = -errno;
		say("%s: %s", fresh, strerror(-err));
		goto out;
	}
	err = pin_in(fresh, "layout", layout_fd);
	if (!err)
		err = pin_in(fresh, "policy", k->policy_fd);
	if (!err)
		err = pin_in(fresh, "rules", k->rules_fd);
	if (!err)
		err = pin_in(fresh, "notes", k->notes_fd);
	if (!err && rename(fresh, PINS_POLICY)) {
		err = -errno;
		say("%s: %s", PINS_POLICY, strerror(-err));
	}
out:
	close_fd(&layout_fd);
	return err;
}

/* 1: something is attached; 0: nothing is; or -errno, where that is not known.
 */
static int anything_attached(void)
{
	struct attachment *list = NULL;
	size_t count = 0;
	int err = kern_attachments(&list, &count);

	free(list);
	return err ? err : count > 0;
}

int kern_open(struct kern *k, enum kern_how how)
{
	bool load = how == KERN_LOAD;
	int err;

	*k = (struct kern){ .lock_fd = -1,
			    .policy_fd = -1,
			    .rules_fd = -1,
			    .notes_fd = -1,
			    .exclusive = how != KERN_READ };
	err = privileges_check();
	if (!err && load)
		err = bpffs_mount(&k->mounted);
	if (err)
		return err;
	if (!bpffs_is_mounted())
		return -ENOENT;
	err = pins_lock(how != KERN_READ, load);
	if (err < 0)
		goto fail;
	k->lock_fd = err;
	err = anything_attached();
	if (err > 0)
		err = policy_open(k);
	else if (!err)
		err = load ? policy_create(k) : -ENOENT;
	if (!err)
		return 0;
fail:
	kern_close(k);
	return err;
}

void kern_close(struct kern *k)
{
	bool last = k->lock_fd >= 0 && k->exclusive && anything_attached() == 0;

	close_fd(&k->notes_fd);
	close_fd(&k->rules_fd);
	close_fd(&k->policy_fd);
	if (last)
		pins_remove(PINS);
	close_fd(&k->lock_fd);
	if (k->mounted && access(PINS, F_OK))
		bpffs_unmount();
}

static char *note_text(struct kern *k, __u32 note)
{
	struct fmx_note found;

	if (!note || bpf_map_lookup_elem(k->notes_fd, &note, &found))
		return NULL;
	found.text[sizeof(found.text) - 1] = '\0';
	return strdup(found.text);
}

int kern_rules_read(struct kern *k, int (*each)(struct row *row, void *arg),
		    void *arg)
{
	struct fmx_key key, *last = NULL;
	int err;

	while (!bpf_map_get_next_key(k->rules_fd, last, &key)) {
		struct row row = { .key = key };

		last = &key;
		if (bpf_map_lookup_elem(k->rules_fd, &key, &row.rule))
			continue;
		row.comment = note_text(k, row.rule.note);
		err = each(&row, arg);
		if (err)
			return err;
	}
	return 0;
}

/* A trie's lookup meets the longest prefix; `len` tells whether it is this. */
int kern_rule_get(struct kern *k, const struct fmx_key *key,
		  struct fmx_rule *rule)
{
	struct fmx_rule met;

	if (bpf_map_lookup_elem(k->rules_fd, key, &met))
		return -ENOENT;
	if (key->kind == FMX_KIND_ALLOW &&
	    met.len + FMX_KEY_BITS != key->prefixlen)
		return -ENOENT;
	*rule = met;
	return 0;
}

static __u32 last_note(struct kern *k)
{
	__u32 key, highest = 0, *last = NULL;

	while (!bpf_map_get_next_key(k->notes_fd, last, &key)) {
		last = &key;
		if (key > highest)
			highest = key;
	}
	return highest;
}

static int note_add(struct kern *k, __u32 id, const char *text)
{
	struct fmx_note note = { 0 };

	snprintf(note.text, sizeof(note.text), "%s", text);
	if (!bpf_map_update_elem(k->notes_fd, &id, &note, BPF_NOEXIST))
		return 0;
	say("cannot keep the comment: %s", strerror(errno));
	return -errno;
}

static int rule_error(int err)
{
	if (err == -ENOSPC)
		say("the policy is full: it holds %u addresses and prefixes",
		    FMX_MAX_RULES);
	else
		say("cannot change the policy: %s", strerror(-err));
	return err;
}

int kern_rule_put(struct kern *k, const struct row *row)
{
	struct fmx_rule rule = row->rule, old = { 0 };
	int err;

	kern_rule_get(k, &row->key, &old);
	rule.note = row->comment ? last_note(k) + 1 : 0;
	if (rule.note) {
		err = note_add(k, rule.note, row->comment);
		if (err)
			return err;
	}
	if (bpf_map_update_elem(k->rules_fd, &row->key, &rule, BPF_ANY)) {
		err = rule_error(-errno);
		if (rule.note)
			bpf_map_delete_elem(k->notes_fd, &rule.note);
		return err;
	}
	if (old.note)
		bpf_map_delete_elem(k->notes_fd, &old.note);
	return 0;
}

int kern_rule_delete(struct kern *k, const struct fmx_key *key)
{
	struct fmx_rule old;
	int err = kern_rule_get(k, key, &old);

	if (err)
		return err;
	if (bpf_map_delete_elem(k->rules_fd, key))
		return rule_error(-errno);
	if (old.note)
		bpf_map_delete_elem(k->notes_fd, &old.note);
	return 0;
}

/* Older kernels take one row of a trie at a time. */
static int rules_fill(int fd, const struct fmx_key *keys,
		      const struct fmx_rule *rules, size_t count)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	__u32 batch = count;
	size_t i;

	if (!bpf_map_update_batch(fd, keys, rules, &batch, &opts))
		return 0;
	for (i = 0; i < count; i++)
		if (bpf_map_update_elem(fd, &keys[i], &rules[i], BPF_ANY))
			return -errno;
	return 0;
}

int kern_rules_build(struct kern *k, const struct row *rows, size_t count,
		     const struct fmx_rule *settings, int *fd)
{
	struct fmx_key *keys = calloc(count + 1, sizeof(*keys));
	struct fmx_rule *rules = calloc(count + 1, sizeof(*rules));
	__u32 note = last_note(k);
	int err = -ENOMEM;
	size_t i;

	*fd = -1;
	if (!keys || !rules) {
		say("out of memory");
		goto out;
	}
	for (i = 0; i < count; i++) {
		keys[i] = rows[i].key;
		rules[i] = rows[i].rule;
		rules[i].note = rows[i].comment ? ++note : 0;
		if (!rows[i].comment)
			continue;
		err = note_add(k, note, rows[i].comment);
		if (err)
			goto out;
	}
	*fd = map_create(&rules_shape, -1);
	if (*fd < 0) {
		err = *fd;
		goto out;
	}
	keys[count] = (struct fmx_key)FMX_SETTINGS_KEY;
	rules[count] = *settings;
	err = rules_fill(*fd, keys, rules, count + 1);
	if (err)
		rule_error(err);
out:
	if (err) {
		close_fd(fd);
		kern_notes_sweep(k);
	}
	free(keys);
	free(rules);
	return err;
}

int kern_rules_publish(struct kern *k, int fd, int *old)
{
	int held = dup(fd), err;

	*old = -1;
	unlink(PIN_RULES "_new");
	if (held < 0 || bpf_obj_pin(fd, PIN_RULES "_new") ||
	    bpf_map_update_elem(k->policy_fd, &slot_zero, &fd, 0)) {
		err = rule_error(-errno);
		unlink(PIN_RULES "_new");
		close_fd(&held);
		return err;
	}
	*old = k->rules_fd;
	k->rules_fd = held;
	/* Where this fails, the next command does it: see rules_open(). */
	rename(PIN_RULES "_new", PIN_RULES);
	return 0;
}

int kern_notes_sweep(struct kern *k)
{
	__u32 highest = last_note(k);
	struct fmx_key rule_key, *last_rule = NULL;
	struct fmx_rule rule;
	bool *named;
	__u32 note;

	if (!highest)
		return 0;
	named = calloc((size_t)highest + 1, sizeof(*named));
	if (!named)
		return -ENOMEM;
	while (!bpf_map_get_next_key(k->rules_fd, last_rule, &rule_key)) {
		last_rule = &rule_key;
		if (!bpf_map_lookup_elem(k->rules_fd, &rule_key, &rule) &&
		    rule.note <= highest)
			named[rule.note] = true;
	}
	for (note = highest; note; note--)
		if (!named[note])
			bpf_map_delete_elem(k->notes_fd, &note);
	free(named);
	return 0;
}

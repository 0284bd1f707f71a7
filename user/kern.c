// SPDX-License-Identifier: GPL-2.0-only
/* The policy's part of kern.h: the maps that all interfaces share. */
#include "kern.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpffs.h"
#include "out.h"
#include "kern_pin.h"
#include "privileges.h"

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
	.max_entries = FMX_RULE_PLACES,
};

const struct map_shape rules_shape = {
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
	.max_entries = FMX_MAX_NOTES,
	.flags = BPF_F_NO_PREALLOC,
};

static const struct map_shape sources_shape = {
	.type = BPF_MAP_TYPE_ARRAY,
	.name = "fmx_sources",
	.key_size = sizeof(__u32),
	.value_size = FMX_MAX_SOURCES * sizeof(struct fmx_source),
	/* For either place of the rules: the sources; the files of statements
	 */
	.max_entries = 4,
};

#define PIN_LAYOUT PINS_POLICY "/layout"
#define PIN_POLICY PINS_POLICY "/policy"
#define PIN_NOTES PINS_POLICY "/notes"
#define PIN_SOURCES PINS_POLICY "/sources"

static const __u32 slot_zero;

/* Nobody else has the policy open then. */
static bool is_change(const struct kern *k)
{
	return k->how >= KERN_CHANGE;
}

static int layout_check(void)
{
	int fd = map_open(PIN_LAYOUT, &layout_shape, MAP_READ);
	__u32 layout = 0;
	int err = 0;

	if (fd == -ENOENT) {
		say_missing(PIN_LAYOUT);
		return -EUCLEAN;
	}
	if (fd < 0)
		return fd;
	if (bpf_map_lookup_elem(fd, &slot_zero, &layout))
		err = say_unreadable(-errno);
	close_fd(&fd);
	if (err || layout == FMX_LAYOUT)
		return err;
	say("the loaded maps have layout %u, this " TOOL " has %u; run: " TOOL
	    " unload --all, then load again",
	    layout, FMX_LAYOUT);
	return -EPROTO;
}

/* The rules pinned there: 1 where they are those of this number, 0 or -errno.
 */
static int rules_try(struct kern *k, const char *path, enum map_use use,
		     __u32 current)
{
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info);
	int err = 0;

	k->rules_fd = map_open(path, &rules_shape, use);
	if (k->rules_fd < 0)
		return k->rules_fd == -ENOENT ? 0 : k->rules_fd;
	if (bpf_obj_get_info_by_fd(k->rules_fd, &info, &size))
		err = say_unreadable(-errno);
	if (!err && current && info.id == current)
		return 1;
	close_fd(&k->rules_fd);
	return err;
}

/*
 * The rules that the packets meet are those in the place that the state names.
 * Where a publish was killed between that and the pin, they are pinned beside.
 */
static int rules_open(struct kern *k, enum map_use use)
{
	__u32 place = fmx_state_place(k->state->current), current = 0;
	int is;

	if (bpf_map_lookup_elem(k->policy_fd, &place, &current) &&
	    errno != ENOENT)
		return say_unreadable(-errno);
	is = rules_try(k, PIN_RULES, use, current);
	if (!is) {
		is = rules_try(k, PIN_RULES_NEW, use, current);
		if (is > 0)
			rename(PIN_RULES_NEW, PIN_RULES);
	}
	if (is)
		return is < 0 ? is : 0;
	say("%s: not the rules in force; run: " TOOL
	    " unload --all, then load again",
	    PIN_RULES);
	return -EUCLEAN;
}

/* What could not be opened is said already; what is not there is not. */
static int policy_is_whole(const struct kern *k)
{
	const int fds[] = { k->state_fd,  k->policy_fd,	 k->blocks_fd,
			    k->notes_fd,  k->sources_fd, k->ledger_fd,
			    k->fronts_fd, k->events_fd };
	int err = 0;
	size_t i;

	for (i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
		if (fds[i] < 0)
			err = -EUCLEAN;
		if (fds[i] != -ENOENT)
			continue;
		say("%s: a pin is missing; run: " TOOL
		    " unload --all, then load again",
		    PINS_POLICY);
		break;
	}
	return err;
}

/* Who asks the program maps its state, as libbpf does. */
static int policy_open(struct kern *k)
{
	enum map_use use = is_change(k) ? MAP_WRITE : MAP_READ;
	int err;

	k->state_fd = map_open(PIN_STATE, &state_shape,
			       k->how == KERN_READ ? MAP_READ : MAP_WRITE);
	k->policy_fd = map_open(PIN_POLICY, &policy_shape, use);
	k->blocks_fd = map_open(PIN_BLOCKS, &blocks_shape, use);
	k->notes_fd = map_open(PIN_NOTES, &notes_shape, use);
	k->sources_fd = map_open(PIN_SOURCES, &sources_shape, use);
	k->ledger_fd = map_open(PIN_LEDGER, &ledger_shape, use);
	k->fronts_fd = map_open(PIN_FRONTS, &fronts_shape, use);
	k->events_fd = map_open(PIN_EVENTS, &events_shape, use);
	err = policy_is_whole(k);
	if (!err)
		err = state_open(k);
	if (!err)
		err = rules_open(k, use);
	if (!err && is_change(k))
		err = blocks_open(k);
	if (!err && is_change(k))
		err = kern_mend(k);
	return err;
}

static int maps_create(struct kern *k)
{
	int err;

	k->rules_fd = map_create(&rules_shape, -1);
	k->blocks_fd = map_create(&blocks_shape, -1);
	k->notes_fd = map_create(&notes_shape, -1);
	k->sources_fd = map_create(&sources_shape, -1);
	k->state_fd = map_create(&state_shape, -1);
	k->events_fd = map_create(&events_shape, -1);
	if (k->rules_fd >= 0)
		k->policy_fd = map_create(&policy_shape, k->rules_fd);
	if (k->blocks_fd < 0 || k->notes_fd < 0 || k->sources_fd < 0 ||
	    k->state_fd < 0 || k->events_fd < 0 || k->policy_fd < 0)
		return -ENOMEM;
	err = ledger_create(0, &k->ledger_fd, &k->fronts_fd);
	if (!err)
		err = state_open(k);
	return err ? err : blocks_open(k);
}

/* The first generation, of a policy without a rule. */
static int maps_begin(struct kern *k)
{
	struct fmx_state *state = k->state;
	int err = 0;
	size_t i;

	if (getrandom(state->secret, sizeof(state->secret), 0) < 0 ||
	    getrandom(state->cookies[0].key, sizeof(state->cookies[0].key), 0) <
		    0 ||
	    getrandom(state->cookies[1].key, sizeof(state->cookies[1].key), 0) <
		    0 ||
	    bpf_map_update_elem(k->policy_fd, &slot_zero, &k->rules_fd, 0))
		err = -errno;
	for (i = 1; i < sizeof(state->secret) / sizeof(__u64); i++)
		state->secret[i] |= 1;
	state->current = 2 * FMX_STATE_GENERATION;
	if (err)
		say("cannot begin a policy: %s", strerror(-err));
	return err;
}

static int maps_pin(const struct kern *k, int layout_fd, const char *dir)
{
	const struct {
		const char *name;
		int fd;
	} pins[] = {
		{ "layout", layout_fd },      { "state", k->state_fd },
		{ "policy", k->policy_fd },   { "rules", k->rules_fd },
		{ "blocks", k->blocks_fd },   { "notes", k->notes_fd },
		{ "sources", k->sources_fd }, { "ledger", k->ledger_fd },
		{ "fronts", k->fronts_fd },   { "events", k->events_fd },
	};
	size_t i;
	int err = 0;

	for (i = 0; !err && i < sizeof(pins) / sizeof(*pins); i++)
		err = pin_in(dir, pins[i].name, pins[i].fd);
	return err;
}

/* Everything is pinned beside its place first: it is there whole, or not. */
static int policy_create(struct kern *k)
{
	const char *fresh = PINS_POLICY "_new";
	const __u32 layout = FMX_LAYOUT;
	int layout_fd, err;

	err = pins_remove(fresh);
	if (!err)
		err = pins_remove(PINS_POLICY);
	if (err)
		return err;
	layout_fd = map_create(&layout_shape, -1);
	err = layout_fd < 0 ? layout_fd : maps_create(k);
	if (!err)
		err = maps_begin(k);
	if (err)
		goto out;
	if (bpf_map_update_elem(layout_fd, &slot_zero, &layout, 0) ||
	    mkdir(fresh, 0700)) {
		err = -errno;
		say("%s: %s", fresh, strerror(-err));
		goto out;
	}
	err = maps_pin(k, layout_fd, fresh);
	if (!err && rename(fresh, PINS_POLICY)) {
		err = -errno;
		say("%s: %s", PINS_POLICY, strerror(-err));
	}
out:
	close_fd(&layout_fd);
	return err;
}

/* 1: something is attached; 0: nothing is; -errno: that cannot be known. */
static int anything_attached(void)
{
	struct attachment *list = NULL;
	size_t count = 0;
	int err = kern_attachments(&list, &count);

	free(list);
	return err ? err : count > 0;
}

/* Without one, a policy is only what a killed unload has not come to yet. */
static bool has_interfaces(void)
{
	struct dirent *entry = NULL;
	DIR *d = opendir(PINS_IF);

	while (d && (entry = readdir(d)) && entry->d_name[0] == '.')
		;
	if (d)
		closedir(d);
	return entry;
}

/* Under the lock: what is pinned is opened, or made where nothing is loaded. */
static int open_locked(struct kern *k, bool load)
{
	int err = 0;

	if (is_change(k))
		err = kern_sweep();
	/* In another layout, nothing that follows could be read. */
	if (!err && has_interfaces())
		err = layout_check();
	if (!err)
		err = anything_attached();
	if (err < 0)
		return err;
	if (err)
		return policy_open(k);
	return load ? policy_create(k) : -ENOENT;
}

int kern_open(struct kern *k, enum kern_how how)
{
	bool load = how == KERN_LOAD;
	int err;

	*k = (struct kern){ .lock_fd = -1,
			    .state_fd = -1,
			    .policy_fd = -1,
			    .rules_fd = -1,
			    .blocks_fd = -1,
			    .notes_fd = -1,
			    .sources_fd = -1,
			    .ledger_fd = -1,
			    .fronts_fd = -1,
			    .events_fd = -1,
			    .how = how };
	err = privileges_check(how == KERN_READ ? CAPS_READ : CAPS_CHANGE);
	if (!err && load)
		err = bpffs_mount(&k->mounted);
	if (err)
		return err;
	if (!bpffs_is_mounted())
		return -ENOENT;
	err = pins_lock(is_change(k), load);
	if (err >= 0) {
		k->lock_fd = err;
		err = open_locked(k, load);
	}
	if (err)
		kern_close(k);
	return err;
}

int kern_close(struct kern *k)
{
	bool looks = k->lock_fd >= 0 && is_change(k);
	int attached = looks ? anything_attached() : 1;
	int err = attached < 0 ? attached : 0;

	blocks_close(k);
	state_close(k);
	close_fd(&k->events_fd);
	close_fd(&k->fronts_fd);
	close_fd(&k->ledger_fd);
	close_fd(&k->sources_fd);
	close_fd(&k->notes_fd);
	close_fd(&k->blocks_fd);
	close_fd(&k->rules_fd);
	close_fd(&k->policy_fd);
	close_fd(&k->state_fd);
	if (!attached)
		err = pins_remove(PINS);
	close_fd(&k->lock_fd);
	if (k->mounted && access(PINS, F_OK))
		bpffs_unmount();
	return err;
}

static int sources_get(struct kern *k, __u32 slot, struct fmx_source *sources)
{
	int i, err;

	if (bpf_map_lookup_elem(k->sources_fd, &slot, sources)) {
		err = -errno;
		say("cannot read the policy: %s", strerror(-err));
		return err;
	}
	for (i = 0; i < FMX_MAX_SOURCES; i++)
		sources[i].name[FMX_SOURCE_SIZE - 1] = '\0';
	return 0;
}

int kern_sources_get(struct kern *k, struct fmx_source *sources,
		     struct fmx_source *files)
{
	__u32 place = fmx_state_place(k->state->current);
	int err = sources_get(k, 2 * place, sources);

	return err ? err : sources_get(k, 2 * place + 1, files);
}

int kern_sources_put(struct kern *k, const struct fmx_source *sources,
		     const struct fmx_source *files)
{
	const struct fmx_source *const both[] = { sources, files };
	__u32 place = !fmx_state_place(k->state->current), slot, i;
	int err;

	for (i = 0; i < 2; i++) {
		slot = 2 * place + i;
		if (!bpf_map_update_elem(k->sources_fd, &slot, both[i],
					 BPF_ANY))
			continue;
		err = -errno;
		say("cannot change the policy: %s", strerror(-err));
		return err;
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* The rules' part of kern.h: single rows, and whole sets that swap in. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bpffs.h"
#include "kern.h"
#include "out.h"
#include "progress.h"
#include "kern_pin.h"
#include "when.h"

/* A trie's lookup meets the longest prefix; `len` tells whether it is this. */
int kern_rule_get(struct kern *k, const struct fmx_key *key,
		  struct fmx_rule *rule)
{
	struct fmx_rule met;
	int err;

	if (bpf_map_lookup_elem(k->rules_fd, key, &met)) {
		err = -errno;
		if (err != -ENOENT)
			say("cannot read the policy: %s", strerror(-err));
		return err;
	}
	if (key->kind == FMX_KIND_ALLOW &&
	    met.len + FMX_KEY_BITS != key->prefixlen)
		return -ENOENT;
	*rule = met;
	return 0;
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

static int last_note(struct kern *k, __u32 *highest)
{
	__u32 key, *last = NULL;
	int err;

	*highest = 0;
	while ((err = map_next_key(k->notes_fd, last, &key)) > 0) {
		last = &key;
		if (key > *highest)
			*highest = key;
	}
	if (err)
		say("cannot read the comments: %s", strerror(-err));
	return err;
}

static int note_add(struct kern *k, __u32 id, const char *text)
{
	struct fmx_note note = { 0 };
	int err;

	snprintf(note.text, sizeof(note.text), "%s", text);
	if (!bpf_map_update_elem(k->notes_fd, &id, &note, BPF_NOEXIST))
		return 0;
	err = -errno;
	if (err == -E2BIG)
		say("too many comments: there is room for %u", FMX_MAX_NOTES);
	else
		say("cannot keep the comment: %s", strerror(-err));
	return err;
}

/*
 * The generation of the policy is odd while a rule changes, and another one
 * afterwards: see struct fmx_state. Whole: packets read it at any moment.
 */
static void raise_generation(struct kern *k)
{
	__u64 next = k->state->current + FMX_STATE_GENERATION;

	/* Not 0, which would say that nothing is in force. */
	if (!fmx_state_generation(next))
		next += 2 * FMX_STATE_GENERATION;
	__atomic_store_n(&k->state->current, next, __ATOMIC_SEQ_CST);
}

static int change_rule(struct kern *k, const struct fmx_key *key,
		       const struct fmx_rule *rule)
{
	int err = 0;

	if (rule)
		blocks_mark(k, fmx_state_place(k->state->current), key);
	raise_generation(k);
	if (rule ? bpf_map_update_elem(k->rules_fd, key, rule, BPF_ANY)
		 : bpf_map_delete_elem(k->rules_fd, key))
		err = rule_error(-errno);
	raise_generation(k);
	return err;
}

static __u64 earlier_end(__u64 a, __u64 b)
{
	return !a || (b && b < a) ? b : a;
}

int kern_rule_put(struct kern *k, const struct row *row)
{
	struct fmx_rule rule = row->rule, old = { 0 };
	int err = kern_rule_get(k, &row->key, &old);
	__u32 note;

	if (err && err != -ENOENT)
		return err;
	rule.note = 0;
	rule.source = old.source;
	if (row->comment) {
		err = last_note(k, &rule.note);
		if (!err)
			err = note_add(k, ++rule.note, row->comment);
		if (err)
			return err;
	}
	k->state->first_end = earlier_end(k->state->first_end, rule.until);
	err = change_rule(k, &row->key, &rule);
	note = err ? rule.note : old.note;
	if (note)
		bpf_map_delete_elem(k->notes_fd, &note);
	return err;
}

int kern_rule_delete(struct kern *k, const struct fmx_key *key)
{
	struct fmx_rule old, rest = { 0 };
	int err = kern_rule_get(k, key, &old);

	if (!err && key->kind == FMX_KIND_ALLOW && old.slot != FMX_RULE_OWN)
		err = -ENOENT;
	if (err)
		return err;
	rest.len = old.len;
	rest.source = old.source;
	err = change_rule(k, key, old.source ? &rest : NULL);
	if (!err && old.note)
		bpf_map_delete_elem(k->notes_fd, &old.note);
	return err;
}

#define BATCH 16384 /* rows that are written at a time */

/* Older kernels take one row of a trie at a time. */
static int fill_some(int fd, const struct fmx_key *keys,
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

static int rules_fill(int fd, const struct fmx_key *keys,
		      const struct fmx_rule *rules, size_t count)
{
	struct progress progress;
	size_t i, some;
	int err = 0;

	progress_begin(&progress, "putting the policy in place", count);
	for (i = 0; !err && i < count; i += some) {
		some = count - i < BATCH ? count - i : BATCH;
		err = fill_some(fd, &keys[i], &rules[i], some);
		progress_at(&progress, i + some);
	}
	progress_end(&progress);
	return err;
}

int kern_rules_build(struct kern *k, const struct row *rows, size_t count,
		     int *fd)
{
	struct fmx_key *keys = calloc(count + 1, sizeof(*keys));
	struct fmx_rule *rules = calloc(count + 1, sizeof(*rules));
	__u32 place = !fmx_state_place(k->state->current), note = 0;
	int err = -ENOMEM;
	size_t i;

	*fd = -1;
	if (keys && rules)
		err = last_note(k, &note);
	else
		say("out of memory");
	if (err)
		goto out;
	k->first_end = 0;
	blocks_clear(k, place);
	for (i = 0; i < count; i++) {
		blocks_mark(k, place, &rows[i].key);
		k->first_end = earlier_end(k->first_end, rows[i].rule.until);
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
	err = count ? rules_fill(*fd, keys, rules, count) : 0;
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

static __u64 state_word(const struct kern *k, __u32 place,
			const struct settings *settings)
{
	__u32 generation = fmx_state_generation(k->state->current) + 2;

	if (!generation)
		generation = 2;
	return (generation * FMX_STATE_GENERATION) |
	       (__u64)settings->rate_limit << 2 |
	       (settings->shadow ? FMX_STATE_SHADOW : 0) | place;
}

static void write_state(struct kern *k, __u32 place,
			const struct settings *settings)
{
	k->state->max_age = settings->max_age;
	k->state->grace = settings->grace;
	k->state->rate_limit_total = settings->rate_limit_total;
	__atomic_store_n(&k->state->current, state_word(k, place, settings),
			 __ATOMIC_SEQ_CST);
}

/*
 * The kernel comes back from an update of a map of maps when every program that
 * may have seen the old value has ended: maybe_wait_bpf_programs(). So writing
 * what is there again waits for those who read the state's word before.
 */
static bool wait_for_packets(struct kern *k, __u32 place, int fd)
{
	return !bpf_map_update_elem(k->policy_fd, &place, &fd, 0);
}

int kern_rules_publish(struct kern *k, int fd, const struct settings *settings,
		       int *old)
{
	__u32 left = fmx_state_place(k->state->current), place = !left;
	int held = dup(fd), err;

	*old = -1;
	unlink(PIN_RULES_NEW);
	if (held < 0 || bpf_obj_pin(fd, PIN_RULES_NEW) ||
	    bpf_map_update_elem(k->policy_fd, &place, &fd, 0)) {
		err = rule_error(-errno);
		unlink(PIN_RULES_NEW);
		close_fd(&held);
		return err;
	}
	/* Of both, until it is sure which of them holds. */
	k->state->first_end = earlier_end(k->state->first_end, k->first_end);
	write_state(k, place, settings);
	/* Where it cannot be waited, the next command takes it out. */
	if (wait_for_packets(k, place, fd))
		bpf_map_delete_elem(k->policy_fd, &left);
	*old = k->rules_fd;
	k->rules_fd = held;
	/* Where this fails, the next command does it: see rules_open(). */
	rename(PIN_RULES_NEW, PIN_RULES);
	return 0;
}

void kern_settings(const struct kern *k, struct settings *out)
{
	__u64 current = k->state->current;
	__u32 size = ledger_sets(k->ledger_fd) * FMX_LEDGER_WAYS;

	*out = (struct settings){
		.shadow = (current & FMX_STATE_SHADOW) != 0,
		.rate_limit = fmx_state_rate_limit(current),
		.rate_limit_total = k->state->rate_limit_total,
		.ledger_size = size == FMX_LEDGER_DEFAULT ? 0 : size,
		.max_age = k->state->max_age,
		.grace = k->state->grace,
	};
}

void kern_settings_put(struct kern *k, const struct settings *settings)
{
	write_state(k, fmx_state_place(k->state->current), settings);
}

/* Takes out the rules that have ended, and finds when the next one does. */
static int sweep_ended(struct kern *k)
{
	__u64 now = clock_ns(CLOCK_REALTIME), next = 0;
	struct fmx_key key, *last = NULL, gone;
	struct fmx_rule rule;
	bool has_gone = false;
	int err;

	if (!k->state->first_end || k->state->first_end > now)
		return 0;
	while ((err = map_next_key(k->rules_fd, last, &key)) > 0) {
		if (has_gone)
			kern_rule_delete(k, &gone);
		has_gone = false;
		last = &key;
		if (kern_rule_get(k, &key, &rule) || !rule.until)
			continue;
		/* Not before the walk has gone on from it. */
		has_gone = rule.until <= now;
		gone = key;
		if (!has_gone)
			next = earlier_end(next, rule.until);
	}
	if (has_gone)
		kern_rule_delete(k, &gone);
	if (!err)
		k->state->first_end = next;
	return err;
}

int kern_mend(struct kern *k)
{
	__u32 left = !fmx_state_place(k->state->current);

	if (fmx_state_generation(k->state->current) & 1)
		raise_generation(k);
	bpf_map_delete_elem(k->policy_fd, &left);
	unlink(PIN_RULES_NEW);
	sweep_ended(k);
	return ledger_mend(k);
}

int kern_notes_sweep(struct kern *k)
{
	struct fmx_key key, *last = NULL;
	bool *named = NULL;
	struct fmx_rule rule;
	__u32 highest, note;
	int err;

	err = last_note(k, &highest);
	if (err || !highest)
		return err;
	named = calloc((size_t)highest + 1, sizeof(*named));
	if (!named)
		return -ENOMEM;
	while ((err = map_next_key(k->rules_fd, last, &key)) > 0) {
		last = &key;
		if (bpf_map_lookup_elem(k->rules_fd, &key, &rule)) {
			err = -errno;
			break;
		}
		if (rule.note <= highest)
			named[rule.note] = true;
	}
	for (note = highest; !err && note; note--)
		if (!named[note])
			bpf_map_delete_elem(k->notes_fd, &note);
	free(named);
	return err;
}

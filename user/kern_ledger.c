// SPDX-License-Identifier: GPL-2.0-only
/* The ledger's part of kern.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bulk.h"
#include "kern.h"
#include "kern_pin.h"
#include "out.h"
#include "record.h"
#include "when.h"

const struct map_shape ledger_shape = {
	.type = BPF_MAP_TYPE_ARRAY,
	.name = "fmx_ledger",
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct fmx_set),
	.flags = BPF_F_MMAPABLE,
};

const struct map_shape fronts_shape = {
	.type = BPF_MAP_TYPE_ARRAY,
	.name = "fmx_fronts",
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct fmx_front),
	.flags = BPF_F_MMAPABLE,
};

int ledger_create(__u32 size, int *ledger_fd, int *fronts_fd)
{
	struct map_shape ledger = ledger_shape, fronts = fronts_shape;

	if (!size)
		size = FMX_LEDGER_DEFAULT;
	ledger.max_entries = (size + FMX_LEDGER_WAYS - 1) / FMX_LEDGER_WAYS;
	fronts.max_entries = ledger.max_entries;
	*fronts_fd = -1;
	*ledger_fd = map_create(&ledger, -1);
	if (*ledger_fd < 0)
		return *ledger_fd;
	*fronts_fd = map_create(&fronts, -1);
	return *fronts_fd < 0 ? *fronts_fd : 0;
}

__u32 ledger_sets(int fd)
{
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info);

	if (!bpf_obj_get_info_by_fd(fd, &info, &size))
		return info.max_entries;
	say("cannot read the ledger: %s", strerror(errno));
	return 0;
}

/* The packets' own memory. */
struct memory {
	struct fmx_set *sets;
	struct fmx_front *fronts;
	__u32 count;
};

static void *map_memory(int fd, size_t size, int prot)
{
	void *memory = mmap(NULL, size, prot, MAP_SHARED, fd, 0);

	if (memory != MAP_FAILED)
		return memory;
	say("cannot read the ledger: %s", strerror(errno));
	return NULL;
}

static void memory_close(struct memory *l)
{
	if (l->sets)
		munmap(l->sets, l->count * sizeof(*l->sets));
	if (l->fronts)
		munmap(l->fronts, l->count * sizeof(*l->fronts));
}

/* 0 or -errno, said; for memory_close() in every case. */
static int memory_open(int ledger_fd, int fronts_fd, struct memory *l)
{
	*l = (struct memory){ .count = ledger_sets(ledger_fd) };
	if (!l->count)
		return -EUCLEAN;
	l->sets = map_memory(ledger_fd, l->count * sizeof(*l->sets),
			     PROT_READ | PROT_WRITE);
	l->fronts = map_memory(fronts_fd, l->count * sizeof(*l->fronts),
			       PROT_READ | PROT_WRITE);
	return l->sets && l->fronts ? 0 : -ENOMEM;
}

/* A packet may be writing it: a copy is good when the next one is like it. */
static void copy_record(const struct fmx_sender *from, struct fmx_sender *to)
{
	struct fmx_sender again;

	do {
		*to = *(const volatile struct fmx_sender *)from;
		again = *(const volatile struct fmx_sender *)from;
	} while (memcmp(to, &again, sizeof(again)));
}

static bool is_worth_more(const struct fmx_sender *r)
{
	return r->scale & (FMX_SEEN_AGAIN | FMX_VERIFIED);
}

/*
 * His own place, or a free one, or that of a sender seen once where he was seen
 * again, or is verified; or -1.
 */

static int find_room(const struct fmx_set *set, const struct fmx_sender *r)
{
	int way, room = -1;

	for (way = FMX_LEDGER_WAYS - 1; way >= 0; way--) {
		const struct fmx_sender *there = &set->ways[way];

		if (!record_compare(there, r))
			return way;
		if (record_is_free(there) ||
		    ((room < 0 || !record_is_free(&set->ways[room])) &&
		     is_worth_more(r) && !is_worth_more(there)))
			room = way;
	}
	return room;
}

static void take_over(const struct kern *k, struct memory *to,
		      const struct fmx_sender *r)
{
	struct fmx_sender *place;
	__u64 id, hash;
	__u32 set;
	int way;

	memcpy(&id, r->addr, sizeof(id));
	hash = fmx_sender_hash(k->state, id);
	set = fmx_sender_set(hash, to->count);
	way = find_room(&to->sets[set], r);
	if (way < 0)
		return;
	place = &to->sets[set].ways[way];
	if (record_compare(place, r))
		*place = *r;
	else
		record_merge(place, r);
	place->verdict = 0; /* it may come from anywhere */
	((__u8 *)&to->fronts[set].tags)[way] = fmx_sender_tag(hash);
}

/* Calls `each` with a copy of every record. */
static void walk(const struct memory *l,
		 void (*each)(const struct fmx_sender *r, void *arg), void *arg)
{
	struct fmx_sender r;
	__u32 set, way;

	for (set = 0; set < l->count; set++) {
		for (way = 0; way < FMX_LEDGER_WAYS; way++) {
			if (record_is_free(&l->sets[set].ways[way]))
				continue;
			copy_record(&l->sets[set].ways[way], &r);
			if (!record_is_free(&r))
				each(&r, arg);
		}
	}
}

struct copy {
	const struct kern *k;
	struct memory to;
};

static void copy_over(const struct fmx_sender *r, void *arg)
{
	struct copy *copy = arg;

	take_over(copy->k, &copy->to, r);
}

/* Into one that no packet sees yet: what is known, and these. */
static int ledger_copy(const struct kern *k, int ledger_fd, int fronts_fd,
		       const struct fmx_sender *more, size_t count)
{
	struct copy copy = { .k = k };
	struct memory from;
	size_t i;
	int err;

	err = memory_open(k->ledger_fd, k->fronts_fd, &from);
	if (!err)
		err = memory_open(ledger_fd, fronts_fd, &copy.to);
	if (!err)
		walk(&from, copy_over, &copy);
	for (i = 0; !err && i < count; i++)
		take_over(k, &copy.to, &more[i]);
	memory_close(&from);
	memory_close(&copy.to);
	return err;
}

static int upgrade(struct kern *k, const struct attachment *attachment)
{
	struct fmx_about about = attachment->about;

	if (!attachment->ifindex)
		return 0;
	memset(about.version, 0, sizeof(about.version));
	snprintf(about.version, sizeof(about.version), "%s", VERSION);
	return kern_upgrade(k, attachment, &about);
}

/* Gives every interface a program that writes in this ledger. */
static int ledger_use(struct kern *k, int ledger_fd, int fronts_fd)
{
	int before = k->ledger_fd, fronts_before = k->fronts_fd, err;
	struct attachment *list = NULL;
	size_t count = 0, i;

	k->ledger_fd = ledger_fd;
	k->fronts_fd = fronts_fd;
	err = kern_attachments(&list, &count);
	for (i = 0; !err && i < count; i++)
		err = upgrade(k, &list[i]);
	if (err) {
		k->ledger_fd = before;
		k->fronts_fd = fronts_before;
		while (i-- > 0)
			upgrade(k, &list[i]);
	}
	free(list);
	return err;
}

/*
 * A new ledger is pinned beside the one in use: its fronts, then itself. With
 * both there, programs may be in it. Then they move to their place, the fronts
 * first. So the fronts alone are to be thrown away, and the ledger alone is in
 * use: see ledger_mend().
 */
static int ledger_pin(int ledger_fd, int fronts_fd)
{
	int err;

	if (!bpf_obj_pin(fronts_fd, PIN_FRONTS_NEW) &&
	    !bpf_obj_pin(ledger_fd, PIN_LEDGER_NEW))
		return 0;
	err = -errno;
	say("%s: cannot pin: %s", PIN_LEDGER_NEW, strerror(-err));
	return err;
}

static void ledger_unpin(void)
{
	unlink(PIN_LEDGER_NEW);
	unlink(PIN_FRONTS_NEW);
}

static int ledger_move(void)
{
	int err;

	if ((!rename(PIN_FRONTS_NEW, PIN_FRONTS) || errno == ENOENT) &&
	    !rename(PIN_LEDGER_NEW, PIN_LEDGER))
		return 0;
	err = -errno;
	say("%s: cannot pin: %s", PIN_LEDGER, strerror(-err));
	return err;
}

/* Closes those of the two ledgers that are not in use. */
static void close_other(const struct kern *k, int a[2], int b[2])
{
	close_fd(k->ledger_fd == a[0] ? &b[0] : &a[0]);
	close_fd(k->fronts_fd == a[1] ? &b[1] : &a[1]);
}

int kern_ledger_renew(struct kern *k, __u32 size, const struct fmx_sender *more,
		      size_t count)
{
	int fds[2], before[2] = { k->ledger_fd, k->fronts_fd };
	int err = ledger_create(size, &fds[0], &fds[1]);

	ledger_unpin();
	if (!err)
		err = ledger_copy(k, fds[0], fds[1], more, count);
	if (!err)
		err = ledger_pin(fds[0], fds[1]);
	if (!err)
		err = ledger_use(k, fds[0], fds[1]);
	if (err)
		ledger_unpin();
	else
		err = ledger_move();
	close_other(k, fds, before);
	return err;
}

int ledger_mend(struct kern *k)
{
	int fds[2], before[2] = { k->ledger_fd, k->fronts_fd }, err;
	bool moved = access(PIN_FRONTS_NEW, F_OK);

	if (access(PIN_LEDGER_NEW, F_OK)) {
		ledger_unpin();
		return 0;
	}
	fds[0] = map_open(PIN_LEDGER_NEW, &ledger_shape, MAP_WRITE);
	fds[1] = moved ? dup(k->fronts_fd)
		       : map_open(PIN_FRONTS_NEW, &fronts_shape, MAP_WRITE);
	err = fds[0] < 0 || fds[1] < 0 ? -EUCLEAN
				       : ledger_use(k, fds[0], fds[1]);
	if (!err)
		err = ledger_move();
	else
		say("%s: a new size of the ledger was begun, and cannot be ended; run: " TOOL
		    " unload --all, then load again",
		    PIN_LEDGER_NEW);
	close_other(k, fds, before);
	return err;
}

/*
 * The records alone, by a descriptor of their own: that of one who reads cannot
 * be mapped. 0 or -errno, said; for memory_close() in every case.
 */
static int records_open(const struct kern *k, int prot, struct memory *l)
{
	int fd = map_open(PIN_LEDGER, &ledger_shape, MAP_WRITE);

	*l = (struct memory){ .count = fd < 0 ? 0 : ledger_sets(k->ledger_fd) };
	if (l->count)
		l->sets = map_memory(fd, l->count * sizeof(*l->sets), prot);
	close_fd(&fd);
	return l->sets ? 0 : -EUCLEAN;
}

int kern_ledger_size(struct kern *k, struct ledger_size *out)
{
	struct memory l;
	__u32 set, way;
	int err = records_open(k, PROT_READ, &l);

	*out = (struct ledger_size){ 0 };
	if (err)
		return err;
	for (set = 0; set < l.count; set++)
		for (way = 0; way < FMX_LEDGER_WAYS; way++)
			out->entries += !record_is_free(&l.sets[set].ways[way]);
	out->capacity = l.count * FMX_LEDGER_WAYS;
	out->bytes = l.count * (sizeof(*l.sets) + sizeof(struct fmx_front));
	memory_close(&l);
	return 0;
}

__u32 kern_tick(void)
{
	return fmx_tick(clock_ns(CLOCK_MONOTONIC));
}

/* Since when a sender must have been seen to be remembered. */
static __u32 oldest(const struct kern *k)
{
	__u32 age = k->state->max_age;

	return kern_tick() - FMX_TICKS(age ? age : FMX_MAX_AGE_DEFAULT);
}

struct harvest {
	struct fmx_sender *records;
	size_t count;
	size_t too_old;
	__u32 oldest;
};

static void gather(const struct fmx_sender *r, void *arg)
{
	struct harvest *harvest = arg;

	if (record_last_seen(r) < harvest->oldest) {
		harvest->too_old++;
		return;
	}
	harvest->records[harvest->count++] = *r;
}

int kern_ledger_read(struct kern *k, struct fmx_sender **records, size_t *count)
{
	struct harvest harvest = { .oldest = oldest(k) };
	struct memory l;
	int err = records_open(k, PROT_READ, &l);

	*records = NULL;
	*count = 0;
	if (err)
		return err;
	harvest.records = bulk_alloc(l.count, sizeof(*l.sets));
	if (harvest.records) {
		walk(&l, gather, &harvest);
		*records = harvest.records;
		*count = harvest.count;
		k->too_old = harvest.too_old;
	} else {
		err = -ENOMEM;
		say("cannot read the ledger: %s", strerror(-err));
	}
	memory_close(&l);
	return err;
}

/*
 * The place is free only when all else is gone: until then it has no visits.
 * Whoever comes in this very moment is a new sender the next time.
 */
static void erase(struct fmx_sender *r)
{
	volatile __u64 *words = (volatile __u64 *)r;
	size_t i;

	for (i = sizeof(*r) / sizeof(*words); i-- > 0;)
		words[i] = 0;
}

void kern_ledger_forget(struct kern *k)
{
	__u32 since = oldest(k), set, way;
	struct memory l;

	/* Two at once would erase who came after the first. */
	if (!k->too_old || flock(k->lock_fd, LOCK_EX | LOCK_NB) ||
	    records_open(k, PROT_READ | PROT_WRITE, &l))
		return;
	for (set = 0; set < l.count; set++) {
		for (way = 0; way < FMX_LEDGER_WAYS; way++) {
			struct fmx_sender *r = &l.sets[set].ways[way];

			if (!record_is_free(r) && record_last_seen(r) < since)
				erase(r);
		}
	}
	memory_close(&l);
}

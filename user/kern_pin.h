/* SPDX-License-Identifier: GPL-2.0-only */
/* Pinned maps and links: what the parts of kern.h share. */
#ifndef KERN_PIN_H
#define KERN_PIN_H

#include <bpf/bpf.h>

#include "bpffs.h"
#include "kern.h"

struct map_shape {
	enum bpf_map_type type;
	const char *name;
	__u32 key_size;
	__u32 value_size;
	__u32 max_entries;
	__u32 flags;
};

/* A new map of that shape: its descriptor, or -errno, said. */
int map_create(const struct map_shape *shape, int inner_fd);

/* What a pinned map is opened for; the kernel holds the tool to it. */
enum map_use {
	MAP_READ = BPF_F_RDONLY, /* such a descriptor cannot be mapped */
	MAP_WRITE = 0,
};

/*
 * The map pinned at a path: its descriptor, or -errno. Nothing there is -ENOENT
 * without a word; anything but a map of that shape is said, and -EEXIST.
 */
int map_open(const char *path, const struct map_shape *shape, enum map_use use);

/*
 * The key behind *last in the map's order; NULL begins. 1, 0 at the end, or
 * -errno: a failed read must not look like the end.
 */
int map_next_key(int fd, const void *last, void *key);

/* Pins at a path, in the place of what is there. */
int pin_replace(int fd, const char *path);

/* The same, by the name of a directory and of what is to be in it. */
int pin_in(const char *dir, const char *name, int fd);

/* The XDP link pinned at a path: as map_open(). */
int link_open(const char *path, struct bpf_link_info *info);

/* And the XDP program. */
int prog_open(const char *path);

/* The map of a set of rules; it is pinned, and beside it while it changes. */
extern const struct map_shape rules_shape;
#define PIN_RULES PINS_POLICY "/rules"
#define PIN_RULES_NEW PIN_RULES "_new"

/* Which senders the rules are asked for: see blocks.h. */
extern const struct map_shape blocks_shape;
#define PIN_BLOCKS PINS_POLICY "/blocks"

/* Maps k->blocks_fd. 0, or -errno, said; blocks_close() in every case. */
int blocks_open(struct kern *k);
void blocks_close(struct kern *k);

/* No rule of a place has a block; one more has, before it is in force. */
void blocks_clear(struct kern *k, __u32 place);
void blocks_mark(struct kern *k, __u32 place, const struct fmx_key *key);

/* The ledger's; its size is what max_entries of the two says. */
extern const struct map_shape ledger_shape, fronts_shape;
#define PIN_LEDGER PINS_POLICY "/ledger"
#define PIN_LEDGER_NEW PIN_LEDGER "_new"
#define PIN_FRONTS PINS_POLICY "/fronts"
#define PIN_FRONTS_NEW PIN_FRONTS "_new"

/* The events', which is of the kernel's own making: it has no values. */
extern const struct map_shape events_shape;
#define PIN_EVENTS PINS_POLICY "/events"

/* What is in force, and the ledger's secrets: one struct fmx_state. */
extern const struct map_shape state_shape;
#define PIN_STATE PINS_POLICY "/state"

/*
 * Makes k->state of k->state_fd: the packets' own memory, or a copy for
 * KERN_READ. 0, or -errno, said; state_close() in every case.
 */
int state_open(struct kern *k);
void state_close(struct kern *k);

/* Maps the packets' own memory, for the caller to unmap. 0, or -errno, said. */
int state_live(struct fmx_state **state);

/* A new ledger for so many senders (0: the default). 0, or -errno, said. */
int ledger_create(__u32 size, int *ledger_fd, int *fronts_fd);

/* Sets of the ledger at this descriptor, or 0, said. */
__u32 ledger_sets(int fd);

/* Brings to an end what a killed command has begun; with the lock held. */
int kern_mend(struct kern *k);
int ledger_mend(struct kern *k);

/* Where an interface's "answered" begin: what is the tool's own. */
extern const struct map_shape bases_shape;

/*
 * A map of an interface: as map_open(), but that nothing is there is -EUCLEAN,
 * said: a part of what is loaded is missing.
 */
int iface_map_open(const char *ifname, const char *pin,
		   const struct map_shape *shape, enum map_use use);

/* That a part of what is loaded is missing, and what to do. */
void say_missing(const char *path);

/* Says that the policy cannot be read, and returns err. */
int say_unreadable(int err);

void close_fd(int *fd);

#endif

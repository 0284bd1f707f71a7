/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps, the program and its attachments: everything that the tool asks of
 * BPF, and the only way to it: libbpf is called in kern*.c alone. What is
 * pinned, and where:
 *
 *	/sys/fs/bpf/xdp-fakemx/policy/	layout, policy, rules, notes
 *	/sys/fs/bpf/xdp-fakemx/if/NAME/	prog, counters, answered, rate, about,
 *					link
 *	/sys/fs/bpf/xdp-fakemx/fresh/	the latter, until it is whole: what is
 *					there otherwise is what a kill left
 *
 * Functions return 0 or -errno, and have then said on standard error what
 * failed, except where they say otherwise.
 */
#ifndef KERN_H
#define KERN_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "fakemx.h"

/* A row of the policy, as it is in the maps. */
struct row {
	struct fmx_key key;
	struct fmx_rule rule; /* `note` is the kernel side's own affair */
	char *comment;	      /* ALLOW: allocated, or NULL */
	unsigned int line;    /* in the file that it came from, or 0 */
};

/* The open policy, with its lock held. */
struct kern {
	int lock_fd;
	int policy_fd;
	int rules_fd;
	int notes_fd;
	bool mounted;	/* bpffs, by this process */
	bool exclusive; /* nobody else has it open */
	bool one_page;	/* a native program gets no frame of several pages */
	bool frags;	/* the program last opened takes these */
};

enum kern_how {
	KERN_READ, /* others may read as well */
	KERN_CHANGE,
	KERN_LOAD, /* as CHANGE; what is not there yet is made */
};

/*
 * Opens the policy. Where nothing is loaded, READ and CHANGE return -ENOENT and
 * say nothing. -EPERM is said with what is needed.
 */
int kern_open(struct kern *k, enum kern_how how);

/*
 * Lets go of it. Where no interface is attached, the policy's pins go too, and
 * a bpffs that this kern_open() mounted.
 */
void kern_close(struct kern *k);

/* Removes what a killed load has left; with the lock held. */
int kern_sweep(void);

/* Removes every pin of the tool, and so every attachment, of any layout. */
int kern_remove_all(void);

/*
 * Calls `each` for every row, and stops where it returns other than 0. Says
 * nothing. A part of the rules is never taken for all of them.
 */
int kern_rules_read(struct kern *k, int (*each)(struct row *row, void *arg),
		    void *arg);

/* The rule at exactly this key: 0; -ENOENT without a word; or -errno. */
int kern_rule_get(struct kern *k, const struct fmx_key *key,
		  struct fmx_rule *rule);
int kern_rule_put(struct kern *k, const struct row *row);
int kern_rule_delete(struct kern *k, const struct fmx_key *key);

/* Makes a rule set that no packet sees yet; the caller closes *fd. */
int kern_rules_build(struct kern *k, const struct row *rows, size_t count,
		     const struct fmx_rule *settings, int *fd);
/*
 * Puts it in the place of the current one, between two packets. The latter is
 * left in *old, for the caller to close, or to publish again.
 */
int kern_rules_publish(struct kern *k, int fd, int *old);
/* Drops the comments that no rule names any more. */
int kern_notes_sweep(struct kern *k);

struct attachment {
	char name[IFNAMSIZ];
	int ifindex; /* 0: the interface is gone */
	unsigned int prog_id;
	struct fmx_about about;
};

/* Every attachment, by name; the caller frees *list. */
int kern_attachments(struct attachment **list, size_t *count);

/* The one of this interface: 0, or -ENOENT without a word. */
int kern_attachment(const char *name, struct attachment *out);

/*
 * Attaches to an interface that has no attachment, or one that died with an
 * interface of this name. Where it is the driver that refuses, *refused is set
 * and nothing is said: the caller may try another mode.
 */
int kern_attach(struct kern *k, const char *name, int ifindex,
		const struct fmx_about *about, bool *refused);

/* Puts this tool's program in the place of the running one. */
int kern_upgrade(struct kern *k, const struct attachment *running,
		 const struct fmx_about *about);

/* Detaches and removes the pins; nothing there is -ENOENT without a word. */
int kern_detach(const char *name);

/* The program on an interface, of whomever it is; id 0 is none. */
struct foreign {
	unsigned int id;
	bool generic;
	char name[16]; /* "" where it may not be read */
};
int kern_query(int ifindex, struct foreign *out);

/* Counts since the first load, summed over CPUs. */
int kern_counters(const char *name,
		  struct fmx_counter counters[FMX_COUNTER_COUNT]);
int kern_answered(const char *name, __u64 answered[FMX_MAX_DECOYS]);
/* Begins at 0 again for a new decoy, on every interface. */
int kern_answered_reset(unsigned int slot);

/* With `on`, libbpf's own messages go to standard error. */
void kern_verbose(bool on);

#endif

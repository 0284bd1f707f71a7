/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps, the program and its attachments: everything that the tool asks of
 * BPF, and the only way to it: libbpf is called in kern*.c alone. What is
 * pinned, and where:
 *
 *	/sys/fs/bpf/xdp-fakemx/policy/	layout, state, policy, rules, blocks,
 *					notes, sources, ledger, fronts, events
 *	/sys/fs/bpf/xdp-fakemx/if/NAME/	prog, tally, bases, rate, about, link
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
#include "fakemx_event.h"

/* A row of the policy, as it is in the maps. */
struct row {
	struct fmx_key key;
	struct fmx_rule rule; /* `note` is the kernel side's own affair */
	char *comment;	      /* ALLOW: allocated, or NULL */
	unsigned int order;   /* of those about one thing the last one holds */
};

/* What is set; 0 is every setting's default. */
struct settings {
	__u32 shadow;
	__u32 rate_limit; /* answers a second to one sender; 0: any number */
	__u32 rate_limit_total; /* and to all senders together */
	__u32 ledger_size;	/* senders; 0: FMX_LEDGER_DEFAULT */
	__u32 max_age;		/* seconds; 0: FMX_MAX_AGE_DEFAULT */
	__u32 grace;		/* seconds; 0: FMX_GRACE_DEFAULT */
};

enum kern_how {
	KERN_READ, /* others may read as well; nothing can be changed by it */
	KERN_TRY,  /* as READ, and kern_try() may be called */
	KERN_CHANGE,
	KERN_LOAD, /* as CHANGE; what is not there yet is made */
};

/* The open policy, with its lock held. */
struct kern {
	enum kern_how how;
	int lock_fd;
	int state_fd;
	int policy_fd;
	int rules_fd;
	int blocks_fd;
	int notes_fd;
	int sources_fd;
	int ledger_fd;
	int fronts_fd; /* as many as the ledger has sets */
	int events_fd;
	/* The packets' own, to be changed atomically; READ: a copy of it. */
	struct fmx_state *state;
	__u64 *blocks;	 /* CHANGE: the packets' own, of both places */
	bool mounted;	 /* bpffs, by this process */
	__u64 first_end; /* of the rules built last, as in struct fmx_state */
	size_t too_old;	 /* records that kern_ledger_read() left out */
	bool frags;	 /* the program last opened takes these */
};

/*
 * Opens the policy. Where nothing is loaded, READ and CHANGE return -ENOENT and
 * say nothing. -EPERM is said with what is needed.
 */
int kern_open(struct kern *k, enum kern_how how);

/*
 * Lets go of it. Where no interface is attached, the policy's pins go too, and
 * a bpffs that this kern_open() mounted. 0, or -errno, said, of that.
 */
int kern_close(struct kern *k);

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

/*
 * FMX_MAX_SOURCES of them, and as many files that statements come from, which
 * have a name alone. What is put is in force with the rules that are published
 * next: in the same step, since these have numbers of sources. Both return 0 or
 * -errno, said.
 */
int kern_sources_get(struct kern *k, struct fmx_source *sources,
		     struct fmx_source *files);
int kern_sources_put(struct kern *k, const struct fmx_source *sources,
		     const struct fmx_source *files);

/* The rule at exactly this key: 0; -ENOENT without a word; or -errno. */
int kern_rule_get(struct kern *k, const struct fmx_key *key,
		  struct fmx_rule *rule);

/*
 * As a statement of its own, or taken out as that. What a source says of it
 * stays.
 */
int kern_rule_put(struct kern *k, const struct row *row);
int kern_rule_delete(struct kern *k, const struct fmx_key *key);

/* Makes a rule set that no packet sees yet; the caller closes *fd. */
int kern_rules_build(struct kern *k, const struct row *rows, size_t count,
		     int *fd);
/*
 * Puts it in the place of the current one, and shadow and the rate limit with
 * it, between two packets. The old one is left in *old, for the caller to
 * close, or to publish again: no packet is at it any more.
 */
int kern_rules_publish(struct kern *k, int fd, const struct settings *settings,
		       int *old);

void kern_settings(const struct kern *k, struct settings *out);
/* All that packets meet at once, but for the size of the ledger. */
void kern_settings_put(struct kern *k, const struct settings *settings);

/*
 * Gives the ledger room for so many senders (0: FMX_LEDGER_DEFAULT), and takes
 * over what is in it, and `count` more records, as far as there is room. Every
 * interface gets its program anew.
 */
int kern_ledger_renew(struct kern *k, __u32 size, const struct fmx_sender *more,
		      size_t count);

struct ledger_size {
	__u32 capacity; /* senders */
	__u32 entries;
	__u64 bytes;
};
int kern_ledger_size(struct kern *k, struct ledger_size *out);

/*
 * A copy of every record that is not too old to be kept, in no order; the
 * caller frees *records.
 */
int kern_ledger_read(struct kern *k, struct fmx_sender **records,
		     size_t *count);

/*
 * Erases the records that kern_ledger_read() found too old to be kept, unless
 * somebody else has the policy open. A lock that was shared may be lost by
 * that: nothing may follow but kern_close().
 */
void kern_ledger_forget(struct kern *k);

/* This moment, as the ledger has it. */
__u32 kern_tick(void);

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

/* What an interface has counted since its first load, summed over CPUs. */
struct tally {
	struct fmx_counter counters[FMX_COUNTER_COUNT];
	__u64 answered[FMX_MAX_DECOYS]; /* by the slot of the decoy */
	struct fmx_retries retries;
	__u64 displaced; /* struct fmx_newcomers */
	__u64 unrecorded;
	__u64 suppressed; /* events: struct fmx_teller */
	__u32 newcomers;  /* new senders a second, lately */
	bool flood; /* a CPU has more than it records at once: FMX_FLOOD */
};
int kern_tally(const char *name, struct tally *out);
/* Begins at 0 again for a new decoy, on every interface. */
int kern_answered_reset(unsigned int slot);

/* What became of a frame that was never on a network. */
struct trial {
	enum fmx_verdict verdict; /* what was done */
	enum fmx_reason reason; /* or FMX_REASON_NONE: nothing is said of it */
	bool shadow;		/* it passed because of that alone */
};

/*
 * Has this tool's program, in the policy that is in force, look at a frame.
 * Counters and ledger are not those of the interfaces: nothing is changed.
 */
int kern_try(struct kern *k, const void *frame, __u32 size, struct trial *out);

/*
 * The events, as one process reads them: see struct fmx_event. While it does,
 * the policy's lock is free. It has to call kern_events_read() once a second,
 * and when the descriptor can be read from.
 */
struct events;

/*
 * Begins to read, what is told from now on; with `all`, every SYN and answer.
 * -ENOENT without a word where nothing is loaded; -EBUSY, said, where another
 * process reads.
 */
int kern_events_open(struct events **out, bool all);
int kern_events_fd(const struct events *e);

/*
 * Hands over what was told, and stops where `each` returns other than 0, with
 * that. -ENODEV, said: the policy is unloaded, there is no more to come.
 */
int kern_events_read(struct events *e,
		     int (*each)(const struct fmx_event *event, void *arg),
		     void *arg);

/*
 * How many were suppressed since it was last asked. It may be 0 where a change
 * is going on: they are then counted the next time.
 */
__u64 kern_events_suppressed(struct events *e);

/* Nothing is told any more; what was can still be read. */
void kern_events_stop(struct events *e);
void kern_events_close(struct events *e);

/* With `on`, libbpf's own messages go to standard error. */
void kern_verbose(bool on);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* The counters and the senders as time goes on: what top shows. */
#ifndef WATCH_H
#define WATCH_H

#include "counters.h"
#include "population.h"

/* What had been counted at a moment, and by whom. */
struct mark {
	__u64 at; /* ns of a clock that is never set */
	struct iface_counters *ifaces;
	size_t count;
	struct sender_attempts *attempts; /* by their keys; or NULL */
	size_t sender_count;
};

/* Begins as { 0 }. */
struct watch {
	struct mark now, before; /* their difference is the rates */
	/*
	 * What has come "lately" has come after `since`. That is five to ten
	 * minutes ago, then `next` takes its place.
	 */
	struct mark since, next;
	__s64 wall; /* of `now`: ms since the epoch */
	struct settings settings;
	struct ledger_size ledger;
	struct population senders;
	__s64 senders_at; /* when they were read; as `wall` */
};

#define WATCH_WINDOW_NS (300 * 1000000000ULL)

/*
 * Takes over what was read at this moment, by both clocks; the first time with
 * the senders, later where they were read too. 0, or -ENOMEM, said.
 */
int watch_add(struct watch *w, struct snapshot *taken, __u64 at, __s64 wall);
void watch_clear(struct watch *w);

/* Packets of one interface, or of one reason. */
struct flow {
	char name[COUNTER_NAME_SIZE];
	double packets, bits; /* a second; below 0: not known yet */
	__u64 lately, total;  /* packets */
};

/* A sender of the list. */
struct visitor {
	struct prefix addr;
	enum class class;
	__u64 lately, total; /* attempts */
	__s64 ago;	     /* ms since he was last seen */
};

enum visitor_order {
	VISITORS_BUSIEST, /* by attempts lately */
	VISITORS_LATEST,
};

#define VIEW_IFACES 64
#define VIEW_REASONS (2 * FMX_REASON_COUNT)
#define VIEW_VISITORS 128

/* What is to be shown, in the order in which it is. */
struct view {
	__s64 wall;	   /* ms since the epoch */
	__s64 lately;	   /* ms since `lately` began */
	__s64 senders_age; /* ms since they were read */
	bool shadow;
	bool flood;
	bool paused; /* for the caller to set */
	__u32 newcomers;
	struct ledger_size ledger;
	size_t by_class[CLASS_COUNT];
	enum visitor_order order;
	size_t iface_count;  /* there may be more than are in `ifaces` */
	size_t reason_count; /* those that were ever met */
	size_t visitor_count;
	struct flow ifaces[VIEW_IFACES];
	struct flow reasons[VIEW_REASONS];
	struct visitor visitors[VIEW_VISITORS];
};

void watch_view(const struct watch *w, enum visitor_order order,
		struct view *out);

#endif

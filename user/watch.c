// SPDX-License-Identifier: GPL-2.0-only
#include "watch.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"

/* What is kept of a sender, to see later what has come of him since. */
struct sender_attempts {
	__u64 key;
	__u64 attempts;
};

/* Who he is, in the order of sender_compare(). */
static __u64 sender_key(const struct sender *s)
{
	__be64 id;

	memcpy(&id, s->addr.addr, sizeof(id));
	if (s->addr.family == FMX_IPV4)
		return (__u64)FMX_SENDER_IPV4 << 32 | be64toh(id) >> 32;
	return be64toh(id);
}

static void mark_clear(struct mark *mark)
{
	free(mark->ifaces);
	free(mark->attempts);
	*mark = (struct mark){ 0 };
}

/* All that is known now. 0 or -ENOMEM. */
static int mark_make(const struct watch *w, struct mark *out)
{
	const struct mark *now = &w->now;
	size_t i;

	*out = (struct mark){ .at = now->at, .count = now->count };
	out->ifaces = malloc((now->count + 1) * sizeof(*out->ifaces));
	out->attempts = malloc((w->senders.count + 1) * sizeof(*out->attempts));
	if (!out->ifaces || !out->attempts) {
		mark_clear(out);
		return -ENOMEM;
	}
	memcpy(out->ifaces, now->ifaces, now->count * sizeof(*out->ifaces));
	out->sender_count = w->senders.count;
	for (i = 0; i < out->sender_count; i++) {
		const struct sender *s = &w->senders.senders[i];

		out->attempts[i] =
			(struct sender_attempts){ sender_key(s),
						  sender_attempts(s) };
	}
	return 0;
}

static int move_window(struct watch *w)
{
	struct mark mark;
	int err;

	if (w->next.ifaces && w->now.at - w->next.at < WATCH_WINDOW_NS)
		return 0;
	err = mark_make(w, &mark);
	if (!err && !w->next.ifaces)
		err = mark_make(w, &w->next);
	if (err) {
		mark_clear(&mark);
		say("out of memory");
		return err;
	}
	mark_clear(&w->since);
	w->since = w->next;
	w->next = mark;
	return 0;
}

static int take_senders(struct watch *w, struct snapshot *taken)
{
	struct population senders;
	int err;

	err = population_make(ledger_senders(&taken->senders),
			      taken->senders.count, &taken->policy,
			      taken->senders.wall, &senders);
	if (err)
		return err;
	population_free(&w->senders);
	w->senders = senders;
	w->senders_at = taken->senders.wall;
	w->ledger = taken->ledger;
	return move_window(w);
}

int watch_add(struct watch *w, struct snapshot *taken, __u64 at, __s64 wall)
{
	int err = 0;

	mark_clear(&w->before);
	w->before = w->now;
	w->now = (struct mark){ .at = at,
				.ifaces = taken->ifaces,
				.count = taken->count };
	taken->ifaces = NULL;
	w->wall = wall;
	w->settings = taken->policy.settings;
	if (taken->senders.wall)
		err = take_senders(w, taken);
	snapshot_free(taken);
	return err;
}

void watch_clear(struct watch *w)
{
	mark_clear(&w->now);
	mark_clear(&w->before);
	mark_clear(&w->since);
	mark_clear(&w->next);
	population_free(&w->senders);
	*w = (struct watch){ 0 };
}

/* An interface that was not loaded then had counted nothing. */
static const struct tally *tally_at(const struct mark *mark, const char *name)
{
	static const struct tally nothing;
	size_t i;

	for (i = 0; i < mark->count; i++)
		if (!strcmp(mark->ifaces[i].attachment.name, name))
			return &mark->ifaces[i].tally;
	return &nothing;
}

/* One that was unloaded in the meantime has begun at 0 again. */
static __u64 growth(__u64 now, __u64 then)
{
	return now >= then ? now - then : now;
}

static void add_counter(struct flow *flow, const struct fmx_counter *now,
			const struct fmx_counter *before,
			const struct fmx_counter *since)
{
	flow->total += now->packets;
	flow->lately += growth(now->packets, since->packets);
	flow->packets += growth(now->packets, before->packets);
	flow->bits += 8.0 * growth(now->bytes, before->bytes);
}

/* Until then, the rates are what has come since the reading before. */
static void end_flow(struct flow *flow, const struct watch *w)
{
	double seconds = (w->now.at - w->before.at) / 1e9;
	bool known = w->before.ifaces && seconds > 0;

	flow->packets = known ? flow->packets / seconds : -1;
	flow->bits = known ? flow->bits / seconds : -1;
}

/* The reason's own, whatever the family. */
static struct flow *reason_flow(struct view *view, const char *reason)
{
	struct flow *flow;
	size_t i;

	for (i = 0; i < view->reason_count; i++)
		if (!strcmp(view->reasons[i].name, reason))
			return &view->reasons[i];
	flow = &view->reasons[view->reason_count++];
	strcpy(flow->name, reason);
	return flow;
}

static void add_iface(const struct watch *w, const struct iface_counters *iface,
		      struct view *view, struct flow *flow)
{
	const char *name = iface->attachment.name;
	const struct tally *now = &iface->tally;
	const struct tally *before = tally_at(&w->before, name);
	const struct tally *since = tally_at(&w->since, name);
	struct counter_id id;
	unsigned int step;

	snprintf(flow->name, sizeof(flow->name), "%s %s", name,
		 iface->attachment.ifindex ? attachment_mode(&iface->attachment)
					   : "gone");
	for (step = 0; counter_next(&step, &id);) {
		const unsigned int i = id.index;

		add_counter(flow, &now->counters[i], &before->counters[i],
			    &since->counters[i]);
		if (now->counters[i].packets)
			add_counter(reason_flow(view, id.reason),
				    &now->counters[i], &before->counters[i],
				    &since->counters[i]);
	}
	end_flow(flow, w);
}

/* The most frequent first: the order is one that seldom changes. */
static int compare_flows(const void *a, const void *b)
{
	const struct flow *x = a, *y = b;

	if (x->total != y->total)
		return x->total > y->total ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void view_flows(const struct watch *w, struct view *view)
{
	struct flow rest;
	size_t i;

	for (i = 0; i < w->now.count; i++) {
		const struct iface_counters *iface = &w->now.ifaces[i];

		rest = (struct flow){ 0 };
		add_iface(w, iface, view,
			  i < VIEW_IFACES ? &view->ifaces[i] : &rest);
		view->newcomers += iface->tally.newcomers;
		view->flood |= iface->tally.flood;
	}
	view->iface_count = w->now.count;
	for (i = 0; i < view->reason_count; i++)
		end_flow(&view->reasons[i], w);
	qsort(view->reasons, view->reason_count, sizeof(*view->reasons),
	      compare_flows);
}

/* Whether one is to stand above another. */
static bool stands_above(enum visitor_order order, const struct visitor *a,
			 const struct visitor *b)
{
	if (order == VISITORS_BUSIEST && a->lately != b->lately)
		return a->lately > b->lately;
	if (order == VISITORS_BUSIEST && a->total != b->total)
		return a->total > b->total;
	if (a->ago != b->ago)
		return a->ago < b->ago;
	return prefix_compare(&a->addr, &b->addr) < 0;
}

/* Into its place, if it has one. */
static void place(struct view *view, const struct visitor *visitor)
{
	struct visitor *list = view->visitors;
	size_t i = view->visitor_count;

	if (i == VIEW_VISITORS &&
	    !stands_above(view->order, visitor, &list[i - 1]))
		return;
	if (i < VIEW_VISITORS)
		view->visitor_count++;
	else
		i--;
	for (; i && stands_above(view->order, visitor, &list[i - 1]); i--)
		list[i] = list[i - 1];
	list[i] = *visitor;
}

/* Ticks of the ledger may be a second ahead of the clock. */
static __s64 age(__s64 now, __s64 then)
{
	return now > then ? now - then : 0;
}

/* Those of the population and of the mark are in one order. */
static void view_visitors(const struct watch *w, struct view *view)
{
	const struct sender_attempts *known = w->since.attempts;
	const struct sender_attempts *end = known + w->since.sender_count;
	size_t i;

	for (i = 0; i < w->senders.count; i++) {
		const struct sender *s = &w->senders.senders[i];
		__u64 key = sender_key(s), then = 0;
		struct visitor visitor = {
			.addr = s->addr,
			.class = w->senders.classes[i].class,
			.total = sender_attempts(s),
			.ago = age(w->wall, sender_last_seen(s)),
		};

		while (known < end && known->key < key)
			known++;
		if (known < end && known->key == key)
			then = known->attempts;
		visitor.lately = growth(visitor.total, then);
		place(view, &visitor);
	}
}

void watch_view(const struct watch *w, enum visitor_order order,
		struct view *out)
{
	*out = (struct view){
		.wall = w->wall,
		.lately = (w->now.at - w->since.at) / 1000000,
		.senders_age = age(w->wall, w->senders_at),
		.shadow = w->settings.shadow,
		.ledger = w->ledger,
		.order = order,
	};
	memcpy(out->by_class, w->senders.by_class, sizeof(out->by_class));
	view_flows(w, out);
	view_visitors(w, out);
}

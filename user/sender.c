// SPDX-License-Identifier: GPL-2.0-only
#include "sender.h"

#include <string.h>

static const char *const names[] = {
#define X(id, name, help) [CLASS_##id] = #name,
	CLASSES(X)
#undef X
};

const char *class_name(enum class class)
{
	return names[class];
}

int class_parse(const char *word, enum class *out, struct fault *fault)
{
	unsigned int i;

	for (i = 0; i < CLASS_COUNT; i++) {
		if (!strcmp(word, names[i])) {
			*out = i;
			return 0;
		}
	}
#define X(id, name, help) " " #name
	return fault_set(fault, "%s: no such class; there are:" CLASSES(X),
			 word);
#undef X
}

__s64 sender_first_seen(const struct sender *s)
{
	__s64 first = 0;
	int role;

	for (role = 0; role < FMX_ROLE_COUNT; role++)
		if (s->first[role] && (!first || s->first[role] < first))
			first = s->first[role];
	return first;
}

__s64 sender_last_seen(const struct sender *s)
{
	__s64 last = 0;
	int role;

	for (role = 0; role < FMX_ROLE_COUNT; role++)
		if (s->last[role] > last)
			last = s->last[role];
	return last;
}

__u64 sender_attempts(const struct sender *s)
{
	__u64 sum = 0;
	int role;

	for (role = 0; role < FMX_ROLE_COUNT; role++)
		sum += s->attempts[role];
	return sum;
}

/* Whether a visit was before another, as far as clocks can tell; or alone. */
static bool is_before(__s64 visit, __s64 other)
{
	return visit && (!other || visit + CLASS_SLACK < other);
}

__s64 sender_pending(const struct sender *s)
{
	__s64 turned_away = s->last[FMX_ROLE_FIRST];

	if (!turned_away || (s->last[FMX_ROLE_REAL] &&
			     !is_before(s->last[FMX_ROLE_REAL], turned_away)))
		return 0;
	return turned_away;
}

/*
 * Since when he waits: the first attempt of one who never came. Of one who has
 * come before, only the last attempt is sure to have been after that.
 */
static __s64 waits_since(const struct sender *s)
{
	return s->first[FMX_ROLE_REAL] ? s->last[FMX_ROLE_FIRST]
				       : s->first[FMX_ROLE_FIRST];
}

/* Of his first retry; of his last, where he was at the real MX before. */
static __s64 retry_delay(const struct sender *s)
{
	__s64 delay = s->first[FMX_ROLE_REAL] - s->first[FMX_ROLE_FIRST];

	if (delay < -CLASS_SLACK)
		delay = s->last[FMX_ROLE_REAL] - s->last[FMX_ROLE_FIRST];
	return delay > 0 ? delay : 0;
}

struct classed sender_class(const struct sender *s,
			    const struct class_context *c)
{
	__s64 pending = sender_pending(s);
	struct classed is = { .delay = -1 };

	if (s->last[FMX_ROLE_FIRST] && !pending) {
		is.class = CLASS_RETRIED;
		is.delay = retry_delay(s);
	} else if (c->allowed && (pending || s->last[FMX_ROLE_LAST])) {
		is.class = CLASS_ALLOWED;
	} else if (is_before(s->first[FMX_ROLE_LAST],
			     s->first[FMX_ROLE_FIRST]) &&
		   is_before(s->first[FMX_ROLE_LAST],
			     s->first[FMX_ROLE_REAL])) {
		is.class = CLASS_BACKWARDS;
	} else if (!pending) {
		is.class = CLASS_DIRECT;
	} else if (c->neighbour) {
		is.class = CLASS_RETRIED;
		is.neighbour = true;
		is.delay = c->neighbour > pending ? c->neighbour - pending : 0;
	} else {
		is.since = waits_since(s);
		is.class = c->now - is.since > c->grace ? CLASS_LOST
							: CLASS_WAITING;
	}
	return is;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "record.h"

#include <endian.h>
#include <string.h>

__u64 record_id(const struct fmx_sender *r)
{
	__u64 id;

	memcpy(&id, r->addr, sizeof(id));
	return be64toh(id);
}

int record_compare(const struct fmx_sender *a, const struct fmx_sender *b)
{
	__u64 x = record_id(a), y = record_id(b);

	return (x > y) - (x < y);
}

__u32 record_last_seen(const struct fmx_sender *r)
{
	__u32 last = 0;
	int role;

	for (role = 0; role < FMX_ROLE_COUNT; role++)
		if (r->last[role] > last)
			last = r->last[role];
	return last;
}

static void merge_role(struct fmx_sender *into, const struct fmx_sender *from,
		       int role)
{
	__u32 sum = into->attempts[role] + from->attempts[role];

	if (!from->first[role])
		return;
	if (into->first[role] == from->first[role])
		sum = into->attempts[role] > from->attempts[role]
			      ? into->attempts[role]
			      : from->attempts[role];
	into->attempts[role] = sum < 0xffff ? sum : 0xffff;
	if (!into->first[role] || from->first[role] < into->first[role])
		into->first[role] = from->first[role];
	if (from->last[role] > into->last[role])
		into->last[role] = from->last[role];
}

void record_merge(struct fmx_sender *into, const struct fmx_sender *from)
{
	bool newer = record_last_seen(from) > record_last_seen(into);
	__u8 flags = (into->scale | from->scale) & ~FMX_NO_SCALE;
	unsigned int attempts = 0;
	int role;

	for (role = 0; role < FMX_ROLE_COUNT; role++) {
		merge_role(into, from, role);
		attempts += into->attempts[role];
	}
	if (attempts > 1)
		flags |= FMX_SEEN_AGAIN;
	into->verdict = 0;
	into->scale |= flags;
	if (!newer)
		return;
	memcpy(into->addr, from->addr, sizeof(into->addr));
	if (!from->ttl) /* he came by a cookie: no SYN is known */
		return;
	into->window = from->window;
	into->mss = from->mss;
	into->ttl = from->ttl;
	into->scale = from->scale | flags;
	into->options = from->options;
}

static void shift_time(__u32 *time, __s32 ticks, __u32 latest)
{
	if (!*time)
		return;
	*time += ticks;
	if (*time > latest)
		*time = latest;
}

void record_shift(struct fmx_sender *r, __s32 ticks, __u32 latest)
{
	int role;

	for (role = 0; role < FMX_ROLE_COUNT; role++) {
		shift_time(&r->first[role], ticks, latest);
		shift_time(&r->last[role], ticks, latest);
	}
}

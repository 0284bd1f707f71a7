// SPDX-License-Identifier: GPL-2.0-only
#include "ledger.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <zlib.h>

#include "bulk.h"
#include "file.h"
#include "out.h"
#include "record.h"
#include "when.h"

/* A tick is 2^30 ns. */
#define TICK_NS (1LL << FMX_TICK_SHIFT)

void ledger_clock(__s64 *wall, __u32 *tick)
{
	__s64 ns = clock_ns(CLOCK_MONOTONIC);

	*wall = when_now() - ns % TICK_NS / 1000000;
	*tick = fmx_tick(ns);
}

/* Records are sorted by these, of which a cache holds four times as many. */
struct place {
	__u64 id;
	size_t index;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int sort_records(struct ledger *l)
{
	struct place *places = bulk_alloc(l->count, sizeof(*places));
	struct fmx_sender *sorted = bulk_alloc(l->count, sizeof(*sorted));
	size_t i;

	if (!places || !sorted) {
		free(places);
		free(sorted);
		return -ENOMEM;
	}
	for (i = 0; i < l->count; i++)
		places[i] = (struct place){ record_id(&l->records[i]), i };
	qsort(places, l->count, sizeof(*places), compare_places);
	for (i = 0; i < l->count; i++) {
		if (i + BULK_AHEAD < l->count)
			bulk_ask(&l->records[places[i + BULK_AHEAD].index],
				 sizeof(*sorted));
		sorted[i] = l->records[places[i].index];
		/* It holds for this host and this run of it. */
		sorted[i].verdict = 0;
	}
	free(places);
	free(l->records);
	l->records = sorted;
	return 0;
}

int ledger_read_running(struct kern *k, struct ledger *out)
{
	int err;

	*out = (struct ledger){ 0 };
	ledger_clock(&out->wall, &out->tick);
	err = kern_ledger_read(k, &out->records, &out->count);
	if (err)
		return err;
	err = sort_records(out);
	if (err)
		say("cannot read the ledger: %s", strerror(-err));
	return err;
}

void ledger_free(struct ledger *ledger)
{
	free(ledger->records);
	*ledger = (struct ledger){ 0 };
}

struct header {
	char magic[16];
	__u32 version; /* also tells the byte order */
	__u32 record_size;
	__u64 count;
	__s64 wall;
	__u32 tick;
	__u32 sum; /* CRC-32 of the header with 0 here, and of the records */
};

static const char magic[16] = "xdp-fakemx led\n";
#define FILE_VERSION 2U

static __u32 checksum(const struct header *header,
		      const struct fmx_sender *records)
{
	struct header plain = *header;
	uLong sum;

	plain.sum = 0;
	sum = crc32_z(0, (const Bytef *)&plain, sizeof(plain));
	return crc32_z(sum, (const Bytef *)records,
		       header->count * sizeof(*records));
}

static int write_ledger(FILE *file, const void *arg)
{
	const struct ledger *ledger = arg;
	struct header header = {
		.version = FILE_VERSION,
		.record_size = sizeof(*ledger->records),
		.count = ledger->count,
		.wall = ledger->wall,
		.tick = ledger->tick,
	};

	memcpy(header.magic, magic, sizeof(magic));
	header.sum = checksum(&header, ledger->records);
	fwrite(&header, sizeof(header), 1, file);
	fwrite(ledger->records, sizeof(*ledger->records), ledger->count, file);
	return 0;
}

int ledger_write_file(const char *path, const struct ledger *ledger)
{
	return file_replace(path, 0600, write_ledger, ledger);
}

static int check_header(const char *path, const struct header *h,
			struct fault *fault)
{
	if (memcmp(h->magic, magic, sizeof(magic)))
		return fault_set(fault, "%s: not a ledger of " TOOL, path);
	if (h->version != FILE_VERSION) {
		fault_set(fault,
			  "%s: a ledger of another version of " TOOL
			  ", or of a host with another byte order",
			  path);
		return -EPROTO;
	}
	if (h->record_size != sizeof(struct fmx_sender) ||
	    h->count > FMX_LEDGER_MAX || h->wall < 0 || h->wall >= WHEN_LAST)
		return fault_set(fault, "%s: damaged", path);
	return 0;
}

/* Whatever is not this program's may be anything: all is looked at. */
static int check_records(const char *path, const struct ledger *l,
			 struct fault *fault)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (record_is_free(&l->records[i]) ||
		    (i &&
		     record_compare(&l->records[i - 1], &l->records[i]) >= 0))
			return fault_set(fault, "%s: damaged", path);
	return 0;
}

/* Less than there should be: of the disk, or of the file. */
static int too_short(FILE *file, const char *path, const char *what,
		     struct fault *fault)
{
	if (ferror(file))
		return errno ? -errno : -EIO;
	return fault_set(fault, "%s: %s", path, what);
}

static int read_records(const char *path, FILE *file, struct ledger *out,
			struct fault *fault)
{
	struct header header;
	int err;

	if (fread(&header, sizeof(header), 1, file) != 1)
		return too_short(file, path, "not a ledger of " TOOL, fault);
	err = check_header(path, &header, fault);
	if (err)
		return err;
	*out = (struct ledger){ .count = header.count,
				.wall = header.wall,
				.tick = header.tick };
	out->records = bulk_alloc(header.count, sizeof(*out->records));
	if (!out->records)
		return -ENOMEM;
	if (fread(out->records, sizeof(*out->records), header.count, file) !=
	    header.count)
		return too_short(file, path, "cut short", fault);
	if (fgetc(file) != EOF || checksum(&header, out->records) != header.sum)
		return fault_set(fault, "%s: damaged", path);
	return check_records(path, out, fault);
}

int ledger_read_file(const char *path, struct ledger *out, struct fault *fault)
{
	FILE *file = fopen(path, "re");
	int err;

	*out = (struct ledger){ 0 };
	if (!file) {
		err = -errno;
		fault_set(fault, "%s: %s", path, strerror(-err));
		return err;
	}
	errno = 0;
	err = read_records(path, file, out, fault);
	if (err && err != -EINVAL && err != -EPROTO)
		fault_set(fault, "%s: %s", path, strerror(-err));
	fclose(file);
	if (err)
		ledger_free(out);
	return err;
}

void ledger_rebase(struct ledger *l, __s64 wall, __u32 tick)
{
	__s64 ns = (wall - l->wall) * 1000000;
	__s64 passed = (ns + (ns < 0 ? -TICK_NS : TICK_NS) / 2) / TICK_NS;
	size_t i;

	for (i = 0; i < l->count; i++)
		record_shift(&l->records[i],
			     (__s32)(tick - l->tick - (__u32)passed), tick);
	l->wall = wall;
	l->tick = tick;
}

int ledger_merge(struct ledger *into, struct ledger *other)
{
	struct fmx_sender *all =
		bulk_alloc(into->count + other->count, sizeof(*all));
	size_t a = 0, b = 0, count = 0;

	if (!all)
		return -ENOMEM;
	ledger_rebase(other, into->wall, into->tick);
	while (a < into->count && b < other->count) {
		int order =
			record_compare(&into->records[a], &other->records[b]);

		all[count] =
			order <= 0 ? into->records[a++] : other->records[b++];
		if (!order)
			record_merge(&all[count], &other->records[b++]);
		count++;
	}
	while (a < into->count)
		all[count++] = into->records[a++];
	while (b < other->count)
		all[count++] = other->records[b++];
	free(into->records);
	into->records = all;
	into->count = count;
	return 0;
}

static __s64 tick_to_wall(const struct ledger *l, __u32 tick)
{
	return l->wall + (__s32)(tick - l->tick) * (TICK_NS / 1000) / 1000;
}

static void convert(const struct ledger *l, const struct fmx_sender *r,
		    struct sender *s)
{
	bool ipv4;
	int role;

	memset(s, 0, sizeof(*s));
	ipv4 = r->addr[0] == htobe32(FMX_SENDER_IPV4);
	s->addr.family = ipv4 ? FMX_IPV4 : FMX_IPV6;
	s->addr.len = addr_bits(&s->addr);
	if (ipv4)
		memcpy(s->addr.addr, &r->addr[1], 4);
	else
		memcpy(s->addr.addr, r->addr, sizeof(s->addr.addr));
	s->again = r->scale & FMX_SEEN_AGAIN;
	s->verified = r->scale & FMX_VERIFIED;
	for (role = 0; role < FMX_ROLE_COUNT; role++) {
		if (!r->first[role])
			continue;
		s->first[role] = tick_to_wall(l, r->first[role]);
		s->last[role] = tick_to_wall(l, r->last[role]);
		s->attempts[role] = r->attempts[role];
	}
	s->window = r->window;
	s->mss = r->mss;
	s->ttl = r->ttl;
	s->scale = r->scale & FMX_NO_SCALE;
	s->options = r->options;
}

struct sender *ledger_senders(const struct ledger *ledger)
{
	struct sender *list = bulk_alloc(ledger->count, sizeof(*list));
	size_t i;

	for (i = 0; list && i < ledger->count; i++)
		convert(ledger, &ledger->records[i], &list[i]);
	return list;
}

// SPDX-License-Identifier: GPL-2.0-only
/* The counters' part of kern.h: summed over the CPUs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "kern.h"
#include "kern_pin.h"
#include "out.h"

static const struct map_shape tally_shape = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY,
	.name = "tally",
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct fmx_tally),
};

/* One value holds all: they are read, and begin anew, at one moment. */
struct bases {
	__u64 answered[FMX_MAX_DECOYS];
};

const struct map_shape bases_shape = {
	.type = BPF_MAP_TYPE_ARRAY,
	.name = "fmx_bases",
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct bases),
	.max_entries = 1,
};

static const __u32 slot_zero;

/*
 * What is in a map of an interface, or of each CPU in it: allocated, for the
 * caller to free. NULL, said, where it cannot be had.
 */
static void *read_map(const char *ifname, const char *pin,
		      const struct map_shape *shape, int values)
{
	int fd = iface_map_open(ifname, pin, shape, MAP_READ);
	void *memory;

	if (fd < 0)
		return NULL;
	memory = calloc(values, shape->value_size);
	if (!memory || bpf_map_lookup_elem(fd, &slot_zero, memory)) {
		say("cannot read counters: %s", strerror(errno));
		free(memory);
		memory = NULL;
	}
	close_fd(&fd);
	return memory;
}

/* In the last tick that is over, or in this one where it has more. */
static __u32 lately(const struct fmx_newcomers *n, __u32 now)
{
	if (now - n->tick > 1)
		return 0;
	return now == n->tick && n->before > n->now ? n->before : n->now;
}

static void add_cpu(struct tally *to, const struct fmx_tally *from, __u32 now)
{
	size_t i;

	for (i = 0; i < FMX_COUNTER_COUNT; i++) {
		to->counters[i].packets += from->counters[i].packets;
		to->counters[i].bytes += from->counters[i].bytes;
	}
	for (i = 0; i < FMX_MAX_DECOYS; i++)
		to->answered[i] += from->answered[i];
	for (i = 0; i < FMX_RETRY_BUCKETS; i++)
		to->retries.count[i] += from->retries.count[i];
	to->retries.ticks += from->retries.ticks;
	to->displaced += from->newcomers.displaced;
	to->unrecorded += from->newcomers.unrecorded;
	to->suppressed += from->events.suppressed;
	to->newcomers += lately(&from->newcomers, now);
	to->flood |= lately(&from->newcomers, now) > FMX_FLOOD;
}

/* Everything that was ever counted. */
static int read_tally(const char *name, struct tally *out)
{
	int cpus = libbpf_num_possible_cpus(), i;
	struct fmx_tally *each;

	memset(out, 0, sizeof(*out));
	if (cpus < 0) {
		say("cannot read counters: %s", strerror(-cpus));
		return cpus;
	}
	each = read_map(name, "tally", &tally_shape, cpus);
	if (!each)
		return -EUCLEAN;
	for (i = 0; i < cpus; i++)
		add_cpu(out, &each[i], kern_tick());
	free(each);
	return 0;
}

int kern_tally(const char *name, struct tally *out)
{
	struct bases *bases;
	size_t i;
	int err = read_tally(name, out);

	if (err)
		return err;
	bases = read_map(name, "bases", &bases_shape, 1);
	if (!bases)
		return -EUCLEAN;
	for (i = 0; i < FMX_MAX_DECOYS; i++)
		out->answered[i] -= bases->answered[i];
	free(bases);
	return 0;
}

/* What a program counts is its own: so what it has is noted, and subtracted. */
static int reset_slot(const char *name, unsigned int slot)
{
	struct bases *bases = read_map(name, "bases", &bases_shape, 1);
	int fd = -1, err = bases ? 0 : -EUCLEAN;
	struct tally all;

	if (!err)
		err = read_tally(name, &all);
	if (!err) {
		fd = iface_map_open(name, "bases", &bases_shape, MAP_WRITE);
		err = fd < 0 ? fd : 0;
	}
	if (!err) {
		bases->answered[slot] = all.answered[slot];
		if (bpf_map_update_elem(fd, &slot_zero, bases, BPF_ANY))
			err = -errno;
	}
	close_fd(&fd);
	free(bases);
	return err;
}

int kern_answered_reset(unsigned int slot)
{
	struct attachment *list = NULL;
	size_t count = 0, i;
	int err;

	err = kern_attachments(&list, &count);
	for (i = 0; !err && i < count; i++)
		err = reset_slot(list[i].name, slot);
	free(list);
	return err;
}

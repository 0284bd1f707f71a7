// SPDX-License-Identifier: GPL-2.0-only
/* The counters' part of kern.h: summed over the CPUs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "kern.h"
#include "kern_pin.h"
#include "out.h"

static const struct map_shape counters_shape = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY,
	.name = "counters",
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct fmx_counter),
};

static const struct map_shape answered_shape = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY,
	.name = "answered",
	.key_size = sizeof(__u32),
	.value_size = sizeof(__u64),
};

/*
 * Room for one value of each CPU, as the kernel writes them; the caller frees
 * it. NULL, said, where there is none.
 */
static void *per_cpu(size_t size, int *cpus)
{
	void *values = NULL;

	*cpus = libbpf_num_possible_cpus();
	if (*cpus > 0)
		values = calloc(*cpus, size);
	if (!values)
		say("cannot read counters: %s",
		    strerror(*cpus > 0 ? ENOMEM : -*cpus));
	return values;
}

static int read_value(int fd, __u32 key, void *values)
{
	int err;

	if (!bpf_map_lookup_elem(fd, &key, values))
		return 0;
	err = -errno;
	say("cannot read counters: %s", strerror(-err));
	return err;
}

int kern_counters(const char *name,
		  struct fmx_counter counters[FMX_COUNTER_COUNT])
{
	int fd = iface_map_open(name, "counters", &counters_shape);
	int cpus = 0, err = -ENOMEM, cpu;
	struct fmx_counter *values;
	__u32 i;

	if (fd < 0)
		return fd;
	values = per_cpu(sizeof(*values), &cpus);
	if (values)
		err = 0;
	memset(counters, 0, sizeof(*counters) * FMX_COUNTER_COUNT);
	for (i = 0; !err && i < FMX_COUNTER_COUNT; i++) {
		err = read_value(fd, i, values);
		for (cpu = 0; !err && cpu < cpus; cpu++) {
			counters[i].packets += values[cpu].packets;
			counters[i].bytes += values[cpu].bytes;
		}
	}
	free(values);
	close_fd(&fd);
	return err;
}

int kern_answered(const char *name, __u64 answered[FMX_MAX_DECOYS])
{
	int fd = iface_map_open(name, "answered", &answered_shape);
	int cpus = 0, err = -ENOMEM, cpu;
	__u64 *values;
	__u32 i;

	if (fd < 0)
		return fd;
	values = per_cpu(sizeof(*values), &cpus);
	if (values)
		err = 0;
	memset(answered, 0, sizeof(*answered) * FMX_MAX_DECOYS);
	for (i = 0; !err && i < FMX_MAX_DECOYS; i++) {
		err = read_value(fd, i, values);
		for (cpu = 0; !err && cpu < cpus; cpu++)
			answered[i] += values[cpu];
	}
	free(values);
	close_fd(&fd);
	return err;
}

int kern_answered_reset(unsigned int slot)
{
	struct attachment *list = NULL;
	size_t count = 0, i;
	int cpus, fd, err;
	__u64 *zero;

	err = kern_attachments(&list, &count);
	zero = err || !count ? NULL : per_cpu(sizeof(*zero), &cpus);
	if (!err && count && !zero)
		err = -ENOMEM;
	for (i = 0; !err && i < count; i++) {
		fd = iface_map_open(list[i].name, "answered", &answered_shape);
		if (fd < 0)
			err = fd;
		else if (bpf_map_update_elem(fd, &slot, zero, BPF_ANY))
			err = -errno;
		close_fd(&fd);
	}
	free(zero);
	free(list);
	return err;
}

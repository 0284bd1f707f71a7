// SPDX-License-Identifier: GPL-2.0-only
/* The counters' part of kern.h: summed over the CPUs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "kern.h"
#include "kern_pin.h"

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

int kern_counters(const char *name,
		  struct fmx_counter counters[FMX_COUNTER_COUNT])
{
	int cpus = libbpf_num_possible_cpus(), fd, cpu;
	struct fmx_counter of_cpu[cpus > 0 ? cpus : 1];
	__u32 i;

	memset(counters, 0, sizeof(*counters) * FMX_COUNTER_COUNT);
	fd = iface_map_open(name, "counters", &counters_shape);
	if (fd < 0)
		return fd;
	for (i = 0; i < FMX_COUNTER_COUNT; i++) {
		if (bpf_map_lookup_elem(fd, &i, of_cpu))
			continue;
		for (cpu = 0; cpu < cpus; cpu++) {
			counters[i].packets += of_cpu[cpu].packets;
			counters[i].bytes += of_cpu[cpu].bytes;
		}
	}
	close_fd(&fd);
	return 0;
}

int kern_answered(const char *name, __u64 answered[FMX_MAX_DECOYS])
{
	int cpus = libbpf_num_possible_cpus(), fd, cpu;
	__u64 of_cpu[cpus > 0 ? cpus : 1];
	__u32 i;

	memset(answered, 0, sizeof(*answered) * FMX_MAX_DECOYS);
	fd = iface_map_open(name, "answered", &answered_shape);
	if (fd < 0)
		return fd;
	for (i = 0; i < FMX_MAX_DECOYS; i++) {
		if (bpf_map_lookup_elem(fd, &i, of_cpu))
			continue;
		for (cpu = 0; cpu < cpus; cpu++)
			answered[i] += of_cpu[cpu];
	}
	close_fd(&fd);
	return 0;
}

int kern_answered_reset(unsigned int slot)
{
	int cpus = libbpf_num_possible_cpus(), fd, err;
	__u64 zero[cpus > 0 ? cpus : 1];
	struct attachment *list;
	size_t count, i;

	memset(zero, 0, sizeof(zero));
	err = kern_attachments(&list, &count);
	for (i = 0; !err && i < count; i++) {
		fd = iface_map_open(list[i].name, "answered", &answered_shape);
		if (fd < 0)
			err = fd;
		else if (bpf_map_update_elem(fd, &slot, zero, BPF_ANY))
			err = -errno;
		close_fd(&fd);
	}
	free(list);
	return err;
}

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

/* Both kinds of value are counts, so that one loop sums them word by word. */
static int sum_over_cpus(const char *ifname, const char *pin,
			 const struct map_shape *shape, __u32 keys, __u64 *sums)
{
	size_t words = shape->value_size / sizeof(*sums), i;
	int fd = iface_map_open(ifname, pin, shape);
	int cpus = 0, err = 0;
	__u64 *values;
	__u32 key;

	if (fd < 0)
		return fd;
	memset(sums, 0, keys * shape->value_size);
	values = per_cpu(shape->value_size, &cpus);
	if (!values)
		err = -ENOMEM;
	for (key = 0; !err && key < keys; key++) {
		if (bpf_map_lookup_elem(fd, &key, values)) {
			err = -errno;
			say("cannot read counters: %s", strerror(-err));
			break;
		}
		for (i = 0; i < cpus * words; i++)
			sums[key * words + i % words] += values[i];
	}
	free(values);
	close_fd(&fd);
	return err;
}

int kern_counters(const char *name,
		  struct fmx_counter counters[FMX_COUNTER_COUNT])
{
	return sum_over_cpus(name, "counters", &counters_shape,
			     FMX_COUNTER_COUNT, (__u64 *)counters);
}

int kern_answered(const char *name, __u64 answered[FMX_MAX_DECOYS])
{
	return sum_over_cpus(name, "answered", &answered_shape, FMX_MAX_DECOYS,
			     answered);
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

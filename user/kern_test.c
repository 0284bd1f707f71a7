// SPDX-License-Identifier: GPL-2.0-only
/* The program asked about a frame: the part of kern.h that no packet sees. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "kern.h"
#include "fakemx.skel.h" /* has what kern.h has */
#include "kern_pin.h"
#include "out.h"

static const __u32 slot_zero;

/* With the policy that is in force, but counters and a ledger of its own. */
static int program_beside(struct kern *k, struct fakemx_bpf **out)
{
	const __u32 sets = FMX_LEDGER_MIN / FMX_LEDGER_WAYS;
	struct fakemx_bpf *skel = fakemx_bpf__open();
	int err;

	*out = skel;
	if (!skel)
		return -errno;
	skel->rodata->ledger_sets = sets;
	/* Nobody reads events of it. */
	err = bpf_map__set_max_entries(skel->maps.events, getpagesize());
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.ledger, sets);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.fronts, sets);
	if (!err)
		err = bpf_map__reuse_fd(skel->maps.data_state, k->state_fd);
	if (!err)
		err = bpf_map__reuse_fd(skel->maps.policy, k->policy_fd);
	if (!err)
		err = bpf_map__reuse_fd(skel->maps.blocks, k->blocks_fd);
	return err ? err : fakemx_bpf__load(skel);
}

/* The one counter that the frame was counted in. */
static int read_reason(struct fakemx_bpf *skel, struct trial *out)
{
	int cpus = libbpf_num_possible_cpus(), cpu;
	struct fmx_tally *each;
	__u32 index;
	int err = 0;

	if (cpus < 0)
		return cpus;
	each = calloc(cpus, sizeof(*each));
	if (!each)
		return -ENOMEM;
	if (bpf_map_lookup_elem(bpf_map__fd(skel->maps.tally), &slot_zero,
				each))
		err = -errno;
	out->reason = FMX_REASON_NONE;
	for (cpu = 0; !err && cpu < cpus; cpu++) {
		for (index = 0; index < FMX_COUNTER_COUNT; index++) {
			if (!each[cpu].counters[index].packets)
				continue;
			out->reason = index % FMX_REASON_COUNT;
			out->shadow = index >= FMX_COUNTER_COUNT / 2;
		}
	}
	free(each);
	return err;
}

static int run(struct fakemx_bpf *skel, const void *frame, __u32 size,
	       __u32 *action)
{
	char answer[512]; /* no answer is longer than what it is to */
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = size, .data_out = answer,
		    .data_size_out = sizeof(answer), .repeat = 1);

	if (bpf_prog_test_run_opts(bpf_program__fd(skel->progs.fakemx), &opts))
		return -errno;
	*action = opts.retval;
	return 0;
}

int kern_try(struct kern *k, const void *frame, __u32 size, struct trial *out)
{
	struct fakemx_bpf *skel = NULL;
	__u32 action = 0;
	int err;

	*out = (struct trial){ 0 };
	err = program_beside(k, &skel);
	if (!err)
		err = run(skel, frame, size, &action);
	if (!err)
		err = read_reason(skel, out);
	if (err)
		say("cannot ask the program: %s", strerror(-err));
	out->verdict = action == XDP_TX	    ? FMX_ANSWER
		       : action == XDP_DROP ? FMX_DROP
					    : FMX_PASS;
	fakemx_bpf__destroy(skel);
	return err;
}

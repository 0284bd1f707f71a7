// SPDX-License-Identifier: GPL-2.0-only
/* What is in force, as whoever changes it has it, and whoever only reads. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kern.h"
#include "kern_pin.h"
#include "out.h"
#include "when.h"

static const __u32 slot_zero;

const struct map_shape state_shape = {
	.type = BPF_MAP_TYPE_ARRAY,
	.name = "fmx_state",
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct fmx_state),
	.max_entries = 1,
	.flags = BPF_F_MMAPABLE,
};

/* Where the clock was set, the program is to know; a little is only drift. */
#define CLOCK_DRIFT 10000000LL /* ns */

static __u64 clock_epoch(void)
{
	return clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
}

/* A reader of the events who was killed has let his lease run out. */
static bool reader_is_gone(const struct fmx_state *state)
{
	return state->reader && fmx_reader_until(state->reader) <= kern_tick();
}

static bool is_tidy(const struct fmx_state *state)
{
	return llabs((__s64)(clock_epoch() - state->epoch)) < CLOCK_DRIFT &&
	       !reader_is_gone(state);
}

/*
 * Tells the program what time it is, since the clock may have been set, and
 * that nobody reads events where the reader is gone.
 */
static void tidy(struct fmx_state *state)
{
	__u64 reader = state->reader;

	state->epoch = clock_epoch();
	if (reader_is_gone(state))
		__atomic_compare_exchange_n(&state->reader, &reader, 0, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static int state_map(int fd, struct fmx_state **state)
{
	void *memory = mmap(NULL, sizeof(**state), PROT_READ | PROT_WRITE,
			    MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		return say_unreadable(-errno);
	*state = memory;
	tidy(*state);
	return 0;
}

int state_live(struct fmx_state **state)
{
	int fd = map_open(PIN_STATE, &state_shape, MAP_WRITE);
	int err = fd < 0 ? fd : state_map(fd, state);

	close_fd(&fd);
	return err;
}

/* The packets' own memory is opened only where it has to be tidied. */
static int state_tidy(void)
{
	struct fmx_state *state;
	int err = state_live(&state);

	if (!err)
		munmap(state, sizeof(*state));
	return err;
}

static int state_copy(struct kern *k)
{
	k->state = malloc(sizeof(*k->state));
	if (!k->state)
		return say_unreadable(-ENOMEM);
	if (bpf_map_lookup_elem(k->state_fd, &slot_zero, k->state))
		return say_unreadable(-errno);
	return is_tidy(k->state) ? 0 : state_tidy();
}

int state_open(struct kern *k)
{
	return k->how == KERN_READ ? state_copy(k)
				   : state_map(k->state_fd, &k->state);
}

void state_close(struct kern *k)
{
	if (k->how == KERN_READ)
		free(k->state);
	else if (k->state)
		munmap(k->state, sizeof(*k->state));
	k->state = NULL;
}

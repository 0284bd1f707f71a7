// SPDX-License-Identifier: GPL-2.0-only
/* The events' part of kern.h: who reads them, and how. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "bpffs.h"
#include "kern.h"
#include "kern_pin.h"
#include "out.h"
#include "when.h"

const struct map_shape events_shape = {
	.type = BPF_MAP_TYPE_RINGBUF,
	.name = "fmx_events",
	.max_entries = FMX_EVENTS_SIZE,
};

struct events {
	int lock_fd; /* of the policy's directory, for as long as it is read */
	struct fmx_state *state;
	struct ring_buffer *ring;
	bool all;
	bool stopped;
	__u64 since; /* what was told before was for another reader */
	__u32 until; /* the tick in which the lease ends */
	__u64 suppressed;
	int (*each)(const struct fmx_event *event, void *arg);
	void *arg;
};

/* A ring has one reader: two would take each other's events. */
static int say_followed(__u64 reader)
{
	__u32 pid = fmx_reader_pid(reader);
	char path[32], name[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	file = fopen(path, "re");
	if (file && fgets(name, sizeof(name), file))
		name[strcspn(name, "\n")] = '\0';
	if (file)
		fclose(file);
	if (!pid)
		say("events: already followed by another process");
	else if (!*name)
		say("events: already followed by process %u", pid);
	else
		say("events: already followed by process %u (%s)", pid, name);
	return -EBUSY;
}

/*
 * A lock of the kernel's, which goes with the process however it ends, and
 * which another process has also where it is stopped, or in a container.
 */
static int take_lock(struct events *e, __u64 reader)
{
	int err;

	e->lock_fd = open(PINS_POLICY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (e->lock_fd >= 0 && !flock(e->lock_fd, LOCK_EX | LOCK_NB))
		return 0;
	err = -errno;
	if (err == -EWOULDBLOCK)
		return say_followed(reader);
	say("%s: %s", PINS_POLICY, strerror(-err));
	return err;
}

static bool is_loaded(const struct events *e)
{
	struct stat held, now;

	return !fstat(e->lock_fd, &held) && !stat(PINS_POLICY, &now) &&
	       held.st_dev == now.st_dev && held.st_ino == now.st_ino;
}

/* Since the first load, of all interfaces; with the policy's lock held. */
static int count_suppressed(__u64 *out)
{
	struct attachment *list = NULL;
	struct tally tally;
	size_t count = 0, i;
	int err;

	*out = 0;
	err = kern_attachments(&list, &count);
	for (i = 0; !err && i < count; i++) {
		err = kern_tally(list[i].name, &tally);
		if (!err)
			*out += tally.suppressed;
	}
	free(list);
	return err;
}

__u64 kern_events_suppressed(struct events *e)
{
	int lock_fd = is_loaded(e) ? pins_try_lock() : -ENOENT;
	__u64 before = e->suppressed, now;

	if (lock_fd < 0)
		return 0;
	if (!count_suppressed(&now))
		e->suppressed = now;
	close_fd(&lock_fd);
	/* With an interface, its count goes. */
	return e->suppressed > before ? e->suppressed - before : 0;
}

/*
 * A reader who has been away for longer than his lease, because he was stopped
 * or what he writes to was, has missed something.
 */
static void renew(struct events *e)
{
	__u32 now = fmx_tick(clock_ns(CLOCK_MONOTONIC));

	if (e->until && e->until <= now)
		say("events: not read for a while; what came meanwhile is missing");
	e->until = now + FMX_READER_LEASE;
	__atomic_store_n(&e->state->reader,
			 fmx_reader(e->until, getpid(), e->all),
			 __ATOMIC_SEQ_CST);
}

static int on_event(void *context, void *data, size_t size)
{
	const struct fmx_event *event = data;
	struct events *e = context;

	if (size < sizeof(*event) || event->time < e->since ||
	    event->reason >= FMX_REASON_COUNT)
		return 0;
	return e->each(event, e->arg);
}

/* A reader tells in the ring how far he has come. */
static int open_ring(struct events *e)
{
	int fd = map_open(PIN_EVENTS, &events_shape, MAP_WRITE), err = 0;

	if (fd < 0)
		return fd;
	e->ring = ring_buffer__new(fd, on_event, e, NULL);
	if (!e->ring) {
		err = -errno;
		say("cannot read the events: %s", strerror(-err));
	}
	close_fd(&fd);
	return err;
}

/* With the policy open: what is needed of it stays when it is closed. */
static int open_stream(struct events *e, const struct kern *k)
{
	int err;

	err = take_lock(e, k->state->reader);
	if (!err)
		err = count_suppressed(&e->suppressed);
	if (err)
		return err;
	err = state_live(&e->state);
	if (!err)
		err = open_ring(e);
	if (err)
		return err;
	e->since = clock_ns(CLOCK_MONOTONIC);
	renew(e);
	return 0;
}

int kern_events_open(struct events **out, bool all)
{
	struct events *e = calloc(1, sizeof(*e));
	struct kern k;
	int err;

	*out = NULL;
	if (!e) {
		say("out of memory");
		return -ENOMEM;
	}
	e->lock_fd = -1;
	e->all = all;
	err = kern_open(&k, KERN_READ);
	if (!err) {
		err = open_stream(e, &k);
		kern_close(&k);
	}
	if (err)
		kern_events_close(e);
	else
		*out = e;
	return err;
}

int kern_events_fd(const struct events *e)
{
	return ring_buffer__epoll_fd(e->ring);
}

int kern_events_read(struct events *e,
		     int (*each)(const struct fmx_event *event, void *arg),
		     void *arg)
{
	bool loaded = is_loaded(e);
	int err;

	if (!e->stopped)
		renew(e);
	e->each = each;
	e->arg = arg;
	err = ring_buffer__consume(e->ring);
	if (err < 0)
		return err;
	if (loaded)
		return 0;
	say("events: the policy was unloaded");
	return -ENODEV;
}

void kern_events_stop(struct events *e)
{
	e->stopped = true;
	__atomic_store_n(&e->state->reader, 0, __ATOMIC_SEQ_CST);
}

void kern_events_close(struct events *e)
{
	if (e->ring && !e->stopped)
		kern_events_stop(e);
	ring_buffer__free(e->ring);
	if (e->state)
		munmap(e->state, sizeof(*e->state));
	close_fd(&e->lock_fd);
	free(e);
}

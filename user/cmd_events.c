// SPDX-License-Identifier: GPL-2.0-only
/* What happens, as it happens. */
#include "cmd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "event.h"
#include "kern.h"
#include "out.h"
#include "pcap.h"
#include "when.h"

#define LISTEN_SECONDS 10 /* without --follow */
#define NANO 1000000000LL

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

/*
 * They come while it waits, and at no other time: so none is missed, and
 * nothing is left half-written. *waiting is the mask to wait with.
 */
static void set_signals(sigset_t *waiting)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = interrupt }, before;
	sigset_t blocked;
	size_t i;

	sigemptyset(&blocked);
	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		/* As nohup leaves it. */
		if (!sigaction(signals[i], NULL, &before) &&
		    before.sa_handler == SIG_IGN)
			continue;
		sigaction(signals[i], &action, NULL);
		sigaddset(&blocked, signals[i]);
	}
	sigprocmask(SIG_BLOCK, &blocked, waiting);
	signal(SIGPIPE, SIG_IGN);
}

struct stream {
	bool json;
	struct events *events;
	struct pcap *pcap; /* or NULL */
	bool prints;	   /* standard output is not the capture's */
	__s64 epoch;	   /* when CLOCK_MONOTONIC was 0, ns */
	bool reader_gone;
};

/*
 * Where the clock was not set, it stays as it is: asking takes time, and times
 * would jump to and fro.
 */
static void set_epoch(struct stream *s)
{
	__s64 epoch = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);

	if (llabs(epoch - s->epoch) > NANO / 100)
		s->epoch = epoch;
}

static void capture(struct stream *s, const struct fmx_event *event, __s64 time)
{
	char comment[EVENT_COMMENT_SIZE];

	event_comment(event, comment);
	pcap_write(s->pcap, event->iface, time, &event->frame, false, comment);
	if (event->answer.len)
		pcap_write(s->pcap, event->iface, time, &event->answer, true,
			   "the answer");
}

static int on_event(const struct fmx_event *event, void *arg)
{
	struct stream *s = arg;
	__s64 time = s->epoch + event->time;

	if (s->pcap)
		capture(s, event, time);
	if (!s->prints || !event_is_printed(event))
		return 0;
	return out_line(event_document(event, time / (NANO / 1000)), s->json,
			event_print);
}

static int print_suppressed(struct stream *s)
{
	__u64 count = kern_events_suppressed(s->events);

	if (!count)
		return 0;
	if (s->prints)
		return out_line(event_suppressed(count,
						 clock_ns(CLOCK_REALTIME) /
							 (NANO / 1000)),
				s->json, event_print);
	say("events: %llu suppressed", (unsigned long long)count);
	return 0;
}

/* All that is there to be read; with `suppressed`, also what is not. */
static int read_batch(struct stream *s, bool suppressed)
{
	int ended, err = 0;

	set_epoch(s);
	ended = kern_events_read(s->events, on_event, s);
	if (ended && ended != -ENODEV)
		return ended;
	if (suppressed)
		err = print_suppressed(s);
	if (!err && s->pcap)
		err = pcap_flush(s->pcap);
	if (!err)
		err = out_flush();
	return err ? err : ended;
}

/* Until something is told, or a signal, or standard output's reader is gone. */
static void wait_for_events(struct stream *s, __s64 nanoseconds,
			    const sigset_t *waiting)
{
	struct pollfd fds[] = {
		{ .fd = kern_events_fd(s->events), .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};
	const struct timespec timeout = { nanoseconds / NANO,
					  nanoseconds % NANO };

	if (ppoll(fds, 2, &timeout, waiting) > 0 &&
	    (fds[1].revents & (POLLERR | POLLHUP)))
		s->reader_gone = true;
}

/* Each second at least, the lease is renewed and what was suppressed is said.
 */
static int follow(struct stream *s, bool forever, const sigset_t *waiting)
{
	__s64 now = clock_ns(CLOCK_MONOTONIC), tick = now + NANO;
	__s64 last = now + LISTEN_SECONDS * NANO;
	int err = 0;

	while (!err && !interrupted && !s->reader_gone &&
	       (forever || now < last)) {
		__s64 until = forever || tick < last ? tick : last;

		wait_for_events(s, until > now ? until - now : 0, waiting);
		now = clock_ns(CLOCK_MONOTONIC);
		err = read_batch(s, now >= tick);
		if (now >= tick)
			tick = now + NANO;
	}
	kern_events_stop(s->events);
	if (!err && !s->reader_gone)
		err = read_batch(s, true);
	return err == -ENODEV || err == -EPIPE ? 0 : err;
}

/* The capture is begun when it is known that there is something to write. */
static int open_stream(struct stream *s, const struct call *call)
{
	int err = kern_events_open(&s->events, call->pcap != NULL);

	if (err)
		return say_not_loaded(err);
	if (!call->pcap)
		return 0;
	s->pcap = pcap_open(call->pcap);
	return s->pcap ? 0 : -EIO;
}

int cmd_events(const struct call *call)
{
	struct stream s = { .json = call->json };
	sigset_t waiting;
	int err, closed;

	err = want_words(call, 0, "");
	if (err)
		return err;
	s.prints = !call->pcap || strcmp(call->pcap, "-");
	if (!s.prints && call->json) {
		say("events: --pcap -: is for standard output alone, and so is --json");
		return -EUSAGE;
	}
	set_signals(&waiting);
	err = open_stream(&s, call);
	if (!err)
		err = follow(&s, call->follow, &waiting);
	if (s.pcap) {
		closed = pcap_close(s.pcap);
		err = err || closed == -EPIPE ? err : closed;
	}
	if (s.events)
		kern_events_close(s.events);
	return err;
}

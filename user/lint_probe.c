// SPDX-License-Identifier: GPL-2.0-only
#include "lint_probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "counters.h"
#include "kern.h"
#include "synth.h"
#include "when.h"

/*
 * A SYN that is lost is sent again after a second (RFC 6298 2.1), and then
 * after two more: whoever has not refused by then has not refused at once.
 */
#define WAIT_MS 3000
#define MAX_PROBES 64

struct probes {
	struct pollfd fds[MAX_PROBES];
	struct lint_addr *addrs[MAX_PROBES];
	size_t count;
};

static void conclude(struct lint_addr *addr, enum lint_outcome outcome,
		     const char *what, const char *detail)
{
	addr->outcome = outcome;
	snprintf(addr->seen, sizeof(addr->seen), "%s%s", what, detail);
}

static void conclude_connect(struct lint_addr *addr, int error)
{
	if (!error)
		conclude(addr, LINT_CONNECTED, "it takes connections", "");
	else if (error == ECONNREFUSED)
		conclude(addr, LINT_REFUSED, "it refuses connections", "");
	else if (error == ECONNRESET)
		conclude(addr, LINT_REFUSED, "it resets connections", "");
	else
		conclude(addr, LINT_NO_ANSWER, strerror(error), "");
}

static int start_connect(int fd, const struct prefix *addr)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET,
				   .sin_port = htons(FMX_SMTP_PORT) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(FMX_SMTP_PORT) };
	bool ipv4 = addr->family == FMX_IPV4;

	memcpy(&in4.sin_addr, addr->addr, sizeof(in4.sin_addr));
	memcpy(&in6.sin6_addr, addr->addr, sizeof(in6.sin6_addr));
	if (connect(fd,
		    ipv4 ? (struct sockaddr *)&in4 : (struct sockaddr *)&in6,
		    ipv4 ? sizeof(in4) : sizeof(in6)))
		return errno;
	return 0;
}

/*
 * What fails before anything is sent says nothing of the other side. A decoy
 * that verifies senders resets a connection that it has taken: that is waited
 * for.
 */
static void begin(struct probes *p, struct lint_addr *addr, bool decoy)
{
	int family = addr->addr.family == FMX_IPV4 ? AF_INET : AF_INET6;
	int fd, error;

	if (p->count == MAX_PROBES) {
		conclude(addr, LINT_NO_WAY, "not tried: there are too many",
			 "");
		return;
	}
	fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	error = fd < 0 ? errno : start_connect(fd, &addr->addr);
	if (error == EINPROGRESS) {
		p->fds[p->count] =
			(struct pollfd){ fd, decoy ? POLLIN : POLLOUT, 0 };
		p->addrs[p->count++] = addr;
		return;
	}
	if (!error || error == ECONNREFUSED)
		conclude_connect(addr, error);
	else
		conclude(addr, LINT_NO_WAY,
			 "cannot be tried from here: ", strerror(error));
	if (fd >= 0)
		close(fd);
}

/* Closes those that have come to an end. */
static void end_some(struct probes *p)
{
	size_t i;

	for (i = 0; i < p->count; i++) {
		socklen_t size = sizeof(int);
		int error = 0;

		if (!p->fds[i].revents)
			continue;
		getsockopt(p->fds[i].fd, SOL_SOCKET, SO_ERROR, &error, &size);
		conclude_connect(p->addrs[i], error);
		close(p->fds[i].fd);
		p->count--;
		p->fds[i] = p->fds[p->count];
		p->addrs[i--] = p->addrs[p->count];
	}
}

/* Nothing came in time; of one who speaks later, at least the connection. */
static void conclude_late(struct lint_addr *addr, int fd)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);

	if (!getpeername(fd, (struct sockaddr *)&peer, &size))
		conclude_connect(addr, 0);
	else
		conclude(addr, LINT_NO_ANSWER, "no answer in three seconds",
			 "");
}

static int wait_for_all(struct probes *p)
{
	long long until = clock_ns(CLOCK_MONOTONIC) / 1000000 + WAIT_MS, left;
	int err = 0;

	while (!err && p->count) {
		left = until - (long long)(clock_ns(CLOCK_MONOTONIC) / 1000000);
		if (left <= 0)
			break;
		if (poll(p->fds, p->count, left) < 0)
			err = errno == EINTR ? 0 : -errno;
		else
			end_some(p);
	}
	for (; p->count; p->count--) {
		conclude_late(p->addrs[p->count - 1], p->fds[p->count - 1].fd);
		close(p->fds[p->count - 1].fd);
	}
	return err;
}

/* Strangers to every policy, if any are: addresses for documentation. */
static const struct prefix strangers[] = {
	{ FMX_IPV4, 32, { 192, 0, 2, 1 } },
	{ FMX_IPV4, 32, { 198, 51, 100, 1 } },
	{ FMX_IPV4, 32, { 203, 0, 113, 1 } },
	{ FMX_IPV6, 128, { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } },
	{ FMX_IPV6, 128, { 0x3f, 0xff, [15] = 1 } },
};

/* What the loaded program does with one who is not allowed, if there is one. */
static int ask_program(struct kern *k, const struct prefix *addr,
		       struct trial *trial)
{
	__u8 frame[SYNTH_SIZE];
	size_t i;
	int err = 0;

	for (i = 0; !err && i < sizeof(strangers) / sizeof(*strangers); i++) {
		if (strangers[i].family != addr->family ||
		    !prefix_compare(&strangers[i], addr))
			continue;
		err = kern_try(k, frame, synth_syn(&strangers[i], addr, frame),
			       trial);
		if (trial->reason != FMX_REASON_ALLOWED)
			break;
	}
	return err;
}

static void conclude_trial(struct lint_addr *addr, const struct trial *trial)
{
	const char *reason = trial->reason == FMX_REASON_NONE
				     ? "it is no decoy"
				     : reason_name(trial->reason);

	if (trial->verdict == FMX_ANSWER)
		conclude(addr, LINT_REFUSED, "the program here refuses", "");
	else if (trial->verdict == FMX_DROP)
		conclude(addr, LINT_NO_ANSWER,
			 "the program here drops it: ", reason);
	else
		conclude(addr, LINT_CONNECTED,
			 "the program here lets it pass: ",
			 trial->shadow ? "shadow mode" : reason);
}

static int ask_about(struct kern *k, struct lint *l)
{
	struct trial trial = { .reason = FMX_REASON_NONE };
	size_t i, j;
	int err = 0;

	for (i = 0; i < l->count; i++) {
		for (j = 0; !err && j < l->mx[i].count; j++) {
			struct lint_addr *addr = &l->mx[i].addrs[j];

			if (!addr->here)
				continue;
			err = ask_program(k, &addr->addr, &trial);
			if (!err)
				conclude_trial(addr, &trial);
		}
	}
	return err;
}

int lint_probe(struct lint *l)
{
	struct probes p = { .count = 0 };
	struct kern k;
	size_t i, j;
	int err = 0;

	if (l->loaded) {
		err = kern_open(&k, KERN_TRY);
		if (!err) {
			err = ask_about(&k, l);
			kern_close(&k);
		}
	}
	for (i = 0; !err && i < l->count; i++) {
		for (j = 0; j < l->mx[i].count; j++) {
			struct lint_addr *addr = &l->mx[i].addrs[j];

			if (addr->outcome == LINT_NOT_TRIED ||
			    (addr->outcome == LINT_CONNECTED &&
			     l->mx[i].role == LINT_REAL))
				begin(&p, addr, l->mx[i].role != LINT_REAL);
		}
	}
	return err ? err : wait_for_all(&p);
}

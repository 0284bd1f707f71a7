/* SPDX-License-Identifier: GPL-2.0-only */
/* What a host answers to attempts. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include "attempt.h"

#define MAX_ANSWERS 16 /* to as many fragments */

struct answers {
	int count;
	struct frame frames[MAX_ANSWERS];
};

struct host {
	const char *name; /* of the interface that leads there */
	int fd;
	uint32_t questions;
};

/* These end the program where the interface, or the host, is not there. */
void host_open(struct host *h, const char *ifname);
void host_ask(struct host *h, const struct attempt *attempts, int count,
	      struct answers *answers);

/* Of a frame that has TCP, behind what tags there are. */
void write_tcp_checksum(struct frame *f);

/* `listener`: what no two answers of a server have in common is left out. */
bool answers_equal(const struct answers *a, const struct answers *b,
		   bool listener);

/* Whether each of `a` is one of `b`: none is always. */
bool answers_among(const struct answers *a, const struct answers *b);

/* Whether every segment among them is a reset. */
bool answers_refuse(const struct answers *answers);

#endif

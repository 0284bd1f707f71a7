/* SPDX-License-Identifier: GPL-2.0-only */
/* What is wrong with some input, in words for the person who wrote it. */
#ifndef FAULT_H
#define FAULT_H

struct fault {
	char text[4096 + 512]; /* a path, and what is wrong with it */
};

/* Says what is wrong. Returns -EINVAL, so that a parser can return the call. */
int fault_set(struct fault *fault, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif

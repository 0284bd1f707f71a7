/* SPDX-License-Identifier: GPL-2.0-only */
/* What load does with an interface, whatever the policy is. */
#ifndef ATTACH_H
#define ATTACH_H

#include <jansson.h>

#include "kern.h"
#include "netdev.h"

enum mode {
	MODE_AUTO,
	MODE_NATIVE,
	MODE_GENERIC,
};

const char *mode_name(enum mode mode);

/* 0, or -EINVAL: there is no such mode. */
int mode_parse(const char *word, enum mode *out);

struct attaching {
	struct kern *kern;
	enum mode mode; /* that is asked for; auto becomes what it has to be */
	struct netdev dev;
	json_t *notes; /* borrowed; what the user should know of what was done
			*/
	/* What came of it */
	struct fmx_about about;
	bool upgraded;
};

/*
 * Reads the interface, and whether a program can be had on it. Returns 0 or
 * -errno, said. It needs no kern.
 */
int attach_check(struct attaching *a, const char *name);

/*
 * Attaches the program; or puts that of this version in the place of the one
 * that is attached. Returns 0 or -errno, said, and then all is as it was.
 */
int attach_or_upgrade(struct attaching *a);

#endif

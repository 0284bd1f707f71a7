/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Postfix's cidr_table(5): who is allowed by it. What is left out with a
 * warning there is an error here.
 *
 * A result allows that is permit (postscreen_access_list in postconf(5)) or OK
 * (access(5)); reject, which text may follow, and dunno do not. Their case does
 * not matter. Another result is an error: what it comes to is not in the table.
 */
#ifndef CIDRTABLE_H
#define CIDRTABLE_H

#include "firstmatch.h"

#define CIDRTABLE_WHITE " \t\r\n\v\f"
#define CIDRTABLE_MAX_IFS 16 /* in each other */

/* What is left to decide by the lines up to an endif, or the end. */
struct cidr_scope {
	/* By family, from FMX_IPV4 on: the addresses that are in this. */
	struct {
		bool reached; /* else there are none */
		struct prefix within;
	} left[2];
	size_t hole_count; /* and that are in none of so many holes */
	unsigned int line; /* of the if */
};

struct cidrtable {
	struct firstmatch *rules;
	bool force; /* also a rule that would allow every sender there is */
	size_t depth;
	struct cidr_scope scopes[1 + CIDRTABLE_MAX_IFS];
	struct prefix holes[CIDRTABLE_MAX_IFS];
};

void cidrtable_begin(struct cidrtable *t, struct firstmatch *rules, bool force);

/* Whether a line begins as only one of a table does: with "if", "endif", "!".
 */
bool cidrtable_begins(const char *text);

/*
 * Reads a logical line, in place: without white space around it; neither empty
 * nor a comment. 0, -ENOMEM, or -EINVAL with the fault named.
 */
int cidrtable_line(struct cidrtable *t, char *text, unsigned int line,
		   struct fault *fault);

/* At the end: 0, or -EINVAL with the fault and its line named. */
int cidrtable_end(const struct cidrtable *t, unsigned int *line,
		  struct fault *fault);

#endif

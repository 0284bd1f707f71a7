/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of senders to be allowed.
 *
 * A plain list has an address or a prefix on a line, and "#" begins a comment
 * anywhere: as `smtpctl spf walk` prints it. A table is Postfix's
 * cidr_table(5), as postwhite writes it: there, only a whole line is a comment,
 * and one that begins with white space continues the one above.
 *
 * The first line that is neither empty nor a comment tells which it is. With
 * what continues it, it is a table's where two words or more are on it, in
 * front of a
 * "#", or where it begins with "!", "if" or "endif". Then all the others must
 * be of the same kind; in a plain list, none begins with white space.
 */
#ifndef LISTFILE_H
#define LISTFILE_H

#include "firstmatch.h"

struct listfile {
	struct listed *list; /* sorted by prefix_compare(), no two alike */
	size_t count;
};

/*
 * Reads it to its end. A prefix that is in another stays where it is of an
 * earlier line. With `force`, also a line that would allow every sender there
 * is. Returns 0, or -errno with the fault named, and then nothing is in `out`:
 * -EINVAL names the file, the line and the word.
 */
int listfile_read(const char *path, bool force, struct listfile *out,
		  struct fault *fault);

void listfile_free(struct listfile *file);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that are there whole, or as they were. */
#ifndef FILE_H
#define FILE_H

#include <stdio.h>
#include <sys/types.h>

/* That of a file that is there; or this one, where there is none. */
mode_t file_mode(const char *path, mode_t fresh);

/*
 * Replaces a file in one step, by one that `write` has filled: it returns 0 or
 * -errno, errors of the stream are looked for behind it. On disk when this
 * returns 0; else -errno, said, and the old file stays, or, where it is the
 * directory that cannot be written, may come back with a crash.
 *
 * A symbolic link stays one; what is there and is no file is an error.
 *
 * node_exporter reads every *.prom: the temporary name does not end so.
 */
int file_replace(const char *path, mode_t mode,
		 int (*write)(FILE *file, const void *arg), const void *arg);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that are there whole, or as they were; and are read so. */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

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

/* What a file is like before it is read, for file_changed(). */
void file_look(FILE *file, struct stat *before);

/*
 * Whether it may have been written to since: what was read is then neither the
 * old file nor the new one. One that was replaced by a rename is read as it
 * was. What is no regular file cannot be told to have changed.
 */
bool file_changed(FILE *file, const struct stat *before);

/* What is said of one, by its path. */
#define FILE_CHANGED "%s: was changed while it was read"

#endif

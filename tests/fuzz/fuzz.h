/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzzers share. Each reads one input as the program does, and asserts
 * what must hold of whatever was read.
 *
 * What is fuzzed opens files by their names: it gets them from memory, and
 * nothing of this host. Only what it writes is in a real directory.
 */
#ifndef FUZZ_H
#define FUZZ_H

#undef NDEBUG
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Forgets all files in memory, and begins to count how many are opened. */
void files_clear(void);

/* The bytes are borrowed. */
void files_add(const char *path, const void *data, size_t size);

/*
 * An input that is several files: one named `first`, and behind each line of
 * "=== PATH" another. Returns how long the first is.
 */
size_t files_split(const char *first, const uint8_t *data, size_t size);

/* A path in a directory that is empty at first, and goes when this ends. */
const char *scratch(const char *name);

/* Writes it there; reads what is there, with a NUL behind it. */
void scratch_write(const char *name, const void *data, size_t size);
char *scratch_read(const char *name, size_t *size);

/* A copy that is exactly so large: one byte more is seen. */
void *exact(const void *data, size_t size);

/* A copy with a NUL behind it. */
char *string(const void *data, size_t size);

/* The same for the same bytes. */
uint64_t hash(const void *data, size_t size);

#endif

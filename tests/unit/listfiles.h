/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of senders from texts, and what is read from them as texts. */
#ifndef LISTFILES_H
#define LISTFILES_H

#include "unit.h"

#include "listfile.h"

/* What is wrong with a line of either kind. */
#define NO_LINE \
	": begins with white space, but there is no line that it continues"

struct call {
	const char *directory;
	bool force;
};

static inline void write_listed(const struct listed *listed, FILE *to)
{
	char text[PREFIX_TEXT_SIZE];

	prefix_format(&listed->prefix, text);
	fprintf(to, "%s %u\n", text, listed->line);
}

/* Writes what is allowed, and the lines; or the fault, without the directory.
 */
static inline int read_bytes(const char *bytes, size_t size,
			     const struct call *call, FILE *to)
{
	char *path = file_make(call->directory, "list", bytes, size);
	struct fault fault = { "" };
	struct listfile file;
	size_t i;
	int err;

	err = listfile_read(path, call->force, &file, &fault);
	for (i = 0; i < file.count; i++)
		write_listed(&file.list[i], to);
	if (err)
		fputs(fault.text + strlen(call->directory) + 1, to);
	listfile_free(&file);
	free(path);
	return err;
}

static inline int read_text(const char *text, const void *arg, FILE *to)
{
	return read_bytes(text, strlen(text), arg, to);
}

static inline void check_list(const char *directory, bool force,
			      const struct text_row *rows, size_t count)
{
	const struct call call = { directory, force };

	check_rows(read_text, &call, 0, rows, count);
}

static inline void check_fault(const char *directory,
			       const struct text_row *rows, size_t count)
{
	const struct call call = { directory, false };

	check_rows(read_text, &call, -EINVAL, rows, count);
}

#endif

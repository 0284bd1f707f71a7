// SPDX-License-Identifier: GPL-2.0-only
#include "listfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cidrtable.h"
#include "file.h"

#define WHITE CIDRTABLE_WHITE
#define LINE_LENGTH_MAX 4096 /* with what continues it */

enum kind {
	KIND_UNKNOWN,
	KIND_PLAIN,
	KIND_TABLE,
};

/* As getline() has it. */
struct line {
	char *text;
	size_t size;
	unsigned int number;
};

struct reading {
	enum kind kind;
	unsigned int kind_line;
	bool force;
	struct line read;
	struct line logical; /* 0 where none has begun */
	unsigned int at;     /* the line that a fault is in */
	struct firstmatch rules;
	struct cidrtable table;
	struct fault fault;
};

/* The second word in front of a comment, or "". */
static const char *second_word(const char *text)
{
	text += strcspn(text, WHITE "#");
	text += strspn(text, WHITE);
	return *text == '#' ? "" : text;
}

static int read_plain(struct reading *r, char *text)
{
	const char *second = second_word(text);
	struct prefix prefix;
	int err;

	if (*second)
		return fault_set(
			&r->fault,
			"%.*s: a second word, but line %u makes this a plain list",
			(int)strcspn(second, WHITE "#"), second, r->kind_line);
	text[strcspn(text, WHITE "#")] = '\0';
	err = prefix_parse(text, &prefix, &r->fault);
	if (err)
		return err;
	if (!prefix.len && !r->force)
		return fault_set(
			&r->fault,
			"%s: would allow every sender; --force does it", text);
	return firstmatch_add(&r->rules, &prefix, true, r->at, &r->fault);
}

/* Tells it by the first line. */
static void tell_kind(struct reading *r)
{
	const char *text = r->logical.text;

	r->kind = KIND_PLAIN;
	if (*second_word(text) || cidrtable_begins(text))
		r->kind = KIND_TABLE;
	r->kind_line = r->at;
}

/* Reads the line that has now ended. */
static int end_line(struct reading *r)
{
	r->at = r->logical.number;
	if (!r->at)
		return 0;
	if (r->kind == KIND_UNKNOWN)
		tell_kind(r);
	if (r->kind == KIND_PLAIN)
		return read_plain(r, r->logical.text);
	return cidrtable_line(&r->table, r->logical.text, r->at, &r->fault);
}

static int begin_line(struct reading *r)
{
	int err = end_line(r);
	struct line ended = r->logical;

	r->logical = r->read;
	r->read.text = ended.text;
	r->read.size = ended.size;
	return err;
}

static int continue_line(struct reading *r)
{
	struct line *l = &r->logical;
	char *joined = NULL;
	int length;

	if (!l->number || r->kind == KIND_PLAIN ||
	    (r->kind == KIND_UNKNOWN && strchr(l->text, '#')))
		return fault_set(
			&r->fault,
			"%s: begins with white space, but there is no line that it continues",
			r->read.text + strspn(r->read.text, WHITE));
	length = asprintf(&joined, "%s%s", l->text, r->read.text);
	if (length < 0)
		return -ENOMEM;
	free(l->text);
	l->text = joined;
	l->size = length + 1;
	if (length > LINE_LENGTH_MAX)
		return fault_set(&r->fault,
				 "continues a line that is too long");
	return 0;
}

static int take_line(struct reading *r, size_t length)
{
	char *text = r->read.text;
	size_t indent;

	r->at = ++r->read.number;
	if (strlen(text) != length)
		return fault_set(&r->fault, "a NUL byte in the line");
	while (length && strchr(WHITE, text[length - 1]))
		text[--length] = '\0';
	indent = strspn(text, WHITE);
	if (!length || text[indent] == '#')
		return 0;
	if (length > LINE_LENGTH_MAX)
		return fault_set(&r->fault, "the line is too long");
	return indent ? continue_line(r) : begin_line(r);
}

static int read_all(struct reading *r, FILE *file, struct listfile *out)
{
	ssize_t length;
	int err = 0;

	errno = 0;
	while (!err &&
	       (length = getline(&r->read.text, &r->read.size, file)) >= 0)
		err = take_line(r, length);
	if (!err && !feof(file))
		err = errno ? -errno : -EIO;
	if (!err)
		err = end_line(r);
	if (!err)
		err = cidrtable_end(&r->table, &r->at, &r->fault);
	if (!err)
		err = firstmatch_allowed(&r->rules, &out->list, &out->count,
					 &r->at, &r->fault);
	return err;
}

int listfile_read(const char *path, bool force, struct listfile *out,
		  struct fault *fault)
{
	struct reading r = { .force = force };
	FILE *file = fopen(path, "re");
	struct stat before;
	int err;

	*out = (struct listfile){ 0 };
	if (!file) {
		err = -errno;
		fault_set(fault, "%s: %s", path, strerror(-err));
		return err;
	}
	file_look(file, &before);
	cidrtable_begin(&r.table, &r.rules, force);
	err = read_all(&r, file, out);
	if (file_changed(file, &before)) {
		listfile_free(out);
		err = fault_set(fault, FILE_CHANGED, path);
	} else if (err == -EINVAL && *r.fault.text) {
		fault_set(fault, "%s:%u: %s", path, r.at, r.fault.text);
	} else if (err) {
		fault_set(fault, "%s: %s", path, strerror(-err));
	}
	fclose(file);
	free(r.read.text);
	free(r.logical.text);
	firstmatch_clear(&r.rules);
	return err;
}

void listfile_free(struct listfile *file)
{
	free(file->list);
	*file = (struct listfile){ 0 };
}

// SPDX-License-Identifier: GPL-2.0-only
/* Configuration files. */
#include <errno.h>
#include <glob.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "policy.h"
#include "policy_parts.h"
#include "when.h"

#define MAX_WORDS 16
#define MAX_DEPTH 8 /* of files that include each other */

/* A policy in the making. */
struct reading {
	struct policy *policy;
	bool force;
	unsigned int depth;
	struct fault *fault;
};

/* One of its files. */
struct source {
	const char *path;
	int number; /* in the policy */
	unsigned int line;
	char *text;	/* of the line */
	const char *at; /* in it: the word that is wrong, where one is */
	struct fault fault;
};

static int read_file(struct reading *r, const char *path);

/* A pattern is as seen from the directory of the file that has it. */
static char *resolve(const char *path, const char *pattern)
{
	char *copy, *full = NULL;

	if (*pattern == '/')
		return strdup(pattern);
	copy = strdup(path);
	if (copy && asprintf(&full, "%s/%s", dirname(copy), pattern) < 0)
		full = NULL;
	free(copy);
	return full;
}

/* Faults of the files are named by themselves. */
static int include(struct reading *r, struct source *s, char *words[],
		   int count)
{
	char *pattern;
	glob_t found;
	int err = 0;
	size_t i;

	s->at = words[count > 1 ? 1 : 0];
	if (count != 2)
		return fault_set(
			&s->fault,
			count < 2 ? "include: which file?"
				  : "include: one file, or a pattern, a line");
	if (r->depth == MAX_DEPTH)
		return fault_set(&s->fault,
				 "include: files include each other");
	pattern = resolve(s->path, words[1]);
	if (!pattern)
		return -ENOMEM;
	/* What is no pattern has to be there. */
	err = glob(pattern, GLOB_NOMAGIC, NULL, &found);
	for (i = 0; !err && i < found.gl_pathc; i++) {
		err = read_file(r, found.gl_pathv[i]);
		if (err)
			s->path = NULL; /* it has been said */
	}
	if (err != GLOB_NOMATCH && err > 0)
		err = fault_set(&s->fault, "include: %s: cannot be read",
				words[1]);
	globfree(&found);
	free(pattern);
	return err == GLOB_NOMATCH ? 0 : err;
}

/* Each time the file is read it would begin again. */
static int refuse_span(const struct statement *s, struct fault *fault)
{
	char when[WHEN_TEXT_SIZE];

	when_format(s->until, when);
	return fault_set(
		fault,
		"for: is not for a file, which is read again; write: until %s",
		when);
}

static int read_line(struct reading *r, struct source *s)
{
	struct statement statement = { .word = 0 };
	char *words[MAX_WORDS];
	int count, err;

	count = statement_split(s->text, words, MAX_WORDS, &s->fault);
	if (!count)
		return 0;
	if (count > 0 && !strcmp(words[0], "include"))
		return include(r, s, words, count);
	err = count < 0 ? count
			: statement_parse(words, count, r->force, &statement,
					  &s->fault);
	s->at = words[statement.word];
	if (!err && statement.is_span)
		err = refuse_span(&statement, &s->fault);
	if (err)
		return err;
	statement.origin.file = s->number;
	statement.origin.line = s->line;
	err = policy_add(r->policy, &statement);
	if (err == -ENOSPC)
		err = fault_set(&s->fault, "more than %u lists",
				FMX_MAX_SOURCES);
	return err;
}

static int read_lines(struct reading *r, struct source *s, FILE *file)
{
	ssize_t length;
	size_t size = 0;
	int err = 0;

	errno = 0;
	while (!err && (length = getline(&s->text, &size, file)) >= 0) {
		s->line++;
		s->at = s->text + strlen(s->text);
		if (strlen(s->text) != (size_t)length)
			err = fault_set(&s->fault, "a NUL byte in the line");
		else
			err = read_line(r, s);
	}
	if (!err && ferror(file))
		err = errno ? -errno : -EIO;
	if (err == -EINVAL && s->path)
		fault_set(r->fault, "%s:%u:%td: %s", s->path, s->line,
			  s->at - s->text + 1, s->fault.text);
	else if (err && s->path)
		fault_set(r->fault, "%s: %s", s->path, strerror(-err));
	return err;
}

static int read_file(struct reading *r, const char *path)
{
	struct source s = { .path = path,
			    .number = policy_add_file(r->policy, path) };
	FILE *file = fopen(path, "re");
	struct stat before;
	int err;

	if (!file || s.number < 0) {
		err = file ? -ENOMEM : -errno;
		fault_set(r->fault, "%s: %s", path, strerror(-err));
	} else {
		file_look(file, &before);
		r->depth++;
		err = read_lines(r, &s, file);
		r->depth--;
		if (file_changed(file, &before))
			err = fault_set(r->fault, FILE_CHANGED, path);
	}
	free(s.text);
	if (file)
		fclose(file);
	return err;
}

int policy_read_file(const char *path, bool force, struct policy *policy,
		     struct fault *fault)
{
	struct reading reading = { .policy = policy,
				   .force = force,
				   .fault = fault };
	int err = read_file(&reading, path);

	return err ? err : policy_expand(policy, fault);
}

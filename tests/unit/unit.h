/* SPDX-License-Identifier: GPL-2.0-only */
/* What the unit tests share: rows that print themselves, and scratch files. */
#ifndef UNIT_H
#define UNIT_H

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* What a row gave where it should have given `expected`: 1, and says it. */
static inline int differs(const char *row, const char *expected,
			  const char *actual)
{
	if (!strcmp(expected, actual))
		return 0;
	print_error("# %s\n#   expected: %s\n#   got:      %s\n", row, expected,
		    actual);
	return 1;
}

static inline int differs_number(const char *row, long long expected,
				 long long actual)
{
	if (expected == actual)
		return 0;
	print_error("# %s\n#   expected: %lld\n#   got:      %lld\n", row,
		    expected, actual);
	return 1;
}

/* What is given, and the text that must come of it. */
struct text_row {
	const char *given;
	const char *expected;
};

/* Reads what is given; writes what was read, or the fault. 0 or -errno. */
typedef int (*reader)(const char *given, const void *arg, FILE *to);

/* Each row is read with `result`, and to the text expected. */
static inline void check_rows(reader read, const void *arg, int result,
			      const struct text_row *rows, size_t count)
{
	int failed = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		char *text = NULL;
		size_t size;
		FILE *to = open_memstream(&text, &size);

		failed += differs_number(rows[i].given, result,
					 read(rows[i].given, arg, to));
		fclose(to);
		failed += differs(rows[i].given, rows[i].expected, text);
		free(text);
	}
	assert_int_equal(failed, 0);
}

/* What goes to a standard stream in the meantime; assert nothing in it. */
struct capture {
	FILE **stream;
	FILE *kept;
	char *text; /* from capture_end() on; the caller frees it */
	size_t size;
};

static inline void capture_begin(struct capture *c, FILE **stream)
{
	c->stream = stream;
	c->kept = *stream;
	*stream = open_memstream(&c->text, &c->size);
}

static inline void capture_end(struct capture *c)
{
	fclose(*c->stream);
	*c->stream = c->kept;
}

/* A directory for one test: for cmocka_unit_test_setup_teardown(). */
static inline int directory_make(void **state)
{
	const char *base = getenv("TMPDIR");
	char *path = NULL;

	if (asprintf(&path, "%s/fakemx-unit.XXXXXX", base ? base : "/tmp") < 0)
		return -1;
	*state = path;
	return mkdtemp(path) ? 0 : -1;
}

static inline int remove_entry(const char *path, const struct stat *st,
			       int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

/* Runs after a failure too. */
static inline int directory_remove(void **state)
{
	int err = nftw(*state, remove_entry, 8, FTW_DEPTH | FTW_PHYS);

	free(*state);
	return err;
}

#define IN_DIRECTORY(test) \
	cmocka_unit_test_setup_teardown(test, directory_make, directory_remove)

/* Puts `size` bytes into DIRECTORY/NAME; the caller frees the path. */
static inline char *file_make(const char *directory, const char *name,
			      const char *text, size_t size)
{
	char *path = NULL;
	FILE *file;

	assert_true(asprintf(&path, "%s/%s", directory, name) > 0);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	return path;
}

/* The file's text, whole; the caller frees it. */
static inline char *file_text(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	assert_non_null(file);
	if (getdelim(&text, &size, '\0', file) < 0)
		text[0] = '\0';
	fclose(file);
	return text;
}

#endif

// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz.h"

#include <errno.h>
#include <fnmatch.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_FILES 16   /* and one more is the fuzzer's own */
#define MAX_OPENED 200 /* files that include each other take long to read */
#define NAME_TAG "=== "

struct file {
	char path[PATH_MAX];
	const void *data;
	size_t size;
};

static struct file files[MAX_FILES + 1];
static size_t file_count, opened;
static char directory[PATH_MAX];

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
int __wrap_glob(const char *pattern, int flags,
		int (*fail)(const char *path, int err), glob_t *found);
void __wrap_say(const char *format, ...);

void files_clear(void)
{
	file_count = opened = 0;
}

void files_add(const char *path, const void *data, size_t size)
{
	struct file *f = &files[file_count];

	assert(file_count <= MAX_FILES && strlen(path) < sizeof(f->path));
	strcpy(f->path, path);
	f->data = data;
	f->size = size;
	file_count++;
}

/* The next line that begins with the tag, or the end. */
static const char *next_file(const char *at, const char *end)
{
	size_t tag = strlen(NAME_TAG);

	while ((size_t)(end - at) > tag) {
		if (!memcmp(at, NAME_TAG, tag))
			return at;
		at = memchr(at, '\n', end - at);
		if (!at)
			break;
		at++;
	}
	return end;
}

size_t files_split(const char *first, const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size;
	const char *next = next_file(at, end), *line;
	size_t first_size = next - at;
	char path[PATH_MAX];

	files_add(first, at, first_size);
	while (next < end && file_count < MAX_FILES) {
		at = next + strlen(NAME_TAG);
		line = memchr(at, '\n', end - at);
		if (!line)
			break;
		snprintf(path, sizeof(path), "%.*s", (int)(line - at), at);
		next = next_file(line + 1, end);
		files_add(path, line + 1, next - line - 1);
	}
	return first_size;
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	size_t i;

	/* The fuzzer itself writes down what it finds. */
	if (*mode != 'r')
		return __real_fopen(path, mode);
	if (++opened > MAX_OPENED) {
		errno = EMFILE;
		return NULL;
	}
	for (i = 0; i < file_count; i++)
		if (!strcmp(files[i].path, path))
			return fmemopen((void *)files[i].data, files[i].size,
					"r");
	if (*directory && !strncmp(path, directory, strlen(directory)))
		return __real_fopen(path, mode);
	errno = ENOENT;
	return NULL;
}

int __wrap_glob(const char *pattern, int flags,
		int (*fail)(const char *path, int err), glob_t *found)
{
	size_t i;

	(void)flags;
	(void)fail;
	*found = (glob_t){
		.gl_pathv = calloc(MAX_FILES + 2, sizeof(*found->gl_pathv)),
	};
	for (i = 0; i < file_count; i++)
		if (!fnmatch(pattern, files[i].path, FNM_PATHNAME | FNM_PERIOD))
			found->gl_pathv[found->gl_pathc++] =
				strdup(files[i].path);
	if (!found->gl_pathc && !strpbrk(pattern, "*?["))
		found->gl_pathv[found->gl_pathc++] = strdup(pattern);
	return found->gl_pathc ? 0 : GLOB_NOMATCH;
}

void __wrap_say(const char *format, ...)
{
	(void)format;
}

static int remove_entry(const char *path, const struct stat *st, int type,
			struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_scratch(void)
{
	nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* In memory where that can be: what is written is synced. */
const char *scratch(const char *name)
{
	static char path[PATH_MAX + NAME_MAX];

	if (!*directory) {
		strcpy(directory, "/dev/shm/fuzz.XXXXXX");
		if (!mkdtemp(directory)) {
			strcpy(directory, "/tmp/fuzz.XXXXXX");
			assert(mkdtemp(directory));
		}
		atexit(remove_scratch);
	}
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

void scratch_write(const char *name, const void *data, size_t size)
{
	FILE *file = __real_fopen(scratch(name), "w");

	assert(file);
	fwrite(data, 1, size, file);
	assert(!fclose(file));
}

char *scratch_read(const char *name, size_t *size)
{
	FILE *file = __real_fopen(scratch(name), "r"), *to;
	char *text = NULL;
	int c;

	assert(file);
	to = open_memstream(&text, size);
	assert(to);
	while ((c = getc_unlocked(file)) != EOF)
		putc_unlocked(c, to);
	fclose(file);
	assert(!fclose(to));
	return text;
}

void *exact(const void *data, size_t size)
{
	void *copy = malloc(size);

	assert(copy || !size);
	if (size)
		memcpy(copy, data, size);
	return copy;
}

char *string(const void *data, size_t size)
{
	char *copy = strndup(data, size);

	assert(copy);
	return copy;
}

/* FNV-1a. */
uint64_t hash(const void *data, size_t size)
{
	const uint8_t *bytes = data;
	uint64_t h = 0xcbf29ce484222325;

	while (size--)
		h = (h ^ *bytes++) * 0x100000001b3;
	return h;
}

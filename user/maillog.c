// SPDX-License-Identifier: GPL-2.0-only
#include "maillog.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "progress.h"

#define BUFFER_SIZE 65536

/* A log that is being read. */
struct reading {
	struct logclock clock;
	struct maillog_counts *counts;
	void (*each)(const struct arrival *a, void *arg);
	void *arg;
	bool in_long_line;
};

static void take_line(struct reading *r, const char *line, size_t length)
{
	struct arrival arrival;
	enum mailline kind;

	r->counts->lines++;
	if (length > MAILLINE_MAX) {
		r->counts->too_long++;
		return;
	}
	kind = mailline_read(line, length, &r->clock, &arrival);
	r->counts->mta += kind != MAILLINE_OTHER;
	r->counts->arrivals += kind == MAILLINE_ARRIVAL;
	if (kind == MAILLINE_ARRIVAL)
		r->each(&arrival, r->arg);
}

/* Takes the lines that have ended; how many bytes of another are left over. */
static size_t take_lines(struct reading *r, char *buffer, size_t used)
{
	char *line = buffer, *end = buffer + used, *newline;

	while ((newline = memchr(line, '\n', end - line))) {
		if (!r->in_long_line)
			take_line(r, line, newline - line);
		r->in_long_line = false;
		line = newline + 1;
	}
	if (end - line > MAILLINE_MAX && !r->in_long_line) {
		take_line(r, line, end - line);
		r->in_long_line = true;
	}
	if (r->in_long_line)
		return 0;
	memmove(buffer, line, end - line);
	return end - line;
}

/* What there is to read, as gzoffset() counts it; 0: that is not known. */
static __u64 size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) || !S_ISREG(st.st_mode) ? 0 : st.st_size;
}

/* As gzread(): 0 at the end, less than that where it cannot be read. */
static int read_lines(struct reading *r, gzFile file, const char *path)
{
	struct progress progress;
	char buffer[BUFFER_SIZE];
	size_t used = 0;
	int count;

	progress_begin(&progress, path, size_of(path));
	while ((count = gzread(file, buffer + used, sizeof(buffer) - used)) >
	       0) {
		used = take_lines(r, buffer, used + count);
		progress_at(&progress, gzoffset(file));
	}
	progress_end(&progress);
	if (!count && used)
		take_line(r, buffer, used);
	return count;
}

static gzFile open_log(const char *path)
{
	gzFile file;
	int fd;

	if (strcmp(path, "-") != 0)
		return gzopen(path, "re");
	/* gzclose() closes it. */
	fd = dup(STDIN_FILENO);
	if (fd < 0)
		return NULL;
	file = gzdopen(fd, "r");
	if (!file)
		close(fd);
	return file;
}

/* That the file ends too early, gzread() does not say: only gzclose() does. */
static int close_log(gzFile file, int count)
{
	int result = Z_OK, saved = errno, closed;

	if (count < 0)
		gzerror(file, &result);
	closed = gzclose(file);
	errno = saved;
	return result != Z_OK ? result : closed;
}

int maillog_read(const char *path, __s64 now,
		 void (*each)(const struct arrival *a, void *arg), void *arg,
		 struct maillog_counts *counts, struct fault *fault)
{
	struct reading r = {
		.clock = { .now = now / 1000 },
		.counts = counts,
		.each = each,
		.arg = arg,
	};
	int result = Z_ERRNO, err;
	gzFile file;

	*counts = (struct maillog_counts){ 0 };
	errno = 0;
	file = open_log(path);
	if (file)
		result = close_log(file, read_lines(&r, file, path));
	if (result == Z_OK)
		return 0;
	err = result == Z_ERRNO && errno ? -errno : -EIO;
	if (!strcmp(path, "-"))
		path = "standard input";
	if (result == Z_BUF_ERROR)
		fault_set(fault, "%s: compressed, and cut off", path);
	else if (result == Z_DATA_ERROR)
		fault_set(fault, "%s: compressed, and damaged", path);
	else
		fault_set(fault, "%s: %s", path, strerror(-err));
	return err;
}

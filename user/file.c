// SPDX-License-Identifier: GPL-2.0-only
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "out.h"

/* The rename is on disk only when its directory is. */
static int sync_directory(const char *path)
{
	char *copy = strdup(path);
	FILE *dir = copy ? fopen(dirname(copy), "re") : NULL;
	int err = dir && !fsync(fileno(dir)) ? 0 : -errno;

	if (dir)
		fclose(dir);
	free(copy);
	return err;
}

static int write_and_close(int fd, mode_t mode,
			   int (*write)(FILE *file, const void *arg),
			   const void *arg)
{
	FILE *file = fdopen(fd, "w");
	int err;

	if (!file) {
		err = -errno;
		close(fd);
		return err;
	}
	err = write(file, arg);
	if (!err &&
	    (fflush(file) || ferror(file) || fchmod(fd, mode) || fsync(fd)))
		err = errno ? -errno : -EIO;
	if (fclose(file) && !err)
		err = -errno;
	return err;
}

/* What is there must be a file: a device would become one. 0 or -errno. */
static int find_target(const char *path, char **target)
{
	struct stat st;

	*target = realpath(path, NULL);
	if (!*target) {
		*target = errno == ENOENT ? strdup(path) : NULL;
		return *target ? 0 : -errno;
	}
	if (stat(*target, &st))
		return -errno;
	if (S_ISREG(st.st_mode))
		return 0;
	return S_ISDIR(st.st_mode) ? -EISDIR : -ENOTSUP;
}

mode_t file_mode(const char *path, mode_t fresh)
{
	struct stat st;

	return stat(path, &st) ? fresh : st.st_mode & 0777;
}

int file_replace(const char *path, mode_t mode,
		 int (*write)(FILE *file, const void *arg), const void *arg)
{
	char *fresh = NULL, *target = NULL;
	int fd = -1, err;

	err = find_target(path, &target);
	if (!err && asprintf(&fresh, "%s.XXXXXX", target) < 0)
		err = -ENOMEM;
	if (err)
		goto out;
	fd = mkostemp(fresh, O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		goto out;
	}
	err = write_and_close(fd, mode, write, arg);
	if (!err && rename(fresh, target))
		err = -errno;
	if (err)
		unlink(fresh);
	else
		err = sync_directory(target);
out:
	if (err == -ENOTSUP)
		say("%s: is no file", path);
	else if (err)
		say("%s: %s", path, strerror(-err));
	free(target);
	free(fresh);
	return err;
}

void file_look(FILE *file, struct stat *before)
{
	if (fstat(fileno(file), before))
		*before = (struct stat){ 0 };
}

bool file_changed(FILE *file, const struct stat *before)
{
	struct stat now;

	if (!S_ISREG(before->st_mode))
		return false;
	if (fstat(fileno(file), &now))
		return true;
	/* The clock of file systems ticks slowly: the lengths tell, too. */
	return before->st_mtim.tv_sec != now.st_mtim.tv_sec ||
	       before->st_mtim.tv_nsec != now.st_mtim.tv_nsec ||
	       before->st_size != now.st_size ||
	       (feof(file) && ftello(file) != now.st_size);
}

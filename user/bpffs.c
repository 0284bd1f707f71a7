// SPDX-License-Identifier: GPL-2.0-only
#include "bpffs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "out.h"
#include "privileges.h"

bool bpffs_is_mounted(void)
{
	struct statfs fs;

	return !statfs(BPFFS, &fs) && fs.f_type == BPF_FS_MAGIC;
}

/* A mount made in a container's or a unit's namespace goes with it. */
static bool in_own_mount_namespace(void)
{
	struct stat own, init;

	return !stat("/proc/self/ns/mnt", &own) &&
	       !stat("/proc/1/ns/mnt", &init) &&
	       (own.st_dev != init.st_dev || own.st_ino != init.st_ino);
}

static int mount_bpffs(bool *mounted)
{
	int err;

	if (mount("bpf", BPFFS, "bpf", 0, "mode=0700")) {
		err = -errno;
		say("%s: cannot mount bpffs: %s; mount it by hand: mount -t bpf bpf %s",
		    BPFFS, strerror(-err), BPFFS);
		return err;
	}
	*mounted = true;
	say("%s: bpffs was not mounted; mounted it", BPFFS);
	if (in_own_mount_namespace())
		say("%s: this is a mount namespace of its own: what is loaded goes when the namespace does",
		    BPFFS);
	return 0;
}

int bpffs_mount(bool *mounted)
{
	int lock_fd, err = 0;

	*mounted = false;
	/* What it will hide: of two that are about to mount, one waits here. */
	lock_fd = open(BPFFS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock_fd >= 0)
		flock(lock_fd, LOCK_EX);
	if (!bpffs_is_mounted()) {
		privileges_raise();
		err = mount_bpffs(mounted);
		privileges_lower();
	}
	if (lock_fd >= 0)
		close(lock_fd);
	return err;
}

void bpffs_unmount(void)
{
	privileges_raise();
	if (umount(BPFFS))
		say("%s: cannot unmount: %s", BPFFS, strerror(errno));
	privileges_lower();
}

/* The directory may be removed, and made anew, while one waits for it. */
static bool is_still_there(int fd)
{
	struct stat held, now;

	return !fstat(fd, &held) && !stat(PINS, &now) &&
	       held.st_dev == now.st_dev && held.st_ino == now.st_ino;
}

int pins_lock(bool exclusive, bool create)
{
	int fd, err;

	for (;;) {
		if (create && mkdir(PINS, 0700) && errno != EEXIST)
			break;
		fd = open(PINS,
			  O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0 && errno == ENOENT && create)
			continue;
		if (fd < 0)
			break;
		if (flock(fd, exclusive ? LOCK_EX : LOCK_SH)) {
			err = errno;
			close(fd);
			errno = err;
			break;
		}
		if (is_still_there(fd))
			return fd;
		close(fd);
	}
	err = -errno;
	if (create) /* where it is empty: who waits for it makes it anew */
		rmdir(PINS);
	if (err != -ENOENT || create)
		say("%s: %s", PINS, strerror(-err));
	return err;
}

int pins_try_lock(void)
{
	int fd = open(PINS, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	int err;

	if (fd < 0)
		return -errno;
	err = flock(fd, LOCK_SH | LOCK_NB) ? -errno : 0;
	if (!err && !is_still_there(fd))
		err = -ENOENT;
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* bpffs keeps '.' in a name for itself, and VLAN devices have it in theirs. */
void pins_path(char path[PIN_PATH_SIZE], const char *ifname, const char *pin)
{
	char *to = path + sprintf(path, "%s/", PINS_IF);
	const char *from;

	for (from = ifname; *from && from < ifname + IFNAMSIZ - 1; from++) {
		if (strchr("./%", *from))
			to += sprintf(to, "%%%02x", *from);
		else
			*to++ = *from;
	}
	*to = '\0';
	if (pin)
		sprintf(to, "/%s", pin);
}

void pins_ifname(const char *dir, char *ifname, size_t size)
{
	unsigned int byte;
	size_t used = 0;

	while (*dir && used + 1 < size) {
		if (*dir == '%' && isxdigit((unsigned char)dir[1]) &&
		    isxdigit((unsigned char)dir[2]) &&
		    sscanf(dir + 1, "%2x", &byte) == 1) {
			ifname[used++] = byte;
			dir += 3;
		} else {
			ifname[used++] = *dir++;
		}
	}
	ifname[used] = '\0';
}

int pins_remove(const char *dir)
{
	char path[PIN_PATH_SIZE + NAME_MAX + 2];
	struct dirent *entry;
	int err = 0;
	DIR *d;

	d = opendir(dir);
	if (!d && errno == ENOENT)
		return 0;
	if (!d)
		err = -errno;
	while (d && (entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (entry->d_type == DT_DIR)
			err = pins_remove(path);
		else if (unlink(path))
			err = -errno;
		if (err)
			break;
	}
	if (d)
		closedir(d);
	/* What a unit has to write in, below what it only reads, stays. */
	if (!err && rmdir(dir) && errno != EBUSY && errno != EROFS)
		err = -errno;
	if (err)
		say("%s: cannot remove: %s", dir, strerror(-err));
	return err;
}

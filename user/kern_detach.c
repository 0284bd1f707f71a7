// SPDX-License-Identifier: GPL-2.0-only
/* The way out: the part of kern.h that takes away what is pinned. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bpffs.h"
#include "kern.h"
#include "kern_pin.h"
#include "out.h"
#include "privileges.h"

/* Taking the pin away also detaches, but some time after the call returns. */
static int detach_link(const char *path)
{
	struct bpf_link_info info;
	int fd = link_open(path, &info), err = 0;

	if (fd < 0)
		return fd;
	if (info.xdp.ifindex && bpf_link_detach(fd)) {
		err = -errno;
		say("%s: cannot detach: %s", path, strerror(-err));
	}
	close_fd(&fd);
	return err;
}

/* What cannot be taken away stays attached. -ENOENT without a word. */
static int check_writable(const char *dir)
{
	int err = access(dir, W_OK) ? -errno : 0;

	if (err && err != -ENOENT)
		say("%s: %s", dir, strerror(-err));
	return err;
}

int kern_detach(const char *name)
{
	char path[PIN_PATH_SIZE];
	int err;

	pins_path(path, name, NULL);
	err = check_writable(path);
	if (!err) {
		pins_path(path, name, "link");
		err = detach_link(path);
	}
	if (err)
		return err;
	pins_path(path, name, NULL);
	return pins_remove(path);
}

int kern_sweep(void)
{
	int err = detach_link(PINS_FRESH "/link");

	return err && err != -ENOENT ? err : pins_remove(PINS_FRESH);
}

/* Whatever is no link of ours is removed all the same. */
static void detach_all(void)
{
	char path[PIN_PATH_SIZE + NAME_MAX];
	struct dirent *entry;
	DIR *d = opendir(PINS_IF);

	while (d && (entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s/link", PINS_IF,
			 entry->d_name);
		detach_link(path);
	}
	if (d)
		closedir(d);
	detach_link(PINS_FRESH "/link");
}

int kern_remove_all(void)
{
	int lock_fd, err = privileges_check(CAPS_CHANGE);

	if (err)
		return err;
	if (!bpffs_is_mounted())
		return -ENOENT;
	lock_fd = pins_lock(true, false);
	if (lock_fd < 0)
		return lock_fd;
	err = check_writable(PINS);
	if (!err) {
		detach_all();
		err = pins_remove(PINS);
	}
	close_fd(&lock_fd);
	return err;
}

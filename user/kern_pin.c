// SPDX-License-Identifier: GPL-2.0-only
#include "kern_pin.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bpffs.h"
#include "out.h"

void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int map_create(const struct map_shape *shape, int inner_fd)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = shape->flags,
		    .inner_map_fd = inner_fd < 0 ? 0 : inner_fd);
	int fd = bpf_map_create(shape->type, shape->name, shape->key_size,
				shape->value_size, shape->max_entries, &opts);

	if (fd < 0) {
		fd = -errno;
		say("cannot create the map %s: %s", shape->name, strerror(-fd));
	}
	return fd;
}

static int not_ours(int fd, const char *path, const char *what)
{
	say("%s: not a %s of " TOOL "; remove it by hand", path, what);
	close_fd(&fd);
	return -EEXIST;
}

void say_missing(const char *path)
{
	say("%s: the pin is missing; run: " TOOL
	    " unload --all, then load again",
	    path);
}

int say_unreadable(int err)
{
	say("cannot read the policy: %s", strerror(-err));
	return err;
}

static int pin_open(const char *path, enum map_use use)
{
	LIBBPF_OPTS(bpf_obj_get_opts, opts, .file_flags = use);
	int fd = bpf_obj_get_opts(path, &opts);

	if (fd >= 0)
		return fd;
	fd = -errno;
	if (fd != -ENOENT)
		say("%s: %s", path, strerror(-fd));
	return fd;
}

/*
 * Whether the descriptor is of the kind whose fdinfo has this key: the info
 * that the kernel gives does not tell a map from a link. 1, 0 or -errno.
 */
static int is_kind(int fd, const char *key)
{
	char path[40], line[128];
	int found = 0;
	FILE *info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = fopen(path, "re");
	if (!info)
		return -errno;
	while (!found && fgets(line, sizeof(line), info))
		found = !strncmp(line, key, strlen(key));
	fclose(info);
	return found;
}

/* What cannot be asked is not known to be a stranger's. 1, 0 or -EIO, said. */
static int read_info(int fd, const char *path, const char *key, void *info,
		     __u32 size)
{
	int is = is_kind(fd, key);

	if (is > 0 && bpf_obj_get_info_by_fd(fd, info, &size))
		is = -errno;
	if (is >= 0)
		return is;
	say("%s: cannot see what it is: %s", path, strerror(-is));
	return -EIO;
}

int map_open(const char *path, const struct map_shape *shape, enum map_use use)
{
	struct bpf_map_info info = { 0 };
	int fd = pin_open(path, use), is;

	if (fd < 0)
		return fd;
	is = read_info(fd, path, "map_type:", &info, sizeof(info));
	if (is < 0)
		close_fd(&fd);
	else if (!is || info.type != shape->type ||
		 info.key_size != shape->key_size ||
		 info.value_size != shape->value_size)
		return not_ours(fd, path, "map");
	return is < 0 ? is : fd;
}

/* The kernel opens no link for reading alone: bpf_obj_get_user(). */
int link_open(const char *path, struct bpf_link_info *info)
{
	int fd = pin_open(path, MAP_WRITE), is;

	if (fd < 0)
		return fd;
	memset(info, 0, sizeof(*info));
	is = read_info(fd, path, "link_type:", info, sizeof(*info));
	if (is < 0)
		close_fd(&fd);
	else if (!is || info->type != BPF_LINK_TYPE_XDP)
		return not_ours(fd, path, "link");
	return is < 0 ? is : fd;
}

int prog_open(const char *path)
{
	int fd = pin_open(path, MAP_WRITE), is;
	struct bpf_prog_info info = { 0 };

	if (fd < 0)
		return fd;
	is = read_info(fd, path, "prog_type:", &info, sizeof(info));
	if (is < 0)
		close_fd(&fd);
	else if (!is || info.type != BPF_PROG_TYPE_XDP)
		return not_ours(fd, path, "program");
	return is < 0 ? is : fd;
}

/* bpffs renames in one step, so that the path is never without its object. */
int pin_replace(int fd, const char *path)
{
	char fresh[PIN_PATH_SIZE + 8];
	int err = 0;

	snprintf(fresh, sizeof(fresh), "%s_new", path);
	unlink(fresh);
	if (bpf_obj_pin(fd, fresh)) {
		err = -errno;
	} else if (rename(fresh, path)) {
		err = -errno;
		unlink(fresh);
	}
	if (err)
		say("%s: cannot pin: %s", path, strerror(-err));
	return err;
}

int pin_in(const char *dir, const char *name, int fd)
{
	char path[PIN_PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return pin_replace(fd, path);
}

int iface_map_open(const char *ifname, const char *pin,
		   const struct map_shape *shape, enum map_use use)
{
	char path[PIN_PATH_SIZE];
	int fd;

	pins_path(path, ifname, pin);
	fd = map_open(path, shape, use);
	if (fd != -ENOENT)
		return fd;
	say_missing(path);
	return -EUCLEAN;
}

int map_next_key(int fd, const void *last, void *key)
{
	if (!bpf_map_get_next_key(fd, last, key))
		return 1;
	return errno == ENOENT ? 0 : -errno;
}

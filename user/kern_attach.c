// SPDX-License-Identifier: GPL-2.0-only
/* The interfaces' part of kern.h: program and link of each. */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include "bpffs.h"
#include "kern.h"
#include "fakemx.skel.h" /* has what kern.h has */
#include "out.h"
#include "kern_pin.h"
#include "privileges.h"

static const struct map_shape about_shape = {
	.type = BPF_MAP_TYPE_ARRAY,
	.name = "fmx_about",
	.key_size = sizeof(__u32),
	.value_size = sizeof(struct fmx_about),
	.max_entries = 1,
};

static const __u32 slot_zero;

static int print_nothing(enum libbpf_print_level level, const char *format,
			 va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static int print_all(enum libbpf_print_level level, const char *format,
		     va_list args)
{
	(void)level;
	return vfprintf(stderr, format, args);
}

void kern_verbose(bool on)
{
	libbpf_set_print(on ? print_all : print_nothing);
}

static int read_about(const char *ifname, struct fmx_about *about)
{
	int fd = iface_map_open(ifname, "about", &about_shape, MAP_READ);

	if (fd < 0)
		return fd;
	bpf_map_lookup_elem(fd, &slot_zero, about);
	about->version[sizeof(about->version) - 1] = '\0';
	close_fd(&fd);
	return 0;
}

int kern_attachment(const char *name, struct attachment *out)
{
	struct bpf_link_info info;
	char path[PIN_PATH_SIZE];
	int fd;

	memset(out, 0, sizeof(*out));
	snprintf(out->name, sizeof(out->name), "%s", name);
	pins_path(path, name, "link");
	fd = link_open(path, &info);
	if (fd < 0)
		return fd;
	out->ifindex = info.xdp.ifindex;
	out->prog_id = info.prog_id;
	close_fd(&fd);
	return read_about(name, &out->about);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct attachment *)a)->name,
		      ((const struct attachment *)b)->name);
}

int kern_attachments(struct attachment **list, size_t *count)
{
	struct attachment *grown;
	struct dirent *entry;
	char name[IFNAMSIZ];
	int err = 0;
	DIR *d;

	*list = NULL;
	*count = 0;
	d = opendir(PINS_IF);
	if (!d && errno == ENOENT)
		return 0;
	if (!d) {
		err = -errno;
		say("%s: %s", PINS_IF, strerror(-err));
		return err;
	}
	while (!err && (entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		grown = realloc(*list, (*count + 1) * sizeof(**list));
		if (!grown) {
			err = -ENOMEM;
			break;
		}
		*list = grown;
		pins_ifname(entry->d_name, name, sizeof(name));
		err = kern_attachment(name, &grown[*count]);
		if (!err)
			++*count;
		else if (err == -ENOENT)
			err = 0;
	}
	closedir(d);
	if (*count)
		qsort(*list, *count, sizeof(**list), compare_names);
	return err;
}

/* Linux 5.18 lets a program say that it knows of frames in several pages. */
static bool kernel_has_frags(void)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		    .prog_flags = BPF_F_XDP_HAS_FRAGS);
	const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd =
		bpf_prog_load(BPF_PROG_TYPE_XDP, "fakemx_frags", "GPL", nothing,
			      sizeof(nothing) / sizeof(*nothing), &opts);
	bool has = fd != -EINVAL; /* what an unknown flag is */

	close_fd(&fd);
	return has;
}

/*
 * Opens the program with its maps: the pinned ones where they are given. In
 * generic mode the kernel makes one piece of each frame.
 */
static struct fakemx_bpf *program_open(struct kern *k, const char *name,
				       const struct fmx_about *about)
{
	struct fakemx_bpf *skel = fakemx_bpf__open();

	if (!skel) {
		say("cannot read the program: %s", strerror(errno));
		return NULL;
	}
	k->frags = !about->generic && !about->one_page && kernel_has_frags();
	skel->rodata->has_frags = k->frags;
	if (k->frags)
		bpf_program__set_flags(skel->progs.fakemx, BPF_F_XDP_HAS_FRAGS);
	memcpy((char *)skel->rodata->iface, name, strnlen(name, IFNAMSIZ - 1));
	skel->rodata->ledger_sets = ledger_sets(k->ledger_fd);
	if (skel->rodata->ledger_sets &&
	    !bpf_map__reuse_fd(skel->maps.data_state, k->state_fd) &&
	    !bpf_map__reuse_fd(skel->maps.policy, k->policy_fd) &&
	    !bpf_map__reuse_fd(skel->maps.blocks, k->blocks_fd) &&
	    !bpf_map__reuse_fd(skel->maps.ledger, k->ledger_fd) &&
	    !bpf_map__reuse_fd(skel->maps.fronts, k->fronts_fd) &&
	    !bpf_map__reuse_fd(skel->maps.events, k->events_fd))
		return skel;
	say("cannot use the policy: %s", strerror(errno));
	fakemx_bpf__destroy(skel);
	return NULL;
}

static int program_load(struct fakemx_bpf *skel)
{
	int err = fakemx_bpf__load(skel);

	if (err)
		say("the kernel does not take the program: %s; " TOOL
		    " --verbose load says more",
		    strerror(-err));
	return err;
}

static int write_about(int fd, const struct fmx_about *about)
{
	int err;

	if (!bpf_map_update_elem(fd, &slot_zero, about, BPF_ANY))
		return 0;
	err = -errno;
	say("cannot write what is loaded: %s", strerror(-err));
	return err;
}

static int pin_maps(const char *dir, struct fakemx_bpf *skel,
		    const struct fmx_about *about)
{
	int about_fd = map_create(&about_shape, -1);
	int bases_fd = map_create(&bases_shape, -1);
	int err = about_fd < 0 ? about_fd : write_about(about_fd, about);

	if (bases_fd < 0)
		err = bases_fd;
	if (!err)
		err = pin_in(dir, "about", about_fd);
	if (!err)
		err = pin_in(dir, "bases", bases_fd);
	if (!err)
		err = pin_in(dir, "tally", bpf_map__fd(skel->maps.tally));
	if (!err)
		err = pin_in(dir, "rate", bpf_map__fd(skel->maps.rate));
	if (!err)
		err = pin_in(dir, "prog", bpf_program__fd(skel->progs.fakemx));
	close_fd(&bases_fd);
	close_fd(&about_fd);
	return err;
}

static int make_directory(const char *path)
{
	int err;

	if (!mkdir(path, 0700) || errno == EEXIST)
		return 0;
	err = -errno;
	say("%s: %s", path, strerror(-err));
	return err;
}

/* A refusal is left for the caller to say: another mode may not meet it. */
static int link_create(int prog_fd, int ifindex, bool generic)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts,
		    .flags = generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
	int fd = bpf_link_create(prog_fd, ifindex, BPF_XDP, &opts);

	return fd < 0 ? -errno : fd;
}

/* Puts the whole directory in its place, where a dead one may stand. */
static int put_in_place(const char *fresh, const char *name)
{
	char dir[PIN_PATH_SIZE];
	int err;

	pins_path(dir, name, NULL);
	err = pins_remove(dir);
	if (!err && rename(fresh, dir)) {
		err = -errno;
		say("%s: %s", dir, strerror(-err));
	}
	return err;
}

int kern_attach(struct kern *k, const char *name, int ifindex,
		const struct fmx_about *about, bool *refused)
{
	struct fakemx_bpf *skel = program_open(k, name, about);
	int link_fd = -1, err = skel ? program_load(skel) : -ENOMEM;

	*refused = false;
	if (!err)
		err = make_directory(PINS_IF);
	if (!err)
		err = make_directory(PINS_FRESH);
	if (!err)
		err = pin_maps(PINS_FRESH, skel, about);
	if (err)
		goto out;
	link_fd = link_create(bpf_program__fd(skel->progs.fakemx), ifindex,
			      about->generic);
	*refused = link_fd < 0;
	err = *refused ? link_fd : pin_in(PINS_FRESH, "link", link_fd);
	if (!err)
		err = put_in_place(PINS_FRESH, name);
out:
	if (err)
		kern_sweep();
	close_fd(&link_fd);
	fakemx_bpf__destroy(skel);
	return err;
}

static int reuse(struct bpf_map *map, const char *name, const char *pin)
{
	char path[PIN_PATH_SIZE];
	int fd, err;

	pins_path(path, name, pin);
	fd = bpf_obj_get(path);
	err = fd < 0 ? -errno : bpf_map__reuse_fd(map, fd);
	if (err)
		say("%s: %s", path, strerror(-err));
	close_fd(&fd);
	return err;
}

/* The program, loaded with the maps that the running one counts in. */
static int program_reload(struct kern *k, const char *name,
			  const struct fmx_about *about,
			  struct fakemx_bpf **out)
{
	struct fakemx_bpf *skel = program_open(k, name, about);
	int err;

	if (!skel)
		return -ENOMEM;
	err = reuse(skel->maps.tally, name, "tally");
	if (!err)
		err = reuse(skel->maps.rate, name, "rate");
	if (!err)
		err = program_load(skel);
	if (err)
		fakemx_bpf__destroy(skel);
	else
		*out = skel;
	return err;
}

/* Undone where the pins cannot follow: they must be those of what runs. */
static int program_swap(const char *name, int link_fd, int prog_fd,
			const struct fmx_about *about)
{
	int about_fd = iface_map_open(name, "about", &about_shape, MAP_WRITE);
	char path[PIN_PATH_SIZE];
	int old_fd, err;

	if (about_fd < 0)
		return about_fd;
	pins_path(path, name, "prog");
	old_fd = prog_open(path);
	if (old_fd < 0) {
		err = old_fd;
		if (err == -ENOENT)
			say_missing(path);
		goto out;
	}
	if (bpf_link_update(link_fd, prog_fd, NULL)) {
		err = -errno;
		say("%s: cannot replace the program: %s", name, strerror(-err));
		goto out;
	}
	err = pin_replace(prog_fd, path);
	if (!err)
		err = write_about(about_fd, about);
	if (err && !bpf_link_update(link_fd, old_fd, NULL))
		pin_replace(old_fd, path);
out:
	close_fd(&old_fd);
	close_fd(&about_fd);
	return err;
}

int kern_upgrade(struct kern *k, const struct attachment *running,
		 const struct fmx_about *about)
{
	struct fakemx_bpf *skel = NULL;
	struct bpf_link_info info;
	char path[PIN_PATH_SIZE];
	int link_fd, err;

	err = program_reload(k, running->name, about, &skel);
	if (err)
		return err;
	pins_path(path, running->name, "link");
	link_fd = link_open(path, &info);
	if (link_fd < 0)
		err = link_fd;
	else
		err = program_swap(running->name, link_fd,
				   bpf_program__fd(skel->progs.fakemx), about);
	close_fd(&link_fd);
	fakemx_bpf__destroy(skel);
	return err;
}

int kern_query(int ifindex, struct foreign *out)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);
	int err, fd;

	memset(out, 0, sizeof(*out));
	err = bpf_xdp_query(ifindex, 0, &opts);
	if (err) {
		say("cannot ask for the interface's XDP program: %s",
		    strerror(-err));
		return err;
	}
	out->id = opts.drv_prog_id   ? opts.drv_prog_id
		  : opts.skb_prog_id ? opts.skb_prog_id
				     : opts.hw_prog_id;
	out->generic = opts.skb_prog_id && !opts.drv_prog_id;
	if (!out->id)
		return 0;
	privileges_raise();
	fd = bpf_prog_get_fd_by_id(out->id);
	privileges_lower();
	if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &size))
		snprintf(out->name, sizeof(out->name), "%s", info.name);
	close_fd(&fd);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the pins are: bpffs, its directories, and the lock on them. */
#ifndef BPFFS_H
#define BPFFS_H

#include <stdbool.h>
#include <stddef.h>

#define BPFFS "/sys/fs/bpf"
#define PINS BPFFS "/xdp-fakemx"
#define PINS_POLICY PINS "/policy"
#define PINS_IF PINS "/if"
#define PINS_FRESH PINS "/fresh"

/* "PINS_IF/%XX%XX.../answered": an interface's name may have 15 bytes. */
#define PIN_PATH_SIZE 128

/* Mounts bpffs where it is not, says so, and sets *mounted. */
int bpffs_mount(bool *mounted);
void bpffs_unmount(void);
bool bpffs_is_mounted(void);

/*
 * Takes the lock that orders all changes; it goes with the descriptor, which
 * is returned. With `create`, PINS is made where it is not; else -ENOENT is
 * returned without a word.
 */
int pins_lock(bool exclusive, bool create);

/* The same, shared, where nobody changes anything just now; or -errno. */
int pins_try_lock(void);

/* The path of an interface's pin, or of its directory where `pin` is NULL. */
void pins_path(char path[PIN_PATH_SIZE], const char *ifname, const char *pin);

/* The interface that a directory of PINS_IF is for: undoes pins_path(). */
void pins_ifname(const char *dir, char *ifname, size_t size);

/* Removes a directory of pins, and what is in it. Not there is no error. */
int pins_remove(const char *dir);

#endif

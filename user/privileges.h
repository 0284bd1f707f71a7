/* SPDX-License-Identifier: GPL-2.0-only */
/* Capabilities: what a command takes, and no more than that. */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <linux/capability.h>
#include <linux/types.h>

/* Sets of them are bits. */
#define CAPABILITY(name) (1ULL << CAP_##name)

/* Opening pins, where kernel.unprivileged_bpf_disabled is set: before 6.0. */
#define CAPS_READ CAPABILITY(BPF)
/* Loading a program with pointers to packets, and attaching it. */
#define CAPS_CHANGE \
	(CAPABILITY(BPF) | CAPABILITY(NET_ADMIN) | CAPABILITY(PERFMON))
/* Asking nftables for its rules. */
#define CAPS_NFT CAPABILITY(NET_ADMIN)
/* Files that somebody else than root owns, such as the log of a mail server. */
#define CAPS_FILE_READ CAPABILITY(DAC_READ_SEARCH)
#define CAPS_FILE_WRITE (CAPABILITY(DAC_OVERRIDE) | CAPABILITY(FOWNER))
/*
 * Mounting bpffs, seeing whether the mount will last, and opening a program by
 * its number: at hand, and in force only from privileges_raise() on to
 * privileges_lower().
 */
#define CAPS_HOST (CAPABILITY(SYS_ADMIN) | CAPABILITY(SYS_PTRACE))

/*
 * Gives up all but these, for good, and for what is started too. 0; -errno,
 * said: nothing may go on then.
 */
int privileges_keep(__u64 caps);

/* 0, or -EPERM, said with those that are missing. */
int privileges_check(__u64 caps);

void privileges_raise(void);
void privileges_lower(void);

#endif

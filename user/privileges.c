// SPDX-License-Identifier: GPL-2.0-only
#include "privileges.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "out.h"

struct caps {
	__u64 effective;
	__u64 permitted;
	__u64 inheritable;
};

static int caps_get(struct caps *caps)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &head, data))
		return -errno;
	*caps = (struct caps){
		.effective = data[0].effective | (__u64)data[1].effective << 32,
		.permitted = data[0].permitted | (__u64)data[1].permitted << 32,
		.inheritable = data[0].inheritable | (__u64)data[1].inheritable
							     << 32,
	};
	return 0;
}

static int caps_set(const struct caps *caps)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct __user_cap_data_struct data[2] = {
		{ caps->effective, caps->permitted, caps->inheritable },
		{ caps->effective >> 32, caps->permitted >> 32,
		  caps->inheritable >> 32 },
	};

	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

#define CAPS_BPF (CAPABILITY(BPF) | CAPABILITY(PERFMON))

/* CAP_SYS_ADMIN does for these two, as in some containers. */
static __u64 missing(const struct caps *has, __u64 wanted)
{
	if (has->effective & CAPABILITY(SYS_ADMIN))
		wanted &= ~CAPS_BPF;
	return wanted & ~has->effective;
}

/* And is in force then for as long as they would be. */
static __u64 held_back(const struct caps *has)
{
	bool both = (has->permitted & CAPS_BPF) == CAPS_BPF;

	return both ? CAPS_HOST : CAPABILITY(SYS_PTRACE);
}

/*
 * Before Linux 5.11 maps count as locked memory: whoever loads something has
 * to raise that limit while he may.
 */
static void lift_memory_limit(__u64 caps)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	if (caps & CAPABILITY(PERFMON))
		setrlimit(RLIMIT_MEMLOCK, &none);
}

int privileges_keep(__u64 caps)
{
	struct caps now;
	int err = caps_get(&now);

	if (!err) {
		lift_memory_limit(caps);
		if (caps & CAPS_BPF & ~now.permitted)
			caps |= CAPABILITY(SYS_ADMIN);
		now.permitted &= caps;
		now.inheritable &= caps;
		now.effective &= caps & ~held_back(&now);
		err = caps_set(&now);
	}
	/* By a filter on system calls alone, such as a unit has. */
	if (err == -EPERM)
		err = 0;
	if (!err && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err = -errno;
	if (err)
		say("cannot give up privileges: %s", strerror(-err));
	return err;
}

/* Kernels before 5.8 have no CAP_BPF; they are not supported. */
int privileges_check(__u64 caps)
{
	struct caps now;
	int err = caps_get(&now);
	__u64 lack;

	if (err)
		return err;
	lack = missing(&now, caps);
	if (!lack)
		return 0;
	say("not permitted: run it as root, or with%s%s%s",
	    lack & CAPABILITY(NET_ADMIN) ? " CAP_NET_ADMIN" : "",
	    lack & CAPABILITY(BPF) ? " CAP_BPF" : "",
	    lack & CAPABILITY(PERFMON) ? " CAP_PERFMON" : "");
	return -EPERM;
}

/* What cannot be had is refused where it is used, and said there. */
static void set_in_force(bool host)
{
	struct caps now;

	if (caps_get(&now))
		return;
	now.effective &= ~held_back(&now);
	if (host)
		now.effective |= now.permitted & CAPS_HOST;
	caps_set(&now);
}

void privileges_raise(void)
{
	set_in_force(true);
}

void privileges_lower(void)
{
	set_in_force(false);
}

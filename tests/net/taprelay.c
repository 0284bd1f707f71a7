// SPDX-License-Identifier: GPL-2.0-only
/*
 * taprelay NS DEV NS DEV [HOW]: makes a tap device in each of two network
 * namespaces, and carries frames from one to the other with their
 * virtio_net_hdr, as a hypervisor does from guest to guest. HOW:
 *
 *   no-header  they have none, and no offload: all checksums are complete
 *   sends      the guest behind the first gives partial checksums and takes
 *              none: what its header says of them is not looked at
 *   sndbuf     the first has a limited send buffer, as libvirt's <tune> sets
 *   blocking   frames are written to it by calls that may block
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SNDBUF 65536

static int enter(const char *name)
{
	char path[128];
	int fd, err;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	err = setns(fd, CLONE_NEWNET);
	close(fd);
	return err;
}

/* The device goes when its file is closed. */
static int tap_open(const char *ns, const char *dev, const char *how)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd, sndbuf = SNDBUF;

	if (strcmp(how, "no-header") != 0)
		request.ifr_flags |= IFF_VNET_HDR;
	strncpy(request.ifr_name, dev, IFNAMSIZ - 1);
	if (enter(ns))
		return -1;
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request))
		return -1;
	if (!strcmp(how, "sndbuf") && ioctl(fd, TUNSETSNDBUF, &sndbuf))
		return -1;
	if (strcmp(how, "blocking") != 0 && fcntl(fd, F_SETFL, O_NONBLOCK))
		return -1;
	if (strcmp(how, "no-header") != 0 && strcmp(how, "sends") != 0 &&
	    ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM))
		return -1;
	return fd;
}

static int carry(int from, int to, bool forget_header)
{
	uint8_t frame[4096];
	ssize_t len = read(from, frame, sizeof(frame));

	if (len < 0)
		return errno == EAGAIN ? 0 : -1;
	if (forget_header)
		memset(frame, 0, sizeof(struct virtio_net_hdr));
	/* EIO: it is not up yet. */
	if (write(to, frame, len) < 0 && errno != EAGAIN && errno != EIO)
		return -1;
	return 0;
}

static int relay(const int taps[2], bool forget_header)
{
	struct pollfd ready[2] = { { taps[0], POLLIN, 0 },
				   { taps[1], POLLIN, 0 } };
	int i;

	while (poll(ready, 2, -1) >= 0)
		for (i = 0; i < 2; i++)
			if (ready[i].revents &&
			    carry(taps[i], taps[!i], !i && forget_header))
				return -1;
	return -1;
}

int main(int argc, char **argv)
{
	const char *how = argc == 6 ? argv[5] : "";
	int taps[2];

	if (argc < 5 || argc > 6) {
		fprintf(stderr, "usage: taprelay NS DEV NS DEV [HOW]\n");
		return 2;
	}
	taps[0] = tap_open(argv[1], argv[2], how);
	taps[1] = tap_open(argv[3], argv[4],
			   strcmp(how, "no-header") != 0 ? "" : how);
	if (taps[0] < 0 || taps[1] < 0 || relay(taps, !strcmp(how, "sends")))
		perror("taprelay");
	return 1;
}

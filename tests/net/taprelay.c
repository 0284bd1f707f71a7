// SPDX-License-Identifier: GPL-2.0-only
/*
 * taprelay NS DEV NS DEV [HOW]: makes a tap device in each of two network
 * namespaces, and carries frames from one to the other with their
 * virtio_net_hdr, as a hypervisor does from guest to guest. HOW:
 *
 *   no-header  they have none, and no offload: all checksums are complete
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

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
	int offload = strcmp(how, "no-header") != 0;
	int fd;

	if (offload)
		request.ifr_flags |= IFF_VNET_HDR;
	strncpy(request.ifr_name, dev, IFNAMSIZ - 1);
	if (enter(ns))
		return -1;
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request))
		return -1;
	if (offload && ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM))
		return -1;
	return fd;
}

static int carry(int from, int to)
{
	uint8_t frame[4096];
	ssize_t len = read(from, frame, sizeof(frame));

	if (len < 0)
		return errno == EAGAIN ? 0 : -1;
	/* EIO: it is not up yet. */
	if (write(to, frame, len) < 0 && errno != EAGAIN && errno != EIO)
		return -1;
	return 0;
}

int main(int argc, char **argv)
{
	const char *how = argc == 6 ? argv[5] : "";
	struct pollfd taps[2];
	int i;

	if (argc < 5 || argc > 6) {
		fprintf(stderr, "usage: taprelay NS DEV NS DEV [HOW]\n");
		return 2;
	}
	for (i = 0; i < 2; i++) {
		taps[i].fd = tap_open(argv[1 + 2 * i], argv[2 + 2 * i], how);
		taps[i].events = POLLIN;
		if (taps[i].fd < 0) {
			perror("taprelay");
			return 1;
		}
	}
	while (poll(taps, 2, -1) >= 0)
		for (i = 0; i < 2; i++)
			if (taps[i].revents && carry(taps[i].fd, taps[!i].fd)) {
				perror("taprelay");
				return 1;
			}
	perror("taprelay");
	return 1;
}

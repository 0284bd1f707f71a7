// SPDX-License-Identifier: GPL-2.0-only
/*
 * others SENDER-NETNS HOST-NETNS SEED COUNT DECOY4 DECOY6: sends COUNT frames
 * of traffic that is none of the program's business over the eth0 of one
 * namespace, and compares what a packet socket on the eth0 of the other gets:
 * every byte, in order, nothing lost and nothing added. The same seed and MTU
 * give the same frames. For a test's own network namespaces.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "others.h"

#define WINDOW 32 /* frames under way: less than any queue holds */
#define PATIENCE_MS 3000
#define SURPLUS_MS 200

static void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void fail(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "others: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static void enter(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		fail("%s: %s", path, strerror(errno));
	close(fd);
}

/* A packet socket on eth0 of the namespace; `mtu` is that of eth0. */
static int socket_in(const char *netns, int protocol, int *mtu)
{
	struct ifreq request = { .ifr_name = "eth0" };
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	int fd;

	enter(netns);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	to.sll_protocol = htons(protocol);
	to.sll_ifindex = if_nametoindex("eth0");
	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)) ||
	    ioctl(fd, SIOCGIFMTU, &request))
		fail("%s: eth0: %s", netns, strerror(errno));
	*mtu = request.ifr_mtu;
	return fd;
}

static int receiver_in(const char *netns, int *mtu)
{
	int fd = socket_in(netns, ETH_P_ALL, mtu), on = 1, size = 1 << 24;

	if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on,
		       sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		fail("%s: %s", netns, strerror(errno));
	return fd;
}

/* The stack has taken the outermost tag out (skb_vlan_untag()): back with it.
 */
static void put_tag_back(struct msghdr *msg, struct frame *f)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		struct tpacket_auxdata aux;
		uint16_t tag[2];

		if (c->cmsg_level != SOL_PACKET ||
		    c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		if (!(aux.tp_status & TP_STATUS_VLAN_VALID))
			continue;
		tag[0] = htons(aux.tp_vlan_tpid);
		tag[1] = htons(aux.tp_vlan_tci);
		memmove(f->bytes + 16, f->bytes + 12, f->len - 12);
		memcpy(f->bytes + 12, tag, sizeof(tag));
		f->len += sizeof(tag);
	}
}

/* The next frame with our source address; the hosts' own pass by. */
static bool receive(int fd, struct frame *f, int patience_ms)
{
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	ssize_t len;

	while (poll(&ready, 1, patience_ms) == 1) {
		struct iovec iov = { f->bytes, sizeof(f->bytes) - 4 };
		struct msghdr msg = { .msg_iov = &iov,
				      .msg_iovlen = 1,
				      .msg_control = control,
				      .msg_controllen = sizeof(control) };

		len = recvmsg(fd, &msg, MSG_TRUNC);
		if (len < 0 || len > (ssize_t)iov.iov_len)
			fail("received %zd: %s", len, strerror(errno));
		f->len = len;
		if (memcmp(f->bytes + ETH_ALEN, others_mac, ETH_ALEN))
			continue;
		put_tag_back(&msg, f);
		return true;
	}
	return false;
}

static void dump(const char *what, const struct frame *f)
{
	size_t i;

	fprintf(stderr, "%s, %zu bytes:", what, f->len);
	for (i = 0; i < f->len && i < 256; i++)
		fprintf(stderr, "%s%02x", i % 16 ? " " : "\n  ", f->bytes[i]);
	fputc('\n', stderr);
}

static void compare(const struct frame *sent, int receiver, unsigned int number)
{
	static struct frame got;

	if (!receive(receiver, &got, PATIENCE_MS)) {
		dump(sent->kind, sent);
		fail("frame %u was lost", number);
	}
	if (got.len == sent->len && !memcmp(got.bytes, sent->bytes, got.len))
		return;
	dump(sent->kind, sent);
	dump("received", &got);
	fail("frame %u came otherwise than it was sent", number);
}

static void run(int sender, int receiver, unsigned int count, size_t room)
{
	static struct frame frames[WINDOW], surplus;
	unsigned int done, i, n;

	for (done = 0; done < count; done += n) {
		n = count - done < WINDOW ? count - done : WINDOW;
		for (i = 0; i < n; i++) {
			struct frame *f = &frames[i];

			others_make(f, room);
			if (send(sender, f->bytes, f->len, 0) !=
			    (ssize_t)f->len) {
				dump(f->kind, f);
				fail("cannot send: %s", strerror(errno));
			}
		}
		for (i = 0; i < n; i++)
			compare(&frames[i], receiver, done + i);
	}
	if (receive(receiver, &surplus, SURPLUS_MS)) {
		dump("surplus", &surplus);
		fail("a frame came that was not sent");
	}
}

/* Two CPUs would be two queues, and change the order. */
static void stay_on_one_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		fail("%s", strerror(errno));
}

int main(int argc, char **argv)
{
	int sender, receiver, mtu, mtu_there;

	if (argc != 7) {
		fprintf(stderr,
			"usage: others SENDER-NETNS HOST-NETNS SEED COUNT DECOY4 DECOY6\n");
		return 2;
	}
	others_seed(strtoull(argv[3], NULL, 10), argv[5], argv[6]);
	stay_on_one_cpu();
	receiver = receiver_in(argv[2], &mtu_there);
	sender = socket_in(argv[1], 0, &mtu);
	if (mtu_there < mtu)
		mtu = mtu_there;
	run(sender, receiver, strtoul(argv[4], NULL, 10), mtu + ETH_HLEN);
	return 0;
}

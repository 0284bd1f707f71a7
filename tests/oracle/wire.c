// SPDX-License-Identifier: GPL-2.0-only
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define TCP_CHECK_OFFSET 16
#define MACS_SIZE 12
#define TAG_SIZE 4
#define RECEIVE_BUFFER (8 << 20)

static int set_options(int fd)
{
	int on = 1, size = RECEIVE_BUFFER;

	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on,
		       sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		return -errno;
	return 0;
}

int wire_open(const char *ifname)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_ALL) };
	int fd = socket(AF_PACKET, SOCK_RAW, 0), err;

	if (fd < 0)
		return -errno;
	at.sll_ifindex = if_nametoindex(ifname);
	err = at.sll_ifindex ? set_options(fd) : -ENODEV;
	if (!err && bind(fd, (struct sockaddr *)&at, sizeof(at)))
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

int wire_send(int fd, const struct frame *f, size_t check_from)
{
	struct virtio_net_hdr header = { 0 };
	struct iovec parts[] = { { &header, sizeof(header) },
				 { (void *)f->bytes, f->len } };

	if (check_from) {
		header.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		header.csum_start = check_from;
		header.csum_offset = TCP_CHECK_OFFSET;
	}
	return writev(fd, parts, 2) < 0 ? -errno : 0;
}

/* Before the tag comes back: the offsets do not know of it. */
static void complete_checksum(struct frame *f, const struct virtio_net_hdr *h)
{
	size_t at = h->csum_start + h->csum_offset;
	uint16_t sum;

	if (!(h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) || at + 2 > f->len)
		return;
	sum = 0xffff -
	      internet_sum(f->bytes + h->csum_start, f->len - h->csum_start, 0);
	f->bytes[at] = sum >> 8;
	f->bytes[at + 1] = sum;
}

static void put_tag_back(struct frame *f, struct msghdr *message)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		struct tpacket_auxdata aux;
		uint8_t *at = f->bytes + MACS_SIZE;

		if (c->cmsg_level != SOL_PACKET ||
		    c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		if (!(aux.tp_status & TP_STATUS_VLAN_VALID))
			return;
		memmove(at + TAG_SIZE, at, f->len - MACS_SIZE);
		at[0] = aux.tp_vlan_tpid >> 8;
		at[1] = aux.tp_vlan_tpid;
		at[2] = aux.tp_vlan_tci >> 8;
		at[3] = aux.tp_vlan_tci;
		f->len += TAG_SIZE;
	}
}

int wire_receive(int fd, struct frame *f, int timeout)
{
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct virtio_net_hdr header;
	struct iovec parts[] = { { &header, sizeof(header) },
				 { f->bytes, FRAME_SIZE - TAG_SIZE } };
	struct msghdr message = { .msg_iov = parts,
				  .msg_iovlen = 2,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	ssize_t len = recvmsg(fd, &message, MSG_DONTWAIT);

	if (len < 0 && errno == EAGAIN && timeout) {
		struct pollfd waiting = { .fd = fd, .events = POLLIN };

		poll(&waiting, 1, timeout);
		len = recvmsg(fd, &message, MSG_DONTWAIT);
	}
	if (len < 0)
		return errno == EAGAIN ? 0 : -errno;
	f->len = len - sizeof(header);
	complete_checksum(f, &header);
	put_tag_back(f, &message);
	return 1;
}

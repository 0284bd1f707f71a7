// SPDX-License-Identifier: GPL-2.0-only
/*
 * synflood IFACE MAC COUNT DECOY REAL ALLOWED: sends COUNT IPv4 segments, one
 * of each kind in turn, as fast as they go, and prints how many of each kind
 * were sent, by the reason that they are to be counted under. For a test's own
 * network namespaces.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 32

struct frame {
	uint8_t to[6], from[6];
	uint16_t type;
	uint8_t version_ihl, tos;
	uint16_t total_len, id, frag_off;
	uint8_t ttl, protocol;
	uint16_t ip_check;
	uint32_t src, dst;
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint8_t doff, flags;
	uint16_t window, tcp_check, urgent;
} __attribute__((packed));

enum kind {
	RESET,
	REAL,
	ALLOWED,
	RST,
	MARTIAN,
	FRAGMENT,
	BAD_CHECKSUM,
	KINDS,
};

static const char *const names[] = { "reset",	    "real",    "allowed",
				     "rst",	    "martian", "fragment",
				     "bad_checksum" };

struct plan {
	uint8_t mac[6];
	uint32_t decoy, real, allowed;
};

/* RFC 1071, over bytes, so that it cares for neither order nor alignment. */
static uint16_t checksum(const void *data, size_t length, uint32_t sum)
{
	const uint8_t *byte = data;
	size_t i;

	for (i = 0; i < length; i++)
		sum += (i & 1) ? byte[i] : (uint32_t)byte[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static uint32_t pseudo_header(const struct frame *f)
{
	uint32_t sum = IPPROTO_TCP + 20;

	sum += (ntohl(f->src) >> 16) + (ntohl(f->src) & 0xffff);
	sum += (ntohl(f->dst) >> 16) + (ntohl(f->dst) & 0xffff);
	return sum;
}

/* A wrong one, and not the sum that a partial checksum would have either. */
static uint16_t wrong_checksum(const struct frame *f)
{
	uint16_t partial = ~checksum(NULL, 0, pseudo_header(f));
	uint16_t wrong = f->tcp_check ^ htons(0x0101);

	return wrong == partial ? f->tcp_check ^ htons(0x0202) : wrong;
}

static enum kind make(struct frame *f, const struct plan *plan, uint32_t i)
{
	enum kind kind = i % KINDS;

	*f = (struct frame){
		.type = htons(ETHERTYPE_IP),
		.version_ihl = 0x45,
		.total_len = htons(40),
		.ttl = 64,
		.protocol = IPPROTO_TCP,
		/* 100.64.0.0/10, so that every sender is another. */
		.src = htonl(0x64400000U | (i & 0x3fffff)),
		.dst = plan->decoy,
		.sport = htons(1024 + i % 60000),
		.dport = htons(25),
		.seq = htonl(i * 2654435761U),
		.doff = 5 << 4,
		.flags = 0x02,
		.window = htons(64240),
	};
	memcpy(f->to, plan->mac, sizeof(f->to));
	f->from[0] = 0x02;
	if (kind == REAL)
		f->dst = plan->real;
	if (kind == ALLOWED)
		f->src = plan->allowed;
	if (kind == RST)
		f->flags = 0x04;
	if (kind == MARTIAN)
		f->src = htonl(0x7f000001);
	if (kind == FRAGMENT)
		f->frag_off = htons(0x2000);
	f->ip_check = checksum(&f->version_ihl, 20, 0);
	f->tcp_check = checksum(&f->sport, 20, pseudo_header(f));
	if (kind == BAD_CHECKSUM)
		f->tcp_check = wrong_checksum(f);
	return kind;
}

static int flood(int fd, const struct plan *plan, uint32_t count,
		 uint64_t sent[KINDS])
{
	struct frame frames[BATCH];
	struct mmsghdr messages[BATCH] = { 0 };
	struct iovec iov[BATCH];
	enum kind kinds[BATCH];
	uint32_t done = 0, n, i;
	int some;

	while (done < count) {
		n = count - done < BATCH ? count - done : BATCH;
		for (i = 0; i < n; i++) {
			kinds[i] = make(&frames[i], plan, done + i);
			iov[i] = (struct iovec){ &frames[i], sizeof(*frames) };
			messages[i].msg_hdr.msg_iov = &iov[i];
			messages[i].msg_hdr.msg_iovlen = 1;
		}
		some = sendmmsg(fd, messages, n, 0);
		if (some < 0 && (errno == ENOBUFS || errno == EAGAIN))
			continue;
		if (some < 0)
			return -1;
		for (i = 0; i < (uint32_t)some; i++)
			sent[kinds[i]]++;
		done += some;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	uint64_t sent[KINDS] = { 0 };
	struct plan plan;
	int fd, i;

	if (argc != 7 ||
	    sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &plan.mac[0],
		   &plan.mac[1], &plan.mac[2], &plan.mac[3], &plan.mac[4],
		   &plan.mac[5]) != 6) {
		fprintf(stderr, "usage: synflood IFACE MAC COUNT DECOY REAL "
				"ALLOWED\n");
		return 2;
	}
	plan.decoy = inet_addr(argv[4]);
	plan.real = inet_addr(argv[5]);
	plan.allowed = inet_addr(argv[6]);
	to.sll_ifindex = if_nametoindex(argv[1]);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)) ||
	    flood(fd, &plan, strtoul(argv[3], NULL, 10), sent)) {
		perror("synflood");
		return 1;
	}
	for (i = 0; i < KINDS; i++)
		printf("%s %llu\n", names[i], (unsigned long long)sent[i]);
	close(fd);
	return 0;
}

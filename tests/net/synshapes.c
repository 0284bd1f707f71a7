// SPDX-License-Identifier: GPL-2.0-only
/*
 * synshapes ADDR [md5]: connects to port 25, as a real client, once for each
 * shape of SYN that a socket can be told to send, and prints what came of each.
 * With `md5`: once, with RFC 2385 signatures.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SMTP_PORT 25
#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

struct option {
	int level, name;
	uint8_t value[40];
	socklen_t len;
};

struct shape {
	const char *name;
	int family;
	struct option options[2];
	size_t payload; /* sent in the SYN (RFC 7413) */
};

/*
 * Extension headers (RFC 8200), in which the kernel fills in what follows. One
 * has padding; the other an option for experiments (RFC 4727), because Linux
 * drops what has more padding than any alignment needs (ip6_parse_tlv).
 */
#define PADDED_8 0, 0, 1, 4
#define OPTION_24 0, 2, 0x1e, 20

#define IPV4_OPTIONS(length, ...)                                 \
	{                                                         \
		IPPROTO_IP, IP_OPTIONS, { __VA_ARGS__ }, (length) \
	}
#define HOP_BY_HOP(length, ...)                                       \
	{                                                             \
		IPPROTO_IPV6, IPV6_HOPOPTS, { __VA_ARGS__ }, (length) \
	}
#define DESTINATION(length, ...)                                      \
	{                                                             \
		IPPROTO_IPV6, IPV6_DSTOPTS, { __VA_ARGS__ }, (length) \
	}

static const struct shape shapes[] = {
	{ "plain", AF_INET, { { 0 } }, 0 },
	{ "payload", AF_INET, { { 0 } }, 7 },
	{ "NOPs", AF_INET, { IPV4_OPTIONS(4, 1, 1, 1, 1) }, 0 },
	{ "record route",
	  AF_INET,
	  { IPV4_OPTIONS(16, IPOPT_RR, 15, IPOPT_MINOFF) },
	  0 },
	{ "timestamp",
	  AF_INET,
	  { IPV4_OPTIONS(40, IPOPT_TS, 40, IPOPT_MINOFF + 1) },
	  0 },
	{ "record route, payload",
	  AF_INET,
	  { IPV4_OPTIONS(40, IPOPT_RR, 39, IPOPT_MINOFF) },
	  400 },
	{ "plain", AF_INET6, { { 0 } }, 0 },
	{ "payload", AF_INET6, { { 0 } }, 8 },
	{ "hop-by-hop", AF_INET6, { HOP_BY_HOP(8, PADDED_8) }, 0 },
	{ "destination", AF_INET6, { DESTINATION(24, OPTION_24) }, 0 },
	{ "both",
	  AF_INET6,
	  { HOP_BY_HOP(24, OPTION_24), DESTINATION(8, PADDED_8) },
	  0 },
	{ "both, payload",
	  AF_INET6,
	  { HOP_BY_HOP(8, PADDED_8), DESTINATION(24, OPTION_24) },
	  401 },
};

union address {
	struct sockaddr any;
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
	struct sockaddr_storage storage;
};

static int parse_address(const char *text, union address *to)
{
	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, text, &to->in4.sin_addr) == 1) {
		to->in4.sin_family = AF_INET;
		to->in4.sin_port = htons(SMTP_PORT);
		return 0;
	}
	to->in6.sin6_family = AF_INET6;
	to->in6.sin6_port = htons(SMTP_PORT);
	return inet_pton(AF_INET6, text, &to->in6.sin6_addr) == 1 ? 0 : -1;
}

static int set_options(int fd, const struct shape *shape)
{
	const struct option *option;
	int one = 1;
	size_t i;

	for (i = 0; i < LENGTH(shape->options); i++) {
		option = &shape->options[i];
		if (option->len && setsockopt(fd, option->level, option->name,
					      option->value, option->len))
			return -1;
	}
	/* One retransmission, so that a failing test does not take minutes. */
	if (setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &one, sizeof(one)))
		return -1;
	/* Data in the SYN also to a server that has given out no cookie. */
	return setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, &one,
			  sizeof(one));
}

/* 0, or the errno of what failed. */
static int connect_as(const struct shape *shape, const union address *to)
{
	static const char data[512] = "EHLO ";
	int fd = socket(shape->family, SOCK_STREAM, 0);
	int err = 0;

	if (fd < 0)
		return errno;
	if (set_options(fd, shape))
		err = errno;
	else if (shape->payload &&
		 sendto(fd, data, shape->payload, MSG_FASTOPEN | MSG_NOSIGNAL,
			&to->any, sizeof(to->storage)) < 0)
		err = errno;
	else if (!shape->payload && connect(fd, &to->any, sizeof(to->storage)))
		err = errno;
	close(fd);
	return err;
}

static int connect_signed(const union address *to)
{
	struct tcp_md5sig key = { .tcpm_keylen = 6, .tcpm_key = "secret" };
	int fd = socket(to->any.sa_family, SOCK_STREAM, 0);
	int err = 0;

	memcpy(&key.tcpm_addr, &to->storage, sizeof(key.tcpm_addr));
	if (fd < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &key, sizeof(key)) ||
	    connect(fd, &to->any, sizeof(to->storage)))
		err = errno;
	close(fd);
	return err;
}

int main(int argc, char **argv)
{
	union address to;
	size_t i;

	if (argc < 2 || argc > 3 || parse_address(argv[1], &to) ||
	    (argc == 3 && strcmp(argv[2], "md5") != 0)) {
		fprintf(stderr, "usage: synshapes ADDR [md5]\n");
		return 2;
	}
	if (argc == 3) {
		printf("md5: %s\n", strerror(connect_signed(&to)));
		return 0;
	}
	for (i = 0; i < LENGTH(shapes); i++)
		if (shapes[i].family == to.any.sa_family)
			printf("%s: %s\n", shapes[i].name,
			       strerror(connect_as(&shapes[i], &to)));
	return 0;
}

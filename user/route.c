// SPDX-License-Identifier: GPL-2.0-only
#include "route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct question {
	struct nlmsghdr head;
	struct rtmsg route;
	struct rtattr attribute;
	__u8 addr[16];
};

static int ask(int fd, const struct prefix *addr)
{
	bool ipv4 = addr->family == FMX_IPV4;
	__u16 size = ipv4 ? 4 : 16;
	struct question question = {
		.head = { .nlmsg_len = sizeof(question) - 16 + size,
			  .nlmsg_type = RTM_GETROUTE,
			  .nlmsg_flags = NLM_F_REQUEST },
		.route = { .rtm_family = ipv4 ? AF_INET : AF_INET6,
			   .rtm_dst_len = size * 8 },
		.attribute = { .rta_len = RTA_LENGTH(size),
			       .rta_type = RTA_DST },
	};

	memcpy(question.addr, addr->addr, size);
	return send(fd, &question, question.head.nlmsg_len, 0) < 0 ? -errno : 0;
}

/* The kernel answers with a route, or with the error that packets would meet.
 */
static enum route read_answer(const struct nlmsghdr *head, ssize_t size)
{
	const struct nlmsgerr *error = NLMSG_DATA(head);
	const struct rtmsg *route = NLMSG_DATA(head);

	if (!NLMSG_OK(head, size))
		return ROUTE_NONE;
	if (head->nlmsg_type == RTM_NEWROUTE &&
	    head->nlmsg_len >= NLMSG_LENGTH(sizeof(*route)))
		return route->rtm_type == RTN_LOCAL ? ROUTE_LOCAL
						    : ROUTE_ONWARD;
	if (head->nlmsg_type != NLMSG_ERROR ||
	    head->nlmsg_len < NLMSG_LENGTH(sizeof(*error)))
		return ROUTE_NONE;
	/* fib_props[]: blackhole, unreachable, prohibit. */
	switch (error->error) {
	case -EINVAL:
	case -EHOSTUNREACH:
	case -EACCES:
		return ROUTE_NULL;
	default:
		return ROUTE_NONE;
	}
}

enum route route_to(const struct prefix *addr)
{
	enum route route = ROUTE_NONE;
	union {
		struct nlmsghdr head;
		char bytes[4096];
	} answer;
	ssize_t size;
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return ROUTE_NONE;
	if (!ask(fd, addr)) {
		size = recv(fd, &answer, sizeof(answer), 0);
		if (size > 0)
			route = read_answer(&answer.head, size);
	}
	close(fd);
	return route;
}

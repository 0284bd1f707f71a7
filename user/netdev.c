// SPDX-License-Identifier: GPL-2.0-only
#include "netdev.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define TCP_STATE_LISTEN 0x0a

static void read_driver(int fd, struct ifreq request, struct netdev *out)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

	request.ifr_data = (void *)&info;
	if (ioctl(fd, SIOCETHTOOL, &request))
		return;
	out->veth = !strcmp(info.driver, "veth");
	/* mlx5e_skb_from_cqe_mpwrq_nonlinear(): its linear part is empty. */
	out->hides_headers = !strcmp(info.driver, "mlx5_core");
}

static bool strips_tags(int fd, struct ifreq request)
{
	struct ethtool_value flags = { .cmd = ETHTOOL_GFLAGS };

	request.ifr_data = (void *)&flags;
	return !ioctl(fd, SIOCETHTOOL, &request) &&
	       (flags.data & ETH_FLAG_RXVLAN);
}

/* The file is there only where the kernel has the 8021q code. */
static bool has_vlans(const char *name)
{
	FILE *file = fopen("/proc/net/vlan/config", "re");
	char line[128], *under;
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		under = strrchr(line, '|');
		if (!under)
			continue;
		under += strspn(under, "| ");
		under[strcspn(under, " \n")] = '\0';
		found = !strcmp(under, name);
	}
	if (file)
		fclose(file);
	return found;
}

bool is_iface_name(const char *name)
{
	return *name && strlen(name) < IFNAMSIZ && !strchr(name, '/');
}

int netdev_read(const char *name, struct netdev *out)
{
	struct ifreq request = { 0 };
	int fd, err = 0;

	memset(out, 0, sizeof(*out));
	if (!is_iface_name(name))
		return -ENODEV;
	strcpy(request.ifr_name, name);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, SIOCGIFINDEX, &request)) {
		err = -errno;
		goto out;
	}
	out->ifindex = request.ifr_ifindex;
	if (!if_indextoname(out->ifindex, out->name)) {
		err = -ENODEV;
		goto out;
	}
	if (!ioctl(fd, SIOCGIFHWADDR, &request))
		out->ethernet = request.ifr_hwaddr.sa_family == ARPHRD_ETHER;
	if (!ioctl(fd, SIOCGIFFLAGS, &request))
		out->up = request.ifr_flags & IFF_UP;
	if (!ioctl(fd, SIOCGIFMTU, &request))
		out->mtu = request.ifr_mtu;
	read_driver(fd, request, out);
	out->strips_tags = strips_tags(fd, request);
	out->has_vlans = has_vlans(out->name);
out:
	close(fd);
	return err;
}

int netdev_list(struct netdev **list, size_t *count)
{
	struct if_nameindex *names = if_nameindex();
	size_t n = 0;

	*list = NULL;
	*count = 0;
	if (!names)
		return -errno;
	while (names[n].if_index)
		n++;
	*list = calloc(n + 1, sizeof(**list));
	for (n = 0; *list && names[n].if_index; n++)
		if (!netdev_read(names[n].if_name, *list + *count))
			++*count;
	if_freenameindex(names);
	return *list ? 0 : -ENOMEM;
}

bool host_has_address(const struct prefix *addr)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in4 = { .sin_family = AF_INET };
	bool ipv4 = addr->family == FMX_IPV4;
	bool bound;
	int fd;

	fd = socket(ipv4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	memcpy(&in4.sin_addr, addr->addr, sizeof(in4.sin_addr));
	memcpy(&in6.sin6_addr, addr->addr, sizeof(in6.sin6_addr));
	bound = !bind(fd,
		      ipv4 ? (struct sockaddr *)&in4 : (struct sockaddr *)&in6,
		      ipv4 ? sizeof(in4) : sizeof(in6));
	close(fd);
	return bound;
}

/*
 * "0A00000A:0019": words in host byte order, each holding network order. An
 * IPv4 address in IPv6 form is one of an IPv6 socket that takes IPv4.
 */
static bool parse_listener(const char *line, __u8 family, struct listener *out)
{
	unsigned int words[4] = { 0 }, port, state;
	static const __u8 any[16];
	int fields;

	memset(out, 0, sizeof(*out));
	out->addr.family = family;
	if (family == FMX_IPV4)
		fields = sscanf(line, " %*u: %8x:%4x %*x:%*x %2x", words, &port,
				&state);
	else
		fields = sscanf(line, " %*u: %8x%8x%8x%8x:%4x %*x:%*x %2x",
				words, words + 1, words + 2, words + 3, &port,
				&state);
	if (fields != (family == FMX_IPV4 ? 3 : 6))
		return false;
	memcpy(out->addr.addr, words, sizeof(words));
	if (family == FMX_IPV6 && !words[0] && !words[1] &&
	    words[2] == htonl(0xffff)) {
		memset(out->addr.addr, 0, sizeof(out->addr.addr));
		memcpy(out->addr.addr, &words[3], sizeof(words[3]));
		out->addr.family = FMX_IPV4;
	}
	if (memcmp(out->addr.addr, any, sizeof(any)))
		out->addr.len = addr_bits(&out->addr);
	return port == FMX_SMTP_PORT && state == TCP_STATE_LISTEN;
}

static int read_listeners(const char *path, __u8 family, struct listener **list,
			  size_t *count)
{
	FILE *file = fopen(path, "re");
	struct listener found, *grown;
	char line[512];
	int err = 0;

	if (!file)
		return errno == ENOENT ? 0 : -errno;
	while (!err && fgets(line, sizeof(line), file)) {
		if (!parse_listener(line, family, &found))
			continue;
		grown = realloc(*list, (*count + 1) * sizeof(**list));
		if (grown) {
			grown[(*count)++] = found;
			*list = grown;
		} else {
			err = -ENOMEM;
		}
	}
	fclose(file);
	return err;
}

int host_smtp_listeners(struct listener **list, size_t *count)
{
	int err;

	*list = NULL;
	*count = 0;
	err = read_listeners("/proc/self/net/tcp", FMX_IPV4, list, count);
	if (!err)
		err = read_listeners("/proc/self/net/tcp6", FMX_IPV6, list,
				     count);
	return err;
}

/* A listener on [::] takes IPv4 too, unless it was told not to. */
bool listener_takes(const struct listener *listener, const struct prefix *addr)
{
	if (!listener->addr.len)
		return listener->addr.family == FMX_IPV6 ||
		       addr->family == FMX_IPV4;
	return !prefix_compare(&listener->addr, addr);
}

bool is_listened_on(const struct prefix *addr, const struct listener *list,
		    size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (listener_takes(&list[i], addr))
			return true;
	return false;
}

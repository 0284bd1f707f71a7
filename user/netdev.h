/* SPDX-License-Identifier: GPL-2.0-only */
/* What there is to know of an interface and of the host, beside BPF. */
#ifndef NETDEV_H
#define NETDEV_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "addr.h"

struct netdev {
	char name[IFNAMSIZ];
	int ifindex;
	int mtu;
	bool ethernet; /* its frames begin with an Ethernet header */
	bool up;
	bool veth;
	bool hides_headers; /* a jumbo frame's, from a native program */
	bool strips_tags;   /* rx-vlan-offload: XDP does not see the tags */
	bool has_vlans;	    /* VLAN devices stand on it */
};

/* Whether an interface could have this name. */
bool is_iface_name(const char *name);

/*
 * Reads an interface, by its name or an alias. 0; -ENODEV where there is none
 * of this name; or another -errno. Silent.
 */
int netdev_read(const char *name, struct netdev *out);

/* All of this network namespace; the caller frees *list. */
int netdev_list(struct netdev **list, size_t *count);

/* Whether a socket could be bound to the address: it is this host's. */
bool host_has_address(const struct prefix *addr);

/* Something that listens on port 25. */
struct listener {
	struct prefix addr; /* len 0: on every address of the family */
};

/* The caller frees *list. */
int host_smtp_listeners(struct listener **list, size_t *count);

/* Whether one of them would take a connection to this address. */
bool listener_takes(const struct listener *listener, const struct prefix *addr);

/* Whether any of them would. */
bool is_listened_on(const struct prefix *addr, const struct listener *list,
		    size_t count);

#endif

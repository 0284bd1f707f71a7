/* SPDX-License-Identifier: GPL-2.0-only */
/* Where this host's routes lead. */
#ifndef ROUTE_H
#define ROUTE_H

#include "addr.h"

enum route {
	ROUTE_NONE,   /* there is no way there, or it cannot be known */
	ROUTE_ONWARD, /* to another host */
	ROUTE_LOCAL,  /* it is assigned, or routed, to this one */
	ROUTE_NULL,   /* a route of its own says that it goes no further: so do
		       * hosts have whole prefixes that are routed to them */
};

enum route route_to(const struct prefix *addr);

#endif

// SPDX-License-Identifier: GPL-2.0-only
#include "refusal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * XDP_PACKET_HEADROOM in front of the frame, skb_shared_info and the link
 * header behind it, and what one or another driver adds.
 */
#define TAKEN_OF_A_PAGE 1096

int refusal_lower_mtu(int mtu)
{
	int fits = sysconf(_SC_PAGESIZE) - TAKEN_OF_A_PAGE;

	return mtu > fits ? fits : 0;
}

/* Drivers do not agree: veth says ERANGE, bnxt EOPNOTSUPP, virtio EINVAL. */
static bool may_be_the_mtu(int err)
{
	return err == -ERANGE || err == -EINVAL || err == -EOPNOTSUPP;
}

void refusal_text(char text[REFUSAL_SIZE], int err, int mtu)
{
	if (refusal_lower_mtu(mtu) && may_be_the_mtu(err))
		snprintf(text, REFUSAL_SIZE, "%s, perhaps for the MTU of %d",
			 strerror(-err), mtu);
	else
		snprintf(text, REFUSAL_SIZE, "%s", strerror(-err));
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames in and out of a network interface, as they are on the wire. */
#ifndef WIRE_H
#define WIRE_H

#include "packet.h"

/* A packet socket, or -errno. */
int wire_open(const char *ifname);

/*
 * Sends a frame. Where `check_from` is not 0 the sum from there on is left to
 * the device, as a socket of this machine does it.
 */
int wire_send(int fd, const struct frame *f, size_t check_from);

/*
 * The next frame that came in: tag and checksum in place, also where the
 * kernel keeps the one beside the frame and leaves the other undone. Waits up
 * to `timeout` milliseconds; 0 where nothing comes, 1, or -errno.
 */
int wire_receive(int fd, struct frame *f, int timeout);

#endif

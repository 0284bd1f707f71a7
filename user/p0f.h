/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a SYN looks like, in the notation of p0f 3 (its README, "TCP
 * signatures"): version:TTL+distance:length of IP options:MSS:window,scale:
 * options:quirks:payload. The distance is what is missing to the next of 32,
 * 64, 128 and 255.
 */
#ifndef P0F_H
#define P0F_H

#include <stddef.h>

#include "fakemx.h"
#include "sender.h"

#define P0F_TEXT_SIZE 320

/*
 * Of a frame's first `captured` bytes; its IP header is at l3, and TCP's at l4.
 * -EINVAL where they are not all there, and the text is then undefined.
 */
int p0f_of_frame(const __u8 *frame, size_t captured, size_t l3, size_t l4,
		 char text[P0F_TEXT_SIZE]);

/*
 * Of what the ledger has of a sender's last attempt; '*' is what it does not
 * know, and '?' an option that has no name there.
 */
void p0f_of_sender(const struct sender *s, char text[P0F_TEXT_SIZE]);

#endif

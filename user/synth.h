/* SPDX-License-Identifier: GPL-2.0-only */
/* A SYN that is never sent. */
#ifndef SYNTH_H
#define SYNTH_H

#include "addr.h"

#define SYNTH_SIZE 128

/*
 * An Ethernet frame with a TCP SYN to port 25, as a mail server sends it, with
 * right checksums. Both addresses are whole, and of one family. Returns its
 * size.
 */
__u32 synth_syn(const struct prefix *from, const struct prefix *to,
		__u8 frame[SYNTH_SIZE]);

#endif

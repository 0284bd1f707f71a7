/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LAY_H
#define LAY_H

#include <stdint.h>

#include "syn.h"

#define SYN_DECOY "198.51.100.10"

/* Lays out the SYN to a port of the decoy; `to` and `from` are MAC addresses.
 */
void lay_syn(struct syn *syn, uint32_t len, uint16_t port, const uint8_t to[6],
	     const uint8_t from[6]);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a driver refused native mode, as far as that can be known. */
#ifndef REFUSAL_H
#define REFUSAL_H

#define REFUSAL_SIZE 128

/* An MTU whose frames fit a page with every driver; 0 where `mtu` does. */
int refusal_lower_mtu(int mtu);

/* The driver's error, and what it may mean on an interface of this MTU. */
void refusal_text(char text[REFUSAL_SIZE], int err, int mtu);

#endif

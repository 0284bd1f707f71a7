/* SPDX-License-Identifier: GPL-2.0-only */
/* A number in decimal: printf() would be most of what a long list takes. */
#ifndef DIGITS_H
#define DIGITS_H

#include <linux/types.h>
#include <stddef.h>

#define DIGITS_SIZE 21 /* with the sign and the NUL */

/* Returns where in `buffer` it begins. */
static inline const char *digits(__s64 number, char buffer[DIGITS_SIZE])
{
	__u64 left = number < 0 ? -(__u64)number : (__u64)number;
	size_t at = DIGITS_SIZE - 1;

	buffer[at] = '\0';
	do
		buffer[--at] = '0' + left % 10;
	while (left /= 10);
	if (number < 0)
		buffer[--at] = '-';
	return &buffer[at];
}

#endif

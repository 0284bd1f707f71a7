// SPDX-License-Identifier: GPL-2.0-only
/*
 * visits IFACE MAC RATE: sends a SYN to port 25 for each line "SENDER ADDRESS"
 * of its standard input, so many a second. For a test's own network namespaces.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../oracle/wire.h"

static void wait_for_next(struct timespec *at, long rate)
{
	at->tv_nsec += 1000000000 / rate;
	if (at->tv_nsec >= 1000000000) {
		at->tv_sec++;
		at->tv_nsec -= 1000000000;
	}
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, at, NULL);
}

int main(int argc, char **argv)
{
	char sender[64], address[64];
	struct timespec at;
	struct frame f;
	long rate;
	int fd;

	if (argc != 4 || (rate = atol(argv[3])) < 1) {
		fputs("usage: visits IFACE MAC RATE\n", stderr);
		return 2;
	}
	fd = wire_open(argv[1]);
	clock_gettime(CLOCK_MONOTONIC, &at);
	while (scanf("%63s %63s", sender, address) == 2) {
		const struct spec spec = {
			.family = strchr(sender, ':') ? 6 : 4,
			.src = sender,
			.dst = address,
			.dst_mac = argv[2],
		};

		build_request(&spec, &f);
		if (fd < 0 || wire_send(fd, &f, 0)) {
			fprintf(stderr, "visits: %s: %s\n", argv[1],
				strerror(errno));
			return 1;
		}
		wait_for_next(&at, rate);
	}
	return 0;
}

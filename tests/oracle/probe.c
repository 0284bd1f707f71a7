// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe IFACE SENDER PORT FLAGS ACK: sends one TCP segment from there to port
 * 25 of the decoy, with a byte of data where FLAGS has PSH, and prints flags
 * and sequence number of the answer, or "nothing" after a second. FLAGS is a
 * number, as in the header.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

#define SEQ 1000
#define PATIENCE 1000 /* milliseconds */

static const uint8_t *find_tcp(const struct frame *f, int family)
{
	const uint8_t *ip = f->bytes + 14;
	bool v6 = family == 6;

	if (f->len < 14 + (v6 ? 40 : 20) + 20 || ip[0] >> 4 != family ||
	    ip[v6 ? 6 : 9] != 6)
		return NULL;
	return ip + (v6 ? 40 : 4 * (ip[0] & 0xf));
}

int main(int argc, char **argv)
{
	struct spec spec = { 0 };
	const uint8_t *tcp;
	struct frame f;
	int fd, port;

	if (argc != 6) {
		fputs("usage: probe IFACE SENDER PORT FLAGS ACK\n", stderr);
		return 2;
	}
	port = atoi(argv[3]);
	spec.family = strchr(argv[2], ':') ? 6 : 4;
	spec.src = argv[2];
	spec.sport = SAY(port);
	spec.flags = SAY((int)strtol(argv[4], NULL, 0));
	spec.seq = spec.flags & SYN ? SEQ : SEQ + 1;
	spec.ack = strtoul(argv[5], NULL, 0);
	spec.payload = spec.flags & PSH ? 1 : 0;
	build_request(&spec, &f);
	fd = wire_open(argv[1]);
	if (fd < 0 || wire_send(fd, &f, 0)) {
		fprintf(stderr, "probe: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	while (wire_receive(fd, &f, PATIENCE) > 0) {
		tcp = find_tcp(&f, spec.family);
		if (!tcp || tcp[2] * 256 + tcp[3] != port)
			continue;
		printf("%#x %u\n", tcp[13],
		       (uint32_t)tcp[4] << 24 | tcp[5] << 16 | tcp[6] << 8 |
			       tcp[7]);
		return 0;
	}
	puts("nothing");
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * maillog FILE...: who came, by each log: address, "connected" or "delivered",
 * and milliseconds since the epoch; how many lines were what, to standard
 * error.
 */
#include <stdio.h>

#include "maillog.h"
#include "when.h"

static void print(const struct arrival *a, void *arg)
{
	char addr[PREFIX_TEXT_SIZE];

	(void)arg;
	prefix_format(&a->addr, addr);
	printf("%s %s %lld\n", addr, a->delivered ? "delivered" : "connected",
	       a->at);
}

int main(int argc, char **argv)
{
	struct maillog_counts counts;
	struct fault fault;
	int i;

	for (i = 1; i < argc; i++) {
		if (maillog_read(argv[i], when_now(), print, NULL, &counts,
				 &fault)) {
			fprintf(stderr, "%s\n", fault.text);
			return 1;
		}
		fprintf(stderr, "%llu lines, %llu mta, %llu arrivals\n",
			counts.lines, counts.mta, counts.arrivals);
	}
	return 0;
}

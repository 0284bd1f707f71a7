// SPDX-License-Identifier: GPL-2.0-only
/*
 * spf SERVER MS DOMAIN: walks the SPF record, and prints the prefixes of those
 * who pass, then what is left out; or the fault, and exits 1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "spf.h"

int main(int argc, char **argv)
{
	struct fault fault = { "" };
	char text[PREFIX_TEXT_SIZE];
	struct dns *dns = NULL;
	struct spf spf = { 0 };
	size_t i;
	int err;

	if (argc != 4) {
		fputs("usage: spf SERVER MS DOMAIN\n", stderr);
		return 2;
	}
	err = dns_open(&dns, argv[1], atoi(argv[2]), 30, &fault);
	if (!err)
		err = spf_walk(dns, argv[3], &spf, &fault);
	dns_close(dns);
	if (err)
		say("%s", *fault.text ? fault.text : strerror(-err));
	for (i = 0; i < spf.count; i++) {
		prefix_format(&spf.list[i].prefix, text);
		puts(text);
	}
	for (i = 0; i < spf.left_out_count; i++)
		printf("left out: %s\n", spf.left_out[i]);
	spf_free(&spf);
	return err ? 1 : 0;
}

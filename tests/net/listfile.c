// SPDX-License-Identifier: GPL-2.0-only
/*
 * listfile [--force] FILE      what it allows: a prefix, and its line
 * listfile [--force] FILE -    which of the addresses on standard input
 */
#include <stdio.h>
#include <string.h>

#include "listfile.h"

static void print_listed(const struct listed *listed)
{
	char text[PREFIX_TEXT_SIZE];

	prefix_format(&listed->prefix, text);
	printf("%s %u\n", text, listed->line);
}

/* Looks at each, so that it does not rely on their order. */
static bool is_allowed(const struct listfile *file, const struct prefix *addr)
{
	size_t i;

	for (i = 0; i < file->count; i++)
		if (prefix_contains(&file->list[i].prefix, addr))
			return true;
	return false;
}

static int answer(const struct listfile *file)
{
	struct fault fault;
	struct prefix addr;
	char word[64];

	while (scanf("%63s", word) == 1) {
		if (addr_parse(word, &addr, &fault)) {
			fprintf(stderr, "%s\n", fault.text);
			return 1;
		}
		if (is_allowed(file, &addr))
			printf("%s\n", word);
	}
	return 0;
}

int main(int argc, char **argv)
{
	bool force = argc > 1 && !strcmp(argv[1], "--force");
	struct listfile file;
	struct fault fault;
	size_t i;
	int status = 0;

	argc -= force;
	argv += force;
	if (argc < 2)
		return 2;
	if (listfile_read(argv[1], force, &file, &fault)) {
		fprintf(stderr, "%s\n", fault.text);
		return 1;
	}
	if (argc > 2)
		status = answer(&file);
	else
		for (i = 0; i < file.count; i++)
			print_listed(&file.list[i]);
	listfile_free(&file);
	return status;
}

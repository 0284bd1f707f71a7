// SPDX-License-Identifier: GPL-2.0-only
/* What is kept of SPF records: what was read is written, and read as it was. */
#include "fuzz.h"

#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "kept.h"

#define DOMAIN "a.example"

static void must_be_same(const struct kept *a, const struct kept *b)
{
	size_t i;

	assert(a->resolved == b->resolved);
	assert(a->failing_since == b->failing_since);
	/* Why is kept of one that fails. */
	if (a->failing_since)
		assert(!strcmp(a->why ? a->why : "", b->why ? b->why : ""));
	assert(a->left_out_count == b->left_out_count);
	for (i = 0; i < a->left_out_count; i++)
		assert(!strcmp(a->left_out[i], b->left_out[i]));
	assert(a->count == b->count);
	for (i = 0; i < a->count; i++)
		assert(!prefix_compare(&a->list[i].prefix, &b->list[i].prefix));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kept kept, again;
	struct fault fault = { "" };
	char *path = string(scratch(DOMAIN), PATH_MAX);
	const char *directory = dirname(path);
	size_t i;
	int err;

	files_clear();
	files_add("/kept/" DOMAIN ".spf", data, size);
	err = kept_read("/kept", DOMAIN, &kept, &fault);
	assert(!err == !*fault.text);
	for (i = 1; i < kept.count; i++)
		assert(prefix_compare(&kept.list[i - 1].prefix,
				      &kept.list[i].prefix) < 0 &&
		       !prefix_contains(&kept.list[i - 1].prefix,
					&kept.list[i].prefix));
	if (!err) {
		assert(!kept_write(directory, DOMAIN, &kept));
		assert(!kept_read(directory, DOMAIN, &again, &fault));
		must_be_same(&kept, &again);
		kept_free(&again);
	}
	kept_free(&kept);
	free(path);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Policies of MTA-STS, and the records that announce them. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "mta_sts.h"

static void must_cover(const struct sts *sts)
{
	char name[DNS_NAME_SIZE + 2];
	size_t i;

	for (i = 0; i < sts->count; i++) {
		const char *pattern = sts->patterns[i];

		if (strncmp(pattern, "*.", 2) != 0) {
			assert(is_host_name(pattern));
			assert(sts_covers(sts, pattern));
			continue;
		}
		assert(is_host_name(pattern + 2));
		snprintf(name, sizeof(name), "a%s", pattern + 1);
		assert(sts_covers(sts, name));
	}
	assert(!sts_covers(sts, ""));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = exact(data, size);
	struct sts sts = { 0 };

	assert(!sts_is_record(text, size) || sts_claims(text, size));
	if (!sts_parse(&sts, text, size))
		must_cover(&sts);
	sts_free(&sts);
	free(text);
	return 0;
}

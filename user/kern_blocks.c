// SPDX-License-Identifier: GPL-2.0-only
/* Which senders the rules are asked for: see blocks.h. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "blocks.h"
#include "kern.h"
#include "kern_pin.h"

const struct map_shape blocks_shape = {
	.type = BPF_MAP_TYPE_ARRAY,
	.name = "fmx_blocks",
	.key_size = sizeof(__u32),
	.value_size = sizeof(__u64),
	.max_entries = FMX_RULE_PLACES * FMX_BLOCK_WORDS,
	.flags = BPF_F_MMAPABLE,
};

#define PLACE_SIZE (FMX_BLOCK_WORDS * sizeof(__u64))

int blocks_open(struct kern *k)
{
	void *memory =
		mmap(NULL, FMX_RULE_PLACES * PLACE_SIZE, PROT_READ | PROT_WRITE,
		     MAP_SHARED, k->blocks_fd, 0);

	if (memory == MAP_FAILED)
		return say_unreadable(-errno);
	k->blocks = memory;
	return 0;
}

void blocks_close(struct kern *k)
{
	if (k->blocks)
		munmap(k->blocks, FMX_RULE_PLACES * PLACE_SIZE);
	k->blocks = NULL;
}

void blocks_clear(struct kern *k, __u32 place)
{
	memset(k->blocks + place * FMX_BLOCK_WORDS, 0, PLACE_SIZE);
}

void blocks_mark(struct kern *k, __u32 place, const struct fmx_key *key)
{
	__u64 *words = k->blocks + place * FMX_BLOCK_WORDS;

	if (key->kind == FMX_KIND_ALLOW)
		fmx_blocks_mark(words, key);
}

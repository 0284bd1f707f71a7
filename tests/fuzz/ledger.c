// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ledgers in files. The checksum is not what keeps strangers out: where the
 * first byte is odd, the header's count and sum are made right.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "ledger.h"
#include "record.h"

#define NOW 1764000000000LL
#define HEADER 48
#define COUNT_AT 24
#define SUM_AT 44

static uint64_t get_count(const uint8_t *file)
{
	uint64_t count;

	memcpy(&count, file + COUNT_AT, sizeof(count));
	return count;
}

static void set_count(uint8_t *file, uint64_t count)
{
	memcpy(file + COUNT_AT, &count, sizeof(count));
}

static void make_right(uint8_t *file, size_t size)
{
	uint32_t sum;

	set_count(file, (size - HEADER) / sizeof(struct fmx_sender));
	memset(file + SUM_AT, 0, sizeof(sum));
	sum = crc32_z(0, file, size);
	memcpy(file + SUM_AT, &sum, sizeof(sum));
}

/* Written, it is the file that it was read from. */
static void must_write(const struct ledger *ledger, const uint8_t *file,
		       size_t size)
{
	char *written;
	size_t written_size;

	assert(!ledger_write_file(scratch("ledger"), ledger));
	written = scratch_read("ledger", &written_size);
	assert(written_size == size && !memcmp(written, file, size));
	free(written);
}

static void must_convert(const struct ledger *ledger)
{
	const struct class_context context = { .now = NOW, .grace = 86400000 };
	struct sender *list = ledger_senders(ledger);
	size_t i;

	assert(list);
	for (i = 0; i < ledger->count; i++) {
		struct classed c = sender_class(&list[i], &context);

		assert(c.class < CLASS_COUNT);
		sender_first_seen(&list[i]);
		sender_last_seen(&list[i]);
		sender_attempts(&list[i]);
	}
	free(list);
}

/* Each half of it is of it, and merged they are all of it. */
static void must_merge(struct ledger *ledger)
{
	struct ledger other = { .wall = NOW, .tick = 1 << 20 }, all = { 0 };
	size_t i;

	all.records = exact(ledger->records,
			    ledger->count * sizeof(*ledger->records));
	all.count = ledger->count;
	all.wall = ledger->wall;
	all.tick = ledger->tick;
	assert(!ledger_merge(&other, &all));
	assert(other.count == ledger->count);
	assert(!ledger_merge(&other, ledger));
	assert(other.count == all.count);
	for (i = 1; i < other.count; i++)
		assert(record_compare(&other.records[i - 1],
				      &other.records[i]) < 0);
	must_convert(&other);
	ledger_free(&other);
	ledger_free(&all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ledger ledger;
	struct fault fault = { "" };
	uint8_t *file;
	int err;

	if (!size)
		return 0;
	file = exact(data + 1, size - 1);
	if (data[0] % 2 && size - 1 >= HEADER)
		make_right(file, size - 1);
	/* Memory for a billion bytes takes time, and finds nothing. */
	else if (size - 1 >= HEADER && get_count(file) <= FMX_LEDGER_MAX)
		set_count(file, get_count(file) % 1000);
	files_clear();
	files_add("/ledger", file, size - 1);
	err = ledger_read_file("/ledger", &ledger, &fault);
	assert(!err == !*fault.text);
	if (!err) {
		must_write(&ledger, file, size - 1);
		must_convert(&ledger);
		must_merge(&ledger);
	}
	ledger_free(&ledger);
	free(file);
	return 0;
}

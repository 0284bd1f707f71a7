// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mail logs: each arrival is of an address that is in its line, a log as a
 * stream has those that its lines have, and all of them come to one entry a
 * sender.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arrivals.h"
#include "maillog.h"
#include "population.h"

#define NOW 1764000000000LL
#define YEAR (366 * 86400000LL)
#define MAX_ARRIVALS 4096

static struct arrival expected[MAX_ARRIVALS];
static size_t expected_count, seen;
static struct arrivals arrivals;

static bool is_in_line(const struct prefix *addr, const char *line, size_t size)
{
	const char *end = line + size, *at = line, *close;
	struct fault fault = { "" };
	struct prefix other;

	while ((at = memchr(at, '[', end - at))) {
		char *word;
		bool found;

		at++;
		close = memchr(at, ']', end - at);
		if (!close)
			return false;
		word = string(at, close - at);
		found = !addr_parse(word, &other, &fault) &&
			!prefix_compare(addr, &other);
		free(word);
		if (found)
			return true;
	}
	return false;
}

static void read_line(const char *text, size_t size, struct logclock *clock)
{
	char *line = exact(text, size);
	struct arrival a;

	if (mailline_read(line, size, clock, &a) == MAILLINE_ARRIVAL) {
		assert(addr_is_unicast(&a.addr));
		assert(a.addr.len == addr_bits(&a.addr));
		assert(is_in_line(&a.addr, line, size));
		assert(a.at > -YEAR && a.at < 8031 * YEAR);
		assert(expected_count < MAX_ARRIVALS);
		expected[expected_count++] = a;
	}
	free(line);
}

static void read_lines(const char *at, size_t size)
{
	struct logclock clock = { .now = NOW / 1000 };
	const char *end = at + size, *newline;

	expected_count = 0;
	for (; at < end; at = newline + 1) {
		newline = memchr(at, '\n', end - at);
		if (!newline)
			newline = end;
		read_line(at, newline - at, &clock);
	}
}

static void on_arrival(const struct arrival *a, void *compare)
{
	if (compare) {
		assert(seen < expected_count);
		assert(!prefix_compare(&a->addr, &expected[seen].addr));
		assert(a->at == expected[seen].at);
		assert(a->delivered == expected[seen].delivered);
	}
	seen++;
	arrivals_add(a, &arrivals);
}

static void must_merge(void)
{
	struct sender *list = NULL;
	size_t count = 0, i;
	__u64 all = 0, delivered = 0;

	assert(!arrivals_merge(&arrivals, &list, &count));
	for (i = 0; i < count; i++) {
		if (i)
			assert(sender_compare(&list[i - 1], &list[i]) < 0);
		assert(list[i].first[FMX_ROLE_REAL] <=
		       list[i].last[FMX_ROLE_REAL]);
		all += list[i].attempts[FMX_ROLE_REAL];
		delivered += list[i].delivered != 0;
	}
	assert(all + delivered <= seen);
	free(list);
	arrivals_free(&arrivals);
}

static void read_file(const char *path, const uint8_t *data, size_t size)
{
	bool packed = size >= 2 && data[0] == 0x1f && data[1] == 0x8b;
	struct maillog_counts counts;
	struct fault fault = { "" };
	int err;

	seen = 0;
	err = maillog_read(path, NOW, on_arrival, packed ? NULL : &seen,
			   &counts, &fault);
	assert(!err == !*fault.text);
	assert(counts.arrivals == seen && counts.mta >= counts.arrivals &&
	       counts.lines >= counts.mta + counts.too_long);
	if (!packed)
		assert(!err && seen == expected_count);
	must_merge();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	char path[64];

	if (fd < 0)
		fd = memfd_create("log", MFD_CLOEXEC);
	assert(fd >= 0 && !ftruncate(fd, 0));
	assert(pwrite(fd, data, size, 0) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	read_lines((const char *)data, size);
	read_file(path, data, size);
	return 0;
}

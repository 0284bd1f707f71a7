// SPDX-License-Identifier: GPL-2.0-only
/* Addresses, prefixes, spans and dates: what is read is written, and read. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "when.h"

static void read_prefix(const char *word)
{
	char text[PREFIX_TEXT_SIZE], again_text[PREFIX_TEXT_SIZE];
	struct prefix p, again, half[2];
	struct fault fault = { "" };

	if (prefix_parse(word, &p, &fault)) {
		assert(*fault.text);
		return;
	}
	prefix_format(&p, text);
	assert(!prefix_parse(text, &again, &fault));
	assert(!prefix_compare(&p, &again) && prefix_contains(&p, &again));
	prefix_format(&again, again_text);
	assert(!strcmp(text, again_text));
	if (p.len == addr_bits(&p))
		return;
	prefix_halve(&p, half);
	assert(prefix_contains(&p, &half[0]) && prefix_contains(&p, &half[1]));
	assert(prefix_compare(&half[0], &half[1]) < 0);
	assert(!prefix_contains(&half[0], &half[1]) &&
	       !prefix_contains(&half[1], &half[0]));
	assert(!prefix_clear_host_bits(&half[1]));
}

static void read_address(const char *word)
{
	char text[PREFIX_TEXT_SIZE];
	struct prefix addr, again;
	struct fault fault = { "" };

	if (addr_parse(word, &addr, &fault)) {
		assert(*fault.text);
		return;
	}
	assert(addr.len == addr_bits(&addr));
	prefix_format(&addr, text);
	assert(!addr_parse(text, &again, &fault));
	assert(!memcmp(&addr, &again, sizeof(addr)));
}

static void read_span(const char *word)
{
	char text[SPAN_TEXT_SIZE];
	struct fault fault = { "" };
	__u32 seconds, again;

	if (span_parse(word, FMX_MAX_SPAN, &seconds, &fault))
		return;
	assert(seconds && seconds <= FMX_MAX_SPAN);
	span_format(seconds, text);
	assert(!span_parse(text, FMX_MAX_SPAN, &again, &fault));
	assert(seconds == again);
}

static void read_date(const char *word)
{
	char text[WHEN_TEXT_SIZE];
	struct fault fault = { "" };
	__s64 when, again;

	if (when_parse(word, &when, &fault))
		return;
	when_format(when, text);
	assert(!when_parse(text, &again, &fault));
	assert(when == again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *word = string(data, size);

	read_address(word);
	read_prefix(word);
	read_span(word);
	read_date(word);
	free(word);
	return 0;
}

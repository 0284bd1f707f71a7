// SPDX-License-Identifier: GPL-2.0-only
/* Signatures of SYNs: two bytes say where the headers are, the rest is it. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "p0f.h"

/* Eight fields, in printable ASCII. */
static void must_be_signature(const char *text)
{
	int fields = 1;

	assert(strlen(text) < P0F_TEXT_SIZE - 1);
	for (; *text; text++) {
		assert(*text > ' ' && *text <= '~');
		fields += *text == ':';
	}
	assert(fields == 8);
}

static void read_sender(const uint8_t *data, size_t size)
{
	struct sender s = { .addr.family = FMX_IPV4 + size % 2 };
	uint8_t bytes[10] = { 0 };
	char text[P0F_TEXT_SIZE];

	memcpy(bytes, data, size < sizeof(bytes) ? size : sizeof(bytes));
	memcpy(&s.window, bytes, 2);
	memcpy(&s.mss, bytes + 2, 2);
	s.ttl = bytes[4];
	s.scale = bytes[5] & FMX_NO_SCALE;
	memcpy(&s.options, bytes + 6, 4);
	p0f_of_sender(&s, text);
	must_be_signature(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[P0F_TEXT_SIZE];
	uint8_t *frame;

	if (size < 2)
		return 0;
	frame = exact(data + 2, size - 2);
	if (!p0f_of_frame(frame, size - 2, data[0], data[1], text))
		must_be_signature(text);
	free(frame);
	read_sender(data, size);
	return 0;
}

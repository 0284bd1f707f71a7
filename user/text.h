/* SPDX-License-Identifier: GPL-2.0-only */
/* What has not been read yet of a text that is not ended by a NUL. */
#ifndef TEXT_H
#define TEXT_H

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

struct text {
	const char *at;
	const char *end;
};

static inline size_t text_length(const struct text *t)
{
	return t->end - t->at;
}

/* Where it begins with that: steps behind it. */
static inline bool text_skip(struct text *t, const char *literal)
{
	size_t length = strlen(literal);

	if (text_length(t) < length || memcmp(t->at, literal, length))
		return false;
	t->at += length;
	return true;
}

static inline bool text_contains(const struct text *t, const char *literal)
{
	return memmem(t->at, text_length(t), literal, strlen(literal));
}

/* Takes what is in front of the first such literal, and steps behind that. */
static inline bool text_until(struct text *t, const char *literal,
			      struct text *before)
{
	size_t length = strlen(literal);
	const char *found = memmem(t->at, text_length(t), literal, length);

	if (!found)
		return false;
	*before = (struct text){ t->at, found };
	t->at = found + length;
	return true;
}

/* Steps over the letters and digits of ASCII; how many there were. */
static inline size_t text_skip_alnum(struct text *t)
{
	const char *from = t->at;

	while (t->at < t->end && isalnum((unsigned char)*t->at))
		t->at++;
	return t->at - from;
}

/* Reads that many decimal digits. */
static inline bool text_number(struct text *t, size_t digits, int *value)
{
	size_t i;

	if (text_length(t) < digits)
		return false;
	*value = 0;
	for (i = 0; i < digits; i++) {
		if (!isdigit((unsigned char)t->at[i]))
			return false;
		*value = *value * 10 + (t->at[i] - '0');
	}
	t->at += digits;
	return true;
}

#endif

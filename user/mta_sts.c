// SPDX-License-Identifier: GPL-2.0-only
#include "mta_sts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

#define VERSION_TAG "STSv1"

void sts_free(struct sts *sts)
{
	size_t i;

	for (i = 0; i < sts->count; i++)
		free(sts->patterns[i]);
	free(sts->patterns);
	*sts = (struct sts){ .count = 0 };
}

static void trim(struct text *t)
{
	while (t->at < t->end && isspace((unsigned char)*t->at))
		t->at++;
	while (t->at < t->end && isspace((unsigned char)t->end[-1]))
		t->end--;
}

/* Steps behind the version and what ends it. */
static bool skip_version(struct text *record)
{
	struct text blank;

	if (!text_skip(record, "v=" VERSION_TAG) ||
	    !text_until(record, ";", &blank))
		return false;
	trim(&blank);
	return !text_length(&blank);
}

bool sts_claims(const char *text, size_t size)
{
	struct text record = { text, text + size };

	return skip_version(&record);
}

bool sts_is_record(const char *text, size_t size)
{
	struct text rest = { text, text + size }, field;

	if (!skip_version(&rest))
		return false;
	while (rest.at < rest.end) {
		if (!text_until(&rest, ";", &field)) {
			field = rest;
			rest.at = rest.end;
		}
		trim(&field);
		if (text_skip(&field, "id="))
			return text_length(&field);
	}
	return false;
}

static int add_pattern(struct sts *sts, const char *value)
{
	char **grown;

	/* What is no name fits none. */
	if (!is_host_name(strncmp(value, "*.", 2) ? value : value + 2))
		return 0;
	grown = realloc(sts->patterns, (sts->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	sts->patterns = grown;
	grown[sts->count] = strdup(value);
	if (!grown[sts->count])
		return -ENOMEM;
	sts->count++;
	return 0;
}

/* "key: value", with white space around the value. */
static bool split_line(const struct text *line, char key[16],
		       char value[DNS_NAME_SIZE + 2])
{
	struct text rest = *line, name;

	if (!text_until(&rest, ":", &name) || text_length(&name) >= 16)
		return false;
	trim(&rest);
	if (text_length(&rest) >= DNS_NAME_SIZE + 2)
		return false;
	snprintf(key, 16, "%.*s", (int)text_length(&name), name.at);
	snprintf(value, DNS_NAME_SIZE + 2, "%.*s", (int)text_length(&rest),
		 rest.at);
	return true;
}

static bool is_mode(const char *value)
{
	return !strcmp(value, "enforce") || !strcmp(value, "testing") ||
	       !strcmp(value, "none");
}

/* All but mx: is there once; of what is there again, the first holds. */
int sts_parse(struct sts *sts, const char *text, size_t size)
{
	struct text rest = { text, text + size }, line;
	char key[16], value[DNS_NAME_SIZE + 2];
	bool version = false, mode = false, known = true;
	int err = 0;

	while (!err && rest.at < rest.end) {
		if (!text_until(&rest, "\n", &line)) {
			line = rest;
			rest.at = rest.end;
		}
		if (!split_line(&line, key, value))
			continue;
		if (!strcmp(key, "version") && !version) {
			version = true;
			known &= !strcmp(value, VERSION_TAG);
		} else if (!strcmp(key, "mode") && !mode) {
			mode = true;
			known &= is_mode(value);
			sts->in_use = strcmp(value, "none");
		} else if (!strcmp(key, "mx")) {
			err = add_pattern(sts, value);
		}
	}
	if (err)
		return err;
	return version && mode && known ? 0 : -EINVAL;
}

bool sts_covers(const struct sts *sts, const char *name)
{
	const char *dot = strchr(name, '.');
	size_t i;

	for (i = 0; i < sts->count; i++) {
		const char *pattern = sts->patterns[i];

		/* The star is one label (RFC 6125 6.4.3). */
		if (*pattern == '*' ? dot && !strcasecmp(pattern + 1, dot)
				    : !strcasecmp(pattern, name))
			return true;
	}
	return false;
}

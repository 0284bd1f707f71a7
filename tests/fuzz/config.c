// SPDX-License-Identifier: GPL-2.0-only
/* Configuration files, with what they include and the lists that they name. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "policy.h"

#define AGAIN "/etc/again"

static int write_statement(const struct statement *s, void *to)
{
	statement_format(s, to);
	putc('\n', to);
	return 0;
}

/* As `list` prints it. */
static char *text_of(const struct policy *policy)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert(to);
	assert(!policy_statements(policy, write_statement, to));
	assert(!fclose(to));
	return text;
}

static int differ(const struct statement *s, bool is_new, void *arg)
{
	(void)s;
	(void)is_new;
	(void)arg;
	return -1;
}

/* What is in the file is the same policy. */
static void must_be(const struct policy *policy, const char *text,
		    const char *path)
{
	struct policy again = { 0 };
	struct fault fault = { "" };
	char *other;

	assert(!policy_read_file(path, true, &again, &fault));
	other = text_of(&again);
	assert(!strcmp(text, other));
	assert(!policy_diff(policy, &again, differ, NULL));
	assert(!policy_allowed_missing(policy, &again));
	assert(!policy_allowed_missing(&again, policy));
	free(other);
	policy_clear(&again);
}

/* Saved where it came from it stays the same, and the second time every byte.
 */
static void must_save(const struct policy *policy, const char *text)
{
	char *once, *twice;
	size_t sizes[2];

	if (policy_save(policy, scratch("saved")))
		return; /* it includes others */
	must_be(policy, text, scratch("saved"));
	once = scratch_read("saved", &sizes[0]);
	assert(!policy_save(policy, scratch("saved")));
	twice = scratch_read("saved", &sizes[1]);
	assert(sizes[0] == sizes[1] && !memcmp(once, twice, sizes[0]));
	free(once);
	free(twice);
}

/* The fuzzer learns the names of files by what they are compared with. */
static bool names(const uint8_t *data, size_t size, const char *path)
{
	return memmem(data, size, path, strlen(path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy policy = { 0 };
	struct fault fault = { "" };
	const char *first = "/etc/first";
	size_t first_size;
	char *text;
	int err;

	if (names(data, size, AGAIN) || names(data, size, scratch("")))
		return 0;
	files_clear();
	first_size = files_split(first, data, size);
	err = policy_read_file(first, size % 2, &policy, &fault);
	assert(!err == !*fault.text);
	if (!err) {
		text = text_of(&policy);
		files_add(AGAIN, text, strlen(text));
		must_be(&policy, text, AGAIN);
		scratch_write("saved", data, first_size);
		must_save(&policy, text);
		free(text);
	}
	policy_clear(&policy);
	return 0;
}

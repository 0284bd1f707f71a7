/* SPDX-License-Identifier: GPL-2.0-only */
/* Statements and policies from lines, and policies as lines again. */
#ifndef LINES_H
#define LINES_H

#include "unit.h"

#include "policy.h"

#define MAX_WORDS 16

/* For comments, which have at most 103 bytes. */
#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

/* Splits and parses a line; the fault's text is "" where there is none. */
static inline int line_parse(const char *line, bool force,
			     struct statement *out, struct fault *fault)
{
	char *words[MAX_WORDS], *copy = strdup(line);
	int count;

	fault->text[0] = '\0';
	count = statement_split(copy, words, MAX_WORDS, fault);
	if (count >= 0)
		count = statement_parse(words, count, force, out, fault);
	free(copy);
	return count;
}

/* The statement of a line that has one. */
static inline struct statement statement_of(const char *line)
{
	struct statement s;
	struct fault fault;

	assert_int_equal(line_parse(line, true, &s, &fault), 0);
	return s;
}

static inline void policy_add_line(struct policy *policy, const char *line)
{
	struct statement s = statement_of(line);

	assert_int_equal(policy_add(policy, &s), 0);
}

static inline int write_statement(const struct statement *s, void *to)
{
	statement_format(s, to);
	fputc('\n', to);
	return 0;
}

/* The policy as a file; the caller frees it. */
static inline char *policy_text(const struct policy *policy)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	policy_statements(policy, write_statement, to);
	fclose(to);
	return text;
}

#endif

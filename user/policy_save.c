// SPDX-License-Identifier: GPL-2.0-only
/* A policy as a file that people keep: with their comments. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "out.h"
#include "policy.h"

#define MAX_WORDS 16

/* What a file says about one of its statements. */
struct remark {
	char *statement; /* as statement_format() has it */
	char *above;	 /* lines of comment directly above it, or NULL */
	char *behind;	 /* "# ..." in its line, or NULL */
};

struct remarks {
	char *head; /* lines of comment in front of everything, or NULL */
	bool begun; /* what comes is no head any more */
	struct remark *list;
	size_t count;
};

static void remarks_free(struct remarks *remarks)
{
	size_t i;

	for (i = 0; i < remarks->count; i++) {
		free(remarks->list[i].statement);
		free(remarks->list[i].above);
		free(remarks->list[i].behind);
	}
	free(remarks->list);
	free(remarks->head);
}

/* Where the comment of a line begins, as statement_split() has it; or NULL. */
static char *find_comment(char *line)
{
	bool quoted = false, begins = true;

	for (; *line; line++) {
		if (quoted && *line == '\\' && line[1])
			line++;
		else if (*line == '"' && (quoted || begins))
			quoted = !quoted;
		else if (*line == '#' && !quoted)
			return line;
		begins = isspace((unsigned char)*line);
	}
	return NULL;
}

/* Adds a line to a block of them. */
static int append_line(char **block, const char *line)
{
	char *grown;

	if (asprintf(&grown, "%s%s\n", *block ? *block : "", line) < 0)
		return -ENOMEM;
	free(*block);
	*block = grown;
	return 0;
}

static int add_remark(struct remarks *remarks, const struct statement *s,
		      char **above, const char *behind)
{
	struct remark *grown =
		realloc(remarks->list, (remarks->count + 1) * sizeof(*grown));
	struct remark *remark;

	if (!grown)
		return -ENOMEM;
	remarks->list = grown;
	remark = &grown[remarks->count++];
	*remark = (struct remark){ .statement = statement_text(s),
				   .above = *above,
				   .behind = behind ? strdup(behind) : NULL };
	*above = NULL;
	return remark->statement && (!behind || remark->behind) ? 0 : -ENOMEM;
}

/* A blank line ends a block; the first one of all is the file's. */
static int end_block(struct remarks *remarks, char **above)
{
	if (!remarks->head && !remarks->begun)
		remarks->head = *above;
	else
		free(*above);
	*above = NULL;
	remarks->begun = true;
	return 0;
}

/* -EEXIST: an include. What is no statement has no remark. */
static int read_remark(struct remarks *remarks, char *line, char **above)
{
	char *comment, *words[MAX_WORDS], *behind = NULL;
	struct fault fault = { "" };
	struct statement s;
	int count, err = 0;

	line[strcspn(line, "\r\n")] = '\0';
	comment = find_comment(line);
	if (!line[strspn(line, " \t")])
		return end_block(remarks, above);
	if (comment && comment == line + strspn(line, " \t"))
		return append_line(above, comment);
	if (comment) {
		behind = strdup(comment);
		if (!behind)
			return -ENOMEM;
	}
	remarks->begun = true;
	count = statement_split(line, words, MAX_WORDS, &fault);
	if (count > 0 && !strcmp(words[0], "include"))
		err = -EEXIST;
	else if (count > 0 && (*above || behind) &&
		 !statement_parse(words, count, true, &s, &fault))
		err = add_remark(remarks, &s, above, behind);
	free(behind);
	free(*above);
	*above = NULL;
	return err;
}

static int compare_remarks(const void *a, const void *b)
{
	return strcmp(((const struct remark *)a)->statement,
		      ((const struct remark *)b)->statement);
}

/* A file that is not there has none. They are sorted. */
static int remarks_read(const char *path, struct remarks *remarks)
{
	FILE *file = fopen(path, "re");
	char *line = NULL, *above = NULL;
	size_t size = 0;
	int err = 0;

	if (!file)
		return errno == ENOENT ? 0 : -errno;
	errno = 0;
	while (!err && getline(&line, &size, file) >= 0)
		err = read_remark(remarks, line, &above);
	if (!err && ferror(file))
		err = errno ? -errno : -EIO;
	if (remarks->count)
		qsort(remarks->list, remarks->count, sizeof(*remarks->list),
		      compare_remarks);
	free(above);
	free(line);
	fclose(file);
	return err;
}

struct saving {
	FILE *file;
	const struct policy *policy;
	const struct remarks *remarks;
};

static const struct remark *find_remark(const struct remarks *remarks,
					char *statement)
{
	const struct remark wanted = { .statement = statement };

	return remarks->count ? bsearch(&wanted, remarks->list, remarks->count,
					sizeof(wanted), compare_remarks)
			      : NULL;
}

static int write_statement(const struct statement *s, void *arg)
{
	const struct saving *saving = arg;
	const struct remark *remark;
	char *text = statement_text(s);

	if (!text)
		return -ENOMEM;
	remark = find_remark(saving->remarks, text);
	fprintf(saving->file, "%s%s%s%s\n",
		remark && remark->above ? remark->above : "", text,
		remark && remark->behind ? "  " : "",
		remark && remark->behind ? remark->behind : "");
	free(text);
	return 0;
}

static int write_policy(FILE *file, const void *arg)
{
	struct saving saving = *(const struct saving *)arg;

	saving.file = file;
	if (saving.remarks->head)
		fprintf(file, "%s\n", saving.remarks->head);
	return policy_statements(saving.policy, write_statement, &saving);
}

int policy_save(const struct policy *policy, const char *path)
{
	struct remarks remarks = { 0 };
	const struct saving saving = { .policy = policy, .remarks = &remarks };
	int err = remarks_read(path, &remarks);

	if (err == -EEXIST)
		say("%s: it includes other files: what is theirs would be written into it; save to another",
		    path);
	else if (err)
		say("%s: %s", path, strerror(-err));
	else
		err = file_replace(path, file_mode(path, 0644), write_policy,
				   &saving);
	remarks_free(&remarks);
	return err;
}

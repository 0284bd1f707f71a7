// SPDX-License-Identifier: GPL-2.0-only
/* A line becomes words. */
#include <stdbool.h>
#include <string.h>

#include "statement.h"

/* Reads a quoted word from behind its first quote; NULL if it does not end. */
static char *unquote(char *from)
{
	char *to = from;

	for (; *from != '"'; from++) {
		if (*from == '\\' && (from[1] == '"' || from[1] == '\\'))
			from++;
		if (!*from)
			return NULL;
		*to++ = *from;
	}
	/* The closing quote is one further on than the word's end, or more. */
	*to = '\0';
	return from + 1;
}

/* Ends a quoted word, which begins at *line; moves that behind it. */
static int split_quoted(char **line, struct fault *fault)
{
	*line = unquote(*line);
	if (!*line)
		return fault_set(fault, "a quoted word has no end");
	if (!strchr(" \t\r\n#", **line))
		return fault_set(fault, "no space after a quoted word");
	return 0;
}

int statement_split(char *line, char *words[], int max, struct fault *fault)
{
	bool ended = false;
	int count = 0, err;
	char *start;

	while (!ended) {
		line += strspn(line, " \t\r\n");
		if (!*line || *line == '#')
			break;
		start = line;
		if (count == max) {
			words[0] = start;
			return fault_set(fault, "more than %d words", max);
		}
		if (*line == '"') {
			words[count++] = ++line;
			err = split_quoted(&line, fault);
			if (err) {
				words[0] = start;
				return err;
			}
			continue;
		}
		words[count++] = line;
		line += strcspn(line, " \t\r\n#");
		ended = !*line || *line == '#';
		*line++ = '\0';
	}
	return count;
}

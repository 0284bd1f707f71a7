// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists of senders, plain and as Postfix's tables: who is allowed is who is
 * allowed by the lines, read one after the other for each address.
 */
#include "fuzz.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "listfile.h"

#define WHITE " \t\r\n\v\f"
#define MAX_LINES 4096
#define MAX_PROBES 4096

/* What continues a line is joined to it; no comments, nothing that is empty. */
struct line {
	char *text;
	unsigned int number;
};

struct lines {
	struct line list[MAX_LINES];
	size_t count;
	bool is_table;
};

static struct prefix probes[MAX_PROBES];
static size_t probe_count;

static bool begins(const char *text, const char *keyword)
{
	size_t length = strlen(keyword);

	return !strncasecmp(text, keyword, length) &&
	       !strspn(text + length, "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
}

/* listfile.h says which it is. */
static bool is_table(const char *text)
{
	size_t word = strcspn(text, WHITE "#");
	size_t next = word + strspn(text + word, WHITE);

	return (text[next] && text[next] != '#') || *text == '!' ||
	       begins(text, "if") || begins(text, "endif");
}

static void add_line(struct lines *l, char *text, unsigned int number)
{
	char *end = strchr(text, '\0'), *joined;

	while (end > text && strchr(WHITE, end[-1]))
		*--end = '\0';
	if (!text[strspn(text, WHITE)] || text[strspn(text, WHITE)] == '#')
		return;
	if (!strchr(WHITE, *text)) {
		assert(l->count < MAX_LINES);
		l->list[l->count++] = (struct line){ strdup(text), number };
		return;
	}
	assert(l->count &&
	       asprintf(&joined, "%s%s", l->list[l->count - 1].text, text) > 0);
	free(l->list[l->count - 1].text);
	l->list[l->count - 1].text = joined;
}

static void read_lines(struct lines *l, const uint8_t *data, size_t size)
{
	char *copy = string(data, size), *rest = copy, *text;
	unsigned int number = 0;

	l->count = 0;
	while ((text = strsep(&rest, "\n")))
		add_line(l, text, ++number);
	l->is_table = l->count && is_table(l->list[0].text);
	free(copy);
}

/* An address with a length, in brackets or without; what is behind it. */
static const char *read_prefix(const char *text, struct prefix *p)
{
	size_t length = strcspn(text, WHITE), i, kept = 0;
	char word[64], *slash;

	assert(length < sizeof(word));
	for (i = 0; i < length; i++)
		if (text[i] != '[' && text[i] != ']')
			word[kept++] = text[i];
	word[kept] = '\0';
	slash = strchr(word, '/');
	if (slash)
		*slash = '\0';
	memset(p, 0, sizeof(*p));
	p->family = strchr(word, ':') ? FMX_IPV6 : FMX_IPV4;
	assert(inet_pton(p->family == FMX_IPV6 ? AF_INET6 : AF_INET, word,
			 p->addr) == 1);
	p->len = slash ? atoi(slash + 1) : (p->family == FMX_IPV6 ? 128 : 32);
	return text + length + strspn(text + length, WHITE);
}

static bool is_in(const struct prefix *p, const struct prefix *addr)
{
	unsigned int i;

	if (p->family != addr->family)
		return false;
	for (i = 0; i < p->len; i++)
		if ((p->addr[i / 8] ^ addr->addr[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}

/* Whether the pattern in front of `*text` matches; steps behind it. */
static bool matches(const char **text, const struct prefix *addr)
{
	struct prefix p;
	bool negated = false;

	while (**text == '!') {
		negated = !negated;
		*text += 1 + strspn(*text + 1, WHITE);
	}
	*text = read_prefix(*text, &p);
	/* cidr_table(5): a pattern of one family says nothing of the other. */
	return p.family == addr->family && is_in(&p, addr) != negated;
}

/* The line that decides it, and how; or 0. */
static unsigned int look_up(const struct lines *l, const struct prefix *addr,
			    bool *allow)
{
	unsigned int depth = 0, skipped = 0; /* ifs: all, and those not true */
	struct prefix p;
	size_t i;

	for (i = 0; i < l->count; i++) {
		const char *text = l->list[i].text;

		if (!l->is_table) {
			char *word = string(text, strcspn(text, WHITE "#"));

			read_prefix(word, &p);
			free(word);
			*allow = true;
			if (is_in(&p, addr))
				return l->list[i].number;
		} else if (begins(text, "if")) {
			depth++;
			text += 2 + strspn(text + 2, WHITE);
			if (!skipped && !matches(&text, addr))
				skipped = depth;
		} else if (begins(text, "endif")) {
			if (skipped == depth--)
				skipped = 0;
		} else if (!skipped && matches(&text, addr)) {
			*allow = !strcasecmp(text, "permit") ||
				 !strcasecmp(text, "OK");
			return l->list[i].number;
		}
	}
	*allow = false;
	return 0;
}

static void probe(const struct prefix *addr)
{
	if (probe_count < MAX_PROBES)
		probes[probe_count++] = *addr;
}

/* The next address upwards (1) or downwards (-1), round the ends. */
static struct prefix next_to(struct prefix addr, int step)
{
	int i = addr.family == FMX_IPV4 ? 3 : 15;

	for (; i >= 0; i--) {
		addr.addr[i] += step;
		if (addr.addr[i] != (step > 0 ? 0 : 0xff))
			break;
	}
	return addr;
}

/* Its ends, what is next to them, and some in it. */
static void probe_prefix(const struct prefix *p, uint64_t *random)
{
	struct prefix first = *p, last = *p, within;
	unsigned int bits = p->family == FMX_IPV4 ? 32 : 128, i, n;

	first.len = last.len = bits;
	for (i = p->len; i < bits; i++)
		last.addr[i / 8] |= 0x80 >> i % 8;
	probe(&first);
	probe(&last);
	within = next_to(first, -1);
	probe(&within);
	within = next_to(last, 1);
	probe(&within);
	for (n = 0; n < 2; n++) {
		within = first;
		for (i = p->len; i < bits; i++) {
			*random = *random * 6364136223846793005 + 1;
			if (*random >> 63)
				within.addr[i / 8] |= 0x80 >> i % 8;
		}
		probe(&within);
	}
}

static void probe_lines(const struct lines *l, uint64_t random)
{
	struct prefix all = { .family = FMX_IPV4 }, p;
	size_t i;

	probe_count = 0;
	probe_prefix(&all, &random);
	all.family = FMX_IPV6;
	probe_prefix(&all, &random);
	for (i = 0; i < l->count; i++) {
		const char *text = l->list[i].text;
		char *word;

		if (l->is_table && begins(text, "endif"))
			continue;
		if (l->is_table && begins(text, "if"))
			text += 2;
		text += strspn(text, WHITE "!");
		word = string(text,
			      strcspn(text, l->is_table ? WHITE : WHITE "#"));
		read_prefix(word, &p);
		free(word);
		probe_prefix(&p, &random);
	}
}

/* By the longest prefix, as the packets are looked up. */
static const struct listed *longest(const struct listfile *file,
				    const struct prefix *addr)
{
	const struct listed *found = NULL;
	size_t i;

	for (i = 0; i < file->count; i++)
		if (is_in(&file->list[i].prefix, addr) &&
		    (!found || found->prefix.len < file->list[i].prefix.len))
			found = &file->list[i];
	return found;
}

static void must_agree(const struct listfile *file, const uint8_t *data,
		       size_t size)
{
	static struct lines lines;
	size_t i;

	for (i = 1; i < file->count; i++)
		assert(prefix_compare(&file->list[i - 1].prefix,
				      &file->list[i].prefix) < 0);
	read_lines(&lines, data, size);
	probe_lines(&lines, hash(data, size));
	for (i = 0; i < probe_count; i++) {
		const struct listed *is = longest(file, &probes[i]);
		unsigned int line;
		bool allow;

		line = look_up(&lines, &probes[i], &allow);
		assert(allow == (is != NULL));
		assert(!is || is->line == line);
	}
	while (lines.count)
		free(lines.list[--lines.count].text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct listfile file = { 0 };
	struct fault fault = { "" };
	int err;

	files_clear();
	files_add("/list", data, size);
	err = listfile_read("/list", size % 2, &file, &fault);
	assert(!err == !*fault.text);
	if (err)
		assert(!file.count && !file.list);
	else if (size <= MAX_LINES)
		must_agree(&file, data, size);
	listfile_free(&file);
	return 0;
}

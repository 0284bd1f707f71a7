// SPDX-License-Identifier: GPL-2.0-only
#include "cidrtable.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct pattern {
	bool negated;
	struct prefix prefix;
	const char *word;
};

void cidrtable_begin(struct cidrtable *t, struct firstmatch *rules, bool force)
{
	unsigned int i;

	*t = (struct cidrtable){ .rules = rules, .force = force };
	for (i = 0; i < 2; i++) {
		t->scopes[0].left[i].reached = true;
		t->scopes[0].left[i].within.family = FMX_IPV4 + i;
	}
}

/* As Postfix sees it: also "if!192.0.2.1", in capitals too. */
static bool is_keyword(const char *text, const char *keyword)
{
	size_t length = strlen(keyword);

	return !strncasecmp(text, keyword, length) &&
	       !isalnum((unsigned char)text[length]);
}

bool cidrtable_begins(const char *text)
{
	return *text == '!' || is_keyword(text, "if") ||
	       is_keyword(text, "endif");
}

static char *skip_white(char *text)
{
	return text + strspn(text, CIDRTABLE_WHITE);
}

/* Ends the first word; what follows it. */
static char *cut_word(char *text)
{
	char *end = text + strcspn(text, CIDRTABLE_WHITE);

	if (!*end)
		return end;
	*end = '\0';
	return skip_white(end + 1);
}

/* Both "[2001:db8::]/32" and "[2001:db8::/32]" are without brackets then. */
static char *strip_brackets(char *word)
{
	char *close = strchr(word, ']');

	if (*word != '[' || !close || (close[1] && close[1] != '/'))
		return word;
	memmove(close, close + 1, strlen(close));
	return word + 1;
}

/* Reads a pattern in front of `*rest`, in place, and steps behind it. */
static int parse_pattern(char **rest, struct pattern *p, struct fault *fault)
{
	char *word = *rest;

	p->negated = false;
	while (*word == '!') {
		p->negated = !p->negated;
		word = skip_white(word + 1);
	}
	*rest = cut_word(word);
	if (!*word)
		return fault_set(fault, "an address or prefix is missing");
	word = strip_brackets(word);
	p->word = word;
	return prefix_parse(word, &p->prefix, fault);
}

static int parse_result(const char *result, bool *allow, struct fault *fault)
{
	*allow = !strcasecmp(result, "permit") || !strcasecmp(result, "OK");
	if (*allow || is_keyword(result, "reject") ||
	    !strcasecmp(result, "dunno"))
		return 0;
	return fault_set(
		fault,
		"%s: not a result that is understood: permit, OK, reject or dunno",
		result);
}

static struct cidr_scope *scope_of(struct cidrtable *t)
{
	return &t->scopes[t->depth];
}

/* What is both in `*in` and in `with`: false where that is nothing. */
static bool intersect(struct prefix *in, const struct prefix *with)
{
	if (prefix_contains(with, in))
		return true;
	if (!prefix_contains(in, with))
		return false;
	*in = *with;
	return true;
}

/* A rule for a region without its holes. */
struct cut {
	struct firstmatch *rules;
	const struct prefix *holes;
	size_t hole_count;
	bool allow;
	unsigned int line;
};

static int add_cut(const struct cut *c, const struct prefix *region,
		   struct fault *fault)
{
	bool split = false;
	struct prefix half[2];
	size_t i;
	int err;

	for (i = 0; i < c->hole_count; i++) {
		if (prefix_contains(&c->holes[i], region))
			return 0;
		split |= prefix_contains(region, &c->holes[i]);
	}
	if (!split)
		return firstmatch_add(c->rules, region, c->allow, c->line,
				      fault);
	prefix_halve(region, half);
	err = add_cut(c, &half[0], fault);
	return err ? err : add_cut(c, &half[1], fault);
}

/*
 * Adds what the pattern matches of what is left. Of that, what it does not
 * match is still left: so many patterns that are negated take few prefixes.
 */
static int add_rule(struct cidrtable *t, const struct pattern *p, bool allow,
		    unsigned int line, struct fault *fault)
{
	struct cidr_scope *s = scope_of(t);
	unsigned int i = p->prefix.family - FMX_IPV4;
	struct prefix holes[CIDRTABLE_MAX_IFS + 1], region = s->left[i].within;
	struct cut cut = {
		.rules = t->rules,
		.holes = holes,
		.hole_count = s->hole_count,
		.allow = allow,
		.line = line,
	};

	if (!s->left[i].reached)
		return 0;
	if (!p->negated && !intersect(&region, &p->prefix))
		return 0;
	if (allow && !region.len && !t->force)
		return fault_set(
			fault,
			"%s%s: would allow every sender that no line above it names; --force does it",
			p->negated ? "!" : "", p->word);
	memcpy(holes, t->holes, s->hole_count * sizeof(*holes));
	if (p->negated) {
		holes[cut.hole_count++] = p->prefix;
		s->left[i].reached = intersect(&s->left[i].within, &p->prefix);
	} else if (!prefix_compare(&region, &s->left[i].within)) {
		s->left[i].reached = false;
	}
	return add_cut(&cut, &region, fault);
}

static int open_if(struct cidrtable *t, char *text, unsigned int line,
		   struct fault *fault)
{
	unsigned int i;
	struct cidr_scope *s;
	struct pattern p;
	int err;

	err = parse_pattern(&text, &p, fault);
	if (err)
		return err;
	if (*text)
		return fault_set(fault, "%s: nothing can follow the if", text);
	if (t->depth == CIDRTABLE_MAX_IFS)
		return fault_set(fault, "if: more than %u in each other",
				 CIDRTABLE_MAX_IFS);
	t->depth++;
	s = scope_of(t);
	*s = s[-1];
	s->line = line;
	i = p.prefix.family - FMX_IPV4;
	s->left[!i].reached = false;
	if (p.negated)
		t->holes[s->hole_count++] = p.prefix;
	else if (s->left[i].reached)
		s->left[i].reached = intersect(&s->left[i].within, &p.prefix);
	return 0;
}

static int close_if(struct cidrtable *t, const char *rest, struct fault *fault)
{
	if (*rest)
		return fault_set(fault, "%s: nothing can follow endif", rest);
	if (!t->depth)
		return fault_set(fault, "endif: there is no if to it");
	t->depth--;
	return 0;
}

int cidrtable_line(struct cidrtable *t, char *text, unsigned int line,
		   struct fault *fault)
{
	struct pattern p;
	bool allow;
	int err;

	if (is_keyword(text, "if"))
		return open_if(t, skip_white(text + strlen("if")), line, fault);
	if (is_keyword(text, "endif"))
		return close_if(t, skip_white(text + strlen("endif")), fault);
	err = parse_pattern(&text, &p, fault);
	if (err)
		return err;
	if (!*text)
		return fault_set(
			fault,
			"%s: no result follows, as it must in a Postfix table",
			p.word);
	err = parse_result(text, &allow, fault);
	return err ? err : add_rule(t, &p, allow, line, fault);
}

int cidrtable_end(const struct cidrtable *t, unsigned int *line,
		  struct fault *fault)
{
	if (!t->depth)
		return 0;
	*line = t->scopes[t->depth].line;
	return fault_set(fault, "if: no endif follows");
}

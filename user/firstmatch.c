// SPDX-License-Identifier: GPL-2.0-only
/*
 * A rule that lies in an earlier one never holds. Where those are left out, a
 * rule that lies in another is the earlier of the two: so the longest prefix
 * that matches is the first rule that does. What remains is to write the rules
 * that deny as gaps between those that allow.
 */
#include "firstmatch.h"

#include <errno.h>
#include <stdlib.h>

#define MAX_NESTED 129 /* prefixes in each other: one of each length */

/* Makes room for one more of `count` things; NULL leaves them as they are. */
static void *grow(void *things, size_t size, size_t count, size_t *capacity)
{
	size_t more = *capacity ? *capacity * 2 : 64;
	void *grown;

	if (count < *capacity)
		return things;
	grown = reallocarray(things, more, size);
	if (grown)
		*capacity = more;
	return grown;
}

static int too_many(const struct prefix *prefix, struct fault *fault)
{
	char text[PREFIX_TEXT_SIZE];

	prefix_format(prefix, text);
	return fault_set(fault, "%s: makes more than %u prefixes", text,
			 FMX_MAX_RULES);
}

int firstmatch_add(struct firstmatch *f, const struct prefix *prefix,
		   bool allow, unsigned int line, struct fault *fault)
{
	struct match_rule *rules;

	if (f->count == FMX_MAX_RULES)
		return too_many(prefix, fault);
	rules = grow(f->rules, sizeof(*rules), f->count, &f->capacity);
	if (!rules)
		return -ENOMEM;
	f->rules = rules;
	f->rules[f->count++] = (struct match_rule){
		.prefix = *prefix,
		.allow = allow,
		.line = line,
	};
	return 0;
}

void firstmatch_clear(struct firstmatch *f)
{
	free(f->rules);
	*f = (struct firstmatch){ 0 };
}

static int compare_rules(const void *a, const void *b)
{
	const struct match_rule *x = a, *y = b;
	int order = prefix_compare(&x->prefix, &y->prefix);

	return order ? order : (x->line > y->line) - (x->line < y->line);
}

/*
 * Leaves those out that never hold. Of the rules that one lies in, only the
 * innermost that was kept is looked at: it is the earliest of them.
 */
static void drop_covered(struct firstmatch *f)
{
	size_t around[MAX_NESTED], depth = 0, kept = 0, i;

	for (i = 0; i < f->count; i++) {
		struct match_rule rule = f->rules[i], *outer = NULL;

		while (depth) {
			outer = &f->rules[around[depth - 1]];
			if (prefix_contains(&outer->prefix, &rule.prefix))
				break;
			depth--;
		}
		if (depth && outer->line <= rule.line)
			continue;
		around[depth++] = kept;
		f->rules[kept++] = rule;
	}
	f->count = kept;
}

static void find_denies(struct firstmatch *f)
{
	__u32 next = f->count;
	size_t i;

	for (i = f->count; i-- > 0;) {
		if (!f->rules[i].allow)
			next = i;
		f->rules[i].next_deny = next;
	}
}

/* The list as it is made; and what of the rules it is made from. */
struct listing {
	const struct match_rule *rules;
	struct listed *list;
	size_t count;
	size_t capacity;
	unsigned int line;
	struct fault *fault;
};

static int append(struct listing *l, const struct prefix *prefix,
		  unsigned int line)
{
	struct listed *list;

	l->line = line;
	if (l->count == FMX_MAX_RULES)
		return too_many(prefix, l->fault);
	list = grow(l->list, sizeof(*list), l->count, &l->capacity);
	if (!list)
		return -ENOMEM;
	l->list = list;
	l->list[l->count++] = (struct listed){ *prefix, line };
	return 0;
}

/* Of sorted rules from `from` on, where those that lie in `prefix` end. */
static size_t end_within(const struct listing *l, const struct prefix *prefix,
			 size_t from, size_t to)
{
	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (prefix_contains(prefix, &l->rules[middle].prefix))
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static int list_rules(struct listing *l, size_t from, size_t to);

/*
 * Lists what is allowed in a region: all, by `line`, but for what the rules in
 * it say, which are those from `from` to before `to`.
 */
static int list_region(struct listing *l, const struct prefix *region,
		       unsigned int line, size_t from, size_t to)
{
	struct prefix half[2];
	size_t middle;
	int err;

	if (from < to && !prefix_compare(region, &l->rules[from].prefix))
		return list_rules(l, from, to);
	if (from == to || l->rules[from].next_deny >= to) {
		err = append(l, region, line);
		return err ? err : list_rules(l, from, to);
	}
	prefix_halve(region, half);
	middle = end_within(l, &half[0], from, to);
	err = list_region(l, &half[0], line, from, middle);
	return err ? err : list_region(l, &half[1], line, middle, to);
}

/* Lists what these allow, where no other rule does. */
static int list_rules(struct listing *l, size_t from, size_t to)
{
	int err = 0;

	while (!err && from < to) {
		const struct match_rule *rule = &l->rules[from++];
		size_t end;

		if (!rule->allow)
			continue;
		end = end_within(l, &rule->prefix, from, to);
		err = list_region(l, &rule->prefix, rule->line, from, end);
		from = end;
	}
	return err;
}

int firstmatch_allowed(struct firstmatch *f, struct listed **list,
		       size_t *count, unsigned int *line, struct fault *fault)
{
	struct listing l = { .fault = fault };
	int err;

	if (f->count)
		qsort(f->rules, f->count, sizeof(*f->rules), compare_rules);
	drop_covered(f);
	find_denies(f);
	l.rules = f->rules;
	err = list_rules(&l, 0, f->count);
	if (err) {
		*line = l.line;
		free(l.list);
		return err;
	}
	*list = l.list;
	*count = l.count;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The conversion to prefixes, against the rules themselves: tables over a few
 * addresses, of which each is asked for. Every table of three rules, and many
 * random ones with patterns that are negated, and ifs.
 */
#include "unit.h"

#include "../oracle/random.h"
#include "cidrtable.h"

#define SPACE_BITS 3 /* the addresses are the last prefix of this many bits */
#define SPACE (1 << SPACE_BITS)
#define MAX_LINES 12

enum op {
	OP_RULE,
	OP_IF,
	OP_ENDIF,
};

/* A line of a table. The prefix has the `len` upper bits of the address. */
struct row {
	enum op op;
	unsigned int family; /* as an index */
	unsigned int addr;
	unsigned int len; /* 0 to SPACE_BITS */
	bool negated;
	bool allow;
};

struct table {
	struct row rows[MAX_LINES];
	size_t count;
};

static const char *const spaces[] = { "192.0.2.", "2001:db8::" };

static bool matches(const struct row *row, unsigned int family,
		    unsigned int addr)
{
	if (row->family != family)
		return false;
	return row->negated != !((addr ^ row->addr) >> (SPACE_BITS - row->len));
}

/* Reads the rules as the manual says it; the line that allows, or 0. */
static unsigned int allowed_by(const struct table *t, unsigned int family,
			       unsigned int addr)
{
	size_t i,
		skipped =
			0; /* ifs that are open, from one that did not match */

	for (i = 0; i < t->count; i++) {
		const struct row *row = &t->rows[i];

		if (skipped) {
			skipped += row->op == OP_IF;
			skipped -= row->op == OP_ENDIF;
		} else if (row->op == OP_IF) {
			skipped = !matches(row, family, addr);
		} else if (row->op == OP_RULE && matches(row, family, addr)) {
			return row->allow ? i + 1 : 0;
		}
	}
	return 0;
}

static void write_row(const struct row *row, char *text)
{
	char pattern[80];

	sprintf(pattern, "%s%s%u/%u", row->negated ? "!" : "",
		spaces[row->family], row->addr,
		(row->family ? 128 : 32) - SPACE_BITS + row->len);
	if (row->op == OP_RULE)
		sprintf(text, "%s %s", pattern,
			row->allow ? "permit" : "reject");
	else if (row->op == OP_IF)
		sprintf(text, "if %s", pattern);
	else
		strcpy(text, "endif");
}

static void fail_table(const struct table *t, unsigned int family,
		       unsigned int addr, const char *what)
{
	char text[100];
	size_t i;

	for (i = 0; i < t->count; i++) {
		write_row(&t->rows[i], text);
		print_error("# %s\n", text);
	}
	fail_msg("%s%u: %s", spaces[family], addr, what);
}

/* The line of the longest prefix that has the address, or 0. */
static unsigned int listed_by(const struct listed *list, size_t count,
			      const struct prefix *addr)
{
	unsigned int line = 0;
	int longest = -1;
	size_t i;

	for (i = 0; i < count; i++) {
		if (!prefix_contains(&list[i].prefix, addr) ||
		    list[i].prefix.len < longest)
			continue;
		longest = list[i].prefix.len;
		line = list[i].line;
	}
	return line;
}

static void check_answers(const struct table *t, const struct listed *list,
			  size_t count)
{
	struct fault fault;
	struct prefix p;
	unsigned int family, addr;
	char text[100];

	for (family = 0; family < 2; family++) {
		for (addr = 0; addr < SPACE; addr++) {
			sprintf(text, "%s%u", spaces[family], addr);
			assert_int_equal(addr_parse(text, &p, &fault), 0);
			if (listed_by(list, count, &p) !=
			    allowed_by(t, family, addr))
				fail_table(t, family, addr, "another line");
		}
	}
}

static void check_table(const struct table *t)
{
	struct cidrtable table;
	struct firstmatch rules = { 0 };
	struct fault fault = { "" };
	struct listed *list = NULL;
	unsigned int line = 0;
	size_t count = 0, i;
	char text[100];

	cidrtable_begin(&table, &rules, true);
	for (i = 0; i < t->count; i++) {
		write_row(&t->rows[i], text);
		if (cidrtable_line(&table, text, i + 1, &fault))
			fail_msg("line %zu: %s", i + 1, fault.text);
	}
	assert_int_equal(cidrtable_end(&table, &line, &fault), 0);
	assert_int_equal(
		firstmatch_allowed(&rules, &list, &count, &line, &fault), 0);
	for (i = 1; i < count; i++)
		if (prefix_compare(&list[i - 1].prefix, &list[i].prefix) >= 0)
			fail_table(t, 0, 0, "the list is not sorted");
	check_answers(t, list, count);
	free(list);
	firstmatch_clear(&rules);
}

/* One of each prefix, negated or not, that allows or does not: as a number. */
#define PATTERNS (2 * SPACE - 1)
#define RULES (4 * PATTERNS)

static struct row numbered_rule(unsigned int number)
{
	unsigned int pattern = 1 + number % PATTERNS, len = 0;

	while (pattern >> (len + 1))
		len++;
	return (struct row){
		.len = len,
		.addr = (pattern - (1 << len)) << (SPACE_BITS - len),
		.negated = number / PATTERNS % 2,
		.allow = number / PATTERNS / 2,
	};
}

static void every_table_of_three_rules_allows_the_same(void **state)
{
	unsigned int a, b, c;

	(void)state;
	for (a = 0; a < RULES; a++)
		for (b = 0; b < RULES; b++)
			for (c = 0; c < RULES; c++) {
				struct table t = {
					.rows = { numbered_rule(a),
						  numbered_rule(b),
						  numbered_rule(c) },
					.count = 3,
				};

				check_table(&t);
			}
}

static struct table random_table(struct dice *dice)
{
	struct table t = { .count = 0 };
	size_t lines = between(dice, 1, MAX_LINES / 2), open = 0;

	while (t.count < lines) {
		struct row row = numbered_rule(below(dice, RULES));

		row.family = percent(dice, 20);
		if (percent(dice, 60))
			row.negated = false;
		if (open && percent(dice, 20))
			row.op = OP_ENDIF;
		else if (percent(dice, 30))
			row.op = OP_IF;
		open += row.op == OP_IF;
		open -= row.op == OP_ENDIF;
		t.rows[t.count++] = row;
	}
	while (open--)
		t.rows[t.count++].op = OP_ENDIF;
	return t;
}

static void random_tables_with_ifs_allow_the_same(void **state)
{
	struct dice dice = { 1 };
	unsigned int i;

	(void)state;
	for (i = 0; i < 40000; i++) {
		struct table t = random_table(&dice);

		check_table(&t);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_table_of_three_rules_allows_the_same),
		cmocka_unit_test(random_tables_with_ifs_allow_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

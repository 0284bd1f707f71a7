// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include "sender.h"

#define EPOCH 1764000000000LL /* some day, in ms */
#define GRACE 86400000LL

/*
 * Visits in their order, and what they make of the sender a minute after the
 * last: F and L at a first and a last decoy, R at a real MX, N a neighbour at a
 * real MX, each with its second; A: he is on the allowlist; T: the time now.
 */
static const struct text_row orders[] = {
	/* one visit */
	{ "F0", "waiting since 0" },
	{ "L0", "backwards" },
	{ "R0", "direct" },
	/* two: the first decoy, then */
	{ "F0 R0", "retried after 0" },
	{ "F0 R600", "retried after 600" },
	{ "F0 L0", "waiting since 0" },
	{ "F0 L600", "waiting since 0" },
	{ "F0 F600", "waiting since 0" },
	/* two: the last decoy, then */
	{ "L0 F600", "backwards" },
	{ "L0 R600", "backwards" },
	{ "L0 L600", "backwards" },
	/* two: the real one, then */
	{ "R0 F600", "waiting since 600" },
	{ "R0 L600", "direct" },
	{ "R0 R600", "direct" },
	/* three, of three kinds */
	{ "F0 L10 R20", "retried after 20" },
	{ "F0 R10 L20", "retried after 10" },
	{ "L0 F10 R20", "retried after 10" },
	{ "L0 R10 F20", "backwards" },
	{ "R0 F10 L20", "waiting since 10" },
	{ "R0 L10 F20", "waiting since 20" },
	/* more than one mail */
	{ "F0 R10 F600 R610", "retried after 10" },
	{ "F0 F600 R1200", "retried after 1200" },
	{ "R0 F600 R660", "retried after 60" },
	{ "F0 R10 F600", "waiting since 600" },
	/* the grace time */
	{ "F0 T86400", "waiting since 0" },
	{ "F0 T86401", "lost since 0" },
	{ "F0 F80000 F90000", "lost since 0" },
	{ "F0 R10 F600 T87000", "waiting since 600" },
	{ "F0 R10 F600 T87001", "lost since 600" },
	{ "F0 R90000", "retried after 90000" },
	{ "L0 F10 T90000", "backwards" },
	/* clocks differ */
	{ "F2 R0", "retried after 0" },
	{ "F4 R0", "waiting since 4" },
	{ "F2 L0", "waiting since 2" },
	{ "F4 L0", "backwards" },
	{ "R2 L0", "direct" },
	/* a neighbour */
	{ "F0 N300", "retried (neighbour) after 300" },
	{ "F0 N300 T90000", "retried (neighbour) after 300" },
	{ "F0 R100 N300", "retried after 100" },
	{ "L0 F10 N300", "backwards" },
	{ "L0 N300", "backwards" },
	/* the allowlist */
	{ "F0 A", "allowed" },
	{ "F0 A T90000", "allowed" },
	{ "L0 A", "allowed" },
	{ "F0 N300 A", "allowed" },
	{ "F0 R300 A", "retried after 300" },
	{ "R0 A", "direct" },
};

static void visit(struct sender *s, enum fmx_role role, __s64 at)
{
	if (!s->first[role])
		s->first[role] = at;
	s->last[role] = at;
	s->attempts[role]++;
}

static int read_order(const char *order, const void *arg, FILE *to)
{
	struct class_context c = { .grace = GRACE };
	struct sender s = { 0 };
	struct classed is;
	__s64 latest = 0;
	const char *next;

	(void)arg;
	for (next = order; *next; next += strcspn(next, " ")) {
		next += strspn(next, " ");
		__s64 at = EPOCH + atoll(next + 1) * 1000;

		latest = at > latest ? at : latest;
		if (*next == 'F')
			visit(&s, FMX_ROLE_FIRST, at);
		if (*next == 'L')
			visit(&s, FMX_ROLE_LAST, at);
		if (*next == 'R')
			visit(&s, FMX_ROLE_REAL, at);
		if (*next == 'N')
			c.neighbour = at;
		if (*next == 'A')
			c.allowed = true;
		if (*next == 'T')
			c.now = at;
	}
	if (!c.now)
		c.now = latest + 60000;
	is = sender_class(&s, &c);
	fprintf(to, "%s", class_name(is.class));
	if (is.neighbour)
		fprintf(to, " (neighbour)");
	if (is.delay >= 0)
		fprintf(to, " after %lld", (long long)is.delay / 1000);
	if (is.since)
		fprintf(to, " since %lld",
			(long long)(is.since - EPOCH) / 1000);
	return 0;
}

static void each_order_of_visits_has_its_class(void **state)
{
	(void)state;
	check_rows(read_order, NULL, 0, orders, COUNT(orders));
}

static int read_class(const char *word, const void *arg, FILE *to)
{
	struct fault fault = { "" };
	enum class class;
	int err = class_parse(word, &class, &fault);

	(void)arg;
	fputs(err ? fault.text : class_name(class), to);
	return err;
}

static void classes_go_by_their_names(void **state)
{
	static const struct text_row known[] = {
		{ "retried", "retried" },
		{ "lost", "lost" },
		{ "direct", "direct" },
	};
	static const struct text_row unknown[] = {
		{ "Lost",
		  "Lost: no such class; there are: retried allowed waiting lost backwards direct" },
		{ "",
		  ": no such class; there are: retried allowed waiting lost backwards direct" },
	};

	(void)state;
	check_rows(read_class, NULL, 0, known, COUNT(known));
	check_rows(read_class, NULL, -EINVAL, unknown, COUNT(unknown));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_order_of_visits_has_its_class),
		cmocka_unit_test(classes_go_by_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "lines.h"

#include "guard.h"

/* The guard of a policy of these lines, shadow or not; the caller frees it. */
static char *guard_text(const char *const lines[], size_t count, bool shadow)
{
	struct policy policy = { .settings.shadow = shadow };
	json_t *document;
	char *text = NULL;
	struct fault fault;
	size_t size, i;
	FILE *to;

	for (i = 0; i < count; i++)
		policy_add_line(&policy, lines[i]);
	assert_int_equal(policy_settle(&policy, &fault), 0);
	document = guard_document(&policy);
	assert_non_null(document);
	to = open_memstream(&text, &size);
	guard_write(to, document);
	fclose(to);
	json_decref(document);
	policy_clear(&policy);
	return text;
}

#define GUARD(shadow, ...)                               \
	guard_text((const char *const[]){ __VA_ARGS__ }, \
		   COUNT(((const char *const[]){ __VA_ARGS__ })), shadow)

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("not there: %s\nin:\n%s", part, text);
}

static void has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("there: %s\nin:\n%s", part, text);
}

static void an_entry_with_an_end_is_a_rule_with_one(void **state)
{
	char *text = GUARD(false, "decoy 2001:db8::10",
			   "allow 203.0.113.5 until 2100-01-01T00:00:00Z",
			   "allow 2001:db8:5::/48 until 2100-01-01T00:00:01Z",
			   "allow 203.0.113.6");

	(void)state;
	has(text,
	    "\tchain decoy {\n"
	    "\t\tip saddr @allowed4 return\n"
	    "\t\tip saddr 203.0.113.5 meta time < 4102444800 return\n"
	    "\t\tip6 saddr @allowed6 return\n"
	    "\t\tip6 saddr 2001:db8:5::/48 meta time < 4102444801 return\n");
	has(text,
	    "\tchain source_route {\n"
	    "\t\tip6 saddr @allowed6 return\n"
	    "\t\tip6 saddr 2001:db8:5::/48 meta time < 4102444801 return\n");
	has(text, "elements = {\n\t\t\t203.0.113.6\n\t\t}\n");
	free(text);
}

static void a_policy_becomes_sets(void **state)
{
	char *text = GUARD(false, "decoy 198.51.100.30 role last",
			   "decoy 198.51.100.10", "decoy 2001:db8::10",
			   "real 198.51.100.20", "allow 203.0.113.5 comment x",
			   "allow 203.0.113.0/24", "allow 2001:db8:5::/48");

	(void)state;
	has(text, "\tset decoys4 {\n\t\ttype ipv4_addr\n\t\telements = {\n"
		  "\t\t\t198.51.100.10,\n\t\t\t198.51.100.30\n\t\t}\n\t}\n");
	has(text, "\tset decoys6 {\n\t\ttype ipv6_addr\n\t\telements = {\n"
		  "\t\t\t2001:db8::10\n\t\t}\n\t}\n");
	has(text, "\tset allowed4 {\n\t\ttype ipv4_addr\n\t\tflags interval\n"
		  "\t\tauto-merge\n\t\telements = {\n"
		  "\t\t\t203.0.113.0/24,\n\t\t\t203.0.113.5\n\t\t}\n\t}\n");
	has(text, "\t\t\t2001:db8:5::/48\n");
	has_not(text, "198.51.100.20");
	free(text);
}

static void an_empty_set_has_no_elements(void **state)
{
	char *text = GUARD(false, "decoy 198.51.100.10");

	(void)state;
	has(text, "\tset decoys6 {\n\t\ttype ipv6_addr\n\t}\n");
	has(text, "\tset allowed4 {\n\t\ttype ipv4_addr\n\t\tflags interval\n"
		  "\t\tauto-merge\n\t}\n");
	free(text);
}

/* Without a decoy of IPv6 nothing of IPv6 is touched. */
static void ipv6_is_left_alone_without_a_decoy(void **state)
{
	char *four = GUARD(false, "decoy 198.51.100.10");
	char *six = GUARD(false, "decoy 2001:db8::10");

	(void)state;
	has_not(four, "exthdr frag");
	has_not(four, "seg-left");
	has(six, "exthdr frag exists");
	has(six, "rt seg-left > 0");
	free(four);
	free(six);
}

static void it_replaces_the_one_before(void **state)
{
	char *text = GUARD(false, "decoy 198.51.100.10");

	(void)state;
	has(text, "\ntable inet xdp_fakemx\n"
		  "delete table inet xdp_fakemx\n\n"
		  "table inet xdp_fakemx {\n");
	free(text);
}

static void in_shadow_mode_it_only_counts(void **state)
{
	char *text = GUARD(true, "decoy 198.51.100.10", "decoy 2001:db8::10");

	(void)state;
	has(text, "counter return");
	has_not(text, "reject");
	has_not(text, "drop");
	free(text);
}

static void mark_is_same(bool same, const char *const lines[], size_t count,
			 bool shadow)
{
	static const char *const before[] = { "decoy 198.51.100.10",
					      "allow 203.0.113.5" };
	char *one = guard_text(before, COUNT(before), false);
	char *other = guard_text(lines, count, shadow);
	const char *at = strstr(one, "comment \"policy ");
	char mark[40];

	snprintf(mark, sizeof(mark), "%.34s", at);
	if (same)
		has(other, mark);
	else
		has_not(other, mark);
	free(one);
	free(other);
}

#define SAME(...)                                                \
	mark_is_same(true, (const char *const[]){ __VA_ARGS__ }, \
		     COUNT(((const char *const[]){ __VA_ARGS__ })), false)
#define OTHER(shadow, ...)                                        \
	mark_is_same(false, (const char *const[]){ __VA_ARGS__ }, \
		     COUNT(((const char *const[]){ __VA_ARGS__ })), shadow)

static void its_mark_is_of_what_it_says(void **state)
{
	(void)state;
	SAME("allow 203.0.113.5 comment \"a partner\"",
	     "decoy 198.51.100.10 role last", "real 198.51.100.20");
	OTHER(true, "decoy 198.51.100.10", "allow 203.0.113.5");
	OTHER(false, "decoy 198.51.100.10");
	OTHER(false, "allow 203.0.113.5");
	OTHER(false, "decoy 198.51.100.11", "allow 203.0.113.5");
	OTHER(false, "decoy 198.51.100.10", "allow 203.0.113.4/30");
	OTHER(false, "decoy 203.0.113.5", "allow 198.51.100.10");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_policy_becomes_sets),
		cmocka_unit_test(an_entry_with_an_end_is_a_rule_with_one),
		cmocka_unit_test(an_empty_set_has_no_elements),
		cmocka_unit_test(ipv6_is_left_alone_without_a_decoy),
		cmocka_unit_test(it_replaces_the_one_before),
		cmocka_unit_test(in_shadow_mode_it_only_counts),
		cmocka_unit_test(its_mark_is_of_what_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

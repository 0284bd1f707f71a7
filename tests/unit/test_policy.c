// SPDX-License-Identifier: GPL-2.0-only
/* Statements as rows, their order, and the counters of the decoys. */
#include "lines.h"

#include <dirent.h>

/*
 * Stands before the C library's, so that no attachment of the host is found
 * and touched: a new decoy's counter is reset by going through the pins.
 */
static unsigned int opened;
static int open_errno;

DIR *opendir(const char *name)
{
	(void)name;
	opened++;
	errno = open_errno;
	return NULL;
}

static int pins_make(void **state)
{
	(void)state;
	opened = 0;
	open_errno = ENOENT;
	return 0;
}

static void a_statement_becomes_the_row_of_the_maps(void **state)
{
	struct statement s = statement_of("allow 192.0.2.0/24 comment \"a b\"");
	static const __u8 net[16] = { 192, 0, 2 };
	struct prefix prefix;
	struct row row;

	(void)state;
	s.origin = (struct fmx_origin){ .line = 7, .file = 2 };
	statement_to_row(&s, &row);
	assert_int_equal(row.key.prefixlen, 32 + 24);
	assert_int_equal(row.key.kind, FMX_KIND_ALLOW);
	assert_int_equal(row.key.family, FMX_IPV4);
	assert_int_equal(row.key.pad[0] | row.key.pad[1], 0);
	assert_memory_equal(row.key.addr, net, sizeof(net));
	assert_int_equal(row.rule.len, 24);
	assert_ptr_equal(row.comment, s.comment);
	assert_int_equal(row.rule.origin.line, 7);
	assert_int_equal(row.rule.origin.file, 2);
	assert_false(row_is_decoy(&row));
	row_prefix(&row, &prefix);
	assert_int_equal(prefix_compare(&prefix, &s.prefix), 0);
}

static void a_target_becomes_the_row_of_the_maps(void **state)
{
	struct statement s = statement_of("decoy 2001:db8::10 role last");
	struct prefix prefix;
	struct row row;

	(void)state;
	statement_to_row(&s, &row);
	assert_int_equal(row.key.prefixlen, 32 + 128);
	assert_int_equal(row.key.kind, FMX_KIND_TARGET);
	assert_int_equal(row.key.family, FMX_IPV6);
	assert_int_equal(row.rule.role, FMX_ROLE_LAST);
	assert_int_equal(row.rule.len, 0);
	assert_null(row.comment);
	assert_true(row_is_decoy(&row));
	row_prefix(&row, &prefix);
	assert_int_equal(prefix_compare(&prefix, &s.prefix), 0);
	s = statement_of("real 198.51.100.20");
	statement_to_row(&s, &row);
	assert_int_equal(row.key.prefixlen, 32 + 32);
	assert_int_equal(row.rule.role, FMX_ROLE_REAL);
	assert_false(row_is_decoy(&row));
}

static void a_setting_becomes_its_field(void **state)
{
	struct settings settings = { 0 };
	struct statement s;

	(void)state;
	s = statement_of("set rate-limit 1000000000");
	statement_to_settings(&s, &settings);
	assert_int_equal(settings.rate_limit, 1000000000);
	assert_int_equal(settings.shadow, 0);
	s = statement_of("set shadow on");
	statement_to_settings(&s, &settings);
	assert_int_equal(settings.rate_limit, 1000000000);
	assert_int_equal(settings.shadow, 1);
	s = statement_of("set shadow off");
	statement_to_settings(&s, &settings);
	assert_int_equal(settings.shadow, 0);
	s = statement_of("set ledger-size 4096");
	statement_to_settings(&s, &settings);
	assert_int_equal(settings.ledger_size, 4096);
	assert_int_equal(settings.rate_limit, 1000000000);
}

/* Four senders stand together: fewer more or less make no other ledger. */
static void ledgers_of_as_many_sets_are_the_same(void **state)
{
	static const struct {
		__u32 a, b;
		bool same;
	} rows[] = {
		{ 0, 0, true },	       { 0, 262144, true },
		{ 0, 262145, false },  { 262141, 0, true },
		{ 262140, 0, false },  { 1024, 1024, true },
		{ 1024, 1025, false }, { 1025, 1028, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct settings a = { .ledger_size = rows[i].a };
		struct settings b = { .ledger_size = rows[i].b, .shadow = 1 };

		assert_int_equal(settings_same_ledger(&a, &b), rows[i].same);
	}
}

static void an_added_statement_is_a_copy(void **state)
{
	struct statement s = statement_of("allow 203.0.113.5 comment old");
	struct policy policy = { 0 };
	char *text;

	(void)state;
	assert_int_equal(policy_add(&policy, &s), 0);
	memset(&s, 0xff, sizeof(s));
	text = policy_text(&policy);
	policy_clear(&policy);
	assert_string_equal(text, "allow 203.0.113.5 comment \"old\"\n");
	free(text);
	assert_null(policy.rows);
	assert_int_equal(policy.count, 0);
	assert_int_equal(policy.capacity, 0);
}

/* Also where its line is an earlier one: of another file. */
static void the_later_statement_wins(void **state)
{
	struct statement s = statement_of("allow 203.0.113.5 comment earlier");
	struct policy policy = { 0 };
	struct fault fault;
	char *text;

	(void)state;
	s.origin.line = 2;
	assert_int_equal(policy_add(&policy, &s), 0);
	s = statement_of("allow 203.0.113.5 comment later");
	s.origin.line = 1;
	assert_int_equal(policy_add(&policy, &s), 0);
	assert_int_equal(policy_settle(&policy, &fault), 0);
	text = policy_text(&policy);
	policy_clear(&policy);
	assert_string_equal(text, "allow 203.0.113.5 comment \"later\"\n");
	free(text);
}

static int note_difference(const struct statement *s, bool is_new, void *arg)
{
	FILE *to = arg;

	fputs(is_new ? " +" : " -", to);
	statement_format(s, to);
	return 0;
}

/* Statements, with a / between the two policies. */
static int read_difference(const char *given, const void *arg, FILE *to)
{
	char *copy = strdup(given), *save = NULL, *line;
	struct policy policies[2] = { { 0 }, { 0 } };
	struct fault fault;
	int which = 0;

	(void)arg;
	for (line = strtok_r(copy, ";", &save); line;
	     line = strtok_r(NULL, ";", &save)) {
		if (!strcmp(line, "/"))
			which = 1;
		else
			policy_add_line(&policies[which], line);
	}
	assert_int_equal(policy_settle(&policies[0], &fault), 0);
	assert_int_equal(policy_settle(&policies[1], &fault), 0);
	policy_diff(&policies[0], &policies[1], note_difference, to);
	fprintf(to, " %zu", policy_allowed_missing(&policies[0], &policies[1]));
	policy_clear(&policies[0]);
	policy_clear(&policies[1]);
	free(copy);
	return 0;
}

static void a_sender_is_lost_whom_no_other_prefix_allows(void **state)
{
	static const struct {
		const char *from, *to;
		size_t lost;
	} rows[] = {
		{ "", "", 0 },
		{ "192.0.2.1", "", 1 },
		{ "", "192.0.2.1", 0 },
		{ "192.0.2.1 192.0.2.2", "192.0.2.0/30", 0 },
		{ "192.0.2.0/30", "192.0.2.1 192.0.2.2", 1 },
		{ "192.0.2.0/31", "192.0.2.0/32 192.0.2.1/32", 0 },
		{ "192.0.2.0/30 192.0.2.8/30",
		  "192.0.2.0/31 192.0.2.2 192.0.2.3 192.0.2.8/31 192.0.2.11",
		  1 },
		{ "2001:db8::/126", "2001:db8::/127 2001:db8::2/127", 0 },
		{ "0.0.0.0/0", "0.0.0.0/1 128.0.0.0/1 10.0.0.0/8", 0 },
		{ "::/0", "::/1 8000::/2 0.0.0.0/0", 1 },
		{ "192.0.2.1 192.0.2.9 203.0.113.1",
		  "192.0.2.0/24 192.0.2.1 192.0.2.8", 1 },
		{ "10.9.0.0/16 10.200.0.1", "10.0.0.0/8 10.9.9.9", 0 },
		{ "192.0.2.1 2001:db8::1", "2001:db8::/32", 1 },
		{ "192.0.2.1 2001:db8::1", "192.0.0.0/16", 1 },
		{ "10.0.0.1 10.0.0.3 10.0.0.5", "10.0.0.2 10.0.0.4", 3 },
		{ "0.0.0.0/0 10.0.0.1", "10.0.0.0/8", 1 },
	};
	struct fault fault;
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct policy policies[2] = { { 0 }, { 0 } };
		const char *texts[] = { rows[i].from, rows[i].to };
		char line[64], *copy, *save, *word;
		size_t lost;
		int which;

		for (which = 0; which < 2; which++) {
			/* Targets have an order of their own. */
			policy_add_line(&policies[which], "decoy 192.0.2.1");
			copy = strdup(texts[which]);
			for (word = strtok_r(copy, " ", &save); word;
			     word = strtok_r(NULL, " ", &save)) {
				snprintf(line, sizeof(line), "allow %s", word);
				policy_add_line(&policies[which], line);
			}
			free(copy);
			assert_int_equal(
				policy_settle(&policies[which], &fault), 0);
		}
		assert_int_equal(policy_allowed_lost(&policies[0], &policies[1],
						     &lost),
				 0);
		failed += differs_number(rows[i].from, rows[i].lost, lost);
		policy_clear(&policies[0]);
		policy_clear(&policies[1]);
	}
	assert_int_equal(failed, 0);
}

static void policies_differ_by_their_statements(void **state)
{
	static const struct text_row rows[] = {
		{ "/", " 0" },
		{ "allow 192.0.2.1;/;allow 192.0.2.1", " 0" },
		{ "/;allow 192.0.2.1", " +allow 192.0.2.1 0" },
		{ "allow 192.0.2.1;/", " -allow 192.0.2.1 1" },
		{ "allow 192.0.2.1;allow 192.0.2.2;/;allow 192.0.2.2;allow 192.0.2.0/24",
		  " -allow 192.0.2.1 +allow 192.0.2.0/24 1" },
		{ "allow 192.0.2.1 comment a;/;allow 192.0.2.1 comment b",
		  " -allow 192.0.2.1 comment \"a\" +allow 192.0.2.1 comment \"b\" 0" },
		{ "decoy 192.0.2.1;/;decoy 192.0.2.1 role last",
		  " -decoy 192.0.2.1 role first +decoy 192.0.2.1 role last 0" },
		{ "decoy 192.0.2.1 role last;/;decoy 192.0.2.1 role last answer verify",
		  " -decoy 192.0.2.1 role last +decoy 192.0.2.1 role last answer verify 0" },
		{ "decoy 192.0.2.1;/;real 192.0.2.1",
		  " -decoy 192.0.2.1 role first +real 192.0.2.1 0" },
		{ "set shadow on;set rate-limit 5;/;set rate-limit 6",
		  " -set shadow on -set rate-limit 5 +set rate-limit 6 0" },
		{ "set grace-time 24h;/;set shadow off",
		  " -set grace-time 1d 0" },
	};

	(void)state;
	check_rows(read_difference, NULL, 0, rows, COUNT(rows));
}

static int stop_at_second(const struct statement *s, void *arg)
{
	unsigned int *calls = arg;

	(void)s;
	return ++*calls == 2 ? -EPIPE : 0;
}

static void statements_stop_where_the_caller_says(void **state)
{
	struct policy policy = { .settings = { .shadow = 1 } };
	unsigned int calls = 0;
	int err;

	(void)state;
	policy_add_line(&policy, "decoy 198.51.100.10");
	policy_add_line(&policy, "allow 203.0.113.5");
	err = policy_statements(&policy, stop_at_second, &calls);
	policy_clear(&policy);
	assert_int_equal(err, -EPIPE);
	assert_int_equal(calls, 2);
}

static void add_decoys(struct policy *policy, unsigned int from,
		       unsigned int count)
{
	struct fault none;
	char line[64];
	unsigned int i;

	for (i = from; i < from + count; i++) {
		snprintf(line, sizeof(line), "decoy 10.0.%u.%u", i >> 8,
			 i & 255);
		policy_add_line(policy, line);
	}
	assert_int_equal(policy_settle(policy, &none), 0);
}

/* Each slot is there once. */
static void check_slots(const struct policy *policy)
{
	bool used[FMX_MAX_DECOYS] = { false };
	size_t i;

	for (i = 0; i < policy->count; i++) {
		if (!row_is_decoy(&policy->rows[i]))
			continue;
		assert_false(used[policy->rows[i].rule.slot]);
		used[policy->rows[i].rule.slot] = true;
	}
}

static void each_new_decoy_gets_a_counter_at_zero(void **state)
{
	struct policy policy = { 0 }, running = { 0 };

	(void)state;
	policy_add_line(&policy, "real 10.0.0.200");
	add_decoys(&policy, 0, 3);
	assert_int_equal(policy_place_decoys(&policy, &running), 0);
	assert_int_equal(opened, 3);
	assert_int_equal(policy_decoy_count(&policy), 3);
	check_slots(&policy);
	policy_clear(&policy);
}

static void a_known_decoy_keeps_its_counter(void **state)
{
	struct policy policy = { 0 }, running = { 0 };

	(void)state;
	/* 10.0.0.0 to 10.0.0.3, and of them 2, 3 stay; 4 to 6 are new. */
	add_decoys(&running, 0, 4);
	running.rows[0].rule.slot = 9;
	running.rows[1].rule.slot = 0;
	running.rows[2].rule.slot = 255;
	running.rows[3].rule.slot = 1;
	add_decoys(&policy, 2, 5);
	assert_int_equal(policy_place_decoys(&policy, &running), 0);
	assert_int_equal(opened, 3);
	assert_int_equal(policy.rows[0].rule.slot, 255);
	assert_int_equal(policy.rows[1].rule.slot, 1);
	/* What may still count for an old decoy is no new one's. */
	assert_int_equal(policy.rows[2].rule.slot, 2);
	assert_int_equal(policy.rows[3].rule.slot, 3);
	assert_int_equal(policy.rows[4].rule.slot, 4);
	policy_clear(&policy);
	policy_clear(&running);
}

static void a_real_that_becomes_a_decoy_gets_a_counter(void **state)
{
	struct policy policy = { 0 }, running = { 0 };

	(void)state;
	add_decoys(&running, 0, 1);
	policy_add_line(&running, "real 10.0.0.1");
	add_decoys(&policy, 0, 2);
	assert_int_equal(policy_place_decoys(&policy, &running), 0);
	assert_int_equal(opened, 1);
	assert_int_equal(policy.rows[0].rule.slot, 0);
	assert_int_equal(policy.rows[1].rule.slot, 1);
	policy_clear(&policy);
	policy_clear(&running);
}

static void there_is_room_for_256_decoys(void **state)
{
	struct policy policy = { 0 }, running = { 0 };

	(void)state;
	add_decoys(&policy, 0, 256);
	assert_int_equal(policy_place_decoys(&policy, &running), 0);
	assert_int_equal(policy_decoy_count(&policy), 256);
	check_slots(&policy);
	/* All of them again: nothing changes, and nothing is reset. */
	opened = 0;
	add_decoys(&running, 0, 256);
	memcpy(running.rows, policy.rows, 256 * sizeof(*policy.rows));
	assert_int_equal(policy_place_decoys(&policy, &running), 0);
	assert_int_equal(opened, 0);
	assert_memory_equal(running.rows, policy.rows,
			    256 * sizeof(*policy.rows));
	policy_clear(&policy);
	policy_clear(&running);
}

static int place(struct policy *policy, const struct policy *running,
		 struct capture *said)
{
	int err;

	capture_begin(said, &stderr);
	err = policy_place_decoys(policy, running);
	capture_end(said);
	return err;
}

static void a_257th_decoy_is_refused(void **state)
{
	static const char message[] =
		"xdp-fakemx: too many decoys: there is room for 256, old and new together\n";
	struct policy policy = { 0 }, running = { 0 };
	struct capture said;

	(void)state;
	add_decoys(&policy, 0, 257);
	assert_int_equal(place(&policy, &running, &said), -ENOSPC);
	assert_string_equal(said.text, message);
	free(said.text);
	policy_clear(&policy);
	add_decoys(&running, 0, 256);
	for (unsigned int i = 0; i < 256; i++)
		running.rows[i].rule.slot = i;
	add_decoys(&policy, 256, 1);
	assert_int_equal(place(&policy, &running, &said), -ENOSPC);
	assert_string_equal(said.text, message);
	free(said.text);
	policy_clear(&policy);
	policy_clear(&running);
}

static void a_counter_that_cannot_be_reset_is_an_error(void **state)
{
	struct policy policy = { 0 }, running = { 0 };
	struct capture said;
	int err;

	(void)state;
	add_decoys(&policy, 0, 2);
	open_errno = EACCES;
	err = place(&policy, &running, &said);
	policy_clear(&policy);
	assert_int_equal(err, -EACCES);
	assert_non_null(strstr(said.text, "Permission denied\n"));
	free(said.text);
}

#define WITH_PINS(test) cmocka_unit_test_setup(test, pins_make)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_statement_becomes_the_row_of_the_maps),
		cmocka_unit_test(a_target_becomes_the_row_of_the_maps),
		cmocka_unit_test(a_setting_becomes_its_field),
		cmocka_unit_test(ledgers_of_as_many_sets_are_the_same),
		cmocka_unit_test(an_added_statement_is_a_copy),
		cmocka_unit_test(the_later_statement_wins),
		cmocka_unit_test(policies_differ_by_their_statements),
		cmocka_unit_test(a_sender_is_lost_whom_no_other_prefix_allows),
		cmocka_unit_test(statements_stop_where_the_caller_says),
		WITH_PINS(each_new_decoy_gets_a_counter_at_zero),
		WITH_PINS(a_known_decoy_keeps_its_counter),
		WITH_PINS(a_real_that_becomes_a_decoy_gets_a_counter),
		WITH_PINS(there_is_room_for_256_decoys),
		WITH_PINS(a_257th_decoy_is_refused),
		WITH_PINS(a_counter_that_cannot_be_reset_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <dirent.h>

#include "policy.h"

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

static int write_statement(const struct statement *s, void *to)
{
	statement_format(s, to);
	fputc('\n', to);
	return 0;
}

/* The policy as a file; the caller frees it. */
static char *policy_text(const struct policy *policy)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	policy_statements(policy, write_statement, to);
	fclose(to);
	return text;
}

static int read_bytes(void **state, const char *bytes, size_t size,
		      struct policy *policy, struct fault *fault)
{
	char *path = file_make(*state, "policy.conf", bytes, size);
	int err;

	fault->text[0] = '\0';
	err = policy_read_file(path, false, policy, fault);
	free(path);
	return err;
}

struct file_row {
	const char *file;
	const char *expected; /* what it says, or the fault behind the path */
};

static void check_read(void **state, const struct file_row *rows, size_t count)
{
	int failed = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		struct policy policy = { 0 };
		struct fault fault;
		char *text;

		failed += differs_number(rows[i].file, 0,
					 read_bytes(state, rows[i].file,
						    strlen(rows[i].file),
						    &policy, &fault));
		failed += differs(rows[i].file, "", fault.text);
		text = policy_text(&policy);
		failed += differs(rows[i].file, rows[i].expected, text);
		free(text);
		policy_clear(&policy);
	}
	assert_int_equal(failed, 0);
}

static void check_refused(void **state, const struct file_row *rows,
			  size_t count)
{
	int failed = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		struct policy policy = { 0 };
		struct fault fault;
		char *expected;

		assert_true(asprintf(&expected, "%s/policy.conf%s",
				     (char *)*state, rows[i].expected) > 0);
		failed += differs_number(rows[i].file, -EINVAL,
					 read_bytes(state, rows[i].file,
						    strlen(rows[i].file),
						    &policy, &fault));
		failed += differs(rows[i].file, expected, fault.text);
		free(expected);
		policy_clear(&policy);
	}
	assert_int_equal(failed, 0);
}

static void a_file_is_read_as_its_statements(void **state)
{
	static const struct file_row rows[] = {
		{ "", "" },
		{ "\n\n", "" },
		{ "# nothing\n  # at all", "" },
		{ "decoy 198.51.100.10\n", "decoy 198.51.100.10 role first\n" },
		{ "decoy 198.51.100.10", "decoy 198.51.100.10 role first\n" },
		{ "decoy 198.51.100.10\r\nreal 198.51.100.20\r\n",
		  "decoy 198.51.100.10 role first\nreal 198.51.100.20\n" },
		{ "allow 203.0.113.5   # a partner's old server\n",
		  "allow 203.0.113.5\n" },
		{ "allow 203.0.113.5 comment \"# \\\"x\\\" \\\\\"#y\n",
		  "allow 203.0.113.5 comment \"# \\\"x\\\" \\\\\"\n" },
		{ "set shadow on\nset rate-limit 10\n",
		  "set shadow on\nset rate-limit 10\n" },
		{ "set rate-limit 1000000000\n",
		  "set rate-limit 1000000000\n" },
		{ "set shadow off\nset rate-limit 0\n", "" },
	};

	check_read(state, rows, COUNT(rows));
}

static void statements_come_sorted_decoys_reals_allow_set(void **state)
{
	static const struct file_row row = {
		"set rate-limit 5\n"
		"allow 2001:db8::/32\n"
		"real 198.51.100.20\n"
		"allow 203.0.113.5\n"
		"decoy 2001:db8::10 role last\n"
		"allow 192.0.2.0/25\n"
		"set shadow on\n"
		"decoy 198.51.100.30\n"
		"real 2001:db8::20\n"
		"allow 192.0.2.0/24\n"
		"decoy 9.0.0.1\n",
		"decoy 9.0.0.1 role first\n"
		"decoy 198.51.100.30 role first\n"
		"decoy 2001:db8::10 role last\n"
		"real 198.51.100.20\n"
		"real 2001:db8::20\n"
		"allow 192.0.2.0/24\n"
		"allow 192.0.2.0/25\n"
		"allow 203.0.113.5\n"
		"allow 2001:db8::/32\n"
		"set shadow on\n"
		"set rate-limit 5\n",
	};

	check_read(state, &row, 1);
}

static void the_last_statement_about_one_prefix_wins(void **state)
{
	static const struct file_row rows[] = {
		{ "allow 203.0.113.5 comment a\nallow 203.0.113.5/32 comment b\n"
		  "allow 203.0.113.5 comment c\n",
		  "allow 203.0.113.5 comment \"c\"\n" },
		{ "allow 203.0.113.5 comment a\nallow 203.0.113.5\n",
		  "allow 203.0.113.5\n" },
		{ "allow 2001:DB8::/32\nallow 2001:db8:0::/32 comment b\n",
		  "allow 2001:db8::/32 comment \"b\"\n" },
		{ "allow 10.0.0.0/8 comment a\nallow 10.0.0.0/9 comment b\n",
		  "allow 10.0.0.0/8 comment \"a\"\nallow 10.0.0.0/9 comment \"b\"\n" },
		{ "decoy 198.51.100.10 role last\ndecoy 198.51.100.10\n",
		  "decoy 198.51.100.10 role first\n" },
		{ "real 198.51.100.20\nreal 198.51.100.20\n",
		  "real 198.51.100.20\n" },
		{ "decoy 198.51.100.10\nallow 198.51.100.10\n",
		  "decoy 198.51.100.10 role first\nallow 198.51.100.10\n" },
		{ "set shadow on\nset rate-limit 7\nset shadow off\nset rate-limit 8\n",
		  "set rate-limit 8\n" },
	};

	check_read(state, rows, COUNT(rows));
}

static void an_error_names_the_file_and_the_line(void **state)
{
	static const struct file_row rows[] = {
		{ "allow 203.0.113.300\n",
		  ":1: 203.0.113.300: not an IP address" },
		{ "# one\n\ndecoy\n", ":3: decoy: which address?" },
		{ "decoy 198.51.100.10\nallow 192.0.2.1/24",
		  ":2: 192.0.2.1/24: host bits are set; write 192.0.2.0/24" },
		{ "allow 0.0.0.0/0\n",
		  ":1: 0.0.0.0/0: would allow every sender, and leave no decoy; --force does it" },
		{ "\nallow 203.0.113.5 comment \"no end\n# \"\n",
		  ":2: a quoted word has no end" },
		{ "allow 203.0.113.5 comment \"a\"b\n",
		  ":1: no space after a quoted word" },
		{ "set 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
		  ":1: more than 16 words" },
		{ "set shadow on\nset shadow maybe\n",
		  ":2: shadow: maybe: must be on or off" },
		{ "load eth0\n", ":1: load: no such statement" },
		{ "nonsense\nmore nonsense\n",
		  ":1: nonsense: no such statement" },
	};

	check_refused(state, rows, COUNT(rows));
}

static void decoy_and_real_at_once_names_both_lines(void **state)
{
	static const struct file_row rows[] = {
		{ "decoy 198.51.100.10\nreal 198.51.100.10\n",
		  ":2: 198.51.100.10: is a decoy since line 1; an address cannot be decoy and real at once" },
		{ "real 2001:db8::1\n# x\nallow 2001:db8::1\n"
		  "decoy 2001:db8:0::1 role last\n",
		  ":4: 2001:db8::1: is a real since line 1; an address cannot be decoy and real at once" },
		{ "decoy 198.51.100.10\ndecoy 198.51.100.11\n"
		  "decoy 198.51.100.10 role last\nreal 198.51.100.10\n",
		  ":4: 198.51.100.10: is a decoy since line 3; an address cannot be decoy and real at once" },
		/* The last statement does not undo it. */
		{ "decoy 198.51.100.10\nreal 198.51.100.10\ndecoy 198.51.100.10\n",
		  ":2: 198.51.100.10: is a decoy since line 1; an address cannot be decoy and real at once" },
	};

	check_refused(state, rows, COUNT(rows));
}

static void a_nul_byte_is_refused(void **state)
{
	static const char bytes[] = "decoy 198.51.100.10\nallow 1.2.3.4\0#\n";
	struct policy policy = { 0 };
	char expected[256];
	struct fault fault;

	snprintf(expected, sizeof(expected),
		 "%s/policy.conf:2: a NUL byte in the line", (char *)*state);
	assert_int_equal(read_bytes(state, bytes, sizeof(bytes) - 1, &policy,
				    &fault),
			 -EINVAL);
	policy_clear(&policy);
	assert_string_equal(fault.text, expected);
}

static void check_unreadable(const char *path, int expected, const char *why)
{
	struct policy policy = { 0 };
	char text[256];
	struct fault fault = { "" };

	snprintf(text, sizeof(text), "%s: %s", path, why);
	assert_int_equal(policy_read_file(path, false, &policy, &fault),
			 expected);
	assert_string_equal(fault.text, text);
	assert_int_equal(policy.count, 0);
	policy_clear(&policy);
}

static void a_missing_file_is_an_error(void **state)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/none.conf", (char *)*state);
	check_unreadable(path, -ENOENT, "No such file or directory");
}

static void a_directory_is_no_file(void **state)
{
	check_unreadable(*state, -EISDIR, "Is a directory");
}

static void force_lets_every_sender_in(void **state)
{
	static const char text[] = "allow 0.0.0.0/0\nallow ::/0\n";
	char *path = file_make(*state, "all.conf", text, strlen(text)), *got;
	struct policy policy = { 0 };
	struct fault fault;

	assert_int_equal(policy_read_file(path, true, &policy, &fault), 0);
	got = policy_text(&policy);
	policy_clear(&policy);
	free(path);
	assert_string_equal(got, text);
	free(got);
}

/* 100,000 lines, all different; the caller frees them. */
static char *many_lines(void)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	int i;

	for (i = 99999; i >= 0; i--)
		fprintf(to, "allow 10.%d.%d.%d comment \"no %d\"\n", i >> 16,
			i >> 8 & 255, i & 255, i);
	fclose(to);
	return text;
}

static void a_hundred_thousand_lines_are_read(void **state)
{
	struct policy policy = { 0 };
	char *text = many_lines();
	struct fault fault;
	int failed = 0, i;

	assert_int_equal(read_bytes(state, text, strlen(text), &policy, &fault),
			 0);
	free(text);
	assert_int_equal(policy.count, 100000);
	for (i = 0; i < 100000; i++) {
		char expected[32];

		snprintf(expected, sizeof(expected), "no %d", i);
		failed += differs("comment", expected, policy.rows[i].comment);
	}
	policy_clear(&policy);
	assert_int_equal(failed, 0);
}

static void an_error_in_the_last_of_many_lines_is_found(void **state)
{
	char *text = many_lines(), expected[256];
	struct policy policy = { 0 };
	struct fault fault;

	memcpy(strrchr(text, 'a'), "x", 1);
	snprintf(expected, sizeof(expected),
		 "%s/policy.conf:100000: xllow: no such statement",
		 (char *)*state);
	assert_int_equal(read_bytes(state, text, strlen(text), &policy, &fault),
			 -EINVAL);
	free(text);
	policy_clear(&policy);
	assert_string_equal(fault.text, expected);
}

static void a_line_of_a_megabyte_is_refused(void **state)
{
	size_t size = 1 << 20;
	char *text = malloc(size), expected[256];
	struct policy policy = { 0 };
	struct fault fault;

	memset(text, 'x', size);
	memcpy(text, "allow 1.2.3.4 comment ", 22);
	snprintf(expected, sizeof(expected),
		 "%s/policy.conf:1: comment: longer than 103 bytes",
		 (char *)*state);
	assert_int_equal(read_bytes(state, text, size, &policy, &fault),
			 -EINVAL);
	free(text);
	policy_clear(&policy);
	assert_string_equal(fault.text, expected);
}

static struct statement parse(const char *line)
{
	char *words[16], *copy = strdup(line);
	struct statement s;
	struct fault fault;
	int count = statement_split(copy, words, 16, &fault);

	assert_int_equal(statement_parse(words, count, true, &s, &fault), 0);
	free(copy);
	return s;
}

static void a_statement_becomes_the_row_of_the_maps(void **state)
{
	struct statement s = parse("allow 192.0.2.0/24 comment \"a b\"");
	static const __u8 net[16] = { 192, 0, 2 };
	struct prefix prefix;
	struct row row;

	(void)state;
	s.line = 7;
	statement_to_row(&s, &row);
	assert_int_equal(row.key.prefixlen, 32 + 24);
	assert_int_equal(row.key.kind, FMX_KIND_ALLOW);
	assert_int_equal(row.key.family, FMX_IPV4);
	assert_int_equal(row.key.pad[0] | row.key.pad[1], 0);
	assert_memory_equal(row.key.addr, net, sizeof(net));
	assert_int_equal(row.rule.len, 24);
	assert_ptr_equal(row.comment, s.comment);
	assert_int_equal(row.line, 7);
	assert_false(row_is_decoy(&row));
	row_prefix(&row, &prefix);
	assert_int_equal(prefix_compare(&prefix, &s.prefix), 0);
}

static void a_target_becomes_the_row_of_the_maps(void **state)
{
	struct statement s = parse("decoy 2001:db8::10 role last");
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
	s = parse("real 198.51.100.20");
	statement_to_row(&s, &row);
	assert_int_equal(row.key.prefixlen, 32 + 32);
	assert_int_equal(row.rule.role, FMX_ROLE_REAL);
	assert_false(row_is_decoy(&row));
}

static void a_setting_becomes_its_field(void **state)
{
	struct fmx_rule settings = { 0 };
	struct statement s;

	(void)state;
	s = parse("set rate-limit 1000000000");
	statement_to_settings(&s, &settings);
	assert_int_equal(settings.rate_limit, 1000000000);
	assert_int_equal(settings.shadow, 0);
	s = parse("set shadow on");
	statement_to_settings(&s, &settings);
	assert_int_equal(settings.rate_limit, 1000000000);
	assert_int_equal(settings.shadow, 1);
	s = parse("set shadow off");
	statement_to_settings(&s, &settings);
	assert_int_equal(settings.shadow, 0);
}

static void an_added_statement_is_a_copy(void **state)
{
	struct statement s = parse("allow 203.0.113.5 comment old");
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

/* Whether or not the C library's qsort() keeps the order of equals. */
static void the_later_line_wins_in_whatever_order_they_come(void **state)
{
	struct statement s = parse("allow 203.0.113.5 comment later");
	struct policy policy = { 0 };
	struct fault fault;
	char *text;

	(void)state;
	s.line = 2;
	assert_int_equal(policy_add(&policy, &s), 0);
	s = parse("allow 203.0.113.5 comment earlier");
	s.line = 1;
	assert_int_equal(policy_add(&policy, &s), 0);
	assert_int_equal(policy_settle(&policy, "", &fault), 0);
	text = policy_text(&policy);
	policy_clear(&policy);
	assert_string_equal(text, "allow 203.0.113.5 comment \"later\"\n");
	free(text);
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
	struct statement s = parse("decoy 198.51.100.10");
	unsigned int calls = 0;
	int err;

	(void)state;
	assert_int_equal(policy_add(&policy, &s), 0);
	s = parse("allow 203.0.113.5");
	assert_int_equal(policy_add(&policy, &s), 0);
	err = policy_statements(&policy, stop_at_second, &calls);
	policy_clear(&policy);
	assert_int_equal(err, -EPIPE);
	assert_int_equal(calls, 2);
}

static void add_decoys(struct policy *policy, unsigned int from,
		       unsigned int count)
{
	struct fault none;
	struct statement s;
	char line[64];
	unsigned int i;

	for (i = from; i < from + count; i++) {
		snprintf(line, sizeof(line), "decoy 10.0.%u.%u", i >> 8,
			 i & 255);
		s = parse(line);
		assert_int_equal(policy_add(policy, &s), 0);
	}
	assert_int_equal(policy_settle(policy, "", &none), 0);
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
	struct statement s = parse("real 10.0.0.200");

	(void)state;
	assert_int_equal(policy_add(&policy, &s), 0);
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
	struct statement s = parse("real 10.0.0.1");

	(void)state;
	add_decoys(&running, 0, 1);
	assert_int_equal(policy_add(&running, &s), 0);
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
		IN_DIRECTORY(a_file_is_read_as_its_statements),
		IN_DIRECTORY(statements_come_sorted_decoys_reals_allow_set),
		IN_DIRECTORY(the_last_statement_about_one_prefix_wins),
		IN_DIRECTORY(an_error_names_the_file_and_the_line),
		IN_DIRECTORY(decoy_and_real_at_once_names_both_lines),
		IN_DIRECTORY(a_nul_byte_is_refused),
		IN_DIRECTORY(a_missing_file_is_an_error),
		IN_DIRECTORY(a_directory_is_no_file),
		IN_DIRECTORY(force_lets_every_sender_in),
		IN_DIRECTORY(a_hundred_thousand_lines_are_read),
		IN_DIRECTORY(an_error_in_the_last_of_many_lines_is_found),
		IN_DIRECTORY(a_line_of_a_megabyte_is_refused),
		cmocka_unit_test(a_statement_becomes_the_row_of_the_maps),
		cmocka_unit_test(a_target_becomes_the_row_of_the_maps),
		cmocka_unit_test(a_setting_becomes_its_field),
		cmocka_unit_test(an_added_statement_is_a_copy),
		cmocka_unit_test(
			the_later_line_wins_in_whatever_order_they_come),
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

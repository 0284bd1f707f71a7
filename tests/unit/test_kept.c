// SPDX-License-Identifier: GPL-2.0-only
/* What is kept of SPF domains on disk. */
#include "unit.h"

#include "kept.h"

#define EPOCH 1764000000000LL

static void assert_kept(const struct kept *is, const struct kept *should_be)
{
	size_t i;

	assert_true(is->resolved == should_be->resolved);
	assert_true(is->failing_since == should_be->failing_since);
	assert_string_equal(is->why ? is->why : "",
			    should_be->why ? should_be->why : "");
	assert_int_equal(is->left_out_count, should_be->left_out_count);
	for (i = 0; i < is->left_out_count; i++)
		assert_string_equal(is->left_out[i], should_be->left_out[i]);
	assert_int_equal(is->count, should_be->count);
	for (i = 0; i < is->count; i++)
		assert_int_equal(prefix_compare(&is->list[i].prefix,
						&should_be->list[i].prefix),
				 0);
}

static void what_is_kept_is_read_as_it_was(void **state)
{
	char *left_out[] = { "exists:%{i}._x.example of a.example",
			     "ptr of b.example" };
	struct listed list[] = {
		{ { FMX_IPV4, 24, { 192, 0, 2 } }, 0 },
		{ { FMX_IPV6, 128, { 0x20, 1, 0xd, 0xb8, [15] = 1 } }, 0 },
	};
	struct kept rows[] = {
		{ .resolved = EPOCH },
		{ .failing_since = EPOCH,
		  .why = "no DNS server has an answer" },
		{ .list = list, .count = 2, .resolved = EPOCH },
		{ .list = list,
		  .count = 1,
		  .failing_since = EPOCH,
		  .why = "#" },
		{ .list = list,
		  .count = 2,
		  .resolved = EPOCH,
		  .failing_since = EPOCH + 5000,
		  .why = "b.example: has several SPF records",
		  .left_out = left_out,
		  .left_out_count = 2 },
	};
	const bool has_list[] = { true, false, true, true, true };
	struct fault fault = { "" };
	struct kept kept;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(kept_write(*state, "a.example", &rows[i]), 0);
		assert_int_equal(kept_read(*state, "a.example", &kept, &fault),
				 0);
		assert_kept(&kept, &rows[i]);
		assert_int_equal(kept_has_list(&kept), has_list[i]);
		kept_free(&kept);
	}
	assert_int_equal(kept_read(*state, "b.example", &kept, &fault),
			 -ENOENT);
}

/* Who looks somebody up finds the one prefix that he is in. */
static void no_prefix_is_in_another(void **state)
{
	static const char text[] = "192.0.2.64/26\n"
				   "192.0.2.0/24\n"
				   "192.0.2.1\n"
				   "192.0.3.1\n";
	struct listed list[] = {
		{ { FMX_IPV4, 24, { 192, 0, 2 } }, 0 },
		{ { FMX_IPV4, 32, { 192, 0, 3, 1 } }, 0 },
	};
	const struct kept expected = { .list = list, .count = 2 };
	char *path = file_make(*state, "a.example.spf", text, strlen(text));
	struct fault fault = { "" };
	struct kept kept;

	assert_int_equal(kept_read(*state, "a.example", &kept, &fault), 0);
	assert_kept(&kept, &expected);
	kept_free(&kept);
	free(path);
}

static void what_is_damaged_is_named_and_not_used(void **state)
{
	static const char *const rows[] = {
		"192.0.2.1\n192.0.2.300\n",
		"# resolved: yesterday\n192.0.2.1\n",
		"# failing since: \n",
		"0.0.0.0/0\n",
	};
	struct fault fault;
	struct kept kept;
	char *path;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		path = file_make(*state, "a.example.spf", rows[i],
				 strlen(rows[i]));
		fault.text[0] = '\0';
		assert_int_equal(kept_read(*state, "a.example", &kept, &fault),
				 -EINVAL);
		assert_int_equal(strncmp(fault.text, path, strlen(path)), 0);
		assert_null(kept.list);
		free(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIRECTORY(what_is_kept_is_read_as_it_was),
		IN_DIRECTORY(no_prefix_is_in_another),
		IN_DIRECTORY(what_is_damaged_is_named_and_not_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <net/if.h>

#include "bpffs.h"

struct name_row {
	const char *ifname;
	const char *directory;
};

static const struct name_row names[] = {
	{ "eth0", "eth0" },
	{ "enp3s0f1np1", "enp3s0f1np1" },
	{ "eth0.100", "eth0%2e100" },
	{ "...", "%2e%2e%2e" },
	{ "a%b", "a%25b" },
	{ "%2e", "%252e" },
	{ "%", "%25" },
	{ "br-lan_1@x", "br-lan_1@x" },
	{ "a\"b\\c", "a\"b\\c" },
	{ "caf\xc3\xa9", "caf\xc3\xa9" },
	{ "...............", "%2e%2e%2e%2e%2e%2e%2e%2e%2e%2e%2e%2e%2e%2e%2e" },
	{ "%%%%%%%%%%%%%%%", "%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25" },
};

static void an_interface_has_a_directory_that_bpffs_takes(void **state)
{
	char path[PIN_PATH_SIZE], expected[PIN_PATH_SIZE];
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		snprintf(expected, sizeof(expected),
			 "/sys/fs/bpf/xdp-fakemx/if/%s", names[i].directory);
		pins_path(path, names[i].ifname, NULL);
		failed += differs(names[i].ifname, expected, path);
		strcat(expected, "/answered");
		pins_path(path, names[i].ifname, "answered");
		failed += differs(names[i].ifname, expected, path);
	}
	assert_int_equal(failed, 0);
}

static void the_directory_gives_the_interface_back(void **state)
{
	char ifname[IFNAMSIZ];
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		pins_ifname(names[i].directory, ifname, sizeof(ifname));
		failed += differs(names[i].directory, names[i].ifname, ifname);
	}
	assert_int_equal(failed, 0);
}

static void a_name_too_long_for_an_interface_is_cut(void **state)
{
	char ifname[IFNAMSIZ];

	(void)state;
	pins_ifname("0123456789abcdefghij", ifname, sizeof(ifname));
	assert_string_equal(ifname, "0123456789abcde");
	pins_ifname("0123456789abcd%2e%2e", ifname, sizeof(ifname));
	assert_string_equal(ifname, "0123456789abcd.");
}

/* A directory of somebody else's making: its end is the end. */
static void a_percent_sign_without_two_digits_is_itself(void **state)
{
	static const struct name_row rows[] = {
		{ "a%", "a%" },	  { "a%2", "a%2" }, { "a%zz", "a%zz" },
		{ "%2g", "%2g" }, { "%-1", "%-1" }, { "%+1", "%+1" },
		{ "% 1", "% 1" }, { "%0x", "%0x" },
	};
	char ifname[IFNAMSIZ];
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		/* On the heap, where a sanitizer sees what is behind it. */
		char *directory = strdup(rows[i].directory);

		pins_ifname(directory, ifname, sizeof(ifname));
		failed += differs(directory, rows[i].ifname, ifname);
		free(directory);
	}
	assert_int_equal(failed, 0);
}

static void pins_are_removed_with_their_directories(void **state)
{
	char path[256], inner[512], *file;

	snprintf(path, sizeof(path), "%s/pins", (char *)*state);
	snprintf(inner, sizeof(inner), "%s/if", path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(mkdir(inner, 0700), 0);
	file = file_make(path, "link", "x", 1);
	free(file);
	file = file_make(inner, "counters", "x", 1);
	free(file);
	assert_int_equal(pins_remove(path), 0);
	assert_int_equal(access(path, F_OK), -1);
}

static void no_pins_to_remove_is_no_error(void **state)
{
	struct capture said;
	char path[256];
	int err;

	snprintf(path, sizeof(path), "%s/none", (char *)*state);
	capture_begin(&said, &stderr);
	err = pins_remove(path);
	capture_end(&said);
	assert_int_equal(err, 0);
	assert_string_equal(said.text, "");
	free(said.text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interface_has_a_directory_that_bpffs_takes),
		cmocka_unit_test(the_directory_gives_the_interface_back),
		cmocka_unit_test(a_name_too_long_for_an_interface_is_cut),
		cmocka_unit_test(a_percent_sign_without_two_digits_is_itself),
		IN_DIRECTORY(pins_are_removed_with_their_directories),
		IN_DIRECTORY(no_pins_to_remove_is_no_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

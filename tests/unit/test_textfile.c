// SPDX-License-Identifier: GPL-2.0-only
/* The file for node_exporter, which is whole at every moment. */
#include "unit.h"

#include <dirent.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/resource.h>

#include "families.h"

/* What prometheus_textfile() returns and says. */
static int put(const char *path, struct capture *said)
{
	json_t *families = small_families();
	int err;

	capture_begin(said, &stderr);
	err = prometheus_textfile(path, families);
	capture_end(said);
	json_decref(families);
	return err;
}

static void put_well(const char *path)
{
	struct capture said;

	assert_int_equal(put(path, &said), 0);
	assert_string_equal(said.text, "");
	free(said.text);
}

static unsigned int count_entries(const char *directory)
{
	DIR *d = opendir(directory);
	struct dirent *entry;
	unsigned int count = 0;

	assert_non_null(d);
	while ((entry = readdir(d)))
		count += entry->d_name[0] != '.';
	closedir(d);
	return count;
}

static void check_text(const char *path, const char *expected)
{
	char *text = file_text(path);

	assert_string_equal(text, expected);
	free(text);
}

static void a_textfile_is_for_everybody_to_read(void **state)
{
	static const mode_t masks[] = { 0077, 0022, 0, 0777 };
	struct stat st;
	char path[256];
	size_t i;

	for (i = 0; i < COUNT(masks); i++) {
		mode_t kept = umask(masks[i]);
		struct capture said;
		int err;

		snprintf(path, sizeof(path), "%s/%zu.prom", (char *)*state, i);
		err = put(path, &said);
		umask(kept);
		free(said.text);
		assert_int_equal(err, 0);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode, S_IFREG | 0644);
		check_text(path, small_text);
	}
	assert_int_equal(count_entries(*state), COUNT(masks));
}

static void a_textfile_is_replaced_in_one_step(void **state)
{
	char *path = file_make(*state, "fakemx.prom", "old\n", 4);
	FILE *reader = fopen(path, "r");
	struct stat before, after;
	char text[16] = "";

	assert_non_null(reader);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(stat(path, &before), 0);
	put_well(path);
	assert_int_equal(stat(path, &after), 0);
	assert_int_not_equal(before.st_ino, after.st_ino);
	assert_int_equal(after.st_mode, S_IFREG | 0644);
	check_text(path, small_text);
	assert_int_equal(count_entries(*state), 1);
	/* Who had it open reads the old one to its end. */
	assert_non_null(fgets(text, sizeof(text), reader));
	assert_string_equal(text, "old\n");
	assert_null(fgets(text, sizeof(text), reader));
	fclose(reader);
	free(path);
}

static bool ends_in_prom(const char *name)
{
	size_t length = strlen(name);

	return length >= 5 && !strcmp(name + length - 5, ".prom");
}

/* node_exporter must not meet a file that is half written. */
static void no_other_file_of_that_ending_is_ever_there(void **state)
{
	char events[4096] __attribute__((aligned(8)));
	char path[256], *at;
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	unsigned int made = 0, moved = 0;
	ssize_t size;

	assert_true(fd >= 0);
	assert_true(inotify_add_watch(fd, *state, IN_CREATE | IN_MOVED_TO) >=
		    0);
	snprintf(path, sizeof(path), "%s/fakemx.prom", (char *)*state);
	put_well(path);
	size = read(fd, events, sizeof(events));
	close(fd);
	assert_true(size > 0);
	for (at = events; at < events + size;) {
		struct inotify_event *event = (struct inotify_event *)at;

		if (event->mask & IN_CREATE) {
			assert_false(ends_in_prom(event->name));
			made++;
		} else {
			assert_string_equal(event->name, "fakemx.prom");
			moved++;
		}
		at += sizeof(*event) + event->len;
	}
	assert_int_equal(made, 1);
	assert_int_equal(moved, 1);
}

static void check_fails(const char *path, int expected, const char *why)
{
	struct capture said;
	char message[512];

	snprintf(message, sizeof(message), "xdp-fakemx: %s: %s\n", path, why);
	assert_int_equal(put(path, &said), expected);
	assert_string_equal(said.text, message);
	free(said.text);
}

static void a_textfile_in_no_directory_is_an_error(void **state)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/none/fakemx.prom", (char *)*state);
	check_fails(path, -ENOENT, "No such file or directory");
	assert_int_equal(count_entries(*state), 0);
}

static void a_rename_that_fails_leaves_nothing_behind(void **state)
{
	char path[256], inner[512];

	snprintf(path, sizeof(path), "%s/fakemx.prom", (char *)*state);
	snprintf(inner, sizeof(inner), "%s/inside", path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(mkdir(inner, 0700), 0);
	check_fails(path, -EISDIR, "Is a directory");
	assert_int_equal(count_entries(*state), 1);
	assert_int_equal(count_entries(path), 1);
}

/* A limit on the size of files stands for a disk that is full. */
static void a_write_that_fails_leaves_the_old_file(void **state)
{
	char *path = file_make(*state, "fakemx.prom", "old\n", 4);
	struct rlimit kept, small;
	struct capture said;
	int err;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &kept), 0);
	small = kept;
	small.rlim_cur = 16;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	err = put(path, &said);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &kept), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(err, -EFBIG);
	assert_non_null(strstr(said.text, ": File too large\n"));
	free(said.text);
	check_text(path, "old\n");
	assert_int_equal(count_entries(*state), 1);
	free(path);
}

static void a_symbolic_link_stays_one(void **state)
{
	char *path, *link = NULL;
	struct stat st;

	path = file_make(*state, "target", "old", 3);
	assert_true(asprintf(&link, "%s/link", (char *)*state) > 0);
	assert_int_equal(symlink("target", link), 0);
	put_well(link);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	check_text(path, small_text);
	assert_int_equal(count_entries(*state), 2);
	free(link);
	free(path);
}

static void what_is_no_file_is_not_replaced_by_one(void **state)
{
	char *path = NULL;
	struct stat st;

	assert_true(asprintf(&path, "%s/fifo", (char *)*state) > 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	check_fails(path, -ENOTSUP, "is no file");
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	check_fails(*state, -EISDIR, "Is a directory");
	free(path);
}

static void a_textfile_may_be_named_without_a_directory(void **state)
{
	char *before = getcwd(NULL, 0);
	struct capture said;
	char path[256];
	int err;

	assert_int_equal(chdir(*state), 0);
	err = put("fakemx.prom", &said);
	assert_int_equal(chdir(before), 0);
	free(before);
	assert_string_equal(said.text, "");
	free(said.text);
	assert_int_equal(err, 0);
	snprintf(path, sizeof(path), "%s/fakemx.prom", (char *)*state);
	check_text(path, small_text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_DIRECTORY(a_textfile_is_for_everybody_to_read),
		IN_DIRECTORY(a_textfile_is_replaced_in_one_step),
		IN_DIRECTORY(no_other_file_of_that_ending_is_ever_there),
		IN_DIRECTORY(a_textfile_in_no_directory_is_an_error),
		IN_DIRECTORY(a_rename_that_fails_leaves_nothing_behind),
		IN_DIRECTORY(a_write_that_fails_leaves_the_old_file),
		IN_DIRECTORY(a_symbolic_link_stays_one),
		IN_DIRECTORY(what_is_no_file_is_not_replaced_by_one),
		IN_DIRECTORY(a_textfile_may_be_named_without_a_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/* Ledgers in files, and of several hosts. */
#include "unit.h"

#include <arpa/inet.h>
#include <sys/stat.h>

#include "ledger.h"
#include "record.h"
#include "when.h"

#define WALL 1764000000000LL
#define TICK (FMX_TICK_BASE + 100000)

/* 10.0.0.N, first at a first decoy so many ticks before `tick`. */
static struct fmx_sender record(unsigned int n, __u32 ago)
{
	return (struct fmx_sender){
		.addr = { htonl(0xff000000), htonl(0x0a000000 + n) },
		.first[FMX_ROLE_FIRST] = TICK - ago,
		.last[FMX_ROLE_FIRST] = TICK - ago,
		.attempts[FMX_ROLE_FIRST] = 1,
		.ttl = n,
		.scale = FMX_NO_SCALE,
	};
}

static struct ledger ledger_of(size_t count)
{
	struct ledger l = { .count = count, .wall = WALL, .tick = TICK };
	size_t i;

	l.records = calloc(count + 1, sizeof(*l.records));
	assert_non_null(l.records);
	for (i = 0; i < count; i++)
		l.records[i] = record(i, i);
	return l;
}

static char *path_in(void **state)
{
	char *path = NULL;

	assert_true(asprintf(&path, "%s/ledger", (char *)*state) > 0);
	return path;
}

static void what_is_written_is_read(void **state)
{
	struct ledger out = ledger_of(1000), in;
	char *path = path_in(state);
	struct fault fault;
	struct stat st;

	assert_int_equal(ledger_write_file(path, &out), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(ledger_read_file(path, &in, &fault), 0);
	assert_int_equal(in.count, 1000);
	assert_int_equal(in.wall, WALL);
	assert_int_equal(in.tick, TICK);
	assert_memory_equal(in.records, out.records,
			    1000 * sizeof(*in.records));
	ledger_free(&in);
	ledger_free(&out);
	out = ledger_of(0);
	assert_int_equal(ledger_write_file(path, &out), 0);
	assert_int_equal(ledger_read_file(path, &in, &fault), 0);
	assert_int_equal(in.count, 0);
	ledger_free(&in);
	ledger_free(&out);
	free(path);
}

static void put(const char *path, const char *bytes, size_t size)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	fclose(file);
}

/* Nothing is taken from it, and the fault names the file. */
static void assert_refused_as(const char *path, const char *what, int err)
{
	struct fault fault = { "" };
	struct ledger in;

	if (ledger_read_file(path, &in, &fault) != err)
		fail_msg("%s was read", what);
	assert_null(in.records);
	assert_int_equal(in.count, 0);
	assert_memory_equal(fault.text, path, strlen(path));
}

static void assert_refused(const char *path, const char *what)
{
	assert_refused_as(path, what, -EINVAL);
}

#define IS_VERSION(at) ((at) >= 16 && (at) < 20)

static void a_damaged_or_foreign_file_is_refused(void **state)
{
	struct ledger out = ledger_of(3);
	char bytes[4096], *path = path_in(state), what[64];
	size_t size, i;
	FILE *file;

	assert_int_equal(ledger_write_file(path, &out), 0);
	file = fopen(path, "r");
	size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	assert_int_equal(size, 48 + 3 * 64);
	for (i = 0; i < size; i++) {
		snprintf(what, sizeof(what), "byte %zu changed", i);
		bytes[i] ^= 0x10;
		put(path, bytes, size);
		assert_refused_as(path, what,
				  IS_VERSION(i) ? -EPROTO : -EINVAL);
		bytes[i] ^= 0x10;
		snprintf(what, sizeof(what), "%zu bytes", i);
		put(path, bytes, i);
		assert_refused(path, what);
	}
	bytes[size] = '\n';
	put(path, bytes, size + 1);
	assert_refused(path, "more than there should be");
	put(path, "# allow 203.0.113.5\n", 20);
	assert_refused(path, "a text");
	ledger_free(&out);
	free(path);
}

/* Its sum is right, and yet no ledger is like that. */
static void a_file_with_a_sender_twice_is_refused(void **state)
{
	struct ledger out = ledger_of(3);
	char *path = path_in(state);

	out.records[1] = out.records[0];
	assert_int_equal(ledger_write_file(path, &out), 0);
	assert_refused(path, "a sender twice");
	out.records[1] = (struct fmx_sender){ 0 };
	assert_int_equal(ledger_write_file(path, &out), 0);
	assert_refused(path, "a sender who is nobody");
	ledger_free(&out);
	free(path);
}

/* The same: times are converted, and none may be out of all range. */
static void a_file_of_an_impossible_time_is_refused(void **state)
{
	static const __s64 times[] = { -1, WHEN_LAST, INT64_MAX, INT64_MIN };
	struct ledger out = ledger_of(3);
	char *path = path_in(state);
	size_t i;

	for (i = 0; i < COUNT(times); i++) {
		out.wall = times[i];
		assert_int_equal(ledger_write_file(path, &out), 0);
		assert_refused(path, "an impossible time");
	}
	ledger_free(&out);
	free(path);
}

static void a_missing_file_is_told_apart(void **state)
{
	char *path = path_in(state);
	struct fault fault;
	struct ledger in;

	assert_int_equal(ledger_read_file(path, &in, &fault), -ENOENT);
	free(path);
	assert_int_equal(ledger_read_file(*state, &in, &fault), -EISDIR);
}

static __s64 first_visit(const struct ledger *l, size_t i)
{
	struct sender *list = ledger_senders(l);
	__s64 at = list[i].first[FMX_ROLE_FIRST];

	free(list);
	return at;
}

/* A visit is as long ago as it was; that is a time before the clock's start. */
static void times_hold_over_a_restart(void **state)
{
	struct ledger l = ledger_of(2);
	__s64 before;

	(void)state;
	l.records[0] = record(0, 90000);
	l.records[1] = record(1, 1);
	before = first_visit(&l, 0);
	/* An hour later, a minute after the host has started. */
	ledger_rebase(&l, WALL + 3600000, FMX_TICK_BASE + 56);
	assert_true(l.records[0].first[FMX_ROLE_FIRST] < FMX_TICK_BASE);
	assert_in_range(first_visit(&l, 0), before - 1100, before + 1100);
	assert_int_equal(l.records[1].first[FMX_ROLE_FIRST] -
				 l.records[0].first[FMX_ROLE_FIRST],
			 89999);
	/* Never seen is never seen. */
	assert_int_equal(l.records[0].first[FMX_ROLE_REAL], 0);
	/* The clock goes back: that is now, not in the future. */
	ledger_rebase(&l, WALL - 86400000LL * 400, FMX_TICK_BASE + 60);
	assert_int_equal(l.records[1].last[FMX_ROLE_FIRST], FMX_TICK_BASE + 60);
	ledger_free(&l);
}

static void ledgers_of_two_hosts_are_joined(void **state)
{
	struct ledger a = ledger_of(3), b = ledger_of(4);
	struct fmx_sender *r;

	(void)state;
	/* On the other host, 10.0.0.2 was at the real MX ten ticks ago. */
	b.records[2] = (struct fmx_sender){ .ttl = 99 };
	memcpy(b.records[2].addr, a.records[2].addr, 16);
	b.records[2].first[FMX_ROLE_REAL] = TICK;
	b.records[2].last[FMX_ROLE_REAL] = TICK;
	b.records[2].attempts[FMX_ROLE_REAL] = 7;
	b.records[2].scale = 5 | FMX_VERIFIED;
	b.wall = WALL - 10737;
	assert_int_equal(ledger_merge(&a, &b), 0);
	assert_int_equal(a.count, 4);
	r = &a.records[2];
	assert_int_equal(r->first[FMX_ROLE_FIRST], TICK - 2);
	assert_int_equal(r->first[FMX_ROLE_REAL], TICK - 10);
	assert_int_equal(r->attempts[FMX_ROLE_FIRST], 1);
	assert_int_equal(r->attempts[FMX_ROLE_REAL], 7);
	assert_int_equal(r->ttl, 2); /* of who came last */
	assert_true(r->scale & FMX_SEEN_AGAIN);
	assert_true(r->scale & FMX_VERIFIED); /* wherever it was */
	assert_int_equal(r->scale & FMX_NO_SCALE, FMX_NO_SCALE);
	/* The same on both, at other times: the attempts add up. */
	assert_int_equal(a.records[1].attempts[FMX_ROLE_FIRST], 2);
	assert_int_equal(a.records[1].first[FMX_ROLE_FIRST], TICK - 11);
	assert_int_equal(a.records[1].last[FMX_ROLE_FIRST], TICK - 1);
	assert_int_equal(a.records[3].first[FMX_ROLE_FIRST], TICK - 13);
	ledger_free(&a);
	ledger_free(&b);
}

/* The later visit was one that brought a cookie. */
static void a_known_syn_outlasts_a_visit_without_one(void **state)
{
	struct fmx_sender r = record(7, 10), later = record(7, 0);

	(void)state;
	r.window = 29200;
	later.ttl = 0;
	later.scale |= FMX_VERIFIED;
	record_merge(&r, &later);
	assert_int_equal(r.ttl, 7);
	assert_int_equal(r.window, 29200);
	assert_true(r.scale & FMX_VERIFIED);
	assert_int_equal(r.last[FMX_ROLE_FIRST], TICK);
}

static void a_ledger_joined_with_itself_is_itself(void **state)
{
	struct ledger a = ledger_of(5), b = ledger_of(5), c = ledger_of(5);

	(void)state;
	assert_int_equal(ledger_merge(&a, &b), 0);
	assert_int_equal(a.count, 5);
	assert_memory_equal(a.records, c.records, 5 * sizeof(*a.records));
	ledger_free(&a);
	ledger_free(&b);
	ledger_free(&c);
}

static void records_are_shown_as_senders(void **state)
{
	struct ledger l = ledger_of(2);
	char text[PREFIX_TEXT_SIZE];
	struct sender *list;

	(void)state;
	inet_pton(AF_INET6, "2001:db8::17", l.records[1].addr);
	l.records[1].scale = 7 | FMX_SEEN_AGAIN | FMX_VERIFIED;
	list = ledger_senders(&l);
	prefix_format(&list[0].addr, text);
	assert_string_equal(text, "10.0.0.0");
	assert_int_equal(list[0].first[FMX_ROLE_FIRST], WALL);
	assert_int_equal(list[0].last[FMX_ROLE_REAL], 0);
	assert_false(list[0].again);
	assert_false(list[0].verified);
	prefix_format(&list[1].addr, text);
	assert_string_equal(text, "2001:db8::17");
	assert_int_equal(list[1].first[FMX_ROLE_FIRST], WALL - 1073);
	assert_int_equal(list[1].scale, 7);
	assert_true(list[1].again);
	assert_true(list[1].verified);
	free(list);
	ledger_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIRECTORY(what_is_written_is_read),
		IN_DIRECTORY(a_damaged_or_foreign_file_is_refused),
		IN_DIRECTORY(a_file_of_an_impossible_time_is_refused),
		IN_DIRECTORY(a_file_with_a_sender_twice_is_refused),
		IN_DIRECTORY(a_missing_file_is_told_apart),
		cmocka_unit_test(times_hold_over_a_restart),
		cmocka_unit_test(ledgers_of_two_hosts_are_joined),
		cmocka_unit_test(a_known_syn_outlasts_a_visit_without_one),
		cmocka_unit_test(a_ledger_joined_with_itself_is_itself),
		cmocka_unit_test(records_are_shown_as_senders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

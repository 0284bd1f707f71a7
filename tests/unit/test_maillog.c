// SPDX-License-Identifier: GPL-2.0-only
/* Whole mail logs: files of every kind and size, and the order of their lines.
 */
#include "maillines.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <zlib.h>

#include "maillog.h"

#define LINE_OF(addr)                                                         \
	"2026-11-26T12:00:01+01:00 mx postfix/smtpd[1]: connect from x[" addr \
	"]"
#define SEEN_OF(addr) addr " connected 2026-11-26T11:00:01.000Z\n"

#define TALLY(lines, too_long, mta, seen) \
#lines " lines, " #too_long " too long, " #mta " mta, " #seen " seen\n"

static void write_each(const struct arrival *a, void *to)
{
	write_arrival(a, to);
	fputc('\n', to);
}

/* What a log gave: its arrivals, then how many lines were what, or the fault.
 */
static char *read_log(const char *path, int expected)
{
	struct maillog_counts counts;
	struct fault fault = { "" };
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	int err;

	err = maillog_read(path, noon * 1000LL, write_each, to, &counts,
			   &fault);
	if (err)
		fprintf(to, "%s\n", fault.text);
	else
		fprintf(to, "%llu lines, %llu too long, %llu mta, %llu seen\n",
			counts.lines, counts.too_long, counts.mta,
			counts.arrivals);
	fclose(to);
	assert_int_equal(err, expected);
	return text;
}

static void check_read(const char *path, int result, const char *expected)
{
	char *text = read_log(path, result);

	assert_string_equal(text, expected);
	free(text);
}

static void check_bytes(const char *directory, const char *bytes, size_t size,
			const char *expected)
{
	char *path = file_make(directory, "log", bytes, size);

	check_read(path, 0, expected);
	free(path);
}

/* Packs into DIRECTORY/log.gz, as one more member of it. */
static char *pack(const char *directory, const char *text)
{
	char *path = NULL;
	gzFile file;

	assert_true(asprintf(&path, "%s/log.gz", directory) > 0);
	file = gzopen(path, "a");
	assert_non_null(file);
	assert_int_equal(gzwrite(file, text, strlen(text)), strlen(text));
	assert_int_equal(gzclose(file), Z_OK);
	return path;
}

#define TWO LINE_OF("203.0.113.5") "\n" LINE_OF("2001:db8::5") "\n"
#define TWO_SEEN SEEN_OF("203.0.113.5") SEEN_OF("2001:db8::5") TALLY(2, 0, 2, 2)

static void lines_end_in_every_way(void **state)
{
	static const struct text_row rows[] = {
		{ "", TALLY(0, 0, 0, 0) },
		{ "\n", TALLY(1, 0, 0, 0) },
		{ TWO, TWO_SEEN },
		{ LINE_OF("203.0.113.5") "\r\n" LINE_OF("2001:db8::5") "\r\n",
		  TWO_SEEN },
		{ LINE_OF("203.0.113.5") "\n" LINE_OF("2001:db8::5"),
		  TWO_SEEN },
		{ "\n\nx\n" LINE_OF("203.0.113.5"),
		  SEEN_OF("203.0.113.5") TALLY(4, 0, 1, 1) },
		{ LINE_OF("127.0.0.1") "\n" LINE_OF("203.0.113.5"),
		  SEEN_OF("203.0.113.5") TALLY(2, 0, 2, 1) },
	};
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		check_bytes(*state, rows[i].given, strlen(rows[i].given),
			    rows[i].expected);
}

static void a_nul_byte_is_a_byte_of_its_line(void **state)
{
	static const char bytes[] = "\0\0\n" LINE_OF("203.0.113.9") "\0\n" TWO;

	check_bytes(*state, bytes, sizeof(bytes) - 1,
		    SEEN_OF("203.0.113.5") SEEN_OF("2001:db8::5") //
		    TALLY(4, 0, 3, 2));
}

static void a_packed_log_is_read_like_another(void **state)
{
	char *path = pack(*state, TWO);

	check_read(path, 0, TWO_SEEN);
	free(path);
	/* A second member, as of "cat a.gz b.gz". */
	path = pack(*state, LINE_OF("203.0.113.7"));
	check_read(path, 0,
		   SEEN_OF("203.0.113.5") SEEN_OF("2001:db8::5")
			   SEEN_OF("203.0.113.7") TALLY(3, 0, 3, 3));
	free(path);
}

static void standard_input_is_a_log_too(void **state)
{
	char *path = pack(*state, TWO);
	int kept = dup(STDIN_FILENO), file = open(path, O_RDONLY);
	char *text;

	assert_int_equal(dup2(file, STDIN_FILENO), STDIN_FILENO);
	close(file);
	text = read_log("-", 0);
	dup2(kept, STDIN_FILENO);
	close(kept);
	assert_string_equal(text, TWO_SEEN);
	free(text);
	free(path);
}

/* The byte where a packed log is cut off, or changed. */
static void check_harmed(const char *directory, const char *packed, size_t size,
			 size_t at, const char *harm)
{
	char *path = file_make(directory, "harmed", packed, size), *text;
	char expected[4096];

	snprintf(expected, sizeof(expected), "%s: compressed, and %s\n", path,
		 harm);
	text = read_log(path, -EIO);
	if (!strstr(text, expected))
		fail_msg("byte %zu: %s", at, text);
	free(text);
	free(path);
}

static void a_packed_log_that_is_cut_off_is_an_error(void **state)
{
	char *path = pack(*state, TWO), packed[4096];
	FILE *file = fopen(path, "r");
	size_t size = fread(packed, 1, sizeof(packed), file), cut;

	fclose(file);
	/* One byte alone may be of any file. */
	for (cut = 2; cut < size; cut++)
		check_harmed(*state, packed, cut, cut, "cut off");
	free(path);
}

static void a_packed_log_that_is_damaged_is_an_error(void **state)
{
	char *path = pack(*state, TWO), packed[4096];
	FILE *file = fopen(path, "r");
	size_t size = fread(packed, 1, sizeof(packed), file), at;

	fclose(file);
	/* The checksum, and the length, in the last eight bytes. */
	for (at = size - 8; at < size; at++) {
		packed[at] ^= 0x10;
		check_harmed(*state, packed, size, at, "damaged");
		packed[at] ^= 0x10;
	}
	free(path);
}

static void a_log_that_cannot_be_read_is_an_error(void **state)
{
	const char *directory = *state;
	char missing[4096], expected[2][4200];

	snprintf(missing, sizeof(missing), "%s/missing", directory);
	snprintf(expected[0], sizeof(expected[0]),
		 "%s: No such file or directory\n", missing);
	snprintf(expected[1], sizeof(expected[1]), "%s: Is a directory\n",
		 directory);
	check_read(missing, -ENOENT, expected[0]);
	check_read(directory, -EISDIR, expected[1]);
}

/* A line of `length` bytes without its end, which is of an arrival. */
static void put_line(FILE *to, size_t length)
{
	static const char head[] =
		"2026-11-26 12:00:01 SMTP connection from [203.0.113.5] ";
	size_t i;

	fputs(head, to);
	for (i = sizeof(head) - 1; i < length; i++)
		fputc('x', to);
}

#define SEEN SEEN_OF("203.0.113.5")

static void a_line_that_is_too_long_is_left_out(void **state)
{
	static const struct {
		size_t length;
		const char *expected[2]; /* with a line behind it, and last */
	} rows[] = {
		{ MAILLINE_MAX,
		  { SEEN SEEN TALLY(2, 0, 2, 2), SEEN TALLY(1, 0, 1, 1) } },
		{ MAILLINE_MAX + 1,
		  { SEEN TALLY(2, 1, 1, 1), TALLY(1, 1, 0, 0) } },
		{ 1 << 20, { SEEN TALLY(2, 1, 1, 1), TALLY(1, 1, 0, 0) } },
	};
	size_t i, last;

	for (i = 0; i < COUNT(rows); i++) {
		for (last = 0; last < 2; last++) {
			char *text = NULL;
			size_t size;
			FILE *to = open_memstream(&text, &size);

			put_line(to, rows[i].length);
			if (!last) {
				fputc('\n', to);
				put_line(to, 100);
			}
			fclose(to);
			check_bytes(*state, text, size, rows[i].expected[last]);
			free(text);
		}
	}
}

static void count_each(const struct arrival *a, void *arg)
{
	unsigned int *next = arg, got;

	memcpy(&got, a->addr.addr, sizeof(got));
	/* In the order of the log, and each once. */
	assert_int_equal(ntohl(got), 0x64000000 + *next);
	(*next)++;
}

/* Buffers begin and end anywhere in lines of such lengths. */
static void a_long_log_is_read_in_pieces(void **state)
{
	const unsigned int count = 200000;
	struct maillog_counts counts;
	struct fault fault = { "" };
	unsigned int i, next = 0;
	char *text = NULL, *path;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	for (i = 0; i < count; i++)
		fprintf(to,
			"Nov 26 %02u:00:01 mx postfix/smtpd[%u]: connect from"
			" %.*s[100.%u.%u.%u]\n",
			i / 10000, i, (int)(i % 61),
			"a-name-that-is-as-long-as-there-are-lines.of.example.org-----",
			i >> 16, i >> 8 & 0xff, i & 0xff);
	fclose(to);
	path = file_make(*state, "log", text, size);
	free(text);
	assert_int_equal(maillog_read(path, noon * 1000LL, count_each, &next,
				      &counts, &fault),
			 0);
	free(path);
	assert_int_equal(next, count);
	assert_int_equal(counts.lines, count);
}

#define LOCAL(time) time " mx postfix/smtpd[1]: connect from x[203.0.113.5]\n"
#define AT "203.0.113.5 connected "

/* 02:00 to 03:00 is there twice; in a log, one is behind the other. */
static void the_hour_that_is_there_twice_goes_on(void **state)
{
	static const char log[] = LOCAL("Oct 24 12:00:00") //
		LOCAL("Oct 25 01:30:00")		   //
		LOCAL("Oct 25 02:00:00")		   //
		LOCAL("Oct 25 02:59:58")		   //
		/* Another process was a second late. */
		LOCAL("Oct 25 02:59:57") //
		LOCAL("Oct 25 02:00:01") //
		LOCAL("Oct 25 02:58:00") //
		LOCAL("Oct 25 03:00:00") //
		LOCAL("Oct 26 02:30:00");

	check_bytes(*state, log, sizeof(log) - 1,
		    AT "2026-10-24T10:00:00.000Z\n" //
		    AT "2026-10-24T23:30:00.000Z\n" //
		    AT "2026-10-25T00:00:00.000Z\n" //
		    AT "2026-10-25T00:59:58.000Z\n" //
		    AT "2026-10-25T00:59:57.000Z\n" //
		    AT "2026-10-25T01:00:01.000Z\n" //
		    AT "2026-10-25T01:58:00.000Z\n" //
		    AT "2026-10-25T02:00:00.000Z\n" //
		    AT "2026-10-26T01:30:00.000Z\n" //
		    TALLY(9, 0, 9, 9));
}

/* The last day is remembered: it must not be taken for another. */
static void days_and_years_may_alternate(void **state)
{
	static const char log[] = LOCAL("Nov 26 12:00:00") //
		LOCAL("Nov 30 12:00:00")		   //
		LOCAL("2024-11-26T12:00:00")		   //
		LOCAL("Nov 26 12:00:00")		   //
		LOCAL("Oct 26 12:00:00")		   //
		LOCAL("Jul 26 12:00:00")		   //
		LOCAL("2026-07-26T12:00:00-04:00");

	check_bytes(*state, log, sizeof(log) - 1,
		    AT "2026-11-26T11:00:00.000Z\n" //
		    AT "2025-11-30T11:00:00.000Z\n" //
		    AT "2024-11-26T11:00:00.000Z\n" //
		    AT "2026-11-26T11:00:00.000Z\n" //
		    AT "2026-10-26T11:00:00.000Z\n" //
		    AT "2026-07-26T10:00:00.000Z\n" //
		    AT "2026-07-26T16:00:00.000Z\n" //
		    TALLY(7, 0, 7, 7));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIRECTORY(lines_end_in_every_way),
		IN_DIRECTORY(a_nul_byte_is_a_byte_of_its_line),
		IN_DIRECTORY(a_packed_log_is_read_like_another),
		IN_DIRECTORY(standard_input_is_a_log_too),
		IN_DIRECTORY(a_packed_log_that_is_cut_off_is_an_error),
		IN_DIRECTORY(a_packed_log_that_is_damaged_is_an_error),
		IN_DIRECTORY(a_log_that_cannot_be_read_is_an_error),
		IN_DIRECTORY(a_line_that_is_too_long_is_left_out),
		IN_DIRECTORY(a_long_log_is_read_in_pieces),
		IN_DIRECTORY(the_hour_that_is_there_twice_goes_on),
		IN_DIRECTORY(days_and_years_may_alternate),
	};

	return cmocka_run_group_tests_name("mail logs", tests, maillines_setup,
					   NULL);
}

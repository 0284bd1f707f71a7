// SPDX-License-Identifier: GPL-2.0-only
/* The file, block by block, as the draft has it. */
#include "unit.h"

#include <fcntl.h>

#include "pcap.h"

/* What is read of a file. */
struct reader {
	__u8 bytes[4096];
	size_t len, at;
};

static __u32 read32(struct reader *r)
{
	__u32 value;

	assert_true(r->at + sizeof(value) <= r->len);
	memcpy(&value, r->bytes + r->at, sizeof(value));
	r->at += sizeof(value);
	return value;
}

static __u16 read16(struct reader *r)
{
	__u16 value;

	assert_true(r->at + sizeof(value) <= r->len);
	memcpy(&value, r->bytes + r->at, sizeof(value));
	r->at += sizeof(value);
	return value;
}

static void read_file(struct reader *r, const char *path)
{
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	r->at = 0;
	r->len = fread(r->bytes, 1, sizeof(r->bytes), file);
	fclose(file);
}

/* The block's type; it is the same length at both ends. */
static __u32 begin_block(struct reader *r, size_t *end)
{
	__u32 type = read32(r), len = read32(r);
	struct reader tail = *r;

	assert_int_equal(len % 4, 0);
	*end = r->at - 8 + len;
	tail.at = *end - 4;
	assert_int_equal(read32(&tail), len);
	return type;
}

static void expect_option(struct reader *r, unsigned int code,
			  const void *value, size_t len)
{
	assert_int_equal(read16(r), code);
	assert_int_equal(read16(r), len);
	assert_memory_equal(r->bytes + r->at, value, len);
	r->at += (len + 3) / 4 * 4;
}

static void end_block(struct reader *r, size_t end)
{
	expect_option(r, 0, "", 0);
	assert_int_equal(r->at, end - 4);
	r->at = end;
}

static void expect_section(struct reader *r)
{
	static const char program[] = "xdp-fakemx " VERSION;
	size_t end;

	assert_int_equal(begin_block(r, &end), 0x0a0d0d0a);
	assert_int_equal(read32(r), 0x1a2b3c4d);
	assert_int_equal(read16(r), 1);
	assert_int_equal(read16(r), 0);
	assert_int_equal(read32(r), 0xffffffff);
	assert_int_equal(read32(r), 0xffffffff);
	expect_option(r, 4, program, strlen(program));
	end_block(r, end);
}

static void expect_iface(struct reader *r, const char *name)
{
	size_t end;

	assert_int_equal(begin_block(r, &end), 1);
	assert_int_equal(read16(r), 1);
	assert_int_equal(read16(r), 0);
	assert_int_equal(read32(r), FMX_SNAP);
	expect_option(r, 2, name, strlen(name));
	expect_option(r, 9, "\x09", 1);
	end_block(r, end);
}

static void expect_packet(struct reader *r, __u32 iface, __u64 time,
			  const struct fmx_copy *frame, __u32 flags,
			  const char *comment)
{
	size_t end;

	assert_int_equal(begin_block(r, &end), 6);
	assert_int_equal(read32(r), iface);
	assert_int_equal(read32(r), time >> 32);
	assert_int_equal(read32(r), (__u32)time);
	assert_int_equal(read32(r), frame->captured);
	assert_int_equal(read32(r), frame->len);
	assert_memory_equal(r->bytes + r->at, frame->bytes, frame->captured);
	r->at += (frame->captured + 3) / 4 * 4;
	expect_option(r, 1, comment, strlen(comment));
	expect_option(r, 2, &flags, sizeof(flags));
	end_block(r, end);
}

static void make_frame(struct fmx_copy *frame, size_t len)
{
	size_t i;

	memset(frame, 0, sizeof(*frame));
	frame->len = len;
	frame->captured = len < FMX_SNAP ? len : FMX_SNAP;
	for (i = 0; i < frame->captured; i++)
		frame->bytes[i] = i + len;
}

#define TIME 1795694401123456789ULL

static void frames_are_written_with_their_interfaces(void **state)
{
	char *path = file_make(*state, "capture", "what was there", 14);
	struct fmx_copy syn, odd, jumbo;
	struct reader r;
	struct pcap *p = pcap_open(path);

	make_frame(&syn, 74);
	make_frame(&odd, 55);
	make_frame(&jumbo, 9014);
	assert_non_null(p);
	pcap_write(p, "eth0", TIME, &syn, false, "one");
	pcap_write(p, "eth0.4094", TIME + 1, &odd, true, "");
	pcap_write(p, "eth0", TIME + 2, &jumbo, false, "four");
	assert_int_equal(pcap_close(p), 0);
	read_file(&r, path);
	expect_section(&r);
	expect_iface(&r, "eth0");
	expect_packet(&r, 0, TIME, &syn, 1, "one");
	expect_iface(&r, "eth0.4094");
	expect_packet(&r, 1, TIME + 1, &odd, 2, "");
	expect_packet(&r, 0, TIME + 2, &jumbo, 1, "four");
	assert_int_equal(r.at, r.len);
	free(path);
}

static void what_is_flushed_can_be_read(void **state)
{
	char *path = file_make(*state, "capture", "", 0);
	struct pcap *p = pcap_open(path);
	struct fmx_copy syn;
	struct reader r;

	make_frame(&syn, 54);
	assert_non_null(p);
	read_file(&r, path);
	expect_section(&r);
	assert_int_equal(r.at, r.len);
	pcap_write(p, "eth0", TIME, &syn, false, "one");
	assert_int_equal(pcap_flush(p), 0);
	read_file(&r, path);
	expect_section(&r);
	expect_iface(&r, "eth0");
	expect_packet(&r, 0, TIME, &syn, 1, "one");
	assert_int_equal(r.at, r.len);
	assert_int_equal(pcap_close(p), 0);
	free(path);
}

/* What is said on standard error; the caller frees it. */
static char *said(struct pcap *(*open)(const char *), const char *path,
		  struct pcap **p)
{
	struct capture c;

	capture_begin(&c, &stderr);
	*p = open(path);
	capture_end(&c);
	return c.text;
}

static void a_file_that_cannot_be_made_is_named(void **state)
{
	char *path = NULL, *text, *expected = NULL;
	struct pcap *p;

	assert_true(asprintf(&path, "%s/no/capture", (char *)*state) > 0);
	text = said(pcap_open, path, &p);
	assert_null(p);
	assert_true(asprintf(&expected,
			     "xdp-fakemx: %s: No such file or directory\n",
			     path) > 0);
	assert_string_equal(text, expected);
	free(text);
	free(expected);
	free(path);
}

static void a_full_disk_is_an_error(void **state)
{
	struct pcap *p;
	char *text;

	(void)state;
	text = said(pcap_open, "/dev/full", &p);
	assert_null(p);
	assert_string_equal(text,
			    "xdp-fakemx: /dev/full: No space left on device\n");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_DIRECTORY(frames_are_written_with_their_interfaces),
		IN_DIRECTORY(what_is_flushed_can_be_read),
		IN_DIRECTORY(a_file_that_cannot_be_made_is_named),
		cmocka_unit_test(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

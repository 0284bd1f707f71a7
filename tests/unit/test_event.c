// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <arpa/inet.h>

#include "event.h"

/* 2026-11-26T12:00:01.123Z */
#define TIME 1795694401123LL

/* A SYN of Linux, without its options. */
static const __u8 ipv4_syn[] = {
	2,    0, 0,   0,  0,	2,    2,    0,	  0,  0,  0, 1, 8,   0,
	0x45, 0, 0,   40, 0x12, 0x34, 64,   0,	  57, 6,  0, 0, 203, 0,
	113,  5, 198, 51, 100,	10,   0xa1, 0x12, 0,  25, 1, 2, 3,   4,
	0,    0, 0,   0,  0x50, 2,    0xfa, 0xf0, 0,  0,  0, 0,
};

static void set_addresses(struct fmx_event *e, int family, const char *src,
			  const char *dst)
{
	int af = family == FMX_IPV6 ? AF_INET6 : AF_INET;

	e->family = family;
	assert_int_equal(inet_pton(af, src, e->src), 1);
	assert_int_equal(inet_pton(af, dst, e->dst), 1);
}

static void make_event(struct fmx_event *e)
{
	memset(e, 0, sizeof(*e));
	strcpy(e->iface, "eth0");
	set_addresses(e, FMX_IPV4, "203.0.113.5", "198.51.100.10");
	e->sport = htons(41234);
	e->dport = htons(25);
	e->l3 = 14;
	e->l4 = 34;
	e->role = FMX_ROLE_FIRST;
	e->reason = FMX_REASON_RESET;
	e->flags = FMX_EVENT_ATTEMPT | FMX_EVENT_SYN;
	e->frame.len = e->frame.captured = sizeof(ipv4_syn);
	memcpy(e->frame.bytes, ipv4_syn, sizeof(ipv4_syn));
}

/* The line; takes the document over; the caller frees the text. */
static char *line(json_t *document)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(document);
	event_print(to, document);
	fclose(to);
	json_decref(document);
	return text;
}

static void expect_line(const struct fmx_event *e, const char *expected)
{
	char *text = line(event_document(e, TIME));

	assert_string_equal(text, expected);
	free(text);
}

static void an_attempt_is_a_line(void **state)
{
	struct fmx_event e;

	(void)state;
	make_event(&e);
	expect_line(
		&e,
		"2026-11-26T12:00:01.123Z eth0 RESET from [203.0.113.5]:41234 to [198.51.100.10]:25 role=first reason=reset sig=4:57+7:0:0:64240,0::df,id+:0\n");
	e.role = FMX_ROLE_REAL;
	e.reason = FMX_REASON_REAL;
	set_addresses(&e, FMX_IPV6, "2001:db8:5::5", "2001:db8:1::20");
	expect_line(
		&e,
		"2026-11-26T12:00:01.123Z eth0 PASS from [2001:db8:5::5]:41234 to [2001:db8:1::20]:25 role=real reason=real sig=4:57+7:0:0:64240,0::df,id+:0\n");
	make_event(&e);
	e.role = FMX_ROLE_LAST;
	e.reason = FMX_REASON_CHALLENGED;
	expect_line(
		&e,
		"2026-11-26T12:00:01.123Z eth0 CHALLENGE from [203.0.113.5]:41234 to [198.51.100.10]:25 role=last reason=challenged sig=4:57+7:0:0:64240,0::df,id+:0\n");
	e.reason = FMX_REASON_RATE_LIMITED;
	expect_line(
		&e,
		"2026-11-26T12:00:01.123Z eth0 DROP from [203.0.113.5]:41234 to [198.51.100.10]:25 role=last reason=rate_limited sig=4:57+7:0:0:64240,0::df,id+:0\n");
}

static void in_shadow_it_passed(void **state)
{
	struct fmx_event e;

	(void)state;
	make_event(&e);
	e.flags |= FMX_EVENT_SHADOW;
	expect_line(
		&e,
		"2026-11-26T12:00:01.123Z eth0 PASS from [203.0.113.5]:41234 to [198.51.100.10]:25 role=first reason=would_reset sig=4:57+7:0:0:64240,0::df,id+:0\n");
}

static void what_is_not_known_is_a_dash(void **state)
{
	struct fmx_event e;

	(void)state;
	make_event(&e);
	e.family = FMX_OTHER;
	e.l4 = 0;
	e.role = FMX_ROLE_COUNT;
	e.reason = FMX_REASON_TAGS;
	e.flags = FMX_EVENT_FLAWED;
	expect_line(
		&e,
		"2026-11-26T12:00:01.123Z eth0 DROP from [-]:- to [-]:- role=- reason=tags sig=-\n");
	make_event(&e);
	e.reason = FMX_REASON_FRAGMENT;
	e.flags = FMX_EVENT_FLAWED;
	expect_line(
		&e,
		"2026-11-26T12:00:01.123Z eth0 DROP from [203.0.113.5]:41234 to [198.51.100.10]:25 role=first reason=fragment sig=-\n");
}

static void expect_json(json_t *document, const char *expected)
{
	char *text = json_dumps(document, 0);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
	json_decref(document);
}

static void the_document_has_every_member_each_time(void **state)
{
	struct fmx_event e;

	(void)state;
	make_event(&e);
	expect_json(
		event_document(&e, TIME),
		"{\"time\": \"2026-11-26T12:00:01.123Z\", \"interface\": \"eth0\", "
		"\"verdict\": \"reset\", \"reason\": \"reset\", \"role\": \"first\", "
		"\"sender\": \"203.0.113.5\", \"sender_port\": 41234, "
		"\"destination\": \"198.51.100.10\", \"destination_port\": 25, "
		"\"attempt\": true, "
		"\"signature\": \"4:57+7:0:0:64240,0::df,id+:0\"}");
	e.family = FMX_OTHER;
	e.l4 = 0;
	e.role = FMX_ROLE_COUNT;
	e.reason = FMX_REASON_TAGS;
	e.flags = FMX_EVENT_FLAWED;
	expect_json(
		event_document(&e, TIME - 123),
		"{\"time\": \"2026-11-26T12:00:01.000Z\", \"interface\": \"eth0\", "
		"\"verdict\": \"drop\", \"reason\": \"tags\", \"role\": null, "
		"\"sender\": null, \"sender_port\": null, "
		"\"destination\": null, \"destination_port\": null, "
		"\"attempt\": false, \"signature\": null}");
}

static void what_was_suppressed_is_a_line(void **state)
{
	char *text = line(event_suppressed(18446744073709551615ULL >> 1, TIME));

	(void)state;
	assert_string_equal(
		text,
		"2026-11-26T12:00:01.123Z SUPPRESSED 9223372036854775807 events\n");
	free(text);
	expect_json(
		event_suppressed(812, TIME),
		"{\"time\": \"2026-11-26T12:00:01.123Z\", \"suppressed\": 812}");
}

static void a_capture_says_what_was_done_and_why(void **state)
{
	char text[EVENT_COMMENT_SIZE];
	struct fmx_event e;

	(void)state;
	make_event(&e);
	event_comment(&e, text);
	assert_string_equal(
		text,
		"RESET role=first reason=reset sig=4:57+7:0:0:64240,0::df,id+:0");
	e.flags |= FMX_EVENT_SHADOW;
	e.reason = FMX_REASON_RATE_LIMITED;
	event_comment(&e, text);
	assert_string_equal(
		text,
		"PASS role=first reason=would_rate_limited sig=4:57+7:0:0:64240,0::df,id+:0");
	e.flags = FMX_EVENT_FLAWED;
	e.reason = FMX_REASON_TAGS;
	e.role = FMX_ROLE_COUNT;
	event_comment(&e, text);
	assert_string_equal(text, "DROP role=- reason=tags sig=-");
}

static void attempts_and_what_is_dropped_are_printed(void **state)
{
	static const struct {
		__u8 reason, flags;
		bool printed;
	} rows[] = {
		{ FMX_REASON_RESET, FMX_EVENT_SYN | FMX_EVENT_ATTEMPT, true },
		{ FMX_REASON_RESET, FMX_EVENT_SYN, false },
		{ FMX_REASON_RESET, 0, false },
		{ FMX_REASON_REAL, FMX_EVENT_SYN | FMX_EVENT_ATTEMPT, true },
		{ FMX_REASON_REAL, FMX_EVENT_SYN, false },
		{ FMX_REASON_ALLOWED, FMX_EVENT_SYN, false },
		{ FMX_REASON_BAD_CHECKSUM, FMX_EVENT_SYN, true },
		{ FMX_REASON_BAD_CHECKSUM, 0, false },
		{ FMX_REASON_BAD_CHECKSUM, FMX_EVENT_SYN | FMX_EVENT_SHADOW,
		  true },
		{ FMX_REASON_FRAGMENT, FMX_EVENT_FLAWED, true },
		{ FMX_REASON_ALLOWED, FMX_EVENT_FLAWED, false },
	};
	struct fmx_event e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		make_event(&e);
		e.reason = rows[i].reason;
		e.flags = rows[i].flags;
		if (event_is_printed(&e) != rows[i].printed)
			fail_msg("row %zu", i);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_attempt_is_a_line),
		cmocka_unit_test(in_shadow_it_passed),
		cmocka_unit_test(what_is_not_known_is_a_dash),
		cmocka_unit_test(the_document_has_every_member_each_time),
		cmocka_unit_test(what_was_suppressed_is_a_line),
		cmocka_unit_test(a_capture_says_what_was_done_and_why),
		cmocka_unit_test(attempts_and_what_is_dropped_are_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

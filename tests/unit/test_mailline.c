// SPDX-License-Identifier: GPL-2.0-only
/* Lines of mail logs: who came, and who is not to be believed. */
#include "maillines.h"

#define POSTFIX "Nov 26 12:00:01 mx postfix/smtpd[4711]: "
#define SCREEN "Nov 26 12:00:01 mx postfix/postscreen[4711]: "
#define CAME " connected 2026-11-26T11:00:01.000Z"
#define GAVE " delivered 2026-11-26T11:00:01.000Z"

static void postfix_says_who_connects(void **state)
{
	static const struct text_row rows[] = {
		{ POSTFIX "connect from mail.example.org[203.0.113.5]",
		  "203.0.113.5" CAME },
		{ POSTFIX "connect from unknown[203.0.113.5]",
		  "203.0.113.5" CAME },
		{ POSTFIX "connect from a_b-c.example.org[203.0.113.5]:2525",
		  "203.0.113.5" CAME },
		{ POSTFIX "connect from unknown[2001:db8::5]",
		  "2001:db8::5" CAME },
		{ POSTFIX "connect from unknown[2001:db8::5]:61000",
		  "2001:db8::5" CAME },
		{ POSTFIX "connect from unknown[203.0.113.5]\r\n",
		  "203.0.113.5" CAME },
		{ POSTFIX "connect from unknown[unknown]", "mta" },
		{ POSTFIX "connect from localhost[127.0.0.1]", "mta" },
		{ POSTFIX "connect from localhost[::1]", "mta" },
		{ POSTFIX "connect from unknown[fe80::1%eth0]", "mta" },
		{ POSTFIX "connect from unknown[203.0.113.5", "mta" },
		{ POSTFIX "connect from unknown[203.0.113.5]:", "mta" },
		{ POSTFIX "connect from unknown[203.0.113.5] ", "mta" },
		{ POSTFIX "connect from unknown[203.0.113.5]:25x", "mta" },
		{ POSTFIX "connect from unknown[203.0.113.500]", "mta" },
		{ POSTFIX "connect from unknown[]", "mta" },
		{ POSTFIX "connect from ", "mta" },
		{ POSTFIX "disconnect from unknown[203.0.113.5] quit=1",
		  "mta" },
		{ POSTFIX "lost connection after CONNECT from"
			  " unknown[203.0.113.5]",
		  "mta" },
	};

	(void)state;
	check_lines(rows, COUNT(rows));
}

static void postscreen_says_who_connects(void **state)
{
	static const struct text_row rows[] = {
		{ SCREEN "CONNECT from [203.0.113.5]:2525 to"
			 " [198.51.100.20]:25",
		  "203.0.113.5" CAME },
		{ SCREEN "CONNECT from [2001:db8::5]:2525 to"
			 " [2001:db8:1::20]:25",
		  "2001:db8::5" CAME },
		{ "Nov 26 12:00:01 mx postfix-in/postscreen[1]: CONNECT from"
		  " [203.0.113.5]:2525 to [198.51.100.20]:25",
		  "203.0.113.5" CAME },
		{ SCREEN "NOQUEUE: reject: CONNECT from [203.0.113.5]:2525:"
			 " too many connections",
		  "mta" },
		{ SCREEN "CONNECT from [203.0.113.5]:2525 to"
			 " [198.51.100.20]:25 x",
		  "mta" },
		{ SCREEN "CONNECT from [203.0.113.5]:2525", "mta" },
		{ SCREEN "CONNECT from [203.0.113.5]:2525 to", "mta" },
		{ SCREEN "CONNECT from [203.0.113.5]:2525 to [x]:25", "mta" },
		{ SCREEN "PASS NEW [203.0.113.5]:2525", "mta" },
		{ SCREEN "connect from unknown[203.0.113.5]", "mta" },
		{ POSTFIX "CONNECT from [203.0.113.5]:2525 to"
			  " [198.51.100.20]:25",
		  "mta" },
	};

	(void)state;
	check_lines(rows, COUNT(rows));
}

static void postfix_says_whose_message_it_takes(void **state)
{
	static const struct text_row rows[] = {
		{ POSTFIX "9A3C11FE2B: client=mail.example.org[203.0.113.5]",
		  "203.0.113.5" GAVE },
		{ POSTFIX "4gHBcz5Y3hzB4Xq: client=unknown[2001:db8::5]:2525",
		  "2001:db8::5" GAVE },
		/* A proxy in front of the queue takes it. */
		{ POSTFIX "NOQUEUE: client=unknown[203.0.113.5]",
		  "203.0.113.5" GAVE },
		/* Submission, which need not have a port of its own. */
		{ POSTFIX "9A3C11FE2B: client=unknown[203.0.113.5],"
			  " sasl_method=PLAIN, sasl_username=a@example.org",
		  "mta" },
		{ POSTFIX "9A3C11FE2B: client=unknown[203.0.113.5],"
			  " sasl_sender=a@example.org",
		  "mta" },
		/* A relay hands on mail; the relay it is that came. */
		{ POSTFIX "9A3C11FE2B: client=relay[198.51.100.9],"
			  " orig_queue_id=9A3C11FE2A,"
			  " orig_client=unknown[203.0.113.5]",
		  "198.51.100.9" GAVE },
		/* A content filter on the same host does. */
		{ POSTFIX "9A3C11FE2B: client=localhost[127.0.0.1],"
			  " orig_queue_id=9A3C11FE2A,"
			  " orig_client=unknown[203.0.113.5]",
		  "mta" },
		{ POSTFIX "NOQUEUE: reject: RCPT from unknown[203.0.113.5]:"
			  " 450 4.2.0 <b@example.net>: Greylisted",
		  "mta" },
		{ POSTFIX "9A3C11FE2B: client=unknown[203.0.113.5] x", "mta" },
		{ POSTFIX ": client=unknown[203.0.113.5]", "mta" },
		{ "Nov 26 12:00:01 mx postfix/cleanup[1]: 9A3C11FE2B:"
		  " client=unknown[203.0.113.5]",
		  "other" },
	};

	(void)state;
	check_lines(rows, COUNT(rows));
}

static void submission_is_no_traffic_of_an_mx(void **state)
{
#define NAMED(name) \
	"Nov 26 12:00:01 mx " name "[1]: connect from unknown[203.0.113.5]"
	static const struct text_row rows[] = {
		{ NAMED("postfix/submission/smtpd"), "mta" },
		{ NAMED("postfix/submissions/smtpd"), "mta" },
		{ NAMED("postfix/smtps/smtpd"), "mta" },
		{ NAMED("postfix-submission/smtpd"), "mta" },
		{ NAMED("postfix-out/submission/smtpd"), "mta" },
		{ NAMED("postfix-in/smtpd"), "203.0.113.5" CAME },
		{ NAMED("postfix/mx/smtpd"), "203.0.113.5" CAME },
		{ NAMED("postfix/smtp/smtpd"), "203.0.113.5" CAME },
		{ NAMED("postfix/25/smtpd"), "203.0.113.5" CAME },
		{ NAMED("mail/smtpd"), "203.0.113.5" CAME },
		/* OpenBSD's, and what is no server. */
		{ NAMED("smtpd"), "other" },
		{ NAMED("postfix/smtp"), "other" },
		{ NAMED("postfix/smtpdx"), "other" },
		{ NAMED("postfix/xsmtpd"), "other" },
		{ NAMED("postfix/smtpd/x"), "other" },
		{ NAMED("sshd"), "other" },
	};

	(void)state;
	check_lines(rows, COUNT(rows));
}

#define EXIM "2026-11-26 12:00:01 "
#define ID "1vOQ3Z-000000001Xy-0wVQ "
#define OLD_ID "1vOQ3Z-0001Xy-0w "

static void exim_says_who_connects(void **state)
{
	static const struct text_row rows[] = {
		{ EXIM "SMTP connection from [203.0.113.5]"
		       " (TCP/IP connection count = 1)",
		  "203.0.113.5" CAME },
		{ EXIM "SMTP connection from [203.0.113.5]:5555"
		       " I=[198.51.100.20]:25 (TCP/IP connection count = 1)",
		  "203.0.113.5" CAME },
		{ EXIM "[4711] SMTP connection from [2001:db8::5]:5555"
		       " I=[2001:db8:1::20]:25 (TCP/IP connection count = 1)",
		  "2001:db8::5" CAME },
		{ EXIM "SMTP connection Ci=p1239 from [203.0.113.5]"
		       " D=0s closed by QUIT",
		  "203.0.113.5" CAME },
		{ EXIM "SMTP connection from (helo) [203.0.113.5] D=0.1s"
		       " closed by QUIT",
		  "203.0.113.5" CAME },
		{ EXIM "SMTP connection from mail.example.org [203.0.113.5]"
		       " lost",
		  "203.0.113.5" CAME },
		{ EXIM "SMTP connection from mail.example.org (helo)"
		       " [203.0.113.5]:5555 I=[198.51.100.20]:25"
		       " closed by DROP in ACL",
		  "203.0.113.5" CAME },
		{ EXIM ID "SMTP connection from (helo) [203.0.113.5] lost"
			  " while reading message data (header)",
		  "203.0.113.5" CAME },
		{ EXIM OLD_ID "SMTP connection from (helo) [203.0.113.5] lost"
			      " while reading message data (header)",
		  "203.0.113.5" CAME },
		/* inetd */
		{ EXIM "SMTP connection from (helo) [203.0.113.5] (via inetd)",
		  "203.0.113.5" CAME },
		/* Submission, by RFC 8314. */
		{ EXIM "SMTP connection from [203.0.113.5]:5555"
		       " I=[198.51.100.20]:587 (TCP/IP connection count = 1)",
		  "mta" },
		{ EXIM "SMTP connection from (helo) [203.0.113.5]"
		       " I=[198.51.100.20]:465 D=1s closed by QUIT",
		  "mta" },
		{ EXIM "SMTP connection from root D=1s closed by QUIT", "mta" },
		{ EXIM "SMTP connection from root", "mta" },
		{ EXIM "SMTP connection from ", "mta" },
		{ EXIM "SMTP connection from [203.0.113.5", "mta" },
		{ EXIM "SMTP connection from [203.0.113.5]x", "mta" },
		{ EXIM "SMTP connection from (helo) 203.0.113.5", "mta" },
		{ EXIM "SMTP connection from localhost [127.0.0.1] lost",
		  "mta" },
		{ EXIM "no MAIL in SMTP connection from [203.0.113.5]",
		  "other" },
		{ EXIM "exim 4.96 daemon started: pid=1, -q30m", "other" },
		{ EXIM "status installed libc6:amd64", "other" },
		{ EXIM, "other" },
	};

	(void)state;
	check_lines(rows, COUNT(rows));
}

static void exim_says_whose_message_it_takes(void **state)
{
	static const struct text_row rows[] = {
		{ EXIM ID "<= a@example.org H=(helo) [203.0.113.5] P=esmtp"
			  " S=812 id=x@example.org",
		  "203.0.113.5" GAVE },
		{ EXIM OLD_ID "<= a@example.org H=mail.example.org"
			      " [203.0.113.5]:5555 P=esmtps X=TLS1.3 S=812",
		  "203.0.113.5" GAVE },
		{ EXIM "[4711] " ID "<= <> H=mail.example.org (helo)"
		       " [2001:db8::5] I=[2001:db8:1::20]:25 P=smtp S=812",
		  "2001:db8::5" GAVE },
		{ EXIM ID "<= a@example.org DS H=mail.example.org"
			  " [203.0.113.5] TFO* U=x Ci=p12 P=utf8esmtps S=812",
		  "203.0.113.5" GAVE },
		{ EXIM ID "<= a@example.org H=[203.0.113.5] P=smtp",
		  "203.0.113.5" GAVE },
		{ EXIM ID "<= \"a b\"@example.org H=[203.0.113.5] P=smtp S=1",
		  "203.0.113.5" GAVE },
		/* Who has logged in is no sender of an MX. */
		{ EXIM ID "<= a@example.org H=(helo) [203.0.113.5] P=esmtpsa"
			  " A=plain:a S=812",
		  "mta" },
		{ EXIM ID "<= a@example.org H=(helo) [203.0.113.5] P=esmtpa"
			  " A=plain:a S=812",
		  "mta" },
		{ EXIM ID "<= a@example.org H=(helo) [203.0.113.5]:5555"
			  " I=[198.51.100.20]:587 P=esmtps S=812",
		  "mta" },
		{ EXIM ID "<= root@mx U=root P=local S=812", "mta" },
		{ EXIM ID "<= <> R=" OLD_ID "U=Debian-exim P=local S=812",
		  "mta" },
		{ EXIM ID "<= a@example.org H=localhost [127.0.0.1] P=esmtp"
			  " S=812",
		  "mta" },
		{ EXIM ID "<= a@example.org H=(helo) [203.0.113.5] S=812",
		  "mta" },
		{ EXIM ID "<= a@example.org H=", "mta" },
		{ EXIM ID "<= a@example.org", "mta" },
		{ EXIM ID "<= ", "mta" },
		{ EXIM ID "=> b@example.net R=dns T=smtp H=mx.example.net"
			  " [203.0.113.5]",
		  "mta" },
		{ EXIM ID "Completed", "mta" },
		{ EXIM "<= a@example.org H=(helo) [203.0.113.5] P=esmtp S=812",
		  "other" },
		{ EXIM "1vOQ3Z-0001Xyz-0w <= a@example.org H=[203.0.113.5]"
		       " P=esmtp",
		  "other" },
	};

	(void)state;
	check_lines(rows, COUNT(rows));
}

static void exim_may_log_to_syslog(void **state)
{
#define SYSLOG "Nov 26 12:00:02 mx exim[4711]: "
	static const struct text_row rows[] = {
		{ SYSLOG EXIM "SMTP connection from [203.0.113.5]:5555"
			      " (TCP/IP connection count = 1)",
		  "203.0.113.5" CAME },
		/* syslog_timestamp is off. */
		{ SYSLOG "SMTP connection from [203.0.113.5] lost D=0s",
		  "203.0.113.5 connected 2026-11-26T11:00:02.000Z" },
		{ SYSLOG ID "<= a@example.org H=(helo) [203.0.113.5] P=esmtp",
		  "203.0.113.5 delivered 2026-11-26T11:00:02.000Z" },
		{ "Nov 26 12:00:02 mx exim4: " EXIM
		  "SMTP connection from [203.0.113.5]",
		  "203.0.113.5" CAME },
		{ "2026-11-26T12:00:02.5+01:00 mx exim[1]: " EXIM
		  "[1] SMTP connection from [203.0.113.5]",
		  "203.0.113.5" CAME },
		{ SYSLOG EXIM "exim 4.96 daemon started: pid=1", "mta" },
		/* Parts of a line: what they begin and end with is chance. */
		{ SYSLOG "[1/2] " EXIM ID
			 "<= a@example.org H=(helo) [203.0.113.5] P=esmtp",
		  "mta" },
		{ SYSLOG "[1/2] " ID
			 "<= a@example.org H=(helo) [203.0.113.5] P=esmtp",
		  "mta" },
		{ SYSLOG "[2/2] " EXIM ID
			 "<= a@example.org H=(helo) [203.0.113.5] P=esmtp",
		  "mta" },
		{ SYSLOG "[2\\2] " EXIM "SMTP connection from [203.0.113.5]",
		  "mta" },
	};

	(void)state;
	check_lines(rows, COUNT(rows));
}

/* The clients of these lines chose what they say of 192.0.2.9. */
static void what_a_client_says_of_another_is_not_believed(void **state)
{
	static const struct text_row rows[] = {
		{ POSTFIX "NOQUEUE: reject: RCPT from unknown[203.0.113.5]:"
			  " 554 5.7.1 helo=<connect from x[192.0.2.9]>",
		  "mta" },
		{ POSTFIX "warning: non-SMTP command from"
			  " unknown[203.0.113.5]: connect from x[192.0.2.9]",
		  "mta" },
		{ POSTFIX "improper command pipelining after HELO from"
			  " unknown[203.0.113.5]: : client=x[192.0.2.9]",
		  "mta" },
		{ POSTFIX "9A3C11FE2B: reject: HELO from unknown[203.0.113.5]:"
			  " x: client=x[192.0.2.9]",
		  "mta" },
		{ "Nov 26 12:00:01 mx postfix/cleanup[1]: 9A3C11FE2B:"
		  " message-id=<x mx postfix/smtpd[1]: connect from"
		  " x[192.0.2.9]",
		  "other" },
		{ "Nov 26 12:00:01 mx sshd[1]: Invalid user"
		  " postfix/smtpd[1]: connect from x[192.0.2.9]",
		  "other" },
		{ SCREEN "PREGREET 11 after 0.1 from [203.0.113.5]:2525:"
			 " CONNECT from [192.0.2.9]:1 to [192.0.2.9]:25",
		  "mta" },
		/* An address for a name: usual. */
		{ EXIM ID "<= a@example.org H=([192.0.2.9]) [203.0.113.5]"
			  " P=esmtp S=812",
		  "203.0.113.5" GAVE },
		{ EXIM ID "<= a@example.org H=mail.example.org ([192.0.2.9])"
			  " [203.0.113.5]:5555 P=esmtp S=812",
		  "203.0.113.5" GAVE },
		{ EXIM ID "<= a@example.org H=([IPv6:2001:db8::9])"
			  " [203.0.113.5] P=esmtp S=812",
		  "203.0.113.5" GAVE },
		{ EXIM "SMTP connection from ([192.0.2.9]) [203.0.113.5] lost",
		  "203.0.113.5" CAME },
		/* With helo_accept_junk_hosts. */
		{ EXIM ID "<= a@example.org H=(x [192.0.2.9] P=esmtp)"
			  " [203.0.113.5] P=esmtp S=812",
		  "203.0.113.5" GAVE },
		{ EXIM ID "<= a@example.org H=(x) [192.0.2.9) [203.0.113.5]"
			  " P=esmtp S=812",
		  "203.0.113.5" GAVE },
		{ EXIM ID "<= a@example.org H=(x) [192.0.2.9] P=esmtp (y)"
			  " [203.0.113.5] P=esmtp S=812",
		  "mta" },
		{ EXIM ID "<= a@example.org H=mail.example.org (x)"
			  " [192.0.2.9] P=esmtp (y) [203.0.113.5] P=esmtp",
		  "mta" },
		{ EXIM "SMTP connection from (x) [192.0.2.9]:1 lost D=0s)"
		       " [203.0.113.5] lost D=0s",
		  "mta" },
		/* A sender that is quoted, in both ways. */
		{ EXIM ID "<= \"x H=(y) [192.0.2.9] P=esmtp\"@example.org"
			  " H=(helo) [203.0.113.5] P=esmtp S=812",
		  "203.0.113.5" GAVE },
		{ EXIM ID "<= \"x\\\" H=[192.0.2.9] P=esmtp\"@example.org"
			  " H=[203.0.113.5] P=esmtp S=812",
		  "203.0.113.5" GAVE },
		{ EXIM ID "<= x\\ H=[192.0.2.9]\\ P=esmtp@example.org"
			  " H=[203.0.113.5] P=esmtp S=812",
		  "203.0.113.5" GAVE },
		{ EXIM ID "<= \"x H=[192.0.2.9] P=esmtp", "mta" },
		{ EXIM ID "<= a@[192.0.2.9] H=(helo) [203.0.113.5] P=esmtp",
		  "203.0.113.5" GAVE },
		/* The message's ID, and its subject. */
		{ EXIM ID "<= a@example.org H=(helo) [203.0.113.5] P=esmtp"
			  " S=812 id=H=[192.0.2.9]",
		  "203.0.113.5" GAVE },
		{ EXIM ID "<= a@example.org H=(helo) [203.0.113.5] P=esmtp"
			  " S=812 T=\"SMTP connection from [192.0.2.9]\"",
		  "203.0.113.5" GAVE },
		{ EXIM ID "<= a@example.org H=(helo) [203.0.113.5] P=esmtp"
			  " S=812 T=\"(x) [192.0.2.9] P=esmtp\"",
		  "mta" },
		/* His name in the DNS, which has no blank. */
		{ EXIM ID "<= a@example.org H=[192.0.2.9].example.org"
			  " [203.0.113.5] P=esmtp S=812",
		  "mta" },
		{ EXIM ID "<= a@example.org H=x[192.0.2.9] [203.0.113.5]"
			  " P=esmtp S=812",
		  "203.0.113.5" GAVE },
		{ EXIM "rejected HELO from [203.0.113.5]: SMTP connection from"
		       " [192.0.2.9]",
		  "other" },
		{ EXIM "mx postfix/smtpd[1]: connect from x[192.0.2.9]",
		  "other" },
	};

	(void)state;
	check_lines(rows, COUNT(rows));
}

/* Were it longer, its end might be cut off, and what is there be chosen. */
static void a_line_has_a_length_that_can_be_relied_on(void **state)
{
	static const char head[] = EXIM "SMTP connection from [203.0.113.5] ";
	struct logclock clock = { .now = noon };
	char line[MAILLINE_MAX + 1];
	struct arrival arrival;

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, head, strlen(head));
	assert_int_equal(mailline_read(line, MAILLINE_MAX, &clock, &arrival),
			 MAILLINE_ARRIVAL);
	assert_int_equal(mailline_read(line, sizeof(line), &clock, &arrival),
			 MAILLINE_OTHER);
}

/* What is not text, or not as long as it seems. */
static void bytes_of_any_kind_are_no_arrival(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} rows[] = {
#define BYTES(literal) { literal, sizeof(literal) - 1 }
		BYTES(POSTFIX "connect from x[203.0.113.5\0]"),
		BYTES(POSTFIX "connect from x\0[203.0.113.5]"),
		BYTES(POSTFIX "connect from x[203.0.113.5]\0"),
		BYTES("\0" POSTFIX "connect from x[203.0.113.5]"),
		BYTES(POSTFIX "connect from \xff[203.0.113.5]"),
		BYTES(EXIM "SMTP connection from [203.0.113.5\0]"),
		BYTES(EXIM "SMTP connection from [203.0.113.5]\0"),
		BYTES(EXIM ID "<= a H=[203.0.113.5] P=esmtp\0"),
	};
	struct logclock clock = { .now = noon };
	struct arrival arrival;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		assert_int_not_equal(mailline_read(rows[i].bytes, rows[i].size,
						   &clock, &arrival),
				     MAILLINE_ARRIVAL);
}

static void every_beginning_of_a_line_can_be_read(void **state)
{
	static const char *const lines[] = {
		POSTFIX "9A3C11FE2B: client=mail.example.org[203.0.113.5]:25,"
			" sasl_method=x",
		SCREEN "CONNECT from [203.0.113.5]:2525 to [198.51.100.20]:25",
		EXIM "[1] " ID "<= \"a\\\" b\"@x DS H=name (helo) [203.0.113.5]"
		     " I=[198.51.100.20]:25 P=esmtp S=812",
		EXIM "SMTP connection Ci=x from (helo) [203.0.113.5]:1 lost",
		"2026-11-26T09:00:01.25+01:00 mx exim[1]: " EXIM OLD_ID "<= ",
	};
	struct arrival arrival;
	size_t i, length;

	(void)state;
	for (i = 0; i < COUNT(lines); i++) {
		for (length = 0; length < strlen(lines[i]); length++) {
			struct logclock clock = { .now = noon };
			char *copy = memcpy(malloc(length + !length), lines[i],
					    length);

			mailline_read(copy, length, &clock, &arrival);
			free(copy);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(postfix_says_who_connects),
		cmocka_unit_test(postscreen_says_who_connects),
		cmocka_unit_test(postfix_says_whose_message_it_takes),
		cmocka_unit_test(submission_is_no_traffic_of_an_mx),
		cmocka_unit_test(exim_says_who_connects),
		cmocka_unit_test(exim_says_whose_message_it_takes),
		cmocka_unit_test(exim_may_log_to_syslog),
		cmocka_unit_test(what_a_client_says_of_another_is_not_believed),
		cmocka_unit_test(a_line_has_a_length_that_can_be_relied_on),
		cmocka_unit_test(bytes_of_any_kind_are_no_arrival),
		cmocka_unit_test(every_beginning_of_a_line_can_be_read),
	};

	return cmocka_run_group_tests_name("mail log lines", tests,
					   maillines_setup, NULL);
}

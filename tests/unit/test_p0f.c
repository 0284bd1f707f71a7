// SPDX-License-Identifier: GPL-2.0-only
/*
 * The signatures that p0f's own files give for these systems (p0f.fp 3.09, its
 * README), of frames that are laid out here by what the RFCs say.
 */
#include "unit.h"

#include "p0f.h"

/* A SYN without what is said here is plain: no DF, ID 0x1234, 20 bytes. */
struct syn {
	int version; /* 6, or else IPv4 */
	int ttl;
	int window;
	__u8 options[40];
	size_t options_len;
	bool df, no_id, evil; /* "evil" is the reserved flag, RFC 3514 */
	int tos;
	int flow;
	int ip_options; /* bytes; IPv6: of a destination options header */
	int flags;	/* beside SYN */
	bool no_seq, ack, urgent, ns;
	int payload;
	int tags;
};

struct row {
	const char *what;
	struct syn syn;
	const char *signature;
};

static void lay16(__u8 *at, unsigned int value)
{
	at[0] = value >> 8;
	at[1] = value & 0xff;
}

struct frame {
	__u8 bytes[512];
	size_t len, l3, l4;
};

static void lay_ipv4(const struct syn *s, struct frame *f, size_t tcp_len)
{
	__u8 *ip = f->bytes + f->l3;

	f->l4 = f->l3 + 20 + s->ip_options;
	ip[0] = 0x40 | (f->l4 - f->l3) / 4;
	ip[1] = s->tos;
	lay16(ip + 2, f->l4 - f->l3 + tcp_len + s->payload);
	lay16(ip + 4, s->no_id ? 0 : 0x1234);
	ip[6] = (s->evil ? 0x80 : 0) | (s->df ? 0x40 : 0);
	ip[8] = s->ttl;
	ip[9] = 6;
}

static void lay_ipv6(const struct syn *s, struct frame *f, size_t tcp_len)
{
	__u8 *ip = f->bytes + f->l3;

	f->l4 = f->l3 + 40 + s->ip_options;
	ip[0] = 0x60 | s->tos >> 4;
	ip[1] = (s->tos & 0xf) << 4 | s->flow >> 16;
	lay16(ip + 2, s->flow & 0xffff);
	lay16(ip + 4, s->ip_options + tcp_len + s->payload);
	ip[6] = s->ip_options ? 60 : 6;
	ip[7] = s->ttl;
	if (!s->ip_options)
		return;
	ip[40] = 6;
	ip[41] = s->ip_options / 8 - 1;
	ip[42] = 1; /* PadN */
	ip[43] = s->ip_options - 4;
}

static void lay(const struct syn *s, struct frame *f)
{
	size_t tcp_len = 20 + s->options_len;
	__u8 *tcp;

	memset(f, 0, sizeof(*f));
	f->l3 = 14 + 4 * s->tags;
	if (s->version == 6)
		lay_ipv6(s, f, tcp_len);
	else
		lay_ipv4(s, f, tcp_len);
	tcp = f->bytes + f->l4;
	lay16(tcp, 41234);
	lay16(tcp + 2, 25);
	lay16(tcp + 4, s->no_seq ? 0 : 0x89ab);
	lay16(tcp + 8, s->ack ? 0x100 : 0);
	tcp[12] = tcp_len / 4 << 4 | s->ns;
	tcp[13] = 0x02 | s->flags;
	lay16(tcp + 14, s->window);
	lay16(tcp + 18, s->urgent ? 5 : 0);
	memcpy(tcp + 20, s->options, s->options_len);
	f->len = f->l4 + tcp_len + s->payload;
}

#define OPTIONS(len, ...) .options = { __VA_ARGS__ }, .options_len = len
#define MSS_1460 2, 4, 0x05, 0xb4
#define SACK_OK 4, 2
#define TS 8, 10, 0, 0, 0, 9, 0, 0, 0, 0
#define WS(n) 3, 3, n
#define NOP 1

static const struct row systems[] = {
	{ "Linux 3.11 and newer: *:64:0:*:mss*20,10:mss,sok,ts,nop,ws:df,id+:0",
	  { .ttl = 64,
	    .df = true,
	    .window = 29200,
	    OPTIONS(20, MSS_1460, SACK_OK, TS, NOP, WS(10)) },
	  "4:64+0:0:1460:mss*20,10:mss,sok,ts,nop,ws:df,id+:0" },
	{ "Linux 2.4.x: *:64:0:*:mss*4,0:mss,sok,ts,nop,ws:df,id+:0",
	  { .ttl = 57,
	    .df = true,
	    .window = 5840,
	    OPTIONS(20, MSS_1460, SACK_OK, TS, NOP, WS(0)) },
	  "4:57+7:0:1460:mss*4,0:mss,sok,ts,nop,ws:df,id+:0" },
	{ "Linux, IPv6",
	  { .version = 6,
	    .ttl = 60,
	    .flow = 0xd993c,
	    .window = 64800,
	    OPTIONS(20, 2, 4, 0x05, 0xa0, SACK_OK, TS, NOP, WS(7)) },
	  "6:60+4:0:1440:mss*45,7:mss,sok,ts,nop,ws:flow:0" },
	{ "Windows XP, of the README",
	  { .ttl = 120,
	    .df = true,
	    .window = 65535,
	    OPTIONS(8, 2, 4, 0x05, 0xac, NOP, NOP, SACK_OK) },
	  "4:120+8:0:1452:65535,0:mss,nop,nop,sok:df,id+:0" },
	{ "Windows 7 or 8: *:128:0:*:8192,8:mss,nop,ws,nop,nop,sok:df,id+:0",
	  { .ttl = 128,
	    .df = true,
	    .window = 8192,
	    OPTIONS(12, MSS_1460, NOP, WS(8), NOP, NOP, SACK_OK) },
	  "4:128+0:0:1460:8192,8:mss,nop,ws,nop,nop,sok:df,id+:0" },
	{ "FreeBSD 9.x or newer: *:64:0:*:65535,6:mss,nop,ws,sok,ts:df,id+:0",
	  { .ttl = 64,
	    .df = true,
	    .window = 65535,
	    OPTIONS(20, MSS_1460, NOP, WS(6), SACK_OK, TS) },
	  "4:64+0:0:1460:65535,6:mss,nop,ws,sok,ts:df,id+:0" },
	{ "Mac OS X 10.x: *:64:0:*:65535,3:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0",
	  { .ttl = 64,
	    .df = true,
	    .window = 65535,
	    OPTIONS(24, MSS_1460, NOP, WS(3), NOP, NOP, TS, SACK_OK, 0, 0) },
	  "4:64+0:0:1460:65535,3:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0" },
	{ "nmap, SYN scan: *:64-:0:1460:1024,0:mss::0",
	  { .ttl = 37, .window = 1024, OPTIONS(4, MSS_1460) },
	  "4:37+27:0:1460:1024,0:mss::0" },
	{ "nmap, OS detection: *:64-:0:265:512,0:mss,sok,ts:ack+:0",
	  { .ttl = 40,
	    .ack = true,
	    .window = 512,
	    OPTIONS(16, 2, 4, 1, 9, SACK_OK, TS) },
	  "4:40+24:0:265:512,0:mss,sok,ts:ack+:0" },
	{ "nmap, OS detection: *:64-:0:1460:3,10:ws,nop,mss,sok,nop,nop:ecn,uptr+:0",
	  { .ttl = 64,
	    .urgent = true,
	    .flags = 0xc0,
	    .window = 3,
	    OPTIONS(12, WS(10), NOP, MSS_1460, SACK_OK, NOP, NOP) },
	  "4:64+0:0:1460:3,10:ws,nop,mss,sok,nop,nop:ecn,uptr+:0" },
};

#define PLAIN .ttl = 64, .window = 1

static const struct row parts[] = {
	{ "nothing", { PLAIN }, "4:64+0:0:0:1,0:::0" },
	{ "TTL 0", { .window = 1 }, "4:0+32:0:0:1,0:::0" },
	{ "TTL 33", { .ttl = 33, .window = 1 }, "4:33+31:0:0:1,0:::0" },
	{ "TTL 92", { .ttl = 92, .window = 1 }, "4:92+?:0:0:1,0:::0" },
	{ "TTL 93", { .ttl = 93, .window = 1 }, "4:93+35:0:0:1,0:::0" },
	{ "TTL 255", { .ttl = 255, .window = 1 }, "4:255+0:0:0:1,0:::0" },
	{ "data", { PLAIN, .payload = 1 }, "4:64+0:0:0:1,0:::+" },
	{ "tags", { PLAIN, .tags = 8 }, "4:64+0:0:0:1,0:::0" },
	{ "IPv4 options", { PLAIN, .ip_options = 40 }, "4:64+0:40:0:1,0:::0" },
	{ "IPv6 extension headers",
	  { PLAIN, .version = 6, .ip_options = 16 },
	  "6:64+0:16:0:1,0:::0" },
	{ "IPv6 data",
	  { PLAIN, .version = 6, .payload = 9 },
	  "6:64+0:0:0:1,0:::+" },
	{ "DF without an ID",
	  { PLAIN, .df = true, .no_id = true },
	  "4:64+0:0:0:1,0::df:0" },
	{ "no ID", { PLAIN, .no_id = true }, "4:64+0:0:0:1,0::id-:0" },
	{ "the reserved flag",
	  { PLAIN, .evil = true },
	  "4:64+0:0:0:1,0::0+:0" },
	{ "ECN of IPv4", { PLAIN, .tos = 2 }, "4:64+0:0:0:1,0::ecn:0" },
	{ "DSCP alone", { PLAIN, .tos = 0xb8 }, "4:64+0:0:0:1,0:::0" },
	{ "ECN of IPv6",
	  { PLAIN, .version = 6, .tos = 1 },
	  "6:64+0:0:0:1,0::ecn:0" },
	{ "DSCP of IPv6 alone",
	  { PLAIN, .version = 6, .tos = 0xb8 },
	  "6:64+0:0:0:1,0:::0" },
	{ "the lowest bit of the flow label",
	  { PLAIN, .version = 6, .flow = 1 },
	  "6:64+0:0:0:1,0::flow:0" },
	{ "the highest bits of the flow label",
	  { PLAIN, .version = 6, .flow = 0xf0000 },
	  "6:64+0:0:0:1,0::flow:0" },
	{ "NS", { PLAIN, .ns = true }, "4:64+0:0:0:1,0::ecn:0" },
	{ "no sequence number",
	  { PLAIN, .no_seq = true },
	  "4:64+0:0:0:1,0::seq-:0" },
	{ "ACK without a number",
	  { PLAIN, .flags = 0x10 },
	  "4:64+0:0:0:1,0::ack-:0" },
	{ "ACK with a number",
	  { PLAIN, .flags = 0x10, .ack = true },
	  "4:64+0:0:0:1,0:::0" },
	{ "URG",
	  { PLAIN, .flags = 0x20, .urgent = true },
	  "4:64+0:0:0:1,0::urgf+:0" },
	{ "PSH", { PLAIN, .flags = 0x08 }, "4:64+0:0:0:1,0::pushf+:0" },
	{ "no timestamp, and one that is too many",
	  { PLAIN, OPTIONS(12, 8, 10, 0, 0, 0, 0, 0, 0, 0, 1, NOP, NOP) },
	  "4:64+0:0:0:1,0:ts,nop,nop:ts1-,ts2+:0" },
	{ "something behind the end of options",
	  { PLAIN, OPTIONS(8, NOP, 0, 0, 0, 0, 0, 7, 0) },
	  "4:64+0:0:0:1,0:nop,eol+6:opt+:0" },
	{ "an end at the end",
	  { PLAIN, OPTIONS(4, NOP, NOP, NOP, 0) },
	  "4:64+0:0:0:1,0:nop,nop,nop,eol+0::0" },
	{ "a scale of 14",
	  { PLAIN, OPTIONS(4, NOP, WS(14)) },
	  "4:64+0:0:0:1,14:nop,ws::0" },
	{ "a scale of 15",
	  { PLAIN, OPTIONS(4, NOP, WS(15)) },
	  "4:64+0:0:0:1,15:nop,ws:exws:0" },
	{ "an MSS of another length",
	  { PLAIN, OPTIONS(4, 2, 3, 0x05, 0xb4) },
	  "4:64+0:0:1460:1,0:mss:bad:0" },
	{ "an MSS cut off",
	  { PLAIN, OPTIONS(4, NOP, NOP, 2, 4) },
	  "4:64+0:0:0:1,0:nop,nop,mss:bad:0" },
	{ "SACK",
	  { PLAIN, OPTIONS(12, NOP, NOP, 5, 10, 0, 0, 0, 0, 0, 0, 0, 0) },
	  "4:64+0:0:0:1,0:nop,nop,sack::0" },
	{ "SACK that is too short",
	  { PLAIN, OPTIONS(4, 5, 2, NOP, NOP) },
	  "4:64+0:0:0:1,0:sack:bad:0" },
	{ "options without a name",
	  { PLAIN, OPTIONS(12, 19, 4, 0, 0, 34, 2, 254, 4, 1, 2, 28, 2) },
	  "4:64+0:0:0:1,0:?19,?34,?254,?28::0" },
	{ "an option of length 1",
	  { PLAIN, OPTIONS(4, 34, 1, 0, 0) },
	  "4:64+0:0:0:1,0:?34:bad:0" },
	{ "an option that is too long",
	  { PLAIN, OPTIONS(4, 34, 5, 0, 0) },
	  "4:64+0:0:0:1,0:?34:bad:0" },
	{ "an option without a length",
	  { PLAIN, OPTIONS(4, NOP, NOP, NOP, 34) },
	  "4:64+0:0:0:1,0:nop,nop,nop,?34:bad:0" },
	{ "more options than p0f reads",
	  { PLAIN, OPTIONS(40, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
			   1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
			   1, 1, 1, 1, 1, 1) },
	  "4:64+0:0:0:1,0:nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop:bad:0" },
};

/* What a window is a multiple of, in the order in which it is tried. */
static const struct row windows[] = {
	{ "MSS",
	  { .ttl = 64, .window = 4380, OPTIONS(4, MSS_1460) },
	  "4:64+0:0:1460:mss*3,0:mss::0" },
	{ "MSS without the timestamps",
	  { .ttl = 64,
	    .window = 4 * 1448,
	    OPTIONS(16, MSS_1460, NOP, NOP, TS) },
	  "4:64+0:0:1460:mss*4,0:mss,nop,nop,ts::0" },
	{ "the MSS of Ethernet, less the timestamps, in any case",
	  { .ttl = 64, .window = 2896, OPTIONS(4, 2, 4, 2, 24) },
	  "4:64+0:0:536:mss*2,0:mss::0" },
	{ "the MSS of Ethernet",
	  { .ttl = 64, .window = 14600, OPTIONS(4, 2, 4, 5, 0x64) },
	  "4:64+0:0:1380:mss*10,0:mss::0" },
	{ "the MSS of Ethernet, of IPv6 only there",
	  { .ttl = 64, .window = 2880, OPTIONS(4, 2, 4, 5, 0x64) },
	  "4:64+0:0:1380:2880,0:mss::0" },
	{ "the MSS of Ethernet, of IPv6",
	  { .version = 6,
	    .ttl = 64,
	    .window = 2880,
	    OPTIONS(4, 2, 4, 5, 0x64) },
	  "6:64+0:0:1380:mss*2,0:mss::0" },
	{ "MTU",
	  { .ttl = 64, .window = 4260, OPTIONS(4, 2, 4, 5, 0x64) },
	  "4:64+0:0:1380:mtu*3,0:mss::0" },
	{ "MTU by all headers",
	  { .ttl = 64, .window = 4272, OPTIONS(4, 2, 4, 5, 0x64) },
	  "4:64+0:0:1380:mtu*3,0:mss::0" },
	{ "MTU of Ethernet",
	  { .ttl = 64, .window = 6000, OPTIONS(4, 2, 4, 5, 0x64) },
	  "4:64+0:0:1380:mtu*4,0:mss::0" },
	{ "none",
	  { .ttl = 64, .window = 1023, OPTIONS(4, MSS_1460) },
	  "4:64+0:0:1460:1023,0:mss::0" },
	{ "0",
	  { .ttl = 64, .window = 0, OPTIONS(4, MSS_1460) },
	  "4:64+0:0:1460:0,0:mss::0" },
	{ "an MSS that is none",
	  { .ttl = 64, .window = 6000, OPTIONS(4, 2, 4, 0, 99) },
	  "4:64+0:0:99:6000,0:mss::0" },
};

static void check(const struct row *rows, size_t count)
{
	char text[P0F_TEXT_SIZE];
	struct frame f;
	int failed = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		lay(&rows[i].syn, &f);
		failed += differs_number(rows[i].what, 0,
					 p0f_of_frame(f.bytes, f.len, f.l3,
						      f.l4, text));
		failed += differs(rows[i].what, rows[i].signature, text);
	}
	assert_int_equal(failed, 0);
}

static void known_systems_have_the_signatures_of_p0f(void **state)
{
	(void)state;
	check(systems, COUNT(systems));
}

static void each_part_says_what_the_packet_has(void **state)
{
	(void)state;
	check(parts, COUNT(parts));
}

static void a_window_is_a_multiple_where_p0f_takes_it_for_one(void **state)
{
	(void)state;
	check(windows, COUNT(windows));
}

/* In memory of its own, so that a byte too many is seen. */
static void a_frame_cut_off_anywhere_has_no_signature(void **state)
{
	char text[P0F_TEXT_SIZE];
	struct frame f;
	size_t row, len;

	(void)state;
	for (row = 0; row < COUNT(systems); row++) {
		lay(&systems[row].syn, &f);
		for (len = 0; len < f.len; len++) {
			__u8 *cut = malloc(len + 1);

			memcpy(cut, f.bytes, len);
			cut = realloc(cut, len ? len : 1);
			assert_int_equal(p0f_of_frame(cut, len, f.l3, f.l4,
						      text),
					 -EINVAL);
			free(cut);
		}
	}
}

static void headers_that_are_nowhere_have_no_signature(void **state)
{
	static const struct {
		size_t l3, l4;
	} places[] = {
		{ 14, 0 },  { 14, 14 },	 { 14, 33 },	   { 34, 14 },
		{ 14, 60 }, { 400, 34 }, { 65535, 65535 }, { 14, 65535 },
	};
	char text[P0F_TEXT_SIZE];
	struct frame f;
	size_t i;

	(void)state;
	lay(&systems[0].syn, &f);
	for (i = 0; i < COUNT(places); i++)
		assert_int_equal(p0f_of_frame(f.bytes, f.len, places[i].l3,
					      places[i].l4, text),
				 -EINVAL);
	f.bytes[f.l4 + 12] = 4 << 4;
	assert_int_equal(p0f_of_frame(f.bytes, f.len, f.l3, f.l4, text),
			 -EINVAL);
}

static void the_ledger_gives_what_it_knows(void **state)
{
	static const struct {
		struct sender sender;
		const char *signature;
	} rows[] = {
		{ { .addr = { .family = FMX_IPV4 },
		    .ttl = 57,
		    .window = 29200,
		    .mss = 1460,
		    .scale = 10,
		    .options = 0x31842 },
		  "4:57+7:*:1460:mss*20,10:mss,sok,ts,nop,ws:*:*" },
		{ { .addr = { .family = FMX_IPV6 },
		    .ttl = 92,
		    .window = 64800,
		    .mss = 1440,
		    .scale = FMX_NO_SCALE,
		    .options = 0x2 },
		  "6:92+?:*:1440:mss*45,0:mss:*:*" },
		{ { .addr = { .family = FMX_IPV4 },
		    .ttl = 128,
		    .window = 5792,
		    .mss = 1460,
		    .scale = FMX_NO_SCALE,
		    .options = 0x82 },
		  "4:128+0:*:1460:mss*4,0:mss,ts:*:*" },
		{ { .addr = { .family = FMX_IPV4 },
		    .ttl = 255,
		    .scale = FMX_NO_SCALE },
		  "4:255+0:*:0:0,0::*:*" },
		{ { .addr = { .family = FMX_IPV4 },
		    .ttl = 64,
		    .window = 1,
		    .scale = FMX_NO_SCALE,
		    .options = 0xe7f5 },
		  "4:64+0:*:0:1,0:sack,?,?7,eol+*:*:*" },
		{ { .addr = { .family = FMX_IPV4 },
		    .ttl = 64,
		    .window = 1,
		    .scale = FMX_NO_SCALE,
		    .options = 0x11111111 },
		  "4:64+0:*:0:1,0:nop,nop,nop,nop,nop,nop,nop,nop,*:*:*" },
		{ { .addr = { .family = FMX_IPV4 },
		    .ttl = 64,
		    .window = 1,
		    .scale = FMX_NO_SCALE,
		    .options = 0xe1111111 },
		  "4:64+0:*:0:1,0:nop,nop,nop,nop,nop,nop,nop,eol+*:*:*" },
	};
	char text[P0F_TEXT_SIZE];
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		p0f_of_sender(&rows[i].sender, text);
		failed += differs("ledger", rows[i].signature, text);
	}
	assert_int_equal(failed, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_systems_have_the_signatures_of_p0f),
		cmocka_unit_test(each_part_says_what_the_packet_has),
		cmocka_unit_test(
			a_window_is_a_multiple_where_p0f_takes_it_for_one),
		cmocka_unit_test(a_frame_cut_off_anywhere_has_no_signature),
		cmocka_unit_test(headers_that_are_nowhere_have_no_signature),
		cmocka_unit_test(the_ledger_gives_what_it_knows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

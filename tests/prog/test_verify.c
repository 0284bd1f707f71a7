// SPDX-License-Identifier: GPL-2.0-only
/* Decoys that verify: SYN cookies, who brings them back, and who does not. */
#include <time.h>

#include "suite.h"
#include "ledger.h"
#include "siphash.h"

#define MINUTE 60000000000ULL
#define CHALLENGED .action = XDP_TX, .reason = FMX_REASON_CHALLENGED

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static uint32_t this_minute(void)
{
	return clock_ns() / MINUTE + 1;
}

/* The minute does not end while a test runs. */
static int begin_test(void **state)
{
	uint64_t left = MINUTE - clock_ns() % MINUTE;
	size_t i;

	(void)state;
	if (left < 5000000000ULL)
		usleep(left / 1000 + 1000);
	forget_all();
	for (i = 0; i < prog_count; i++) {
		set_current(&progs[i], 0, 0);
		read_tally(&progs[i], &progs[i].tally);
	}
	return 0;
}

static uint32_t word_at(const struct frame *f, size_t at)
{
	return (uint32_t)f->bytes[at] << 24 | f->bytes[at + 1] << 16 |
	       f->bytes[at + 2] << 8 | f->bytes[at + 3];
}

/* What the sequence number of the answer is. */
static uint32_t cookie_for(const struct prog *p, const struct spec *syn)
{
	struct frame in, out;
	uint32_t action = -1;

	build_request(syn, &in);
	assert_int_equal(run_frame(p, &in, &out, &action), 0);
	assert_int_equal(action, XDP_TX);
	return word_at(&out, out.len - 16);
}

static struct spec ack_of(const struct spec *syn, uint32_t cookie)
{
	struct spec ack = *syn;

	ack.flags = ACK;
	ack.seq = (syn->seq ? syn->seq : 0x01020304) + 1;
	ack.ack = cookie + 1;
	ack.tcp_options = ack.payload = 0;
	return ack;
}

static bool is_answered_for(struct prog *p, const struct spec *spec,
			    enum fmx_reason reason)
{
	const struct row row = { "verify", *spec, XDP_TX, reason };

	return row_holds(p, &row, 0);
}

/* Every field of the answer, whatever the SYN is like. */
static void syn_gets_a_syn_and_ack(void **state)
{
	static const struct row rows[] = {
		{ "IPv4", { .dst = VERIFY4 }, CHALLENGED },
		{ "IPv6", { .family = 6, .dst = VERIFY6 }, CHALLENGED },
		{ "options",
		  { .dst = VERIFY4, .tcp_options = 20 },
		  CHALLENGED },
		{ "IPv6 with options",
		  { .family = 6, .dst = VERIFY6, .tcp_options = 40 },
		  CHALLENGED },
		{ "IPv4 options",
		  { .dst = VERIFY4, .ip_options = 8, .tcp_options = 20 },
		  CHALLENGED },
		{ "extension header",
		  { .family = 6, .dst = VERIFY6, .ext = { EXT(EXT_DST_OPTS) } },
		  CHALLENGED },
		{ "tags",
		  { .dst = VERIFY4, .tags = { AD(7), Q(100) } },
		  CHALLENGED },
		{ "data", { .dst = VERIFY4, .payload = 100 }, CHALLENGED },
		{ "ECN",
		  { .dst = VERIFY4, .flags = SYN | ECE | CWR, .tos = 0xb9 },
		  CHALLENGED },
		{ "padding", { .dst = VERIFY4, .padding = 6 }, CHALLENGED },
		{ "partial",
		  { .dst = VERIFY4, .check = CHECK_PARTIAL },
		  CHALLENGED },
		{ "partial, IPv6",
		  { .family = 6,
		    .dst = VERIFY6,
		    .tcp_options = 20,
		    .check = CHECK_PARTIAL },
		  CHALLENGED },
		{ "highest number",
		  { .dst = VERIFY4, .seq = 0xffffffff },
		  CHALLENGED },
	};
	int failed = 0, shadow;
	size_t i, n;

	(void)state;
	for (i = 0; i < prog_count; i++) {
		for (n = 0; n < COUNT_OF(rows); n++) {
			struct row row = rows[n];
			uint32_t cookie;

			set_current(&progs[i], 0, 0);
			cookie = cookie_for(&progs[i], &row.spec);
			row.spec.cookie = &cookie;
			read_tally(&progs[i], &progs[i].tally);
			for (shadow = 1; shadow >= 0; shadow--) {
				set_current(&progs[i], shadow, 0);
				failed += !row_holds(&progs[i], &row, shadow);
			}
		}
	}
	assert_int_equal(failed, 0);
}

/* The last of the paper's appendix A. */
static void the_hash_is_that_of_the_paper(void **state)
{
	uint8_t bytes[16];
	__u64 key[2];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = i;
	memcpy(key, bytes, sizeof(key));
	assert_true(hash_of(key, bytes, 15) == 0xa129ca6149be45e5);
}

static void cookie_is_the_hash_of_the_connection(void **state)
{
	static const struct spec syns[] = {
		{ .dst = VERIFY4, .sport = 1025, .seq = 0x89abcdef },
		{ .family = 6, .dst = VERIFY6, .sport = 65535, .seq = 7 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(syns); i++) {
		const struct spec *s = &syns[i];
		uint32_t cookie = cookie_for(&progs[0], s), seq = s->seq;
		uint16_t ports[2] = { htons(s->sport), htons(25) };
		int family = s->family == 6 ? AF_INET6 : AF_INET;
		uint8_t bytes[40] = { 0 };

		inet_pton(family, spec_src(s), bytes);
		inet_pton(family, s->dst, bytes + (s->family == 6 ? 16 : 4));
		memcpy(bytes + 32, ports, 4);
		memcpy(bytes + 36, &seq, 4);
		seq = hash_of(progs[0].state->cookies[cookie & 1].key, bytes,
			      sizeof(bytes));
		assert_int_equal(cookie | 1, seq | 1);
	}
}

static void nothing_is_kept_of_a_syn(void **state)
{
	const struct spec ipv4 = { .dst = VERIFY4 };
	const struct spec ipv6 = { .family = 6, .dst = VERIFY6 };

	(void)state;
	ask(&ipv4);
	ask(&ipv6);
	set_current(&progs[0], 0, 1);
	ask(&ipv4);
	assert_int_equal(count_records(), 0);
}

static void who_brings_the_cookie_back_is_verified(void **state)
{
	static const struct spec syns[] = {
		{ .dst = VERIFY4, .sport = 1025, .seq = 0xfffffffe },
		{ .family = 6, .dst = VERIFY6, .tcp_options = 20 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(syns); i++) {
		uint32_t cookie = cookie_for(&progs[0], &syns[i]);
		struct spec ack = ack_of(&syns[i], cookie);
		const struct fmx_sender *r;

		read_tally(&progs[0], &progs[0].tally);
		assert_true(
			is_answered_for(&progs[0], &ack, FMX_REASON_VERIFIED));
		r = record_of(&syns[i]);
		assert_addr(r, &syns[i]);
		assert_recent(r->first[FMX_ROLE_LAST]);
		assert_int_equal(r->attempts[FMX_ROLE_LAST], 1);
		assert_int_equal(r->scale, FMX_VERIFIED | FMX_NO_SCALE);
		assert_int_equal(r->ttl, 0);
		/* So it is with what he says then, as long as it is early. */
		ack.payload = 10;
		ack.flags = ACK | PSH | FIN;
		assert_true(
			is_answered_for(&progs[0], &ack, FMX_REASON_VERIFIED));
		assert_int_equal(r->attempts[FMX_ROLE_LAST], 1);
	}
	assert_int_equal(count_records(), 2);
}

/* What is known of his SYN at another decoy stays. */
static void signature_of_a_syn_stays(void **state)
{
	const struct spec first = { .ttl = 57,
				    .window = 29200,
				    .tcp_options = 20 };
	const struct spec syn = { .dst = VERIFY4 };
	struct fmx_sender *r;
	struct spec ack;
	uint32_t options;

	(void)state;
	ask(&first);
	r = record_of(&first);
	options = r->options;
	assert_int_not_equal(options, 0);
	ack = ack_of(&syn, cookie_for(&progs[0], &syn));
	ack.window = 5;
	ask(&ack);
	assert_true(r->scale & FMX_VERIFIED);
	assert_int_equal(r->ttl, 57);
	assert_int_equal(r->window, 29200);
	assert_int_equal(r->options, options);
	/* And so does that he is verified, with a new signature. */
	age(&first, FMX_ATTEMPT_TICKS + 2);
	r->ttl = 0;
	ask(&first);
	assert_int_equal(r->ttl, 57);
	assert_true(r->scale & FMX_VERIFIED);
}

/* Nothing else would be new about him. */
static void who_was_just_at_another_last_decoy_is_verified(void **state)
{
	const struct spec other = { .dst = DECOY4_LAST };
	const struct spec syn = { .dst = VERIFY4 };
	struct spec ack = ack_of(&syn, cookie_for(&progs[0], &syn));

	(void)state;
	ask(&other);
	ask(&other);
	ask(&ack);
	assert_true(record_of(&syn)->scale & FMX_VERIFIED);
	assert_int_equal(record_of(&syn)->attempts[FMX_ROLE_LAST], 1);
}

/* Of all that is not quite it; whoever sent it gets a closed port's reset. */
static void cookie_is_good_for_one_connection(void **state)
{
	const struct spec syn = { .dst = VERIFY4, .sport = 40000 };
	const struct spec syn6 = { .family = 6, .dst = VERIFY6 };
	uint32_t cookie = cookie_for(&progs[0], &syn);
	uint32_t cookie6 = cookie_for(&progs[0], &syn6);
	struct spec bad[12], good = ack_of(&syn, cookie);
	struct spec good6 = ack_of(&syn6, cookie6);
	size_t i;
	int bit;

	(void)state;
	for (i = 0; i < COUNT_OF(bad); i++)
		bad[i] = i < 8 ? good : good6;
	bad[0].src = "203.0.113.78";
	bad[1].dst = VERIFY4_OTHER;
	bad[2].sport = 40001;
	bad[3].seq++;
	bad[4].ack++;
	bad[5].ack--;
	bad[6].flags = SYN | ACK;
	bad[7].flags = FIN;
	bad[8].src = "2001:db8:77::2";
	bad[9].src = "2001:db8:76::1";
	bad[10].sport = 40001;
	bad[11].ack = good.ack;
	read_tally(&progs[0], &progs[0].tally);
	for (i = 0; i < COUNT_OF(bad); i++)
		assert_true(
			is_answered_for(&progs[0], &bad[i], FMX_REASON_RESET));
	for (bit = 0; bit < 32; bit++) {
		struct spec guess = ack_of(&syn, cookie ^ 1U << bit);

		assert_true(
			is_answered_for(&progs[0], &guess, FMX_REASON_RESET));
	}
	assert_int_equal(count_records(), 0);
	assert_true(is_answered_for(&progs[0], &good, FMX_REASON_VERIFIED));
	assert_true(is_answered_for(&progs[0], &good6, FMX_REASON_VERIFIED));
}

/* As if the minute in which the cookie was made had been another one. */
static void cookie_is_good_in_the_next_minute_and_no_later(void **state)
{
	const struct spec syn = { .dst = VERIFY4 };
	struct fmx_cookie_key *keys = progs[0].state->cookies;
	uint32_t cookie = cookie_for(&progs[0], &syn), minute = this_minute();
	struct fmx_cookie_key made = keys[minute & 1], other;
	struct spec ack = ack_of(&syn, cookie);
	/* The same, of the other key. */
	struct spec later = ack_of(&syn, cookie ^ 1);

	(void)state;
	assert_int_equal(made.minute, minute);
	assert_int_equal(cookie & 1, minute & 1);
	other = keys[!(minute & 1)];
	read_tally(&progs[0], &progs[0].tally);
	keys[!(minute & 1)] = made;
	keys[!(minute & 1)].minute = minute - 1;
	assert_true(is_answered_for(&progs[0], &later, FMX_REASON_VERIFIED));
	keys[!(minute & 1)].minute = minute - 3;
	assert_true(is_answered_for(&progs[0], &later, FMX_REASON_RESET));
	keys[!(minute & 1)] = other;
	keys[minute & 1].minute = minute - 2;
	assert_true(is_answered_for(&progs[0], &ack, FMX_REASON_RESET));
	/* The next SYN has another key made. */
	assert_int_not_equal(cookie_for(&progs[0], &syn), cookie);
	assert_int_equal(keys[minute & 1].minute, minute);
	assert_int_not_equal(keys[minute & 1].key[0], made.key[0]);
	assert_int_not_equal(keys[minute & 1].key[1], made.key[1]);
	assert_int_equal(progs[0].state->cookie_lock, 0);
}

/* Another CPU is at it: the other key is good until the minute ends. */
static void key_in_the_making_is_not_used(void **state)
{
	const struct spec syn = { .dst = VERIFY4 };
	struct fmx_state *now = progs[0].state;
	uint32_t minute = this_minute(), cookie;
	struct spec ack;

	(void)state;
	cookie_for(&progs[0], &syn);
	now->cookies[!(minute & 1)] = now->cookies[minute & 1];
	now->cookies[!(minute & 1)].minute = minute - 1;
	now->cookies[minute & 1].minute = minute - 2;
	now->cookie_lock = 1;
	cookie = cookie_for(&progs[0], &syn);
	assert_int_equal(now->cookies[minute & 1].minute, minute - 2);
	assert_int_equal(now->cookie_lock, 1);
	ack = ack_of(&syn, cookie);
	read_tally(&progs[0], &progs[0].tally);
	assert_true(is_answered_for(&progs[0], &ack, FMX_REASON_VERIFIED));
	now->cookie_lock = 0;
}

/* Each sender of his own: none of them would wait for a second look. */
static void verified_sender_is_recorded_in_a_flood(void **state)
{
	char src[INET_ADDRSTRLEN];
	struct spec syn = { .src = src }, ack;
	int i;

	(void)state;
	for (i = 0; !newcomers().unrecorded && i < 65536; i++) {
		snprintf(src, sizeof(src), "192.0.%d.%d", i / 256, i % 256);
		ask(&syn);
	}
	assert_true(newcomers().unrecorded > 0);
	for (i = 0; i < 64; i++) {
		snprintf(src, sizeof(src), "203.0.112.%d", i);
		syn.dst = VERIFY4;
		ack = ack_of(&syn, cookie_for(&progs[0], &syn));
		ask(&ack);
		assert_non_null(record_of(&syn));
	}
}

static void other_rules_come_first(void **state)
{
	static const struct row rows[] = {
		{ "allowed",
		  { .src = ALLOWED4, .dst = VERIFY4 },
		  PASSED(ALLOWED) },
		{ "checksum",
		  { .dst = VERIFY4, .check = CHECK_WRONG },
		  DROPPED(BAD_CHECKSUM) },
		{ "fragment",
		  { .dst = VERIFY4, .frag = 0x2000 },
		  DROPPED(FRAGMENT) },
		{ "martian",
		  { .src = "127.0.0.2", .dst = VERIFY4 },
		  DROPPED(MARTIAN) },
		{ "reset", { .dst = VERIFY4, .flags = RST }, PASSED(RST) },
		{ "closed", { .dst = VERIFY4, .flags = FIN | ACK }, ANSWERED },
	};
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++)
		failed += !row_holds_everywhere(&rows[i]);
	assert_int_equal(failed, 0);
}

/* But not who brings one back: he is there, and waits. */
static void challenges_count_for_the_rate_limit(void **state)
{
	const struct spec syn = { .src = "203.0.113.120", .dst = VERIFY4 };
	const struct row limited = { "limited", syn, DROPPED(RATE_LIMITED) };
	struct spec ack;

	(void)state;
	set_current(&progs[0], 0, 1);
	ack = ack_of(&syn, cookie_for(&progs[0], &syn));
	read_tally(&progs[0], &progs[0].tally);
	assert_true(row_holds(&progs[0], &limited, 0));
	assert_true(is_answered_for(&progs[0], &ack, FMX_REASON_VERIFIED));
}

/* By those that are seen twice, and so are worth more than one seen once. */
static void verified_sender_is_not_displaced(void **state)
{
	struct crowd crowd;
	struct spec syn, ack;
	int i, n;

	(void)state;
	make_crowd(&crowd);
	syn = crowd.syns[0];
	syn.dst = VERIFY4;
	ack = ack_of(&syn, cookie_for(&progs[0], &syn));
	ask(&ack);
	for (i = 1; i < CROWD; i++)
		for (n = 0; n < 2; n++)
			ask(&crowd.syns[i]);
	assert_non_null(record_of(&syn));
	/* For a week; the others are held for an hour. */
	age(&syn, FMX_LEDGER_HOLD_LONG - 10);
	for (i = 1; i < CROWD; i++)
		if (record_of(&crowd.syns[i]))
			age(&crowd.syns[i], FMX_LEDGER_HOLD + 10);
	for (i = 1; i < CROWD; i++)
		ask(&crowd.syns[i]);
	assert_non_null(record_of(&syn));
}

#define TEST(name) cmocka_unit_test_setup(name, begin_test)

static const struct CMUnitTest tests[] = {
	TEST(syn_gets_a_syn_and_ack),
	TEST(the_hash_is_that_of_the_paper),
	TEST(cookie_is_the_hash_of_the_connection),
	TEST(nothing_is_kept_of_a_syn),
	TEST(who_brings_the_cookie_back_is_verified),
	TEST(signature_of_a_syn_stays),
	TEST(who_was_just_at_another_last_decoy_is_verified),
	TEST(cookie_is_good_for_one_connection),
	TEST(cookie_is_good_in_the_next_minute_and_no_later),
	TEST(key_in_the_making_is_not_used),
	TEST(verified_sender_is_recorded_in_a_flood),
	TEST(other_rules_come_first),
	TEST(challenges_count_for_the_rate_limit),
	TEST(verified_sender_is_not_displaced),
};

int main(void)
{
	return run_suite("verify", NULL, 0, tests, COUNT_OF(tests));
}

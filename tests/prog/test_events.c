// SPDX-License-Identifier: GPL-2.0-only
/* What is told of a packet, to whom, and how much of it at once. */
#include <sched.h>

#include "fakemx_event.h"
#include "harness.h"
#include "ledger.h"

/* What was told since the last time. */
struct told {
	size_t count;
	struct fmx_event last;
};

static struct ring_buffer *ring;
static struct told heard;

static int hear(void *context, void *data, size_t size)
{
	struct told *told = context;

	assert_int_equal(size, sizeof(told->last));
	told->last = *(struct fmx_event *)data;
	told->count++;
	return 0;
}

static struct told listen_now(void)
{
	heard.count = 0;
	assert_true(ring_buffer__consume(ring) >= 0);
	return heard;
}

static void set_reader(bool all)
{
	progs[0].state->reader =
		fmx_reader(now_ticks() + FMX_READER_LEASE, getpid(), all);
}

/* One CPU tells all: a bound is each one's own. */
static int begin(void **state)
{
	cpu_set_t one;
	int err;

	err = load_programs(state);
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	ring = ring_buffer__new(bpf_map__fd(progs[0].skel->maps.events), hear,
				&heard, NULL);
	assert_non_null(ring);
	return err;
}

static int end(void **state)
{
	ring_buffer__free(ring);
	return unload_programs(state);
}

/* Nobody is known, and nothing was told yet. */
static int start_anew(void **state)
{
	(void)state;
	set_reader(false);
	set_current(&progs[0], 0, 0);
	forget_all();
	listen_now();
	return 0;
}

static struct fmx_teller teller(void)
{
	return tally_here().events;
}

static void assert_copy(const struct fmx_copy *copy, const struct frame *f)
{
	size_t captured = f->len < FMX_SNAP ? f->len : FMX_SNAP;

	assert_int_equal(copy->len, f->len);
	assert_int_equal(copy->captured, captured);
	assert_memory_equal(copy->bytes, f->bytes, captured);
}

static void assert_address(const __be32 *actual, int family, const char *text)
{
	__be32 addr[4] = { 0 };

	assert_int_equal(
		inet_pton(family == 6 ? AF_INET6 : AF_INET, text, addr), 1);
	assert_memory_equal(actual, addr, sizeof(addr));
}

static void assert_event(const struct fmx_event *e, const struct row *row)
{
	const struct spec *s = &row->spec;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	assert_in_range(e->time, (now.tv_sec - 2) * 1000000000ULL,
			now.tv_sec * 1000000000ULL + now.tv_nsec);
	assert_string_equal(e->iface, IFACE);
	assert_int_equal(e->family, s->family == 6 ? FMX_IPV6 : FMX_IPV4);
	assert_address(e->src, s->family, spec_src(s));
	assert_address(e->dst, s->family, spec_dst(s));
	assert_int_equal(ntohs(e->dport), 25);
	assert_int_equal(e->reason, row->reason);
	assert_int_equal(e->l3, spec_l3(s));
	assert_int_equal(e->l4, spec_l4(s));
	assert_int_equal(e->pad, 0);
}

static const struct row told_rows[] = {
	{ "IPv4", { .sport = 41234 }, ANSWERED },
	{ "IPv6", { .family = 6, .sport = 41234 }, ANSWERED },
	{ "the last decoy", { .dst = DECOY4_LAST }, ANSWERED },
	{ "tags", { .tags = { Q(7), AD(5) }, .padding = 3 }, ANSWERED },
	{ "options", { .ip_options = 12, .tcp_options = 40 }, ANSWERED },
	{ "an odd length", { .payload = 3 }, ANSWERED },
	{ "longer than what is copied", { .payload = 1400 }, ANSWERED },
	{ "one byte less", { .payload = FMX_SNAP - 54 - 1 }, ANSWERED },
	{ "all that there may be",
	  { .family = 6,
	    .tags = { Q(0), Q(1), Q(2), Q(3), Q(4), Q(5), Q(6), Q(7) },
	    .ext = { EXT(EXT_HOP_BY_HOP), EXT_LEN(EXT_DST_OPTS, 3) },
	    .tcp_options = 40 },
	  ANSWERED },
	{ "an allowed sender", { .src = ALLOWED4 }, PASSED(ALLOWED) },
	{ "a real one", { .dst = REAL4 }, PASSED(REAL) },
	{ "IPv6 to a real one", { .family = 6, .dst = REAL6 }, PASSED(REAL) },
	{ "a wrong checksum", { .check = CHECK_WRONG }, DROPPED(BAD_CHECKSUM) },
	{ "a martian", { .src = "127.0.0.2" }, DROPPED(MARTIAN) },
	{ "a group", { .dst_mac = "ff:ff:ff:ff:ff:ff" }, DROPPED(GROUP_MAC) },
	{ "a fragment", { .frag = 0x2000 }, DROPPED(FRAGMENT) },
	{ "malformed", { .doff = SAY(4) }, DROPPED(MALFORMED) },
};

static void an_event_says_what_the_packet_was(void **state)
{
	struct frame in, out, answer;
	uint32_t action;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(told_rows); i++) {
		const struct row *row = &told_rows[i];
		struct told told;

		print_message("# %s\n", row->name);
		forget_all();
		build_request(&row->spec, &in);
		assert_int_equal(run_frame(&progs[0], &in, &out, &action), 0);
		assert_int_equal(action, row->action);
		told = listen_now();
		assert_int_equal(told.count, 1);
		assert_event(&told.last, row);
		assert_copy(&told.last.frame, &in);
		answer.len = 0;
		if (row->action == XDP_TX)
			build_answer(&row->spec, &answer);
		assert_copy(&told.last.answer, &answer);
	}
}

static void ports_and_role_are_those_of_the_packet(void **state)
{
	static const struct {
		const char *dst;
		int role;
	} rows[] = {
		{ DECOY4, FMX_ROLE_FIRST },
		{ DECOY4_LAST, FMX_ROLE_LAST },
		{ REAL4, FMX_ROLE_REAL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		struct spec syn = { .dst = rows[i].dst, .sport = 41234 };
		struct told told;

		ask(&syn);
		told = listen_now();
		assert_int_equal(told.count, 1);
		assert_int_equal(ntohs(told.last.sport), 41234);
		assert_int_equal(told.last.role, rows[i].role);
		assert_int_equal(told.last.flags,
				 FMX_EVENT_ATTEMPT | FMX_EVENT_SYN);
	}
}

/* Nobody knows what is behind too many tags, or at the end of a route. */
static void what_is_not_known_is_not_said(void **state)
{
	static const uint8_t route[] = { 131, 7, 4, 198, 51, 100, 10, 0 };
	const struct spec tags = { .tags = { Q(0), Q(1), Q(2), Q(3), Q(4), Q(5),
					     Q(6), Q(7), Q(8) } };
	const struct spec routed = { .dst = OTHER4,
				     .ip_options = sizeof(route),
				     .ip_option_bytes = route };
	const struct spec chain = { .family = 6,
				    .ext = { EXT(60), EXT(60), EXT(60), EXT(60),
					     EXT(60), EXT(60), EXT(60), EXT(60),
					     EXT(60) } };
	struct told told;

	(void)state;
	ask(&tags);
	told = listen_now();
	assert_int_equal(told.count, 1);
	assert_int_equal(told.last.reason, FMX_REASON_TAGS);
	assert_int_equal(told.last.family, FMX_OTHER);
	assert_int_equal(told.last.role, FMX_ROLE_COUNT);
	assert_int_equal(told.last.src[0] | told.last.dst[0], 0);
	assert_int_equal(told.last.l4 | told.last.sport | told.last.dport, 0);
	assert_int_equal(told.last.flags, FMX_EVENT_FLAWED);
	ask(&routed);
	told = listen_now();
	assert_int_equal(told.count, 1);
	assert_int_equal(told.last.reason, FMX_REASON_SOURCE_ROUTE);
	assert_int_equal(told.last.role, FMX_ROLE_COUNT);
	assert_address(told.last.dst, 4, OTHER4);
	ask(&chain);
	told = listen_now();
	assert_int_equal(told.count, 1);
	assert_int_equal(told.last.reason, FMX_REASON_EXT_HEADERS);
	assert_int_equal(told.last.l4 | told.last.sport | told.last.dport, 0);
}

static void nothing_is_told_without_a_reader(void **state)
{
	const struct spec syn = {}, wrong = { .check = CHECK_WRONG };

	(void)state;
	progs[0].state->reader = 0;
	ask(&syn);
	ask(&wrong);
	assert_int_equal(listen_now().count, 0);
	assert_int_equal(teller().suppressed, 0);
}

/* He was killed, and has left his lease. */
static void nothing_is_told_to_a_reader_whose_lease_is_over(void **state)
{
	const struct spec syn = {}, wrong = { .check = CHECK_WRONG };
	const struct spec other = { .dst = DECOY4_LAST };

	(void)state;
	progs[0].state->reader = fmx_reader(now_ticks() - 1, getpid(), 1);
	ask(&syn);
	ask(&wrong);
	assert_int_equal(listen_now().count, 0);
	progs[0].state->reader = fmx_reader(now_ticks() + 2, getpid(), 1);
	ask(&other);
	assert_int_equal(listen_now().count, 1);
}

static void only_attempts_are_told(void **state)
{
	const struct spec syn = {}, last = { .dst = DECOY4_LAST };
	const struct spec real = { .dst = REAL4 };
	int i;

	(void)state;
	for (i = 0; i < 4; i++)
		ask(&syn);
	assert_int_equal(listen_now().count, 1);
	for (i = 0; i < 4; i++) {
		ask(&last);
		ask(&real);
	}
	assert_int_equal(listen_now().count, 2);
	record_of(&syn)->last[FMX_ROLE_FIRST] -= FMX_ATTEMPT_TICKS + 2;
	ask(&syn);
	assert_int_equal(listen_now().count, 1);
	assert_int_equal(record_of(&syn)->attempts[FMX_ROLE_FIRST], 2);
}

/* For want of a record, nobody can tell that a SYN repeats itself. */
static void who_is_not_recorded_attempts_each_time(void **state)
{
	const struct spec nobody = { .family = 6, .src = "::7:8" };
	struct crowd crowd;
	int i;

	(void)state;
	ask(&nobody);
	ask(&nobody);
	assert_int_equal(listen_now().count, 2);
	make_crowd(&crowd);
	for (i = 0; i < FMX_LEDGER_WAYS; i++) {
		ask(&crowd.syns[i]);
		ask(&crowd.syns[i]);
	}
	assert_int_equal(listen_now().count, FMX_LEDGER_WAYS);
	ask(&crowd.syns[i]);
	ask(&crowd.syns[i]);
	assert_null(record_of(&crowd.syns[i]));
	assert_int_equal(listen_now().count, 2);
}

static void where_another_cpu_writes_a_new_sender_is_told(void **state)
{
	const struct spec known = {}, new = { .src = "203.0.113.99" };

	(void)state;
	ask(&known);
	*lock_of(&known) = 1;
	*lock_of(&new) = 1;
	ask(&known);
	ask(&new);
	*lock_of(&known) = 0;
	*lock_of(&new) = 0;
	assert_null(record_of(&new));
	assert_int_equal(listen_now().count, 2);
}

static void what_is_no_attempt_is_not_told(void **state)
{
	static const struct spec specs[] = {
		{ .flags = ACK },
		{ .flags = RST },
		{ .flags = SYN | ACK },
		{ .flags = ACK, .check = CHECK_WRONG },
		{ .flags = ACK, .src = ALLOWED4 },
		{ .flags = ACK, .dst = REAL4 },
		{ .flags = ACK, .src = "127.0.0.2" },
		{ .dst = OTHER4 },
		{ .dport = 24 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(specs); i++) {
		ask(&specs[i]);
		if (listen_now().count)
			fail_msg("%zu", i);
	}
}

static void who_wants_all_is_told_of_each_syn_and_answer(void **state)
{
	static const struct {
		struct spec spec;
		bool told;
	} rows[] = {
		{ {}, true },
		{ {}, true },
		{ { .dst = REAL4 }, true },
		{ { .dst = REAL4 }, true },
		{ { .src = ALLOWED4 }, true },
		{ { .src = ALLOWED4 }, true },
		{ { .flags = ACK }, true },
		{ { .flags = ACK, .check = CHECK_WRONG }, true },
		{ { .flags = RST }, false },
		{ { .flags = ACK, .src = ALLOWED4 }, false },
		{ { .flags = ACK, .dst = REAL4 }, false },
		{ { .dst = OTHER4 }, false },
	};
	size_t i;

	(void)state;
	set_reader(true);
	for (i = 0; i < COUNT_OF(rows); i++) {
		ask(&rows[i].spec);
		if (listen_now().count != rows[i].told)
			fail_msg("%zu", i);
	}
}

static void in_shadow_there_is_no_answer(void **state)
{
	const struct spec syn = {}, wrong = { .check = CHECK_WRONG };
	const struct spec real = { .dst = REAL4 };
	struct told told;

	(void)state;
	set_current(&progs[0], 1, 0);
	assert_int_equal(ask(&syn), XDP_PASS);
	told = listen_now();
	assert_int_equal(told.count, 1);
	assert_int_equal(told.last.reason, FMX_REASON_RESET);
	assert_true(told.last.flags & FMX_EVENT_SHADOW);
	assert_int_equal(told.last.answer.len, 0);
	ask(&wrong);
	told = listen_now();
	assert_int_equal(told.last.reason, FMX_REASON_BAD_CHECKSUM);
	assert_true(told.last.flags & FMX_EVENT_SHADOW);
	/* It would have passed anyhow. */
	ask(&real);
	assert_false(listen_now().last.flags & FMX_EVENT_SHADOW);
}

static void over_the_rate_limit_each_syn_is_told(void **state)
{
	const struct spec syn = {};
	struct told told;

	(void)state;
	set_current(&progs[0], 0, 1);
	ask(&syn);
	listen_now();
	while (ask(&syn) != XDP_DROP)
		listen_now();
	told = listen_now();
	assert_int_equal(told.count, 1);
	assert_int_equal(told.last.reason, FMX_REASON_RATE_LIMITED);
}

static void ask_random(unsigned int count)
{
	static uint32_t source = 0x0b000001;
	char src[INET_ADDRSTRLEN];
	struct spec syn = { .src = src };

	while (count--) {
		struct in_addr in = { htonl(source++) };

		inet_ntop(AF_INET, &in, src, sizeof(src));
		ask(&syn);
	}
}

static void in_a_flood_so_many_are_told_in_a_tick(void **state)
{
	uint32_t since = now_ticks(), ticks;
	size_t told = 0, sent = 0;

	(void)state;
	while (!teller().suppressed && sent < 1000 * FMX_EVENTS) {
		set_reader(false);
		ask_random(FMX_EVENTS / 4);
		sent += FMX_EVENTS / 4;
		told += listen_now().count;
	}
	ticks = now_ticks() - since + 2; /* the first and the last in part */
	assert_in_range(told, FMX_EVENTS, ticks * FMX_EVENTS);
	assert_true(teller().suppressed > 0);
	assert_int_equal(told + teller().suppressed, sent);
	/* And in the next tick again. */
	ticks = now_ticks() + 3;
	do {
		set_reader(false);
		ask_random(1);
	} while (!listen_now().count && now_ticks() < ticks);
	assert_true(now_ticks() < ticks);
}

/* A record has eight bytes in front of it. */
#define ROOM (FMX_EVENTS_SIZE / (sizeof(struct fmx_event) + 8))

static void what_a_full_ring_does_not_take_is_counted(void **state)
{
	uint64_t suppressed = 0;
	size_t sent = 0;

	(void)state;
	while (sent < ROOM + FMX_EVENTS) {
		forget_all(); /* and a new tick is begun */
		set_reader(false);
		ask_random(FMX_EVENTS / 2);
		sent += FMX_EVENTS / 2;
		suppressed += teller().suppressed;
	}
	assert_int_equal(listen_now().count, ROOM);
	assert_int_equal(suppressed, sent - ROOM);
	/* There is room again. */
	forget_all();
	ask_random(1);
	assert_int_equal(listen_now().count, 1);
	assert_int_equal(teller().suppressed, 0);
}

#define EVENT_TEST(test) cmocka_unit_test_setup(test, start_anew)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		EVENT_TEST(an_event_says_what_the_packet_was),
		EVENT_TEST(ports_and_role_are_those_of_the_packet),
		EVENT_TEST(what_is_not_known_is_not_said),
		EVENT_TEST(nothing_is_told_without_a_reader),
		EVENT_TEST(nothing_is_told_to_a_reader_whose_lease_is_over),
		EVENT_TEST(only_attempts_are_told),
		EVENT_TEST(who_is_not_recorded_attempts_each_time),
		EVENT_TEST(where_another_cpu_writes_a_new_sender_is_told),
		EVENT_TEST(what_is_no_attempt_is_not_told),
		EVENT_TEST(who_wants_all_is_told_of_each_syn_and_answer),
		EVENT_TEST(in_shadow_there_is_no_answer),
		EVENT_TEST(over_the_rate_limit_each_syn_is_told),
		EVENT_TEST(in_a_flood_so_many_are_told_in_a_tick),
		EVENT_TEST(what_a_full_ring_does_not_take_is_counted),
	};

	return cmocka_run_group_tests_name("events", tests, begin, end);
}

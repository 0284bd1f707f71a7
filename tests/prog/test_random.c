// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random frames, from those that a sender might build to those that nobody
 * would, by the packet rules as they are written down a second time. RUNS of
 * them, 50000 if not said; SEED makes others.
 */
#include "harness.h"

#include <time.h>

#include "attempt.h"
#include "mutate.h"
#include "rules.h"

#define BATCH 64   /* frames under the same settings */
#define VARIANTS 8 /* of one attempt */
#define MAX_FAULTS 3

/* Beside what the harness allows: some have ended, in and around others. */
static const struct {
	int family;
	const char *addr;
	int len;
	uint64_t until;
} more_allowed[] = {
	{ 4, "203.0.113.128", 25, UINT64_MAX },
	{ 4, "203.0.113.160", 27, 1 },
	{ 4, "203.0.113.160", 28, 1 },
	{ 4, "203.0.113.168", 29, UINT64_MAX },
	{ 4, "203.0.113.16", 28, 1 },
	{ 4, "203.0.113.16", 29, 1 },
	{ 4, "203.0.113.64", 26, 1 },
	{ 4, "203.0.113.96", 27, 0 },
	{ 6, "2001:db8:200::80", 121, 0 },
	{ 6, "2001:db8:200::c0", 122, 1 },
	{ 6, "2001:db8:77::f0", 124, 1 },
	/* These come and go. */
	{ 4, "203.0.113.32", 27, 0 },
	{ 6, "2001:db8:77::40", 122, 0 },
};

#define FICKLE 2

#define ALLOWED_COUNT (COUNT_OF(allowed_prefixes) + COUNT_OF(more_allowed))

static struct world_target world_targets[COUNT_OF(targets)];
static struct world_allow world_allowed[ALLOWED_COUNT];
static struct world world = { world_targets, COUNT_OF(targets), world_allowed,
			      ALLOWED_COUNT };

/* What a batch is sent under, and what is to be counted for it. */
struct batch {
	struct prog *prog;
	bool shadow;
	uint32_t limit, limit_total; /* 0: none */
	struct frame frames[BATCH];
	struct tally rises;
	uint64_t answers;
	bool too_slow; /* for its rate limits to be told */
};

static uint64_t faults, answered, by_reason[FMX_REASON_COUNT + 1];

static void read_addr(int family, const char *text, uint8_t addr[16])
{
	memset(addr, 0, 16);
	assert_int_equal(
		inet_pton(family == 6 ? AF_INET6 : AF_INET, text, addr), 1);
}

static void allow(size_t i, int family, const char *addr, int len,
		  uint64_t until)
{
	struct fmx_rule rule = { .len = len, .until = until };
	size_t j;

	world_allowed[i].family = family;
	world_allowed[i].len = len;
	world_allowed[i].ended = until == 1;
	read_addr(family, addr, world_allowed[i].addr);
	for (j = 0; j < prog_count; j++)
		add_rule(&progs[j], FMX_KIND_ALLOW, family, addr, len, rule);
}

static int make_world(void **state)
{
	size_t i, own = COUNT_OF(allowed_prefixes);

	load_programs(state);
	for (i = 0; i < COUNT_OF(targets); i++) {
		world_targets[i].family = targets[i].family;
		world_targets[i].role = targets[i].role;
		world_targets[i].slot = targets[i].slot;
		world_targets[i].verifies =
			targets[i].answer == FMX_ANSWER_VERIFY;
		read_addr(targets[i].family, targets[i].addr,
			  world_targets[i].addr);
	}
	for (i = 0; i < own; i++)
		allow(i, allowed_prefixes[i].family, allowed_prefixes[i].addr,
		      allowed_prefixes[i].len, 0);
	for (i = 0; i < COUNT_OF(more_allowed); i++)
		allow(own + i, more_allowed[i].family, more_allowed[i].addr,
		      more_allowed[i].len, more_allowed[i].until);
	return 0;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* One attempt of somebody, in several ways that he would not make it. */
static void make_frames(struct batch *b, struct dice *d)
{
	static struct attempt attempt;
	struct finding found;
	struct frame *f;
	int i;

	for (i = 0; i < BATCH; i++) {
		if (i % VARIANTS == 0)
			attempt_make(&attempt, roll(d), roll(d) & 0xffff,
				     percent(d, 40) ? TRY_SHAPES : 0);
		f = &b->frames[i];
		*f = attempt.frames[below(d, attempt.frame_count)];
		if (f->len > MUTATED_MAX)
			f->len = MUTATED_MAX;
		rules_judge(&world, f, &found);
		if (percent(d, 90))
			mutate_addresses(f, found.l3, d);
		mutate(f, found.l3, d);
		rules_judge(&world, f, &found);
		if (percent(d, 70))
			rules_repair(f, &found, percent(d, 15));
	}
}

/* Takes an allowed prefix out, or puts it in again: that is another policy. */
static void change_policy(struct dice *d)
{
	struct world_allow *a =
		&world_allowed[ALLOWED_COUNT - 1 - below(d, FICKLE)];
	struct fmx_key key = { .prefixlen = FMX_KEY_BITS + a->len,
			       .kind = FMX_KIND_ALLOW,
			       .family = a->family == 6 ? FMX_IPV6 : FMX_IPV4 };
	struct fmx_rule rule = { .len = a->len };
	size_t i;

	a->ended = !a->ended;
	memcpy(key.addr, a->addr, sizeof(key.addr));
	for (i = 0; i < prog_count; i++) {
		if (a->ended)
			bpf_map_delete_elem(progs[i].rules, &key);
		else
			put_rule(&progs[i], &key, &rule);
		set_current(&progs[i], 0, 0);
	}
}

/* Answers that were given in this second already: to the sender, to all. */
static enum fmx_reason use_up(struct batch *b, const struct frame *f,
			      const struct finding *found, struct dice *d,
			      uint64_t now)
{
	struct fmx_rate own = { .start = now }, all = { .start = now };
	uint32_t key[3] = { found->family };

	if (!b->limit && !b->limit_total)
		return found->reason;
	memcpy(key + 1, f->bytes + found->l3 + (key[0] == FMX_IPV6 ? 8 : 12),
	       key[0] == FMX_IPV6 ? 8 : 4);
	own.answers = below(d, b->limit + 2);
	all.answers = below(d, b->limit_total + 2);
	bpf_map_update_elem(bpf_map__fd(b->prog->skel->maps.rate), key, &own,
			    BPF_ANY);
	b->prog->state->answered = all;
	if (b->limit && own.answers + 1 > b->limit)
		return FMX_REASON_RATE_LIMITED;
	if (b->limit_total && all.answers + 1 > b->limit_total)
		return FMX_REASON_RATE_LIMITED;
	return found->reason;
}

static void expect(struct batch *b, const struct frame *f,
		   const struct finding *found, uint32_t action)
{
	bool hidden = b->shadow && action == XDP_PASS &&
		      found->reason >= FMX_REASON_RESET;
	struct fmx_counter *c;

	by_reason[found->reason]++;
	if (found->reason == FMX_REASON_NONE)
		return;
	c = &b->rises.counters[fmx_counter_index(hidden, found->family,
						 found->reason)];
	c->packets++;
	c->bytes += f->len;
	if (action == XDP_TX)
		b->rises.answered[found->slot]++;
}

/* What passes or is answered by nothing: the reasons that name no drop. */
static uint32_t action_of(const struct batch *b, enum fmx_reason reason)
{
	switch (reason) {
	case FMX_REASON_NONE:
	case FMX_REASON_REAL:
	case FMX_REASON_ALLOWED:
	case FMX_REASON_RST:
	case FMX_REASON_SESSION:
		return XDP_PASS;
	case FMX_REASON_RESET:
	case FMX_REASON_CHALLENGED:
	case FMX_REASON_VERIFIED:
		return b->shadow ? XDP_PASS : XDP_TX;
	default:
		return b->shadow ? XDP_PASS : XDP_DROP;
	}
}

static void complain(const struct batch *b, const struct frame *f,
		     const struct finding *found, const char *what)
{
	if (faults++ >= MAX_FAULTS)
		return;
	print_error("%s (%s%s): %s, by the rules it is %s\n", what,
		    b->prog->name, b->shadow ? ", shadow" : "",
		    action_name(action_of(b, found->reason)),
		    reason_name(found->reason));
	dump("frame", f);
}

/*
 * Nothing is reflected that is more than what came: one frame for one, and not
 * a byte longer.
 */
static void check_size(struct batch *b, const struct frame *in,
		       const struct frame *out, const struct finding *found,
		       uint32_t action)
{
	if (action != XDP_TX)
		return;
	answered++;
	b->answers++;
	if (out->len > in->len)
		complain(b, in, found, "the answer is longer than the frame");
}

static bool is_answered(const struct finding *found)
{
	return found->reason == FMX_REASON_RESET ||
	       found->reason == FMX_REASON_CHALLENGED ||
	       found->reason == FMX_REASON_VERIFIED;
}

/* Where the cookie is in the answer, if it has one. */
static uint32_t read_cookie(const struct frame *out)
{
	const uint8_t *seq = out->bytes + out->len - 16;

	return (uint32_t)seq[0] << 24 | seq[1] << 16 | seq[2] << 8 | seq[3];
}

static void check_answer(struct batch *b, const struct frame *in,
			 struct frame *out, struct finding *found)
{
	static struct frame want;

	if (found->reason == FMX_REASON_CHALLENGED)
		found->cookie = read_cookie(out);
	rules_answer(in, found, &want);
	if (rules_same_answer(found, &want, out))
		return;
	complain(b, in, found, "another answer");
	if (faults <= MAX_FAULTS)
		dump("answer", out);
}

/* The frame has been judged. Whether the program did so, too. */
static bool run_found(struct batch *b, const struct frame *in,
		      struct finding *found, struct dice *d)
{
	static struct frame out;
	uint32_t action = -1, expected;
	uint64_t began = now_ns();

	if (is_answered(found) && found->reason != FMX_REASON_VERIFIED)
		found->reason = use_up(b, in, found, d, began);
	expected = action_of(b, found->reason);
	if (run_frame(b->prog, in, &out, &action)) {
		complain(b, in, found, "it was not run");
		return false;
	}
	if (b->limit || b->limit_total)
		b->too_slow |= now_ns() - began > 500000000;
	check_size(b, in, &out, found, action);
	expect(b, in, found, expected);
	if (b->too_slow)
		return false;
	if (action != expected)
		complain(b, in, found, action_name(action));
	else if (action == XDP_TX)
		check_answer(b, in, &out, found);
	else if (action == XDP_PASS && !same_frame(in, &out))
		complain(b, in, found, "it was changed, and passed");
	return action == XDP_TX;
}

/* What comes back is the cookie, or nearly that. */
static void bring_back(struct batch *b, const struct frame *syn,
		       const struct finding *challenge, struct dice *d)
{
	uint32_t wrong = percent(d, 50) ? 0 : 1U << below(d, 32);
	static struct frame ack;
	struct finding found;

	ack = *syn;
	rules_bring_back(&ack, challenge, challenge->cookie ^ wrong,
			 percent(d, 50) ? 0 : PSH | (percent(d, 50) ? FIN : 0));
	rules_judge(&world, &ack, &found);
	rules_repair(&ack, &found, percent(d, 15));
	rules_judge(&world, &ack, &found);
	if (found.reason == FMX_REASON_RESET && !wrong)
		found.reason = FMX_REASON_VERIFIED;
	run_found(b, &ack, &found, d);
}

static void run_one(struct batch *b, const struct frame *in, struct dice *d)
{
	struct finding found;

	rules_judge(&world, in, &found);
	if (run_found(b, in, &found, d) &&
	    found.reason == FMX_REASON_CHALLENGED)
		bring_back(b, in, &found, d);
}

/* All that was counted is what was to be, and every answer is. */
static void check_counts(struct batch *b)
{
	struct prog *p = b->prog;
	uint64_t answers = 0;
	struct tally now;
	uint32_t i;

	read_tally(p, &now);
	for (i = 0; i < FMX_MAX_DECOYS; i++)
		answers += now.answered[i] - p->tally.answered[i];
	if (answers != b->answers) {
		print_error("%llu answers, %llu counted\n",
			    (unsigned long long)b->answers,
			    (unsigned long long)answers);
		faults++;
	}
	for (i = 0; !b->too_slow && i < FMX_COUNTER_COUNT; i++) {
		struct fmx_counter *was = &p->tally.counters[i];

		faults += tally_differs("packets", i,
					now.counters[i].packets - was->packets,
					b->rises.counters[i].packets);
		faults += tally_differs("bytes", i,
					now.counters[i].bytes - was->bytes,
					b->rises.counters[i].bytes);
	}
	for (i = 0; !b->too_slow && i < FMX_MAX_DECOYS; i++)
		faults += tally_differs("answered", i,
					now.answered[i] - p->tally.answered[i],
					b->rises.answered[i]);
	p->tally = now;
}

static void begin_batch(struct batch *b, struct dice *d)
{
	memset(&b->rises, 0, sizeof(b->rises));
	b->answers = 0;
	b->too_slow = false;
	b->prog = &progs[below(d, prog_count)];
	b->shadow = percent(d, 25);
	b->limit = percent(d, 15) ? between(d, 1, 3) : 0;
	b->limit_total = percent(d, 15) ? between(d, 1, 3) : 0;
	b->prog->state->rate_limit_total = b->limit_total;
	if (percent(d, 10))
		change_policy(d);
	/* Where nothing changes, what is kept of senders holds. */
	if (b->shadow || b->limit || percent(d, 20) ||
	    (uint32_t)b->prog->state->current)
		set_current(b->prog, b->shadow, b->limit);
	make_frames(b, d);
}

static void run_batch(struct dice *d, int count)
{
	static struct batch b;
	int i;

	begin_batch(&b, d);
	for (i = 0; i < count; i++)
		run_one(&b, &b.frames[i], d);
	check_counts(&b);
}

static uint64_t from_env(const char *name, uint64_t usual)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 0) : usual;
}

static void every_frame_is_judged_by_the_rules(void **state)
{
	uint64_t runs = from_env("RUNS", 50000), done, i;
	struct dice d = { from_env("SEED", 1) };

	(void)state;
	for (i = 0; i < prog_count; i++)
		read_tally(&progs[i], &progs[i].tally);
	for (done = 0; done < runs && faults < MAX_FAULTS; done += BATCH)
		run_batch(&d, runs - done < BATCH ? runs - done : BATCH);
	print_message("# %llu frames, %llu answered;", (unsigned long long)done,
		      (unsigned long long)answered);
	for (i = 0; i <= FMX_REASON_COUNT; i++)
		print_message(" %s %llu", reason_name(i),
			      (unsigned long long)by_reason[i]);
	print_message("\n");
	assert_int_equal(faults, 0);
	/* All but a session: nobody is connected here. */
	for (i = 0; runs >= 50000 && i <= FMX_REASON_COUNT; i++)
		if (i != FMX_REASON_SESSION && !by_reason[i])
			fail_msg("no frame was %s", reason_name(i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_frame_is_judged_by_the_rules),
	};

	return cmocka_run_group_tests(tests, make_world, unload_programs);
}

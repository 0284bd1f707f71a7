// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is kept of the policy, beside the sender and per CPU: it holds for the
 * address it was found for, and until the policy has another generation.
 */
#include <pthread.h>
#include <sched.h>

#include "harness.h"
#include "ledger.h"

#define NEIGHBOUR6 "2001:db8:200::6" /* of ALLOWED6, in its /64 */

/* That the rules are not asked shows where they say something else. */
static void verdict_holds_until_the_policy_has_another_generation(void **state)
{
	const struct spec v4 = { .src = "203.0.113.50" };
	const struct spec v6 = { .family = 6, .src = "2001:db8:9::50" };
	const struct spec *const syns[] = { &v4, &v6 };
	size_t i;

	(void)state;
	forget_all();
	for (i = 0; i < COUNT_OF(syns); i++) {
		known(syns[i], XDP_TX);
		change_allow(syns[i]->src, true, 0);
		assert_int_equal(ask(syns[i]), XDP_TX);
		next_generation();
		known(syns[i], XDP_PASS);
		change_allow(syns[i]->src, false, 0);
		assert_int_equal(ask(syns[i]), XDP_PASS);
		next_generation();
		assert_int_equal(ask(syns[i]), XDP_TX);
	}
}

/* What is no SYN is judged by the record, too. */
static void verdict_holds_for_every_segment(void **state)
{
	const struct spec syn = { .src = "203.0.113.50" };
	const struct spec ack = { .src = "203.0.113.50", .flags = ACK };

	(void)state;
	forget_all();
	change_allow(syn.src, true, 0);
	next_generation();
	known(&syn, XDP_PASS);
	assert_int_equal(ask(&ack), XDP_PASS);
	change_allow(syn.src, false, 0);
	assert_int_equal(ask(&ack), XDP_PASS);
	next_generation();
	assert_int_equal(ask(&ack), XDP_TX);
}

static void neighbour_in_a_64_borrows_no_verdict(void **state)
{
	const struct spec allowed = { .family = 6, .src = ALLOWED6 };
	const struct spec neighbour = { .family = 6, .src = NEIGHBOUR6 };
	int i;

	(void)state;
	forget_all();
	for (i = 0; i < 10; i++) {
		assert_int_equal(ask(&allowed), XDP_PASS);
		assert_int_equal(ask(&neighbour), XDP_TX);
		assert_int_equal(ask(&neighbour), XDP_TX);
		assert_int_equal(ask(&allowed), XDP_PASS);
	}
	assert_int_equal(count_records(), 1);
}

/* One of those whose tag is the same, for whoever knows the secret. */
static void make_twin(const struct spec *syn, struct spec *twin,
		      char text[INET6_ADDRSTRLEN], uint32_t generations)
{
	const struct fmx_state *state = progs[0].state;
	uint32_t generation = fmx_state_generation(state->current);
	uint64_t multiplier = state->secret[2], inverse = multiplier;
	uint64_t addr[2], hash, sum, tag;
	int i;

	addr_of(syn, (uint32_t *)addr);
	hash = fmx_sender_hash(state, addr[0]);
	tag = fmx_verdict_tag(state, hash, addr[1], generation);
	for (i = 0; i < 5; i++) /* Newton's, each time twice as many bits */
		inverse *= 2 - multiplier * inverse;
	sum = ((hash ^ addr[1]) * multiplier ^ !generations) -
	      generations * state->secret[3];
	addr[1] = hash ^ sum * inverse;
	assert_int_equal(fmx_verdict_tag(state, hash, addr[1],
					 generation + generations),
			 tag);
	*twin = (struct spec){ .family = 6 };
	twin->src = inet_ntop(AF_INET6, addr, text, INET6_ADDRSTRLEN);
}

static void twin_borrows_no_verdict(void **state)
{
	const struct spec allowed = { .family = 6, .src = ALLOWED6 };
	char text[INET6_ADDRSTRLEN];
	struct spec twin, at_real;

	(void)state;
	forget_all();
	make_twin(&allowed, &twin, text, 0);
	at_real = twin;
	at_real.dst = REAL6;
	known(&allowed, XDP_PASS);
	assert_int_equal(ask(&twin), XDP_TX);
	assert_int_equal(ask(&allowed), XDP_PASS);
	/* At a real address his record takes his address, and no verdict. */
	assert_int_equal(ask(&at_real), XDP_PASS);
	assert_int_equal(ask(&twin), XDP_TX);
	at_real.src = ALLOWED6;
	assert_int_equal(ask(&at_real), XDP_PASS);
	assert_int_equal(ask(&allowed), XDP_PASS);
}

static void twin_of_another_generation_borrows_no_verdict(void **state)
{
	const struct spec allowed = { .family = 6, .src = ALLOWED6 };
	char text[INET6_ADDRSTRLEN];
	struct spec twin, at_real;

	(void)state;
	forget_all();
	make_twin(&allowed, &twin, text, 2);
	at_real = twin;
	at_real.dst = REAL6;
	known(&allowed, XDP_PASS);
	assert_int_equal(ask(&at_real), XDP_PASS);
	next_generation();
	assert_int_equal(ask(&twin), XDP_TX);
}

/* One set's senders are told apart by more than their network. */
static void senders_of_a_network_have_many_tags(void **state)
{
	bool met[256] = { false };
	unsigned int tags = 0, i;

	(void)state;
	for (i = 0; i < 4096; i++) {
		uint32_t addr[2] = { htonl(FMX_SENDER_IPV4),
				     htonl(0xcb000000 | i * 4099) };
		uint64_t id;
		uint32_t tag;

		memcpy(&id, addr, sizeof(id));
		tag = fmx_sender_tag(fmx_sender_hash(progs[0].state, id));
		assert_true(tag < 256);
		tags += !met[tag];
		met[tag] = true;
	}
	assert_true(tags > 200);
}

/* They have the same place in the cache, and begin with the same bytes. */
static void neighbour_of_a_decoy_is_not_taken_for_it(void **state)
{
	const struct spec decoy = { .family = 6 };
	const struct spec others[] = {
		{ .family = 6, .dst = "2001:db8:100:5::15" },
		{ .family = 6, .dst = "2001:db8:100::5:0:15" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(others); i++) {
		assert_int_equal(ask(&decoy), XDP_TX);
		assert_int_equal(ask(&others[i]), XDP_PASS);
		assert_int_equal(ask(&decoy), XDP_TX);
	}
}

static void verdict_of_another_sender_is_not_believed(void **state)
{
	const struct spec allowed = { .src = ALLOWED4 };
	const struct spec other = { .src = "203.0.113.51" };
	const struct spec allowed6 = { .family = 6, .src = ALLOWED6 };
	const struct spec neighbour6 = { .family = 6, .src = NEIGHBOUR6 };

	(void)state;
	forget_all();
	known(&allowed, XDP_PASS);
	known(&other, XDP_TX);
	record_of(&other)->verdict = record_of(&allowed)->verdict;
	assert_int_equal(ask(&other), XDP_TX);
	/* As two CPUs may leave it: the address of one, the word of another. */
	known(&allowed6, XDP_PASS);
	addr_of(&neighbour6, record_of(&allowed6)->addr);
	assert_int_equal(ask(&neighbour6), XDP_TX);
}

static void nothing_is_remembered_while_a_rule_changes(void **state)
{
	const struct spec syn = { .src = "203.0.113.52" };
	struct spec other = { .src = "203.0.113.53", .dst = OTHER4 };
	struct fmx_key key = { .kind = FMX_KIND_TARGET,
			       .prefixlen = FMX_KEY_BITS + 32,
			       .family = FMX_IPV4 };
	struct fmx_rule rule = { .slot = 9 };

	(void)state;
	forget_all();
	known(&syn, XDP_TX);
	progs[0].state->current += FMX_STATE_GENERATION;
	assert_int_equal(ask(&syn), XDP_TX);
	assert_int_equal(ask(&other), XDP_PASS);
	change_allow(syn.src, true, 0);
	add_rule(&progs[0], FMX_KIND_TARGET, 4, OTHER4, 32, rule);
	assert_int_equal(ask(&syn), XDP_PASS);
	assert_int_equal(ask(&other), XDP_TX);
	change_allow(syn.src, false, 0);
	inet_pton(AF_INET, OTHER4, key.addr);
	bpf_map_delete_elem(progs[0].rules, &key);
	assert_int_equal(ask(&syn), XDP_TX);
	assert_int_equal(ask(&other), XDP_PASS);
	next_generation();
}

static void target_holds_until_the_policy_has_another_generation(void **state)
{
	static const struct spec syns[] = { { .dst = OTHER4 },
					    { .family = 6, .dst = OTHER6 } };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(syns); i++) {
		int family = syns[i].family == 6 ? 6 : 4;
		int bits = family == 6 ? 128 : 32;
		struct fmx_rule rule = { .role = FMX_ROLE_LAST, .slot = 11 };
		struct fmx_key key = {
			.kind = FMX_KIND_TARGET,
			.prefixlen = FMX_KEY_BITS + bits,
			.family = family == 6 ? FMX_IPV6 : FMX_IPV4,
		};

		inet_pton(family == 6 ? AF_INET6 : AF_INET, syns[i].dst,
			  key.addr);
		assert_int_equal(ask(&syns[i]), XDP_PASS);
		add_rule(&progs[0], FMX_KIND_TARGET, family, syns[i].dst, bits,
			 rule);
		assert_int_equal(ask(&syns[i]), XDP_PASS);
		next_generation();
		assert_int_equal(ask(&syns[i]), XDP_TX);
		bpf_map_delete_elem(progs[0].rules, &key);
		assert_int_equal(ask(&syns[i]), XDP_TX);
		next_generation();
		assert_int_equal(ask(&syns[i]), XDP_PASS);
	}
}

static void the_places_of_the_rules_are_swapped_by_one_word(void **state)
{
	struct prog *p = &progs[0];
	const struct spec syn = { .src = ALLOWED4 };
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_NO_PREALLOC);
	int first = p->rules, policy = bpf_map__fd(p->skel->maps.policy);
	struct fmx_rule decoy = { .slot = 3 };
	uint32_t one = 1;

	(void)state;
	forget_all();
	known(&syn, XDP_PASS);
	p->rules =
		bpf_map_create(BPF_MAP_TYPE_LPM_TRIE, "rules",
			       sizeof(struct fmx_key), sizeof(struct fmx_rule),
			       FMX_MAX_RULES, &opts);
	add_rule(p, FMX_KIND_TARGET, 4, DECOY4, 32, decoy);
	assert_int_equal(bpf_map_update_elem(policy, &one, &p->rules, 0), 0);
	assert_int_equal(ask(&syn), XDP_PASS);
	p->state->current = (p->state->current | 1) + 2 * FMX_STATE_GENERATION;
	assert_int_equal(ask(&syn), XDP_TX);
	p->generation += 2;
	close(p->rules);
	p->rules = first;
	next_generation();
	assert_int_equal(ask(&syn), XDP_PASS);
}

/* Whether a SYN from there passes; martians are no matter of the rules. */
static int passes_from(int family, const uint8_t *addr, bool expected)
{
	char src[INET6_ADDRSTRLEN];
	const struct spec syn = { .family = family, .src = src };

	inet_ntop(family == 6 ? AF_INET6 : AF_INET, addr, src, sizeof(src));
	if (family == 4 ? addr[0] == 0 || addr[0] == 127 || addr[0] >= 224
			: addr[0] == 0 || addr[0] == 0xff)
		return 0;
	if ((ask(&syn) == XDP_PASS) == expected)
		return 0;
	print_error("%s\n", src);
	return 1;
}

/* Only the blocks of this one are marked: it lies in them, whole. */
static int check_prefix(int family, const char *base, unsigned int len)
{
	uint8_t first[16], own[16], last[16], beyond[16];
	unsigned int bits = family == 6 ? 128 : 32, bit;
	char text[INET6_ADDRSTRLEN];
	int failed;

	inet_pton(family == 6 ? AF_INET6 : AF_INET, base, own);
	memcpy(first, own, sizeof(own));
	memcpy(last, own, sizeof(own));
	memcpy(beyond, own, sizeof(own));
	for (bit = len; bit < bits; bit++) {
		first[bit / 8] &= ~(0x80 >> bit % 8);
		last[bit / 8] |= 0x80 >> bit % 8;
	}
	beyond[(len - 1) / 8] ^= 0x80 >> (len - 1) % 8;
	inet_ntop(family == 6 ? AF_INET6 : AF_INET, first, text, sizeof(text));
	memset(progs[0].blocks, 0, BLOCKS_SIZE);
	change_prefix(text, len, true, 0);
	next_generation();
	failed = passes_from(family, first, true) +
		 passes_from(family, own, true) +
		 passes_from(family, last, true) +
		 passes_from(family, beyond, false);
	change_prefix(text, len, false, 0);
	next_generation();
	return failed + passes_from(family, own, false);
}

static void a_prefix_of_any_length_allows_all_of_it(void **state)
{
	static uint64_t before[BLOCKS_SIZE / sizeof(uint64_t)];
	unsigned int len, failed = 0;

	(void)state;
	forget_all();
	memcpy(before, progs[0].blocks, BLOCKS_SIZE);
	for (len = 1; len <= 128; len++) {
		if (len <= 32)
			failed += check_prefix(4, "203.2.113.54", len);
		failed += check_prefix(6, "2001:4db8:9::50", len);
	}
	memcpy(progs[0].blocks, before, BLOCKS_SIZE);
	assert_int_equal(failed, 0);
}

/* Who is in no block that is marked costs no look-up, whatever the rules say.
 */
static void rules_are_asked_for_the_blocks_that_are_marked(void **state)
{
	static const struct spec syns[] = {
		{ .src = "203.0.77.54" },
		{ .family = 6, .src = "2001:77::50" },
	};
	static uint64_t before[BLOCKS_SIZE / sizeof(uint64_t)];
	size_t i;

	(void)state;
	forget_all();
	for (i = 0; i < COUNT_OF(syns); i++) {
		memcpy(before, progs[0].blocks, BLOCKS_SIZE);
		change_allow(syns[i].src, true, 0);
		next_generation();
		assert_int_equal(ask(&syns[i]), XDP_PASS);
		memcpy(progs[0].blocks, before, BLOCKS_SIZE);
		next_generation();
		assert_int_equal(ask(&syns[i]), XDP_TX);
		change_allow(syns[i].src, false, 0);
		next_generation();
	}
}

/*
 * Two CPUs and more senders of one set than it has places for, half of them
 * allowed, among them two of one /64: each is judged for himself all the time,
 * and no record has one's address and another's way to ask.
 */
#define ROUNDS 40000

struct rival {
	struct spec syn;
	uint32_t action;
};

static struct rival rivals[CROWD + 2];
static size_t wrong[2];

static void *press(void *arg)
{
	size_t me = (size_t)arg, i, n;
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(me, &cpu);
	pthread_setaffinity_np(pthread_self(), sizeof(cpu), &cpu);
	for (i = 0; i < ROUNDS; i++) {
		n = (i * (me ? 7 : 3) + i / 11) % COUNT_OF(rivals);
		wrong[me] += ask(&rivals[n].syn) != rivals[n].action;
	}
	return NULL;
}

static void make_rivals(struct crowd *crowd)
{
	static char v6[INET6_ADDRSTRLEN];
	size_t i;
	unsigned int net;

	make_crowd(crowd);
	for (i = 0; i < CROWD; i++)
		rivals[i].syn = crowd->syns[i];
	/* A /64 of the same set. */
	rivals[CROWD].syn = (struct spec){ .family = 6, .src = v6 };
	for (net = 0;
	     !net || set_of(&rivals[CROWD].syn) != set_of(&rivals[0].syn);
	     net++)
		snprintf(v6, sizeof(v6), "2001:db8:%x:%x::1",
			 0x1000 + (net >> 16), net & 0xffff);
	rivals[CROWD + 1].syn = rivals[CROWD].syn;
	rivals[CROWD + 1].syn.src = strdup(v6);
	((char *)rivals[CROWD + 1].syn.src)[strlen(v6) - 1] = '2';
	for (i = 0; i < COUNT_OF(rivals); i++) {
		rivals[i].syn.window = 1000 + i;
		rivals[i].syn.ttl = 100 + i;
		rivals[i].action = i % 2 ? XDP_PASS : XDP_TX;
		if (i % 2)
			change_allow(rivals[i].syn.src, true, 0);
	}
	next_generation();
}

static void two_cpus_do_not_mix_two_senders(void **state)
{
	const struct fmx_sender *r;
	pthread_t threads[2];
	struct crowd crowd;
	size_t i;

	(void)state;
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		print_message("# one CPU alone\n");
		skip();
	}
	forget_all();
	make_rivals(&crowd);
	for (i = 0; i < 2; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, press, (void *)i), 0);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(wrong[0] + wrong[1], 0);
	assert_int_equal(*lock_of(&rivals[0].syn), 0);
	assert_true(newcomers().recorded > 0);
	for (i = 0; i < CROWD; i++) {
		r = record_of(&rivals[i].syn);
		if (!r)
			continue;
		assert_int_equal(r->window, rivals[i].syn.window);
		assert_int_equal(r->ttl, rivals[i].syn.ttl);
		assert_addr(r, &rivals[i].syn);
	}
	for (i = 0; i < COUNT_OF(rivals); i++)
		if (i % 2)
			change_allow(rivals[i].syn.src, false, 0);
	free((char *)rivals[CROWD + 1].syn.src);
	next_generation();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			verdict_holds_until_the_policy_has_another_generation),
		cmocka_unit_test(verdict_holds_for_every_segment),
		cmocka_unit_test(neighbour_in_a_64_borrows_no_verdict),
		cmocka_unit_test(twin_borrows_no_verdict),
		cmocka_unit_test(twin_of_another_generation_borrows_no_verdict),
		cmocka_unit_test(senders_of_a_network_have_many_tags),
		cmocka_unit_test(neighbour_of_a_decoy_is_not_taken_for_it),
		cmocka_unit_test(verdict_of_another_sender_is_not_believed),
		cmocka_unit_test(nothing_is_remembered_while_a_rule_changes),
		cmocka_unit_test(
			target_holds_until_the_policy_has_another_generation),
		cmocka_unit_test(
			the_places_of_the_rules_are_swapped_by_one_word),
		cmocka_unit_test(a_prefix_of_any_length_allows_all_of_it),
		cmocka_unit_test(
			rules_are_asked_for_the_blocks_that_are_marked),
		cmocka_unit_test(two_cpus_do_not_mix_two_senders),
	};

	return cmocka_run_group_tests_name("verdict", tests, load_programs,
					   unload_programs);
}

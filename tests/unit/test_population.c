// SPDX-License-Identifier: GPL-2.0-only
/* What senders mean to each other, and the policy to them. */
#include "unit.h"

#include "population.h"

#define EPOCH 1764000000000LL

/* A pool of prefixes, with commas between them. */
static void read_pool(struct policy *policy, char *prefixes)
{
	char *save = NULL, *word;
	struct fault fault;
	struct pool *pool;

	if (!policy->pools)
		policy->pools = calloc(4, sizeof(*policy->pools));
	pool = &policy->pools[policy->pool_count++];
	pool->list = calloc(8, sizeof(*pool->list));
	for (word = strtok_r(prefixes, ",", &save); word;
	     word = strtok_r(NULL, ",", &save))
		assert_int_equal(prefix_parse(word,
					      &pool->list[pool->count++].prefix,
					      &fault),
				 0);
}

/*
 * Visits: an address, then F, L or R with its second. A and a prefix is
 * allowed, P and prefixes are a pool.
 */
static int read_population(const char *given, const void *arg, FILE *to)
{
	char *copy = strdup(given), *save = NULL, *word;
	struct sender *list = calloc(16, sizeof(*list));
	struct policy policy = { 0 };
	struct population p;
	struct fault fault;
	size_t count = 0, i;

	(void)arg;
	for (word = strtok_r(copy, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		static const char roles[] = "FLR";
		const char *role = strchr(roles, *word);
		__s64 at = EPOCH + atoll(word + 1) * 1000;

		if (*word == 'P') {
			read_pool(&policy, word + 1);
			continue;
		}
		if (*word == 'A') {
			struct statement s = { .kind = STATEMENT_ALLOW };

			assert_int_equal(
				prefix_parse(word + 1, &s.prefix, &fault), 0);
			assert_int_equal(policy_add(&policy, &s), 0);
			continue;
		}
		if (!role) {
			assert_int_equal(addr_parse(word, &list[count++].addr,
						    &fault),
					 0);
			continue;
		}
		if (!list[count - 1].first[role - roles])
			list[count - 1].first[role - roles] = at;
		list[count - 1].last[role - roles] = at;
	}
	assert_int_equal(
		population_make(list, count, &policy, EPOCH + 90000000, &p), 0);
	for (i = 0; i < p.count; i++) {
		fprintf(to, "%s%s%s", i ? ", " : "",
			class_name(p.classes[i].class),
			p.classes[i].neighbour ? "*" : "");
		if (p.classes[i].delay >= 0)
			fprintf(to, " %lld",
				(long long)p.classes[i].delay / 1000);
	}
	population_free(&p);
	policy_clear(&policy);
	free(copy);
	return 0;
}

static const struct text_row populations[] = {
	{ "192.0.2.1 F0 192.0.2.2 R60", "retried* 60, direct" },
	{ "192.0.2.1 F100 192.0.2.2 R60", "lost, direct" },
	{ "192.0.2.1 F100 192.0.2.2 R60 R160", "retried* 60, direct" },
	{ "192.0.2.1 F0 192.0.3.1 R60", "lost, direct" },
	{ "192.0.2.255 F0 192.0.3.0 R60", "lost, direct" },
	/* the first that is not too early, of several */
	{ "192.0.2.1 F50 192.0.2.2 R9 R900 192.0.2.3 R70 192.0.2.4 R80",
	  "retried* 20, direct, direct, direct" },
	/* neighbours do not vouch for each other by being turned away */
	{ "192.0.2.1 F0 192.0.2.2 F60", "lost, lost" },
	{ "192.0.2.1 F0 R10 192.0.2.2 F5", "retried 10, retried* 5" },
	/* his own visit before does not count for him */
	{ "192.0.2.1 R0 F60", "lost" },
	/* IPv6: a /48 */
	{ "2001:db8:1:1::1 F0 2001:db8:1:ffff::1 R60", "retried* 60, direct" },
	{ "2001:db8:1:1::1 F0 2001:db8:2:1::1 R60", "lost, direct" },
	{ "32.1.13.1 F0 2001:d01::1 R60", "lost, direct" },
	/* a pool: wherever in it */
	{ "192.0.2.1 F0 203.0.113.9 R60 P192.0.2.0/24,203.0.113.0/28",
	  "retried* 60, direct" },
	{ "192.0.2.1 F0 203.0.113.99 R60 P192.0.2.0/24,203.0.113.0/28",
	  "lost, direct" },
	{ "192.0.2.1 F100 203.0.113.9 R60 P192.0.2.0/24,203.0.113.0/28",
	  "lost, direct" },
	/* two pools are not one, but somebody may be in both */
	{ "192.0.2.1 F0 203.0.113.9 R60 P192.0.2.0/24 P203.0.113.0/28",
	  "lost, direct" },
	{ "192.0.2.1 F0 203.0.113.9 R60 198.51.100.1 F0 P192.0.2.0/24,198.51.100.0/24 P192.0.2.0/24,203.0.113.0/28",
	  "retried* 60, direct, lost" },
	/* IPv4 and IPv6 are one pool; the earliest neighbour counts */
	{ "2001:db8::1 F0 203.0.113.9 R60 P203.0.113.0/28,2001:db8::/32",
	  "retried* 60, direct" },
	{ "192.0.2.1 F0 192.0.2.2 R70 203.0.113.9 R60 P192.0.2.0/31,203.0.113.0/28",
	  "retried* 60, direct, direct" },
	{ "192.0.2.1 F0 192.0.2.2 R50 203.0.113.9 R60 P192.0.2.0/31,203.0.113.0/28",
	  "retried* 50, direct, direct" },
	/* a pool is not allowed */
	{ "192.0.2.1 F0 P192.0.2.0/24", "lost" },
	/* the allowlist */
	{ "192.0.2.1 F0 192.0.2.2 F0 A192.0.2.1", "allowed, lost" },
	{ "192.0.2.1 F0 192.0.3.2 F0 A192.0.2.0/24", "allowed, lost" },
	{ "192.0.2.1 F0 A192.0.2.0/25 A192.0.2.2 A10.0.0.0/8", "allowed" },
	{ "192.0.2.200 F0 A192.0.2.0/25 A192.0.2.2", "lost" },
	{ "2001:db8::1 F0 A2001:db8::/32", "allowed" },
	{ "2001:db9::1 F0 A2001:db8::/32 A0.0.0.0/0", "lost" },
	{ "192.0.2.1 R0 A192.0.2.1", "direct" },
	{ "192.0.2.1 L0 A192.0.2.1", "allowed" },
};

static void senders_are_seen_among_their_neighbours(void **state)
{
	(void)state;
	check_rows(read_population, NULL, 0, populations, COUNT(populations));
}

static void senders_are_in_the_order_of_the_ledger(void **state)
{
	static const char *const sorted[] = { "2001:db8::", "2001:db8:0:1::",
					      "10.0.0.1", "10.0.0.2" };
	struct sender a = { 0 }, b = { 0 };
	struct fault fault;
	size_t i;

	(void)state;
	for (i = 1; i < COUNT(sorted); i++) {
		assert_int_equal(addr_parse(sorted[i - 1], &a.addr, &fault), 0);
		assert_int_equal(addr_parse(sorted[i], &b.addr, &fault), 0);
		assert_true(sender_compare(&a, &b) < 0);
		assert_true(sender_compare(&b, &a) > 0);
	}
	/* One /64 is one sender. */
	assert_int_equal(addr_parse("2001:db8::1", &a.addr, &fault), 0);
	assert_int_equal(addr_parse("2001:db8::2", &b.addr, &fault), 0);
	assert_int_equal(sender_compare(&a, &b), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(senders_are_seen_among_their_neighbours),
		cmocka_unit_test(senders_are_in_the_order_of_the_ledger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

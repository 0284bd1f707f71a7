// SPDX-License-Identifier: GPL-2.0-only
#include "population.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bulk.h"
#include "out.h"

int sender_compare(const struct sender *a, const struct sender *b)
{
	if (a->addr.family != b->addr.family)
		return b->addr.family - a->addr.family;
	return memcmp(a->addr.addr, b->addr.addr,
		      a->addr.family == FMX_IPV4 ? 4 : 8);
}

/* Prefixes that are asked about many addresses. */
struct prefix_set {
	struct prefix *prefixes; /* sorted */
	size_t count;
	bool has[FMX_FAMILY_COUNT][129]; /* prefixes of this length */
};

static int compare_prefixes(const void *a, const void *b)
{
	return prefix_compare(a, b);
}

/* Makes it empty, with room for so many. */
static int prefix_set_make(struct prefix_set *set, size_t count)
{
	*set = (struct prefix_set){ 0 };
	set->prefixes = bulk_alloc(count, sizeof(*set->prefixes));
	return set->prefixes ? 0 : -ENOMEM;
}

static void prefix_set_add(struct prefix_set *set, const struct prefix *prefix)
{
	set->prefixes[set->count++] = *prefix;
	set->has[prefix->family][prefix->len] = true;
}

/* The rows of a policy are in the order of their prefixes. */
static int allowlist_make(const struct policy *policy, struct prefix_set *out)
{
	struct prefix prefix;
	size_t i;
	int err = prefix_set_make(out, policy->count);

	for (i = 0; !err && i < policy->count; i++) {
		if (policy->rows[i].key.kind != FMX_KIND_ALLOW)
			continue;
		row_prefix(&policy->rows[i], &prefix);
		prefix_set_add(out, &prefix);
	}
	return err;
}

/* One for each pool; they are sorted. */
static int pools_make(const struct policy *policy, struct prefix_set **out)
{
	struct prefix_set *sets;
	size_t i, j;

	*out = sets = calloc(policy->pool_count + 1, sizeof(*sets));
	if (!sets)
		return -ENOMEM;
	for (i = 0; i < policy->pool_count; i++) {
		const struct pool *pool = &policy->pools[i];

		if (prefix_set_make(&sets[i], pool->count))
			return -ENOMEM;
		for (j = 0; j < pool->count; j++)
			prefix_set_add(&sets[i], &pool->list[j].prefix);
	}
	return 0;
}

static void pools_free(struct prefix_set *sets, size_t count)
{
	size_t i;

	for (i = 0; sets && i < count; i++)
		free(sets[i].prefixes);
	free(sets);
}

static bool is_in(const struct prefix_set *set, const struct prefix *addr)
{
	struct prefix p = *addr;

	for (;;) {
		if (set->has[p.family][p.len] &&
		    bsearch(&p, set->prefixes, set->count, sizeof(p),
			    compare_prefixes))
			return true;
		if (!p.len)
			return false;
		p.len--;
		p.addr[p.len / 8] &= ~(0x80 >> p.len % 8);
	}
}

/* Somebody of a network, or of a pool, was at a real MX. */
struct sighting {
	__u64 network; /* network_of() or network_of_pool() */
	__s64 at;
};

/* An IPv4 /24 or an IPv6 /48: what a provider's pool is like to be in. */
static __u64 network_of(const struct sender *s)
{
	unsigned int bytes = s->addr.family == FMX_IPV4 ? 3 : 6, i;
	__u64 network = s->addr.family;

	for (i = 0; i < bytes; i++)
		network = network << 8 | s->addr.addr[i];
	return network;
}

/* No network has this bit. */
static __u64 network_of_pool(size_t pool)
{
	return 1ULL << 63 | pool;
}

static int compare_sightings(const void *a, const void *b)
{
	const struct sighting *x = a, *y = b;

	if (x->network != y->network)
		return x->network < y->network ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

struct sightings {
	struct sighting *list; /* sorted */
	size_t count;
	size_t capacity;
};

/* What is asked about a sender. */
struct neighbourhood {
	struct prefix_set allowed;
	struct prefix_set *pools;
	size_t pool_count;
	struct sightings seen;
};

static int add_sighting(struct sightings *to, __u64 network,
			const struct sender *s)
{
	size_t capacity = to->capacity ? to->capacity * 2 : 64;
	struct sighting *grown;

	if (to->count + 2 > to->capacity) {
		grown = reallocarray(to->list, capacity, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		to->list = grown;
		to->capacity = capacity;
	}
	to->list[to->count++] =
		(struct sighting){ network, s->first[FMX_ROLE_REAL] };
	to->list[to->count++] =
		(struct sighting){ network, s->last[FMX_ROLE_REAL] };
	return 0;
}

static int sightings_make(const struct population *p, struct neighbourhood *n)
{
	struct sightings *seen = &n->seen;
	size_t i, pool;
	int err = 0;

	for (i = 0; !err && i < p->count; i++) {
		const struct sender *s = &p->senders[i];

		if (!s->first[FMX_ROLE_REAL])
			continue;
		err = add_sighting(seen, network_of(s), s);
		for (pool = 0; !err && pool < n->pool_count; pool++)
			if (is_in(&n->pools[pool], &s->addr))
				err = add_sighting(seen, network_of_pool(pool),
						   s);
	}
	if (!err && seen->count)
		qsort(seen->list, seen->count, sizeof(*seen->list),
		      compare_sightings);
	return err;
}

/* The first of a network that was not before this; 0: there is none. */
static __s64 neighbour_since(const struct sightings *seen, __u64 network,
			     __s64 since)
{
	const struct sighting wanted = { network, since };
	size_t from = 0, to = seen->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (compare_sightings(&seen->list[middle], &wanted) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	if (from == seen->count || seen->list[from].network != network)
		return 0;
	return seen->list[from].at;
}

/* Of his network, and of the pools that he is in. */
static __s64 any_neighbour_since(const struct neighbourhood *n,
				 const struct sender *s, __s64 since)
{
	__s64 first = neighbour_since(&n->seen, network_of(s), since), at;
	size_t pool;

	for (pool = 0; pool < n->pool_count; pool++) {
		if (!is_in(&n->pools[pool], &s->addr))
			continue;
		at = neighbour_since(&n->seen, network_of_pool(pool), since);
		if (at && (!first || at < first))
			first = at;
	}
	return first;
}

static void classify(struct population *p, const struct neighbourhood *n,
		     __s64 grace)
{
	size_t i;

	for (i = 0; i < p->count; i++) {
		const struct sender *s = &p->senders[i];
		struct class_context context = { .now = p->now,
						 .grace = grace };
		__s64 pending = sender_pending(s);

		if (pending)
			context.neighbour = any_neighbour_since(
				n, s, pending - CLASS_SLACK);
		if (pending || s->last[FMX_ROLE_LAST])
			context.allowed = is_in(&n->allowed, &s->addr);
		p->classes[i] = sender_class(s, &context);
		p->by_class[p->classes[i].class]++;
	}
}

int population_make(struct sender *senders, size_t count,
		    const struct policy *policy, __s64 now,
		    struct population *out)
{
	struct neighbourhood n = { .pool_count = policy->pool_count };
	__u32 grace = policy->settings.grace;
	int err;

	*out = (struct population){ .senders = senders,
				    .count = count,
				    .now = now };
	err = allowlist_make(policy, &n.allowed);
	if (!err)
		err = pools_make(policy, &n.pools);
	if (!err && senders)
		err = sightings_make(out, &n);
	out->classes = bulk_alloc(count, sizeof(*out->classes));
	if (!senders || !out->classes)
		err = -ENOMEM;
	if (err)
		say("out of memory");
	else
		classify(out, &n, (grace ? grace : FMX_GRACE_DEFAULT) * 1000LL);
	free(n.allowed.prefixes);
	pools_free(n.pools, n.pool_count);
	free(n.seen.list);
	if (err)
		population_free(out);
	return err;
}

void population_free(struct population *population)
{
	free(population->senders);
	free(population->classes);
	*population = (struct population){ 0 };
}

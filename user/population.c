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

/* The allowlist, to be asked about many addresses. */
struct allowlist {
	struct prefix *prefixes; /* sorted */
	size_t count;
	bool has[FMX_FAMILY_COUNT][129]; /* prefixes of this length */
};

static int compare_prefixes(const void *a, const void *b)
{
	return prefix_compare(a, b);
}

static int allowlist_make(const struct policy *policy, struct allowlist *out)
{
	size_t i;

	*out = (struct allowlist){ 0 };
	out->prefixes = malloc((policy->count + 1) * sizeof(*out->prefixes));
	if (!out->prefixes)
		return -ENOMEM;
	for (i = 0; i < policy->count; i++) {
		struct prefix *p = &out->prefixes[out->count];

		if (policy->rows[i].key.kind != FMX_KIND_ALLOW)
			continue;
		row_prefix(&policy->rows[i], p);
		out->has[p->family][p->len] = true;
		out->count++;
	}
	qsort(out->prefixes, out->count, sizeof(*out->prefixes),
	      compare_prefixes);
	return 0;
}

static bool is_allowed(const struct allowlist *list, const struct prefix *addr)
{
	struct prefix p = *addr;

	for (;;) {
		if (list->has[p.family][p.len] &&
		    bsearch(&p, list->prefixes, list->count, sizeof(p),
			    compare_prefixes))
			return true;
		if (!p.len)
			return false;
		p.len--;
		p.addr[p.len / 8] &= ~(0x80 >> p.len % 8);
	}
}

/* Somebody of a network was at a real MX. */
struct sighting {
	__u64 network;
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
};

static int sightings_make(const struct sender *senders, size_t count,
			  struct sightings *out)
{
	size_t i, of_real = 0;

	for (i = 0; i < count; i++)
		of_real += senders[i].first[FMX_ROLE_REAL] != 0;
	out->count = 0;
	out->list = bulk_alloc(2 * of_real, sizeof(*out->list));
	if (!out->list)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		const struct sender *s = &senders[i];

		if (!s->first[FMX_ROLE_REAL])
			continue;
		out->list[out->count++] =
			(struct sighting){ network_of(s),
					   s->first[FMX_ROLE_REAL] };
		out->list[out->count++] =
			(struct sighting){ network_of(s),
					   s->last[FMX_ROLE_REAL] };
	}
	qsort(out->list, out->count, sizeof(*out->list), compare_sightings);
	return 0;
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

static void classify(struct population *p, const struct allowlist *allowed,
		     const struct sightings *seen, __s64 grace)
{
	size_t i;

	for (i = 0; i < p->count; i++) {
		const struct sender *s = &p->senders[i];
		struct class_context context = { .now = p->now,
						 .grace = grace };
		__s64 pending = sender_pending(s);

		if (pending)
			context.neighbour = neighbour_since(
				seen, network_of(s), pending - CLASS_SLACK);
		if (pending || s->last[FMX_ROLE_LAST])
			context.allowed = is_allowed(allowed, &s->addr);
		p->classes[i] = sender_class(s, &context);
		p->by_class[p->classes[i].class]++;
	}
}

int population_make(struct sender *senders, size_t count,
		    const struct policy *policy, __s64 now,
		    struct population *out)
{
	__u32 grace = policy->settings.grace;
	struct sightings seen = { 0 };
	struct allowlist allowed;
	int err;

	*out = (struct population){ .senders = senders,
				    .count = count,
				    .now = now };
	err = allowlist_make(policy, &allowed);
	if (!err && senders)
		err = sightings_make(senders, count, &seen);
	out->classes = bulk_alloc(count, sizeof(*out->classes));
	if (!senders || !out->classes)
		err = -ENOMEM;
	if (err)
		say("out of memory");
	else
		classify(out, &allowed, &seen,
			 (grace ? grace : FMX_GRACE_DEFAULT) * 1000LL);
	free(allowed.prefixes);
	free(seen.list);
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

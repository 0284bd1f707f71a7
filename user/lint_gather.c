// SPDX-License-Identifier: GPL-2.0-only
#include "lint_gather.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dns.h"
#include "lint_ttl.h"

#define DEADLINE_MS 20000
#define IN_FLIGHT 20

struct gathering {
	struct lint *l;
	struct dns *dns;
	struct lookup *lookups;
	struct prefix *sts_addrs;
	size_t sts_count;
	int err;
};

/* Where a question has been asked: see on_answer(). */
enum step { ASKED, ASKED_UNCHECKED, ASKED_AGAIN };

struct lookup {
	struct gathering *g;
	struct lookup *next;
	enum step step;
	ns_type type;
	struct lint_set *set;
	struct lint_mx *mx; /* or NULL */
	void (*found)(struct lookup *lookup, struct dns_answer *answer);
	char name[];
};

static void finish(struct lookup *lookup, enum dns_status status,
		   struct dns_answer *answer)
{
	struct dns_answer records;
	ns_rr record;

	lookup->set->status = status;
	if (!answer)
		return;
	lookup->set->ttl = ~0U;
	lookup->set->aged = !ns_msg_getflag(answer->msg, ns_f_aa);
	records = *answer;
	while (dns_next(&records, &record))
		if (ns_rr_ttl(record) < lookup->set->ttl)
			lookup->set->ttl = ns_rr_ttl(record);
	lookup->found(lookup, answer);
}

/*
 * What fails, and is answered by a resolver that does not validate, and fails
 * again, fails because of that, and not once by chance.
 */
static void on_answer(void *arg, enum dns_status status,
		      struct dns_answer *answer)
{
	struct lookup *lookup = arg;
	struct dns *dns = lookup->g->dns;
	bool failed = status == DNS_FAILED || status == DNS_TIMED_OUT;

	if (lookup->step == ASKED && status == DNS_FAILED) {
		lookup->step = ASKED_UNCHECKED;
		dns_ask_unchecked(dns, lookup->name, lookup->type, on_answer,
				  lookup);
	} else if (lookup->step == ASKED_UNCHECKED && !failed) {
		lookup->step = ASKED_AGAIN;
		dns_ask(dns, lookup->name, lookup->type, on_answer, lookup);
	} else if (lookup->step == ASKED_UNCHECKED) {
		finish(lookup, DNS_FAILED, NULL);
	} else {
		lookup->set->bogus =
			lookup->step == ASKED_AGAIN && status == DNS_FAILED;
		finish(lookup, status, answer);
	}
}

static void look_up(struct gathering *g, const char *prefix, const char *name,
		    ns_type type, struct lint_set *set, struct lint_mx *mx,
		    void (*found)(struct lookup *, struct dns_answer *))
{
	size_t size = strlen(prefix) + strlen(name) + 1;
	struct lookup *lookup = calloc(1, sizeof(*lookup) + size);

	if (!lookup) {
		g->err = -ENOMEM;
		return;
	}
	*lookup = (struct lookup){
		.g = g,
		.next = g->lookups,
		.type = type,
		.set = set,
		.mx = mx,
		.found = found,
	};
	snprintf(lookup->name, size, "%s%s", prefix, name);
	g->lookups = lookup;
	dns_ask(g->dns, lookup->name, type, on_answer, lookup);
}

static int add_address(struct lint_mx *mx, const struct prefix *addr)
{
	struct lint_addr *grown =
		realloc(mx->addrs, (mx->count + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	mx->addrs = grown;
	grown[mx->count++] = (struct lint_addr){ .addr = *addr };
	return 0;
}

static void on_addresses(struct lookup *lookup, struct dns_answer *answer)
{
	struct prefix addr;
	ns_rr record;

	while (!lookup->g->err && dns_next(answer, &record))
		if (dns_address(&record, &addr))
			lookup->g->err = add_address(lookup->mx, &addr);
}

static void on_alias(struct lookup *lookup, struct dns_answer *answer)
{
	ns_rr record;

	if (dns_next(answer, &record))
		dns_name(answer, ns_rr_rdata(record), lookup->mx->alias_of);
}

static void on_any(struct lookup *lookup, struct dns_answer *answer)
{
	(void)lookup;
	(void)answer;
}

static void ask_about_mx(struct gathering *g, struct lint_mx *mx)
{
	struct fault fault = { "" };
	struct prefix addr;

	mx->alias.status = mx->a.status = mx->aaaa.status = mx->tlsa.status =
		DNS_NO_DATA;
	mx->literal = !addr_parse(mx->name, &addr, &fault);
	if (mx->literal) {
		g->err = add_address(mx, &addr);
	} else if (strcmp(mx->name, LINT_ROOT)) {
		look_up(g, "", mx->name, ns_t_cname, &mx->alias, mx, on_alias);
		look_up(g, "", mx->name, ns_t_a, &mx->a, mx, on_addresses);
		look_up(g, "", mx->name, ns_t_aaaa, &mx->aaaa, mx,
			on_addresses);
		look_up(g, "_25._tcp.", mx->name, ns_t_tlsa, &mx->tlsa, mx,
			on_any);
	}
}

static int by_preference(const void *a, const void *b)
{
	const struct lint_mx *one = a, *other = b;

	if (one->preference != other->preference)
		return one->preference - other->preference;
	return strcmp(one->name, other->name);
}

static void on_mx(struct lookup *lookup, struct dns_answer *answer)
{
	struct gathering *g = lookup->g;
	struct lint *l = g->l;
	ns_rr record;
	size_t i;

	l->mx = calloc(ns_msg_count(answer->msg, ns_s_an), sizeof(*l->mx));
	if (!l->mx) {
		g->err = -ENOMEM;
		return;
	}
	while (dns_next(answer, &record)) {
		struct lint_mx *mx = &l->mx[l->count];

		if (ns_rr_rdlen(record) <= NS_INT16SZ)
			continue;
		mx->preference = ns_get16(ns_rr_rdata(record));
		l->count += dns_name(answer, ns_rr_rdata(record) + NS_INT16SZ,
				     mx->name);
		if (!*mx->name)
			strcpy(mx->name, LINT_ROOT);
	}
	qsort(l->mx, l->count, sizeof(*l->mx), by_preference);
	for (i = 0; i < l->count && !g->err; i++)
		ask_about_mx(g, &l->mx[i]);
}

/* Of several nobody knows which holds: they are as none (RFC 8461 3.1). */
static void on_sts(struct lookup *lookup, struct dns_answer *answer)
{
	struct gathering *g = lookup->g;
	unsigned int claims = 0, records = 0;
	ns_rr record;

	while (!g->err && dns_next(answer, &record)) {
		char *text = malloc(ns_rr_rdlen(record) + 1);
		size_t size = text ? dns_text(&record, text) : 0;

		g->err = text ? 0 : -ENOMEM;
		claims += text && sts_claims(text, size);
		records += text && sts_is_record(text, size);
		free(text);
	}
	g->l->sts.published = claims == 1 && records == 1;
}

static void on_sts_addresses(struct lookup *lookup, struct dns_answer *answer)
{
	struct gathering *g = lookup->g;
	struct prefix addr, *grown;
	ns_rr record;

	while (!g->err && dns_next(answer, &record)) {
		if (!dns_address(&record, &addr))
			continue;
		grown = realloc(g->sts_addrs,
				(g->sts_count + 1) * sizeof(*grown));
		if (!grown) {
			g->err = -ENOMEM;
			return;
		}
		g->sts_addrs = grown;
		grown[g->sts_count++] = addr;
	}
}

static int run(struct gathering *g)
{
	int err = dns_run(g->dns);

	return err ? err : g->err;
}

static int gather(struct gathering *g)
{
	struct lint_set sts, a, aaaa;
	struct lint *l = g->l;
	int err;

	look_up(g, "", l->domain, ns_t_mx, &l->mx_set, NULL, on_mx);
	look_up(g, "_mta-sts.", l->domain, ns_t_txt, &sts, NULL, on_sts);
	err = run(g);
	if (err || !l->sts.published)
		return err;
	look_up(g, STS_HOST_PREFIX, l->domain, ns_t_a, &a, NULL,
		on_sts_addresses);
	look_up(g, STS_HOST_PREFIX, l->domain, ns_t_aaaa, &aaaa, NULL,
		on_sts_addresses);
	err = run(g);
	return err ? err
		   : sts_fetch(&l->sts, l->domain, g->sts_addrs, g->sts_count);
}

int lint_gather(struct lint *l, const char *domain, const char *server,
		struct fault *fault)
{
	struct gathering g = { .l = l };
	struct lookup *lookup;
	int err;

	strcpy(l->domain, domain);
	err = dns_open(&g.dns, server, DEADLINE_MS, IN_FLIGHT, fault);
	if (err)
		return err;
	err = gather(&g);
	dns_close(g.dns);
	if (!err)
		err = lint_renew_ttls(l, server, fault);
	while ((lookup = g.lookups)) {
		g.lookups = lookup->next;
		free(lookup);
	}
	free(g.sts_addrs);
	return err;
}

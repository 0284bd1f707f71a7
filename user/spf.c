// SPDX-License-Identifier: GPL-2.0-only
/*
 * A record is a list of rules of which the first that matches a sender holds.
 * So is what it comes to: each term adds the prefixes that it matches, and
 * firstmatch_allowed() makes those of them that pass. What an include matches
 * is what passes by the other record (RFC 7208 5.2), and so is a redirect, with
 * nothing behind it.
 */
#include "spf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spf_record.h"

/* RFC 7208 4.6.4. */
#define MAX_LOOKUPS 10
#define MAX_VOIDS 2
#define MAX_EXCHANGES 10

/* What is wider is a mistake, or no list of mail servers. */
#define WIDEST_IPV4 8
#define WIDEST_IPV6 16

struct walk {
	struct dns *dns;
	unsigned int lookups;
	unsigned int voids[FMX_FAMILY_COUNT];
	unsigned int rules; /* so far: the order of the next one */
	struct spf *out;
	struct fault *fault;
};

/* A record that is being looked at, and the one that led to it. */
struct level {
	const struct level *outer;
	const char *domain;
	bool passes; /* who passes by it is let in; false: is kept out */
	struct firstmatch rules;
};

static int permanent(const struct walk *w, const struct level *level,
		     const struct spf_term *term, const char *what)
{
	return fault_set(w->fault, "%s: %s: %s", level->domain, term->text,
			 what);
}

/* `term` is NULL where it is the record itself that was asked for. */
static int temporary(const struct walk *w, const char *domain,
		     const struct spf_term *term, enum dns_status status)
{
	fault_set(w->fault, "%s: %s%s%s", domain, term ? term->text : "",
		  term ? ": " : "",
		  status == DNS_TIMED_OUT ? "the DNS does not answer in time"
					  : "no DNS server has an answer");
	return -EAGAIN;
}

static int leave_out(struct walk *w, const char *what, const char *domain,
		     const char *effect)
{
	struct spf *out = w->out;
	char **grown = reallocarray(out->left_out, out->left_out_count + 1,
				    sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	out->left_out = grown;
	if (asprintf(&grown[out->left_out_count], "%s of %s%s", what, domain,
		     effect) < 0)
		return -ENOMEM;
	out->left_out_count++;
	return 0;
}

/* Without a term that keeps senders out, more are let in than should be. */
static int leave_out_term(struct walk *w, const struct level *level,
			  const struct spf_term *term)
{
	return leave_out(w, term->text, level->domain,
			 term->passes == level->passes
				 ? ""
				 : ": senders that it keeps out are let in");
}

static int add_rule(struct walk *w, struct level *level,
		    const struct spf_term *term, const struct prefix *prefix)
{
	bool ipv4 = prefix->family == FMX_IPV4;

	if (term->passes && prefix->len < (ipv4 ? WIDEST_IPV4 : WIDEST_IPV6))
		return permanent(w, level, term,
				 ipv4 ? "wider than a /8 of IPv4"
				      : "wider than a /16 of IPv6");
	return firstmatch_add(&level->rules, prefix, term->passes, ++w->rules,
			      w->fault);
}

/* A name whose addresses are asked for, or several of one term. */
struct hosts {
	struct walk *walk;
	struct level *level;
	const struct spf_term *term;
	enum fmx_family family;
	bool is_void;
	enum dns_status failed; /* DNS_FOUND: none did */
	int err;
};

static bool finds_nothing(enum dns_status status)
{
	return status == DNS_NO_NAME || status == DNS_NO_DATA;
}

static void on_addresses(void *arg, enum dns_status status,
			 struct dns_answer *answer)
{
	struct hosts *hosts = arg;
	struct prefix prefix = { .family = hosts->family };
	size_t size = addr_bits(&prefix) / 8;
	ns_rr record;

	if (finds_nothing(status))
		hosts->is_void = true;
	else if (!answer)
		hosts->failed = status;
	while (!hosts->err && answer && dns_next(answer, &record)) {
		if (ns_rr_rdlen(record) != size)
			continue;
		prefix.len = hosts->term->len[hosts->family];
		memcpy(prefix.addr, ns_rr_rdata(record), size);
		prefix_clear_host_bits(&prefix);
		hosts->err = add_rule(hosts->walk, hosts->level, hosts->term,
				      &prefix);
	}
}

/* Asks for both families of these names; a term is void once, if at all. */
static int add_hosts(struct walk *w, struct level *level,
		     const struct spf_term *term, char (*names)[DNS_NAME_SIZE],
		     size_t count)
{
	struct hosts of[FMX_FAMILY_COUNT];
	unsigned int family;
	size_t i;
	int err;

	for (family = FMX_IPV4; family <= FMX_IPV6; family++) {
		of[family] = (struct hosts){ .walk = w,
					     .level = level,
					     .term = term,
					     .family = family,
					     .failed = DNS_FOUND };
		for (i = 0; i < count; i++)
			dns_ask(w->dns, names[i],
				family == FMX_IPV4 ? ns_t_a : ns_t_aaaa,
				on_addresses, &of[family]);
	}
	err = dns_run(w->dns);
	for (family = FMX_IPV4; !err && family <= FMX_IPV6; family++) {
		w->voids[family] += of[family].is_void;
		err = of[family].err;
		if (!err && of[family].failed != DNS_FOUND)
			err = temporary(w, level->domain, term,
					of[family].failed);
	}
	return err;
}

static const char *domain_of(const struct level *level,
			     const struct spf_term *term)
{
	return *term->domain ? term->domain : level->domain;
}

static int add_a(struct walk *w, struct level *level,
		 const struct spf_term *term)
{
	char name[1][DNS_NAME_SIZE];

	strcpy(name[0], domain_of(level, term));
	return add_hosts(w, level, term, name, 1);
}

struct exchanges {
	enum dns_status status;
	size_t records;
	size_t count;
	char names[MAX_EXCHANGES][DNS_NAME_SIZE];
};

static void on_exchanges(void *arg, enum dns_status status,
			 struct dns_answer *answer)
{
	struct exchanges *mx = arg;
	ns_rr record;

	mx->status = status;
	while (answer && dns_next(answer, &record)) {
		/* Behind its preference; "." is that there is none. */
		if (++mx->records <= MAX_EXCHANGES && ns_rr_rdlen(record) > 2 &&
		    dns_host_name(answer, ns_rr_rdata(record) + 2,
				  mx->names[mx->count]))
			mx->count++;
	}
}

static int add_mx(struct walk *w, struct level *level,
		  const struct spf_term *term)
{
	const char *domain = domain_of(level, term);
	struct exchanges mx = { .status = DNS_FAILED };
	int err;

	dns_ask(w->dns, domain, ns_t_mx, on_exchanges, &mx);
	err = dns_run(w->dns);
	if (err)
		return err;
	if (finds_nothing(mx.status)) {
		w->voids[FMX_IPV4]++;
		w->voids[FMX_IPV6]++;
		return 0;
	}
	if (mx.status != DNS_FOUND)
		return temporary(w, level->domain, term, mx.status);
	if (mx.records > MAX_EXCHANGES)
		return permanent(w, level, term,
				 "more than ten MX records (RFC 7208 4.6.4)");
	return add_hosts(w, level, term, mx.names, mx.count);
}

static int walk_domain(struct walk *w, const struct level *outer, bool passes,
		       const char *domain, struct listed **list, size_t *count);

static int add_domain(struct walk *w, struct level *level,
		      const struct spf_term *term)
{
	const struct level *l;
	struct listed *list = NULL;
	size_t count = 0, i;
	int err;

	for (l = level; l; l = l->outer)
		if (!strcmp(l->domain, term->domain))
			return permanent(w, level, term,
					 "leads back to itself");
	err = walk_domain(w, level, term->passes == level->passes, term->domain,
			  &list, &count);
	for (i = 0; !err && i < count; i++)
		err = add_rule(w, level, term, &list[i].prefix);
	free(list);
	return err;
}

static int add_all(struct walk *w, struct level *level,
		   const struct spf_term *term)
{
	/* All that is left: it does not pass, which is so anyway. */
	if (!term->passes)
		return 0;
	return permanent(w, level, term, "lets every sender pass");
}

static int add_term(struct walk *w, struct level *level,
		    const struct spf_term *term)
{
	bool looks_up = term->what != SPF_ALL && term->what != SPF_IP4 &&
			term->what != SPF_IP6;

	if (looks_up && ++w->lookups > MAX_LOOKUPS)
		return permanent(w, level, term,
				 "more than ten lookups (RFC 7208 4.6.4)");
	if (term->has_macro)
		return leave_out_term(w, level, term);
	switch (term->what) {
	case SPF_ALL:
		return add_all(w, level, term);
	case SPF_INCLUDE:
	case SPF_REDIRECT:
		return add_domain(w, level, term);
	case SPF_A:
		return add_a(w, level, term);
	case SPF_MX:
		return add_mx(w, level, term);
	case SPF_IP4:
	case SPF_IP6:
		return add_rule(w, level, term, &term->prefix);
	default:
		return leave_out_term(w, level, term);
	}
}

/* The SPF record among the TXT records of a domain. */
struct found {
	enum dns_status status;
	unsigned int count;
	char *text; /* of the first */
	size_t length;
	int err;
};

static void on_text(void *arg, enum dns_status status,
		    struct dns_answer *answer)
{
	struct found *found = arg;
	ns_rr record;

	found->status = status;
	while (!found->err && answer && dns_next(answer, &record)) {
		char *text = malloc(ns_rr_rdlen(record) + 1);
		size_t length = text ? dns_text(&record, text) : 0;

		found->err = text ? 0 : -ENOMEM;
		if (text && spf_record_is(text, length) && !found->count++) {
			found->text = text;
			found->length = length;
		} else {
			free(text);
		}
	}
}

static int read_record(struct walk *w, const char *domain,
		       struct spf_record *record)
{
	struct found found = { .status = DNS_FAILED };
	struct fault why = { "" };
	int err;

	dns_ask(w->dns, domain, ns_t_txt, on_text, &found);
	err = dns_run(w->dns);
	if (!err)
		err = found.err;
	if (err)
		;
	else if (found.status != DNS_FOUND && !finds_nothing(found.status))
		err = temporary(w, domain, NULL, found.status);
	else if (!found.count)
		err = fault_set(w->fault, "%s: has no SPF record", domain);
	else if (found.count > 1)
		err = fault_set(w->fault, "%s: has several SPF records",
				domain);
	else
		err = spf_record_parse(found.text, found.length, record, &why);
	if (err == -EINVAL && *why.text)
		fault_set(w->fault, "%s: %s", domain, why.text);
	free(found.text);
	return err;
}

static int walk_domain(struct walk *w, const struct level *outer, bool passes,
		       const char *domain, struct listed **list, size_t *count)
{
	struct level level = { .outer = outer,
			       .domain = domain,
			       .passes = passes };
	struct spf_record record = { 0 };
	unsigned int unused;
	size_t i;
	int err;

	err = read_record(w, domain, &record);
	for (i = 0; !err && i < record.count; i++)
		err = add_term(w, &level, &record.terms[i]);
	if (!err)
		err = firstmatch_allowed(&level.rules, list, count, &unused,
					 w->fault);
	firstmatch_clear(&level.rules);
	spf_record_free(&record);
	return err;
}

/* Too many lookups found nothing: for a family alone, its senders are out. */
static int judge_voids(struct walk *w, const char *domain)
{
	bool many4 = w->voids[FMX_IPV4] > MAX_VOIDS;
	bool many6 = w->voids[FMX_IPV6] > MAX_VOIDS;
	size_t kept = 0, i;

	if (many4 && many6)
		return fault_set(
			w->fault,
			"%s: more than two lookups find nothing (RFC 7208 4.6.4)",
			domain);
	for (i = 0; i < w->out->count; i++) {
		bool ipv4 = w->out->list[i].prefix.family == FMX_IPV4;

		if (!(ipv4 ? many4 : many6))
			w->out->list[kept++] = w->out->list[i];
	}
	if (kept == w->out->count)
		return 0;
	w->out->count = kept;
	return leave_out(
		w,
		many4 ? "IPv4, for which more than two lookups find nothing,"
		      : "IPv6, for which more than two lookups find nothing,",
		domain, "");
}

/* What lies in another prefix adds nobody. */
static void drop_inner(struct spf *spf)
{
	struct listed *list = spf->list;
	size_t kept = 0, i;

	for (i = 0; i < spf->count; i++)
		if (!kept ||
		    !prefix_contains(&list[kept - 1].prefix, &list[i].prefix))
			list[kept++] = list[i];
	spf->count = kept;
}

int spf_walk(struct dns *dns, const char *domain, struct spf *out,
	     struct fault *fault)
{
	struct walk w = { .dns = dns, .out = out, .fault = fault };
	int err;

	*out = (struct spf){ 0 };
	err = walk_domain(&w, NULL, true, domain, &out->list, &out->count);
	if (!err)
		err = judge_voids(&w, domain);
	drop_inner(out);
	if (!err)
		return 0;
	if (err != -EINVAL && err != -EAGAIN)
		fault_set(fault, "%s: %s", domain, strerror(-err));
	spf_free(out);
	return err;
}

void spf_free(struct spf *spf)
{
	size_t i;

	for (i = 0; i < spf->left_out_count; i++)
		free(spf->left_out[i]);
	free(spf->left_out);
	free(spf->list);
	*spf = (struct spf){ 0 };
}

// SPDX-License-Identifier: GPL-2.0-only
#include "answers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "covered.h"
#include "out.h"
#include "policy_parts.h"
#include "spf.h"
#include "when.h"

/* For one domain, and for all of them together; ms. */
#define DOMAIN_MS 10000
#define ALL_MS 20000
#define MOST_PREFIXES 100000 /* of one domain */
#define IN_FLIGHT 20	     /* the hosts of an mx, of both families */

static struct answer *find(const struct answers *answers, const char *domain)
{
	size_t i;

	for (i = 0; i < answers->count; i++)
		if (!strcmp(answers->list[i].domain, domain))
			return &answers->list[i];
	return NULL;
}

/* A new answer, with what is kept; NULL: no memory. */
static struct answer *add(struct answers *answers, const char *domain)
{
	struct answer *grown =
		reallocarray(answers->list, answers->count + 1, sizeof(*grown));
	struct fault fault = { "" };
	struct answer *answer;
	int err;

	if (!grown)
		return NULL;
	answers->list = grown;
	answer = &grown[answers->count];
	*answer = (struct answer){ .asked = false };
	snprintf(answer->domain, sizeof(answer->domain), "%s", domain);
	err = kept_read(KEPT_DIRECTORY, domain, &answer->kept, &fault);
	if (err == -ENOMEM)
		return NULL;
	if (err && err != -ENOENT)
		say("%s", fault.text);
	answers->count++;
	return answer;
}

/* For one of `among` domains that share what is left; ms. */
static unsigned int time_left(struct answers *answers, size_t among)
{
	__u64 now = clock_ns(CLOCK_MONOTONIC), left;

	if (!answers->deadline)
		answers->deadline = now + ALL_MS * 1000000ULL;
	left = answers->deadline > now ? (answers->deadline - now) / 1000000
				       : 0;
	left /= among;
	return left < DOMAIN_MS ? left : DOMAIN_MS;
}

static int check_loss(const struct answer *answer, const struct spf *spf,
		      struct fault *fault)
{
	size_t before = answer->kept.count, gone;

	if (before && !spf->count)
		return fault_set(
			fault,
			"would take out all of its %zu addresses and prefixes; --force does it",
			before);
	if (before < LONG_ALLOWLIST)
		return 0;
	gone = covered_lost(answer->kept.list, before, spf->list, spf->count);
	if (gone <= before / 2)
		return 0;
	return fault_set(
		fault,
		"would take out %zu of its %zu addresses and prefixes; --force does it",
		gone, before);
}

/* How many addresses a prefix has; of IPv6, how many /64. */
static __u64 room(const struct prefix *p)
{
	unsigned int bits = p->family == FMX_IPV4 ? 32 : 64;

	return p->len > bits ? 0 : 1ULL << (bits - p->len);
}

/* Whoever writes the record must not open the mail server to everybody. */
static int check_room(const struct spf *spf, struct fault *fault)
{
	const __u64 most[FMX_FAMILY_COUNT] = {
		[FMX_IPV4] = 1ULL << (32 - 8),
		[FMX_IPV6] = 1ULL << (64 - 16),
	};
	__u64 sums[FMX_FAMILY_COUNT] = { 0 };
	size_t i;

	if (spf->count > MOST_PREFIXES)
		return fault_set(
			fault,
			"comes to %zu addresses and prefixes, more than %u; --force takes it",
			spf->count, MOST_PREFIXES);
	for (i = 0; i < spf->count; i++)
		sums[spf->list[i].prefix.family] += room(&spf->list[i].prefix);
	if (sums[FMX_IPV4] > most[FMX_IPV4])
		return fault_set(
			fault,
			"lets more senders pass than a /8 of IPv4 has; --force takes it");
	if (sums[FMX_IPV6] > most[FMX_IPV6])
		return fault_set(
			fault,
			"lets more senders pass than a /16 of IPv6 has; --force takes it");
	return 0;
}

static int note_failure(struct answer *answer, const struct fault *fault)
{
	struct kept *kept = &answer->kept;
	size_t length = strlen(answer->domain);
	const char *why = fault->text;

	/* "example.org: has no SPF record": that it is this domain is said. */
	if (!strncmp(why, answer->domain, length) &&
	    !strncmp(why + length, ": ", 2))
		why += length + 2;
	answer->failed = true;
	if (!kept->failing_since)
		kept->failing_since = when_now();
	free(kept->why);
	kept->why = strdup(why);
	return kept->why ? 0 : -ENOMEM;
}

static void take_over(struct answer *answer, struct spf *spf)
{
	kept_free(&answer->kept);
	answer->kept = (struct kept){
		.list = spf->list,
		.count = spf->count,
		.resolved = when_now(),
		.left_out = spf->left_out,
		.left_out_count = spf->left_out_count,
	};
	*spf = (struct spf){ 0 };
}

static int resolve(struct answer *answer, unsigned int ms,
		   const struct answers_how *how, struct fault *fault)
{
	struct fault why = { "" };
	struct spf spf = { 0 };
	struct dns *dns;
	int err;

	answer->late = !ms;
	if (answer->late)
		return 0;
	err = dns_open(&dns, how->resolver, ms, IN_FLIGHT, fault);
	if (err)
		return err;
	answer->asked = true;
	err = spf_walk(dns, answer->domain, &spf, &why);
	dns_close(dns);
	if (!err && !how->force)
		err = check_room(&spf, &why);
	if (!err && !how->force)
		err = check_loss(answer, &spf, &why);
	if (!err)
		take_over(answer, &spf);
	else if (err != -ENOMEM)
		err = note_failure(answer, &why);
	spf_free(&spf);
	return err;
}

int answers_ask_one(struct answers *answers, const char *domain,
		    const struct answers_how *how, struct fault *fault)
{
	struct answer *answer = add(answers, domain);
	int err = -ENOMEM;

	if (answer)
		err = resolve(answer, time_left(answers, 1), how, fault);
	if (err && !*fault->text)
		fault_set(fault, SOURCE_SPF "%s: %s", domain, strerror(-err));
	return err;
}

/* What is kept of all domains that there is no answer of yet. */
static int add_all(struct answers *answers, const struct policy *policy)
{
	const char *domain;
	size_t step = 0;

	while ((domain = policy_next_domain(policy, &step)))
		if (!find(answers, domain) && !add(answers, domain))
			return -ENOMEM;
	return 0;
}

static bool is_wanted(const struct answer *answer,
		      const struct answers_how *how)
{
	return !how->if_needed || !kept_has_list(&answer->kept);
}

static bool is_failing(const struct answer *answer)
{
	return answer->kept.failing_since;
}

/*
 * Those that fail already come last, and share what is left of the time: they
 * keep nobody else from being asked, and each of them is.
 */
int answers_ask(struct answers *answers, const struct policy *policy,
		const struct answers_how *how, struct fault *fault)
{
	int err = add_all(answers, policy);
	struct answer *answer, *end = answers->list + answers->count;
	size_t failing = 0;

	for (answer = answers->list; !err && answer < end; answer++) {
		if (!is_wanted(answer, how))
			continue;
		if (is_failing(answer))
			failing++;
		else
			err = resolve(answer, time_left(answers, 1), how,
				      fault);
	}
	for (answer = answers->list; !err && answer < end; answer++)
		if (is_wanted(answer, how) && is_failing(answer) &&
		    !answer->asked && !answer->late)
			err = resolve(answer, time_left(answers, failing--),
				      how, fault);
	if (err && !*fault->text)
		fault_set(fault, "%s", strerror(-err));
	return err;
}

/* What the domain has in the running policy, but for what a file has as well.
 */
static int fall_back(struct answer *answer, const struct policy *running)
{
	struct kept *kept = &answer->kept;
	const struct fmx_source *source;
	char name[FMX_SOURCE_SIZE];
	size_t i;

	snprintf(name, sizeof(name), SOURCE_SPF "%s", answer->domain);
	source = policy_find_source(running, name);
	if (!source)
		return 0;
	kept->list = calloc(running->count + 1, sizeof(*kept->list));
	if (!kept->list)
		return -ENOMEM;
	for (i = 0; i < running->count; i++)
		if (running->rows[i].rule.source ==
		    source - running->sources + 1)
			row_prefix(&running->rows[i],
				   &kept->list[kept->count++].prefix);
	return 0;
}

/* Of all domains of the policy: what is kept, or what is in force. */
static int complete(struct answers *answers, const struct policy *policy,
		    const struct policy *running)
{
	struct answer *answer;
	size_t i;

	if (add_all(answers, policy))
		return -ENOMEM;
	for (i = 0; running && i < answers->count; i++) {
		answer = &answers->list[i];
		if (!kept_has_list(&answer->kept) && fall_back(answer, running))
			return -ENOMEM;
	}
	return 0;
}

bool answer_is_old(const struct answer *answer)
{
	return answer->failed || answer->late;
}

static void say_not_new(const struct answer *answer, const char *without)
{
	const struct kept *kept = &answer->kept;
	char resolved[WHEN_TEXT_SIZE] = "", since[WHEN_TEXT_SIZE] = "";
	const char *why = answer->late ? "no time was left to ask" : kept->why;
	bool failing = answer->failed && kept_has_list(kept);

	if (failing)
		when_format(kept->failing_since, since);
	if (kept->resolved)
		when_format(kept->resolved, resolved);
	if (kept_has_list(kept))
		say(SOURCE_SPF "%s: %s%s%s%s its list%s%s is used",
		    answer->domain, why, failing ? "; failing since " : ";",
		    since, failing ? "," : "", *resolved ? " of " : "",
		    resolved);
	else
		say(SOURCE_SPF "%s: %s; no list of it is kept: %s",
		    answer->domain, why, without);
}

void answers_say(const struct answers *answers, const char *without)
{
	size_t i, j;

	for (i = 0; i < answers->count; i++) {
		const struct answer *answer = &answers->list[i];

		if (answer_is_old(answer))
			say_not_new(answer, without);
		else if (!kept_has_list(&answer->kept))
			say(SOURCE_SPF "%s: no list of it is kept: %s",
			    answer->domain, without);
		for (j = 0; answer->asked && !answer->failed &&
			    j < answer->kept.left_out_count;
		     j++)
			say(SOURCE_SPF "%s: left out: %s", answer->domain,
			    answer->kept.left_out[j]);
	}
}

bool answers_lack(const struct answers *answers)
{
	size_t i;

	for (i = 0; i < answers->count; i++)
		if (!kept_has_list(&answers->list[i].kept))
			return true;
	return false;
}

size_t answers_failed(const struct answers *answers)
{
	size_t count = 0, i;

	for (i = 0; i < answers->count; i++)
		count += answer_is_old(&answers->list[i]);
	return count;
}

int answers_expand(const struct answers *answers, struct policy *policy,
		   struct fault *fault)
{
	const struct answer *answer;
	const char *domain;
	size_t i;
	int err = 0;

	for (i = 0; policy->sources && !err && i < FMX_MAX_SOURCES; i++) {
		struct statement s;

		source_statement(&policy->sources[i], &s);
		domain = source_domain(&policy->sources[i]);
		answer = domain ? find(answers, domain) : NULL;
		/* Pools are no affair of packets. */
		if (answer && s.kind == STATEMENT_ALLOW)
			err = policy_add_listed(policy, answer->kept.list,
						answer->kept.count, i + 1);
	}
	if (err)
		fault_set(fault, "%s", strerror(-err));
	return err ? err : policy_settle(policy, fault);
}

int answers_use(struct answers *answers, struct policy *policy,
		const struct policy *running, const struct answers_use *how,
		struct fault *fault)
{
	int err = complete(answers, policy, running);

	if (err) {
		fault_set(fault, "%s", strerror(-err));
		return err;
	}
	answers_say(answers, how->without);
	if (how->need_all && answers_lack(answers))
		return -ENODATA;
	return answers_expand(answers, policy, fault);
}

void answers_keep(const struct answers *answers, bool only_failed)
{
	bool failed = false;
	size_t i;

	for (i = 0; i < answers->count; i++) {
		const struct answer *answer = &answers->list[i];

		if (answer->asked && (answer->failed || !only_failed))
			failed |= kept_write(KEPT_DIRECTORY, answer->domain,
					     &answer->kept) != 0;
	}
	if (failed)
		say("what SPF domains come to cannot be kept for a boot without DNS");
}

void answers_free(struct answers *answers)
{
	size_t i;

	for (i = 0; i < answers->count; i++)
		kept_free(&answers->list[i].kept);
	free(answers->list);
	*answers = (struct answers){ 0 };
}

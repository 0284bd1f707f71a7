// SPDX-License-Identifier: GPL-2.0-only
/* The lost-mail report. */
#include "cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arrivals.h"
#include "dns_evidence.h"
#include "file.h"
#include "maillog.h"
#include "out.h"
#include "report.h"
#include "when.h"

/* The DNS is asked for so long, about so many. */
#define DNS_DEADLINE_MS 10000
#define DNS_MOST 5000

/* A report in the making. */
struct making {
	const struct call *call;
	__s64 since;
	struct ledger *others; /* of other hosts */
	struct snapshot snapshot;
	struct population population;
	struct arrivals arrivals;
	struct dns_evidence *answers;
	struct names *names; /* which are in the answers */
	size_t unasked;	     /* of those that the DNS should be asked about */
	size_t unanswered;
	struct tally tally;
	bool loaded; /* here */
};

static int wrong(const struct fault *fault)
{
	say("report: %s", fault->text);
	return -EUSAGE;
}

/* All that is named is read before anything is said. */
static int read_others(struct making *m)
{
	const struct words *files = &m->call->merge;
	struct fault fault = { "" };
	size_t i;

	m->others = calloc(files->count + 1, sizeof(*m->others));
	for (i = 0; m->others && i < files->count; i++)
		if (ledger_read_file(files->list[i], &m->others[i], &fault))
			return wrong(&fault);
	return m->others ? 0 : -ENOMEM;
}

static int read_logs(struct making *m)
{
	const struct words *files = &m->call->maillog;
	struct maillog_counts counts;
	struct fault fault = { "" };
	size_t i;
	int err;

	for (i = 0; i < files->count; i++) {
		err = maillog_read(files->list[i], when_now(), arrivals_add,
				   &m->arrivals, &counts, &fault);
		if (err) {
			say("report: %s", fault.text);
			return err;
		}
		if (!counts.mta)
			say("report: %s: no line of it is Postfix's or Exim's",
			    files->list[i]);
	}
	return 0;
}

static int take_snapshot(struct making *m)
{
	int err = snapshot_take(&m->snapshot, true);

	m->loaded = !err;
	if (err == -ENOENT && m->call->merge.count)
		err = 0; /* of other hosts alone */
	if (err)
		return say_not_loaded(err);
	if (!m->loaded)
		ledger_clock(&m->snapshot.senders.wall,
			     &m->snapshot.senders.tick);
	snapshot_sum(&m->snapshot, &m->tally);
	return 0;
}

static int join(struct making *m)
{
	struct ledger *ledger = &m->snapshot.senders;
	struct sender *senders;
	size_t i, count;
	int err = 0;

	for (i = 0; !err && i < m->call->merge.count; i++)
		err = ledger_merge(ledger, &m->others[i]);
	senders = err ? NULL : ledger_senders(ledger);
	count = senders ? ledger->count : 0;
	if (senders && arrivals_merge(&m->arrivals, &senders, &count)) {
		free(senders);
		senders = NULL;
	}
	return population_make(senders, count, &m->snapshot.policy, when_now(),
			       &m->population);
}

static void take_answers(struct making *m, const struct suspect *suspects,
			 size_t count)
{
	size_t i;

	for (i = 0; i < m->population.count; i++)
		m->names[i] = (struct names){ .dnswl = -1 };
	for (i = 0; i < count; i++) {
		const struct dns_evidence *answer = &m->answers[i];
		struct names *names = &m->names[suspects[i].index];

		if (answer->ptr == DNS_PTR_CONFIRMED)
			names->name = answer->name;
		names->dnswl = answer->dnswl;
		m->unanswered +=
			answer->ptr == DNS_PTR_FAILED || answer->dnswl_failed;
	}
}

static int ask_names(struct making *m)
{
	const struct dns_options options = {
		.server = m->call->resolver,
		.deadline_ms = DNS_DEADLINE_MS,
		.resolve = m->call->resolve,
		.dnswl = m->call->dnswl,
	};
	const struct report report = { .population = &m->population,
				       .since = m->since };
	struct suspect *suspects;
	struct fault fault = { "" };
	struct prefix *addrs = NULL;
	size_t count, i;
	int err = -ENOMEM;

	if (!options.resolve && !options.dnswl)
		return 0;
	suspects = report_suspects(&report, &count);
	m->unasked = count > DNS_MOST ? count - DNS_MOST : 0;
	count -= m->unasked;
	addrs = calloc(count + 1, sizeof(*addrs));
	m->answers = calloc(count + 1, sizeof(*m->answers));
	m->names = calloc(m->population.count + 1, sizeof(*m->names));
	if (!suspects || !addrs || !m->answers || !m->names) {
		say("out of memory");
		goto out;
	}
	for (i = 0; i < count; i++)
		addrs[i] = m->population.senders[suspects[i].index].addr;
	err = dns_evidence(&options, addrs, count, m->answers, &fault);
	if (!err)
		take_answers(m, suspects, count);
	else
		say("report: %s", *fault.text ? fault.text : strerror(-err));
out:
	free(addrs);
	free(suspects);
	return err == -EINVAL ? -EUSAGE : err;
}

/*
 * At the first load; or before, where the ledger is from a file. Only the
 * ledger has visits to decoys: a mail log may be older.
 */
static __s64 ledger_began(const struct making *m)
{
	__s64 began = 0, first;
	size_t i;
	int role;

	for (i = 0; i < m->snapshot.count; i++) {
		first = m->snapshot.ifaces[i].attachment.about.since * 1000;
		if (!began || first < began)
			began = first;
	}
	for (i = 0; i < m->population.count; i++) {
		for (role = FMX_ROLE_FIRST; role <= FMX_ROLE_LAST; role++) {
			first = m->population.senders[i].first[role];
			if (first && first < began)
				began = first;
		}
	}
	return began;
}

static int write_page(FILE *to, const void *document)
{
	report_html(to, document);
	return 0;
}

/* Takes the document over. Senders' addresses are not for everybody's eyes. */
static int write_document(json_t *document, const struct call *call)
{
	int err;

	if (!document || !call->html)
		return out_print(document, call->json, report_text);
	err = file_replace(call->html, 0600, write_page, document);
	json_decref(document);
	return err;
}

static int write_report(struct making *m)
{
	const struct call *call = m->call;
	const struct report report = {
		.population = &m->population,
		.names = m->names,
		.policy = &m->snapshot.policy,
		.tally = &m->tally,
		.since = m->since,
		.began = ledger_began(m),
		.hosts = call->merge.count + m->loaded,
		.logs = call->maillog.count,
		.unasked = m->unasked,
		.unanswered = m->unanswered,
	};

	return write_document(report_document(&report), call);
}

static int parse_report(struct making *m)
{
	const struct call *call = m->call;
	struct fault fault = { "" };
	int err;

	err = want_words(call, 0, "");
	if (err)
		return err;
	if (call->since && since_parse(call->since, &m->since, &fault)) {
		say("report: --since: %s", fault.text);
		return -EUSAGE;
	}
	if (call->resolver && !call->resolve && !call->dnswl) {
		say("report: --resolver: for --resolve and --dnswl, which are not there");
		return -EUSAGE;
	}
	if (call->html && call->json) {
		say("report: --html: is for people, not for --json");
		return -EUSAGE;
	}
	return read_others(m);
}

int cmd_report(const struct call *call)
{
	struct making m = { .call = call };
	size_t i;
	int err;

	err = parse_report(&m);
	if (!err)
		err = take_snapshot(&m);
	if (!err)
		err = read_logs(&m);
	if (!err)
		err = join(&m);
	if (!err)
		err = ask_names(&m);
	if (!err)
		err = write_report(&m);
	for (i = 0; m.others && i < call->merge.count; i++)
		ledger_free(&m.others[i]);
	free(m.others);
	free(m.names);
	free(m.answers);
	arrivals_free(&m.arrivals);
	population_free(&m.population);
	snapshot_free(&m.snapshot);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Why a report may be wrong: whoever reads it should not have to know. */

#include "out.h"
#include "report.h"
#include "when.h"

/* So long without anybody at a real MX is not to be expected. */
#define QUIET_MS (24 * 3600 * 1000LL)

/* When anybody was last at a real MX, or 0. */
static __s64 last_arrival(const struct population *p)
{
	__s64 last = 0;
	size_t i;

	for (i = 0; i < p->count; i++)
		if (p->senders[i].last[FMX_ROLE_REAL] > last)
			last = p->senders[i].last[FMX_ROLE_REAL];
	return last;
}

static bool has_real(const struct policy *policy)
{
	size_t i;

	for (i = 0; i < policy->count; i++)
		if (policy->rows[i].key.kind == FMX_KIND_TARGET &&
		    !row_is_decoy(&policy->rows[i]))
			return true;
	return false;
}

/* Without arrivals nobody can be seen to have come. */
static void warn_arrivals(const struct report *r, json_t *warnings)
{
	__s64 last = last_arrival(r->population);
	char when[WHEN_TEXT_SIZE];

	when_format(last, when);
	if (!last && !has_real(r->policy) && !r->logs && r->hosts < 2)
		add_text(
			warnings,
			"no real MX is named, so nobody can be seen to come to one: name it (" TOOL
			" real ADDR), or have its mail log read (--maillog FILE), or the ledger of its host (--merge FILE)");
	else if (!last)
		add_text(
			warnings,
			"nobody at all was seen at a real MX: was it out of reach, or is it on a host whose mail log (--maillog FILE) or ledger (--merge FILE) is missing here?");
	else if (r->since && last < r->since)
		add_text(
			warnings,
			"nobody was seen at a real MX in this time, the last one at %s: was it out of reach?",
			when);
	else if (r->population->now - last > QUIET_MS)
		add_text(
			warnings,
			"nobody was seen at a real MX since %s: was it out of reach?",
			when);
}

json_t *report_warnings(const struct report *r)
{
	json_t *warnings = json_array();
	char when[WHEN_TEXT_SIZE];

	warn_arrivals(r, warnings);
	if (r->tally->displaced || r->tally->unrecorded)
		add_text(
			warnings,
			"the ledger is not complete: in floods, or because it was full, %llu senders who came once were forgotten, and %llu SYNs of new ones not recorded (set ledger-size makes room)",
			r->tally->displaced, r->tally->unrecorded);
	if (r->tally->suppressed)
		add_text(
			warnings,
			"%llu events were left out of what the command events told: what was made of that has gaps, which the ledger has not",
			r->tally->suppressed);
	if (r->policy->settings.shadow)
		add_text(
			warnings,
			"shadow mode: nobody is turned away; who is called lost here would have been");
	if (r->since && r->began > r->since) {
		when_format(r->began, when);
		add_text(warnings,
			 "the ledger begins at %s, later than asked for", when);
	}
	if (r->unanswered)
		add_text(warnings,
			 "the DNS had no answer in time about %zu senders",
			 r->unanswered);
	if (r->unasked)
		add_text(
			warnings,
			"%zu senders were not looked up in the DNS: they are too many",
			r->unasked);
	return warnings;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The lost-mail report: a document, and what is made of it. */
#ifndef REPORT_H
#define REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "counters.h"
#include "evidence.h"
#include "population.h"

/* What a report is made of. */
struct report {
	const struct population *population;
	const struct names *names; /* of each sender; or NULL: not asked */
	const struct policy *policy;
	const struct tally *tally; /* of all interfaces */
	__s64 since;		   /* only who was seen since; 0: all */
	__s64 began;	   /* when the ledger did: the first load, or 0 */
	size_t hosts;	   /* whose ledgers it is made of */
	size_t logs;	   /* that were read */
	size_t unasked;	   /* who were too many for the DNS to be asked about */
	size_t unanswered; /* whom it was asked about in vain */
};

/*
 * The document, see README; the caller owns it. NULL is out of memory:
 *
 *	generated, since, hosts, logs, senders
 *	classes: [{class, senders, share}]
 *	retry: {senders, median_seconds, p90_seconds, p99_seconds,
 *		histogram: [{up_to_seconds (null: more), senders}]}
 *	lost, at_risk: [{sender, name, dnswl, evidence: [{kind, text}], weight,
 *		turned_away_since, last_seen, attempts, allow}], the most
 *		weight first; lost are past the grace time, at_risk within it
 *	probable_spamware: {lost, waiting}
 *	warnings: why it is not to be trusted
 */
json_t *report_document(const struct report *report);

/* Its warnings: why it is not to be trusted. An array of texts. */
json_t *report_warnings(const struct report *report);

/* As text for people, 80 columns wide. */
void report_text(FILE *to, const json_t *document);

/* As a page for a browser, whole: it loads nothing, and runs nothing. */
void report_html(FILE *to, const json_t *document);

/* What a class of senders is, in words; "" where there is no such class. */
const char *class_help(const char *name);

/* A sender who was turned away, and what speaks for a mail server. */
struct suspect {
	size_t index; /* in the population */
	unsigned int evidence;
	unsigned int weight;
	__u32 attempts;
};

/*
 * All who are waiting or lost, of the report's period; whoever is nearest to
 * being taken for a mail server comes first. The caller frees them; NULL is out
 * of memory.
 */
struct suspect *report_suspects(const struct report *report, size_t *count);

#endif

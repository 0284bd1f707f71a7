/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The grammar. A configuration file is a list of statements, a command line is
 * one: both come through statement_parse().
 */
#ifndef STATEMENT_H
#define STATEMENT_H

#include <stdio.h>

#include "addr.h"

/*
 * X(ENUM, key, kind, least and largest value, help). A SWITCH reads on and off,
 * a SPAN a time and its unit.
 */
#define SETTINGS(X)                                                                \
	X(SHADOW, "shadow", SWITCH, 0, 1,                                          \
	  "decide and count, but pass everything")                                 \
	X(RATE_LIMIT, "rate-limit", NUMBER, 0, FMX_MAX_RATE_LIMIT,                 \
	  "answers a second to one sender (IPv6: to one /64); 0: any number")      \
	X(RATE_LIMIT_TOTAL, "rate-limit-total", NUMBER, 0, FMX_MAX_RATE_LIMIT,     \
	  "answers a second to all senders together; 0: any number")               \
	X(LEDGER_SIZE, "ledger-size", NUMBER, FMX_LEDGER_MIN, FMX_LEDGER_MAX,      \
	  "senders that are remembered, at 64 bytes each; 262144 if not said")     \
	X(LEDGER_MAX_AGE, "ledger-max-age", SPAN, 1, FMX_MAX_SPAN,                 \
	  "a sender is forgotten so long after he was last seen; 30d if not said") \
	X(GRACE_TIME, "grace-time", SPAN, 1, FMX_MAX_SPAN,                         \
	  "a sender who was turned away has so long to come to a real MX, before his mail is taken for lost; 24h if not said")

enum setting {
#define X(id, key, kind, min, max, help) SETTING_##id,
	SETTINGS(X)
#undef X
		SETTING_COUNT,
};

#define SOURCE_FILE "file:"
#define SOURCE_SPF "spf:"

/* What a file is called by a domain has to fit into 255 bytes. */
#define SOURCE_DOMAIN_MAX 240

enum statement_kind {
	STATEMENT_DECOY,
	STATEMENT_REAL,
	STATEMENT_ALLOW,
	STATEMENT_SET,
	STATEMENT_POOL, /* the senders of a large provider, not allowed */
};

struct statement {
	enum statement_kind kind;
	/* ALLOW: "file:PATH", "spf:DOMAIN"; or "": the prefix is allowed. POOL:
	 * "spf:DOMAIN" */
	char source[FMX_SOURCE_SIZE];
	struct prefix prefix;	/* not of SET and POOL; whole but for ALLOW */
	enum fmx_role role;	/* DECOY and REAL */
	enum fmx_answer answer; /* DECOY */
	enum setting setting;	/* SET */
	__u32 value;		/* SET; 0 is every setting's default */
	char comment[FMX_COMMENT_SIZE]; /* ALLOW; "" is none */
	__s64 until;			/* ALLOW: ms since the epoch, or 0 */
	bool is_span;		  /* that was said as a span from now on */
	struct fmx_origin origin; /* its file by its number in the policy */
	int word;		  /* the last that was read */
};

/*
 * Reads one statement from `count` words. With `force`, also one that would
 * allow every sender there is. Returns 0, or -EINVAL with the fault named:
 * out->word is then the one that is wrong, or behind which one is missing.
 */
int statement_parse(char *const words[], int count, bool force,
		    struct statement *out, struct fault *fault);

/*
 * Splits a line into words, in place: at white space, up to a '#'. A word in
 * double quotes may hold both; \" and \\ stand for themselves in it. Returns
 * the number of words (at most `max`), or -EINVAL with the fault named, and
 * words[0] where it is.
 */
int statement_split(char *line, char *words[], int max, struct fault *fault);

/* The statement as the parser reads it, without a line end. */
void statement_format(const struct statement *statement, FILE *out);

/* The same, allocated; NULL: no memory. */
char *statement_text(const struct statement *statement);

/* "first", "last" or "real". */
const char *role_name(enum fmx_role role);

/* "reset" or "verify". */
const char *answer_name(enum fmx_answer answer);

/* Whether its end has come. */
bool statement_is_over(const struct statement *s);

const char *statement_kind_name(enum statement_kind kind);
const char *setting_key(enum setting setting);

#endif

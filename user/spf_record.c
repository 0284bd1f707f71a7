// SPDX-License-Identifier: GPL-2.0-only
#include "spf_record.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "text.h"

#define VERSION_TAG "v=spf1"

/* What may stand behind the name of a mechanism. */
enum arguments {
	TAKES_NOTHING,
	TAKES_DOMAIN, /* and needs it */
	MAY_TAKE_DOMAIN,
	TAKES_HOSTS, /* a domain and lengths of prefixes, if they are said */
	TAKES_NETWORK,
};

static const struct {
	const char *name;
	enum arguments arguments;
} mechanisms[] = {
	[SPF_ALL] = { "all", TAKES_NOTHING },
	[SPF_INCLUDE] = { "include", TAKES_DOMAIN },
	[SPF_A] = { "a", TAKES_HOSTS },
	[SPF_MX] = { "mx", TAKES_HOSTS },
	[SPF_PTR] = { "ptr", MAY_TAKE_DOMAIN },
	[SPF_IP4] = { "ip4", TAKES_NETWORK },
	[SPF_IP6] = { "ip6", TAKES_NETWORK },
	[SPF_EXISTS] = { "exists", TAKES_DOMAIN },
};

#define MECHANISMS (sizeof(mechanisms) / sizeof(*mechanisms))

/* A record that is being read. */
struct reading {
	struct spf_record *record;
	struct spf_term redirect; /* `text` NULL: there is none */
	bool has_exp;
	bool has_all;
	const char *term; /* that is being read */
	struct fault *fault;
};

static int wrong(const struct reading *r, const char *what)
{
	return fault_set(r->fault, "%s: %s", r->term, what);
}

static bool name_is(const struct text *name, const char *word)
{
	return text_length(name) == strlen(word) &&
	       !strncasecmp(name->at, word, strlen(word));
}

/* "%{d2r.}", "%%", "%_" or "%-" (RFC 7208 7.1); c, r and t are for exp alone.
 */
static bool skip_macro(struct text *t)
{
	static const char letters[] = "slodiphvSLODIPHV";

	if (text_skip(t, "%%") || text_skip(t, "%_") || text_skip(t, "%-"))
		return true;
	if (!text_skip(t, "%{") || t->at == t->end || !strchr(letters, *t->at))
		return false;
	t->at++;
	while (t->at < t->end && isdigit((unsigned char)*t->at))
		t->at++;
	if (t->at < t->end && (*t->at == 'r' || *t->at == 'R'))
		t->at++;
	while (t->at < t->end && strchr(".-+,/_=", *t->at))
		t->at++;
	return text_skip(t, "}");
}

/* Steps over a macro-string up to its end, or a slash that is in no macro. */
static int skip_macro_string(const struct reading *r, struct text *t,
			     bool *has_macro, struct text *tail)
{
	*tail = *t;
	while (t->at < t->end && *t->at != '/') {
		if (*t->at != '%') {
			t->at++;
			continue;
		}
		if (!skip_macro(t))
			return wrong(r, "a % that begins no macro");
		*has_macro = true;
		tail->at = t->at;
	}
	tail->end = t->at;
	return 0;
}

/* The last label has a letter or a hyphen in it, but not at its ends. */
static bool is_top_label(const char *label, size_t length)
{
	size_t i, digits = 0;

	if (!length || label[0] == '-' || label[length - 1] == '-')
		return false;
	for (i = 0; i < length; i++) {
		if (!isalnum((unsigned char)label[i]) && label[i] != '-')
			return false;
		digits += isdigit((unsigned char)label[i]) != 0;
	}
	return digits < length;
}

/* Behind its last dot, but for one that ends it. */
static bool ends_in_top_label(const struct text *t)
{
	const char *end = t->end, *label;

	if (end > t->at && end[-1] == '.')
		end--;
	label = end;
	while (label > t->at && label[-1] != '.')
		label--;
	return label > t->at && is_top_label(label, end - label);
}

static bool copy_domain(const struct text *t, char domain[DNS_NAME_SIZE])
{
	size_t length = text_length(t), i;

	if (length && t->at[length - 1] == '.')
		length--;
	if (length >= DNS_NAME_SIZE || !ends_in_top_label(t))
		return false;
	for (i = 0; i < length; i++)
		domain[i] = tolower((unsigned char)t->at[i]);
	domain[length] = '\0';
	return is_host_name(domain);
}

bool spf_domain(const char *word, char domain[DNS_NAME_SIZE])
{
	const struct text t = { word, word + strlen(word) };

	return copy_domain(&t, domain);
}

/* A domain-spec: up to the end, or to what says how long prefixes are. */
static int read_domain(const struct reading *r, struct text *t,
		       struct spf_term *term)
{
	struct text whole = *t, tail;
	int err = skip_macro_string(r, t, &term->has_macro, &tail);

	whole.end = t->at;
	if (err)
		return err;
	if (!text_length(&whole))
		return wrong(r, "which domain?");
	/* What a macro stands for is not known here. */
	if (term->has_macro)
		return !text_length(&tail) || ends_in_top_label(&tail)
			       ? 0
			       : wrong(r, "no domain name");
	return copy_domain(&whole, term->domain) ? 0
						 : wrong(r, "no domain name");
}

/* A length behind its slash, without a zero in front. */
static int read_length(const struct reading *r, struct text *t,
		       unsigned int max, __u8 *len)
{
	unsigned int value = 0, digits = 0;

	while (t->at < t->end && isdigit((unsigned char)*t->at) && digits < 4) {
		if (digits && !value)
			digits = 4;
		value = value * 10 + (*t->at++ - '0');
		digits++;
	}
	if (!digits || digits > 3 || value > max)
		return wrong(r, "no prefix has this length");
	*len = value;
	return 0;
}

/* "/24", "//64" or "/24//64". */
static int read_lengths(const struct reading *r, struct text *t,
			struct spf_term *term)
{
	int err = 0;

	if (text_length(t) > 1 && t->at[1] != '/' && text_skip(t, "/"))
		err = read_length(r, t, 32, &term->len[FMX_IPV4]);
	if (!err && text_skip(t, "//"))
		err = read_length(r, t, 128, &term->len[FMX_IPV6]);
	return err;
}

/* Host bits may be set: they do not count. */
static int read_network(const struct reading *r, struct text *t,
			struct spf_term *term)
{
	bool ipv4 = term->what == SPF_IP4;
	struct prefix *p = &term->prefix;
	const char *end = memchr(t->at, '/', text_length(t));
	char addr[INET6_ADDRSTRLEN] = "";
	int err = 0;

	if (!end)
		end = t->end;
	if ((size_t)(end - t->at) < sizeof(addr))
		memcpy(addr, t->at, end - t->at);
	if (inet_pton(ipv4 ? AF_INET : AF_INET6, addr, p->addr) != 1)
		return wrong(r, ipv4 ? "no IPv4 address" : "no IPv6 address");
	p->family = ipv4 ? FMX_IPV4 : FMX_IPV6;
	p->len = addr_bits(p);
	t->at = end;
	if (text_skip(t, "/"))
		err = read_length(r, t, addr_bits(p), &p->len);
	prefix_clear_host_bits(p);
	return err;
}

static int read_arguments(const struct reading *r, struct text *t,
			  struct spf_term *term)
{
	enum arguments takes = mechanisms[term->what].arguments;
	bool colon = takes != TAKES_NOTHING && text_skip(t, ":");
	int err = 0;

	if (takes == TAKES_NETWORK)
		err = colon ? read_network(r, t, term)
			    : wrong(r, "which address?");
	else if (colon)
		err = read_domain(r, t, term);
	else if (takes == TAKES_DOMAIN)
		err = wrong(r, "which domain?");
	if (!err && takes == TAKES_HOSTS)
		err = read_lengths(r, t, term);
	if (!err && text_length(t))
		err = wrong(r, "more behind it than may be there");
	return err;
}

static int read_mechanism(struct reading *r, const struct text *name,
			  struct text *t, bool passes)
{
	struct spf_term *term = &r->record->terms[r->record->count];
	unsigned int what = 0;
	int err;

	while (what < MECHANISMS && !name_is(name, mechanisms[what].name))
		what++;
	if (what == MECHANISMS)
		return wrong(r, "no such mechanism");
	*term = (struct spf_term){
		.what = what,
		.passes = passes,
		.len = { [FMX_IPV4] = 32, [FMX_IPV6] = 128 },
		.text = r->term,
	};
	err = read_arguments(r, t, term);
	/* What is behind "all" is read, and never looked at (RFC 7208 5.1). */
	if (!err && !r->has_all)
		r->record->count++;
	r->has_all |= what == SPF_ALL;
	return err;
}

/* Those that are not known do not matter (RFC 7208 6). */
static int read_modifier(struct reading *r, const struct text *name,
			 struct text *t)
{
	bool redirect = name_is(name, "redirect"), exp = name_is(name, "exp");
	struct spf_term term = { .what = SPF_REDIRECT,
				 .passes = true,
				 .text = r->term };
	struct text tail;
	int err = 0;

	if ((redirect && r->redirect.text) || (exp && r->has_exp))
		return wrong(r, "is there twice");
	if (redirect || exp) {
		err = read_domain(r, t, &term);
		if (!err && text_length(t))
			err = wrong(r, "no domain name");
	} else {
		while (!err && t->at < t->end) {
			err = skip_macro_string(r, t, &term.has_macro, &tail);
			text_skip(t, "/");
		}
	}
	if (redirect)
		r->redirect = term;
	r->has_exp |= exp;
	return err;
}

static int read_term(struct reading *r, const char *term)
{
	struct text t = { term, term + strlen(term) }, name;
	bool qualified = strchr("+-~?", *term);
	int err;

	r->term = term;
	t.at += qualified;
	name.at = t.at;
	if (t.at < t.end && isalpha((unsigned char)*t.at))
		while (t.at < t.end &&
		       (isalnum((unsigned char)*t.at) || strchr("-_.", *t.at)))
			t.at++;
	name.end = t.at;
	if (!text_length(&name))
		return wrong(r, "no mechanism");
	if (!text_skip(&t, "="))
		return read_mechanism(r, &name, &t, !qualified || *term == '+');
	err = qualified ? wrong(r, "a modifier has no qualifier") : 0;
	return err ? err : read_modifier(r, &name, &t);
}

bool spf_record_is(const char *text, size_t length)
{
	size_t tag = strlen(VERSION_TAG);

	return length >= tag && !strncasecmp(text, VERSION_TAG, tag) &&
	       (length == tag || text[tag] == ' ');
}

static bool is_printable(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return true;
}

int spf_record_parse(const char *text, size_t length, struct spf_record *out,
		     struct fault *fault)
{
	struct reading r = { .record = out, .fault = fault };
	char *save = NULL, *term;
	int err = 0;

	*out = (struct spf_record){ 0 };
	if (!is_printable(text, length))
		return fault_set(fault, "a byte that is no printable ASCII");
	out->text = strndup(text, length);
	/* A term has two bytes at least, with the space in front of it. */
	out->terms = calloc(length / 2 + 2, sizeof(*out->terms));
	if (!out->text || !out->terms)
		err = -ENOMEM;
	else
		strtok_r(out->text, " ", &save); /* the version */
	while (!err && (term = strtok_r(NULL, " ", &save)))
		err = read_term(&r, term);
	if (!err && r.redirect.text && !r.has_all)
		out->terms[out->count++] = r.redirect;
	if (err)
		spf_record_free(out);
	return err;
}

void spf_record_free(struct spf_record *record)
{
	free(record->terms);
	free(record->text);
	*record = (struct spf_record){ 0 };
}

// SPDX-License-Identifier: GPL-2.0-only
/* A domain's MX set-up, as a sending server sees it. */
#include "cmd.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lint_gather.h"
#include "lint_know.h"
#include "lint_probe.h"
#include "out.h"
#include "privileges.h"

static const char *const sources[] = {
	[LINT_BY_POSITION] = "position",
	[LINT_BY_POLICY] = "policy",
	[LINT_BY_FILE] = "file",
};

static const char *const roles[] = {
	[LINT_REAL] = "real",
	[LINT_DECOY] = "decoy",
	[LINT_UNKNOWN] = "unknown",
};

/* The policies to go by. */
struct known {
	const char *path; /* of `file`, or NULL: there is none */
	struct policy file;
	struct policy running;
	bool loaded;
};

/* What it would allow does not matter here. */
static int read_file(const char *path, struct known *known)
{
	struct fault fault = { "" };

	known->path = path;
	if (!policy_read_file(path, true, &known->file, &fault))
		return 0;
	say("%s", fault.text);
	return -EUSAGE;
}

/* Whoever may not look at it can still look at the DNS. */
static int read_running(struct known *known)
{
	struct kern k;
	int err = kern_open(&k, KERN_READ);

	if (err == -EPERM)
		say("lint: goes on without the running policy");
	if (err == -EPERM || err == -ENOENT)
		return 0;
	if (err)
		return err;
	err = policy_read_running(&k, &known->running);
	kern_close(&k);
	known->loaded = !err;
	return err;
}

static int parse_domain(const char *word, char domain[DNS_NAME_SIZE])
{
	size_t length = strlen(word);

	if (length && word[length - 1] == '.')
		length--;
	if (length < DNS_NAME_SIZE) {
		memcpy(domain, word, length);
		domain[length] = '\0';
		if (is_host_name(domain))
			return 0;
	}
	say("lint: %s: not a domain name%s", word,
	    strpbrk(word, "@/:") ? "" : "; write umlauts as xn--...");
	return -EUSAGE;
}

static json_t *mx_value(const struct lint_mx *mx)
{
	json_t *addresses = json_array();
	char text[PREFIX_TEXT_SIZE];
	size_t i;

	for (i = 0; i < mx->count; i++) {
		prefix_format(&mx->addrs[i].addr, text);
		json_array_append_new(addresses, json_string(text));
	}
	return json_pack("{s:i, s:s, s:s, s:o}", "preference", mx->preference,
			 "mx", mx->name, "is", roles[mx->role], "addresses",
			 addresses);
}

static json_t *document_of(const struct lint *l, const struct known *known,
			   size_t counts[LINT_SEVERITY_COUNT])
{
	json_t *findings = lint_findings(l, counts), *mx = json_array();
	size_t i;

	for (i = 0; i < l->count; i++)
		json_array_append_new(mx, mx_value(&l->mx[i]));
	return json_pack("{s:s, s:s, s:s?, s:o, s:o, s:I, s:I, s:I}", "domain",
			 l->domain, "decoys_by", sources[l->source], "file",
			 l->source == LINT_BY_FILE ? known->path : NULL, "mx",
			 mx, "findings", findings, "errors",
			 (json_int_t)counts[LINT_ERROR], "warnings",
			 (json_int_t)counts[LINT_WARNING], "notes",
			 (json_int_t)counts[LINT_NOTE]);
}

static const char *member(const json_t *document, const char *name)
{
	return json_string_value(json_object_get(document, name));
}

static long long number(const json_t *document, const char *name)
{
	return json_integer_value(json_object_get(document, name));
}

static void print_source(FILE *to, const json_t *document)
{
	const char *by = member(document, "decoys_by");
	const char *file = member(document, "file");

	fprintf(to, "%s: ", member(document, "domain"));
	if (!strcmp(by, sources[LINT_BY_POLICY]))
		fputs("decoys are those of the running policy\n", to);
	else if (file)
		fprintf(to, "decoys are those of %s\n", file);
	else
		fputs("nothing says which MX are decoys (no policy is loaded, and there is no\n"
		      "configuration): the lowest is taken for one, and of three or more the highest\n",
		      to);
}

static void print_mx(FILE *to, const json_t *mx)
{
	const json_t *addresses = json_object_get(mx, "addresses"), *addr;
	size_t i;

	fprintf(to, "  %5lld  %-7s  %s ", number(mx, "preference"),
		member(mx, "is"), member(mx, "mx"));
	json_array_foreach(addresses, i, addr)
		fprintf(to, " %s", json_string_value(addr));
	fputc('\n', to);
}

/* What there is to say of a rule comes once, behind all that it found. */
static void print_finding(FILE *to, const json_t *finding, const json_t *next)
{
	const char *rule = member(finding, "rule");

	fprintf(to, "%s: %s\n", member(finding, "severity"),
		member(finding, "seen"));
	if (!next || strcmp(member(next, "rule"), rule))
		fprintf(to, "  why: %s\n  do:  %s\n  %s: %s\n\n",
			member(finding, "why"), member(finding, "remedy"), rule,
			member(finding, "see"));
}

static void print_lint(FILE *to, const json_t *document)
{
	const json_t *findings = json_object_get(document, "findings"), *f;
	const json_t *all = json_object_get(document, "mx"), *mx;
	size_t i;

	print_source(to, document);
	json_array_foreach(all, i, mx)
		print_mx(to, mx);
	fputc('\n', to);
	json_array_foreach(findings, i, f)
		print_finding(to, f, json_array_get(findings, i + 1));
	fprintf(to, "errors: %lld, warnings: %lld, notes: %lld\n",
		number(document, "errors"), number(document, "warnings"),
		number(document, "notes"));
}

static int lint(const struct call *call, const char *domain,
		const struct known *known)
{
	const struct policy *running = known->loaded ? &known->running : NULL;
	size_t counts[LINT_SEVERITY_COUNT];
	struct lint l = { .count = 0 };
	struct fault fault = { "" };
	int err;

	err = lint_gather(&l, domain, call->resolver, &fault);
	if (err)
		say("lint: %s", *fault.text ? fault.text : strerror(-err));
	if (err == -EINVAL)
		err = -EUSAGE;
	if (!err) {
		lint_know(&l, known->path ? &known->file : running, running);
		if (call->probe)
			err = lint_probe(&l);
	}
	if (!err)
		err = out_print(document_of(&l, known, counts), call->json,
				print_lint);
	if (!err && counts[LINT_ERROR])
		err = -EBADMSG; /* all is said */
	lint_free(&l);
	return err;
}

int cmd_lint(const struct call *call)
{
	struct known known = { .path = NULL };
	char domain[DNS_NAME_SIZE];
	int err;

	err = want_words(call, 1, "which domain?");
	if (!err)
		err = parse_domain(call->argv[1], domain);
	if (!err && call->config)
		err = read_file(call->config, &known);
	if (!err)
		err = read_running(&known);
	/* What load would take. */
	if (!err && !call->config && !known.loaded &&
	    !access(DEFAULT_CONFIG, F_OK))
		err = read_file(DEFAULT_CONFIG, &known);
	/* What follows asks strangers, and has a program of its own do so. */
	if (!err && !call->probe)
		err = privileges_keep(0);
	if (!err)
		err = lint(call, domain, &known);
	policy_clear(&known.file);
	policy_clear(&known.running);
	return err;
}

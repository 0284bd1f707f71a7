// SPDX-License-Identifier: GPL-2.0-only
#include "statement.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "spf_record.h"
#include "when.h"

/* The words that have not been read yet. */
struct words {
	char *const *next;
	int left;
};

enum setting_kind {
	KIND_SWITCH,
	KIND_NUMBER,
	KIND_SPAN,
};

struct setting_def {
	const char *key;
	enum setting_kind kind;
	unsigned int min;
	unsigned int max;
};

static const struct setting_def settings[] = {
#define X(id, key, kind, min, max, help) \
	[SETTING_##id] = { key, KIND_##kind, min, max },
	SETTINGS(X)
#undef X
};

static const char *const kind_names[] = {
	[STATEMENT_DECOY] = "decoy", [STATEMENT_REAL] = "real",
	[STATEMENT_ALLOW] = "allow", [STATEMENT_SET] = "set",
	[STATEMENT_POOL] = "pool",
};

static const char *const role_names[] = {
	[FMX_ROLE_FIRST] = "first",
	[FMX_ROLE_LAST] = "last",
	[FMX_ROLE_REAL] = "real",
};

static const char *const answer_names[] = {
	[FMX_ANSWER_RESET] = "reset",
	[FMX_ANSWER_VERIFY] = "verify",
};

const char *answer_name(enum fmx_answer answer)
{
	return answer_names[answer];
}

const char *role_name(enum fmx_role role)
{
	return role_names[role];
}

bool statement_is_over(const struct statement *s)
{
	return s->until && s->until <= when_now();
}

const char *statement_kind_name(enum statement_kind kind)
{
	return kind_names[kind];
}

const char *setting_key(enum setting setting)
{
	return settings[setting].key;
}

static const char *take(struct words *words)
{
	if (!words->left)
		return NULL;
	words->left--;
	return *words->next++;
}

static bool take_keyword(struct words *words, const char *keyword)
{
	if (!words->left || strcmp(*words->next, keyword))
		return false;
	take(words);
	return true;
}

static int parse_target(struct words *words, struct statement *s,
			struct fault *fault)
{
	const char *word = take(words);
	int err;

	if (!word)
		return fault_set(fault, "%s: which address?",
				 kind_names[s->kind]);
	err = addr_parse(word, &s->prefix, fault);
	if (err)
		return err;
	if (!addr_is_unicast(&s->prefix))
		return fault_set(fault, "%s: no host can have this address",
				 word);
	return 0;
}

/* The next word, where it is there: 0 or 1, the one of two names that it is. */
static int take_choice(struct words *words, const char *keyword,
		       const char *const names[2], struct fault *fault)
{
	const char *word = take(words);
	int i;

	if (!word)
		return fault_set(fault, "%s: %s or %s?", keyword, names[0],
				 names[1]);
	for (i = 0; i < 2; i++)
		if (!strcmp(word, names[i]))
			return i;
	return fault_set(fault, "%s: %s: must be %s or %s", keyword, word,
			 names[0], names[1]);
}

/* Some servers try no other MX once one has taken the connection. */
static int parse_decoy(struct words *words, struct statement *s,
		       struct fault *fault)
{
	int err = parse_target(words, s, fault), role = 0, answer = 0;

	if (!err && take_keyword(words, "role"))
		role = take_choice(words, "role", role_names, fault);
	if (!err && role >= 0 && take_keyword(words, "answer"))
		answer = take_choice(words, "answer", answer_names, fault);
	if (err || role < 0 || answer < 0)
		return -EINVAL;
	s->role = role;
	s->answer = answer;
	if (s->answer == FMX_ANSWER_VERIFY && s->role != FMX_ROLE_LAST)
		return fault_set(
			fault,
			"answer: verify: needs role last: mail would be lost of servers that try no other MX once they are connected");
	return 0;
}

static int parse_real(struct words *words, struct statement *s,
		      struct fault *fault)
{
	s->role = FMX_ROLE_REAL;
	return parse_target(words, s, fault);
}

static int parse_comment(struct words *words, struct statement *s,
			 struct fault *fault)
{
	const char *text = take(words), *c;

	if (!text)
		return fault_set(fault, "comment: which text?");
	if (strlen(text) >= sizeof(s->comment))
		return fault_set(fault, "comment: longer than %zu bytes",
				 sizeof(s->comment) - 1);
	for (c = text; *c; c++)
		if (iscntrl((unsigned char)*c))
			return fault_set(fault,
					 "comment: control character in it");
	if (!is_utf8(text))
		return fault_set(fault, "comment: not UTF-8");
	strcpy(s->comment, text);
	return 0;
}

/* "for" is a time from now on: whoever reads it again must not prolong it. */
static int parse_end(struct words *words, struct statement *s,
		     struct fault *fault)
{
	struct fault why = { "" };
	const char *word;
	__u32 seconds;

	if (take_keyword(words, "for")) {
		word = take(words);
		if (!word)
			return fault_set(fault, "for: how long?");
		if (span_parse(word, FMX_MAX_SPAN, &seconds, &why))
			return fault_set(fault, "for: %s", why.text);
		s->is_span = true;
		s->until = when_now() + seconds * 1000LL;
		/* As it is written: in whole seconds. */
		s->until -= s->until % 1000;
	} else if (take_keyword(words, "until")) {
		word = take(words);
		if (!word)
			return fault_set(fault, "until: when?");
		if (when_parse(word, &s->until, &why))
			return fault_set(fault, "until: %s", why.text);
		if (s->until <= 0)
			return fault_set(fault, "until: %s: too long ago",
					 word);
	}
	return 0;
}

/* What is read again at any time, from wherever. */
static int parse_file(const char *word, struct statement *s,
		      struct fault *fault)
{
	const char *path = word + strlen(SOURCE_FILE);

	if (*path != '/')
		return fault_set(fault, "%s: must be an absolute path", word);
	if (strlen(word) >= sizeof(s->source))
		return fault_set(fault, "%s: longer than %zu bytes", word,
				 sizeof(s->source) - 1);
	if (!is_utf8(word) || strpbrk(word, " \t\"#"))
		return fault_set(fault,
				 "%s: white space, a quote or a # in the name",
				 word);
	strcpy(s->source, word);
	return 0;
}

static int parse_spf(const char *word, struct statement *s, struct fault *fault)
{
	char domain[DNS_NAME_SIZE];

	if (!spf_domain(word + strlen(SOURCE_SPF), domain))
		return fault_set(fault, "%s: not a domain name", word);
	if (strlen(domain) > SOURCE_DOMAIN_MAX)
		return fault_set(fault, "%s: longer than %d bytes", word,
				 SOURCE_DOMAIN_MAX);
	snprintf(s->source, sizeof(s->source), SOURCE_SPF "%s", domain);
	return 0;
}

static int parse_allow(struct words *words, struct statement *s, bool force,
		       struct fault *fault)
{
	const char *word = take(words);
	int err;

	if (!word)
		return fault_set(fault, "allow: which address or prefix?");
	if (!strncmp(word, SOURCE_FILE, strlen(SOURCE_FILE)))
		return parse_file(word, s, fault);
	if (!strncmp(word, SOURCE_SPF, strlen(SOURCE_SPF)))
		return parse_spf(word, s, fault);
	err = prefix_parse(word, &s->prefix, fault);
	if (err)
		return err;
	if (!s->prefix.len && !force)
		return fault_set(
			fault,
			"%s: would allow every sender, and leave no decoy; --force does it",
			word);
	err = parse_end(words, s, fault);
	if (!err && take_keyword(words, "comment"))
		err = parse_comment(words, s, fault);
	return err;
}

static int parse_pool(struct words *words, struct statement *s,
		      struct fault *fault)
{
	const char *word = take(words);

	if (!word)
		return fault_set(fault, "pool: whose? spf:DOMAIN");
	if (strncmp(word, SOURCE_SPF, strlen(SOURCE_SPF)))
		return fault_set(fault, "%s: must be spf:DOMAIN", word);
	return parse_spf(word, s, fault);
}

static int parse_number(const char *word, const struct setting_def *def,
			__u32 *value, struct fault *fault)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(word, &end, 10);
	if (!isdigit((unsigned char)*word) || *end || errno ||
	    number < def->min || number > def->max)
		return fault_set(fault,
				 "%s: %s: must be a number from %u to %u",
				 def->key, word, def->min, def->max);
	*value = number;
	return 0;
}

static int parse_switch(const char *word, const struct setting_def *def,
			__u32 *value, struct fault *fault)
{
	*value = !strcmp(word, "on");
	if (*value || !strcmp(word, "off"))
		return 0;
	return fault_set(fault, "%s: %s: must be on or off", def->key, word);
}

static int parse_span(const char *word, const struct setting_def *def,
		      __u32 *value, struct fault *fault)
{
	struct fault why = { "" };

	if (!span_parse(word, def->max, value, &why))
		return 0;
	return fault_set(fault, "%s: %s", def->key, why.text);
}

static int parse_value(const char *word, const struct setting_def *def,
		       __u32 *value, struct fault *fault)
{
	switch (def->kind) {
	case KIND_SWITCH:
		return parse_switch(word, def, value, fault);
	case KIND_SPAN:
		return parse_span(word, def, value, fault);
	default:
		return parse_number(word, def, value, fault);
	}
}

static int parse_set(struct words *words, struct statement *s,
		     struct fault *fault)
{
	const char *key = take(words), *value = take(words);
	unsigned int i;

	for (i = 0; key && i < SETTING_COUNT; i++) {
		if (strcmp(key, settings[i].key))
			continue;
		s->setting = i;
		if (!value)
			return fault_set(fault, "set %s: to what?", key);
		return parse_value(value, &settings[i], &s->value, fault);
	}
	if (!key)
		return fault_set(fault, "set: which setting?");
	return fault_set(fault, "set: %s: no such setting", key);
}

static int parse_kind(const char *word, enum statement_kind *kind,
		      struct fault *fault)
{
	unsigned int i;

	for (i = 0; i < sizeof(kind_names) / sizeof(*kind_names); i++) {
		if (!strcmp(word, kind_names[i])) {
			*kind = i;
			return 0;
		}
	}
	return fault_set(fault, "%s: no such statement", word);
}

static int parse(struct words *rest, bool force, struct statement *out,
		 struct fault *fault)
{
	const char *word = take(rest);
	int err;

	if (!word)
		return fault_set(fault, "no statement");
	err = parse_kind(word, &out->kind, fault);
	if (err)
		return err;
	switch (out->kind) {
	case STATEMENT_DECOY:
		err = parse_decoy(rest, out, fault);
		break;
	case STATEMENT_REAL:
		err = parse_real(rest, out, fault);
		break;
	case STATEMENT_ALLOW:
		err = parse_allow(rest, out, force, fault);
		break;
	case STATEMENT_SET:
		err = parse_set(rest, out, fault);
		break;
	case STATEMENT_POOL:
		err = parse_pool(rest, out, fault);
		break;
	}
	if (err)
		return err;
	word = take(rest);
	if (word)
		return fault_set(fault, "%s: not expected here", word);
	return 0;
}

int statement_parse(char *const words[], int count, bool force,
		    struct statement *out, struct fault *fault)
{
	struct words rest = { words, count };
	int err;

	memset(out, 0, sizeof(*out));
	err = parse(&rest, force, out, fault);
	out->word = rest.next > words ? rest.next - words - 1 : 0;
	return err;
}

static void format_comment(const char *comment, FILE *out)
{
	const char *c;

	fputs(" comment \"", out);
	for (c = comment; *c; c++) {
		if (*c == '"' || *c == '\\')
			fputc('\\', out);
		fputc(*c, out);
	}
	fputc('"', out);
}

static void format_value(const struct statement *s, FILE *out)
{
	char span[SPAN_TEXT_SIZE];

	switch (settings[s->setting].kind) {
	case KIND_SWITCH:
		fputs(s->value ? "on" : "off", out);
		break;
	case KIND_SPAN:
		span_format(s->value, span);
		fputs(span, out);
		break;
	default:
		fprintf(out, "%u", s->value);
	}
}

void statement_format(const struct statement *s, FILE *out)
{
	char prefix[PREFIX_TEXT_SIZE], when[WHEN_TEXT_SIZE];

	fprintf(out, "%s ", kind_names[s->kind]);
	if (s->kind == STATEMENT_SET) {
		fprintf(out, "%s ", settings[s->setting].key);
		format_value(s, out);
		return;
	}
	if (*s->source) {
		fputs(s->source, out);
		return;
	}
	prefix_format(&s->prefix, prefix);
	fputs(prefix, out);
	if (s->kind == STATEMENT_DECOY)
		fprintf(out, " role %s", role_names[s->role]);
	if (s->answer != FMX_ANSWER_RESET)
		fprintf(out, " answer %s", answer_names[s->answer]);
	if (s->until) {
		when_format(s->until, when);
		fprintf(out, " until %s", when);
	}
	if (*s->comment)
		format_comment(s->comment, out);
}

char *statement_text(const struct statement *s)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	statement_format(s, to);
	if (!fclose(to))
		return text;
	free(text);
	return NULL;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of lint, of each what triggers it and what does not quite.
 *
 * A set-up is written as MX with ';' between them: "10 first d ADDR...": its
 * preference, name, "d" for a decoy, "r" or "u", and addresses. An address is
 * in the policy and on this host but for "-policy" and "-here" behind it;
 * "=refused" and so on is what became of a probe. Words in between are about
 * the MX, and words before the first preference about the domain: see the
 * tables.
 */
#include "unit.h"

#include "lint.h"

#define FIRST "11.0.0.1 2a0f::1"
#define MAIL "11.0.0.2 2a0f::2"
#define LAST "11.0.0.3 2a0f::3"
/* One with something in front, and a word for each MX. */
#define SET_UP(domain, first, mail, last)                                  \
	domain " 10 first d " FIRST " " first "; 20 mail r " MAIL " " mail \
	       "; 30 last d " LAST " " last

static bool set_word(struct lint_set *set, const char *word)
{
	unsigned int ttl;

	if (!strcmp(word, "failed"))
		set->status = DNS_FAILED;
	else if (!strcmp(word, "late"))
		set->status = DNS_TIMED_OUT;
	else if (!strcmp(word, "bogus"))
		*set = (struct lint_set){ .status = DNS_FAILED, .bogus = true };
	else if (!strcmp(word, "gone"))
		set->status = DNS_NO_NAME;
	else if (!strcmp(word, "there"))
		set->status = DNS_FOUND;
	else if (sscanf(word, "left%u", &ttl) == 1)
		*set = (struct lint_set){ .ttl = ttl, .aged = true };
	else if (sscanf(word, "ttl%u", &ttl) == 1)
		*set = (struct lint_set){ .ttl = ttl };
	else
		return false;
	return true;
}

static void address_word(struct lint_mx *mx, char *word)
{
	static const struct {
		const char *name;
		enum lint_outcome outcome;
	} outcomes[] = { { "refused", LINT_REFUSED },
			 { "connected", LINT_CONNECTED },
			 { "silent", LINT_NO_ANSWER },
			 { "noway", LINT_NO_WAY } };
	char *outcome = strchr(word, '='), *flag;
	bool decoy = mx->role == LINT_DECOY;
	struct lint_addr addr = { .in_policy = decoy,
				  .here = decoy,
				  .decoy = decoy };
	struct fault fault = { "" };
	size_t i;

	if (outcome)
		*outcome++ = '\0';
	for (i = 0; outcome && i < COUNT(outcomes); i++)
		if (!strcmp(outcome, outcomes[i].name))
			addr.outcome = outcomes[i].outcome;
	while ((flag = strrchr(word, '-'))) {
		*flag++ = '\0';
		if (!strcmp(flag, "policy"))
			addr.in_policy = false;
		if (!strcmp(flag, "here"))
			addr.here = false;
		if (!strcmp(flag, "decoy"))
			addr.decoy = true;
	}
	if (addr_parse(word, &addr.addr, &fault))
		fail_msg("%s", fault.text);
	mx->addrs = realloc(mx->addrs, (mx->count + 1) * sizeof(addr));
	mx->addrs[mx->count++] = addr;
	if (mx->literal)
		return;
	if (addr.addr.family == FMX_IPV4)
		mx->a = (struct lint_set){ .ttl = 3600 };
	else
		mx->aaaa = (struct lint_set){ .ttl = 3600 };
}

static void mx_word(struct lint_mx *mx, char *word)
{
	char *value = strchr(word, ':');
	size_t length = value ? (size_t)(value - word) : strlen(word);

	if (!strcmp(word, "d") || !strcmp(word, "r") || !strcmp(word, "u"))
		mx->role = *word == 'd'	  ? LINT_DECOY
			   : *word == 'r' ? LINT_REAL
					  : LINT_UNKNOWN;
	else if (!strcmp(word, "literal"))
		mx->literal = true;
	else if (!strcmp(word, "alias"))
		set_word(&mx->alias, "there");
	else if (value && !strncmp(word, "tlsa", length) && length == 4)
		assert_true(set_word(&mx->tlsa, value + 1));
	else if (value && !strncmp(word, "aaaa", length) && length == 4)
		assert_true(set_word(&mx->aaaa, value + 1));
	else if (value && !strncmp(word, "a", length) && length == 1 &&
		 set_word(&mx->a, value + 1))
		;
	else if (!*mx->name)
		snprintf(mx->name, sizeof(mx->name), "%s", word);
	else
		address_word(mx, word);
}

static void domain_word(struct lint *l, const char *word)
{
	char text[128];

	if (!strncmp(word, "mx:", 3)) {
		assert_true(set_word(&l->mx_set, word + 3));
	} else if (!strcmp(word, "unloaded")) {
		l->loaded = false;
	} else if (!strcmp(word, "position")) {
		l->source = LINT_BY_POSITION;
	} else if (!strcmp(word, "sts:unknown")) {
		l->sts.published = true;
	} else if (!strncmp(word, "sts:", 4)) {
		snprintf(text, sizeof(text),
			 "version: STSv1\nmode: %s\nmx: mail\nmx: first\n%s",
			 strcmp(word, "sts:none") ? "enforce" : "none",
			 strcmp(word, "sts:all") ? "" : "mx: last\n");
		l->sts.published = l->sts.is_known = true;
		assert_int_equal(sts_parse(&l->sts, text, strlen(text)), 0);
	} else {
		fail_msg("%s: no word of a domain's", word);
	}
}

static void write_set_up(struct lint *l, const char *text)
{
	char *own = strdup(text), *rest = own, *word;
	struct lint_mx *mx = NULL;

	*l = (struct lint){ .domain = "example",
			    .source = LINT_BY_POLICY,
			    .loaded = true,
			    .mx_set = { .ttl = 3600 },
			    .mx = calloc(8, sizeof(*l->mx)) };
	while ((word = strsep(&rest, " "))) {
		size_t length = strlen(word);
		bool last = length && word[length - 1] == ';';

		if (last)
			word[length - 1] = '\0';
		if (!mx && *word >= '0' && *word <= '9') {
			mx = &l->mx[l->count++];
			*mx = (struct lint_mx){ .preference = atoi(word) };
			mx->a.status = mx->aaaa.status = mx->alias.status =
				mx->tlsa.status = DNS_NO_DATA;
		} else if (*word && mx) {
			mx_word(mx, word);
		} else if (*word) {
			domain_word(l, word);
		}
		if (last)
			mx = NULL;
	}
	free(own);
}

/* "rule mx address" for each, with ", " between, and how many of a kind. */
static int read_findings(const char *given, const void *arg, FILE *to)
{
	size_t count[LINT_SEVERITY_COUNT], i, sum = 0;
	json_t *findings, *f;
	struct lint l;

	(void)arg;
	write_set_up(&l, given);
	findings = lint_findings(&l, count);
	json_array_foreach(findings, i, f) {
		const char *mx = json_string_value(json_object_get(f, "mx"));
		const char *addr =
			json_string_value(json_object_get(f, "address"));

		fprintf(to, "%s%s%s%s%s%s", i ? ", " : "",
			json_string_value(json_object_get(f, "rule")),
			mx ? " " : "", mx ? mx : "", addr ? " " : "",
			addr ? addr : "");
	}
	for (i = 0; i < LINT_SEVERITY_COUNT; i++)
		sum += count[i];
	assert_int_equal(sum, json_array_size(findings));
	json_decref(findings);
	lint_free(&l);
	return 0;
}

static void check(const struct text_row *rows, size_t count)
{
	check_rows(read_findings, NULL, 0, rows, count);
}

static void a_right_set_up_has_nothing(void **state)
{
	static const struct text_row rows[] = {
		{ SET_UP("", "", "", ""), "" },
		{ SET_UP("position unloaded", "", "", ""), "" },
		{ SET_UP("", "", "tlsa:gone", ""), "" },
		/* IPv4 alone, as many as may be, decoys between mail servers */
		{ "10 a d 11.0.0.1; 20 b r 11.0.0.2; 30 c d 11.0.0.3", "" },
		{ "1 a d " FIRST "; 2 b d " LAST "; 3 c r " MAIL "; 4 q d " LAST
		  "; 5 e r 11.0.0.9 2a0f::9; 6 f d " LAST,
		  "" },
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void the_mx_are_looked_up(void **state)
{
	static const struct text_row rows[] = {
		{ "mx:failed", "lookup-failed" },
		{ "mx:late", "lookup-failed" },
		{ "mx:bogus", "dnssec-failed" },
		{ "mx:gone", "no-mx" },
		{ "0 . r", "no-mx" },
		/* What is not known is not said to be wrong. */
		{ SET_UP("", "", "", "") " aaaa:failed", "lookup-failed last" },
		{ "10 a d 11.0.0.1 2a0f::1; 20 b r 11.0.0.2 aaaa:late; "
		  "30 c d 11.0.0.3",
		  "lookup-failed b" },
		{ "10 a d a:bogus 2a0f::1; 20 b r " MAIL "; 30 c d " LAST,
		  "dnssec-failed a" },
		{ "10 a d " FIRST "; 20 b r a:failed aaaa:bogus; 30 c d " LAST,
		  "lookup-failed b, dnssec-failed b" },
		{ "10 a u a:failed; 20 b r 11.0.0.2; 30 c u a:late",
		  "lookup-failed a, lookup-failed c" },
		{ "10 a d 11.0.0.1; 20 b u a:bogus; 30 c d 11.0.0.3",
		  "dnssec-failed b" },
		{ "10 a d 11.0.0.1; 10 b u a:failed; 20 c r 11.0.0.2; "
		  "30 x d 11.0.0.3",
		  "lookup-failed b" },
		{ SET_UP("", "", "tlsa:bogus", ""), "dnssec-failed mail" },
		{ SET_UP("", "", "tlsa:failed", ""), "" },
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void decoys_are_at_both_ends_and_not_everywhere(void **state)
{
	static const struct text_row rows[] = {
		{ "10 a d " FIRST, "all-decoys" },
		{ "10 a d " FIRST "; 20 b d " LAST, "all-decoys" },
		{ "10 a r " MAIL, "no-first-decoy a, no-last-decoy a" },
		{ "10 a r " MAIL "; 20 b d " LAST, "no-first-decoy a" },
		{ "10 a d " FIRST "; 20 b r " MAIL, "no-last-decoy b" },
		{ "10 a r " MAIL "; 20 b d " FIRST "; 30 c r 11.0.0.9 2a0f::9",
		  "no-first-decoy a, no-last-decoy c" },
		{ "10 a d " FIRST "; 10 b r " MAIL "; 20 c d " LAST,
		  "shared-preference b" },
		/* Once, however many they are. */
		{ "10 a d " FIRST "; 20 b r " MAIL "; 30 c d " LAST
		  "; 30 q d " LAST "; 30 e r " MAIL "; 30 f r " MAIL,
		  "shared-preference e" },
		{ "10 a d 11.0.0.1; 20 b r 11.0.0.1 11.0.0.2; 30 c d 11.0.0.3",
		  "shared-address b 11.0.0.1" },
		{ "10 a d " FIRST "; 20 b r " MAIL " 2a0f::3; 30 c d " LAST,
		  "shared-address b 2a0f::3" },
		/* One that only the policy knows of. */
		{ SET_UP("", "", "11.0.0.9-decoy", ""),
		  "shared-address mail 11.0.0.9" },
		{ "10 a d " FIRST "; 20 b d " LAST "; 30 c r " MAIL
		  "; 40 q d " LAST,
		  "" },
		{ "10 a d " FIRST " 11.0.0.3; 20 b d " LAST "; 30 c r " MAIL
		  "; 40 q d " LAST,
		  "late-real c" },
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void an_mx_names_a_host_with_addresses(void **state)
{
	static const struct text_row rows[] = {
		{ SET_UP("", "", "alias", ""), "target-alias mail" },
		{ SET_UP("", "alias", "", ""), "target-alias first" },
		{ "10 a d " FIRST "; 20 b r " MAIL "; 25 x r; 30 c d " LAST,
		  "target-unresolved x" },
		{ "10 a d " FIRST "; 20 b r " MAIL
		  "; 25 11.0.0.9 r literal 11.0.0.9; 30 c d " LAST,
		  "target-literal 11.0.0.9" },
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void a_decoy_has_a_public_address_of_this_host(void **state)
{
	static const struct text_row rows[] = {
		{ SET_UP("", "10.0.0.1", "", ""),
		  "special-address first 10.0.0.1" },
		{ SET_UP("", "", "", "fe80::1"),
		  "special-address last fe80::1" },
		{ SET_UP("", "", "10.0.0.1", ""), "" },
		{ SET_UP("", "11.0.0.9-policy", "", ""),
		  "not-in-policy first 11.0.0.9" },
		{ SET_UP("unloaded", "11.0.0.9-policy", "", ""), "" },
		{ SET_UP("", "", "", "2a0f::9-here"), "not-here last 2a0f::9" },
		{ SET_UP("unloaded", "", "", "2a0f::9-here"),
		  "not-here last 2a0f::9" },
		/* Nothing says that this is their host. */
		{ SET_UP("position unloaded", "", "", "2a0f::9-policy-here"),
		  "" },
		{ SET_UP("", "11.0.0.9-policy-here", "", ""),
		  "not-in-policy first 11.0.0.9, not-here first 11.0.0.9" },
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void a_sender_finds_on_over_either_protocol(void **state)
{
	static const struct text_row rows[] = {
		{ "10 a d 2a0f::1; 20 b r " MAIL "; 30 c d " LAST,
		  "ipv6-only-decoy a" },
		{ "10 a d 11.0.0.1; 20 b r " MAIL "; 30 c d " LAST, "" },
		{ "10 a d " FIRST "; 20 b r 11.0.0.2; 30 c d 11.0.0.3",
		  "fewer-families b" },
		{ "10 a d " FIRST "; 20 b r 2a0f::2; 30 c d " LAST,
		  "fewer-families b" },
		{ "10 a d " FIRST " 11.0.0.4 11.0.0.5; 20 b r " MAIL
		  "; 30 c d " LAST,
		  "" },
		{ "10 a d " FIRST " 11.0.0.4 11.0.0.5 11.0.0.6; 20 b r " MAIL
		  "; 30 c d " LAST,
		  "late-real b" },
		{ "10 a d " FIRST "; 11 b d " FIRST
		  "; 12 c d 11.0.0.1; 20 q r " MAIL "; 30 e d " LAST,
		  "late-real q" },
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void mail_servers_answer_and_decoys_refuse(void **state)
{
	static const struct text_row rows[] = {
		{ SET_UP("", "11.0.0.9=refused", "11.0.0.8=connected", ""),
		  "" },
		{ SET_UP("", "", "11.0.0.8=refused", ""),
		  "real-silent mail 11.0.0.8" },
		{ SET_UP("", "", "2a0f::8=silent", ""),
		  "real-silent mail 2a0f::8" },
		{ SET_UP("", "", "2a0f::8=noway", ""),
		  "not-probed mail 2a0f::8" },
		{ SET_UP("", "11.0.0.9=connected", "", ""),
		  "decoy-open first 11.0.0.9" },
		{ SET_UP("", "", "", "2a0f::9=silent"),
		  "decoy-open last 2a0f::9" },
		{ SET_UP("", "", "", "2a0f::9=noway"),
		  "not-probed last 2a0f::9" },
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void what_is_published_beside_the_mx_covers_decoys(void **state)
{
	static const struct text_row rows[] = {
		{ SET_UP("sts:all", "", "", ""), "" },
		{ SET_UP("sts:some", "", "", ""), "mta-sts last" },
		{ SET_UP("sts:none", "", "", ""), "" },
		{ SET_UP("sts:unknown", "", "", ""), "mta-sts-unread" },
		{ SET_UP("", "", "tlsa:there", ""), "dane first, dane last" },
		{ SET_UP("", "tlsa:there", "tlsa:there", "tlsa:there"), "" },
		{ SET_UP("", "tlsa:there", "tlsa:there", "tlsa:gone"),
		  "dane last" },
		{ SET_UP("", "tlsa:there", "tlsa:there", "tlsa:failed"), "" },
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void a_ttl_is_five_minutes_to_a_day(void **state)
{
	static const struct text_row rows[] = {
		{ SET_UP("mx:ttl299", "", "", ""), "ttl-short" },
		{ SET_UP("mx:ttl300", "", "", ""), "" },
		{ SET_UP("mx:ttl86400", "", "", ""), "" },
		{ SET_UP("mx:ttl86401", "", "", ""), "ttl-long" },
		{ SET_UP("", "a:ttl299", "aaaa:ttl86401", ""),
		  "ttl-short first, ttl-long mail" },
		/* What is left in a cache may have been any more. */
		{ SET_UP("mx:left5", "a:left0", "", ""), "" },
		{ SET_UP("mx:left86401", "", "", ""), "ttl-long" },
	};

	(void)state;
	check(rows, COUNT(rows));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_right_set_up_has_nothing),
		cmocka_unit_test(the_mx_are_looked_up),
		cmocka_unit_test(decoys_are_at_both_ends_and_not_everywhere),
		cmocka_unit_test(an_mx_names_a_host_with_addresses),
		cmocka_unit_test(a_decoy_has_a_public_address_of_this_host),
		cmocka_unit_test(a_sender_finds_on_over_either_protocol),
		cmocka_unit_test(mail_servers_answer_and_decoys_refuse),
		cmocka_unit_test(what_is_published_beside_the_mx_covers_decoys),
		cmocka_unit_test(a_ttl_is_five_minutes_to_a_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

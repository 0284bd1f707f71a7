// SPDX-License-Identifier: GPL-2.0-only
#include "lists.h"

#include <string.h>

#include "out.h"

#define TABLE "xdp_fakemx_senders"

/* The first value that a DNS list gives (RFC 5782, section 2.1). */
#define LISTED "127.0.0.2"
#define TTL 3600U /* seconds */

/*
 * When he was last there, as far as anything proves it: what is forged for a
 * first decoy or a real MX makes nobody's time on a list longer.
 */
static __s64 last_seen(const struct list *list, const struct sender *s)
{
	return list->unverified ? sender_last_seen(s) : s->last[FMX_ROLE_LAST];
}

static const struct sender *sender_at(const struct list *list, size_t i)
{
	return &list->population->senders[i];
}

/* Of the class, and of the age by the time that is given. */
static bool is_chosen(const struct list *list, size_t i, __s64 seen)
{
	const struct population *p = list->population;

	return (!list->has_class || p->classes[i].class == list->class) &&
	       seen > p->now - list->max_age;
}

/* A SYN may be sent in anybody's name: it takes more to be on a list. */
static bool is_listed(const struct list *list, size_t i)
{
	const struct sender *s = sender_at(list, i);

	return (list->unverified || s->verified) &&
	       is_chosen(list, i, last_seen(list, s));
}

size_t list_count(const struct list *list, size_t *unverified)
{
	size_t i, chosen = 0, listed = 0;

	for (i = 0; i < list->population->count; i++) {
		chosen += is_chosen(list, i,
				    sender_last_seen(sender_at(list, i)));
		listed += is_listed(list, i);
	}
	*unverified = chosen - listed;
	return chosen;
}

/* Steps to the first that is listed from here on; false behind the last. */
static bool list_next(const struct list *list, size_t *i)
{
	while (*i < list->population->count && !is_listed(list, *i))
		(*i)++;
	return *i < list->population->count;
}

/* An IPv6 sender is his /64: he may take any address of it. */
static struct prefix listed_prefix(const struct sender *s)
{
	struct prefix p = s->addr;

	if (p.family == FMX_IPV6) {
		p.len = 64;
		memset(p.addr + 8, 0, 8);
	}
	return p;
}

static void write_prefix(FILE *to, const struct sender *s)
{
	const struct prefix p = listed_prefix(s);
	char text[PREFIX_TEXT_SIZE];

	prefix_format(&p, text);
	fputs(text, to);
}

static const char *class_at(const struct list *list, size_t i)
{
	return class_name(list->population->classes[i].class);
}

/* The same list is the same text: there is no time in it. */
static void write_comment(FILE *to, const struct list *list, char sign)
{
	fprintf(to, "%c " TOOL " " VERSION ": senders%s%s\n", sign,
		list->has_class ? " of the class " : "",
		list->has_class ? class_name(list->class) : "");
}

static void write_plain(FILE *to, const struct list *list)
{
	size_t i;

	write_comment(to, list, '#');
	for (i = 0; list_next(list, &i); i++) {
		write_prefix(to, sender_at(list, i));
		putc('\n', to);
	}
}

/*
 * Whoever has shown what servers do may come in; most have shown nothing, and
 * who is lost may be a server that comes later.
 */
static const char *postfix_action(enum class class)
{
	switch (class) {
	case CLASS_BACKWARDS:
		return "reject";
	case CLASS_RETRIED:
	case CLASS_ALLOWED:
		return "permit";
	default:
		return "dunno";
	}
}

static void write_postfix(FILE *to, const struct list *list)
{
	size_t i;

	write_comment(to, list, '#');
	for (i = 0; list_next(list, &i); i++) {
		write_prefix(to, sender_at(list, i));
		fprintf(to, " %s\n",
			postfix_action(list->population->classes[i].class));
	}
}

/* Those of one family; `from` steps behind them. */
static void write_elements(FILE *to, const struct list *list, const char *set,
			   unsigned int family, size_t *from)
{
	const struct population *p = list->population;
	const char *between = "";

	fprintf(to, "flush set inet " TABLE " %s\n", set);
	for (; list_next(list, from); (*from)++) {
		const struct sender *s = sender_at(list, *from);
		__s64 left = last_seen(list, s) + list->max_age - p->now;

		if (s->addr.family != family)
			break;
		if (!*between)
			fprintf(to, "add element inet " TABLE " %s {", set);
		fprintf(to, "%s\n\t", between);
		write_prefix(to, s);
		fprintf(to, " timeout %llds", (long long)(left + 999) / 1000);
		between = ",";
	}
	if (*between)
		fputs("\n}\n", to);
}

/*
 * The table stays, and with it the rules that somebody has put into it: only
 * what is in the sets is replaced, all in one step.
 */
static void write_nft(FILE *to, const struct list *list)
{
	size_t from = 0;

	write_comment(to, list, '#');
	fputs("table inet " TABLE " {\n"
	      "\tset senders4 {\n"
	      "\t\ttype ipv4_addr\n"
	      "\t\tflags timeout\n"
	      "\t}\n"
	      "\tset senders6 {\n"
	      "\t\ttype ipv6_addr\n"
	      "\t\tflags interval, timeout\n"
	      "\t}\n"
	      "}\n",
	      to);
	write_elements(to, list, "senders6", FMX_IPV6, &from);
	write_elements(to, list, "senders4", FMX_IPV4, &from);
}

static void write_rbldnsd(FILE *to, const struct list *list)
{
	bool ipv4 = false;
	size_t i;

	write_comment(to, list, '#');
	fprintf(to,
		"$TTL %u\n$DATASET ip6trie @\n::ffff:7f00:2 :" LISTED ":test\n",
		TTL);
	for (i = 0;; i++) {
		bool more = list_next(list, &i);

		if (!ipv4 &&
		    (!more || sender_at(list, i)->addr.family == FMX_IPV4)) {
			ipv4 = true;
			fputs("$DATASET ip4set @\n"
			      "127.0.0.2 :" LISTED ":test\n",
			      to);
		}
		if (!more)
			return;
		write_prefix(to, sender_at(list, i));
		fprintf(to, " :" LISTED ":%s\n", class_at(list, i));
	}
}

/* The labels of an address in a DNS list (RFC 5782, sections 2.1 and 2.4). */
static void write_labels(FILE *to, const struct prefix *p)
{
	int i;

	if (p->family == FMX_IPV4) {
		fprintf(to, "%u.%u.%u.%u", p->addr[3], p->addr[2], p->addr[1],
			p->addr[0]);
		return;
	}
	if (p->len != addr_bits(p))
		fputs("*.", to);
	for (i = (int)p->len / 8 - 1; i >= 0; i--)
		fprintf(to, "%x.%x%s", p->addr[i] & 0xf, p->addr[i] >> 4,
			i ? "." : "");
}

static void write_entry(FILE *to, const struct prefix *p, const char *text)
{
	write_labels(to, p);
	fprintf(to, " A " LISTED "\n TXT \"%s\"\n", text);
}

/* Entries that every list has to have (RFC 5782, section 5). */
static void write_test_entries(FILE *to)
{
	static const char *const addresses[] = { "127.0.0.2", "::127.0.0.2" };
	struct fault fault = { "" };
	struct prefix p;
	size_t i;

	for (i = 0; i < 2; i++) {
		addr_parse(addresses[i], &p, &fault);
		if (p.family == FMX_IPV6)
			memset(p.addr + 10, 0xff, 2);
		write_entry(to, &p, "test");
	}
}

/* The serial grows with time (RFC 1982). Nothing here asks its name server. */
static void write_zone(FILE *to, const struct list *list)
{
	size_t i;

	write_comment(to, list, ';');
	fprintf(to,
		"$TTL %u\n"
		"@ SOA localhost. root.localhost. %u 3600 600 604800 %u\n"
		"@ NS localhost.\n",
		TTL, (__u32)(list->population->now / 1000), TTL);
	write_test_entries(to);
	for (i = 0; list_next(list, &i); i++) {
		const struct prefix p = listed_prefix(sender_at(list, i));

		write_entry(to, &p, class_at(list, i));
	}
}

list_writer list_find_writer(const char *format)
{
	static const struct {
		const char *name;
		list_writer write;
	} formats[] = {
		{ "plain", write_plain },     { "nft", write_nft },
		{ "postfix", write_postfix }, { "rbldnsd", write_rbldnsd },
		{ "zone", write_zone },
	};
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(format, formats[i].name))
			return formats[i].write;
	return NULL;
}

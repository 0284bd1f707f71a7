// SPDX-License-Identifier: GPL-2.0-only
/* SPF records. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "spf_record.h"

static void must_be_sound(const struct spf_term *t)
{
	struct prefix p = t->prefix;
	char domain[DNS_NAME_SIZE];

	assert(t->what <= SPF_REDIRECT);
	assert(t->len[FMX_IPV4] <= 32 && t->len[FMX_IPV6] <= 128);
	if (t->what == SPF_IP4 || t->what == SPF_IP6)
		assert(p.len <= addr_bits(&p) && !prefix_clear_host_bits(&p));
	if (*t->domain) {
		assert(!t->has_macro && is_host_name(t->domain));
		assert(spf_domain(t->domain, domain));
		assert(!strcmp(domain, t->domain));
	}
}

/* The terms that are looked at, in their order: a record of the same meaning.
 */
static char *write_record(const struct spf_record *record)
{
	char *text = NULL;
	size_t size, i;
	FILE *to = open_memstream(&text, &size);

	assert(to);
	fputs("v=spf1", to);
	for (i = 0; i < record->count; i++)
		fprintf(to, " %s", record->terms[i].text);
	assert(!fclose(to));
	return text;
}

static void must_be_same(const struct spf_record *a, const struct spf_record *b)
{
	size_t i;

	assert(a->count == b->count);
	for (i = 0; i < a->count; i++) {
		const struct spf_term *x = &a->terms[i], *y = &b->terms[i];

		assert(x->what == y->what && x->passes == y->passes &&
		       x->has_macro == y->has_macro);
		assert(!strcmp(x->domain, y->domain));
		assert(!memcmp(&x->prefix, &y->prefix, sizeof(x->prefix)));
		assert(!memcmp(x->len, y->len, sizeof(x->len)));
	}
}

static void read_record(const char *text, size_t size)
{
	struct spf_record record, again;
	struct fault fault = { "" };
	char *written;
	size_t i;
	int err = spf_record_parse(text, size, &record, &fault);

	assert(!err == !*fault.text);
	if (err) {
		for (i = 0; fault.text[i]; i++)
			assert(fault.text[i] >= ' ' && fault.text[i] <= '~');
		assert(!record.terms && !record.text);
		return;
	}
	for (i = 0; i < record.count; i++)
		must_be_sound(&record.terms[i]);
	written = write_record(&record);
	assert(!spf_record_parse(written, strlen(written), &again, &fault));
	must_be_same(&record, &again);
	free(written);
	spf_record_free(&again);
	spf_record_free(&record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = exact(data, size), *word = string(data, size);
	char domain[DNS_NAME_SIZE], again[DNS_NAME_SIZE];

	if (spf_record_is(text, size))
		read_record(text, size);
	if (spf_domain(word, domain))
		assert(spf_domain(domain, again) && !strcmp(domain, again));
	free(text);
	free(word);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Answers of DNS servers: the type that was asked for, and what came. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "dns_answer.h"
#include "mta_sts.h"
#include "spf_record.h"

static const ns_type types[] = { ns_t_a,   ns_t_aaaa, ns_t_mx,	  ns_t_txt,
				 ns_t_ptr, ns_t_ns,   ns_t_cname, ns_t_soa };

static void look_at_name(const struct dns_answer *answer,
			 const unsigned char *data)
{
	char name[NS_MAXDNAME], host[DNS_NAME_SIZE];
	const char *c;

	if (!dns_name(answer, data, name))
		return;
	for (c = name; *c; c++)
		assert(*c > ' ' && *c <= '~');
	if (dns_host_name(answer, data, host))
		assert(is_host_name(host) && !strcmp(host, name));
}

static void look_at_text(const ns_rr *record)
{
	char *text = malloc(ns_rr_rdlen(*record) + 1);
	struct spf_record spf;
	struct fault fault = { "" };
	size_t size;

	assert(text);
	size = dns_text(record, text);
	assert(size <= ns_rr_rdlen(*record));
	assert(!sts_is_record(text, size) || sts_claims(text, size));
	if (spf_record_is(text, size) &&
	    !spf_record_parse(text, size, &spf, &fault))
		spf_record_free(&spf);
	free(text);
}

static void look_at_address(const ns_rr *record)
{
	struct prefix addr, again;
	char text[PREFIX_TEXT_SIZE], name[DNS_NAME_SIZE];
	struct fault fault = { "" };

	if (!dns_address(record, &addr))
		return;
	prefix_format(&addr, text);
	/* But an IPv4 address in the form of IPv6 is written as that. */
	if (!addr_parse(text, &again, &fault))
		assert(!prefix_compare(&addr, &again));
	dns_reverse_name(&addr, NULL, name);
	assert(is_host_name(name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ns_type type = types[size ? data[0] % 8 : 0];
	unsigned char *bytes = exact(data + 1, size ? size - 1 : 0);
	struct dns_answer answer;
	enum dns_status status;
	int count = 0;
	ns_rr record;

	status = dns_answer_read(&answer, bytes, size ? size - 1 : 0, type);
	assert(status != DNS_TIMED_OUT);
	while (status == DNS_FOUND && dns_next(&answer, &record)) {
		assert(ns_rr_type(record) == type);
		count++;
		look_at_name(&answer, ns_rr_rdata(record));
		if (type == ns_t_mx && ns_rr_rdlen(record) > NS_INT16SZ)
			look_at_name(&answer, ns_rr_rdata(record) + NS_INT16SZ);
		if (type == ns_t_txt)
			look_at_text(&record);
		look_at_address(&record);
	}
	assert(!count == (status != DNS_FOUND));
	free(bytes);
	return 0;
}

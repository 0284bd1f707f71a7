// SPDX-License-Identifier: GPL-2.0-only
#include "dns_evidence.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"

#define IN_FLIGHT 100 /* addresses at work, and lookups on their way */
#define MAX_NAMES 10  /* followed of one address: as many as RFC 7208 4.6.4 */
#define DNSWL_BLOCKED 0x7f0000ff

struct work;

/* An address that is being asked about. */
struct host {
	struct work *work;
	const struct prefix *addr;
	struct dns_evidence *out;
	unsigned int open; /* of the two, reverse names and allowlist */
	unsigned int next, count;
	char names[MAX_NAMES][DNS_NAME_SIZE];
};

struct work {
	const struct dns_options *options;
	struct dns *dns;
	const struct prefix *addrs;
	struct dns_evidence *out;
	size_t next, count;
	const struct dns_evidence *odd; /* one whose answer is no entry */
	bool lists_localhost;
};

static void follow(struct host *host);
static void begin(struct host *host);

/* One of the two is known; with both, it is the next address's turn. */
static void done(struct host *host)
{
	if (!--host->open)
		begin(host);
}

static bool leads_back(const struct host *host, struct dns_answer *answer)
{
	size_t size = addr_bits(host->addr) / 8;
	ns_rr record;

	while (dns_next(answer, &record))
		if (ns_rr_rdlen(record) == size &&
		    !memcmp(ns_rr_rdata(record), host->addr->addr, size))
			return true;
	return false;
}

static void on_addresses(void *arg, enum dns_status status,
			 struct dns_answer *answer)
{
	struct host *host = arg;

	if (answer && leads_back(host, answer)) {
		host->out->ptr = DNS_PTR_CONFIRMED;
		strcpy(host->out->name, host->names[host->next]);
		done(host);
		return;
	}
	if (status == DNS_FAILED || status == DNS_TIMED_OUT)
		host->out->ptr = DNS_PTR_FAILED;
	host->next++;
	follow(host);
}

static void follow(struct host *host)
{
	bool ipv4 = host->addr->family == FMX_IPV4;

	if (host->next < host->count)
		dns_ask(host->work->dns, host->names[host->next],
			ipv4 ? ns_t_a : ns_t_aaaa, on_addresses, host);
	else
		done(host);
}

/* The records may be those of an alias: RFC 2317. */
static void on_names(void *arg, enum dns_status status,
		     struct dns_answer *answer)
{
	struct host *host = arg;
	ns_rr record;

	if (status == DNS_NO_NAME || status == DNS_NO_DATA)
		host->out->ptr = DNS_PTR_NONE;
	else if (!answer)
		host->out->ptr = DNS_PTR_FAILED;
	else
		host->out->ptr = DNS_PTR_UNCONFIRMED;
	while (answer && host->count < MAX_NAMES && dns_next(answer, &record))
		if (dns_host_name(answer, ns_rr_rdata(record),
				  host->names[host->count]))
			host->count++;
	if (host->count)
		strcpy(host->out->name, host->names[0]);
	follow(host);
}

int dnswl_trust(__u32 code)
{
	/* 127.0.x.y: x is the kind of sender. */
	return code >> 16 == 0x7f00 && (code & 0xff) <= 3 ? (int)(code & 0xff)
							  : -1;
}

static void not_believed(struct dns_evidence *out)
{
	out->dnswl = -1;
	out->dnswl_failed = true;
}

/* Of several entries the least trust counts; one that is odd spoils them. */
static void on_entry(void *arg, enum dns_status status,
		     struct dns_answer *answer)
{
	struct host *host = arg;
	struct dns_evidence *out = host->out;
	ns_rr record;

	if (status == DNS_FAILED || status == DNS_TIMED_OUT)
		out->dnswl_failed = true;
	while (answer && !out->dnswl_failed && dns_next(answer, &record)) {
		__u32 code = ns_rr_rdlen(record) == 4
				     ? ns_get32(ns_rr_rdata(record))
				     : 0;
		int trust = dnswl_trust(code);

		if (trust < 0) {
			out->dnswl_code = code;
			host->work->odd = out;
			not_believed(out);
		} else if (out->dnswl < 0 || trust < out->dnswl) {
			out->dnswl_code = code;
			out->dnswl = trust;
		}
	}
	done(host);
}

/* Takes the next address up, if there is one. */
static void begin(struct host *host)
{
	struct work *work = host->work;
	char name[DNS_NAME_SIZE];

	if (work->next == work->count)
		return;
	host->addr = &work->addrs[work->next];
	host->out = &work->out[work->next++];
	host->next = host->count = 0;
	host->open = work->options->resolve + !!work->options->dnswl;
	if (work->options->resolve) {
		dns_reverse_name(host->addr, NULL, name);
		dns_ask(work->dns, name, ns_t_ptr, on_names, host);
	}
	if (work->options->dnswl) {
		dns_reverse_name(host->addr, work->options->dnswl, name);
		dns_ask(work->dns, name, ns_t_a, on_entry, host);
	}
}

static void on_localhost(void *arg, enum dns_status status,
			 struct dns_answer *answer)
{
	struct work *work = arg;

	(void)answer;
	work->lists_localhost = status == DNS_FOUND;
}

/*
 * No list has 127.0.0.1 (RFC 5782 5), but for a resolver that has an answer to
 * everything, and dnswl.org's to whoever asks too much: high trust for all.
 */
static void ask_for_localhost(struct work *work)
{
	const struct prefix localhost = { .family = FMX_IPV4,
					  .len = 32,
					  .addr = { 127, 0, 0, 1 } };
	char name[DNS_NAME_SIZE];

	dns_reverse_name(&localhost, work->options->dnswl, name);
	dns_ask(work->dns, name, ns_t_a, on_localhost, work);
}

static void judge_the_list(const struct work *work)
{
	const char *zone = work->options->dnswl;
	struct in_addr odd = { work->odd ? htonl(work->odd->dnswl_code) : 0 };
	size_t i;

	for (i = 0; work->lists_localhost && i < work->count; i++)
		if (work->out[i].dnswl >= 0)
			not_believed(&work->out[i]);
	if (work->odd && work->odd->dnswl_code == DNSWL_BLOCKED)
		say("%s: answers 127.0.0.255: this resolver may not ask it (any more)",
		    zone);
	else if (work->odd)
		say("%s: answers %s, which is no entry of an allowlist", zone,
		    inet_ntoa(odd));
	else if (work->lists_localhost)
		say("%s: lists 127.0.0.1, which no list has: nothing that it says is believed",
		    zone);
}

static int ask_all(struct work *work)
{
	size_t at_work = work->count < IN_FLIGHT ? work->count : IN_FLIGHT, i;
	struct host *hosts = calloc(at_work, sizeof(*hosts));
	int err;

	if (!hosts)
		return -ENOMEM;
	if (work->options->dnswl)
		ask_for_localhost(work);
	for (i = 0; i < at_work; i++) {
		hosts[i].work = work;
		begin(&hosts[i]);
	}
	err = dns_run(work->dns);
	free(hosts);
	return err;
}

static bool is_zone(const char *zone)
{
	return is_host_name(zone) && strlen(zone) <= DNS_ZONE_MAX;
}

int dns_evidence(const struct dns_options *options, const struct prefix *addrs,
		 size_t count, struct dns_evidence *out, struct fault *fault)
{
	struct work work = {
		.options = options,
		.addrs = addrs,
		.out = out,
		.count = count,
	};
	size_t i;
	int err;

	if (options->dnswl && !is_zone(options->dnswl))
		return fault_set(fault, "%s: not the zone of an allowlist",
				 options->dnswl);
	for (i = 0; i < count; i++)
		out[i] = (struct dns_evidence){ .dnswl = -1 };
	err = dns_open(&work.dns, options->server, options->deadline_ms,
		       IN_FLIGHT, fault);
	if (err)
		return err;
	if (count && (options->resolve || options->dnswl))
		err = ask_all(&work);
	dns_close(work.dns);
	if (!err)
		judge_the_list(&work);
	return err;
}

const char *dns_ptr_name(enum dns_ptr ptr)
{
	static const char *const names[] = {
		[DNS_PTR_NOT_ASKED] = "not asked",
		[DNS_PTR_CONFIRMED] = "confirmed",
		[DNS_PTR_UNCONFIRMED] = "unconfirmed",
		[DNS_PTR_NONE] = "none",
		[DNS_PTR_FAILED] = "failed",
	};

	return names[ptr];
}

// SPDX-License-Identifier: GPL-2.0-only
#include "lint_ttl.h"

#include <errno.h>
#include <string.h>

#include "when.h"

#define ALL_MS 10000
#define SERVER_MS 2000
#define MAX_SERVERS 4 /* of a zone, and addresses of one */

/* What a question came to, with the first few of its names and addresses. */
struct reply {
	bool found;
	bool own; /* it is the zone's own server that says so */
	__u32 ttl;
	char names[MAX_SERVERS][DNS_NAME_SIZE];
	struct prefix addrs[MAX_SERVERS];
	size_t name_count, addr_count;
};

static void on_reply(void *arg, enum dns_status status,
		     struct dns_answer *answer)
{
	struct reply *reply = arg;
	ns_rr record;

	reply->found = status == DNS_FOUND;
	reply->own = answer && ns_msg_getflag(answer->msg, ns_f_aa);
	reply->ttl = ~0U;
	while (answer && dns_next(answer, &record)) {
		if (ns_rr_ttl(record) < reply->ttl)
			reply->ttl = ns_rr_ttl(record);
		if (reply->addr_count < MAX_SERVERS &&
		    dns_address(&record, &reply->addrs[reply->addr_count]))
			reply->addr_count++;
		if (ns_rr_type(record) == ns_t_ns &&
		    reply->name_count < MAX_SERVERS &&
		    dns_host_name(answer, ns_rr_rdata(record),
				  reply->names[reply->name_count]))
			reply->name_count++;
	}
}

static int ask(struct dns *dns, const char *name, ns_type type,
	       struct reply *reply)
{
	*reply = (struct reply){ .found = false };
	dns_ask(dns, name, type, on_reply, reply);
	return dns_run(dns);
}

/* One of the zone's own servers is asked. 1: the TTL is known. */
static int ask_server(const struct prefix *addr, const char *name, ns_type type,
		      struct lint_set *set)
{
	char server[PREFIX_TEXT_SIZE];
	struct fault fault = { "" };
	struct reply reply;
	struct dns *dns;
	int err;

	prefix_format(addr, server);
	err = dns_open(&dns, server, SERVER_MS, 1, &fault);
	if (err)
		return err;
	err = ask(dns, name, type, &reply);
	dns_close(dns);
	if (err || !reply.found || !reply.own)
		return err;
	set->ttl = reply.ttl;
	set->aged = false;
	return 1;
}

static int ask_server_named(struct dns *dns, const char *host, const char *name,
			    ns_type type, struct lint_set *set)
{
	static const ns_type types[] = { ns_t_a, ns_t_aaaa };
	struct reply reply;
	int i, err = 0;

	for (i = 0; i < 2 && !err; i++) {
		err = ask(dns, host, types[i], &reply);
		if (!err && reply.addr_count)
			err = ask_server(&reply.addrs[0], name, type, set);
	}
	return err;
}

/* The zone is the nearest above the name, or at it, that has servers. */
static int renew(struct dns *dns, const char *name, ns_type type,
		 struct lint_set *set)
{
	struct reply servers = { .found = false };
	const char *zone = name;
	int err = 0;
	size_t i;

	if (set->status != DNS_FOUND || !set->aged || set->ttl >= LINT_TTL_MIN)
		return 0;
	while (!err && !servers.name_count && zone && *zone) {
		err = ask(dns, zone, ns_t_ns, &servers);
		zone = strchr(zone, '.');
		if (zone)
			zone++;
	}
	for (i = 0; !err && i < servers.name_count; i++)
		err = ask_server_named(dns, servers.names[i], name, type, set);
	return err < 0 ? err : 0;
}

int lint_renew_ttls(struct lint *l, struct dns *dns)
{
	__u64 until = clock_ns(CLOCK_MONOTONIC) + ALL_MS * 1000000ULL;
	int err = renew(dns, l->domain, ns_t_mx, &l->mx_set);
	size_t i;

	for (i = 0; !err && i < l->count; i++) {
		struct lint_mx *mx = &l->mx[i];

		if (clock_ns(CLOCK_MONOTONIC) > until)
			break;
		err = renew(dns, mx->name, ns_t_a, &mx->a);
		if (!err)
			err = renew(dns, mx->name, ns_t_aaaa, &mx->aaaa);
	}
	return err;
}

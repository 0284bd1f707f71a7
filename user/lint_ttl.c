// SPDX-License-Identifier: GPL-2.0-only
#include "lint_ttl.h"

#include <errno.h>
#include <string.h>

#include "dns.h"
#include "when.h"

#define ALL_MS 10000
#define SERVER_MS 2000
#define MAX_SERVERS 4 /* of a zone, and addresses of one */

/* The server that `dns` asks finds the zones' own; both end at `until`. */
struct renewal {
	struct dns *dns;
	__u64 until; /* ns of CLOCK_MONOTONIC */
};

/* What a question came to, with the first few of its names and addresses. */
struct reply {
	enum dns_status status;
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

	reply->status = status;
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

/* -ETIMEDOUT: who is silent now would be so for each question to come. */
static int ask(struct dns *dns, const char *name, ns_type type,
	       struct reply *reply)
{
	int err;

	*reply = (struct reply){ .status = DNS_FAILED };
	dns_ask(dns, name, type, on_reply, reply);
	err = dns_run(dns);
	if (!err && reply->status == DNS_TIMED_OUT)
		err = -ETIMEDOUT;
	return err;
}

static unsigned int ms_left(const struct renewal *r)
{
	__u64 now = clock_ns(CLOCK_MONOTONIC);

	return now < r->until ? (r->until - now) / 1000000 : 0;
}

/* One of the zone's own servers is asked. 1: the TTL is known. */
static int ask_server(const struct renewal *r, const struct prefix *addr,
		      const char *name, ns_type type, struct lint_set *set)
{
	unsigned int left = ms_left(r);
	char server[PREFIX_TEXT_SIZE];
	struct fault fault = { "" };
	struct reply reply;
	struct dns *dns;
	int err;

	prefix_format(addr, server);
	err = dns_open(&dns, server, left < SERVER_MS ? left : SERVER_MS, 1,
		       &fault);
	if (err)
		return err;
	err = ask(dns, name, type, &reply);
	dns_close(dns);
	if (err || reply.status != DNS_FOUND || !reply.own)
		return err;
	set->ttl = reply.ttl;
	set->aged = false;
	return 1;
}

static int ask_server_named(const struct renewal *r, const char *host,
			    const char *name, ns_type type,
			    struct lint_set *set)
{
	static const ns_type types[] = { ns_t_a, ns_t_aaaa };
	struct reply reply;
	int i, err = 0;

	for (i = 0; i < 2 && !err; i++) {
		err = ask(r->dns, host, types[i], &reply);
		if (!err && reply.addr_count)
			err = ask_server(r, &reply.addrs[0], name, type, set);
	}
	return err;
}

/* The zone is the nearest above the name, or at it, that has servers. */
static int renew(const struct renewal *r, const char *name, ns_type type,
		 struct lint_set *set)
{
	struct reply servers = { .status = DNS_FAILED };
	const char *zone = name;
	int err = 0;
	size_t i;

	if (set->status != DNS_FOUND || !set->aged || set->ttl >= LINT_TTL_MIN)
		return 0;
	while (!err && !servers.name_count && zone && *zone) {
		err = ask(r->dns, zone, ns_t_ns, &servers);
		zone = strchr(zone, '.');
		if (zone)
			zone++;
	}
	for (i = 0; !err && i < servers.name_count; i++)
		err = ask_server_named(r, servers.names[i], name, type, set);
	return err < 0 ? err : 0;
}

static int renew_all(struct lint *l, const struct renewal *r)
{
	int err = renew(r, l->domain, ns_t_mx, &l->mx_set);
	size_t i;

	for (i = 0; i < l->count && !err; i++) {
		struct lint_mx *mx = &l->mx[i];

		err = renew(r, mx->name, ns_t_a, &mx->a);
		if (!err)
			err = renew(r, mx->name, ns_t_aaaa, &mx->aaaa);
	}
	return err;
}

int lint_renew_ttls(struct lint *l, const char *server, struct fault *fault)
{
	struct renewal r = {
		.until = clock_ns(CLOCK_MONOTONIC) + ALL_MS * 1000000ULL,
	};
	int err = dns_open(&r.dns, server, ALL_MS, 1, fault);

	if (err)
		return err;
	err = renew_all(l, &r);
	dns_close(r.dns);
	return err == -ETIMEDOUT ? 0 : err;
}

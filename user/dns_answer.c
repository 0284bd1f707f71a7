// SPDX-License-Identifier: GPL-2.0-only
#include "dns_answer.h"

#include <stdio.h>
#include <string.h>

bool dns_next(struct dns_answer *answer, ns_rr *record)
{
	while (answer->next < ns_msg_count(answer->msg, ns_s_an))
		if (!ns_parserr(&answer->msg, ns_s_an, answer->next++,
				record) &&
		    ns_rr_type(*record) == answer->type &&
		    ns_rr_class(*record) == ns_c_in)
			return true;
	return false;
}

/* Otherwise it only names others to ask, which a resolver never does. */
static bool has_the_last_word(const ns_msg *msg)
{
	return ns_msg_getflag(*msg, ns_f_aa) || ns_msg_getflag(*msg, ns_f_ra);
}

enum dns_status dns_answer_read(struct dns_answer *answer,
				const unsigned char *bytes, int len,
				ns_type type)
{
	ns_rr record;
	int rcode, i;

	*answer = (struct dns_answer){ .type = type };
	if (ns_initparse(bytes, len, &answer->msg))
		return DNS_FAILED;
	rcode = ns_msg_getflag(answer->msg, ns_f_rcode);
	if (rcode == ns_r_nxdomain)
		return DNS_NO_NAME;
	if (rcode != ns_r_noerror)
		return DNS_FAILED;
	for (i = 0; i < ns_msg_count(answer->msg, ns_s_an); i++)
		if (ns_parserr(&answer->msg, ns_s_an, i, &record))
			return DNS_FAILED;
	if (dns_next(answer, &record)) {
		answer->next = 0;
		return DNS_FOUND;
	}
	return has_the_last_word(&answer->msg) ? DNS_NO_DATA : DNS_FAILED;
}

bool dns_name(const struct dns_answer *answer, const unsigned char *data,
	      char name[NS_MAXDNAME])
{
	if (ns_name_uncompress(ns_msg_base(answer->msg),
			       ns_msg_end(answer->msg), data, name,
			       NS_MAXDNAME) < 0)
		return false;
	/* Only of the root it writes the dot. */
	if (!strcmp(name, "."))
		*name = '\0';
	return true;
}

bool dns_host_name(const struct dns_answer *answer, const unsigned char *data,
		   char name[DNS_NAME_SIZE])
{
	char text[NS_MAXDNAME];

	if (!dns_name(answer, data, text) || !is_host_name(text))
		return false;
	strcpy(name, text);
	return true;
}

size_t dns_text(const ns_rr *record, char *text)
{
	const unsigned char *at = ns_rr_rdata(*record);
	const unsigned char *end = at + ns_rr_rdlen(*record);
	size_t size = 0, length;

	while (at < end) {
		length = *at++;
		if (length > (size_t)(end - at))
			length = end - at;
		memcpy(text + size, at, length);
		size += length;
		at += length;
	}
	return size;
}

bool dns_address(const ns_rr *record, struct prefix *addr)
{
	bool ipv4 = ns_rr_type(*record) == ns_t_a;
	size_t size = ipv4 ? NS_INADDRSZ : NS_IN6ADDRSZ;

	if ((!ipv4 && ns_rr_type(*record) != ns_t_aaaa) ||
	    ns_rr_rdlen(*record) != size)
		return false;
	*addr = (struct prefix){ .family = ipv4 ? FMX_IPV4 : FMX_IPV6,
				 .len = size * 8 };
	memcpy(addr->addr, ns_rr_rdata(*record), size);
	return true;
}

bool is_host_name(const char *name)
{
	const char *allowed = "abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

	if (strlen(name) >= DNS_NAME_SIZE)
		return false;
	for (;;) {
		size_t label = strspn(name, allowed);

		if (!label || label > 63)
			return false;
		name += label;
		if (!*name)
			return true;
		if (*name++ != '.')
			return false;
	}
}

void dns_reverse_name(const struct prefix *addr, const char *zone,
		      char name[DNS_NAME_SIZE])
{
	bool ipv4 = addr->family == FMX_IPV4;
	char *to = name;
	int i;

	for (i = ipv4 ? 3 : 15; i >= 0; i--) {
		unsigned int byte = addr->addr[i];

		to += ipv4 ? sprintf(to, "%u.", byte)
			   : sprintf(to, "%x.%x.", byte & 15, byte >> 4);
	}
	if (!zone)
		zone = ipv4 ? "in-addr.arpa" : "ip6.arpa";
	snprintf(to, name + DNS_NAME_SIZE - to, "%s", zone);
}

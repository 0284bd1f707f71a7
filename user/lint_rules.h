/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of lint, each told once: what lint prints of a finding beside what
 * was seen. X(ID, "name", SEVERITY, why it matters to mail, what to do about
 * it, who says so).
 */
#ifndef LINT_RULES_H
#define LINT_RULES_H

/* clang-format off */
#define LINT_RULES(X) \
	X(LOOKUP_FAILED, "lookup-failed", ERROR, \
	  "A sending server that gets no answer keeps the mail and tries again later; in the end it returns it.", \
	  "See to it that all name servers of the domain answer, and to this host's resolver (--resolver asks another).", \
	  "RFC 5321 5.1, RFC 1035 4.1.1") \
	X(DNSSEC_FAILED, "dnssec-failed", ERROR, \
	  "A sending server behind a resolver that validates takes that for no answer at all: it sends nothing.", \
	  "Sign the zone anew, and make its keys and the DS record in the zone above fit.", \
	  "RFC 4035 5.5") \
	X(NO_MX, "no-mx", ERROR, \
	  "Senders go to the domain's own address, or nowhere; there is no first MX to be a decoy.", \
	  "Publish three MX: a decoy at the lowest preference, the mail server in the middle, a decoy at the highest.", \
	  "RFC 5321 5.1, RFC 7505 3") \
	X(ALL_DECOYS, "all-decoys", ERROR, \
	  "Every MX refuses everybody: no mail arrives at all.", \
	  "Publish the mail server as an MX, at a preference between those of the decoys.", \
	  "RFC 5321 5.1") \
	X(NO_FIRST_DECOY, "no-first-decoy", ERROR, \
	  "Spamware that tries the first MX alone gets through to a mail server.", \
	  "Publish a decoy at the lowest preference; if one of these is meant to be it, name it: xdp-fakemx decoy ADDR role first.", \
	  "RFC 5321 5.1") \
	X(NO_LAST_DECOY, "no-last-decoy", ERROR, \
	  "Spamware that goes to the last MX, where filters are often weaker, gets through to a mail server.", \
	  "Publish a decoy at the highest preference; if one of these is meant to be it, name it: xdp-fakemx decoy ADDR role last.", \
	  "RFC 5321 5.1") \
	X(SHARED_PREFERENCE, "shared-preference", ERROR, \
	  "Among MX of one preference a sender takes any: whether he meets the decoy or the mail server first is left to chance.", \
	  "Give the decoy a preference of its own, below or above those of all mail servers.", \
	  "RFC 5321 5.1") \
	X(SHARED_ADDRESS, "shared-address", ERROR, \
	  "Who tries the mail server by this address is refused as at the decoy.", \
	  "Give decoys addresses on which no mail server is published.", \
	  "RFC 5321 5.1") \
	X(TARGET_ALIAS, "target-alias", ERROR, \
	  "An MX must not name an alias: some senders do not follow it, and some refuse the domain.", \
	  "Name the host itself in the MX, or give this name addresses of its own.", \
	  "RFC 5321 5.1, RFC 2181 10.3") \
	X(TARGET_UNRESOLVED, "target-unresolved", ERROR, \
	  "Some senders take an MX without an address for a fault of the domain, and return the mail at once.", \
	  "Give the name an A record (and AAAA where it has IPv6), or take this MX out.", \
	  "RFC 5321 5.1, RFC 2181 10.3") \
	X(TARGET_LITERAL, "target-literal", ERROR, \
	  "An MX names a host; an address in its place is looked up as a name, which does not exist.", \
	  "Give the address a name with an A or AAAA record, and name that in the MX.", \
	  "RFC 1035 3.3.9, RFC 5321 5.1") \
	X(SPECIAL_ADDRESS, "special-address", ERROR, \
	  "Senders cannot reach it: some wait for a time-out, some connect to a host of their own, and many take the domain for one that forges.", \
	  "Give decoys public addresses that are routed to the host that answers for them.", \
	  "RFC 6890 2.2, RFC 5321 5.1") \
	X(NOT_IN_POLICY, "not-in-policy", WARNING, \
	  "Nobody answers for it here: a sender may wait 30 seconds and more before he goes on, or meet a mail server.", \
	  "Name it: xdp-fakemx decoy ADDR; or take the record out. If another host answers for it, all is well.", \
	  "RFC 5321 4.5.4.1") \
	X(NOT_HERE, "not-here", WARNING, \
	  "Packets for it do not end at this host, so it cannot answer them.", \
	  "Assign the address to an interface, or route it to this host. If another host answers for it, all is well.", \
	  "RFC 1122 3.2.1.3") \
	X(IPV6_ONLY, "ipv6-only-decoy", ERROR, \
	  "For most senders this MX has no address: it is a fault of the domain to them, and no decoy.", \
	  "Give the name an A record too, of an address that is a decoy.", \
	  "RFC 5321 5.1, RFC 3974 4.1") \
	X(FEWER_FAMILIES, "fewer-families", WARNING, \
	  "A sender who came to a decoy over this protocol finds no way on to this mail server over it; one that has no other loses his mail.", \
	  "Give the mail server addresses of both, or take them from the decoys.", \
	  "RFC 3974 4.1, RFC 5321 5.1") \
	X(LATE_REAL, "late-real", WARNING, \
	  "A sender need try no more than two addresses; Postfix tries five. One who gives up before the first mail server loses his mail.", \
	  "Publish fewer decoys, with fewer addresses, in front of the mail server: one with an A and an AAAA record will do.", \
	  "RFC 5321 5.1, postconf(5) smtp_mx_address_limit") \
	X(REAL_SILENT, "real-silent", ERROR, \
	  "Who was turned away at a decoy has nowhere to go.", \
	  "Start the mail server, and open port 25 to it. Many networks block it on the way out: try from another as well.", \
	  "RFC 5321 4.5.4.2") \
	X(DECOY_OPEN, "decoy-open", ERROR, \
	  "Senders move on at once only from a decoy that refuses: silence costs 30 seconds and more each time, and an open one takes mail.", \
	  "See what xdp-fakemx status says on the host that answers for it.", \
	  "RFC 9293 3.10.7.1, RFC 5321 4.5.4.1") \
	X(NOT_PROBED, "not-probed", NOTE, \
	  "Whether it answers is not known.", \
	  "Try from a host that has this protocol, and a way there.", \
	  "RFC 5321 4.5.4.1") \
	X(MTA_STS, "mta-sts", NOTE, \
	  "Senders who heed the policy leave this MX out, which loses no mail, but testers will say that it is not covered.", \
	  "Add an mx: line with its name to the policy, and give it a new id.", \
	  "RFC 8461 4.1, 3.2") \
	X(MTA_STS_UNREAD, "mta-sts-unread", NOTE, \
	  "Whether it covers the decoys is not known; senders may not be able to read it either.", \
	  "See with a browser that it is there, and has an mx: line for each MX. To have that done here, install curl.", \
	  "RFC 8461 3.3") \
	X(DANE, "dane", NOTE, \
	  "That loses no mail, as nobody gets so far as to ask for a certificate, but testers will say that DANE covers some MX only.", \
	  "Publish the mail server's TLSA records for this name too.", \
	  "RFC 7672 2.2.1, 2.2.3") \
	X(TTL_SHORT, "ttl-short", NOTE, \
	  "Each sender asks again for almost each message; when the name servers are out of reach, mail stops at once.", \
	  "Give it an hour or more.", \
	  "RFC 1912 2.2") \
	X(TTL_LONG, "ttl-long", NOTE, \
	  "A change, of an address in need for instance, takes longer than a day to be known.", \
	  "Give it a day or less.", \
	  "RFC 1912 2.2")
/* clang-format on */

#endif

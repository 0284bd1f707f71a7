// SPDX-License-Identifier: GPL-2.0-only
/* What is loaded where, and what looks wrong. */
#include "cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "guard.h"
#include "netdev.h"
#include "out.h"
#include "refusal.h"
#include "spf_status.h"
#include "when.h"

static json_t *iface_warnings(const struct attachment *a)
{
	json_t *warnings = json_array();
	char now[IFNAMSIZ] = "otherwise", why[REFUSAL_SIZE];
	struct netdev dev;

	if (!a->ifindex) {
		add_text(
			warnings,
			"the interface has gone, and what was loaded with it; run: " TOOL
			" load %s, or unload %s",
			a->name, a->name);
		return warnings;
	}
	if (!if_indextoname(a->ifindex, now) || strcmp(now, a->name) ||
	    netdev_read(now, &dev)) {
		add_text(
			warnings,
			"the interface is called %s now, or is in another network namespace; to mend it: " TOOL
			" unload %s, then load again",
			now, a->name);
		return warnings;
	}
	if (!dev.up)
		add_text(warnings, "the interface is down");
	if (!a->about.generic && dev.strips_tags && dev.has_vlans)
		add_text(
			warnings,
			"the interface strips VLAN tags and has VLAN devices: answers on these leave without their tag; run: ethtool -K %s rxvlan off",
			a->name);
	if (a->about.native_errno) {
		refusal_text(why, -a->about.native_errno, dev.mtu);
		add_text(warnings, "the driver refused native mode: %s", why);
	}
	if (strcmp(a->about.version, VERSION))
		add_text(warnings,
			 "the program is of version %s, this tool of " VERSION
			 "; to upgrade it: " TOOL " load %s",
			 a->about.version, a->name);
	return warnings;
}

static json_t *iface_status(const struct attachment *a)
{
	char since[WHEN_TEXT_SIZE];

	when_format(a->about.since * 1000, since);
	return json_pack("{s:s, s:b, s:s, s:s, s:s, s:o}", "interface", a->name,
			 "attached", a->ifindex != 0, "mode",
			 attachment_mode(a), "since", since, "program_version",
			 a->about.version, "warnings", iface_warnings(a));
}

static void warn_flood(const struct snapshot *snapshot, json_t *warnings)
{
	struct tally all;

	snapshot_sum(snapshot, &all);
	if (all.flood)
		add_text(
			warnings,
			"a flood is going on: %u new senders a second; the ledger keeps what it has, and takes few of them",
			all.newcomers);
}

static bool is_covered(const struct snapshot *snapshot, int ifindex)
{
	size_t i;

	for (i = 0; i < snapshot->count; i++)
		if (snapshot->ifaces[i].attachment.ifindex == ifindex)
			return true;
	return false;
}

static void warn_uncovered(const struct snapshot *snapshot, json_t *warnings)
{
	struct netdev *list = NULL;
	size_t count = 0, i;

	if (netdev_list(&list, &count))
		return;
	for (i = 0; i < count; i++)
		if (list[i].ethernet && list[i].up &&
		    !is_covered(snapshot, list[i].ifindex))
			add_text(
				warnings,
				"%s is up and not covered: nothing is answered, or kept out, there",
				list[i].name);
	free(list);
}

static void warn_listened_on(const struct policy *policy, json_t *warnings)
{
	struct listener *list = NULL;
	char text[PREFIX_TEXT_SIZE];
	struct prefix addr;
	size_t count = 0, i;

	if (host_smtp_listeners(&list, &count))
		return;
	for (i = 0; i < policy->count; i++) {
		if (!row_is_decoy(&policy->rows[i]))
			continue;
		row_prefix(&policy->rows[i], &addr);
		if (!is_listened_on(&addr, list, count))
			continue;
		prefix_format(&addr, text);
		add_text(
			warnings,
			"something listens on port 25 of the decoy %s: it can be reached where this program is not; to close that: " GUARD_REMEDY,
			text);
		break;
	}
	free(list);
}

static void warn_unguarded(const struct policy *policy, enum guard_state guard,
			   json_t *warnings)
{
	if (guard == GUARD_NONE)
		warn_listened_on(policy, warnings);
	if (guard == GUARD_STALE)
		add_text(
			warnings,
			"the guard in nftables is of another policy; run: " GUARD_REMEDY);
}

static json_t *host_warnings(const struct snapshot *snapshot,
			     enum guard_state guard)
{
	const struct policy *policy = &snapshot->policy;
	json_t *warnings = json_array();
	char text[PREFIX_TEXT_SIZE];
	struct prefix addr;
	size_t i;

	if (!policy_decoy_count(policy))
		add_text(warnings, "no decoy is named: nothing is answered");
	if (policy->settings.shadow)
		add_text(warnings, "shadow mode: everything passes");
	for (i = 0; i < policy->count; i++) {
		if (!row_is_decoy(&policy->rows[i]))
			continue;
		row_prefix(&policy->rows[i], &addr);
		if (host_has_address(&addr))
			continue;
		prefix_format(&addr, text);
		add_text(
			warnings,
			"decoy %s is no address of this host: nobody answers %s for it, unless it is proxied",
			text,
			addr.family == FMX_IPV4 ? "ARP"
						: "neighbour discovery");
	}
	warn_flood(snapshot, warnings);
	warn_uncovered(snapshot, warnings);
	warn_unguarded(policy, guard, warnings);
	return warnings;
}

static json_t *policy_status(const struct policy *policy)
{
	json_t *decoys = json_array(), *reals = json_array();
	char text[PREFIX_TEXT_SIZE];
	json_int_t allowed = 0;
	struct prefix addr;
	size_t i;

	for (i = 0; i < policy->count; i++) {
		const struct row *row = &policy->rows[i];

		row_prefix(row, &addr);
		prefix_format(&addr, text);
		if (row->key.kind == FMX_KIND_ALLOW)
			allowed++;
		else if (row_is_decoy(row))
			json_array_append_new(
				decoys,
				json_pack("{s:s, s:s}", "decoy", text, "role",
					  role_name(row->rule.role)));
		else
			json_array_append_new(reals, json_string(text));
	}
	return json_pack("{s:o, s:o, s:I, s:b, s:I}", "decoys", decoys, "reals",
			 reals, "allowed", allowed, "shadow",
			 policy->settings.shadow, "rate_limit",
			 (json_int_t)policy->settings.rate_limit);
}

static json_t *ledger_status(const struct snapshot *snapshot)
{
	const struct ledger_size *size = &snapshot->ledger;
	struct tally all;

	snapshot_sum(snapshot, &all);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "entries",
			 (json_int_t)size->entries, "capacity",
			 (json_int_t)size->capacity, "bytes",
			 (json_int_t)size->bytes, "displaced",
			 (json_int_t)all.displaced, "unrecorded",
			 (json_int_t)all.unrecorded, "newcomers_per_second",
			 (json_int_t)all.newcomers, "flood", all.flood);
}

static json_t *events_status(const struct snapshot *snapshot)
{
	struct tally all;

	snapshot_sum(snapshot, &all);
	return json_pack("{s:I}", "suppressed", (json_int_t)all.suppressed);
}

static void print_ledger(FILE *to, json_t *ledger)
{
	json_int_t entries, capacity, bytes;

	json_unpack(ledger, "{s:I, s:I, s:I}", "entries", &entries, "capacity",
		    &capacity, "bytes", &bytes);
	fprintf(to,
		"ledger: %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
		" senders, %.1f MiB\n",
		entries, capacity, (double)bytes / (1 << 20));
}

static void print_warnings(FILE *to, const char *about, const json_t *warnings)
{
	json_t *text;
	size_t i;

	json_array_foreach(warnings, i, text)
		fprintf(to, "warning: %s%s%s\n", about, *about ? ": " : "",
			json_string_value(text));
}

static void print_iface(FILE *to, json_t *iface)
{
	const char *name, *mode, *since, *version;
	int attached;

	json_unpack(iface, "{s:s, s:b, s:s, s:s, s:s}", "interface", &name,
		    "attached", &attached, "mode", &mode, "since", &since,
		    "program_version", &version);
	fprintf(to, "%s: %s in %s mode since %s, program %s\n", name,
		attached ? "loaded" : "gone, was loaded", mode, since, version);
}

static void print_status(FILE *to, const json_t *document)
{
	json_t *ifaces, *decoys, *reals, *spf, *ledger, *guard, *warnings,
		*item;
	json_int_t allowed;
	size_t i;

	json_unpack((json_t *)document,
		    "{s:o, s:{s:o, s:o, s:I}, s:o, s:o, s:o, s:o}",
		    "interfaces", &ifaces, "policy", "decoys", &decoys, "reals",
		    &reals, "allowed", &allowed, "spf", &spf, "ledger", &ledger,
		    "guard", &guard, "warnings", &warnings);
	if (!json_array_size(ifaces)) {
		fputs("nothing is loaded\n", to);
		return;
	}
	json_array_foreach(ifaces, i, item)
		print_iface(to, item);
	json_array_foreach(decoys, i, item)
		fprintf(to, "decoy %s, role %s\n",
			json_string_value(json_object_get(item, "decoy")),
			json_string_value(json_object_get(item, "role")));
	json_array_foreach(reals, i, item)
		fprintf(to, "real %s\n", json_string_value(item));
	fprintf(to, "%" JSON_INTEGER_FORMAT " on the allowlist\n", allowed);
	spf_status_print(to, spf);
	print_ledger(to, ledger);
	fprintf(to, "guard in nftables: %s\n", json_string_value(guard));
	json_array_foreach(ifaces, i, item)
		print_warnings(
			to,
			json_string_value(json_object_get(item, "interface")),
			json_object_get(item, "warnings"));
	print_warnings(to, "", warnings);
}

int cmd_status(const struct call *call)
{
	json_t *ifaces = json_array(), *warnings;
	enum guard_state guard;
	struct snapshot snapshot;
	int err, printed;
	size_t i;

	err = want_words(call, 0, "");
	if (err) {
		json_decref(ifaces);
		return err;
	}
	err = snapshot_take(&snapshot, false);
	if (err && err != -ENOENT) {
		json_decref(ifaces);
		goto out;
	}
	for (i = 0; i < snapshot.count; i++)
		json_array_append_new(
			ifaces, iface_status(&snapshot.ifaces[i].attachment));
	guard = err ? GUARD_NONE : guard_ask(&snapshot.policy);
	warnings = err ? json_array() : host_warnings(&snapshot, guard);
	printed = out_print(
		json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:s?, s:o}",
			  "version", VERSION, "interfaces", ifaces, "policy",
			  policy_status(&snapshot.policy), "spf",
			  spf_status(&snapshot.policy, warnings), "ledger",
			  ledger_status(&snapshot), "events",
			  events_status(&snapshot), "guard",
			  err ? NULL : guard_state_name(guard), "warnings",
			  warnings),
		call->json, print_status);
	if (err)
		err = -ENOTLOADED;
	else
		err = printed;
out:
	snapshot_free(&snapshot);
	return err;
}

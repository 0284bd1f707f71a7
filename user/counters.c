// SPDX-License-Identifier: GPL-2.0-only
#include "counters.h"

#include <errno.h>
#include <stdlib.h>

#include "out.h"

struct reason_def {
	const char *name;
	enum fmx_verdict verdict;
	const char *help;
};

static const struct reason_def reasons[] = {
#define X(id, name, verdict, help) { #name, FMX_##verdict, help },
	FMX_REASONS(X)
#undef X
};

static const char *const family_names[] = {
	[FMX_OTHER] = "other",
	[FMX_IPV4] = "ipv4",
	[FMX_IPV6] = "ipv6",
};

/* What is decided before the IP header is of no family, and nothing else is;
 * shadow mode changes nothing about a packet that passes anyhow.
 */
static bool can_happen(unsigned int shadow, unsigned int family,
		       unsigned int reason)
{
	if ((reason == FMX_REASON_TAGS) != (family == FMX_OTHER))
		return false;
	if (reason == FMX_REASON_EXT_HEADERS && family == FMX_IPV4)
		return false;
	return !shadow || reasons[reason].verdict != FMX_PASS;
}

bool counter_next(unsigned int *step, struct counter_id *out)
{
	while (*step < FMX_COUNTER_COUNT) {
		unsigned int reason = *step % FMX_REASON_COUNT;
		unsigned int rest = *step / FMX_REASON_COUNT;
		unsigned int family = rest % FMX_FAMILY_COUNT;
		unsigned int shadow = rest / FMX_FAMILY_COUNT;

		++*step;
		if (!can_happen(shadow, family, reason))
			continue;
		out->family = family_names[family];
		out->index = fmx_counter_index(shadow, family, reason);
		reason_format(reason, shadow, out->reason);
		return true;
	}
	return false;
}

void reason_format(unsigned int reason, bool shadow,
		   char text[COUNTER_NAME_SIZE])
{
	snprintf(text, COUNTER_NAME_SIZE, "%s%s", shadow ? "would_" : "",
		 reasons[reason].name);
}

enum fmx_verdict reason_verdict(unsigned int reason)
{
	return reasons[reason].verdict;
}

void tally_add(struct tally *to, const struct tally *from)
{
	unsigned int i;

	for (i = 0; i < FMX_COUNTER_COUNT; i++) {
		to->counters[i].packets += from->counters[i].packets;
		to->counters[i].bytes += from->counters[i].bytes;
	}
	for (i = 0; i < FMX_MAX_DECOYS; i++)
		to->answered[i] += from->answered[i];
	for (i = 0; i < FMX_RETRY_BUCKETS; i++)
		to->retries.count[i] += from->retries.count[i];
	to->retries.ticks += from->retries.ticks;
	to->displaced += from->displaced;
	to->unrecorded += from->unrecorded;
	to->suppressed += from->suppressed;
	to->newcomers += from->newcomers;
	to->flood |= from->flood;
}

void snapshot_sum(const struct snapshot *snapshot, struct tally *out)
{
	size_t i;

	*out = (struct tally){ 0 };
	for (i = 0; i < snapshot->count; i++)
		tally_add(out, &snapshot->ifaces[i].tally);
}

static int read_iface(struct iface_counters *iface,
		      const struct attachment *attachment)
{
	iface->attachment = *attachment;
	return kern_tally(attachment->name, &iface->tally);
}

static int read_ifaces(struct snapshot *out)
{
	struct attachment *list = NULL;
	size_t i;
	int err;

	err = kern_attachments(&list, &out->count);
	if (!err) {
		out->ifaces = calloc(out->count + 1, sizeof(*out->ifaces));
		err = out->ifaces ? 0 : -ENOMEM;
	}
	for (i = 0; !err && i < out->count; i++)
		err = read_iface(&out->ifaces[i], &list[i]);
	free(list);
	return err;
}

int snapshot_take(struct snapshot *out, bool with_senders)
{
	struct kern k;
	int err;

	*out = (struct snapshot){ 0 };
	err = kern_open(&k, KERN_READ);
	if (err)
		return err;
	err = policy_read_running(&k, &out->policy);
	if (!err)
		err = kern_ledger_size(&k, &out->ledger);
	if (!err)
		err = read_ifaces(out);
	if (!err && with_senders) {
		err = policy_read_pools(&out->policy);
		if (err)
			say("out of memory");
	}
	if (!err && with_senders) {
		err = ledger_read_running(&k, &out->senders);
		kern_ledger_forget(&k);
	}
	kern_close(&k);
	return err;
}

int snapshot_take_counters(struct snapshot *out)
{
	struct kern k;
	int err;

	*out = (struct snapshot){ 0 };
	err = kern_open(&k, KERN_READ);
	if (err)
		return err;
	kern_settings(&k, &out->policy.settings);
	err = read_ifaces(out);
	kern_close(&k);
	return err;
}

void snapshot_free(struct snapshot *snapshot)
{
	policy_clear(&snapshot->policy);
	ledger_free(&snapshot->senders);
	free(snapshot->ifaces);
	snapshot->ifaces = NULL;
}

const char *reason_name(enum fmx_reason reason)
{
	return reasons[reason].name;
}

const char *reason_help(enum fmx_reason reason)
{
	return reasons[reason].help;
}

const char *attachment_mode(const struct attachment *attachment)
{
	return attachment->about.generic ? "generic" : "native";
}

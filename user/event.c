// SPDX-License-Identifier: GPL-2.0-only
#include "event.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "addr.h"
#include "counters.h"
#include "p0f.h"
#include "statement.h"
#include "when.h"

static enum fmx_verdict verdict(const struct fmx_event *e)
{
	return e->flags & FMX_EVENT_SHADOW ? FMX_PASS
					   : reason_verdict(e->reason);
}

static const char *verdict_name(const struct fmx_event *e)
{
	static const char *const names[] = {
		[FMX_PASS] = "pass",
		[FMX_DROP] = "drop",
		[FMX_ANSWER] = "reset",
	};

	if (verdict(e) == FMX_ANSWER && e->reason == FMX_REASON_CHALLENGED)
		return "challenge";
	return names[verdict(e)];
}

bool event_is_printed(const struct fmx_event *e)
{
	if (e->flags & FMX_EVENT_ATTEMPT)
		return true;
	return reason_verdict(e->reason) == FMX_DROP &&
	       (e->flags & (FMX_EVENT_SYN | FMX_EVENT_FLAWED));
}

static void time_text(__s64 time, char text[WHEN_TEXT_SIZE])
{
	char *end;

	when_format(time, text);
	end = strchr(text, 'Z');
	if (end)
		snprintf(end, text + WHEN_TEXT_SIZE - end, ".%03uZ",
			 (unsigned int)(time % 1000));
}

static json_t *address(const struct fmx_event *e, const __be32 *addr)
{
	char text[PREFIX_TEXT_SIZE];
	struct prefix prefix = { .family = e->family };

	if (e->family == FMX_OTHER)
		return json_null();
	prefix.len = addr_bits(&prefix);
	memcpy(prefix.addr, addr, sizeof(prefix.addr));
	prefix_format(&prefix, text);
	return json_string(text);
}

static json_t *port(const struct fmx_event *e, __be16 number)
{
	const __u8 *bytes = (const __u8 *)&number;

	return e->l4 ? json_integer(bytes[0] << 8 | bytes[1]) : json_null();
}

/* Of a SYN; false: it is none, or not all of it is there. */
static bool signature(const struct fmx_event *e, char text[P0F_TEXT_SIZE])
{
	return (e->flags & FMX_EVENT_SYN) &&
	       !p0f_of_frame(e->frame.bytes, e->frame.captured, e->l3, e->l4,
			     text);
}

static const char *role_text(const struct fmx_event *e)
{
	return e->role < FMX_ROLE_COUNT ? role_name(e->role) : NULL;
}

json_t *event_document(const struct fmx_event *e, __s64 time)
{
	char when[WHEN_TEXT_SIZE], reason[COUNTER_NAME_SIZE];
	char sig[P0F_TEXT_SIZE];

	time_text(time, when);
	reason_format(e->reason, e->flags & FMX_EVENT_SHADOW, reason);
	return json_pack(
		"{s:s, s:s, s:s, s:s, s:s?, s:o, s:o, s:o, s:o, s:b, s:s?}",
		"time", when, "interface", e->iface, "verdict", verdict_name(e),
		"reason", reason, "role", role_text(e), "sender",
		address(e, e->src), "sender_port", port(e, e->sport),
		"destination", address(e, e->dst), "destination_port",
		port(e, e->dport), "attempt",
		(e->flags & FMX_EVENT_ATTEMPT) != 0, "signature",
		signature(e, sig) ? sig : NULL);
}

json_t *event_suppressed(__u64 count, __s64 time)
{
	char when[WHEN_TEXT_SIZE];

	time_text(time, when);
	return json_pack("{s:s, s:I}", "time", when, "suppressed",
			 (json_int_t)count);
}

static const char *text_of(const json_t *document, const char *member)
{
	const char *text = json_string_value(json_object_get(document, member));

	return text ? text : "-";
}

static void print_socket(FILE *to, const json_t *document, const char *addr,
			 const char *port)
{
	const json_t *number = json_object_get(document, port);

	fprintf(to, "[%s]:", text_of(document, addr));
	if (json_is_integer(number))
		fprintf(to, "%" JSON_INTEGER_FORMAT,
			json_integer_value(number));
	else
		fputc('-', to);
}

void event_print(FILE *to, const json_t *document)
{
	const json_t *suppressed = json_object_get(document, "suppressed");
	const char *c;

	fputs(text_of(document, "time"), to);
	if (suppressed) {
		fprintf(to, " SUPPRESSED %" JSON_INTEGER_FORMAT " events\n",
			json_integer_value(suppressed));
		return;
	}
	fprintf(to, " %s ", text_of(document, "interface"));
	for (c = text_of(document, "verdict"); *c; c++)
		fputc(toupper((unsigned char)*c), to);
	fputs(" from ", to);
	print_socket(to, document, "sender", "sender_port");
	fputs(" to ", to);
	print_socket(to, document, "destination", "destination_port");
	fprintf(to, " role=%s reason=%s sig=%s\n", text_of(document, "role"),
		text_of(document, "reason"), text_of(document, "signature"));
}

void event_comment(const struct fmx_event *e, char text[EVENT_COMMENT_SIZE])
{
	char reason[COUNTER_NAME_SIZE], sig[P0F_TEXT_SIZE];
	const char *role = role_text(e);
	char *c;

	reason_format(e->reason, e->flags & FMX_EVENT_SHADOW, reason);
	snprintf(text, EVENT_COMMENT_SIZE, "%s", verdict_name(e));
	for (c = text; *c; c++)
		*c = toupper((unsigned char)*c);
	snprintf(c, text + EVENT_COMMENT_SIZE - c, " role=%s reason=%s sig=%s",
		 role ? role : "-", reason, signature(e, sig) ? sig : "-");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events, for who reads them: see struct fmx_event. One is begun before the
 * frame becomes the answer, and ended after it. Without a reader none of this
 * is called.
 */
#ifndef FAKEMX_EVENTS_H
#define FAKEMX_EVENTS_H

#include "ledger.h"
#include "maps.h"
#include "parse.h"

/* The name that the interface is loaded under. Set before the program is. */
const volatile __u64 iface[FMX_IFACE_SIZE / 8];

static __always_inline __u64 reader(void)
{
	return *(volatile __u64 *)&state.reader;
}

/* Or had: his lease may have run out. */
static __always_inline int has_reader(void)
{
	return reader() != 0;
}

static __always_inline struct fmx_event *get_draft(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&draft, &zero);
}

/*
 * What was found about a packet, in two numbers: a function that takes no more
 * is read by the verifier once.
 */
#define EVENT_NOTE(reason, verdict, role, family, flags)                    \
	((reason) | (__u32)(verdict) << 8 | (role) << 12 | (family) << 16 | \
	 (flags) << 24)
#define EVENT_REASON(note) ((note)&0xff)
#define EVENT_VERDICT(note) ((note) >> 8 & 0xf)
#define EVENT_ROLE(note) ((note) >> 12 & 0xf)
#define EVENT_FAMILY(note) ((note) >> 16 & 0xff)
#define EVENT_FLAGS(note) ((note) >> 24)

#define EVENT_HEADERS(l3, l4) ((l3) | (l4) << 16)
#define EVENT_L3(headers) ((headers)&OFFSET_MASK)
#define EVENT_L4(headers) ((headers) >> 16 & OFFSET_MASK)

/* No branch: each would be a way of its own through all that follows. */
static __always_inline __u32 event_flags(const struct packet *p, __u32 attempt,
					 __u32 shadow)
{
	__u32 syn = equal_mask(p->tcp_flags & SYN_MASK, TCP_SYN);
	__u32 whole = equal_mask(p->flaw, FMX_REASON_NONE);

	forget(attempt);
	forget(shadow);
	return attempt * FMX_EVENT_ATTEMPT | shadow * FMX_EVENT_SHADOW |
	       (syn & FMX_EVENT_SYN) | (~whole & FMX_EVENT_FLAWED);
}

/* Whether the reader wants to know. */
static __always_inline int is_wanted(__u32 note)
{
	__u32 verdict = EVENT_VERDICT(note), flags = EVENT_FLAGS(note);

	if (reader() & FMX_READER_ALL)
		return (flags & FMX_EVENT_SYN) || verdict != FMX_PASS;
	return (flags & FMX_EVENT_ATTEMPT) ||
	       (verdict == FMX_DROP &&
		(flags & (FMX_EVENT_SYN | FMX_EVENT_FLAWED)));
}

static __always_inline int is_too_many(struct fmx_teller *events, __u32 now)
{
	if (events->tick != now) {
		events->tick = now;
		events->now = 0;
	}
	if (events->now < FMX_EVENTS) {
		events->now++;
		return 0;
	}
	events->suppressed++;
	return 1;
}

enum which {
	THE_FRAME,
	THE_ANSWER,
};

/* What lies between its start and frame_end(); the rest of it is no header. */
__attribute__((noinline)) __u32 copy_frame(struct xdp_md *ctx, __u32 which)
{
	const __u8 *from = frame_start(ctx);
	struct fmx_event *event = get_draft();
	struct fmx_copy *to;
	__u32 i;

	if (!event)
		return 0;
	to = which == THE_FRAME ? &event->frame : &event->answer;
	for (i = 0; i < FMX_SNAP / 8; i++) {
		if ((void *)(from + 8 * i + 8) > frame_end(ctx))
			break;
		*(__u64 *)(to->bytes + 8 * i) = *(const __u64 *)(from + 8 * i);
	}
	for (i *= 8; i < FMX_SNAP; i++) {
		if ((void *)(from + i + 1) > frame_end(ctx))
			break;
		to->bytes[i] = from[i];
	}
	to->captured = i;
	to->len = frame_len(ctx);
	return 0;
}

/* From the headers that parse_frame() has found there. */
static __always_inline void write_addresses(struct xdp_md *ctx, __u32 l3,
					    struct fmx_event *event)
{
	const struct ipv6hdr *ipv6 = frame_at(ctx, l3);
	const struct iphdr *ipv4 = frame_at(ctx, l3);

	__builtin_memset(event->src, 0, sizeof(event->src));
	__builtin_memset(event->dst, 0, sizeof(event->dst));
	if (event->family == FMX_IPV6 && (void *)(ipv6 + 1) <= frame_end(ctx)) {
		__builtin_memcpy(event->src, &ipv6->saddr, sizeof(event->src));
		__builtin_memcpy(event->dst, &ipv6->daddr, sizeof(event->dst));
	}
	if (event->family == FMX_IPV4 && (void *)(ipv4 + 1) <= frame_end(ctx)) {
		event->src[0] = ipv4->saddr;
		event->dst[0] = ipv4->daddr;
	}
}

static __always_inline void write_ports(struct xdp_md *ctx, __u32 l4,
					struct fmx_event *event)
{
	const struct tcphdr *tcp = frame_at(ctx, l4);

	event->l4 = event->sport = event->dport = 0;
	if (!l4 || (void *)&tcp->seq > frame_end(ctx))
		return;
	event->l4 = l4;
	event->sport = tcp->source;
	event->dport = tcp->dest;
}

__attribute__((noinline)) __u32 begin_event(struct xdp_md *ctx, __u32 headers,
					    __u32 note)
{
	struct fmx_event *event = get_draft();
	struct fmx_tally *t = this_cpu();
	__u32 now;

	if (!t || !event)
		return 0;
	event->time = 0;
	now = now_ticks(t);
	if (fmx_reader_until(reader()) <= now || !is_wanted(note) ||
	    is_too_many(&t->events, now))
		return 0;
	event->time = bpf_ktime_get_ns();
	*(__u64 *)event->iface = iface[0];
	*(__u64 *)(event->iface + 8) = iface[1];
	event->l3 = EVENT_L3(headers);
	event->family = EVENT_FAMILY(note);
	event->role = EVENT_ROLE(note);
	event->reason = EVENT_REASON(note);
	event->flags = EVENT_FLAGS(note);
	event->answer.len = event->answer.captured = 0;
	write_addresses(ctx, event->l3, event);
	write_ports(ctx, EVENT_L4(headers), event);
	copy_frame(ctx, THE_FRAME);
	return 0;
}

__attribute__((noinline)) __u32 end_event(struct xdp_md *ctx, __u32 answered)
{
	struct fmx_event *event = get_draft();
	struct fmx_tally *t = this_cpu();

	if (!t || !event || !event->time)
		return 0;
	if (answered)
		copy_frame(ctx, THE_ANSWER);
	if (bpf_ringbuf_output(&events, event, sizeof(*event), 0))
		t->events.suppressed++;
	event->time = 0;
	return 0;
}

#endif

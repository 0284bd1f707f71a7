// SPDX-License-Identifier: GPL-2.0-only
#include "p0f.h"

#include <errno.h>
#include <stdbool.h>

#include "digits.h"

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define TCP_HEADER 20
#define MAX_OPTIONS 24 /* that p0f reads */
#define MAX_DISTANCE 35
#define MAX_SCALE 14 /* RFC 7323 2.3 */
#define ETHERNET_MTU 1500
#define TIMESTAMPS 12 /* bytes of them, with padding */

#define QUIRKS(X)          \
	X(DF, "df")        \
	X(ID, "id+")       \
	X(NO_ID, "id-")    \
	X(ECN, "ecn")      \
	X(RESERVED, "0+")  \
	X(FLOW, "flow")    \
	X(NO_SEQ, "seq-")  \
	X(ACK, "ack+")     \
	X(NO_ACK, "ack-")  \
	X(URGENT, "uptr+") \
	X(URG, "urgf+")    \
	X(PUSH, "pushf+")  \
	X(NO_TS1, "ts1-")  \
	X(TS2, "ts2+")     \
	X(PADDING, "opt+") \
	X(SCALE, "exws")   \
	X(BAD, "bad")

enum quirk {
#define X(id, name) QUIRK_##id,
	QUIRKS(X)
#undef X
};

static const char *const quirk_names[] = {
#define X(id, name) name,
	QUIRKS(X)
#undef X
};

enum option {
	OPTION_END = 0,
	OPTION_NOP = 1,
	OPTION_MSS = 2,
	OPTION_SCALE = 3,
	OPTION_SACK_OK = 4,
	OPTION_SACK = 5,
	OPTION_TIMESTAMPS = 8,
};

/* What p0f calls an option, and how long it has to be; 0: it says itself. */
static const struct option_def {
	const char *name;
	size_t len;
} option_defs[] = {
	[OPTION_END] = { "eol", 1 },	    [OPTION_NOP] = { "nop", 1 },
	[OPTION_MSS] = { "mss", 4 },	    [OPTION_SCALE] = { "ws", 3 },
	[OPTION_SACK_OK] = { "sok", 2 },    [OPTION_SACK] = { "sack", 0 },
	[OPTION_TIMESTAMPS] = { "ts", 10 },
};

static const struct option_def *option_def(unsigned int kind)
{
	static const struct option_def unknown;

	if (kind < sizeof(option_defs) / sizeof(*option_defs))
		return &option_defs[kind];
	return &unknown;
}

struct syn {
	unsigned int version, ttl, ip_options_len;
	unsigned int mss, window, scale;
	unsigned int headers_len; /* of IP and TCP, with options */
	bool has_timestamp;	  /* of its own, other than 0 */
	bool has_payload;
	unsigned int quirks;  /* bits by enum quirk */
	unsigned int padding; /* behind the end of options */
	unsigned int option_count;
	__u8 options[MAX_OPTIONS];
};

/* A text that grows; the caller has seen to it that it fits. */
struct buffer {
	char *at;
	size_t left;
};

static void put(struct buffer *b, const char *text)
{
	while (*text && b->left > 1) {
		*b->at++ = *text++;
		b->left--;
	}
	*b->at = '\0';
}

static void put_number(struct buffer *b, unsigned int number)
{
	char buffer[DIGITS_SIZE];

	put(b, digits(number, buffer));
}

static unsigned int read16(const __u8 *at)
{
	return at[0] << 8 | at[1];
}

static bool any(const __u8 *at, size_t len)
{
	while (len--)
		if (*at++)
			return true;
	return false;
}

static void quirk_if(struct syn *s, enum quirk quirk, bool is)
{
	s->quirks |= is ? 1U << quirk : 0;
}

static unsigned int distance(unsigned int ttl)
{
	if (ttl <= 32)
		return 32 - ttl;
	if (ttl <= 64)
		return 64 - ttl;
	return ttl <= 128 ? 128 - ttl : 255 - ttl;
}

/*
 * Whether the window is a multiple of the MSS, or of the MTU: in the order in
 * which p0f tries what systems take for these.
 */
static unsigned int multiple(const struct syn *s, bool *of_mtu)
{
	const unsigned int ipv4 = IPV4_HEADER + TCP_HEADER;
	const unsigned int ipv6 = IPV6_HEADER + TCP_HEADER;
	const bool is_ipv6 = s->version == 6;
	const struct {
		unsigned int divisor;
		bool tried, mtu;
	} ways[] = {
		{ s->mss, true, false },
		{ s->mss - TIMESTAMPS, s->has_timestamp, false },
		{ ETHERNET_MTU - ipv4, true, false },
		{ ETHERNET_MTU - ipv4 - TIMESTAMPS, true, false },
		{ ETHERNET_MTU - ipv6, is_ipv6, false },
		{ ETHERNET_MTU - ipv6 - TIMESTAMPS, is_ipv6, false },
		{ s->mss + ipv4, true, true },
		{ s->mss + s->headers_len, s->headers_len > 0, true },
		{ s->mss + ipv6, is_ipv6, true },
		{ ETHERNET_MTU, true, true },
	};
	size_t i;

	if (!s->window || s->mss < 100)
		return 0;
	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		if (!ways[i].tried || s->window % ways[i].divisor)
			continue;
		*of_mtu = ways[i].mtu;
		return s->window / ways[i].divisor;
	}
	return 0;
}

static void put_ttl(struct buffer *b, unsigned int ttl)
{
	put_number(b, ttl);
	put(b, "+");
	if (distance(ttl) > MAX_DISTANCE)
		put(b, "?");
	else
		put_number(b, distance(ttl));
}

static void put_window(struct buffer *b, const struct syn *s)
{
	bool of_mtu = false;
	unsigned int times = multiple(s, &of_mtu);

	if (times)
		put(b, of_mtu ? "mtu*" : "mss*");
	put_number(b, times ? times : s->window);
}

/* Up to the length of IP's options. */
static void put_begin(struct buffer *b, const struct syn *s)
{
	put_number(b, s->version);
	put(b, ":");
	put_ttl(b, s->ttl);
	put(b, ":");
}

/* Behind it, up to TCP's options. */
static void put_middle(struct buffer *b, const struct syn *s)
{
	put(b, ":");
	put_number(b, s->mss);
	put(b, ":");
	put_window(b, s);
	put(b, ",");
	put_number(b, s->scale);
	put(b, ":");
}

static void put_options(struct buffer *b, const struct syn *s)
{
	unsigned int i;

	for (i = 0; i < s->option_count; i++) {
		const char *name = option_def(s->options[i])->name;

		put(b, i ? "," : "");
		put(b, name ? name : "?");
		if (!name)
			put_number(b, s->options[i]);
		if (s->options[i] == OPTION_END) {
			put(b, "+");
			put_number(b, s->padding);
		}
	}
}

static void put_quirks(struct buffer *b, unsigned int quirks)
{
	const char *separator = "";
	size_t i;

	for (i = 0; i < sizeof(quirk_names) / sizeof(*quirk_names); i++) {
		if (!(quirks & 1U << i))
			continue;
		put(b, separator);
		put(b, quirk_names[i]);
		separator = ",";
	}
}

/* What an option says; `at` is behind its kind, and has all of it. */
static void read_option(struct syn *s, unsigned int kind, const __u8 *at)
{
	switch (kind) {
	case OPTION_MSS:
		s->mss = read16(at + 1);
		break;
	case OPTION_SCALE:
		s->scale = at[1];
		quirk_if(s, QUIRK_SCALE, s->scale > MAX_SCALE);
		break;
	case OPTION_TIMESTAMPS:
		s->has_timestamp = any(at + 1, 4);
		quirk_if(s, QUIRK_NO_TS1, !s->has_timestamp);
		quirk_if(s, QUIRK_TS2, any(at + 5, 4));
		break;
	default:
		break;
	}
}

/*
 * How long an option is behind its kind, of which `left` bytes are there; -1
 * where it cannot be. One of a known length is read as if it had that.
 */
static int option_len(struct syn *s, unsigned int kind, const __u8 *at,
		      size_t left)
{
	size_t known = option_def(kind)->len;
	size_t least = kind == OPTION_SACK ? 10 : 2;
	size_t most = kind == OPTION_SACK ? 34 : 40;

	if (known == 1)
		return 0;
	if (left < (known ? known - 1 : 1))
		return -1;
	if (known) {
		quirk_if(s, QUIRK_BAD, *at != known);
		return known - 1;
	}
	if (*at < least || *at > most || (size_t)*at - 1 > left)
		return -1;
	return *at - 1;
}

static void read_options(struct syn *s, const __u8 *at, const __u8 *end)
{
	while (at < end && s->option_count < MAX_OPTIONS) {
		unsigned int kind = *at++;
		int len;

		s->options[s->option_count++] = kind;
		if (kind == OPTION_END) {
			s->padding = end - at;
			quirk_if(s, QUIRK_PADDING, any(at, end - at));
			return;
		}
		len = option_len(s, kind, at, end - at);
		if (len < 0) {
			quirk_if(s, QUIRK_BAD, true);
			return;
		}
		read_option(s, kind, at);
		at += len;
	}
	quirk_if(s, QUIRK_BAD, at != end);
}

/* Returns how long the IP packet is. */
static size_t read_ipv4(struct syn *s, const __u8 *ip, size_t header_len)
{
	bool df = ip[6] & 0x40, id = any(ip + 4, 2);

	s->ttl = ip[8];
	s->ip_options_len = header_len - IPV4_HEADER;
	quirk_if(s, QUIRK_ECN, ip[1] & 3);
	quirk_if(s, QUIRK_RESERVED, ip[6] & 0x80);
	quirk_if(s, QUIRK_DF, df);
	quirk_if(s, QUIRK_ID, df && id);
	quirk_if(s, QUIRK_NO_ID, !df && !id);
	return read16(ip + 2);
}

static size_t read_ipv6(struct syn *s, const __u8 *ip, size_t header_len)
{
	s->ttl = ip[7];
	s->ip_options_len = header_len - IPV6_HEADER;
	quirk_if(s, QUIRK_ECN, ip[1] & 0x30);
	quirk_if(s, QUIRK_FLOW, (ip[1] & 0xf) || any(ip + 2, 2));
	return IPV6_HEADER + read16(ip + 4);
}

static void read_tcp(struct syn *s, const __u8 *tcp, size_t header_len)
{
	bool ack = tcp[13] & 0x10, urg = tcp[13] & 0x20;

	s->window = read16(tcp + 14);
	/* ECE, CWR, and the bit that once was NS */
	quirk_if(s, QUIRK_ECN, (tcp[13] & 0xc0) || (tcp[12] & 1));
	quirk_if(s, QUIRK_NO_SEQ, !any(tcp + 4, 4));
	quirk_if(s, QUIRK_ACK, !ack && any(tcp + 8, 4));
	quirk_if(s, QUIRK_NO_ACK, ack && !any(tcp + 8, 4));
	quirk_if(s, QUIRK_URG, urg);
	quirk_if(s, QUIRK_URGENT, !urg && any(tcp + 18, 2));
	quirk_if(s, QUIRK_PUSH, tcp[13] & 0x08);
	read_options(s, tcp + TCP_HEADER, tcp + header_len);
}

/* Whether the headers are there, and IP's is where TCP's can follow it. */
static bool are_there(const __u8 *frame, size_t captured, size_t l3, size_t l4)
{
	size_t least;

	if (l3 >= captured || l4 <= l3 || l4 + TCP_HEADER > captured)
		return false;
	least = frame[l3] >> 4 == 6 ? IPV6_HEADER : IPV4_HEADER;
	if (l4 - l3 < least)
		return false;
	return frame[l4 + 12] >> 4 >= 5 &&
	       l4 + (frame[l4 + 12] >> 4) * 4 <= captured;
}

int p0f_of_frame(const __u8 *frame, size_t captured, size_t l3, size_t l4,
		 char text[P0F_TEXT_SIZE])
{
	struct buffer b = { text, P0F_TEXT_SIZE };
	struct syn s = { 0 };
	size_t tcp_len, total;

	if (!are_there(frame, captured, l3, l4))
		return -EINVAL;
	tcp_len = (frame[l4 + 12] >> 4) * 4;
	s.version = frame[l3] >> 4;
	s.headers_len = l4 - l3 + tcp_len;
	if (s.version == 6)
		total = read_ipv6(&s, frame + l3, l4 - l3);
	else
		total = read_ipv4(&s, frame + l3, l4 - l3);
	s.has_payload = total > s.headers_len;
	read_tcp(&s, frame + l4, tcp_len);

	put_begin(&b, &s);
	put_number(&b, s.ip_options_len);
	put_middle(&b, &s);
	put_options(&b, &s);
	put(&b, ":");
	put_quirks(&b, s.quirks);
	put(&b, s.has_payload ? ":+" : ":0");
	return 0;
}

#define LEDGER_OPTIONS 8

/* The ledger's code for an option, the i'th; 0 behind the last. */
static unsigned int option_code(const struct sender *s, unsigned int i)
{
	return s->options >> 4 * i & 0xf;
}

void p0f_of_sender(const struct sender *s, char text[P0F_TEXT_SIZE])
{
	struct buffer b = { text, P0F_TEXT_SIZE };
	struct syn syn = {
		.version = s->addr.family == FMX_IPV6 ? 6 : 4,
		.ttl = s->ttl,
		.mss = s->mss,
		.window = s->window,
		.scale = s->scale == FMX_NO_SCALE ? 0 : s->scale,
	};
	unsigned int i, code;

	for (i = 0; i < LEDGER_OPTIONS; i++)
		syn.has_timestamp |= option_code(s, i) == OPTION_TIMESTAMPS;
	put_begin(&b, &syn);
	put(&b, "*");
	put_middle(&b, &syn);
	for (i = 0; i < LEDGER_OPTIONS && (code = option_code(s, i)); i++) {
		put(&b, i ? "," : "");
		if (code == FMX_OPTION_END) {
			put(&b, "eol+*");
		} else if (option_def(code)->name) {
			put(&b, option_def(code)->name);
		} else {
			put(&b, "?");
			if (code != FMX_OPTION_OTHER)
				put_number(&b, code);
		}
	}
	/* There may have been more. */
	if (i == LEDGER_OPTIONS && code != FMX_OPTION_END)
		put(&b, ",*");
	put(&b, ":*:*");
}

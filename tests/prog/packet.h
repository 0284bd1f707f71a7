/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames, and the answers they should get, built byte by byte from what the
 * RFCs say. Nothing here is shared with the code under test.
 */
#ifndef PACKET_H
#define PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_SIZE 9728

#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define PSH 0x08
#define ACK 0x10
#define URG 0x20
#define ECE 0x40
#define CWR 0x80

/* In a spec a field of 0 is what is usual there; SAY(0) is zero itself. */
#define SAY(n) ((n) | 0x10000)
#define SAID(field, usual) ((field) ? (field)&0xffff : (usual))

#define MAX_TAGS_BUILT 10
#define MAX_EXT_BUILT 10

struct tag {
	uint16_t type;
	uint16_t tci;
};

#define Q(tci)              \
	{                   \
		0x8100, tci \
	}
#define AD(tci)             \
	{                   \
		0x88a8, tci \
	}

/* An IPv6 extension header; `len` and `frag` are fields as on the wire. */
struct ext {
	bool used;
	uint8_t type;
	uint8_t len;
	uint16_t frag;
	const uint8_t
		*body; /* what follows `len`, or NULL: `frag` and zeroes */
	int next;      /* what it says that follows, if that is a lie */
};

#define EXT_HOP_BY_HOP 0
#define EXT_ROUTING 43
#define EXT_FRAGMENT 44
#define EXT_AH 51
#define EXT_DST_OPTS 60
#define EXT_MOBILITY 135
#define EXT_HIP 139
#define EXT_SHIM6 140

#define EXT(type)                         \
	{                                 \
		true, type, 0, 0, NULL, 0 \
	}
#define EXT_LEN(type, len)                  \
	{                                   \
		true, type, len, 0, NULL, 0 \
	}
#define AH                                  \
	{                                   \
		true, EXT_AH, 4, 0, NULL, 0 \
	}
#define LYING_FRAGMENT(frag, next)                           \
	{                                                    \
		true, EXT_FRAGMENT, 0, frag, NULL, SAY(next) \
	}
#define FRAGMENT(frag)                               \
	{                                            \
		true, EXT_FRAGMENT, 0, frag, NULL, 0 \
	}

enum check {
	CHECK_FULL,
	CHECK_PARTIAL, /* the pseudo-header's sum, folded, no complement */
	CHECK_WRONG,
};

/* All zeroes is a pure SYN of 20 bytes from SENDER4 to DECOY4. */
struct spec {
	int family; /* 6, or else IPv4 */
	const char *src, *dst, *src_mac, *dst_mac;
	const char *final_dst; /* TCP's, where a source route leads on */
	int sport, dport;
	uint32_t seq, ack;
	int flags;
	int window, urgent;
	int payload; /* bytes behind the TCP header */
	int tos;     /* IPv6: the traffic class */
	int ttl, id; /* IPv4 alone has an ID */
	uint32_t flow_label;
	int padding; /* bytes behind the IP packet */
	struct tag tags[MAX_TAGS_BUILT];
	int ip_options;	 /* bytes */
	int tcp_options; /* bytes */
	struct ext ext[MAX_EXT_BUILT];
	int frag; /* IPv4: flags and offset */
	/* What is in them, or NULL for what is usual there */
	const uint8_t *ip_option_bytes, *tcp_option_bytes, *payload_bytes;
	/* Fields that may lie */
	int ethertype, version, ihl, ip_len, protocol, doff, reserved;
	int segment; /* what the IP packet holds of the TCP segment */
	int keep;    /* bytes left of the whole frame */
	enum check check;
	bool wrong_ip_check;
	const uint32_t *cookie; /* what the answer is to have, or a reset */
};

struct frame {
	size_t len;
	uint8_t bytes[FRAME_SIZE];
};

#define SENDER_MAC "02:00:00:00:00:01"
#define OUR_MAC "02:00:00:00:00:02"
#define SENDER4 "203.0.113.77"
#define SENDER6 "2001:db8:77::1"
#define DECOY4 "198.51.100.10"
#define DECOY6 "2001:db8:100::10"

const char *spec_dst(const struct spec *s);
const char *spec_src(const struct spec *s);

/* Bytes of an extension header. */
size_t ext_size(const struct ext *ext);

/* Where the IP header starts, and where TCP's does (with a true ihl). */
size_t spec_l3(const struct spec *s);
size_t spec_l4(const struct spec *s);

void build_request(const struct spec *s, struct frame *f);

/*
 * The reset of a closed port; or a SYN and ACK with the cookie. To a partial
 * checksum it is one whose checksum is right as it is, and is the
 * pseudo-header's sum, for whatever completes it.
 */
void build_answer(const struct spec *s, struct frame *f);

/* The one's complement sum of RFC 1071, folded to 16 bits. */
uint16_t internet_sum(const uint8_t *bytes, size_t len, uint32_t sum);

#endif

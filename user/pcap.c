// SPDX-License-Identifier: GPL-2.0-only
#include "pcap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"

/* Block types and option codes. */
#define BLOCK_SECTION 0x0a0d0d0a
#define BLOCK_INTERFACE 1
#define BLOCK_PACKET 6
#define OPTION_END 0
#define OPTION_COMMENT 1
#define OPTION_PACKET_FLAGS 2
#define OPTION_IFACE_NAME 2
#define OPTION_SECTION_PROGRAM 4
#define OPTION_IFACE_TIME 9

#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define LINK_ETHERNET 1
#define TIME_NANOSECONDS 9 /* digits behind the point */
#define FLAG_RECEIVED 1
#define FLAG_SENT 2

#define BLOCK_SIZE 1024
#define COMMENT_MAX 512 /* bytes of it */

struct pcap {
	FILE *file;
	const char *path;
	char (*ifaces)[FMX_IFACE_SIZE]; /* their numbers are their places */
	size_t iface_count;
	int err; /* the first */
};

/* A block in the making: numbers are in the order of this machine. */
struct block {
	size_t len;
	__u8 bytes[BLOCK_SIZE];
};

/* Fields start at multiples of four. */
static void add(struct block *b, const void *bytes, size_t len)
{
	memcpy(b->bytes + b->len, bytes, len);
	b->len += len;
	while (b->len % 4)
		b->bytes[b->len++] = 0;
}

static void add32(struct block *b, __u32 value)
{
	add(b, &value, sizeof(value));
}

static void add_halves(struct block *b, __u16 first, __u16 second)
{
	const __u16 both[] = { first, second };

	add(b, both, sizeof(both));
}

static void add_option(struct block *b, __u16 code, const void *value,
		       size_t len)
{
	add_halves(b, code, len);
	add(b, value, len);
}

static void begin(struct block *b, __u32 type)
{
	b->len = 0;
	add32(b, type);
	add32(b, 0); /* the length, when it is known */
}

static void end(struct pcap *p, struct block *b)
{
	__u32 len;

	add_halves(b, OPTION_END, 0);
	len = b->len + sizeof(len);
	memcpy(b->bytes + 4, &len, sizeof(len));
	add32(b, len);
	if (fwrite(b->bytes, 1, b->len, p->file) != b->len && !p->err)
		p->err = errno ? -errno : -EIO;
}

static void write_section(struct pcap *p)
{
	static const char program[] = TOOL " " VERSION;
	const __u64 unknown_length = ~0ULL;
	struct block b;

	begin(&b, BLOCK_SECTION);
	add32(&b, BYTE_ORDER_MAGIC);
	add_halves(&b, 1, 0); /* version 1.0 */
	add(&b, &unknown_length, sizeof(unknown_length));
	add_option(&b, OPTION_SECTION_PROGRAM, program, sizeof(program) - 1);
	end(p, &b);
}

static void write_iface(struct pcap *p, const char *name)
{
	const __u8 resolution = TIME_NANOSECONDS;
	struct block b;

	begin(&b, BLOCK_INTERFACE);
	add_halves(&b, LINK_ETHERNET, 0);
	add32(&b, FMX_SNAP);
	add_option(&b, OPTION_IFACE_NAME, name, strlen(name));
	add_option(&b, OPTION_IFACE_TIME, &resolution, sizeof(resolution));
	end(p, &b);
}

/* Its number; it is written before the first frame of it. */
static __u32 iface_number(struct pcap *p, const char *name)
{
	char(*grown)[FMX_IFACE_SIZE];
	size_t i;

	for (i = 0; i < p->iface_count; i++)
		if (!strcmp(p->ifaces[i], name))
			return i;
	grown = realloc(p->ifaces, (i + 1) * sizeof(*grown));
	if (!grown) {
		p->err = -ENOMEM;
		return 0;
	}
	p->ifaces = grown;
	snprintf(p->ifaces[i], sizeof(p->ifaces[i]), "%s", name);
	p->iface_count++;
	write_iface(p, name);
	return i;
}

struct pcap *pcap_open(const char *path)
{
	struct pcap *p = calloc(1, sizeof(*p));
	bool to_stdout = !strcmp(path, "-");

	if (!p) {
		say("out of memory");
		return NULL;
	}
	p->path = to_stdout ? "standard output" : path;
	p->file = to_stdout ? stdout : fopen(path, "we");
	if (!p->file) {
		say("%s: %s", path, strerror(errno));
		free(p);
		return NULL;
	}
	write_section(p);
	if (!pcap_flush(p))
		return p;
	pcap_close(p);
	return NULL;
}

void pcap_write(struct pcap *p, const char *iface, __u64 time,
		const struct fmx_copy *frame, bool sent, const char *comment)
{
	__u32 number = iface_number(p, iface);
	__u32 captured =
		frame->captured < FMX_SNAP ? frame->captured : FMX_SNAP;
	const __u32 flags = sent ? FLAG_SENT : FLAG_RECEIVED;
	struct block b;

	begin(&b, BLOCK_PACKET);
	add32(&b, number);
	add32(&b, time >> 32);
	add32(&b, time);
	add32(&b, captured);
	add32(&b, frame->len);
	add(&b, frame->bytes, captured);
	add_option(&b, OPTION_COMMENT, comment, strnlen(comment, COMMENT_MAX));
	add_option(&b, OPTION_PACKET_FLAGS, &flags, sizeof(flags));
	end(p, &b);
}

int pcap_flush(struct pcap *p)
{
	if (!p->err && fflush(p->file))
		p->err = errno ? -errno : -EIO;
	if (p->err && p->err != -EPIPE)
		say("%s: %s", p->path, strerror(-p->err));
	return p->err;
}

int pcap_close(struct pcap *p)
{
	int err = p->err;

	if (!err)
		err = pcap_flush(p);
	if (p->file != stdout && fclose(p->file) && !err) {
		err = -errno;
		say("%s: %s", p->path, strerror(-err));
	}
	free(p->ifaces);
	free(p);
	return err;
}

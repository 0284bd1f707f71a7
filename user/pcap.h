/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A capture file, in the pcapng format (draft-ietf-opsawg-pcapng), which
 * Wireshark and tcpdump open: frames of several interfaces, each with its time
 * in nanoseconds, its direction and a comment.
 */
#ifndef PCAP_H
#define PCAP_H

#include <stdbool.h>

#include "fakemx_event.h"

struct pcap;

/*
 * Begins one at this path, in the place of what is there; "-" is standard
 * output. NULL, said, where that cannot be.
 */
struct pcap *pcap_open(const char *path);

/*
 * A frame; `time` is nanoseconds since the epoch. A comment may have up to 512
 * bytes. Errors wait for the flush.
 */
void pcap_write(struct pcap *p, const char *iface, __u64 time,
		const struct fmx_copy *frame, bool sent, const char *comment);

/*
 * 0 where all that was written is in the file, for others to read; or -errno,
 * said: but -EPIPE without a word.
 */
int pcap_flush(struct pcap *p);

/* Flushes and closes it, and frees it in every case. */
int pcap_close(struct pcap *p);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps of the program. What is in them is described in fakemx.h. */
#ifndef FAKEMX_MAPS_H
#define FAKEMX_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "blocks.h"
#include "fakemx.h"
#include "fakemx_event.h"

/* Sizes, not types: clang leaves out types that only an inner map names. */
struct rules {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, FMX_MAX_RULES);
	__uint(key_size, sizeof(struct fmx_key));
	__uint(value_size, sizeof(struct fmx_rule));
};

/* Shared by all interfaces. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, FMX_RULE_PLACES);
	__type(key, __u32);
	__array(values, struct rules);
} policy SEC(".maps");

/* FMX_BLOCK_WORDS for either place of the rules. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FMX_RULE_PLACES *FMX_BLOCK_WORDS);
	__type(key, __u32);
	__type(value, __u64);
} blocks SEC(".maps");

/* A map of one value, whose address the program knows. */
struct fmx_state state SEC(".data.state");

/* The sizes are set before the program is loaded. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FMX_LEDGER_DEFAULT / FMX_LEDGER_WAYS);
	__type(key, __u32);
	__type(value, struct fmx_set);
} ledger SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FMX_LEDGER_DEFAULT / FMX_LEDGER_WAYS);
	__type(key, __u32);
	__type(value, struct fmx_front);
} fronts SEC(".maps");

/* What the reader has not taken yet. Linux 5.8. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, FMX_EVENTS_SIZE);
} events SEC(".maps");

/* One set an interface, from here on. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fmx_tally);
} tally SEC(".maps");

/* An event in the making; its time is 0 where none is. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fmx_event);
} draft SEC(".maps");

/* Keyed by the sender: an IPv4 address, or the first eight bytes of an IPv6. */
struct rate_key {
	__u32 family;
	__u32 prefix[2];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FMX_MAX_RATE_SENDERS);
	__type(key, struct rate_key);
	__type(value, struct fmx_rate);
} rate SEC(".maps");

#endif

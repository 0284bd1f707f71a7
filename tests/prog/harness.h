/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loads the program once for each way to attach it, gives it a policy, runs
 * frames through it, and compares all that it did.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "blocks.h"
#include "fakemx.skel.h"
#include "packet.h"

#define DECOY4_LAST "198.51.100.30"
#define DECOY6_LAST "2001:db8:100::30"
#define VERIFY4 "198.51.100.40"
#define VERIFY4_OTHER "198.51.100.41"
#define VERIFY6 "2001:db8:100::40"
#define REAL4 "198.51.100.20"
#define REAL6 "2001:db8:100::20"
#define ALLOWED4 "198.18.0.5"
#define ALLOWED6 "2001:db8:200::5"
#define OTHER4 "198.51.100.99"
#define OTHER6 "2001:db8:100::99"

#define IFACE "eth0.4094"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define MAX_TESTS 256
#define MAX_CPUS 512
#define LEDGER_SETS (FMX_LEDGER_DEFAULT / FMX_LEDGER_WAYS)

struct target {
	int family;
	const char *addr;
	uint8_t role;
	uint8_t slot;
	uint8_t answer;
};

static const struct target targets[] = {
	{ 4, DECOY4, FMX_ROLE_FIRST, 3, FMX_ANSWER_RESET },
	{ 4, DECOY4_LAST, FMX_ROLE_LAST, 255, FMX_ANSWER_RESET },
	{ 6, DECOY6, FMX_ROLE_FIRST, 7, FMX_ANSWER_RESET },
	{ 6, DECOY6_LAST, FMX_ROLE_LAST, 0, FMX_ANSWER_RESET },
	{ 4, REAL4, FMX_ROLE_REAL, 0, FMX_ANSWER_RESET },
	{ 6, REAL6, FMX_ROLE_REAL, 0, FMX_ANSWER_RESET },
	{ 4, VERIFY4, FMX_ROLE_LAST, 9, FMX_ANSWER_VERIFY },
	{ 4, VERIFY4_OTHER, FMX_ROLE_LAST, 10, FMX_ANSWER_VERIFY },
	{ 6, VERIFY6, FMX_ROLE_LAST, 11, FMX_ANSWER_VERIFY },
};

/* Some allow what comes after another rule, to tell the order of the rules. */
static const struct prefix {
	int family;
	const char *addr;
	int len;
} allowed_prefixes[] = {
	{ 4, ALLOWED4, 32 },	     { 4, "192.0.2.64", 26 },
	{ 4, "127.0.0.1", 32 },	     { 6, ALLOWED6, 128 },
	{ 6, "2001:db8:300::", 44 }, { 6, "::1", 128 },
};

struct tally {
	struct fmx_counter counters[FMX_COUNTER_COUNT];
	uint64_t answered[FMX_MAX_DECOYS];
};

struct prog {
	const char *name;
	bool frags;
	struct fakemx_bpf *skel;
	int rules;
	uint64_t *blocks;
	struct fmx_state *state;
	struct fmx_set *ledger;
	struct fmx_front *fronts;
	uint32_t generation;
	struct tally tally; /* as the last frame left it */
};

static struct prog progs[] = { { .name = "plain" },
			       { .name = "frags", .frags = true } };
static size_t prog_count = COUNT_OF(progs);

/* What is to happen to a frame. An answer's bytes follow from its spec. */
struct row {
	const char *name;
	struct spec spec;
	int action;
	enum fmx_reason reason;
};

#define ANSWERED .action = XDP_TX, .reason = FMX_REASON_RESET
#define DROPPED(id) .action = XDP_DROP, .reason = FMX_REASON_##id
#define PASSED(id) .action = XDP_PASS, .reason = FMX_REASON_##id
#define UNTOUCHED .action = XDP_PASS, .reason = FMX_REASON_NONE

static inline int prog_fd(const struct prog *p)
{
	return bpf_program__fd(p->skel->progs.fakemx);
}

#define BLOCKS_SIZE (FMX_BLOCK_WORDS * sizeof(uint64_t)) /* of a place */

/* Into place 0, the only one. */
static inline void put_rule(struct prog *p, const struct fmx_key *key,
			    const struct fmx_rule *rule)
{
	if (key->kind == FMX_KIND_ALLOW)
		fmx_blocks_mark((__u64 *)p->blocks, key);
	assert_int_equal(bpf_map_update_elem(p->rules, key, rule, BPF_ANY), 0);
}

static inline void add_rule(struct prog *p, enum fmx_kind kind, int family,
			    const char *addr, int bits, struct fmx_rule rule)
{
	struct fmx_key key = { .kind = kind, .prefixlen = FMX_KEY_BITS + bits };

	if (addr) {
		key.family = family == 6 ? FMX_IPV6 : FMX_IPV4;
		assert_int_equal(inet_pton(family == 6 ? AF_INET6 : AF_INET,
					   addr, key.addr),
				 1);
	}
	put_rule(p, &key, &rule);
}

/* What is in force, with another generation each time: place 0 alone. */
static inline void set_current(struct prog *p, int shadow, uint32_t rate_limit)
{
	p->generation += 2;
	p->state->current = (uint64_t)p->generation << 32 |
			    (uint64_t)rate_limit << 2 |
			    (shadow ? FMX_STATE_SHADOW : 0);
}

static inline void next_generation(void)
{
	set_current(&progs[0], 0, 0);
}

/* Puts an allowed prefix in, or takes it out, under the same generation. */
static inline void change_prefix(const char *addr, unsigned int len, bool allow,
				 uint64_t until)
{
	int family = strchr(addr, ':') ? 6 : 4;
	struct fmx_key key = { .kind = FMX_KIND_ALLOW,
			       .prefixlen = FMX_KEY_BITS + len,
			       .family = family == 6 ? FMX_IPV6 : FMX_IPV4 };
	struct fmx_rule rule = { .len = len, .until = until };

	inet_pton(family == 6 ? AF_INET6 : AF_INET, addr, key.addr);
	if (allow)
		add_rule(&progs[0], FMX_KIND_ALLOW, family, addr, len, rule);
	else
		bpf_map_delete_elem(progs[0].rules, &key);
}

static inline void change_allow(const char *addr, bool allow, uint64_t until)
{
	change_prefix(addr, strchr(addr, ':') ? 128 : 32, allow, until);
}

static inline void *map_memory(const struct bpf_map *map, size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			    bpf_map__fd(map), 0);

	assert_true(memory != MAP_FAILED);
	return memory;
}

static inline void set_policy(struct prog *p)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_NO_PREALLOC);
	uint32_t zero = 0;
	size_t i;

	p->rules =
		bpf_map_create(BPF_MAP_TYPE_LPM_TRIE, "rules",
			       sizeof(struct fmx_key), sizeof(struct fmx_rule),
			       FMX_MAX_RULES, &opts);
	assert_true(p->rules >= 0);
	p->blocks =
		map_memory(p->skel->maps.blocks, FMX_RULE_PLACES * BLOCKS_SIZE);
	for (i = 0; i < COUNT_OF(targets); i++) {
		const struct target *t = &targets[i];
		struct fmx_rule rule = { .role = t->role,
					 .slot = t->slot,
					 .answer = t->answer };

		add_rule(p, FMX_KIND_TARGET, t->family, t->addr,
			 t->family == 6 ? 128 : 32, rule);
	}
	for (i = 0; i < COUNT_OF(allowed_prefixes); i++) {
		const struct prefix *a = &allowed_prefixes[i];
		struct fmx_rule rule = { .len = a->len };

		add_rule(p, FMX_KIND_ALLOW, a->family, a->addr, a->len, rule);
	}
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(p->skel->maps.policy),
					     &zero, &p->rules, BPF_ANY),
			 0);
	p->state = map_memory(p->skel->maps.data_state, sizeof(*p->state));
	p->state->secret[0] = 0x0123456789abcdef;
	p->state->secret[1] = 0xd6e8feb86659fd93;
	p->state->secret[2] = 0xa0761d6478bd642f;
	p->state->secret[3] = 0xe7037ed1a0b428db;
	p->ledger = map_memory(p->skel->maps.ledger,
			       LEDGER_SETS * sizeof(*p->ledger));
	p->fronts = map_memory(p->skel->maps.fronts,
			       LEDGER_SETS * sizeof(*p->fronts));
	set_current(p, 0, 0);
}

/* Linux 5.18 knows of frames that do not fit a page; before, it is -EINVAL. */
static inline bool kernel_has_frags(void)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		    .prog_flags = BPF_F_XDP_HAS_FRAGS);
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "pass", "GPL", pass,
			       COUNT_OF(pass), &opts);

	if (fd >= 0)
		close(fd);
	return fd != -EINVAL;
}

static inline void open_program(struct prog *p)
{
	p->skel = fakemx_bpf__open();
	assert_non_null(p->skel);
	p->skel->rodata->has_frags = p->frags;
	memcpy((void *)p->skel->rodata->iface, IFACE, sizeof(IFACE));
	if (p->frags)
		bpf_program__set_flags(p->skel->progs.fakemx,
				       BPF_F_XDP_HAS_FRAGS);
}

/* For the group: cmocka's asserts count as failures here too. */
static inline int load_programs(void **state)
{
	size_t i;

	(void)state;
	if (!kernel_has_frags()) /* what needs them stands last */
		while (progs[prog_count - 1].frags)
			prog_count--;
	for (i = 0; i < prog_count; i++) {
		open_program(&progs[i]);
		assert_int_equal(fakemx_bpf__load(progs[i].skel), 0);
		set_policy(&progs[i]);
	}
	return 0;
}

static inline int unload_programs(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < prog_count; i++)
		fakemx_bpf__destroy(progs[i].skel);
	return 0;
}

static inline void read_tally(const struct prog *p, struct tally *t)
{
	int cpus = libbpf_num_possible_cpus(), cpu;
	static struct fmx_tally each[MAX_CPUS];
	uint32_t zero = 0, i;

	memset(t, 0, sizeof(*t));
	assert_true(cpus <= MAX_CPUS);
	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(p->skel->maps.tally),
					     &zero, each),
			 0);
	for (cpu = 0; cpu < cpus; cpu++) {
		for (i = 0; i < FMX_COUNTER_COUNT; i++) {
			t->counters[i].packets += each[cpu].counters[i].packets;
			t->counters[i].bytes += each[cpu].counters[i].bytes;
		}
		for (i = 0; i < FMX_MAX_DECOYS; i++)
			t->answered[i] += each[cpu].answered[i];
	}
}

static inline const char *reason_name(uint32_t reason)
{
	static const char *const names[] = {
#define X(id, name, verdict, help) #name,
		FMX_REASONS(X)
#undef X
	};

	return reason < FMX_REASON_COUNT ? names[reason] : "none";
}

static inline void dump(const char *what, const struct frame *f)
{
	char line[16 * 3 + 1];
	size_t i;

	print_error("  %s, %zu bytes:\n", what, f->len);
	for (i = 0; i < f->len; i++) {
		snprintf(line + i % 16 * 3, 4, " %02x", f->bytes[i]);
		if (i % 16 == 15 || i + 1 == f->len)
			print_error("   %s\n", line);
	}
}

static inline bool same_frame(const struct frame *a, const struct frame *b)
{
	return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

static inline int run_frame(const struct prog *p, const struct frame *in,
			    struct frame *out, uint32_t *action)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in->bytes,
		    .data_size_in = in->len, .data_out = out->bytes,
		    .data_size_out = FRAME_SIZE, .repeat = 1);
	int err = bpf_prog_test_run_opts(prog_fd(p), &opts);

	*action = opts.retval;
	out->len = opts.data_size_out;
	return err;
}

/* Who the row's packet is counted under: [shadow][family][reason]. */
static inline uint32_t row_counter(const struct row *row, int shadow)
{
	uint32_t family = row->spec.family == 6 ? FMX_IPV6 : FMX_IPV4;

	if (row->reason == FMX_REASON_TAGS)
		family = FMX_OTHER;
	return fmx_counter_index(shadow && row->action != XDP_PASS, family,
				 row->reason);
}

static inline int row_slot(const struct row *row)
{
	size_t i;

	for (i = 0; i < COUNT_OF(targets); i++)
		if (!strcmp(targets[i].addr, spec_dst(&row->spec)))
			return targets[i].slot;
	return -1;
}

static inline bool tally_differs(const char *what, uint32_t index,
				 uint64_t actual, uint64_t expected)
{
	if (actual == expected)
		return false;
	if (!strcmp(what, "answered"))
		print_error("  answered[%u]", index);
	else
		print_error("  %s of [%s][family %u][%s]", what,
			    index / FMX_REASON_COUNT / FMX_FAMILY_COUNT
				    ? "shadow"
				    : "live",
			    index / FMX_REASON_COUNT % FMX_FAMILY_COUNT,
			    reason_name(index % FMX_REASON_COUNT));
	print_error(" rose by %llu, expected %llu\n",
		    (unsigned long long)actual, (unsigned long long)expected);
	return true;
}

/* One counter rose by one packet, and one slot by one answer, or none did. */
static inline int tally_faults(struct prog *p, const struct row *row,
			       int shadow, size_t len)
{
	bool counted = row->reason != FMX_REASON_NONE;
	bool answered = row->action == XDP_TX && !shadow;
	uint32_t counter = counted ? row_counter(row, shadow) : 0, i;
	struct tally now;
	int faults = 0;

	read_tally(p, &now);
	for (i = 0; i < FMX_COUNTER_COUNT; i++) {
		struct fmx_counter *was = &p->tally.counters[i];
		bool rises = counted && i == counter;

		faults += tally_differs("packets", i,
					now.counters[i].packets - was->packets,
					rises);
		faults += tally_differs("bytes", i,
					now.counters[i].bytes - was->bytes,
					rises ? len : 0);
	}
	for (i = 0; i < FMX_MAX_DECOYS; i++)
		faults += tally_differs("answered", i,
					now.answered[i] - p->tally.answered[i],
					answered && (int)i == row_slot(row));
	p->tally = now;
	return faults;
}

static inline const char *action_name(uint32_t action)
{
	static const char *const names[] = { "ABORTED", "DROP", "PASS", "TX",
					     "REDIRECT" };

	return action < COUNT_OF(names) ? names[action] : "unknown";
}

/* Runs the row's frame through one program, whose settings are in place. */
static inline bool row_holds(struct prog *p, const struct row *row, int shadow)
{
	uint32_t expected = shadow ? XDP_PASS : row->action, action = -1;
	struct frame in, out, want;
	int faults, err;

	build_request(&row->spec, &in);
	want = in;
	if (expected == XDP_TX)
		build_answer(&row->spec, &want);
	err = run_frame(p, &in, &out, &action);
	faults = tally_faults(p, row, shadow, in.len);
	if (!err && !faults && action == expected &&
	    (action == XDP_DROP || same_frame(&out, &want)))
		return true;
	print_error("%s (%s%s): error %d, action %s, expected %s for %s\n",
		    row->name, p->name, shadow ? ", shadow" : "", err,
		    action_name(action), action_name(expected),
		    reason_name(row->reason));
	dump("frame", &in);
	dump("came out", &out);
	if (expected == XDP_TX)
		dump("expected", &want);
	return false;
}

#endif

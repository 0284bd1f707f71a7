/* SPDX-License-Identifier: GPL-2.0-only */
/* The ledger of the first program, as the tests look at it. */
#ifndef LEDGER_H
#define LEDGER_H

#include <linux/bpf.h>
#include <sched.h>
#include <time.h>

#include "harness.h"

static inline uint32_t now_ticks(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return fmx_tick(now.tv_sec * 1000000000ULL + now.tv_nsec);
}

/* The program asks the clock every 64 jiffies: at most 0.64 seconds. */
static inline void assert_recent(uint32_t tick)
{
	assert_in_range(tick, now_ticks() - 1, now_ticks());
}

static inline uint32_t ask(const struct spec *syn)
{
	struct frame in, out;
	uint32_t action = -1;

	build_request(syn, &in);
	assert_int_equal(run_frame(&progs[0], &in, &out, &action), 0);
	return action;
}

/* Who the sender of a SYN is in the ledger. */
static inline void addr_of(const struct spec *syn, uint32_t addr[4])
{
	memset(addr, 0, 16);
	if (syn->family == 6) {
		inet_pton(AF_INET6, spec_src(syn), addr);
		return;
	}
	addr[0] = htonl(FMX_SENDER_IPV4);
	inet_pton(AF_INET, spec_src(syn), &addr[1]);
}

static inline uint32_t set_of(const struct spec *syn)
{
	uint32_t addr[4];
	uint64_t id;

	addr_of(syn, addr);
	memcpy(&id, addr, sizeof(id));
	return fmx_sender_set(fmx_sender_hash(progs[0].state, id), LEDGER_SETS);
}

static inline struct fmx_sender *record_of(const struct spec *syn)
{
	struct fmx_set *set = &progs[0].ledger[set_of(syn)];
	uint32_t addr[4];
	int way;

	addr_of(syn, addr);
	for (way = 0; way < FMX_LEDGER_WAYS; way++)
		if (!memcmp(set->ways[way].addr, addr, 8))
			return &set->ways[way];
	return NULL;
}

static inline void assert_addr(const struct fmx_sender *r,
			       const struct spec *syn)
{
	uint32_t addr[4];

	addr_of(syn, addr);
	assert_non_null(r);
	assert_memory_equal(r->addr, addr, sizeof(addr));
}

static inline size_t count_records(void)
{
	size_t set, count = 0;
	int way;

	for (set = 0; set < LEDGER_SETS; set++)
		for (way = 0; way < FMX_LEDGER_WAYS; way++)
			count += progs[0].ledger[set].ways[way].addr[0] ||
				 progs[0].ledger[set].ways[way].addr[1];
	return count;
}

/* What each CPU has, in a memory that the next call overwrites. */
static inline struct fmx_tally *read_tallies(void)
{
	static struct fmx_tally each[MAX_CPUS];
	uint32_t zero = 0;

	assert_int_equal(
		bpf_map_lookup_elem(bpf_map__fd(progs[0].skel->maps.tally),
				    &zero, each),
		0);
	return each;
}

static inline void write_tallies(const struct prog *p,
				 const struct fmx_tally *each)
{
	uint32_t zero = 0;

	assert_int_equal(bpf_map_update_elem(bpf_map__fd(p->skel->maps.tally),
					     &zero, each, BPF_ANY),
			 0);
}

/* Of the CPU that this runs on, and stays on. */
static inline struct fmx_tally tally_here(void)
{
	return read_tallies()[sched_getcpu()];
}

static inline struct fmx_newcomers newcomers(void)
{
	const struct fmx_tally *each = read_tallies();
	struct fmx_newcomers all = { 0 };
	int cpu;

	for (cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++) {
		all.recorded += each[cpu].newcomers.recorded;
		all.displaced += each[cpu].newcomers.displaced;
		all.unrecorded += each[cpu].newcomers.unrecorded;
	}
	return all;
}

/* Seen, and his verdict remembered. */
static inline void known(const struct spec *syn, uint32_t action)
{
	assert_int_equal(ask(syn), action);
	assert_non_null(record_of(syn));
	assert_int_equal(ask(syn), action);
}

/* The ledger, and who counts as new in it. */
static inline void forget_all(void)
{
	static const struct fmx_tally nothing[MAX_CPUS];

	memset(progs[0].ledger, 0, LEDGER_SETS * sizeof(struct fmx_set));
	memset(progs[0].fronts, 0, LEDGER_SETS * sizeof(struct fmx_front));
	write_tallies(&progs[0], nothing);
}

/* A record that is changed behind its back must not be taken for known. */
static inline void forget_repeat(void)
{
	struct fmx_tally *each = read_tallies();
	int cpu;

	for (cpu = 0; cpu < MAX_CPUS; cpu++)
		memset(&each[cpu].repeat, 0, sizeof(each[cpu].repeat));
	write_tallies(&progs[0], each);
}

/* So many ticks have gone by since he was last seen. */
static inline void age(const struct spec *syn, uint32_t ticks)
{
	struct fmx_sender *r = record_of(syn);
	int role;

	forget_repeat();
	assert_non_null(r);
	for (role = 0; role < FMX_ROLE_COUNT; role++)
		if (r->last[role])
			r->last[role] -= ticks;
}

static inline uint32_t *lock_of(const struct spec *syn)
{
	return &progs[0].state->locks[set_of(syn) % FMX_LEDGER_LOCKS];
}

/* Senders of one set, more than it has places for. */
#define CROWD 8

struct crowd {
	struct spec syns[CROWD];
	char addrs[CROWD][INET_ADDRSTRLEN];
};

static inline void make_crowd(struct crowd *crowd)
{
	uint32_t addr = ntohl(inet_addr("203.0.0.1")), set = 0;
	int count = 0;

	memset(crowd, 0, sizeof(*crowd));
	for (; count < CROWD; addr++) {
		struct in_addr in = { htonl(addr) };
		struct spec *syn = &crowd->syns[count];

		inet_ntop(AF_INET, &in, crowd->addrs[count], INET_ADDRSTRLEN);
		syn->src = crowd->addrs[count];
		if (!count)
			set = set_of(syn);
		count += set_of(syn) == set;
	}
}

#endif

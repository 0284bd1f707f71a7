// SPDX-License-Identifier: GPL-2.0-only
/*
 * cost [-l 54|74] [-n REPEAT] [-r ROUNDS] NAME=bare|NAME=checksum|NAME=PIN...
 *
 * What a packet costs a program, in nanoseconds over one that returns at once,
 * for each kind of sender and for other traffic. To be run in a network
 * namespace of its own. One line a round:
 *
 *	ns_LEN_bytes <tab> NAME <tab> KIND <tab> NS
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include "bare.skel.h"
#include "lay.h"
#include "wrap.skel.h"

#define MAX_SUBJECTS 8
#define RUNS 3
#define LOOPBACK 1 /* its index in every namespace */
#define SMTP 25
#define HTTPS 443
#define RST_ACK 0x14
#define TCP_FLAGS_AT 47

static const struct kind {
	const char *name;
	enum senders senders;
	uint16_t port;
} kinds[] = {
	{ "one", SENDERS_ONE, SMTP },
	{ "many", SENDERS_MANY, SMTP },
	{ "random", SENDERS_RANDOM, SMTP },
	{ "other", SENDERS_ONE, HTTPS },
};

struct subject {
	const char *name;
	int fd;
	struct wrap_bpf *wrap;
};

static uint32_t syn_len = SYN_BARE_LEN;
static int repeat = 70000;

static void die(const char *what)
{
	fprintf(stderr, "cost: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void aim(struct subject *s, int fd)
{
	uint32_t zero = 0;

	if (bpf_map_update_elem(bpf_map__fd(s->wrap->maps.subject), &zero, &fd,
				BPF_ANY))
		die(s->name);
}

/* Other frames stay as they are; so do those as long as their answer. */
static bool is_answered(const struct kind *k)
{
	return k->port == SMTP;
}

static double run(struct subject *s, const struct kind *k, int times,
		  bool answered)
{
	uint8_t in[SYN_LEN], out[SYN_LEN] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in,
		    .data_size_in = syn_len, .data_out = out,
		    .data_size_out = sizeof(out), .repeat = times);

	memcpy(in, s->wrap->bss->syn.words, syn_len);
	if (bpf_prog_test_run_opts(bpf_program__fd(s->wrap->progs.wrap), &opts))
		die(s->name);
	if (answered &&
	    (opts.retval != XDP_TX || out[TCP_FLAGS_AT] != RST_ACK)) {
		fprintf(stderr, "cost: %s: %s: no answer (action %u)\n",
			s->name, k->name, opts.retval);
		exit(1);
	}
	return opts.duration;
}

/*
 * The first run warms what it needs; of the others the least counts, as what
 * disturbs one only adds to it.
 */
static double measure(struct subject *s, const struct kind *k, int fd,
		      bool answered)
{
	double best = 0, ns;
	int i;

	aim(s, fd);
	run(s, k, repeat, answered);
	for (i = 0; i < RUNS; i++) {
		ns = run(s, k, repeat, answered);
		if (!i || ns < best)
			best = ns;
	}
	return best;
}

/*
 * A program that is attached somewhere has its place in the kernel's dispatcher
 * already: else each run waits for RCU twice, to give it one and to take it
 * away. Here that is the loopback of a namespace that has no other use for it.
 */
static void keep_dispatched(const struct subject *s)
{
	if (bpf_xdp_attach(LOOPBACK, bpf_program__fd(s->wrap->progs.wrap),
			   XDP_FLAGS_SKB_MODE, NULL))
		die("attaching to lo");
}

static void round_of(struct subject *s)
{
	static const uint8_t to[6] = { 2, 0, 0, 0, 0, 1 };
	static const uint8_t from[6] = { 2, 0, 0, 0, 0, 2 };
	size_t i;

	keep_dispatched(s);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct kind *k = &kinds[i];
		bool trims = is_answered(k) && syn_len > SYN_BARE_LEN;
		struct bpf_program *idle =
			trims ? s->wrap->progs.trims : s->wrap->progs.empty;
		double without;

		lay_syn(&s->wrap->bss->syn, syn_len, k->port, to, from);
		s->wrap->bss->syn.senders = k->senders;
		without = measure(s, k, bpf_program__fd(idle), false);
		printf("ns_%u_bytes\t%s\t%s\t%g\n", syn_len, s->name, k->name,
		       measure(s, k, s->fd, is_answered(k)) - without);
	}
}

static struct wrap_bpf *open_wrap(bool frags)
{
	struct wrap_bpf *wrap = wrap_bpf__open();
	struct bpf_program *prog = NULL;
	struct timespec now;

	if (!wrap)
		die("wrap");
	clock_gettime(CLOCK_REALTIME, &now);
	wrap->data->dice = now.tv_nsec | 1;
	while (frags && (prog = bpf_object__next_program(wrap->obj, prog)))
		bpf_program__set_flags(prog, BPF_F_XDP_HAS_FRAGS);
	if (wrap_bpf__load(wrap))
		die("wrap");
	return wrap;
}

/*
 * A program that takes frames of several pages is called only by one that does
 * so too; nothing else tells which it is.
 */
static void wrap_subject(struct subject *s)
{
	uint32_t zero = 0;

	s->wrap = open_wrap(false);
	if (!bpf_map_update_elem(bpf_map__fd(s->wrap->maps.subject), &zero,
				 &s->fd, BPF_ANY))
		return;
	wrap_bpf__destroy(s->wrap);
	s->wrap = open_wrap(true);
	aim(s, s->fd);
}

static void open_subject(struct subject *s, char *arg, struct bare_bpf *bare)
{
	struct bpf_program *prog;

	s->name = strsep(&arg, "=");
	if (!arg) {
		errno = EINVAL;
		die(s->name);
	}
	prog = bpf_object__find_program_by_name(bare->obj, arg);
	s->fd = prog ? bpf_program__fd(prog) : bpf_obj_get(arg);
	if (s->fd < 0)
		die(arg);
	wrap_subject(s);
}

/* Called by nobody but the test run: what a program costs that does nothing. */
static void empty_round(struct subject *s)
{
	uint8_t frame[SYN_LEN] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = syn_len, .repeat = repeat);

	if (bpf_prog_test_run_opts(bpf_program__fd(s->wrap->progs.empty),
				   &opts))
		die("empty");
	printf("ns_empty\ttest run of an empty program\tone\t%u\n",
	       opts.duration);
}

int main(int argc, char **argv)
{
	struct subject subjects[MAX_SUBJECTS];
	struct bare_bpf *bare = bare_bpf__open_and_load();
	int opt, rounds = 1, count = 0, i;

	if (!bare)
		die("bare");
	while ((opt = getopt(argc, argv, "l:n:r:")) != -1) {
		if (opt == 'l')
			syn_len = atoi(optarg);
		else if (opt == 'n')
			repeat = atoi(optarg);
		else if (opt == 'r')
			rounds = atoi(optarg);
		else
			return 2;
	}
	if (syn_len != SYN_BARE_LEN && syn_len != SYN_LEN)
		return 2;
	for (; optind < argc && count < MAX_SUBJECTS; optind++)
		open_subject(&subjects[count++], argv[optind], bare);
	while (rounds--) {
		if (count)
			empty_round(&subjects[0]);
		for (i = 0; i < count; i++)
			round_of(&subjects[i]);
	}
	bpf_xdp_detach(LOOPBACK, XDP_FLAGS_SKB_MODE, NULL);
	return 0;
}

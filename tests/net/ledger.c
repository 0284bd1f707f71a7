// SPDX-License-Identifier: GPL-2.0-only
/*
 * ledger send FROM TO DECOY COUNT EACH EVERY FILE
 *	sends so many SYNs from the eth0 of one network namespace to that of the
 *	other, as fast as they go: EACH from one random sender after the other,
 *	but every EVERYth (0: none) from those that FILE lists, in turn. Prints
 *	how many of whose were sent, passed, and answered with a reset.
 * ledger dump
 *	prints the pinned ledger: address; first, last and number of attempts,
 *by role; window, MSS, TTL, scale and options; whether he was seen again. Fails
 *where a record could not be found by a packet. ledger fit SIZE prints how many
 *of those seen again would fit in a ledger of that size.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/tcp.h>

#include "fakemx.h"
#include "ledger.h"

#define PINS "/sys/fs/bpf/xdp-fakemx/policy/"
#define IFACE "eth0"
#define PATIENCE 3 /* seconds in which nothing goes on */

static void die(const char *what)
{
	fprintf(stderr, "ledger: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* The sum of RFC 1071, not folded, over bytes as they lie in memory. */
static uint32_t sum(const void *from, size_t len)
{
	const uint16_t *half = from;
	uint32_t total = 0;

	for (; len; len -= 2)
		total += *half++;
	return total;
}

static void lay_syn(struct stream *s, const char *decoy, const uint8_t mac[6])
{
	/* MSS 1460, SACK, timestamps, NOP, window scale 7 */
	static const uint8_t options[] = { 2, 4, 5, 180, 4, 2, 8, 10, 0, 1,
					   2, 3, 0, 0,	 0, 0, 1, 3,  3, 7 };
	struct ethhdr eth = { .h_source = { 2, 0, 0, 0, 0, 1 },
			      .h_proto = htons(ETH_P_IP) };
	struct iphdr ip = { .version = 4,
			    .ihl = 5,
			    .tot_len = htons(SYN_LEN - sizeof(eth)),
			    .ttl = 64,
			    .protocol = IPPROTO_TCP,
			    .daddr = inet_addr(decoy) };
	struct tcphdr tcp = { .dest = htons(FMX_SMTP_PORT),
			      .seq = htonl(0x12345678),
			      .doff = (sizeof(tcp) + sizeof(options)) / 4,
			      .syn = 1 };

	memcpy(eth.h_dest, mac, sizeof(eth.h_dest));
	memcpy(s->syn, &eth, sizeof(eth));
	memcpy(s->syn + sizeof(eth), &ip, sizeof(ip));
	memcpy(s->syn + sizeof(eth) + sizeof(ip), &tcp, sizeof(tcp));
	memcpy(s->syn + SYN_BARE_LEN, options, sizeof(options));
	s->ip_sum = sum(&ip, sizeof(ip));
	s->tcp_sum = sum(&tcp, sizeof(tcp)) + sum(options, sizeof(options)) +
		     sum(&ip.daddr, sizeof(ip.daddr)) + htons(IPPROTO_TCP) +
		     htons(sizeof(tcp) + sizeof(options));
}

static void read_list(struct stream *s, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[64];

	if (!file)
		die(path);
	while (s->listed < LISTED_MAX && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (inet_pton(AF_INET, line, &s->list[s->listed++]) != 1)
			die(line);
	}
	fclose(file);
}

static void enter(const char *netns)
{
	int fd = open(netns, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(netns);
	close(fd);
}

static void read_mac(uint8_t mac[6])
{
	struct ifreq request = { .ifr_name = IFACE };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request))
		die(IFACE);
	memcpy(mac, request.ifr_hwaddr.sa_data, 6);
	close(fd);
}

static int program(struct bpf_object *object, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(object, name));
}

static void take_passed(struct bpf_object *object, bool take)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = if_nametoindex(IFACE),
		    .attach_point = take ? BPF_TC_INGRESS
					 : BPF_TC_INGRESS | BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts,
		    .prog_fd = program(object, "take_passed"));

	if (!take)
		bpf_tc_hook_destroy(&hook);
	else if (bpf_tc_hook_create(&hook) || bpf_tc_attach(&hook, &opts))
		die("attaching to tc");
}

static uint64_t settled(const struct stream *s)
{
	const volatile struct stream *now = s;

	return now->passed[RANDOM] + now->passed[LISTED] + now->reset[RANDOM] +
	       now->reset[LISTED];
}

/* Until all is sent and settled, or nothing goes on any more. */
static void run(struct bpf_object *object, const struct stream *s)
{
	uint8_t frame[SYN_BARE_LEN] = { 0 };
	struct xdp_md ctx = { .data_end = sizeof(frame),
			      .ingress_ifindex = if_nametoindex(IFACE) };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = sizeof(frame), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx),
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	uint64_t before = settled(s);
	time_t since = time(NULL);

	while (settled(s) < s->count && time(NULL) - since < PATIENCE) {
		opts.repeat = s->count - settled(s);
		if (bpf_prog_test_run_opts(program(object, "generate"), &opts))
			die("test run with live frames");
		if (settled(s) != before)
			since = time(NULL);
		before = settled(s);
	}
}

static void print_who(const char *name, const struct stream *s, enum who who)
{
	printf("%s: sent %llu, passed %llu, reset %llu\n", name, s->sent[who],
	       s->passed[who], s->reset[who]);
}

/* The programs' memory. */
static struct stream *open_stream(struct bpf_object *object)
{
	int fd = bpf_object__find_map_fd_by_name(object, ".bss");
	void *memory = mmap(NULL, sizeof(struct stream), PROT_READ | PROT_WRITE,
			    MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		die("programs");
	return memory;
}

static int send_syns(char **argv, const char *programs)
{
	struct bpf_object *object = bpf_object__open(programs);
	struct stream *s;
	uint8_t mac[6];

	if (!object || bpf_object__load(object))
		die(programs);
	s = open_stream(object);
	s->count = strtoull(argv[3], NULL, 10);
	s->each = atoi(argv[4]);
	s->every = atoi(argv[5]);
	read_list(s, argv[6]);
	enter(argv[1]);
	read_mac(mac);
	lay_syn(s, argv[2], mac);
	take_passed(object, true);
	enter(argv[0]);
	if (bpf_xdp_attach(if_nametoindex(IFACE), program(object, "take_reset"),
			   XDP_FLAGS_DRV_MODE, NULL))
		die("attaching to XDP");
	run(object, s);
	bpf_xdp_detach(if_nametoindex(IFACE), XDP_FLAGS_DRV_MODE, NULL);
	enter(argv[1]);
	take_passed(object, false);
	print_who("random", s, RANDOM);
	print_who("listed", s, LISTED);
	bpf_object__close(object);
	return 0;
}

struct ledger {
	const struct fmx_state *state;
	const struct fmx_set *sets;
	const struct fmx_front *fronts;
	uint32_t count;
};

/* The memory of a pinned array, and how many values it has. */
static const void *open_map(const char *path, size_t value, uint32_t *count)
{
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info);
	int fd = bpf_obj_get(path);
	void *memory;

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size))
		die(path);
	memory = mmap(NULL, value * info.max_entries, PROT_READ, MAP_SHARED, fd,
		      0);
	if (memory == MAP_FAILED)
		die(path);
	close(fd);
	*count = info.max_entries;
	return memory;
}

static void open_ledger(struct ledger *l)
{
	uint32_t one, fronts;

	l->state = open_map(PINS "state", sizeof(*l->state), &one);
	l->sets = open_map(PINS "ledger", sizeof(*l->sets), &l->count);
	l->fronts = open_map(PINS "fronts", sizeof(*l->fronts), &fronts);
	if (fronts == l->count)
		return;
	errno = EUCLEAN;
	die("fronts");
}

static uint64_t id_of(const struct fmx_sender *r)
{
	uint64_t id;

	memcpy(&id, r->addr, sizeof(id));
	return id;
}

/* Whether a packet of this sender would find the record, and no other. */
static bool is_found(const struct ledger *l, uint32_t set, int way)
{
	const struct fmx_sender *ways = l->sets[set].ways;
	uint64_t hash = fmx_sender_hash(l->state, id_of(&ways[way]));
	int other;

	for (other = 0; other < way; other++)
		if (id_of(&ways[other]) == id_of(&ways[way]))
			return false;
	return fmx_sender_set(hash, l->count) == set &&
	       (l->fronts[set].tags >> 8 * way & 0xff) == fmx_sender_tag(hash);
}

static void print_record(const struct fmx_sender *r)
{
	bool ipv4 = r->addr[0] == htonl(FMX_SENDER_IPV4);
	char text[INET6_ADDRSTRLEN];

	inet_ntop(ipv4 ? AF_INET : AF_INET6, &r->addr[ipv4], text,
		  sizeof(text));
	printf("%s %u/%u/%u %u/%u/%u %u/%u/%u %u %u %u %u %x %s\n", text,
	       r->first[0], r->first[1], r->first[2], r->last[0], r->last[1],
	       r->last[2], r->attempts[0], r->attempts[1], r->attempts[2],
	       r->window, r->mss, r->ttl, r->scale & FMX_NO_SCALE, r->options,
	       r->scale & FMX_SEEN_AGAIN ? "again" : "once");
}

static int dump(void)
{
	struct ledger l;
	uint32_t set, lock;
	int way, wrong = 0;

	open_ledger(&l);
	for (set = 0; set < l.count; set++) {
		for (way = 0; way < FMX_LEDGER_WAYS; way++) {
			if (!id_of(&l.sets[set].ways[way]))
				continue;
			print_record(&l.sets[set].ways[way]);
			wrong += !is_found(&l, set, way);
		}
	}
	for (lock = 0; lock < FMX_LEDGER_LOCKS; lock++)
		wrong += l.state->locks[lock] != 0;
	if (wrong)
		fprintf(stderr, "ledger: %d records or locks are wrong\n",
			wrong);
	return wrong != 0;
}

static int fit(uint32_t size)
{
	uint32_t sets = size / FMX_LEDGER_WAYS, set, place, fitting = 0;
	uint8_t *taken = calloc(sets, 1);
	const struct fmx_sender *r;
	struct ledger l;
	int way;

	open_ledger(&l);
	for (set = 0; taken && set < l.count; set++) {
		for (way = 0; way < FMX_LEDGER_WAYS; way++) {
			r = &l.sets[set].ways[way];
			if (!id_of(r) || !(r->scale & FMX_SEEN_AGAIN))
				continue;
			place = fmx_sender_set(
				fmx_sender_hash(l.state, id_of(r)), sets);
			if (taken[place] == FMX_LEDGER_WAYS)
				continue;
			taken[place]++;
			fitting++;
		}
	}
	free(taken);
	printf("%u\n", fitting);
	return 0;
}

int main(int argc, char **argv)
{
	char programs[4096];

	if (argc == 9 && !strcmp(argv[1], "send")) {
		snprintf(programs, sizeof(programs), "%s.bpf.o", argv[0]);
		return send_syns(argv + 2, programs);
	}
	if (argc == 2 && !strcmp(argv[1], "dump"))
		return dump();
	if (argc == 3 && !strcmp(argv[1], "fit"))
		return fit(atoi(argv[2]));
	fputs("usage: ledger send FROM TO DECOY COUNT EACH EVERY FILE | dump | fit SIZE\n",
	      stderr);
	return 2;
}

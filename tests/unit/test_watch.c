// SPDX-License-Identifier: GPL-2.0-only
/* What is shown of readings that follow each other. */
#include "unit.h"

#include <arpa/inet.h>

#include "watch.h"

#define EPOCH 1764000000000LL
#define TICK 2000000000U

/* What the readings of a row were, until now. */
struct script {
	struct watch watch;
	struct snapshot snapshot;
	double at; /* seconds */
	bool begun;
};

static struct tally *iface_tally(struct script *s, const char *name)
{
	struct snapshot *to = &s->snapshot;
	struct iface_counters *iface;

	to->ifaces = realloc(to->ifaces, (to->count + 1) * sizeof(*to->ifaces));
	assert_non_null(to->ifaces);
	iface = &to->ifaces[to->count++];
	*iface = (struct iface_counters){ .attachment.ifindex = *name != '-' };
	strcpy(iface->attachment.name, name);
	return &iface->tally;
}

/* REASON.FAMILY=PACKETS; each has 100 bytes. */
static void put_counter(struct tally *tally, const char *word)
{
	char name[64];
	struct counter_id id;
	unsigned int step;

	for (step = 0; counter_next(&step, &id);) {
		size_t length = snprintf(name, sizeof(name),
					 "%s.%s=", id.reason, id.family);

		if (strncmp(name, word, length))
			continue;
		tally->counters[id.index].packets = atoll(word + length);
		tally->counters[id.index].bytes = 100 * atoll(word + length);
		return;
	}
	fail_msg("%s: no such counter", word);
}

/* SENDER=ATTEMPTS/TICKS since he was last at a first decoy. */
static void put_sender(struct script *s, const char *word)
{
	struct ledger *ledger = &s->snapshot.senders;
	struct fmx_sender *r;
	struct prefix prefix;
	struct fault fault;
	char addr[64];
	unsigned int attempts, ago;

	assert_int_equal(sscanf(word, "%63[^=]=%u/%u", addr, &attempts, &ago),
			 3);
	assert_int_equal(addr_parse(addr, &prefix, &fault), 0);
	ledger->records =
		realloc(ledger->records, (ledger->count + 1) * sizeof(*r));
	r = &ledger->records[ledger->count++];
	*r = (struct fmx_sender){ .attempts[FMX_ROLE_FIRST] = attempts };
	r->first[FMX_ROLE_FIRST] = r->last[FMX_ROLE_FIRST] = TICK - ago;
	if (prefix.family == FMX_IPV6) {
		memcpy(r->addr, prefix.addr, sizeof(r->addr));
	} else {
		r->addr[0] = htonl(FMX_SENDER_IPV4);
		memcpy(&r->addr[1], prefix.addr, 4);
	}
}

static void end_reading(struct script *s)
{
	__u64 at = 5000000000ULL + s->at * 1e9;
	__s64 wall = EPOCH + s->at * 1000;

	if (!s->begun)
		return;
	assert_int_equal(watch_add(&s->watch, &s->snapshot, at, wall), 0);
	s->snapshot = (struct snapshot){ 0 };
}

/*
 * @SECONDS begins a reading, +SECONDS one with the senders; words that end in
 * ':' name an interface, whose counters follow.
 */
static void play(const char *given, struct script *s)
{
	char *copy = strdup(given), *save = NULL, *word;
	struct tally *tally = NULL;

	*s = (struct script){ .begun = false };
	for (word = strtok_r(copy, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		size_t length = strlen(word);

		if (*word == '@' || *word == '+') {
			end_reading(s);
			s->begun = true;
			s->at = atof(word + 1);
			s->snapshot.ifaces =
				calloc(1, sizeof(*s->snapshot.ifaces));
			if (*word == '+')
				s->snapshot.senders = (struct ledger){
					.wall = EPOCH + s->at * 1000,
					.tick = TICK,
				};
		} else if (word[length - 1] == ':') {
			word[length - 1] = '\0';
			tally = iface_tally(s, word);
		} else if (strchr(word, '/')) {
			put_sender(s, word);
		} else {
			put_counter(tally, word);
		}
	}
	end_reading(s);
	free(copy);
}

static void print_flow(const struct flow *flow, FILE *to)
{
	fprintf(to, "%s %g %g %llu %llu; ", flow->name, flow->packets,
		flow->bits, flow->lately, flow->total);
}

static int read_flows(const char *given, const void *arg, FILE *to)
{
	struct script s;
	struct view view;
	size_t i;

	(void)arg;
	play(given, &s);
	watch_view(&s.watch, VISITORS_BUSIEST, &view);
	for (i = 0; i < view.iface_count; i++)
		print_flow(&view.ifaces[i], to);
	fputs("| ", to);
	for (i = 0; i < view.reason_count; i++)
		print_flow(&view.reasons[i], to);
	fprintf(to, "| %lld", view.lately);
	watch_clear(&s.watch);
	return 0;
}

/* NAME PACKETS/S BITS/S LATELY TOTAL */
static const struct text_row flows[] = {
	{ "+0", "| | 0" },
	{ "+0 e0:", "e0 native -1 -1 0 0; | | 0" },
	{ "+0 -gone:", "-gone gone -1 -1 0 0; | | 0" },
	{ "+0 e0: reset.ipv4=9",
	  "e0 native -1 -1 0 9; | reset -1 -1 0 9; | 0" },
	{ "+0 e0: reset.ipv4=9 @2 e0: reset.ipv4=19",
	  "e0 native 5 4000 10 19; | reset 5 4000 10 19; | 2000" },
	/* rates are of the last two, "lately" is of the first */
	{ "+0 e0: @1 e0: reset.ipv4=7 @1.5 e0: reset.ipv4=8",
	  "e0 native 2 1600 8 8; | reset 2 1600 8 8; | 1500" },
	/* both families, in shadow and not, the most frequent first */
	{ "+0 e0: @1 e0: reset.ipv4=1 reset.ipv6=2 would_reset.ipv4=4 real.ipv6=9",
	  "e0 native 16 12800 16 16; | real 9 7200 9 9; would_reset 4 3200 4 4; reset 3 2400 3 3; | 1000" },
	/* two interfaces */
	{ "+0 e0: rst.ipv4=1 e1: rst.ipv4=2 @1 e0: rst.ipv4=2 e1: rst.ipv4=4",
	  "e0 native 1 800 1 2; e1 native 2 1600 2 4; | rst 3 2400 3 6; | 1000" },
	/* one is loaded in between; another is unloaded */
	{ "+0 e0: rst.ipv4=5 @1 e0: rst.ipv4=6 e1: rst.ipv4=2",
	  "e0 native 1 800 1 6; e1 native 2 1600 2 2; | rst 3 2400 3 8; | 1000" },
	{ "+0 e0: rst.ipv4=5 e1: rst.ipv4=5 @1 e1: rst.ipv4=6",
	  "e1 native 1 800 1 6; | rst 1 800 1 6; | 1000" },
	/* unloaded, and loaded again */
	{ "+0 e0: rst.ipv4=50 @1 e0: rst.ipv4=3",
	  "e0 native 3 2400 3 3; | rst 3 2400 3 3; | 1000" },
	/* the window is five minutes long at least, and ten at most */
	{ "+0 e0: +299 e0: rst.ipv4=1 +301 e0: rst.ipv4=3",
	  "e0 native 1 800 3 3; | rst 1 800 3 3; | 301000" },
	{ "+0 e0: +300 e0: rst.ipv4=1 +599 e0: rst.ipv4=300",
	  "e0 native 1 800 300 300; | rst 1 800 300 300; | 599000" },
	{ "+0 e0: +300 e0: rst.ipv4=1 +600 e0: rst.ipv4=301",
	  "e0 native 1 800 300 301; | rst 1 800 300 301; | 300000" },
	{ "+0 e0: rst.ipv4=1000000000000 @1 e0: rst.ipv4=2000000000000",
	  "e0 native 1e+12 8e+14 1000000000000 2000000000000; | "
	  "rst 1e+12 8e+14 1000000000000 2000000000000; | 1000" },
};

static int read_visitors(const char *given, const void *arg, FILE *to)
{
	char addr[PREFIX_TEXT_SIZE];
	struct script s;
	struct view view;
	size_t i;

	play(given, &s);
	watch_view(&s.watch, *(const enum visitor_order *)arg, &view);
	for (i = 0; i < view.visitor_count; i++) {
		const struct visitor *v = &view.visitors[i];

		prefix_format(&v->addr, addr);
		fprintf(to, "%s%s %llu %llu %llds", i ? ", " : "", addr,
			v->lately, v->total, v->ago / 1000);
	}
	watch_clear(&s.watch);
	return 0;
}

/* ADDR LATELY TOTAL AGO: with records in the order of the ledger. */
static const struct text_row busiest[] = {
	{ "+0", "" },
	{ "+0 10.0.0.1=3/100", "10.0.0.1 0 3 107s" },
	/* who came more, whatever he had before; then who had more */
	{ "+0 10.0.0.1=9/0 10.0.0.2=1/0 +1 10.0.0.1=9/0 10.0.0.2=3/0",
	  "10.0.0.2 2 3 0s, 10.0.0.1 0 9 0s" },
	{ "+0 10.0.0.1=1/0 10.0.0.2=2/0 10.0.0.3=3/0",
	  "10.0.0.3 0 3 0s, 10.0.0.2 0 2 0s, 10.0.0.1 0 1 0s" },
	/* then who was here last; then by address */
	{ "+0 10.0.0.1=1/5 10.0.0.2=1/3 10.0.0.3=1/3",
	  "10.0.0.2 0 1 3s, 10.0.0.3 0 1 3s, 10.0.0.1 0 1 5s" },
	/* a new one, before, between and behind those that are known */
	{ "+0 2001:db8::1=1/0 10.0.0.2=1/0 +1 "
	  "2001:db7::1=4/0 2001:db8::1=1/0 10.0.0.1=3/0 10.0.0.2=1/0 10.0.0.3=2/0",
	  "2001:db7::1 4 4 0s, 10.0.0.1 3 3 0s, 10.0.0.3 2 2 0s, "
	  "10.0.0.2 0 1 0s, 2001:db8::1 0 1 0s" },
	/* one who is known is gone; he was displaced, and came again */
	{ "+0 10.0.0.1=5/0 10.0.0.2=1/0 +1 10.0.0.2=2/0", "10.0.0.2 1 2 0s" },
	{ "+0 10.0.0.1=5/0 +1 10.0.0.1=2/0", "10.0.0.1 2 2 0s" },
	/* a /64 is one sender */
	{ "+0 2001:db8::1=5/0 +1 2001:db8::2=6/0", "2001:db8::2 1 6 0s" },
	/* no IPv6 address is taken for one of IPv4 */
	{ "+0 a00:1::=5/0 +1 a00:1::=5/0 10.0.0.1=1/0",
	  "10.0.0.1 1 1 0s, a00:1:: 0 5 0s" },
	/* they are not read each time */
	{ "+0 10.0.0.1=5/0 @1 @60", "10.0.0.1 0 5 60s" },
};

static const struct text_row latest[] = {
	{ "+0 10.0.0.1=1/5 10.0.0.2=9/3 10.0.0.3=1/3 10.0.0.4=1/0",
	  "10.0.0.4 0 1 0s, 10.0.0.2 0 9 3s, 10.0.0.3 0 1 3s, 10.0.0.1 0 1 5s" },
};

static void flows_are_differences(void **state)
{
	(void)state;
	check_rows(read_flows, NULL, 0, flows, COUNT(flows));
}

static void senders_are_in_the_order_asked_for(void **state)
{
	const enum visitor_order orders[] = { VISITORS_BUSIEST,
					      VISITORS_LATEST };

	(void)state;
	check_rows(read_visitors, &orders[0], 0, busiest, COUNT(busiest));
	check_rows(read_visitors, &orders[1], 0, latest, COUNT(latest));
}

/* Ten times as many as are shown, in an order that is not that of the list. */
static void of_many_senders_the_first_are_shown(void **state)
{
	const size_t count = 10 * VIEW_VISITORS;
	struct script s = { .begun = true };
	struct view view;
	char word[64];
	size_t i;

	(void)state;
	s.snapshot.ifaces = calloc(1, sizeof(*s.snapshot.ifaces));
	s.snapshot.senders = (struct ledger){ .wall = EPOCH, .tick = TICK };
	for (i = 0; i < count; i++) {
		snprintf(word, sizeof(word), "10.0.%zu.%zu=%zu/0", i / 256,
			 i % 256, 1 + i * 997 % count);
		put_sender(&s, word);
	}
	end_reading(&s);
	watch_view(&s.watch, VISITORS_BUSIEST, &view);
	assert_int_equal(view.visitor_count, VIEW_VISITORS);
	for (i = 0; i < VIEW_VISITORS; i++)
		assert_int_equal(view.visitors[i].total, count - i);
	assert_int_equal(view.by_class[CLASS_WAITING], count);
	watch_clear(&s.watch);
}

/* More than are listed, which are counted all the same. */
static void of_many_interfaces_none_goes_uncounted(void **state)
{
	struct script s = { .begun = true };
	struct view view;
	char name[IFNAMSIZ];
	size_t i;

	(void)state;
	s.snapshot.senders = (struct ledger){ .wall = EPOCH, .tick = TICK };
	for (i = 0; i < VIEW_IFACES + 9; i++) {
		snprintf(name, sizeof(name), "eth%zu", i);
		put_counter(iface_tally(&s, name), "reset.ipv4=2");
	}
	end_reading(&s);
	watch_view(&s.watch, VISITORS_BUSIEST, &view);
	assert_int_equal(view.iface_count, VIEW_IFACES + 9);
	assert_int_equal(view.reasons[0].total, 2 * (VIEW_IFACES + 9));
	watch_clear(&s.watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flows_are_differences),
		cmocka_unit_test(senders_are_in_the_order_asked_for),
		cmocka_unit_test(of_many_senders_the_first_are_shown),
		cmocka_unit_test(of_many_interfaces_none_goes_uncounted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

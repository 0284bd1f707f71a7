// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments that are no pure SYN, where a listener and real connections exist
 * on the decoy: the program looks for sockets in the namespace of its caller.
 */
#include "suite.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection {
	int family;
	int listener, client, server; /* file descriptors, or -1 */
	int sport;
};

static socklen_t to_sockaddr(struct sockaddr_storage *out, int family,
			     const char *addr, int port)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
	struct sockaddr_in *in = (struct sockaddr_in *)out;

	memset(out, 0, sizeof(*out));
	if (family == 6) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		assert_int_equal(inet_pton(AF_INET6, addr, &in6->sin6_addr), 1);
		return sizeof(*in6);
	}
	in->sin_family = AF_INET;
	in->sin_port = htons(port);
	assert_int_equal(inet_pton(AF_INET, addr, &in->sin_addr), 1);
	return sizeof(*in);
}

static int bound_socket(int family, const char *addr, int port)
{
	struct sockaddr_storage to;
	socklen_t len = to_sockaddr(&to, family, addr, port);
	int fd = socket(to.ss_family, SOCK_STREAM, 0), on = 1;

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(fd, (struct sockaddr *)&to, len), 0);
	return fd;
}

static int listen_on(int family, const char *addr)
{
	int fd = bound_socket(family, addr, FMX_SMTP_PORT);

	assert_int_equal(listen(fd, 5), 0);
	return fd;
}

static void connect_sender(struct connection *c)
{
	const char *decoy = c->family == 6 ? DECOY6 : DECOY4;
	struct sockaddr_storage to;
	struct sockaddr_in6
		local; /* both families have the port in one place */
	socklen_t len = to_sockaddr(&to, c->family, decoy, FMX_SMTP_PORT);

	c->client =
		bound_socket(c->family, c->family == 6 ? SENDER6 : SENDER4, 0);
	assert_int_equal(connect(c->client, (struct sockaddr *)&to, len), 0);
	len = sizeof(local);
	assert_int_equal(
		getsockname(c->client, (struct sockaddr *)&local, &len), 0);
	c->sport = ntohs(local.sin6_port);
}

/* With a listener of its own, on `addr` of `family`. */
static void open_connection(struct connection *c, int family,
			    int listener_family, const char *addr)
{
	c->family = family;
	c->listener = listen_on(listener_family, addr);
	connect_sender(c);
	c->server = accept(c->listener, NULL, NULL);
	assert_true(c->server >= 0);
}

/* By resets, so that nothing stays behind in TIME_WAIT. */
static void reset_connection(struct connection *c)
{
	struct linger now = { .l_onoff = 1 };

	setsockopt(c->client, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(c->client);
	close(c->server);
	close(c->listener);
}

/* The server is the first to close: TIME_WAIT stays with it. */
static void close_connection(struct connection *c)
{
	char byte;

	close(c->server);
	assert_int_equal(read(c->client, &byte, 1), 0);
	close(c->client);
	usleep(50 * 1000);
	close(c->listener);
}

static int count_wrong(int family, int sport, int flags, int payload,
		       int action, enum fmx_reason reason)
{
	struct row row = { .spec = { .family = family,
				     .sport = sport,
				     .flags = SAY(flags),
				     .payload = payload },
			   .action = action,
			   .reason = reason };
	char name[64];

	snprintf(name, sizeof(name), "IPv%d port %d flags %#04x payload %d",
		 family, sport, flags, payload);
	row.name = name;
	return !row_holds_everywhere(&row);
}

static int count_untouched_segments(const struct connection *c)
{
	static const int flags[] = {
		ACK,	   ACK | PSH, FIN | ACK, SYN | ACK,
		SYN | FIN, FIN,	      0,	 FIN | PSH | URG,
	};
	int failed = 0;
	size_t i;

	for (i = 0; i < COUNT_OF(flags); i++) {
		failed += count_wrong(c->family, c->sport, flags[i], 0,
				      XDP_PASS, FMX_REASON_SESSION);
		failed += count_wrong(c->family, c->sport, flags[i], 9,
				      XDP_PASS, FMX_REASON_SESSION);
	}
	return failed;
}

/* What only the listener would take, such as a guessed SYN cookie. */
static int count_answered_segments(int family, int sport)
{
	static const int flags[] = { SYN, ACK,	     ACK | PSH, FIN | ACK,
				     0,	  SYN | ACK, FIN,	SYN | FIN };
	int failed = 0;
	size_t i;

	for (i = 0; i < COUNT_OF(flags); i++) {
		failed += count_wrong(family, sport, flags[i], 0, XDP_TX,
				      FMX_REASON_RESET);
		failed += count_wrong(family, sport, flags[i], 9, XDP_TX,
				      FMX_REASON_RESET);
	}
	return failed;
}

static int count_wrong_with_connection(const struct connection *c)
{
	int failed = count_untouched_segments(c);

	failed += count_answered_segments(c->family, c->sport ^ 1);
	failed += count_wrong(c->family, c->sport, SYN, 0, XDP_TX,
			      FMX_REASON_RESET);
	failed += count_wrong(c->family, c->sport, RST | ACK, 0, XDP_PASS,
			      FMX_REASON_RST);
	return failed;
}

static void segments_of_an_open_connection_pass(void **state)
{
	struct connection c;
	int failed;

	(void)state;
	open_connection(&c, 4, 4, DECOY4);
	failed = count_wrong_with_connection(&c);
	reset_connection(&c);
	open_connection(&c, 6, 6, DECOY6);
	failed += count_wrong_with_connection(&c);
	reset_connection(&c);
	assert_int_equal(failed, 0);
}

static void segments_of_a_connection_to_a_wildcard_listener_pass(void **state)
{
	struct connection c;
	int failed;

	(void)state;
	open_connection(&c, 4, 6, "::"); /* takes IPv4 too */
	failed = count_wrong_with_connection(&c);
	reset_connection(&c);
	assert_int_equal(failed, 0);
}

static void segments_of_a_connection_in_time_wait_pass(void **state)
{
	struct connection c;
	int failed;

	(void)state;
	open_connection(&c, 4, 4, DECOY4);
	close_connection(&c);
	failed = count_wrong_with_connection(&c);
	open_connection(&c, 6, 6, DECOY6);
	close_connection(&c);
	failed += count_wrong_with_connection(&c);
	assert_int_equal(failed, 0);
}

/* A listener that waits for data has but a request until the data is there. */
static void segments_of_a_half_open_connection_pass(void **state)
{
	static const int families[] = { 4, 6 };
	struct connection c = { .server = -1 };
	int failed = 0, seconds = 30;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(families); i++) {
		c.family = families[i];
		c.listener =
			listen_on(c.family, c.family == 6 ? DECOY6 : DECOY4);
		assert_int_equal(setsockopt(c.listener, IPPROTO_TCP,
					    TCP_DEFER_ACCEPT, &seconds,
					    sizeof(seconds)),
				 0);
		connect_sender(&c);
		failed += count_wrong_with_connection(&c);
		reset_connection(&c);
	}
	assert_int_equal(failed, 0);
}

static void segments_that_only_a_listener_would_take_are_answered(void **state)
{
	int failed = 0, listener;

	(void)state;
	listener = listen_on(4, DECOY4);
	failed += count_answered_segments(4, 40000);
	close(listener);
	listener = listen_on(6, DECOY6);
	failed += count_answered_segments(6, 40000);
	close(listener);
	assert_int_equal(failed, 0);
}

static struct row session_row(const struct connection *c)
{
	struct row row = {
		"flawed segment of a session",
		{ .family = c->family, .sport = c->sport, .flags = ACK },
		DROPPED(BAD_CHECKSUM)
	};

	return row;
}

/* The rules before it still hold for a session; its packets fill no limit. */
static void session_keeps_its_place_among_the_rules(void **state)
{
	struct connection c;
	struct row row;
	int failed = 0;
	size_t i;

	(void)state;
	open_connection(&c, 4, 4, DECOY4);
	row = session_row(&c);
	row.spec.check = CHECK_WRONG;
	failed += !row_holds_everywhere(&row);
	row = session_row(&c);
	row.spec.frag = 0x2000;
	row.reason = FMX_REASON_FRAGMENT;
	failed += !row_holds_everywhere(&row);
	row = session_row(&c);
	row.action = XDP_PASS;
	row.reason = FMX_REASON_SESSION;
	for (i = 0; i < 3; i++) {
		set_current(&progs[0], 0, 1);
		failed += !row_holds(&progs[0], &row, 0);
	}
	reset_connection(&c);
	assert_int_equal(failed, 0);
}

/* tests/isolate has made the namespace, and brought lo up. */
static int load_and_add_addresses(void **state)
{
	static const char *const addrs[] = { SENDER4 "/32", DECOY4 "/32",
					     SENDER6 "/128", DECOY6 "/128" };
	char command[128];
	size_t i;

	for (i = 0; i < COUNT_OF(addrs); i++) {
		snprintf(command, sizeof(command), "ip addr add %s dev lo%s",
			 addrs[i], strchr(addrs[i], ':') ? " nodad" : "");
		assert_int_equal(system(command), 0);
	}
	return load_programs(state);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(segments_of_an_open_connection_pass),
	cmocka_unit_test(segments_of_a_connection_to_a_wildcard_listener_pass),
	cmocka_unit_test(segments_of_a_connection_in_time_wait_pass),
	cmocka_unit_test(segments_of_a_half_open_connection_pass),
	cmocka_unit_test(segments_that_only_a_listener_would_take_are_answered),
	cmocka_unit_test(session_keeps_its_place_among_the_rules),
};

int main(void)
{
	return cmocka_run_group_tests_name(
		"session", tests, load_and_add_addresses, unload_programs);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "dns.h"
#include "when.h"

/* The calls that c-ares 1.34 would rather see are not there in 1.18. */
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/*
 * A resolver that has to ask far away may need seconds, and a lost packet
 * should not cost more than that. The second try waits twice as long.
 */
#define TRY_MS 2000
#define TRIES 2

#define FLAGS_AT 3 /* RFC 1035 4.1.1: the second byte of the flags */
#define CHECKING_DISABLED 0x10 /* RFC 4035 3.2.2 */

struct question {
	struct dns *dns;
	struct question *next; /* of those that wait */
	dns_callback answered;
	void *arg;
	ns_type type;
	bool unchecked;
	char name[];
};

struct dns {
	ares_channel channel;
	long long deadline; /* ms of CLOCK_MONOTONIC */
	unsigned int limit;
	unsigned int in_flight;
	struct question *waiting;
	struct question **last;
	int err; /* from then on, nothing is called back */
};

/* ":53", or nothing, which leaves *port as it is. */
static bool parse_port(const char *text, int *port)
{
	int number = 0;

	if (!*text)
		return true;
	if (*text++ != ':' || !*text || strlen(text) > 5)
		return false;
	for (; *text; text++) {
		if (!isdigit((unsigned char)*text))
			return false;
		number = number * 10 + (*text - '0');
	}
	*port = number;
	return number > 0 && number <= 65535;
}

/* Where the address ends: an IPv6 address has colons of its own. */
static const char *address_end(const char *begin, bool brackets)
{
	const char *colon = strchr(begin, ':');

	if (brackets)
		return strchr(begin, ']');
	if (colon && !strchr(colon + 1, ':'))
		return colon;
	return begin + strlen(begin);
}

static int parse_server(const char *text, struct ares_addr_port_node *out,
			struct fault *fault)
{
	bool brackets = *text == '[';
	const char *begin = text + brackets,
		   *end = address_end(begin, brackets);
	char addr[INET6_ADDRSTRLEN] = "";
	struct prefix parsed;
	int port = 53;

	if (end && (size_t)(end - begin) < sizeof(addr))
		memcpy(addr, begin, end - begin);
	if (addr_parse(addr, &parsed, fault) ||
	    !parse_port(end + brackets, &port))
		return fault_set(
			fault,
			"%s: not a DNS server: write ADDR, ADDR:PORT or [ADDR]:PORT",
			text);
	*out = (struct ares_addr_port_node){
		.family = parsed.family == FMX_IPV4 ? AF_INET : AF_INET6,
		.udp_port = port,
		.tcp_port = port,
	};
	memcpy(&out->addr, parsed.addr, sizeof(out->addr));
	return 0;
}

static int open_channel(struct dns *dns, struct ares_addr_port_node *server)
{
	struct ares_options options = { .timeout = TRY_MS, .tries = TRIES };
	int status;

	status = ares_init_options(&dns->channel, &options,
				   ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
	if (status == ARES_SUCCESS && server)
		status = ares_set_servers_ports(dns->channel, server);
	if (status == ARES_SUCCESS)
		return 0;
	return status == ARES_ENOMEM ? -ENOMEM : -EIO;
}

int dns_open(struct dns **out, const char *server, unsigned int deadline_ms,
	     unsigned int in_flight, struct fault *fault)
{
	struct ares_addr_port_node node;
	struct dns *dns;
	int err = 0;

	*out = NULL;
	if (server)
		err = parse_server(server, &node, fault);
	if (err)
		return err;
	if (ares_library_init(ARES_LIB_INIT_ALL))
		return -EIO;
	dns = calloc(1, sizeof(*dns));
	if (!dns) {
		ares_library_cleanup();
		return -ENOMEM;
	}
	dns->deadline = clock_ns(CLOCK_MONOTONIC) / 1000000 + deadline_ms;
	dns->limit = in_flight;
	dns->last = &dns->waiting;
	err = open_channel(dns, server ? &node : NULL);
	if (err) {
		dns_close(dns);
		return err;
	}
	*out = dns;
	return 0;
}

/* The first of those that wait, or NULL. */
static struct question *take(struct dns *dns)
{
	struct question *question = dns->waiting;

	if (!question)
		return NULL;
	dns->waiting = question->next;
	if (!dns->waiting)
		dns->last = &dns->waiting;
	return question;
}

void dns_close(struct dns *dns)
{
	struct question *question;

	if (!dns)
		return;
	ares_destroy(dns->channel);
	while ((question = take(dns)))
		free(question);
	free(dns);
	ares_library_cleanup();
}

static void ask(struct dns *dns, const char *name, ns_type type, bool unchecked,
		dns_callback answered, void *arg)
{
	size_t size = strlen(name) + 1;
	struct question *question = malloc(sizeof(*question) + size);

	if (!question) {
		dns->err = -ENOMEM;
		return;
	}
	*question = (struct question){
		.dns = dns,
		.answered = answered,
		.arg = arg,
		.type = type,
		.unchecked = unchecked,
	};
	memcpy(question->name, name, size);
	*dns->last = question;
	dns->last = &question->next;
}

void dns_ask(struct dns *dns, const char *name, ns_type type,
	     dns_callback answered, void *arg)
{
	ask(dns, name, type, false, answered, arg);
}

void dns_ask_unchecked(struct dns *dns, const char *name, ns_type type,
		       dns_callback answered, void *arg)
{
	ask(dns, name, type, true, answered, arg);
}

/* What there is no message about. */
static enum dns_status status_without_answer(int status)
{
	switch (status) {
	case ARES_EBADNAME:
	case ARES_ENOTFOUND: /* RFC 7686: .onion is not for DNS */
		return DNS_NO_NAME;
	case ARES_ETIMEOUT:
	case ARES_ECANCELLED:
		return DNS_TIMED_OUT;
	default:
		return DNS_FAILED;
	}
}

/* The end of a question that was sent. c-ares does not read the records. */
static void on_answer(void *arg, int status, int timeouts, unsigned char *bytes,
		      int len)
{
	struct question *question = arg;
	struct dns *dns = question->dns;
	struct dns_answer answer;
	enum dns_status result;

	(void)timeouts;
	dns->in_flight--;
	if (status == ARES_ENOMEM)
		dns->err = -ENOMEM;
	if (bytes)
		result = dns_answer_read(&answer, bytes, len, question->type);
	else
		result = status_without_answer(status);
	if (!dns->err)
		question->answered(question->arg, result,
				   result == DNS_FOUND ? &answer : NULL);
	free(question);
}

/* ares_query() has no way to set the bit. */
static void send_unchecked(struct question *question)
{
	unsigned char *bytes = NULL;
	unsigned short id = 0;
	int status, len = 0;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		status = ARES_ENOMEM;
	else
		status = ares_create_query(question->name, ns_c_in,
					   question->type, id, 1, &bytes, &len,
					   0);
	if (status != ARES_SUCCESS) {
		on_answer(question, status, 0, NULL, 0);
		return;
	}
	bytes[FLAGS_AT] |= CHECKING_DISABLED;
	ares_send(question->dns->channel, bytes, len, on_answer, question);
	ares_free_string(bytes);
}

/* c-ares may call on_answer() at once; that sends nothing, so this is no loop.
 */
static void send_waiting(struct dns *dns)
{
	struct question *question;

	while (dns->in_flight < dns->limit && (question = take(dns))) {
		dns->in_flight++;
		if (question->unchecked)
			send_unchecked(question);
		else
			ares_query(dns->channel, question->name, ns_c_in,
				   question->type, on_answer, question);
	}
}

static void give_up(struct dns *dns)
{
	struct question *question;

	ares_cancel(dns->channel);
	while ((question = take(dns))) {
		question->answered(question->arg, DNS_TIMED_OUT, NULL);
		free(question);
	}
}

/* Until c-ares has a question to send again, at most; rounded up. */
static int wait_ms(struct dns *dns, long long left)
{
	struct timeval longest = { .tv_sec = left / 1000,
				   .tv_usec = left % 1000 * 1000 };
	struct timeval buffer, *wait;

	wait = ares_timeout(dns->channel, &longest, &buffer);
	left = wait->tv_sec * 1000LL + wait->tv_usec / 1000 + 1;
	return left > INT_MAX ? INT_MAX : (int)left;
}

static int wait_for_answers(struct dns *dns, long long left)
{
	ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
	struct pollfd fds[ARES_GETSOCK_MAXNUM];
	unsigned int bits, i, count = 0;
	bool any = false;

	bits = ares_getsock(dns->channel, sockets, ARES_GETSOCK_MAXNUM);
	for (; count < ARES_GETSOCK_MAXNUM && (bits >> count & 1); count++) {
		bool write = bits >> (count + ARES_GETSOCK_MAXNUM) & 1;

		fds[count] = (struct pollfd){
			.fd = sockets[count],
			.events = POLLIN | (write ? POLLOUT : 0),
		};
	}
	if (poll(fds, count, wait_ms(dns, left)) < 0)
		return errno == EINTR ? 0 : -errno;
	for (i = 0; i < count; i++) {
		short events = fds[i].revents;

		if (!events)
			continue;
		any = true;
		ares_process_fd(dns->channel,
				events & ~POLLOUT ? fds[i].fd : ARES_SOCKET_BAD,
				events & POLLOUT ? fds[i].fd : ARES_SOCKET_BAD);
	}
	if (!any)
		ares_process_fd(dns->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	return 0;
}

int dns_run(struct dns *dns)
{
	while (!dns->err && (dns->waiting || dns->in_flight)) {
		long long left =
			dns->deadline - clock_ns(CLOCK_MONOTONIC) / 1000000;

		if (left <= 0) {
			give_up(dns);
			continue;
		}
		send_waiting(dns);
		if (dns->in_flight && !dns->err)
			dns->err = wait_for_answers(dns, left);
	}
	return dns->err;
}

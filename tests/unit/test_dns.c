// SPDX-License-Identifier: GPL-2.0-only
/* What of DNS needs no server: its name, and what is asked too late. */
#include "unit.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dns_evidence.h"

/* Stands before the C library's: nothing here is to wait for an answer. */
int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	(void)fds;
	(void)count;
	(void)timeout;
	errno = ENOMEM;
	return -1;
}

static void a_server_is_an_address_and_perhaps_a_port(void **state)
{
	static const char *const words[] = {
		"192.0.2.1",
		"192.0.2.1:53",
		"192.0.2.1:1",
		"192.0.2.1:65535",
		"2001:db8::1",
		"::1",
		"[2001:db8::1]",
		"[::1]:5353",
		"[192.0.2.1]:53",
		"[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.254]:65535",
	};
	struct fault fault;
	struct dns *dns;
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(words); i++) {
		failed += differs_number(
			words[i], 0, dns_open(&dns, words[i], 0, 1, &fault));
		dns_close(dns);
	}
	assert_int_equal(failed, 0);
}

static void what_is_no_server_is_named(void **state)
{
	static const char *const words[] = {
		"",
		"mail.example",
		"192.0.2",
		"192.0.2.1:",
		"192.0.2.1:0",
		"192.0.2.1:65536",
		"192.0.2.1:-1",
		"192.0.2.1:53x",
		"192.0.2.1:000053",
		":53",
		"2001:db8::x",
		"[2001:db8::1",
		"[::1]53",
		"[::1]x",
		"[::1]:",
		"[]:53",
		"[",
		"fe80::1%eth0",
		"::1]:53",
		" 192.0.2.1",
		"192.0.2.1,192.0.2.2",
	};
	struct fault fault;
	struct dns *dns;
	char text[256];
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(words); i++) {
		fault.text[0] = '\0';
		failed +=
			differs_number(words[i], -EINVAL,
				       dns_open(&dns, words[i], 0, 1, &fault));
		snprintf(
			text, sizeof(text),
			"%s: not a DNS server: write ADDR, ADDR:PORT or [ADDR]:PORT",
			words[i]);
		failed += differs(words[i], text, fault.text);
		assert_null(dns);
	}
	assert_int_equal(failed, 0);
}

static void trust_is_what_dnswl_org_documents(void **state)
{
	static const struct {
		__u32 code;
		int trust;
	} rows[] = {
		{ 0x7f000200, 0 },  { 0x7f000201, 1 },	{ 0x7f000f02, 2 },
		{ 0x7f00ff03, 3 },  { 0x7f000003, 3 },	{ 0x7f000204, -1 },
		{ 0x7f0000ff, -1 }, { 0x7ffffffe, -1 }, { 0x7f010203, -1 },
		{ 0x7e000203, -1 }, { 0xcb007101, -1 }, { 0, -1 },
	};
	char row[16];
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		sprintf(row, "%08x", rows[i].code);
		failed += differs_number(row, rows[i].trust,
					 dnswl_trust(rows[i].code));
	}
	assert_int_equal(failed, 0);
}

static void count_late(void *arg, enum dns_status status,
		       struct dns_answer *answer)
{
	unsigned int *late = arg;

	if (status == DNS_TIMED_OUT && !answer)
		++*late;
}

struct chain {
	struct dns *dns;
	unsigned int asked;
};

/* Asks one more for each answer, as one who follows names does. */
static void ask_again(void *arg, enum dns_status status,
		      struct dns_answer *answer)
{
	struct chain *chain = arg;

	(void)answer;
	assert_int_equal(status, DNS_TIMED_OUT);
	if (chain->asked++ < 1000)
		dns_ask(chain->dns, "mail.example", ns_t_a, ask_again, chain);
}

static void what_is_asked_after_the_deadline_is_timed_out(void **state)
{
	struct chain chain = { 0 };
	unsigned int late = 0, i;
	struct fault fault;

	(void)state;
	assert_int_equal(dns_open(&chain.dns, "127.0.0.1:1", 0, 2, &fault), 0);
	for (i = 0; i < 5; i++)
		dns_ask(chain.dns, "mail.example", ns_t_mx, count_late, &late);
	ask_again(&chain, DNS_TIMED_OUT, NULL);
	assert_int_equal(late, 0);
	assert_int_equal(dns_run(chain.dns), 0);
	assert_int_equal(late, 5);
	assert_int_equal(chain.asked, 1001);
	dns_close(chain.dns);
}

static void count_call(void *arg, enum dns_status status,
		       struct dns_answer *answer)
{
	unsigned int *calls = arg;

	(void)status;
	(void)answer;
	++*calls;
}

static void what_is_closed_calls_nobody(void **state)
{
	unsigned int calls = 0;
	struct fault fault;
	struct dns *dns;

	(void)state;
	assert_int_equal(dns_open(&dns, "127.0.0.1:1", 0, 2, &fault), 0);
	dns_ask(dns, "mail.example", ns_t_a, count_call, &calls);
	dns_ask(dns, "mail.example", ns_t_mx, count_call, &calls);
	dns_close(dns);
	assert_int_equal(calls, 0);
	dns_close(NULL);
}

/* A server that is there, so that nothing is refused, and is silent. */
static int silent_server(char *text, size_t size)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(addr);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_return_code(fd, errno);
	assert_return_code(bind(fd, (struct sockaddr *)&addr, sizeof(addr)),
			   errno);
	assert_return_code(getsockname(fd, (struct sockaddr *)&addr, &length),
			   errno);
	snprintf(text, size, "127.0.0.1:%u", ntohs(addr.sin_port));
	return fd;
}

static void after_an_error_nobody_is_called(void **state)
{
	unsigned int calls = 0;
	struct fault fault;
	struct dns *dns;
	char server[32];
	int fd;

	(void)state;
	fd = silent_server(server, sizeof(server));
	assert_int_equal(dns_open(&dns, server, 60000, 1, &fault), 0);
	dns_ask(dns, "mail.example", ns_t_a, count_call, &calls);
	dns_ask(dns, "mail.example", ns_t_mx, count_call, &calls);
	assert_int_equal(dns_run(dns), -ENOMEM);
	assert_int_equal(dns_run(dns), -ENOMEM);
	dns_close(dns);
	assert_int_equal(calls, 0);
	close(fd);
}

static void evidence_after_the_deadline_is_failed_not_absent(void **state)
{
	static const struct prefix addrs[250] = {
		[0 ... 249] = { .family = FMX_IPV4, .len = 32 }
	};
	const struct dns_options options = { .server = "127.0.0.1:1",
					     .resolve = true,
					     .dnswl = "list.example" };
	struct dns_evidence out[COUNT(addrs)];
	struct fault fault;
	size_t i;

	(void)state;
	memset(out, 0xff, sizeof(out));
	assert_int_equal(
		dns_evidence(&options, addrs, COUNT(addrs), out, &fault), 0);
	for (i = 0; i < COUNT(addrs); i++) {
		assert_int_equal(out[i].ptr, DNS_PTR_FAILED);
		assert_string_equal(out[i].name, "");
		assert_int_equal(out[i].dnswl, -1);
		assert_int_equal(out[i].dnswl_code, 0);
		assert_true(out[i].dnswl_failed);
	}
}

static void what_is_not_asked_for_is_not_asked(void **state)
{
	const struct prefix addr = { .family = FMX_IPV4, .len = 32 };
	const struct dns_options options = { .server = "127.0.0.1:1" };
	struct dns_evidence out;
	struct fault fault;

	(void)state;
	memset(&out, 0xff, sizeof(out));
	assert_int_equal(dns_evidence(&options, &addr, 1, &out, &fault), 0);
	assert_int_equal(out.ptr, DNS_PTR_NOT_ASKED);
	assert_int_equal(out.dnswl, -1);
	assert_false(out.dnswl_failed);
	assert_int_equal(dns_evidence(&options, NULL, 0, NULL, &fault), 0);
}

static int check_zone(const char *zone, int result, const char *said)
{
	const struct dns_options options = { .server = "127.0.0.1:1",
					     .dnswl = zone };
	const struct prefix addr = { .family = FMX_IPV4, .len = 32 };
	struct fault fault = { "" };
	struct dns_evidence out;
	int failed;

	failed = differs_number(zone, result,
				dns_evidence(&options, &addr, 1, &out, &fault));
	return failed + differs(zone, said, fault.text);
}

static void what_is_no_zone_is_named(void **state)
{
	static const char *const zones[] = { "", ".", "list.example.",
					     "list example", "list..example" };
	char text[512];
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(zones); i++) {
		snprintf(text, sizeof(text), "%s: not the zone of an allowlist",
			 zones[i]);
		failed += check_zone(zones[i], -EINVAL, text);
	}
	assert_int_equal(failed, 0);
}

/* With an IPv6 address in front of it, it would be no name any more. */
static void a_zone_may_be_too_long(void **state)
{
	char zone[DNS_ZONE_MAX + 2] = "", text[512];

	(void)state;
	memset(zone, 'z', DNS_ZONE_MAX);
	zone[63] = zone[127] = '.';
	assert_int_equal(check_zone(zone, 0, ""), 0);
	zone[DNS_ZONE_MAX] = 'z';
	snprintf(text, sizeof(text), "%s: not the zone of an allowlist", zone);
	assert_int_equal(check_zone(zone, -EINVAL, text), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_is_an_address_and_perhaps_a_port),
		cmocka_unit_test(what_is_no_server_is_named),
		cmocka_unit_test(trust_is_what_dnswl_org_documents),
		cmocka_unit_test(what_is_asked_after_the_deadline_is_timed_out),
		cmocka_unit_test(what_is_closed_calls_nobody),
		cmocka_unit_test(after_an_error_nobody_is_called),
		cmocka_unit_test(
			evidence_after_the_deadline_is_failed_not_absent),
		cmocka_unit_test(what_is_not_asked_for_is_not_asked),
		cmocka_unit_test(what_is_no_zone_is_named),
		cmocka_unit_test(a_zone_may_be_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

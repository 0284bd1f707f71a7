// SPDX-License-Identifier: GPL-2.0-only
/* The files of /proc are made here: the host's own sockets do not matter. */
#include "lines.h"

#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "netdev.h"
#include "shadow.h"

/* What the files hold; NULL is a file that is not there. */
static struct {
	const char *path;
	char text[4096];
	bool missing;
} files[] = {
	{ .path = "/proc/self/net/tcp" },
	{ .path = "/proc/self/net/tcp6" },
	{ .path = "/proc/net/vlan/config" },
};

enum { TCP, TCP6, VLANS };

/* Stands before the C library's. */
FILE *fopen(const char *path, const char *mode)
{
	size_t i;

	(void)mode;
	for (i = 0; i < COUNT(files); i++)
		if (!strcmp(path, files[i].path) && !files[i].missing &&
		    *files[i].text)
			return fmemopen(files[i].text, strlen(files[i].text),
					"r");
	errno = ENOENT;
	return NULL;
}

static const char *driver; /* of every interface; NULL: its own */

/* So does this: a driver's name is what its interface is known by. */
int ioctl(int fd, unsigned long request, ...)
{
	struct ethtool_drvinfo *info;
	struct ifreq *arg;
	va_list args;

	va_start(args, request);
	arg = va_arg(args, struct ifreq *);
	va_end(args);
	info = driver && request == SIOCETHTOOL ? (void *)arg->ifr_data : NULL;
	if (!info || info->cmd != ETHTOOL_GDRVINFO)
		return syscall(SYS_ioctl, fd, request, arg);
	snprintf(info->driver, sizeof(info->driver), "%s", driver);
	return 0;
}

static int files_clear(void **state)
{
	(void)state;
	files[TCP].missing = false;
	files[TCP6].missing = false;
	strcpy(files[TCP].text, "  sl  local_address rem_address   st\n");
	strcpy(files[TCP6].text, "  sl  local_address  remote_address  st\n");
	files[VLANS].text[0] = '\0';
	driver = NULL;
	return 0;
}

/* Adds a line as the kernel writes it. */
static void add_socket(int file, const char *addr, unsigned int port,
		       unsigned int tcp_state)
{
	char *to = files[file].text + strlen(files[file].text);
	uint32_t words[4] = { 0 };
	int count = file == TCP ? 1 : 4, i;

	assert_int_equal(
		inet_pton(file == TCP ? AF_INET : AF_INET6, addr, words), 1);
	to += sprintf(to, "   0: ");
	for (i = 0; i < count; i++)
		to += sprintf(to, "%08X", words[i]);
	to += sprintf(to, ":%04X ", port);
	for (i = 0; i < count; i++)
		to += sprintf(to, "00000000");
	sprintf(to,
		":0000 %02X 00000000:00000000 00:00000000 00000000     0        0 20543 1 0000000000000000 100 0 0 10 0\n",
		tcp_state);
}

static struct prefix address(const char *word)
{
	struct prefix p;
	struct fault fault;

	assert_int_equal(addr_parse(word, &p, &fault), 0);
	return p;
}

static void a_listener_takes_its_own_address(void **state)
{
	static const struct {
		const char *listens, *addr;
		bool takes;
	} rows[] = {
		{ "198.51.100.10", "198.51.100.10", true },
		{ "198.51.100.10", "198.51.100.11", false },
		{ "198.51.100.10", "2001:db8::10", false },
		{ "2001:db8::10", "2001:db8::10", true },
		{ "2001:db8::10", "2001:db8::11", false },
		{ "2001:db8::10", "198.51.100.10", false },
	};
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct listener listener = { address(rows[i].listens) };
		struct prefix addr = address(rows[i].addr);

		failed += differs_number(rows[i].listens, rows[i].takes,
					 listener_takes(&listener, &addr));
	}
	assert_int_equal(failed, 0);
}

static void a_wildcard_listener_takes_its_family(void **state)
{
	struct prefix ipv4 = address("198.51.100.10");
	struct prefix ipv6 = address("2001:db8::10");
	struct listener any = { { .family = FMX_IPV4 } };

	(void)state;
	assert_true(listener_takes(&any, &ipv4));
	assert_false(listener_takes(&any, &ipv6));
	any.addr.family = FMX_IPV6;
	assert_true(listener_takes(&any, &ipv6));
	assert_true(listener_takes(&any, &ipv4));
}

/* The listeners in one text; the caller frees it. */
static char *listeners(void)
{
	struct listener *list;
	char *text = NULL, addr[PREFIX_TEXT_SIZE];
	size_t size, count, i;
	FILE *to;

	assert_int_equal(host_smtp_listeners(&list, &count), 0);
	to = open_memstream(&text, &size);
	for (i = 0; i < count; i++) {
		prefix_format(&list[i].addr, addr);
		fprintf(to, "%s\n", addr);
	}
	fclose(to);
	free(list);
	return text;
}

static void check_listeners(const char *expected)
{
	char *text = listeners();

	assert_string_equal(text, expected);
	free(text);
}

static void what_listens_on_port_25_is_found(void **state)
{
	(void)state;
	add_socket(TCP, "198.51.100.10", 25, 10);
	add_socket(TCP, "127.0.0.1", 25, 10);
	add_socket(TCP6, "2001:db8:1:2:3:4:5:6", 25, 10);
	check_listeners("198.51.100.10\n127.0.0.1\n2001:db8:1:2:3:4:5:6\n");
}

static void a_wildcard_listener_has_no_length(void **state)
{
	(void)state;
	add_socket(TCP, "0.0.0.0", 25, 10);
	add_socket(TCP6, "::", 25, 10);
	check_listeners("0.0.0.0/0\n::/0\n");
}

static void an_ipv4_listener_of_an_ipv6_socket_is_ipv4(void **state)
{
	(void)state;
	add_socket(TCP6, "::ffff:198.51.100.10", 25, 10);
	add_socket(TCP6, "::ffff:0.0.0.0", 25, 10);
	check_listeners("198.51.100.10\n0.0.0.0/0\n");
}

static void other_ports_and_states_are_no_listeners(void **state)
{
	(void)state;
	add_socket(TCP, "198.51.100.10", 0x25, 10);
	add_socket(TCP, "198.51.100.10", 2525, 10);
	add_socket(TCP, "198.51.100.10", 25, 1);
	add_socket(TCP6, "2001:db8::10", 25, 6);
	strcat(files[TCP].text, "nonsense\n\n");
	check_listeners("");
}

static void a_host_without_ipv6_has_no_file_for_it(void **state)
{
	(void)state;
	files[TCP6].missing = true;
	add_socket(TCP, "198.51.100.10", 25, 10);
	check_listeners("198.51.100.10\n");
}

/* What shadow_check() says and returns for a policy of this statement. */
static int check_shadow(const char *line, bool force, struct capture *said)
{
	struct policy policy = { 0 };
	int err;

	policy_add_line(&policy, line);
	capture_begin(said, &stderr);
	err = shadow_check(&policy, force);
	capture_end(said);
	policy_clear(&policy);
	return err;
}

static void shadow_is_refused_where_a_decoy_is_listened_on(void **state)
{
	static const char decoy[] = "decoy 198.51.100.10";
	static const char other[] = "decoy 198.51.100.11";
	static const char real[] = "real 198.51.100.10";
	struct capture said;

	(void)state;
	add_socket(TCP, "198.51.100.10", 25, 10);
	assert_int_equal(check_shadow(decoy, false, &said), -EBUSY);
	assert_string_equal(
		said.text,
		"xdp-fakemx: shadow: something listens on port 25 of the decoy 198.51.100.10; shadow mode opens it to everybody; --force does it\n");
	free(said.text);
	assert_int_equal(check_shadow(decoy, true, &said), 0);
	assert_string_equal(
		said.text,
		"xdp-fakemx: shadow: something listens on port 25 of the decoy 198.51.100.10; shadow mode opens it to everybody\n");
	free(said.text);
	assert_int_equal(check_shadow(other, false, &said), 0);
	assert_string_equal(said.text, "");
	free(said.text);
	assert_int_equal(check_shadow(real, false, &said), 0);
	assert_string_equal(said.text, "");
	free(said.text);
}

static void loopback_is_an_interface_without_ethernet(void **state)
{
	struct netdev dev;

	(void)state;
	assert_int_equal(netdev_read("lo", &dev), 0);
	assert_string_equal(dev.name, "lo");
	assert_int_equal(dev.ifindex, if_nametoindex("lo"));
	assert_false(dev.ethernet);
	assert_false(dev.veth);
	assert_false(dev.has_vlans);
}

static void vlan_devices_belong_to_the_interface_under_them(void **state)
{
	struct netdev dev;

	(void)state;
	strcpy(files[VLANS].text,
	       "VLAN Dev name    | VLAN ID\n"
	       "Name-Type: VLAN_NAME_TYPE_RAW_PLUS_VID_NO_PAD\n"
	       "lo.5           | 5  | loo\n"
	       "eth0.100       | 100  | eth0\n");
	assert_int_equal(netdev_read("lo", &dev), 0);
	assert_false(dev.has_vlans);
	/* A name of 15 characters leaves no space before the bar. */
	strcat(files[VLANS].text, "enp134s0f0.1234| 1234  | lo\n");
	assert_int_equal(netdev_read("lo", &dev), 0);
	assert_true(dev.has_vlans);
}

static void an_interface_that_is_not_there_is_an_error(void **state)
{
	static const char *const names[] = { "fmxnone", "", "sixteen-letters!",
					     "a-name-that-is-far-too-long" };
	struct netdev dev;
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++)
		failed += differs_number(names[i], -ENODEV,
					 netdev_read(names[i], &dev));
	assert_int_equal(failed, 0);
}

static void every_interface_is_listed(void **state)
{
	struct netdev *list;
	size_t count, i, loopbacks = 0;

	(void)state;
	assert_int_equal(netdev_list(&list, &count), 0);
	for (i = 0; i < count; i++)
		loopbacks += !strcmp(list[i].name, "lo");
	free(list);
	assert_int_equal(loopbacks, 1);
}

static void only_the_hosts_own_addresses_are_its(void **state)
{
	struct prefix own = address("127.0.0.1");
	struct prefix other = address("203.0.113.77");
	struct prefix other6 = address("2001:db8::77");

	(void)state;
	assert_true(host_has_address(&own));
	assert_false(host_has_address(&other));
	assert_false(host_has_address(&other6));
}

#define WITH_FILES(test) cmocka_unit_test_setup(test, files_clear)

static void drivers_that_need_care_are_known_by_their_names(void **state)
{
	struct netdev dev;

	(void)state;
	driver = "mlx5_core";
	assert_int_equal(netdev_read("lo", &dev), 0);
	assert_true(dev.hides_headers && !dev.veth);
	driver = "veth";
	assert_int_equal(netdev_read("lo", &dev), 0);
	assert_true(dev.veth && !dev.hides_headers);
	driver = "ice";
	assert_int_equal(netdev_read("lo", &dev), 0);
	assert_false(dev.veth || dev.hides_headers);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_listener_takes_its_own_address),
		cmocka_unit_test(a_wildcard_listener_takes_its_family),
		WITH_FILES(what_listens_on_port_25_is_found),
		WITH_FILES(a_wildcard_listener_has_no_length),
		WITH_FILES(an_ipv4_listener_of_an_ipv6_socket_is_ipv4),
		WITH_FILES(other_ports_and_states_are_no_listeners),
		WITH_FILES(a_host_without_ipv6_has_no_file_for_it),
		WITH_FILES(shadow_is_refused_where_a_decoy_is_listened_on),
		WITH_FILES(loopback_is_an_interface_without_ethernet),
		WITH_FILES(vlan_devices_belong_to_the_interface_under_them),
		WITH_FILES(an_interface_that_is_not_there_is_an_error),
		WITH_FILES(every_interface_is_listed),
		WITH_FILES(only_the_hosts_own_addresses_are_its),
		WITH_FILES(drivers_that_need_care_are_known_by_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

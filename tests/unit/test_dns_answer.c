// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include "dns_answer.h"

#define LABEL63 \
	"abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ_012345678"
#define NAME253                                       \
	LABEL63 "." LABEL63 "." LABEL63 ".a234567890" \
		".b234567890.c234567890.d234567890.e234567890.f23456"

static void host_names_are_printable_labels(void **state)
{
	static const struct {
		const char *name;
		bool good;
	} rows[] = {
		{ "mail.example", true },
		{ "a", true },
		{ "192.0.2.1", true },
		{ "_25._tcp.mail-1.example", true },
		{ "xn--ber-goa.example", true },
		{ LABEL63, true },
		{ NAME253, true },
		{ NAME253 "x", false },
		{ LABEL63 "x.example", false },
		{ "", false },
		{ ".", false },
		{ ".example", false },
		{ "mail..example", false },
		{ "mail.example.", false },
		{ "mail example", false },
		{ "mail.example\n", false },
		{ "\033[2J.example", false },
		{ "mail\\.example", false },
		{ "\\027.example", false },
		{ "<b>.example", false },
		{ "\"mail\".example", false },
		{ "m&m.example", false },
		{ "*.example", false },
		{ "5.0/29.example", false },
		{ "\303\274ber.example", false },
		{ "mail\177.example", false },
	};
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		failed += differs_number(rows[i].name, rows[i].good,
					 is_host_name(rows[i].name));
	assert_int_equal(failed, 0);
}

static void a_reverse_name_is_the_address_backwards(void **state)
{
	static const struct {
		const char *addr, *zone, *name;
	} rows[] = {
		{ "192.0.2.1", NULL, "1.2.0.192.in-addr.arpa" },
		{ "255.10.0.99", NULL, "99.0.10.255.in-addr.arpa" },
		{ "192.0.2.1", "list.example", "1.2.0.192.list.example" },
		{ "2001:db8::1", NULL,
		  "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa" },
		{ "2001:db8:0:1:123:4567:89ab:cdef", "list.example",
		  "f.e.d.c.b.a.9.8.7.6.5.4.3.2.1.0.1.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.list.example" },
	};
	char name[DNS_NAME_SIZE];
	struct fault fault;
	struct prefix addr;
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(addr_parse(rows[i].addr, &addr, &fault), 0);
		dns_reverse_name(&addr, rows[i].zone, name);
		failed += differs(rows[i].addr, rows[i].name, name);
	}
	assert_int_equal(failed, 0);
}

static void the_longest_zone_leaves_room_for_an_address(void **state)
{
	char zone[DNS_ZONE_MAX + 2], name[DNS_NAME_SIZE];
	struct fault fault;
	struct prefix addr;

	(void)state;
	assert_int_equal(addr_parse("2001:db8::1", &addr, &fault), 0);
	memset(zone, 'z', sizeof(zone));
	zone[DNS_ZONE_MAX] = '\0';
	dns_reverse_name(&addr, zone, name);
	assert_int_equal(strlen(name), DNS_NAME_SIZE - 1);
	assert_string_equal(name + 64, zone);
	zone[DNS_ZONE_MAX] = 'z';
	zone[DNS_ZONE_MAX + 1] = '\0';
	dns_reverse_name(&addr, zone, name);
	assert_int_equal(strlen(name), DNS_NAME_SIZE - 1);
}

/* Parts of a message (RFC 1035 4): the question is at 12, what follows at 30.
 */
#define HEAD(flags, answers) "\x12\x34" flags "\0\1" answers "\0\0\0\0"
#define QUESTION "\4mail\7example\0\0\1\0\1"
#define RECORD(type, class, data) \
	"\xc0\x0c\0" type "\0" class "\0\0\0\x3c\0" data
#define A_RECORD RECORD("\1", "\1", "\4\x7f\0\2\3")
#define CNAME_RECORD RECORD("\5", "\1", "\7\5alias\0")
#define OK_RECURSIVE "\x81\x80"
#define OK_OWN "\x85\0"
#define OK_NEITHER "\x81\0"

struct message {
	const char *name;
	const char *bytes;
	size_t size;
	enum dns_status status;
	unsigned int records;
};

#define MESSAGE(name, bytes, status, records)                   \
	{                                                       \
		name, bytes, sizeof(bytes) - 1, status, records \
	}

static const struct message messages[] = {
	MESSAGE("an address", HEAD(OK_RECURSIVE, "\0\1") QUESTION A_RECORD,
		DNS_FOUND, 1),
	MESSAGE("of a server that only has others' word",
		HEAD(OK_NEITHER, "\0\1") QUESTION A_RECORD, DNS_FOUND, 1),
	MESSAGE("two behind an alias",
		HEAD(OK_RECURSIVE, "\0\3")
			QUESTION CNAME_RECORD A_RECORD A_RECORD,
		DNS_FOUND, 2),
	MESSAGE("an alias alone",
		HEAD(OK_RECURSIVE, "\0\1") QUESTION CNAME_RECORD, DNS_NO_DATA,
		0),
	MESSAGE("of another class",
		HEAD(OK_RECURSIVE, "\0\1")
			QUESTION RECORD("\1", "\3", "\4\x7f\0\2\3"),
		DNS_NO_DATA, 0),
	MESSAGE("nothing, a resolver says", HEAD(OK_RECURSIVE, "\0\0") QUESTION,
		DNS_NO_DATA, 0),
	MESSAGE("nothing, the zone's own server says",
		HEAD(OK_OWN, "\0\0") QUESTION, DNS_NO_DATA, 0),
	MESSAGE("ask somebody else", HEAD(OK_NEITHER, "\0\0") QUESTION,
		DNS_FAILED, 0),
	MESSAGE("no such name", HEAD("\x81\x83", "\0\0") QUESTION, DNS_NO_NAME,
		0),
	MESSAGE("no such name behind an alias",
		HEAD("\x81\x83", "\0\1") QUESTION CNAME_RECORD, DNS_NO_NAME, 0),
	MESSAGE("format error", HEAD("\x81\x81", "\0\0") QUESTION, DNS_FAILED,
		0),
	MESSAGE("server failure", HEAD("\x81\x82", "\0\0") QUESTION, DNS_FAILED,
		0),
	MESSAGE("refused", HEAD("\x81\x85", "\0\0") QUESTION, DNS_FAILED, 0),
	MESSAGE("not authoritative, with an address",
		HEAD("\x81\x89", "\0\1") QUESTION A_RECORD, DNS_FAILED, 0),
	MESSAGE("fewer records than it says",
		HEAD(OK_RECURSIVE, "\0\2") QUESTION A_RECORD, DNS_FAILED, 0),
	MESSAGE("more records than it says",
		HEAD(OK_RECURSIVE, "\0\1") QUESTION A_RECORD A_RECORD,
		DNS_FAILED, 0),
	MESSAGE("a record longer than the message",
		HEAD(OK_RECURSIVE, "\0\1")
			QUESTION RECORD("\1", "\1", "\5\x7f\0\2\3"),
		DNS_FAILED, 0),
	MESSAGE("a record whose name is a loop",
		HEAD(OK_RECURSIVE, "\0\1") QUESTION
		"\xc0\x1e\0\1\0\1\0\0\0\x3c\0\4\x7f\0\2\3",
		DNS_FAILED, 0),
	MESSAGE("a record whose name is outside",
		HEAD(OK_RECURSIVE, "\0\1") QUESTION
		"\xff\xff\0\1\0\1\0\0\0\x3c\0\4\x7f\0\2\3",
		DNS_FAILED, 0),
	MESSAGE("an address behind a record that cannot be read",
		HEAD(OK_RECURSIVE, "\0\2") QUESTION
		"\xff\xff\0\1\0\1\0\0\0\x3c\0\4\x7f\0\2\3" A_RECORD,
		DNS_FAILED, 0),
	MESSAGE("a head alone", HEAD(OK_RECURSIVE, "\0\0"), DNS_FAILED, 0),
	MESSAGE("less than a head", "\x12\x34\x81\x80", DNS_FAILED, 0),
	MESSAGE("not a byte", "", DNS_FAILED, 0),
};

/* On its own piece of memory, so that what is read beyond it is seen. */
static enum dns_status read_message(const void *bytes, size_t size,
				    unsigned int *records)
{
	unsigned char *own = malloc(size ? size : 1);
	char name[DNS_NAME_SIZE];
	struct dns_answer answer;
	enum dns_status status;
	ns_rr record;

	*records = 0;
	memcpy(own, bytes, size);
	status = dns_answer_read(&answer, own, size, ns_t_a);
	while (status == DNS_FOUND && dns_next(&answer, &record)) {
		dns_host_name(&answer, ns_rr_rdata(record), name);
		++*records;
	}
	free(own);
	return status;
}

static void an_answer_is_found_nothing_or_failed(void **state)
{
	unsigned int records;
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(messages); i++) {
		const struct message *m = &messages[i];

		failed += differs_number(m->name, m->status,
					 read_message(m->bytes, m->size,
						      &records));
		failed += differs_number(m->name, m->records, records);
	}
	assert_int_equal(failed, 0);
}

static void an_answer_that_is_cut_short_failed(void **state)
{
	const struct message *m = &messages[2];
	unsigned int records;
	size_t size;

	(void)state;
	for (size = 0; size < m->size; size++)
		assert_int_equal(read_message(m->bytes, size, &records),
				 DNS_FAILED);
}

/* Any byte of it may be any other: nothing is read that is not there. */
static void an_answer_with_a_wrong_byte_is_read_to_its_end(void **state)
{
	const struct message *m = &messages[2];
	unsigned int records;
	char bytes[128];
	size_t at;
	int byte;

	(void)state;
	assert_in_range(m->size, 1, sizeof(bytes));
	for (at = 0; at < m->size; at++) {
		for (byte = 0; byte < 256; byte++) {
			memcpy(bytes, m->bytes, m->size);
			bytes[at] = (char)byte;
			read_message(bytes, m->size, &records);
			assert_in_range(records, 0, 3);
		}
	}
}

/* A PTR record's data, behind the question; "\xc0\x11" is its "example". */
static void only_a_host_name_is_read_from_a_record(void **state)
{
	static const struct {
		const char *row;
		const char *data;
		size_t size;
		const char *name; /* NULL: none */
	} rows[] = {
#define DATA(row, data, name) { row, data, sizeof(data) - 1, name }
		DATA("plain", "\2mx\xc0\x11", "mx.example"),
		DATA("underscore", "\3m_x\xc0\x11", "m_x.example"),
		DATA("the root", "\0", NULL),
		DATA("a dot in a label", "\3m.x\xc0\x11", NULL),
		DATA("a NUL in a label", "\3m\0x\xc0\x11", NULL),
		DATA("an escape sequence", "\4\033[2J\xc0\x11", NULL),
		DATA("HTML", "\3<b>\xc0\x11", NULL),
		DATA("UTF-8", "\5\303\274ber\xc0\x11", NULL),
		DATA("a loop", "\xc0\x2a", NULL),
		DATA("beyond the end", "\77mx", NULL),
#undef DATA
	};
	static const char head[] = HEAD(OK_RECURSIVE, "\0\1") QUESTION
		"\xc0\x0c\0\x0c\0\1\0\0\0\x3c\0";
	char name[DNS_NAME_SIZE], bytes[128];
	struct dns_answer answer;
	int failed = 0;
	ns_rr record;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		size_t size = sizeof(head) - 1;

		memcpy(bytes, head, size);
		bytes[size++] = (char)rows[i].size;
		memcpy(bytes + size, rows[i].data, rows[i].size);
		size += rows[i].size;
		assert_int_equal(dns_answer_read(&answer, (void *)bytes, size,
						 ns_t_ptr),
				 DNS_FOUND);
		assert_true(dns_next(&answer, &record));
		strcpy(name, "-");
		dns_host_name(&answer, ns_rr_rdata(record), name);
		failed += differs(rows[i].row,
				  rows[i].name ? rows[i].name : "-", name);
	}
	assert_int_equal(failed, 0);
}

/* The same, as a zone file has it. */
static void any_name_is_read_as_printable_text(void **state)
{
	static const struct {
		const char *data;
		size_t size;
		const char *name;
	} rows[] = {
#define DATA(data, name) { data, sizeof(data) - 1, name }
		DATA("\2mx\xc0\x11", "mx.example"),
		DATA("\0", ""),
		DATA("\3"
		     "1.2\1"
		     "3\0",
		     "1\\.2.3"),
		DATA("\4\033[2J\0", "\\027[2J"),
		DATA("\3"
		     "2::\0",
		     "2::"),
		DATA("\77mx", "-"),
#undef DATA
	};
	static const char head[] = HEAD(OK_RECURSIVE, "\0\1") QUESTION
		"\xc0\x0c\0\x05\0\1\0\0\0\x3c\0";
	char name[NS_MAXDNAME], bytes[128];
	struct dns_answer answer;
	int failed = 0;
	ns_rr record;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		size_t size = sizeof(head) - 1;

		memcpy(bytes, head, size);
		bytes[size++] = (char)rows[i].size;
		memcpy(bytes + size, rows[i].data, rows[i].size);
		size += rows[i].size;
		assert_int_equal(dns_answer_read(&answer, (void *)bytes, size,
						 ns_t_cname),
				 DNS_FOUND);
		assert_true(dns_next(&answer, &record));
		if (!dns_name(&answer, ns_rr_rdata(record), name))
			strcpy(name, "-");
		failed += differs(rows[i].name, rows[i].name, name);
	}
	assert_int_equal(failed, 0);
}

static void an_address_is_read_where_it_is_whole(void **state)
{
	static const struct {
		const char *row;
		ns_type type;
		const char *data;
		size_t size;
		const char *address; /* or "-": none */
	} rows[] = {
		{ "IPv4", ns_t_a, "\xc0\0\2\1", 4, "192.0.2.1" },
		{ "IPv6", ns_t_aaaa, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1",
		  16, "2001:db8::1" },
		{ "short", ns_t_a, "\xc0\0\2", 3, "-" },
		{ "long", ns_t_a, "\xc0\0\2\1\0", 5, "-" },
		{ "IPv4 as IPv6", ns_t_aaaa, "\xc0\0\2\1", 4, "-" },
		{ "text", ns_t_txt, "\3abc", 4, "-" },
	};
	char text[PREFIX_TEXT_SIZE];
	struct prefix addr;
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		ns_rr record = { .type = rows[i].type,
				 .rdlength = rows[i].size,
				 .rdata = (const unsigned char *)rows[i].data };

		strcpy(text, "-");
		if (dns_address(&record, &addr))
			prefix_format(&addr, text);
		failed += differs(rows[i].row, rows[i].address, text);
	}
	assert_int_equal(failed, 0);
}

/* On its own piece of memory, so that what is read beyond it is seen. */
static void the_strings_of_a_text_are_joined(void **state)
{
	static const struct {
		const char *row;
		const char *data;
		size_t size;
		const char *text;
	} rows[] = {
#define DATA(row, data, text) { row, data, sizeof(data) - 1, text }
		DATA("one", "\3abc", "abc"),
		DATA("two, and an empty one", "\3ab \0\2cd", "ab cd"),
		DATA("nothing", "", ""),
		DATA("an empty one", "\0", ""),
		DATA("less than it says", "\2ab\5cd", "abcd"),
#undef DATA
	};
	char text[16];
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		unsigned char *own = malloc(rows[i].size ? rows[i].size : 1);
		ns_rr record = { .rdlength = rows[i].size, .rdata = own };

		memcpy(own, rows[i].data, rows[i].size);
		text[dns_text(&record, text)] = '\0';
		failed += differs(rows[i].row, rows[i].text, text);
		free(own);
	}
	assert_int_equal(failed, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_names_are_printable_labels),
		cmocka_unit_test(a_reverse_name_is_the_address_backwards),
		cmocka_unit_test(the_longest_zone_leaves_room_for_an_address),
		cmocka_unit_test(an_answer_is_found_nothing_or_failed),
		cmocka_unit_test(an_answer_that_is_cut_short_failed),
		cmocka_unit_test(
			an_answer_with_a_wrong_byte_is_read_to_its_end),
		cmocka_unit_test(only_a_host_name_is_read_from_a_record),
		cmocka_unit_test(the_strings_of_a_text_are_joined),
		cmocka_unit_test(any_name_is_read_as_printable_text),
		cmocka_unit_test(an_address_is_read_where_it_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

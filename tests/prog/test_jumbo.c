// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames that do not fit a page: only what begins them can be read. A driver
 * hands them to a program that knows of frames in several pages, from Linux
 * 5.18 on; before, the rows are skipped.
 */
#include "suite.h"

/* Headroom and skb_shared_info lie in the first page as well (test_run.c). */
#define LINEAR (4096 - 256 - 320)
#define MF 0x2000
#define LONGEST EXT_LEN(EXT_DST_OPTS, 255) /* 2048 bytes */

static const struct row rows[] = {
	{ "syn_with_5000_bytes_of_data_is_answered_and_trimmed",
	  { .payload = 5000 },
	  ANSWERED },
	{ "ipv6_syn_with_5000_bytes_of_data_is_answered_and_trimmed",
	  { .family = 6, .payload = 5000 },
	  ANSWERED },
	{ "data_of_9000_bytes_behind_every_header_is_answered",
	  { .tags = { AD(100), Q(7) },
	    .ip_options = 40,
	    .tcp_options = 40,
	    .payload = 8900 },
	  ANSWERED },
	{ "data_of_9000_bytes_behind_an_extension_header_is_answered",
	  { .family = 6, .payload = 6800, .ext = { LONGEST } },
	  ANSWERED },
	{ "data_with_a_wrong_tcp_checksum_is_answered",
	  { .payload = 5000, .check = CHECK_WRONG },
	  ANSWERED },
	{ "fin_and_ack_with_data_get_their_reset",
	  { .flags = FIN | ACK, .payload = 5000 },
	  ANSWERED },
	{ "padding_of_5000_bytes_is_not_acknowledged",
	  { .padding = 5000 },
	  ANSWERED },
	{ "padding_of_5000_bytes_behind_data_is_not_acknowledged",
	  { .family = 6, .payload = 100, .padding = 5000 },
	  ANSWERED },
	{ "padding_that_begins_beyond_a_page_is_not_acknowledged",
	  { .payload = 5000, .padding = 3000 },
	  ANSWERED },
	{ "first_byte_beyond_the_linear_part_is_data",
	  { .payload = LINEAR + 1 - 54 },
	  ANSWERED },
	{ "total_length_one_beyond_the_whole_frame_is_malformed",
	  { .payload = 5000, .ip_len = SAY(5041) },
	  DROPPED(MALFORMED) },
	{ "total_length_beyond_the_padding_is_malformed",
	  { .padding = 5000, .ip_len = SAY(5041) },
	  DROPPED(MALFORMED) },
	{ "payload_length_one_beyond_the_whole_frame_is_malformed",
	  { .family = 6, .payload = 5000, .ip_len = SAY(5021) },
	  DROPPED(MALFORMED) },
	{ "frame_cut_beyond_a_page_is_malformed",
	  { .payload = 5000, .keep = 4500 },
	  DROPPED(MALFORMED) },
	{ "wrong_length_to_another_port_is_not_touched",
	  { .payload = 5000, .ip_len = SAY(5041), .dport = 80 },
	  UNTOUCHED },
	{ "syn_padded_beyond_a_page_is_answered",
	  { .tcp_options = 20, .padding = 6000 },
	  ANSWERED },
	{ "tagged_syn_padded_beyond_a_page_is_answered",
	  { .tags = { Q(5) }, .padding = 6000 },
	  ANSWERED },
	{ "syn_padded_beyond_a_page_with_a_wrong_checksum_is_dropped",
	  { .padding = 6000, .check = CHECK_WRONG },
	  DROPPED(BAD_CHECKSUM) },
	{ "first_fragment_is_dropped",
	  { .frag = MF, .payload = 8000 },
	  DROPPED(FRAGMENT) },
	{ "first_fragment_cut_beyond_a_page_is_malformed",
	  { .frag = MF, .payload = 8000, .keep = 4500 },
	  DROPPED(MALFORMED) },
	{ "wrong_ipv4_checksum_is_dropped",
	  { .payload = 5000, .wrong_ip_check = true },
	  DROPPED(BAD_CHECKSUM) },
	{ "group_mac_is_dropped",
	  { .payload = 5000, .dst_mac = "01:00:5e:00:00:01" },
	  DROPPED(GROUP_MAC) },
	{ "rst_passes", { .flags = RST, .payload = 5000 }, PASSED(RST) },
	{ "allowed_sender_passes",
	  { .src = ALLOWED4, .payload = 8960 },
	  PASSED(ALLOWED) },
	{ "real_address_passes",
	  { .family = 6, .dst = REAL6, .payload = 8940, .flags = ACK },
	  PASSED(REAL) },
	{ "other_port_is_not_touched",
	  { .payload = 8960, .dport = 443, .flags = ACK },
	  UNTOUCHED },
	{ "other_address_is_not_touched",
	  { .payload = 8960, .dst = OTHER4, .flags = ACK },
	  UNTOUCHED },
	{ "udp_is_not_touched",
	  { .family = 6, .payload = 8940, .protocol = 17 },
	  UNTOUCHED },
	{ "other_ethertype_is_not_touched",
	  { .payload = 8960, .ethertype = 0x8847 },
	  UNTOUCHED },
	{ "middle_fragment_is_not_touched",
	  { .payload = 8000, .frag = MF | 100 },
	  UNTOUCHED },
};

/* Whatever is there cannot be read: it may be port 25, and may be another. */
static const struct row beyond_rows[] = {
	{ "tcp_header_beyond_the_linear_part_is_malformed",
	  { .family = 6, .payload = 4000, .ext = { LONGEST, LONGEST } },
	  DROPPED(MALFORMED) },
	{ "other_port_beyond_the_linear_part_is_malformed",
	  { .family = 6, .dport = 80, .ext = { LONGEST, LONGEST } },
	  DROPPED(MALFORMED) },
	{ "extension_header_beyond_the_linear_part_is_malformed",
	  { .family = 6,
	    .protocol = 17,
	    .ext = { LONGEST, LONGEST, EXT(EXT_HOP_BY_HOP) } },
	  DROPPED(MALFORMED) },
	{ "first_fragment_beyond_the_linear_part_is_dropped",
	  { .family = 6, .ext = { FRAGMENT(1), LONGEST, LONGEST } },
	  DROPPED(FRAGMENT) },
	{ "cut_first_fragment_beyond_the_linear_part_is_malformed",
	  { .family = 6,
	    .ip_len = SAY(5000),
	    .ext = { FRAGMENT(1), LONGEST, LONGEST } },
	  DROPPED(MALFORMED) },
	{ "udp_beyond_the_linear_part_is_not_touched",
	  { .family = 6, .protocol = 17, .ext = { LONGEST, LONGEST } },
	  UNTOUCHED },
	{ "tcp_header_beyond_the_linear_part_from_an_allowed_sender_passes",
	  { .family = 6, .src = ALLOWED6, .ext = { LONGEST, LONGEST } },
	  PASSED(ALLOWED) },
	{ "tcp_header_beyond_the_linear_part_to_a_real_address_passes",
	  { .family = 6, .dst = REAL6, .ext = { LONGEST, LONGEST } },
	  PASSED(REAL) },
	{ "tcp_header_beyond_the_linear_part_to_another_address_passes",
	  { .family = 6, .dst = OTHER6, .ext = { LONGEST, LONGEST } },
	  UNTOUCHED },
};

static bool jumbo_row_holds(const struct row *row)
{
	bool holds = true;
	int shadow;
	size_t i;

	for (i = 0; i < prog_count; i++) {
		for (shadow = 1; progs[i].frags && shadow >= 0; shadow--) {
			set_current(&progs[i], shadow, 0);
			holds &= row_holds(&progs[i], row, shadow);
		}
	}
	return holds;
}

static void skip_without_frags(void)
{
	if (!progs[prog_count - 1].frags)
		skip();
}

static void test_jumbo_row(void **state)
{
	skip_without_frags();
	assert_true(jumbo_row_holds(*state));
}

/* Moves a TCP header of 20 bytes over the end of what can be read. */
static void header_across_the_end_of_the_linear_part_is_not_passed(void **state)
{
	int len, failed = 0;

	(void)state;
	skip_without_frags();
	for (len = 160; len < 190; len++) {
		struct row row = {
			.spec = { .family = 6,
				  .payload = 500,
				  .ext = { LONGEST,
					   EXT_LEN(EXT_DST_OPTS, len) } },
			ANSWERED,
		};
		size_t port_end, l4 = spec_l4(&row.spec);
		char name[48];

		snprintf(name, sizeof(name), "TCP header at %zu", l4);
		row.name = name;
		if (l4 + 20 > LINEAR) {
			row.action = XDP_DROP;
			row.reason = FMX_REASON_MALFORMED;
		}
		failed += !jumbo_row_holds(&row);
		/* Whose port can be read is told by it, as everywhere. */
		row.spec.dport = 80;
		port_end = l4 + 4;
		row.action = port_end > LINEAR ? XDP_DROP : XDP_PASS;
		row.reason = port_end > LINEAR ? FMX_REASON_MALFORMED
					       : FMX_REASON_NONE;
		failed += !jumbo_row_holds(&row);
	}
	assert_int_equal(failed, 0);
}

int main(void)
{
	static struct CMUnitTest
		tests[COUNT_OF(rows) + COUNT_OF(beyond_rows) + 1];
	const struct row *row;
	size_t i;

	for (i = 0; i + 1 < COUNT_OF(tests); i++) {
		row = i < COUNT_OF(rows) ? &rows[i]
					 : &beyond_rows[i - COUNT_OF(rows)];
		tests[i].name = row->name;
		tests[i].test_func = test_jumbo_row;
		tests[i].initial_state = (void *)row;
	}
	tests[i] = (struct CMUnitTest)cmocka_unit_test(
		header_across_the_end_of_the_linear_part_is_not_passed);
	return run_suite("jumbo", NULL, 0, tests, COUNT_OF(tests));
}

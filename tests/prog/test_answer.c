// SPDX-License-Identifier: GPL-2.0-only
/* What the answer looks like, byte for byte, and which segments get one. */
#include "suite.h"

static const struct row rows[] = {
	{ "syn_is_answered", {}, ANSWERED },
	{ "ipv6_syn_is_answered", { .family = 6 }, ANSWERED },
	{ "syn_to_last_decoy_counts_in_its_slot",
	  { .dst = DECOY4_LAST },
	  ANSWERED },
	{ "ipv6_syn_to_last_decoy_counts_in_its_slot",
	  { .family = 6, .dst = DECOY6_LAST },
	  ANSWERED },
	{ "sequence_number_wraps_in_the_acknowledgement",
	  { .seq = 0xffffffff },
	  ANSWERED },
	{ "ipv6_sequence_number_wraps_in_the_acknowledgement",
	  { .family = 6, .seq = 0xffffffff },
	  ANSWERED },
	{ "data_on_a_syn_is_acknowledged", { .payload = 5 }, ANSWERED },
	{ "data_on_an_ipv6_syn_is_acknowledged",
	  { .family = 6, .payload = 5 },
	  ANSWERED },
	{ "sequence_number_wraps_within_the_data",
	  { .seq = 0xfffffffd, .payload = 5 },
	  ANSWERED },
	{ "large_segment_is_acknowledged", { .payload = 1460 }, ANSWERED },
	{ "ipv6_large_segment_is_acknowledged",
	  { .family = 6, .payload = 1440 },
	  ANSWERED },
	{ "padding_to_60_bytes_is_no_data", { .padding = 6 }, ANSWERED },
	{ "padding_beyond_60_bytes_is_no_data", { .padding = 200 }, ANSWERED },
	{ "padding_behind_data_is_no_data",
	  { .payload = 5, .padding = 3 },
	  ANSWERED },
	{ "ipv6_padding_is_no_data", { .family = 6, .padding = 7 }, ANSWERED },
	{ "ecn_setup_syn_is_answered", { .flags = SYN | ECE | CWR }, ANSWERED },
	{ "dscp_is_copied_and_ecn_cleared", { .tos = 0xb9 }, ANSWERED },
	{ "ecn_alone_is_cleared", { .tos = 0x03 }, ANSWERED },
	{ "ipv6_dscp_is_copied_and_ecn_cleared",
	  { .family = 6, .tos = 0xb9 },
	  ANSWERED },
	{ "flow_label_is_not_copied",
	  { .family = 6, .tos = 0xff, .flow_label = 0xfffff },
	  ANSWERED },
	{ "ports_are_swapped_whole", { .sport = 0x1900 }, ANSWERED },
	{ "source_port_0_is_answered", { .sport = SAY(0) }, ANSWERED },
	{ "window_of_the_syn_is_not_copied", { .window = 1 }, ANSWERED },
	{ "df_is_set_where_the_syn_had_it", { .frag = 0x4000 }, ANSWERED },
	{ "tcp_options_are_not_answered", { .tcp_options = 4 }, ANSWERED },
	{ "longest_tcp_options_are_not_answered",
	  { .tcp_options = 40 },
	  ANSWERED },
	{ "ipv6_longest_tcp_options_are_not_answered",
	  { .family = 6, .tcp_options = 40 },
	  ANSWERED },
	{ "data_behind_tcp_options_is_acknowledged",
	  { .tcp_options = 20, .payload = 5 },
	  ANSWERED },
	{ "partial_checksum_counts_as_right",
	  { .check = CHECK_PARTIAL },
	  ANSWERED },
	{ "ipv6_partial_checksum_counts_as_right",
	  { .family = 6, .check = CHECK_PARTIAL },
	  ANSWERED },
	{ "partial_checksum_with_data_and_options_counts_as_right",
	  { .check = CHECK_PARTIAL, .payload = 5, .tcp_options = 20 },
	  ANSWERED },
	{ "partial_checksum_behind_ipv4_options_counts_as_right",
	  { .check = CHECK_PARTIAL, .ip_options = 12 },
	  ANSWERED },
	{ "partial_checksum_behind_extension_headers_counts_as_right",
	  { .family = 6,
	    .check = CHECK_PARTIAL,
	    .ext = { EXT(EXT_HOP_BY_HOP), EXT(EXT_DST_OPTS) } },
	  ANSWERED },
	{ "partial_checksum_behind_tags_counts_as_right",
	  { .check = CHECK_PARTIAL, .tags = { Q(0), AD(5) }, .padding = 9 },
	  ANSWERED },
	{ "partial_checksum_of_a_bare_ack_counts_as_right",
	  { .check = CHECK_PARTIAL, .flags = ACK },
	  ANSWERED },
	{ "wrong_tcp_checksum_is_dropped",
	  { .check = CHECK_WRONG },
	  DROPPED(BAD_CHECKSUM) },
	{ "ipv6_wrong_tcp_checksum_is_dropped",
	  { .family = 6, .check = CHECK_WRONG },
	  DROPPED(BAD_CHECKSUM) },
	{ "wrong_tcp_checksum_behind_tcp_options_is_dropped",
	  { .check = CHECK_WRONG, .tcp_options = 40 },
	  DROPPED(BAD_CHECKSUM) },
	{ "wrong_tcp_checksum_of_a_bare_ack_is_dropped",
	  { .check = CHECK_WRONG, .flags = ACK },
	  DROPPED(BAD_CHECKSUM) },
	{ "tcp_checksum_of_data_is_not_verified",
	  { .check = CHECK_WRONG, .payload = 5 },
	  ANSWERED },
	{ "ipv6_tcp_checksum_of_data_is_not_verified",
	  { .family = 6, .check = CHECK_WRONG, .payload = 1 },
	  ANSWERED },
	{ "wrong_ipv4_checksum_is_dropped",
	  { .wrong_ip_check = true },
	  DROPPED(BAD_CHECKSUM) },
	{ "wrong_ipv4_checksum_is_dropped_also_with_data",
	  { .wrong_ip_check = true, .payload = 5 },
	  DROPPED(BAD_CHECKSUM) },
	{ "wrong_ipv4_checksum_with_options_is_dropped",
	  { .wrong_ip_check = true, .ip_options = 40 },
	  DROPPED(BAD_CHECKSUM) },
	{ "rst_passes", { .flags = RST }, PASSED(RST) },
	{ "rst_with_ack_passes", { .flags = RST | ACK }, PASSED(RST) },
	{ "ipv6_rst_passes", { .family = 6, .flags = RST }, PASSED(RST) },
	{ "rst_with_data_passes", { .flags = RST, .payload = 9 }, PASSED(RST) },
};

/* The rule for the flags byte, as RFC 9293 3.10.7.1 has it for a closed port.
 */
static void every_flags_byte_gets_what_a_closed_port_says(void **state)
{
	static const int families[] = { 4, 6 };
	static const int payloads[] = { 0, 5 };
	int flags, failed = 0;
	size_t f, n;

	(void)state;
	for (flags = 0; flags < 256; flags++) {
		for (f = 0; f < COUNT_OF(families); f++) {
			for (n = 0; n < COUNT_OF(payloads); n++) {
				struct row row = {
					.spec = { .family = families[f],
						  .flags = SAY(flags),
						  .payload = payloads[n] },
					ANSWERED,
				};
				char name[64];

				snprintf(name, sizeof(name),
					 "IPv%d flags %#04x payload %d",
					 families[f], flags, payloads[n]);
				row.name = name;
				if (flags & RST) {
					row.action = XDP_PASS;
					row.reason = FMX_REASON_RST;
				}
				failed += !row_holds_everywhere(&row);
			}
		}
	}
	assert_int_equal(failed, 0);
}

/* 0x0000 and 0xffff are the same sum: both may stand in the field. */
static void all_ones_for_a_zero_checksum_counts_as_right(void **state)
{
	struct row row = { "checksum of zero", { .window = 1 }, ANSWERED };
	struct frame f, out;
	uint32_t action;
	size_t at = spec_l4(&row.spec);

	(void)state;
	build_request(&row.spec, &f);
	row.spec.window += f.bytes[at + 16] * 256 + f.bytes[at + 17];
	row.spec.window = SAY(row.spec.window % 0xffff);
	build_request(&row.spec, &f);
	assert_int_equal(f.bytes[at + 16] + f.bytes[at + 17], 0);
	assert_true(row_holds_everywhere(&row));
	f.bytes[at + 16] = f.bytes[at + 17] = 0xff;
	assert_int_equal(run_frame(&progs[0], &f, &out, &action), 0);
	assert_int_equal(action, XDP_TX);
	read_tally(&progs[0], &progs[0].tally);
}

/* A window that makes the full checksum the same as the partial one. */
static void make_ambiguous(struct spec *s)
{
	struct frame full, partial;
	uint32_t window;

	for (window = 0; window <= 0xffff; window++) {
		s->window = SAY(window);
		s->check = CHECK_FULL;
		build_request(s, &full);
		s->check = CHECK_PARTIAL;
		build_request(s, &partial);
		if (same_frame(&full, &partial))
			return;
	}
	fail();
}

/* One SYN in 65,536: which kind it is cannot be told. */
static void checksum_of_either_kind_is_answered_as_a_partial_one(void **state)
{
	static const int payloads[] = { 0, 1, 1400 };
	int family, failed = 0;
	size_t n;

	(void)state;
	for (n = 0; n < COUNT_OF(payloads); n++) {
		for (family = 4; family <= 6; family += 2) {
			struct row row = { "checksum of either kind",
					   { .family = family,
					     .payload = payloads[n] },
					   ANSWERED };

			make_ambiguous(&row.spec);
			failed += !row_holds_everywhere(&row);
		}
	}
	assert_int_equal(failed, 0);
}

/* The oracle itself, on the example of RFC 1071 section 3. */
static void oracle_agrees_with_rfc_1071(void **state)
{
	static const uint8_t example[] = { 0x00, 0x01, 0xf2, 0x03,
					   0xf4, 0xf5, 0xf6, 0xf7 };

	(void)state;
	assert_int_equal(internet_sum(example, sizeof(example), 0), 0xddf2);
	assert_int_equal(internet_sum(example, 3, 0), 0xf201);
}

static const struct CMUnitTest others[] = {
	cmocka_unit_test(every_flags_byte_gets_what_a_closed_port_says),
	cmocka_unit_test(all_ones_for_a_zero_checksum_counts_as_right),
	cmocka_unit_test(checksum_of_either_kind_is_answered_as_a_partial_one),
	cmocka_unit_test(oracle_agrees_with_rfc_1071),
};

int main(void)
{
	return run_suite("answer", rows, COUNT_OF(rows), others,
			 COUNT_OF(others));
}

// SPDX-License-Identifier: GPL-2.0-only
/* What may stand in front of TCP: tags, options, extension headers, fragments.
 */
#include "suite.h"

#define MF 0x2000
#define NO_NEXT_HEADER 59

static const struct row tag_rows[] = {
	{ "priority_tag_is_kept", { .tags = { Q(0) } }, ANSWERED },
	{ "pcp_dei_and_vid_of_a_tag_are_kept",
	  { .tags = { Q(0xffff) } },
	  ANSWERED },
	{ "service_tag_is_kept", { .tags = { AD(100) } }, ANSWERED },
	{ "service_and_customer_tags_are_kept",
	  { .tags = { AD(100), Q(7) } },
	  ANSWERED },
	{ "ipv6_behind_mixed_tags_is_answered",
	  { .family = 6, .tags = { Q(0), AD(4095), Q(1), Q(0) } },
	  ANSWERED },
	{ "tags_with_padding_and_options_are_kept",
	  { .tags = { AD(1), Q(2) }, .ip_options = 8, .padding = 10 },
	  ANSWERED },
	{ "tags_in_front_of_extension_headers_are_kept",
	  { .family = 6,
	    .tags = { AD(1), Q(2), Q(3), AD(4), Q(5), Q(6), AD(7), Q(8) },
	    .ext = { EXT(EXT_DST_OPTS) } },
	  ANSWERED },
	{ "nine_mixed_tags_are_dropped",
	  { .tags = { Q(0), AD(1), Q(2), AD(3), Q(4), AD(5), Q(6), AD(7),
		      AD(8) } },
	  DROPPED(TAGS) },
	{ "ten_tags_are_dropped",
	  { .family = 6,
	    .tags = { Q(0), Q(0), Q(0), Q(0), Q(0), Q(0), Q(0), Q(0), Q(0),
		      Q(0) } },
	  DROPPED(TAGS) },
	{ "tag_with_another_type_of_old_is_not_touched",
	  { .tags = { { 0x9100, 5 } } },
	  UNTOUCHED },
	{ "arp_behind_eight_tags_is_not_touched",
	  { .ethertype = 0x0806,
	    .tags = { Q(0), Q(0), Q(0), Q(0), Q(0), Q(0), Q(0), Q(0) } },
	  UNTOUCHED },
	{ "other_port_behind_eight_tags_is_not_touched",
	  { .dport = 80,
	    .tags = { Q(0), Q(0), Q(0), Q(0), Q(0), Q(0), Q(0), Q(0) } },
	  UNTOUCHED },
};

static const struct row ext_rows[] = {
	{ "hop_by_hop_header_is_walked",
	  { .family = 6, .ext = { EXT(EXT_HOP_BY_HOP) } },
	  ANSWERED },
	{ "routing_header_is_walked",
	  { .family = 6, .ext = { EXT(EXT_ROUTING) } },
	  ANSWERED },
	{ "destination_options_are_walked",
	  { .family = 6, .ext = { EXT(EXT_DST_OPTS) } },
	  ANSWERED },
	{ "authentication_header_is_walked",
	  { .family = 6, .ext = { AH } },
	  ANSWERED },
	{ "mobility_header_is_walked",
	  { .family = 6, .ext = { EXT(EXT_MOBILITY) } },
	  ANSWERED },
	{ "hip_header_is_walked",
	  { .family = 6, .ext = { EXT(EXT_HIP) } },
	  ANSWERED },
	{ "shim6_header_is_walked",
	  { .family = 6, .ext = { EXT(EXT_SHIM6) } },
	  ANSWERED },
	{ "header_of_64_bytes_is_walked",
	  { .family = 6, .ext = { EXT_LEN(EXT_DST_OPTS, 7) }, .payload = 5 },
	  ANSWERED },
	{ "longest_header_is_walked",
	  { .family = 6, .ext = { EXT_LEN(EXT_HOP_BY_HOP, 255) } },
	  ANSWERED },
	{ "longest_authentication_header_is_walked",
	  { .family = 6, .ext = { EXT_LEN(EXT_AH, 254) }, .padding = 3 },
	  ANSWERED },
	{ "all_kinds_in_a_chain_are_walked",
	  { .family = 6,
	    .tos = 0xb9,
	    .ext = { EXT(EXT_HOP_BY_HOP), FRAGMENT(0), EXT(EXT_ROUTING), AH,
		     EXT(EXT_DST_OPTS), EXT(EXT_MOBILITY), EXT(EXT_HIP),
		     EXT(EXT_SHIM6) } },
	  ANSWERED },
	{ "wrong_tcp_checksum_behind_headers_is_dropped",
	  { .family = 6, .check = CHECK_WRONG, .ext = { EXT(EXT_DST_OPTS) } },
	  DROPPED(BAD_CHECKSUM) },
	{ "rst_behind_headers_passes",
	  { .family = 6, .flags = RST, .ext = { EXT(EXT_DST_OPTS) } },
	  PASSED(RST) },
	{ "other_port_behind_headers_is_not_touched",
	  { .family = 6, .dport = 80, .ext = { EXT(EXT_DST_OPTS) } },
	  UNTOUCHED },
	{ "udp_behind_headers_is_not_touched",
	  { .family = 6, .protocol = 17, .ext = { EXT(EXT_HOP_BY_HOP) } },
	  UNTOUCHED },
	{ "icmpv6_behind_hop_by_hop_is_not_touched",
	  { .family = 6, .protocol = 58, .ext = { EXT(EXT_HOP_BY_HOP) } },
	  UNTOUCHED },
	{ "no_next_header_is_not_touched",
	  { .family = 6, .protocol = NO_NEXT_HEADER, .ext = { AH } },
	  UNTOUCHED },
	{ "esp_behind_headers_is_not_touched",
	  { .family = 6, .protocol = 50, .ext = { EXT(EXT_DST_OPTS) } },
	  UNTOUCHED },
	{ "unknown_next_header_is_not_touched",
	  { .family = 6, .protocol = 253 },
	  UNTOUCHED },
	{ "unknown_next_header_in_a_chain_is_not_touched",
	  { .family = 6, .protocol = 254, .ext = { EXT(EXT_DST_OPTS) } },
	  UNTOUCHED },
	{ "nine_headers_to_another_address_are_not_touched",
	  { .family = 6,
	    .dst = OTHER6,
	    .ext = { EXT(60), EXT(60), EXT(60), EXT(60), EXT(60), EXT(60),
		     EXT(60), EXT(60), EXT(60) } },
	  UNTOUCHED },
};

static const struct row fragment_rows[] = {
	{ "first_fragment_is_dropped",
	  { .frag = MF, .payload = 4 },
	  DROPPED(FRAGMENT) },
	{ "first_fragment_with_options_is_dropped",
	  { .frag = MF, .payload = 4, .ip_options = 8 },
	  DROPPED(FRAGMENT) },
	{ "first_fragment_to_another_port_is_not_touched",
	  { .frag = MF, .payload = 4, .dport = 80 },
	  UNTOUCHED },
	{ "tiny_first_fragment_is_dropped",
	  { .frag = MF, .segment = SAY(8) },
	  DROPPED(FRAGMENT) },
	{ "tiny_first_fragment_with_padding_is_dropped",
	  { .frag = MF, .segment = SAY(8), .padding = 18 },
	  DROPPED(FRAGMENT) },
	{ "tiny_first_fragment_to_another_port_is_not_touched",
	  { .frag = MF, .segment = SAY(8), .dport = 80 },
	  UNTOUCHED },
	{ "first_fragment_that_hides_its_port_is_dropped",
	  { .frag = MF, .segment = SAY(3), .dport = 80 },
	  DROPPED(FRAGMENT) },
	{ "empty_first_fragment_is_dropped",
	  { .frag = MF, .segment = SAY(0) },
	  DROPPED(FRAGMENT) },
	/* The padding is no port: what IP delivers ends before it. */
	{ "first_fragment_that_hides_its_port_before_padding_is_dropped",
	  { .frag = MF, .segment = SAY(0), .padding = 26 },
	  DROPPED(FRAGMENT) },
	{ "middle_fragment_is_not_touched",
	  { .frag = MF | 1, .payload = 4 },
	  UNTOUCHED },
	{ "last_fragment_is_not_touched",
	  { .frag = 0x1fff, .payload = 4 },
	  UNTOUCHED },
	{ "reserved_flag_of_ipv4_makes_no_fragment",
	  { .frag = 0x8000 },
	  ANSWERED },
	{ "ipv6_first_fragment_is_dropped",
	  { .family = 6, .payload = 4, .ext = { FRAGMENT(1) } },
	  DROPPED(FRAGMENT) },
	{ "ipv6_first_fragment_to_another_port_is_not_touched",
	  { .family = 6, .payload = 4, .dport = 80, .ext = { FRAGMENT(1) } },
	  UNTOUCHED },
	{ "ipv6_tiny_first_fragment_is_dropped",
	  { .family = 6, .segment = SAY(8), .ext = { FRAGMENT(1) } },
	  DROPPED(FRAGMENT) },
	{ "ipv6_empty_first_fragment_is_dropped",
	  { .family = 6, .segment = SAY(0), .ext = { FRAGMENT(1) } },
	  DROPPED(FRAGMENT) },
	{ "ipv6_first_fragment_that_ends_in_its_headers_is_dropped",
	  { .family = 6,
	    .segment = SAY(0),
	    .protocol = EXT_DST_OPTS,
	    .ext = { FRAGMENT(1), EXT(EXT_DST_OPTS) } },
	  DROPPED(FRAGMENT) },
	{ "ipv6_first_fragment_that_hides_its_port_before_padding_is_dropped",
	  { .family = 6,
	    .segment = SAY(0),
	    .padding = 24,
	    .ext = { FRAGMENT(1), EXT(EXT_DST_OPTS) } },
	  DROPPED(FRAGMENT) },
	/* Padding of 0xee.. would be an unknown next header. */
	{ "ipv6_first_fragment_that_hides_a_header_before_padding_is_dropped",
	  { .family = 6,
	    .segment = SAY(0),
	    .padding = 24,
	    .protocol = EXT_DST_OPTS,
	    .ext = { FRAGMENT(1), EXT(EXT_DST_OPTS) } },
	  DROPPED(FRAGMENT) },
	{ "ipv6_first_fragment_behind_an_atomic_one_is_dropped",
	  { .family = 6, .ext = { FRAGMENT(0), FRAGMENT(1) } },
	  DROPPED(FRAGMENT) },
	{ "atomic_fragment_is_answered",
	  { .family = 6, .ext = { FRAGMENT(0) } },
	  ANSWERED },
	{ "atomic_fragment_with_reserved_bits_is_answered",
	  { .family = 6, .ext = { FRAGMENT(6) } },
	  ANSWERED },
	{ "atomic_fragment_that_says_udp_is_not_touched",
	  { .family = 6, .ext = { LYING_FRAGMENT(0, 17) } },
	  UNTOUCHED },
	{ "atomic_fragment_behind_hop_by_hop_options_is_answered",
	  { .family = 6, .ext = { EXT(EXT_HOP_BY_HOP), FRAGMENT(0) } },
	  ANSWERED },
	/* What is behind these, Linux may read as something else. */
	{ "late_fragment_header_is_dropped",
	  { .family = 6, .ext = { EXT(EXT_DST_OPTS), FRAGMENT(0) } },
	  DROPPED(FRAGMENT) },
	{ "late_fragment_header_that_says_udp_is_dropped",
	  { .family = 6,
	    .ext = { EXT(EXT_DST_OPTS), LYING_FRAGMENT(0, 17),
		     EXT(EXT_DST_OPTS) } },
	  DROPPED(FRAGMENT) },
	{ "late_fragment_header_that_says_no_next_header_is_dropped",
	  { .family = 6,
	    .ext = { EXT(EXT_HOP_BY_HOP), EXT(EXT_ROUTING),
		     LYING_FRAGMENT(0, 59), EXT(EXT_ROUTING) } },
	  DROPPED(FRAGMENT) },
	{ "late_first_fragment_of_something_else_is_dropped",
	  { .family = 6,
	    .dport = 80,
	    .ext = { AH, LYING_FRAGMENT(1, 17), EXT(EXT_DST_OPTS) } },
	  DROPPED(FRAGMENT) },
	{ "rst_behind_a_late_fragment_header_is_dropped",
	  { .family = 6,
	    .flags = RST,
	    .ext = { EXT(EXT_HOP_BY_HOP), EXT(EXT_HOP_BY_HOP), FRAGMENT(0) } },
	  DROPPED(FRAGMENT) },
	{ "late_fragment_header_to_another_address_is_not_touched",
	  { .family = 6,
	    .dst = OTHER6,
	    .ext = { EXT(EXT_DST_OPTS), FRAGMENT(0) } },
	  UNTOUCHED },
	{ "late_middle_fragment_is_not_touched",
	  { .family = 6, .ext = { EXT(EXT_DST_OPTS), FRAGMENT(8 | 1) } },
	  UNTOUCHED },
	{ "ipv6_middle_fragment_is_not_touched",
	  { .family = 6, .ext = { FRAGMENT(8 | 1) } },
	  UNTOUCHED },
	{ "ipv6_last_fragment_is_not_touched",
	  { .family = 6, .ext = { FRAGMENT(0xfff8) } },
	  UNTOUCHED },
};

static void set_reason(struct row *row, int action, enum fmx_reason reason)
{
	row->action = action;
	row->reason = reason;
}

static void up_to_eight_tags_are_kept_and_nine_dropped(void **state)
{
	int count, failed = 0;

	(void)state;
	for (count = 0; count <= 9; count++) {
		struct row row = { .name = "stack of tags", ANSWERED };
		int i;

		for (i = 0; i < count; i++) {
			row.spec.tags[i].type = i % 2 ? 0x88a8 : 0x8100;
			row.spec.tags[i].tci = i * 300;
		}
		if (count > 8)
			set_reason(&row, XDP_DROP, FMX_REASON_TAGS);
		failed += !row_holds_everywhere(&row);
		row.spec.family = 6;
		failed += !row_holds_everywhere(&row);
		for (i = 0; i < count; i++) /* priority tags */
			row.spec.tags[i] = (struct tag)Q(0);
		failed += !row_holds_everywhere(&row);
	}
	assert_int_equal(failed, 0);
}

static void ipv4_options_of_any_length_are_walked_and_left_out(void **state)
{
	int len, failed = 0;

	(void)state;
	for (len = 4; len <= 40; len += 4) {
		struct row row = { .name = "IPv4 options", ANSWERED };

		row.spec.ip_options = len;
		failed += !row_holds_everywhere(&row);
		row.spec.payload = 5;
		row.spec.tcp_options = 20;
		failed += !row_holds_everywhere(&row);
		/* Behind the options, not where ihl 5 would have it. */
		row.spec.dport = 80;
		set_reason(&row, XDP_PASS, FMX_REASON_NONE);
		failed += !row_holds_everywhere(&row);
	}
	assert_int_equal(failed, 0);
}

static void up_to_eight_extension_headers_are_walked(void **state)
{
	static const uint8_t types[] = { EXT_DST_OPTS, EXT_ROUTING, EXT_AH,
					 EXT_FRAGMENT };
	int count, failed = 0;
	size_t t;

	(void)state;
	for (t = 0; t < COUNT_OF(types); t++) {
		for (count = 1; count <= 9; count++) {
			struct row row = { .name = "chain", ANSWERED };
			int i;

			row.spec.family = 6;
			for (i = 0; i < count; i++)
				row.spec.ext[i] =
					(struct ext)EXT_LEN(types[t], 4);
			if (types[t] == EXT_FRAGMENT) /* a reserved byte */
				row.spec.ext[0].len = 0;
			if (types[t] == EXT_FRAGMENT && count > 1)
				set_reason(&row, XDP_DROP, FMX_REASON_FRAGMENT);
			else if (count > 8)
				set_reason(&row, XDP_DROP,
					   FMX_REASON_EXT_HEADERS);
			failed += !row_holds_everywhere(&row);
		}
	}
	assert_int_equal(failed, 0);
}

static const struct CMUnitTest others[] = {
	cmocka_unit_test(up_to_eight_tags_are_kept_and_nine_dropped),
	cmocka_unit_test(ipv4_options_of_any_length_are_walked_and_left_out),
	cmocka_unit_test(up_to_eight_extension_headers_are_walked),
};

int main(void)
{
	static struct row rows[COUNT_OF(tag_rows) + COUNT_OF(ext_rows) +
			       COUNT_OF(fragment_rows)];

	memcpy(rows, tag_rows, sizeof(tag_rows));
	memcpy(rows + COUNT_OF(tag_rows), ext_rows, sizeof(ext_rows));
	memcpy(rows + COUNT_OF(tag_rows) + COUNT_OF(ext_rows), fragment_rows,
	       sizeof(fragment_rows));
	return run_suite("headers", rows, COUNT_OF(rows), others,
			 COUNT_OF(others));
}

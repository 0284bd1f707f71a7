// SPDX-License-Identifier: GPL-2.0-only
/* Frames that are cut off, and headers that lie about a length. */
#include "suite.h"

static const struct row rows[] = {
	{ "total_length_one_beyond_the_frame_is_malformed",
	  { .ip_len = SAY(41) },
	  DROPPED(MALFORMED) },
	{ "total_length_beyond_the_padding_is_malformed",
	  { .ip_len = SAY(47), .padding = 6 },
	  DROPPED(MALFORMED) },
	{ "total_length_of_65535_is_malformed",
	  { .ip_len = SAY(65535) },
	  DROPPED(MALFORMED) },
	{ "total_length_zero_is_malformed",
	  { .ip_len = SAY(0) },
	  DROPPED(MALFORMED) },
	{ "total_length_smaller_than_the_ip_header_is_malformed",
	  { .ip_len = SAY(19) },
	  DROPPED(MALFORMED) },
	{ "total_length_smaller_than_ip_options_is_malformed",
	  { .ip_options = 40, .ip_len = SAY(59) },
	  DROPPED(MALFORMED) },
	{ "total_length_without_tcp_header_is_malformed",
	  { .ip_len = SAY(20) },
	  DROPPED(MALFORMED) },
	{ "total_length_one_short_of_the_tcp_header_is_malformed",
	  { .ip_len = SAY(39) },
	  DROPPED(MALFORMED) },
	{ "total_length_short_of_the_tcp_options_is_malformed",
	  { .tcp_options = 20, .ip_len = SAY(59) },
	  DROPPED(MALFORMED) },
	{ "first_fragment_cut_before_its_port_is_malformed",
	  { .frag = 0x2000, .segment = SAY(3), .ip_len = SAY(24) },
	  DROPPED(MALFORMED) },
	{ "wrong_total_length_to_another_port_is_not_touched",
	  { .ip_len = SAY(400), .dport = 80 },
	  UNTOUCHED },
	{ "wrong_version_of_ipv4_is_malformed",
	  { .version = 6 },
	  DROPPED(MALFORMED) },
	{ "wrong_version_of_ipv6_is_malformed",
	  { .family = 6, .version = 4 },
	  DROPPED(MALFORMED) },
	{ "payload_length_zero_is_malformed",
	  { .family = 6, .ip_len = SAY(0) },
	  DROPPED(MALFORMED) },
	{ "payload_length_zero_behind_hop_by_hop_is_malformed",
	  { .family = 6, .ip_len = SAY(0), .ext = { EXT(EXT_HOP_BY_HOP) } },
	  DROPPED(MALFORMED) },
	{ "payload_length_zero_to_another_port_is_not_touched",
	  { .family = 6, .ip_len = SAY(0), .dport = 80 },
	  UNTOUCHED },
	{ "payload_length_one_beyond_the_frame_is_malformed",
	  { .family = 6, .ip_len = SAY(21) },
	  DROPPED(MALFORMED) },
	{ "payload_length_of_65535_is_malformed",
	  { .family = 6, .ip_len = SAY(65535) },
	  DROPPED(MALFORMED) },
	{ "payload_length_one_short_of_the_tcp_header_is_malformed",
	  { .family = 6, .ip_len = SAY(19) },
	  DROPPED(MALFORMED) },
	{ "payload_length_short_of_the_tcp_options_is_malformed",
	  { .family = 6, .tcp_options = 20, .ip_len = SAY(39) },
	  DROPPED(MALFORMED) },
	{ "payload_length_within_an_extension_header_is_malformed",
	  { .family = 6,
	    .ip_len = SAY(7),
	    .ext = { EXT(EXT_DST_OPTS), EXT(EXT_DST_OPTS) } },
	  DROPPED(MALFORMED) },
	{ "payload_length_up_to_the_tcp_header_is_malformed",
	  { .family = 6, .ip_len = SAY(8), .ext = { EXT(EXT_DST_OPTS) } },
	  DROPPED(MALFORMED) },
	{ "extension_header_that_runs_over_the_frame_is_malformed",
	  { .family = 6, .ext = { EXT_LEN(EXT_DST_OPTS, 20) }, .keep = 80 },
	  DROPPED(MALFORMED) },
	/* The port is read where ihl says: here the sequence number has it. */
	{ "ihl_that_puts_port_25_elsewhere_is_malformed",
	  { .ihl = 6, .seq = 0x01020019 },
	  DROPPED(MALFORMED) },
	{ "ihl_that_puts_another_port_there_is_not_touched",
	  { .ihl = 6, .seq = 0x01020018 },
	  UNTOUCHED },
	{ "ihl_that_leaves_a_port_out_of_the_frame_is_malformed",
	  { .ihl = 15 },
	  DROPPED(MALFORMED) },
};

/* Cuts a valid SYN after each of its bytes; the IP length claims the whole. */
static int count_wrong_cuts(const char *what, const struct spec *spec)
{
	size_t ip_end = spec_l3(spec) + (spec->family == 6 ? 40 : 20), keep;
	struct row row = { .spec = *spec };
	struct frame whole;
	char name[80];
	int failed = 0;

	build_request(spec, &whole);
	for (keep = 14; keep <= whole.len; keep++) {
		snprintf(name, sizeof(name), "%s, %zu of %zu bytes", what, keep,
			 whole.len);
		row.name = name;
		row.spec.keep = SAY(keep);
		row.action = XDP_DROP;
		row.reason = FMX_REASON_MALFORMED;
		if (keep < ip_end) { /* not even all of its address */
			row.action = XDP_PASS;
			row.reason = FMX_REASON_NONE;
		} else if (keep == whole.len) {
			row.action = XDP_TX;
			row.reason = FMX_REASON_RESET;
		}
		failed += !row_holds_everywhere(&row);
	}
	return failed;
}

static void syn_cut_after_any_byte_reaches_no_listener(void **state)
{
	static const struct {
		const char *what;
		struct spec spec;
	} syns[] = {
		{ "IPv4", {} },
		{ "IPv6", { .family = 6 } },
		{ "tagged IPv4", { .tags = { Q(0), AD(100), Q(5) } } },
		{ "tagged IPv6", { .family = 6, .tags = { Q(7) } } },
		{ "IPv4 with options", { .ip_options = 12, .tcp_options = 8 } },
		{ "IPv6 with extension headers",
		  { .family = 6,
		    .tcp_options = 20,
		    .ext = { EXT(EXT_HOP_BY_HOP), FRAGMENT(0), AH,
			     EXT_LEN(EXT_DST_OPTS, 2) } } },
		{ "IPv4 with data", { .payload = 5 } },
	};
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(syns); i++)
		failed += count_wrong_cuts(syns[i].what, &syns[i].spec);
	assert_int_equal(failed, 0);
}

/* Below an Ethernet header: from 0 to 13 bytes; newer kernels run nothing. */
static void frame_without_ethernet_header_reaches_no_rule(void **state)
{
	struct row row = { .name = "cut frame", UNTOUCHED };
	struct frame in, out;
	uint32_t action;
	size_t len;
	int err;

	(void)state;
	build_request(&row.spec, &in);
	for (len = 0; len < 14; len++) {
		in.len = len;
		err = run_frame(&progs[0], &in, &out, &action);
		if (err != -EINVAL)
			assert_true(!err && action == XDP_PASS);
		assert_int_equal(tally_faults(&progs[0], &row, 0, len), 0);
	}
}

/* The field alone is changed; the frame is that of ihl 5. */
static void every_ihl_is_read_as_it_stands(void **state)
{
	int ihl, failed = 0;

	(void)state;
	for (ihl = 0; ihl <= 15; ihl++) {
		/* Up to 9 the "ports" are other bytes of the TCP header. */
		struct row row = { .spec = { .ihl = SAY(ihl) }, UNTOUCHED };
		char name[32];

		snprintf(name, sizeof(name), "ihl %d", ihl);
		row.name = name;
		if (ihl == 5) {
			row.action = XDP_TX;
			row.reason = FMX_REASON_RESET;
		} else if (ihl < 5 || ihl > 9) {
			row.action = XDP_DROP;
			row.reason = FMX_REASON_MALFORMED;
		}
		failed += !row_holds_everywhere(&row);
	}
	assert_int_equal(failed, 0);
}

/* In a segment of 20 bytes, and in one of 60 where all doff from 5 on fit. */
static void every_doff_is_read_as_it_stands(void **state)
{
	static const int families[] = { 4, 6 };
	int doff, options, failed = 0;
	size_t f;

	(void)state;
	for (f = 0; f < COUNT_OF(families); f++) {
		for (options = 0; options <= 40; options += 40) {
			for (doff = 0; doff <= 15; doff++) {
				struct row row = {
					.spec = { .family = families[f],
						  .tcp_options = options,
						  .doff = SAY(doff) },
					ANSWERED,
				};
				char name[48];

				snprintf(name, sizeof(name),
					 "IPv%d doff %d of %d bytes",
					 families[f], doff, 20 + options);
				row.name = name;
				if (doff < 5 || doff * 4 > 20 + options) {
					row.action = XDP_DROP;
					row.reason = FMX_REASON_MALFORMED;
				}
				failed += !row_holds_everywhere(&row);
			}
		}
	}
	assert_int_equal(failed, 0);
}

/* One bit is wrong in a byte of the options, of any length there is. */
static void every_byte_of_tcp_options_is_summed_up(void **state)
{
	struct spec specs[] = { {}, { .tags = { Q(0) } }, { .family = 6 } };
	struct frame in, out;
	uint32_t action;
	size_t i, at;
	int options;

	(void)state;
	for (i = 0; i < COUNT_OF(specs); i++) {
		for (options = 0; options <= 40; options += 4) {
			specs[i].tcp_options = options;
			build_request(&specs[i], &in);
			assert_int_equal(
				run_frame(&progs[0], &in, &out, &action), 0);
			assert_int_equal(action, XDP_TX);
			for (at = in.len - options; at < in.len; at++) {
				in.bytes[at] ^= 0x10;
				assert_int_equal(run_frame(&progs[0], &in, &out,
							   &action),
						 0);
				assert_int_equal(action, XDP_DROP);
				in.bytes[at] ^= 0x10;
			}
		}
	}
}

static const struct CMUnitTest others[] = {
	cmocka_unit_test(syn_cut_after_any_byte_reaches_no_listener),
	cmocka_unit_test(frame_without_ethernet_header_reaches_no_rule),
	cmocka_unit_test(every_ihl_is_read_as_it_stands),
	cmocka_unit_test(every_doff_is_read_as_it_stands),
	cmocka_unit_test(every_byte_of_tcp_options_is_summed_up),
};

int main(void)
{
	return run_suite("lengths", rows, COUNT_OF(rows), others,
			 COUNT_OF(others));
}

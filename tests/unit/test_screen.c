// SPDX-License-Identifier: GPL-2.0-only
/* The screen of top, whole, at several sizes. */
#include "unit.h"

#include <locale.h>
#include <wchar.h>

#include "screen.h"

#define WHEN 1764201600000LL
#define TITLE "xdp-fakemx " VERSION

static void put_flow(struct flow *flow, const char *name, double packets,
		     double bits, __u64 lately, __u64 total)
{
	*flow = (struct flow){ "", packets, bits, lately, total };
	strcpy(flow->name, name);
}

static void put_visitor(struct view *view, const char *addr, enum class class,
			__u64 lately, __u64 total, __s64 ago)
{
	struct visitor *v = &view->visitors[view->visitor_count++];
	struct fault fault;

	*v = (struct visitor){
		.class = class, .lately = lately, .total = total, .ago = ago
	};
	assert_int_equal(addr_parse(addr, &v->addr, &fault), 0);
}

static void make_nothing(struct view *view)
{
	view->ledger.capacity = 262144;
}

static void make_usual(struct view *view)
{
	make_nothing(view);
	view->lately = 420000;
	view->ledger.entries = 1934;
	view->newcomers = 3;
	view->by_class[CLASS_RETRIED] = 1204;
	view->by_class[CLASS_WAITING] = 17;
	view->by_class[CLASS_LOST] = 505;
	view->by_class[CLASS_BACKWARDS] = 208;
	put_flow(&view->ifaces[view->iface_count++], "eth0 native", 5, 2960,
		 811, 90210);
	put_flow(&view->ifaces[view->iface_count++], "eth1 generic", 0, 0, 0,
		 12);
	put_flow(&view->reasons[view->reason_count++], "reset", 4, 2368, 700,
		 80000);
	put_flow(&view->reasons[view->reason_count++], "real", 1, 592, 111,
		 10210);
	put_flow(&view->reasons[view->reason_count++], "bad_checksum", 0, 0, 0,
		 12);
	put_visitor(view, "203.0.113.5", CLASS_WAITING, 12, 14, 800);
	put_visitor(view, "2001:db8:5::5", CLASS_RETRIED, 2, 90, 65000);
	put_visitor(view, "192.0.2.77", CLASS_LOST, 0, 1, 90000000);
}

static void make_paused(struct view *view)
{
	make_usual(view);
	view->paused = true;
	view->order = VISITORS_LATEST;
	view->senders_age = 40000;
}

/* Everything that there can be, as large as it can be. */
static void make_all(struct view *view)
{
	static const char wide[] = "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff";
	size_t i;

	*view = (struct view){ .wall = WHEN,
			       .lately = 600000,
			       .senders_age = 8000,
			       .shadow = true,
			       .flood = true,
			       .newcomers = 1000000,
			       .ledger = { .capacity = 16777216,
					   .entries = 16777216 } };
	for (i = 0; i < CLASS_COUNT; i++)
		view->by_class[i] = 2796202;
	for (i = 0; i < VIEW_IFACES; i++)
		put_flow(&view->ifaces[i], "abcdefghijklmno generic", 14880952,
			 1e10, 1000000000000, 1000000000000);
	view->iface_count = 70;
	for (i = 0; i < VIEW_REASONS; i++)
		put_flow(&view->reasons[i], "would_source_route", 99999, 99999,
			 9999999999999, 999999999999999);
	view->reason_count = VIEW_REASONS;
	for (i = 0; i < VIEW_VISITORS; i++)
		put_visitor(view, wide, CLASS_BACKWARDS, 65535, 196605,
			    3650 * 86400000LL);
}

struct screen_row {
	const char *name;
	void (*make)(struct view *view);
	int width, height;
	const char *expected;
};

/* clang-format off */
/* A run of blank lines is one "~". */
static const struct screen_row screens[] = {
	{ "nothing yet, 80x24", make_nothing, 80, 24,
	  TITLE "                                            2025-11-27T00:00:00Z\n"
	  "senders: 0 of 262144  0 new a second\n"
	  "~\n"
	  "interface                packets/s     bits/s      last 0 s          packets\n"
	  "nothing yet\n"
	  "~\n"
	  "reason                   packets/s     bits/s      last 0 s          packets\n"
	  "nothing yet\n"
	  "~\n"
	  "retried  allowed  waiting  lost  backwards  direct\n"
	  "      0        0        0     0          0       0\n"
	  "~\n"
	  "busiest senders       last 0 s  class        seen ago  attempts\n"
	  "nobody yet\n"
	  "~\n"
	  "q quit  space pause  b busiest  l latest\n" },
	{ "the usual, 80x24", make_usual, 80, 24,
	  TITLE "                                            2025-11-27T00:00:00Z\n"
	  "senders: 1934 of 262144  3 new a second\n"
	  "~\n"
	  "interface                packets/s     bits/s    last 7 min          packets\n"
	  "eth0 native                    5.0       2960           811            90210\n"
	  "eth1 generic                     0          0             0               12\n"
	  "~\n"
	  "reason                   packets/s     bits/s    last 7 min          packets\n"
	  "reset                          4.0       2368           700            80000\n"
	  "real                           1.0        592           111            10210\n"
	  "bad_checksum                     0          0             0               12\n"
	  "~\n"
	  "retried  allowed  waiting  lost  backwards  direct\n"
	  "   1204        0       17   505        208       0\n"
	  "~\n"
	  "busiest senders     last 7 min  class        seen ago  attempts\n"
	  "203.0.113.5                 12  waiting           1 s        14\n"
	  "2001:db8:5::5                2  retried          65 s        90\n"
	  "192.0.2.77                   0  lost           25.0 h         1\n"
	  "~\n"
	  "q quit  space pause  b busiest  l latest\n" },
	{ "paused, 80x24", make_paused, 80, 24,
	  TITLE "  paused                                    2025-11-27T00:00:00Z\n"
	  "senders: 1934 of 262144  3 new a second  read 40 s ago\n"
	  "~\n"
	  "interface                packets/s     bits/s    last 7 min          packets\n"
	  "eth0 native                    5.0       2960           811            90210\n"
	  "eth1 generic                     0          0             0               12\n"
	  "~\n"
	  "reason                   packets/s     bits/s    last 7 min          packets\n"
	  "reset                          4.0       2368           700            80000\n"
	  "real                           1.0        592           111            10210\n"
	  "bad_checksum                     0          0             0               12\n"
	  "~\n"
	  "retried  allowed  waiting  lost  backwards  direct\n"
	  "   1204        0       17   505        208       0\n"
	  "~\n"
	  "latest senders      last 7 min  class        seen ago  attempts\n"
	  "203.0.113.5                 12  waiting           1 s        14\n"
	  "2001:db8:5::5                2  retried          65 s        90\n"
	  "192.0.2.77                   0  lost           25.0 h         1\n"
	  "~\n"
	  "q quit  space pause  b busiest  l latest\n" },
	{ "paused, 40x10", make_paused, 40, 10,
	  TITLE "  paused\n"
	  "senders: 1934 of 262144  3 new a second\n"
	  "reason, 1 of 3           packets/s\n"
	  "reset                          4.0\n"
	  "retried  allowed  waiting  lost\n"
	  "   1204        0       17   505\n"
	  "latest senders      last 7 min\n"
	  "203.0.113.5                 12\n"
	  "2001:db8:5::5                2\n"
	  "q quit  space pause  b busiest  l latest\n" },
	{ "all, 40x10", make_all, 40, 10,
	  TITLE "    2025-11-27T00:00:00Z\n"
	  "shadow  flood\n"
	  "reason, 1 of 32          packets/s\n"
	  "would_source_route           99999\n"
	  "retried  allowed  waiting     lost\n"
	  "2796202  2796202  2796202  2796202\n"
	  "busiest senders\n"
	  "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff\n"
	  "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff\n"
	  "q quit  space pause  b busiest  l latest\n" },
	{ "all, 80x24", make_all, 80, 24,
	  TITLE "                                            2025-11-27T00:00:00Z\n"
	  "shadow  flood  senders: 16777216 of 16777216  1000000 new a second  read 8 s ago\n"
	  "~\n"
	  "interface, 2 of 70       packets/s     bits/s   last 10 min          packets\n"
	  "abcdefghijklmno generic     14.9 M     10.0 G        1.00 T    1000000000000\n"
	  "abcdefghijklmno generic     14.9 M     10.0 G        1.00 T    1000000000000\n"
	  "~\n"
	  "reason, 5 of 32          packets/s     bits/s   last 10 min          packets\n"
	  "would_source_route           99999      99999        10.0 T  999999999999999\n"
	  "would_source_route           99999      99999        10.0 T  999999999999999\n"
	  "would_source_route           99999      99999        10.0 T  999999999999999\n"
	  "would_source_route           99999      99999        10.0 T  999999999999999\n"
	  "would_source_route           99999      99999        10.0 T  999999999999999\n"
	  "~\n"
	  "retried  allowed  waiting     lost  backwards   direct\n"
	  "2796202  2796202  2796202  2796202    2796202  2796202\n"
	  "~\n"
	  "busiest senders                            last 10 min  class        seen ago\n"
	  "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff           65535  backwards  3650.0 day\n"
	  "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff           65535  backwards  3650.0 day\n"
	  "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff           65535  backwards  3650.0 day\n"
	  "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff           65535  backwards  3650.0 day\n"
	  "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff           65535  backwards  3650.0 day\n"
	  "q quit  space pause  b busiest  l latest\n" },
};
/* clang-format on */

/* At most 300 lines. */
static struct screen_line *draw(void (*make)(struct view *view), int width,
				int height)
{
	static struct screen_line lines[300];
	static struct view view;

	view = (struct view){ .wall = WHEN };
	make(&view);
	screen_make(&view, width, height, lines);
	return lines;
}

static char *screen_text(const struct screen_line *lines, int height)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	int y;

	for (y = 0; y < height; y++) {
		if (*lines[y].text)
			fprintf(to, "%s\n", lines[y].text);
		else if (!y || *lines[y - 1].text)
			fputs("~\n", to);
	}
	fclose(to);
	return text;
}

static void a_screen_is_what_there_is_room_for(void **state)
{
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(screens); i++) {
		const struct screen_row *row = &screens[i];
		char *text = screen_text(
			draw(row->make, row->width, row->height), row->height);

		failed += differs(row->name, row->expected, text);
		free(text);
	}
	assert_int_equal(failed, 0);
}

/* The same rows as at 80x24, and more of them. */
static void a_large_screen_shows_all_that_there_is(void **state)
{
	char *text = screen_text(draw(make_usual, 200, 60), 60);
	const char *title = TITLE;
	int gap = 200 - (int)strlen(title);
	char first[256];

	(void)state;
	snprintf(first, sizeof(first), "%s%*s\n", title, gap,
		 "2025-11-27T00:00:00Z");
	assert_int_equal(strncmp(text, first, strlen(first)), 0);
	assert_string_equal(text + strlen(first),
			    strchr(screens[1].expected, '\n') + 1);
	free(text);
	text = screen_text(draw(make_all, 200, 60), 60);
	assert_non_null(strstr(text, "\nreason, 23 of 32 "));
	assert_non_null(strstr(text, "\ninterface, 8 of 70 "));
	assert_non_null(strstr(text, " 3650.0 day    196605\n"));
	free(text);
}

/* At any size: a terminal wraps nothing, and obeys nothing. */
static void no_line_is_too_wide(void **state)
{
	void (*const views[])(struct view *) = { make_nothing, make_paused,
						 make_all };
	wchar_t wide[LINE_TEXT_SIZE];
	int width, height, y;
	size_t i;

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	for (i = 0; i < COUNT(views); i++) {
		for (width = 1; width < 210; width += 3) {
			for (height = 1; height < 300; height += 7) {
				struct screen_line *lines =
					draw(views[i], width, height);

				for (y = 0; y < height; y++) {
					assert_true(mbstowcs(wide,
							     lines[y].text,
							     COUNT(wide)) <
						    COUNT(wide));
					assert_in_range(wcswidth(wide,
								 COUNT(wide)),
							0, width);
				}
			}
		}
	}
}

static void headings_are_told_from_what_is_below(void **state)
{
	struct screen_line *lines = draw(make_usual, 80, 24);

	(void)state;
	assert_int_equal(lines[0].look, LOOK_TITLE);
	assert_int_equal(lines[1].look, LOOK_PLAIN);
	assert_int_equal(lines[3].look, LOOK_HEADING);
	assert_int_equal(lines[4].look, LOOK_PLAIN);
	assert_int_equal(lines[23].look, LOOK_TITLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_screen_is_what_there_is_room_for),
		cmocka_unit_test(a_large_screen_shows_all_that_there_is),
		cmocka_unit_test(no_line_is_too_wide),
		cmocka_unit_test(headings_are_told_from_what_is_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "screen.h"

#include <string.h>

#include "out.h"
#include "when.h"

#define RATE_WIDTH 9
#define LATELY_WIDTH 12
#define TOTAL_WIDTH 15

/* "reason", or "reason, 3 of 12" where there is no room for the rest. */
static void format_heading(char *text, size_t size, const char *what,
			   size_t shown, size_t count)
{
	if (shown < count)
		snprintf(text, size, "%s, %zu of %zu", what, shown, count);
	else
		snprintf(text, size, "%s", what);
}

static void format_lately(const struct view *view, char text[NUMBER_SIZE])
{
	char span[SPAN_TEXT_SIZE];

	span_format_rough(view->lately, span);
	snprintf(text, NUMBER_SIZE, "last %s", span);
}

static void put_flow(struct page *page, const struct flow *flow)
{
	char packets[NUMBER_SIZE], bits[NUMBER_SIZE], lately[NUMBER_SIZE],
		total[NUMBER_SIZE];
	const struct field fields[] = {
		{ flow->name, sizeof(flow->name) - 1 },
		{ packets, -RATE_WIDTH },
		{ bits, -RATE_WIDTH },
		{ lately, -LATELY_WIDTH },
		{ total, -TOTAL_WIDTH },
	};

	format_rate(flow->packets, packets);
	format_rate(flow->bits, bits);
	format_count(flow->lately, LATELY_WIDTH, lately);
	format_count(flow->total, TOTAL_WIDTH, total);
	page_line(page, LOOK_PLAIN, fields, 5);
}

/* A table in `rows` lines, of which the first is the heading. */
static void put_flows(struct page *page, const struct view *view,
		      const char *what, const struct flow *flows, size_t count,
		      int rows)
{
	size_t shown = count < VIEW_IFACES ? count : VIEW_IFACES, i;
	char heading[64], lately[NUMBER_SIZE];
	const struct field fields[] = {
		{ heading, sizeof(flows->name) - 1 },
		{ "packets/s", -RATE_WIDTH },
		{ "bits/s", -RATE_WIDTH },
		{ lately, -LATELY_WIDTH },
		{ "packets", -TOTAL_WIDTH },
	};

	if (rows < 2)
		return;
	if (shown > (size_t)rows - 1)
		shown = rows - 1;
	format_heading(heading, sizeof(heading), what, shown, count);
	format_lately(view, lately);
	page_line(page, LOOK_HEADING, fields, 5);
	for (i = 0; i < shown; i++)
		put_flow(page, &flows[i]);
	if (!count)
		page_text(page, LOOK_PLAIN, "nothing yet");
}

static void put_classes(struct page *page, const struct view *view, int rows)
{
	struct field names[CLASS_COUNT], counts[CLASS_COUNT];
	char numbers[CLASS_COUNT][NUMBER_SIZE];
	size_t i;

	if (rows < 2)
		return;
	for (i = 0; i < CLASS_COUNT; i++) {
		int width = strlen(class_name(i)), digits;

		format_count(view->by_class[i], NUMBER_SIZE, numbers[i]);
		digits = strlen(numbers[i]);
		width = width > digits ? width : digits;
		names[i] = (struct field){ class_name(i), -width };
		counts[i] = (struct field){ numbers[i], -width };
	}
	page_line(page, LOOK_HEADING, names, CLASS_COUNT);
	page_line(page, LOOK_PLAIN, counts, CLASS_COUNT);
}

/* In steps of eight, so that the columns beside it seldom move. */
static int visitor_width(const struct view *view, size_t shown)
{
	size_t width = strlen("busiest senders"), i;
	char text[PREFIX_TEXT_SIZE];

	for (i = 0; i < shown; i++) {
		prefix_format(&view->visitors[i].addr, text);
		if (strlen(text) > width)
			width = strlen(text);
	}
	return (width + 7) / 8 * 8;
}

#define CLASS_WIDTH 9
#define AGO_WIDTH 10
#define ATTEMPTS_WIDTH 8

static void put_visitor(struct page *page, const struct visitor *v, int width)
{
	char addr[PREFIX_TEXT_SIZE], lately[NUMBER_SIZE], total[NUMBER_SIZE],
		ago[SPAN_TEXT_SIZE];
	const struct field fields[] = {
		{ addr, width },
		{ lately, -LATELY_WIDTH },
		{ class_name(v->class), CLASS_WIDTH },
		{ ago, -AGO_WIDTH },
		{ total, -ATTEMPTS_WIDTH },
	};

	prefix_format(&v->addr, addr);
	format_count(v->lately, LATELY_WIDTH, lately);
	format_count(v->total, ATTEMPTS_WIDTH, total);
	span_format_rough(v->ago, ago);
	page_line(page, LOOK_PLAIN, fields, 5);
}

static void put_visitors(struct page *page, const struct view *view, int rows)
{
	size_t shown = view->visitor_count, i;
	char lately[NUMBER_SIZE];
	struct field fields[] = {
		{ "busiest senders", 0 },	 { lately, -LATELY_WIDTH },
		{ "class", CLASS_WIDTH },	 { "seen ago", -AGO_WIDTH },
		{ "attempts", -ATTEMPTS_WIDTH },
	};

	if (rows < 2)
		return;
	if (shown > (size_t)rows - 1)
		shown = rows - 1;
	fields[0].width = visitor_width(view, shown);
	if (view->order == VISITORS_LATEST)
		fields[0].text = "latest senders";
	format_lately(view, lately);
	page_line(page, LOOK_HEADING, fields, 5);
	for (i = 0; i < shown; i++)
		put_visitor(page, &view->visitors[i], fields[0].width);
	if (!shown)
		page_text(page, LOOK_PLAIN, "nobody yet");
}

static void put_title(struct page *page, const struct view *view)
{
	char tool[] = TOOL " " VERSION, now[WHEN_TEXT_SIZE];
	struct field fields[3] = { { tool, strlen(tool) } };
	int used = strlen(tool) + 2, count = 1;

	if (view->paused) {
		fields[count++] = (struct field){ "paused", 6 };
		used += 6 + 2;
	}
	when_format(view->wall, now);
	if (page->width >= used + (int)strlen(now))
		fields[count++] = (struct field){ now, used - page->width };
	page_line(page, LOOK_TITLE, fields, count);
}

static void add_field(struct field *fields, size_t *count, const char *text)
{
	fields[(*count)++] = (struct field){ text, strlen(text) };
}

/* Where the ledger is so large that it is seldom read, it says so. */
static void put_state(struct page *page, const struct view *view)
{
	char senders[64], newcomers[64], age[64], span[SPAN_TEXT_SIZE];
	struct field fields[5];
	size_t count = 0;

	snprintf(senders, sizeof(senders), "senders: %u of %u",
		 view->ledger.entries, view->ledger.capacity);
	snprintf(newcomers, sizeof(newcomers), "%u new a second",
		 view->newcomers);
	span_format_rough(view->senders_age, span);
	snprintf(age, sizeof(age), "read %s ago", span);
	if (view->shadow)
		add_field(fields, &count, "shadow");
	if (view->flood)
		add_field(fields, &count, "flood");
	add_field(fields, &count, senders);
	add_field(fields, &count, newcomers);
	if (view->senders_age > 5000)
		add_field(fields, &count, age);
	page_line(page, LOOK_PLAIN, fields, count);
}

/* Lines of each section, with its heading; 0: it is left out. */
struct layout {
	int ifaces, reasons, classes, visitors;
	int blanks; /* between them */
};

/* More lines for a section that wants them: up to `most`, of those to spare. */
static void grow(int *rows, int wanted, int most, int *spare)
{
	int more = wanted - *rows;

	if (more > most)
		more = most;
	if (!*rows || more < 0)
		return;
	*rows += more;
	*spare -= more;
}

static int wanted(size_t count)
{
	return count ? (int)count + 1 : 2;
}

/* What matters most comes first: to be there at all, then to be long. */
static struct layout lay_out(const struct view *view, int spare)
{
	struct layout lay = { 0 };
	int *sections[] = { &lay.reasons, &lay.visitors, &lay.classes,
			    &lay.ifaces };
	size_t i;

	for (i = 0; i < 4 && spare >= 2; i++) {
		*sections[i] = 2;
		spare -= 2;
	}
	if (spare >= 8) {
		lay.blanks = 1;
		spare -= 4;
	}
	grow(&lay.reasons, wanted(view->reason_count), spare / 2, &spare);
	grow(&lay.ifaces, wanted(view->iface_count), spare / 3, &spare);
	grow(&lay.visitors, wanted(view->visitor_count), spare, &spare);
	grow(&lay.reasons, wanted(view->reason_count), spare, &spare);
	grow(&lay.ifaces, wanted(view->iface_count), spare, &spare);
	return lay;
}

static void put_blank(struct page *page, const struct layout *lay)
{
	if (lay->blanks)
		page_text(page, LOOK_PLAIN, "");
}

void screen_make(const struct view *view, int width, int height,
		 struct screen_line *lines)
{
	struct page page = { lines, lines + height, width };
	struct page last = { lines + height - 1, lines + height, width };
	struct layout lay = lay_out(view, height - 3);

	memset(lines, 0, height * sizeof(*lines));
	put_title(&page, view);
	put_state(&page, view);
	put_blank(&page, &lay);
	put_flows(&page, view, "interface", view->ifaces, view->iface_count,
		  lay.ifaces);
	put_blank(&page, &lay);
	put_flows(&page, view, "reason", view->reasons, view->reason_count,
		  lay.reasons);
	put_blank(&page, &lay);
	put_classes(&page, view, lay.classes);
	put_blank(&page, &lay);
	put_visitors(&page, view, lay.visitors);
	if (height > 2)
		page_text(&last, LOOK_TITLE,
			  "q quit  space pause  b busiest  l latest");
}

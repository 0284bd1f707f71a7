// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include "out.h"

static const struct column columns[] = {
	{ "interface", "INTERFACE" },
	{ "packets", "PACKETS" },
	{ "reason", "REASON" },
};

static void check_table(json_t *rows, size_t count, const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(rows);
	out_table(to, rows, columns, count);
	fclose(to);
	json_decref(rows);
	assert_string_equal(text, expected);
	free(text);
}

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
	(void)state;
	check_table(json_pack("[{s:s, s:i, s:s}, {s:s, s:I, s:s}]", "interface",
			      "eth0", "packets", 5, "reason", "reset",
			      "interface", "enp3s0f1np1.100", "packets",
			      (json_int_t)9007199254740993, "reason", "real"),
		    3,
		    "INTERFACE                 PACKETS  REASON\n"
		    "eth0                            5  reset\n"
		    "enp3s0f1np1.100  9007199254740993  real\n");
}

static void columns_are_as_wide_as_their_titles(void **state)
{
	(void)state;
	check_table(json_pack("[{s:s, s:i, s:s}]", "interface", "lo", "packets",
			      0, "reason", "rst"),
		    3,
		    "INTERFACE  PACKETS  REASON\n"
		    "lo               0  rst\n");
}

static void a_last_column_of_numbers_is_set_to_the_right(void **state)
{
	(void)state;
	check_table(json_pack("[{s:s, s:i}, {s:s, s:i}]", "interface", "lo",
			      "packets", 10, "interface", "eth0", "packets",
			      12345678),
		    2,
		    "INTERFACE   PACKETS\n"
		    "lo               10\n"
		    "eth0       12345678\n");
}

static void what_a_row_does_not_have_is_a_dash(void **state)
{
	(void)state;
	check_table(json_pack("[{s:s, s:i}, {s:n, s:n, s:s}]", "interface",
			      "lo", "packets", 1, "interface", "packets",
			      "reason", "x"),
		    3,
		    "INTERFACE  PACKETS  REASON\n"
		    "lo               1  -\n"
		    "-                -  x\n");
}

static void a_table_without_rows_has_its_titles(void **state)
{
	(void)state;
	check_table(json_array(), 3, "INTERFACE  PACKETS  REASON\n");
}

static void what_is_said_names_the_tool(void **state)
{
	struct capture said;

	(void)state;
	capture_begin(&said, &stderr);
	say("%s: no such interface", "eth9");
	capture_end(&said);
	assert_string_equal(said.text, "xdp-fakemx: eth9: no such interface\n");
	free(said.text);
}

static void print_as_text(FILE *to, const json_t *document)
{
	fprintf(to, "%zu members\n", json_object_size(document));
}

static void a_document_is_printed_as_json_or_text(void **state)
{
	struct capture printed;
	int err;

	(void)state;
	capture_begin(&printed, &stdout);
	err = out_print(json_pack("{s:i, s:s}", "b", 1, "a", "x"), true,
			print_as_text);
	capture_end(&printed);
	assert_int_equal(err, 0);
	assert_string_equal(printed.text,
			    "{\n  \"b\": 1,\n  \"a\": \"x\"\n}\n");
	free(printed.text);
	capture_begin(&printed, &stdout);
	err = out_print(json_pack("{s:i, s:s}", "b", 1, "a", "x"), false,
			print_as_text);
	capture_end(&printed);
	assert_int_equal(err, 0);
	assert_string_equal(printed.text, "2 members\n");
	free(printed.text);
}

static void a_document_that_could_not_be_made_is_an_error(void **state)
{
	struct capture said;
	int err;

	(void)state;
	capture_begin(&said, &stderr);
	err = out_print(NULL, true, print_as_text);
	capture_end(&said);
	assert_int_equal(err, -ENOMEM);
	assert_string_equal(said.text, "xdp-fakemx: out of memory\n");
	free(said.text);
}

/* Prints a document to a device that takes nothing. */
static int print_to_full(bool as_json, struct capture *said)
{
	FILE *full = fopen("/dev/full", "w"), *kept = stdout;
	int err;

	assert_non_null(full);
	capture_begin(said, &stderr);
	stdout = full;
	err = out_print(json_pack("{s:i}", "a", 1), as_json, print_as_text);
	stdout = kept;
	capture_end(said);
	fclose(full);
	return err;
}

static void output_that_is_lost_is_an_error(void **state)
{
	struct capture said;
	int as_json;

	(void)state;
	for (as_json = 0; as_json <= 1; as_json++) {
		assert_int_equal(print_to_full(as_json, &said), -ENOSPC);
		assert_string_equal(
			said.text,
			"xdp-fakemx: standard output: No space left on device\n");
		free(said.text);
	}
}

static void listed_row(size_t i, struct cell *cells, void *arg)
{
	const char *const *names = arg;

	cells[0] = (struct cell){ .kind = CELL_TEXT, .text = names[i] };
	cells[1] = (struct cell){ .kind = CELL_NUMBER,
				  .number = 9007199254740993 * i };
	if (i)
		cells[2] = (struct cell){ .kind = CELL_BOOL, .number = 1 };
}

static void check_listing(struct listing *listing, const char *expected)
{
	struct capture out;

	capture_begin(&out, &stdout);
	assert_int_equal(out_listing(listing), 0);
	capture_end(&out);
	assert_string_equal(out.text, expected);
	free(out.text);
}

static void a_listing_is_a_table_or_one_json_document(void **state)
{
	static const char *const names[] = { "a \"quote\"", "b" };
	static const int widths[] = { 4, -6, 5 };
	struct listing listing = { .member = "things",
				   .count = 2,
				   .columns = columns,
				   .widths = widths,
				   .column_count = 3,
				   .row = listed_row,
				   .arg = (void *)names };

	(void)state;
	check_listing(&listing, "INTERFACE  PACKETS  REASON\n"
				"a \"quote\"       0  -\n"
				"b     9007199254740993  1\n");
	listing.widths = NULL;
	check_listing(
		&listing,
		"{\n  \"things\": [\n"
		"    {\"interface\": \"a \\\"quote\\\"\", \"packets\": 0, \"reason\": null},\n"
		"    {\"interface\": \"b\", \"packets\": 9007199254740993, \"reason\": true}\n"
		"  ]\n}\n");
	listing.count = 0;
	check_listing(&listing, "{\n  \"things\": []\n}\n");
	listing.widths = widths;
	check_listing(&listing, "");
}

static void odd_row(size_t i, struct cell *cells, void *arg)
{
	static const char *const texts[] = { "\\", "\x1f", "\x7f", "\xc3\xa9",
					     "~ !#[]" };
	static const json_int_t numbers[] = { INT64_MIN, INT64_MAX, -1, 10,
					      99 };

	(void)arg;
	cells[0] = (struct cell){ .kind = CELL_TEXT, .text = texts[i] };
	cells[1] = (struct cell){ .kind = CELL_NUMBER, .number = numbers[i] };
}

/* As the library writes it that wrote all JSON else. */
static void any_text_and_number_is_listed_as_the_library_writes_it(void **state)
{
	struct listing listing = { .member = "things",
				   .count = 5,
				   .columns = columns,
				   .column_count = 2,
				   .row = odd_row };
	struct capture out;
	struct cell cells[3];
	json_t *parsed, *list;
	size_t i;

	(void)state;
	capture_begin(&out, &stdout);
	assert_int_equal(out_listing(&listing), 0);
	capture_end(&out);
	parsed = json_loads(out.text, 0, NULL);
	list = json_object_get(parsed, "things");
	assert_int_equal(json_array_size(list), 5);
	for (i = 0; i < 5; i++) {
		json_t *row = json_array_get(list, i);
		char *written = json_dumps(row, 0);

		odd_row(i, cells, NULL);
		assert_string_equal(
			json_string_value(json_object_get(row, "interface")),
			cells[0].text);
		assert_int_equal(
			json_integer_value(json_object_get(row, "packets")),
			cells[1].number);
		assert_non_null(strstr(out.text, written));
		free(written);
	}
	json_decref(parsed);
	free(out.text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
		cmocka_unit_test(columns_are_as_wide_as_their_titles),
		cmocka_unit_test(a_last_column_of_numbers_is_set_to_the_right),
		cmocka_unit_test(what_a_row_does_not_have_is_a_dash),
		cmocka_unit_test(a_table_without_rows_has_its_titles),
		cmocka_unit_test(a_listing_is_a_table_or_one_json_document),
		cmocka_unit_test(
			any_text_and_number_is_listed_as_the_library_writes_it),
		cmocka_unit_test(what_is_said_names_the_tool),
		cmocka_unit_test(a_document_is_printed_as_json_or_text),
		cmocka_unit_test(a_document_that_could_not_be_made_is_an_error),
		cmocka_unit_test(output_that_is_lost_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

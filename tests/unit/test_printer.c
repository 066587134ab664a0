// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/json_text.h"
#include "cli/printer.h"
#include "lib/base/failure.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

typedef void (*printing)(struct printer *printer);

/* What a command's output looks like in a format. Caller frees. */
static char *print_as(enum printer_format format, printing print)
{
	char *bytes = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&bytes, &len);
	struct printer *printer = printer_new(format, stream, FALSE);
	char *copy;

	print(printer);
	g_assert_true(printer_finish(printer, NULL));
	printer_free(printer);
	fclose(stream);
	copy = g_strndup(bytes, len);
	free(bytes);
	return copy;
}

static void print_fields(struct printer *printer)
{
	printer_text(printer, "name", "news");
	printer_integer(printer, "members", 12);
	printer_boolean(printer, "is_open", TRUE);
	printer_halves(printer, "score", 3);
	printer_time(printer, "since", 1795334461);
	printer_time(printer, "until", 0);
	printer_text(printer, "note", NULL);
	printer_begin_map(printer, "totals");
	printer_integer(printer, "sent", 3);
	printer_end_map(printer);
}

static void print_list(struct printer *printer)
{
	printer_text(printer, "address", "ann@example.org");
	printer_begin_list(printer, "lists");
	for (int i = 0; i < 3; i++) {
		printer_begin_map(printer, NULL);
		printer_text(printer, "list", i == 1 ? "longer-name" : "a");
		printer_integer(printer, "count", i * 100);
		printer_object(printer, "attributes", "{\"city\":\"K\\u00f6ln\",\"n\":4}");
		printer_end_map(printer);
	}
	printer_end_list(printer);
	printer_line(printer, "that was %d", 3);
}

static void print_hostile(struct printer *printer)
{
	printer_begin_list(printer, "rows");
	printer_begin_map(printer, NULL);
	printer_text(printer, "a", "=1+1");
	printer_text(printer, "b", "x,\"y\"\nz\x1b[2J");
	printer_text(printer, "c", "@SUM(A1)");
	printer_integer(printer, "d", -5);
	printer_text(printer, "e", "-5");
	printer_end_map(printer);
	printer_end_list(printer);
}

static void fields_are_lines_in_text(void)
{
	g_autofree char *out = print_as(PRINTER_TEXT, print_fields);

	g_assert_cmpstr(
	        out, ==,
	        "name         news\nmembers      12\nis open      yes\nscore        1.5\n"
	        "since        2026-11-22T08:01:01Z\nuntil        -\nnote         -\ntotals.sent  3\n");
}

static void fields_are_an_object_with_a_version_in_json(void)
{
	g_autofree char *out = print_as(PRINTER_JSON, print_fields);

	g_assert_cmpstr(
	        out, ==,
	        "{\"version\":1,\"name\":\"news\",\"members\":12,\"is_open\":true,\"score\":1.5,"
	        "\"since\":\"2026-11-22T08:01:01Z\",\"until\":null,\"note\":null,\"totals\":{\"sent\":3}}\n");
}

static void fields_are_one_row_in_csv(void)
{
	g_autofree char *out = print_as(PRINTER_CSV, print_fields);

	g_assert_cmpstr(out, ==,
	                "name,members,is_open,score,since,until,note,totals.sent\n"
	                "news,12,true,1.5,2026-11-22T08:01:01Z,,,3\n");
}

static void a_list_is_an_aligned_table_in_text(void)
{
	g_autofree char *out = print_as(PRINTER_TEXT, print_list);

	g_assert_cmpstr(out, ==,
	                "address  ann@example.org\n"
	                "LIST         COUNT  ATTRIBUTES.CITY  ATTRIBUTES.N\n"
	                "a                0  K\xc3\xb6ln                        4\n"
	                "longer-name    100  K\xc3\xb6ln                        4\n"
	                "a              200  K\xc3\xb6ln                        4\n"
	                "that was 3\n");
}

static void a_list_is_all_there_is_in_csv(void)
{
	g_autofree char *out = print_as(PRINTER_CSV, print_list);

	g_assert_true(g_str_has_prefix(out, "list,count,attributes.city,attributes.n\na,0,K\xc3\xb6ln,4\n"));
}

static void a_list_in_json_is_read_back_by_a_parser(void)
{
	g_autofree char *out = print_as(PRINTER_JSON, print_list);
	json_t *root = json_loads(out, 0, NULL), *lists = json_object_get(root, "lists");

	g_assert_cmpuint(json_array_size(lists), ==, 3);
	g_assert_cmpstr(json_string_value(json_object_get(
	                        json_object_get(json_array_get(lists, 2), "attributes"), "city")),
	                ==, "K\xc3\xb6ln");
	json_decref(root);
}

static void print_values(struct printer *printer)
{
	printer_object(printer, "o",
	               "{\"i\":-3,\"r\":1.1,\"t\":true,\"z\":null,\"l\":[1,\"x\"],\"n\":\"a\\u0000b\"}");
	printer_object(printer, "broken", "{\"i\":");
	printer_object(printer, "list", "[1]");
}

static void values_of_an_object_keep_their_types(void)
{
	g_autofree char *out = print_as(PRINTER_JSON, print_values);

	g_assert_cmpstr(
	        out, ==,
	        "{\"version\":1,\"o\":{\"i\":-3,\"r\":1.1,\"t\":true,\"z\":null,\"l\":[1,\"x\"],\"n\":\"a\"},"
	        "\"broken\":{},\"list\":{}}\n");
}

static void a_spreadsheet_meets_no_formula(void)
{
	g_autofree char *out = print_as(PRINTER_CSV, print_hostile);

	g_assert_cmpstr(out, ==, "a,b,c,d,e\n'=1+1,\"x,\"\"y\"\"\nz\x1b[2J\",'@SUM(A1),-5,'-5\n");
}

static void a_terminal_meets_no_control_character(void)
{
	g_autofree char *out = print_as(PRINTER_TEXT, print_hostile);

	g_assert_null(strchr(out, '\x1b'));
	g_assert_nonnull(strstr(out, "x,\"y\"\\x0az\\x1b[2J"));
}

static void any_bytes_become_a_json_text_that_a_parser_takes(void)
{
	static const char bytes[] = "a\"b\\c\n\t\x01\x7f\xff\xc3\xa9\0z";
	g_autoptr(GString) out = g_string_new("[");
	json_t *root;

	json_text_append(out, bytes, sizeof(bytes) - 1);
	g_assert_cmpstr(out->str, ==, "[\"a\\\"b\\\\c\\n\\t\\u0001\x7f\xef\xbf\xbd\xc3\xa9\\u0000z\"");
	g_string_append_c(out, ']');
	root = json_loads(out->str, JSON_ALLOW_NUL, NULL);
	g_assert_cmpuint(json_array_size(root), ==, 1);
	json_decref(root);
}

static void a_full_disk_is_an_error_to_try_again(void)
{
	FILE *full = fopen("/dev/full", "w");
	struct printer *printer;
	g_autoptr(GError) error = NULL;

	if (full == NULL) {
		g_test_skip("no /dev/full");
		return;
	}
	printer = printer_new(PRINTER_JSON, full, FALSE);
	g_assert_false(printer_finish(printer, &error));
	g_assert_true(failure_is(error, FAILURE_LATER));
	printer_free(printer);
	fclose(full);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/printer/fields_are_lines_in_text", fields_are_lines_in_text);
	g_test_add_func("/printer/fields_are_an_object_with_a_version_in_json",
	                fields_are_an_object_with_a_version_in_json);
	g_test_add_func("/printer/fields_are_one_row_in_csv", fields_are_one_row_in_csv);
	g_test_add_func("/printer/a_list_is_an_aligned_table_in_text", a_list_is_an_aligned_table_in_text);
	g_test_add_func("/printer/a_list_is_all_there_is_in_csv", a_list_is_all_there_is_in_csv);
	g_test_add_func("/printer/a_list_in_json_is_read_back_by_a_parser",
	                a_list_in_json_is_read_back_by_a_parser);
	g_test_add_func("/printer/values_of_an_object_keep_their_types",
	                values_of_an_object_keep_their_types);
	g_test_add_func("/printer/a_spreadsheet_meets_no_formula", a_spreadsheet_meets_no_formula);
	g_test_add_func("/printer/a_terminal_meets_no_control_character",
	                a_terminal_meets_no_control_character);
	g_test_add_func("/printer/any_bytes_become_a_json_text_that_a_parser_takes",
	                any_bytes_become_a_json_text_that_a_parser_takes);
	g_test_add_func("/printer/a_full_disk_is_an_error_to_try_again",
	                a_full_disk_is_an_error_to_try_again);
	return g_test_run();
}

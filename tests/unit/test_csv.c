// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/charset.h"
#include "cli/columns.h"
#include "cli/import_write.h"
#include "cli/row_reader.h"
#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/store/store_import.h"
#include "lib/store/store_list.h"
#include "lib/store/store_subscriber.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* Rows as one text: "LINE:cell|cell;" or "LINE!fault:raw;". */
static gboolean write_down(const struct row *row, void *user)
{
	GString *out = user;

	if (row->fault != ROW_FINE) {
		g_string_append_printf(out, "%d!%d:%.*s%s;", (int)row->line, (int)row->fault,
		                       (int)MIN(row->raw_len, 40), row->raw, row->is_cut ? "~" : "");
		return TRUE;
	}
	g_string_append_printf(out, "%d:", (int)row->line);
	for (int i = 0; i < row->count; i++)
		g_string_append_printf(out, "%s%s", i > 0 ? "|" : "", row->fields[i].text);
	g_string_append_c(out, ';');
	return TRUE;
}

/* step: how many bytes are given at a time. Caller frees. */
static char *read_rows(const char *bytes, gsize len, gsize step)
{
	GString *out = g_string_new(NULL);
	struct row_reader *reader = row_reader_new(',', 1, write_down, out);

	for (gsize at = 0; at < len; at += step)
		g_assert_true(row_reader_feed(reader, bytes + at, MIN(step, len - at)));
	row_reader_end(reader);
	row_reader_free(reader);
	return g_string_free(out, FALSE);
}

static void rows_come_with_the_line_they_began_on(void)
{
	static const struct {
		const char *bytes;
		const char *rows;
	} cases[] = {
	        {"a,b\nc,d\n", "1:a|b;2:c|d;"},
	        {"a,b\r\nc,d", "1:a|b;2:c|d;"},
	        {"a,b\rc,d\r", "1:a|b;2:c|d;"},
	        {"\n\n a , b \n\n\nc\n", "3:a|b;6:c;"},
	        {"\"a\nb\",c\nd,e\n", "1:a\nb|c;3:d|e;"},
	        {"\"a\r\nb\"\r\nd", "1:a\r\nb;3:d;"},
	        {"\"say \"\"hi\"\"\",x\n", "1:say \"hi\"|x;"},
	        {",,\na\n", "1:||;2:a;"},
	        {"", ""},
	        {"\n\r\n \n", ""},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		for (gsize step = 1; step < 8; step++) {
			g_autofree char *rows = read_rows(cases[i].bytes, strlen(cases[i].bytes), step);

			g_assert_cmpstr(rows, ==, cases[i].rows);
		}
	}
}

static void a_quote_without_end_costs_one_line(void)
{
	static const char closed_later[] = "a,\"b\nc,d\ne,\"f\"\ng,h\n", never_closed[] = "a,\"b\nc,d\ne,f";

	for (gsize step = 1; step < 30; step++) {
		g_autofree char *one = read_rows(closed_later, sizeof(closed_later) - 1, step);
		g_autofree char *two = read_rows(never_closed, sizeof(never_closed) - 1, step);

		g_assert_cmpstr(one, ==, "1!4:a,\"b;2:c|d;3:e|f;4:g|h;");
		g_assert_cmpstr(two, ==, "1!4:a,\"b;2:c|d;3:e|f;");
	}
}

static void a_stray_quote_inside_a_line_is_a_character(void)
{
	static const char file[] = "a,5\" disk\nb,\"x\"y\"\nc,d\n";

	for (gsize step = 1; step < 30; step++) {
		g_autofree char *rows = read_rows(file, sizeof(file) - 1, step);

		g_assert_cmpstr(rows, ==, "1:a|5\" disk;2:b|x\"y;3:c|d;");
	}
}

static void a_nul_byte_costs_one_row(void)
{
	g_autofree char *rows = read_rows("a\0b,c\nd,e\n", 10, 3);

	g_assert_cmpstr(rows, ==, "1!1:a;2:d|e;");
}

static void a_line_of_ten_megabytes_costs_one_row_and_no_memory(void)
{
	g_autoptr(GString) file = g_string_new("a,b\n");
	g_autofree char *rows = NULL;

	for (int i = 0; i < 10 * 1024 * 1024; i++)
		g_string_append_c(file, 'x');
	g_string_append(file, "\r\nc,d\n");
	rows = read_rows(file->str, file->len, 65536);
	g_assert_cmpstr(rows, ==, "1:a|b;2!2:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx~;3:c|d;");
}

static void too_many_columns_are_a_fault(void)
{
	g_autoptr(GString) file = g_string_new(NULL);
	g_autofree char *rows = NULL;

	for (int i = 0; i < LIMIT_CSV_COLUMNS; i++)
		g_string_append_c(file, ',');
	g_string_append(file, "\na\n");
	rows = read_rows(file->str, file->len, file->len);
	g_assert_true(g_str_has_prefix(rows, "1!3:,,,"));
	g_assert_true(g_str_has_suffix(rows, ";2:a;"));
}

static void encodings_are_told_apart(void)
{
	static const struct {
		const char *bytes;
		gsize len;
		enum charset charset;
		gsize mark;
	} cases[] = {
	        {"abc", 3, CHARSET_ASCII, 0},
	        {"", 0, CHARSET_ASCII, 0},
	        {"\xef\xbb\xbf"
	         "abc",
	         6, CHARSET_UTF8, 3},
	        {"J\xc3\xbcrgen", 7, CHARSET_UTF8, 0},
	        {"J\xfcrgen", 6, CHARSET_CP1252, 0},
	        {"J\xc3", 2, CHARSET_ASCII, 0}, /* cut inside a character */
	        {"\xff\xfe"
	         "a\0",
	         4, CHARSET_UTF16LE, 2},
	        {"\xfe\xff\0a", 4, CHARSET_UTF16BE, 2},
	        {"a\0@\0b\0.\0", 8, CHARSET_UTF16LE, 0},
	        {"\0a\0@\0b\0.", 8, CHARSET_UTF16BE, 0},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		gsize mark = 99;

		g_assert_cmpint((int)charset_guess((const guint8 *)cases[i].bytes, cases[i].len, &mark), ==,
		                (int)cases[i].charset);
		g_assert_cmpuint(mark, ==, cases[i].mark);
	}
}

static void utf16_in_any_pieces_becomes_utf8(void)
{
	static const guint8 bytes[] = {'a',  0,    0xe4, 0,   0x3d, 0xd8, 0x00,
	                               0xde, 0x00, 0xdc, 'z', 0,    0x3d, 0xd8};
	g_autoptr(GString) out = g_string_new(NULL);
	struct charset_utf16 state = {0};

	for (gsize i = 0; i < sizeof(bytes); i++)
		charset_utf16_read(&state, bytes + i, 1, out);
	charset_utf16_end(&state, out);
	g_assert_cmpstr(out->str, ==, "a\xc3\xa4\xf0\x9f\x98\x80\xffz\xff");
}

static void find(const char *sample, const char *expected)
{
	struct columns columns;
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) out = g_string_new(NULL);

	if (!columns_find(sample, strlen(sample), TRUE, &columns, &error)) {
		g_assert_true(failure_is(error, FAILURE_DATA));
		g_assert_cmpstr("none", ==, expected);
		return;
	}
	g_string_append_printf(out, "%c%s@%d", columns.delimiter == '\t' ? 'T' : columns.delimiter,
	                       columns.has_header ? "h" : "", columns.address);
	for (int i = 0; i < columns.count; i++)
		g_string_append_printf(out, " %s", columns.names[i] == NULL ? "*" : columns.names[i]);
	g_assert_cmpstr(out->str, ==, expected);
	columns_clear(&columns);
}

static void columns_are_found_by_name_or_by_content(void)
{
	find("email,name\na@b.cd,Ann\n", ",h@0 * name");
	find("Name;E-Mail Adresse;Ort\nAnn;a@b.cd;K\xc3\xb6ln\n", ";h@1 name * ort");
	find("Vorname\tNachname\tE-Mail\nA\tB\ta@b.cd\n", "Th@2 first_name last_name *");
	find("a@b.cd\ne@f.gh\n", ",@0 *");
	find("Ann|a@b.cd|x\nBob|b@b.cd|y\n", "|@1 column1 * column3");
	find("contact,x\na@b.cd,1\n", ",h@0 * x");
	find("address,email\n1 Main St,a@b.cd\n", ",h@1 address_2 *");
	find("Email\n", ",h@0 *");
	find("email,City,CITY,,2nd,imprint\na@b.cd,1,2,3,4,5\n", ",h@0 * city city_2 column4 _2nd imprint_2");
	find("name,\"e-mail\"\n\"Doe; Jane; x\",j@b.cd\n\"Roe; R; y\",r@b.cd\n", ",h@1 name *");
	find("sep=;\r\nemail;a,b,c\r\na@b.cd;1,2,3\r\n", ";h@0 * a_b_c");
	find("email\nnonsense\n", ",h@0 *");
	find("name,city\nAnn,Rome\n", "none");
	find("", "none");
	find("Ann <a@b.cd>\n", ",@0 *");
}

static struct list *make_list(struct store *store)
{
	struct list list = {.name = (char *)"news",
	                    .title = (char *)"News",
	                    .from_header = (char *)"n@example.org",
	                    .owner = (char *)"o@example.org",
	                    .relay = (char *)"",
	                    .policy = (char *)"",
	                    .imprint = (char *)"",
	                    .language = (char *)"en",
	                    .created_at = 1};
	gint64 id;

	g_assert_true(store_list_add(store, &list, &id, NULL));
	return store_list_by_id(store, id, NULL);
}

struct result {
	struct import_counts counts;
	gint64 rows;
	gint64 rejected;
	gint64 reasons[REJECT_REASONS];
};

static struct result import_bytes(struct context *context, gint64 list_id, const void *bytes, gsize len,
                                  gboolean is_dry_run, const char *rejects_path)
{
	g_autofree char *path = NULL;
	int fd = g_file_open_tmp("carom-csv-XXXXXX", &path, NULL);
	struct rejects *rejects = rejects_new(rejects_path);
	struct import_job job = {.context = context,
	                         .list_id = list_id,
	                         .operator= "ann",
	                         .source = "f.csv",
	                         .consent = "said so",
	                         .is_dry_run = is_dry_run,
	                         .now = 1000};
	struct import_file *file;
	struct result result = {0};

	g_assert_cmpint(write(fd, bytes, len), ==, (gssize)len);
	close(fd);
	file = import_file_open(path, rejects, NULL, NULL, NULL);
	g_assert_nonnull(file);
	g_assert_true(import_write(&job, file, &result.counts, NULL));
	result.rows = import_file_rows(file);
	result.rejected = rejects_total(rejects);
	for (int i = 0; i < REJECT_REASONS; i++)
		result.reasons[i] = rejects_count(rejects, (enum reject_reason)i);
	g_assert_true(rejects_close(rejects, NULL));
	import_file_free(file);
	rejects_free(rejects);
	g_unlink(path);
	return result;
}

static const char mixed[] = "email;Name;City\n"
                            "Ann@EXAMPLE.org;Ann;Rome\n"
                            "bob@example.org;\"Bob \"\"B\"\"\";\n"
                            "ann@example.org;again;\n"
                            "not an address;x;y\n"
                            ";x;y\n"
                            ";;\n"
                            "carl@b\xc3\xbc"
                            "cher.example;Carl;K\xc3\xb6ln\n"
                            "d\xc3\xb6rte@example.org;D;\n"
                            "e@example.org;E;\xff\n"
                            "f@example.org;F;G;H\n"
                            "g@example.org;;;\n"
                            "h@example.org\n"
                            "gone@example.org;was here;\n";

static void add_gone(struct store *store, gint64 list_id)
{
	struct subscription *gone;
	gint64 subscriber, subscription;
	gboolean is_new;

	g_assert_true(store_subscriber_add(store, "gone@example.org", "gone@example.org", NULL, FALSE, 1,
	                                   &subscriber, &is_new, NULL));
	g_assert_true(
	        store_subscription_add(store, list_id, subscriber, SUB_ACTIVE, 0, 1, &subscription, NULL));
	gone = store_subscription_by_id(store, subscription, NULL);
	gone->state = SUB_UNSUBSCRIBED;
	gone->cause = CAUSE_REQUEST;
	g_assert_true(store_subscription_set(store, gone, NULL));
	subscription_free(gone);
}

static void check_mixed(const struct result *result)
{
	g_assert_cmpint(result->rows, ==, 12);
	g_assert_cmpint(result->counts.added, ==, 6);
	g_assert_cmpint(result->counts.needs_smtputf8, ==, 1);
	g_assert_cmpint(result->counts.repeated, ==, 1);
	g_assert_cmpint(result->counts.left, ==, 1);
	g_assert_cmpint(result->counts.present, ==, 0);
	g_assert_cmpint(result->rejected, ==, 4);
	g_assert_cmpint(result->reasons[REJECT_BAD_ADDRESS], ==, 1);
	g_assert_cmpint(result->reasons[REJECT_NO_ADDRESS], ==, 1);
	g_assert_cmpint(result->reasons[REJECT_ENCODING], ==, 1);
	g_assert_cmpint(result->reasons[REJECT_COLUMNS], ==, 1);
}

static void a_dry_run_counts_the_same_and_changes_nothing(void)
{
	struct store *store = store_open_memory(NULL);
	struct context context = {.store = store};
	struct list *list = make_list(store);
	struct result result;
	gint64 counts[SUB_STATES] = {0};

	add_gone(store, list->id);
	result = import_bytes(&context, list->id, mixed, sizeof(mixed) - 1, TRUE, NULL);
	check_mixed(&result);
	g_assert_true(store_list_counts(store, list->id, counts, NULL));
	g_assert_cmpint(counts[SUB_ACTIVE], ==, 0);
	result = import_bytes(&context, list->id, mixed, sizeof(mixed) - 1, FALSE, NULL);
	check_mixed(&result);
	g_assert_true(store_list_counts(store, list->id, counts, NULL));
	g_assert_cmpint(counts[SUB_ACTIVE], ==, 6);
	g_assert_cmpint(counts[SUB_UNSUBSCRIBED], ==, 1);
	list_free(list);
	store_close(store);
}

static void importing_again_adds_nobody(void)
{
	struct store *store = store_open_memory(NULL);
	struct context context = {.store = store};
	struct list *list = make_list(store);
	struct result result;

	import_bytes(&context, list->id, mixed, sizeof(mixed) - 1, FALSE, NULL);
	result = import_bytes(&context, list->id, mixed, sizeof(mixed) - 1, FALSE, NULL);
	g_assert_cmpint(result.counts.added, ==, 0);
	g_assert_cmpint(result.counts.present, ==, 7);
	list_free(list);
	store_close(store);
}

static void attributes_and_spelling_are_kept(void)
{
	struct store *store = store_open_memory(NULL);
	struct context context = {.store = store};
	struct list *list = make_list(store);
	struct subscriber *ann, *bob, *carl;
	struct import *import;
	struct result result = import_bytes(&context, list->id, mixed, sizeof(mixed) - 1, FALSE, NULL);

	ann = store_subscriber_by_address(store, "ann@example.org", NULL);
	bob = store_subscriber_by_address(store, "bob@example.org", NULL);
	carl = store_subscriber_by_address(store, "carl@xn--bcher-kva.example", NULL);
	import = store_import_by_id(store, result.counts.import_id, NULL);
	g_assert_cmpstr(ann->spelling, ==, "Ann@example.org");
	g_assert_cmpstr(ann->attributes, ==, "{\"name\":\"Ann\",\"city\":\"Rome\"}");
	g_assert_cmpstr(bob->attributes, ==, "{\"name\":\"Bob \\\"B\\\"\"}");
	g_assert_cmpstr(carl->attributes, ==, "{\"name\":\"Carl\",\"city\":\"K\xc3\xb6ln\"}");
	g_assert_cmpint(import->rows, ==, 12);
	g_assert_cmpint(import->added, ==, 7);
	g_assert_cmpint(import->finished_at, ==, 1000);
	g_assert_cmpuint(strlen(import->sha256), ==, 64);
	subscriber_free(ann);
	subscriber_free(bob);
	subscriber_free(carl);
	import_free(import);
	list_free(list);
	store_close(store);
}

static void windows_and_utf16_files_give_the_same_names(void)
{
	static const char cp1252[] = "email,name\na@example.org,J\xfcrgen \x80\n";
	static const char utf8[] = "\xef\xbb\xbf"
	                           "email,name\r\na@example.org,J\xc3\xbcrgen \xe2\x82\xac\r\n";
	g_autoptr(GByteArray) utf16 = g_byte_array_new();
	g_autofree gunichar2 *units = g_utf8_to_utf16(utf8, -1, NULL, NULL, NULL);

	for (gsize i = 0; units[i] != 0; i++) {
		guint8 pair[2] = {(guint8)(units[i] >> 8), (guint8)units[i]};

		g_byte_array_append(utf16, pair, 2);
	}
	for (int i = 0; i < 3; i++) {
		const void *files[] = {cp1252, utf8, utf16->data};
		gsize lens[] = {sizeof(cp1252) - 1, sizeof(utf8) - 1, utf16->len};
		struct store *store = store_open_memory(NULL);
		struct context context = {.store = store};
		struct list *list = make_list(store);
		struct subscriber *one;

		import_bytes(&context, list->id, files[i], lens[i], FALSE, NULL);
		one = store_subscriber_by_address(store, "a@example.org", NULL);
		g_assert_cmpstr(one->attributes, ==, "{\"name\":\"J\xc3\xbcrgen \xe2\x82\xac\"}");
		subscriber_free(one);
		list_free(list);
		store_close(store);
	}
}

static void rejects_are_kept_with_line_reason_and_bytes(void)
{
	struct store *store = store_open_memory(NULL);
	struct context context = {.store = store};
	struct list *list = make_list(store);
	g_autofree char *path = g_build_filename(g_get_tmp_dir(), "carom-csv-rejects", NULL), *bytes = NULL;
	gsize len;

	import_bytes(&context, list->id, "email,x\na@b.cd,1\nbad,\"q\"\n", 25, FALSE, path);
	g_assert_true(g_file_get_contents(path, &bytes, &len, NULL));
	g_assert_true(g_str_has_prefix(bytes, "line,reason,row\n3,\""));
	g_assert_true(g_str_has_suffix(bytes, ",\"bad,\"\"q\"\"\"\n"));
	g_unlink(path);
	list_free(list);
	store_close(store);
}

static void without_rejects_there_is_no_file(void)
{
	struct store *store = store_open_memory(NULL);
	struct context context = {.store = store};
	struct list *list = make_list(store);
	g_autofree char *path = g_build_filename(g_get_tmp_dir(), "carom-csv-no-rejects", NULL);

	import_bytes(&context, list->id, "a@b.cd\n", 7, FALSE, path);
	g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
	list_free(list);
	store_close(store);
}

static void a_name_in_front_of_an_address_is_a_name(void)
{
	struct store *store = store_open_memory(NULL);
	struct context context = {.store = store};
	struct list *list = make_list(store);
	struct subscriber *one;
	static const char file[] = "\"\"\"Ann B.\"\" <a@b.cd>\"\nBob <b@b.cd>\n";

	import_bytes(&context, list->id, file, sizeof(file) - 1, FALSE, NULL);
	one = store_subscriber_by_address(store, "a@b.cd", NULL);
	g_assert_nonnull(one);
	g_assert_cmpstr(one->attributes, ==, "{\"name\":\"Ann B.\"}");
	subscriber_free(one);
	list_free(list);
	store_close(store);
}

static void the_last_rows_of_a_large_file_arrive(void)
{
	struct store *store = store_open_memory(NULL);
	struct context context = {.store = store};
	struct list *list = make_list(store);
	g_autoptr(GString) file = g_string_new("email,n\n");
	struct result result;

	for (int i = 0; i < 60000; i++)
		g_string_append_printf(file, "user%d@example%d.org,%030d\n", i % 50000, i % 50000 % 97, i);
	result = import_bytes(&context, list->id, file->str, file->len, FALSE, NULL);
	g_assert_cmpint(result.rows, ==, 60000);
	g_assert_cmpint(result.counts.added, ==, 50000);
	g_assert_cmpint(result.counts.repeated, ==, 10000);
	list_free(list);
	store_close(store);
}

static char *fake_hash(const char *key, const void *user)
{
	return g_strconcat(user, key, NULL);
}

static void suppressed_addresses_are_not_taken_in(void)
{
	static const char *const bytes = "sep=;\nemail;x\neve@x.org;1\nADAM@x.org;2\neve@X.org;3\nbad;4\n";
	struct store *store = store_open_memory(NULL);
	struct context context = {.store = store};
	struct list *list = make_list(store);
	g_autofree char *path = NULL, *kept = NULL;
	g_autofree char *rejects_path = g_build_filename(g_get_tmp_dir(), "carom-csv-suppressed", NULL);
	struct rejects *rejects = rejects_new(rejects_path);
	struct import_counts counts;
	struct import_file *file;
	int fd = g_file_open_tmp("carom-csv-XXXXXX", &path, NULL);

	g_assert_cmpint(write(fd, bytes, strlen(bytes)), ==, (gssize)strlen(bytes));
	close(fd);
	g_assert_true(store_suppression_add(store, "eve@x.org", "h:eve@x.org", CAUSE_ADMIN, "", 1, NULL));
	for (int is_dry_run = 1; is_dry_run >= 0; is_dry_run--) {
		struct import_job job = {.context = &context,
		                         .list_id = list->id,
		                         .operator= "ann",
		                         .source = "f",
		                         .is_suppressing = TRUE,
		                         .is_dry_run = is_dry_run,
		                         .now = 1};

		file = import_file_open(path, rejects, fake_hash, "h:", NULL);
		g_assert_true(import_write(&job, file, &counts, NULL));
		g_assert_cmpint(counts.suppressed, ==, 1);
		g_assert_cmpint(counts.added, ==, 1);
		g_assert_cmpint(counts.repeated, ==, 1);
		import_file_free(file);
	}
	g_assert_true(rejects_close(rejects, NULL));
	g_assert_true(g_file_get_contents(rejects_path, &kept, NULL, NULL));
	g_assert_true(g_str_has_prefix(kept, "line,reason,row\n6,\""));
	rejects_free(rejects);
	g_unlink(path);
	g_unlink(rejects_path);
	list_free(list);
	store_close(store);
}

int main(int argc, char **argv)
{
#define TEST(name) g_test_add_func("/csv/" #name, name)
	g_test_init(&argc, &argv, NULL);
	TEST(rows_come_with_the_line_they_began_on);
	TEST(a_quote_without_end_costs_one_line);
	TEST(a_stray_quote_inside_a_line_is_a_character);
	TEST(a_nul_byte_costs_one_row);
	TEST(a_line_of_ten_megabytes_costs_one_row_and_no_memory);
	TEST(too_many_columns_are_a_fault);
	TEST(encodings_are_told_apart);
	TEST(utf16_in_any_pieces_becomes_utf8);
	TEST(columns_are_found_by_name_or_by_content);
	TEST(a_dry_run_counts_the_same_and_changes_nothing);
	TEST(importing_again_adds_nobody);
	TEST(attributes_and_spelling_are_kept);
	TEST(windows_and_utf16_files_give_the_same_names);
	TEST(rejects_are_kept_with_line_reason_and_bytes);
	TEST(without_rejects_there_is_no_file);
	TEST(a_name_in_front_of_an_address_is_a_name);
	TEST(suppressed_addresses_are_not_taken_in);
	TEST(the_last_rows_of_a_large_file_arrive);
	return g_test_run();
}

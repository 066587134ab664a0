// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/limits.h"
#include "lib/mail/report_dsn.h"
#include "lib/mail/report_fields.h"

#include <stdint.h>
#include <string.h>

#include "tests/fuzz/report_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NAME_MAX_BYTES = 64, FIELDS_MAX = 2000 };

static void check_field(const struct report_field *field)
{
	gsize len = strlen(field->name);

	g_assert_cmpuint(len, >, 0);
	g_assert_cmpuint(len, <=, NAME_MAX_BYTES);
	g_assert_cmpuint(strspn(field->name, "abcdefghijklmnopqrstuvwxyz0123456789-_"), ==, len);
	g_assert_cmpuint(strlen(field->value), <=, LIMIT_REPORT_FIELD);
	g_assert_null(strchr(field->value, '\n'));
}

static char *write_fields(const GPtrArray *fields)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < fields->len; i++) {
		const struct report_field *field = g_ptr_array_index(fields, i);

		g_string_append_printf(text, "%s%s: %s\n", field->is_first ? "\n" : "", field->name,
		                       field->value);
	}
	return g_string_free(text, FALSE);
}

static void check_same(const GPtrArray *one, const GPtrArray *other, guint count)
{
	for (guint i = 0; i < count; i++) {
		const struct report_field *a = g_ptr_array_index(one, i), *b = g_ptr_array_index(other, i);

		g_assert_cmpstr(a->name, ==, b->name);
		g_assert_cmpstr(a->value, ==, b->value);
		g_assert_true(a->is_first == b->is_first);
	}
}

/* What was read and is written tidily is read as the same again; a header is the beginning of the whole. */
static void check_fields(const char *text)
{
	g_autoptr(GPtrArray) all = report_fields_read(text, FALSE);
	g_autoptr(GPtrArray) header = report_fields_read(text, TRUE);
	g_autofree char *tidy = write_fields(all);
	g_autoptr(GPtrArray) again = report_fields_read(tidy, FALSE);

	g_assert_cmpuint(all->len, <=, FIELDS_MAX);
	g_assert_cmpuint(header->len, <=, all->len);
	g_ptr_array_foreach(all, (GFunc)(void (*)(void))check_field, NULL);
	check_same(header, all, header->len);
	g_assert_cmpuint(again->len, ==, all->len);
	check_same(again, all, all->len);
	for (guint i = 0; i < all->len; i++)
		g_assert_nonnull(report_fields_get(
		        all, ((const struct report_field *)g_ptr_array_index(all, i))->name));
}

static void check_status(const struct rules *rules, const char *text)
{
	struct report *report = report_read(rules, "", 0);
	gboolean has_recipient = report_dsn_read(report, text);

	g_assert_true(has_recipient == (report->recipients->len > 0));
	g_assert_cmpuint(report->recipients->len, <=, LIMIT_REPORT_RECIPIENTS);
	(void)report_dsn_is_in(text);
	for (guint i = 0; i < report->recipients->len; i++)
		report_check_recipient(g_ptr_array_index(report->recipients, i));
	report_free(report);
}

/* The blocks of a delivery report: as they come, and as text of a part, which is UTF-8. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rules *rules;
	g_autofree char *text = g_strndup((const char *)data, size);
	g_autofree char *valid = g_utf8_make_valid(text, -1);

	if (rules == NULL)
		rules = rules_new(NULL, NULL);
	check_fields(text);
	check_status(rules, valid);
	return 0;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/base/secrets.h"
#include "lib/base/text.h"

#include <glib/gstdio.h>
#include <string.h>

static void base32_is_that_of_rfc_4648(void)
{
	static const char *const cases[][2] = {{"", ""},
	                                       {"f", "my"},
	                                       {"fo", "mzxq"},
	                                       {"foo", "mzxw6"},
	                                       {"foob", "mzxw6yq"},
	                                       {"fooba", "mzxw6ytb"},
	                                       {"foobar", "mzxw6ytboi"}};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = text_base32_write((const guint8 *)cases[i][0], strlen(cases[i][0]));
		g_autofree char *upper = g_ascii_strup(cases[i][1], -1);
		g_autoptr(GBytes) back = text_base32_read(upper);

		g_assert_cmpstr(text, ==, cases[i][1]);
		g_assert_nonnull(back);
		g_assert_cmpmem(g_bytes_get_data(back, NULL), g_bytes_get_size(back), cases[i][0],
		                strlen(cases[i][0]));
	}
}

static void base32_has_one_text_per_byte_string(void)
{
	static const char *const wrong[] = {"mz", "m", "mzx", "my======", "m1", "mzxw6y", "m y"};

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
		g_assert_null(text_base32_read(wrong[i]));
}

static void control_characters_do_not_reach_a_terminal(void)
{
	g_autofree char *safe = text_printable("a\x1b[2J\r\n\xff\xc2\x9bz \xc3\xa9", -1);

	g_assert_cmpstr(safe, ==, "a\\x1b[2J\\x0d\\x0a\\xff\\x9bz \xc3\xa9");
}

static void html_is_escaped(void)
{
	g_autofree char *safe = text_html_escape("<a href=\"x\">'&'</a>");

	g_assert_cmpstr(safe, ==, "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
}

static void dates_are_in_the_formats_of_the_rfcs(void)
{
	g_autofree char *mail = clock_rfc5322(1795334461);
	g_autofree char *json = clock_rfc3339(1795334461);

	g_assert_cmpstr(mail, ==, "Sun, 22 Nov 2026 08:01:01 +0000");
	g_assert_cmpstr(json, ==, "2026-11-22T08:01:01Z");
}

static void rotated_keys_still_read_and_only_the_new_one_writes(void)
{
	g_autofree char *top = g_dir_make_tmp("carom-XXXXXX", NULL);
	g_autofree char *folder = g_build_filename(top, "secrets", NULL);
	g_autoptr(GError) error = NULL;
	struct secrets before, after;
	guint8 id;

	g_assert_true(secrets_create(folder, &error));
	g_assert_true(secrets_load(folder, &before, &error));
	g_assert_true(secrets_create(folder, &error));
	for (int i = 0; i < 40; i++)
		g_assert_true(secrets_rotate(folder, &id, &error));
	g_assert_true(secrets_load(folder, &after, &error));
	g_assert_cmpuint(after.rings[SECRET_TOKEN].count, ==, SECRET_KEYS_MAX);
	g_assert_cmpuint(after.rings[SECRET_TOKEN].keys[0].id, ==, id);
	g_assert_cmpuint(after.rings[SECRET_MESSAGE_ID].count, ==, 1);
	g_assert_cmpmem(&after.rings[SECRET_SUPPRESSION], sizeof(struct key_ring),
	                &before.rings[SECRET_SUPPRESSION], sizeof(struct key_ring));
	g_assert_cmpint(g_chmod(folder, 0750), ==, 0);
	g_assert_false(secrets_load(folder, &after, &error));
	g_assert_true(failure_is(error, FAILURE_PERMISSION));
	for (int i = 0; i < SECRET_PURPOSES; i++) {
		static const char *const names[] = {"token.keys", "suppression.keys", "message-id.keys"};
		g_autofree char *path = g_build_filename(folder, names[i], NULL);

		g_assert_cmpint(g_unlink(path), ==, 0);
	}
	g_rmdir(folder);
	g_rmdir(top);
}

static void a_file_past_its_ceiling_is_refused(void)
{
	g_autofree char *top = g_dir_make_tmp("carom-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(top, "f", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = NULL;

	g_assert_true(file_write(path, "12345", 5, 0600, &error));
	bytes = file_read(path, 5, &error);
	g_assert_no_error(error);
	g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "12345", 5);
	g_assert_null(file_read(path, 4, &error));
	g_assert_true(failure_is(error, FAILURE_DATA));
	g_assert_nonnull(strstr(error->message, path));
	g_unlink(path);
	g_rmdir(top);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/base/base32_is_that_of_rfc_4648", base32_is_that_of_rfc_4648);
	g_test_add_func("/base/base32_has_one_text_per_byte_string", base32_has_one_text_per_byte_string);
	g_test_add_func("/base/control_characters_do_not_reach_a_terminal",
	                control_characters_do_not_reach_a_terminal);
	g_test_add_func("/base/html_is_escaped", html_is_escaped);
	g_test_add_func("/base/dates_are_in_the_formats_of_the_rfcs", dates_are_in_the_formats_of_the_rfcs);
	g_test_add_func("/base/rotated_keys_still_read_and_only_the_new_one_writes",
	                rotated_keys_still_read_and_only_the_new_one_writes);
	g_test_add_func("/base/a_file_past_its_ceiling_is_refused", a_file_past_its_ceiling_is_refused);
	return g_test_run();
}

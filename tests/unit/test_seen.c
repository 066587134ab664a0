// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/seen.h"
#include "cli/spill.h"
#include "lib/base/failure.h"

#include <stdio.h>
#include <string.h>

enum { SLOTS = 1 << 14 };

static gboolean add(struct seen *seen, const char *text)
{
	g_autoptr(GError) error = NULL;
	gboolean was_there = FALSE;

	g_assert_true(seen_add(seen, text, strlen(text), &was_there, &error));
	return was_there;
}

static gboolean add_number(struct seen *seen, int number)
{
	char text[32];

	snprintf(text, sizeof(text), "person%d", number);
	return add(seen, text);
}

static void a_text_is_seen_the_second_time(void)
{
	struct seen *seen = seen_new(SLOTS);

	g_assert_false(add(seen, "ann@x.org"));
	g_assert_false(add(seen, "ann@x.or"));
	g_assert_false(add(seen, ""));
	g_assert_true(add(seen, "ann@x.org"));
	g_assert_true(add(seen, ""));
	seen_free(seen);
}

/* In memory, in the file, in the file after it was merged with later ones. */
static void what_was_spilled_is_still_seen(void)
{
	struct seen *seen = seen_new(SLOTS);
	int count = SLOTS * 5;

	for (int i = 0; i < count; i++)
		g_assert_false(add_number(seen, i));
	for (int i = 0; i < count; i += 97)
		g_assert_true(add_number(seen, i));
	g_assert_true(add_number(seen, count - 1));
	g_assert_false(add_number(seen, count));
	seen_free(seen);
}

static void merge_numbers(struct spill *spill, guint64 first, guint64 step, gsize count)
{
	g_autofree guint64 *numbers = g_new(guint64, count);
	g_autoptr(GError) error = NULL;

	for (gsize i = 0; i < count; i++)
		numbers[i] = first + i * step;
	g_assert_true(spill_merge(spill, numbers, count, &error));
}

static gboolean has(const struct spill *spill, guint64 number)
{
	gboolean is_there = FALSE;

	g_assert_true(spill_has(spill, number, &is_there, NULL));
	return is_there;
}

static void merged_numbers_are_found_and_no_others(void)
{
	struct spill *spill = spill_new(NULL);

	g_assert_nonnull(spill);
	g_assert_false(has(spill, 7));
	merge_numbers(spill, 10, 10, 512 * 64 + 1);
	merge_numbers(spill, 15, 10, 1000);
	merge_numbers(spill, 3, 1, 1);
	merge_numbers(spill, G_MAXUINT64 - 1, 1, 1);
	g_assert_true(has(spill, 3));
	g_assert_true(has(spill, G_MAXUINT64 - 1));
	g_assert_false(has(spill, G_MAXUINT64));
	g_assert_false(has(spill, 2));
	for (guint64 i = 10; i <= 10 * (512 * 64 + 1); i++)
		g_assert_cmpint(has(spill, i), ==, i % 10 == 0 || (i % 10 == 5 && i < 10010));
	g_assert_false(has(spill, 10 * (512 * 64 + 2)));
	spill_free(spill);
}

static void a_temporary_folder_that_is_not_there_is_an_error(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(g_setenv("TMPDIR", "/nowhere/at/all", TRUE));
	g_assert_null(spill_new(&error));
	g_assert_true(error != NULL && error->domain == FAILURE);
	g_assert_nonnull(strstr(error->message, "/nowhere/at/all"));
	g_unsetenv("TMPDIR");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/seen/a_text_is_seen_the_second_time", a_text_is_seen_the_second_time);
	g_test_add_func("/seen/what_was_spilled_is_still_seen", what_was_spilled_is_still_seen);
	g_test_add_func("/seen/merged_numbers_are_found_and_no_others",
	                merged_numbers_are_found_and_no_others);
	g_test_add_func("/seen/a_temporary_folder_that_is_not_there_is_an_error",
	                a_temporary_folder_that_is_not_there_is_an_error);
	return g_test_run();
}

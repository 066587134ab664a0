// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/store_fixture.h"

#include <string.h>

#define PLANS "schema/plans.txt"

static void every_statement_prepares(void)
{
	struct store *store = fresh_store();

	for (int i = 0; i < SQL_COUNT; i++) {
		g_autoptr(GError) error = NULL;

		g_assert_nonnull(sql_take(store, (enum sql_name)i, &error));
		g_assert_no_error(error);
	}
	store_close(store);
}

/* Parameters are ?1 ... ?N without a gap, so that sql_bind() fills all of them. */
static void parameters_are_numbered_without_gaps(void)
{
	struct store *store = fresh_store();

	for (int i = 0; i < SQL_COUNT; i++) {
		sqlite3_stmt *statement = sql_take(store, (enum sql_name)i, NULL);
		int count = sqlite3_bind_parameter_count(statement);

		for (int j = 1; j <= count; j++) {
			const char *name = sqlite3_bind_parameter_name(statement, j);
			g_autofree char *wanted = g_strdup_printf("?%d", j);

			if (g_strcmp0(name, wanted) != 0)
				g_error("%s: parameter %d is %s", sql_statement_name((enum sql_name)i), j,
				        name == NULL ? "left out" : name);
		}
	}
	store_close(store);
}

static char *plan_of(struct store *store, enum sql_name name)
{
	g_autofree char *text = g_strconcat("EXPLAIN QUERY PLAN ", sql_statement_text(name), NULL);
	GString *plan = g_string_new(sql_statement_name(name));
	sqlite3_stmt *statement = NULL;
	const char *mark = ": ";

	g_assert_cmpint(sqlite3_prepare_v2(store->db, text, -1, &statement, NULL), ==, SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		g_string_append_printf(plan, "%s%s", mark, (const char *)sqlite3_column_text(statement, 3));
		mark = " | ";
	}
	sqlite3_finalize(statement);
	return g_string_free(plan, FALSE);
}

static char *all_plans(void)
{
	struct store *store = fresh_store();
	static const char head[] = "# How SQLite " SQLITE_VERSION
	                           " runs each statement of lib/store/statements.def on a fresh schema.\n"
	                           "# A SCAN must be here on purpose: of a table that stays small, or a "
	                           "count of all rows in an index.\n"
	                           "# LIST_ADD, DELIVERY_ADD and DELIVERY_FILL name the children of their "
	                           "foreign keys, which are looked at\n"
	                           "# only while a key is violated.\n"
	                           "# Made by: UPDATE_PLANS=1 make check-unit T=statements\n";
	GString *plans = g_string_new(head);

	for (int i = 0; i < SQL_COUNT; i++) {
		g_autofree char *plan = plan_of(store, (enum sql_name)i);

		g_string_append_printf(plans, "%s\n", plan);
	}
	store_close(store);
	return g_string_free(plans, FALSE);
}

static void plans_are_those_written_down(void)
{
	g_autofree char *now = all_plans(), *then = NULL;
	g_auto(GStrv) have = NULL, want = NULL;
	g_autoptr(GError) error = NULL;

	if (g_getenv("UPDATE_PLANS") != NULL) {
		g_file_set_contents(PLANS, now, -1, &error);
		g_assert_no_error(error);
	}
	g_file_get_contents(PLANS, &then, NULL, &error);
	g_assert_no_error(error);
	/* another SQLite plans and words otherwise; the plans are checked with the one that they were made by
	 */
	if (!g_str_has_prefix(then, "# How SQLite " SQLITE_VERSION " ") ||
	    strcmp(sqlite3_libversion(), SQLITE_VERSION) != 0) {
		g_test_skip(PLANS " was made by another version of SQLite");
		return;
	}
	have = g_strsplit(now, "\n", -1);
	want = g_strsplit(then, "\n", -1);
	for (int i = 0; have[i] != NULL || want[i] != NULL; i++) {
		if (g_strcmp0(have[i], want[i]) == 0)
			continue;
		g_test_message(
		        PLANS
		        ":%d has\n  %s\nand the plan is\n  %s\nIf the new plan is meant: UPDATE_PLANS=1 make "
		        "check-unit T=statements",
		        i + 1, want[i] == NULL ? "(end)" : want[i], have[i] == NULL ? "(end)" : have[i]);
		g_test_fail();
		return;
	}
}

/* Whatever plans.txt says: what grows with subscribers, mail and bounces is never read from end to end. */
static void big_tables_are_never_scanned(void)
{
	/* tables, and the short names that statements give them */
	static const char *const big[] = {
	        "subscription", "subscriber", "delivery", "bounce", "event", "request",
	        "consent",      "s",          "p",        "d",      "r",     "sp"};
	struct store *store = fresh_store();

	for (int i = 0; i < SQL_COUNT; i++) {
		g_autofree char *plan = plan_of(store, (enum sql_name)i);

		/* counts all rows; its index holds nothing but the states */
		if (i == S_BOUNCE_COUNTS)
			continue;
		/* the scan looks for children that waited for their parent, and only when some do: never */
		if (i == S_IMPORT_SUBSCRIBERS)
			continue;
		/* one person, rarely: an index for it would cost each import more */
		if (i == S_ERASE_SUBSCRIBER)
			continue;
		for (gsize j = 0; j < G_N_ELEMENTS(big); j++) {
			g_autofree char *pattern = g_strdup_printf("SCAN %s\\b", big[j]);

			if (g_regex_match_simple(pattern, plan, 0, 0)) {
				g_test_message("%s", plan);
				g_test_fail();
			}
		}
	}
	store_close(store);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/statements/every_statement_prepares", every_statement_prepares);
	g_test_add_func("/statements/parameters_are_numbered_without_gaps",
	                parameters_are_numbered_without_gaps);
	g_test_add_func("/statements/plans_are_those_written_down", plans_are_those_written_down);
	g_test_add_func("/statements/big_tables_are_never_scanned", big_tables_are_never_scanned);
	return g_test_run();
}

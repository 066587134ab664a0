// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/commands.h"
#include "cli/list_input.h"
#include "cli/session.h"
#include "cli/when.h"
#include "lib/base/failure.h"

#include <string.h>

static void the_table_is_sorted_and_complete(void)
{
	for (gsize i = 0; commands_table[i] != NULL; i++) {
		const struct command *command = commands_table[i];

		g_assert_nonnull(command->run);
		g_assert_cmpuint(strlen(command->summary), >, 5);
		g_assert_false(g_str_has_suffix(command->summary, "."));
		g_assert_true(command->words_max < 0 || command->words_min <= command->words_max);
		if (i > 0)
			g_assert_cmpint(strcmp(commands_table[i - 1]->name, command->name), <, 0);
	}
}

static void options_in_the_usage_are_in_the_table_and_back(void)
{
	for (gsize i = 0; commands_table[i] != NULL; i++) {
		const struct command *command = commands_table[i];

		for (const struct option *option = command->options; option != NULL && option->name != NULL;
		     option++) {
			g_autofree char *word = g_strconcat("--", option->name, NULL);

			if (strstr(command->usage, word) == NULL)
				g_error("%s: usage does not tell of %s", command->name, word);
			g_assert_true((option->kind == OPTION_FLAG) == (option->value == NULL));
		}
		for (const char *at = strstr(command->usage, "--"); at != NULL; at = strstr(at + 2, "--")) {
			g_autofree char *name = g_strndup(at + 2,
			                                  strspn(at + 2, "abcdefghijklmnopqrstuvwxyz-"));
			gboolean is_known = FALSE;

			for (const struct option *option = command->options;
			     option != NULL && option->name != NULL; option++)
				is_known |= strcmp(option->name, name) == 0;
			if (!is_known)
				g_error("%s: no option --%s", command->name, name);
		}
	}
}

static const char *find(const char *line, int *used)
{
	g_auto(GStrv) words = g_strsplit(line, " ", -1);
	g_autoptr(GError) error = NULL;
	const struct command *command = commands_find(words, used, &error);

	return command == NULL ? NULL : command->name;
}

static void the_longest_name_wins(void)
{
	int used = 0;

	g_assert_cmpstr(find("list create news", &used), ==, "list create");
	g_assert_cmpint(used, ==, 2);
	g_assert_cmpstr(find("show a@b.cd", &used), ==, "show");
	g_assert_cmpint(used, ==, 1);
	g_assert_null(find("list", &used));
	g_assert_null(find("nonsense", &used));
}

static void a_wrong_word_is_told_what_could_stand_there(void)
{
	static const struct {
		const char *words[3];
		const char *text;
	} cases[] = {
	        {{"list", NULL}, "list what? Could be: create, ls, set, show"},
	        {{"list", "mak", NULL}, "no command \"list mak\". Could be: create, ls, set, show"},
	        {{"keys", "turn", NULL}, "no command \"keys turn\". Could be: rotate"},
	};
	int used;

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(commands_find((char *const *)(void *)cases[i].words, &used, &error));
		g_assert_true(failure_is(error, FAILURE_USAGE));
		g_assert_cmpstr(error->message, ==, cases[i].text);
	}
}

static void completion_knows_what_follows(void)
{
	char *words[] = {(char *)"campaign", NULL};
	g_autoptr(GPtrArray) next = commands_following(words, 1);
	g_autoptr(GPtrArray) first = commands_following(words, 0);

	g_assert_cmpuint(next->len, ==, 6);
	g_assert_cmpstr(next->pdata[0], ==, "cancel");
	for (guint i = 1; i < first->len; i++)
		g_assert_cmpint(strcmp(first->pdata[i - 1], first->pdata[i]), <, 0);
}

static void options_before_the_command_are_taken_off(void)
{
	char *words[] = {
	        (char *)"-q", (char *)"--format", (char *)"json", (char *)"list", (char *)"ls", (char *)"--x",
	        NULL};
	char *wrong[] = {(char *)"--format", (char *)"xml", (char *)"ls", NULL};
	struct session session = {0};
	g_auto(GStrv) rest = NULL, none = NULL;
	gboolean version = FALSE, help = FALSE;
	g_autoptr(GError) error = NULL;

	g_assert_true(session_read(&session, words, &rest, &version, &help, NULL));
	g_assert_true(session.is_quiet);
	g_assert_cmpint((int)session.format, ==, (int)PRINTER_JSON);
	g_assert_cmpuint(g_strv_length(rest), ==, 3);
	g_assert_cmpstr(rest[2], ==, "--x");
	g_assert_false(session_read(&session, wrong, &none, &version, &help, &error));
	g_assert_true(failure_is(error, FAILURE_USAGE));
	session_clear(&session);
}

static void names_of_lists_cannot_be_mistaken_for_other_addresses(void)
{
	static const char *const good[] = {"news", "a", "0", "news-2026", "abcdefghijklmnopqrstuvwxyz012345",
	                                   "help"};
	static const char *const bad[] = {"",        "-a",          "News",
	                                  "a_b",     "a.b",         "b",
	                                  "u",       "c",           "fbl",
	                                  "abuse",   "postmaster",  "mailer-daemon",
	                                  "x-owner", "x-subscribe", "x-unsubscribe",
	                                  "x-help",  "x-bounces",   "abcdefghijklmnopqrstuvwxyz0123456",
	                                  "a b",     "\xc3\xa4"};

	for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
		g_assert_true(list_input_name(good[i], NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_false(list_input_name(bad[i], NULL));
}

static void from_is_put_into_its_proper_form(void)
{
	static const struct {
		const char *text;
		const char *from;
		const char *title;
	} cases[] = {
	        {"News <n@Example.org>", "News <n@example.org>", "News"},
	        {" Weekly  News  <n@example.org> ", "Weekly  News <n@example.org>", "Weekly  News"},
	        {"Doe, Jane <n@example.org>", "\"Doe, Jane\" <n@example.org>", "Doe, Jane"},
	        {"\"Doe, \\\"J\\\"\" <n@example.org>", "\"Doe, \\\"J\\\"\" <n@example.org>", "Doe, \"J\""},
	        {"n@example.org", "n@example.org", NULL},
	        {"<n@example.org>", "n@example.org", NULL},
	        {"J\xc3\xbcrgen <n@b\xc3\xbc"
	         "cher.example>",
	         "J\xc3\xbcrgen <n@xn--bcher-kva.example>", "J\xc3\xbcrgen"},
	};
	static const char *const bad[] = {
	        "News", "News <n@example.org",  "News <n@example.org> x", "A <a@b.cd>, B <b@b.cd>",
	        "",     "News <n example.org>", "Ne\nws <n@example.org>", "x <\xc3\xa4@example.org>"};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *from = NULL, *title = NULL, *address = NULL;

		g_assert_true(list_input_from(cases[i].text, &from, &title, &address, NULL));
		g_assert_cmpstr(from, ==, cases[i].from);
		g_assert_cmpstr(title, ==, cases[i].title);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *from = NULL;
		g_autoptr(GError) error = NULL;

		if (list_input_from(bad[i], &from, NULL, NULL, &error))
			g_error("\"%s\" was taken", bad[i]);
		g_assert_true(failure_is(error, FAILURE_USAGE));
	}
}

static void times_are_read_as_people_write_them(void)
{
	const gint64 now = 1795334461; /* 2026-11-22T08:01:01Z */
	gint64 at = 0;

	g_assert_true(when_read("+2h", now, &at, NULL));
	g_assert_cmpint(at, ==, now + 7200);
	g_assert_true(when_read("+1d", now, &at, NULL));
	g_assert_cmpint(at, ==, now + 86400);
	g_assert_true(when_read("2026-11-23T08:00:00Z", now, &at, NULL));
	g_assert_cmpint(at, ==, now - 61 + 86400);
	g_assert_true(when_read("00:00", now, &at, NULL));
	g_assert_cmpint(at, >, now);
	g_assert_cmpint(at, <=, now + 86400 + 3600);
	g_assert_false(when_read("2026-11-22T08:00:00Z", now, &at, NULL));
	g_assert_false(when_read("2029-11-22T08:00:00Z", now, &at, NULL));
	g_assert_false(when_read("+99999999999999999999h", now, &at, NULL));
	g_assert_false(when_read("24:00", now, &at, NULL));
	g_assert_false(when_read("tomorrow", now, &at, NULL));
	g_assert_false(when_read("", now, &at, NULL));
}

int main(int argc, char **argv)
{
#define TEST(name) g_test_add_func("/commands/" #name, name)
	g_test_init(&argc, &argv, NULL);
	TEST(the_table_is_sorted_and_complete);
	TEST(options_in_the_usage_are_in_the_table_and_back);
	TEST(the_longest_name_wins);
	TEST(a_wrong_word_is_told_what_could_stand_there);
	TEST(completion_knows_what_follows);
	TEST(options_before_the_command_are_taken_off);
	TEST(names_of_lists_cannot_be_mistaken_for_other_addresses);
	TEST(from_is_put_into_its_proper_form);
	TEST(times_are_read_as_people_write_them);
	return g_test_run();
}

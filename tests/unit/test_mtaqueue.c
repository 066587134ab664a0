// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/queue_groups.h"
#include "lib/action/context.h"
#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/net/mtaqueue.h"

#include <glib/gstdio.h>
#include <string.h>

#define NOW 1790000000

static struct mtaqueue_entry *read_text(const char *text)
{
	return mtaqueue_read_line(text, strlen(text));
}

static void a_line_of_postqueue_is_read(void)
{
	struct mtaqueue_entry *entry = read_text(
	        "{\"queue_name\": \"deferred\", \"queue_id\": \"4bXyZ1Q2Rw\", \"arrival_time\": 1790000000, "
	        "\"message_size\": 4321, \"forced_expire\": false, \"sender\": \"b+x@lists.test\", "
	        "\"recipients\": ["
	        "{\"address\": \"ann@ok.test\", \"delay_reason\": \"host mx.ok.test[192.0.2.1] said: 450 "
	        "4.2.2 \\\"full\\\"\"}, "
	        "{\"address\": \"ben@ok.test\"}]}");
	const struct mtaqueue_recipient *recipient;

	g_assert_nonnull(entry);
	g_assert_cmpstr(entry->queue, ==, "deferred");
	g_assert_cmpstr(entry->queue_id, ==, "4bXyZ1Q2Rw");
	g_assert_cmpint(entry->arrived_at, ==, 1790000000);
	g_assert_cmpint(entry->size, ==, 4321);
	g_assert_cmpstr(entry->sender, ==, "b+x@lists.test");
	g_assert_cmpuint(entry->recipients->len, ==, 2);
	recipient = entry->recipients->pdata[0];
	g_assert_cmpstr(recipient->address, ==, "ann@ok.test");
	g_assert_cmpstr(recipient->reason, ==, "host mx.ok.test[192.0.2.1] said: 450 4.2.2 \"full\"");
	recipient = entry->recipients->pdata[1];
	g_assert_cmpstr(recipient->reason, ==, "");
	mtaqueue_entry_free(entry);
}

static void what_is_no_entry_is_told(void)
{
	static const char *const wrong[] = {
	        "",
	        "Mail queue is empty",
	        "[]",
	        "{}",
	        "{\"queue_name\":\"a\",\"queue_id\":\"\",\"arrival_time\":1,\"recipients\":[]}",
	        "{\"queue_name\":\"a\",\"queue_id\":\"-d\",\"arrival_time\":1,\"recipients\":[]}",
	        "{\"queue_name\":\"a\",\"queue_id\":\"A;reboot\",\"arrival_time\":1,\"recipients\":[]}",
	        "{\"queue_name\":\"a\",\"queue_id\":\"012345678901234567890123456789012\",\"arrival_time\":1,"
	        "\"recipients\":[]}",
	        "{\"queue_name\":\"a\",\"queue_id\":\"A1\",\"arrival_time\":\"1\",\"recipients\":[]}",
	        "{\"queue_name\":\"a\",\"queue_id\":\"A1\",\"arrival_time\":1,\"recipients\":{}}",
	        "{\"queue_name\":\"a\",\"queue_id\":\"A1\",\"arrival_time\":1,\"recipients\":[]} x",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
		if (read_text(wrong[i]) != NULL)
			g_error("taken: %s", wrong[i]);
}

static void hostile_words_are_cut_and_made_valid(void)
{
	g_autofree char *words = g_strnfill(3 * LIMIT_DIAGNOSTIC, '\xe9');
	g_autofree char *line = g_strdup_printf(
	        "{\"queue_name\":\"a\",\"queue_id\":\"A1\",\"arrival_time\":-1,"
	        "\"message_size\":-1,\"recipients\":[{\"delay_reason\":\"%s\"},7]}",
	        words);
	struct mtaqueue_entry *entry = read_text(line);
	const struct mtaqueue_recipient *recipient;

	g_assert_nonnull(entry);
	g_assert_cmpint(entry->arrived_at, ==, 0);
	g_assert_cmpint(entry->size, ==, 0);
	recipient = entry->recipients->pdata[0];
	g_assert_true(g_utf8_validate(recipient->reason, -1, NULL));
	g_assert_cmpuint(strlen(recipient->reason), <=, LIMIT_DIAGNOSTIC);
	g_assert_cmpuint(strlen(recipient->reason), >, LIMIT_DIAGNOSTIC - 4);
	mtaqueue_entry_free(entry);
}

static void remember(const struct mtaqueue_entry *entry, gpointer data)
{
	g_string_append_printf(data, "%s ", entry->queue_id);
}

/* Runs a program whose text is that; what it printed as ids. */
static char *run(const char *script, guint *strange_out, GError **error)
{
	g_autofree char *folder = g_dir_make_tmp("carom-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(folder, "postqueue", NULL);
	g_autofree char *text = g_strconcat("#!/bin/sh\n", script, NULL);
	g_autofree char *command = g_strdup_printf("%s -c '/etc/post fix'", path);
	GString *ids = g_string_new(NULL);

	g_assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
	if (!mtaqueue_run(command, remember, ids, strange_out, error))
		g_assert_true(error != NULL && *error != NULL);
	g_unlink(path);
	g_rmdir(folder);
	return g_string_free(ids, FALSE);
}

#define ENTRY(id) "{\"queue_name\":\"active\",\"queue_id\":\"" id "\",\"arrival_time\":1,\"recipients\":[]}"

static void a_program_is_run_and_strange_lines_passed_over(void)
{
	g_autoptr(GError) error = NULL;
	guint strange;
	/* its words come as they are given; a line of 2 MB; the last line has no end */
	g_autofree char *ids = run("[ \"$*\" = '-c /etc/post fix -j' ] || exit 64\n"
	                           "echo '" ENTRY("A1") "'\n"
	                                                "echo nonsense\n"
	                                                "head -c 2097152 /dev/zero | tr '\\0' x; echo\n"
	                                                "echo '" ENTRY("A2") "'\n"
	                                                                     "printf %s '" ENTRY("A3") "'\n",
	                           &strange, &error);

	g_assert_no_error(error);
	g_assert_cmpstr(ids, ==, "A1 A2 A3 ");
	g_assert_cmpuint(strange, ==, 2);
}

static void a_program_that_fails_is_told(void)
{
	g_autoptr(GError) failed = NULL, absent = NULL, unquoted = NULL;
	guint strange;
	g_autofree char *ids = run("echo '" ENTRY("A1") "'; exit 69", &strange, &failed);

	g_assert_error(failed, FAILURE, FAILURE_LATER);
	g_assert_nonnull(strstr(failed->message, "69"));
	g_assert_cmpstr(ids, ==, "A1 ");
	g_assert_false(mtaqueue_run("/nowhere/postqueue", remember, NULL, &strange, &absent));
	g_assert_error(absent, FAILURE, FAILURE_CONFIG);
	g_assert_false(mtaqueue_run("postqueue 'x", remember, NULL, &strange, &unquoted));
	g_assert_error(unquoted, FAILURE, FAILURE_CONFIG);
}

static void add(struct queue_groups *groups, gint64 age, const char *address, const char *words)
{
	g_autofree char *line = g_strdup_printf(
	        "{\"queue_name\":\"deferred\",\"queue_id\":\"A1\",\"arrival_time\":"
	        "%" G_GINT64_FORMAT ",\"recipients\":[{\"address\":\"%s\","
	        "\"delay_reason\":\"%s\"}]}",
	        NOW - age, address, words);
	struct mtaqueue_entry *entry = read_text(line);

	g_assert_nonnull(entry);
	queue_groups_add(groups, entry);
	mtaqueue_entry_free(entry);
}

static void expect(const GPtrArray *sorted, guint i, const char *provider, const char *reason,
                   const char *age, gint64 recipients)
{
	const struct queue_group *group = sorted->pdata[i];

	g_assert_cmpstr(group->provider, ==, provider);
	g_assert_cmpstr(group->reason, ==, reason);
	g_assert_cmpstr(group->age, ==, age);
	g_assert_cmpint(group->recipients, ==, recipients);
}

static void what_waits_is_counted_by_provider_reason_and_age(void)
{
	g_autoptr(GError) error = NULL;
	struct rules *rules = context_rules(&error);
	struct provider_table *providers = context_providers(&error);
	struct queue_groups *groups = queue_groups_new(rules, providers, NOW);
	g_autoptr(GPtrArray) sorted = NULL;
	const char *full =
	        "host gmail-smtp-in.l.google.com[192.0.2.1] said: 452 4.2.2 The email account that you tried "
	        "to reach is over quota (in reply to RCPT TO command)";

	g_assert_no_error(error);
	add(groups, 400, "a@firm.test", full);
	add(groups, 3599, "b@gmail.com", full);
	add(groups, 300, "c@gmail.com", full);
	add(groups, 299, "d@Own.test", "");
	add(groups, 298, "e@own.test", "");
	add(groups, 90000, "f@own.test", "connect to mx.hosts.test[192.0.2.9]:25: Connection timed out");
	sorted = queue_groups_sorted(groups);
	g_assert_cmpuint(sorted->len, ==, 3);
	expect(sorted, 0, "google", "mailboxfull", "5m to 1h", 3);
	g_assert_cmpint(((struct queue_group *)sorted->pdata[0])->oldest_at, ==, NOW - 3599);
	g_assert_cmpstr(((struct queue_group *)sorted->pdata[0])->words, ==, full);
	expect(sorted, 1, "own.test", "waiting", "under 5m", 2);
	expect(sorted, 2, "hosts.test", "networkerror", "over 1d", 1);
	queue_groups_free(groups);
	provider_table_free(providers);
	rules_free(rules);
}

static void a_queue_of_strangers_takes_no_more_than_its_groups(void)
{
	g_autoptr(GError) error = NULL;
	struct provider_table *providers = context_providers(&error);
	struct queue_groups *groups = queue_groups_new(NULL, providers, NOW);
	g_autoptr(GPtrArray) sorted = NULL;

	g_assert_no_error(error);
	for (int i = 0; i < LIMIT_QUEUE_GROUPS + 500; i++) {
		g_autofree char *address = g_strdup_printf("a@d%d.test", i);

		add(groups, 1, address, "");
	}
	sorted = queue_groups_sorted(groups);
	g_assert_cmpuint(sorted->len, ==, LIMIT_QUEUE_GROUPS + 1);
	expect(sorted, 0, "(others)", "waiting", "under 5m", 500);
	queue_groups_free(groups);
	provider_table_free(providers);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mtaqueue/line", a_line_of_postqueue_is_read);
	g_test_add_func("/mtaqueue/wrong", what_is_no_entry_is_told);
	g_test_add_func("/mtaqueue/hostile", hostile_words_are_cut_and_made_valid);
	g_test_add_func("/mtaqueue/run", a_program_is_run_and_strange_lines_passed_over);
	g_test_add_func("/mtaqueue/fail", a_program_that_fails_is_told);
	g_test_add_func("/mtaqueue/groups", what_waits_is_counted_by_provider_reason_and_age);
	g_test_add_func("/mtaqueue/ceiling", a_queue_of_strangers_takes_no_more_than_its_groups);
	return g_test_run();
}

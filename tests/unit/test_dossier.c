// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/dossier.h"
#include "lib/store/store_account.h"

#include "tests/unit/action_fixture.h"

static void local_parts_are_masked(void)
{
	static const struct {
		const char *text, *masked;
	} cases[] = {
	        {"550 <ann@example.org>: no such user", "550 <***@example.org>: no such user"},
	        {"ann.b+x@example.org", "***@example.org"},
	        {"no address", "no address"},
	        {"a@b@c", "***@c"},
	        {"two\nlines", "two lines"},
	        {"@", "***@"},
	        {"", ""},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *masked = dossier_mask(cases[i].text);

		g_assert_cmpstr(masked, ==, cases[i].masked);
	}
}

static char *read_file(const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autoptr(GError) error = NULL;
	char *text = NULL;

	g_file_get_contents(path, &text, NULL, &error);
	g_assert_no_error(error);
	return text;
}

static void assert_has(const char *text, const char *words)
{
	if (strstr(text, words) == NULL)
		g_error("no \"%s\" in: %s", words, text);
}

static struct context *world(struct list **list_out)
{
	struct context *context = fresh_context();
	const struct account one = {.handed = 700, .hard = 3, .complaint = 1, .reputation = 2};
	gint64 subscription_id, delivery_id;

	*list_out = fresh_list(context, "news", TRUE);
	subscription_id = add_subscription(context->store, (*list_out)->id, "secret.person@firm.test",
	                                   SUB_ACTIVE);
	delivery_id = add_sent(context, (*list_out)->id, subscription_id, MAILING_CAMPAIGN, NOW - DAY);
	g_assert_cmpint(delivery_id, ==, 1);
	run_raw(context->store, "UPDATE campaign SET subject = 'Hello {{first}}', text = 'Dear {{first}}, "
	                        "{{unsubscribe_url}}'");
	run_raw(context->store,
	        "INSERT INTO bounce (received_at, source, state, envelope_recipient, raw_size, delivery_id,"
	        " subscription_id, campaign_id, kind, blame, status, diagnostic, remote_mta) VALUES "
	        "(1799999999,"
	        " 'pipe', 'judged', '', 0, 1, 1, 1, 'hard', 'recipient', '5.1.1',"
	        " '550 <secret.person@firm.test> is unknown', 'mx.firm.test')");
	run_raw(context->store, "INSERT INTO import (list_id, at, operator, source, consent, added)"
	                        " VALUES (1, 1700000000, 'x', 'fair.csv', 'signed at the fair', 12)");
	assert_ok(store_account_add(context->store, "google", 1, &one, 0, NOW - DAY, &failure));
	assert_ok(store_account_add(context->store, "=cmd", 1, &one, 0, NOW - DAY, &failure));
	return context;
}

static void what_a_postmaster_asks_is_written(void)
{
	struct list *list;
	struct context *context = world(&list);
	g_autofree char *parent = make_folder(), *folder = g_build_filename(parent, "new", NULL);
	g_autofree char *about = NULL, *volumes = NULL, *campaigns = NULL, *opt_in = NULL, *errors = NULL,
	                *sample = NULL;
	g_auto(GStrv) written = NULL;

	assert_ok(dossier_write(context, list, folder, FALSE, NOW, &written, &failure));
	g_assert_cmpuint(g_strv_length(written), ==, 6);
	about = read_file(folder, "about.txt");
	assert_has(about, "From:                   News <news@lists.test>");
	assert_has(about, "1 active");
	assert_has(about, "https://lists.test/u/TOKEN");
	assert_has(about, "1400 messages in the last 35 days, at most 1400 in one");
	assert_has(about, "Example Street 1");
	volumes = read_file(folder, "volumes.csv");
	assert_has(volumes, "2027-01-14,google,700,3,2,1\r\n");
	/* a spreadsheet takes it for no formula */
	assert_has(volumes, "2027-01-14,\" =cmd\",700");
	campaigns = read_file(folder, "campaigns.csv");
	assert_has(campaigns, "1,2027-01-15T08:00:00Z,1,1,0\r\n");
	opt_in = read_file(folder, "opt-in.txt");
	assert_has(opt_in, "Double opt-in");
	assert_has(opt_in, "import from fair.csv, 12 addresses\n    signed at the fair");
	errors = read_file(folder, "errors.txt");
	assert_has(errors, "host=mx.firm.test status=5.1.1 550 <***@firm.test> is unknown");
	sample = read_file(folder, "sample.eml");
	assert_has(sample, "Subject: Hello Example\r\n");
	assert_has(sample, "List-Unsubscribe-Post: List-Unsubscribe=One-Click");
	for (int i = 0; written[i] != NULL; i++) {
		g_autofree char *text = read_file(folder, written[i]);

		g_assert_null(strstr(text, "secret"));
	}
	drop_folder(g_steal_pointer(&folder));
	drop_folder(g_steal_pointer(&parent));
	list_free(list);
	context_close(context);
}

static void nothing_is_overwritten_unasked(void)
{
	struct list *list;
	struct context *context = world(&list);
	char *folder = make_folder();
	g_autofree char *path = g_build_filename(folder, "opt-in.txt", NULL),
	                *about = g_build_filename(folder, "about.txt", NULL);
	g_autofree char *kept = NULL, *replaced = NULL;
	g_auto(GStrv) written = NULL;

	g_file_set_contents(path, "mine", -1, NULL);
	assert_fails(dossier_write(context, list, folder, FALSE, NOW, &written, &failure), FAILURE_NO);
	kept = read_file(folder, "opt-in.txt");
	g_assert_cmpstr(kept, ==, "mine");
	g_assert_false(g_file_test(about, G_FILE_TEST_EXISTS));
	assert_ok(dossier_write(context, list, folder, TRUE, NOW, &written, &failure));
	replaced = read_file(folder, "opt-in.txt");
	assert_has(replaced, "Double opt-in");
	drop_folder(folder);
	list_free(list);
	context_close(context);
}

static void a_folder_that_cannot_be_made_is_named(void)
{
	struct list *list;
	struct context *context = world(&list);
	char *folder = make_folder();
	g_autofree char *file = g_build_filename(folder, "file", NULL),
	                *below = g_build_filename(file, "x", NULL);
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) written = NULL;

	g_file_set_contents(file, "", -1, NULL);
	g_assert_false(dossier_write(context, list, below, FALSE, NOW, &written, &error));
	assert_has(error->message, below);
	drop_folder(folder);
	list_free(list);
	context_close(context);
}

static void a_list_without_a_past_has_no_sample(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "young", FALSE);
	char *folder = make_folder();
	g_autofree char *about = NULL, *errors = NULL, *opt_in = NULL;
	g_auto(GStrv) written = NULL;

	assert_ok(dossier_write(context, list, folder, FALSE, NOW, &written, &failure));
	g_assert_cmpuint(g_strv_length(written), ==, 5);
	about = read_file(folder, "about.txt");
	assert_has(about, "no campaign was sent yet");
	errors = read_file(folder, "errors.txt");
	assert_has(errors, "No refusal is recorded");
	opt_in = read_file(folder, "opt-in.txt");
	assert_has(opt_in, "none is recorded");
	drop_folder(folder);
	list_free(list);
	context_close(context);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/dossier/local_parts_are_masked", local_parts_are_masked);
	g_test_add_func("/dossier/what_a_postmaster_asks_is_written", what_a_postmaster_asks_is_written);
	g_test_add_func("/dossier/nothing_is_overwritten_unasked", nothing_is_overwritten_unasked);
	g_test_add_func("/dossier/a_folder_that_cannot_be_made_is_named",
	                a_folder_that_cannot_be_made_is_named);
	g_test_add_func("/dossier/a_list_without_a_past_has_no_sample", a_list_without_a_past_has_no_sample);
	return g_test_run();
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/list_quality.h"
#include "lib/action/preflight.h"
#include "lib/base/limits.h"
#include "lib/model/hygiene.h"

#include "tests/unit/action_fixture.h"
#include "tests/unit/name_server.h"

static void signs_are_read_from_the_address(void)
{
	static const struct {
		const char *key, *typo, *mailbox;
		gboolean is_role;
	} cases[] = {
	        {"ann@example.org", NULL, "ann@example.org", FALSE},
	        {"info@example.org", NULL, "info@example.org", TRUE},
	        {"info+x@example.org", NULL, "info@example.org", TRUE},
	        {"informatics@example.org", NULL, "informatics@example.org", FALSE},
	        {"a.b.c+news@gmail.com", NULL, "abc@gmail.com", FALSE},
	        {"a.b@googlemail.com", NULL, "ab@gmail.com", FALSE},
	        {"a.b@example.org", NULL, "a.b@example.org", FALSE},
	        {"a@gmial.com", "gmail.com", "a@gmial.com", FALSE},
	        {"a@gmail.co", "gmail.com", "a@gmail.co", FALSE},
	        {"a@hotmial.com", "hotmail.com", "a@hotmial.com", FALSE},
	        {"a@yahoo.gr", NULL, "a@yahoo.gr", FALSE},
	        {"a@ymail.com", NULL, "a@ymail.com", FALSE},
	        {"a@mail.com", NULL, "a@mail.com", FALSE},
	        {"a@gmail.com", NULL, "a@gmail.com", FALSE},
	        {"a@outlook.comm", "outlook.com", "a@outlook.comm", FALSE},
	        {"a@example.gmail.com", NULL, "a@example.gmail.com", FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *mailbox = hygiene_mailbox(cases[i].key);

		g_test_message("%s", cases[i].key);
		g_assert_cmpstr(hygiene_typo(strchr(cases[i].key, '@') + 1), ==, cases[i].typo);
		g_assert_cmpstr(mailbox, ==, cases[i].mailbox);
		g_assert_cmpint(hygiene_is_role(cases[i].key), ==, cases[i].is_role);
	}
}

/* Of a thousand: eight are usual, thirty a warning, sixty a pause, a hundred and twenty the end. */
static void shares_of_bounces_and_complaints_have_levels(void)
{
	g_assert_cmpint(hygiene_level(1000, 8), ==, HYGIENE_NORMAL);
	g_assert_cmpint(hygiene_level(1000, 20), ==, HYGIENE_NORMAL);
	g_assert_cmpint(hygiene_level(1000, 30), ==, HYGIENE_WARN);
	g_assert_cmpint(hygiene_level(1000, 60), ==, HYGIENE_PAUSE);
	g_assert_cmpint(hygiene_level(1000, 120), ==, HYGIENE_STOP);
	g_assert_cmpint(hygiene_level(50, 40), ==, HYGIENE_NORMAL);
	g_assert_cmpint(hygiene_complaints(10000, 9), ==, HYGIENE_NORMAL);
	g_assert_cmpint(hygiene_complaints(10000, 10), ==, HYGIENE_WARN);
	g_assert_cmpint(hygiene_complaints(10000, 30), ==, HYGIENE_PAUSE);
	g_assert_cmpint(hygiene_complaints(100, 1), ==, HYGIENE_NORMAL);
}

static const struct name_line world[] = {{"gmail.com", "MX", "5 gmail-smtp-in.l.google.com", 5},
                                         {"firm.test", "MX", "1 aspmx.l.google.com", 1},
                                         {"null.test", "MX", "0 .", 0},
                                         {"old.test", "A", "192.0.2.1", 0},
                                         {"silent.test", "MX", "!SERVFAIL", 0},
                                         {NULL, NULL, NULL, 0}};

static struct list_quality *look(struct context *context, const struct list *list, gboolean is_whole)
{
	g_autoptr(GError) error = NULL;
	struct name_server server;
	struct list_quality *quality;

	name_server_start(&server, world);
	g_free(context->settings->dns_server);
	context->settings->dns_server = g_strdup(server.address);
	quality = list_quality_look(context, list, is_whole, &error);
	g_assert_no_error(error);
	name_server_stop(&server);
	return quality;
}

static const struct preflight_result *find(const GPtrArray *results, const char *id)
{
	for (guint i = 0; i < results->len; i++)
		if (strcmp(((const struct preflight_result *)results->pdata[i])->id, id) == 0)
			return results->pdata[i];
	g_error("no %s", id);
}

static GPtrArray *tell(const struct list_quality *quality)
{
	GPtrArray *results = g_ptr_array_new_with_free_func(preflight_result_free);

	list_quality_tell(quality, results);
	return results;
}

static void a_list_is_counted(void)
{
	static const struct {
		const char *address;
		enum subscription_state state;
	} people[] = {
	        {"ann@firm.test", SUB_ACTIVE},     {"bob@firm.test", SUB_ACTIVE},
	        {"info@firm.test", SUB_ACTIVE},    {"a.b@gmail.com", SUB_ACTIVE},
	        {"ab@gmail.com", SUB_ACTIVE},      {"a.b+x@gmail.com", SUB_ACTIVE},
	        {"c.d@gmail.com", SUB_ACTIVE},     {"x@gmial.com", SUB_ACTIVE},
	        {"n@null.test", SUB_ACTIVE},       {"g@gone.test", SUB_ACTIVE},
	        {"o@old.test", SUB_ACTIVE},        {"s@silent.test", SUB_ACTIVE},
	        {"p+1@old.test", SUB_ACTIVE},      {"p+2@old.test", SUB_ACTIVE},
	        {"late@firm.test", SUB_SUSPENDED}, {"gone@firm.test", SUB_UNSUBSCRIBED},
	};
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE), *other = fresh_list(context, "other", TRUE);
	g_autoptr(GPtrArray) results = NULL;
	struct list_quality *quality;
	gint64 ids[G_N_ELEMENTS(people)];

	for (gsize i = 0; i < G_N_ELEMENTS(people); i++)
		ids[i] = add_subscription(context->store, list->id, people[i].address, people[i].state);
	add_subscription(context->store, other->id, "p@old.test", SUB_ACTIVE);
	run_raw(context->store, "INSERT INTO consent (subscription_id, at, how, actor, text) VALUES (1, 1, "
	                        "'command', 'x', 'y')");
	run_raw(context->store, "INSERT INTO import (list_id, at, operator, source, consent) VALUES (1, 1, "
	                        "'x', 'y', 'z'), (1, 1, 'x', 'y', NULL)");
	run_raw(context->store, "UPDATE subscription SET import_id = 1 WHERE id IN (2, 3)");
	run_raw(context->store, "UPDATE subscription SET import_id = 2 WHERE id = 4");
	add_sent(context, list->id, ids[0], MAILING_CAMPAIGN, NOW);

	quality = look(context, list, FALSE);
	g_assert_cmpint(quality->total, ==, 16);
	g_assert_cmpint(quality->looked, ==, 16);
	g_assert_cmpint(quality->active, ==, 14);
	g_assert_cmpint(quality->suspended, ==, 1);
	g_assert_cmpint(quality->without_evidence, ==, 11);
	g_assert_cmpint(quality->never_mailed, ==, 13);
	g_assert_cmpint(quality->roles, ==, 1);
	g_assert_cmpint(quality->typos, ==, 1);
	g_assert_cmpstr(quality->typo, ==, "gmial.com");
	/* two of three spellings at Gmail, one of two with a plus; the plain one of these is on another list
	 */
	g_assert_cmpint(quality->duplicates, ==, 3);
	g_assert_cmpint(quality->in_null_mx, ==, 1);
	g_assert_cmpint(quality->in_gone, ==, 2); /* gone.test and gmial.com */
	g_assert_cmpstr(g_array_index(quality->groups, struct quality_group, 0).name, ==, "google");
	g_assert_cmpint(g_array_index(quality->groups, struct quality_group, 0).count, ==, 7);
	g_assert_cmpint(quality->campaigns, ==, 1);
	g_assert_cmpint(quality->handed, ==, 1);

	results = tell(quality);
	g_assert_cmpint(find(results, "list.consent")->colour, ==, PREFLIGHT_RED);
	g_assert_cmpint(find(results, "list.roles")->colour, ==, PREFLIGHT_YELLOW);
	g_assert_cmpint(find(results, "list.typos")->colour, ==, PREFLIGHT_YELLOW);
	g_assert_cmpint(find(results, "list.domains")->colour, ==, PREFLIGHT_RED);
	g_assert_cmpint(find(results, "list.duplicates")->colour, ==, PREFLIGHT_YELLOW);
	g_assert_cmpint(find(results, "list.never-mailed")->colour, ==, PREFLIGHT_YELLOW);
	g_assert_cmpint(find(results, "list.suspended")->colour, ==, PREFLIGHT_YELLOW);
	g_assert_cmpint(find(results, "list.bounces")->colour, ==, PREFLIGHT_GREEN);
	list_quality_free(quality);
	list_free(list);
	list_free(other);
	context_close(context);
}

static void a_list_without_anybody_is_no_error(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "empty", TRUE);
	struct list_quality *quality = look(context, list, FALSE);
	g_autoptr(GPtrArray) results = tell(quality);

	g_assert_cmpint(quality->total, ==, 0);
	g_assert_cmpint(find(results, "list.domains")->colour, ==, PREFLIGHT_UNKNOWN);
	g_assert_cmpint(find(results, "list.bounces")->colour, ==, PREFLIGHT_UNKNOWN);
	g_assert_cmpint(find(results, "list.consent")->colour, ==, PREFLIGHT_GREEN);
	list_quality_free(quality);
	list_free(list);
	context_close(context);
}

/* Past a size, pages from all over the list stand for it. */
static void a_long_list_is_sampled(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "long", TRUE);
	struct list_quality *quality;
	const gint64 total = LIMIT_QUALITY_WHOLE + 20000;
	g_autofree char *people = g_strdup_printf(
	        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %" G_GINT64_FORMAT
	        ")"
	        " INSERT INTO subscriber (address, created_at) SELECT CASE WHEN i %% 10 = 0 THEN 'info' || "
	        "'+' ELSE 'u' END"
	        " || i || CASE WHEN i > 60000 THEN '@firm.test' ELSE '@old.test' END, 1 FROM n",
	        total);

	run_raw(context->store, people);
	run_raw(context->store,
	        "INSERT INTO subscription (list_id, subscriber_id, state, state_at, created_at)"
	        " SELECT 1, id, CASE WHEN id % 5 = 0 THEN 'suspended' ELSE 'active' END, 1, 1 FROM "
	        "subscriber");
	quality = look(context, list, FALSE);
	g_assert_cmpint(quality->total, ==, total);
	g_assert_cmpint(quality->looked, ==, LIMIT_QUALITY_SAMPLE);
	g_assert_cmpfloat_with_epsilon((double)quality->suspended / (double)quality->looked, 0.2, 0.01);
	g_assert_cmpint(quality->groups->len, ==, 2);
	/* half of them are at each, however they came in */
	for (guint i = 0; i < 2; i++)
		g_assert_cmpfloat_with_epsilon(
		        (double)g_array_index(quality->groups, struct quality_group, i).daily,
		        (double)total * 0.8 / 2, (double)total * 0.01);
	list_quality_free(quality);
	quality = look(context, list, TRUE);
	g_assert_cmpint(quality->looked, ==, total);
	g_assert_cmpint(quality->suspended, ==, total / 5);
	list_quality_free(quality);
	list_free(list);
	context_close(context);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/list_quality/signs_are_read_from_the_address", signs_are_read_from_the_address);
	g_test_add_func("/list_quality/shares_of_bounces_and_complaints_have_levels",
	                shares_of_bounces_and_complaints_have_levels);
	g_test_add_func("/list_quality/a_list_is_counted", a_list_is_counted);
	g_test_add_func("/list_quality/a_list_without_anybody_is_no_error",
	                a_list_without_anybody_is_no_error);
	g_test_add_func("/list_quality/a_long_list_is_sampled", a_long_list_is_sampled);
	return g_test_run();
}

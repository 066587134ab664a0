// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/erasure.h"
#include "lib/action/evidence.h"
#include "lib/action/reconfirm.h"
#include "lib/action/timers.h"

#include "tests/unit/action_fixture.h"

/* A context over a database in a folder, since erasing leaves a file beside it. */
struct scene {
	struct context *context;
	struct list *list;
	char *folder;
	char *database;
};

static void scene_init(struct scene *scene)
{
	scene->context = fresh_context();
	scene->folder = make_folder();
	scene->database = g_build_filename(scene->folder, "carom.db", NULL);
	g_free(scene->context->settings->database);
	scene->context->settings->database = g_strdup(scene->database);
	scene->list = fresh_list(scene->context, "news", TRUE);
}

static void scene_clear(struct scene *scene)
{
	list_free(scene->list);
	context_close(scene->context);
	g_free(scene->database);
	drop_folder(scene->folder);
}

/* Somebody with all kinds of rows; the subscription's id. */
static gint64 add_person(struct scene *scene, const char *address)
{
	struct store *store = scene->context->store;
	gint64 id = add_subscription(store, scene->list->id, address, SUB_ACTIVE), request;
	gint64 delivery = add_sent(scene->context, scene->list->id, id, MAILING_CAMPAIGN, NOW);
	struct consent consent = {.at = NOW,
	                          .how = (char *)"confirm",
	                          .actor = (char *)"web",
	                          .network = (char *)"192.0.2.77",
	                          .text = (char *)"yes"};
	g_autoptr(GBytes) raw = g_bytes_new("raw", 3);
	gint64 bounce;
	g_autofree char *link = NULL;

	assert_ok(store_request_add(store, id, NOW, NOW + DAY, &request, &failure));
	assert_ok(store_consent_add(store, id, &consent, &failure));
	assert_ok(store_bounce_keep(store, "pipe", "b+x@lists.test", raw, FALSE, NOW, &bounce, &failure));
	link = g_strdup_printf("UPDATE bounce SET delivery_id = %d, subscription_id = %d", (int)delivery,
	                       (int)id);
	run_raw(store, link);
	return id;
}

static gint64 rows(struct scene *scene)
{
	return ask(scene->context->store,
	           "SELECT (SELECT count(*) FROM subscriber) + (SELECT count(*) FROM subscription) +"
	           " (SELECT count(*) FROM delivery) + (SELECT count(*) FROM consent) +"
	           " (SELECT count(*) FROM request) + (SELECT count(*) FROM bounce)");
}

static gboolean is_covered(struct scene *scene, const char *address)
{
	gboolean covers;

	assert_ok(erasure_covers(scene->context, address, &covers, &failure));
	return covers;
}

static void erasing_takes_everything_but_the_hash(void)
{
	struct scene scene;
	struct erasure erasure;
	enum membership_outcome outcome;
	g_autofree char *path = NULL, *text = NULL;

	scene_init(&scene);
	add_person(&scene, "ann@example.org");
	g_assert_false(is_covered(&scene, "ann@example.org"));
	assert_ok(erasure_run(scene.context, "Ann@Example.org", &by_command, NOW, &erasure, &failure));
	g_assert_cmpint(erasure.subscriptions, ==, 1);
	g_assert_cmpint(rows(&scene), ==, 0);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM suppression WHERE address IS NULL"),
	                ==, 1);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM event WHERE what = 'erase'"), ==, 1);
	g_assert_true(is_covered(&scene, "ANN@example.org"));
	g_assert_false(is_covered(&scene, "bob@example.org"));
	/* nothing brings the address back, not even the operator's word */
	assert_ok(membership_subscribe(scene.context, "news", "ann@example.org", "on paper", TRUE,
	                               &by_command, NOW, &outcome, &failure));
	g_assert_cmpint((int)outcome, ==, (int)MEMBERSHIP_SUPPRESSED);
	path = erasure_path(scene.context);
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_assert_null(strstr(text, "ann"));
	g_assert_cmpuint(strlen(text), ==, 64 + 1 + 10 + 1);
	assert_fails(erasure_run(scene.context, "no address", &by_command, NOW, &erasure, &failure),
	             FAILURE_DATA);
	assert_fails(erasure_run(scene.context, "none@example.org", &by_command, NOW, &erasure, &failure),
	             FAILURE_NOINPUT);
	/* a second time is no error */
	assert_ok(erasure_run(scene.context, "ann@example.org", &by_command, NOW, &erasure, &failure));
	scene_clear(&scene);
}

static void an_old_token_leads_to_nobody_after_erasing(void)
{
	struct scene scene;
	struct erasure erasure;
	enum membership_outcome outcome;
	gint64 old, new;
	g_autofree char *token = NULL;

	scene_init(&scene);
	old = add_person(&scene, "ann@example.org");
	token = token_text(scene.context, TOKEN_UNSUBSCRIBE, old, NOW);
	assert_ok(erasure_run(scene.context, "ann@example.org", &by_command, NOW, &erasure, &failure));
	new = add_person(&scene, "bob@example.org");
	g_assert_cmpint(new, >, old);
	assert_fails(membership_unsubscribe_token(scene.context, token, &by_command, NOW, &outcome, &failure),
	             FAILURE_NOINPUT);
	g_assert_cmpstr(state_of(scene.context, new), ==, "active");
	scene_clear(&scene);
}

static void who_is_being_mailed_just_now_is_erased_a_moment_later(void)
{
	struct scene scene;
	struct erasure erasure;

	scene_init(&scene);
	add_person(&scene, "ann@example.org");
	run_raw(scene.context->store, "UPDATE delivery SET state = 'handing'");
	assert_fails(erasure_run(scene.context, "ann@example.org", &by_command, NOW, &erasure, &failure),
	             FAILURE_LATER);
	g_assert_true(is_covered(&scene, "ann@example.org"));
	run_raw(scene.context->store, "UPDATE delivery SET state = 'sent'");
	assert_ok(erasure_run(scene.context, "ann@example.org", &by_command, NOW, &erasure, &failure));
	g_assert_cmpint(rows(&scene), ==, 0);
	scene_clear(&scene);
}

static void a_restored_database_forgets_again_who_was_erased(void)
{
	struct scene scene, restored;
	struct erasure erasure;
	g_autofree char *path = NULL;
	int erased;

	scene_init(&scene);
	add_person(&scene, "ann@example.org");
	assert_ok(erasure_run(scene.context, "ann@example.org", &by_command, NOW, &erasure, &failure));
	path = erasure_path(scene.context);
	scene_init(&restored);
	*restored.context->secrets = *scene.context->secrets;
	add_person(&restored, "ann@example.org");
	add_person(&restored, "bob@example.org");
	assert_ok(erasure_replay(restored.context, path, &by_command, NOW, &erased, &failure));
	g_assert_cmpint(erased, ==, 1);
	g_assert_cmpint(ask(restored.context->store, "SELECT count(*) FROM subscriber"), ==, 1);
	g_assert_true(is_covered(&restored, "ann@example.org"));
	assert_ok(g_file_set_contents(path, "nonsense\n", -1, &failure));
	assert_fails(erasure_replay(restored.context, path, &by_command, NOW, &erased, &failure),
	             FAILURE_DATA);
	scene_clear(&restored);
	scene_clear(&scene);
}

static void network_addresses_are_cut_after_thirty_days_and_nothing_else_changes(void)
{
	struct scene scene;
	int done;

	scene_init(&scene);
	add_person(&scene, "ann@example.org");
	assert_ok(evidence_cut(scene.context, NOW + 30 * DAY, &done, &failure));
	g_assert_cmpint(done, ==, 0);
	assert_ok(evidence_cut(scene.context, NOW + 30 * DAY + 1, &done, &failure));
	g_assert_cmpint(done, ==, 1);
	g_assert_cmpint(
	        ask(scene.context->store, "SELECT count(*) FROM consent WHERE network = '192.0.2.0/24'"), ==,
	        1);
	assert_ok(evidence_cut(scene.context, NOW + 40 * DAY, &done, &failure));
	g_assert_cmpint(done, ==, 0);
	/* append only */
	g_assert_cmpint(
	        sqlite3_exec(scene.context->store->db, "UPDATE consent SET text = 'no'", NULL, NULL, NULL),
	        !=, SQLITE_OK);
	scene_clear(&scene);
}

static void the_silent_are_asked_once_and_an_answer_is_new_evidence(void)
{
	struct scene scene;
	struct reconfirm result;
	enum membership_outcome outcome;
	gint64 later = NOW + 400 * DAY, request;
	g_autofree char *token = NULL;

	scene_init(&scene);
	add_person(&scene, "old@example.org");
	add_person(&scene, "fresh@example.org");
	run_raw(scene.context->store, "DELETE FROM request");
	run_raw(scene.context->store,
	        "UPDATE subscription SET created_at = created_at + 399 * 86400 WHERE id = 2");
	assert_ok(reconfirm_run(scene.context, scene.list, 365 * DAY, TRUE, &by_command, later, &result,
	                        &failure));
	g_assert_cmpint(result.active, ==, 2);
	g_assert_cmpint(result.idle, ==, 1);
	g_assert_cmpint(result.asked, ==, 0);
	assert_ok(reconfirm_run(scene.context, scene.list, 365 * DAY, FALSE, &by_command, later, &result,
	                        &failure));
	g_assert_cmpint(result.asked, ==, 1);
	assert_ok(reconfirm_run(scene.context, scene.list, 365 * DAY, FALSE, &by_command, later + 1, &result,
	                        &failure));
	g_assert_cmpint(result.asked, ==, 0);
	request = ask(scene.context->store, "SELECT max(id) FROM request");
	token = token_text(scene.context, TOKEN_CONFIRM, request, later);
	assert_ok(membership_confirm(scene.context, token, &by_command, later + DAY, &outcome, &failure));
	g_assert_cmpint((int)outcome, ==, (int)MEMBERSHIP_ALREADY);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM consent WHERE subscription_id = 1"),
	                ==, 2);
	assert_ok(membership_confirm(scene.context, token, &by_command, later + DAY, &outcome, &failure));
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM consent WHERE subscription_id = 1"),
	                ==, 2);
	assert_ok(reconfirm_run(scene.context, scene.list, 365 * DAY, FALSE, &by_command, later + 300 * DAY,
	                        &result, &failure));
	g_assert_cmpint(result.idle, ==, 0);
	scene_clear(&scene);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/erasure/" #name, name)
	TEST(erasing_takes_everything_but_the_hash);
	TEST(an_old_token_leads_to_nobody_after_erasing);
	TEST(who_is_being_mailed_just_now_is_erased_a_moment_later);
	TEST(a_restored_database_forgets_again_who_was_erased);
	TEST(network_addresses_are_cut_after_thirty_days_and_nothing_else_changes);
	TEST(the_silent_are_asked_once_and_an_answer_is_new_evidence);
	return g_test_run();
}

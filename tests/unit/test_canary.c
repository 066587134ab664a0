// SPDX-License-Identifier: GPL-3.0-or-later
/* The first slice of a campaign: who is in it, and what becomes of the rest. */
#include "lib/action/canary.h"

#include "lib/action/outbox.h"
#include "lib/store/store_canary.h"
#include "lib/store/store_notice.h"
#include "tests/unit/action_fixture.h"

enum { SLICE = 20, BIG = 300, SMALL = 20, WAIT_S = 600 };

struct scene {
	struct context *context;
	struct list *list;
	gint64 id;
};

static void add(struct scene *scene, const char *domain, int count)
{
	for (int i = 0; i < count; i++) {
		g_autofree char *address = g_strdup_printf("%d@%s", i, domain);

		add_subscription(scene->context->store, scene->list->id, address, SUB_ACTIVE);
	}
}

static void scene_init(struct scene *scene, const struct outbox_terms *terms)
{
	struct compose_content content = {.subject = "S", .text = "{{unsubscribe_url}}"};

	scene->context = fresh_context();
	scene->list = fresh_list(scene->context, "news", TRUE);
	add(scene, "gmail.com", BIG);
	add(scene, "googlemail.com", SMALL);
	add(scene, "one.test", 1);
	add(scene, "two.test", SMALL);
	assert_ok(outbox_campaign_on(scene->context, scene->list, &content, terms, NOW, NULL, NULL,
	                             &scene->id, &failure));
}

static void scene_clear(struct scene *scene)
{
	list_free(scene->list);
	context_close(scene->context);
}

static void watch(struct scene *scene, gint64 now)
{
	struct campaign *campaign = store_campaign_by_id(scene->context->store, scene->id, NULL);

	assert_ok(canary_watch(scene->context, campaign, now, &failure));
	campaign_free(campaign);
}

static enum canary_state state(struct scene *scene)
{
	struct campaign *campaign = store_campaign_by_id(scene->context->store, scene->id, NULL);
	enum canary_state state = campaign->canary;

	campaign_free(campaign);
	return state;
}

static gint64 first(struct scene *scene, const char *domain)
{
	g_autofree char *sql = g_strdup_printf(
	        "SELECT count(*) FROM delivery d JOIN subscription s ON s.id = d.subscription_id JOIN "
	        "subscriber p"
	        " ON p.id = s.subscriber_id WHERE d.next_at = 1800000000 AND p.address LIKE '%%@%s'",
	        domain);

	return ask(scene->context->store, sql);
}

static gint64 waiting(struct scene *scene)
{
	return ask(scene->context->store, "SELECT count(*) FROM delivery WHERE next_at = 253402300799");
}

/* As listd would leave them. */
static void hand_over(struct scene *scene, int failed, int deferred)
{
	g_autofree char *sql = g_strdup_printf("UPDATE delivery SET state = 'failed', next_at = NULL, "
	                                       "attempts = 1, ended_at = 1 WHERE id IN (SELECT id"
	                                       " FROM delivery WHERE next_at = 1800000000 LIMIT %d)",
	                                       failed);
	g_autofree char *later = g_strdup_printf("UPDATE delivery SET state = 'deferred', next_at = "
	                                         "1800000300, attempts = 1 WHERE id IN (SELECT id"
	                                         " FROM delivery WHERE next_at = 1800000000 LIMIT %d)",
	                                         deferred);

	run_raw(scene->context->store, sql);
	run_raw(scene->context->store, later);
	run_raw(scene->context->store,
	        "UPDATE delivery SET state = 'sent', next_at = NULL, attempts = 1, ended_at = 1"
	        " WHERE next_at = 1800000000");
}

static void each_provider_has_its_share_of_the_slice(void)
{
	const struct outbox_terms terms = {.canary_size = SLICE, .canary_wait_s = WAIT_S};
	struct scene scene;

	scene_init(&scene, &terms);
	g_assert_cmpint(first(&scene, "gmail.com") + first(&scene, "googlemail.com"), >=, SLICE - 4);
	g_assert_cmpint(first(&scene, "one.test"), ==, 1);
	g_assert_cmpint(first(&scene, "two.test"), >=, 1);
	g_assert_cmpint(first(&scene, "%"), ==, SLICE);
	g_assert_cmpint(waiting(&scene), ==, BIG + 2 * SMALL + 1 - SLICE);
	g_assert_cmpint(state(&scene), ==, CANARY_SLICE);
	scene_clear(&scene);
}

static void a_share_is_twenty_at_least_and_never_all(void)
{
	static const struct {
		struct outbox_terms terms;
		gint64 first;
	} cases[] = {
	        {{.canary_percent = 1}, 20}, {{.canary_percent = 50}, 170},
	        {{.canary_size = 1}, 1},     {{.canary_size = 5000}, BIG + 2 * SMALL + 1},
	        {{0}, BIG + 2 * SMALL + 1},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct scene scene;

		scene_init(&scene, &cases[i].terms);
		g_assert_cmpint(first(&scene, "%"), ==, cases[i].first);
		scene_clear(&scene);
	}
}

static void the_rest_goes_when_the_slice_went_well(void)
{
	const struct outbox_terms terms = {.canary_size = SLICE, .canary_wait_s = WAIT_S};
	gint64 rest = BIG + 2 * SMALL + 1 - SLICE;
	struct scene scene;

	scene_init(&scene, &terms);
	watch(&scene, NOW);
	g_assert_cmpint(state(&scene), ==, CANARY_SLICE);
	hand_over(&scene, 1, 3);
	watch(&scene, NOW + 10);
	g_assert_cmpint(state(&scene), ==, CANARY_WAIT);
	watch(&scene, NOW + 10 + WAIT_S - 1);
	g_assert_cmpint(waiting(&scene), ==, rest);
	watch(&scene, NOW + 10 + WAIT_S);
	watch(&scene, NOW + 10 + WAIT_S);
	g_assert_cmpint(waiting(&scene), ==, 0);
	g_assert_cmpint(first(&scene, "%"), ==, 0);
	watch(&scene, NOW + 10 + WAIT_S);
	g_assert_cmpint(state(&scene), ==, CANARY_PASSED);
	scene_clear(&scene);
}

static void a_bad_slice_stops_it_until_somebody_resumes_it(void)
{
	static const struct {
		int failed, deferred, complaints;
		gint64 at; /* when it is seen */
		const char *words;
	} cases[] = {
	        {2, 0, 0, NOW + 5, "of the first 20, 2 came back or were refused"},
	        {0, 4, 0, NOW + 5 + WAIT_S, "of the first 20, 4 were put off"},
	        {0, 0, 2, NOW + 6, "of the first 20, 2 were complained of"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct outbox_terms terms = {.canary_size = SLICE, .canary_wait_s = WAIT_S};
		struct campaign *campaign;
		struct scene scene;
		gboolean has;

		scene_init(&scene, &terms);
		hand_over(&scene, cases[i].failed, cases[i].deferred);
		if (cases[i].failed == 0)
			watch(&scene, NOW + 5);
		if (cases[i].complaints > 0)
			run_raw(scene.context->store, "INSERT INTO campaign_account (campaign_id, provider, "
			                              "complaint) VALUES (1, 'x', 2)");
		watch(&scene, cases[i].at);
		campaign = store_campaign_by_id(scene.context->store, scene.id, NULL);
		g_assert_cmpint(campaign->state, ==, CAMPAIGN_PAUSED);
		g_assert_cmpint(campaign->canary, ==, CANARY_STOPPED);
		g_assert_cmpstr(campaign->pause_reason, ==, cases[i].words);
		campaign_free(campaign);
		assert_ok(store_notice_has(scene.context->store, scene.list->id, "canary:1", &has, &failure));
		g_assert_true(has);
		g_assert_cmpint(waiting(&scene), >, 0);
		assert_ok(outbox_resume(scene.context, scene.id, "command", NOW + 9, &failure));
		watch(&scene, NOW + 9);
		watch(&scene, NOW + 9);
		g_assert_cmpint(waiting(&scene), ==, 0);
		g_assert_cmpint(state(&scene), ==, CANARY_PASSED);
		scene_clear(&scene);
	}
}

static void one_that_cannot_go_does_not_hold_up_the_rest_for_ever(void)
{
	const struct outbox_terms terms = {.canary_size = SLICE, .canary_wait_s = WAIT_S};
	struct scene scene;

	scene_init(&scene, &terms);
	/* its provider's DNS does not answer: it is put back again and again */
	run_raw(scene.context->store,
	        "UPDATE delivery SET next_at = 1800009999 WHERE id = (SELECT min(id) FROM delivery"
	        " WHERE next_at = 1800000000)");
	hand_over(&scene, 0, 0);
	watch(&scene, NOW + WAIT_S - 1);
	g_assert_cmpint(state(&scene), ==, CANARY_SLICE);
	watch(&scene, NOW + WAIT_S);
	g_assert_cmpint(state(&scene), ==, CANARY_WAIT);
	scene_clear(&scene);
}

static void a_campaign_left_half_prepared_keeps_its_slice(void)
{
	const struct outbox_terms terms = {.canary_size = SLICE, .canary_wait_s = WAIT_S};
	struct scene scene;

	scene_init(&scene, &terms);
	run_raw(scene.context->store, "UPDATE campaign SET state = 'preparing', filled_to = 100");
	run_raw(scene.context->store, "DELETE FROM delivery WHERE subscription_id > 100");
	run_raw(scene.context->store, "UPDATE delivery SET next_at = 253402300799");
	assert_ok(outbox_fill(scene.context, scene.id, NOW, NULL, NULL, &failure));
	g_assert_cmpint(first(&scene, "%"), ==, SLICE);
	g_assert_cmpint(waiting(&scene), ==, BIG + 2 * SMALL + 1 - SLICE);
	scene_clear(&scene);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/canary/" #name, name)
	TEST(each_provider_has_its_share_of_the_slice);
	TEST(a_share_is_twenty_at_least_and_never_all);
	TEST(the_rest_goes_when_the_slice_went_well);
	TEST(a_bad_slice_stops_it_until_somebody_resumes_it);
	TEST(a_campaign_left_half_prepared_keeps_its_slice);
	TEST(one_that_cannot_go_does_not_hold_up_the_rest_for_ever);
	return g_test_run();
}

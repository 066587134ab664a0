// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/domain_watch.h"
#include "lib/action/timers.h"

#include "tests/unit/judging_fixture.h"

/* A domain is dead when our own resolver found it gone three times; until then its bounces are bounces. */

struct resolver {
	enum domain_answer answer;
	int asked;
};

static enum domain_answer look_up(const char *domain, void *user)
{
	struct resolver *resolver = user;

	g_assert_cmpstr(domain, ==, "gone.test");
	resolver->asked++;
	return resolver->answer;
}

struct scene {
	struct context *context;
	struct list *list;
	struct resolver resolver;
	gint64 ids[3]; /* two at gone.test, one elsewhere */
};

static void scene_init(struct scene *scene, enum domain_answer answer)
{
	static const char *const addresses[] = {"a@gone.test", "b@gone.test", "c@there.test"};

	scene->context = fresh_context();
	scene->list = fresh_list(scene->context, "news", TRUE);
	scene->resolver = (struct resolver){.answer = answer};
	scene->context->look_up = look_up;
	scene->context->look_up_user = &scene->resolver;
	for (int i = 0; i < 3; i++)
		scene->ids[i] = add_subscription(scene->context->store, scene->list->id, addresses[i],
		                                 SUB_ACTIVE);
}

static void scene_clear(struct scene *scene)
{
	list_free(scene->list);
	context_close(scene->context);
}

static struct timers_result run_at(struct scene *scene, gint64 now)
{
	struct timers_result result;

	assert_ok(timers_run(scene->context, now, &result, &failure));
	return result;
}

static void suspect(struct scene *scene, gint64 now)
{
	gint64 delivery = send_to(scene->context, add_issue(scene->context, scene->list->id), scene->ids[0],
	                          now);

	come_back(scene->context, MAILING_CAMPAIGN, delivery, scene->ids[0], now, "5.1.2",
	          "550 5.1.2 Host unknown", now);
}

static void three_looks_days_apart_remove_all_its_subscribers(void)
{
	struct scene scene;

	scene_init(&scene, DOMAIN_GONE);
	suspect(&scene, NOW);
	g_assert_cmpstr(state_of(scene.context, scene.ids[0]), ==, "active");
	g_assert_cmpint(run_at(&scene, NOW + 60).looks, ==, 1);
	g_assert_cmpint(run_at(&scene, NOW + 23 * HOUR).looks, ==, 0);
	g_assert_cmpint(run_at(&scene, NOW + 25 * HOUR).looks, ==, 1);
	g_assert_cmpint(run_at(&scene, NOW + 60 * HOUR).looks, ==, 0);
	g_assert_cmpstr(state_of(scene.context, scene.ids[1]), ==, "active");
	g_assert_cmpint(run_at(&scene, NOW + 73 * HOUR).domain_moves, ==, 2);
	g_assert_cmpint(ask(scene.context->store,
	                    "SELECT count(*) FROM subscription WHERE state = 'removed' AND cause = 'domain'"),
	                ==, 2);
	g_assert_cmpstr(state_of(scene.context, scene.ids[2]), ==, "active");
	/* that is all: nothing is asked or moved again */
	g_assert_cmpint(run_at(&scene, NOW + 30 * DAY).domain_moves, ==, 0);
	g_assert_cmpint(scene.resolver.asked, ==, 3);
	g_assert_cmpint(ask(scene.context->store, "SELECT count FROM notice WHERE subject = 'domain-dead'"),
	                ==, 2);
	scene_clear(&scene);
}

static void a_domain_that_lives_or_does_not_answer_removes_nobody(void)
{
	static const enum domain_answer answers[] = {DOMAIN_LIVES, DOMAIN_SILENT};

	for (gsize i = 0; i < G_N_ELEMENTS(answers); i++) {
		struct scene scene;

		scene_init(&scene, answers[i]);
		suspect(&scene, NOW);
		for (int hour = 1; hour < 200; hour += 7)
			run_at(&scene, NOW + hour * HOUR);
		g_assert_cmpint(scene.resolver.asked, >, 0);
		g_assert_cmpint(
		        ask(scene.context->store, "SELECT count(*) FROM subscription WHERE state = 'active'"),
		        ==, 3);
		scene_clear(&scene);
	}
}

static void one_answer_that_finds_it_begins_anew(void)
{
	struct scene scene;

	scene_init(&scene, DOMAIN_GONE);
	suspect(&scene, NOW);
	run_at(&scene, NOW + 60);
	run_at(&scene, NOW + 25 * HOUR);
	scene.resolver.answer = DOMAIN_LIVES;
	run_at(&scene, NOW + 73 * HOUR);
	scene.resolver.answer = DOMAIN_GONE;
	run_at(&scene, NOW + 200 * HOUR);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM subscription WHERE state = 'active'"),
	                ==, 3);
	g_assert_cmpint(ask(scene.context->store, "SELECT looks FROM domain WHERE name = 'gone.test'"), ==,
	                0);
	scene_clear(&scene);
}

/* Letters that expire on the way: the domain's account, nobody's score; for a month, and its subscribers
 * wait. */
static void a_month_without_contact_suspends(void)
{
	struct scene scene;
	struct subscription *subscription;

	scene_init(&scene, DOMAIN_LIVES);
	for (int week = 0; week < 6; week++) {
		gint64 at = NOW + week * 7 * DAY;
		gint64 delivery = send_to(scene.context, add_issue(scene.context, scene.list->id),
		                          scene.ids[0], at);

		come_back(scene.context, MAILING_CAMPAIGN, delivery, scene.ids[0], at, "4.4.1",
		          "connect to mx.gone.test[192.0.2.1]:25: Connection timed out", at + 5 * DAY);
		run_at(&scene, at + 5 * DAY);
		if (week < 4)
			g_assert_cmpstr(state_of(scene.context, scene.ids[1]), ==, "active");
	}
	subscription = get_subscription(scene.context, scene.ids[1]);
	g_assert_cmpint(subscription->state, ==, SUB_SUSPENDED);
	g_assert_cmpint(subscription->cause, ==, CAUSE_DOMAIN);
	g_assert_cmpint(subscription->half_points, ==, 0);
	g_assert_cmpint(subscription->suspended_until, >, NOW + 35 * DAY);
	subscription_free(subscription);
	g_assert_cmpstr(state_of(scene.context, scene.ids[2]), ==, "active");
	scene_clear(&scene);
}

static void a_letter_that_arrived_is_contact(void)
{
	struct scene scene;

	scene_init(&scene, DOMAIN_LIVES);
	for (int week = 0; week < 6; week++) {
		gint64 at = NOW + week * 7 * DAY, campaign = add_issue(scene.context, scene.list->id);
		gint64 delivery = send_to(scene.context, campaign, scene.ids[0], at);

		/* the other one gets all of them, but for the last */
		if (week < 5)
			send_to(scene.context, campaign, scene.ids[1], at);
		come_back(scene.context, MAILING_CAMPAIGN, delivery, scene.ids[0], at, "4.4.1",
		          "connect to mx.gone.test[192.0.2.1]:25: Connection timed out", at + 5 * DAY);
		run_at(&scene, at + 5 * DAY);
	}
	g_assert_cmpstr(state_of(scene.context, scene.ids[1]), ==, "active");
	scene_clear(&scene);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/domain_watch/" #name, name)
	TEST(three_looks_days_apart_remove_all_its_subscribers);
	TEST(a_domain_that_lives_or_does_not_answer_removes_nobody);
	TEST(one_answer_that_finds_it_begins_anew);
	TEST(a_month_without_contact_suspends);
	TEST(a_letter_that_arrived_is_contact);
	return g_test_run();
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/change.h"
#include "lib/action/life_again.h"
#include "lib/action/list_policy.h"
#include "lib/action/timers.h"
#include "lib/action/undo.h"
#include "lib/store/store_life.h"

#include "tests/unit/judging_fixture.h"

/* What bounces did is taken back exactly; the event log alone tells every life. */

static struct policy *policy_1(struct context *context)
{
	struct list *list = get_list(context, "news");
	g_autoptr(GError) error = NULL;
	struct policy *policy = list_policy(context, list, &error);

	g_assert_no_error(error);
	list_free(list);
	return policy;
}

static char *life_of(struct context *context, gint64 id)
{
	struct subscription *subscription = get_subscription(context, id);
	char *life = subscription_life_write(subscription);

	subscription_free(subscription);
	return life;
}

static void undo_one(struct context *context, gint64 bounce_id, gint64 now)
{
	struct undo_result result;

	assert_ok(undo_bounce(context, bounce_id, TRUE, "command", now, &result, &failure));
	g_assert_true(result.is_known);
}

static void run_timers(struct context *context, gint64 now)
{
	struct timers_result result;

	assert_ok(timers_run(context, now, &result, &failure));
}

static void a_hard_failure_is_taken_back_also_after_the_removal(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	gint64 id = add_subscription(context->store, list->id, "a@example.org", SUB_ACTIVE);
	gint64 delivery = send_to(context, add_issue(context, list->id), id, NOW);
	g_autofree char *before = life_of(context, id), *after = NULL;
	gint64 bounce = fail_hard(context, delivery, id, NOW, NOW + HOUR);

	g_assert_cmpstr(state_of(context, id), ==, "suspended");
	run_timers(context, NOW + 4 * DAY);
	g_assert_cmpstr(state_of(context, id), ==, "removed");
	undo_one(context, bounce, NOW + 5 * DAY);
	after = life_of(context, id);
	g_assert_cmpstr(after, ==, before);
	/* the events stay, and there is one more */
	g_assert_cmpint(
	        ask(context->store,
	            "SELECT count(*) FROM event WHERE what IN ('hard-bounce', 'removal-due', 'undo')"),
	        ==, 3);
	g_assert_cmpint(ask(context->store,
	                    "SELECT count(*) FROM bounce WHERE undone_at IS NOT NULL AND state = 'judged'"),
	                ==, 1);
	/* a second time does nothing */
	undo_one(context, bounce, NOW + 6 * DAY);
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM event WHERE what = 'undo'"), ==, 1);
	list_free(list);
	context_close(context);
}

static void a_dry_run_tells_and_changes_nothing(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	gint64 id = add_subscription(context->store, list->id, "a@example.org", SUB_ACTIVE);
	gint64 bounce = fail_hard(context, send_to(context, add_issue(context, list->id), id, NOW), id, NOW,
	                          NOW + HOUR);
	gint64 events = ask(context->store, "SELECT count(*) FROM event");
	struct undo_result result;

	assert_ok(undo_bounce(context, bounce, FALSE, "command", NOW + DAY, &result, &failure));
	g_assert_cmpint(result.state_before, ==, SUB_SUSPENDED);
	g_assert_cmpint(result.state_after, ==, SUB_ACTIVE);
	g_assert_cmpstr(state_of(context, id), ==, "suspended");
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM event"), ==, events);
	list_free(list);
	context_close(context);
}

/* Of three that suspended, the middle one is taken back: two are not enough, and never were. */
static void one_of_several_is_taken_back_out_of_the_middle(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	gint64 id = add_subscription(context->store, list->id, "a@example.org", SUB_ACTIVE), bounces[3];
	struct subscription *subscription;

	for (int i = 0; i < 3; i++) {
		gint64 at = NOW + i * 8 * DAY;

		bounces[i] = fail_full(context, send_to(context, add_issue(context, list->id), id, at), id,
		                       at, at + HOUR);
	}
	g_assert_cmpstr(state_of(context, id), ==, "suspended");
	undo_one(context, bounces[1], NOW + 17 * DAY);
	subscription = get_subscription(context, id);
	g_assert_cmpint(subscription->state, ==, SUB_ACTIVE);
	g_assert_cmpint(subscription->half_points, ==, 4);
	g_assert_cmpint(subscription->bounce_first_at, ==, NOW + HOUR);
	g_assert_cmpint(subscription->bounce_last_at, ==, NOW + 16 * DAY + HOUR);
	subscription_free(subscription);
	undo_one(context, bounces[0], NOW + 18 * DAY);
	subscription = get_subscription(context, id);
	g_assert_cmpint(subscription->half_points, ==, 2);
	g_assert_cmpint(subscription->bounce_first_at, ==, NOW + 16 * DAY + HOUR);
	subscription_free(subscription);
	list_free(list);
	context_close(context);
}

/* Who left after a bounce has left, whatever becomes of the bounce. */
static void what_people_did_since_stands(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	gint64 id = add_subscription(context->store, list->id, "a@example.org", SUB_ACTIVE);
	gint64 bounce = fail_hard(context, send_to(context, add_issue(context, list->id), id, NOW), id, NOW,
	                          NOW + HOUR);
	enum membership_outcome outcome = MEMBERSHIP_EXPIRED;

	assert_ok(membership_unsubscribe(context, "news", "a@example.org", &by_command, NOW + DAY, &outcome,
	                                 &failure));
	undo_one(context, bounce, NOW + 2 * DAY);
	g_assert_cmpstr(state_of(context, id), ==, "unsubscribed");
	list_free(list);
	context_close(context);
}

static void a_complaint_is_not_taken_back(void)
{
	static const char text[] =
	        "From: fbl@provider.test\nSubject: complaint\nMIME-Version: 1.0\n"
	        "Content-Type: multipart/report; report-type=feedback-report; boundary=\"F\"\n\n--F\n"
	        "Content-Type: text/plain\n\nA user does not want this.\n--F\n"
	        "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: "
	        "loop/1.0\nVersion: 1\n\n"
	        "--F\nContent-Type: message/rfc822\n\nFrom: news@lists.test\n\nbody\n--F--\n";
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	gint64 id = add_subscription(context->store, list->id, "a@example.org", SUB_ACTIVE);
	gint64 delivery = send_to(context, add_issue(context, list->id), id, NOW);
	g_autofree char *to = context_return_path(context, MAILING_CAMPAIGN, delivery, (int)(NOW / DAY));
	gint64 bounce = judge_text(context, to, text, NOW + HOUR);
	struct undo_result result;

	g_assert_cmpstr(state_of(context, id), ==, "complained");
	assert_ok(undo_bounce(context, bounce, TRUE, "command", NOW + DAY, &result, &failure));
	g_assert_cmpstr(state_of(context, id), ==, "complained");
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM suppression"), ==, 1);
	list_free(list);
	context_close(context);
}

/* A walk through lives of a few people, with everything that can happen to them. */
struct walk {
	struct context *context;
	gint64 list_id;
	gint64 now;
	gint64 ids[4];
	gint64 letters[4]; /* the last one of each, 0: none */
	gint64 letters_at[4];
	GArray *bounces; /* of gint64, those that blame somebody */
};

static void walk_init(struct walk *walk)
{
	struct list *list;

	walk->context = fresh_context();
	list = fresh_list(walk->context, "news", FALSE);
	walk->list_id = list->id;
	walk->now = NOW;
	walk->bounces = g_array_new(FALSE, FALSE, sizeof(gint64));
	for (int i = 0; i < 4; i++) {
		g_autofree char *address = g_strdup_printf("%d@host%d.example", i, i);

		walk->ids[i] = add_subscription(walk->context->store, list->id, address, SUB_ACTIVE);
		walk->letters[i] = 0;
	}
	list_free(list);
}

static void walk_clear(struct walk *walk)
{
	g_array_unref(walk->bounces);
	context_close(walk->context);
}

static void send_all(struct walk *walk)
{
	gint64 campaign = add_issue(walk->context, walk->list_id);

	for (int i = 0; i < 4; i++) {
		if (strcmp(state_of(walk->context, walk->ids[i]), "active") != 0)
			continue;
		walk->letters[i] = send_to(walk->context, campaign, walk->ids[i], walk->now);
		walk->letters_at[i] = walk->now;
	}
}

static void bounce(struct walk *walk, int who, gboolean is_hard)
{
	gint64 id;

	if (walk->letters[who] == 0)
		return;
	id = is_hard ? fail_hard(walk->context, walk->letters[who], walk->ids[who], walk->letters_at[who],
	                         walk->now)
	             : fail_full(walk->context, walk->letters[who], walk->ids[who], walk->letters_at[who],
	                         walk->now);
	walk->letters[who] = 0;
	g_array_append_val(walk->bounces, id);
}

static void hand_probes(struct walk *walk)
{
	g_autofree char *text = g_strdup_printf(
	        "UPDATE delivery SET state = 'sent', next_at = NULL, first_handed_at = %" G_GINT64_FORMAT
	        ", ended_at = %" G_GINT64_FORMAT ", token_day = %d WHERE state = 'queued'",
	        walk->now, walk->now, (int)(walk->now / DAY));

	run_raw(walk->context->store, text);
}

static void leave_or_join(struct walk *walk, int who)
{
	enum membership_outcome outcome = MEMBERSHIP_EXPIRED;
	g_autofree char *address = address_of(walk->context, walk->ids[who]);
	struct subscription *subscription;
	gboolean moved;

	if (g_test_rand_int_range(0, 3) > 0) {
		assert_ok(membership_unsubscribe(walk->context, "news", address, &by_command, walk->now,
		                                 &outcome, &failure));
		return;
	}
	subscription = get_subscription(walk->context, walk->ids[who]);
	assert_ok(change_apply(walk->context->store, subscription, EVENT_CONFIRM,
	                       &(struct change_cause){.actor = "web"}, walk->now, &moved, &failure));
	subscription_free(subscription);
}

static void step(struct walk *walk, gboolean may_bounce, gboolean may_people)
{
	int who = g_test_rand_int_range(0, 4);

	walk->now += g_test_rand_int_range(1, 6) * DAY;
	switch (g_test_rand_int_range(0, 7)) {
	case 0:
	case 1: send_all(walk); break;
	case 2:
	case 3:
		if (may_bounce)
			bounce(walk, who, FALSE);
		break;
	case 4:
		if (may_bounce)
			bounce(walk, who, g_test_rand_int_range(0, 3) == 0);
		break;
	case 5:
		run_timers(walk->context, walk->now);
		hand_probes(walk);
		break;
	case 6:
		if (may_people && g_test_rand_int_range(0, 4) == 0)
			leave_or_join(walk, who);
		break;
	}
}

/* Did an undo leave somebody as he was, because it would have taken mail away from him? The log alone would
 * do that. */
static gboolean stands(const GPtrArray *events)
{
	for (guint i = 0; i < events->len; i++) {
		const struct event *event = g_ptr_array_index(events, i);

		if (strcmp(event->what, "undo") == 0 &&
		    g_strcmp0(event->detail, "what was done since stands") == 0)
			return TRUE;
	}
	return FALSE;
}

/* Each row is the last life in its log, and what the whole log makes of the subscription. */
static void assert_told(struct walk *walk)
{
	struct policy *policy = policy_1(walk->context);

	for (int i = 0; i < 4; i++) {
		struct subscription *row = get_subscription(walk->context, walk->ids[i]), *again = NULL;
		g_autoptr(GPtrArray) events = store_event_of(walk->context->store, row->id, NULL);
		g_autofree char *life = subscription_life_write(row), *told = NULL;
		gboolean is_known = FALSE;

		g_assert_cmpint(row->half_points, >=, 0);
		if (events->len > 0) {
			const struct event *last = g_ptr_array_index(events, events->len - 1);

			g_assert_cmpstr(last->life, ==, life);
			if (stands(events)) {
				subscription_free(row);
				continue;
			}
			assert_ok(life_replay(walk->context, policy, row, &again, &is_known, &failure));
			g_assert_true(is_known);
			told = subscription_life_write(again);
			g_assert_cmpstr(told, ==, life);
			subscription_free(again);
		}
		subscription_free(row);
	}
	policy_free(policy);
}

static void replaying_the_log_gives_the_table(void)
{
	for (int round = 0; round < 30; round++) {
		struct walk walk;

		walk_init(&walk);
		for (int i = 0; i < 60; i++)
			step(&walk, TRUE, TRUE);
		assert_told(&walk);
		/* also after some of it was taken back */
		for (guint i = 0; i < walk.bounces->len; i += 2)
			undo_one(walk.context, g_array_index(walk.bounces, gint64, i), walk.now + DAY);
		assert_told(&walk);
		walk_clear(&walk);
	}
}

/* Undo in any order: as if none of it had come. Only bounces and time pass between, since what people do
 * stands. */
static void undo_of_everything_restores_the_start(void)
{
	for (int round = 0; round < 30; round++) {
		struct walk walk;

		walk_init(&walk);
		for (int i = 0; i < 60; i++)
			step(&walk, TRUE, FALSE);
		while (walk.bounces->len > 0) {
			guint at = (guint)g_test_rand_int_range(0, (int)walk.bounces->len);

			undo_one(walk.context, g_array_index(walk.bounces, gint64, at), walk.now + DAY);
			g_array_remove_index_fast(walk.bounces, at);
		}
		for (int i = 0; i < 4; i++) {
			struct subscription *row = get_subscription(walk.context, walk.ids[i]);

			g_assert_cmpint(row->state, ==, SUB_ACTIVE);
			g_assert_cmpint(row->half_points, ==, 0);
			g_assert_cmpint(row->state_at, ==, row->created_at);
			g_assert_cmpint(row->stage, ==, 0);
			g_assert_cmpint(row->hit_at, ==, 0);
			g_assert_cmpint(row->bounce_first_at, ==, 0);
			subscription_free(row);
		}
		walk_clear(&walk);
	}
}

/* Some steps, then a storm of bounces and nothing else: its undo gives what was there before the storm. */
static void undo_of_a_storm_restores_the_state_before_it(void)
{
	for (int round = 0; round < 30; round++) {
		g_autofree char *before[4] = {NULL};
		struct walk walk;

		walk_init(&walk);
		for (int i = 0; i < 40; i++)
			step(&walk, TRUE, TRUE);
		send_all(&walk);
		for (int i = 0; i < 4; i++)
			before[i] = life_of(walk.context, walk.ids[i]);
		g_array_set_size(walk.bounces, 0);
		for (int i = 0; i < 4; i++)
			bounce(&walk, i, TRUE);
		for (guint i = 0; i < walk.bounces->len; i++)
			undo_one(walk.context, g_array_index(walk.bounces, gint64, i), walk.now + HOUR);
		for (int i = 0; i < 4; i++) {
			g_autofree char *after = life_of(walk.context, walk.ids[i]);

			g_assert_cmpstr(after, ==, before[i]);
			g_clear_pointer(&before[i], g_free);
		}
		walk_clear(&walk);
	}
}

static void a_life_survives_being_written(void)
{
	static const char *const bad[] = {
	        "", "state", "state=here", "at=1", "state=active at=x", "state=active colour=1"};
	const struct subscription full = {.state = SUB_SUSPENDED,
	                                  .cause = CAUSE_DOMAIN,
	                                  .state_at = 1,
	                                  .half_points = 2,
	                                  .bounce_first_at = 3,
	                                  .bounce_last_at = 4,
	                                  .bounce_campaign = 5,
	                                  .remove_at = 6,
	                                  .suspended_until = 7,
	                                  .silent = 8,
	                                  .silent_at = 9,
	                                  .hit_at = 10,
	                                  .stage = 11,
	                                  .probe_at = 12,
	                                  .probed_at = 13};
	g_autofree char *text = subscription_life_write(&full);
	struct subscription again = {.state = SUB_NONE};

	assert_ok(subscription_life_read(text, &again, &failure));
	g_assert_true(subscription_life_equal(&full, &again));
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		assert_fails(subscription_life_read(bad[i], &again, &failure), FAILURE_IO);
	g_assert_true(subscription_life_equal(&full, &again));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/undo/" #name, name)
	TEST(a_hard_failure_is_taken_back_also_after_the_removal);
	TEST(a_dry_run_tells_and_changes_nothing);
	TEST(one_of_several_is_taken_back_out_of_the_middle);
	TEST(what_people_did_since_stands);
	TEST(a_complaint_is_not_taken_back);
	TEST(replaying_the_log_gives_the_table);
	TEST(undo_of_everything_restores_the_start);
	TEST(undo_of_a_storm_restores_the_state_before_it);
	TEST(a_life_survives_being_written);
	return g_test_run();
}

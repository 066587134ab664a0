// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/timers.h"
#include "lib/action/undo.h"
#include "lib/store/store_freeze.h"

#include "tests/unit/judging_fixture.h"

/* The mass guard: an outage that says "user unknown" costs nobody a subscription. */

enum { PEOPLE = 200 };

struct crowd {
	struct context *context;
	struct list *list;
	gint64 first; /* id of the first of PEOPLE subscriptions at big.test */
	gint64 *letters;
};

static void crowd_init(struct crowd *crowd)
{
	crowd->context = fresh_context();
	crowd->list = fresh_list(crowd->context, "news", TRUE);
	crowd->letters = g_new0(gint64, PEOPLE);
	for (int i = 0; i < PEOPLE; i++) {
		g_autofree char *address = g_strdup_printf("%d@big.test", i);
		gint64 id = add_subscription(crowd->context->store, crowd->list->id, address, SUB_ACTIVE);

		if (i == 0)
			crowd->first = id;
	}
}

static void crowd_clear(struct crowd *crowd)
{
	g_free(crowd->letters);
	list_free(crowd->list);
	context_close(crowd->context);
}

static void crowd_send(struct crowd *crowd, gint64 at)
{
	gint64 campaign = add_issue(crowd->context, crowd->list->id);

	for (int i = 0; i < PEOPLE; i++)
		crowd->letters[i] = send_to(crowd->context, campaign, crowd->first + i, at);
}

/* The letters from..to - 1 come back as if nobody lived there. */
static void crowd_fail(struct crowd *crowd, int from, int to, gint64 sent_at, gint64 at)
{
	for (int i = from; i < to; i++)
		fail_hard(crowd->context, crowd->letters[i], crowd->first + i, sent_at, at);
}

static gint64 count_states(struct crowd *crowd, const char *state)
{
	g_autofree char *text = g_strdup_printf("SELECT count(*) FROM subscription WHERE state = '%s'",
	                                        state);

	return ask(crowd->context->store, text);
}

static void an_outage_costs_nobody_and_takes_one_command(void)
{
	struct crowd crowd;
	g_autoptr(GPtrArray) freezes = NULL;
	struct undo_result result;
	int settled;

	crowd_init(&crowd);
	crowd_send(&crowd, NOW);
	crowd_fail(&crowd, 0, 60, NOW, NOW + HOUR);
	g_assert_cmpint(count_states(&crowd, "active"), ==, PEOPLE);
	g_assert_cmpint(ask(crowd.context->store, "SELECT count(*) FROM bounce WHERE state = 'held'"), ==,
	                60);
	g_assert_cmpint(ask(crowd.context->store,
	                    "SELECT count(*) FROM freeze WHERE provider = 'big.test' AND ended_at IS NULL"),
	                ==, 1);
	/* some of them were judged before anything looked wrong, and restored */
	g_assert_cmpint(ask(crowd.context->store,
	                    "SELECT count(*) FROM event WHERE what = 'freeze' AND from_state = 'suspended'"
	                    " AND to_state = 'active'"),
	                >, 0);
	g_assert_cmpint(ask(crowd.context->store, "SELECT count(*) FROM event WHERE what = 'held'"), >, 0);
	/* the owner is told once, at once */
	g_assert_cmpint(ask(crowd.context->store,
	                    "SELECT count(*) FROM campaign WHERE kind = 'notice' AND subject LIKE '%held%'"
	                    " AND text LIKE '%bounce undo --provider big.test%'"),
	                ==, 1);
	g_assert_cmpint(ask(crowd.context->store,
	                    "SELECT count(*) FROM delivery WHERE recipient = 'owner@lists.test'"
	                    " AND subscription_id IS NULL"),
	                ==, 1);
	for (int i = 1; i <= 60; i++)
		assert_ok(undo_bounce(crowd.context, i, TRUE, "command", NOW + 3 * HOUR, &result, &failure));
	assert_ok(undo_settle(crowd.context, "big.test", NULL, "undo", NOW + 3 * HOUR, &settled, &failure));
	g_assert_cmpint(settled, ==, 1);
	g_assert_cmpint(count_states(&crowd, "active"), ==, PEOPLE);
	freezes = store_freeze_undecided(crowd.context->store, NULL, NULL);
	g_assert_cmpuint(freezes->len, ==, 0);
	/* and for good: no timer finds anything to remove */
	{
		struct timers_result timers;

		assert_ok(timers_run(crowd.context, NOW + 30 * DAY, &timers, &failure));
		g_assert_cmpint(timers.removed, ==, 0);
	}
	crowd_clear(&crowd);
}

/* The relay refuses one while we send: what is judged so is in the transaction of the sender, and not
 * settled. */
static void refuse(struct crowd *crowd, int i, gint64 at)
{
	const struct judge_reply reply = {550, "5.1.1", "User unknown", "rcpt", "main"};
	struct delivery_view view = {0};

	assert_ok(store_begin(crowd->context->store, &failure));
	assert_ok(store_delivery_view(crowd->context->store, crowd->letters[i], &view, &failure));
	assert_ok(judge_refusal(crowd->context, &view, &reply, at, &failure));
	assert_ok(store_commit(crowd->context->store, &failure));
	delivery_view_clear(&view);
}

/* A transaction takes back a few only; what is left when a process ends, another one finds. */
static void of_many_a_few_are_taken_back_at_a_time(void)
{
	struct crowd crowd;
	struct timers_result timers;
	gint64 held;
	int failed = 0;

	crowd_init(&crowd);
	for (int i = 0; i < 5; i++)
		crowd_send(&crowd, NOW);
	while (ask(crowd.context->store, "SELECT count(*) FROM freeze") == 0) {
		g_assert_cmpint(failed, <, PEOPLE);
		refuse(&crowd, failed++, NOW + HOUR);
	}
	held = ask(crowd.context->store, "SELECT count(*) FROM bounce WHERE state = 'held'");
	g_assert_cmpint(held, >, 1);
	g_assert_cmpint(held, <, failed);
	g_assert_cmpint(count_states(&crowd, "suspended"), ==, failed - held);
	assert_ok(timers_run(crowd.context, NOW + HOUR + 60, &timers, &failure));
	g_assert_cmpint(timers.held, ==, failed - held);
	g_assert_cmpint(ask(crowd.context->store, "SELECT count(*) FROM bounce WHERE state = 'held'"), ==,
	                failed);
	g_assert_cmpint(count_states(&crowd, "active"), ==, PEOPLE);
	crowd_clear(&crowd);
}

static void what_is_released_has_its_effect_from_then_on(void)
{
	struct crowd crowd;
	struct undo_result result;
	struct subscription *subscription;
	int settled;

	crowd_init(&crowd);
	crowd_send(&crowd, NOW);
	crowd_fail(&crowd, 0, 60, NOW, NOW + HOUR);
	for (int i = 1; i <= 60; i++) {
		assert_ok(undo_release(crowd.context, i, TRUE, "command", NOW + 5 * HOUR, &result, &failure));
		g_assert_cmpint(result.state_before, ==, SUB_ACTIVE);
		g_assert_cmpint(result.state_after, ==, SUB_SUSPENDED);
	}
	assert_ok(undo_settle(crowd.context, NULL, NULL, "release", NOW + 5 * HOUR, &settled, &failure));
	g_assert_cmpint(settled, ==, 1);
	g_assert_cmpint(count_states(&crowd, "suspended"), ==, 60);
	subscription = get_subscription(crowd.context, crowd.first);
	g_assert_cmpint(subscription->remove_at, ==, NOW + 5 * HOUR + 72 * HOUR);
	subscription_free(subscription);
	/* and can be taken back all the same */
	assert_ok(undo_bounce(crowd.context, 1, TRUE, "command", NOW + 6 * HOUR, &result, &failure));
	g_assert_cmpint(result.state_after, ==, SUB_ACTIVE);
	crowd_clear(&crowd);
}

/* Trouble that goes on at the provider freezes it again, and leaves alone what a person has decided. */
static void what_was_released_stays_so_in_the_next_freeze(void)
{
	struct crowd crowd;
	struct undo_result result;
	int settled;

	crowd_init(&crowd);
	crowd_send(&crowd, NOW);
	crowd_fail(&crowd, 0, 60, NOW, NOW + HOUR);
	for (int i = 1; i <= 60; i++)
		assert_ok(
		        undo_release(crowd.context, i, TRUE, "command", NOW + HOUR + 600, &result, &failure));
	assert_ok(undo_settle(crowd.context, "big.test", NULL, "release", NOW + HOUR + 600, &settled,
	                      &failure));
	g_assert_cmpint(settled, ==, 1);
	crowd_fail(&crowd, 60, 61, NOW, NOW + HOUR + 900);
	g_assert_cmpint(ask(crowd.context->store, "SELECT count(*) FROM freeze"), ==, 2);
	g_assert_cmpint(ask(crowd.context->store, "SELECT count(*) FROM bounce WHERE state = 'held'"), ==, 1);
	g_assert_cmpint(count_states(&crowd, "suspended"), ==, 60);
	crowd_clear(&crowd);
}

static void only_the_freezes_decided_about_are_closed(void)
{
	struct crowd crowd;
	struct list *other = NULL;
	char provider[] = "idle.test", why[] = "nobody";
	const struct freeze idle = {
	        .provider = provider, .began_at = NOW, .covers_from = NOW, .hot_at = NOW, .why = why};
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GPtrArray) of_list = NULL, of_other = NULL, left = NULL;
	struct undo_result result;
	gint64 idle_id, id;
	int settled;

	crowd_init(&crowd);
	other = fresh_list(crowd.context, "other", TRUE);
	assert_ok(store_freeze_add(crowd.context->store, &idle, &idle_id, &failure));
	crowd_send(&crowd, NOW);
	crowd_fail(&crowd, 0, 60, NOW, NOW + HOUR);

	/* what an owner is told to decide is held of his own list */
	of_list = store_freeze_of_list(crowd.context->store, crowd.list->id, NULL);
	of_other = store_freeze_of_list(crowd.context->store, other->id, NULL);
	g_assert_cmpuint(of_list->len, ==, 1);
	g_assert_cmpstr(((struct freeze *)of_list->pdata[0])->provider, ==, "big.test");
	g_assert_cmpuint(of_other->len, ==, 0);

	id = ((struct freeze *)of_list->pdata[0])->id;
	g_array_append_val(ids, id);
	assert_ok(undo_settle(crowd.context, NULL, ids, "undo", NOW + 2 * HOUR, &settled, &failure));
	g_assert_cmpint(settled, ==, 0);
	for (int i = 1; i <= 60; i++)
		assert_ok(undo_bounce(crowd.context, i, TRUE, "command", NOW + 3 * HOUR, &result, &failure));
	assert_ok(undo_settle(crowd.context, NULL, ids, "undo", NOW + 3 * HOUR, &settled, &failure));
	g_assert_cmpint(settled, ==, 1);
	left = store_freeze_undecided(crowd.context->store, NULL, NULL);
	g_assert_cmpuint(left->len, ==, 1);
	g_assert_cmpstr(((struct freeze *)left->pdata[0])->provider, ==, "idle.test");
	list_free(other);
	crowd_clear(&crowd);
}

static void a_few_dead_addresses_are_no_outage(void)
{
	struct crowd crowd;

	crowd_init(&crowd);
	crowd_send(&crowd, NOW);
	crowd_fail(&crowd, 0, 4, NOW, NOW + HOUR);
	g_assert_cmpint(count_states(&crowd, "suspended"), ==, 4);
	g_assert_cmpint(ask(crowd.context->store, "SELECT count(*) FROM freeze"), ==, 0);
	crowd_clear(&crowd);
}

/* Mailbox full is nothing that a guard has to look at, and another provider is not frozen with this one. */
static void only_hard_failures_there_are_held(void)
{
	struct crowd crowd;
	gint64 other, letter;

	crowd_init(&crowd);
	other = add_subscription(crowd.context->store, crowd.list->id, "a@small.test", SUB_ACTIVE);
	crowd_send(&crowd, NOW);
	letter = send_to(crowd.context, add_issue(crowd.context, crowd.list->id), other, NOW);
	crowd_fail(&crowd, 0, 60, NOW, NOW + HOUR);
	fail_full(crowd.context, crowd.letters[70], crowd.first + 70, NOW, NOW + HOUR);
	fail_hard(crowd.context, letter, other, NOW, NOW + HOUR);
	g_assert_cmpint(ask(crowd.context->store,
	                    "SELECT count(*) FROM subscription WHERE half_points = 2 AND state = 'active'"),
	                ==, 1);
	g_assert_cmpstr(state_of(crowd.context, other), ==, "suspended");
	crowd_clear(&crowd);
}

static void a_freeze_thaws_when_all_was_calm_and_keeps_what_it_holds(void)
{
	struct crowd crowd;
	struct timers_result timers;

	crowd_init(&crowd);
	crowd_send(&crowd, NOW);
	crowd_fail(&crowd, 0, 60, NOW, NOW + HOUR);
	assert_ok(timers_run(crowd.context, NOW + 20 * HOUR, &timers, &failure));
	g_assert_cmpint(timers.thawed, ==, 0);
	assert_ok(timers_run(crowd.context, NOW + 26 * HOUR, &timers, &failure));
	g_assert_cmpint(timers.thawed, ==, 1);
	g_assert_cmpint(ask(crowd.context->store, "SELECT count(*) FROM bounce WHERE state = 'held'"), ==,
	                60);
	/* a new letter that fails is judged again as ever */
	crowd_send(&crowd, NOW + 7 * DAY);
	crowd_fail(&crowd, 0, 1, NOW + 7 * DAY, NOW + 7 * DAY + HOUR);
	g_assert_cmpstr(state_of(crowd.context, crowd.first), ==, "suspended");
	crowd_clear(&crowd);
}

static void who_was_removed_within_two_hours_is_back_too(void)
{
	struct crowd crowd;

	crowd_init(&crowd);
	run_raw(crowd.context->store, "UPDATE subscription SET state = 'pending'");
	crowd_send(&crowd, NOW);
	crowd_fail(&crowd, 0, 60, NOW, NOW + HOUR);
	/* a pending one is removed at once by a hard failure */
	g_assert_cmpint(
	        ask(crowd.context->store,
	            "SELECT count(*) FROM event WHERE from_state = 'pending' AND to_state = 'removed'"),
	        >, 0);
	g_assert_cmpint(count_states(&crowd, "pending"), ==, PEOPLE);
	crowd_clear(&crowd);
}

static void owners_get_one_digest_a_day(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	struct timers_result timers;
	gint64 digests = 0;

	for (int i = 0; i < 3; i++) {
		g_autofree char *address = g_strdup_printf("a@host%d.test", i);
		gint64 id = add_subscription(context->store, list->id, address, SUB_ACTIVE);

		fail_hard(context, send_to(context, add_issue(context, list->id), id, NOW), id, NOW,
		          NOW + i * HOUR);
	}
	for (int hour = 4; hour < 100; hour++) {
		assert_ok(timers_run(context, NOW + hour * HOUR, &timers, &failure));
		digests += timers.digests;
	}
	/* one about the failures; after 72 hours one about the first removal, and a day later one about the
	 * others */
	g_assert_cmpint(digests, ==, 3);
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM campaign WHERE kind = 'notice' AND text "
	                                    "LIKE '%     3 were suspended: the far side%'"),
	                ==, 1);
	g_assert_cmpint(ask(context->store,
	                    "SELECT count(*) FROM notice WHERE subject = 'removed' AND sent_at IS NULL"),
	                <=, 1);
	list_free(list);
	context_close(context);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/freeze/" #name, name)
	TEST(an_outage_costs_nobody_and_takes_one_command);
	TEST(of_many_a_few_are_taken_back_at_a_time);
	TEST(what_is_released_has_its_effect_from_then_on);
	TEST(what_was_released_stays_so_in_the_next_freeze);
	TEST(only_the_freezes_decided_about_are_closed);
	TEST(a_few_dead_addresses_are_no_outage);
	TEST(only_hard_failures_there_are_held);
	TEST(a_freeze_thaws_when_all_was_calm_and_keeps_what_it_holds);
	TEST(who_was_removed_within_two_hours_is_back_too);
	TEST(owners_get_one_digest_a_day);
	return g_test_run();
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/store_fixture.h"

#include <string.h>

#include "lib/store/store_delivery.h"

/* count subscribers "00@example.org" ..., of states taken in turn from a text of P A S R U C. */
static gint64 add_people(struct store *store, const char *list, int count, const char *states)
{
	gint64 list_id = add_list(store, list);

	for (int i = 0; i < count; i++) {
		g_autofree char *address = g_strdup_printf("%02d@example.org", i);
		gsize state = (gsize)(strchr("PASRUC", states[(gsize)i % strlen(states)]) - "PASRUC");

		add_subscription(store, list_id, address, (enum subscription_state)state);
	}
	return list_id;
}

static gint64 fill(struct store *store, gint64 campaign_id, int count)
{
	gint64 added = -1;

	assert_ok(store_delivery_fill(store, campaign_id, count, &added, &failure));
	return added;
}

static gint64 total(struct store *store, gint64 campaign_id)
{
	gint64 totals[DELIVERY_STATES], sum = 0;

	assert_ok(store_delivery_totals(store, campaign_id, totals, &failure));
	for (int i = 0; i < DELIVERY_STATES; i++)
		sum += totals[i];
	return sum;
}

enum { LEASE = 7 };

static GArray *claim(struct store *store, gint64 campaign_id, gint64 now, int count)
{
	GArray *ids = g_array_new(FALSE, FALSE, sizeof(gint64));

	assert_ok(store_delivery_claim(store, campaign_id, LEASE, now, count, ids, &failure));
	return ids;
}

static struct delivery *get(struct store *store, gint64 id)
{
	g_autoptr(GError) error = NULL;
	struct delivery *delivery = store_delivery_by_id(store, id, &error);

	g_assert_no_error(error);
	return delivery;
}

static enum delivery_state state_of(struct store *store, gint64 id)
{
	struct delivery *delivery = get(store, id);
	enum delivery_state state = delivery->state;

	delivery_free(delivery);
	return state;
}

/* A campaign with one recipient and its delivery, queued and due now. */
static gint64 one_delivery(struct store *store, gint64 *campaign_id_out)
{
	gint64 list_id = add_list(store, "one");
	gint64 id = 0, subscription_id = add_subscription(store, list_id, "a@example.org", SUB_ACTIVE);

	*campaign_id_out = add_campaign(store, list_id, MAILING_CAMPAIGN, CAMPAIGN_RUNNING);
	assert_ok(store_delivery_add(store, *campaign_id_out, subscription_id, NOW, &id, &failure));
	return id;
}

static void fill_adds_each_active_subscription_once(void)
{
	struct store *store = fresh_store();
	gint64 other = add_people(store, "other", 40, "A");
	gint64 list_id = add_people(store, "news", 40, "PASRUCAA");
	gint64 campaign_id = add_campaign(store, list_id, MAILING_CAMPAIGN, CAMPAIGN_PREPARING);
	gint64 active = ask(store, "SELECT count(*) FROM subscription s JOIN list l ON l.id = s.list_id"
	                           " WHERE l.name = 'news' AND state = 'active'");
	gint64 filled = 0, added;

	g_assert_cmpint(active, ==, 15);
	while ((added = fill(store, campaign_id, 4)) > 0) {
		g_assert_cmpint(added, <=, 4);
		filled += added;
		g_assert_cmpint(total(store, campaign_id), ==, filled);
	}
	g_assert_cmpint(filled, ==, active);
	g_assert_cmpint(
	        ask(store,
	            "SELECT count(DISTINCT d.subscription_id) FROM delivery d JOIN subscription s ON"
	            " s.id = d.subscription_id JOIN list l ON l.id = s.list_id WHERE s.state = 'active'"
	            " AND l.name = 'news' AND d.state = 'queued' AND d.next_at = 1800000000"),
	        ==, active);
	g_assert_cmpint(fill(store, campaign_id, 4), ==, 0);
	g_assert_cmpint(other, >, 0);
	store_close(store);
}

static void fill_goes_on_where_it_was_torn(void)
{
	struct store *store = fresh_store();
	gint64 list_id = add_people(store, "news", 30, "A");
	gint64 campaign_id = add_campaign(store, list_id, MAILING_CAMPAIGN, CAMPAIGN_PREPARING);

	assert_ok(store_begin(store, &failure));
	g_assert_cmpint(fill(store, campaign_id, 7), ==, 7);
	assert_ok(store_commit(store, &failure));
	assert_ok(store_begin(store, &failure));
	g_assert_cmpint(fill(store, campaign_id, 7), ==, 7);
	store_rollback(store);
	g_assert_cmpint(total(store, campaign_id), ==, 7);
	/* who is behind the mark comes too late for this campaign, who is ahead and gone is not taken */
	run_raw(store, "UPDATE subscription SET state = 'unsubscribed' WHERE subscriber_id IN (3, 20)");
	while (fill(store, campaign_id, 7) > 0)
		;
	run_raw(store, "UPDATE subscription SET state = 'active' WHERE subscriber_id = 20");
	g_assert_cmpint(fill(store, campaign_id, 7), ==, 0);
	g_assert_cmpint(total(store, campaign_id), ==, 29);
	g_assert_cmpint(ask(store, "SELECT count(DISTINCT subscription_id) FROM delivery"), ==, 29);
	store_close(store);
}

static void a_recipient_is_in_a_campaign_once(void)
{
	struct store *store = fresh_store();
	gint64 campaign_id, again = 0, id = one_delivery(store, &campaign_id);
	struct delivery *delivery = get(store, id);
	g_autoptr(GError) error = NULL;

	g_assert_false(
	        store_delivery_add(store, campaign_id, delivery->subscription_id, NOW, &again, &error));
	g_assert_error(error, FAILURE, FAILURE_DATA);
	g_assert_cmpint(total(store, campaign_id), ==, 1);
	delivery_free(delivery);
	store_close(store);
}

static void a_new_delivery_has_no_history(void)
{
	struct store *store = fresh_store();
	gint64 campaign_id, id = one_delivery(store, &campaign_id);
	struct delivery *delivery = get(store, id);

	g_assert_cmpint(delivery->campaign_id, ==, campaign_id);
	g_assert_cmpint(delivery->state, ==, DELIVERY_QUEUED);
	g_assert_cmpint(delivery->next_at, ==, NOW);
	g_assert_cmpint(delivery->token_day, ==, -1);
	g_assert_cmpint(delivery->first_handed_at, ==, 0);
	g_assert_cmpint(delivery->ended_at, ==, 0);
	g_assert_cmpint(delivery->attempts + delivery->generation + delivery->code, ==, 0);
	g_assert_cmpstr(delivery->status, ==, "");
	g_assert_cmpstr(delivery->note, ==, "");
	g_assert_cmpstr(delivery->relay, ==, "");
	delivery_free(delivery);
	store_close(store);
}

static void a_row_in_hand_is_not_claimed_again(void)
{
	struct store *store = fresh_store();
	gint64 campaign_id, id = one_delivery(store, &campaign_id);
	g_autoptr(GArray) early = claim(store, campaign_id, NOW - 1, 10),
	                  first = claim(store, campaign_id, NOW, 10);
	g_autoptr(GArray) second = claim(store, campaign_id, NOW + 86400, 10), third = NULL;

	g_assert_cmpuint(early->len, ==, 0);
	g_assert_cmpuint(first->len, ==, 1);
	g_assert_cmpint(g_array_index(first, gint64, 0), ==, id);
	g_assert_cmpuint(second->len, ==, 0);
	assert_ok(store_delivery_hand(store, id, NOW, 20833, "main", &failure));
	third = claim(store, campaign_id, NOW + 86400, 10);
	g_assert_cmpuint(third->len, ==, 0);
	store_close(store);
}

static void only_a_claimed_row_is_handed_over(void)
{
	struct store *store = fresh_store();
	gint64 campaign_id, id = one_delivery(store, &campaign_id);

	assert_fails(store_delivery_hand(store, id, NOW, 1, "main", &failure), FAILURE_NOINPUT);
	assert_fails(store_delivery_hand(store, id + 1, NOW, 1, "main", &failure), FAILURE_NOINPUT);
	g_array_unref(claim(store, campaign_id, NOW, 1));
	assert_ok(store_delivery_hand(store, id, NOW, 1, "main", &failure));
	assert_fails(store_delivery_hand(store, id, NOW, 1, "main", &failure), FAILURE_NOINPUT);
	assert_ok(store_delivery_end(store, id, DELIVERY_SENT, 250, "2.0.0", "ok", NOW, &failure));
	assert_fails(store_delivery_hand(store, id, NOW, 1, "main", &failure), FAILURE_NOINPUT);
	g_assert_cmpint(state_of(store, id), ==, DELIVERY_SENT);
	store_close(store);
}

static void a_retry_keeps_token_day_and_date(void)
{
	struct store *store = fresh_store();
	gint64 campaign_id, id = one_delivery(store, &campaign_id);
	struct delivery *delivery;

	g_array_unref(claim(store, campaign_id, NOW, 1));
	assert_ok(store_delivery_hand(store, id, NOW, 20833, "main", &failure));
	assert_ok(store_delivery_defer(store, id, 450, "4.2.0", "greylisted", NOW + 300, &failure));
	delivery = get(store, id);
	g_assert_cmpint(delivery->state, ==, DELIVERY_DEFERRED);
	g_assert_cmpint(delivery->next_at, ==, NOW + 300);
	g_assert_cmpint(delivery->attempts, ==, 1);
	g_assert_cmpint(delivery->code, ==, 450);
	g_assert_cmpstr(delivery->status, ==, "4.2.0");
	g_assert_cmpstr(delivery->note, ==, "greylisted");
	delivery_free(delivery);
	g_array_unref(claim(store, campaign_id, NOW + 300, 1));
	assert_ok(store_delivery_hand(store, id, NOW + 90000, 20834, "other", &failure));
	assert_ok(store_delivery_end(store, id, DELIVERY_SENT, 250, "2.0.0", "ok", NOW + 90001, &failure));
	delivery = get(store, id);
	g_assert_cmpint(delivery->token_day, ==, 20833);
	g_assert_cmpint(delivery->first_handed_at, ==, NOW);
	g_assert_cmpint(delivery->ended_at, ==, NOW + 90001);
	g_assert_cmpint(delivery->next_at, ==, 0);
	g_assert_cmpint(delivery->attempts, ==, 2);
	g_assert_cmpint(delivery->generation, ==, 0);
	g_assert_cmpstr(delivery->relay, ==, "other");
	delivery_free(delivery);
	store_close(store);
}

/* Whatever comes late: a row that ended is not queued again, or the recipient would be mailed twice. */
static void what_has_ended_stays_ended(void)
{
	static const enum delivery_state ends[] = {DELIVERY_SENT, DELIVERY_FAILED, DELIVERY_SKIPPED,
	                                           DELIVERY_EXPIRED};

	for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
		struct store *store = fresh_store();
		gint64 campaign_id, id = one_delivery(store, &campaign_id);

		assert_ok(store_delivery_end(store, id, ends[i], 250, "2.0.0", "first", NOW, &failure));
		assert_fails(store_delivery_release(store, id, NOW, &failure), FAILURE_NOINPUT);
		assert_fails(store_delivery_defer(store, id, 450, "4.0.0", "late", NOW, &failure),
		             FAILURE_NOINPUT);
		assert_fails(store_delivery_doubt(store, id, "late", NOW, &failure), FAILURE_NOINPUT);
		assert_fails(store_delivery_end(store, id, DELIVERY_SENT, 250, "", "late", NOW, &failure),
		             FAILURE_NOINPUT);
		g_assert_cmpint(state_of(store, id), ==, ends[i]);
		g_assert_cmpint(ask(store, "SELECT next_at IS NULL FROM delivery"), ==, 1);
		store_close(store);
	}
}

static void a_bounce_turns_sent_into_failed_and_nothing_else(void)
{
	for (int state = 0; state < DELIVERY_STATES; state++) {
		struct store *store = fresh_store();
		gint64 campaign_id, id = one_delivery(store, &campaign_id);
		g_autofree char *set = g_strdup_printf("UPDATE delivery SET state = '%s', next_at = NULL",
		                                       delivery_state_name((enum delivery_state)state));
		gboolean may = state == DELIVERY_SENT || state == DELIVERY_AMBIGUOUS;

		run_raw(store, set);
		assert_ok(store_delivery_bounced(store, id, "5.1.1", "no such user", NOW + 9, &failure));
		g_assert_cmpint(state_of(store, id), ==, may ? DELIVERY_FAILED : state);
		store_close(store);
	}
}

static void a_dead_sender_leaves_nothing_in_hand(void)
{
	struct store *store = fresh_store();
	gint64 list_id = add_people(store, "news", 6, "A"), released = -1, ambiguous = -1;
	gint64 campaign_id = add_campaign(store, list_id, MAILING_CAMPAIGN, CAMPAIGN_RUNNING);
	gint64 totals[DELIVERY_STATES];
	g_autoptr(GArray) ids = NULL;

	fill(store, campaign_id, 100);
	ids = claim(store, campaign_id, NOW, 5);
	assert_ok(store_delivery_hand(store, g_array_index(ids, gint64, 0), NOW, 1, "main", &failure));
	assert_ok(store_delivery_hand(store, g_array_index(ids, gint64, 1), NOW, 1, "main", &failure));
	/* not what another has in hand */
	assert_ok(store_delivery_recover(store, LEASE + 1, NOW + 1, &released, &failure));
	assert_ok(store_delivery_recover_doubt(store, LEASE + 1, NOW + 600, &ambiguous, &failure));
	g_assert_cmpint(released + ambiguous, ==, 0);
	assert_ok(store_delivery_recover(store, LEASE, NOW + 1, &released, &failure));
	assert_ok(store_delivery_recover_doubt(store, LEASE, NOW + 600, &ambiguous, &failure));
	g_assert_cmpint(released, ==, 3);
	g_assert_cmpint(ambiguous, ==, 2);
	assert_ok(store_delivery_totals(store, campaign_id, totals, &failure));
	g_assert_cmpint(totals[DELIVERY_QUEUED], ==, 4);
	g_assert_cmpint(totals[DELIVERY_AMBIGUOUS], ==, 2);
	g_assert_cmpint(ask(store,
	                    "SELECT count(*) FROM delivery WHERE state = 'ambiguous' AND next_at = 1800000600"
	                    " AND attempts = 1 AND note <> ''"),
	                ==, 2);
	assert_ok(store_delivery_recover(store, LEASE, NOW + 1, &released, &failure));
	assert_ok(store_delivery_recover_doubt(store, LEASE, NOW + 600, &ambiguous, &failure));
	g_assert_cmpint(released + ambiguous, ==, 0);
	store_close(store);
}

static void who_was_doubted_by_policy_skip_is_never_due(void)
{
	struct store *store = fresh_store();
	gint64 campaign_id, id = one_delivery(store, &campaign_id), due = -1;
	gboolean is_unfinished = TRUE;
	g_autoptr(GArray) ids = NULL;

	g_array_unref(claim(store, campaign_id, NOW, 1));
	assert_ok(store_delivery_hand(store, id, NOW, 1, "main", &failure));
	assert_ok(store_delivery_unfinished(store, campaign_id, &is_unfinished, &failure));
	g_assert_true(is_unfinished);
	assert_ok(store_delivery_doubt(store, id, "no reply", 0, &failure));
	ids = claim(store, campaign_id, G_MAXINT64, 1);
	g_assert_cmpuint(ids->len, ==, 0);
	assert_ok(store_delivery_unfinished(store, campaign_id, &is_unfinished, &failure));
	g_assert_false(is_unfinished);
	assert_ok(store_delivery_next_due(store, &due, &failure));
	g_assert_cmpint(due, ==, 0);
	store_close(store);
}

static void the_longest_due_are_claimed_first(void)
{
	struct store *store = fresh_store();
	gint64 list_id = add_people(store, "news", 5, "A");
	gint64 campaign_id = add_campaign(store, list_id, MAILING_CAMPAIGN, CAMPAIGN_RUNNING);
	g_autoptr(GArray) ids = NULL;
	gint64 first;

	fill(store, campaign_id, 100);
	first = ask(store, "SELECT min(id) FROM delivery");
	run_raw(store, "UPDATE delivery SET next_at = 1800000000 + 100 - id");
	ids = claim(store, campaign_id, NOW + 1000, 2);
	g_assert_cmpuint(ids->len, ==, 2);
	for (guint i = 0; i < 2; i++)
		g_assert_cmpint(g_array_index(ids, gint64, i), >=, first + 3);
	store_close(store);
}

static void due_times_are_those_of_running_campaigns(void)
{
	struct store *store = fresh_store();
	gint64 list_id = add_people(store, "news", 1, "A"), due = -1, id;
	gint64 paused = add_campaign(store, list_id, MAILING_CAMPAIGN, CAMPAIGN_PAUSED);
	gint64 late = add_campaign(store, list_id, MAILING_CAMPAIGN, CAMPAIGN_RUNNING);
	gint64 soon = add_campaign(store, list_id, MAILING_CAMPAIGN, CAMPAIGN_RUNNING);
	gint64 subscription_id = ask(store, "SELECT id FROM subscription");

	assert_ok(store_delivery_next_due(store, &due, &failure));
	g_assert_cmpint(due, ==, 0);
	assert_ok(store_delivery_add(store, paused, subscription_id, NOW + 1, &id, &failure));
	assert_ok(store_delivery_add(store, late, subscription_id, NOW + 3, &id, &failure));
	assert_ok(store_delivery_add(store, soon, subscription_id, NOW + 2, &id, &failure));
	assert_ok(store_delivery_next_due(store, &due, &failure));
	g_assert_cmpint(due, ==, NOW + 2);
	store_close(store);
}

static void a_view_shows_the_moment_of_hand_over(void)
{
	struct store *store = fresh_store();
	gint64 campaign_id, id = one_delivery(store, &campaign_id);
	struct delivery_view view;

	run_raw(store, "UPDATE subscriber SET spelling = 'A@Example.ORG', attributes = '{\"name\":\"Ann\"}'");
	assert_ok(store_delivery_view(store, id, &view, &failure));
	g_assert_cmpint(view.delivery->id, ==, id);
	g_assert_cmpint(view.campaign_state, ==, CAMPAIGN_RUNNING);
	g_assert_cmpint(view.kind, ==, MAILING_CAMPAIGN);
	g_assert_cmpint(view.queued_at, ==, NOW);
	g_assert_cmpint(view.subscription_id, ==, view.delivery->subscription_id);
	g_assert_cmpint(view.state, ==, SUB_ACTIVE);
	g_assert_cmpint(view.state_at, ==, NOW);
	g_assert_cmpint(view.subscribed_at, ==, NOW);
	g_assert_false(view.is_suppressed);
	g_assert_false(view.needs_smtputf8);
	g_assert_cmpstr(view.address, ==, "A@Example.ORG");
	g_assert_cmpstr(view.attributes, ==, "{\"name\":\"Ann\"}");
	delivery_view_clear(&view);
	run_raw(store, "UPDATE subscription SET state = 'unsubscribed', state_at = 1800000005;"
	               "UPDATE campaign SET state = 'cancelled'; UPDATE subscriber SET needs_smtputf8 = 1, "
	               "spelling = NULL,"
	               " attributes = NULL");
	assert_ok(store_suppression_add(store, "a@example.org", "00ff", CAUSE_ADMIN, "", NOW, &failure));
	assert_ok(store_delivery_view(store, id, &view, &failure));
	g_assert_cmpint(view.campaign_state, ==, CAMPAIGN_CANCELLED);
	g_assert_cmpint(view.state, ==, SUB_UNSUBSCRIBED);
	g_assert_cmpint(view.state_at, ==, NOW + 5);
	g_assert_true(view.is_suppressed);
	g_assert_true(view.needs_smtputf8);
	g_assert_cmpstr(view.address, ==, "a@example.org");
	g_assert_null(view.attributes);
	delivery_view_clear(&view);
	assert_fails(store_delivery_view(store, id + 1, &view, &failure), FAILURE_NOINPUT);
	store_close(store);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ledger/fill_adds_each_active_subscription_once",
	                fill_adds_each_active_subscription_once);
	g_test_add_func("/ledger/fill_goes_on_where_it_was_torn", fill_goes_on_where_it_was_torn);
	g_test_add_func("/ledger/a_recipient_is_in_a_campaign_once", a_recipient_is_in_a_campaign_once);
	g_test_add_func("/ledger/a_new_delivery_has_no_history", a_new_delivery_has_no_history);
	g_test_add_func("/ledger/a_row_in_hand_is_not_claimed_again", a_row_in_hand_is_not_claimed_again);
	g_test_add_func("/ledger/only_a_claimed_row_is_handed_over", only_a_claimed_row_is_handed_over);
	g_test_add_func("/ledger/a_retry_keeps_token_day_and_date", a_retry_keeps_token_day_and_date);
	g_test_add_func("/ledger/what_has_ended_stays_ended", what_has_ended_stays_ended);
	g_test_add_func("/ledger/a_bounce_turns_sent_into_failed_and_nothing_else",
	                a_bounce_turns_sent_into_failed_and_nothing_else);
	g_test_add_func("/ledger/a_dead_sender_leaves_nothing_in_hand", a_dead_sender_leaves_nothing_in_hand);
	g_test_add_func("/ledger/who_was_doubted_by_policy_skip_is_never_due",
	                who_was_doubted_by_policy_skip_is_never_due);
	g_test_add_func("/ledger/the_longest_due_are_claimed_first", the_longest_due_are_claimed_first);
	g_test_add_func("/ledger/due_times_are_those_of_running_campaigns",
	                due_times_are_those_of_running_campaigns);
	g_test_add_func("/ledger/a_view_shows_the_moment_of_hand_over", a_view_shows_the_moment_of_hand_over);
	return g_test_run();
}

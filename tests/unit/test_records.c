// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/store_fixture.h"

#include <string.h>

#include "lib/base/limits.h"
#include "lib/model/token.h"
#include "lib/store/store_bounce.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_event.h"
#include "lib/store/store_flow.h"
#include "lib/store/store_pace.h"

/* What the store keeps of mail: campaigns, bounces, events, timers, pace; and ids that are never used twice.
 */

static void a_campaign_reads_back(void)
{
	struct store *store = fresh_store();
	char from[] = "T <t@x.org>", reply_to[] = "r@x.org", subject[] = "Hello {{name|you}}", text[] = "",
	     html[] = "<p>";
	struct campaign campaign = {.kind = MAILING_CONFIRM,
	                            .list_id = add_list(store, "news"),
	                            .state = CAMPAIGN_PREPARING,
	                            .from_header = from,
	                            .reply_to = reply_to,
	                            .subject = subject,
	                            .text = text,
	                            .html = html,
	                            .created_at = NOW,
	                            .start_at = NOW + 9,
	                            .request_id = 12};
	struct campaign *back;
	gint64 id = 0;

	assert_ok(store_campaign_add(store, &campaign, &id, &failure));
	back = store_campaign_by_id(store, id, NULL);
	g_assert_cmpint(back->kind, ==, MAILING_CONFIRM);
	g_assert_cmpint(back->list_id, ==, campaign.list_id);
	g_assert_cmpstr(back->list_name, ==, "news");
	g_assert_cmpint(back->state, ==, CAMPAIGN_PREPARING);
	g_assert_cmpstr(back->from_header, ==, from);
	g_assert_cmpstr(back->reply_to, ==, reply_to);
	g_assert_cmpstr(back->subject, ==, subject);
	g_assert_cmpstr(back->text, ==, "");
	g_assert_cmpstr(back->html, ==, html);
	g_assert_cmpint(back->created_at, ==, NOW);
	g_assert_cmpint(back->start_at, ==, NOW + 9);
	g_assert_cmpint(back->finished_at, ==, 0);
	g_assert_cmpint(back->filled_to, ==, 0);
	g_assert_cmpint(back->request_id, ==, 12);
	g_assert_null(back->pause_reason);
	campaign_free(back);
	campaign.reply_to = campaign.text = campaign.html = NULL;
	campaign.request_id = 0;
	assert_ok(store_campaign_add(store, &campaign, &id, &failure));
	back = store_campaign_by_id(store, id, NULL);
	g_assert_null(back->reply_to);
	g_assert_null(back->text);
	g_assert_null(back->html);
	g_assert_cmpint(back->request_id, ==, 0);
	campaign_free(back);
	assert_fails(store_campaign_by_id(store, id + 1, &failure) != NULL, FAILURE_NOINPUT);
	store_close(store);
}

static void a_campaign_changes_state(void)
{
	static const enum campaign_state states[] = {CAMPAIGN_RUNNING, CAMPAIGN_PAUSED, CAMPAIGN_DONE,
	                                             CAMPAIGN_CANCELLED};
	struct store *store = fresh_store();
	gint64 id = add_campaign(store, add_list(store, "news"), MAILING_CAMPAIGN, CAMPAIGN_PREPARING);

	for (gsize i = 0; i < G_N_ELEMENTS(states); i++) {
		gboolean is_end = states[i] == CAMPAIGN_DONE || states[i] == CAMPAIGN_CANCELLED;
		const char *reason = states[i] == CAMPAIGN_PAUSED ? "too many refusals" : NULL;
		g_autoptr(GPtrArray) open = NULL;
		struct campaign *back;

		assert_ok(store_campaign_set_state(store, id, states[i], reason, NOW + 3, &failure));
		back = store_campaign_by_id(store, id, NULL);
		g_assert_cmpint(back->state, ==, states[i]);
		g_assert_cmpint(back->finished_at, ==, is_end ? NOW + 3 : 0);
		g_assert_cmpstr(back->pause_reason, ==, reason);
		campaign_free(back);
		open = store_campaign_open(store, NULL);
		g_assert_cmpuint(open->len, ==, is_end ? 0 : 1);
	}
	store_close(store);
}

static void campaigns_are_listed_newest_first(void)
{
	struct store *store = fresh_store();
	gint64 list_id = add_list(store, "news"), before = 0;
	g_autoptr(GPtrArray) all = NULL;

	for (int i = 0; i < 10; i++)
		add_campaign(store, list_id, i % 2 == 0 ? MAILING_CAMPAIGN : MAILING_CONFIRM,
		             CAMPAIGN_RUNNING);
	for (int page = 0; page < 3; page++) {
		g_autoptr(GPtrArray) some = store_campaign_page(store, FALSE, before, 2, NULL);

		g_assert_cmpuint(some->len, ==, page < 2 ? 2 : 1);
		for (guint i = 0; i < some->len; i++) {
			const struct campaign *campaign = g_ptr_array_index(some, i);

			g_assert_cmpint(campaign->kind, ==, MAILING_CAMPAIGN);
			g_assert_true(before == 0 || campaign->id < before);
			before = campaign->id;
		}
	}
	all = store_campaign_page(store, TRUE, 0, 99, NULL);
	g_assert_cmpuint(all->len, ==, 10);
	store_close(store);
}

static void attachments_keep_every_byte(void)
{
	struct store *store = fresh_store();
	gint64 id = add_campaign(store, add_list(store, "news"), MAILING_CAMPAIGN, CAMPAIGN_RUNNING);
	static const guint8 content[] = {0, 1, 0xff, 0, '\r', '\n', 0};
	g_autoptr(GBytes) bytes = g_bytes_new_static(content, sizeof(content)),
	                  nothing = g_bytes_new_static("", 0);
	g_autoptr(GPtrArray) none = NULL;
	g_autoptr(GPtrArray) read = NULL;
	const struct campaign_file *first, *second;

	assert_ok(store_campaign_attach(store, id, "a.pdf", "application/pdf", "logo@x", bytes, &failure));
	assert_ok(store_campaign_attach(store, id, "empty", NULL, NULL, nothing, &failure));
	read = store_campaign_files(store, id, NULL);
	g_assert_cmpuint(read->len, ==, 2);
	first = g_ptr_array_index(read, 0);
	second = g_ptr_array_index(read, 1);
	g_assert_cmpstr(first->name, ==, "a.pdf");
	g_assert_cmpstr(first->type, ==, "application/pdf");
	g_assert_true(g_bytes_equal(first->bytes, bytes));
	g_assert_cmpstr(first->content_id, ==, "logo@x");
	g_assert_null(second->type);
	g_assert_null(second->content_id);
	g_assert_cmpuint(g_bytes_get_size(second->bytes), ==, 0);
	none = store_campaign_files(store, id + 1, NULL);
	g_assert_cmpuint(none->len, ==, 0);
	store_close(store);
}

static void raw_bounces_keep_every_byte(void)
{
	static const gsize sizes[] = {0, 1, 1000, 300000, LIMIT_REPORT_STORED};
	struct store *store = fresh_store();

	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
		guint8 *content = g_malloc(sizes[i] + 1);
		g_autoptr(GBytes) raw = NULL, back = NULL;
		struct bounce *bounce;
		gint64 id = 0;

		for (gsize at = 0; at < sizes[i]; at++)
			content[at] = at % 7 == 0 ? (guint8)g_test_rand_int_range(0, 256) : (guint8)at;
		raw = g_bytes_new_take(content, sizes[i]);
		assert_ok(store_bounce_keep(store, "pipe", "b+x@y", raw, i % 2 == 1, NOW, &id, &failure));
		back = store_bounce_raw(store, id, NULL);
		g_assert_true(g_bytes_equal(raw, back));
		bounce = store_bounce_by_id(store, id, NULL);
		g_assert_cmpint(bounce->raw_size, ==, (gint64)sizes[i]);
		g_assert_cmpstr(bounce->source, ==, "pipe");
		g_assert_cmpstr(bounce->state, ==, "unread");
		g_assert_cmpstr(bounce->envelope_recipient, ==, "b+x@y");
		g_assert_cmpint(bounce->received_at, ==, NOW);
		g_assert_cmpstr(bounce->kind, ==, "");
		g_assert_cmpint(bounce->delivery_id + bounce->subscription_id + bounce->campaign_id +
		                        bounce->tries,
		                ==, 0);
		bounce_free(bounce);
	}
	g_assert_cmpint(ask(store, "SELECT count(*) FROM bounce WHERE is_cut = 1"), ==, 2);
	store_close(store);
}

static void a_damaged_raw_bounce_is_no_message(void)
{
	static const char *const harm[] = {"UPDATE bounce SET raw = x'00'", "UPDATE bounce SET raw = x''",
	                                   "UPDATE bounce SET raw_size = 99",
	                                   "UPDATE bounce SET raw_size = 9000000000000000000",
	                                   "UPDATE bounce SET raw_size = -1"};

	for (gsize i = 0; i < G_N_ELEMENTS(harm); i++) {
		struct store *store = fresh_store();
		g_autofree char *text = g_strnfill(100, 'x');
		g_autoptr(GBytes) raw = g_bytes_new_static(text, 100);
		gint64 id = 0;

		assert_ok(store_bounce_keep(store, "lmtp", "", raw, FALSE, NOW, &id, &failure));
		run_raw(store, harm[i]);
		assert_fails(store_bounce_raw(store, id, &failure) != NULL, FAILURE_IO);
		store_close(store);
	}
}

static char **texts_of(struct bounce *bounce, int at)
{
	char **texts[] = {&bounce->kind,         &bounce->reason,     &bounce->blame,  &bounce->rule,
	                  &bounce->recipient,    &bounce->action,     &bounce->status, &bounce->reply,
	                  &bounce->diagnostic,   &bounce->remote_mta, &bounce->format, &bounce->effect,
	                  &bounce->reporting_mta};

	return at < (int)G_N_ELEMENTS(texts) ? texts[at] : NULL;
}

/* Every text of a verdict gets a word of its own, so that swapped columns show. */
static void give_words(struct bounce *bounce, const char *prefix)
{
	for (int i = 0; texts_of(bounce, i) != NULL; i++) {
		g_free(*texts_of(bounce, i));
		*texts_of(bounce, i) = g_strdup_printf("%s%d", prefix, i);
	}
}

static void assert_same_verdict(struct bounce *a, struct bounce *b)
{
	for (int i = 0; texts_of(a, i) != NULL; i++)
		g_assert_cmpstr(*texts_of(a, i), ==, *texts_of(b, i));
	g_assert_cmpint(a->delivery_id, ==, b->delivery_id);
	g_assert_cmpint(a->subscription_id, ==, b->subscription_id);
	g_assert_cmpint(a->campaign_id, ==, b->campaign_id);
	g_assert_cmpstr(a->state, ==, b->state);
}

/* A delivery to point to; ids of campaign, subscription and delivery differ. */
static gint64 one_delivery(struct store *store, gint64 *campaign_id_out, gint64 *subscription_id_out)
{
	gint64 list_id = add_list(store, "news"), id = 0;

	add_subscription(store, list_id, "a@x.org", SUB_ACTIVE);
	*subscription_id_out = add_subscription(store, list_id, "b@x.org", SUB_ACTIVE);
	add_campaign(store, list_id, MAILING_CAMPAIGN, CAMPAIGN_DONE);
	add_campaign(store, list_id, MAILING_CAMPAIGN, CAMPAIGN_DONE);
	*campaign_id_out = add_campaign(store, list_id, MAILING_CAMPAIGN, CAMPAIGN_RUNNING);
	assert_ok(store_delivery_add(store, *campaign_id_out, *subscription_id_out, NOW, &id, &failure));
	return id;
}

static void a_verdict_reads_back(void)
{
	struct store *store = fresh_store();
	struct bounce *bounce = bounce_new(), *back;
	g_autoptr(GBytes) raw = g_bytes_new_static("x", 1);
	g_autoptr(GPtrArray) of = NULL;
	gboolean is_judged = TRUE;
	gint64 kept = 0;

	bounce->delivery_id = one_delivery(store, &bounce->campaign_id, &bounce->subscription_id);
	bounce->received_at = NOW;
	g_free(bounce->source);
	bounce->source = g_strdup("session");
	g_free(bounce->state);
	bounce->state = g_strdup("judged");
	give_words(bounce, "added");
	assert_ok(store_bounce_add(store, bounce, &failure));
	back = store_bounce_by_id(store, bounce->id, NULL);
	assert_same_verdict(back, bounce);
	g_assert_cmpstr(back->source, ==, "session");
	g_assert_cmpstr(back->envelope_recipient, ==, "");
	bounce_free(back);
	assert_fails(store_bounce_raw(store, bounce->id, &failure) != NULL, FAILURE_NOINPUT);

	assert_ok(store_bounce_keep(store, "lmtp", "b+t@x", raw, FALSE, NOW, &kept, &failure));
	bounce->id = kept;
	give_words(bounce, "judged");
	g_free(bounce->kind);
	bounce->kind = g_strdup("hard");
	assert_ok(store_bounce_judge(store, bounce, &failure));
	back = store_bounce_by_id(store, kept, NULL);
	assert_same_verdict(back, bounce);
	g_assert_cmpstr(back->source, ==, "lmtp");
	g_assert_cmpstr(back->envelope_recipient, ==, "b+t@x");
	bounce_free(back);
	of = store_bounce_of(store, bounce->subscription_id, NULL);
	g_assert_cmpuint(of->len, ==, 2);
	/* the first one's kind is no final verdict, and a bounce does not stand in its own way */
	assert_ok(store_bounce_judged(store, bounce->delivery_id, kept, &is_judged, &failure));
	g_assert_false(is_judged);
	assert_ok(store_bounce_judged(store, bounce->delivery_id, 0, &is_judged, &failure));
	g_assert_true(is_judged);
	bounce_free(bounce);
	store_close(store);
}

static void unread_bounces_wait_in_order(void)
{
	struct store *store = fresh_store();
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GBytes) raw = g_bytes_new_static("x", 1);
	g_autoptr(GHashTable) counts = NULL;
	int tries = 0;

	for (int i = 0; i < 5; i++) {
		gint64 id = 0;

		assert_ok(store_bounce_keep(store, "maildir", "", raw, FALSE, NOW + i, &id, &failure));
	}
	run_raw(store, "UPDATE bounce SET state = 'foreign' WHERE id = 2");
	assert_ok(store_bounce_unread(store, 0, 2, ids, &failure));
	assert_ok(store_bounce_unread(store, g_array_index(ids, gint64, 1), 9, ids, &failure));
	g_assert_cmpuint(ids->len, ==, 4);
	for (guint i = 0; i < 4; i++)
		g_assert_cmpint(g_array_index(ids, gint64, i), ==, i == 0 ? 1 : (gint64)i + 2);
	for (int i = 1; i <= 3; i++) {
		assert_ok(store_bounce_try(store, 4, &tries, &failure));
		g_assert_cmpint(tries, ==, i);
	}
	assert_fails(store_bounce_try(store, 99, &tries, &failure), FAILURE_NOINPUT);
	counts = store_bounce_counts(store, NULL);
	g_assert_cmpint(*(gint64 *)g_hash_table_lookup(counts, "unread"), ==, 4);
	g_assert_cmpint(*(gint64 *)g_hash_table_lookup(counts, "foreign"), ==, 1);
	g_assert_null(g_hash_table_lookup(counts, "judged"));
	store_close(store);
}

static void old_raw_mail_is_dropped_but_never_unread(void)
{
	struct store *store = fresh_store();
	g_autoptr(GBytes) raw = g_bytes_new_static("x", 1);
	gint64 forgotten = -1;

	for (int i = 0; i < 6; i++) {
		gint64 id = 0;

		assert_ok(store_bounce_keep(store, "maildir", "", raw, FALSE, NOW + i, &id, &failure));
	}
	run_raw(store, "UPDATE bounce SET state = 'judged' WHERE id <> 1");
	assert_ok(store_bounce_forget_raw(store, NOW + 4, 2, &forgotten, &failure));
	g_assert_cmpint(forgotten, ==, 2);
	assert_ok(store_bounce_forget_raw(store, NOW + 4, 2, &forgotten, &failure));
	g_assert_cmpint(forgotten, ==, 1);
	assert_ok(store_bounce_forget_raw(store, NOW + 4, 2, &forgotten, &failure));
	g_assert_cmpint(forgotten, ==, 0);
	g_assert_cmpint(ask(store, "SELECT group_concat(id, '') FROM bounce WHERE raw IS NOT NULL"), ==, 156);
	store_close(store);
}

static void an_event_reads_back(void)
{
	struct store *store = fresh_store();
	const struct event full = {
	        0,           NOW,      "bounce",       "timer",          1, 2, 3, 4, 5, "active",
	        "suspended", "bounce", "score 2 -> 3", "state=suspended"};
	const struct event bare = {.at = NOW - 1, .what = "x", .actor = "command", .subscription_id = 2};
	const struct event other = {.at = NOW, .what = "y", .actor = "web", .subscription_id = 3};
	g_autoptr(GPtrArray) events = NULL;
	const struct event *back;

	assert_ok(store_event_add(store, &full, &failure));
	assert_ok(store_event_add(store, &bare, &failure));
	assert_ok(store_event_add(store, &other, &failure));
	events = store_event_of(store, 2, NULL);
	g_assert_cmpuint(events->len, ==, 2);
	back = g_ptr_array_index(events, 0);
	g_assert_cmpint(back->at, ==, NOW);
	g_assert_cmpstr(back->what, ==, "bounce");
	g_assert_cmpstr(back->actor, ==, "timer");
	g_assert_cmpint(back->list_id, ==, 1);
	g_assert_cmpint(back->subscription_id, ==, 2);
	g_assert_cmpint(back->campaign_id, ==, 3);
	g_assert_cmpint(back->delivery_id, ==, 4);
	g_assert_cmpint(back->bounce_id, ==, 5);
	g_assert_cmpstr(back->from_state, ==, "active");
	g_assert_cmpstr(back->to_state, ==, "suspended");
	g_assert_cmpstr(back->cause, ==, "bounce");
	g_assert_cmpstr(back->detail, ==, "score 2 -> 3");
	back = g_ptr_array_index(events, 1);
	g_assert_cmpint(back->list_id + back->campaign_id + back->delivery_id + back->bounce_id, ==, 0);
	g_assert_null(back->from_state);
	g_assert_null(back->to_state);
	g_assert_null(back->cause);
	g_assert_null(back->detail);
	store_close(store);
}

static void the_event_log_can_only_grow(void)
{
	static const char *const harm[] = {
	        "UPDATE event SET detail = 'x'", "UPDATE event SET id = id + 1", "DELETE FROM event",
	        "REPLACE INTO event (id, at, what, actor) VALUES (1, 2, 'x', 'y')"};
	struct store *store = fresh_store();
	const struct event event = {.at = NOW, .what = "x", .actor = "command", .subscription_id = 2};

	assert_ok(store_event_add(store, &event, &failure));
	for (gsize i = 0; i < G_N_ELEMENTS(harm); i++) {
		g_assert_cmpint(sqlite3_exec(store->db, harm[i], NULL, NULL, NULL), !=, SQLITE_OK);
		g_assert_cmpint(
		        ask(store,
		            "SELECT count(*) FROM event WHERE id = 1 AND at = 1800000000 AND detail IS NULL"),
		        ==, 1);
	}
	store_close(store);
}

static void timers_and_pace_remember(void)
{
	struct store *store = fresh_store();
	gint64 at = -1, version = 0, written, base_us;
	g_autoptr(GBytes) spent = NULL, none = NULL;

	assert_ok(store_timer_last(store, "removals", &at, &failure));
	g_assert_cmpint(at, ==, 0);
	assert_ok(store_pace_get(store, "all", &version, &none, &failure));
	g_assert_cmpuint(g_bytes_get_size(none), ==, 0);
	for (gint64 i = 1; i < 3; i++) {
		g_autoptr(GBytes) bytes = g_bytes_new(&i, sizeof(i));
		g_autoptr(GBytes) unchanged = NULL, again = NULL;
		gint64 unknown = 0;

		assert_ok(store_timer_ran(store, "removals", NOW + i, &failure));
		assert_ok(store_timer_last(store, "removals", &at, &failure));
		g_assert_cmpint(at, ==, NOW + i);
		assert_ok(store_pace_set(store, "relay:main", bytes, NOW, &written, &failure));
		version = written;
		assert_ok(store_pace_get(store, "relay:main", &version, &unchanged, &failure));
		g_assert_null(unchanged);
		assert_ok(store_pace_get(store, "relay:main", &unknown, &again, &failure));
		g_assert_true(g_bytes_equal(again, bytes));
		g_assert_cmpint(unknown, ==, written);
	}
	assert_ok(store_pace_forget(store, NOW + 1, 10, &failure));
	assert_ok(store_pace_get(store, "relay:main", &version, &spent, &failure));
	g_assert_cmpuint(g_bytes_get_size(spent), ==, 0);
	/* the first of a boot sets the clock */
	assert_ok(store_pace_base(store, "boot 1", 100, &base_us, &failure));
	assert_ok(store_pace_base(store, "boot 1", 200, &base_us, &failure));
	g_assert_cmpint(base_us, ==, 100);
	assert_ok(store_pace_base(store, "boot 2", 300, &base_us, &failure));
	g_assert_cmpint(base_us, ==, 300);
	store_close(store);
}

/* The newest row goes, another comes: a token for the first must not fit the second. */
static void ids_in_tokens_are_never_used_twice(void)
{
	struct store *store = fresh_store();
	struct key_ring keys = {.count = 1, .keys = {{.id = 1}}};
	gint64 list_id = add_list(store, "news"), campaign_id, old, fresh, request = 0, request_after = 0,
	       delivery = 0, delivery_after = 0;
	struct token token = {TOKEN_UNSUBSCRIBE, 0, 20833}, back;
	g_autofree char *text = NULL;

	old = add_subscription(store, list_id, "a@x.org", SUB_ACTIVE);
	token.id = old;
	text = token_write(&token, &keys);
	campaign_id = add_campaign(store, list_id, MAILING_CAMPAIGN, CAMPAIGN_RUNNING);
	assert_ok(store_request_add(store, old, NOW, NOW + 1, &request, &failure));
	assert_ok(store_delivery_add(store, campaign_id, old, NOW, &delivery, &failure));
	run_raw(store, "DELETE FROM delivery; DELETE FROM request; DELETE FROM subscription; DELETE FROM "
	               "subscriber");
	fresh = add_subscription(store, list_id, "b@x.org", SUB_ACTIVE);
	g_assert_cmpint(fresh, >, old);
	g_assert_cmpint(ask(store, "SELECT id FROM subscriber"), >, 1);
	assert_ok(store_request_add(store, fresh, NOW, NOW + 1, &request_after, &failure));
	g_assert_cmpint(request_after, >, request);
	assert_ok(store_delivery_add(store, campaign_id, fresh, NOW, &delivery_after, &failure));
	g_assert_cmpint(delivery_after, >, delivery);
	assert_ok(token_read(text, &keys, &back, &failure));
	assert_fails(store_subscription_by_id(store, back.id, &failure) != NULL, FAILURE_NOINPUT);
	store_close(store);
}

static void flows_and_holds_remember(void)
{
	struct store *store = fresh_store();
	g_autoptr(GPtrArray) holds = NULL, rows = NULL;
	struct flow flow;
	gboolean has, changed;

	assert_ok(store_flow_get(store, "main", "google", "lists.test", &flow, &has, &failure));
	g_assert_false(has);
	breaker_open(&flow.breaker, breaker_trigger_find("dnsbl"), NOW);
	assert_ok(store_flow_set(store, "main", "google", "lists.test", &flow, NOW, &failure));
	flow_init(&flow);
	assert_ok(store_flow_get(store, "main", "google", "lists.test", &flow, &has, &failure));
	g_assert_true(has);
	g_assert_cmpint(flow.breaker.state, ==, BREAKER_OPEN);
	rows = store_flow_all(store, NULL);
	g_assert_cmpuint(rows->len, ==, 1);
	g_assert_cmpstr(((struct flow_row *)rows->pdata[0])->provider, ==, "google");

	assert_ok(store_hold_add(store, HOLD_PROVIDER, "google", NOW, &changed, &failure));
	g_assert_true(changed);
	assert_ok(store_hold_add(store, HOLD_PROVIDER, "google", NOW + 1, &changed, &failure));
	g_assert_false(changed);
	assert_ok(store_hold_add(store, HOLD_ALL, "", NOW, &changed, &failure));
	holds = store_hold_all(store, NULL);
	g_assert_cmpuint(holds->len, ==, 2);
	g_assert_cmpint(((struct hold *)holds->pdata[0])->kind, ==, HOLD_ALL);
	g_assert_cmpint(((struct hold *)holds->pdata[1])->at, ==, NOW);
	assert_ok(store_hold_remove(store, HOLD_PROVIDER, "google", &changed, &failure));
	g_assert_true(changed);
	assert_ok(store_hold_remove(store, HOLD_PROVIDER, "google", &changed, &failure));
	g_assert_false(changed);
	store_close(store);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/records/a_campaign_reads_back", a_campaign_reads_back);
	g_test_add_func("/records/a_campaign_changes_state", a_campaign_changes_state);
	g_test_add_func("/records/campaigns_are_listed_newest_first", campaigns_are_listed_newest_first);
	g_test_add_func("/records/attachments_keep_every_byte", attachments_keep_every_byte);
	g_test_add_func("/records/raw_bounces_keep_every_byte", raw_bounces_keep_every_byte);
	g_test_add_func("/records/a_damaged_raw_bounce_is_no_message", a_damaged_raw_bounce_is_no_message);
	g_test_add_func("/records/a_verdict_reads_back", a_verdict_reads_back);
	g_test_add_func("/records/unread_bounces_wait_in_order", unread_bounces_wait_in_order);
	g_test_add_func("/records/old_raw_mail_is_dropped_but_never_unread",
	                old_raw_mail_is_dropped_but_never_unread);
	g_test_add_func("/records/an_event_reads_back", an_event_reads_back);
	g_test_add_func("/records/the_event_log_can_only_grow", the_event_log_can_only_grow);
	g_test_add_func("/records/timers_and_pace_remember", timers_and_pace_remember);
	g_test_add_func("/records/flows_and_holds_remember", flows_and_holds_remember);
	g_test_add_func("/records/ids_in_tokens_are_never_used_twice", ids_in_tokens_are_never_used_twice);
	return g_test_run();
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_delivery.h"

#include "lib/base/failure.h"
#include "lib/store/sql.h"
#include "lib/store/store_canary.h"
#include "lib/store/store_sign.h"

#include <string.h>

static const char *const state_names[DELIVERY_STATES] = {
        "queued", "claimed", "handing", "sent", "deferred", "failed", "ambiguous", "skipped", "expired"};

const char *delivery_state_name(enum delivery_state state)
{
	return state_names[state];
}

static enum delivery_state read_state(const char *text)
{
	for (gsize i = 0; i < DELIVERY_STATES; i++)
		if (g_strcmp0(text, state_names[i]) == 0)
			return (enum delivery_state)i;
	g_error("delivery: a state that the schema forbids");
}

void delivery_free(struct delivery *delivery)
{
	if (delivery == NULL)
		return;
	g_free(delivery->status);
	g_free(delivery->note);
	g_free(delivery->relay);
	g_free(delivery);
}

void delivery_view_clear(struct delivery_view *view)
{
	g_clear_pointer(&view->delivery, delivery_free);
	g_clear_pointer(&view->address, g_free);
	g_clear_pointer(&view->attributes, g_free);
}

static struct delivery *read_delivery(sqlite3_stmt *row)
{
	struct delivery *delivery = g_new0(struct delivery, 1);

	delivery->id = sqlite3_column_int64(row, 0);
	delivery->campaign_id = sqlite3_column_int64(row, 1);
	delivery->subscription_id = sqlite3_column_int64(row, 2);
	delivery->state = read_state((const char *)sqlite3_column_text(row, 3));
	delivery->next_at = sqlite3_column_int64(row, 4);
	delivery->generation = sqlite3_column_int(row, 5);
	delivery->attempts = sqlite3_column_int(row, 6);
	delivery->token_day = sqlite3_column_type(row, 7) == SQLITE_NULL ? -1 : sqlite3_column_int(row, 7);
	delivery->first_handed_at = sqlite3_column_int64(row, 8);
	delivery->ended_at = sqlite3_column_int64(row, 9);
	delivery->code = sqlite3_column_int(row, 10);
	delivery->status = sql_text_or_empty(row, 11);
	delivery->note = sql_text_or_empty(row, 12);
	delivery->relay = sql_text_or_empty(row, 13);
	return delivery;
}

gboolean store_delivery_add(struct store *store, gint64 campaign_id, gint64 subscription_id, gint64 next_at,
                            gint64 *id_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_ADD, error);
	g_autoptr(GError) failure = NULL;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "iii", campaign_id, subscription_id, next_at);
	if (sql_number(store, statement, "row", id_out, &failure))
		return TRUE;
	if (failure_is(failure, FAILURE_NOINPUT))
		g_set_error(error, FAILURE, FAILURE_DATA,
		            "campaign %" G_GINT64_FORMAT " has subscription %" G_GINT64_FORMAT " already",
		            campaign_id, subscription_id);
	else
		g_propagate_error(error, g_steal_pointer(&failure));
	return FALSE;
}

gboolean store_delivery_add_owner(struct store *store, gint64 campaign_id, const char *address,
                                  gint64 next_at, gint64 *id_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_ADD_OWNER, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "iti", campaign_id, address, next_at);
	return sql_number(store, statement, "row", id_out, error);
}

static struct delivery_sign read_sign(sqlite3_stmt *row)
{
	return (struct delivery_sign){
	        .id = sqlite3_column_int64(row, 0),
	        .campaign_id = sqlite3_column_int64(row, 1),
	        .handed_at = sqlite3_column_int64(row, 2),
	        .ended_at = sqlite3_column_int64(row, 3),
	};
}

gboolean store_delivery_silent(struct store *store, gint64 subscription_id, gint64 handed_after, int count,
                               GArray *signs, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_SILENT, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "iid", subscription_id, handed_after, count);
	while ((more = sql_step(store, statement, error)) > 0) {
		struct delivery_sign sign = read_sign(statement);

		g_array_append_val(signs, sign);
	}
	return more == 0;
}

gboolean store_delivery_kind(struct store *store, gint64 id, enum mailing_kind *kind_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_KIND, error);
	gboolean is_read = FALSE;
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", id);
	more = sql_step(store, statement, error);
	if (more > 0)
		is_read = mailing_kind_read((const char *)sqlite3_column_text(statement, 0), kind_out);
	sql_done(statement);
	if (!is_read && more >= 0)
		g_set_error(error, FAILURE, FAILURE_NOINPUT, "there is no delivery %" G_GINT64_FORMAT, id);
	return is_read;
}

gboolean store_delivery_last(struct store *store, gint64 subscription_id, enum mailing_kind kind,
                             struct delivery_sign *sign_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_LAST, error);
	int more;

	*sign_out = (struct delivery_sign){0};
	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "it", subscription_id, mailing_kind_name(kind));
	more = sql_step(store, statement, error);
	if (more > 0)
		*sign_out = read_sign(statement);
	sql_done(statement);
	return more >= 0;
}

static gboolean fill_to(struct store *store, const struct campaign *campaign, gint64 to, GError **error)
{
	sqlite3_stmt *fill = sql_take(store, S_DELIVERY_FILL, error), *remember;

	if (fill == NULL)
		return FALSE;
	/* of a campaign whose first slice is watched, nobody goes before that is chosen */
	sql_bind(fill, "iiiii", campaign->id,
	         campaign->canary == CANARY_SLICE ? STORE_CANARY_FAR : campaign->start_at, campaign->list_id,
	         campaign->filled_to, to);
	if (!sql_run(store, fill, error))
		return FALSE;
	remember = sql_take(store, S_CAMPAIGN_FILLED_TO, error);
	if (remember == NULL)
		return FALSE;
	sql_bind(remember, "ii", campaign->id, to);
	return sql_run(store, remember, error);
}

gboolean store_delivery_fill(struct store *store, gint64 campaign_id, int count, gint64 *added_out,
                             GError **error)
{
	struct campaign *campaign = store_campaign_by_id(store, campaign_id, error);
	sqlite3_stmt *page;
	gboolean is_filled = FALSE;
	gint64 to = 0;
	int more;

	*added_out = 0;
	if (campaign == NULL)
		return FALSE;
	page = sql_take(store, S_DELIVERY_FILL_PAGE, error);
	if (page != NULL) {
		sql_bind(page, "iid", campaign->list_id, campaign->filled_to, count);
		more = sql_step(store, page, error);
		if (more > 0) {
			to = sqlite3_column_int64(page, 0);
			*added_out = sqlite3_column_int64(page, 1);
		}
		sql_done(page);
		is_filled = more > 0 && (*added_out == 0 || fill_to(store, campaign, to, error));
	}
	campaign_free(campaign);
	return is_filled;
}

struct delivery *store_delivery_by_id(struct store *store, gint64 id, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_BY_ID, error);
	struct delivery *delivery = NULL;
	int more;

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "i", id);
	more = sql_step(store, statement, error);
	if (more > 0)
		delivery = read_delivery(statement);
	if (more == 0)
		g_set_error(error, FAILURE, FAILURE_NOINPUT, "there is no delivery %" G_GINT64_FORMAT, id);
	sql_done(statement);
	return delivery;
}

GPtrArray *store_delivery_of(struct store *store, gint64 subscription_id, int count, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_OF, error);
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)delivery_free);
	int more;

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "id", subscription_id, count);
	while ((more = sql_step(store, statement, error)) > 0)
		g_ptr_array_add(all, read_delivery(statement));
	return more < 0 ? NULL : g_steal_pointer(&all);
}

gboolean store_delivery_totals(struct store *store, gint64 campaign_id, gint64 *totals, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_TOTALS, error);
	int more;

	memset(totals, 0, DELIVERY_STATES * sizeof(*totals));
	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", campaign_id);
	while ((more = sql_step(store, statement, error)) > 0)
		totals[read_state((const char *)sqlite3_column_text(statement, 0))] = sqlite3_column_int64(
		        statement, 1);
	return more == 0;
}

gboolean store_delivery_claim(struct store *store, gint64 campaign_id, gint64 lease_id, gint64 now, int count,
                              GArray *ids, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_CLAIM, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "iidi", campaign_id, now, count, lease_id);
	while ((more = sql_step(store, statement, error)) > 0) {
		gint64 id = sqlite3_column_int64(statement, 0);

		g_array_append_val(ids, id);
	}
	return more == 0;
}

gboolean store_delivery_next_due(struct store *store, gint64 *at_out, GError **error)
{
	g_autoptr(GPtrArray) open = store_campaign_open(store, error);

	*at_out = 0;
	if (open == NULL)
		return FALSE;
	for (guint i = 0; i < open->len; i++) {
		const struct campaign *campaign = g_ptr_array_index(open, i);
		sqlite3_stmt *statement;
		gint64 at;

		if (campaign->state != CAMPAIGN_RUNNING)
			continue;
		statement = sql_take(store, S_DELIVERY_NEXT_DUE, error);
		if (statement == NULL)
			return FALSE;
		sql_bind(statement, "i", campaign->id);
		if (!sql_number(store, statement, "row", &at, error))
			return FALSE;
		if (at != 0 && (*at_out == 0 || at < *at_out))
			*at_out = at;
	}
	return TRUE;
}

static enum campaign_state read_campaign_state(const char *text)
{
	for (int i = 0; i < 5; i++)
		if (g_strcmp0(text, campaign_state_name((enum campaign_state)i)) == 0)
			return (enum campaign_state)i;
	g_error("campaign: a state that the schema forbids");
}

/* There is none where an owner is written to. */
static gboolean read_subscription_state(const char *text, enum subscription_state *state_out)
{
	*state_out = SUB_NONE;
	return text == NULL || subscription_state_read(text, state_out);
}

static gboolean read_view(sqlite3_stmt *row, struct delivery_view *view, GError **error)
{
	enum { FIRST = 14 };

	memset(view, 0, sizeof(*view));
	if (!mailing_kind_read((const char *)sqlite3_column_text(row, FIRST + 1), &view->kind) ||
	    !read_subscription_state((const char *)sqlite3_column_text(row, FIRST + 7), &view->state)) {
		g_set_error(error, FAILURE, FAILURE_BUG, "delivery: a word that the schema forbids");
		return FALSE;
	}
	view->delivery = read_delivery(row);
	view->campaign_state = read_campaign_state((const char *)sqlite3_column_text(row, FIRST));
	view->request_id = sqlite3_column_int64(row, FIRST + 2);
	view->queued_at = sqlite3_column_int64(row, FIRST + 3);
	view->list_id = sqlite3_column_int64(row, FIRST + 4);
	view->subscription_id = sqlite3_column_int64(row, FIRST + 5);
	view->subscriber_id = sqlite3_column_int64(row, FIRST + 6);
	view->state_at = sqlite3_column_int64(row, FIRST + 8);
	view->subscribed_at = sqlite3_column_int64(row, FIRST + 9);
	view->import_id = sqlite3_column_int64(row, FIRST + 10);
	view->is_suppressed = sqlite3_column_int(row, FIRST + 11);
	view->needs_smtputf8 = sqlite3_column_int(row, FIRST + 12);
	view->address = sql_text(row, FIRST + 13);
	view->attributes = sql_text(row, FIRST + 14);
	view->dated_at = sqlite3_column_int64(row, FIRST + 15);
	view->until_at = sqlite3_column_int64(row, FIRST + 16);
	return TRUE;
}

gboolean store_delivery_view(struct store *store, gint64 id, struct delivery_view *view_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_VIEW, error);
	gboolean is_read = FALSE;
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", id);
	more = sql_step(store, statement, error);
	if (more > 0)
		is_read = read_view(statement, view_out, error);
	if (more == 0)
		g_set_error(error, FAILURE, FAILURE_NOINPUT, "there is no delivery %" G_GINT64_FORMAT, id);
	sql_done(statement);
	return is_read;
}

gboolean store_delivery_still(struct store *store, gint64 id, gint64 lease_id, const char *provider,
                              struct delivery_still *still_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_STILL, error);
	int more;

	memset(still_out, 0, sizeof(*still_out));
	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "iit", id, lease_id, provider);
	more = sql_step(store, statement, error);
	if (more > 0) {
		still_out->is_ours = read_subscription_state((const char *)sqlite3_column_text(statement, 0),
		                                             &still_out->state) &&
		                     mailing_kind_read((const char *)sqlite3_column_text(statement, 3),
		                                       &still_out->kind);
		still_out->state_at = sqlite3_column_int64(statement, 1);
		still_out->campaign_state = read_campaign_state(
		        (const char *)sqlite3_column_text(statement, 2));
		still_out->is_suppressed = sqlite3_column_int(statement, 4);
		g_strlcpy(still_out->bound, (const char *)sqlite3_column_text(statement, 5),
		          sizeof(still_out->bound));
		still_out->until_at = sqlite3_column_int64(statement, 6);
		still_out->is_held = sqlite3_column_int(statement, 7);
	}
	sql_done(statement);
	return more >= 0;
}

static gboolean gives_row(struct store *store, sqlite3_stmt *statement, gboolean *has_out, GError **error)
{
	int more = sql_step(store, statement, error);

	*has_out = more > 0;
	sql_done(statement);
	return more >= 0;
}

void delivery_errand_clear(struct delivery_errand *errand)
{
	g_free(errand->list_name);
	g_free(errand->from_header);
	g_free(errand->address);
	g_free(errand->bound);
	g_free(errand->last);
	g_free(errand->list_rate);
}

gboolean store_delivery_errand(struct store *store, gint64 id, struct delivery_errand *errand_out,
                               GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_ERRAND, error);
	gboolean is_read = FALSE;
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", id);
	more = sql_step(store, statement, error);
	if (more > 0) {
		errand_out->campaign_id = sqlite3_column_int64(statement, 0);
		is_read = mailing_kind_read((const char *)sqlite3_column_text(statement, 1),
		                            &errand_out->kind);
		errand_out->list_id = sqlite3_column_int64(statement, 2);
		errand_out->list_name = sql_text(statement, 3);
		errand_out->from_header = sql_text(statement, 4);
		errand_out->address = sql_text(statement, 5);
		errand_out->bound = sql_text_or_empty(statement, 6);
		errand_out->last = sql_text_or_empty(statement, 7);
		errand_out->list_rate = sql_text_or_empty(statement, 8);
		if (!is_read) {
			delivery_errand_clear(errand_out);
			g_set_error(error, FAILURE, FAILURE_DATA,
			            "delivery %" G_GINT64_FORMAT " is of an unknown kind", id);
		}
	}
	if (more == 0)
		g_set_error(error, FAILURE, FAILURE_NOINPUT, "there is no delivery %" G_GINT64_FORMAT, id);
	sql_done(statement);
	return is_read;
}

static void free_domain(gpointer data)
{
	struct delivery_domain *domain = data;

	g_free(domain->name);
	g_free(domain);
}

GPtrArray *store_delivery_domains(struct store *store, gint64 campaign_id, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_DOMAINS, error);
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_domain);
	int more;

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "i", campaign_id);
	while ((more = sql_step(store, statement, error)) > 0) {
		struct delivery_domain *domain = g_new0(struct delivery_domain, 1);

		domain->name = sql_text_or_empty(statement, 0);
		domain->count = sqlite3_column_int64(statement, 1);
		g_ptr_array_add(all, domain);
	}
	return more < 0 ? NULL : g_steal_pointer(&all);
}

gboolean store_delivery_in_hand(struct store *store, gint64 id, gint64 lease_id, gboolean *in_hand_out,
                                GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_IN_HAND, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ii", id, lease_id);
	return gives_row(store, statement, in_hand_out, error);
}

gboolean store_delivery_any_in_hand(struct store *store, gint64 lease_id, gboolean *any_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_ANY_IN_HAND, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", lease_id);
	return gives_row(store, statement, any_out, error);
}

gboolean store_delivery_sent(struct store *store, const struct delivery_taken *taken, gint64 now,
                             GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_SENT, error);
	gint64 id;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ineeidnei", taken->id, (gint64)taken->code, taken->status, taken->note, now,
	         taken->token_day, taken->handed_at, taken->relay, taken->lease_id);
	return sql_number(store, statement, "open delivery", &id, error);
}

gboolean store_delivery_hand(struct store *store, gint64 id, gint64 now, int token_day, const char *relay,
                             GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_HAND, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "iidt", id, now, token_day, relay);
	return sql_number(store, statement, "claimed delivery", &id, error);
}

gboolean store_delivery_dated(struct store *store, gint64 id, gint64 date, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_DATED, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ii", id, date);
	return sql_run(store, statement, error);
}

gboolean store_delivery_release(struct store *store, gint64 id, gint64 next_at, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_RELEASE, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ii", id, next_at);
	return sql_number(store, statement, "open delivery", &id, error);
}

gboolean store_delivery_end(struct store *store, gint64 id, enum delivery_state state, int code,
                            const char *status, const char *note, gint64 now, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_END, error);
	gboolean is_attempt = state == DELIVERY_SENT || state == DELIVERY_FAILED;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "itneeid", id, state_names[state], (gint64)code, status, note, now,
	         is_attempt ? 1 : 0);
	return sql_number(store, statement, "open delivery", &id, error);
}

gboolean store_delivery_defer(struct store *store, gint64 id, int code, const char *status, const char *note,
                              gint64 next_at, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_DEFER, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ineei", id, (gint64)code, status, note, next_at);
	return sql_number(store, statement, "open delivery", &id, error);
}

gboolean store_delivery_doubt(struct store *store, gint64 id, const char *note, gint64 next_at,
                              GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_DOUBT, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ien", id, note, next_at);
	return sql_number(store, statement, "open delivery", &id, error);
}

gboolean store_delivery_bounced(struct store *store, gint64 id, const char *status, const char *note,
                                gint64 now, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_BOUNCED, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ieei", id, status, note, now);
	return sql_run(store, statement, error);
}

gboolean store_delivery_unbounced(struct store *store, gint64 id, const char *note, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_UNBOUNCED, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ie", id, note);
	return sql_run(store, statement, error);
}

gboolean store_delivery_cancelled_in_hand(struct store *store, gint64 lease_id, GArray *campaign_ids,
                                          GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_CANCELLED_IN_HAND, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", lease_id);
	while ((more = sql_step(store, statement, error)) > 0) {
		gint64 id = sqlite3_column_int64(statement, 0);

		g_array_append_val(campaign_ids, id);
	}
	return more == 0;
}

static gboolean recover(struct store *store, enum sql_name name, gint64 lease_id, gint64 at,
                        gint64 *changed_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, name, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "in", lease_id, at);
	if (!sql_run(store, statement, error))
		return FALSE;
	*changed_out = sqlite3_changes(store->db);
	return TRUE;
}

gboolean store_delivery_recover(struct store *store, gint64 lease_id, gint64 now, gint64 *released_out,
                                GError **error)
{
	return recover(store, S_DELIVERY_RECOVER_CLAIMED, lease_id, now, released_out, error);
}

gboolean store_delivery_recover_doubt(struct store *store, gint64 lease_id, gint64 resend_at,
                                      gint64 *ambiguous_out, GError **error)
{
	return recover(store, S_DELIVERY_RECOVER_DOUBT, lease_id, resend_at, ambiguous_out, error);
}

gboolean store_delivery_unfinished(struct store *store, gint64 campaign_id, gboolean *unfinished_out,
                                   GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_UNFINISHED, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", campaign_id);
	more = sql_step(store, statement, error);
	*unfinished_out = more > 0;
	sql_done(statement);
	return more >= 0;
}

gboolean store_delivery_cancel(struct store *store, gint64 campaign_id, const char *note, gint64 now,
                               int count, gint64 *changed_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DELIVERY_CANCEL, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "itid", campaign_id, note, now, count);
	if (!sql_run(store, statement, error))
		return FALSE;
	*changed_out = sqlite3_changes(store->db);
	return TRUE;
}

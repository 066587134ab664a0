// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/membership.h"

#include "lib/action/change.h"
#include "lib/action/evidence.h"
#include "lib/action/outbox.h"
#include "lib/base/failure.h"
#include "lib/model/address.h"
#include "lib/model/token.h"
#include "lib/store/store_list.h"
#include "lib/store/store_subscriber.h"

#include <string.h>

enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S };
enum { CONFIRM_WITHIN_S = 72 * HOUR_S, REQUESTS_A_DAY = 1, REQUESTS_A_MONTH = 3 };

const char *membership_outcome_text(enum membership_outcome outcome)
{
	static const char *const texts[] = {
	        "is subscribed",
	        "was asked to confirm",
	        "was so already; nothing changed",
	        "was asked to confirm recently; no other request goes out yet (one a day, three in 30 days)",
	        "is on the suppression list",
	        "left or was removed before: only the person's own confirmation brings the address back "
	        "(subscribe without --confirmed)",
	        "complained about this mail: only the person's own confirmation and the owner's approval "
	        "bring the address back",
	        "is unsubscribed",
	        "the confirmation request is too old or was used before",
	};

	return texts[outcome];
}

/* Commit when the work succeeded, else roll back. */
static gboolean finish(struct store *store, gboolean is_good, GError **error)
{
	if (is_good)
		return store_commit(store, error);
	store_rollback(store);
	return FALSE;
}

/* Everything a subscribe call looks at. */
struct joining {
	struct context *context;
	struct list *list;
	struct address address;
	gint64 subscriber_id;
	struct subscription *subscription; /* NULL: none yet */
	const char *consent;
	const struct actor *actor;
	struct change_cause cause;
	gint64 now;
};

static gboolean is_from_outside(const struct actor *actor)
{
	return strcmp(actor->source, "command") != 0;
}

/* What a stranger asked for is evidence by itself; an operator says what he knows, or nothing. */
static gboolean keep_consent(struct joining *j, gint64 request_id, GError **error)
{
	const char *text = j->consent != NULL ? j->consent : j->actor->text;

	if (text == NULL && !is_from_outside(j->actor))
		return TRUE;
	return evidence_add(j->context, j->subscription->id,
	                    strcmp(j->actor->source, "web") == 0 ? "form" : j->actor->source, j->actor,
	                    text == NULL ? "asked by mail to be subscribed" : text, request_id, j->now,
	                    error);
}

static gboolean enrol(struct joining *j, enum membership_outcome *outcome, GError **error)
{
	gboolean moved = TRUE;

	if (j->subscription == NULL) {
		j->subscription = change_add(j->context->store, j->list->id, j->subscriber_id, EVENT_ENROL,
		                             &j->cause, j->now, error);
		if (j->subscription == NULL)
			return FALSE;
	} else if (!change_apply(j->context->store, j->subscription, EVENT_ENROL, &j->cause, j->now, &moved,
	                         error)) {
		return FALSE;
	}
	if (!moved) {
		*outcome = j->subscription->state == SUB_COMPLAINED ? MEMBERSHIP_NEEDS_OWNER
		                                                    : MEMBERSHIP_NEEDS_OPT_IN;
		return TRUE;
	}
	*outcome = MEMBERSHIP_SUBSCRIBED;
	return keep_consent(j, 0, error);
}

static gboolean is_over_quota(struct joining *j, gboolean *is_over, GError **error)
{
	int day, month;

	if (!store_request_count(j->context->store, j->subscriber_id, j->now - DAY_S, &day, error) ||
	    !store_request_count(j->context->store, j->subscriber_id, j->now - 30 * DAY_S, &month, error))
		return FALSE;
	*is_over = day >= REQUESTS_A_DAY || month >= REQUESTS_A_MONTH;
	return TRUE;
}

static gboolean ask(struct joining *j, enum membership_outcome *outcome, GError **error)
{
	struct store *store = j->context->store;
	struct outbox_note note = {.kind = MAILING_CONFIRM,
	                           .template = "confirm",
	                           .actor = j->actor->source,
	                           .requested_from = j->actor->network};
	gboolean is_over;
	gint64 request_id;

	if (j->subscription != NULL && j->subscription->state == SUB_COMPLAINED) {
		*outcome = MEMBERSHIP_NEEDS_OWNER;
		return TRUE;
	}
	if (j->address.needs_smtputf8) {
		g_set_error(error, FAILURE, FAILURE_DATA,
		            "%s needs SMTPUTF8, which no relay session here speaks: it cannot be asked",
		            j->address.address);
		return FALSE;
	}
	if (!is_over_quota(j, &is_over, error))
		return FALSE;
	if (is_over) {
		*outcome = MEMBERSHIP_QUOTA;
		return TRUE;
	}
	if (j->subscription == NULL) {
		j->subscription = change_add(store, j->list->id, j->subscriber_id, EVENT_REQUEST, &j->cause,
		                             j->now, error);
		if (j->subscription == NULL)
			return FALSE;
	} else if (!change_note(store, j->subscription, "request", &j->cause, j->now, error)) {
		return FALSE;
	}
	*outcome = MEMBERSHIP_ASKED;
	if (!store_request_add(store, j->subscription->id, j->now, j->now + CONFIRM_WITHIN_S, &request_id,
	                       error))
		return FALSE;
	note.request_id = request_id;
	return keep_consent(j, request_id, error) &&
	       outbox_note(j->context, j->list, j->subscription->id, &note, j->now, error);
}

/* Only the mailbox itself is told that it is subscribed, never a page. */
static gboolean tell_already(struct joining *j, enum membership_outcome *outcome, GError **error)
{
	const struct outbox_note note = {.kind = MAILING_ALREADY_SUBSCRIBED,
	                                 .template = "already-subscribed",
	                                 .actor = j->actor->source};

	*outcome = MEMBERSHIP_ALREADY;
	if (!is_from_outside(j->actor))
		return TRUE;
	*outcome = MEMBERSHIP_ASKED;
	return change_note(j->context->store, j->subscription, "request", &j->cause, j->now, error) &&
	       outbox_note(j->context, j->list, j->subscription->id, &note, j->now, error);
}

static gboolean join(struct joining *j, gboolean is_confirmed, enum membership_outcome *outcome,
                     GError **error)
{
	struct store *store = j->context->store;
	g_autofree char *hash = context_address_hash(j->context, j->address.key);
	g_autoptr(GError) failure = NULL;
	gboolean is_suppressed, is_new, may_enrol;

	if (!store_suppression_has(store, hash, &is_suppressed, error))
		return FALSE;
	if (is_suppressed) {
		*outcome = MEMBERSHIP_SUPPRESSED;
		return TRUE;
	}
	if (!store_subscriber_add(store, j->address.key, j->address.address, NULL, j->address.needs_smtputf8,
	                          j->now, &j->subscriber_id, &is_new, error))
		return FALSE;
	j->subscription = store_subscription_get(store, j->list->id, j->subscriber_id, &failure);
	if (j->subscription == NULL && !failure_is(failure, FAILURE_NOINPUT)) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	if (j->subscription != NULL && j->subscription->state == SUB_ACTIVE)
		return tell_already(j, outcome, error);
	/* single opt-in spares newcomers the confirmation, not those who have a history; a form and a mail
	 * can name anybody's address */
	may_enrol = !j->list->is_double_opt_in && !is_from_outside(j->actor) &&
	            (j->subscription == NULL || j->subscription->state == SUB_PENDING);
	return is_confirmed || may_enrol ? enrol(j, outcome, error) : ask(j, outcome, error);
}

gboolean membership_subscribe(struct context *context, const char *list_name, const char *address,
                              const char *consent, gboolean is_confirmed, const struct actor *actor,
                              gint64 now, enum membership_outcome *outcome_out, GError **error)
{
	struct joining joining = {.context = context, .consent = consent, .actor = actor, .now = now};
	gboolean is_good;

	if (is_confirmed && (consent == NULL || *consent == '\0')) {
		g_set_error(error, FAILURE, FAILURE_USAGE,
		            "--confirmed needs --consent TEXT: how and when this person agreed");
		return FALSE;
	}
	if (!address_read(address, -1, &joining.address, error))
		return FALSE;
	joining.cause.actor = actor->source;
	if (!store_begin(context->store, error)) {
		address_clear(&joining.address);
		return FALSE;
	}
	joining.list = store_list_by_name(context->store, list_name, error);
	is_good = joining.list != NULL && join(&joining, is_confirmed, outcome_out, error);
	/* what did not lead to a subscription leaves no trace of the address either */
	if (is_good && *outcome_out != MEMBERSHIP_SUBSCRIBED && *outcome_out != MEMBERSHIP_ASKED)
		store_rollback(context->store);
	else
		is_good = finish(context->store, is_good, error);
	subscription_free(joining.subscription);
	list_free(joining.list);
	address_clear(&joining.address);
	return is_good;
}

gboolean membership_ask(struct context *context, const char *list_name, const char *address,
                        const struct actor *actor, gint64 now, enum membership_outcome *outcome_out,
                        GError **error)
{
	struct joining joining = {.context = context, .actor = actor, .now = now};
	gboolean is_good;

	if (!address_read(address, -1, &joining.address, error))
		return FALSE;
	joining.cause.actor = actor->source;
	joining.list = store_list_by_name(context->store, list_name, error);
	is_good = joining.list != NULL && join(&joining, FALSE, outcome_out, error);
	subscription_free(joining.subscription);
	list_free(joining.list);
	address_clear(&joining.address);
	return is_good;
}

static gboolean read_token(const struct context *context, const char *text, enum token_type type,
                           gint64 *id_out, GError **error)
{
	struct token token;

	if (!token_read(text, &context->secrets->rings[SECRET_TOKEN], &token, error))
		return FALSE;
	if (token.type != type) {
		g_set_error(error, FAILURE, FAILURE_DATA, "token: made for something else");
		return FALSE;
	}
	*id_out = token.id;
	return TRUE;
}

static gboolean keep_confirmation(struct context *context, const struct request *request,
                                  const struct actor *actor, gint64 now, GError **error)
{
	return evidence_add(context, request->subscription_id, "confirm", actor,
	                    actor->text == NULL ? "confirmed by the link that was mailed to the address"
	                                        : actor->text,
	                    request->id, now, error);
}

/* The mail that says "you are in", where a list wants it. */
static gboolean welcome(struct context *context, const struct subscription *subscription,
                        const struct actor *actor, gint64 now, GError **error)
{
	const struct outbox_note note = {
	        .kind = MAILING_ALREADY_SUBSCRIBED, .template = "welcome", .actor = actor->source};
	struct list *list = store_list_by_id(context->store, subscription->list_id, error);
	gboolean is_good = list != NULL && (!list->sends_welcome ||
	                                    outbox_note(context, list, subscription->id, &note, now, error));

	list_free(list);
	return is_good;
}

static gboolean confirm_request(struct context *context, const struct request *request,
                                struct subscription *subscription, const struct actor *actor, gint64 now,
                                enum membership_outcome *outcome, GError **error)
{
	g_autofree char *detail = g_strdup_printf("request %" G_GINT64_FORMAT, request->id);
	struct change_cause cause = {.actor = actor->source, .detail = detail};
	gboolean moved;

	/* who is asked whether he still wants it, and does, has given new evidence */
	if (subscription->state == SUB_ACTIVE) {
		*outcome = MEMBERSHIP_ALREADY;
		return request->used_at != 0 || request->expires_at < now ||
		       (store_request_use(context->store, request->id, now, error) &&
		        keep_confirmation(context, request, actor, now, error));
	}
	/* who left after asking has to ask again, whatever links are still about */
	if (request->used_at != 0 || request->expires_at < now ||
	    (subscription->state == SUB_UNSUBSCRIBED && request->created_at < subscription->state_at)) {
		*outcome = MEMBERSHIP_EXPIRED;
		return TRUE;
	}
	if (!change_apply(context->store, subscription, EVENT_CONFIRM, &cause, now, &moved, error))
		return FALSE;
	if (!moved) {
		*outcome = MEMBERSHIP_NEEDS_OWNER;
		return TRUE;
	}
	*outcome = MEMBERSHIP_SUBSCRIBED;
	return store_request_use(context->store, request->id, now, error) &&
	       keep_confirmation(context, request, actor, now, error) &&
	       welcome(context, subscription, actor, now, error);
}

/* Is the address of a subscription on the suppression list? */
static gboolean is_suppressed(struct context *context, const struct subscription *subscription,
                              gboolean *is_out, GError **error)
{
	struct address address;
	g_autofree char *hash = NULL;

	if (!address_read(subscription->address, -1, &address, error))
		return FALSE;
	hash = context_address_hash(context, address.key);
	address_clear(&address);
	return store_suppression_has(context->store, hash, is_out, error);
}

gboolean membership_confirm(struct context *context, const char *token, const struct actor *actor, gint64 now,
                            enum membership_outcome *outcome_out, GError **error)
{
	struct subscription *subscription = NULL;
	struct request request;
	gboolean is_good, suppressed = FALSE;
	gint64 id;

	if (!read_token(context, token, TOKEN_CONFIRM, &id, error) || !store_begin(context->store, error))
		return FALSE;
	is_good = store_request_get(context->store, id, &request, error);
	if (is_good) {
		subscription = store_subscription_by_id(context->store, request.subscription_id, error);
		is_good = subscription != NULL && is_suppressed(context, subscription, &suppressed, error);
	}
	if (is_good && suppressed)
		*outcome_out = MEMBERSHIP_SUPPRESSED;
	else if (is_good)
		is_good = confirm_request(context, &request, subscription, actor, now, outcome_out, error);
	subscription_free(subscription);
	return finish(context->store, is_good, error);
}

static gboolean say_goodbye(struct context *context, const struct subscription *subscription,
                            const struct actor *actor, gint64 now, GError **error)
{
	const struct outbox_note note = {
	        .kind = MAILING_GOODBYE, .template = "goodbye", .actor = actor->source};
	struct list *list = store_list_by_id(context->store, subscription->list_id, error);
	gboolean is_good = list != NULL && (!list->sends_goodbye ||
	                                    outbox_note(context, list, subscription->id, &note, now, error));

	list_free(list);
	return is_good;
}

static gboolean leave_one(struct context *context, struct subscription *subscription,
                          const struct actor *actor, gint64 now, enum membership_outcome *outcome,
                          GError **error)
{
	struct change_cause cause = {.actor = actor->source};
	gboolean moved;

	if (!change_apply(context->store, subscription, EVENT_UNSUBSCRIBE, &cause, now, &moved, error))
		return FALSE;
	if (!moved)
		return TRUE;
	*outcome = MEMBERSHIP_UNSUBSCRIBED;
	return !is_from_outside(actor) || say_goodbye(context, subscription, actor, now, error);
}

/* The subscriptions meant: all of the address, or the one on a list. An unknown address has none. */
static GPtrArray *find_subscriptions(struct context *context, const char *list_name, const char *key,
                                     GError **error)
{
	struct list *list = list_name == NULL ? NULL : store_list_by_name(context->store, list_name, error);
	g_autoptr(GPtrArray) all = NULL;
	g_autoptr(GError) failure = NULL;
	struct subscriber *subscriber;

	if (list_name != NULL && list == NULL)
		return NULL;
	subscriber = store_subscriber_by_address(context->store, key, &failure);
	if (subscriber != NULL)
		all = store_subscription_of(context->store, subscriber->id, &failure);
	else if (failure_is(failure, FAILURE_NOINPUT))
		all = g_ptr_array_new_with_free_func((GDestroyNotify)subscription_free);
	for (guint i = 0; list != NULL && all != NULL && i < all->len;) {
		struct subscription *subscription = g_ptr_array_index(all, i);

		if (subscription->list_id == list->id)
			i++;
		else
			g_ptr_array_remove_index(all, i);
	}
	if (all == NULL)
		g_propagate_error(error, g_steal_pointer(&failure));
	subscriber_free(subscriber);
	list_free(list);
	return g_steal_pointer(&all);
}

gboolean membership_unsubscribe(struct context *context, const char *list_name, const char *address,
                                const struct actor *actor, gint64 now, enum membership_outcome *outcome_out,
                                GError **error)
{
	g_autoptr(GPtrArray) all = NULL;
	struct address read;
	gboolean is_good;

	if (!address_read(address, -1, &read, error))
		return FALSE;
	*outcome_out = MEMBERSHIP_ALREADY;
	if (!store_begin(context->store, error)) {
		address_clear(&read);
		return FALSE;
	}
	all = find_subscriptions(context, list_name, read.key, error);
	is_good = all != NULL;
	for (guint i = 0; is_good && i < all->len; i++)
		is_good = leave_one(context, g_ptr_array_index(all, i), actor, now, outcome_out, error);
	address_clear(&read);
	return finish(context->store, is_good, error);
}

gboolean membership_unsubscribe_token(struct context *context, const char *token, const struct actor *actor,
                                      gint64 now, enum membership_outcome *outcome_out, GError **error)
{
	struct subscription *subscription;
	gboolean is_good;
	gint64 id;

	if (!read_token(context, token, TOKEN_UNSUBSCRIBE, &id, error) || !store_begin(context->store, error))
		return FALSE;
	*outcome_out = MEMBERSHIP_ALREADY;
	subscription = store_subscription_by_id(context->store, id, error);
	is_good = subscription != NULL && leave_one(context, subscription, actor, now, outcome_out, error);
	subscription_free(subscription);
	return finish(context->store, is_good, error);
}

void membership_view_clear(struct membership_view *view)
{
	g_clear_pointer(&view->list_name, g_free);
	g_clear_pointer(&view->list_title, g_free);
	g_clear_pointer(&view->language, g_free);
	g_clear_pointer(&view->address, g_free);
	g_clear_pointer(&view->imprint, g_free);
}

static gboolean look(struct context *context, const struct token *token, gint64 now,
                     struct membership_view *view_out, GError **error)
{
	gboolean is_confirm = token->type == TOKEN_CONFIRM;
	struct subscription *subscription;
	struct request request = {0};
	struct list *list = NULL;

	if (is_confirm && !store_request_get(context->store, token->id, &request, error))
		return FALSE;
	subscription = store_subscription_by_id(context->store,
	                                        is_confirm ? request.subscription_id : token->id, error);
	if (subscription != NULL)
		list = store_list_by_id(context->store, subscription->list_id, error);
	if (list != NULL) {
		view_out->is_confirm = is_confirm;
		view_out->is_usable = !is_confirm || (request.used_at == 0 && request.expires_at >= now);
		view_out->state = subscription->state;
		view_out->state_at = subscription->state_at;
		view_out->subscription_id = subscription->id;
		view_out->imprint = g_strdup(list->imprint);
		view_out->list_name = g_strdup(list->name);
		view_out->list_title = g_strdup(list->title);
		view_out->language = g_strdup(list->language);
		view_out->address = g_strdup(subscription->address);
	}
	subscription_free(subscription);
	list_free(list);
	return view_out->list_name != NULL;
}

gboolean membership_look(struct context *context, const char *token, gint64 now,
                         struct membership_view *view_out, GError **error)
{
	struct token read;
	gboolean is_seen;

	memset(view_out, 0, sizeof(*view_out));
	if (!token_read(token, &context->secrets->rings[SECRET_TOKEN], &read, error))
		return FALSE;
	if (read.type != TOKEN_CONFIRM && read.type != TOKEN_UNSUBSCRIBE) {
		g_set_error(error, FAILURE, FAILURE_DATA, "token: made for something else");
		return FALSE;
	}
	if (!store_begin_read(context->store, error))
		return FALSE;
	is_seen = look(context, &read, now, view_out, error);
	store_rollback(context->store);
	return is_seen;
}

/* Tell each subscription's story that the address was put on the suppression list or taken off. */
static gboolean note_suppression(struct context *context, const char *key, const char *what,
                                 const struct actor *actor, gint64 now, GError **error)
{
	g_autoptr(GPtrArray) all = find_subscriptions(context, NULL, key, error);
	struct change_cause cause = {.actor = actor->source};

	if (all == NULL)
		return FALSE;
	for (guint i = 0; i < all->len; i++)
		if (!change_note(context->store, g_ptr_array_index(all, i), what, &cause, now, error))
			return FALSE;
	return TRUE;
}

gboolean membership_suppress(struct context *context, const char *address, enum subscription_cause cause,
                             const char *note, const struct actor *actor, gint64 now,
                             enum membership_outcome *outcome_out, GError **error)
{
	g_autofree char *hash = NULL;
	g_autoptr(GError) failure = NULL;
	struct address read;
	gboolean is_good;

	if (!address_read(address, -1, &read, error))
		return FALSE;
	hash = context_address_hash(context, read.key);
	if (!store_begin(context->store, error)) {
		address_clear(&read);
		return FALSE;
	}
	*outcome_out = MEMBERSHIP_SUPPRESSED;
	is_good = store_suppression_add(context->store, read.key, hash, cause, note == NULL ? "" : note, now,
	                                &failure);
	if (is_good) {
		is_good = note_suppression(context, read.key, "suppress", actor, now, error);
	} else if (failure_is(failure, FAILURE_DATA)) {
		*outcome_out = MEMBERSHIP_ALREADY;
		is_good = TRUE;
	} else {
		g_propagate_error(error, g_steal_pointer(&failure));
	}
	address_clear(&read);
	return finish(context->store, is_good, error);
}

/* Whoever complained may come back by a confirmation of his own, from now on: the owner agrees. */
static gboolean pardon(struct context *context, const char *key, const struct actor *actor, gint64 now,
                       GError **error)
{
	g_autoptr(GPtrArray) all = find_subscriptions(context, NULL, key, error);
	struct change_cause cause = {.actor = actor->source};
	gboolean moved;

	if (all == NULL)
		return FALSE;
	for (guint i = 0; i < all->len; i++)
		if (!change_apply(context->store, g_ptr_array_index(all, i), EVENT_PARDON, &cause, now,
		                  &moved, error))
			return FALSE;
	return TRUE;
}

gboolean membership_unsuppress(struct context *context, const char *address, const struct actor *actor,
                               gint64 now, GError **error)
{
	g_autofree char *hash = NULL;
	struct address read;
	gboolean is_good;

	if (!address_read(address, -1, &read, error))
		return FALSE;
	hash = context_address_hash(context, read.key);
	if (!store_begin(context->store, error)) {
		address_clear(&read);
		return FALSE;
	}
	is_good = store_suppression_remove(context->store, hash, error) &&
	          note_suppression(context, read.key, "unsuppress", actor, now, error) &&
	          pardon(context, read.key, actor, now, error);
	address_clear(&read);
	return finish(context->store, is_good, error);
}

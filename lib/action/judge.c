// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/judge.h"

#include "lib/action/change.h"
#include "lib/action/freeze.h"
#include "lib/action/judge_hand.h"
#include "lib/action/judge_steps.h"
#include "lib/action/mail_order.h"
#include "lib/action/membership.h"
#include "lib/base/failure.h"
#include "lib/base/log.h"
#include "lib/mail/classify.h"
#include "lib/model/address.h"
#include "lib/model/token.h"
#include "lib/store/store_list.h"
#include "lib/store/store_subscriber.h"

#include <string.h>

enum { DAY_S = 86400, TRIES_MAX = 3, DEATHS_MAX = 5, TOKEN_DAYS_MAX = 30, PAGE = 200 };

static void replace(char **text, const char *with)
{
	char *old = *text;

	*text = g_strdup(with == NULL ? "" : with);
	g_free(old);
}

void judge_take_verdict(struct bounce *bounce, const struct verdict *verdict)
{
	replace(&bounce->kind, kind_name(verdict->kind));
	replace(&bounce->reason, reason_name(verdict->reason));
	replace(&bounce->blame, blame_name(verdict->blame));
	replace(&bounce->rule, verdict->rule);
}

static gboolean is_failure(const struct verdict *verdict)
{
	return verdict->kind == KIND_HARD || verdict->kind == KIND_SOFT;
}

/* Everything that follows from a verdict on a known delivery, inside the caller's transaction. */
static gboolean act(struct context *context, struct bounce *bounce, const struct verdict *verdict,
                    int token_day, gint64 now, GError **error)
{
	g_autofree char *note = NULL;
	gboolean is_repeat = FALSE;

	/* a complaint says that the message arrived in the end: no failure before it may swallow it */
	if (is_failure(verdict) &&
	    !store_bounce_judged(context->store, bounce->delivery_id, bounce->id, &is_repeat, error))
		return FALSE;
	if (is_repeat) {
		replace(&bounce->effect, "this delivery has counted already");
		return TRUE;
	}
	if (is_failure(verdict) && now / DAY_S - token_day > TOKEN_DAYS_MAX) {
		replace(&bounce->effect, "the message was sent too long ago to count");
		return TRUE;
	}
	if (is_failure(verdict)) {
		note = g_strdup_printf("%s: %s", reason_name(verdict->reason), bounce->diagnostic);
		if (!store_delivery_bounced(context->store, bounce->delivery_id, bounce->status, note, now,
		                            error))
			return FALSE;
	}
	return judge_decide(context, bounce, verdict, now, error);
}

/* A report that says the message was forged or was no spam after all (RFC 6591, RFC 6430) complains of
 * nobody. */
static gboolean is_harmless(const struct report *report)
{
	return report->type == REPORT_COMPLAINT && (strcmp(report->feedback_type, "auth-failure") == 0 ||
	                                            strcmp(report->feedback_type, "not-spam") == 0);
}

/* The provider's own unsubscribe button, told as feedback: leaves this list and no other. */
static gboolean opt_out(struct context *context, struct bounce *bounce, gint64 now, GError **error)
{
	struct subscription *subscription = store_subscription_by_id(context->store, bounce->subscription_id,
	                                                             error);
	const struct change_cause cause = {.actor = "mail",
	                                   .campaign_id = bounce->campaign_id,
	                                   .delivery_id = bounce->delivery_id,
	                                   .bounce_id = bounce->id};
	gboolean moved,
	        is_good = subscription != NULL && change_apply(context->store, subscription,
	                                                       EVENT_UNSUBSCRIBE, &cause, now, &moved, error);

	replace(&bounce->effect, "unsubscribed");
	subscription_free(subscription);
	return is_good;
}

gboolean judge_act(struct context *context, struct bounce *bounce, const struct report *report,
                   const struct verdict *verdict, int token_day, gint64 now, GError **error)
{
	if (is_harmless(report)) {
		replace(&bounce->effect, "feedback that is no complaint");
		return TRUE;
	}
	if (report->type == REPORT_COMPLAINT && strcmp(report->feedback_type, "opt-out") == 0)
		return opt_out(context, bounce, now, error);
	return act(context, bounce, verdict, token_day, now, error);
}

/* Severity of a recipient's fate, for reports with several. */
static int rank(const struct verdict *verdict)
{
	switch (verdict->kind) {
	case KIND_HARD: return 3;
	case KIND_SOFT: return 2;
	case KIND_DELAYED: return 1;
	case KIND_COMPLAINT:
	case KIND_AUTOREPLY:
	case KIND_NOTBOUNCE:
	case KIND_OTHER: return 0;
	}
	return 0;
}

static gboolean is_same_address(const char *a, const char *b)
{
	return *a != '\0' && g_ascii_strcasecmp(a, b) == 0;
}

/*
 * Which recipient of the report is ours. Our mail has one recipient, so a report about it has one, too,
 * unless the far side expanded it; then the one who bears the address counts, else the worst fate.
 */
const struct report_recipient *judge_choose(const struct context *context, const struct report *report,
                                            const char *address, struct verdict *verdict_out)
{
	const struct report_recipient *chosen = NULL;

	*verdict_out = classify_report(context->rules, report, NULL);
	for (guint i = 0; i < report->recipients->len; i++) {
		const struct report_recipient *recipient = g_ptr_array_index(report->recipients, i);
		struct verdict verdict = classify_report(context->rules, report, recipient);
		gboolean is_named = address != NULL &&
		                    (is_same_address(recipient->original_address, address) ||
		                     is_same_address(recipient->address, address));

		if (chosen == NULL || is_named || rank(&verdict) > rank(verdict_out)) {
			chosen = recipient;
			*verdict_out = verdict;
		}
		if (is_named)
			break;
	}
	return chosen;
}

static void take_report(struct bounce *bounce, const struct report *report,
                        const struct report_recipient *recipient)
{
	replace(&bounce->format, report->format);
	replace(&bounce->reporting_mta, report->reporting_mta);
	if (recipient == NULL)
		return;
	replace(&bounce->recipient, recipient->address);
	replace(&bounce->action, recipient->action);
	replace(&bounce->status, recipient->status);
	replace(&bounce->reply, recipient->reply);
	replace(&bounce->diagnostic, recipient->diagnostic);
	replace(&bounce->remote_mta, recipient->remote_mta);
}

void judge_take(struct bounce *bounce, const struct report *report, const struct report_recipient *recipient,
                const struct verdict *verdict)
{
	take_report(bounce, report, recipient);
	judge_take_verdict(bounce, verdict);
}

/* Has nobody judged it since it was read? Inside the transaction that judges it, where nobody else can. */
static gboolean is_still_unread(struct context *context, gint64 id, gboolean *unread_out, GError **error)
{
	struct bounce *bounce = store_bounce_by_id(context->store, id, error);

	*unread_out = bounce != NULL && strcmp(bounce->state, "unread") == 0;
	bounce_free(bounce);
	return bounce != NULL;
}

/* A bounce whose envelope recipient carries a token of ours: which delivery it is about. */
gboolean judge_find_delivery(struct context *context, struct bounce *bounce, const struct token *token,
                             char **address_out, GError **error)
{
	struct delivery_view view;

	if (!store_delivery_view(context->store, token->id, &view, error))
		return FALSE;
	bounce->delivery_id = view.delivery->id;
	bounce->campaign_id = view.delivery->campaign_id;
	bounce->subscription_id = view.subscription_id;
	*address_out = g_strdup(view.address);
	delivery_view_clear(&view);
	return TRUE;
}

/* Mail to the address in List-Unsubscribe: only its token acts, whatever the message says. */
static gboolean unsubscribe(struct context *context, struct bounce *bounce, gint64 now, GError **error)
{
	const struct actor actor = {.source = "mail", .who = "mail"};
	enum membership_outcome outcome;
	g_autofree char *token = g_ascii_strdown(bounce->envelope_recipient + 2, -1);
	g_autoptr(GError) failure = NULL;
	char *at = strchr(token, '@');

	if (at != NULL)
		*at = '\0';
	if (membership_unsubscribe_token(context, token, &actor, now, &outcome, &failure)) {
		replace(&bounce->effect,
		        outcome == MEMBERSHIP_UNSUBSCRIBED ? "unsubscribed" : "was not subscribed");
		replace(&bounce->state, "judged");
		return store_bounce_judge(context->store, bounce, error);
	}
	if (!failure_is(failure, FAILURE_NOINPUT)) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	replace(&bounce->state, "foreign");
	return store_bounce_judge(context->store, bounce, error);
}

static gboolean judge_report(struct context *context, struct bounce *bounce, GBytes *raw,
                             const struct token *token, gint64 now, GError **error)
{
	struct report *report = report_read(context->rules, g_bytes_get_data(raw, NULL),
	                                    g_bytes_get_size(raw));
	g_autofree char *address = NULL;
	g_autoptr(GError) failure = NULL;
	const struct report_recipient *recipient;
	struct verdict verdict;
	gboolean is_good = FALSE, is_unread, is_ours;

	if (!store_begin(context->store, error)) {
		report_free(report);
		return FALSE;
	}
	is_good = is_still_unread(context, bounce->id, &is_unread, &failure);
	if (!is_good || !is_unread)
		goto out;
	if (token != NULL && !judge_find_delivery(context, bounce, token, &address, &failure)) {
		is_good = FALSE;
		if (!failure_is(failure, FAILURE_NOINPUT))
			goto out;
		g_clear_error(&failure);
		token = NULL; /* signed by us, and the row is gone */
	}
	is_ours = token != NULL;
	if (!is_ours && report->type == REPORT_COMPLAINT) {
		is_good = judge_find_returned(context, bounce, report, &is_ours, &failure);
		if (!is_good)
			goto out;
	}
	recipient = judge_choose(context, report, address, &verdict);
	judge_take(bounce, report, recipient, &verdict);
	replace(&bounce->state, is_ours ? "judged" : "foreign");
	if (is_ours && verdict.kind == KIND_NOTBOUNCE)
		replace(&bounce->state, "unknown");
	is_good = (!is_ours || judge_act(context, bounce, report, &verdict,
	                                 token == NULL ? (int)(now / DAY_S) : token->day, now, &failure)) &&
	          store_bounce_judge(context->store, bounce, &failure);
	log_info("bounce=%" G_GINT64_FORMAT " delivery=%" G_GINT64_FORMAT
	         " kind=%s reason=%s blame=%s rule=%s state=%s (%s)",
	         bounce->id, bounce->delivery_id, bounce->kind, bounce->reason, bounce->blame, bounce->rule,
	         bounce->state, bounce->effect);
out:
	report_free(report);
	if (!is_good) {
		store_rollback(context->store);
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	return store_commit(context->store, error) &&
	       (strcmp(bounce->state, "held") != 0 || freeze_settle(context, now, error));
}

/* A row that was tried too often is put aside, its message kept. */
static gboolean give_up(struct context *context, struct bounce *bounce, GError **error)
{
	gboolean is_unread, is_good;

	if (!store_begin(context->store, error))
		return FALSE;
	is_good = is_still_unread(context, bounce->id, &is_unread, error);
	if (is_good && is_unread) {
		replace(&bounce->state, "unknown");
		replace(&bounce->effect, "could not be judged");
		log_warning("bounce=%" G_GINT64_FORMAT " could not be judged %d times and is put aside",
		            bounce->id, TRIES_MAX);
		is_good = store_bounce_judge(context->store, bounce, error);
	}
	if (is_good)
		return store_commit(context->store, error);
	store_rollback(context->store);
	return FALSE;
}

/* Orders by mail, of mail that came just now; *taken_out: it was one, and is done with. */
static gboolean take_order(struct context *context, struct bounce *bounce, GBytes *raw, gint64 now,
                           gboolean *taken_out, GError **error)
{
	const char *effect = NULL;

	*taken_out = FALSE;
	if (strcmp(bounce->source, "import") == 0)
		return TRUE;
	if (!mail_order_take(context, bounce->envelope_recipient, raw, now, &effect, error))
		return FALSE;
	if (effect == NULL)
		return TRUE;
	*taken_out = TRUE;
	replace(&bounce->state, "judged");
	replace(&bounce->effect, effect);
	log_info("bounce=%" G_GINT64_FORMAT " recipient=%s: %s", bounce->id, bounce->envelope_recipient,
	         effect);
	return store_bounce_judge(context->store, bounce, error);
}

static gboolean judge_row(struct context *context, struct bounce *bounce, gint64 now, GError **error)
{
	g_autoptr(GBytes) raw = store_bounce_raw(context->store, bounce->id, error);
	g_autoptr(GError) failure = NULL;
	struct token token;
	gboolean has_token, is_taken;
	char prefix = 0;

	if (raw == NULL)
		return FALSE;
	has_token = token_address_read(bounce->envelope_recipient, &context->secrets->rings[SECRET_TOKEN],
	                               &prefix, &token, &failure);
	if (!has_token && failure_is(failure, FAILURE_PERMISSION))
		log_warning("bounce=%" G_GINT64_FORMAT " recipient=%s forged or signed with a lost key",
		            bounce->id, bounce->envelope_recipient);
	if (prefix != 'b' && prefix != 'u') {
		if (!take_order(context, bounce, raw, now, &is_taken, error))
			return FALSE;
		if (is_taken)
			return TRUE;
	}
	if (has_token && prefix == 'u' && token.type == TOKEN_UNSUBSCRIBE)
		return unsubscribe(context, bounce, now, error);
	return judge_report(context, bounce, raw,
	                    has_token && prefix == 'b' && context_is_return_path(token.type) ? &token : NULL,
	                    now, error);
}

/* What a child does with a message that is under suspicion: all the reading, and nothing with it. */
struct reading {
	const struct context *context;
	GBytes *raw;
};

static void read_only(gpointer user)
{
	const struct reading *reading = user;
	struct report *report = report_read(reading->context->rules, g_bytes_get_data(reading->raw, NULL),
	                                    g_bytes_get_size(reading->raw));
	struct verdict verdict;

	(void)judge_choose(reading->context, report, NULL, &verdict);
	report_free(report);
}

/* May this process read it? Where one died with it in hand, a child says so. */
static gboolean is_safe(struct context *context, const struct bounce *bounce, gint64 deaths, GError **error)
{
	g_autoptr(GBytes) raw = NULL;

	if (deaths == 0 && bounce->tries == 0)
		return TRUE;
	if (deaths > DEATHS_MAX) {
		g_set_error(error, FAILURE, FAILURE_DATA,
		            "%d processes one after the other died when they judged it", DEATHS_MAX);
		return FALSE;
	}
	raw = store_bounce_raw(context->store, bounce->id, error);
	return raw != NULL &&
	       judge_hand_try(read_only, &(struct reading){.context = context, .raw = raw}, error);
}

/* A try is counted when it failed by the message's own fault: that the database was busy, or that somebody
 * killed the process, says nothing about it. */
static void count_try(struct context *context, gint64 id)
{
	g_autoptr(GError) failure = NULL;
	int tries;

	if (!store_bounce_try(context->store, id, &tries, &failure))
		log_debug("bounce=%" G_GINT64_FORMAT " a try was not counted: %s", id, failure->message);
}

/* deaths: of how many processes with this row in hand, before this one. */
static gboolean judge_one(struct context *context, gint64 id, gint64 deaths, gint64 now, GError **error)
{
	struct bounce *bounce = store_bounce_by_id(context->store, id, error);
	g_autoptr(GError) failure = NULL;
	gboolean is_good = TRUE, is_unread;

	if (bounce == NULL)
		return FALSE;
	is_unread = strcmp(bounce->state, "unread") == 0;
	if (is_unread) {
		judge_hand_take(context->turn, id, deaths + 1);
		is_good = bounce->tries >= TRIES_MAX ? give_up(context, bounce, &failure)
		                                     : is_safe(context, bounce, deaths, &failure) &&
		                                               judge_row(context, bounce, now, &failure);
	}
	bounce_free(bounce);
	/* what was suspected before stays so until it has been judged or has failed */
	if (failure_is(failure, FAILURE_LATER))
		judge_hand_take(context->turn, deaths == 0 ? 0 : id, deaths);
	else if (!is_good)
		count_try(context, id);
	if (!failure_is(failure, FAILURE_LATER) && (is_unread || deaths > 0))
		judge_hand_take(context->turn, 0, 0);
	if (!is_good)
		g_propagate_error(error, g_steal_pointer(&failure));
	return is_good;
}

/* The row that the last judge died with comes before all others, or the next in hand would hide it. */
static gboolean judge_left(struct context *context, const struct judge_hand *left, gint64 now, GError **error)
{
	g_autoptr(GError) failure = NULL;

	log_warning("bounce=%" G_GINT64_FORMAT " was in hand when the process that judged it ended",
	            left->id);
	if (judge_one(context, left->id, left->deaths, now, &failure))
		return TRUE;
	if (failure_is(failure, FAILURE_LATER)) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	/* erased meanwhile, or the file is another database's */
	if (failure_is(failure, FAILURE_NOINPUT))
		judge_hand_take(context->turn, 0, 0);
	log_warning("bounce=%" G_GINT64_FORMAT " not judged: %s", left->id, failure->message);
	return TRUE;
}

gboolean judge_bounce(struct context *context, gint64 bounce_id, gint64 now, GError **error)
{
	const struct judge_hand left = judge_hand_look(context->turn);

	return (left.id == 0 || judge_left(context, &left, now, error)) &&
	       judge_one(context, bounce_id, 0, now, error);
}

gboolean judge_unread(struct context *context, gint64 now, int *judged_out, GError **error)
{
	gint64 after = 0;

	*judged_out = 0;
	for (;;) {
		g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));

		if (!store_bounce_unread(context->store, after, PAGE, ids, error))
			return FALSE;
		for (guint i = 0; i < ids->len; i++) {
			g_autoptr(GError) failure = NULL;

			after = g_array_index(ids, gint64, i);
			if (judge_bounce(context, after, now, &failure)) {
				(*judged_out)++;
				continue;
			}
			log_warning("bounce=%" G_GINT64_FORMAT " not judged: %s", after, failure->message);
			if (failure_is(failure, FAILURE_LATER)) {
				g_propagate_error(error, g_steal_pointer(&failure));
				return FALSE;
			}
		}
		/* what came while we judged is ours, too: whoever brought it may rely on that */
		if (ids->len == 0)
			return TRUE;
	}
}

gboolean judge_refusal(struct context *context, const struct delivery_view *view,
                       const struct judge_reply *reply, gint64 now, GError **error)
{
	struct verdict verdict = classify_reply(context->rules, reply->code, reply->status, reply->text,
	                                        reply->phase);
	struct bounce *bounce = bounce_new();
	g_autofree char *code = g_strdup_printf("%d", reply->code);
	gboolean is_good;

	/* a 4xx is a delay as long as it is tried again, and this was the last try */
	if (verdict.kind == KIND_DELAYED)
		verdict.kind = KIND_SOFT;
	bounce->received_at = now;
	bounce->delivery_id = view->delivery->id;
	bounce->campaign_id = view->delivery->campaign_id;
	bounce->subscription_id = view->subscription_id;
	replace(&bounce->source, "session");
	replace(&bounce->state, "judged");
	replace(&bounce->recipient, view->address);
	replace(&bounce->action, "failed");
	replace(&bounce->status, reply->status);
	replace(&bounce->reply, code);
	replace(&bounce->diagnostic, reply->text);
	replace(&bounce->remote_mta, reply->relay);
	replace(&bounce->format, "session");
	judge_take_verdict(bounce, &verdict);
	is_good = store_bounce_add(context->store, bounce, error) &&
	          judge_decide(context, bounce, &verdict, now, error) &&
	          store_bounce_judge(context->store, bounce, error);
	bounce_free(bounce);
	return is_good;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "listd/ledger.h"

#include "lib/action/account.h"
#include "lib/action/erasure.h"
#include "lib/action/judge.h"
#include "lib/action/letter.h"
#include "lib/base/failure.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/mail/classify.h"
#include "lib/model/address.h"
#include "lib/model/retry.h"
#include "lib/model/subscription.h"
#include "lib/store/store_bounce.h"
#include "lib/store/store_delivery.h"

#include <string.h>

enum { DAY_S = 86400, DOUBT_S = 600, LETTERS_MAX = 16, CANCEL_ROWS = 2000, FAULTS_MAX = 3 };

gint64 ledger_doubt_until(const struct context *context, gint64 now)
{
	return context->settings->ambiguous == SETTINGS_AMBIGUOUS_RESEND ? now + DOUBT_S : 0;
}

/* Why a delivery does not go out at all; NULL: it may. */
static const char *objection(const struct delivery_view *view, gint64 now)
{
	if (view->campaign_state == CAMPAIGN_CANCELLED)
		return LEDGER_CANCELLED;
	if (view->until_at != 0 && now >= view->until_at)
		return LEDGER_LATE;
	if (view->needs_smtputf8)
		return "the address needs SMTPUTF8";
	if (!address_is_valid_envelope(view->address))
		return "the address cannot be mailed";
	if (view->is_suppressed)
		return "the address is suppressed";
	if (!subscription_may_get(view->kind, view->state, view->is_suppressed, now - view->state_at))
		return "the subscription is not in a state that gets this mail";
	return NULL;
}

static struct letter *find_letter(struct context *context, GHashTable *letters, gint64 campaign_id,
                                  GError **error)
{
	struct letter *letter = g_hash_table_lookup(letters, &campaign_id);
	gint64 *key;

	if (letter != NULL)
		return letter;
	letter = letter_open(context, campaign_id, error);
	if (letter == NULL)
		return NULL;
	/* confirmation mails are a campaign each: do not collect them for ever */
	if (g_hash_table_size(letters) >= LETTERS_MAX)
		g_hash_table_remove_all(letters);
	key = g_new(gint64, 1);
	*key = campaign_id;
	g_hash_table_insert(letters, key, letter);
	return letter;
}

static struct job *make_job(struct context *context, GHashTable *letters, const struct delivery_view *view,
                            int token_day, gint64 date, GError **error)
{
	struct letter *letter = find_letter(context, letters, view->delivery->campaign_id, error);
	GBytes *bytes = letter == NULL ? NULL : letter_render(letter, view, token_day, date, error);
	struct job *job;

	if (bytes == NULL)
		return NULL;
	job = job_new();
	job->bytes = bytes;
	job->delivery_id = view->delivery->id;
	job->campaign_id = view->delivery->campaign_id;
	job->subscription_id = view->subscription_id;
	job->handed_at = date;
	job->token_day = token_day;
	job->envelope_sender = context_return_path(context, view->kind, view->delivery->id, token_day);
	job->recipient = g_strdup(view->address);
	job->envid = g_strdup_printf("c%" G_GINT64_FORMAT ".d%" G_GINT64_FORMAT, job->campaign_id,
	                             job->delivery_id);
	job->message = (struct relay_message){
	        .id = job->delivery_id,
	        .sender = job->envelope_sender,
	        .recipient = job->recipient,
	        .bytes = job->bytes,
	        .envid = job->envid,
	        .want_dsn = TRUE,
	};
	return job;
}

static gboolean skip(struct context *context, const struct delivery_view *view, const char *why, gint64 now,
                     GError **error)
{
	log_info("campaign=%" G_GINT64_FORMAT " delivery=%" G_GINT64_FORMAT " status=skipped (%s)",
	         view->delivery->campaign_id, view->delivery->id, why);
	return store_delivery_end(context->store, view->delivery->id, DELIVERY_SKIPPED, 0, "", why, now,
	                          error);
}

/* A job that is to be recorded, not handed over. */
static struct job *make_move(const struct delivery_view *view, enum job_fate fate, const char *why)
{
	struct job *job = job_new();

	job->fate = fate;
	job->delivery_id = view->delivery->id;
	job->campaign_id = view->delivery->campaign_id;
	job->subscription_id = view->subscription_id;
	job->text = g_strdup(why);
	return job;
}

/* A copy of what somebody may have has its Date; what nobody has seen does not come a day old. */
static gint64 date_of(const struct delivery_view *view, gint64 now)
{
	gint64 first_at = view->delivery->first_handed_at;

	if (view->dated_at != 0)
		return view->dated_at;
	return first_at != 0 && now - first_at < DAY_S ? first_at : now;
}

static struct job *build(struct context *context, GHashTable *letters, const struct delivery_view *view,
                         gint64 now, GError **error)
{
	const struct delivery *delivery = view->delivery;
	int token_day = delivery->token_day >= 0 ? delivery->token_day : (int)(now / DAY_S);
	gint64 date = date_of(view, now);
	g_autoptr(GError) failure = NULL;
	struct job *job = make_job(context, letters, view, token_day, date, &failure);

	if (job == NULL && g_error_matches(failure, FAILURE, FAILURE_DATA))
		return make_move(view, JOB_SKIP, failure->message);
	if (job == NULL)
		g_propagate_error(error, g_steal_pointer(&failure));
	return job;
}

/* Tried for too long. What the far side said last is judged like a report that says so. */
static gboolean expire(struct context *context, const struct delivery_view *view,
                       const struct judge_reply *reply, gint64 now, GError **error)
{
	return store_delivery_end(context->store, view->delivery->id, DELIVERY_EXPIRED, reply->code,
	                          reply->status, reply->text, now, error) &&
	       (reply->code < 400 || judge_refusal(context, view, reply, now, error));
}

/* Its time ran out before it could be tried once more: the relay was away, or we were. That is nobody's fault
 * at the far side, whatever was said there the last time. */
static gboolean expire_untried(struct context *context, const struct delivery_view *view, gint64 now,
                               GError **error)
{
	const struct delivery *delivery = view->delivery;

	log_info("campaign=%" G_GINT64_FORMAT " delivery=%" G_GINT64_FORMAT " status=expired (%d %s)",
	         delivery->campaign_id, delivery->id, delivery->code, delivery->note);
	return store_delivery_end(context->store, delivery->id, DELIVERY_EXPIRED, delivery->code,
	                          delivery->status, delivery->note, now, error);
}

/* What is to become of a claimed delivery, letters NULL: if it does not go out; NULL and no error: it may. */
static struct job *decide(struct context *context, GHashTable *letters, const struct delivery_view *view,
                          gint64 now, GError **error)
{
	const char *why = objection(view, now);

	if (why != NULL)
		return make_move(view, JOB_SKIP, why);
	if (view->campaign_state != CAMPAIGN_RUNNING)
		return make_move(view, JOB_RELEASE, "the campaign does not run");
	if (view->delivery->attempts > 0 &&
	    retry_is_expired(view->delivery->first_handed_at, context->settings->max_age_s, now))
		return make_move(view, JOB_EXPIRE, "");
	return letters == NULL ? NULL : build(context, letters, view, now, error);
}

/* Erased people are suppressed by their hash alone, which no join finds. */
static gboolean look_at(struct context *context, gint64 delivery_id, struct delivery_view *view,
                        GError **error)
{
	if (!store_delivery_view(context->store, delivery_id, view, error))
		return FALSE;
	if (view->is_suppressed || erasure_covers(context, view->address, &view->is_suppressed, error))
		return TRUE;
	delivery_view_clear(view);
	return FALSE;
}

gboolean ledger_take(struct context *context, GHashTable *letters, gint64 delivery_id, gint64 lease_id,
                     gint64 now, struct job **job_out, GError **error)
{
	struct delivery_view view;
	g_autoptr(GError) failure = NULL;

	*job_out = NULL;
	if (!look_at(context, delivery_id, &view, &failure)) {
		/* erased since it was claimed */
		if (failure_is(failure, FAILURE_NOINPUT))
			return TRUE;
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	if (view.delivery->state == DELIVERY_CLAIMED) {
		*job_out = decide(context, letters, &view, now, &failure);
		if (*job_out != NULL)
			(*job_out)->lease_id = lease_id;
	}
	delivery_view_clear(&view);
	if (failure == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&failure));
	return FALSE;
}

static void log_result(const struct job *job, const char *relay, const char *status)
{
	log_info("campaign=%" G_GINT64_FORMAT " delivery=%" G_GINT64_FORMAT
	         " to=<%s> relay=%s dsn=%s status=%s delay=%.2f (%d %s)",
	         job->campaign_id, job->delivery_id, job->recipient, relay,
	         *job->status == '\0' ? "-" : job->status, status,
	         (double)(job->done_us - job->handed_us) / G_USEC_PER_SEC, job->code, job->text);
}

/* It was handed over, and that is what stands in its row from now on. */
static gboolean hand(struct context *context, const struct job *job, const char *relay, GError **error)
{
	gboolean has_reached_data = job->outcome == RELAY_AMBIGUOUS || strcmp(job->phase, "data") == 0;

	return store_delivery_hand(context->store, job->delivery_id, job->handed_at, job->token_day, relay,
	                           error) &&
	       (!has_reached_data ||
	        store_delivery_dated(context->store, job->delivery_id, job->handed_at, error));
}

/* 4xx: again later, unless it has been tried for too long. */
static gboolean defer(struct context *context, const struct job *job, const struct delivery_view *view,
                      const char *relay, const char *note, gint64 now, double random01, GError **error)
{
	int attempt = view->delivery->attempts + 1;
	gint64 next_at = retry_at(attempt, now, random01);

	if (retry_is_expired(view->delivery->first_handed_at, context->settings->max_age_s, next_at)) {
		const struct judge_reply reply = {job->code, job->status, note, job->phase, relay};

		log_result(job, relay, "expired");
		return expire(context, view, &reply, now, error);
	}
	log_result(job, relay, "deferred");
	return store_delivery_defer(context->store, job->delivery_id, job->code, job->status, note, next_at,
	                            error);
}

/* The provider had its chance: what comes back is measured by it. */
static gboolean count_attempt(struct context *context, const struct job *job, gint64 now, GError **error)
{
	return job->subscription_id == 0 ||
	       account_handed(context, job->campaign_id, job->recipient, now, error);
}

static gboolean fail(struct context *context, const struct job *job, const struct delivery_view *view,
                     const char *relay, const char *note, gint64 now, GError **error)
{
	const struct judge_reply reply = {job->code, job->status, note, job->phase, relay};

	log_result(job, relay, "failed");
	return store_delivery_end(context->store, job->delivery_id, DELIVERY_FAILED, job->code, job->status,
	                          note, now, error) &&
	       count_attempt(context, job, now, error) && judge_refusal(context, view, &reply, now, error);
}

/*
 * A 5xx that says something about us, not about this recipient: a relay that relays nothing for us refuses
 * everybody alike. Such a delivery waits for somebody to mend that, unless it is refused so again and again.
 */
static gboolean is_our_fault(const struct context *context, const struct job *job,
                             const struct delivery_view *view)
{
	struct verdict verdict = classify_reply(context->rules, job->code, job->status, job->text,
	                                        job->phase);

	return verdict.blame == BLAME_SENDER && view->delivery->attempts + 1 < FAULTS_MAX;
}

static gboolean record_refusal(struct context *context, const struct job *job, const char *relay,
                               const char *note, gint64 now, double random01, enum ledger_word *word_out,
                               GError **error)
{
	struct delivery_view view;
	gboolean is_good;

	if (!hand(context, job, relay, error) ||
	    !store_delivery_view(context->store, job->delivery_id, &view, error))
		return FALSE;
	if (job->code < 500) {
		is_good = defer(context, job, &view, relay, note, now, random01, error);
	} else if (strcmp(job->phase, "rcpt") != 0 && strcmp(job->phase, "data") != 0) {
		log_result(job, relay, "refused");
		*word_out = LEDGER_STOP;
		is_good = store_delivery_release(context->store, job->delivery_id, now, error);
	} else if (is_our_fault(context, job, &view)) {
		*word_out = LEDGER_OUR_FAULT;
		is_good = defer(context, job, &view, relay, note, now, random01, error);
	} else {
		is_good = fail(context, job, &view, relay, note, now, error);
	}
	delivery_view_clear(&view);
	return is_good;
}

/*
 * Not taken, for no reason of its own: again at once. A connection that was lost in the middle of the body
 * may have been lost by that body: such a message takes the way of a 4xx, or it would end every session for
 * ever.
 */
static gboolean requeue(struct context *context, const struct job *job, const char *relay, const char *note,
                        gint64 now, double random01, GError **error)
{
	struct delivery_view view;
	gboolean is_good;

	if (strcmp(job->phase, "data") != 0) {
		log_result(job, relay, "requeued");
		return store_delivery_release(context->store, job->delivery_id, now, error);
	}
	if (!hand(context, job, relay, error) ||
	    !store_delivery_view(context->store, job->delivery_id, &view, error))
		return FALSE;
	is_good = defer(context, job, &view, relay, note, now, random01, error);
	delivery_view_clear(&view);
	return is_good;
}

/* The relay has it. A bounce may have been quicker than the reply. */
static gboolean record_sent(struct context *context, const struct job *job, const char *relay,
                            const char *note, gint64 now, GError **error)
{
	const struct delivery_taken taken = {.id = job->delivery_id,
	                                     .lease_id = job->lease_id,
	                                     .code = job->code,
	                                     .status = job->status,
	                                     .note = note,
	                                     .relay = relay,
	                                     .token_day = job->token_day,
	                                     .handed_at = job->handed_at};
	gboolean is_bounced;

	if (!store_delivery_sent(context->store, &taken, now, error) ||
	    !count_attempt(context, job, now, error) ||
	    !store_bounce_judged(context->store, job->delivery_id, 0, &is_bounced, error))
		return FALSE;
	return !is_bounced ||
	       store_delivery_bounced(context->store, job->delivery_id, "",
	                              "bounced before the relay's reply was recorded", now, error);
}

gboolean ledger_end_cancelled(struct context *context, gint64 campaign_id, gint64 now, GError **error)
{
	struct campaign *campaign = store_campaign_by_id(context->store, campaign_id, error);
	gboolean is_good = campaign != NULL;
	gint64 changed;

	if (is_good && campaign->state == CAMPAIGN_CANCELLED)
		is_good = store_delivery_cancel(context->store, campaign_id, LEDGER_CANCELLED, now,
		                                CANCEL_ROWS, &changed, error);
	campaign_free(campaign);
	return is_good;
}

static gboolean record_tried(struct context *context, const struct job *job, const char *relay, gint64 now,
                             double random01, enum ledger_word *word_out, GError **error)
{
	g_autofree char *note = text_printable(job->text, -1);

	switch (job->outcome) {
	case RELAY_ACCEPTED:
		log_result(job, relay, "sent");
		return record_sent(context, job, relay, note, now, error);
	case RELAY_NOT_TRIED: return requeue(context, job, relay, note, now, random01, error);
	case RELAY_AMBIGUOUS:
		log_result(job, relay, "ambiguous");
		return hand(context, job, relay, error) &&
		       store_delivery_doubt(context->store, job->delivery_id,
		                            "the relay did not answer the final dot",
		                            ledger_doubt_until(context, now), error);
	case RELAY_REFUSED: return record_refusal(context, job, relay, note, now, random01, word_out, error);
	}
	return FALSE;
}

/* One that was not handed over. */
static gboolean record_move(struct context *context, const struct job *job, gint64 now, GError **error)
{
	struct delivery_view view;
	struct job *move = NULL;
	enum job_fate fate = job->fate;
	gboolean is_good;

	if (!store_delivery_view(context->store, job->delivery_id, &view, error))
		return FALSE;
	if (fate == JOB_WITHDRAWN) {
		move = decide(context, NULL, &view, now, NULL);
		fate = move == NULL ? JOB_RELEASE : move->fate;
	}
	if (fate == JOB_SKIP)
		is_good = skip(context, &view, move == NULL ? job->text : move->text, now, error);
	else if (fate == JOB_EXPIRE)
		is_good = expire_untried(context, &view, now, error);
	else
		is_good = store_delivery_release(context->store, job->delivery_id, now, error);
	job_free(move);
	delivery_view_clear(&view);
	return is_good;
}

static gboolean record(struct context *context, const struct job *job, const char *relay, gint64 now,
                       double random01, enum ledger_word *word_out, GError **error)
{
	gboolean is_in_hand, is_good;

	/* the relay's word counts whoever has the row now; anything else only for a row that is ours */
	if (job->fate == JOB_TRIED && job->outcome == RELAY_ACCEPTED)
		return record_tried(context, job, relay, now, random01, word_out, error);
	if (!store_delivery_in_hand(context->store, job->delivery_id, job->lease_id, &is_in_hand, error))
		return FALSE;
	if (!is_in_hand) {
		log_warning("delivery=%" G_GINT64_FORMAT " is not in our hand any more", job->delivery_id);
		return TRUE;
	}
	if (job->fate == JOB_TRIED)
		is_good = record_tried(context, job, relay, now, random01, word_out, error);
	else
		is_good = record_move(context, job, now, error);
	return is_good && ledger_end_cancelled(context, job->campaign_id, now, error);
}

gboolean ledger_record(struct context *context, const struct job *job, const char *relay, gint64 now,
                       double random01, enum ledger_word *word_out, GError **error)
{
	g_autoptr(GError) failure = NULL;

	*word_out = job->fate == JOB_TRIED && job->outcome == RELAY_ACCEPTED ? LEDGER_WELL : LEDGER_ORDINARY;
	if (record(context, job, relay, now, random01, word_out, &failure))
		return TRUE;
	/* a row that is gone, or at its end, must not hold up all others for ever */
	if (failure_is(failure, FAILURE_NOINPUT)) {
		log_warning("delivery=%" G_GINT64_FORMAT " its result is not recorded: %s", job->delivery_id,
		            failure->message);
		return TRUE;
	}
	g_propagate_error(error, g_steal_pointer(&failure));
	return FALSE;
}

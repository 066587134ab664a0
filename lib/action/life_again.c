// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/life_again.h"

#include "lib/action/judge_steps.h"
#include "lib/action/life.h"
#include "lib/base/failure.h"
#include "lib/store/store_bounce.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_event.h"
#include "lib/store/store_life.h"

#include <string.h>

/* The work in hand. */
struct telling {
	struct context *context;
	const struct policy *policy;
	const GPtrArray *events;
	GHashTable *void_to; /* bounce id -> index of the last event that takes it back, + 1 */
	struct subscription *s;
};

static gboolean is_any(const char *what, const char *const *names)
{
	return g_strv_contains(names, what);
}

/* Events of a bounce that was judged. */
static gboolean is_judgement(const struct event *event)
{
	static const char *const names[] = {
	        "bounce", "hard-bounce", "bounce-limit", "probe-failed", "probes-spent", "release", NULL};

	return event->bounce_id != 0 && is_any(event->what, names);
}

/* Events that take back what a bounce did before them. */
static gboolean is_voiding(const struct event *event)
{
	static const char *const names[] = {"freeze", "undo", NULL};

	return event->bounce_id != 0 && (is_any(event->what, names) ||
	                                 (strcmp(event->what, "reclassify") == 0 && event->detail != NULL &&
	                                  strstr(event->detail, "taken back") != NULL));
}

/* Does the event at `index` still count? */
static gboolean is_void(const struct telling *t, const struct event *event, guint index)
{
	return event->bounce_id != 0 &&
	       index < GPOINTER_TO_UINT(g_hash_table_lookup(t->void_to, &event->bounce_id));
}

static void set_void(struct telling *t, gint64 bounce_id, guint index)
{
	gint64 *key = g_new(gint64, 1);

	*key = bounce_id;
	g_hash_table_replace(t->void_to, key, GUINT_TO_POINTER(index + 1));
}

static void find_void(struct telling *t, gint64 void_bounce)
{
	for (guint i = 0; i < t->events->len; i++) {
		const struct event *event = g_ptr_array_index(t->events, i);

		if (is_voiding(event))
			set_void(t, event->bounce_id, i);
	}
	if (void_bounce != 0)
		set_void(t, void_bounce, t->events->len);
}

/* The first event that is void; all before it stands as it was written. */
static guint first_void(const struct telling *t)
{
	for (guint i = 0; i < t->events->len; i++) {
		const struct event *event = g_ptr_array_index(t->events, i);

		if (is_judgement(event) && is_void(t, event, i))
			return i;
	}
	return t->events->len;
}

/* Nothing is known of it yet. */
static void begin_clean(struct subscription *s, enum subscription_state state, gint64 at)
{
	const struct policy_history clean = policy_clean(state);
	const struct policy_decision decision = {.action = POLICY_IGNORE, .history = clean};

	s->state = state;
	s->cause = CAUSE_NONE;
	s->state_at = at;
	life_take(s, &decision);
}

/* The life just before an event. *known_out FALSE: it cannot be told. */
static gboolean begin_before(struct telling *t, guint index, gboolean *known_out, GError **error)
{
	enum subscription_state state = SUB_NONE;
	const struct event *first;

	*known_out = TRUE;
	for (guint i = index; i > 0; i--) {
		const struct event *event = g_ptr_array_index(t->events, i - 1);

		if (event->life != NULL)
			return subscription_life_read(event->life, t->s, error);
		/* of old: whether it left the score as it was nobody knows */
		*known_out = FALSE;
	}
	if (t->events->len == 0 || !*known_out)
		return TRUE;
	/* an import writes no event for each of its subscriptions: it begins in the state that the first one
	 * finds */
	first = g_ptr_array_index(t->events, 0);
	if (first->from_state != NULL)
		*known_out = subscription_state_read(first->from_state, &state);
	begin_clean(t->s, state, state == SUB_NONE ? 0 : t->s->created_at);
	return TRUE;
}

static struct verdict verdict_of(const struct bounce *bounce)
{
	struct verdict verdict = {KIND_NOTBOUNCE, REASON_NONE, BLAME_NONE, bounce->rule};

	(void)kind_read(bounce->kind, &verdict.kind);
	(void)reason_read(bounce->reason, &verdict.reason);
	(void)blame_read(bounce->blame, &verdict.blame);
	return verdict;
}

/* A bounce is judged as it was then, but for what is void. */
static gboolean judge(struct telling *t, const struct event *event, GError **error)
{
	struct bounce *bounce = store_bounce_by_id(t->context->store, event->bounce_id, error);
	const struct policy_history history = life_history(t->s);
	struct policy_decision decision;
	struct policy_case item;
	struct verdict verdict;
	gboolean is_probe = FALSE;

	if (bounce == NULL || !judge_is_probe(t->context, bounce->delivery_id, &is_probe, error)) {
		bounce_free(bounce);
		return FALSE;
	}
	verdict = verdict_of(bounce);
	item = judge_case(t->s, bounce, &verdict, event->at);
	decision = is_probe ? policy_probe_failed(t->policy, &history, &item)
	                    : policy_judge(t->policy, &history, &item);
	life_follow(t->s, &decision, is_probe, event->at);
	bounce_free(bounce);
	return TRUE;
}

/* What time brought, if it still brings it. A probe that was silent was at the relay for long enough by then.
 */
static void tick(struct telling *t, const struct event *event, enum policy_action wanted)
{
	const struct policy_history history = life_history(t->s);
	gint64 handed_at = wanted == POLICY_RETURN ? history.probe_at : 0;
	struct policy_decision decision = policy_tick(t->policy, &history, handed_at, event->at);

	if (decision.action == wanted)
		life_follow(t->s, &decision, FALSE, event->at);
}

static gboolean hear_silence(struct telling *t, const struct event *event, GError **error)
{
	struct delivery *delivery = store_delivery_by_id(t->context->store, event->delivery_id, error);
	const struct policy_history history = life_history(t->s);
	struct policy_decision decision;

	if (delivery == NULL)
		return FALSE;
	decision = policy_silence(t->policy, &history, delivery->first_handed_at, event->at);
	delivery_free(delivery);
	life_follow(t->s, &decision, FALSE, event->at);
	return TRUE;
}

static void forget(struct telling *t, const struct event *event)
{
	const struct policy_history history = life_history(t->s);
	struct policy_decision decision = policy_forget(t->policy, &history, 0, event->at);

	life_follow(t->s, &decision, FALSE, event->at);
}

static void lose_domain(struct telling *t, const struct event *event)
{
	const struct policy_history history = life_history(t->s);
	struct policy_decision decision = policy_unreachable(t->policy, &history, event->at);

	if (decision.action != POLICY_SUSPEND)
		return;
	life_take(t->s, &decision);
	(void)life_move(t->s, EVENT_DOMAIN_UNREACHABLE, event->at);
}

/* What somebody did, by the name of the event. Names of notes are no events of the table and do nothing. */
static void act(struct telling *t, const struct event *event)
{
	enum subscription_state to;

	if (t->s->state == SUB_NONE) {
		/* the event that made it */
		if (event->to_state != NULL && subscription_state_read(event->to_state, &to)) {
			t->s->state = to;
			t->s->state_at = event->at;
		}
		return;
	}
	for (int i = 0; i < SUBSCRIPTION_EVENTS; i++) {
		enum subscription_event candidate = (enum subscription_event)i;

		if (candidate == EVENT_REINSTATE ||
		    strcmp(subscription_event_name(candidate), event->what) != 0)
			continue;
		if (life_move(t->s, candidate, event->at))
			return;
	}
}

static gboolean tell(struct telling *t, const struct event *event, guint index, GError **error)
{
	static const char *const skipped[] = {"freeze", "undo", "held", "reclassify", "reinstate", NULL};

	/* taking bounces back is what is told here, not a thing to be told; "undo" is also what people do */
	if ((event->bounce_id != 0 && is_any(event->what, skipped)) ||
	    (is_judgement(event) && is_void(t, event, index)))
		return TRUE;
	if (is_judgement(event))
		return judge(t, event, error);
	if (strcmp(event->what, "silence") == 0)
		return hear_silence(t, event, error);
	if (strcmp(event->what, "forget") == 0)
		forget(t, event);
	else if (strcmp(event->what, "removal-due") == 0)
		tick(t, event, POLICY_EXPEL);
	else if (strcmp(event->what, "probe-sent") == 0)
		tick(t, event, POLICY_PROBE);
	else if (strcmp(event->what, "probe-silent") == 0)
		tick(t, event, POLICY_RETURN);
	else if (strcmp(event->what, "domain-unreachable") == 0)
		lose_domain(t, event);
	else
		act(t, event);
	return TRUE;
}

/* A copy with texts of its own. */
static struct subscription *copy_of(const struct subscription *subscription)
{
	struct subscription *copy = g_new(struct subscription, 1);

	*copy = *subscription;
	copy->list_name = g_strdup(subscription->list_name);
	copy->address = g_strdup(subscription->address);
	copy->attributes = g_strdup(subscription->attributes);
	return copy;
}

static gboolean tell_from(struct telling *t, guint index, gboolean *known_out, GError **error)
{
	if (!begin_before(t, index, known_out, error))
		return FALSE;
	for (guint i = index; *known_out && i < t->events->len; i++)
		if (!tell(t, g_ptr_array_index(t->events, i), i, error))
			return FALSE;
	return TRUE;
}

static gboolean run(struct context *context, const struct policy *policy,
                    const struct subscription *subscription, gint64 void_bounce, gboolean is_whole,
                    struct subscription **again_out, gboolean *known_out, GError **error)
{
	g_autoptr(GPtrArray) events = store_event_of(context->store, subscription->id, error);
	g_autoptr(GHashTable) void_to = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	struct telling telling = {context, policy, events, void_to, NULL};
	gboolean is_good = FALSE;

	*again_out = NULL;
	if (events == NULL)
		return FALSE;
	telling.s = copy_of(subscription);
	find_void(&telling, void_bounce);
	is_good = tell_from(&telling, is_whole ? 0 : first_void(&telling), known_out, error);
	if (is_good && *known_out && telling.s->state != SUB_NONE)
		*again_out = telling.s;
	else
		subscription_free(telling.s);
	*known_out = *again_out != NULL;
	return is_good;
}

gboolean life_again(struct context *context, const struct policy *policy,
                    const struct subscription *subscription, gint64 void_bounce,
                    struct subscription **again_out, gboolean *known_out, GError **error)
{
	return run(context, policy, subscription, void_bounce, FALSE, again_out, known_out, error);
}

gboolean life_replay(struct context *context, const struct policy *policy,
                     const struct subscription *subscription, struct subscription **again_out,
                     gboolean *known_out, GError **error)
{
	return run(context, policy, subscription, 0, TRUE, again_out, known_out, error);
}

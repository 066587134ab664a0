// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/replay_life.h"

#include "tests/unit/policy_fixture.h"

enum { HOUR = 3600, DAY = 24 * HOUR, LIVES = 4000, LENGTH = 60, SUFFIX = 12 };

static const gint64 start = 1800000000;

/*
 * A life as a program would write it: a row that is changed by decisions and moves, and a log of what
 * happened. What it does is told by the policy's own functions, not by replay: both must come to the same.
 */
struct life {
	const struct policy *policy;
	struct policy_history row;
	enum subscription_cause cause;
	gint64 now;
	gint64 campaign_id;
	gint64 probe_handed_at;
	GArray *log; /* of struct replay_entry */
};

static void life_init(struct life *life, const struct policy *policy)
{
	*life = (struct life){.policy = policy, .row = {.state = SUB_NONE}, .now = start};
	life->log = g_array_new(FALSE, FALSE, sizeof(struct replay_entry));
}

static void life_clear(struct life *life)
{
	g_array_unref(life->log);
}

static const struct replay_entry *entries_of(const struct life *life)
{
	return (const struct replay_entry *)(void *)life->log->data;
}

static void assert_same(const struct policy_history *a, const struct policy_history *b)
{
	g_assert_cmpint(a->state, ==, b->state);
	g_assert_cmpint(a->half_points, ==, b->half_points);
	g_assert_cmpint(a->first_at, ==, b->first_at);
	g_assert_cmpint(a->last_at, ==, b->last_at);
	g_assert_cmpint(a->last_campaign, ==, b->last_campaign);
	g_assert_cmpint(a->silent, ==, b->silent);
	g_assert_cmpint(a->silent_at, ==, b->silent_at);
	g_assert_cmpint(a->hit_at, ==, b->hit_at);
	g_assert_cmpint(a->stage, ==, b->stage);
	g_assert_cmpint(a->suspended_until, ==, b->suspended_until);
	g_assert_cmpint(a->remove_at, ==, b->remove_at);
	g_assert_cmpint(a->probe_at, ==, b->probe_at);
	g_assert_cmpint(a->probed_at, ==, b->probed_at);
}

static void move(struct life *life, enum subscription_event event)
{
	enum subscription_state to;

	if (!subscription_move(life->row.state, event, &to, &life->cause))
		return;
	if (event == EVENT_CONFIRM || event == EVENT_ENROL || event == EVENT_PARDON)
		life->row = policy_clean(to);
	life->row.state = to;
	if (to != SUB_SUSPENDED) {
		life->row.suspended_until = 0;
		life->row.remove_at = 0;
		life->row.probe_at = 0;
		life->row.probed_at = 0;
	}
}

static void write_down(struct life *life, struct replay_entry entry)
{
	entry.at = life->now;
	g_array_append_val(life->log, entry);
}

static void happen(struct life *life, enum subscription_event event)
{
	write_down(life, (struct replay_entry){.what = REPLAY_EVENT, .event = event});
	move(life, event);
}

/* Any failure that there is, the recipient's more often than others'; never a complaint. */
static struct verdict random_verdict(void)
{
	struct verdict verdict = {KIND_SOFT, REASON_MAILBOXFULL, BLAME_RECIPIENT, "test"};

	switch (g_test_rand_int_range(0, 6)) {
	case 0:
		verdict.reason = REASON_USERUNKNOWN;
		verdict.kind = KIND_HARD;
		break;
	case 1: verdict.reason = REASON_SUSPEND; break;
	case 2:
		verdict.reason = REASON_HOSTUNKNOWN;
		verdict.kind = KIND_HARD;
		break;
	case 3:
		verdict.reason = (enum reason)g_test_rand_int_range(REASON_NONE + 1, REASON_COUNT);
		verdict.blame = (enum blame)g_test_rand_int_range(BLAME_NONE, BLAME_NETWORK + 1);
		verdict.kind = (enum kind)g_test_rand_int_range(KIND_HARD, KIND_DELAYED + 1);
		break;
	default: break;
	}
	return verdict;
}

static void take(struct life *life, const struct policy_decision *decision, enum subscription_event suspend,
                 enum subscription_event expel, enum subscription_event back)
{
	life->row = decision->history;
	switch (decision->action) {
	case POLICY_SUSPEND: move(life, suspend); break;
	case POLICY_REMOVE: move(life, EVENT_HARD_BOUNCE); break;
	case POLICY_COMPLAIN: move(life, EVENT_COMPLAINT); break;
	case POLICY_PROBE: move(life, EVENT_PROBE_SENT); break;
	case POLICY_RETURN: move(life, back); break;
	case POLICY_EXPEL: move(life, expel); break;
	case POLICY_IGNORE:
	case POLICY_COUNT:
	case POLICY_HOLD: break;
	}
}

static void fail(struct life *life, gboolean is_probe)
{
	struct replay_entry entry = {
	        .what = is_probe ? REPLAY_PROBE_FAILURE : REPLAY_FAILURE,
	        .campaign_id = is_probe ? 0 : MAX(life->campaign_id - g_test_rand_int_range(0, 2), 0),
	        .verdict = random_verdict(),
	        .is_temporary = g_test_rand_int_range(0, 5) == 0,
	        .is_forwarded = g_test_rand_int_range(0, 8) == 0,
	        .domain_is_alive = g_test_rand_int_range(0, 3) == 0,
	        .is_frozen = g_test_rand_int_range(0, 10) == 0,
	};
	struct policy_case item = {&entry.verdict,       entry.campaign_id,  life->now,
	                           entry.is_temporary,   entry.is_forwarded, entry.is_frozen,
	                           entry.domain_is_alive};
	struct policy_decision decision = is_probe ? policy_probe_failed(life->policy, &life->row, &item)
	                                           : policy_judge(life->policy, &life->row, &item);

	write_down(life, entry);
	take(life, &decision, is_probe ? EVENT_PROBE_FAILED : EVENT_BOUNCE_LIMIT, EVENT_PROBES_SPENT,
	     EVENT_PROBE_SILENT);
}

static void run_timers(struct life *life)
{
	struct policy_decision decision = policy_tick(life->policy, &life->row, life->probe_handed_at,
	                                              life->now);
	struct replay_entry entry = {.what = REPLAY_REMOVAL, .handed_at = life->probe_handed_at};

	if (decision.action == POLICY_IGNORE)
		return;
	if (decision.action == POLICY_PROBE) {
		entry.what = REPLAY_PROBE_SENT;
		life->probe_handed_at = g_test_rand_int_range(0, 4) == 0 ? 0 : life->now + HOUR;
	} else if (decision.action == POLICY_RETURN) {
		entry.what = REPLAY_PROBE_SILENT;
	}
	write_down(life, entry);
	take(life, &decision, EVENT_BOUNCE_LIMIT, EVENT_REMOVAL_DUE, EVENT_PROBE_SILENT);
}

static void be_silent(struct life *life)
{
	struct replay_entry entry = {.what = REPLAY_SILENCE,
	                             .handed_at = life->now - g_test_rand_int_range(6, 10) * DAY};
	struct policy_decision decision = policy_silence(life->policy, &life->row, entry.handed_at,
	                                                 life->now);

	write_down(life, entry);
	life->row = decision.history;
}

static void do_the_rest(struct life *life)
{
	static const enum subscription_event events[] = {EVENT_UNSUBSCRIBE,  EVENT_CONFIRM, EVENT_CONFIRM,
	                                                 EVENT_DOMAIN_DEAD,  EVENT_REQUEST, EVENT_ENROL,
	                                                 EVENT_IMPORT_ACTIVE};
	struct policy_decision decision;

	switch (g_test_rand_int_range(0, 4)) {
	case 0:
		write_down(life,
		           (struct replay_entry){.what = REPLAY_FORGET, .handed_at = life->now - 370 * DAY});
		life->row = policy_forget(life->policy, &life->row, life->now - 370 * DAY, life->now).history;
		break;
	case 1:
		write_down(life, (struct replay_entry){.what = REPLAY_CLICK});
		decision = policy_clicked(life->policy, &life->row);
		take(life, &decision, EVENT_BOUNCE_LIMIT, EVENT_REMOVAL_DUE, EVENT_PROBE_CLICKED);
		break;
	case 2:
		write_down(life, (struct replay_entry){.what = REPLAY_UNREACHABLE});
		decision = policy_unreachable(life->policy, &life->row, life->now);
		take(life, &decision, EVENT_DOMAIN_UNREACHABLE, EVENT_REMOVAL_DUE, EVENT_PROBE_SILENT);
		break;
	default: happen(life, events[g_test_rand_int_range(0, G_N_ELEMENTS(events))]); break;
	}
}

static void live_on(struct life *life)
{
	life->now += g_test_rand_int_range(1, 9 * DAY);
	life->campaign_id += g_test_rand_int_range(0, 2);
	switch (g_test_rand_int_range(0, 20)) {
	case 0: do_the_rest(life); break;
	case 1:
	case 2:
	case 3: be_silent(life); break;
	case 4:
	case 5:
	case 6:
	case 7: run_timers(life); break;
	case 8:
	case 9: fail(life, TRUE); break;
	default: fail(life, FALSE); break;
	}
	g_assert_cmpint(life->row.half_points, >=, 0);
	g_assert_true(life->row.half_points > 0 || life->row.first_at == 0);
	g_assert_true(
	        life->row.state == SUB_SUSPENDED ||
	        (life->row.suspended_until == 0 && life->row.remove_at == 0 && life->row.probe_at == 0));
}

static void begin(struct life *life, int number)
{
	static const char *const names[] = {"newsletter", "daily", "strict"};

	life_init(life, own_policy(names[number % (int)G_N_ELEMENTS(names)]));
	happen(life, number % 5 == 0 ? EVENT_REQUEST : EVENT_IMPORT_ACTIVE);
}

static void replaying_the_log_gives_the_row(void)
{
	guint reached[SUB_STATES] = {0};

	for (int i = 0; i < LIVES; i++) {
		struct life life;

		begin(&life, i);
		for (int n = 0; n < LENGTH; n++) {
			struct replay_state state;

			live_on(&life);
			reached[life.row.state]++;
			if (n % 7 != 0 && n != LENGTH - 1)
				continue;
			state = replay_all(life.policy, entries_of(&life), life.log->len);
			assert_same(&state.history, &life.row);
			g_assert_cmpint(state.cause, ==, life.cause);
		}
		life_clear(&life);
	}
	/* a walk that never came anywhere would prove nothing */
	for (int state = 0; state < SUB_COMPLAINED; state++)
		g_assert_cmpuint(reached[state], >, LIVES / 20);
}

/* After any life, failures come, one after the other, with the timers at work; they are taken back, and all
 * is as before. */
static void taking_back_gives_the_row_before(void)
{
	guint moved = 0, scored = 0;

	for (int i = 0; i < LIVES; i++) {
		struct life life;
		struct policy_history before;
		enum subscription_cause cause;
		enum subscription_event event;
		struct replay_state now, after;
		guint from;

		begin(&life, i);
		for (int n = g_test_rand_int_range(0, LENGTH); n > 0; n--)
			live_on(&life);
		before = life.row;
		cause = life.cause;
		from = life.log->len;
		for (int n = g_test_rand_int_range(1, SUFFIX); n > 0; n--) {
			life.now += g_test_rand_int_range(HOUR, 9 * DAY);
			life.campaign_id++;
			fail(&life, before.probe_at != 0 && g_test_rand_bit());
		}
		for (guint n = from; n < life.log->len; n++)
			g_array_index(life.log, struct replay_entry, n).is_taken_back = TRUE;
		now = (struct replay_state){life.row, life.cause};
		after = replay_take_back(life.policy, entries_of(&life), life.log->len, i % 2 == 0, &now,
		                         &event);
		assert_same(&after.history, &before);
		g_assert_cmpint(after.cause, ==, cause);
		moved += event != SUBSCRIPTION_EVENTS && life.row.state != before.state;
		scored += life.row.half_points != before.half_points;
		life_clear(&life);
	}
	g_assert_cmpuint(moved, >, LIVES / 10);
	g_assert_cmpuint(scored, >, LIVES / 10);
}

/* Some of them, anywhere in a life: nobody loses his mail, and what people did themselves stands. */
static void taking_back_some_never_takes_mail_away(void)
{
	for (int i = 0; i < LIVES; i++) {
		struct life life;
		enum subscription_event event;
		struct replay_state now, after;

		begin(&life, i);
		for (int n = 0; n < LENGTH; n++)
			live_on(&life);
		for (guint n = 0; n < life.log->len; n++) {
			struct replay_entry *entry = &g_array_index(life.log, struct replay_entry, n);

			if (entry->what == REPLAY_FAILURE || entry->what == REPLAY_PROBE_FAILURE)
				entry->is_taken_back = g_test_rand_int_range(0, 3) == 0;
		}
		now = (struct replay_state){life.row, life.cause};
		after = replay_take_back(life.policy, entries_of(&life), life.log->len, FALSE, &now, &event);
		g_assert_cmpint(after.history.half_points, >=, 0);
		if (life.row.state == SUB_ACTIVE)
			g_assert_cmpint(after.history.state, ==, SUB_ACTIVE);
		if (life.row.state == SUB_SUSPENDED)
			g_assert_true(after.history.state == SUB_SUSPENDED ||
			              after.history.state == SUB_ACTIVE);
		if (life.row.state == SUB_UNSUBSCRIBED)
			g_assert_cmpint(after.history.state, ==, SUB_UNSUBSCRIBED);
		life_clear(&life);
	}
}

/* Week by week by hand: three full mailboxes, the second of them forged. */
static void one_of_three_taken_back_ends_the_suspension(void)
{
	const struct policy *policy = own_policy("newsletter");
	static const struct verdict full = {KIND_SOFT, REASON_MAILBOXFULL, BLAME_RECIPIENT, "test"};
	struct replay_entry entries[4] = {{.what = REPLAY_EVENT, .at = start, .event = EVENT_IMPORT_ACTIVE}};
	struct replay_state state, back;
	enum subscription_event event;

	for (int i = 1; i < 4; i++)
		entries[i] = (struct replay_entry){
		        .what = REPLAY_FAILURE, .at = start + i * 7 * DAY, .campaign_id = i, .verdict = full};
	state = replay_all(policy, entries, G_N_ELEMENTS(entries));
	g_assert_cmpint(state.history.state, ==, SUB_SUSPENDED);
	g_assert_cmpint(state.cause, ==, CAUSE_BOUNCE);
	g_assert_cmpint(state.history.suspended_until, ==, start + 35 * DAY);
	entries[2].is_taken_back = TRUE;
	back = replay_take_back(policy, entries, G_N_ELEMENTS(entries), FALSE, &state, &event);
	g_assert_cmpint(event, ==, EVENT_UNDO_ACTIVE);
	g_assert_cmpint(back.history.state, ==, SUB_ACTIVE);
	g_assert_cmpint(back.history.half_points, ==, 4);
	g_assert_cmpint(back.history.first_at, ==, start + 7 * DAY);
	g_assert_cmpint(back.history.last_campaign, ==, 3);
	g_assert_cmpint(back.history.suspended_until, ==, 0);
	/* released again: as it was */
	entries[2].is_taken_back = FALSE;
	back = replay_all(policy, entries, G_N_ELEMENTS(entries));
	assert_same(&back.history, &state.history);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/replay/one_of_three_taken_back_ends_the_suspension",
	                one_of_three_taken_back_ends_the_suspension);
	g_test_add_func("/replay/replaying_the_log_gives_the_row", replaying_the_log_gives_the_row);
	g_test_add_func("/replay/taking_back_gives_the_row_before", taking_back_gives_the_row_before);
	g_test_add_func("/replay/taking_back_some_never_takes_mail_away",
	                taking_back_some_never_takes_mail_away);
	return g_test_run();
}

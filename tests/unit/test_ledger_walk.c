// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/store_fixture.h"

#include "lib/store/store_delivery.h"

/*
 * A random walk through the ledger beside a model of it in plain memory. After each step both must agree on
 * every total, and so nobody is lost and nobody is there twice. The seed is printed by GLib; --seed repeats
 * it.
 */
enum { STEPS = 2000, PEOPLE = 300 };

struct row {
	gint64 id;
	enum delivery_state state;
	gint64 next_at; /* 0: none */
	int attempts;
	gboolean has_ended;
	gboolean was_picked; /* by the claim in progress */
};

struct walk {
	struct store *store;
	gint64 campaign_id;
	gint64 now;
	struct row rows[PEOPLE];
	int taken[DELIVERY_STATES]; /* moves that took effect, by the state they led to */
};

static gboolean is_in_hand(const struct row *row)
{
	return row->state == DELIVERY_CLAIMED || row->state == DELIVERY_HANDING;
}

static void move(struct walk *walk, struct row *row, enum delivery_state state, gint64 next_at)
{
	row->state = state;
	row->next_at = next_at;
	walk->taken[state]++;
}

/* error: by address, since it is set while the arguments are worked out */
static void expect(gboolean is_good, gboolean should_be, GError *const *error)
{
	g_assert_cmpint(is_good, ==, should_be);
	if (!should_be)
		g_assert_error(*error, FAILURE, FAILURE_NOINPUT);
	else
		g_assert_no_error(*error);
}

/* The row that is due longest and not picked yet, or NULL. */
static struct row *next_due(struct walk *walk)
{
	struct row *best = NULL;

	for (int i = 0; i < PEOPLE; i++) {
		struct row *row = &walk->rows[i];

		if (row->next_at != 0 && row->next_at <= walk->now && !row->was_picked &&
		    (best == NULL || row->next_at < best->next_at))
			best = row;
	}
	return best;
}

enum { LEASE = 7 };

static void step_claim(struct walk *walk)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GError) error = NULL;
	int count = g_test_rand_int_range(1, 12);
	guint picked = 0;
	struct row *row;

	while ((int)picked < count && (row = next_due(walk)) != NULL) {
		row->was_picked = TRUE;
		picked++;
	}
	expect(store_delivery_claim(walk->store, walk->campaign_id, LEASE, walk->now, count, ids, &error),
	       TRUE, &error);
	g_assert_cmpuint(ids->len, ==, picked);
	for (guint i = 0; i < ids->len; i++) {
		row = &walk->rows[g_array_index(ids, gint64, i) - walk->rows[0].id];
		g_assert_true(row->was_picked);
		row->was_picked = FALSE;
		move(walk, row, DELIVERY_CLAIMED, 0);
	}
}

static void step_hand(struct walk *walk, struct row *row)
{
	g_autoptr(GError) error = NULL;
	gboolean may = row->state == DELIVERY_CLAIMED;

	expect(store_delivery_hand(walk->store, row->id, walk->now, 1, "main", &error), may, &error);
	if (may)
		move(walk, row, DELIVERY_HANDING, 0);
}

static void step_end(struct walk *walk, struct row *row)
{
	static const enum delivery_state ends[] = {DELIVERY_SENT, DELIVERY_FAILED, DELIVERY_SKIPPED,
	                                           DELIVERY_EXPIRED};
	enum delivery_state state = ends[g_test_rand_int_range(0, G_N_ELEMENTS(ends))];
	g_autoptr(GError) error = NULL;

	expect(store_delivery_end(walk->store, row->id, state, 250, "2.0.0", "said", walk->now, &error),
	       !row->has_ended, &error);
	if (row->has_ended)
		return;
	row->has_ended = TRUE;
	row->attempts += state == DELIVERY_SENT || state == DELIVERY_FAILED;
	move(walk, row, state, 0);
}

static void step_wait(struct walk *walk, struct row *row)
{
	gint64 next_at = walk->now + g_test_rand_int_range(1, 50);
	g_autoptr(GError) error = NULL;

	switch (g_test_rand_int_range(0, 3)) {
	case 0:
		expect(store_delivery_defer(walk->store, row->id, 450, "4.0.0", "later", next_at, &error),
		       !row->has_ended, &error);
		row->attempts += !row->has_ended;
		if (!row->has_ended)
			move(walk, row, DELIVERY_DEFERRED, next_at);
		break;
	case 1:
		next_at = g_test_rand_bit() ? next_at : 0;
		expect(store_delivery_doubt(walk->store, row->id, "no reply", next_at, &error),
		       !row->has_ended, &error);
		row->attempts += !row->has_ended;
		if (!row->has_ended)
			move(walk, row, DELIVERY_AMBIGUOUS, next_at);
		break;
	case 2:
		expect(store_delivery_release(walk->store, row->id, next_at, &error), !row->has_ended,
		       &error);
		if (!row->has_ended)
			move(walk, row, DELIVERY_QUEUED, next_at);
		break;
	}
}

static void step_recover(struct walk *walk)
{
	gint64 resend_at = g_test_rand_bit() ? walk->now + 5 : 0, released = -1, ambiguous = -1;
	gint64 expected_released = 0, expected_ambiguous = 0;
	g_autoptr(GError) error = NULL;

	expect(store_delivery_recover(walk->store, LEASE, walk->now, &released, &error), TRUE, &error);
	expect(store_delivery_recover_doubt(walk->store, LEASE, resend_at, &ambiguous, &error), TRUE, &error);
	for (int i = 0; i < PEOPLE; i++) {
		struct row *row = &walk->rows[i];

		if (row->state == DELIVERY_CLAIMED) {
			move(walk, row, DELIVERY_QUEUED, walk->now);
			expected_released++;
		} else if (row->state == DELIVERY_HANDING) {
			move(walk, row, DELIVERY_AMBIGUOUS, resend_at);
			row->attempts++;
			expected_ambiguous++;
		}
	}
	g_assert_cmpint(released, ==, expected_released);
	g_assert_cmpint(ambiguous, ==, expected_ambiguous);
}

/* Which rows a small cancel takes is the database's choice, so the model reads back which. */
static void step_cancel(struct walk *walk)
{
	int count = g_test_rand_int_range(1, 4), waiting = 0, changed_rows = 0;
	g_autoptr(GError) error = NULL;
	gint64 changed = -1;

	expect(store_delivery_cancel(walk->store, walk->campaign_id, "cancelled", walk->now, count, &changed,
	                             &error),
	       TRUE, &error);
	for (int i = 0; i < PEOPLE; i++) {
		struct row *row = &walk->rows[i];
		g_autofree char *text = g_strdup_printf(
		        "SELECT ended_at IS NOT NULL FROM delivery WHERE id = %d", (int)row->id);

		waiting += row->next_at != 0;
		if (row->has_ended || !ask(walk->store, text))
			continue;
		g_assert_cmpint(row->next_at, !=, 0);
		row->has_ended = TRUE;
		move(walk, row, row->state == DELIVERY_AMBIGUOUS ? DELIVERY_AMBIGUOUS : DELIVERY_SKIPPED, 0);
		changed_rows++;
	}
	g_assert_cmpint(changed, ==, MIN(count, waiting));
	g_assert_cmpint(changed_rows, ==, changed);
}

static void step_bounce(struct walk *walk, struct row *row)
{
	g_autoptr(GError) error = NULL;

	expect(store_delivery_bounced(walk->store, row->id, "5.1.1", "gone", walk->now, &error), TRUE,
	       &error);
	/* a report proves that the relay had taken what was ambiguous: it is not sent again */
	if (row->state == DELIVERY_SENT || row->state == DELIVERY_AMBIGUOUS) {
		row->has_ended = TRUE;
		move(walk, row, DELIVERY_FAILED, 0);
	}
}

static struct row *any_row(struct walk *walk, gboolean want_in_hand)
{
	int at = g_test_rand_int_range(0, PEOPLE);

	for (int i = 0; want_in_hand && i < PEOPLE; i++)
		if (is_in_hand(&walk->rows[(at + i) % PEOPLE]))
			return &walk->rows[(at + i) % PEOPLE];
	return &walk->rows[at];
}

static void take_step(struct walk *walk)
{
	/* mostly what a sender does to what it has in hand, sometimes anything to any row */
	struct row *row = any_row(walk, g_test_rand_int_range(0, 4) > 0);
	int dice = g_test_rand_int_range(0, 100);

	walk->now += g_test_rand_int_range(0, 5);
	if (dice < 25)
		step_claim(walk);
	else if (dice < 50)
		step_hand(walk, row);
	else if (dice < 65)
		step_end(walk, row);
	else if (dice < 92)
		step_wait(walk, row);
	else if (dice < 96)
		step_bounce(walk, row);
	else if (dice < 99)
		step_recover(walk);
	else
		step_cancel(walk);
}

static void compare_totals(struct walk *walk)
{
	gint64 totals[DELIVERY_STATES], expected[DELIVERY_STATES] = {0}, sum = 0, due = 0, expected_due = 0;
	gboolean is_unfinished, should_be_unfinished = FALSE;
	g_autoptr(GError) error = NULL;

	expect(store_delivery_totals(walk->store, walk->campaign_id, totals, &error), TRUE, &error);
	expect(store_delivery_unfinished(walk->store, walk->campaign_id, &is_unfinished, &error), TRUE,
	       &error);
	expect(store_delivery_next_due(walk->store, &due, &error), TRUE, &error);
	for (int i = 0; i < PEOPLE; i++) {
		const struct row *row = &walk->rows[i];

		expected[row->state]++;
		should_be_unfinished |= row->next_at != 0 || is_in_hand(row);
		if (row->next_at != 0 && (expected_due == 0 || row->next_at < expected_due))
			expected_due = row->next_at;
	}
	for (int state = 0; state < DELIVERY_STATES; state++) {
		g_assert_cmpint(totals[state], ==, expected[state]);
		sum += totals[state];
	}
	g_assert_cmpint(sum, ==, PEOPLE);
	g_assert_cmpint(is_unfinished, ==, should_be_unfinished);
	g_assert_cmpint(due, ==, expected_due);
}

static void compare_rows(struct walk *walk)
{
	for (int i = 0; i < PEOPLE; i++) {
		const struct row *row = &walk->rows[i];
		g_autoptr(GError) error = NULL;
		struct delivery *delivery = store_delivery_by_id(walk->store, row->id, &error);

		g_assert_no_error(error);
		g_assert_cmpint(delivery->state, ==, row->state);
		g_assert_cmpint(delivery->next_at, ==, row->next_at);
		g_assert_cmpint(delivery->attempts, ==, row->attempts);
		g_assert_cmpint(delivery->ended_at != 0, ==, row->has_ended);
		delivery_free(delivery);
	}
}

static void start(struct walk *walk)
{
	gint64 list_id, added = 0;
	g_autoptr(GError) error = NULL;

	walk->store = fresh_store();
	walk->now = NOW;
	list_id = add_list(walk->store, "walk");
	for (int i = 0; i < PEOPLE; i++) {
		g_autofree char *address = g_strdup_printf("%d@example.org", i);

		add_subscription(walk->store, list_id, address, SUB_ACTIVE);
	}
	walk->campaign_id = add_campaign(walk->store, list_id, MAILING_CAMPAIGN, CAMPAIGN_RUNNING);
	expect(store_delivery_fill(walk->store, walk->campaign_id, PEOPLE, &added, &error), TRUE, &error);
	g_assert_cmpint(added, ==, PEOPLE);
	for (int i = 0; i < PEOPLE; i++)
		walk->rows[i] = (struct row){.id = i + 1, .state = DELIVERY_QUEUED, .next_at = NOW};
	/* different due times, so that the order of claims can be known */
	run_raw(walk->store, "UPDATE delivery SET next_at = 1800000000 + id");
	for (int i = 0; i < PEOPLE; i++)
		walk->rows[i].next_at = NOW + i + 1;
}

static void a_random_walk_loses_nobody(void)
{
	struct walk *walk = g_new0(struct walk, 1);

	start(walk);
	for (int i = 0; i < STEPS; i++) {
		take_step(walk);
		compare_totals(walk);
		if (i % 100 == 99)
			compare_rows(walk);
	}
	/* the walk came everywhere */
	for (int state = 0; state < DELIVERY_STATES; state++)
		g_assert_cmpint(walk->taken[state], >, 0);
	store_close(walk->store);
	g_free(walk);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ledger/a_random_walk_loses_nobody", a_random_walk_loses_nobody);
	return g_test_run();
}

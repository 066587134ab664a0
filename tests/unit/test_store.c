// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/store_fixture.h"

#include <string.h>

#include "lib/store/store_import.h"

/* Each noun is written and read back; what is NULL, empty or not set stays so. */

static void assert_same_list(const struct list *a, const struct list *b)
{
	g_assert_cmpstr(a->name, ==, b->name);
	g_assert_cmpstr(a->title, ==, b->title);
	g_assert_cmpstr(a->from_header, ==, b->from_header);
	g_assert_cmpstr(a->owner, ==, b->owner);
	g_assert_cmpint(a->is_double_opt_in, ==, b->is_double_opt_in);
	g_assert_cmpstr(a->relay, ==, b->relay);
	g_assert_cmpstr(a->policy, ==, b->policy);
	g_assert_cmpstr(a->imprint, ==, b->imprint);
	g_assert_cmpstr(a->language, ==, b->language);
	g_assert_cmpint(a->created_at, ==, b->created_at);
	g_assert_cmpstr(a->rate, ==, b->rate);
}

static void a_list_reads_back(void)
{
	struct store *store = fresh_store();
	char name[] = "news", title[] = "T\xc3\xaftle 'x'", from[] = "T <t@x.org>", owner[] = "o@x.org",
	     relay[] = "", policy[] = "strict", imprint[] = "Street 1\nTown", language[] = "de",
	     other[] = "other";
	char colour[] = "#123456", rate[] = "10/s, 20000/h", none[] = "";
	struct list list = {0,       name,     title, from,   owner, TRUE,  relay, policy,
	                    imprint, language, NOW,   colour, TRUE,  FALSE, rate},
	            *back;
	g_autoptr(GPtrArray) all = NULL;
	gint64 again = 0;

	assert_ok(store_list_add(store, &list, &list.id, &failure));
	g_assert_cmpint(list.id, >, 0);
	assert_fails(store_list_add(store, &list, &again, &failure), FAILURE_DATA);
	back = store_list_by_name(store, "news", NULL);
	assert_same_list(back, &list);
	list_free(back);
	list.is_double_opt_in = FALSE;
	list.title = other;
	list.policy = relay;
	list.imprint = relay;
	list.rate = none;
	assert_ok(store_list_set(store, &list, &failure));
	back = store_list_by_id(store, list.id, NULL);
	assert_same_list(back, &list);
	list_free(back);
	add_list(store, "a-first");
	all = store_list_all(store, NULL);
	g_assert_cmpuint(all->len, ==, 2);
	g_assert_cmpstr(((struct list *)g_ptr_array_index(all, 0))->name, ==, "a-first");
	assert_fails(store_list_by_name(store, "NEWS", &failure) != NULL, FAILURE_NOINPUT);
	assert_fails(store_list_by_id(store, 99, &failure) != NULL, FAILURE_NOINPUT);
	store_close(store);
}

static void a_subscriber_reads_back(void)
{
	struct store *store = fresh_store();
	struct subscriber *back;
	gboolean is_new = FALSE;
	gint64 id = 0, same = 0, bare = 0;

	assert_ok(store_subscriber_add(store, "a@x.org", "A@X.org", "{\"name\":\"A\"}", TRUE, NOW, &id,
	                               &is_new, &failure));
	g_assert_true(is_new);
	assert_ok(store_subscriber_add(store, "a@x.org", "a@X.ORG", "{}", FALSE, NOW + 1, &same, &is_new,
	                               &failure));
	g_assert_false(is_new);
	g_assert_cmpint(same, ==, id);
	back = store_subscriber_by_address(store, "a@x.org", NULL);
	g_assert_cmpint(back->id, ==, id);
	g_assert_cmpstr(back->address, ==, "a@x.org");
	g_assert_cmpstr(back->spelling, ==, "A@X.org");
	g_assert_cmpstr(back->attributes, ==, "{\"name\":\"A\"}");
	g_assert_true(back->needs_smtputf8);
	g_assert_cmpint(back->created_at, ==, NOW);
	subscriber_free(back);
	assert_ok(store_subscriber_add(store, "b@x.org", "b@x.org", NULL, FALSE, NOW, &bare, &is_new,
	                               &failure));
	back = store_subscriber_by_address(store, "b@x.org", NULL);
	g_assert_cmpstr(back->spelling, ==, "b@x.org");
	g_assert_null(back->attributes);
	g_assert_false(back->needs_smtputf8);
	subscriber_free(back);
	g_assert_cmpint(ask(store, "SELECT spelling IS NULL FROM subscriber WHERE address = 'b@x.org'"), ==,
	                1);
	assert_ok(store_subscriber_set_attributes(store, id, NULL, &failure));
	back = store_subscriber_by_address(store, "a@x.org", NULL);
	g_assert_null(back->attributes);
	subscriber_free(back);
	assert_fails(store_subscriber_by_address(store, "A@x.org", &failure) != NULL, FAILURE_NOINPUT);
	store_close(store);
}

static void a_subscription_reads_back(void)
{
	struct store *store = fresh_store();
	gint64 list_id = add_list(store, "news"),
	       id = add_subscription(store, list_id, "a@x.org", SUB_PENDING);
	struct subscription *fresh = store_subscription_by_id(store, id, NULL), *back;

	g_assert_cmpint(fresh->state, ==, SUB_PENDING);
	g_assert_cmpint(fresh->cause, ==, CAUSE_NONE);
	g_assert_cmpint(fresh->state_at, ==, NOW);
	g_assert_cmpint(fresh->created_at, ==, NOW);
	g_assert_cmpint(fresh->import_id, ==, 0);
	g_assert_cmpint(fresh->bounce_first_at + fresh->bounce_last_at + fresh->bounce_campaign +
	                        fresh->remove_at + fresh->suspended_until + fresh->half_points,
	                ==, 0);
	g_assert_cmpstr(fresh->list_name, ==, "news");
	g_assert_cmpstr(fresh->address, ==, "a@x.org");
	g_assert_null(fresh->attributes);
	fresh->state = SUB_SUSPENDED;
	fresh->cause = CAUSE_BOUNCE;
	fresh->state_at = NOW + 1;
	fresh->half_points = 6;
	fresh->bounce_first_at = NOW + 2;
	fresh->bounce_last_at = NOW + 3;
	fresh->bounce_campaign = 4;
	fresh->remove_at = NOW + 5;
	fresh->suspended_until = NOW + 6;
	assert_ok(store_subscription_set(store, fresh, &failure));
	back = store_subscription_get(store, list_id, fresh->subscriber_id, NULL);
	g_assert_cmpint(back->id, ==, id);
	g_assert_cmpint(back->state, ==, SUB_SUSPENDED);
	g_assert_cmpint(back->cause, ==, CAUSE_BOUNCE);
	g_assert_cmpint(back->state_at, ==, NOW + 1);
	g_assert_cmpint(back->created_at, ==, NOW);
	g_assert_cmpint(back->half_points, ==, 6);
	g_assert_cmpint(back->bounce_first_at, ==, NOW + 2);
	g_assert_cmpint(back->bounce_last_at, ==, NOW + 3);
	g_assert_cmpint(back->bounce_campaign, ==, 4);
	g_assert_cmpint(back->remove_at, ==, NOW + 5);
	g_assert_cmpint(back->suspended_until, ==, NOW + 6);
	fresh->cause = CAUSE_NONE;
	fresh->remove_at = fresh->suspended_until = fresh->bounce_first_at = 0;
	assert_ok(store_subscription_set(store, fresh, &failure));
	g_assert_cmpint(ask(store,
	                    "SELECT cause IS NULL AND remove_at IS NULL AND suspended_until IS NULL AND"
	                    " bounce_first_at IS NULL FROM subscription"),
	                ==, 1);
	assert_fails(store_subscription_by_id(store, id + 1, &failure) != NULL, FAILURE_NOINPUT);
	assert_fails(store_subscription_get(store, list_id, 99, &failure) != NULL, FAILURE_NOINPUT);
	subscription_free(fresh);
	subscription_free(back);
	store_close(store);
}

static void subscriptions_are_listed_and_counted(void)
{
	struct store *store = fresh_store();
	gint64 news = add_list(store, "news"), art = add_list(store, "art"), counts[SUB_STATES], after = 0;
	g_autoptr(GPtrArray) of = NULL;
	int seen = 0;

	for (int i = 0; i < 12; i++) {
		g_autofree char *address = g_strdup_printf("%d@x.org", i);

		add_subscription(store, news, address, (enum subscription_state)(i % SUB_STATES));
	}
	add_subscription(store, art, "0@x.org", SUB_ACTIVE);
	assert_ok(store_list_counts(store, news, counts, &failure));
	for (int i = 0; i < SUB_STATES; i++)
		g_assert_cmpint(counts[i], ==, 2);
	assert_ok(store_list_counts(store, 99, counts, &failure));
	g_assert_cmpint(counts[SUB_ACTIVE], ==, 0);
	of = store_subscription_of(store, add_subscriber(store, "0@x.org"), NULL);
	g_assert_cmpuint(of->len, ==, 2);
	g_assert_cmpstr(((struct subscription *)g_ptr_array_index(of, 0))->list_name, ==, "art");
	for (;;) {
		g_autoptr(GPtrArray) page = store_subscription_page(store, news, SUB_NONE, after, 5, NULL);

		if (page->len == 0)
			break;
		g_assert_cmpint(((struct subscription *)g_ptr_array_index(page, 0))->subscriber_id, >, after);
		after = ((struct subscription *)g_ptr_array_index(page, page->len - 1))->subscriber_id;
		seen += (int)page->len;
	}
	g_assert_cmpint(seen, ==, 12);
	g_ptr_array_unref(of);
	of = store_subscription_page(store, news, SUB_REMOVED, 0, 100, NULL);
	g_assert_cmpuint(of->len, ==, 2);
	store_close(store);
}

static void timers_show_what_is_due(void)
{
	struct store *store = fresh_store();
	gint64 news = add_list(store, "news");
	g_autoptr(GPtrArray) few = NULL;
	g_autoptr(GPtrArray) rest = NULL;
	const struct subscription *last;

	for (int i = 0; i < 6; i++) {
		g_autofree char *address = g_strdup_printf("%d@x.org", i);
		struct subscription *s = store_subscription_by_id(
		        store, add_subscription(store, news, address, SUB_SUSPENDED), NULL);

		s->remove_at = i < 3 ? NOW + 10 - i : 0;
		s->suspended_until = i >= 3 ? NOW + 10 + i : 0;
		assert_ok(store_subscription_set(store, s, &failure));
		subscription_free(s);
	}
	for (int now = 7; now < 17; now++) {
		g_autoptr(GPtrArray) due = store_subscription_due(store, NOW + now, 0, 0, 100, NULL);

		g_assert_cmpint((int)due->len, ==, CLAMP(now - 7, 0, 3) + CLAMP(now - 12, 0, 3));
	}
	few = store_subscription_due(store, NOW + 99, 0, 0, 2, NULL);
	g_assert_cmpuint(few->len, ==, 2);
	last = g_ptr_array_index(few, 1);
	rest = store_subscription_due(store, NOW + 99, last->next_at, last->id, 100, NULL);
	g_assert_cmpuint(rest->len, ==, 4);
	store_close(store);
}

/* A date that belongs to another state is none. */
static void dates_of_another_state_are_not_due(void)
{
	static const enum subscription_state states[] = {SUB_PENDING, SUB_ACTIVE, SUB_REMOVED,
	                                                 SUB_UNSUBSCRIBED, SUB_COMPLAINED};
	struct store *store = fresh_store();
	gint64 news = add_list(store, "news");
	g_autoptr(GPtrArray) due = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(states); i++) {
		g_autofree char *address = g_strdup_printf("%d@x.org", (int)i);
		struct subscription *s = store_subscription_by_id(
		        store, add_subscription(store, news, address, states[i]), NULL);

		s->remove_at = s->suspended_until = s->probe_at = s->probed_at = NOW;
		assert_ok(store_subscription_set(store, s, &failure));
		subscription_free(s);
	}
	due = store_subscription_due(store, NOW + 1, 0, 0, 100, NULL);
	g_assert_cmpuint(due->len, ==, 0);
	store_close(store);
}

static void consent_is_kept_with_its_evidence(void)
{
	struct store *store = fresh_store();
	gint64 list_id = add_list(store, "news"), import_id = 0, id;
	enum import_outcome outcome;
	g_autoptr(GPtrArray) all = NULL;

	assert_ok(store_import_add(store, list_id, "ann", "people.csv", "signed on paper", NOW - 5,
	                           &import_id, &failure));
	assert_ok(store_import_row(store, import_id, list_id, "a@x.org", NULL, NULL, FALSE, SUB_ACTIVE, NOW,
	                           &outcome, &failure));
	id = ask(store, "SELECT id FROM subscription");
	assert_ok(store_consent_add(store, id,
	                            &(struct consent){.at = NOW + 2,
	                                              .how = (char *)"confirm",
	                                              .actor = (char *)"192.0.2.1",
	                                              .text = (char *)""},
	                            &failure));
	assert_ok(store_consent_add(store, id,
	                            &(struct consent){.at = NOW + 1,
	                                              .how = (char *)"form",
	                                              .actor = (char *)"2001:db8::1",
	                                              .text = (char *)"yes"},
	                            &failure));
	all = store_consent_of(store, id, NULL);
	g_assert_cmpuint(all->len, ==, 3);
	for (guint i = 0; i < 3; i++) {
		static const char *const hows[] = {"import", "form", "confirm"};
		static const char *const actors[] = {"ann", "2001:db8::1", "192.0.2.1"};
		static const char *const texts[] = {"signed on paper", "yes", ""};
		const struct consent *consent = g_ptr_array_index(all, i);

		g_assert_cmpstr(consent->how, ==, hows[i]);
		g_assert_cmpstr(consent->actor, ==, actors[i]);
		g_assert_cmpstr(consent->text, ==, texts[i]);
	}
	store_close(store);
}

static void a_request_is_used_once_and_expires(void)
{
	struct store *store = fresh_store();
	gint64 list_id = add_list(store, "news"),
	       sub = add_subscription(store, list_id, "a@x.org", SUB_PENDING);
	gint64 subscriber_id = add_subscriber(store, "a@x.org"), id = 0, later = 0;
	g_autoptr(GArray) expired = g_array_new(FALSE, FALSE, sizeof(struct request));
	struct request request;
	int count = -1;

	assert_ok(store_request_add(store, sub, NOW, NOW + 10, &id, &failure));
	assert_ok(store_request_add(store, sub, NOW + 1, NOW + 20, &later, &failure));
	assert_ok(store_request_get(store, id, &request, &failure));
	g_assert_cmpint(request.subscription_id, ==, sub);
	g_assert_cmpint(request.created_at, ==, NOW);
	g_assert_cmpint(request.expires_at, ==, NOW + 10);
	g_assert_cmpint(request.used_at, ==, 0);
	assert_ok(store_request_expired(store, NOW + 10, 9, expired, &failure));
	g_assert_cmpuint(expired->len, ==, 0);
	assert_ok(store_request_expired(store, NOW + 11, 9, expired, &failure));
	g_assert_cmpuint(expired->len, ==, 1);
	g_assert_cmpint(g_array_index(expired, struct request, 0).id, ==, id);
	assert_ok(store_request_use(store, id, NOW + 3, &failure));
	assert_ok(store_request_use(store, id, NOW + 4, &failure));
	assert_ok(store_request_get(store, id, &request, &failure));
	g_assert_cmpint(request.used_at, ==, NOW + 3);
	g_array_set_size(expired, 0);
	assert_ok(store_request_expired(store, NOW + 11, 9, expired, &failure));
	g_assert_cmpuint(expired->len, ==, 0);
	assert_ok(store_request_count(store, subscriber_id, NOW - 1, &count, &failure));
	g_assert_cmpint(count, ==, 2);
	assert_ok(store_request_count(store, subscriber_id, NOW, &count, &failure));
	g_assert_cmpint(count, ==, 1);
	assert_ok(store_request_count(store, subscriber_id + 1, NOW - 1, &count, &failure));
	g_assert_cmpint(count, ==, 0);
	assert_ok(store_request_forget(store, later, &failure));
	assert_fails(store_request_get(store, later, &request, &failure), FAILURE_NOINPUT);
	store_close(store);
}

static void a_suppression_reads_back(void)
{
	struct store *store = fresh_store();
	g_autoptr(GPtrArray) page = NULL;
	const struct suppression *first;
	gboolean has = TRUE;

	assert_ok(store_suppression_any(store, &has, &failure));
	g_assert_false(has);
	assert_ok(store_suppression_add(store, "a@x.org", "aa", CAUSE_COMPLAINT, "said so", NOW, &failure));
	assert_fails(store_suppression_add(store, "a@x.org", "aa", CAUSE_ADMIN, "", NOW, &failure),
	             FAILURE_DATA);
	assert_ok(store_suppression_add(store, NULL, "bb", CAUSE_REQUEST, "", NOW, &failure));
	assert_ok(store_suppression_add(store, NULL, "cc", CAUSE_REQUEST, "", NOW, &failure));
	assert_ok(store_suppression_has(store, "bb", &has, &failure));
	g_assert_true(has);
	assert_ok(store_suppression_has(store, "dd", &has, &failure));
	g_assert_false(has);
	page = store_suppression_page(store, 0, 2, NULL);
	g_assert_cmpuint(page->len, ==, 2);
	first = g_ptr_array_index(page, 0);
	g_assert_cmpstr(first->address, ==, "a@x.org");
	g_assert_cmpint(first->cause, ==, CAUSE_COMPLAINT);
	g_assert_cmpstr(first->note, ==, "said so");
	g_assert_cmpint(first->at, ==, NOW);
	g_assert_null(((struct suppression *)g_ptr_array_index(page, 1))->address);
	assert_ok(store_suppression_remove(store, "aa", &failure));
	assert_fails(store_suppression_remove(store, "aa", &failure), FAILURE_NOINPUT);
	assert_ok(store_suppression_any(store, &has, &failure));
	g_assert_true(has);
	store_close(store);
}

static enum import_outcome import_row(struct store *store, gint64 import_id, gint64 list_id, const char *key,
                                      const char *attributes)
{
	enum import_outcome looked = (enum import_outcome) - 1, outcome = (enum import_outcome) - 1;

	assert_ok(store_import_look(store, list_id, key, &looked, &failure));
	assert_ok(store_import_row(store, import_id, list_id, key, NULL, attributes, FALSE, SUB_ACTIVE, NOW,
	                           &outcome, &failure));
	g_assert_cmpint(looked, ==, outcome);
	return outcome;
}

static void an_import_revives_nobody(void)
{
	struct store *store = fresh_store();
	gint64 list_id = add_list(store, "news"), other = add_list(store, "other"), import_id = 0;

	assert_ok(store_import_add(store, list_id, "ann", "a.csv", NULL, NOW, &import_id, &failure));
	for (int state = 0; state < SUB_STATES; state++) {
		g_autofree char *address = g_strdup_printf("%d@x.org", state);
		gint64 id = add_subscription(store, list_id, address, (enum subscription_state)state);
		gboolean is_present = state == SUB_PENDING || state == SUB_ACTIVE || state == SUB_SUSPENDED;
		struct subscription *after;

		g_assert_cmpint(import_row(store, import_id, list_id, address, "{\"a\":\"1\"}"), ==,
		                is_present ? IMPORT_PRESENT : IMPORT_UNSUBSCRIBED);
		g_assert_cmpint(import_row(store, import_id, list_id, address, "{\"a\":\"2\"}"), ==,
		                is_present ? IMPORT_PRESENT : IMPORT_UNSUBSCRIBED);
		after = store_subscription_by_id(store, id, NULL);
		g_assert_cmpint(after->state, ==, state);
		g_assert_cmpint(after->import_id, ==, 0);
		/* filled in once, never overwritten */
		g_assert_cmpstr(after->attributes, ==, "{\"a\":\"1\"}");
		subscription_free(after);
		g_assert_cmpint(import_row(store, import_id, other, address, NULL), ==, IMPORT_ADDED);
	}
	g_assert_cmpint(import_row(store, import_id, list_id, "new@x.org", NULL), ==, IMPORT_ADDED);
	g_assert_cmpint(import_row(store, import_id, list_id, "new@x.org", NULL), ==, IMPORT_PRESENT);
	g_assert_cmpint(ask(store, "SELECT count(*) FROM subscription WHERE import_id IS NOT NULL"), ==,
	                SUB_STATES + 1);
	store_close(store);
}

/* New ones in whole groups, then a group of both, then one by one. */
static void rows_together_end_like_rows_alone(void)
{
	struct store *store = fresh_store();
	gint64 list_id = add_list(store, "news"), other = add_list(store, "other"), import_id = 0;
	struct import_person people[100] = {{0}};
	enum import_outcome outcomes[G_N_ELEMENTS(people)];
	struct import_into into = {.list_id = list_id, .state = SUB_PENDING, .now = NOW};

	assert_ok(store_import_add(store, list_id, "ann", "a.csv", NULL, NOW, &import_id, &failure));
	into.import_id = import_id;
	for (guint i = 0; i < G_N_ELEMENTS(people); i++) {
		people[i].key = g_strdup_printf("p%u@x.org", i);
		people[i].spelling = i == 3 ? "P3@x.org" : NULL;
		people[i].attributes = i == 5 ? "{\"a\":\"1\"}" : NULL;
		people[i].needs_smtputf8 = i == 7;
	}
	add_subscription(store, list_id, "p38@x.org", SUB_ACTIVE);
	add_subscription(store, list_id, "p40@x.org", SUB_COMPLAINED);
	add_subscription(store, other, "p41@x.org", SUB_ACTIVE);
	add_subscription(store, list_id, "p70@x.org", SUB_UNSUBSCRIBED);
	assert_ok(store_import_rows(store, &into, people, G_N_ELEMENTS(people), outcomes, &failure));
	for (guint i = 0; i < G_N_ELEMENTS(people); i++) {
		enum import_outcome looked;

		g_assert_cmpint(outcomes[i], ==,
		                i == 38              ? IMPORT_PRESENT
		                : i == 40 || i == 70 ? IMPORT_UNSUBSCRIBED
		                                     : IMPORT_ADDED);
		assert_ok(store_import_look(store, list_id, people[i].key, &looked, &failure));
		g_assert_cmpint(looked, ==, i == 40 || i == 70 ? IMPORT_UNSUBSCRIBED : IMPORT_PRESENT);
		g_free((char *)people[i].key);
	}
	g_assert_cmpint(ask(store, "SELECT count(*) FROM subscriber"), ==, 100);
	g_assert_cmpint(ask(store, "SELECT count(*) FROM subscription WHERE list_id = 1"), ==, 100);
	g_assert_cmpint(ask(store, "SELECT count(*) FROM subscription WHERE list_id = 1 AND import_id = 1"
	                           " AND state = 'pending' AND created_at = state_at"),
	                ==, 97);
	g_assert_cmpint(ask(store, "SELECT count(*) FROM subscriber WHERE (spelling IS NOT NULL) ="
	                           " (address = 'p3@x.org') AND (attributes IS NOT NULL) ="
	                           " (address = 'p5@x.org') AND needs_smtputf8 = (address = 'p7@x.org')"),
	                ==, 100);
	store_close(store);
}

static void an_import_reads_back(void)
{
	struct store *store = fresh_store();
	gint64 list_id = add_list(store, "news"), id = 0;
	struct import *import;

	assert_ok(store_import_add(store, list_id, "ann", "a.csv", NULL, NOW, &id, &failure));
	import = store_import_by_id(store, id, NULL);
	g_assert_cmpint(import->list_id, ==, list_id);
	g_assert_cmpint(import->at, ==, NOW);
	g_assert_cmpint(import->finished_at, ==, 0);
	g_assert_cmpstr(import->operator, ==, "ann");
	g_assert_cmpstr(import->source, ==, "a.csv");
	g_assert_null(import->consent);
	g_assert_null(import->sha256);
	g_assert_cmpint(import->rows + import->added, ==, 0);
	import_free(import);
	assert_ok(store_import_finish(store, id, "00ff", 10, 7, NOW + 5, &failure));
	import = store_import_by_id(store, id, NULL);
	g_assert_cmpstr(import->sha256, ==, "00ff");
	g_assert_cmpint(import->rows, ==, 10);
	g_assert_cmpint(import->added, ==, 7);
	g_assert_cmpint(import->finished_at, ==, NOW + 5);
	import_free(import);
	assert_fails(store_import_by_id(store, id + 1, &failure) != NULL, FAILURE_NOINPUT);
	store_close(store);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/store/a_list_reads_back", a_list_reads_back);
	g_test_add_func("/store/a_subscriber_reads_back", a_subscriber_reads_back);
	g_test_add_func("/store/a_subscription_reads_back", a_subscription_reads_back);
	g_test_add_func("/store/subscriptions_are_listed_and_counted", subscriptions_are_listed_and_counted);
	g_test_add_func("/store/timers_show_what_is_due", timers_show_what_is_due);
	g_test_add_func("/store/dates_of_another_state_are_not_due", dates_of_another_state_are_not_due);
	g_test_add_func("/store/consent_is_kept_with_its_evidence", consent_is_kept_with_its_evidence);
	g_test_add_func("/store/a_request_is_used_once_and_expires", a_request_is_used_once_and_expires);
	g_test_add_func("/store/a_suppression_reads_back", a_suppression_reads_back);
	g_test_add_func("/store/an_import_revives_nobody", an_import_revives_nobody);
	g_test_add_func("/store/rows_together_end_like_rows_alone", rows_together_end_like_rows_alone);
	g_test_add_func("/store/an_import_reads_back", an_import_reads_back);
	return g_test_run();
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/preferences.h"
#include "lib/base/failure.h"

#include "tests/unit/action_fixture.h"

static void all_lists_of_an_address_are_told_and_no_others(void)
{
	struct context *context = fresh_context();
	static const enum subscription_state states[] = {SUB_ACTIVE,  SUB_PENDING,      SUB_SUSPENDED,
	                                                 SUB_REMOVED, SUB_UNSUBSCRIBED, SUB_COMPLAINED};
	gint64 ann = add_subscriber(context->store, "ann@example.net");
	g_autofree char *token = token_text(context, TOKEN_PREFERENCES, ann, NOW);
	struct preferences *seen;

	for (gsize i = 0; i < G_N_ELEMENTS(states); i++) {
		g_autofree char *name = g_strdup_printf("list%zu", i);
		struct list *list = fresh_list(context, name, FALSE);

		add_subscription(context->store, list->id, "ann@example.net", states[i]);
		list_free(list);
	}
	{
		struct list *list = fresh_list(context, "other", FALSE);

		add_subscription(context->store, list->id, "bob@example.net", SUB_ACTIVE);
		list_free(list);
	}
	assert_ok((seen = preferences_look(context, token, NOW, &failure)) != NULL);
	g_assert_cmpstr(seen->address, ==, "ann@example.net");
	g_assert_false(seen->is_suppressed);
	g_assert_cmpuint(seen->lists->len, ==, G_N_ELEMENTS(states));
	for (guint i = 0; i < seen->lists->len; i++) {
		const struct preference *one = g_ptr_array_index(seen->lists, i);

		g_assert_cmpint((int)one->state, ==, (int)states[i]);
		g_assert_cmpstr(one->list_title, ==, "The News");
		g_assert_cmpint(one->unsubscribe_token != NULL, ==, i < 3);
	}
	preferences_free(seen);
	context_close(context);
}

static void the_token_in_it_leaves_that_list(void)
{
	struct context *context = fresh_context();
	gint64 ann = add_subscriber(context->store, "ann@example.net"), id;
	g_autofree char *token = token_text(context, TOKEN_PREFERENCES, ann, NOW);
	struct list *list = fresh_list(context, "news", FALSE);
	enum membership_outcome outcome;
	struct preferences *seen;

	id = add_subscription(context->store, list->id, "ann@example.net", SUB_ACTIVE);
	assert_ok((seen = preferences_look(context, token, NOW, &failure)) != NULL);
	assert_ok(membership_unsubscribe_token(
	        context, ((struct preference *)g_ptr_array_index(seen->lists, 0))->unsubscribe_token,
	        &by_command, NOW, &outcome, &failure));
	g_assert_cmpint((int)outcome, ==, (int)MEMBERSHIP_UNSUBSCRIBED);
	g_assert_cmpstr(state_of(context, id), ==, "unsubscribed");
	preferences_free(seen);
	list_free(list);
	context_close(context);
}

static void suppression_is_told(void)
{
	struct context *context = fresh_context();
	gint64 ann = add_subscriber(context->store, "ann@example.net");
	g_autofree char *token = token_text(context, TOKEN_PREFERENCES, ann, NOW);
	struct list *list = fresh_list(context, "news", FALSE);
	enum membership_outcome outcome;
	struct preferences *seen;

	add_subscription(context->store, list->id, "ann@example.net", SUB_ACTIVE);
	assert_ok(membership_suppress(context, "ann@example.net", CAUSE_ADMIN, NULL, &by_command, NOW,
	                              &outcome, &failure));
	assert_ok((seen = preferences_look(context, token, NOW, &failure)) != NULL);
	g_assert_true(seen->is_suppressed);
	preferences_free(seen);
	list_free(list);
	context_close(context);
}

static void other_tokens_and_strangers_tell_nothing(void)
{
	struct context *context = fresh_context();
	gint64 ann = add_subscriber(context->store, "ann@example.net");
	static const enum token_type types[] = {TOKEN_BOUNCE, TOKEN_PROBE, TOKEN_NOTICE, TOKEN_CONFIRM,
	                                        TOKEN_UNSUBSCRIBE};
	g_autofree char *on_no_list = token_text(context, TOKEN_PREFERENCES, ann, NOW);
	g_autofree char *nobody = token_text(context, TOKEN_PREFERENCES, ann + 7, NOW);
	struct list *list = fresh_list(context, "news", FALSE);
	g_autoptr(GError) error = NULL;

	g_assert_null(preferences_look(context, on_no_list, NOW, &error));
	g_assert_true(failure_is(error, FAILURE_NOINPUT));
	g_clear_error(&error);
	g_assert_null(preferences_look(context, nobody, NOW, &error));
	g_assert_true(failure_is(error, FAILURE_NOINPUT));
	g_clear_error(&error);
	add_subscription(context->store, list->id, "ann@example.net", SUB_ACTIVE);
	for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
		g_autofree char *token = token_text(context, types[i], ann, NOW);

		g_assert_null(preferences_look(context, token, NOW, &error));
		g_assert_true(failure_is(error, FAILURE_DATA));
		g_clear_error(&error);
	}
	list_free(list);
	context_close(context);
}

int main(int argc, char **argv)
{
#define TEST(name) g_test_add_func("/preferences/" #name, name)
	g_test_init(&argc, &argv, NULL);
	TEST(all_lists_of_an_address_are_told_and_no_others);
	TEST(the_token_in_it_leaves_that_list);
	TEST(suppression_is_told);
	TEST(other_tokens_and_strangers_tell_nothing);
	return g_test_run();
}

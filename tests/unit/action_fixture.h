// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_ACTION_FIXTURE_H
#define TESTS_ACTION_FIXTURE_H

#include <string.h>

#include "lib/action/context.h"
#include "lib/action/membership.h"
#include "lib/model/token.h"
#include "lib/store/store_bounce.h"
#include "lib/store/store_delivery.h"

#include "tests/unit/store_fixture.h"

/*
 * A context as a program has it, made in the test: settings from a text, keys in memory, a database in memory.
 * Everything here aborts the test when it fails.
 */

enum { HOUR = 3600, DAY = 86400 };

static const struct actor by_command G_GNUC_UNUSED = {.source = "command", .who = "tester"};

static inline struct secrets *fresh_secrets(void)
{
	struct secrets *secrets = g_new0(struct secrets, 1);

	for (int i = 0; i < SECRET_PURPOSES; i++) {
		secrets->rings[i].count = 1;
		secrets->rings[i].keys[0].id = 1;
		secrets_random(secrets->rings[i].keys[0].bytes, SECRET_KEY_BYTES);
	}
	return secrets;
}

/* Settings with these lines of [relay:main] and of [send], "" for none. */
static inline struct settings *fresh_settings(const char *folder, int port, const char *relay, const char *send)
{
	g_autofree char *path = g_build_filename(folder, "carom.conf", NULL);
	g_autofree char *text = g_strdup_printf("[carom]\ndatabase = carom.db\nhostname = lists.test\n"
	                                        "[relay:main]\nhost = 127.0.0.1:%d\n%s\n[send]\n%s\n"
	                                        "[web]\nbase_url = https://lists.test\n",
	                                        port, relay, send);
	g_autoptr(GError) error = NULL;
	struct settings *settings = settings_read_text(path, text, strlen(text), &error);

	g_assert_no_error(error);
	return settings;
}

static inline struct context *fresh_context(void)
{
	g_autoptr(GError) error = NULL;
	struct context *context = g_new0(struct context, 1);

	context->settings = fresh_settings("/nonexistent", 25, "", "");
	context->secrets = fresh_secrets();
	context->store = fresh_store();
	context->rules = rules_new(NULL, &error);
	g_assert_no_error(error);
	return context;
}

static inline struct list *get_list(struct context *context, const char *name)
{
	g_autoptr(GError) error = NULL;
	struct list *list = store_list_by_name(context->store, name, &error);

	g_assert_no_error(error);
	return list;
}

/* A list in the database, read back. */
static inline struct list *fresh_list(struct context *context, const char *name, gboolean is_double)
{
	g_autoptr(GError) error = NULL;
	struct list list = {.name = (char *)name, .title = (char *)"The News", .from_header = (char *)"News <news@lists.test>",
	                    .owner = (char *)"owner@lists.test", .relay = (char *)"", .policy = (char *)"",
	                    .imprint = (char *)"Example Street 1", .language = (char *)"en", .is_double_opt_in = is_double,
	                    .created_at = NOW};
	gint64 id;

	store_list_add(context->store, &list, &id, &error);
	g_assert_no_error(error);
	return get_list(context, name);
}

static inline struct subscription *get_subscription(struct context *context, gint64 id)
{
	g_autoptr(GError) error = NULL;
	struct subscription *subscription = store_subscription_by_id(context->store, id, &error);

	g_assert_no_error(error);
	return subscription;
}

static inline const char *state_of(struct context *context, gint64 subscription_id)
{
	struct subscription *subscription = get_subscription(context, subscription_id);
	const char *name = subscription_state_name(subscription->state);

	subscription_free(subscription);
	return name;
}

/* A campaign that runs, with one delivery to this subscription that the relay took; the delivery's id. */
static inline gint64 add_sent(struct context *context, gint64 list_id, gint64 subscription_id, enum mailing_kind kind,
                              gint64 at)
{
	gint64 campaign_id = add_campaign(context->store, list_id, kind, CAMPAIGN_RUNNING), id = 0;
	GArray *ids = g_array_new(FALSE, FALSE, sizeof(gint64));

	assert_ok(store_delivery_add(context->store, campaign_id, subscription_id, at, &id, &failure));
	assert_ok(store_delivery_claim(context->store, campaign_id, 1, at, 1, ids, &failure));
	assert_ok(store_delivery_hand(context->store, id, at, (int)(at / DAY), "main", &failure));
	assert_ok(store_delivery_end(context->store, id, DELIVERY_SENT, 250, "2.0.0", "ok", at, &failure));
	g_array_unref(ids);
	return id;
}

/* The text of a token. */
static inline char *token_text(struct context *context, enum token_type type, gint64 id, gint64 at)
{
	const struct token token = {type, id, (int)(at / DAY)};

	return token_write(&token, &context->secrets->rings[SECRET_TOKEN]);
}

#endif

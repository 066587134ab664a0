// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_CONTEXT_H
#define ACTION_CONTEXT_H

#include <glib.h>

#include "lib/base/secrets.h"
#include "lib/mail/rules.h"
#include "lib/mail/wording.h"
#include "lib/model/policy_file.h"
#include "lib/model/subscription.h"
#include "lib/model/token.h"
#include "lib/run/settings.h"
#include "lib/store/store.h"

/* What an action needs around it: one per thread. Members may be NULL where a program did not ask for them. */
struct context {
	struct settings *settings;
	struct secrets *secrets;
	struct store *store;
	struct rules *rules;
	struct wording *wording; /* read on first use, see context_wording() */
	int turn; /* the open file of the turn to judge, run/turn.h, while this process has it; 0: has not */
	struct policies *policies; /* read when they are first asked for, see list_policy.h */
	/* our own resolver, waited for; NULL: domains are not looked up here */
	enum domain_answer (*look_up)(const char *domain, void *user);
	void *look_up_user;
};

enum context_need {
	CONTEXT_SETTINGS = 0,
	CONTEXT_SECRETS = 1,
	CONTEXT_STORE = 2,
	CONTEXT_RULES = 4,
};

/* config: -c's argument or NULL. needs: CONTEXT_* or'ed. On failure nothing is left open. Free with context_close(). */
struct context *context_open(const char *config, int needs, GError **error);
void context_close(struct context *context);

/* The rules alone, for who needs them only after other work. */
struct rules *context_rules(GError **error);

/* Of the rules only who the providers are. Free with provider_table_free(). */
struct provider_table *context_providers(GError **error);

/* The texts of our own mails and pages: ours, and those in the folder "templates" beside the configuration file. Read once;
 * NULL, FAILURE_CONFIG: something is wrong with the operator's files. */
const struct wording *context_wording(struct context *context, GError **error);

/* Hex HMAC of an address key, for the suppression list. Caller frees. */
char *context_address_hash(const struct context *context, const char *key);

/* Links and addresses, with tokens of today. Caller frees. */
char *context_unsubscribe_url(const struct context *context, gint64 subscription_id, gint64 now);
char *context_unsubscribe_mailto(const struct context *context, gint64 subscription_id, gint64 now);
char *context_preferences_url(const struct context *context, gint64 subscriber_id, gint64 now);
char *context_confirm_url(const struct context *context, gint64 request_id, gint64 now);
char *context_confirm_mailto(const struct context *context, gint64 request_id, gint64 now); /* c+TOKEN@... */
char *context_envelope_sender(const struct context *context, gint64 delivery_id, int token_day);

/* The same for a mailing of some kind: probes and notices have tokens of their own. Caller frees. */
char *context_return_path(const struct context *context, enum mailing_kind kind, gint64 delivery_id, int token_day);

/* Is a token of this type an envelope sender of ours? */
gboolean context_is_return_path(enum token_type type);

#endif

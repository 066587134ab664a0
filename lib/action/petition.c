// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/petition.h"

#include "lib/action/outbox.h"
#include "lib/base/failure.h"
#include "lib/base/log.h"
#include "lib/model/address.h"
#include "lib/model/mailbox.h"
#include "lib/model/token.h"
#include "lib/store/store_list.h"
#include "lib/store/store_subscriber.h"
#include "lib/store/store_webhit.h"

#include <string.h>

enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S, MONTH_S = 30 * DAY_S, FORGET_ROWS = 500 };

/* What is counted, over which time, and from which number on nothing more is done. */
static const struct quota {
	enum { OF_TARGET, OF_NETWORK, OF_ALL } of;
	int window_s;
	int most;
} quotas[] = {
        {OF_TARGET, DAY_S, 1},   {OF_TARGET, MONTH_S, 3}, {OF_NETWORK, HOUR_S, 5},
        {OF_NETWORK, DAY_S, 20}, {OF_ALL, HOUR_S, 200},
};

struct petition {
	struct context *context;
	const struct actor *actor;
	gint64 now;
	char *network;
	char *target; /* hash of the mailbox */
	char *key;
};

static void clear_petition(struct petition *petition)
{
	g_free(petition->network);
	g_free(petition->target);
	g_free(petition->key);
}

static gboolean open_petition(struct petition *petition, const char *address, GError **error)
{
	g_autofree char *mailbox = NULL;
	struct address read;

	if (!address_read(address, -1, &read, error))
		return FALSE;
	petition->key = g_strdup(read.key);
	address_clear(&read);
	mailbox = mailbox_of(petition->key);
	petition->target = context_address_hash(petition->context, mailbox);
	petition->network = mailbox_network(petition->actor->network == NULL ? petition->actor->source
	                                                                     : petition->actor->network);
	return TRUE;
}

/* Mail has no network worth counting by: whose server it came from is known to nobody here. */
static gboolean is_counted(const struct petition *petition, const struct quota *quota)
{
	return quota->of != OF_NETWORK || petition->actor->network != NULL;
}

static gboolean may_write(const struct petition *petition, gboolean *may_out, GError **error)
{
	const char *at = strrchr(petition->key, '@');

	*may_out = FALSE;
	if (mailbox_is_role(petition->key) ||
	    g_ascii_strcasecmp(at + 1, petition->context->settings->bounce_domain) == 0)
		return TRUE;
	for (gsize i = 0; i < G_N_ELEMENTS(quotas); i++) {
		int count;

		if (!is_counted(petition, &quotas[i]))
			continue;
		if (!store_webhit_count(petition->context->store,
		                        quotas[i].of == OF_NETWORK ? petition->network : NULL,
		                        quotas[i].of == OF_TARGET ? petition->target : NULL,
		                        petition->now - quotas[i].window_s, quotas[i].most, &count, error))
			return FALSE;
		if (count < quotas[i].most)
			continue;
		if (quotas[i].of == OF_ALL)
			log_warning("more than %d requests from outside in an hour: no more is mailed for "
			            "them now",
			            quotas[i].most);
		return TRUE;
	}
	*may_out = TRUE;
	return TRUE;
}

/* Only what led to a mail is kept. */
static gboolean finish(struct petition *petition, gboolean is_good, gboolean was_mailed, GError **error)
{
	struct store *store = petition->context->store;

	if (is_good && was_mailed)
		is_good = store_webhit_add(store, petition->network, petition->target, petition->now, error);
	if (is_good && was_mailed)
		return store_commit(store, error);
	store_rollback(store);
	return is_good;
}

static gboolean subscribe(struct petition *petition, const char *list_name, const char *address,
                          gboolean *was_asked_out, GError **error)
{
	enum membership_outcome outcome = MEMBERSHIP_QUOTA;
	g_autoptr(GError) failure = NULL;
	gboolean may = FALSE, is_good;

	if (!store_begin(petition->context->store, error))
		return FALSE;
	is_good = may_write(petition, &may, error);
	if (is_good && may &&
	    !membership_ask(petition->context, list_name, address, petition->actor, petition->now, &outcome,
	                    &failure)) {
		/* an address that we could not write to is nothing to speak about either */
		is_good = failure_is(failure, FAILURE_DATA);
		if (!is_good)
			g_propagate_error(error, g_steal_pointer(&failure));
	}
	*was_asked_out = is_good && outcome == MEMBERSHIP_ASKED;
	return finish(petition, is_good, *was_asked_out, error);
}

gboolean petition_subscribe(struct context *context, const char *list_name, const char *address,
                            const struct actor *actor, gint64 now, gboolean *was_asked_out, GError **error)
{
	struct petition petition = {.context = context, .actor = actor, .now = now};
	gboolean is_good;

	*was_asked_out = FALSE;
	is_good = open_petition(&petition, address, error) &&
	          subscribe(&petition, list_name, address, was_asked_out, error);
	clear_petition(&petition);
	return is_good;
}

gboolean petition_renew(struct context *context, const char *token, const struct actor *actor, gint64 now,
                        gboolean *was_asked_out, GError **error)
{
	struct membership_view view;
	gboolean is_good;

	*was_asked_out = FALSE;
	if (!membership_look(context, token, now, &view, error))
		return FALSE;
	/* a link that is still good needs no other, and who is subscribed neither */
	is_good = (view.is_usable || view.state == SUB_ACTIVE) ||
	          petition_subscribe(context, view.list_name, view.address, actor, now, was_asked_out, error);
	membership_view_clear(&view);
	return is_good;
}

/* The subscription of this address on the list; 0: it is not there. */
static gboolean find_subscription(struct petition *petition, const struct list *list, gint64 *id_out,
                                  GError **error)
{
	struct store *store = petition->context->store;
	g_autoptr(GError) failure = NULL;
	struct subscriber *subscriber = store_subscriber_by_address(store, petition->key, &failure);
	struct subscription *subscription = NULL;

	*id_out = 0;
	if (subscriber != NULL)
		subscription = store_subscription_get(store, list->id, subscriber->id, &failure);
	if (subscription != NULL)
		*id_out = subscription->id;
	subscription_free(subscription);
	subscriber_free(subscriber);
	if (failure == NULL || failure_is(failure, FAILURE_NOINPUT))
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&failure));
	return FALSE;
}

static gboolean write_to(struct petition *petition, const struct list *list, const char *template,
                         gboolean *was_written_out, GError **error)
{
	const struct outbox_note note = {
	        .kind = MAILING_ALREADY_SUBSCRIBED, .template = template, .actor = petition->actor->source};
	gboolean may = FALSE, is_good;
	gint64 subscription_id = 0;

	if (!store_begin(petition->context->store, error))
		return FALSE;
	is_good = may_write(petition, &may, error) &&
	          (!may || find_subscription(petition, list, &subscription_id, error));
	*was_written_out = is_good && may && subscription_id != 0;
	if (*was_written_out)
		is_good = outbox_note(petition->context, list, subscription_id, &note, petition->now, error);
	return finish(petition, is_good, *was_written_out, error);
}

gboolean petition_write(struct context *context, const char *list_name, const char *address,
                        const char *template, const struct actor *actor, gint64 now,
                        gboolean *was_written_out, GError **error)
{
	struct petition petition = {.context = context, .actor = actor, .now = now};
	struct list *list = store_list_by_name(context->store, list_name, error);
	gboolean is_good = list != NULL && open_petition(&petition, address, error);

	*was_written_out = FALSE;
	is_good = is_good && write_to(&petition, list, template, was_written_out, error);
	clear_petition(&petition);
	list_free(list);
	return is_good;
}

gboolean petition_forget(struct context *context, gint64 now, int *done_out, GError **error)
{
	return store_webhit_forget(context->store, now - MONTH_S, FORGET_ROWS, done_out, error);
}

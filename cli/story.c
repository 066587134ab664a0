// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/story.h"

#include "lib/base/clock.h"
#include "lib/store/store_bounce.h"
#include "lib/store/store_campaign.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_event.h"
#include "lib/store/store_import.h"
#include "lib/store/store_subscriber.h"

#include <string.h>

enum { DELIVERIES_MAX = 200, FACTS_MAX = 16 };

/* A fact has a name for programs; people read only the text. */
struct fact {
	const char *name; /* static */
	char *text;
	gint64 number; /* when text is NULL */
};

struct story {
	gint64 at;
	int order;   /* of things in the same second: cause before effect */
	guint index; /* as they came out of the database */
	char *list;
	char *what;
	char *words;      /* the rest of the line */
	GPtrArray *lines; /* details, of char * */
	struct fact facts[FACTS_MAX];
	int fact_count;
};

enum { ORDER_CONSENT, ORDER_EVENT, ORDER_DELIVERY, ORDER_BOUNCE, ORDER_EFFECT };

static void story_free(gpointer data)
{
	struct story *story = data;

	for (int i = 0; i < story->fact_count; i++)
		g_free(story->facts[i].text);
	g_ptr_array_unref(story->lines);
	g_free(story->list);
	g_free(story->what);
	g_free(story->words);
	g_free(story);
}

static struct story *add_story(GPtrArray *all, gint64 at, int order, const char *list, const char *what)
{
	struct story *story = g_new0(struct story, 1);

	story->at = at;
	story->order = order;
	story->index = all->len;
	story->list = g_strdup(list);
	story->what = g_strdup(what);
	story->lines = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(all, story);
	return story;
}

/* Empty texts are no facts. */
static void add_fact(struct story *story, const char *name, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	g_assert(story->fact_count < FACTS_MAX);
	story->facts[story->fact_count++] = (struct fact){.name = name, .text = g_strdup(text)};
}

static void add_number(struct story *story, const char *name, gint64 number)
{
	if (number == 0)
		return;
	g_assert(story->fact_count < FACTS_MAX);
	story->facts[story->fact_count++] = (struct fact){.name = name, .number = number};
}

static void add_line(struct story *story, const char *prefix, const char *text)
{
	if (text != NULL && *text != '\0')
		g_ptr_array_add(story->lines, g_strconcat(prefix, text, NULL));
}

static void tell_import(struct story *story, const struct import *import)
{
	story->words = g_strdup_printf("import %" G_GINT64_FORMAT " of %s by %s", import->id, import->source,
	                               import->operator);
	add_number(story, "import", import->id);
	add_fact(story, "source", import->source);
	add_fact(story, "actor", import->operator);
	add_fact(story, "consent", import->consent);
	add_line(story, "consent: ", import->consent == NULL ? "none declared" : import->consent);
}

static gboolean read_consents(GPtrArray *all, struct store *store, const struct subscription *subscription,
                              GError **error)
{
	g_autoptr(GPtrArray) consents = store_consent_of(store, subscription->id, error);

	if (consents == NULL)
		return FALSE;
	for (guint i = 0; i < consents->len; i++) {
		const struct consent *consent = consents->pdata[i];
		struct story *story;

		/* the import itself tells more */
		if (strcmp(consent->how, "import") == 0)
			continue;
		story = add_story(all, consent->at, ORDER_CONSENT, subscription->list_name, "consent");
		story->words = g_strdup_printf("by %s, from %s", consent->how,
		                               consent->network == NULL ? consent->actor : consent->network);
		add_fact(story, "how", consent->how);
		add_fact(story, "actor", consent->actor);
		add_fact(story, "network", consent->network);
		add_fact(story, "consent", consent->text);
		add_line(story, "", consent->text);
	}
	if (subscription->import_id != 0) {
		struct import *import = store_import_by_id(store, subscription->import_id, error);

		if (import == NULL)
			return FALSE;
		tell_import(add_story(all, subscription->created_at, ORDER_CONSENT, subscription->list_name,
		                      "import"),
		            import);
		import_free(import);
	}
	return TRUE;
}

static gboolean read_events(GPtrArray *all, struct store *store, const struct subscription *subscription,
                            GError **error)
{
	g_autoptr(GPtrArray) events = store_event_of(store, subscription->id, error);

	if (events == NULL)
		return FALSE;
	for (guint i = 0; i < events->len; i++) {
		const struct event *event = events->pdata[i];
		struct story *story = add_story(all, event->at,
		                                event->bounce_id != 0 ? ORDER_EFFECT : ORDER_EVENT,
		                                subscription->list_name, event->what);
		GString *words = g_string_new(NULL);

		if (event->to_state != NULL && g_strcmp0(event->from_state, event->to_state) == 0)
			g_string_append_printf(words, "stays %s", event->to_state);
		else if (event->to_state != NULL)
			g_string_append_printf(words, "%s%s%s",
			                       event->from_state == NULL ? "" : event->from_state,
			                       event->from_state == NULL ? "now " : " -> ", event->to_state);
		if (event->cause != NULL && *event->cause != '\0')
			g_string_append_printf(words, " (%s)", event->cause);
		g_string_append_printf(words, "%sby %s", words->len > 0 ? ", " : "", event->actor);
		if (event->bounce_id != 0 && strcmp(event->actor, "bounce") == 0)
			g_string_append_printf(words, " %" G_GINT64_FORMAT, event->bounce_id);
		else if (event->bounce_id != 0)
			g_string_append_printf(words, ", bounce %" G_GINT64_FORMAT, event->bounce_id);
		story->words = g_string_free(words, FALSE);
		add_fact(story, "actor", event->actor);
		add_fact(story, "from_state", event->from_state);
		add_fact(story, "to_state", event->to_state);
		add_fact(story, "cause", event->cause);
		add_fact(story, "detail", event->detail);
		add_number(story, "campaign", event->campaign_id);
		add_number(story, "delivery", event->delivery_id);
		add_number(story, "bounce", event->bounce_id);
		add_line(story, "", event->detail);
	}
	return TRUE;
}

static void tell_delivery(struct story *story, const struct delivery *delivery,
                          const struct campaign *campaign)
{
	g_autofree char *reply = delivery->code == 0 ? g_strdup(delivery->note)
	                                             : g_strdup_printf("%d %s %s", delivery->code,
	                                                               delivery->status, delivery->note);

	story->words = g_strdup_printf("%s %" G_GINT64_FORMAT " \"%s\"%s%s%s",
	                               mailing_kind_name(campaign->kind), campaign->id, campaign->subject,
	                               *delivery->relay == '\0' ? "" : " through ", delivery->relay,
	                               delivery->attempts > 1 ? ", after more than one try" : "");
	add_number(story, "campaign", campaign->id);
	add_number(story, "delivery", delivery->id);
	add_fact(story, "kind", mailing_kind_name(campaign->kind));
	add_fact(story, "subject", campaign->subject);
	add_fact(story, "state", delivery_state_name(delivery->state));
	add_number(story, "code", delivery->code);
	add_fact(story, "status", delivery->status);
	add_fact(story, "reply", delivery->note);
	add_fact(story, "relay", delivery->relay);
	add_number(story, "attempts", delivery->attempts);
	add_line(story, "", reply);
}

static gboolean read_deliveries(GPtrArray *all, struct store *store, const struct subscription *subscription,
                                GError **error)
{
	g_autoptr(GPtrArray) deliveries = store_delivery_of(store, subscription->id, DELIVERIES_MAX, error);

	for (guint i = 0; deliveries != NULL && i < deliveries->len; i++) {
		const struct delivery *delivery = deliveries->pdata[i];
		struct campaign *campaign = store_campaign_by_id(store, delivery->campaign_id, error);
		gint64 at;

		if (campaign == NULL)
			return FALSE;
		at = delivery->first_handed_at != 0 ? delivery->first_handed_at
		     : delivery->ended_at != 0      ? delivery->ended_at
		                                    : campaign->created_at;
		tell_delivery(add_story(all, at, ORDER_DELIVERY, subscription->list_name,
		                        delivery_state_name(delivery->state)),
		              delivery, campaign);
		campaign_free(campaign);
	}
	return deliveries != NULL;
}

static void tell_bounce(struct story *story, const struct bounce *bounce)
{
	g_autofree char *id = g_strdup_printf("bounce %" G_GINT64_FORMAT, bounce->id);

	if (*bounce->kind == '\0')
		story->words = g_strdup_printf("%s is not judged yet", id);
	else
		story->words = g_strdup_printf("%s, %s: blames %s, by rule %s", bounce->kind, bounce->reason,
		                               bounce->blame, bounce->rule);
	add_number(story, "bounce", bounce->id);
	add_number(story, "delivery", bounce->delivery_id);
	add_number(story, "campaign", bounce->campaign_id);
	add_fact(story, "kind", bounce->kind);
	add_fact(story, "reason", bounce->reason);
	add_fact(story, "blame", bounce->blame);
	add_fact(story, "rule", bounce->rule);
	add_fact(story, "status", bounce->status);
	add_fact(story, "reply", bounce->reply);
	add_fact(story, "diagnostic", bounce->diagnostic);
	add_fact(story, "remote_mta", bounce->remote_mta);
	add_fact(story, "provider", bounce->provider);
	add_fact(story, "via_forward", bounce->via_forward ? "yes" : "");
	add_fact(story, "effect", bounce->effect);
	add_line(story, "said: ", *bounce->diagnostic == '\0' ? bounce->reply : bounce->diagnostic);
	add_line(story, "by: ", bounce->remote_mta);
	if (bounce->via_forward)
		add_line(story, "", "another address failed: mail is forwarded there");
	add_line(story, "effect: ", bounce->effect);
}

static gboolean read_bounces(GPtrArray *all, struct store *store, const struct subscription *subscription,
                             GError **error)
{
	g_autoptr(GPtrArray) bounces = store_bounce_of(store, subscription->id, error);

	for (guint i = 0; bounces != NULL && i < bounces->len; i++) {
		const struct bounce *bounce = bounces->pdata[i];

		tell_bounce(add_story(all, bounce->received_at, ORDER_BOUNCE, subscription->list_name,
		                      strcmp(bounce->source, "session") == 0 ? "refused" : "bounced"),
		            bounce);
	}
	return bounces != NULL;
}

static int compare(gconstpointer a, gconstpointer b)
{
	const struct story *x = *(const struct story *const *)a, *y = *(const struct story *const *)b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->order != y->order)
		return x->order - y->order;
	return x->index < y->index ? -1 : 1;
}

GPtrArray *story_read(struct store *store, const GPtrArray *subscriptions, GError **error)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(story_free);

	for (guint i = 0; i < subscriptions->len; i++) {
		const struct subscription *subscription = subscriptions->pdata[i];

		if (read_consents(all, store, subscription, error) &&
		    read_events(all, store, subscription, error) &&
		    read_deliveries(all, store, subscription, error) &&
		    read_bounces(all, store, subscription, error))
			continue;
		g_ptr_array_unref(all);
		return NULL;
	}
	g_ptr_array_sort(all, compare);
	return all;
}

void story_print_text(const struct story *story, struct printer *out)
{
	g_autofree char *at = clock_rfc3339(story->at);

	printer_line(out, "%s  %-12s %s: %s", at, story->what, story->list, story->words);
	for (guint i = 0; i < story->lines->len; i++)
		printer_line(out, "%*s%s", 24, "", (const char *)story->lines->pdata[i]);
}

void story_print_row(const struct story *story, struct printer *out)
{
	printer_begin_map(out, NULL);
	printer_time(out, "at", story->at);
	printer_text(out, "list", story->list);
	printer_text(out, "what", story->what);
	for (int i = 0; i < story->fact_count; i++) {
		if (story->facts[i].text == NULL)
			printer_integer(out, story->facts[i].name, story->facts[i].number);
		else
			printer_text(out, story->facts[i].name, story->facts[i].text);
	}
	printer_end_map(out);
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/subject.h"

#include "cli/story.h"
#include "lib/base/failure.h"
#include "lib/store/store_delivery.h"

#include <stdlib.h>

enum { MAILS_MAX = 10000 };

static void print_subscription(const struct subscription *one, struct printer *printer)
{
	printer_begin_map(printer, NULL);
	printer_text(printer, "list", one->list_name);
	printer_text(printer, "state", subscription_state_name(one->state));
	printer_text(printer, "cause", one->cause == CAUSE_NONE ? NULL : subscription_cause_name(one->cause));
	printer_time(printer, "since", one->state_at);
	printer_time(printer, "subscribed_at", one->created_at);
	printer_halves(printer, "score", one->half_points);
	printer_end_map(printer);
}

static gboolean print_consents(struct store *store, const struct subscription *one, struct printer *printer,
                               GError **error)
{
	g_autoptr(GPtrArray) consents = store_consent_of(store, one->id, error);

	for (guint i = 0; consents != NULL && i < consents->len; i++) {
		const struct consent *consent = g_ptr_array_index(consents, i);

		printer_begin_map(printer, NULL);
		printer_text(printer, "list", one->list_name);
		printer_time(printer, "at", consent->at);
		printer_text(printer, "how", consent->how);
		printer_text(printer, "actor", consent->actor);
		printer_text(printer, "network", consent->network);
		printer_text(printer, "agent_hash", consent->agent_hash);
		printer_text(printer, "source", consent->source);
		printer_text(printer, "text", consent->text);
		printer_end_map(printer);
	}
	return consents != NULL;
}

static gboolean print_mails(struct store *store, const struct subscription *one, struct printer *printer,
                            GError **error)
{
	g_autoptr(GPtrArray) mails = store_delivery_of(store, one->id, MAILS_MAX, error);

	for (guint i = 0; mails != NULL && i < mails->len; i++) {
		const struct delivery *delivery = g_ptr_array_index(mails, i);

		printer_begin_map(printer, NULL);
		printer_text(printer, "list", one->list_name);
		printer_integer(printer, "campaign", delivery->campaign_id);
		printer_text(printer, "state", delivery_state_name(delivery->state));
		printer_time(printer, "sent_at", delivery->first_handed_at);
		printer_time(printer, "ended_at", delivery->ended_at);
		printer_text(printer, "reply", delivery->note);
		printer_end_map(printer);
	}
	return mails != NULL;
}

typedef gboolean (*print_function)(struct store *store, const struct subscription *one,
                                   struct printer *printer, GError **error);

static gboolean print_list(struct store *store, const struct person *person, const char *name,
                           print_function print, struct printer *printer, GError **error)
{
	gboolean is_good = TRUE;

	printer_begin_list(printer, name);
	for (guint i = 0; is_good && i < person->subscriptions->len; i++)
		is_good = print(store, g_ptr_array_index(person->subscriptions, i), printer, error);
	printer_end_list(printer);
	return is_good;
}

gboolean subject_print(struct context *context, const struct person *person, struct printer *printer,
                       GError **error)
{
	const struct subscriber *subscriber = person->subscriber;
	g_autoptr(GPtrArray) story = story_read(context->store, person->subscriptions, error);

	if (story == NULL)
		return FALSE;
	printer_text(printer, "address", person->address);
	printer_time(printer, "known_since", subscriber == NULL ? 0 : subscriber->created_at);
	printer_boolean(printer, "suppressed", person->is_suppressed);
	printer_object(printer, "attributes", subscriber == NULL ? NULL : subscriber->attributes);
	printer_begin_list(printer, "subscriptions");
	for (guint i = 0; i < person->subscriptions->len; i++)
		print_subscription(g_ptr_array_index(person->subscriptions, i), printer);
	printer_end_list(printer);
	if (!print_list(context->store, person, "consents", print_consents, printer, error) ||
	    !print_list(context->store, person, "mails", print_mails, printer, error))
		return FALSE;
	printer_begin_list(printer, "story");
	for (guint i = 0; i < story->len; i++)
		story_print_row(g_ptr_array_index(story, i), printer);
	printer_end_list(printer);
	return TRUE;
}

static gboolean write_json(struct context *context, const struct person *person, FILE *stream, GError **error)
{
	struct printer *printer = printer_new(PRINTER_JSON, stream, FALSE);
	gboolean is_good = subject_print(context, person, printer, error) && printer_finish(printer, error);

	printer_free(printer);
	return is_good;
}

gboolean subject_write(struct context *context, const char *address, GString *out, GError **error)
{
	struct person person;
	char *text = NULL;
	size_t len = 0;
	FILE *stream;
	gboolean is_good;

	if (!person_find(context, address, &person, error))
		return FALSE;
	stream = open_memstream(&text, &len);
	if (stream == NULL)
		g_error("open_memstream: no memory");
	is_good = write_json(context, &person, stream, error);
	fclose(stream);
	if (is_good)
		g_string_append_len(out, text, (gssize)len);
	free(text);
	person_clear(&person);
	return is_good;
}

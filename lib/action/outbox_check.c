// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/outbox.h"

#include "lib/action/letter.h"
#include "lib/base/failure.h"
#include "lib/model/attributes.h"
#include "lib/store/store_subscriber.h"

#include <string.h>

/* Before anything is queued: does the message hold what it must, and can every field be filled? */

enum { PAGE = 1000 };

static const char *const reserved[] = {"address",    "name",    "unsubscribe_url", "preferences_url",
                                       "list_title", "imprint", "subscribed_on",   "subscribed_by"};

static gboolean is_reserved(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(reserved); i++)
		if (strcmp(name, reserved[i]) == 0)
			return TRUE;
	return FALSE;
}

/* Per field without a default that is not ours to fill: how many active subscribers lack it. */
static gboolean count_missing(struct store *store, gint64 list_id, GPtrArray *names, gint64 *missing,
                              gint64 *active, GError **error)
{
	gint64 after = 0;

	for (;;) {
		g_autoptr(GPtrArray)
		        page = store_subscription_page(store, list_id, SUB_ACTIVE, after, PAGE, error);

		if (page == NULL)
			return FALSE;
		for (guint i = 0; i < page->len; i++) {
			const struct subscription *subscription = g_ptr_array_index(page, i);
			g_autoptr(GHashTable) attributes = attributes_read(subscription->attributes, error);

			if (attributes == NULL)
				return FALSE;
			for (guint j = 0; j < names->len; j++) {
				const char *value = g_hash_table_lookup(attributes,
				                                        g_ptr_array_index(names, j));

				missing[j] += value == NULL || *value == '\0';
			}
			after = subscription->subscriber_id;
		}
		*active += page->len;
		if (page->len < PAGE)
			return TRUE;
	}
}

static gboolean check_fields(struct context *context, const struct list *list, const struct compose *compose,
                             GString *objections, GError **error)
{
	g_autoptr(GPtrArray) fields = compose_fields(compose, TRUE);
	g_autoptr(GPtrArray) wanted = g_ptr_array_new();
	g_autofree gint64 *missing = NULL;
	gint64 active = 0;

	for (guint i = 0; i < fields->len; i++)
		if (!is_reserved(g_ptr_array_index(fields, i)))
			g_ptr_array_add(wanted, g_ptr_array_index(fields, i));
	if (wanted->len == 0)
		return TRUE;
	missing = g_new0(gint64, wanted->len);
	if (!count_missing(context->store, list->id, wanted, missing, &active, error))
		return FALSE;
	for (guint i = 0; i < wanted->len; i++) {
		const char *name = g_ptr_array_index(wanted, i);

		if (missing[i] == active)
			g_string_append_printf(objections,
			                       "unknown field {{%s}}: no subscriber of '%s' has it\n", name,
			                       list->name);
		else if (missing[i] > 0)
			g_string_append_printf(objections,
			                       "field {{%s}} is missing for %" G_GINT64_FORMAT
			                       " of %" G_GINT64_FORMAT
			                       " subscribers: give a default, {{%s|...}}\n",
			                       name, missing[i], active, name);
	}
	return TRUE;
}

gboolean outbox_check(struct context *context, const struct list *list, const struct compose_content *content,
                      GError **error)
{
	struct compose_content with_from = *content;
	g_autoptr(GString) objections = g_string_new(NULL);
	g_autoptr(GError) failure = NULL;
	struct compose *compose;
	gboolean is_good;

	if (with_from.from == NULL)
		with_from.from = list->from_header;
	compose = letter_compose(context, list, MAILING_CAMPAIGN, 0, &with_from, &failure);
	if (compose == NULL) {
		g_set_error(error, FAILURE, FAILURE_NO, "%s", failure->message);
		return FALSE;
	}
	if (content->subject == NULL || *content->subject == '\0')
		g_string_append(objections, "the subject is empty\n");
	if (!compose_has_in_each_part(compose, "unsubscribe_url"))
		g_string_append(objections, "{{unsubscribe_url}} is missing: each text part must hold it\n");
	is_good = check_fields(context, list, compose, objections, error);
	compose_free(compose);
	if (!is_good)
		return FALSE;
	if (objections->len == 0)
		return TRUE;
	g_string_truncate(objections, objections->len - 1);
	g_set_error(error, FAILURE, FAILURE_NO, "%s", objections->str);
	return FALSE;
}

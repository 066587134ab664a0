// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/letter.h"

#include "lib/base/failure.h"
#include "lib/base/text.h"
#include "lib/model/address.h"
#include "lib/model/attributes.h"
#include "lib/store/store_import.h"
#include "lib/store/store_subscriber.h"

#include <string.h>

enum { DAY_S = 86400, MESSAGE_ID_CHARACTERS = 20, SENDER_ID_MAX = 15, SENDER_ID_MIN = 5 };

/* whose tokens show a page and do nothing: ids never get there */
#define NOBODY G_MAXINT64

struct letter {
	struct context *context;
	struct campaign *campaign;
	struct list *list;
	struct compose *compose;
	gboolean wants_subscribed_by; /* costs a look-up per copy */
	GHashTable *import_words;     /* gint64 id -> how its subscribers came: one look-up per import */
};

/* The values of one copy. */
struct fields {
	const struct letter *letter;
	GHashTable *attributes;
	const char *address;
	char *unsubscribe_url;
	char *preferences_url;
	char *confirm_url;
	char *subscribed_on;
	char *subscribed_by;
};

static const char *look_up(const char *name, void *user)
{
	const struct fields *fields = user;
	const struct {
		const char *name;
		const char *value;
	} reserved[] = {
	        {"address", fields->address},
	        {"unsubscribe_url", fields->unsubscribe_url},
	        {"preferences_url", fields->preferences_url},
	        {"confirm_url", fields->confirm_url},
	        {"list_title", fields->letter->list->title},
	        {"imprint", fields->letter->list->imprint},
	        {"subscribed_on", fields->subscribed_on},
	        {"subscribed_by", fields->subscribed_by},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(reserved); i++)
		if (strcmp(name, reserved[i].name) == 0)
			return reserved[i].value;
	return g_hash_table_lookup(fields->attributes, name);
}

static void clear_fields(struct fields *fields)
{
	g_clear_pointer(&fields->attributes, g_hash_table_unref);
	g_free(fields->unsubscribe_url);
	g_free(fields->preferences_url);
	g_free(fields->confirm_url);
	g_free(fields->subscribed_on);
	g_free(fields->subscribed_by);
}

static char *date_of(gint64 at)
{
	g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(at);

	return time == NULL ? g_strdup("") : g_date_time_format(time, "%Y-%m-%d");
}

/* The stable last part of Feedback-ID: 5 to 15 letters and digits of our host name. */
static char *sender_id(const char *hostname)
{
	GString *id = g_string_new(NULL);

	for (const char *at = hostname; *at != '\0' && id->len < SENDER_ID_MAX; at++)
		if (g_ascii_isalnum(*at))
			g_string_append_c(id, *at);
	while (id->len < SENDER_ID_MIN)
		g_string_append_c(id, 'x');
	return g_string_free(id, FALSE);
}

struct compose *letter_compose(struct context *context, const struct list *list, enum mailing_kind kind,
                               gint64 campaign_id, const struct compose_content *content, GError **error)
{
	const struct settings *settings = context->settings;
	g_autofree char *list_id = g_strdup_printf("%s.%s", list->name, settings->hostname);
	g_autofree char *help = g_strdup_printf("mailto:%s-help@%s", list->name, settings->bounce_domain);
	g_autofree char *owner = *list->owner != '\0' ? g_strdup_printf("mailto:%s", list->owner)
	                                              : g_strdup_printf("mailto:%s-owner@%s", list->name,
	                                                                settings->bounce_domain);
	g_autofree char *subscribe = g_strdup_printf("mailto:%s-subscribe@%s", list->name,
	                                             settings->bounce_domain);
	g_autofree char *sender = sender_id(settings->hostname);
	g_autofree char *feedback = g_strdup_printf("c%" G_GINT64_FORMAT ":%s:%s:%s", campaign_id, list->name,
	                                            mailing_kind_name(kind), sender);
	const struct compose_list of_list = {
	        .message_id_domain = settings->hostname,
	        .list_id = list_id,
	        .list_title = list->title,
	        .help = help,
	        .owner = owner,
	        .subscribe = subscribe,
	        .feedback_id = feedback,
	        .is_bulk = kind == MAILING_CAMPAIGN || kind == MAILING_TEST,
	};

	return compose_new(content, &of_list, error);
}

static void free_attachment(struct compose_attachment *attachment)
{
	g_free(attachment->name);
	g_free(attachment->type);
	g_free(attachment->content_id);
	g_bytes_unref(attachment->bytes);
	g_free(attachment);
}

static GPtrArray *read_files(struct store *store, gint64 campaign_id, GError **error)
{
	g_autoptr(GPtrArray) files = store_campaign_files(store, campaign_id, error);
	GPtrArray *attachments;

	if (files == NULL)
		return NULL;
	attachments = g_ptr_array_new_with_free_func((GDestroyNotify)free_attachment);
	for (guint i = 0; i < files->len; i++) {
		struct campaign_file *file = g_ptr_array_index(files, i);
		struct compose_attachment *attachment = g_new0(struct compose_attachment, 1);

		attachment->name = g_strdup(file->name);
		attachment->type = g_strdup(file->type);
		attachment->content_id = g_strdup(file->content_id);
		attachment->bytes = g_bytes_ref(file->bytes);
		g_ptr_array_add(attachments, attachment);
	}
	return attachments;
}

static gboolean uses_field(const struct compose *compose, const char *name)
{
	g_autoptr(GPtrArray) fields = compose_fields(compose, FALSE);

	for (guint i = 0; i < fields->len; i++)
		if (strcmp(g_ptr_array_index(fields, i), name) == 0)
			return TRUE;
	return FALSE;
}

struct letter *letter_open(struct context *context, gint64 campaign_id, GError **error)
{
	struct letter *letter = g_new0(struct letter, 1);
	g_autoptr(GPtrArray) attachments = NULL;
	struct compose_content content;

	letter->context = context;
	letter->import_words = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	letter->campaign = store_campaign_by_id(context->store, campaign_id, error);
	if (letter->campaign != NULL)
		letter->list = store_list_by_id(context->store, letter->campaign->list_id, error);
	if (letter->list != NULL)
		attachments = read_files(context->store, campaign_id, error);
	if (attachments != NULL) {
		content = (struct compose_content){
		        .from = letter->campaign->from_header,
		        .reply_to = letter->campaign->reply_to,
		        .subject = letter->campaign->subject,
		        .text = letter->campaign->text,
		        .html = letter->campaign->html,
		        .attachments = attachments,
		};
		letter->compose = letter_compose(context, letter->list, letter->campaign->kind, campaign_id,
		                                 &content, error);
	}
	if (letter->compose == NULL) {
		letter_free(letter);
		return NULL;
	}
	letter->wants_subscribed_by = uses_field(letter->compose, "subscribed_by");
	return letter;
}

void letter_free(struct letter *letter)
{
	if (letter == NULL)
		return;
	g_clear_pointer(&letter->compose, compose_free);
	list_free(letter->list);
	campaign_free(letter->campaign);
	g_hash_table_unref(letter->import_words);
	g_free(letter);
}

/* How somebody came to the list, in the words of the consent; "" when nothing is known. */
static char *subscribed_by(struct letter *letter, const struct delivery_view *view, GError **error)
{
	struct store *store = letter->context->store;
	g_autoptr(GPtrArray) consents = NULL;
	const char *known;

	if (view->import_id != 0) {
		struct import *import;
		gint64 *id;

		known = g_hash_table_lookup(letter->import_words, &view->import_id);
		if (known != NULL)
			return g_strdup(known);
		import = store_import_by_id(store, view->import_id, error);
		if (import == NULL)
			return NULL;
		id = g_new(gint64, 1);
		*id = view->import_id;
		known = import->consent == NULL ? "" : import->consent;
		g_hash_table_insert(letter->import_words, id, g_strdup(known));
		import_free(import);
		return g_strdup(g_hash_table_lookup(letter->import_words, &view->import_id));
	}
	consents = store_consent_of(store, view->subscription_id, error);
	if (consents == NULL)
		return NULL;
	return g_strdup(consents->len == 0 ? "" : ((struct consent *)g_ptr_array_index(consents, 0))->text);
}

/* "<20 base32 characters>@hostname": the same for every attempt of a generation, so that a repeat can be
 * told. */
static char *message_id(const struct context *context, gint64 delivery_id, int generation)
{
	g_autofree char *what = g_strdup_printf("%s|%" G_GINT64_FORMAT "|%d",
	                                        store_installation(context->store), delivery_id, generation);
	guint8 mac[SECRET_MAC_BYTES];
	g_autofree char *text = NULL;

	secrets_mac(&context->secrets->rings[SECRET_MESSAGE_ID].keys[0], "message-id", what, strlen(what),
	            mac);
	text = text_base32_write(mac, sizeof(mac));
	text[MESSAGE_ID_CHARACTERS] = '\0';
	return g_strdup_printf("%s@%s", text, context->settings->hostname);
}

/* What a test says of its reader: what is known of the address, and the names of the fields for the rest. */
static GHashTable *test_attributes(struct letter *letter, const char *spelling, GError **error)
{
	g_autoptr(GPtrArray) wanted = compose_fields(letter->compose, TRUE);
	struct subscriber *subscriber = NULL;
	GHashTable *attributes = NULL;
	g_autoptr(GError) failure = NULL;
	struct address address;

	if (address_read(spelling, -1, &address, NULL)) {
		subscriber = store_subscriber_by_address(letter->context->store, address.key, &failure);
		address_clear(&address);
	}
	if (failure != NULL && !failure_is(failure, FAILURE_NOINPUT))
		g_propagate_error(error, g_steal_pointer(&failure));
	else
		attributes = attributes_read(subscriber == NULL ? NULL : subscriber->attributes, error);
	subscriber_free(subscriber);
	for (guint i = 0; attributes != NULL && i < wanted->len; i++) {
		const char *name = wanted->pdata[i], *value = g_hash_table_lookup(attributes, name);

		if (value == NULL || *value == '\0')
			g_hash_table_insert(attributes, g_strdup(name), g_strdup_printf("[%s]", name));
	}
	return attributes;
}

GBytes *letter_render(struct letter *letter, const struct delivery_view *view, int token_day, gint64 date,
                      GError **error)
{
	struct context *context = letter->context;
	gint64 day_at = (gint64)token_day * DAY_S;
	gboolean is_test = letter->campaign->kind == MAILING_TEST;
	gboolean is_list_mail = letter->campaign->kind == MAILING_CAMPAIGN ||
	                        letter->campaign->kind == MAILING_PROBE || is_test;
	gint64 subscription_id = is_test ? NOBODY : view->subscription_id;
	g_autofree char *id = message_id(context, view->delivery->id, view->delivery->generation);
	g_autofree char *mailto = subscription_id == 0
	                                  ? NULL
	                                  : context_unsubscribe_mailto(context, subscription_id, day_at);
	struct fields fields = {.letter = letter, .address = view->address};
	const char *to_name;
	GBytes *bytes = NULL;

	fields.attributes = is_test ? test_attributes(letter, view->address, error)
	                            : attributes_read(view->attributes, error);
	if (fields.attributes == NULL)
		return NULL;
	if (subscription_id != 0) {
		fields.unsubscribe_url = context_unsubscribe_url(context, subscription_id, day_at);
		fields.preferences_url = context_preferences_url(
		        context, is_test ? NOBODY : view->subscriber_id, day_at);
	}
	if (view->request_id != 0)
		fields.confirm_url = context_confirm_url(context, view->request_id, day_at);
	fields.subscribed_on = date_of(is_test ? date : view->subscribed_at);
	if (letter->wants_subscribed_by)
		fields.subscribed_by = is_test ? g_strdup("") : subscribed_by(letter, view, error);
	to_name = g_hash_table_lookup(fields.attributes, "name");
	if (is_test && g_strcmp0(to_name, "[name]") == 0)
		to_name = NULL;
	if (!letter->wants_subscribed_by || fields.subscribed_by != NULL) {
		const struct compose_copy copy = {
		        .to = view->address,
		        .to_name = to_name,
		        .message_id = id,
		        .date = date,
		        .unsubscribe_url = is_list_mail ? fields.unsubscribe_url : NULL,
		        .unsubscribe_mailto = is_list_mail ? mailto : NULL,
		        .lookup = look_up,
		        .user = &fields,
		};

		bytes = compose_render(letter->compose, &copy, error);
	}
	clear_fields(&fields);
	return bytes;
}

GBytes *letter_render_sample(struct context *context, const struct list *list,
                             const struct compose_content *content, const char *address,
                             const char *attributes, gint64 now, GError **error)
{
	struct compose *compose = letter_compose(context, list, MAILING_TEST, 0, content, error);
	struct list shown = *list;
	struct letter letter = {.context = context, .list = &shown, .compose = compose};
	struct fields fields = {.letter = &letter, .address = address};
	guint8 random[SECRET_MAC_BYTES];
	g_autofree char *unique = NULL, *id = NULL, *mailto = NULL;
	GBytes *bytes = NULL;

	if (compose == NULL)
		return NULL;
	secrets_random(random, sizeof(random));
	unique = text_base32_write(random, sizeof(random));
	unique[MESSAGE_ID_CHARACTERS] = '\0';
	id = g_strdup_printf("%s@%s", unique, context->settings->hostname);
	/* tokens of a subscription that never exists: the links show a page and do nothing */
	mailto = context_unsubscribe_mailto(context, NOBODY, now);
	fields.attributes = attributes_read(attributes, error);
	if (fields.attributes != NULL) {
		fields.unsubscribe_url = context_unsubscribe_url(context, NOBODY, now);
		fields.preferences_url = context_preferences_url(context, NOBODY, now);
		fields.subscribed_on = date_of(now);
		fields.subscribed_by = g_strdup("");
		bytes = compose_render(compose,
		                       &(struct compose_copy){
		                               .to = address,
		                               .to_name = g_hash_table_lookup(fields.attributes, "name"),
		                               .message_id = id,
		                               .date = now,
		                               .unsubscribe_url = fields.unsubscribe_url,
		                               .unsubscribe_mailto = mailto,
		                               .lookup = look_up,
		                               .user = &fields,
		                       },
		                       error);
	}
	clear_fields(&fields);
	compose_free(compose);
	return bytes;
}

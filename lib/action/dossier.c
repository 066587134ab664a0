// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/dossier.h"

#include "lib/action/letter.h"
#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/model/attributes.h"
#include "lib/store/store_campaign.h"
#include "lib/store/store_dossier.h"
#include "lib/store/store_quality.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

enum {
	DAY_S = 86400,
	DAYS = 35,
	LINES_MAX = 10000, /* of volumes.csv */
	CAMPAIGNS = 20,
	CONSENTS = 200, /* read, of which each text is written once */
	REPLIES = 10,
	FOLDER_MODE = 0755,
	FILE_MODE = 0644,
};

/* One dossier in the making: texts by file name, in this order. */
struct work {
	struct context *context;
	const struct list *list;
	gint64 now;
	GArray *campaigns; /* of struct quality_campaign, newest first */
	GPtrArray *names;  /* of files, borrowed */
	GPtrArray *texts;  /* GBytes of each */
};

char *dossier_mask(const char *text)
{
	static const char ends[] = " \t\r\n<>\"'(),;:=[]";
	GString *masked = g_string_new(NULL);

	for (const char *at = text; *at != '\0'; at++) {
		if (*at == '@') {
			gsize len = masked->len;

			while (len > 0 && strchr(ends, masked->str[len - 1]) == NULL)
				len--;
			g_string_truncate(masked, len);
			g_string_append(masked, "***");
		}
		g_string_append_c(masked, g_ascii_iscntrl(*at) ? ' ' : *at);
	}
	return g_string_free(masked, FALSE);
}

/* RFC 4180; a text that a spreadsheet takes for a formula gets a space before it. */
static void append_csv(GString *out, const char *text)
{
	if (strpbrk(text, ",\"\r\n") == NULL && strchr("=+-@", *text) == NULL) {
		g_string_append(out, text);
		return;
	}
	g_string_append(out, strchr("=+-@", *text) != NULL && *text != '\0' ? "\" " : "\"");
	for (; *text != '\0'; text++) {
		g_string_append_c(out, *text);
		if (*text == '"')
			g_string_append_c(out, '"');
	}
	g_string_append_c(out, '"');
}

static void add_file(struct work *work, const char *name, GString *text)
{
	g_ptr_array_add(work->names, (char *)name);
	g_ptr_array_add(work->texts, g_string_free_to_bytes(text));
}

static void append_day(GString *out, gint64 at)
{
	g_autofree char *text = clock_rfc3339(at);

	g_string_append_len(out, text, (gssize)strcspn(text, "T"));
}

struct volumes {
	GString *csv;
	gint64 day, of_day, most, total;
};

static void take_day(const struct dossier_day *day, void *user)
{
	struct volumes *volumes = user;

	volumes->of_day = day->day == volumes->day ? volumes->of_day + day->handed : day->handed;
	volumes->day = day->day;
	volumes->most = MAX(volumes->most, volumes->of_day);
	volumes->total += day->handed;
	append_day(volumes->csv, day->day * DAY_S);
	g_string_append_c(volumes->csv, ',');
	append_csv(volumes->csv, day->provider);
	g_string_append_printf(volumes->csv,
	                       ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT
	                       ",%" G_GINT64_FORMAT "\r\n",
	                       day->handed, day->failed, day->refused, day->complaints);
}

static void append_campaigns(struct work *work)
{
	GString *csv = g_string_new("campaign,start,handed_over,bounced,complaints\r\n");

	for (guint i = 0; i < work->campaigns->len; i++) {
		const struct quality_campaign *campaign = &g_array_index(work->campaigns,
		                                                         struct quality_campaign, i);
		g_autofree char *at = clock_rfc3339(campaign->start_at);

		g_string_append_printf(csv,
		                       "%" G_GINT64_FORMAT ",%s,%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT
		                       ",%" G_GINT64_FORMAT "\r\n",
		                       campaign->id, at, campaign->handed, campaign->bounced,
		                       campaign->complaints);
	}
	add_file(work, "campaigns.csv", csv);
}

static gboolean append_opt_in(struct work *work, GError **error)
{
	g_autoptr(GPtrArray)
	        consents = store_dossier_consents(work->context->store, work->list->id, CONSENTS, error);
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	GString *out;

	if (consents == NULL)
		return FALSE;
	out = g_string_new(NULL);
	g_string_append_printf(out, "How addresses come onto %s\n\n%s\n\n", work->list->name,
	                       work->list->is_double_opt_in
	                               ? "Double opt-in: an address gets one mail with a link, and nothing "
	                                 "more before the link was followed and\n"
	                                 "the button there pressed."
	                               : "Single opt-in: whoever enters an address on our form, or sends us "
	                                 "one, is subscribed.");
	g_string_append_printf(out, "Form: %s/s/%s\n\nThe words that were declared or agreed to:\n",
	                       work->context->settings->base_url, work->list->name);
	for (guint i = 0; i < consents->len; i++) {
		const struct dossier_consent *consent = consents->pdata[i];
		g_autofree char *text = dossier_mask(consent->text);

		if (!g_hash_table_add(seen, consent->text))
			continue;
		g_string_append_c(out, '\n');
		append_day(out, consent->at);
		g_string_append_printf(out, " %s%s%s", consent->how, *consent->source == '\0' ? "" : " from ",
		                       consent->source);
		if (consent->count > 0)
			g_string_append_printf(out, ", %" G_GINT64_FORMAT " addresses", consent->count);
		g_string_append_printf(out, "\n    %s\n", text);
	}
	if (consents->len == 0)
		g_string_append(out, "\n    none is recorded\n");
	add_file(work, "opt-in.txt", out);
	return TRUE;
}

static gboolean append_errors(struct work *work, GError **error)
{
	GString *out = g_string_new(NULL);
	guint lines = 0;

	for (guint i = 0; i < work->campaigns->len && lines < REPLIES; i++) {
		const struct quality_campaign *campaign = &g_array_index(work->campaigns,
		                                                         struct quality_campaign, i);
		g_autoptr(GPtrArray) replies = store_quality_replies(work->context->store, campaign->id,
		                                                     (int)(REPLIES - lines), error);

		if (replies == NULL) {
			g_string_free(out, TRUE);
			return FALSE;
		}
		for (guint k = 0; k < replies->len; k++, lines++) {
			const struct quality_reply *reply = replies->pdata[k];
			g_autofree char *at = clock_rfc3339(reply->at),
			                *words = dossier_mask(reply->diagnostic);

			g_string_append_printf(out, "%s campaign=%" G_GINT64_FORMAT " host=%s status=%s %s\n",
			                       at, campaign->id,
			                       *reply->remote_mta == '\0' ? "-" : reply->remote_mta,
			                       *reply->status == '\0' ? "-" : reply->status, words);
		}
	}
	if (lines == 0)
		g_string_append(out, "No refusal is recorded for the last campaigns.\n");
	add_file(work, "errors.txt", out);
	return TRUE;
}

/* Each field that has no default gets a value, so that nobody's own are shown. */
static char *sample_attributes(struct work *work, const struct compose_content *content, GError **error)
{
	struct compose *compose = letter_compose(work->context, work->list, MAILING_TEST, 0, content, error);
	g_autoptr(GHashTable) fields = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_autoptr(GPtrArray) names = NULL;

	if (compose == NULL)
		return NULL;
	names = compose_fields(compose, TRUE);
	for (guint i = 0; i < names->len; i++)
		g_hash_table_insert(fields, g_strdup(names->pdata[i]), g_strdup("Example"));
	compose_free(compose);
	return attributes_write(fields);
}

static gboolean append_sample(struct work *work, GError **error)
{
	struct campaign *campaign;
	struct compose_content content = {0};
	g_autofree char *attributes = NULL;
	GBytes *bytes = NULL;

	if (work->campaigns->len == 0)
		return TRUE;
	campaign = store_campaign_by_id(work->context->store,
	                                g_array_index(work->campaigns, struct quality_campaign, 0).id, error);
	if (campaign == NULL)
		return FALSE;
	content.from = campaign->from_header;
	content.reply_to = campaign->reply_to;
	content.subject = campaign->subject;
	content.text = campaign->text;
	content.html = campaign->html;
	attributes = sample_attributes(work, &content, error);
	if (attributes != NULL)
		bytes = letter_render_sample(work->context, work->list, &content, work->list->owner,
		                             attributes, work->now, error);
	campaign_free(campaign);
	if (bytes == NULL)
		return FALSE;
	g_ptr_array_add(work->names, (char *)"sample.eml");
	g_ptr_array_add(work->texts, bytes);
	return TRUE;
}

static void append_senders(GString *out, const struct settings *settings, const struct list *list)
{
	for (guint i = 0; i < settings->relays->len; i++) {
		const struct settings_relay *relay = settings->relays->pdata[i];

		if (*list->relay != '\0' && strcmp(list->relay, relay->name) != 0)
			continue;
		g_string_append_printf(out, "Addresses of relay %s:   ", relay->name);
		for (guint k = 0; k < relay->source_addresses->len; k++)
			g_string_append_printf(out, "%s%s", k == 0 ? "" : ", ",
			                       (const char *)relay->source_addresses->pdata[k]);
		g_string_append(out, relay->source_addresses->len == 0
		                             ? "(set source_address in carom.conf)\n"
		                             : "\n");
	}
	for (guint i = 0; i < settings->dkims->len; i++) {
		const struct settings_dkim *key = settings->dkims->pdata[i];

		g_string_append_printf(out, "DKIM:                   d=%s s=%s\n", key->domain,
		                       key->selector);
	}
	if (settings->dkims->len == 0)
		g_string_append(out, "DKIM:                   (name the key in [dkim:NAME] of carom.conf)\n");
}

static gboolean append_about(struct work *work, const struct volumes *volumes, GError **error)
{
	const struct settings *settings = work->context->settings;
	gint64 counts[SUB_STATES] = {0};
	GString *out;

	if (!store_list_counts(work->context->store, work->list->id, counts, error))
		return FALSE;
	out = g_string_new(NULL);
	g_string_append_printf(out, "The mailing list %s (%s)\n\n", work->list->name, work->list->title);
	g_string_append_printf(out, "From:                   %s\n", work->list->from_header);
	g_string_append_printf(out, "Person in charge:       %s\n", work->list->owner);
	g_string_append_printf(out, "Envelope domain:        %s\n", settings->bounce_domain);
	g_string_append_printf(out, "HELO of the list host:  %s\n", settings->hostname);
	append_senders(out, settings, work->list);
	g_string_append_printf(out, "Subscribers:            %" G_GINT64_FORMAT " active\n",
	                       counts[SUB_ACTIVE]);
	g_string_append_printf(out, "Opt-in:                 %s, see opt-in.txt\n",
	                       work->list->is_double_opt_in ? "double" : "single");
	g_string_append_printf(out,
	                       "Unsubscribing:          %s/u/TOKEN in each message: by hand, and with one "
	                       "click (RFC 8058);\n"
	                       "                        mail to u+TOKEN@%s and %s-unsubscribe@%s\n",
	                       settings->base_url, settings->bounce_domain, work->list->name,
	                       settings->bounce_domain);
	g_string_append_printf(out, "Complaints (ARF) to:    fbl@%s, abuse@%s\n", settings->bounce_domain,
	                       settings->bounce_domain);
	g_string_append_printf(out,
	                       "Volume, all lists:      %" G_GINT64_FORMAT
	                       " messages in the last %d days, at most %" G_GINT64_FORMAT
	                       " in one;\n                        see volumes.csv and campaigns.csv\n",
	                       volumes->total, DAYS, volumes->most);
	g_string_append_printf(out, "The last replies:       errors.txt\nA sample:               %s\n",
	                       work->campaigns->len == 0 ? "no campaign was sent yet"
	                                                 : "sample.eml, the last campaign");
	if (*work->list->imprint != '\0')
		g_string_append_printf(out, "\n%s\n", work->list->imprint);
	add_file(work, "about.txt", out);
	return TRUE;
}

static gboolean collect(struct work *work, GError **error)
{
	struct volumes volumes = {.day = -1};

	volumes.csv = g_string_new("day,provider,handed_over,failed,refused,complaints\r\n");
	if (!store_dossier_days(work->context->store, work->now - DAYS * (gint64)DAY_S, LINES_MAX, take_day,
	                        &volumes, error)) {
		g_string_free(volumes.csv, TRUE);
		return FALSE;
	}
	add_file(work, "volumes.csv", volumes.csv);
	if (!store_quality_campaigns(work->context->store, work->list->id, CAMPAIGNS, work->campaigns, error))
		return FALSE;
	append_campaigns(work);
	return append_about(work, &volumes, error) && append_opt_in(work, error) &&
	       append_errors(work, error) && append_sample(work, error);
}

/* Whatever is in the way is found before anything is written. */
static gboolean prepare(const struct work *work, const char *folder, gboolean overwrite, GError **error)
{
	if (g_mkdir_with_parents(folder, FOLDER_MODE) != 0) {
		g_autofree char *what = g_strdup_printf("cannot make the folder %s", folder);

		failure_set_errno(error, errno, what);
		return FALSE;
	}
	for (guint i = 0; i < work->names->len && !overwrite; i++) {
		g_autofree char *path = g_build_filename(folder, work->names->pdata[i], NULL);

		if (g_file_test(path, G_FILE_TEST_EXISTS)) {
			g_set_error(error, FAILURE, FAILURE_NO,
			            "%s is there already; --overwrite replaces it", path);
			return FALSE;
		}
	}
	return TRUE;
}

static gboolean write_all(const struct work *work, const char *folder, GError **error)
{
	for (guint i = 0; i < work->names->len; i++) {
		g_autofree char *path = g_build_filename(folder, work->names->pdata[i], NULL);
		gsize len;
		const void *bytes = g_bytes_get_data(work->texts->pdata[i], &len);

		if (!file_write(path, bytes, len, FILE_MODE, error))
			return FALSE;
	}
	return TRUE;
}

gboolean dossier_write(struct context *context, const struct list *list, const char *folder,
                       gboolean overwrite, gint64 now, char ***written_out, GError **error)
{
	g_autoptr(GArray) campaigns = g_array_new(FALSE, FALSE, sizeof(struct quality_campaign));
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	struct work work = {context, list, now, campaigns, names, texts};

	if (!collect(&work, error) || !prepare(&work, folder, overwrite, error) ||
	    !write_all(&work, folder, error))
		return FALSE;
	*written_out = g_new0(char *, names->len + 1);
	for (guint i = 0; i < names->len; i++)
		(*written_out)[i] = g_strdup(names->pdata[i]);
	return TRUE;
}

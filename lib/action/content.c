// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/content.h"

#include "lib/action/letter.h"
#include "lib/base/failure.h"
#include "lib/model/attributes.h"
#include "lib/store/store_subscriber.h"

#include <string.h>

#define RULES_FOLDER "/etc/carom/rules"

enum { PAGE = 1000, PAGES = 20, SAMPLES = 3 };

/* Whose copies are looked at. */
enum sample { SAMPLE_LONGEST, SAMPLE_LETTERS, SAMPLE_FEWEST };

struct samples {
	struct subscription *of[SAMPLES]; /* borrowed from kept */
	gsize len[SAMPLES];
	GPtrArray *kept; /* pages that one of them is of */
};

static gsize fields_length(const struct subscription *subscription)
{
	return subscription->attributes == NULL ? 0 : strlen(subscription->attributes);
}

/* JSON may write other letters as \u: both count. */
static gboolean has_letters(const struct subscription *subscription)
{
	const char *fields = subscription->attributes == NULL ? "" : subscription->attributes;

	return !g_str_is_ascii(fields) || strstr(fields, "\\u") != NULL ||
	       !g_str_is_ascii(subscription->address);
}

static gboolean consider(struct samples *samples, struct subscription *one)
{
	gsize len = fields_length(one);
	gboolean is_kept = FALSE;

	if (samples->of[SAMPLE_LONGEST] == NULL || len > samples->len[SAMPLE_LONGEST]) {
		samples->of[SAMPLE_LONGEST] = one;
		samples->len[SAMPLE_LONGEST] = len;
		is_kept = TRUE;
	}
	if (samples->of[SAMPLE_FEWEST] == NULL || len < samples->len[SAMPLE_FEWEST]) {
		samples->of[SAMPLE_FEWEST] = one;
		samples->len[SAMPLE_FEWEST] = len;
		is_kept = TRUE;
	}
	if (samples->of[SAMPLE_LETTERS] == NULL && has_letters(one)) {
		samples->of[SAMPLE_LETTERS] = one;
		is_kept = TRUE;
	}
	return is_kept;
}

static gboolean choose(struct context *context, const struct list *list, struct samples *samples,
                       GError **error)
{
	gint64 after = 0;

	for (int i = 0; i < PAGES; i++) {
		GPtrArray *page = store_subscription_page(context->store, list->id, SUB_ACTIVE, after, PAGE,
		                                          error);
		gboolean is_kept = FALSE;
		guint len;

		if (page == NULL)
			return FALSE;
		len = page->len;
		for (guint j = 0; j < len; j++) {
			struct subscription *one = g_ptr_array_index(page, j);

			is_kept = consider(samples, one) || is_kept;
			after = one->subscriber_id;
		}
		if (is_kept)
			g_ptr_array_add(samples->kept, page);
		else
			g_ptr_array_unref(page);
		if (len < PAGE)
			break;
	}
	return TRUE;
}

static gboolean look_at_copy(struct context *context, const struct list *list,
                             const struct compose_content *content, const struct subscription *one,
                             gint64 now, struct content_view *view, GError **error)
{
	const char *address = one == NULL ? list->owner : one->address;
	const char *json = one == NULL ? NULL : one->attributes;
	g_autoptr(GBytes) copy = letter_render_sample(context, list, content, address, json, now, error);
	g_autoptr(GHashTable) fields = copy == NULL ? NULL : attributes_read(json, error);
	struct lint_report *report;
	const void *bytes;
	gsize len;

	if (fields == NULL)
		return FALSE;
	bytes = g_bytes_get_data(copy, &len);
	report = lint_message(view->rules, bytes, len,
	                      &(struct lint_facts){
	                              .imprint = list->imprint,
	                              .address = address,
	                              .name = g_hash_table_lookup(fields, "name"),
	                              .now = now,
	                      });
	view->copies++;
	if (view->report == NULL) {
		view->report = report;
		return TRUE;
	}
	lint_report_merge(view->report, report);
	lint_report_free(report);
	return TRUE;
}

static gboolean look_at_samples(struct context *context, const struct list *list,
                                const struct compose_content *content, gint64 now,
                                const struct samples *samples, struct content_view *view, GError **error)
{
	for (int i = 0; i < SAMPLES; i++) {
		gboolean is_seen = samples->of[i] == NULL;

		for (int j = 0; j < i && !is_seen; j++)
			is_seen = samples->of[i] == samples->of[j];
		if (!is_seen && !look_at_copy(context, list, content, samples->of[i], now, view, error))
			return FALSE;
	}
	return view->copies > 0 || look_at_copy(context, list, content, NULL, now, view, error);
}

struct content_view *content_look(struct context *context, const struct list *list,
                                  const struct compose_content *content, gint64 now, GError **error)
{
	struct compose_content with_from = *content;
	struct content_view *view = g_new0(struct content_view, 1);
	g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
	struct samples samples = {.kept = kept};

	if (with_from.from == NULL)
		with_from.from = list->from_header;
	view->rules = lint_rules_read(RULES_FOLDER, error);
	if (view->rules != NULL && choose(context, list, &samples, error) &&
	    look_at_samples(context, list, &with_from, now, &samples, view, error))
		return view;
	content_free(view);
	return NULL;
}

void content_free(struct content_view *view)
{
	if (view == NULL)
		return;
	lint_report_free(view->report);
	lint_rules_free(view->rules);
	g_free(view);
}

gboolean content_is_fit(const struct content_view *view, GError **error)
{
	g_autoptr(GString) all = g_string_new(NULL);

	for (guint i = 0; i < view->report->findings->len; i++) {
		const struct lint_finding *finding = g_ptr_array_index(view->report->findings, i);

		if (finding->rule->level == LINT_ERROR)
			g_string_append_printf(all, "%s%s: %s. %s", all->len > 0 ? "\n" : "",
			                       finding->rule->name, finding->seen, finding->rule->todo);
	}
	if (all->len == 0)
		return TRUE;
	g_set_error(error, FAILURE, FAILURE_NO, "%s", all->str);
	return FALSE;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/checklist.h"

#include "lib/action/preflight_own.h"
#include "lib/store/store_account.h"

#include <string.h>

#define RULES_FOLDER "/etc/carom/rules"

enum { DAY_S = 86400, SHARE_PERCENT = 20, MANY_DAILY = 4000, NAMED_MAX = 5, PERCENT = 100 };

static const struct preflight_own links = {
        "house.links", "Gmail and Yahoo offer the button \"Unsubscribe\" only for links over https.",
        "Set [web] base_url to an https:// address that leads to listctl web.", "RFC 8058 3.1"};
static const struct preflight_own shares = {
        "providers.shares", "The rules of whoever has most of the addresses are those to keep.", "",
        "rules/providers"};

const char *const *checklist_ids(void)
{
	static const char *const ids[] = {"house.links", "providers.shares", NULL};

	return ids;
}

/* A place that only this machine reaches is for trying out, and no reproach. */
static gboolean is_loopback(const char *url)
{
	const char *host = strstr(url, "://");

	return host != NULL && (g_str_has_prefix(host, "://127.") || g_str_has_prefix(host, "://localhost") ||
	                        g_str_has_prefix(host, "://[::1]"));
}

static void tell_links(const struct settings *settings, GPtrArray *results)
{
	const char *url = settings->base_url;

	if (g_str_has_prefix(url, "https://"))
		preflight_own_add(results, &links, PREFLIGHT_GREEN, "links begin with %s", url);
	else if (is_loopback(url))
		preflight_own_add(results, &links, PREFLIGHT_UNKNOWN, "%s is reached from this machine alone",
		                  url);
	else
		preflight_own_add(results, &links, PREFLIGHT_RED, "%s is not https: there is no one-click",
		                  url);
}

static gint64 active_of(const struct list_quality *quality)
{
	gint64 active = 0;

	for (guint i = 0; i < quality->groups->len; i++)
		active += g_array_index(quality->groups, struct quality_group, i).count;
	return active;
}

static void tell_shares(const struct list_quality *quality, GPtrArray *results)
{
	g_autoptr(GString) text = g_string_new(NULL);
	const gint64 active = active_of(quality);

	for (guint i = 0; i < quality->groups->len && i < NAMED_MAX; i++) {
		const struct quality_group *group = &g_array_index(quality->groups, struct quality_group, i);

		g_string_append_printf(text, "%s%s %.1f %%", i == 0 ? "" : ", ", group->name,
		                       (double)group->count * PERCENT / (double)active);
	}
	if (quality->groups->len > NAMED_MAX)
		g_string_append_printf(text, ", and %u others", quality->groups->len - NAMED_MAX);
	preflight_own_add(results, &shares, active == 0 ? PREFLIGHT_UNKNOWN : PREFLIGHT_GREEN, "%s",
	                  active == 0 ? "no active address" : text->str);
}

/* The worst of the checks named; what was not checked cannot be told. */
static enum preflight_colour worst(char *const *names, const GPtrArray *results, const char **seen_out)
{
	gboolean is_known = TRUE;
	enum preflight_colour colour = PREFLIGHT_GREEN;

	*seen_out = NULL;
	for (int i = 0; names[i] != NULL; i++) {
		gboolean is_found = FALSE;

		for (guint k = 0; k < results->len; k++) {
			const struct preflight_result *result = results->pdata[k];

			if (strcmp(result->id, names[i]) != 0)
				continue;
			is_found = TRUE;
			if (result->colour > colour) {
				colour = result->colour;
				*seen_out = result->id;
			}
		}
		is_known = is_known && is_found;
	}
	return is_known || colour > PREFLIGHT_UNKNOWN ? colour : PREFLIGHT_UNKNOWN;
}

/* *colour_out: worse than before, when the point is. */
static void tell_point(const struct checklist *list, const struct checklist_point *point, GPtrArray *results,
                       enum preflight_colour *colour_out)
{
	const struct preflight_own check = {
	        .id = g_intern_string(point->id),
	        .why = g_intern_string(point->asks),
	        .advice = point->yours != NULL ? g_intern_string(point->yours)
	                                       : "See the check that it names.",
	        .source = g_intern_string(list->source),
	};
	const char *seen = NULL;
	enum preflight_colour colour = PREFLIGHT_GREEN;

	if (point->yours != NULL)
		colour = PREFLIGHT_UNKNOWN;
	else if (point->checks != NULL)
		colour = worst(point->checks, results, &seen);
	if (colour > PREFLIGHT_UNKNOWN)
		*colour_out = MAX(*colour_out, colour);
	if (point->built_in != NULL)
		preflight_own_add(results, &check, colour, "%s: %s", point->asks, point->built_in);
	else if (point->yours != NULL)
		preflight_own_add(results, &check, colour, "%s: not to be seen from here", point->asks);
	else
		preflight_own_add(results, &check, colour, "%s: %s", point->asks,
		                  seen != NULL                  ? seen
		                  : colour == PREFLIGHT_UNKNOWN ? "not checked"
		                                                : "yes");
}

/* Whoever is once counted as a bulk sender stays one, so all else has to be right before. */
static void tell_volume(const struct checklist *list, gint64 daily, gint64 lately,
                        enum preflight_colour points, GPtrArray *results)
{
	g_autofree char *id = g_strdup_printf("providers.%s.volume", list->provider);
	const struct preflight_own check = {
	        .id = g_intern_string(id),
	        .why = "Who sends that much a day is held to the rules for bulk senders, for good.",
	        .advice = "Bring all points to green before the number is passed; send in parts until they "
	                  "are.",
	        .source = g_intern_string(list->source),
	};
	const gint64 sum = daily + lately;
	const gboolean is_close = sum >= MIN(list->bulk, MANY_DAILY);

	preflight_own_add(results, &check,
	                  !is_close                                        ? PREFLIGHT_GREEN
	                  : sum >= list->bulk && points == PREFLIGHT_GREEN ? PREFLIGHT_GREEN
	                                                                   : PREFLIGHT_YELLOW,
	                  "%" G_GINT64_FORMAT " messages from this list and %" G_GINT64_FORMAT
	                  " in the last day: %s %" G_GINT64_FORMAT " a day",
	                  daily, lately,
	                  sum >= list->bulk ? "more than"
	                  : is_close        ? "close to"
	                                    : "below",
	                  list->bulk);
}

static const struct checklist *list_of(const GPtrArray *lists, const char *provider)
{
	const struct checklist *any = NULL;

	for (guint i = 0; i < lists->len; i++) {
		const struct checklist *list = lists->pdata[i];

		if (strcmp(list->provider, provider) == 0)
			return list;
		if (strcmp(list->provider, "*") == 0)
			any = list;
	}
	return any;
}

static void tell_list(const struct checklist *list, const struct quality_group *group, gint64 lately,
                      GPtrArray *results)
{
	enum preflight_colour colour = PREFLIGHT_GREEN;

	for (guint i = 0; i < list->points->len; i++)
		tell_point(list, list->points->pdata[i], results, &colour);
	if (list->bulk > 0)
		tell_volume(list, group->daily, lately, colour, results);
}

static gboolean tell_groups(struct context *context, const struct list_quality *quality,
                            const GPtrArray *lists, GPtrArray *results, gint64 now, GError **error)
{
	const gint64 active = active_of(quality);
	gboolean is_any_told = FALSE;

	for (guint i = 0; i < quality->groups->len; i++) {
		const struct quality_group *group = &g_array_index(quality->groups, struct quality_group, i);
		const struct checklist *list = list_of(lists, group->name);
		struct account account;

		if (!store_account_of_provider(context->store, group->name, now - DAY_S, now, &account, NULL,
		                               error))
			return FALSE;
		if (list == NULL || (group->count * PERCENT < active * SHARE_PERCENT &&
		                     group->daily + account.handed < MANY_DAILY))
			continue;
		/* what is asked of all is said once */
		if (strcmp(list->provider, "*") == 0 && is_any_told)
			continue;
		is_any_told |= strcmp(list->provider, "*") == 0;
		tell_list(list, group, account.handed, results);
	}
	return TRUE;
}

gboolean checklist_tell(struct context *context, const struct list_quality *quality, GPtrArray *results,
                        gint64 now, GError **error)
{
	g_autoptr(GPtrArray) lists = checklist_read_all(RULES_FOLDER, error);

	if (lists == NULL)
		return FALSE;
	tell_links(context->settings, results);
	tell_shares(quality, results);
	return tell_groups(context, quality, lists, results, now, error);
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/bounce_view.h"
#include "cli/call.h"
#include "lib/base/failure.h"
#include "lib/base/text.h"
#include "lib/model/verdict.h"
#include "lib/store/store_list.h"
#include "lib/store/store_subscriber.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 200 };

static gboolean read_list(const struct call *call, struct bounce_filter *filter, GError **error)
{
	const char *name = call_text(call, "list");
	struct list *list = name == NULL ? NULL : store_list_by_name(call->context->store, name, error);

	if (list != NULL)
		filter->list_id = list->id;
	list_free(list);
	return name == NULL || filter->list_id != 0;
}

static gboolean read_words(const struct call *call, struct bounce_filter *filter, GError **error)
{
	static const char *const states[] = {"unread", "judged", "foreign", "unknown", "held", NULL};
	enum reason reason;

	filter->reason = call_text(call, "reason");
	filter->state = call_text(call, "state");
	if (filter->reason != NULL && (*filter->reason == '\0' || !reason_read(filter->reason, &reason))) {
		g_set_error(error, FAILURE, FAILURE_USAGE,
		            "--reason is a word as bounces have it: userunknown, mailboxfull, blocked ...");
		return FALSE;
	}
	if (filter->state != NULL && !g_strv_contains(states, filter->state)) {
		g_set_error(error, FAILURE, FAILURE_USAGE,
		            "--state is unread, judged, foreign, unknown or held");
		return FALSE;
	}
	if (call_flag(call, "unknown") && filter->state != NULL && strcmp(filter->state, "unknown") != 0) {
		g_set_error(error, FAILURE, FAILURE_USAGE, "--unknown and --state contradict each other");
		return FALSE;
	}
	if (call_flag(call, "unknown"))
		filter->state = "unknown";
	return TRUE;
}

static gboolean read_filter(const struct call *call, struct bounce_filter *filter, gint64 *limit_out,
                            GError **error)
{
	const char *campaign = call_text(call, "campaign"), *limit = call_text(call, "limit");

	*limit_out = G_MAXINT64;
	if (limit != NULL &&
	    !g_ascii_string_to_unsigned(limit, 10, 1, G_MAXINT64, (guint64 *)limit_out, NULL)) {
		g_set_error(error, FAILURE, FAILURE_USAGE, "--limit is a number above 0");
		return FALSE;
	}
	return read_words(call, filter, error) && bounce_view_since(call, &filter->since, error) &&
	       (campaign == NULL || call_id(campaign, "campaign", &filter->campaign_id, error)) &&
	       read_list(call, filter, error);
}

/* Whose it was; NULL when it is nobody's. FALSE for an error. */
static gboolean find_subscription(const struct call *call, const struct bounce *bounce,
                                  struct subscription **subscription_out, GError **error)
{
	*subscription_out = NULL;
	if (bounce->subscription_id == 0)
		return TRUE;
	*subscription_out = store_subscription_by_id(call->context->store, bounce->subscription_id, error);
	return *subscription_out != NULL;
}

static void print_id(struct printer *out, const char *name, gint64 id)
{
	if (id == 0)
		printer_text(out, name, NULL);
	else
		printer_integer(out, name, id);
}

static const char *or_null(const char *text)
{
	return *text == '\0' ? NULL : text;
}

/* What a listing is made of. */
struct listing {
	struct call *call;
	struct bounce_filter filter;
	struct provider_table *providers;
	char *provider; /* only of this one; or NULL */
	gint64 left;    /* rows that may be printed yet */
	gboolean is_empty;
};

static void print_row(const struct listing *listing, const struct bounce *bounce,
                      const struct subscription *subscription, const char *provider)
{
	struct printer *out = listing->call->out;

	printer_begin_map(out, NULL);
	printer_integer(out, "id", bounce->id);
	printer_time(out, "received_at", bounce->received_at);
	printer_text(out, "list", subscription == NULL ? NULL : subscription->list_name);
	print_id(out, "campaign", bounce->campaign_id);
	printer_text(out, "address",
	             subscription == NULL ? or_null(bounce->recipient) : subscription->address);
	printer_text(out, "state", bounce->state);
	printer_text(out, "kind", or_null(bounce->kind));
	printer_text(out, "reason", or_null(bounce->reason));
	printer_text(out, "blame", or_null(bounce->blame));
	printer_text(out, "status", or_null(bounce->status));
	printer_text(out, "rule", or_null(bounce->rule));
	if (printer_format(out) != PRINTER_TEXT) {
		printer_text(out, "recipient", or_null(bounce->recipient));
		printer_text(out, "diagnostic", or_null(bounce->diagnostic));
		printer_text(out, "source", bounce->source);
		printer_text(out, "effect", or_null(bounce->effect));
		printer_text(out, "provider", or_null(provider));
	}
	printer_end_map(out);
}

static gboolean take_row(struct listing *listing, const struct bounce *bounce, GError **error)
{
	struct subscription *subscription;
	g_autofree char *provider = NULL;

	if (!find_subscription(listing->call, bounce, &subscription, error))
		return FALSE;
	provider = bounce_view_provider(listing->providers, bounce,
	                                subscription == NULL ? NULL : subscription->address);
	if (listing->provider == NULL || strcmp(listing->provider, provider) == 0) {
		print_row(listing, bounce, subscription, provider);
		listing->is_empty = FALSE;
		listing->left--;
	}
	subscription_free(subscription);
	return TRUE;
}

static gboolean print_rows(struct listing *listing, GError **error)
{
	struct store *store = listing->call->context->store;
	gint64 before = 0;

	while (listing->left > 0) {
		int count = (int)(listing->provider != NULL ? PAGE : MIN(listing->left, PAGE));
		g_autoptr(GPtrArray) rows = store_bounce_page(store, &listing->filter, before, count, error);

		if (rows == NULL)
			return FALSE;
		for (guint i = 0; i < rows->len && listing->left > 0; i++) {
			const struct bounce *bounce = rows->pdata[i];

			before = bounce->id;
			if (!take_row(listing, bounce, error))
				return FALSE;
		}
		if (rows->len < (guint)count)
			break;
	}
	return TRUE;
}

static gboolean read_provider(struct listing *listing, GError **error)
{
	const char *said = call_text(listing->call, "provider");
	const char *name = listing->provider = said == NULL ? NULL : g_ascii_strdown(said, -1);

	listing->providers = context_providers(error);
	if (listing->providers == NULL)
		return FALSE;
	if (name == NULL || strchr(name, '.') != NULL ||
	    provider_table_find(listing->providers, name) != NULL)
		return TRUE;
	g_set_error(error, FAILURE, FAILURE_USAGE,
	            "--provider is a name of rules/providers (google, yahoo, outlook ...) or the domain of a "
	            "mail "
	            "host");
	return FALSE;
}

static gboolean run_ls(struct call *call, GError **error)
{
	struct listing listing = {.call = call, .is_empty = TRUE};
	gboolean is_good = read_filter(call, &listing.filter, &listing.left, error) &&
	                   read_provider(&listing, error);

	if (is_good) {
		printer_begin_list(call->out, "bounces");
		is_good = print_rows(&listing, error);
	}
	provider_table_free(listing.providers);
	g_free(listing.provider);
	if (!is_good)
		return FALSE;
	printer_end_list(call->out);
	if (listing.is_empty)
		call_say(call, "There is no such bounce.");
	return TRUE;
}

static const struct option ls_options[] = {
        {"list", OPTION_TEXT, "NAME", "of mail of this list"},
        {"campaign", OPTION_TEXT, "ID", "of this campaign"},
        {"reason", OPTION_TEXT, "REASON", "judged so: userunknown, mailboxfull, blocked ..."},
        {"provider", OPTION_TEXT, "NAME", "about mail servers of google, yahoo ..., or of this domain"},
        {"since", OPTION_TEXT, "TIME", "received then or later: a time, a day, or 30d, 12h, 45m ago"},
        {"unknown", OPTION_FLAG, NULL, "what was not understood"},
        {"state", OPTION_TEXT, "STATE", "unread, judged, foreign, unknown or held"},
        {"limit", OPTION_TEXT, "N", "the newest so many"},
        {0},
};

const struct command command_bounce_ls = {
        .name = "bounce ls",
        .usage = "[--list NAME] [--campaign ID] [--reason REASON] [--provider NAME] [--since TIME] "
                 "[--unknown] "
                 "[--state STATE] [--limit N]",
        .summary = "Show what came back, newest first",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE,
        .options = ls_options,
        .run = run_ls,
};

/* Texts of the row; an empty one is left out where people read it. */
static void print_facts(struct printer *out, const struct bounce *bounce)
{
	const struct {
		const char *name, *value;
	} facts[] = {
	        {"kind", bounce->kind},
	        {"reason", bounce->reason},
	        {"blame", bounce->blame},
	        {"status", bounce->status},
	        {"reply", bounce->reply},
	        {"action", bounce->action},
	        {"recipient", bounce->recipient},
	        {"diagnostic", bounce->diagnostic},
	        {"remote_mta", bounce->remote_mta},
	        {"reporting_mta", bounce->reporting_mta},
	        {"format", bounce->format},
	        {"envelope_recipient", bounce->envelope_recipient},
	        {"effect", bounce->effect},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(facts); i++)
		if (*facts[i].value != '\0' || printer_format(out) != PRINTER_TEXT)
			printer_text(out, facts[i].name, or_null(facts[i].value));
}

static void print_head(struct printer *out, const struct bounce *bounce,
                       const struct subscription *subscription)
{
	printer_integer(out, "id", bounce->id);
	printer_time(out, "received_at", bounce->received_at);
	printer_text(out, "source", bounce->source);
	printer_text(out, "state", bounce->state);
	printer_text(out, "list", subscription == NULL ? NULL : subscription->list_name);
	printer_text(out, "address", subscription == NULL ? NULL : subscription->address);
	printer_text(out, "subscription",
	             subscription == NULL ? NULL : subscription_state_name(subscription->state));
	print_id(out, "campaign", bounce->campaign_id);
	print_id(out, "delivery", bounce->delivery_id);
	print_facts(out, bounce);
	printer_integer(out, "tries", bounce->tries);
	printer_integer(out, "raw_size", bounce->raw_size);
}

/* The rule that judged, and the line of the message that it went by. */
static void print_rule(struct call *call, const struct bounce *bounce, GBytes *raw)
{
	const struct rules_input input = {
	        .text = bounce->diagnostic, .status = bounce->status, .reply = bounce->reply};
	g_autofree char *place = NULL, *words = NULL, *line = NULL, *valid = NULL;
	int number = 0;
	gsize len;

	if (*bounce->rule == '\0')
		return;
	(void)rules_explain(call->context->rules, bounce->rule, &input, &place, &words);
	if (raw != NULL && *words != '\0') {
		const char *bytes = g_bytes_get_data(raw, &len);

		number = bounce_view_find(bytes == NULL ? "" : bytes, len, words, &line);
	}
	valid = line == NULL ? NULL : g_utf8_make_valid(line, -1);
	printer_begin_map(call->out, "rule");
	printer_text(call->out, "id", bounce->rule);
	printer_text(call->out, "place", or_null(place));
	printer_text(call->out, "words", or_null(words));
	print_id(call->out, "line", number);
	printer_text(call->out, "text", valid);
	printer_end_map(call->out);
}

/* As bytes, or line by line where a terminal would take orders from it. */
static gboolean print_raw(struct call *call, GBytes *raw, GError **error)
{
	gsize len = 0;
	const char *bytes = g_bytes_get_data(raw, &len), *end = bytes + len;

	if (!isatty(STDOUT_FILENO)) {
		if (fwrite(bytes, 1, len, stdout) == len)
			return TRUE;
		g_set_error(error, FAILURE, FAILURE_IO, "cannot write the message");
		return FALSE;
	}
	while (bytes < end) {
		const char *lf = memchr(bytes, '\n', (gsize)(end - bytes)), *stop = lf == NULL ? end : lf;
		gsize size = (gsize)(stop - bytes);
		/* a NUL would end the line for the printer */
		g_autofree char *safe = text_printable(
		        bytes, (gssize)(size > 0 && stop[-1] == '\r' ? size - 1 : size));

		printer_line(call->out, "%s", safe);
		bytes = lf == NULL ? end : lf + 1;
	}
	return TRUE;
}

static gboolean print_bounce(struct call *call, const struct bounce *bounce, GBytes *raw, GError **error)
{
	struct subscription *subscription;
	gsize len = 0;
	const char *bytes = raw == NULL ? NULL : g_bytes_get_data(raw, &len);

	if (!find_subscription(call, bounce, &subscription, error))
		return FALSE;
	print_head(call->out, bounce, subscription);
	printer_boolean(call->out, "raw_kept", raw != NULL);
	print_rule(call, bounce, raw);
	if (call_flag(call, "raw")) {
		g_autofree char *text = g_utf8_make_valid(bytes == NULL ? "" : bytes, (gssize)len);

		printer_text(call->out, "raw", text);
	}
	subscription_free(subscription);
	return TRUE;
}

static gboolean run_show(struct call *call, GError **error)
{
	g_autoptr(GError) failure = NULL;
	g_autoptr(GBytes) raw = NULL;
	struct bounce *bounce;
	gboolean is_good, wants_raw = call_flag(call, "raw");
	gint64 id;

	if (!call_id(call->words[0], "bounce", &id, error))
		return FALSE;
	bounce = store_bounce_by_id(call->context->store, id, error);
	if (bounce == NULL)
		return FALSE;
	raw = store_bounce_raw(call->context->store, id, &failure);
	if (raw == NULL && (wants_raw || !failure_is(failure, FAILURE_NOINPUT))) {
		g_propagate_error(error, g_steal_pointer(&failure));
		is_good = FALSE;
	} else if (wants_raw && printer_format(call->out) != PRINTER_JSON) {
		is_good = print_raw(call, raw, error);
	} else {
		is_good = print_bounce(call, bounce, raw, error);
	}
	bounce_free(bounce);
	return is_good;
}

static const struct option show_options[] = {
        {"raw", OPTION_FLAG, NULL, "print the message as it came"},
        {0},
};

const struct command command_bounce_show = {
        .name = "bounce show",
        .usage = "ID [--raw]",
        .summary = "Show a bounce, its verdict, and the line that its rule went by",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE | CONTEXT_RULES,
        .words_min = 1,
        .words_max = 1,
        .options = show_options,
        .run = run_show,
};

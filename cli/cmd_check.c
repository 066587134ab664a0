// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "lib/action/checklist.h"
#include "lib/action/content.h"
#include "lib/action/list_quality.h"
#include "lib/action/preflight.h"
#include "lib/action/timers.h"
#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/store/store_event.h"
#include "lib/store/store_list.h"

#include <string.h>

/* "Title <addr>" or "addr": what stands behind the last '@'. Caller frees. */
static char *domain_of(const char *from_header)
{
	const char *at = strrchr(from_header, '@');

	return at == NULL ? NULL : g_ascii_strdown(at + 1, (gssize)strcspn(at + 1, "> \t"));
}

static void add_domain(GPtrArray *domains, const struct list *list)
{
	g_autofree char *domain = domain_of(list->from_header);

	if (domain != NULL && !g_ptr_array_find_with_equal_func(domains, domain, g_str_equal, NULL))
		g_ptr_array_add(domains, g_steal_pointer(&domain));
}

/* From domains of the list, or of all of them, ended by NULL. */
static GPtrArray *find_domains(struct call *call, GError **error)
{
	g_autoptr(GPtrArray) domains = g_ptr_array_new_with_free_func(g_free);

	if (call->word_count > 0) {
		struct list *list = store_list_by_name(call->context->store, call->words[0], error);

		if (list == NULL)
			return NULL;
		add_domain(domains, list);
		list_free(list);
	} else {
		g_autoptr(GPtrArray) lists = store_list_all(call->context->store, error);

		if (lists == NULL)
			return NULL;
		for (guint i = 0; i < lists->len; i++)
			add_domain(domains, lists->pdata[i]);
	}
	g_ptr_array_add(domains, NULL);
	return g_steal_pointer(&domains);
}

/* About nothing in DNS. Takes seen. */
static struct preflight_result *own_result(const char *group, const char *id, enum preflight_colour colour,
                                           char *seen)
{
	struct preflight_result *result = g_new0(struct preflight_result, 1);

	*result = (struct preflight_result){.id = id,
	                                    .group = group,
	                                    .about = g_strdup(""),
	                                    .colour = colour,
	                                    .seen = seen,
	                                    .why = "",
	                                    .advice = "",
	                                    .source = ""};
	return result;
}

/* Is what has to be done in time done? */
static gboolean look_at_timers(struct call *call, GPtrArray *results, GError **error)
{
	struct preflight_result *result;
	gint64 at = 0;
	gboolean is_late;

	if (!store_timer_last(call->context->store, "timers", &at, error))
		return FALSE;
	is_late = call->now - at > TIMERS_LATE_S;
	result = own_result("house", "house.timers", is_late ? PREFLIGHT_YELLOW : PREFLIGHT_GREEN,
	                    at == 0 ? g_strdup("timed work was never done") : clock_rfc3339(at));
	result->why = "Suspensions end, probes go out and dead addresses are removed by timed work.";
	result->advice = is_late ? "Run bounced, or bounced --once from cron." : "";
	result->source = "bounced(8)";
	g_ptr_array_add(results, result);
	return TRUE;
}

/* The findings of the lint as checks like the others. Notes are no reproach, and are left out. */
static void add_findings(GPtrArray *results, const struct content_view *view)
{
	if (view->report->errors + view->report->warnings == 0)
		g_ptr_array_add(results,
		                own_result("content", "content.lint", PREFLIGHT_GREEN,
		                           g_strdup_printf("nothing to object to in %u copies, score %.1f",
		                                           view->copies, view->report->score)));
	for (guint i = 0; i < view->report->findings->len; i++) {
		const struct lint_finding *finding = view->report->findings->pdata[i];
		g_autofree char *id = g_strdup_printf("content.%s", finding->rule->name);
		struct preflight_result *result;

		if (finding->rule->level < LINT_WARNING)
			continue;
		result = own_result("content", g_intern_string(id),
		                    finding->rule->level == LINT_ERROR ? PREFLIGHT_RED : PREFLIGHT_YELLOW,
		                    g_strdup(finding->seen));
		/* the rules go with the view */
		result->why = g_intern_string(finding->rule->why);
		result->advice = g_intern_string(finding->rule->todo);
		result->source = "rules/content";
		g_ptr_array_add(results, result);
	}
}

/* What is to be said of a message file, added to results. */
static gboolean look_at_message(struct call *call, const char *path, GPtrArray *results, GError **error)
{
	g_autoptr(GBytes) bytes = file_read(path, LIMIT_MESSAGE_FILE, error);
	struct compose_content *content;
	struct content_view *view = NULL;
	struct list *list;
	const void *data;
	gsize len;

	if (bytes == NULL)
		return FALSE;
	data = g_bytes_get_data(bytes, &len);
	content = compose_content_from_message(data, len, error);
	if (content == NULL) {
		g_prefix_error(error, "%s: ", path);
		return FALSE;
	}
	list = store_list_by_name(call->context->store, call->words[0], error);
	if (list != NULL)
		view = content_look(call->context, list, content, call->now, error);
	if (view != NULL)
		add_findings(results, view);
	compose_content_free(content);
	list_free(list);
	if (view == NULL)
		return FALSE;
	content_free(view);
	return TRUE;
}

/* How well the list is kept, and what those ask who receive most of it. */
static gboolean look_at_list(struct call *call, GPtrArray *results, GError **error)
{
	struct list *list = store_list_by_name(call->context->store, call->words[0], error);
	struct list_quality *quality = list == NULL ? NULL
	                                            : list_quality_look(call->context, list,
	                                                                call_flag(call, "whole"), error);
	gboolean is_good;

	list_free(list);
	if (quality == NULL)
		return FALSE;
	list_quality_tell(quality, results);
	if (quality->looked < quality->total)
		call_say(call,
		         "Of %" G_GINT64_FORMAT " subscriptions %" G_GINT64_FORMAT
		         " were looked at; --whole looks at each.",
		         quality->total, quality->looked);
	is_good = checklist_tell(call->context, quality, results, call->now, error);
	list_quality_free(quality);
	return is_good;
}

static void print_json(struct printer *out, const struct preflight_result *result)
{
	printer_text(out, "why", result->why);
	printer_text(out, "advice", result->advice);
	printer_text(out, "source", result->source);
}

static void print_results(struct call *call, const GPtrArray *results)
{
	printer_begin_list(call->out, "checks");
	for (guint i = 0; i < results->len; i++) {
		const struct preflight_result *result = results->pdata[i];

		printer_begin_map(call->out, NULL);
		printer_text(call->out, "colour", preflight_colour_name(result->colour));
		printer_text(call->out, "id", result->id);
		if (printer_format(call->out) != PRINTER_TEXT) {
			printer_text(call->out, "group", result->group);
			printer_text(call->out, "about", result->about);
		}
		printer_text(call->out, "seen", result->seen);
		if (printer_format(call->out) != PRINTER_TEXT)
			print_json(call->out, result);
		printer_end_map(call->out);
	}
	printer_end_list(call->out);
}

/* What to do, for whatever is not green. */
static void print_advice(struct call *call, const GPtrArray *results)
{
	for (guint i = 0; i < results->len; i++) {
		const struct preflight_result *result = results->pdata[i];

		if (result->colour == PREFLIGHT_GREEN)
			continue;
		printer_mark(call->out, "%s: %s", result->id, result->seen);
		printer_line(call->out, "  %s", result->why);
		printer_line(call->out, "  %s (%s)", result->advice, result->source);
	}
}

/* Our own timed work and lists say nothing about what the world thinks: they do not make a check that told
 * nothing a good one. */
static int status_of(const GPtrArray *results)
{
	static const char *const ours[] = {"house", "list", "providers", NULL};
	gboolean is_told = FALSE;

	for (guint i = 0; i < results->len; i++) {
		const struct preflight_result *result = results->pdata[i];

		if (result->colour == PREFLIGHT_RED)
			return FAILURE_NO;
		is_told |= result->colour != PREFLIGHT_UNKNOWN && !g_strv_contains(ours, result->group);
	}
	return is_told ? 0 : FAILURE_LATER;
}

static gboolean run(struct call *call, GError **error)
{
	g_autoptr(GPtrArray) domains = find_domains(call, error);
	g_autoptr(GPtrArray) results = NULL;
	guint counts[PREFLIGHT_RED + 1] = {0};
	const char *path = call_text(call, "message");

	if (call_flag(call, "json")) {
		printer_free(call->out);
		call->out = printer_new(PRINTER_JSON, stdout, FALSE);
	}
	if (domains == NULL)
		return FALSE;
	if (path != NULL && call->word_count == 0) {
		g_set_error(error, FAILURE, FAILURE_USAGE,
		            "--message is looked at as subscribers of a list get it: which list?");
		return FALSE;
	}
	results = preflight_run(call->settings, (const char *const *)domains->pdata, call->now, error);
	if (results == NULL || !look_at_timers(call, results, error) ||
	    (call->word_count > 0 && !look_at_list(call, results, error)) ||
	    (path != NULL && !look_at_message(call, path, results, error)))
		return FALSE;
	for (guint i = 0; i < results->len; i++)
		counts[((const struct preflight_result *)results->pdata[i])->colour]++;
	print_results(call, results);
	print_advice(call, results);
	printer_line(call->out, "%u green, %u yellow, %u red, %u that cannot be told.",
	             counts[PREFLIGHT_GREEN], counts[PREFLIGHT_YELLOW], counts[PREFLIGHT_RED],
	             counts[PREFLIGHT_UNKNOWN]);
	call->status = status_of(results);
	return TRUE;
}

static const struct option options[] = {
        {"message", OPTION_FILE, "FILE",
         "look at the content of this message, too, as the list's subscribers get it"},
        {"whole", OPTION_FLAG, NULL, "look at each subscription of a long list, not at a sample"},
        {"json", OPTION_FLAG, NULL, "the same as --format json"},
        {0},
};

const struct command command_check = {
        .name = "check",
        .usage = "[LIST] [--message FILE] [--whole] [--json]",
        .summary = "Look in DNS whether our mail will be believed: names of addresses, SPF, DKIM keys, DMARC",
        .needs = NEEDS_CONTEXT | CONTEXT_SECRETS | CONTEXT_STORE,
        .words_max = 1,
        .words = "list",
        .options = options,
        .run = run,
};

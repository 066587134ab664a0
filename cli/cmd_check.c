// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "lib/action/preflight.h"
#include "lib/base/failure.h"
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

static int status_of(const guint *counts)
{
	if (counts[PREFLIGHT_RED] > 0)
		return FAILURE_NO;
	return counts[PREFLIGHT_GREEN] + counts[PREFLIGHT_YELLOW] == 0 ? FAILURE_LATER : 0;
}

static gboolean run(struct call *call, GError **error)
{
	g_autoptr(GPtrArray) domains = find_domains(call, error);
	g_autoptr(GPtrArray) results = NULL;
	guint counts[PREFLIGHT_RED + 1] = {0};

	if (domains == NULL)
		return FALSE;
	results = preflight_run(call->settings, (const char *const *)domains->pdata, call->now, error);
	if (results == NULL)
		return FALSE;
	for (guint i = 0; i < results->len; i++)
		counts[((const struct preflight_result *)results->pdata[i])->colour]++;
	print_results(call, results);
	print_advice(call, results);
	printer_line(call->out, "%u green, %u yellow, %u red, %u that cannot be told.",
	             counts[PREFLIGHT_GREEN], counts[PREFLIGHT_YELLOW], counts[PREFLIGHT_RED],
	             counts[PREFLIGHT_UNKNOWN]);
	call->status = status_of(counts);
	return TRUE;
}

const struct command command_check = {
        .name = "check",
        .usage = "[LIST]",
        .summary = "Look in DNS whether our mail will be believed: names of addresses, SPF, DKIM keys, DMARC",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE,
        .words_max = 1,
        .words = "list",
        .run = run,
};

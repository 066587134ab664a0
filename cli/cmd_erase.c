// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "cli/person.h"

#include "lib/action/erasure.h"
#include "lib/action/reconfirm.h"
#include "lib/base/failure.h"

#include <string.h>

/* ---- erase ---- */

static gboolean preview(struct call *call, GError **error)
{
	struct person person;

	if (!person_find(call->context, call->words[0], &person, error))
		return FALSE;
	printer_text(call->out, "address", person.address);
	printer_integer(call->out, "subscriptions", person.subscriptions->len);
	call_say(call, "Nothing was changed.");
	person_clear(&person);
	return TRUE;
}

static gboolean erase_one(struct call *call, GError **error)
{
	struct erasure erasure;

	if (call_flag(call, "dry-run"))
		return preview(call, error);
	if (!call_confirm(call, error, "Erase %s, its evidence of consent and all mail about it, for good?",
	                  call->words[0]))
		return FALSE;
	if (!erasure_run(call->context, call->words[0], &call->actor, call->now, &erasure, error))
		return FALSE;
	printer_text(call->out, "outcome", "erased");
	printer_integer(call->out, "subscriptions", erasure.subscriptions);
	call_say(call, "A keyed hash of the address stays on the suppression list, and in the file of "
	               "erasures beside the "
	               "database, which belongs to every backup.");
	return TRUE;
}

static gboolean replay(struct call *call, GError **error)
{
	int erased;

	if (!erasure_replay(call->context, call_text(call, "replay"), &call->actor, call->now, &erased,
	                    error))
		return FALSE;
	printer_integer(call->out, "erased", erased);
	return TRUE;
}

static gboolean run_erase(struct call *call, GError **error)
{
	gboolean is_replay = call_text(call, "replay") != NULL;

	if (call->word_count != (is_replay ? 0 : 1)) {
		g_set_error(error, FAILURE, FAILURE_USAGE,
		            "usage: listctl erase ADDRESS, or listctl erase --replay FILE");
		return FALSE;
	}
	return is_replay ? replay(call, error) : erase_one(call, error);
}

static const struct option erase_options[] = {
        {"replay", OPTION_FILE, "FILE", "erase again what a file of erasures tells, after a restore"},
        {"yes", OPTION_FLAG, NULL, "do not ask"},
        {"dry-run", OPTION_FLAG, NULL, "tell what would go"},
        {0},
};

const struct command command_erase = {
        .name = "erase",
        .usage = "ADDRESS [--yes] [--dry-run] | --replay FILE",
        .summary =
                "Remove a person for good; only a keyed hash stays, so that nothing brings the address back",
        .needs = NEEDS_CONTEXT | CONTEXT_SECRETS | CONTEXT_STORE,
        .words_min = 0,
        .words_max = 1,
        .options = erase_options,
        .run = run_erase,
};

/* ---- reconfirm ---- */

/* "12months", "90d", "2y"; seconds, a month being 30 days and a year 365 */
static gboolean read_idle(const char *text, gint64 *seconds_out, GError **error)
{
	static const struct {
		const char *unit;
		gint64 days;
	} units[] = {{"d", 1},       {"day", 1}, {"days", 1}, {"w", 7},       {"weeks", 7}, {"month", 30},
	             {"months", 30}, {"m", 30},  {"y", 365},  {"years", 365}, {"year", 365}};
	gsize digits = strspn(text, "0123456789");
	g_autofree char *number = g_strndup(text, digits);
	guint64 count;

	for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
		if (strcmp(text + digits, units[i].unit) != 0 ||
		    !g_ascii_string_to_unsigned(number, 10, 1, 10000, &count, NULL))
			continue;
		*seconds_out = (gint64)count * units[i].days * 86400;
		return TRUE;
	}
	g_set_error(error, FAILURE, FAILURE_USAGE, "--idle is written like 12months, 90d or 2y");
	return FALSE;
}

static gboolean reconfirm_list(struct call *call, const struct list *list, gint64 idle_s, GError **error)
{
	struct reconfirm result;
	gboolean is_dry = call_flag(call, "dry-run");

	if (!is_dry &&
	    !call_confirm(call, error, "Ask the silent subscribers of %s whether they still want it?",
	                  list->name))
		return FALSE;
	if (!reconfirm_run(call->context, list, idle_s, is_dry, &call->actor, call->now, &result, error))
		return FALSE;
	printer_integer(call->out, "active", result.active);
	printer_integer(call->out, "idle", result.idle);
	printer_integer(call->out, "asked", result.asked);
	if (is_dry)
		call_say(call, "Nothing was changed.");
	return TRUE;
}

static gboolean run_reconfirm(struct call *call, GError **error)
{
	const char *idle = call_text(call, "idle");
	struct list *list;
	gint64 idle_s;
	gboolean is_good;

	if (!read_idle(idle == NULL ? "12months" : idle, &idle_s, error))
		return FALSE;
	list = store_list_by_name(call->context->store, call->words[0], error);
	is_good = list != NULL && reconfirm_list(call, list, idle_s, error);
	list_free(list);
	return is_good;
}

static const struct option reconfirm_options[] = {
        {"idle", OPTION_TEXT, "TIME", "silent for this long: 12months (the default), 90d, 2y"},
        {"yes", OPTION_FLAG, NULL, "do not ask"},
        {"dry-run", OPTION_FLAG, NULL, "count only"},
        {0},
};

const struct command command_reconfirm = {
        .name = "reconfirm",
        .usage = "LIST [--idle TIME] [--yes] [--dry-run]",
        .summary = "Ask subscribers who were silent for long whether they still want a list",
        .needs = NEEDS_CONTEXT | CONTEXT_SECRETS | CONTEXT_STORE,
        .words_min = 1,
        .words_max = 1,
        .options = reconfirm_options,
        .run = run_reconfirm,
        .words = "list",
};

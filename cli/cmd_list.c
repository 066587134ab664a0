// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "cli/list_input.h"
#include "lib/action/list_policy.h"
#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/store/store_list.h"

#include <string.h>

/* Put a copy in the place of what was there. */
static void replace(char **field, const char *text)
{
	g_free(*field);
	*field = g_strdup(text);
}

static gboolean take_rate(struct call *call, struct list *list, GError **error)
{
	g_autofree char *rate = NULL;

	if (call_text(call, "rate") == NULL)
		return TRUE;
	rate = list_input_rate(call_text(call, "rate"), error);
	if (rate == NULL)
		return FALSE;
	replace(&list->rate, rate);
	return TRUE;
}

/* Take the options into the list; what is not given stays. */
static gboolean take_texts(struct call *call, struct list *list, GError **error)
{
	static const struct {
		const char *option;
		gsize offset;
	} texts[] = {
	        {"title", offsetof(struct list, title)},       {"relay", offsetof(struct list, relay)},
	        {"policy", offsetof(struct list, policy)},     {"imprint", offsetof(struct list, imprint)},
	        {"language", offsetof(struct list, language)},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		if (call_text(call, texts[i].option) != NULL)
			replace((char **)(void *)((char *)list + texts[i].offset),
			        call_text(call, texts[i].option));
	return list_input_line(list->title, "the title", error) &&
	       list_input_relay(call->settings, list->relay, error) &&
	       list_input_policy(call->context, list->policy, error) &&
	       list_input_language(list->language, error) && take_rate(call, list, error);
}

static gboolean take_people(struct call *call, struct list *list, GError **error)
{
	g_autofree char *from = NULL, *title = NULL, *address = NULL, *owner = NULL;

	if (call_text(call, "from") != NULL) {
		if (!list_input_from(call_text(call, "from"), &from, &title, &address, error))
			return FALSE;
		replace(&list->from_header, from);
		if (list->owner == NULL)
			replace(&list->owner, address);
		if (list->title == NULL)
			replace(&list->title, title == NULL ? list->name : title);
	}
	if (call_text(call, "owner") != NULL) {
		owner = list_input_address(call_text(call, "owner"), error);
		if (owner == NULL)
			return FALSE;
		replace(&list->owner, owner);
	}
	return call_text(call, "opt-in") == NULL ||
	       list_input_opt_in(call_text(call, "opt-in"), &list->is_double_opt_in, error);
}

static gboolean take_switch(struct call *call, const char *option, gboolean *is_on, GError **error)
{
	const char *text = call_text(call, option);

	if (text == NULL)
		return TRUE;
	*is_on = strcmp(text, "on") == 0;
	if (*is_on || strcmp(text, "off") == 0)
		return TRUE;
	g_set_error(error, FAILURE, FAILURE_USAGE, "--%s is on or off", option);
	return FALSE;
}

static gboolean take_look(struct call *call, struct list *list, GError **error)
{
	const char *colour = call_text(call, "colour");

	if (colour != NULL && !list_input_colour(colour, error))
		return FALSE;
	if (colour != NULL)
		replace(&list->colour, colour);
	return take_switch(call, "welcome", &list->sends_welcome, error) &&
	       take_switch(call, "goodbye", &list->sends_goodbye, error);
}

static gboolean take_logo(struct call *call, const struct list *list, GError **error)
{
	const char *path = call_text(call, "logo"), *type = NULL;
	g_autoptr(GBytes) bytes = NULL;

	if (path == NULL)
		return TRUE;
	if (*path != '\0') {
		bytes = file_read(path, LIMIT_LOGO_FILE, error);
		type = bytes == NULL ? NULL : list_input_picture(path, bytes, error);
		if (type == NULL)
			return FALSE;
	}
	return store_logo_set(call->context->store, list->id, type, bytes, error);
}

static void print_key(const char *key, const char *value, gpointer data)
{
	printer_text(data, key, value);
}

static gboolean print_list(struct call *call, const struct list *list, GError **error)
{
	gint64 counts[SUB_STATES] = {0};
	struct policy *policy;

	if (!store_list_counts(call->context->store, list->id, counts, error))
		return FALSE;
	policy = list_policy(call->context, list, error);
	if (policy == NULL)
		return FALSE;
	printer_text(call->out, "name", list->name);
	printer_text(call->out, "title", list->title);
	printer_text(call->out, "from", list->from_header);
	printer_text(call->out, "owner", list->owner);
	printer_text(call->out, "opt_in", list->is_double_opt_in ? "double" : "single");
	printer_text(call->out, "relay", list->relay);
	printer_text(call->out, "policy", list->policy);
	printer_text(call->out, "imprint", list->imprint);
	printer_text(call->out, "language", list->language);
	printer_text(call->out, "rate", list->rate);
	printer_text(call->out, "colour", list->colour);
	printer_boolean(call->out, "welcome", list->sends_welcome);
	printer_boolean(call->out, "goodbye", list->sends_goodbye);
	printer_time(call->out, "created_at", list->created_at);
	printer_begin_map(call->out, "subscriptions");
	for (int i = 0; i < SUB_STATES; i++)
		printer_integer(call->out, subscription_state_name((enum subscription_state)i), counts[i]);
	printer_end_map(call->out);
	printer_begin_map(call->out, "effective_policy");
	printer_text(call->out, "name", policy->name);
	policy_print(policy, print_key, call->out);
	printer_end_map(call->out);
	policy_free(policy);
	return TRUE;
}

static gboolean add_list(struct call *call, struct list *list, GError **error)
{
	if (call_text(call, "from") == NULL) {
		g_set_error(error, FAILURE, FAILURE_USAGE, "a list needs --from 'Title <address>'");
		return FALSE;
	}
	return take_people(call, list, error) && take_texts(call, list, error) &&
	       take_look(call, list, error) && store_list_add(call->context->store, list, &list->id, error) &&
	       take_logo(call, list, error) && print_list(call, list, error);
}

static gboolean run_create(struct call *call, GError **error)
{
	struct list *list;
	gboolean is_fine;

	if (!list_input_name(call->words[0], error))
		return FALSE;
	list = g_new0(struct list, 1);
	list->name = g_strdup(call->words[0]);
	list->relay = g_strdup("");
	list->policy = g_strdup("");
	list->imprint = g_strdup("");
	list->language = g_strdup("en");
	list->is_double_opt_in = TRUE;
	list->created_at = call->now;
	is_fine = add_list(call, list, error);
	list_free(list);
	return is_fine;
}

static gboolean run_set(struct call *call, GError **error)
{
	struct list *list = store_list_by_name(call->context->store, call->words[0], error);
	gboolean is_fine = list != NULL && take_people(call, list, error) && take_texts(call, list, error) &&
	                   take_look(call, list, error) &&
	                   store_list_set(call->context->store, list, error) &&
	                   take_logo(call, list, error) && print_list(call, list, error);

	list_free(list);
	return is_fine;
}

static gboolean run_show(struct call *call, GError **error)
{
	struct list *list = store_list_by_name(call->context->store, call->words[0], error);
	gboolean is_fine = list != NULL && print_list(call, list, error);

	list_free(list);
	return is_fine;
}

static gboolean run_ls(struct call *call, GError **error)
{
	g_autoptr(GPtrArray) lists = store_list_all(call->context->store, error);

	if (lists == NULL)
		return FALSE;
	printer_begin_list(call->out, "lists");
	for (guint i = 0; i < lists->len; i++) {
		const struct list *list = lists->pdata[i];
		gint64 counts[SUB_STATES] = {0};

		if (!store_list_counts(call->context->store, list->id, counts, error))
			return FALSE;
		printer_begin_map(call->out, NULL);
		printer_text(call->out, "name", list->name);
		printer_text(call->out, "title", list->title);
		for (int state = 0; state < SUB_STATES; state++)
			printer_integer(call->out, subscription_state_name((enum subscription_state)state),
			                counts[state]);
		printer_text(call->out, "from", list->from_header);
		printer_end_map(call->out);
	}
	printer_end_list(call->out);
	if (lists->len == 0)
		call_say(call, "There is no list yet; `listctl list create NAME --from 'Title <address>'` "
		               "makes one.");
	return TRUE;
}

static const struct option options[] = {
        {"from", OPTION_TEXT, "'Title <addr>'", "From of its mail"},
        {"owner", OPTION_TEXT, "ADDRESS", "who is in charge; the From address if not given"},
        {"title", OPTION_TEXT, "TEXT", "its name for people; that in From if not given"},
        {"opt-in", OPTION_TEXT, "double|single",
         "does a subscription need to be confirmed by mail? (double)"},
        {"relay", OPTION_TEXT, "NAME", "a [relay:NAME] of the configuration; the first if not given"},
        {"policy", OPTION_TEXT, "POLICY",
         "what bounces lead to: newsletter, daily, strict, with key=value for what differs"},
        {"imprint", OPTION_TEXT, "TEXT", "postal address and the like, for {{imprint}}"},
        {"language", OPTION_TEXT, "LL", "of its own mails and pages (en)"},
        {"rate", OPTION_TEXT, "RATES",
         "of its campaigns at most: '10/s, 20000/h, 100000/day'; '' for no limit"},
        {"colour", OPTION_TEXT, "'#RRGGBB'", "of the buttons of its pages; '' for the usual one"},
        {"logo", OPTION_FILE, "FILE", "PNG, JPEG, GIF, WebP or SVG on top of its pages; '' for none"},
        {"welcome", OPTION_TEXT, "on|off", "a mail to who has confirmed (off)"},
        {"goodbye", OPTION_TEXT, "on|off", "a mail to who has left (off)"},
        {0},
};

const struct command command_list_create = {
        .name = "list create",
        .usage = "NAME --from 'Title <addr>' [--owner A] [--title T] [--opt-in double|single] [--relay R] "
                 "[--policy P] "
                 "[--imprint TEXT] [--language LL] [--rate RATES] [--colour '#RRGGBB'] [--logo FILE] "
                 "[--welcome on|off] "
                 "[--goodbye on|off]",
        .summary = "Make a list",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE,
        .words_min = 1,
        .words_max = 1,
        .options = options,
        .run = run_create,
};

const struct command command_list_set = {
        .name = "list set",
        .usage = "NAME [--from 'Title <addr>'] [--owner A] [--title T] [--opt-in double|single] [--relay R] "
                 "[--policy P] [--imprint TEXT] [--language LL] [--rate RATES] [--colour '#RRGGBB'] [--logo "
                 "FILE] "
                 "[--welcome on|off] [--goodbye on|off]",
        .summary = "Change a list; what is not given stays",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE,
        .words_min = 1,
        .words_max = 1,
        .options = options,
        .run = run_set,
        .words = "list",
};

const struct command command_list_show = {
        .name = "list show",
        .usage = "NAME",
        .summary = "Show one list",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE,
        .words_min = 1,
        .words_max = 1,
        .run = run_show,
        .words = "list",
};

const struct command command_list_ls = {
        .name = "list ls",
        .usage = "",
        .summary = "Show all lists with the number of their subscriptions by state",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE,
        .run = run_ls,
};

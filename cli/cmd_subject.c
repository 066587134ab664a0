// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "cli/subject.h"

#include "lib/base/clock.h"

#include <string.h>

static gboolean run_access(struct call *call, GError **error)
{
	struct person person;
	gboolean is_good;

	if (!person_find(call->context, call->words[0], &person, error))
		return FALSE;
	is_good = subject_print(call->context, &person, call->out, error);
	person_clear(&person);
	return is_good;
}

const struct command command_subject_access = {
        .name = "subject-access",
        .usage = "ADDRESS",
        .summary = "Print all that is known of an address, for the person it belongs to",
        .needs = NEEDS_CONTEXT | CONTEXT_SECRETS | CONTEXT_STORE,
        .words_min = 1,
        .words_max = 1,
        .run = run_access,
};

/* ---- consent ---- */

static void say_fact(struct printer *out, const char *what, const char *value)
{
	if (value != NULL && *value != '\0')
		printer_line(out, "      %-18s %s", what, value);
}

static const char *describe(const struct consent *consent)
{
	static const char *const words[][2] = {
	        {"import", "declared by the operator who imported the address"},
	        {"command", "declared by an operator"},
	        {"form", "asked for on the form"},
	        {"mail", "asked for by mail"},
	        {"confirm", "confirmed through the link that was mailed to the address"},
	        {"undo", "unsubscription taken back"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (strcmp(words[i][0], consent->how) == 0)
			return words[i][1];
	return consent->how;
}

static void say_consent(struct printer *out, const struct consent *consent)
{
	g_autofree char *at = clock_rfc3339(consent->at);
	g_autofree char *request = consent->request_id == 0
	                                   ? NULL
	                                   : g_strdup_printf("%" G_GINT64_FORMAT, consent->request_id);
	gboolean is_import = strcmp(consent->how, "import") == 0;

	printer_line(out, "    %s  %s", at, describe(consent));
	say_fact(out, is_import ? "operator" : "by", consent->actor);
	say_fact(out, "network address", consent->network);
	say_fact(out, "browser, SHA-256", consent->agent_hash);
	say_fact(out, is_import ? "file" : "page", consent->source);
	say_fact(out, "words", consent->text);
	say_fact(out, is_import ? "file, SHA-256" : "words, SHA-256", consent->text_hash);
	say_fact(out, "version", consent->text_version);
	say_fact(out, is_import ? "import" : "token of request", request);
}

static void print_consent(struct printer *out, const char *list, const struct consent *consent)
{
	printer_begin_map(out, NULL);
	printer_text(out, "list", list);
	printer_time(out, "at", consent->at);
	printer_text(out, "how", consent->how);
	printer_text(out, "actor", consent->actor);
	printer_text(out, "network", consent->network);
	printer_text(out, "agent_hash", consent->agent_hash);
	printer_text(out, "source", consent->source);
	printer_text(out, "text", consent->text);
	printer_text(out, "text_hash", consent->text_hash);
	printer_text(out, "text_version", consent->text_version);
	if (consent->request_id != 0)
		printer_integer(out, "id", consent->request_id);
	else
		printer_text(out, "id", NULL);
	printer_end_map(out);
}

static gboolean print_subscription(struct call *call, const struct subscription *subscription, GError **error)
{
	g_autoptr(GPtrArray) consents = store_consent_of(call->context->store, subscription->id, error);
	gboolean is_text = printer_format(call->out) == PRINTER_TEXT;
	g_autofree char *since = clock_rfc3339(subscription->state_at);

	if (consents == NULL)
		return FALSE;
	if (is_text) {
		printer_line(call->out, "%s", "");
		printer_line(call->out, "List %s: %s since %s", subscription->list_name,
		             subscription_state_name(subscription->state), since);
	}
	if (is_text && consents->len == 0)
		printer_line(call->out, "    There is no evidence of consent.");
	for (guint i = 0; i < consents->len; i++) {
		if (is_text)
			say_consent(call->out, g_ptr_array_index(consents, i));
		else
			print_consent(call->out, subscription->list_name, g_ptr_array_index(consents, i));
	}
	return TRUE;
}

static gboolean run_consent(struct call *call, GError **error)
{
	gboolean is_text = printer_format(call->out) == PRINTER_TEXT, is_good = TRUE;
	g_autofree char *now = clock_rfc3339(call->now);
	struct person person;

	if (!person_find(call->context, call->words[0], &person, error))
		return FALSE;
	if (is_text) {
		printer_line(call->out, "Evidence of consent for %s, as of %s", person.address, now);
		printer_line(
		        call->out,
		        "Times are UTC. Of network addresses only the first part is kept after 30 days.");
	} else {
		printer_text(call->out, "address", person.address);
		printer_begin_list(call->out, "consents");
	}
	for (guint i = 0; is_good && i < person.subscriptions->len; i++)
		is_good = print_subscription(call, person.subscriptions->pdata[i], error);
	if (!is_text)
		printer_end_list(call->out);
	person_clear(&person);
	return is_good;
}

const struct command command_consent = {
        .name = "consent",
        .usage = "ADDRESS",
        .summary = "Print the evidence that an address agreed to each of its lists",
        .needs = NEEDS_CONTEXT | CONTEXT_SECRETS | CONTEXT_STORE,
        .words_min = 1,
        .words_max = 1,
        .run = run_consent,
};

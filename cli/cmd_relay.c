// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "lib/action/relay_setup.h"
#include "lib/base/failure.h"
#include "lib/net/relay_hello.h"
#include "lib/store/store_event.h"
#include "lib/store/store_list.h"

static const char *tls_name(enum settings_tls tls)
{
	static const char *const names[] = {"off", "opportunistic", "required", "verify", "implicit"};

	return names[tls];
}

static void print_rates(struct call *call, const GArray *rates)
{
	g_autoptr(GString) out = g_string_new(NULL);

	for (guint i = 0; i < rates->len; i++) {
		const struct settings_rate *rate = &g_array_index(rates, struct settings_rate, i);

		g_string_append_printf(out, "%s%d/%s", i > 0 ? ", " : "", rate->count,
		                       rate->window_s == 1      ? "s"
		                       : rate->window_s == 60   ? "min"
		                       : rate->window_s == 3600 ? "h"
		                                                : "day");
	}
	printer_text(call->out, "rate", out->str);
}

static gboolean run_ls(struct call *call, GError **error)
{
	const struct settings *settings = call->settings;

	(void)error;
	printer_begin_list(call->out, "relays");
	for (guint i = 0; i < settings->relays->len; i++) {
		const struct settings_relay *relay = settings->relays->pdata[i];
		g_autofree char *where = g_strdup_printf("%s:%u", relay->host, relay->port);

		printer_begin_map(call->out, NULL);
		printer_text(call->out, "relay", relay->name);
		printer_text(call->out, "host", where);
		printer_text(call->out, "tls", tls_name(relay->tls));
		printer_text(call->out, "user", relay->user);
		printer_integer(call->out, "connections", relay->connections);
		print_rates(call, relay->rates);
		printer_integer(call->out, "weight", relay->weight);
		printer_end_map(call->out);
	}
	printer_end_list(call->out);
	return TRUE;
}

const struct command command_relay_ls = {
        .name = "relay ls",
        .usage = "",
        .summary = "Show the relays of the configuration",
        .needs = NEEDS_PATHS,
        .run = run_ls,
};

static gboolean bind_list(struct call *call, const struct list *list, const char *relay, GError **error)
{
	g_autofree char *detail = g_strdup_printf("%s to %s by %s",
	                                          *list->relay == '\0' ? "any" : list->relay,
	                                          *relay == '\0' ? "any" : relay, call->actor.who);
	const struct event event = {
	        .at = call->now, .what = "relay", .actor = "command", .list_id = list->id, .detail = detail};

	if (!store_begin(call->context->store, error))
		return FALSE;
	if (store_list_set_relay(call->context->store, list->id, relay, error) &&
	    store_event_add(call->context->store, &event, error))
		return store_commit(call->context->store, error);
	store_rollback(call->context->store);
	return FALSE;
}

static gboolean run_switch(struct call *call, GError **error)
{
	const char *relay = call->word_count > 1 ? call->words[1] : "";
	struct list *list;
	gboolean is_good;

	if ((*relay == '\0') != call_flag(call, "any")) {
		g_set_error(error, FAILURE, FAILURE_USAGE,
		            "relay switch needs the NAME of a relay, or --any");
		return FALSE;
	}
	if (*relay != '\0' && relay_setup_find(call->settings, relay, error) == NULL)
		return FALSE;
	list = store_list_by_name(call->context->store, call->words[0], error);
	if (list == NULL)
		return FALSE;
	is_good = bind_list(call, list, relay, error);
	if (is_good) {
		printer_text(call->out, "list", list->name);
		printer_text(call->out, "relay", relay);
		call_say(call, "What has begun at another relay ends there; all else goes by %s.",
		         *relay == '\0' ? "any of them" : relay);
	}
	list_free(list);
	return is_good;
}

static const struct option switch_options[] = {
        {"any", OPTION_FLAG, NULL, "by any relay, shared by weight"},
        {0},
};

const struct command command_relay_switch = {
        .name = "relay switch",
        .usage = "LIST NAME|--any",
        .summary = "Send a list's mail by another relay, also that which is queued",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE,
        .words_min = 1,
        .words_max = 2,
        .options = switch_options,
        .run = run_switch,
        .words = "list",
};

static void step(struct call *call, const char *name, const char *result)
{
	printer_begin_map(call->out, NULL);
	printer_text(call->out, "step", name);
	printer_text(call->out, "result", result);
	printer_end_map(call->out);
}

static void print_steps(struct call *call, const struct settings_relay *relay,
                        const struct relay_offer *offer)
{
	g_autofree char *where = g_strdup_printf("%s:%u", relay->host, relay->port);
	g_autofree char *extensions = g_strconcat(offer->has_pipelining ? "PIPELINING " : "",
	                                          offer->has_dsn ? "DSN " : "",
	                                          offer->has_size ? "SIZE " : "", NULL);

	step(call, "connect", where);
	step(call, "tls", relay->tls == SETTINGS_TLS_OFF ? "off, as configured" : tls_name(relay->tls));
	step(call, "auth", relay->user != NULL ? relay->user : "none, as configured");
	step(call, "extensions", g_strchomp(extensions));
	step(call, "mechanisms", offer->auth);
}

static gboolean run_test(struct call *call, GError **error)
{
	const struct settings_relay *relay = relay_setup_find(call->settings, call->words[0], error);
	struct relay_config config;
	struct relay_offer offer = {0};
	struct relay_socket *socket;
	enum relay_end end;

	if (relay == NULL)
		return FALSE;
	config = relay_setup(call->settings, relay);
	relay_init();
	socket = relay_hello_run(&config, &offer, &end, error);
	if (socket == NULL)
		return FALSE;
	relay_hello_quit(socket);
	printer_begin_list(call->out, "steps");
	print_steps(call, relay, &offer);
	printer_end_list(call->out);
	printer_line(call->out, "relay %s would take our mail.", relay->name);
	return TRUE;
}

const struct command command_relay_test = {
        .name = "relay test",
        .usage = "NAME",
        .summary = "Connect to a relay as listd does, and show each step; no mail is sent",
        .needs = NEEDS_PATHS,
        .words_min = 1,
        .words_max = 1,
        .run = run_test,
};

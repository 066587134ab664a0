// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "lib/action/relay_setup.h"
#include "lib/net/relay_hello.h"

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
		printer_boolean(call->out, "in_use", i == 0);
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

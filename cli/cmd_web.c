// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "cli/web/cgi.h"
#include "cli/web/handler.h"
#include "lib/base/failure.h"
#include "lib/base/log.h"
#include "lib/net/httpd.h"
#include "lib/run/daemon.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* "http://127.0.0.1:8025", with the port that was really taken. Caller frees. */
static char *address_of(const char *listen, guint16 port)
{
	const char *colon = strrchr(listen, ':');

	if (g_str_has_prefix(listen, "unix:") || colon == NULL)
		return g_strdup(listen);
	return g_strdup_printf("http://%.*s:%u", (int)(colon - listen), listen, port);
}

static gboolean open_log(const struct settings *settings, GError **error)
{
	enum log_target target;
	enum log_level level;

	if (!log_target_read(settings->log_target, &target) || !log_level_read(settings->log_level, &level)) {
		g_set_error(error, FAILURE, FAILURE_CONFIG, "[log]: target or level is unknown");
		return FALSE;
	}
	log_open("listctl-web", target, level);
	return TRUE;
}

static gboolean serve(struct call *call, struct web *web, GError **error)
{
	const struct settings *settings = call->settings;
	const char *listen = call_text(call, "listen") == NULL ? settings->listen : call_text(call, "listen");
	struct httpd_config config = {
	        .listen = listen, .trusted_proxy = settings->trusted_proxy, .threads = 1};
	struct daemon_events events = {0};
	g_autofree char *address = NULL;
	struct httpd *httpd;
	int passed;

	if (!daemon_signals(error) || !open_log(settings, error) || !daemon_take_socket(&passed, error))
		return FALSE;
	config.passed_fd = MAX(passed, 0);
	httpd = httpd_start(&config, web_handle, web, error);
	if (httpd == NULL)
		return FALSE;
	address = passed >= 0 ? g_strdup("the socket of systemd") : address_of(listen, httpd_port(httpd));
	printf("listening on %s\n", address);
	fflush(stdout);
	daemon_notify("READY=1");
	while (!events.stop && !events.stop_now)
		events = daemon_wait(-1, -1);
	daemon_notify("STOPPING=1");
	httpd_stop(httpd);
	return TRUE;
}

/* What goes wrong is for the server's log, and never for the page. */
static gboolean answer_one(struct call *call, struct web *web, GError **error)
{
	call->is_quiet = TRUE;
	return open_log(call->settings, error) && cgi_run(web, STDIN_FILENO, STDOUT_FILENO, call->now, error);
}

static gboolean run(struct call *call, GError **error)
{
	struct web web;
	gboolean is_fine;

	if (!web_init(&web, call->context, error))
		return FALSE;
	/* one thread serves all: a request that waits longer keeps everybody else waiting */
	store_set_busy_ms(call->context->store, 5000);
	is_fine = call_flag(call, "cgi") ? answer_one(call, &web, error) : serve(call, &web, error);
	web_clear(&web);
	return is_fine;
}

static const struct option options[] = {
        {"listen", OPTION_TEXT, "ADDRESS", "instead of [web] listen: 127.0.0.1:8025, [::1]:0 or unix:PATH"},
        {"cgi", OPTION_FLAG, NULL, "answer one request as a CGI program, from the environment"},
        {0},
};

const struct command command_web = {
        .name = "web",
        .usage = "[--listen ADDRESS | --cgi]",
        .summary = "Serve the pages behind the links of mail, until TERM or INT",
        .needs = NEEDS_CONTEXT | CONTEXT_SECRETS | CONTEXT_STORE,
        .options = options,
        .run = run,
};

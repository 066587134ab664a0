// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_WEB_HANDLER_H
#define CLI_WEB_HANDLER_H

#include <glib.h>

#include "cli/web/counts.h"
#include "cli/web/metrics.h"
#include "cli/web/strangers.h"
#include "lib/action/context.h"
#include "lib/net/httpd.h"

/*
 * What each path answers: a function from a request to a response, which knows no sockets, so that the daemon and a CGI
 * program answer alike. GET and HEAD change nothing; POST does with "List-Unsubscribe=One-Click" (RFC 8058) or what the
 * buttons of the pages send. Tokens that are not ours get the same kind of answer as those that are.
 *
 * Base URLs with a path of their own ("https://example.org/lists") are for a proxy to strip: pages refer to one another by
 * relative addresses only.
 */
struct web {
	struct context *context;       /* with secrets and store; of the thread that handles requests */
	const struct wording *wording; /* the context's */
	struct strangers *strangers;
	struct counts counts;
	struct metrics metrics;
};

/* FAILURE_CONFIG when the operator's templates are wrong. Clear with web_clear(). */
gboolean web_init(struct web *web, struct context *context, GError **error);
void web_clear(struct web *web);

/* An httpd_handler; user is a struct web. */
void web_handle(const struct http_request *request, struct http_response *response, void *user);

#endif

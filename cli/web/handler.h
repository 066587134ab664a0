// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_WEB_HANDLER_H
#define CLI_WEB_HANDLER_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/net/httpd.h"

/*
 * What each path answers. Knows no sockets. GET and HEAD change nothing; POST does with "List-Unsubscribe=One-Click"
 * (RFC 8058) or "confirm=1" in its form. Tokens that are not ours get the same kind of answer as those that are.
 *
 * Base URLs with a path of their own ("https://example.org/lists") are for a proxy to strip.
 */
struct web {
	struct context *context; /* with secrets and store; of the thread that handles requests */
	char *base_path;         /* path of [web] base_url, "" for none: forms post below it */
};

/* An httpd_handler; user is a struct web. */
void web_handle(const struct http_request *request, struct http_response *response, void *user);

#endif

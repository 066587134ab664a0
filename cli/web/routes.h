// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_WEB_ROUTES_H
#define CLI_WEB_ROUTES_H

#include "cli/web/handler.h"

/* Inside cli/web only: the pages, each in a file of its own. token: its text, read and of the right type already. */

void unsubscribe_page(struct web *web, const char *token, const struct http_request *request, struct http_response *response);
void confirm_page(struct web *web, const char *token, const struct http_request *request, struct http_response *response);
void preferences_page(struct web *web, const char *token, const struct http_request *request,
                      struct http_response *response);
void subscribe_page(struct web *web, const char *list, const struct http_request *request, struct http_response *response);

/* "/style/LIST.css" and "/logo/LIST" */
void style_page(struct web *web, const char *file, struct http_response *response);
void logo_page(struct web *web, const char *list, const struct http_request *request, struct http_response *response);

/* A link that leads to nothing: says so, and is logged. */
void unknown_page(struct web *web, const struct http_request *request, struct http_response *response, const GError *error);

/* After the token was read: a row that is gone, or a database that does not do what we ask. Only the first may pass for
 * done. */
void failure_page(struct web *web, const struct http_request *request, struct http_response *response, const GError *error);

gboolean request_is_post(const struct http_request *request);
gboolean request_is_one_click(const struct http_request *request);

#endif

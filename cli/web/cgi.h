// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_WEB_CGI_H
#define CLI_WEB_CGI_H

#include "cli/web/handler.h"

/*
 * The same pages as a CGI program (RFC 3875), for hosts without a daemon: the request from the environment and from a file
 * descriptor, the response to another. What a client sent too much, or wrongly, is answered by 400, 405, 413; FALSE only when
 * the response could not be written.
 */
gboolean cgi_run(struct web *web, int in, int out, gint64 now, GError **error);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/web/cgi.h"

#include "cli/web/page.h"
#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/net/http_form.h"
#include "lib/net/httpd_text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char *variable(const char *name)
{
	const char *value = g_getenv(name);

	return value == NULL ? "" : value;
}

/* The body, of the length that the server tells; NULL: there is less. Caller frees. */
static char *read_body(int in, gsize len)
{
	g_autofree char *body = g_malloc0(len + 1);
	gsize have = 0;

	while (have < len) {
		gssize got = read(in, body + have, len - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return NULL;
		have += (gsize)got;
	}
	return g_steal_pointer(&body);
}

static gboolean write_response(int out, const struct http_response *response, gboolean has_body,
                               GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	gsize done = 0;

	g_string_append_printf(text, "Status: %d\r\nContent-Type: %s\r\n", response->status,
	                       response->content_type);
	for (gsize i = 0; http_safety_headers[i][0] != NULL; i++)
		g_string_append_printf(text, "%s: %s\r\n", http_safety_headers[i][0],
		                       http_safety_headers[i][1]);
	if (response->download != NULL)
		g_string_append_printf(text, "Content-Disposition: attachment; filename=\"%s\"\r\n",
		                       response->download);
	if (response->status == 405)
		g_string_append(text, "Allow: GET, HEAD, POST\r\n");
	g_string_append(text, "\r\n");
	if (has_body)
		g_string_append_len(text, response->body->str, (gssize)response->body->len);
	while (done < text->len) {
		gssize wrote = write(out, text->str + done, text->len - done);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0) {
			failure_set_errno(error, errno, "cannot write the response");
			return FALSE;
		}
		done += (gsize)wrote;
	}
	return TRUE;
}

/* The status to refuse the request with, or 0: what the server itself does where it is a daemon. */
static int take_request(struct http_request *request, int in, char **body_out, GHashTable **form_out)
{
	const char *length = variable("CONTENT_LENGTH");
	guint64 len = 0;

	if (strcmp(request->method, "HEAD") == 0)
		request->method = "GET";
	if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "POST") != 0)
		return 405;
	if (*length != '\0' && !g_ascii_string_to_unsigned(length, 10, 0, G_MAXINT64, &len, NULL))
		return 400;
	if (len > LIMIT_HTTP_BODY)
		return 413;
	if (strlen(request->path) > LIMIT_HTTP_URL)
		return 414;
	*body_out = read_body(in, len);
	if (*body_out == NULL || *request->path != '/' || !g_utf8_validate(request->path, -1, NULL))
		return 400;
	*form_out = http_form_read(request->content_type, *body_out, len);
	request->body = *body_out;
	request->body_len = len;
	request->form = *form_out;
	return *form_out == NULL ? 400 : 0;
}

gboolean cgi_run(struct web *web, int in, int out, gint64 now, GError **error)
{
	gboolean has_body = strcmp(variable("REQUEST_METHOD"), "HEAD") != 0;
	g_autofree char *client = http_address_normalize(variable("REMOTE_ADDR")), *body = NULL;
	g_autoptr(GString) page = g_string_new(NULL);
	g_autoptr(GHashTable) form = NULL;
	struct http_response response = {
	        .status = 200, .content_type = "text/html; charset=utf-8", .body = page};
	struct http_request request = {.method = variable("REQUEST_METHOD"),
	                               .path = variable("PATH_INFO"),
	                               .content_type = variable("CONTENT_TYPE"),
	                               .client = client == NULL ? "cgi" : client,
	                               .user_agent = variable("HTTP_USER_AGENT"),
	                               .accept_language = variable("HTTP_ACCEPT_LANGUAGE"),
	                               .now = now};
	gint64 begun = g_get_monotonic_time(), waited;
	int refusal = take_request(&request, in, &body, &form);

	if (refusal == 0) {
		web_handle(&request, &response, web);
	} else {
		g_autofree char *text = g_strdup_printf("%d\n", refusal);

		page_plain(&response, refusal, text);
	}
	/* as the daemon does: the time tells nothing */
	waited = g_get_monotonic_time() - begun;
	if (response.delay_ms * 1000 > waited)
		g_usleep((gulong)(MIN(response.delay_ms, LIMIT_HTTP_DELAY_MS) * 1000 - waited));
	return write_response(out, &response, has_body, error);
}

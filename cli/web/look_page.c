// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/web/page.h"
#include "cli/web/routes.h"

#include "lib/base/failure.h"
#include "lib/mail/wording.h"
#include "lib/store/store_list.h"

#include <math.h>
#include <string.h>

/* /style/LIST.css and /logo/LIST: how a list's pages look. */

static double linear(int channel)
{
	double part = channel / 255.0;

	return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4);
}

/* Black or white, whichever reads better on it (WCAG 2.2, relative luminance): the contrast is 4.5 at least.
 */
static const char *ink_on(const char *colour)
{
	int value[3];
	double luminance;

	for (int i = 0; i < 3; i++)
		value[i] = g_ascii_xdigit_value(colour[1 + 2 * i]) * 16 +
		           g_ascii_xdigit_value(colour[2 + 2 * i]);
	luminance = 0.2126 * linear(value[0]) + 0.7152 * linear(value[1]) + 0.0722 * linear(value[2]);
	return luminance > 0.179 ? "#000000" : "#ffffff";
}

static void append_look(struct web *web, const struct list *list, GString *out)
{
	g_autofree char *type = NULL;
	g_autoptr(GBytes) logo = NULL;

	if (list->colour != NULL && strlen(list->colour) == 7)
		g_string_append_printf(
		        out,
		        ":root { --act: %s; --on-act: %s; }\n"
		        "@media (prefers-color-scheme: dark) { :root { --act: %s; --on-act: %s; } }\n",
		        list->colour, ink_on(list->colour), list->colour, ink_on(list->colour));
	if (store_logo_get(web->context->store, list->name, &type, &logo, NULL))
		g_string_append_printf(
		        out,
		        "main::before { content: \"\"; display: block; height: 4rem; margin: 0 0 1rem;"
		        " background: url(../logo/%s) left center / contain no-repeat; }\n",
		        list->name);
}

void style_page(struct web *web, const char *file, struct http_response *response)
{
	gsize len = strlen(file);
	g_autofree char *name = g_strndup(file, len > 4 && g_str_has_suffix(file, ".css") ? len - 4 : 0);
	struct list *list = store_list_by_name(web->context->store, name, NULL);
	g_autoptr(GBytes) style = wording_style(web->wording, list == NULL ? "" : name);

	response->content_type = "text/css; charset=utf-8";
	g_string_append_len(response->body, g_bytes_get_data(style, NULL), (gssize)g_bytes_get_size(style));
	if (list != NULL)
		append_look(web, list, response->body);
	list_free(list);
}

/* The types that list set --logo takes, as static texts. */
static const char *static_type(const char *type)
{
	static const char *const types[] = {"image/png", "image/jpeg", "image/gif", "image/webp",
	                                    "image/svg+xml"};

	for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
		if (strcmp(types[i], type) == 0)
			return types[i];
	return "application/octet-stream";
}

void logo_page(struct web *web, const char *list, const struct http_request *request,
               struct http_response *response)
{
	g_autofree char *type = NULL;
	g_autoptr(GBytes) logo = NULL;
	g_autoptr(GError) error = NULL;

	if (store_logo_get(web->context->store, list, &type, &logo, &error)) {
		response->content_type = static_type(type);
		g_string_append_len(response->body, g_bytes_get_data(logo, NULL),
		                    (gssize)g_bytes_get_size(logo));
	} else if (failure_is(error, FAILURE_NOINPUT)) {
		page_say(web, request, response, 404, "missing");
	} else {
		failure_page(web, request, response, error);
	}
}

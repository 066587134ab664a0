// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/web/pages.h"

#include "lib/base/resource.h"
#include "lib/base/text.h"

#include <string.h>

/* %A stands for the address, half of it hidden; escaped when it is put in. */
struct page_text {
	const char *title;
	const char *body;
	const char *button; /* NULL: none */
	const char *note;   /* NULL: none */
	gboolean is_good;
};

static const struct page_text english[PAGES] = {
        [PAGE_UNSUBSCRIBE] = {"Unsubscribe?", "%A will get no more mail from this list.", "Unsubscribe",
                              "Nothing changes before you press the button.", FALSE},
        [PAGE_UNSUBSCRIBED] = {"You are unsubscribed", "%A gets no more mail from this list.", NULL,
                               "A message that is on its way already may still arrive.", TRUE},
        [PAGE_CONFIRM] = {"Confirm your subscription", "Should mail of this list go to %A?",
                          "Yes, subscribe me",
                          "If you did not ask for this, close this page: nothing happens then.", FALSE},
        [PAGE_CONFIRMED] = {"You are subscribed", "Mail of this list now goes to %A.", NULL,
                            "Each message has a link to unsubscribe.", TRUE},
        [PAGE_EXPIRED] = {"This link is too old", "It can be used once, within three days.", NULL,
                          "Subscribe again to get a new one.", FALSE},
        [PAGE_BLOCKED] = {"This address cannot be subscribed", "It is barred from mail of this service.",
                          NULL, "The people who run the list can tell why.", FALSE},
        [PAGE_UNKNOWN] = {"There is nothing to do", "This link is not known here, or is not complete.", NULL,
                          "If it was broken over two lines of a message, copy all of it.", FALSE},
        [PAGE_NOT_FOUND] = {"There is no such page",
                            "Links in our mail lead to pages; this address does not.", NULL, NULL, FALSE},
        [PAGE_LATER] = {"Please try again in a minute", "The service is busy, and nothing was changed.", NULL,
                        NULL, FALSE},
};

static const struct page_text german[PAGES] = {
        [PAGE_UNSUBSCRIBE] = {"Abmelden?", "%A bekommt dann keine Post mehr von dieser Liste.", "Abmelden",
                              "Erst der Knopf \xc3\xa4ndert etwas.", FALSE},
        [PAGE_UNSUBSCRIBED] = {"Sie sind abgemeldet", "%A bekommt keine Post mehr von dieser Liste.", NULL,
                               "Eine Nachricht, die schon unterwegs ist, kann noch ankommen.", TRUE},
        [PAGE_CONFIRM] = {"Anmeldung best\xc3\xa4tigen", "Soll Post dieser Liste an %A gehen?",
                          "Ja, anmelden",
                          "Wenn Sie das nicht wollten, schlie\xc3\x9f"
                          "en Sie die Seite: dann geschieht nichts.",
                          FALSE},
        [PAGE_CONFIRMED] = {"Sie sind angemeldet", "Post dieser Liste geht jetzt an %A.", NULL,
                            "In jeder Nachricht steht ein Link zum Abmelden.", TRUE},
        [PAGE_EXPIRED] = {"Dieser Link ist zu alt", "Er gilt einmal und drei Tage lang.", NULL,
                          "Melden Sie sich noch einmal an, dann kommt ein neuer.", FALSE},
        [PAGE_BLOCKED] = {"Diese Adresse kann nicht angemeldet werden",
                          "Sie ist f\xc3\xbcr Post von hier gesperrt.", NULL,
                          "Wer die Liste betreibt, kann sagen, warum.", FALSE},
        [PAGE_UNKNOWN] = {"Es gibt nichts zu tun",
                          "Dieser Link ist hier unbekannt oder nicht vollst\xc3\xa4ndig.", NULL,
                          "Wenn er in der Nachricht umbrochen war, kopieren Sie ihn ganz.", FALSE},
        [PAGE_NOT_FOUND] = {"Diese Seite gibt es nicht",
                            "Links in unserer Post f\xc3\xbchren zu Seiten, diese Adresse nicht.", NULL, NULL,
                            FALSE},
        [PAGE_LATER] = {"Bitte in einer Minute noch einmal",
                        "Der Dienst ist besch\xc3\xa4"
                        "ftigt, es wurde nichts ge\xc3\xa4ndert.",
                        NULL, NULL, FALSE},
};

char *page_hide_address(const char *address)
{
	const char *at = strrchr(address, '@');

	if (at == NULL || at == address)
		return g_strdup("\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2");
	return g_strdup_printf("%.*s\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2%s",
	                       (int)(g_utf8_next_char(address) - address), address, at);
}

void page_append_escaped(GString *out, const char *text)
{
	g_autofree char *safe = text_html_escape(text);

	g_string_append(out, safe);
}

static void append_text(GString *out, const char *text, const struct membership_view *view)
{
	for (const char *at = text; *at != '\0'; at++) {
		if (view != NULL && at[0] == '%' && at[1] == 'A') {
			g_autofree char *hidden = page_hide_address(view->address);

			g_string_append(out, "<strong>");
			page_append_escaped(out, hidden);
			g_string_append(out, "</strong>");
			at++;
			continue;
		}
		g_string_append_c(out, *at);
	}
}

void page_begin(GString *out, const char *language, const char *title, const char *list_title)
{
	g_autoptr(GBytes) css = resource_read("templates/page.css");

	g_string_append_printf(
	        out,
	        "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
	        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>%s",
	        language, title);
	if (list_title != NULL) {
		g_string_append(out, " \xe2\x80\x93 ");
		page_append_escaped(out, list_title);
	}
	g_string_append(out, "</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n");
	if (css != NULL)
		g_string_append_len(out, g_bytes_get_data(css, NULL), (gssize)g_bytes_get_size(css));
	g_string_append(out, "</style>\n</head>\n<body>\n<main>\n");
}

void page_end(GString *out)
{
	g_string_append(out, "</main>\n</body>\n</html>\n");
}

void page_write(GString *out, enum page page, const struct membership_view *view, const char *action)
{
	gboolean is_german = view != NULL && view->language != NULL && g_str_has_prefix(view->language, "de");
	const struct page_text *text = is_german ? &german[page] : &english[page];

	page_begin(out, is_german ? "de" : "en", text->title, view == NULL ? NULL : view->list_title);
	if (view != NULL) {
		g_string_append(out, "<p class=\"list\">");
		page_append_escaped(out, view->list_title);
		g_string_append(out, "</p>\n");
	}
	g_string_append_printf(out, "<h1%s>%s</h1>\n<p>", text->is_good ? " class=\"done\"" : "",
	                       text->title);
	append_text(out, text->body, view);
	g_string_append(out, "</p>\n");
	if (text->button != NULL && action != NULL) {
		g_string_append(out, "<form method=\"post\" action=\"");
		page_append_escaped(out, action);
		g_string_append_printf(out,
		                       "\">\n<input type=\"hidden\" name=\"confirm\" value=\"1\">\n"
		                       "<p><button type=\"submit\">%s</button></p>\n</form>\n",
		                       text->button);
	}
	if (text->note != NULL)
		g_string_append_printf(out, "<p class=\"soft\">%s</p>\n", text->note);
	page_end(out);
}

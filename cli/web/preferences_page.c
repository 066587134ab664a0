// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/web/preferences_page.h"

#include "cli/web/pages.h"

struct words {
	const char *language;
	const char *title;
	const char *before, *behind; /* the address */
	const char *suppressed;
	const char *leave;
	const char *note;
};

static const struct words english = {
        "en",
        "Your subscriptions",
        "These are the lists of ",
        ".",
        "This address is barred from all mail of this service.",
        "Unsubscribe",
        "Each link leads to a page that asks before it changes anything.",
};

static const struct words german = {
        "de",
        "Ihre Abonnements",
        "Dies sind die Listen von ",
        ".",
        "Diese Adresse ist f\xc3\xbcr alle Post von hier gesperrt.",
        "Abmelden",
        "Jeder Link f\xc3\xbchrt zu einer Seite, die fragt, bevor sie etwas \xc3\xa4ndert.",
};

static const char *state_words(enum subscription_state state, gboolean is_german)
{
	switch (state) {
	case SUB_PENDING: return is_german ? "noch nicht best\xc3\xa4tigt" : "not confirmed yet";
	case SUB_ACTIVE: return is_german ? "angemeldet" : "subscribed";
	case SUB_SUSPENDED:
		return is_german ? "ausgesetzt: Post an Sie kam zur\xc3\xbc"
		                   "ck"
		                 : "paused: mail to you came back";
	case SUB_REMOVED:
		return is_german ? "beendet: Post an Sie kam zur\xc3\xbc"
		                   "ck"
		                 : "ended: mail to you came back";
	case SUB_UNSUBSCRIBED:
	case SUB_COMPLAINED: return is_german ? "abgemeldet" : "unsubscribed";
	case SUB_NONE: break;
	}
	return "";
}

static void append_list(GString *out, const struct preference *one, const char *base_path,
                        const struct words *words)
{
	g_string_append(out, "<li><span><strong>");
	page_append_escaped(out, one->list_title);
	g_string_append_printf(out, "</strong><br><span class=\"soft\">%s</span></span>",
	                       state_words(one->state, words == &german));
	if (one->unsubscribe_token != NULL) {
		g_string_append(out, " <a href=\"");
		page_append_escaped(out, base_path);
		g_string_append_printf(out, "/u/%s\" aria-label=\"%s: ", one->unsubscribe_token,
		                       words->leave);
		page_append_escaped(out, one->list_title);
		g_string_append_printf(out, "\">%s</a>", words->leave);
	}
	g_string_append(out, "</li>\n");
}

static const struct words *choose_words(const struct preferences *preferences)
{
	for (guint i = 0; i < preferences->lists->len; i++) {
		const struct preference *one = g_ptr_array_index(preferences->lists, i);

		if (!g_str_has_prefix(one->language, "de"))
			return &english;
	}
	return &german;
}

void preferences_page_write(GString *out, const struct preferences *preferences, const char *base_path)
{
	const struct words *words = choose_words(preferences);
	g_autofree char *hidden = page_hide_address(preferences->address);
	gboolean can_leave = FALSE;

	page_begin(out, words->language, words->title, NULL);
	g_string_append_printf(out, "<h1>%s</h1>\n<p>%s<strong>", words->title, words->before);
	page_append_escaped(out, hidden);
	g_string_append_printf(out, "</strong>%s</p>\n", words->behind);
	if (preferences->is_suppressed)
		g_string_append_printf(out, "<p>%s</p>\n", words->suppressed);
	g_string_append(out, "<ul>\n");
	for (guint i = 0; i < preferences->lists->len; i++) {
		const struct preference *one = g_ptr_array_index(preferences->lists, i);

		append_list(out, one, base_path, words);
		can_leave |= one->unsubscribe_token != NULL;
	}
	g_string_append(out, "</ul>\n");
	if (can_leave)
		g_string_append_printf(out, "<p class=\"soft\">%s</p>\n", words->note);
	page_end(out);
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/lint_work.h"

#include "lib/model/provider.h"

#include <string.h>

/* Where links lead, and whether they say so. */

enum { WORDS_PER_LINK = 50, FEW_LINKS = 5 };

/* A web address taken apart; NULL: it is none (mailto:, tel:, "#"). */
static GUri *read_address(const char *href)
{
	g_autoptr(GUri) uri = g_uri_parse(href, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_HAS_PASSWORD, NULL);
	const char *scheme = uri == NULL ? NULL : g_uri_get_scheme(uri);

	if (scheme == NULL || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0) ||
	    g_uri_get_host(uri) == NULL)
		return NULL;
	return g_steal_pointer(&uri);
}

/* "192.0.2.1", "3221226241", "0xc0.0.2.1", "2001:db8::1". */
static gboolean is_number(const char *host)
{
	const char *last = strrchr(host, '.');

	last = last == NULL ? host : last + 1;
	return g_hostname_is_ip_address(host) || strncmp(last, "0x", 2) == 0 ||
	       (*last != '\0' && last[strspn(last, "0123456789")] == '\0');
}

/* Latin beside Cyrillic or Greek letters in one label. */
static gboolean mixes_scripts(const char *word)
{
	gboolean has_latin = FALSE, has_other = FALSE;

	for (; *word != '\0'; word = g_utf8_next_char(word)) {
		GUnicodeScript script = g_unichar_get_script(g_utf8_get_char(word));

		has_latin |= script == G_UNICODE_SCRIPT_LATIN;
		has_other |= script == G_UNICODE_SCRIPT_CYRILLIC || script == G_UNICODE_SCRIPT_GREEK;
	}
	return has_latin && has_other;
}

static gboolean has_mixed_label(const char *host)
{
	g_autofree char *unicode = g_hostname_to_unicode(host);
	g_auto(GStrv) labels = g_strsplit(unicode == NULL ? "" : unicode, ".", -1);

	for (char **label = labels; *label != NULL; label++)
		if (mixes_scripts(*label))
			return TRUE;
	return FALSE;
}

/* A laboratory's own web server; nobody else could follow it. */
static gboolean is_loopback(const char *host)
{
	return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
	       (g_str_has_prefix(host, "127.") && g_hostname_is_ip_address(host));
}

static gboolean is_shortener(const struct lint_work *work, const char *host)
{
	g_autofree char *lower = g_utf8_casefold(host, -1);

	return g_strv_contains((const char *const *)work->rules->shorteners,
	                       g_str_has_prefix(lower, "www.") ? lower + 4 : lower);
}

static void check_address(struct lint_work *work, const char *href)
{
	g_autoptr(GUri) uri = read_address(href);
	const char *host;
	int port;

	if (uri == NULL || is_loopback(g_uri_get_host(uri)))
		return;
	host = g_uri_get_host(uri);
	port = g_uri_get_port(uri);
	if (is_number(host))
		lint_find(work, LINT_ADDRESS_URL, "%s", href);
	if (g_uri_get_userinfo(uri) != NULL || (port != -1 && port != 80 && port != 443) ||
	    has_mixed_label(host))
		lint_find(work, LINT_LINK_STRANGE, "%s", href);
	if (is_shortener(work, host))
		lint_find(work, LINT_SHORTENER, "%s", href);
	if (strcmp(g_uri_get_scheme(uri), "http") == 0)
		lint_find(work, LINT_HTTP, "%s", href);
}

/* The host that a link's text shows: "https://bank.example/x", "www.bank.example". NULL: words only. Caller
 * frees. */
static char *shown_host(const char *text)
{
	g_autofree char *copy = g_strstrip(g_strdup(text));
	const char *from = copy;
	char *host;
	gsize len;

	if (g_ascii_strncasecmp(from, "https://", 8) == 0)
		from += 8;
	else if (g_ascii_strncasecmp(from, "http://", 7) == 0)
		from += 7;
	else if (g_ascii_strncasecmp(from, "www.", 4) != 0)
		return NULL;
	len = strcspn(from, "/?#: \t");
	if (len == 0)
		return NULL;
	host = g_ascii_strdown(from, (gssize)len);
	return host;
}

static void check_shown(struct lint_work *work, const struct lint_link *link)
{
	g_autofree char *shown = shown_host(link->text->str);
	g_autoptr(GUri) uri = shown == NULL ? NULL : read_address(link->href);
	g_autofree char *shown_home = NULL, *real_home = NULL, *host = NULL;

	if (uri == NULL)
		return;
	host = g_ascii_strdown(g_uri_get_host(uri), -1);
	if (strcmp(host, shown) == 0)
		return;
	shown_home = provider_home_of_host(shown);
	real_home = provider_home_of_host(host);
	if (is_number(host) || g_strcmp0(shown_home, real_home) != 0)
		lint_find(work, LINT_LINK_MISMATCH, "%s leads to %s", shown, host);
}

/* Addresses in the plain text; each from its scheme to the first character that no address has. */
static guint check_text(struct lint_work *work)
{
	guint count = 0;
	const char *at = work->text->str;

	while ((at = strstr(at, "http")) != NULL) {
		gsize len = strcspn(at, " \t\r\n<>\"'");
		g_autofree char *href = g_strndup(at, len);

		if (g_str_has_prefix(href, "http://") || g_str_has_prefix(href, "https://")) {
			check_address(work, href);
			count++;
		}
		at += MAX(len, 4);
	}
	return count;
}

static guint count_words(const char *text)
{
	guint count = 0;
	gboolean in_word = FALSE;

	for (; *text != '\0'; text = g_utf8_next_char(text)) {
		gunichar c = g_utf8_get_char(text);
		gboolean is_letter = g_unichar_isalnum(c);

		/* without blanks between words, two characters are about one */
		if (g_unichar_iswide(c) && is_letter) {
			count += !in_word;
			in_word = !in_word;
			continue;
		}
		count += is_letter && !in_word;
		in_word = is_letter;
	}
	return count;
}

void lint_links(struct lint_work *work)
{
	guint in_text = work->text == NULL ? 0 : check_text(work);
	guint links = work->page == NULL ? in_text : work->page->link_count;
	guint words = count_words(lint_visible(work));

	for (guint i = 0; work->page != NULL && i < work->page->links->len; i++) {
		const struct lint_link *link = g_ptr_array_index(work->page->links, i);

		check_address(work, link->href);
		check_shown(work, link);
	}
	if ((double)links > lint_limit(work, LINT_TOO_MANY_LINKS))
		lint_find(work, LINT_TOO_MANY_LINKS, "%u links", links);
	else if ((double)links > lint_limit(work, LINT_MANY_LINKS) ||
	         (links > FEW_LINKS && links * WORDS_PER_LINK > words))
		lint_find(work, LINT_MANY_LINKS, "%u links, %u words", links, words);
}

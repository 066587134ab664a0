// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/report_text.h"

#include <string.h>

static const char *const breaking[] = {"br", "p",   "/p",   "div",        "/div", "tr", "/tr",
                                       "li", "h1",  "/h1",  "h2",         "/h2",  "h3", "/h3",
                                       "td", "pre", "/pre", "blockquote", "hr"};

static const struct {
	const char *name;
	const char *text;
} entities[] = {{"lt;", "<"}, {"gt;", ">"}, {"amp;", "&"}, {"quot;", "\""}, {"nbsp;", " "}, {"apos;", "'"}};

struct rendering {
	GString *out;
	gboolean keeps_lines; /* line ends of the source are line ends of the text: within <pre> */
	gboolean has_tags;
	gboolean has_breaks; /* a tag that ends a line */
};

/* Bytes of the tag at html[0] == '<', its line end put out; 0 when it is no tag. */
static gsize skip_tag(const char *html, gsize len, struct rendering *at)
{
	const char *close = memchr(html, '>', MIN(len, 2048));
	gsize name = 1;

	/* "<user@example.org>" is what we look for */
	if (close == NULL || memchr(html, '@', (gsize)(close - html)) != NULL) {
		if (close == NULL ||
		    (!g_ascii_isalpha(html[1]) || memchr(html, ' ', (gsize)(close - html)) == NULL))
			return 0;
	}
	if (!g_ascii_isalpha(html[1]) && html[1] != '/' && html[1] != '!' && html[1] != '?')
		return 0;
	while (html + name < close && (g_ascii_isalnum(html[name]) || html[name] == '/') && name < 12)
		name++;
	for (gsize i = 0; i < G_N_ELEMENTS(breaking); i++) {
		if (strlen(breaking[i]) != name - 1 ||
		    g_ascii_strncasecmp(html + 1, breaking[i], name - 1) != 0)
			continue;
		g_string_append_c(at->out, '\n');
		at->has_breaks = TRUE;
		if (strcmp(breaking[i], "pre") == 0 || strcmp(breaking[i], "/pre") == 0)
			at->keeps_lines = breaking[i][0] != '/';
	}
	return (gsize)(close - html) + 1;
}

static gsize put_entity(const char *html, gsize len, GString *out)
{
	for (gsize i = 0; i < G_N_ELEMENTS(entities); i++) {
		gsize n = strlen(entities[i].name);

		if (len > n && g_ascii_strncasecmp(html + 1, entities[i].name, n) == 0) {
			g_string_append(out, entities[i].text);
			return n + 1;
		}
	}
	if (len > 3 && html[1] == '#') {
		gboolean is_hex = html[2] == 'x' || html[2] == 'X';
		char *end = NULL;
		guint64 c = g_ascii_strtoull(html + (is_hex ? 3 : 2), &end, is_hex ? 16 : 10);

		if (end != NULL && *end == ';' && c > 0 && c <= 0x10ffff && g_unichar_validate((gunichar)c)) {
			g_string_append_unichar(out, (gunichar)c);
			return (gsize)(end - html) + 1;
		}
	}
	g_string_append_c(out, '&');
	return 1;
}

/* Past the end of a <style> or <script> element that opens at html. */
static gsize skip_silent(const char *html, gsize len)
{
	static const char *const silent[] = {"style", "script", "title"};

	for (gsize i = 0; i < G_N_ELEMENTS(silent); i++) {
		gsize n = strlen(silent[i]);

		if (len <= n + 1 || g_ascii_strncasecmp(html + 1, silent[i], n) != 0)
			continue;
		for (gsize at = n; at + n + 2 < len; at++)
			if (html[at] == '<' && html[at + 1] == '/' &&
			    g_ascii_strncasecmp(html + at + 2, silent[i], n) == 0)
				return at;
		return len;
	}
	return 0;
}

static void render(const char *html, gsize len, struct rendering *at)
{
	gsize i = 0;

	while (i < len) {
		gsize used = 0;

		if (html[i] == '<') {
			used = skip_silent(html + i, len - i);
			if (used == 0)
				used = skip_tag(html + i, len - i, at);
			at->has_tags = at->has_tags || used > 0;
		} else if (html[i] == '&') {
			used = put_entity(html + i, len - i, at->out);
		}
		if (used == 0) {
			g_string_append_c(at->out, html[i] == '\n' && !at->keeps_lines ? ' ' : html[i]);
			used = 1;
		}
		i += used;
	}
}

char *report_text_from_html(const char *html, gsize len)
{
	struct rendering at = {.out = g_string_sized_new(len + 1)};

	render(html, len, &at);
	/* text in a frame of HTML that never ends a line, or that only calls itself HTML, has its own line
	 * ends */
	if (at.has_tags && !at.has_breaks) {
		g_string_truncate(at.out, 0);
		at.keeps_lines = TRUE;
		render(html, len, &at);
	} else if (!at.has_tags) {
		g_string_truncate(at.out, 0);
		g_string_append_len(at.out, html, (gssize)len);
	}
	return g_string_free(at.out, FALSE);
}

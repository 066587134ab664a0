// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/bounce_view.h"

#include "cli/when.h"

#include <string.h>

enum { WINDOW = 4 }; /* lines over which words may run */

gboolean bounce_view_since(const struct call *call, gint64 *since_out, GError **error)
{
	const char *text = call_text(call, "since");

	*since_out = 0;
	return text == NULL || when_read_past(text, call->now, since_out, error);
}

static const char *domain_of(const char *address)
{
	const char *at = strrchr(address, '@');

	return at == NULL ? "" : at + 1;
}

char *bounce_view_provider(const struct provider_table *table, const struct bounce *bounce,
                           const char *address)
{
	const char *domain = domain_of(address != NULL ? address : bounce->recipient);
	const struct provider *known = provider_of_host(table, bounce->remote_mta);

	if (known == NULL)
		known = provider_of_domain(table, domain);
	if (known == NULL)
		known = provider_of_host(table, bounce->reporting_mta);
	if (known != NULL)
		return g_strdup(known->name);
	return strchr(bounce->remote_mta, '.') != NULL ? provider_home_of_host(bounce->remote_mta)
	                                               : g_ascii_strdown(domain, -1);
}

char *bounce_view_verdict(const struct bounce *bounce)
{
	if (*bounce->kind == '\0')
		return g_strdup("not judged");
	return g_strdup_printf("%s%s%s %s", bounce->kind, *bounce->reason == '\0' ? "" : " ", bounce->reason,
	                       bounce->blame);
}

/* Appended in lower case, with one space for each run of white space. */
static void squeeze(GString *out, const char *text, gsize len)
{
	for (gsize i = 0; i < len; i++) {
		if (!g_ascii_isspace(text[i]) && text[i] != '\0')
			g_string_append_c(out, g_ascii_tolower(text[i]));
		else if (out->len > 0 && out->str[out->len - 1] != ' ')
			g_string_append_c(out, ' ');
	}
}

static gboolean is_edge(char c)
{
	return !g_ascii_isalnum(c) && c != '.';
}

/* A code such as 5.1.1 is not meant within 15.1.10. */
static gboolean has_words(const char *text, const char *words)
{
	gboolean is_code = strspn(words, "0123456789.") == strlen(words);
	gsize len = strlen(words);

	for (const char *at = strstr(text, words); at != NULL; at = strstr(at + 1, words))
		if (!is_code || ((at == text || is_edge(at[-1])) && is_edge(at[len])))
			return TRUE;
	return FALSE;
}

static const char *line_end(const char *at, const char *end)
{
	const char *lf = memchr(at, '\n', (gsize)(end - at));

	return lf == NULL ? end : lf + 1;
}

/* Does it begin in the line at `at` and reach no further than `lines` lines? */
static gboolean line_holds(const char *at, const char *end, int lines, const char *words)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GString) rest = g_string_new(NULL);
	const char *stop = at, *first = line_end(at, end);

	for (int i = 0; i < lines && stop < end; i++)
		stop = line_end(stop, end);
	squeeze(text, at, (gsize)(stop - at));
	squeeze(rest, first, (gsize)(stop - first));
	return has_words(text->str, words) && !has_words(rest->str, words);
}

static int search(const char *at, const char *end, int number, int lines, const char *words, char **line_out)
{
	for (; at < end; at = line_end(at, end), number++) {
		gsize len = (gsize)(line_end(at, end) - at);

		if (!line_holds(at, end, lines, words))
			continue;
		while (len > 0 && (at[len - 1] == '\n' || at[len - 1] == '\r'))
			len--;
		*line_out = g_strndup(at, len);
		return number;
	}
	return 0;
}

/* Where the header ends; *number_out: the number of that line. */
static const char *body_of(const char *raw, const char *end, int *number_out)
{
	const char *at = raw;

	for (*number_out = 1; at < end && *at != '\n' && *at != '\r'; (*number_out)++)
		at = line_end(at, end);
	return at;
}

int bounce_view_find(const char *raw, gsize len, const char *words, char **line_out)
{
	g_autoptr(GString) wanted = g_string_new(NULL);
	const char *end = raw + len, *body;
	int number, found = 0;

	*line_out = NULL;
	squeeze(wanted, words, strlen(words));
	if (wanted->len == 0)
		return 0;
	body = body_of(raw, end, &number);
	for (int lines = 1; lines <= WINDOW && found == 0; lines += WINDOW - 1) {
		found = search(body, end, number, lines, wanted->str, line_out);
		if (found == 0)
			found = search(raw, body, 1, lines, wanted->str, line_out);
	}
	return found;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/compose.h"

#include <string.h>

#include "lib/mail/entity.h"
#include "lib/mail/html_text.h"

/*
 * Reads HTML in one pass, each byte a bounded number of times: what has no end (a comment, a tag, an unseen
 * element) ends with the document.
 */

struct tag {
	char name[16]; /* lower case, cut */
	gboolean is_closing;
	gboolean is_hidden; /* its attributes say that it is not shown */
	GString *href;      /* decoded, or NULL */
	GString *alt;       /* decoded, or NULL */
};

struct reader {
	const char *at;
	const char *end;
	struct html_text *text;
	char unseen[16];          /* name of the outermost element that is not shown, or "" */
	guint unseen_depth;       /* of elements of this name */
	gboolean has_open_fields; /* no "}}" ahead */
};

/* The end of the {{field}} that stands here, or NULL. */
static const char *end_of_field(struct reader *reader, const char *at)
{
	const char *close;

	if (reader->has_open_fields || reader->end - at < 4 || at[0] != '{' || at[1] != '{')
		return NULL;
	close = g_strstr_len(at, reader->end - at, "}}");
	reader->has_open_fields = close == NULL;
	return close != NULL ? close + 2 : NULL;
}

/* Decoded and on one line. Braces that were no field as HTML do not become one by decoding. */
static void append_decoded(GString *out, const char *text, gsize len, gboolean is_field)
{
	gsize start = out->len, first = start + (is_field ? 2 : 0);

	entity_append_decoded(out, text, len);
	for (gsize i = start; i < out->len; i++) {
		if (g_ascii_iscntrl(out->str[i]))
			out->str[i] = ' ';
		if (i > first && out->str[i] == '{' && out->str[i - 1] == '{')
			g_string_insert_c(out, (gssize)i++, ' ');
	}
	if (!is_field && start > 0 && out->len > start && out->str[start] == '{' &&
	    out->str[start - 1] == '{')
		g_string_insert_c(out, (gssize)start, ' ');
}

/* The value of an attribute: its fields stay fields. */
static GString *decode_attribute(struct reader *reader, const char *value, gsize len)
{
	GString *out = g_string_sized_new(len);
	const char *end = value + len, *start = value;

	for (const char *at = value; at < end;) {
		const char *field = end_of_field(reader, at);

		if (field == NULL || field > end) {
			at++;
			continue;
		}
		append_decoded(out, start, (gsize)(at - start), FALSE);
		if (out->len > 0 && out->str[out->len - 1] == '{')
			g_string_append_c(out, ' ');
		append_decoded(out, at, (gsize)(field - at), TRUE);
		start = at = field;
	}
	append_decoded(out, start, (gsize)(end - start), FALSE);
	return out;
}

static gboolean is_unseen_element(const char *name)
{
	static const char *const names[] = {"head",     "script", "style",  "title",  "template",
	                                    "noscript", "object", "iframe", "select", "svg",
	                                    "textarea", "audio",  "video",  "xml",    NULL};

	return g_strv_contains(names, name);
}

static gboolean is_void_element(const char *name)
{
	static const char *const names[] = {"area", "base", "br",    "col",    "embed", "hr",  "img", "input",
	                                    "link", "meta", "param", "source", "track", "wbr", NULL};

	return g_strv_contains(names, name);
}

/* Does the style keep the element out of sight? How preheaders are hidden. */
static gboolean is_hiding_style(const char *value, gsize len)
{
	static const char *const words[] = {"display:none", "visibility:hidden", "mso-hide:all",
	                                    "max-height:0", "font-size:0",       "opacity:0"};
	g_autoptr(GString) packed = g_string_sized_new(len);

	for (gsize i = 0; i < len; i++) {
		if (!g_ascii_isspace(value[i]))
			g_string_append_c(packed, g_ascii_tolower(value[i]));
	}
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
		const char *found = strstr(packed->str, words[i]);
		const char *next = found != NULL ? found + strlen(words[i]) : NULL;

		if (found == NULL || (found > packed->str && found[-1] != ';'))
			continue;
		/* "font-size:0.9em" is small, "opacity:0.5" pale */
		if (!g_str_has_suffix(words[i], ":0") || !(*next == '.' || g_ascii_isdigit(*next)))
			return TRUE;
	}
	return FALSE;
}

static void take_attribute(struct reader *reader, struct tag *tag, const char *name, gsize name_len,
                           const char *value, gsize len)
{
	g_autofree char *lower = g_ascii_strdown(name, (gssize)MIN(name_len, 16));

	if (strcmp(lower, "hidden") == 0) {
		tag->is_hidden = TRUE;
	} else if (strcmp(lower, "style") == 0) {
		tag->is_hidden |= is_hiding_style(value, len);
	} else if (strcmp(lower, "href") == 0 && tag->href == NULL) {
		tag->href = decode_attribute(reader, value, len);
	} else if (strcmp(lower, "alt") == 0 && tag->alt == NULL) {
		tag->alt = decode_attribute(reader, value, len);
	}
}

/* Up to one of the characters of stop, or the end; fields are stepped over. */
static const char *scan(struct reader *reader, const char *at, const char *stop)
{
	while (at < reader->end && (*at == '\0' || strchr(stop, *at) == NULL)) {
		const char *field = end_of_field(reader, at);

		at = field != NULL ? field : at + 1;
	}
	return at;
}

static void skip_blanks(struct reader *reader)
{
	while (reader->at < reader->end && g_ascii_isspace(*reader->at))
		reader->at++;
}

static void read_attribute(struct reader *reader, struct tag *tag)
{
	const char *name = reader->at, *value = "";
	gsize name_len, len = 0;

	reader->at = scan(reader, name + 1, "=/> \t\r\n\f");
	name_len = (gsize)(reader->at - name);
	skip_blanks(reader);
	if (reader->at < reader->end && *reader->at == '=') {
		reader->at++;
		skip_blanks(reader);
		if (reader->at < reader->end && (*reader->at == '"' || *reader->at == '\'')) {
			char quote[2] = {*reader->at, '\0'};

			value = reader->at + 1;
			reader->at = scan(reader, value, quote);
			len = (gsize)(reader->at - value);
			reader->at += reader->at < reader->end;
		} else {
			value = reader->at;
			reader->at = scan(reader, value, "> \t\r\n\f");
			len = (gsize)(reader->at - value);
		}
	}
	take_attribute(reader, tag, name, name_len, value, len);
}

/* reader->at stands on the name, or the "/" before it. */
static void read_tag(struct reader *reader, struct tag *tag)
{
	const char *name;
	g_autofree char *lower = NULL;

	*tag = (struct tag){.is_closing = *reader->at == '/'};
	reader->at += tag->is_closing;
	name = reader->at;
	reader->at = scan(reader, name, "/> \t\r\n\f");
	lower = g_ascii_strdown(name, (gssize)MIN((gsize)(reader->at - name), sizeof tag->name));
	g_strlcpy(tag->name, lower, sizeof tag->name);
	while (reader->at < reader->end && *reader->at != '>') {
		if (g_ascii_isspace(*reader->at) || *reader->at == '/')
			reader->at++;
		else
			read_attribute(reader, tag);
	}
	reader->at += reader->at < reader->end;
}

static void clear_tag(struct tag *tag)
{
	if (tag->href != NULL)
		g_string_free(tag->href, TRUE);
	if (tag->alt != NULL)
		g_string_free(tag->alt, TRUE);
}

/* Within an element that is not shown: only its own end matters. */
static void follow_unseen(struct reader *reader, const struct tag *tag)
{
	gboolean is_same = strcmp(tag->name, reader->unseen) == 0;

	/* a paragraph that is not closed ends where the next block begins */
	if (strcmp(reader->unseen, "p") == 0 && !is_same &&
	    (strcmp(tag->name, "div") == 0 || strcmp(tag->name, "table") == 0 ||
	     strcmp(tag->name, "td") == 0)) {
		reader->unseen[0] = '\0';
		return;
	}
	if (!is_same)
		return;
	if (!tag->is_closing && strcmp(tag->name, "p") != 0)
		reader->unseen_depth++;
	else if (--reader->unseen_depth == 0)
		reader->unseen[0] = '\0';
}

/* Content of these is text up to their own end tag, whatever stands in it. */
static void skip_raw(struct reader *reader, const char *name)
{
	gsize len = strlen(name);

	while (reader->at < reader->end) {
		const char *open = memchr(reader->at, '<', (gsize)(reader->end - reader->at));

		if (open == NULL)
			break;
		if ((gsize)(reader->end - open) > len + 2 && open[1] == '/' &&
		    g_ascii_strncasecmp(open + 2, name, len) == 0) {
			reader->at = open;
			return;
		}
		reader->at = open + 1;
	}
	reader->at = reader->end;
}

static void open_element(struct reader *reader, const struct tag *tag)
{
	static const char *const raw[] = {"script", "style", "title", "textarea", "iframe", NULL};

	if (is_unseen_element(tag->name) || (tag->is_hidden && !is_void_element(tag->name))) {
		g_strlcpy(reader->unseen, tag->name, sizeof reader->unseen);
		reader->unseen_depth = 1;
		if (g_strv_contains(raw, tag->name))
			skip_raw(reader, tag->name);
	} else if (!tag->is_hidden) {
		html_text_open(reader->text, tag->name, tag->href != NULL ? tag->href->str : NULL,
		               tag->alt != NULL ? tag->alt->str : NULL);
	}
}

static void take_tag(struct reader *reader)
{
	struct tag tag;

	read_tag(reader, &tag);
	/* <body> shows whatever an unclosed <head> would hide */
	if (reader->unseen[0] != '\0' && strcmp(reader->unseen, "head") == 0 && strcmp(tag.name, "body") == 0)
		reader->unseen[0] = '\0';
	if (reader->unseen[0] != '\0') {
		static const char *const raw[] = {"script", "style", "title", NULL};

		follow_unseen(reader, &tag);
		if (reader->unseen[0] == '\0' && !tag.is_closing)
			open_element(reader, &tag);
		else if (!tag.is_closing && g_strv_contains(raw, tag.name))
			skip_raw(reader, tag.name);
	} else if (tag.is_closing) {
		html_text_close(reader->text, tag.name);
	} else {
		open_element(reader, &tag);
	}
	clear_tag(&tag);
}

static void skip_to(struct reader *reader, const char *mark)
{
	const char *found = g_strstr_len(reader->at, reader->end - reader->at, mark);

	reader->at = found != NULL ? found + strlen(mark) : reader->end;
}

static gboolean is_tag_start(const struct reader *reader)
{
	const char *at = reader->at;

	return reader->end - at > 1 &&
	       (g_ascii_isalpha(at[1]) || (at[1] == '/' && reader->end - at > 2 && g_ascii_isalpha(at[2])));
}

/* reader->at stands on "<". */
static void take_markup(struct reader *reader)
{
	if (is_tag_start(reader)) {
		reader->at++;
		take_tag(reader);
	} else if (g_str_has_prefix(reader->at, "<!--")) {
		reader->at += 2; /* "<!-->" is a whole comment */
		skip_to(reader, "-->");
	} else if (reader->end - reader->at > 1 &&
	           (reader->at[1] == '!' || reader->at[1] == '?' || reader->at[1] == '/')) {
		skip_to(reader, ">");
	} else {
		if (reader->unseen[0] == '\0')
			html_text_append(reader->text, "<", 1);
		reader->at++;
	}
}

static void take_words(struct reader *reader)
{
	g_autoptr(GString) words = g_string_new(NULL);
	const char *start = reader->at, *field = NULL;

	while (reader->at < reader->end && *reader->at != '<') {
		field = end_of_field(reader, reader->at);
		if (field != NULL)
			break;
		reader->at++;
	}
	if (reader->unseen[0] == '\0') {
		entity_append_decoded(words, start, (gsize)(reader->at - start));
		html_text_append(reader->text, words->str, words->len);
	}
	if (field == NULL)
		return;
	if (reader->unseen[0] == '\0') {
		g_string_truncate(words, 0);
		append_decoded(words, reader->at, (gsize)(field - reader->at), TRUE);
		html_text_append_field(reader->text, words->str);
	}
	reader->at = field;
}

char *compose_text_from_html(const char *html)
{
	g_autofree char *valid = g_utf8_make_valid(html, -1);
	struct reader reader = {.at = valid, .end = valid + strlen(valid), .text = html_text_new()};

	if (g_str_has_prefix(valid, "\xef\xbb\xbf"))
		reader.at += 3;
	while (reader.at < reader.end) {
		if (*reader.at == '<')
			take_markup(&reader);
		else
			take_words(&reader);
	}
	return html_text_free(reader.text);
}

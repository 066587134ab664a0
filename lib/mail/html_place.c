// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/html_place.h"

#include <string.h>

static void append_cut(char *word, gsize size, char c)
{
	gsize len = strlen(word);

	if (len + 1 < size) {
		word[len] = g_ascii_tolower(c);
		word[len + 1] = '\0';
	}
}

static gboolean is_one_of(const char *name, const char *const *names)
{
	return g_strv_contains(names, name);
}

static gboolean is_url_attribute(const char *name)
{
	static const char *const names[] = {"href",   "src",        "action", "formaction", "background",
	                                    "poster", "cite",       "data",   "longdesc",   "srcset",
	                                    "ping",   "xlink:href", "dynsrc", "lowsrc",     NULL};

	return is_one_of(name, names);
}

static void end_tag(struct html_scanner *scanner)
{
	gboolean is_raw = !scanner->is_closing &&
	                  (strcmp(scanner->name, "script") == 0 || strcmp(scanner->name, "style") == 0);

	scanner->state = HTML_DATA;
	g_strlcpy(scanner->raw, is_raw ? scanner->name : "", sizeof scanner->raw);
}

static void begin_value(struct html_scanner *scanner, char quote)
{
	scanner->state = HTML_VALUE;
	scanner->quote = quote;
	scanner->value[0] = '\0';
	scanner->has_field = FALSE;
}

static void begin_attribute(struct html_scanner *scanner, char c)
{
	scanner->state = HTML_ATTRIBUTE_NAME;
	scanner->attribute[0] = '\0';
	append_cut(scanner->attribute, sizeof scanner->attribute, c);
}

/* Inside <script> and <style> only their own end tag is a tag. */
static gboolean is_raw_end(const struct html_scanner *scanner, const char *at, const char *end)
{
	gsize len = strlen(scanner->raw);

	return (gsize)(end - at) > len + 1 && at[1] == '/' &&
	       g_ascii_strncasecmp(at + 2, scanner->raw, len) == 0;
}

static void open_tag(struct html_scanner *scanner, char c)
{
	scanner->is_closing = FALSE;
	scanner->name[0] = '\0';
	if (g_ascii_isalpha(c)) {
		append_cut(scanner->name, sizeof scanner->name, c);
		scanner->state = HTML_TAG_NAME;
	} else if (c == '/') {
		scanner->is_closing = TRUE;
		scanner->state = HTML_TAG_NAME;
	} else if (c == '!' || c == '?') {
		scanner->state = HTML_DECLARATION;
	} else {
		scanner->state = c == '<' ? HTML_TAG_OPEN : HTML_DATA;
	}
}

static void step_value(struct html_scanner *scanner, char c)
{
	if (scanner->quote != 0 ? c == scanner->quote : g_ascii_isspace(c)) {
		scanner->state = HTML_IN_TAG;
		scanner->attribute[0] = '\0';
	} else if (scanner->quote == 0 && c == '>') {
		end_tag(scanner);
	} else if (!g_ascii_isspace(c)) {
		append_cut(scanner->value, sizeof scanner->value, c);
	}
}

static void step_in_tag(struct html_scanner *scanner, char c)
{
	if (c == '>')
		end_tag(scanner);
	else if (c == '=' && scanner->attribute[0] != '\0') /* blanks may stand before it */
		scanner->state = HTML_BEFORE_VALUE;
	else if (g_ascii_isspace(c) || c == '/')
		scanner->state = HTML_IN_TAG;
	else if (scanner->state == HTML_ATTRIBUTE_NAME)
		append_cut(scanner->attribute, sizeof scanner->attribute, c);
	else
		begin_attribute(scanner, c);
}

static void step_tag_name(struct html_scanner *scanner, char c)
{
	scanner->attribute[0] = '\0';
	if (c == '>')
		end_tag(scanner);
	else if (g_ascii_isspace(c) || c == '/')
		scanner->state = HTML_IN_TAG;
	else
		append_cut(scanner->name, sizeof scanner->name, c);
}

static void step_before_value(struct html_scanner *scanner, char c)
{
	if (c == '"' || c == '\'') {
		begin_value(scanner, c);
	} else if (c == '>') {
		end_tag(scanner);
	} else if (!g_ascii_isspace(c)) {
		begin_value(scanner, 0);
		step_value(scanner, c);
	}
}

static void step_comment(struct html_scanner *scanner, char c)
{
	if (c == '>' && scanner->dashes >= 2)
		scanner->state = HTML_DATA;
	scanner->dashes = c == '-' ? scanner->dashes + 1 : 0;
}

static void step(struct html_scanner *scanner, const char *at, const char *end)
{
	switch (scanner->state) {
	case HTML_DATA:
		if (*at == '<' && (scanner->raw[0] == '\0' || is_raw_end(scanner, at, end)))
			scanner->state = HTML_TAG_OPEN;
		break;
	case HTML_TAG_OPEN: open_tag(scanner, *at); break;
	case HTML_TAG_NAME: step_tag_name(scanner, *at); break;
	case HTML_IN_TAG:
	case HTML_ATTRIBUTE_NAME: step_in_tag(scanner, *at); break;
	case HTML_BEFORE_VALUE: step_before_value(scanner, *at); break;
	case HTML_VALUE: step_value(scanner, *at); break;
	case HTML_DECLARATION:
		if (*at == '>')
			scanner->state = HTML_DATA;
		break;
	case HTML_COMMENT: step_comment(scanner, *at); break;
	}
}

void html_scanner_feed(struct html_scanner *scanner, const char *text, gsize len)
{
	const char *end = text + len;

	for (const char *at = text; at < end; at++) {
		gboolean was_open = scanner->state == HTML_TAG_OPEN;

		step(scanner, at, end);
		/* A conditional comment ("<!--[if mso]>") is markup to the program it is meant for: only its
		 * opening is skipped, as a declaration is, and what stands in it is read like the rest. */
		if (was_open && *at == '!' && end - at >= 3 && strncmp(at, "!--", 3) == 0 &&
		    (end - at == 3 || at[3] != '[')) {
			scanner->state = HTML_COMMENT;
			scanner->dashes = 2; /* "<!-->" ends at once */
			at += 2;
		}
	}
}

static gboolean has_script_address(const struct html_scanner *scanner)
{
	return g_str_has_prefix(scanner->value, "javascript:") ||
	       g_str_has_prefix(scanner->value, "vbscript:") || g_str_has_prefix(scanner->value, "data:");
}

/* Does the address end behind the field, or does its path, query or fragment begin there? */
static gboolean ends_authority(const struct html_scanner *scanner, const char *after, gsize len)
{
	while (scanner->quote != 0 && len > 0 && g_ascii_isspace(*after)) {
		after++;
		len--;
	}
	if (len == 0)
		return FALSE;
	if (scanner->quote == 0 && (g_ascii_isspace(*after) || *after == '>'))
		return TRUE;
	return *after == scanner->quote || strchr("/?#&", *after) != NULL;
}

static enum html_place place_in_value(struct html_scanner *scanner, const char *after, gsize len)
{
	gboolean is_first = scanner->value[0] == '\0' && !scanner->has_field;

	scanner->has_field = TRUE;
	if (g_str_has_prefix(scanner->attribute, "on") || strcmp(scanner->attribute, "srcdoc") == 0)
		return HTML_PLACE_FORBIDDEN;
	if (is_url_attribute(scanner->attribute)) {
		if (has_script_address(scanner))
			return HTML_PLACE_FORBIDDEN;
		return is_first && ends_authority(scanner, after, len) ? HTML_PLACE_URL_WHOLE
		                                                       : HTML_PLACE_URL_PART;
	}
	if (strcmp(scanner->attribute, "style") == 0)
		return HTML_PLACE_STYLE;
	return scanner->quote == 0 ? HTML_PLACE_UNQUOTED : HTML_PLACE_TEXT;
}

enum html_place html_scanner_field(struct html_scanner *scanner, const char *after, gsize len)
{
	switch (scanner->state) {
	case HTML_DATA:
		if (strcmp(scanner->raw, "script") == 0)
			return HTML_PLACE_FORBIDDEN;
		return scanner->raw[0] != '\0' ? HTML_PLACE_STYLE : HTML_PLACE_TEXT;
	case HTML_COMMENT: scanner->dashes = 0; return HTML_PLACE_TEXT;
	case HTML_BEFORE_VALUE: begin_value(scanner, 0); return place_in_value(scanner, after, len);
	case HTML_VALUE: return place_in_value(scanner, after, len);
	case HTML_TAG_OPEN:
	case HTML_TAG_NAME:
	case HTML_IN_TAG:
	case HTML_ATTRIBUTE_NAME:
	case HTML_DECLARATION: return HTML_PLACE_FORBIDDEN;
	}
	return HTML_PLACE_FORBIDDEN;
}

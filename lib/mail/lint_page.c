// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/lint_page.h"

#include "lib/base/limits.h"
#include "lib/mail/lint_style.h"

#include <libxml/HTMLparser.h>
#include <string.h>

enum { SHOWN = 60 };

/* What the parser has in hand. */
struct reader {
	struct lint_page *page;
	double contrast;
	struct lint_style styles[LIMIT_LINT_DEPTH + 1]; /* [0] of none, then of the open elements; too deep
	                                               ones take the last */
	guint depth;                                    /* of all of them */
	struct lint_link *link;                         /* the open one: borrowed from the page, or NULL */
	guint link_depth;
	guint head_depth; /* of <head>, <title>, whose text is not shown and no trick; 0: none */
};

static const struct lint_style *style_now(const struct reader *reader)
{
	return &reader->styles[MIN(reader->depth, LIMIT_LINT_DEPTH)];
}

static void note(char **place, const char *format, const char *what)
{
	if (*place == NULL) {
		g_autofree char *valid = g_utf8_make_valid(what, -1);
		g_autofree char *cut = g_utf8_substring(valid, 0, MIN(g_utf8_strlen(valid, -1), SHOWN));
		g_auto(GStrv) parts = g_strsplit(format, "%", 2);

		*place = g_strconcat(parts[0], cut, parts[1], NULL);
	}
}

static gboolean is_one_of(const char *name, const char *const *names)
{
	return g_strv_contains(names, name);
}

static const char *attribute(const xmlChar **attributes, const char *name)
{
	for (const xmlChar **at = attributes; at != NULL && *at != NULL; at += 2)
		if (g_ascii_strcasecmp((const char *)*at, name) == 0)
			return at[1] == NULL ? "" : (const char *)at[1];
	return NULL;
}

/* Browsers drop blanks at the ends and TAB, CR and LF anywhere in an address. They also know names of HTML 5
 * that disguise a scheme, which the parser, of HTML 4, leaves as they are. Caller frees. */
static char *clean_address(const char *text)
{
	static const struct {
		const char *name;
		const char *stands_for;
	} late[] = {{"&colon;", ":"}, {"&Tab;", ""}, {"&NewLine;", ""}, {"&sol;", "/"}, {"&period;", "."}};
	GString *clean = g_string_new(NULL);

	for (; *text != '\0'; text++)
		if ((guchar)*text > ' ')
			g_string_append_c(clean, *text);
	for (gsize i = 0; i < G_N_ELEMENTS(late); i++)
		(void)g_string_replace(clean, late[i].name, late[i].stands_for, 0);
	return g_string_free(clean, FALSE);
}

static gboolean is_program(const char *address)
{
	static const char *const schemes[] = {"javascript:", "vbscript:", "data:text/html", "data:image/svg"};

	for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++)
		if (g_ascii_strncasecmp(address, schemes[i], strlen(schemes[i])) == 0)
			return TRUE;
	return FALSE;
}

static void look_at_attributes(struct lint_page *page, const xmlChar **attributes)
{
	static const char *const addresses[] = {"href",       "src",  "action",     "background",
	                                        "formaction", "data", "xlink:href", NULL};

	for (const xmlChar **at = attributes; at != NULL && *at != NULL; at += 2) {
		g_autofree char *name = g_ascii_strdown((const char *)*at, -1);
		g_autofree char *value = clean_address(at[1] == NULL ? "" : (const char *)at[1]);

		if (g_str_has_prefix(name, "on") && g_ascii_isalpha(name[2]))
			note(&page->handler, "%", name);
		if (is_one_of(name, addresses) && is_program(value))
			note(&page->script_url, "%", value);
	}
}

static void look_at_element(struct lint_page *page, const char *name, const xmlChar **attributes)
{
	static const char *const forms[] = {"form", "input", "button", "textarea", "select", NULL};
	static const char *const plugins[] = {"iframe", "frame",  "frameset", "object",
	                                      "embed",  "applet", NULL};
	const char *refresh = attribute(attributes, "http-equiv");
	const char *rel = attribute(attributes, "rel");

	if (strcmp(name, "script") == 0)
		note(&page->script, "<%>", name);
	else if (is_one_of(name, forms))
		note(&page->form, "<%>", name);
	else if (is_one_of(name, plugins))
		note(&page->plugin, "<%>", name);
	else if (strcmp(name, "meta") == 0 && refresh != NULL && g_ascii_strcasecmp(refresh, "refresh") == 0)
		note(&page->plugin, "<meta http-equiv=%>", refresh);
	else if (strcmp(name, "link") == 0 && rel != NULL && g_ascii_strcasecmp(rel, "stylesheet") == 0)
		note(&page->external_css, "<link rel=%>", rel);
}

static void open_link(struct reader *reader, const char *href)
{
	struct lint_link *link;

	reader->page->link_count++;
	if (reader->page->links->len >= LIMIT_LINT_LINKS || style_now(reader)->is_hidden)
		return;
	link = g_new0(struct lint_link, 1);
	link->href = clean_address(href);
	link->text = g_string_new(NULL);
	g_ptr_array_add(reader->page->links, link);
	reader->link = link;
	reader->link_depth = reader->depth;
}

static void see_image(struct reader *reader, const xmlChar **attributes)
{
	const char *alt = attribute(attributes, "alt");

	reader->page->images++;
	if (alt == NULL || attribute(attributes, "width") == NULL || attribute(attributes, "height") == NULL)
		reader->page->bare_images++;
	if (reader->link != NULL)
		reader->link->has_image = TRUE;
}

static void push_style(struct reader *reader, const char *name, const xmlChar **attributes)
{
	struct lint_style style = *style_now(reader);
	const char *css = attribute(attributes, "style");
	const char *ground = attribute(attributes, "bgcolor");
	const char *colour = attribute(attributes, strcmp(name, "body") == 0 ? "text" : "color");

	if (attribute(attributes, "hidden") != NULL)
		style.is_hidden = TRUE;
	if (ground != NULL)
		(void)lint_style_colour(ground, &style.ground);
	if (colour != NULL)
		(void)lint_style_colour(colour, &style.colour);
	if (css != NULL)
		lint_style_apply(&style, css);
	reader->depth++;
	if (reader->depth <= LIMIT_LINT_DEPTH)
		reader->styles[reader->depth] = style;
	if (reader->head_depth == 0 && (strcmp(name, "head") == 0 || strcmp(name, "title") == 0))
		reader->head_depth = reader->depth;
}

/* Words in two cells or paragraphs are two words. */
static gboolean is_inline(const char *name)
{
	static const char *const names[] = {"a", "b",     "i",   "em",  "strong", "span", "font",
	                                    "u", "small", "big", "sup", "sub",    NULL};

	return is_one_of(name, names);
}

static void append_blank(GString *text)
{
	if (text->len > 0 && text->str[text->len - 1] != ' ')
		g_string_append_c(text, ' ');
}

static void on_start(void *user, const xmlChar *xml_name, const xmlChar **attributes)
{
	struct reader *reader = user;
	g_autofree char *name = g_ascii_strdown((const char *)xml_name, -1);

	push_style(reader, name, attributes);
	look_at_attributes(reader->page, attributes);
	look_at_element(reader->page, name, attributes);
	if (!is_inline(name))
		append_blank(reader->page->text);
	if (strcmp(name, "img") == 0)
		see_image(reader, attributes);
	else if ((strcmp(name, "a") == 0 || strcmp(name, "area") == 0) &&
	         attribute(attributes, "href") != NULL)
		open_link(reader, attribute(attributes, "href"));
}

static void on_end(void *user, const xmlChar *xml_name)
{
	struct reader *reader = user;
	const char *name = (const char *)xml_name;

	if (!is_inline(name))
		append_blank(reader->page->text);
	if (reader->link != NULL && reader->depth <= reader->link_depth)
		reader->link = NULL;
	if (reader->head_depth == reader->depth)
		reader->head_depth = 0;
	if (reader->depth > 0)
		reader->depth--;
}

static void append_collapsed(GString *out, const char *text, gsize len)
{
	for (const char *at = text; at < text + len; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		/* soft hyphen and zero-width characters are not seen */
		if (c == 0xad || (c >= 0x200b && c <= 0x200d) || c == 0x2060 || c == 0xfeff || c == 0x34f)
			continue;
		if (g_unichar_isspace(c))
			append_blank(out);
		else
			g_string_append_unichar(out, c);
	}
}

static void on_text(void *user, const xmlChar *bytes, int len)
{
	struct reader *reader = user;
	const struct lint_style *style = style_now(reader);
	const char *text = (const char *)bytes;
	struct lint_page *page = reader->page;

	if (len <= 0 || reader->head_depth != 0 || !g_utf8_validate_len(text, (gsize)len, NULL))
		return;
	if (style->is_hidden) {
		append_collapsed(page->hidden, text, (gsize)len);
		return;
	}
	append_collapsed(lint_style_contrast(style) < reader->contrast ? page->faint : page->text, text,
	                 (gsize)len);
	if (reader->link != NULL)
		append_collapsed(reader->link->text, text, (gsize)len);
}

/* Scripts and style sheets come here. */
static void on_raw(void *user, const xmlChar *bytes, int len)
{
	struct reader *reader = user;
	g_autofree char *text = g_strndup((const char *)bytes, len > 0 ? (gsize)len : 0);

	if (strstr(text, "@import") != NULL)
		note(&reader->page->external_css, "%", "@import");
}

static void on_error(void *user, xmlErrorPtr failure)
{
	struct reader *reader = user;

	/* libxml2 knows the elements of HTML 4 only: an unknown one is no fault */
	if (failure->code == XML_ERR_TAG_NAME_MISMATCH || failure->code == XML_ERR_TAG_NOT_FINISHED) {
		g_autofree char *text = g_strdup(failure->message == NULL ? "" : failure->message);

		note(&reader->page->broken, "%", g_strchomp(text));
	}
}

static void link_free(gpointer data)
{
	struct lint_link *link = data;

	g_free(link->href);
	g_string_free(link->text, TRUE);
	g_free(link);
}

struct lint_page *lint_page_read(const char *html, gsize len, double contrast)
{
	struct lint_page *page = g_new0(struct lint_page, 1);
	g_autofree struct reader *reader = g_new0(struct reader, 1);
	htmlSAXHandler sax = {
	        .initialized = XML_SAX2_MAGIC,
	        .startElement = on_start,
	        .endElement = on_end,
	        .characters = on_text,
	        .ignorableWhitespace = on_text,
	        .cdataBlock = on_raw,
	        .serror = (xmlStructuredErrorFunc)on_error,
	};
	htmlParserCtxtPtr parser;

	page->text = g_string_new(NULL);
	page->hidden = g_string_new(NULL);
	page->faint = g_string_new(NULL);
	page->links = g_ptr_array_new_with_free_func(link_free);
	reader->page = page;
	reader->styles[0] = lint_style_plain;
	reader->contrast = contrast;
	/* the push parser would stop at </html>, where browsers go on */
	parser = htmlNewParserCtxt();
	if (parser == NULL)
		g_error("libxml2: no memory");
	*parser->sax = sax;
	parser->userData = reader;
	if (len > 0)
		(void)htmlCtxtReadMemory(parser, html, (int)MIN(len, LIMIT_LINT_TEXT), NULL, "UTF-8",
		                         HTML_PARSE_RECOVER | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
	if (parser->myDoc != NULL)
		xmlFreeDoc(parser->myDoc);
	htmlFreeParserCtxt(parser);
	return page;
}

void lint_page_free(struct lint_page *page)
{
	if (page == NULL)
		return;
	g_string_free(page->text, TRUE);
	g_string_free(page->hidden, TRUE);
	g_string_free(page->faint, TRUE);
	g_ptr_array_unref(page->links);
	g_free(page->script);
	g_free(page->handler);
	g_free(page->script_url);
	g_free(page->form);
	g_free(page->plugin);
	g_free(page->external_css);
	g_free(page->broken);
	g_free(page);
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/html_text.h"

#include <string.h>

#define LISTS_MAX  8 /* levels that are indented; deeper ones stay there */
#define QUOTES_MAX 4

struct html_text {
	GString *out;
	guint newlines; /* due before the next word: 1 ends a line, 2 a paragraph */
	gboolean is_blank_due;
	guint pre; /* open <pre> */
	guint quotes;
	guint lists;
	guint numbers[LISTS_MAX]; /* the next item's number per level; 0: bullets */
	gboolean is_item_due;     /* the next word is an item's first */
	char *href;               /* of the open link, or NULL */
	gsize href_start;         /* where its text begins in out */
};

enum layout { LAYOUT_LINE = 1, LAYOUT_PARAGRAPH = 2 };

static const struct {
	const char *name;
	enum layout layout;
} blocks[] = {
        {"p", LAYOUT_PARAGRAPH},
        {"div", LAYOUT_LINE},
        {"tr", LAYOUT_LINE},
        {"table", LAYOUT_PARAGRAPH},
        {"h1", LAYOUT_PARAGRAPH},
        {"h2", LAYOUT_PARAGRAPH},
        {"h3", LAYOUT_PARAGRAPH},
        {"h4", LAYOUT_PARAGRAPH},
        {"h5", LAYOUT_PARAGRAPH},
        {"h6", LAYOUT_PARAGRAPH},
        {"ul", LAYOUT_PARAGRAPH},
        {"ol", LAYOUT_PARAGRAPH},
        {"dl", LAYOUT_PARAGRAPH},
        {"dt", LAYOUT_LINE},
        {"dd", LAYOUT_LINE},
        {"pre", LAYOUT_PARAGRAPH},
        {"blockquote", LAYOUT_PARAGRAPH},
        {"section", LAYOUT_PARAGRAPH},
        {"article", LAYOUT_PARAGRAPH},
        {"header", LAYOUT_PARAGRAPH},
        {"footer", LAYOUT_PARAGRAPH},
        {"main", LAYOUT_PARAGRAPH},
        {"nav", LAYOUT_PARAGRAPH},
        {"aside", LAYOUT_PARAGRAPH},
        {"figure", LAYOUT_PARAGRAPH},
        {"figcaption", LAYOUT_LINE},
        {"address", LAYOUT_PARAGRAPH},
        {"center", LAYOUT_LINE},
        {"form", LAYOUT_PARAGRAPH},
        {"fieldset", LAYOUT_PARAGRAPH},
        {"hr", LAYOUT_PARAGRAPH},
};

struct html_text *html_text_new(void)
{
	struct html_text *text = g_new0(struct html_text, 1);

	text->out = g_string_new(NULL);
	return text;
}

static void break_lines(struct html_text *text, guint count)
{
	text->newlines = MAX(text->newlines, count);
	text->is_blank_due = FALSE;
}

static void break_for(struct html_text *text, const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(blocks); i++) {
		/* lists within lists are no paragraphs of their own */
		if (strcmp(name, blocks[i].name) == 0) {
			gboolean is_inner = text->lists > 0 && (name[0] == 'u' || name[0] == 'o');

			break_lines(text, is_inner ? LAYOUT_LINE : blocks[i].layout);
			return;
		}
	}
}

static void begin_line(struct html_text *text)
{
	guint levels = MIN(text->lists, LISTS_MAX);

	for (guint i = 0; i < MIN(text->quotes, QUOTES_MAX); i++)
		g_string_append(text->out, "> ");
	for (guint i = 1; i < levels; i++)
		g_string_append(text->out, "  ");
	if (levels == 0)
		return;
	if (!text->is_item_due)
		g_string_append(text->out, "  ");
	else if (text->numbers[levels - 1] > 0)
		g_string_append_printf(text->out, "%u. ", text->numbers[levels - 1]++);
	else
		g_string_append(text->out, "- ");
	text->is_item_due = FALSE;
}

static void strip_blanks(GString *out)
{
	while (out->len > 0 && out->str[out->len - 1] == ' ')
		g_string_truncate(out, out->len - 1);
}

/* Write what is due before a word. */
static void settle(struct html_text *text)
{
	gboolean is_first = text->out->len == 0;

	if (is_first || text->newlines > 0) {
		gboolean had_link_text = text->href != NULL && text->out->len > text->href_start;

		strip_blanks(text->out);
		for (guint i = 0; !is_first && i < text->newlines; i++)
			g_string_append_c(text->out, '\n');
		begin_line(text);
		if (!had_link_text)
			text->href_start = text->out->len;
	} else if (text->is_blank_due) {
		g_string_append_c(text->out, ' ');
	}
	text->newlines = 0;
	text->is_blank_due = FALSE;
}

static gboolean is_unseen_char(gunichar c)
{
	return c == 0x200b || c == 0xfeff || c == 0xad || c == 0x34f ||
	       (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0);
}

static gboolean ends_in_brace(const GString *out)
{
	return out->len > 0 && out->str[out->len - 1] == '{';
}

static void append_char(struct html_text *text, const char *at, gsize len)
{
	settle(text);
	if (*at == '{' && ends_in_brace(text->out))
		g_string_append_c(text->out, ' ');
	g_string_append_len(text->out, at, (gssize)len);
}

static void append_pre(struct html_text *text, const char *at, gsize len)
{
	if (*at == '\n') {
		break_lines(text, text->newlines + 1 < 3 ? text->newlines + 1 : 3);
		return;
	}
	append_char(text, *at == '\t' ? "    " : at, *at == '\t' ? 4 : len);
}

void html_text_append(struct html_text *text, const char *words, gsize len)
{
	const char *end = words + len;

	for (const char *at = words, *next; at < end; at = next) {
		gunichar c = g_utf8_get_char(at);

		next = g_utf8_next_char(at);
		if (text->pre > 0 && !is_unseen_char(c) && c != '\r')
			append_pre(text, at, (gsize)(next - at));
		else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == 0xa0)
			text->is_blank_due = text->newlines == 0 && text->out->len > 0;
		else if (!is_unseen_char(c))
			append_char(text, at, (gsize)(next - at));
	}
}

void html_text_append_field(struct html_text *text, const char *field)
{
	settle(text);
	if (ends_in_brace(text->out))
		g_string_append_c(text->out, ' ');
	g_string_append(text->out, field);
}

static gboolean is_worth_showing(const char *href)
{
	return *href != '\0' && *href != '#' && g_ascii_strncasecmp(href, "javascript:", 11) != 0 &&
	       g_ascii_strncasecmp(href, "vbscript:", 9) != 0 && g_ascii_strncasecmp(href, "data:", 5) != 0;
}

/* "a </a>b": a blank or line end that is due stands behind the address. */
static void append_address(struct html_text *text, const char *href, gboolean has_words)
{
	gboolean was_blank_due = text->is_blank_due;
	guint newlines = text->newlines;

	if (has_words) {
		text->newlines = 0;
		text->is_blank_due = TRUE;
	}
	settle(text);
	g_string_append_printf(text->out, "<%s>", href);
	text->is_blank_due = was_blank_due;
	text->newlines = has_words ? newlines : 0;
}

/* Put the address behind the link's text, unless the text is the address. */
static void end_link(struct html_text *text)
{
	g_autofree char *href = g_steal_pointer(&text->href);
	const char *shown, *bare;

	if (href == NULL || !is_worth_showing(g_strstrip(href)))
		return;
	bare = g_ascii_strncasecmp(href, "mailto:", 7) == 0 ? href + 7 : href;
	shown = text->out->str + MIN(text->href_start, text->out->len);
	while (*shown == ' ')
		shown++;
	if (strcmp(shown, href) == 0 || strcmp(shown, bare) == 0)
		return;
	append_address(text, href, *shown != '\0');
}

static void open_list(struct html_text *text, guint first_number)
{
	if (text->lists < LISTS_MAX)
		text->numbers[text->lists] = first_number;
	text->lists++;
	text->is_item_due = FALSE;
}

void html_text_open(struct html_text *text, const char *name, const char *href, const char *alt)
{
	break_for(text, name);
	if (strcmp(name, "a") == 0) {
		end_link(text);
		text->href = g_strdup(href);
		text->href_start = text->out->len;
	} else if (strcmp(name, "br") == 0) {
		break_lines(text, MIN(text->newlines + 1, 2));
	} else if (strcmp(name, "ul") == 0) {
		open_list(text, 0);
	} else if (strcmp(name, "ol") == 0) {
		open_list(text, 1);
	} else if (strcmp(name, "li") == 0) {
		break_lines(text, LAYOUT_LINE);
		text->is_item_due = TRUE;
	} else if (strcmp(name, "blockquote") == 0) {
		text->quotes++;
	} else if (strcmp(name, "pre") == 0) {
		text->pre++;
	} else if (strcmp(name, "td") == 0 || strcmp(name, "th") == 0) {
		text->is_blank_due = text->newlines == 0 && text->out->len > 0;
	} else if (strcmp(name, "hr") == 0) {
		html_text_append(text, "---", 3);
		break_lines(text, LAYOUT_PARAGRAPH);
	} else if (strcmp(name, "img") == 0 && alt != NULL) {
		/* its fields were text in the attribute and stay fields */
		if (strstr(alt, "{{") != NULL)
			html_text_append_field(text, alt);
		else
			html_text_append(text, alt, strlen(alt));
	}
}

void html_text_close(struct html_text *text, const char *name)
{
	if (strcmp(name, "a") == 0) {
		end_link(text);
		return;
	}
	/* a paragraph's end is its own: what opens next says the rest */
	break_for(text, name);
	if ((strcmp(name, "ul") == 0 || strcmp(name, "ol") == 0) && text->lists > 0) {
		text->lists--;
		text->is_item_due = FALSE;
		break_lines(text, text->lists > 0 ? LAYOUT_LINE : LAYOUT_PARAGRAPH);
	} else if (strcmp(name, "blockquote") == 0 && text->quotes > 0) {
		text->quotes--;
	} else if (strcmp(name, "pre") == 0 && text->pre > 0) {
		text->pre--;
	}
}

char *html_text_free(struct html_text *text)
{
	GString *out = text->out;

	end_link(text);
	strip_blanks(out);
	if (out->len > 0)
		g_string_append_c(out, '\n');
	g_free(text);
	return g_string_free(out, FALSE);
}

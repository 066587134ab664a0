// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/template.h"

#include <string.h>

#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/mail/entity.h"
#include "lib/mail/html_place.h"
#include "lib/mail/template_value.h"

/* A literal (name is NULL) or a field. */
struct piece {
	char *literal;
	gsize len;
	char *name;     /* lower case */
	char *fallback; /* the default, escaped for the place; NULL: none */
	enum value_place place;
};

struct template
{
	enum template_context context;
	GArray *pieces;
};

/* Reading state. */
struct reader {
	const char *start; /* of the whole text */
	const char *at;
	const char *end;
	struct html_scanner html;
	gboolean is_in_url; /* plain text: the word that we are in is an address */
};

/* A field as written: slices of the text. */
struct field {
	const char *name;
	gsize name_len;
	const char *fallback; /* or NULL */
	gsize fallback_len;
};

static void clear_piece(void *data)
{
	struct piece *piece = data;

	g_free(piece->literal);
	g_free(piece->name);
	g_free(piece->fallback);
}

static guint line_of(const struct reader *reader, const char *place)
{
	guint line = 1;

	for (const char *at = reader->start; at < place; at++)
		line += *at == '\n';
	return line;
}

static gboolean fail(const struct reader *reader, const char *place, GError **error, const char *what)
{
	g_set_error(error, FAILURE, FAILURE_DATA, "line %u: %s", line_of(reader, place), what);
	return FALSE;
}

static void trim(const char **text, gsize *len)
{
	while (*len > 0 && g_ascii_isspace(**text)) {
		(*text)++;
		(*len)--;
	}
	while (*len > 0 && g_ascii_isspace((*text)[*len - 1]))
		(*len)--;
}

static gboolean is_name(const char *name, gsize len)
{
	if (len == 0 || len > LIMIT_FIELD_NAME || g_ascii_isdigit(*name))
		return FALSE;
	for (gsize i = 0; i < len; i++) {
		if (!g_ascii_isalnum(name[i]) && name[i] != '_')
			return FALSE;
	}
	return TRUE;
}

/* reader->at stands on "{{"; moves it behind "}}". */
static gboolean read_field(struct reader *reader, struct field *field_out, GError **error)
{
	const char *open = reader->at, *name = open + 2;
	const char *close = g_strstr_len(name, reader->end - name, "}}");
	const char *again = g_strstr_len(name, (close != NULL ? close : reader->end) - name, "{{");
	const char *bar;

	if (close == NULL || again != NULL)
		return fail(reader, open, error, "\"{{\" without \"}}\"");
	bar = memchr(name, '|', (gsize)(close - name));
	*field_out = (struct field){.name = name, .name_len = (gsize)((bar != NULL ? bar : close) - name)};
	trim(&field_out->name, &field_out->name_len);
	if (!is_name(field_out->name, field_out->name_len))
		return fail(reader, open, error, "\"{{\" is not followed by the name of a field");
	if (bar != NULL) {
		field_out->fallback = bar + 1;
		field_out->fallback_len = (gsize)(close - bar - 1);
		trim(&field_out->fallback, &field_out->fallback_len);
	}
	reader->at = close + 2;
	return TRUE;
}

/* Plain text: is the word at the end of the literal an address so far? */
static void follow_words(struct reader *reader, const char *text, gsize len)
{
	gsize start = len;

	while (start > 0 && !g_ascii_isspace(text[start - 1]) && strchr("<>\"", text[start - 1]) == NULL)
		start--;
	if (start > 0)
		reader->is_in_url = FALSE;
	if (g_strstr_len(text + start, (gssize)(len - start), "://") != NULL ||
	    g_strstr_len(text + start, (gssize)(len - start), "mailto:") != NULL)
		reader->is_in_url = TRUE;
}

static gboolean place_html(struct reader *reader, enum value_place *place_out)
{
	switch (html_scanner_field(&reader->html, reader->at, (gsize)(reader->end - reader->at))) {
	case HTML_PLACE_TEXT: *place_out = VALUE_HTML; return TRUE;
	case HTML_PLACE_UNQUOTED: *place_out = VALUE_HTML_UNQUOTED; return TRUE;
	case HTML_PLACE_URL_WHOLE: *place_out = VALUE_HTML_URL; return TRUE;
	case HTML_PLACE_URL_PART: *place_out = VALUE_HTML_URL_PART; return TRUE;
	case HTML_PLACE_STYLE: *place_out = VALUE_STYLE; return TRUE;
	case HTML_PLACE_FORBIDDEN: return FALSE;
	}
	return FALSE;
}

static gboolean place_field(struct reader *reader, enum template_context context, enum value_place *place_out)
{
	switch (context) {
	case TEMPLATE_TEXT: *place_out = reader->is_in_url ? VALUE_TEXT_URL : VALUE_TEXT; return TRUE;
	case TEMPLATE_HEADER: *place_out = VALUE_LINE; return TRUE;
	case TEMPLATE_HTML: return place_html(reader, place_out);
	}
	return FALSE;
}

/* The default as a value: in HTML it was written as HTML, so its references are read first. */
static char *escape_fallback(const struct field *field, enum template_context context, enum value_place place)
{
	g_autoptr(GString) plain = g_string_new(NULL);
	GString *out = g_string_new(NULL);

	if (context == TEMPLATE_HTML)
		entity_append_decoded(plain, field->fallback, field->fallback_len);
	else
		g_string_append_len(plain, field->fallback, (gssize)field->fallback_len);
	if (plain->len > 0)
		template_value_append(out, plain->str, place);
	return g_string_free(out, FALSE);
}

static void add_literal(struct template *template, struct reader *reader, const char *text, gsize len)
{
	struct piece piece = {.literal = g_strndup(text, len), .len = len};

	g_array_append_val(template->pieces, piece);
	if (template->context == TEMPLATE_HTML)
		html_scanner_feed(&reader->html, text, len);
	else if (template->context == TEMPLATE_TEXT)
		follow_words(reader, text, len);
	/* What the template itself says in a header is one line, too. */
	for (gsize i = 0; template->context == TEMPLATE_HEADER && i < len; i++) {
		if (g_ascii_iscntrl(piece.literal[i]))
			piece.literal[i] = ' ';
	}
}

static gboolean add_field(struct template *template, struct reader *reader, GError **error)
{
	const char *open = reader->at;
	struct piece piece = {0};
	struct field field;

	if (!read_field(reader, &field, error))
		return FALSE;
	if (!place_field(reader, template->context, &piece.place))
		return fail(reader, open, error,
		            "a field cannot stand in a script or outside of an attribute's value");
	piece.name = g_ascii_strdown(field.name, (gssize)field.name_len);
	if (field.fallback != NULL)
		piece.fallback = escape_fallback(&field, template->context, piece.place);
	g_array_append_val(template->pieces, piece);
	return TRUE;
}

static gboolean read_pieces(struct template *template, struct reader *reader, GError **error)
{
	while (reader->at < reader->end) {
		const char *open = g_strstr_len(reader->at, reader->end - reader->at, "{{");
		gsize len = (gsize)((open != NULL ? open : reader->end) - reader->at);

		if (len > 0)
			add_literal(template, reader, reader->at, len);
		reader->at += len;
		if (open != NULL && !add_field(template, reader, error))
			return FALSE;
	}
	return TRUE;
}

struct template *template_new(const char *text, gsize len, enum template_context context, GError **error)
{
	static const char mark[] = "\xef\xbb\xbf";
	struct reader reader = {.start = text, .at = text, .end = text + len};
	struct template *template;
	const char *wrong;

	if (!g_utf8_validate_len(text, len, &wrong)) {
		fail(&reader, wrong, error, "not UTF-8");
		return NULL;
	}
	if (len >= 3 && memcmp(text, mark, 3) == 0)
		reader.at += 3;
	template = g_new0(struct template, 1);
	template->context = context;
	template->pieces = g_array_new(FALSE, TRUE, sizeof(struct piece));
	g_array_set_clear_func(template->pieces, clear_piece);
	if (!read_pieces(template, &reader, error)) {
		template_free(template);
		return NULL;
	}
	return template;
}

void template_free(struct template *template)
{
	if (template == NULL)
		return;
	g_array_unref(template->pieces);
	g_free(template);
}

GPtrArray *template_fields(const struct template *template, gboolean only_without_default)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	GPtrArray *names = g_ptr_array_new();

	for (guint i = 0; i < template->pieces->len; i++) {
		const struct piece *piece = &g_array_index(template->pieces, struct piece, i);

		if (piece->name == NULL || (only_without_default && piece->fallback != NULL))
			continue;
		if (g_hash_table_add(seen, piece->name))
			g_ptr_array_add(names, piece->name);
	}
	return names;
}

void template_render(const struct template *template, template_lookup lookup, void *user, GString *out)
{
	for (guint i = 0; i < template->pieces->len; i++) {
		const struct piece *piece = &g_array_index(template->pieces, struct piece, i);
		const char *value;

		if (piece->name == NULL) {
			g_string_append_len(out, piece->literal, (gssize)piece->len);
			continue;
		}
		value = lookup != NULL ? lookup(piece->name, user) : NULL;
		if (value != NULL && *value != '\0')
			template_value_append(out, value, piece->place);
		else if (piece->fallback != NULL)
			g_string_append(out, piece->fallback);
	}
}

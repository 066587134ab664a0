// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/compose.h"

#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/mail/compose_encode.h"
#include "lib/mail/compose_header.h"
#include "lib/mail/compose_structure.h"
#include "lib/mail/mail_init.h"
#include "lib/mail/template_value.h"

struct compose {
	struct template *subject;
	struct template *text;
	struct template *html; /* or NULL */
	struct template *seen; /* what a reader sees of html, as text; NULL without html */
	enum compose_encoding text_encoding;
	enum compose_encoding html_encoding;
	struct compose_structure structure;
	gboolean is_bulk;
	char *message_id_domain;
	/* header lines that all copies share, by their place */
	GString *sender;    /* From, Reply-To */
	GString *list_id;   /* MIME-Version, List-Id */
	GString *list_rest; /* List-Help and all behind it, but Content-Type */
};

static gboolean fail(GError **error, const char *part, const char *what)
{
	g_set_error(error, FAILURE, FAILURE_DATA, "%s: %s", part, what);
	return FALSE;
}

static gboolean is_blank(const char *text)
{
	for (; text != NULL && *text != '\0'; text++) {
		if (!g_ascii_isspace(*text))
			return FALSE;
	}
	return TRUE;
}

static gboolean add_mailbox(GString *out, const char *name, const char *text, GError **error)
{
	g_autofree char *display = NULL, *address = NULL;

	if (!compose_header_read_mailbox(text, &display, &address, error)) {
		g_prefix_error(error, "%s: ", name);
		return FALSE;
	}
	compose_header_mailbox(out, name, display, address, FALSE);
	return TRUE;
}

static gboolean make_sender(struct compose *compose, const struct compose_content *content, GError **error)
{
	if (content->from == NULL)
		return fail(error, "From", "missing");
	if (!add_mailbox(compose->sender, "From", content->from, error))
		return FALSE;
	return is_blank(content->reply_to) ||
	       add_mailbox(compose->sender, "Reply-To", content->reply_to, error);
}

/* "Name: <URI>" (RFC 2369 2), or nothing when there is none. */
static gboolean add_uri(GString *out, const char *name, const char *uri, GError **error)
{
	g_autofree char *bracketed = NULL;

	if (uri == NULL)
		return TRUE;
	if (!compose_header_is_token(uri) || strchr(uri, ':') == NULL || strchr(uri, ',') != NULL)
		return fail(error, name, "not a URI");
	bracketed = g_strdup_printf("<%s>", uri);
	compose_header_tokens(out, name, bracketed);
	return TRUE;
}

static gboolean make_list_id(struct compose *compose, const struct compose_list *list, GError **error)
{
	const char *title = list->list_title;

	compose_header_tokens(compose->list_id, "MIME-Version", "1.0");
	if (!compose->is_bulk)
		return TRUE;
	if (list->list_id == NULL || !compose_header_is_token(list->list_id) ||
	    strlen(list->list_id) > LIMIT_DOMAIN)
		return fail(error, "List-Id", "not an identifier");
	/* RFC 2919 3: at most 255 bytes in all; the title is only decoration. */
	if (title != NULL && strlen(title) + strlen(list->list_id) > 120)
		title = NULL;
	compose_header_mailbox(compose->list_id, "List-Id", title, list->list_id, TRUE);
	return TRUE;
}

static gboolean make_list_rest(struct compose *compose, const struct compose_list *list, GError **error)
{
	GString *out = compose->list_rest;

	if (compose->is_bulk) {
		if (!add_uri(out, "List-Help", list->help, error) ||
		    !add_uri(out, "List-Owner", list->owner, error))
			return FALSE;
		compose_header_tokens(out, "List-Post", "NO");
		if (!add_uri(out, "List-Subscribe", list->subscribe, error))
			return FALSE;
		if (list->feedback_id != NULL && !compose_header_is_token(list->feedback_id))
			return fail(error, "Feedback-ID", "not one word of ASCII");
		if (list->feedback_id != NULL)
			compose_header_tokens(out, "Feedback-ID", list->feedback_id);
		compose_header_tokens(out, "Precedence", "bulk");
	} else {
		compose_header_tokens(out, "Auto-Submitted", "auto-generated");
	}
	compose_header_tokens(out, "X-Auto-Response-Suppress", "OOF, AutoReply");
	return TRUE;
}

static struct template *read_template(const char *name, const char *text, enum template_context context,
                                      GError **error)
{
	struct template *made = NULL;

	if (text == NULL || strlen(text) > LIMIT_PART_FILE)
		fail(error, name, text == NULL ? "missing" : "too large");
	else if ((made = template_new(text, strlen(text), context, error)) == NULL)
		g_prefix_error(error, "%s: ", name);
	return made;
}

static gboolean make_html(struct compose *compose, const char *html, const char *as_text, GError **error)
{
	compose->html = read_template("html", html, TEMPLATE_HTML, error);
	if (compose->html == NULL)
		return FALSE;
	compose->html_encoding = compose_encoding_choose(html, strlen(html));
	compose->seen = read_template("text made from html", as_text, TEMPLATE_TEXT, error);
	return compose->seen != NULL;
}

static gboolean make_bodies(struct compose *compose, const struct compose_content *content, GError **error)
{
	g_autofree char *made = NULL;
	const char *text = content->text;

	if (is_blank(content->text) && is_blank(content->html))
		return fail(error, "text", "there is neither text nor HTML");
	if (!is_blank(content->html)) {
		made = compose_text_from_html(content->html);
		if (!make_html(compose, content->html, made, error))
			return FALSE;
	}
	if (is_blank(text))
		text = made;
	compose->text = read_template("text", text, TEMPLATE_TEXT, error);
	if (compose->text == NULL)
		return FALSE;
	compose->text_encoding = compose_encoding_choose(text, strlen(text));
	return TRUE;
}

static gboolean check_attachments(const GPtrArray *attachments, GError **error)
{
	for (guint i = 0; attachments != NULL && i < attachments->len; i++) {
		const struct compose_attachment *attachment = g_ptr_array_index(attachments, i);

		if (attachment->content_id != NULL && !compose_header_is_token(attachment->content_id))
			return fail(error, "attachment", "its Content-ID is not one word of ASCII");
	}
	return TRUE;
}

static gboolean prepare(struct compose *compose, const struct compose_content *content,
                        const struct compose_list *list, GError **error)
{
	struct compose_shape shape;

	if (!make_sender(compose, content, error))
		return FALSE;
	if (is_blank(content->subject))
		return fail(error, "subject", "missing");
	compose->subject = read_template("subject", content->subject, TEMPLATE_HEADER, error);
	if (compose->subject == NULL || !make_bodies(compose, content, error) ||
	    !check_attachments(content->attachments, error) || !make_list_id(compose, list, error) ||
	    !make_list_rest(compose, list, error))
		return FALSE;
	shape = (struct compose_shape){
	        .has_html = compose->html != NULL,
	        .text_encoding = compose->text_encoding,
	        .html_encoding = compose->html_encoding,
	        .attachments = content->attachments,
	};
	return compose_structure_init(&compose->structure, &shape, error);
}

struct compose *compose_new(const struct compose_content *content, const struct compose_list *list,
                            GError **error)
{
	struct compose *compose = g_new0(struct compose, 1);

	mail_init();
	compose->is_bulk = list->is_bulk;
	compose->message_id_domain = g_strdup(list->message_id_domain);
	compose->sender = g_string_new(NULL);
	compose->list_id = g_string_new(NULL);
	compose->list_rest = g_string_new(NULL);
	if (!prepare(compose, content, list, error)) {
		compose_free(compose);
		return NULL;
	}
	return compose;
}

void compose_free(struct compose *compose)
{
	if (compose == NULL)
		return;
	template_free(compose->subject);
	template_free(compose->text);
	template_free(compose->html);
	template_free(compose->seen);
	compose_structure_clear(&compose->structure);
	g_free(compose->message_id_domain);
	g_string_free(compose->sender, TRUE);
	g_string_free(compose->list_id, TRUE);
	g_string_free(compose->list_rest, TRUE);
	g_free(compose);
}

GPtrArray *compose_fields(const struct compose *compose, gboolean only_without_default)
{
	const struct template *const templates[] = {compose->subject, compose->text, compose->html};
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	GPtrArray *all = g_ptr_array_new();

	for (gsize i = 0; i < G_N_ELEMENTS(templates) && templates[i] != NULL; i++) {
		g_autoptr(GPtrArray) names = template_fields(templates[i], only_without_default);

		for (guint k = 0; k < names->len; k++) {
			if (g_hash_table_add(seen, g_ptr_array_index(names, k)))
				g_ptr_array_add(all, g_ptr_array_index(names, k));
		}
	}
	return all;
}

static gboolean has_field(const struct template *template, const char *field)
{
	g_autoptr(GPtrArray) names = template_fields(template, FALSE);

	for (guint i = 0; i < names->len; i++) {
		if (g_ascii_strcasecmp(g_ptr_array_index(names, i), field) == 0)
			return TRUE;
	}
	return FALSE;
}

gboolean compose_has_in_each_part(const struct compose *compose, const char *field)
{
	return has_field(compose->text, field) && (compose->seen == NULL || has_field(compose->seen, field));
}

static gboolean add_message_id(GString *out, const struct compose *compose, const char *id, GError **error)
{
	g_autofree char *bracketed = NULL;

	if (id == NULL || !compose_header_is_token(id))
		return fail(error, "Message-ID", "not an identifier");
	if (strchr(id, '@') != NULL || compose->message_id_domain == NULL)
		bracketed = g_strdup_printf("<%s>", id);
	else
		bracketed = g_strdup_printf("<%s@%s>", id, compose->message_id_domain);
	compose_header_tokens(out, "Message-ID", bracketed);
	return TRUE;
}

/* RFC 2369 3.2 and RFC 8058 3.1: the web address first. That it is https is the settings' business: they let
 * plain http pass for a loopback address only, where a test wants the same headers as everybody. */
static gboolean add_unsubscribe(GString *out, const struct compose_copy *copy, GError **error)
{
	g_autoptr(GString) value = g_string_new(NULL);

	if (copy->unsubscribe_url == NULL)
		return TRUE;
	if (!compose_header_is_token(copy->unsubscribe_url) || strchr(copy->unsubscribe_url, ',') != NULL ||
	    (!g_str_has_prefix(copy->unsubscribe_url, "https://") &&
	     !g_str_has_prefix(copy->unsubscribe_url, "http://")))
		return fail(error, "List-Unsubscribe", "not a web address");
	g_string_printf(value, "<%s>", copy->unsubscribe_url);
	if (copy->unsubscribe_mailto != NULL) {
		if (!compose_header_is_address(copy->unsubscribe_mailto))
			return fail(error, "List-Unsubscribe", "not an address");
		g_string_append_printf(value, ", <mailto:%s?subject=unsubscribe>", copy->unsubscribe_mailto);
	}
	compose_header_tokens(out, "List-Unsubscribe", value->str);
	compose_header_tokens(out, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
	return TRUE;
}

static gboolean add_recipient(GString *out, const struct compose_copy *copy, GError **error)
{
	g_autoptr(GString) display = g_string_new(NULL);

	if (copy->to == NULL || !compose_header_is_address(copy->to))
		return fail(error, "To", "not an address");
	if (copy->to_name != NULL)
		template_value_append(display, copy->to_name, VALUE_LINE);
	compose_header_mailbox(out, "To", display->str, copy->to, FALSE);
	return TRUE;
}

static gboolean add_headers(GString *out, const struct compose *compose, const struct compose_copy *copy,
                            GError **error)
{
	g_autofree char *date = clock_rfc5322(copy->date);
	g_autoptr(GString) subject = g_string_new(NULL);

	if (*date == '\0')
		return fail(error, "Date", "out of range");
	compose_header_tokens(out, "Date", date);
	g_string_append_len(out, compose->sender->str, (gssize)compose->sender->len);
	if (!add_recipient(out, copy, error))
		return FALSE;
	template_render(compose->subject, copy->lookup, copy->user, subject);
	compose_header_text(out, "Subject", subject->str);
	if (!add_message_id(out, compose, copy->message_id, error))
		return FALSE;
	g_string_append_len(out, compose->list_id->str, (gssize)compose->list_id->len);
	if (compose->is_bulk && !add_unsubscribe(out, copy, error))
		return FALSE;
	g_string_append_len(out, compose->list_rest->str, (gssize)compose->list_rest->len);
	return TRUE;
}

/* The one place where a long line could come from: a word of a header that cannot be folded. */
static gboolean check_lines(const GString *headers, GError **error)
{
	const char *at = headers->str, *end = at + headers->len;

	while (at < end) {
		const char *line_end = memchr(at, '\n', (gsize)(end - at));

		if (line_end - at > LIMIT_LINE_OUT + 1) {
			g_set_error(error, FAILURE, FAILURE_DATA,
			            "header: a line of more than %d bytes: %.40s...", LIMIT_LINE_OUT, at);
			return FALSE;
		}
		at = line_end + 1;
	}
	return TRUE;
}

static void add_body(GString *out, const struct template *template, enum compose_encoding encoding,
                     const struct compose_copy *copy, GString *scratch)
{
	g_string_truncate(scratch, 0);
	template_render(template, copy->lookup, copy->user, scratch);
	if (scratch->len == 0) /* a part has at least the line end that its boundary begins with */
		g_string_append_c(scratch, '\n');
	switch (encoding) {
	case COMPOSE_QP: compose_encode_qp(out, scratch->str, scratch->len); break;
	case COMPOSE_BASE64: compose_encode_base64(out, scratch->str, scratch->len); break;
	}
}

static void add_pieces(GString *out, const struct compose *compose, const struct compose_copy *copy)
{
	g_autoptr(GString) scratch = g_string_sized_new(4096);

	for (guint i = 0; i < compose->structure.pieces->len; i++) {
		const struct compose_piece *piece = &g_array_index(compose->structure.pieces,
		                                                   struct compose_piece, i);

		g_string_append_len(out, piece->bytes, (gssize)piece->len);
		switch (piece->body) {
		case COMPOSE_BODY_TEXT:
			add_body(out, compose->text, compose->text_encoding, copy, scratch);
			break;
		case COMPOSE_BODY_HTML:
			add_body(out, compose->html, compose->html_encoding, copy, scratch);
			break;
		case COMPOSE_BODY_NONE: break;
		}
	}
}

GBytes *compose_render(const struct compose *compose, const struct compose_copy *copy, GError **error)
{
	g_autoptr(GString) out = g_string_sized_new(compose->structure.len + 8192);

	if (!add_headers(out, compose, copy, error) || !check_lines(out, error))
		return NULL;
	add_pieces(out, compose, copy);
	if (out->len > LIMIT_MESSAGE_OUT) {
		g_set_error(error, FAILURE, FAILURE_DATA, "message: over %d MiB",
		            LIMIT_MESSAGE_OUT / 1024 / 1024);
		return NULL;
	}
	return g_string_free_to_bytes(g_steal_pointer(&out));
}

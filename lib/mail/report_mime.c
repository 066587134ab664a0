// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/report_mime.h"

#include "lib/base/limits.h"
#include "lib/mail/report_fields.h"
#include "lib/mail/report_lean.h"
#include "lib/mail/report_text.h"

#include <gmime/gmime.h>
#include <string.h>

/* GMime declares none */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeStream, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeParser, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeMessage, g_object_unref)

#define HEADER_LINE_MAX 2048 /* of Subject and From, shown and searched */

struct walk {
	struct mail *mail;
	gsize text_left; /* bytes of text parts still taken */
	int parts_left;
};

static void part_free(gpointer data)
{
	struct mail_part *part = data;

	g_free(part->text);
	g_free(part);
}

static void add_part(struct walk *walk, enum part_role role, char *text)
{
	struct mail_part *part = g_new0(struct mail_part, 1);

	part->role = role;
	part->text = text;
	g_ptr_array_add(walk->mail->parts, part);
}

/* The decoded content, at most max bytes. */
static GByteArray *decode(GMimePart *part, gsize max)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GByteArray *bytes = g_byte_array_new();
	g_autoptr(GMimeStream) stream = NULL;

	if (content == NULL)
		return bytes;
	stream = g_mime_stream_mem_new_with_byte_array(bytes);
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	g_mime_data_wrapper_write_to_stream(content, stream);
	if (bytes->len > max)
		g_byte_array_set_size(bytes, (guint)max);
	return bytes;
}

/* Text of which a line end or letter is not the byte of ASCII becomes UTF-8; any other is left alone. */
static void make_ascii_based(GByteArray *bytes, const char *charset)
{
	static const char *const others[] = {"utf-7",  "utf7",  "utf-16", "utf16",
	                                     "utf-32", "utf32", "ucs-2",  "hz-gb"};
	g_autofree char *converted = NULL;
	gsize len = 0;

	if (bytes->len == 0) /* its data may be NULL */
		return;
	for (gsize i = 0; charset != NULL && converted == NULL && i < G_N_ELEMENTS(others); i++)
		if (g_ascii_strncasecmp(charset, others[i], strlen(others[i])) == 0)
			converted = g_convert_with_fallback((const char *)bytes->data, bytes->len, "UTF-8",
			                                    charset, "?", NULL, &len, NULL);
	if (converted == NULL || len > LIMIT_REPORT_PARSED)
		return;
	g_byte_array_set_size(bytes, 0);
	g_byte_array_append(bytes, (const guint8 *)converted, (guint)len);
}

/* LF line ends here, too: base64 hides its own from report_text_normalise(). */
static void drop_cr(GByteArray *bytes)
{
	guint to = 0;

	if (bytes->len == 0 ||
	    (memchr(bytes->data, '\r', bytes->len) == NULL && memchr(bytes->data, '\0', bytes->len) == NULL))
		return;
	for (guint i = 0; i < bytes->len; i++) {
		guint8 c = bytes->data[i];

		if (c == '\r' && (i + 1 == bytes->len || bytes->data[i + 1] != '\n'))
			c = '\n';
		if (c != '\r' && c != '\0')
			bytes->data[to++] = c;
	}
	g_byte_array_set_size(bytes, to);
}

static gboolean role_of(GMimeContentType *type, enum part_role *role_out)
{
	const char *media = g_mime_content_type_get_media_type(type);
	const char *sub = g_mime_content_type_get_media_subtype(type);

	if (media == NULL || sub == NULL)
		return FALSE;
	if (g_ascii_strcasecmp(media, "text") == 0) {
		gboolean is_headers = g_ascii_strncasecmp(sub, "rfc822-header", 13) == 0;

		*role_out = is_headers ? PART_ORIGINAL : PART_TEXT;
		return TRUE;
	}
	if (g_ascii_strcasecmp(media, "message") != 0)
		return FALSE;
	if (g_ascii_strcasecmp(sub, "delivery-status") == 0 ||
	    g_ascii_strcasecmp(sub, "global-delivery-status") == 0 ||
	    g_ascii_strcasecmp(sub, "deliverystatus") == 0)
		*role_out = PART_STATUS;
	else if (g_ascii_strcasecmp(sub, "feedback-report") == 0)
		*role_out = PART_FEEDBACK;
	else if (g_ascii_strcasecmp(sub, "disposition-notification") == 0 ||
	         g_ascii_strcasecmp(sub, "global-disposition-notification") == 0)
		*role_out = PART_DISPOSITION;
	else if (g_ascii_strcasecmp(sub, "global-headers") == 0 ||
	         g_ascii_strcasecmp(sub, "rfc822-headers") == 0)
		*role_out = PART_ORIGINAL;
	else
		return FALSE;
	return TRUE;
}

static void take_leaf(struct walk *walk, GMimePart *part)
{
	GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));
	enum part_role role = PART_TEXT;
	const char *charset;
	g_autoptr(GByteArray) bytes = NULL;
	g_autofree char *text = NULL;

	if (type != NULL && !role_of(type, &role))
		return;
	if (role == PART_TEXT && walk->text_left == 0)
		return;
	bytes = decode(part, role == PART_TEXT ? walk->text_left : LIMIT_REPORT_PARSED);
	charset = type != NULL ? g_mime_content_type_get_parameter(type, "charset") : NULL;
	make_ascii_based(bytes, charset);
	drop_cr(bytes);
	text = report_text_convert((const char *)bytes->data, bytes->len, charset);
	if (role == PART_TEXT)
		walk->text_left -= bytes->len;
	if (role == PART_TEXT && type != NULL && g_mime_content_type_is_type(type, "text", "html")) {
		char *plain = report_text_from_html(text, strlen(text));

		add_part(walk, role, plain);
		((struct mail_part *)g_ptr_array_index(walk->mail->parts, walk->mail->parts->len - 1))
		        ->is_html = TRUE;
		return;
	}
	add_part(walk, role, g_steal_pointer(&text));
}

/* By its headers, roughly: whoever reads it decides. */
static gboolean may_be_report(const char *headers)
{
	static const char *const senders[] = {"mailer-daemon", "mailerdaemon", "mail delivery",
	                                      "postmaster",    "mdaemon",      "mailer_daemon"};
	g_autoptr(GPtrArray) fields = report_fields_read(headers, TRUE);
	const char *type = report_fields_get(fields, "content-type");
	const char *from = report_fields_get(fields, "from");

	if (type != NULL && g_ascii_strncasecmp(type, "multipart/report", 16) == 0)
		return TRUE;
	if (report_fields_get(fields, "x-failed-recipients") != NULL)
		return TRUE;
	for (gsize i = 0; from != NULL && i < G_N_ELEMENTS(senders); i++)
		if (strcasestr(from, senders[i]) != NULL)
			return TRUE;
	return FALSE;
}

/* A message inside: its headers, and the whole when there may be a report in it. */
static void take_message(struct walk *walk, GMimePart *part)
{
	g_autoptr(GByteArray) bytes = decode(part, LIMIT_REPORT_PARSED);
	const char *end;
	char *headers;

	drop_cr(bytes);
	g_byte_array_append(bytes, (const guint8 *)"", 1);
	end = strstr((const char *)bytes->data, "\n\n");
	headers = g_utf8_make_valid((const char *)bytes->data,
	                            end != NULL ? end + 1 - (const char *)bytes->data : -1);
	add_part(walk, PART_ORIGINAL, headers);
	if (walk->mail->inner == NULL && may_be_report(headers))
		walk->mail->inner = g_strdup((const char *)bytes->data);
}

static void walk_object(struct walk *walk, GMimeObject *object, int depth)
{
	if (object == NULL || depth > LIMIT_REPORT_DEPTH || walk->parts_left-- <= 0)
		return;
	if (GMIME_IS_MULTIPART(object)) {
		GMimeMultipart *multipart = GMIME_MULTIPART(object);

		for (int i = 0; i < g_mime_multipart_get_count(multipart) && walk->parts_left > 0; i++)
			walk_object(walk, g_mime_multipart_get_part(multipart, i), depth + 1);
	} else if (GMIME_IS_PART(object)) {
		GMimeContentType *type = g_mime_object_get_content_type(object);

		if (type != NULL && g_mime_content_type_is_type(type, "message", "x-mail"))
			take_message(walk, GMIME_PART(object));
		else
			take_leaf(walk, GMIME_PART(object));
	}
}

static char *decode_header(const char *value)
{
	g_autofree char *decoded = g_mime_utils_header_decode_text(NULL, value);

	return report_text_clean(decoded != NULL ? decoded : value, -1, HEADER_LINE_MAX);
}

/* Without parts that could be read (no boundary, cut before the first part), the body as it stands. */
static void take_raw_body(struct walk *walk)
{
	const char *body = strstr(walk->mail->raw->str, "\n\n");

	body = body != NULL ? body + 2 : "";
	add_part(walk, PART_TEXT, report_text_convert(body, MIN(strlen(body), LIMIT_REPORT_TEXT), NULL));
}

static void parse_tree(struct mail *mail)
{
	struct walk walk = {mail, LIMIT_REPORT_TEXT, LIMIT_REPORT_PARTS};
	g_autoptr(GBytes) lean = g_string_free_to_bytes(report_lean_copy(mail->raw));
	g_autoptr(GByteArray) bytes = g_bytes_unref_to_array(g_steal_pointer(&lean));
	g_autoptr(GMimeStream) stream = NULL;
	g_autoptr(GMimeParser) parser = NULL;
	g_autoptr(GMimeMessage) message = NULL;
	GMimeContentType *type;
	GMimeObject *top;

	stream = g_mime_stream_mem_new_with_byte_array(bytes);
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	parser = g_mime_parser_new_with_stream(stream);
	g_mime_parser_set_format(parser, GMIME_FORMAT_MESSAGE);
	message = g_mime_parser_construct_message(parser, NULL);
	top = message != NULL ? g_mime_message_get_mime_part(message) : NULL;
	type = top != NULL ? g_mime_object_get_content_type(top) : NULL;
	if (type != NULL) {
		const char *report = g_mime_content_type_get_parameter(type, "report-type");
		g_autofree char *name = g_mime_content_type_get_mime_type(type);

		mail->content_type = g_ascii_strdown(name, -1);
		mail->report_type = g_ascii_strdown(report != NULL ? report : "", -1);
	} else {
		mail->content_type = g_strdup("");
		mail->report_type = g_strdup("");
	}
	walk_object(&walk, top, 0);
	if (mail->parts->len == 0)
		take_raw_body(&walk);
}

struct mail *mail_open(const void *bytes, gsize len)
{
	struct mail *mail = g_new0(struct mail, 1);

	mail->raw = report_text_normalise(bytes, len);
	mail->headers = report_fields_read(mail->raw->str, TRUE);
	mail->parts = g_ptr_array_new_with_free_func(part_free);
	mail->subject = decode_header(mail_header(mail, "subject"));
	mail->from = decode_header(mail_header(mail, "from"));
	parse_tree(mail);
	return mail;
}

void mail_close(struct mail *mail)
{
	if (mail == NULL)
		return;
	g_ptr_array_unref(mail->headers);
	g_ptr_array_unref(mail->parts);
	g_string_free(mail->raw, TRUE);
	g_free(mail->inner);
	g_free(mail->content_type);
	g_free(mail->report_type);
	g_free(mail->subject);
	g_free(mail->from);
	g_free(mail);
}

const char *mail_header(const struct mail *mail, const char *name)
{
	const char *value = report_fields_get(mail->headers, name);

	return value != NULL ? value : "";
}

const struct mail_part *mail_part_find(const struct mail *mail, enum part_role role)
{
	for (guint i = 0; i < mail->parts->len; i++) {
		const struct mail_part *part = g_ptr_array_index(mail->parts, i);

		if (part->role == role)
			return part;
	}
	return NULL;
}

const char *mail_original_headers(const struct mail *mail)
{
	static const char *const openings[] = {
	        "return-path:",  "received:",       "message-id:",  "x-original-to:",
	        "delivered-to:", "dkim-signature:", "mime-version:"};
	const struct mail_part *part = mail_part_find(mail, PART_ORIGINAL);

	if (part != NULL)
		return part->text;
	part = mail_part_find(mail, PART_TEXT);
	for (const char *line = part != NULL ? part->text : NULL; line != NULL; line = strchr(line, '\n')) {
		while (*line == '\n')
			line++;
		for (gsize i = 0; i < G_N_ELEMENTS(openings); i++)
			if (g_ascii_strncasecmp(line, openings[i], strlen(openings[i])) == 0)
				return line;
	}
	return "";
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/compose.h"

#include <string.h>

#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/mail/compose_header.h"
#include "lib/mail/compose_part.h"
#include "lib/mail/mail_init.h"
#include "lib/mail/mime_auto.h"

/* What the walk through the MIME tree collects. */
struct import {
	char *text;
	char *html;
	GPtrArray *attachments;
	GPtrArray *marks; /* "--boundary--" of each multipart, as char * */
	guint parts;
};

static gboolean fail(GError **error, const char *what)
{
	g_set_error_literal(error, FAILURE, FAILURE_DATA, what);
	return FALSE;
}

static gboolean is_blank(const char *text)
{
	return text == NULL || text[strspn(text, " \t\n")] == '\0';
}

static void free_attachment(void *data)
{
	struct compose_attachment *attachment = data;

	g_free(attachment->name);
	g_free(attachment->type);
	g_free(attachment->content_id);
	g_bytes_unref(attachment->bytes);
	g_free(attachment);
}

static GBytes *stream_bytes(GMimeStream *stream)
{
	GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));

	return g_bytes_new(bytes->data, bytes->len);
}

static char *type_name(GMimeObject *object)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);
	g_autofree char *name = g_mime_content_type_get_mime_type(type);

	return g_ascii_strdown(name, -1);
}

static void add_attachment(struct import *import, GMimePart *part)
{
	struct compose_attachment *attachment = g_new0(struct compose_attachment, 1);

	attachment->name = g_strdup(g_mime_part_get_filename(part));
	attachment->type = type_name(GMIME_OBJECT(part));
	attachment->bytes = compose_part_decode(part);
	attachment->content_id = g_strdup(g_mime_object_get_content_id(GMIME_OBJECT(part)));
	g_ptr_array_add(import->attachments, attachment);
}

static void add_message(struct import *import, GMimeMessagePart *part)
{
	GMimeMessage *message = g_mime_message_part_get_message(part);
	const char *subject = message != NULL ? g_mime_message_get_subject(message) : NULL;
	g_autoptr(GMimeStream) stream = g_mime_stream_mem_new();
	struct compose_attachment *attachment = g_new0(struct compose_attachment, 1);

	if (message != NULL)
		g_mime_object_write_to_stream(GMIME_OBJECT(message), NULL, stream);
	attachment->name = g_strdup_printf("%s.eml",
	                                   subject != NULL && *subject != '\0' ? subject : "message");
	attachment->type = g_strdup("message/rfc822");
	attachment->bytes = stream_bytes(stream);
	g_strdelimit(attachment->name, "/\\", '-');
	g_ptr_array_add(import->attachments, attachment);
}

static gboolean is_attached(GMimeObject *object)
{
	GMimeContentDisposition *disposition = g_mime_object_get_content_disposition(object);

	return disposition != NULL && g_mime_content_disposition_is_attachment(disposition);
}

/* A leaf: the first plain text and the first HTML are the body, all else is attached. */
static gboolean take_part(struct import *import, GMimePart *part, GError **error)
{
	GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));
	char **body = NULL;

	if (g_mime_content_type_is_type(type, "text", "plain"))
		body = &import->text;
	else if (g_mime_content_type_is_type(type, "text", "html"))
		body = &import->html;
	if (body == NULL || *body != NULL || is_attached(GMIME_OBJECT(part))) {
		add_attachment(import, part);
		return TRUE;
	}
	*body = compose_part_text(part, error);
	return *body != NULL;
}

static gboolean take_object(struct import *import, GMimeObject *object, guint depth, GError **error);

static gboolean take_multipart(struct import *import, GMimeMultipart *multipart, guint depth, GError **error)
{
	GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(multipart));
	const char *boundary = g_mime_content_type_get_parameter(type, "boundary");
	int count = g_mime_multipart_get_count(multipart);

	if (boundary == NULL || *boundary == '\0')
		return fail(error, "broken MIME tree: a multipart without boundary");
	if (count == 0)
		return fail(error, "broken MIME tree: a multipart without parts");
	if (g_mime_content_type_is_type(type, "multipart", "encrypted"))
		return fail(error, "the message is encrypted");
	g_ptr_array_add(import->marks, g_strdup_printf("--%s--", boundary));
	/* what was signed is not what will be sent */
	if (g_mime_content_type_is_type(type, "multipart", "signed"))
		count = 1;
	for (int i = 0; i < count; i++) {
		if (!take_object(import, g_mime_multipart_get_part(multipart, i), depth + 1, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean take_object(struct import *import, GMimeObject *object, guint depth, GError **error)
{
	if (depth > LIMIT_REPORT_DEPTH)
		return fail(error, "broken MIME tree: nested too deep");
	if (++import->parts > LIMIT_REPORT_PARTS)
		return fail(error, "broken MIME tree: too many parts");
	if (GMIME_IS_MULTIPART(object))
		return take_multipart(import, GMIME_MULTIPART(object), depth, error);
	if (GMIME_IS_MESSAGE_PART(object)) {
		add_message(import, GMIME_MESSAGE_PART(object));
		return TRUE;
	}
	if (GMIME_IS_PART(object))
		return take_part(import, GMIME_PART(object), error);
	return fail(error, "broken MIME tree: a part that is none");
}

/* Each multipart must have its end: without it the file was cut off. */
static gboolean check_ends(const struct import *import, const char *bytes, gsize len, GError **error)
{
	for (guint i = 0; i < import->marks->len; i++) {
		const char *mark = g_ptr_array_index(import->marks, i), *at = bytes, *found;

		do {
			found = memmem(at, len - (gsize)(at - bytes), mark, strlen(mark));
			at = found != NULL ? found + 1 : at;
		} while (found != NULL && found > bytes && found[-1] != '\n' && found[-1] != '\r');
		if (found == NULL)
			return fail(error, "broken MIME tree: a multipart has no end; is the file cut off?");
	}
	return TRUE;
}

/* GMime follows nested parts by recursion, so what it is given must not nest without end. */
static gboolean check_nesting(const char *bytes, gsize len, GError **error)
{
	static const char *const words[] = {"multipart/", "message/"};
	guint count = 0;

	for (const char *at = bytes, *end = bytes + len; at < end;) {
		const char *slash = memchr(at, '/', (gsize)(end - at));

		if (slash == NULL)
			break;
		at = slash + 1;
		for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
			gsize word = strlen(words[i]);

			if ((gsize)(at - bytes) >= word &&
			    g_ascii_strncasecmp(at - word, words[i], word) == 0)
				count++;
		}
		if (count > LIMIT_REPORT_PARTS * 4)
			return fail(error, "broken MIME tree: too many parts");
	}
	return TRUE;
}

/* Attachments that the HTML does not show are ordinary ones. */
static void settle_content_ids(struct import *import)
{
	for (guint i = 0; i < import->attachments->len; i++) {
		struct compose_attachment *attachment = g_ptr_array_index(import->attachments, i);
		g_autofree char *link = NULL, *escaped = NULL;

		if (attachment->content_id == NULL)
			continue;
		link = g_strdup_printf("cid:%s", attachment->content_id);
		escaped = g_uri_escape_string(attachment->content_id, "+", FALSE);
		if (import->html != NULL && compose_header_is_token(attachment->content_id) &&
		    (strstr(import->html, link) != NULL || strstr(import->html, escaped) != NULL))
			continue;
		g_clear_pointer(&attachment->content_id, g_free);
	}
}

static guint count_headers(GMimeMessage *message, const char *name)
{
	GMimeHeaderList *headers = g_mime_object_get_header_list(GMIME_OBJECT(message));
	guint count = 0;

	for (int i = 0; i < g_mime_header_list_get_count(headers); i++) {
		GMimeHeader *header = g_mime_header_list_get_header_at(headers, i);

		count += g_ascii_strcasecmp(g_mime_header_get_name(header), name) == 0;
	}
	return count;
}

/* "Title <addr>" of the one address in a header, as compose_header_read_mailbox() reads it. */
static char *read_sender(InternetAddressList *list, const char *name, GError **error)
{
	InternetAddress *address = list != NULL ? internet_address_list_get_address(list, 0) : NULL;
	g_autoptr(GString) out = g_string_new(NULL);
	const char *display, *addr;

	if (address == NULL || internet_address_list_length(list) != 1 ||
	    !INTERNET_ADDRESS_IS_MAILBOX(address)) {
		g_set_error(error, FAILURE, FAILURE_DATA, "%s: not one address", name);
		return NULL;
	}
	addr = internet_address_mailbox_get_idn_addr(INTERNET_ADDRESS_MAILBOX(address));
	if (addr == NULL || !compose_header_is_address(addr)) {
		g_set_error(error, FAILURE, FAILURE_DATA, "%s: not a valid address", name);
		return NULL;
	}
	display = internet_address_get_name(address);
	if (display == NULL || *display == '\0')
		return g_strdup(addr);
	g_string_append_c(out, '"');
	for (; *display != '\0'; display++) {
		if (*display == '"' || *display == '\\')
			g_string_append_c(out, '\\');
		g_string_append_c(out, *display);
	}
	g_string_append_printf(out, "\" <%s>", addr);
	return g_strdup(out->str);
}

static gboolean read_headers(struct compose_content *content, GMimeMessage *message, GError **error)
{
	guint from = count_headers(message, "From"), reply_to = count_headers(message, "Reply-To");
	const char *subject = g_mime_message_get_subject(message);

	if (from != 1)
		return fail(error,
		            from == 0 ? "the message has no From" : "the message has more than one From");
	if (reply_to > 1 || count_headers(message, "Subject") > 1)
		return fail(error,
		            "the message has a header twice that it may have once (Subject, Reply-To)");
	content->from = read_sender(g_mime_message_get_from(message), "From", error);
	if (content->from == NULL)
		return FALSE;
	if (reply_to == 1)
		content->reply_to = read_sender(g_mime_message_get_reply_to(message), "Reply-To", error);
	if (reply_to == 1 && content->reply_to == NULL)
		return FALSE;
	content->subject = subject != NULL ? g_utf8_make_valid(subject, -1) : NULL;
	return TRUE;
}

static GMimeMessage *parse(const char *bytes, gsize len)
{
	g_autoptr(GMimeStream) stream = g_mime_stream_mem_new_with_buffer(bytes, len);
	g_autoptr(GMimeParser) parser = g_mime_parser_new_with_stream(stream);

	return g_mime_parser_construct_message(parser, NULL);
}

static gboolean read_body(struct compose_content *content, GMimeMessage *message, const char *bytes,
                          gsize len, GError **error)
{
	struct import import = {
	        .attachments = g_ptr_array_new_with_free_func(free_attachment),
	        .marks = g_ptr_array_new_with_free_func(g_free),
	};
	GMimeObject *top = g_mime_message_get_mime_part(message);
	gboolean done = top != NULL ? take_object(&import, top, 1, error)
	                            : fail(error, "the message has no body");

	if (done)
		done = check_ends(&import, bytes, len, error);
	if (done && is_blank(import.text) && is_blank(import.html))
		done = fail(error, "the message has no text and no HTML");
	settle_content_ids(&import);
	g_ptr_array_unref(import.marks);
	content->text = import.text;
	content->html = import.html;
	content->attachments = import.attachments;
	return done;
}

struct compose_content *compose_content_from_message(const void *bytes, gsize len, GError **error)
{
	const char *text = bytes, *end;
	g_autoptr(GMimeMessage) message = NULL;
	struct compose_content *content;

	mail_init();
	if (len > LIMIT_MESSAGE_FILE) {
		fail(error, "the message is too large");
		return NULL;
	}
	/* the first line of an mbox */
	if (len > 5 && memcmp(text, "From ", 5) == 0 && (end = memchr(text, '\n', len)) != NULL) {
		len -= (gsize)(end + 1 - text);
		text = end + 1;
	}
	if (!check_nesting(text, len, error))
		return NULL;
	message = parse(text, len);
	if (message == NULL) {
		fail(error, "not a message");
		return NULL;
	}
	content = g_new0(struct compose_content, 1);
	if (!read_headers(content, message, error) || !read_body(content, message, text, len, error)) {
		compose_content_free(content);
		return NULL;
	}
	return content;
}

void compose_content_free(struct compose_content *content)
{
	if (content == NULL)
		return;
	g_free((char *)content->from);
	g_free((char *)content->reply_to);
	g_free((char *)content->subject);
	g_free((char *)content->text);
	g_free((char *)content->html);
	g_clear_pointer(&content->attachments, g_ptr_array_unref);
	g_free(content);
}

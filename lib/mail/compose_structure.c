// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/compose_structure.h"

#include <string.h>

#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/base/secrets.h"
#include "lib/base/text.h"
#include "lib/mail/mime_auto.h"

#define NAME_MAX_LEN 120 /* of an attachment's file name, bytes */

/* 80 random bits as text: no message that anybody writes holds them by chance. */
static char *make_nonce(void)
{
	guint8 bytes[10];

	secrets_random(bytes, sizeof bytes);
	return text_base32_write(bytes, sizeof bytes);
}

static const char *guess_type(const char *name)
{
	static const char *const types[][2] = {
	        {"pdf", "application/pdf"},
	        {"png", "image/png"},
	        {"jpg", "image/jpeg"},
	        {"jpeg", "image/jpeg"},
	        {"gif", "image/gif"},
	        {"webp", "image/webp"},
	        {"svg", "image/svg+xml"},
	        {"txt", "text/plain"},
	        {"html", "text/html"},
	        {"htm", "text/html"},
	        {"csv", "text/csv"},
	        {"ics", "text/calendar"},
	        {"vcf", "text/vcard"},
	        {"zip", "application/zip"},
	        {"gz", "application/gzip"},
	        {"json", "application/json"},
	        {"xml", "application/xml"},
	        {"doc", "application/msword"},
	        {"xls", "application/vnd.ms-excel"},
	        {"ppt", "application/vnd.ms-powerpoint"},
	        {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	        {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
	        {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
	        {"odt", "application/vnd.oasis.opendocument.text"},
	        {"ods", "application/vnd.oasis.opendocument.spreadsheet"},
	        {"odp", "application/vnd.oasis.opendocument.presentation"},
	        {"epub", "application/epub+zip"},
	        {"mp3", "audio/mpeg"},
	        {"mp4", "video/mp4"},
	        {"eml", "message/rfc822"}};
	const char *dot = strrchr(name, '.');

	for (gsize i = 0; dot != NULL && i < G_N_ELEMENTS(types); i++) {
		if (g_ascii_strcasecmp(dot + 1, types[i][0]) == 0)
			return types[i][1];
	}
	return "application/octet-stream";
}

/* The last component, one line, not longer than a file name may be; its extension stays. */
static char *clean_name(const char *name)
{
	const char *slash = name != NULL ? strrchr(name, '/') : NULL;
	g_autofree char *base = g_utf8_make_valid(slash != NULL ? slash + 1 : (name != NULL ? name : ""), -1);
	GString *out = g_string_new(NULL);

	for (const char *at = base; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		g_string_append_unichar(out, g_unichar_iscntrl(c) || c == '\\' || c == '"' ? '_' : c);
	}
	while (out->len > NAME_MAX_LEN) {
		char *dot = strrchr(out->str, '.');
		char *end = dot != NULL && strlen(dot) <= 10 && dot > out->str ? dot : out->str + out->len;
		char *before = g_utf8_find_prev_char(out->str, end);

		g_string_erase(out, before - out->str, end - before);
	}
	if (out->len == 0)
		g_string_append(out, "attachment");
	return g_string_free(out, FALSE);
}

/* CRLF text for a message part, which must not be encoded (RFC 2046 5.2.1); NULL when it would have to be. */
static GBytes *make_seven_bit(GBytes *bytes)
{
	gsize len, line = 0;
	const guint8 *data = g_bytes_get_data(bytes, &len);
	g_autoptr(GByteArray) out = g_byte_array_sized_new((guint)(len + len / 32));

	for (gsize i = 0; i < len; i++) {
		gboolean is_end = data[i] == '\n' || data[i] == '\r';

		if (data[i] == 0 || data[i] >= 0x80 || (!is_end && ++line > LIMIT_LINE_OUT))
			return NULL;
		if (is_end)
			line = 0;
		if (data[i] == '\r' && i + 1 < len && data[i + 1] == '\n')
			i++;
		g_byte_array_append(out, is_end ? (const guint8 *)"\r\n" : data + i, is_end ? 2 : 1);
	}
	return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

static void set_content(GMimePart *part, const void *bytes, gsize len, GMimeContentEncoding encoding,
                        GMimeContentEncoding wrapped_as)
{
	/* an empty GBytes has no data */
	g_autoptr(GMimeStream) stream = g_mime_stream_mem_new_with_buffer(bytes != NULL ? bytes : "", len);
	g_autoptr(GMimeDataWrapper) wrapper = g_mime_data_wrapper_new_with_stream(stream, wrapped_as);

	g_mime_part_set_content(part, wrapper);
	g_mime_part_set_content_encoding(part, encoding);
}

/* A text part whose content is a mark: it says it is encoded already, so GMime writes it as it is. */
static GMimeObject *make_text(const char *subtype, enum compose_encoding encoding, const char *mark)
{
	GMimePart *part = g_mime_part_new_with_type("text", subtype);
	GMimeContentEncoding mime = encoding == COMPOSE_QP ? GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE
	                                                   : GMIME_CONTENT_ENCODING_BASE64;

	g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", "utf-8");
	set_content(part, mark, strlen(mark), mime, mime);
	return GMIME_OBJECT(part);
}

/* "type/subtype" of the characters that RFC 6838 4.2 allows */
static gboolean is_type(const char *type)
{
	gsize len = strcspn(type, "/");

	for (const char *at = type; *at != '\0'; at++) {
		if (!g_ascii_isalnum(*at) && strchr("!#$&-^_.+", *at) == NULL && at != type + len)
			return FALSE;
	}
	return len > 0 && type[len] == '/' && type[len + 1] != '\0' && strlen(type) <= 127;
}

static GMimeContentType *type_of(const struct compose_attachment *attachment, const char *name)
{
	const char *type = attachment->type != NULL ? attachment->type : guess_type(name);

	if (!is_type(type) || g_ascii_strncasecmp(type, "multipart/", 10) == 0)
		type = "application/octet-stream";
	return g_mime_content_type_parse(NULL, type);
}

static GMimeObject *make_attachment(const struct compose_attachment *attachment)
{
	g_autofree char *name = clean_name(attachment->name);
	g_autoptr(GMimeContentType) type = type_of(attachment, name);
	g_autoptr(GBytes) bytes = g_bytes_ref(attachment->bytes);
	GMimeContentEncoding encoding = GMIME_CONTENT_ENCODING_BASE64;
	GMimePart *part;

	if (g_mime_content_type_is_type(type, "message", "*")) {
		g_autoptr(GBytes) text = make_seven_bit(bytes);

		if (text != NULL && g_mime_content_type_is_type(type, "message", "rfc822")) {
			g_bytes_unref(bytes);
			bytes = g_steal_pointer(&text);
			encoding = GMIME_CONTENT_ENCODING_7BIT;
		} else {
			g_object_unref(type);
			type = g_mime_content_type_new("application", "octet-stream");
		}
	}
	part = g_mime_part_new();
	g_mime_object_set_content_type(GMIME_OBJECT(part), type);
	g_mime_object_set_disposition(GMIME_OBJECT(part),
	                              attachment->content_id != NULL ? "inline" : "attachment");
	if (attachment->content_id != NULL)
		g_mime_object_set_content_id(GMIME_OBJECT(part), attachment->content_id);
	g_mime_part_set_filename(part, name);
	set_content(part, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), encoding,
	            encoding == GMIME_CONTENT_ENCODING_7BIT ? encoding : GMIME_CONTENT_ENCODING_BINARY);
	return GMIME_OBJECT(part);
}

static GMimeMultipart *new_multipart(const char *subtype)
{
	g_autofree char *nonce = make_nonce();
	g_autofree char *boundary = g_strdup_printf("=_%s", nonce);
	GMimeMultipart *multipart = g_mime_multipart_new_with_subtype(subtype);

	g_mime_multipart_set_boundary(multipart, boundary);
	return multipart;
}

/* Add a part and drop our reference to it. */
static void add_part(GMimeMultipart *multipart, GMimeObject *part)
{
	g_mime_multipart_add(multipart, part);
	g_object_unref(part);
}

/* Put those attachments behind the part that are shown in the HTML, or those that are not. Takes the part. */
static GMimeObject *wrap(GMimeObject *part, const char *subtype, const GPtrArray *attachments, gboolean shown)
{
	GMimeMultipart *multipart = NULL;

	for (guint i = 0; attachments != NULL && i < attachments->len; i++) {
		const struct compose_attachment *attachment = g_ptr_array_index(attachments, i);

		if ((attachment->content_id != NULL) != shown)
			continue;
		if (multipart == NULL) {
			multipart = new_multipart(subtype);
			add_part(multipart, part);
		}
		add_part(multipart, make_attachment(attachment));
	}
	if (multipart == NULL)
		return part;
	if (shown) /* RFC 2387 3.1 */
		g_mime_object_set_content_type_parameter(GMIME_OBJECT(multipart), "type", "text/html");
	return GMIME_OBJECT(multipart);
}

static GMimeObject *build_tree(const struct compose_shape *shape, const char *text_mark,
                               const char *html_mark)
{
	GMimeObject *top = make_text("plain", shape->text_encoding, text_mark);

	if (shape->has_html) {
		GMimeMultipart *alternative = new_multipart("alternative");
		GMimeObject *html = make_text("html", shape->html_encoding, html_mark);

		add_part(alternative, top);
		add_part(alternative, wrap(html, "related", shape->attachments, TRUE));
		top = GMIME_OBJECT(alternative);
	} else {
		top = wrap(top, "mixed", shape->attachments, TRUE);
	}
	return wrap(top, "mixed", shape->attachments, FALSE);
}

static GByteArray *write_tree(GMimeObject *tree)
{
	g_autoptr(GMimeStream) stream = g_mime_stream_mem_new();
	GMimeFormatOptions *options = g_mime_format_options_new();
	GByteArray *bytes;

	g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
	g_mime_format_options_set_param_encoding_method(options, GMIME_PARAM_ENCODING_METHOD_RFC2231);
	g_mime_object_write_to_stream(tree, options, stream);
	g_mime_format_options_free(options);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	return bytes;
}

static void add_piece(struct compose_structure *structure, const guint8 *bytes, gsize len,
                      enum compose_body body)
{
	struct compose_piece piece = {.bytes = g_memdup2(bytes, len), .len = len, .body = body};

	g_array_append_val(structure->pieces, piece);
	structure->len += len;
}

/* Cut the written tree at a mark and the line end behind it: bodies bring their own. Returns the place
 * behind. */
static const guint8 *cut_at(struct compose_structure *structure, const guint8 *at, const guint8 *end,
                            const char *mark, enum compose_body body)
{
	const guint8 *found = memmem(at, (gsize)(end - at), mark, strlen(mark));

	if (found == NULL)
		g_error("the MIME tree has lost its %s", mark);
	add_piece(structure, at, (gsize)(found - at), body);
	found += strlen(mark);
	return end - found >= 2 && memcmp(found, "\r\n", 2) == 0 ? found + 2 : found;
}

static gboolean is_within_limit(const GPtrArray *attachments)
{
	gsize sum = 0;

	for (guint i = 0; attachments != NULL && i < attachments->len; i++) {
		const struct compose_attachment *attachment = g_ptr_array_index(attachments, i);

		/* base64 and its line ends */
		sum += g_bytes_get_size(attachment->bytes) / 3 * 4 / 76 * 78 + 1024;
		if (sum > LIMIT_MESSAGE_OUT)
			return FALSE;
	}
	return TRUE;
}

static void clear_piece(void *data)
{
	g_free(((struct compose_piece *)data)->bytes);
}

gboolean compose_structure_init(struct compose_structure *structure, const struct compose_shape *shape,
                                GError **error)
{
	g_autofree char *nonce = make_nonce();
	g_autofree char *text_mark = g_strdup_printf("text-%s", nonce);
	g_autofree char *html_mark = g_strdup_printf("html-%s", nonce);
	g_autoptr(GMimeObject) tree = NULL;
	g_autoptr(GByteArray) bytes = NULL;
	const guint8 *at, *end;

	if (!is_within_limit(shape->attachments)) {
		g_set_error(error, FAILURE, FAILURE_DATA, "attachments: together over %d MiB",
		            LIMIT_MESSAGE_OUT / 1024 / 1024);
		return FALSE;
	}
	tree = build_tree(shape, text_mark, html_mark);
	bytes = write_tree(tree);
	*structure = (struct compose_structure){
	        .pieces = g_array_new(FALSE, FALSE, sizeof(struct compose_piece))};
	g_array_set_clear_func(structure->pieces, clear_piece);
	at = bytes->data;
	end = at + bytes->len;
	at = cut_at(structure, at, end, text_mark, COMPOSE_BODY_TEXT);
	if (shape->has_html)
		at = cut_at(structure, at, end, html_mark, COMPOSE_BODY_HTML);
	add_piece(structure, at, (gsize)(end - at), COMPOSE_BODY_NONE);
	return TRUE;
}

void compose_structure_clear(struct compose_structure *structure)
{
	g_clear_pointer(&structure->pieces, g_array_unref);
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/compose_part.h"

#include <string.h>

#include "lib/base/failure.h"

GBytes *compose_part_decode(GMimePart *part)
{
	g_autoptr(GMimeStream) stream = g_mime_stream_mem_new();
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GByteArray *bytes;

	if (content != NULL)
		g_mime_data_wrapper_write_to_stream(content, stream);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	return g_bytes_new(bytes->data, bytes->len);
}

/* CRLF and CR to LF, in place. */
static void unify_line_ends(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		if (*from == '\r') {
			*to++ = '\n';
			from += from[1] == '\n';
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

/* The quote marks at the start of a line. */
static gsize quote_depth(const char *line)
{
	return strspn(line, ">");
}

/* RFC 3676 4.2: a line that ends with a blank goes on in the next of the same quote depth, "-- " does not. In
 * place of what a mail program broke to fit its window there are whole paragraphs. */
static char *unflow(const char *text, gboolean del_sp)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	GString *out = g_string_sized_new(strlen(text));
	gboolean goes_on = FALSE;
	gsize depth = 0;

	for (gsize i = 0; lines[i] != NULL; i++) {
		const char *line = lines[i];
		gsize quotes = quote_depth(line), start = quotes + (line[quotes] == ' '), len = strlen(line);
		gboolean is_mark = strcmp(line + start, "-- ") == 0;

		if (!goes_on || quotes != depth || is_mark) {
			g_string_append(out, i > 0 ? "\n" : "");
			g_string_append_len(out, line, (gssize)quotes);
			g_string_append(out, quotes > 0 && line[start] != '\0' ? " " : "");
		}
		goes_on = len > start && line[len - 1] == ' ' && !is_mark;
		depth = quotes;
		g_string_append_len(out, line + start, (gssize)(len - start - (goes_on && del_sp ? 1 : 0)));
	}
	return g_string_free(out, FALSE);
}

/* NULL when it is not in that charset, or holds NUL. */
static char *convert(const char *bytes, gsize len, const char *charset)
{
	gsize written;
	g_autofree char *text = g_convert(bytes, (gssize)len, "UTF-8", g_mime_charset_iconv_name(charset),
	                                  NULL, &written, NULL);

	if (text == NULL || strlen(text) != written || !g_utf8_validate(text, -1, NULL))
		return NULL;
	return g_steal_pointer(&text);
}

static gboolean has_parameter(GMimeContentType *type, const char *name, const char *value)
{
	const char *found = g_mime_content_type_get_parameter(type, name);

	return found != NULL && g_ascii_strcasecmp(found, value) == 0;
}

/* Text without a charset, or in ASCII that is not, is what most mail of that kind is: UTF-8 or windows-1252.
 */
char *compose_part_text(GMimePart *part, GError **error)
{
	g_autoptr(GBytes) bytes = compose_part_decode(part);
	GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));
	const char *charset = g_mime_content_type_get_parameter(type, "charset");
	gsize len;
	const char *data = g_bytes_get_data(bytes, &len);
	char *text;

	if (len == 0)
		return g_strdup("");
	if (charset == NULL || g_ascii_strcasecmp(charset, "us-ascii") == 0)
		charset = g_utf8_validate_len(data, len, NULL) ? "UTF-8" : "windows-1252";
	text = convert(data, len, charset);
	if (text == NULL) {
		g_set_error(error, FAILURE, FAILURE_DATA, "a text part is not in its charset (%.40s)",
		            charset);
		return NULL;
	}
	unify_line_ends(text);
	if (has_parameter(type, "format", "flowed")) {
		g_autofree char *flowed = text;

		text = unflow(flowed, has_parameter(type, "delsp", "yes"));
	}
	return text;
}

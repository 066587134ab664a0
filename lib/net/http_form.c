// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/http_form.h"

#include "lib/base/limits.h"

#include <string.h>

enum { BOUNDARY_MAX = 70 }; /* RFC 2046 5.1.1 */

static gboolean has_type(const char *content_type, const char *type)
{
	gsize len = strcspn(content_type, "; \t");

	return len == strlen(type) && g_ascii_strncasecmp(content_type, type, len) == 0;
}

static gboolean is_urlencoded(const char *content_type)
{
	return has_type(content_type, "application/x-www-form-urlencoded");
}

gboolean http_form_is(const char *content_type)
{
	return is_urlencoded(content_type) || has_type(content_type, "multipart/form-data");
}

/* Add a field; both texts are taken over. FALSE: it is not one, or one too many. */
static gboolean add_field(GHashTable *fields, char *name, gsize name_len, char *value, gsize value_len)
{
	/* g_utf8_validate() of a length refuses NUL, too */
	gboolean is_good = g_utf8_validate(name, (gssize)name_len, NULL) &&
	                   g_utf8_validate(value, (gssize)value_len, NULL);

	if (is_good && !g_hash_table_contains(fields, name)) {
		is_good = g_hash_table_size(fields) < LIMIT_HTTP_FIELDS;
		if (is_good) {
			g_hash_table_insert(fields, name, value);
			return TRUE;
		}
	}
	g_free(name);
	g_free(value);
	return is_good;
}

/* ---- urlencoded ---- */

/* "a+b%20c" decoded; a % without two digits behind it stands for itself. NUL-terminated behind *len_out
 * bytes. */
static char *decode(const char *text, gsize len, gsize *len_out)
{
	GString *out = g_string_sized_new(len);

	for (gsize i = 0; i < len; i++) {
		int high = text[i] == '%' && len - i > 2 ? g_ascii_xdigit_value(text[i + 1]) : -1;
		int low = high >= 0 ? g_ascii_xdigit_value(text[i + 2]) : -1;

		if (low >= 0) {
			g_string_append_c(out, (char)(high * 16 + low));
			i += 2;
		} else {
			g_string_append_c(out, text[i] == '+' ? ' ' : text[i]);
		}
	}
	*len_out = out->len;
	return g_string_free(out, FALSE);
}

static gboolean read_urlencoded(GHashTable *fields, const char *body, gsize len)
{
	const char *end = body + len;

	for (const char *at = body; at < end;) {
		const char *stop = memchr(at, '&', (gsize)(end - at));
		const char *equals;
		gsize name_len, value_len;
		char *name, *value;

		stop = stop == NULL ? end : stop;
		equals = memchr(at, '=', (gsize)(stop - at));
		if (stop > at) {
			name = decode(at, (gsize)((equals == NULL ? stop : equals) - at), &name_len);
			value = decode(equals == NULL ? stop : equals + 1,
			               equals == NULL ? 0 : (gsize)(stop - equals - 1), &value_len);
			if (!add_field(fields, name, name_len, value, value_len))
				return FALSE;
		}
		at = stop + 1;
	}
	return TRUE;
}

/* ---- multipart ---- */

/* A parameter of a header field: name="value" or name=value. Caller frees; NULL: it is not there. */
static char *parameter(const char *field, const char *name)
{
	gsize len = strlen(name);

	for (const char *at = strchr(field, ';'); at != NULL; at = strchr(at, ';')) {
		const char *end;

		at += 1 + strspn(at + 1, " \t");
		if (g_ascii_strncasecmp(at, name, len) != 0 || at[len] != '=')
			continue;
		at += len + 1;
		if (*at != '"')
			return g_strndup(at, strcspn(at, "; \t"));
		end = strchr(at + 1, '"');
		return end == NULL ? NULL : g_strndup(at + 1, (gsize)(end - at - 1));
	}
	return NULL;
}

/* The name of a part, from its header; NULL: it has none. Caller frees. */
static char *name_of_part(const char *head, gsize len)
{
	static const char field[] = "Content-Disposition:";
	g_autofree char *text = g_strndup(head, len);
	g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);

	for (guint i = 0; lines[i] != NULL; i++) {
		const char *value = lines[i] + strlen(field);

		if (g_ascii_strncasecmp(lines[i], field, strlen(field)) != 0)
			continue;
		value += strspn(value, " \t");
		return has_type(value, "form-data") ? parameter(value, "name") : NULL;
	}
	return NULL;
}

static const char *find(const char *at, const char *end, const char *what, gsize len)
{
	return at > end ? NULL : memmem(at, (gsize)(end - at), what, len);
}

/* One part: what stands between two delimiters, from behind the first one's line. */
static gboolean read_part(GHashTable *fields, const char *part, const char *end)
{
	const char *blank = end - part >= 2 && memcmp(part, "\r\n", 2) == 0 ? part
	                                                                    : find(part, end, "\r\n\r\n", 4);
	gsize head = blank == NULL ? 0 : (gsize)(blank - part), value_len;
	const char *value;
	char *name;

	if (blank == NULL)
		return FALSE;
	value = blank + (blank == part ? 2 : 4);
	if (value > end)
		return FALSE;
	name = name_of_part(part, head);
	if (name == NULL)
		return TRUE;
	value_len = (gsize)(end - value);
	return add_field(fields, name, strlen(name), g_strndup(value, value_len), value_len);
}

/* delimiter: CRLF, "--", the boundary (RFC 2046 5.1.1). The first one may stand at the very beginning. */
static gboolean read_parts(GHashTable *fields, const char *body, gsize len, const char *delimiter)
{
	gsize size = strlen(delimiter);
	const char *end = body + len, *at, *next;

	if (len >= size - 2 && memcmp(body, delimiter + 2, size - 2) == 0)
		at = body + size - 2;
	else if ((at = find(body, end, delimiter, size)) != NULL)
		at += size;
	while (at != NULL) {
		if (end - at >= 2 && memcmp(at, "--", 2) == 0)
			return TRUE;
		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		if (end - at < 2 || memcmp(at, "\r\n", 2) != 0)
			return FALSE;
		at += 2;
		/* an empty part has its delimiter right behind the line */
		next = find(at - 2, end, delimiter, size);
		if (next == NULL || (next >= at && !read_part(fields, at, next)))
			return FALSE;
		at = next + size;
	}
	return FALSE;
}

static gboolean read_multipart(GHashTable *fields, const char *content_type, const char *body, gsize len)
{
	g_autofree char *boundary = parameter(content_type, "boundary");
	g_autofree char *delimiter = NULL;

	if (boundary == NULL || *boundary == '\0' || strlen(boundary) > BOUNDARY_MAX)
		return FALSE;
	delimiter = g_strconcat("\r\n--", boundary, NULL);
	return read_parts(fields, body, len, delimiter);
}

GHashTable *http_form_read(const char *content_type, const char *body, gsize len)
{
	g_autoptr(GHashTable) fields = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

	if (len == 0 || !http_form_is(content_type))
		return g_steal_pointer(&fields);
	if (is_urlencoded(content_type) ? !read_urlencoded(fields, body, len)
	                                : !read_multipart(fields, content_type, body, len))
		return NULL;
	return g_steal_pointer(&fields);
}

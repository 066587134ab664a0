// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/httpd_form.h"

#include "lib/base/limits.h"

#include <string.h>

#define PROCESSOR_BYTES 1024

struct form {
	GHashTable *fields; /* char * -> GString * */
	GString *current;   /* of fields, or NULL when the value that comes is not wanted */
	gboolean is_wrong;
};

static gboolean has_type(const char *content_type, const char *type)
{
	gsize len = strcspn(content_type, "; \t");

	return len == strlen(type) && g_ascii_strncasecmp(content_type, type, len) == 0;
}

gboolean httpd_form_is(const char *content_type)
{
	return has_type(content_type, MHD_HTTP_POST_ENCODING_FORM_URLENCODED) ||
	       has_type(content_type, MHD_HTTP_POST_ENCODING_MULTIPART_FORMDATA);
}

static void free_value(gpointer value)
{
	g_string_free(value, TRUE);
}

/* A value comes in pieces; off is 0 for the first of each. */
static enum MHD_Result take_piece(void *data, enum MHD_ValueKind kind, const char *name, const char *filename,
                                  const char *content_type, const char *encoding, const char *piece,
                                  uint64_t off, size_t size)
{
	struct form *form = data;

	(void)kind, (void)filename, (void)content_type, (void)encoding;
	if (off == 0) {
		form->current = NULL;
		if (name == NULL || g_hash_table_contains(form->fields, name))
			return MHD_YES;
		if (g_hash_table_size(form->fields) >= LIMIT_HTTP_FIELDS ||
		    !g_utf8_validate(name, -1, NULL)) {
			form->is_wrong = TRUE;
			return MHD_NO;
		}
		form->current = g_string_new(NULL);
		g_hash_table_insert(form->fields, g_strdup(name), form->current);
	}
	if (form->current != NULL && piece != NULL && form->current->len + size <= LIMIT_HTTP_BODY)
		g_string_append_len(form->current, piece, (gssize)size);
	return MHD_YES;
}

static GHashTable *steal_fields(struct form *form)
{
	GHashTable *fields = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	GHashTableIter iter;
	gpointer name, value;

	g_hash_table_iter_init(&iter, form->fields);
	while (g_hash_table_iter_next(&iter, &name, &value)) {
		const GString *text = value;

		/* g_utf8_validate() of a length refuses NUL, too. */
		if (!g_utf8_validate(text->str, (gssize)text->len, NULL)) {
			g_hash_table_unref(fields);
			return NULL;
		}
		g_hash_table_insert(fields, g_strdup(name), g_strdup(text->str));
	}
	return fields;
}

GHashTable *httpd_form_read(struct MHD_Connection *connection, const char *content_type, const char *body,
                            gsize len)
{
	struct form form = {0};
	struct MHD_PostProcessor *processor;
	GHashTable *fields = NULL;
	gboolean is_read;

	if (!httpd_form_is(content_type) || len == 0)
		return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	form.fields = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_value);
	processor = MHD_create_post_processor(connection, PROCESSOR_BYTES, take_piece, &form);
	is_read = processor != NULL && MHD_post_process(processor, body, len) == MHD_YES;
	/* A last name without '=' is an error to it unless something follows. */
	if (is_read && has_type(content_type, MHD_HTTP_POST_ENCODING_FORM_URLENCODED))
		is_read = MHD_post_process(processor, "&", 1) == MHD_YES;
	if (processor != NULL)
		is_read = MHD_destroy_post_processor(processor) == MHD_YES && is_read;
	if (is_read && !form.is_wrong)
		fields = steal_fields(&form);
	g_hash_table_unref(form.fields);
	return fields;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/template.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *look_up(const char *name, void *user)
{
	(void)name;
	return user;
}

static GString *render(const struct template *template, const char *value)
{
	GString *out = g_string_new(NULL);

	template_render(template, look_up, (void *)value, out);
	return out;
}

static unsigned count(const GString *text, const char *of)
{
	unsigned found = 0;

	for (gsize i = 0; i < text->len; i++)
		found += strchr(of, text->str[i]) != NULL;
	return found;
}

/* A hostile value never changes the markup, nor the lines of a header. First byte: which context. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum template_context context = size > 0 ? data[0] % 3 : TEMPLATE_TEXT;
	struct template *template;

	if (size == 0)
		return 0;
	template = template_new((const char *)data + 1, size - 1, context, NULL);
	if (template != NULL) {
		g_autoptr(GString) tame = render(template, "x"),
		                   wild = render(template, "<\"'>\r\n\x1b{{y}}\xf0\x9f\x8e\x89");
		g_autoptr(GPtrArray) fields = template_fields(template, FALSE);

		g_assert_true(g_utf8_validate_len(wild->str, wild->len, NULL));
		if (context == TEMPLATE_HTML)
			g_assert_cmpuint(count(tame, "<>\"'"), ==, count(wild, "<>\"'"));
		if (context == TEMPLATE_HEADER)
			g_assert_cmpuint(count(wild, "\r\n\x1b"), ==, 0);
		if (fields->len == 0)
			g_assert_true(g_string_equal(tame, wild));
		template_free(template);
	}
	return 0;
}

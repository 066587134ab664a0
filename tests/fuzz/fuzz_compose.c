// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/limits.h"
#include "lib/mail/compose.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *look_up(const char *name, void *user)
{
	(void)name;
	return user;
}

static void check_wire(GBytes *bytes)
{
	gsize len, line = 0;
	const uint8_t *data = g_bytes_get_data(bytes, &len);

	for (gsize i = 0; i < len; i++) {
		g_assert_cmpuint(data[i], <, 0x80);
		g_assert_true((data[i] == '\n') == (i > 0 && data[i - 1] == '\r'));
		g_assert_true(data[i] != '\r' || (i + 1 < len && data[i + 1] == '\n'));
		line = data[i] == '\n' ? 0 : line + 1;
		g_assert_cmpuint(line, <=, LIMIT_LINE_OUT + 1);
	}
}

static void send(const struct compose_content *content, const char *value)
{
	static const struct compose_list list = {.list_id = "a.example", .list_title = "A", .is_bulk = TRUE};
	struct compose_copy copy = {.to = "a@b.example",
	                            .to_name = value,
	                            .message_id = "x@a.example",
	                            .unsubscribe_url = "https://a.example/u",
	                            .lookup = look_up,
	                            .user = (void *)value};
	struct compose *compose = compose_new(content, &list, NULL);
	GBytes *bytes;

	if (compose == NULL)
		return;
	bytes = compose_render(compose, &copy, NULL);
	g_assert_nonnull(bytes);
	check_wire(bytes);
	g_bytes_unref(bytes);
	compose_free(compose);
}

/* A message that is taken in can be sent, safely for the wire; HTML that is a template gives text that is
 * one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	g_autofree char *plain = compose_text_from_html(text);
	struct template *html = template_new(text, strlen(text), TEMPLATE_HTML, NULL);
	struct compose_content *content;

	g_assert_true(g_utf8_validate(plain, -1, NULL));
	if (html != NULL) {
		struct template *made = template_new(plain, strlen(plain), TEMPLATE_TEXT, NULL);

		g_assert_nonnull(made);
		template_free(made);
		template_free(html);
	}
	content = compose_content_from_message(data, size, NULL);
	if (content != NULL) {
		send(content, text);
		compose_content_free(content);
	}
	return 0;
}

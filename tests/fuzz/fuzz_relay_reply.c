// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/limits.h"
#include "lib/net/relay_hello.h"
#include "lib/net/relay_reply.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All replies as one text, reading step bytes at a time. */
static char *read_all(const char *bytes, gsize len, gsize step)
{
	g_autoptr(GString) seen = g_string_new(NULL);
	struct reply_reader reader;
	gsize at = 0, used;
	enum reply_state state = REPLY_PARTIAL;

	reply_reader_init(&reader);
	while (at < len && state != REPLY_BROKEN) {
		state = reply_reader_feed(&reader, bytes + at, MIN(step, len - at), &used);
		at += used;
		if (state == REPLY_COMPLETE) {
			g_autofree char *text = reply_reader_text(&reader);
			struct relay_offer offer;

			if (reader.code < 200 || reader.code > 599 || reader.lines->len > LIMIT_SMTP_REPLY)
				abort();
			if (strpbrk(text, "\r\n\x1b") != NULL || !g_utf8_validate(text, -1, NULL))
				abort();
			g_string_append_printf(seen, "%d %s %d %s\n", reader.code, reader.status,
			                       reader.is_odd, text);
			relay_hello_read_offer(reader.lines->str, &offer);
			if (strlen(offer.auth) >= sizeof(offer.auth))
				abort();
		}
	}
	if (state == REPLY_BROKEN)
		g_string_append(seen, "broken");
	reply_reader_clear(&reader);
	return g_strdup(seen->str);
}

/* What a relay said does not depend on how the network cut it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *whole = read_all((const char *)data, size, size);
	g_autofree char *bytewise = read_all((const char *)data, size, 1);
	g_autofree char *by_seven = read_all((const char *)data, size, 7);

	if (strcmp(whole, bytewise) != 0 || strcmp(whole, by_seven) != 0)
		abort();
	return 0;
}

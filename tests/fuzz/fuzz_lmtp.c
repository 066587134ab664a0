// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/limits.h"
#include "lib/net/lmtp.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum lmtp_answer check(const char *address, void *user)
{
	(void)user;
	if (!g_utf8_validate(address, -1, NULL) || strlen(address) > LIMIT_ADDRESS)
		abort();
	return *address == 'l' ? LMTP_LATER : *address == 'x' ? LMTP_UNKNOWN : LMTP_TAKE;
}

/* Every line is "ddd " or "ddd-", and ends in CRLF. */
static void check_replies(const GString *out)
{
	g_auto(GStrv) lines = g_strsplit(out->str, "\r\n", -1);

	if (strlen(out->str) != out->len || !g_str_has_suffix(out->str, "\r\n"))
		abort();
	for (char **line = lines; *line != NULL; line++)
		if (**line != '\0' && (strspn(*line, "0123456789") != 3 || strchr(" -", (*line)[3]) == NULL))
			abort();
}

/* All replies to the input, given in pieces of this size; the content of messages is put behind them. */
static GString *converse(const uint8_t *data, size_t size, size_t piece)
{
	struct lmtp_common common = {.hostname = "fuzz.test", .check = check};
	GString *out = g_string_new(NULL), *kept = g_string_new(NULL);
	struct lmtp_session *session = lmtp_session_new(&common, out);

	for (size_t at = 0; at < size && !lmtp_session_is_over(session);) {
		struct lmtp_message *message;

		at += lmtp_session_feed(session, data + at, MIN(piece, size - at), out);
		message = lmtp_session_message(session);
		if (message == NULL)
			continue;
		if (message->recipients->len == 0 || g_bytes_get_size(message->raw) > size)
			abort();
		g_string_append_len(kept, g_bytes_get_data(message->raw, NULL),
		                    (gssize)g_bytes_get_size(message->raw));
		message->answer = g_bytes_get_size(message->raw) % 2 == 0 ? LMTP_TAKE : LMTP_LATER;
		lmtp_session_answer(session, out);
	}
	lmtp_session_free(session);
	if (common.held != 0)
		abort();
	check_replies(out);
	g_string_append_len(out, kept->str, (gssize)kept->len);
	g_string_free(kept, TRUE);
	return out;
}

/* However the network cuts it, the conversation is the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	GString *whole, *pieces;

	if (size < 2)
		return 0;
	whole = converse(data + 1, size - 1, size - 1);
	pieces = converse(data + 1, size - 1, (size_t)data[0] % 32 + 1);
	if (!g_string_equal(whole, pieces))
		abort();
	g_string_free(whole, TRUE);
	g_string_free(pieces, TRUE);
	return 0;
}

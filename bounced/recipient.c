// SPDX-License-Identifier: GPL-3.0-or-later
#include "bounced/recipient.h"

#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/mail/mbox.h"
#include "lib/model/address.h"
#include "lib/model/token.h"
#include "lib/store/store_list.h"

#include <string.h>

#define BASE32 "abcdefghijklmnopqrstuvwxyz234567"

static gboolean has_token_shape(const char *local)
{
	return strchr("buc", local[0]) != NULL && local[1] == '+' && strlen(local + 2) == TOKEN_TEXT_LEN &&
	       strspn(local + 2, BASE32) == TOKEN_TEXT_LEN;
}

static gboolean is_list_command(const struct context *context, const char *local, gboolean *ours_out,
                                GError **error)
{
	static const char *const commands[] = {"-subscribe", "-unsubscribe", "-help", "-owner"};
	g_autoptr(GError) failure = NULL;

	*ours_out = FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
		gsize len = strlen(local) - MIN(strlen(local), strlen(commands[i]));
		g_autofree char *name = g_strndup(local, len);
		struct list *list;

		if (len == 0 || len > LIMIT_LIST_NAME || strcmp(local + len, commands[i]) != 0)
			continue;
		list = store_list_by_name(context->store, name, &failure);
		*ours_out = list != NULL;
		list_free(list);
		if (*ours_out || failure_is(failure, FAILURE_NOINPUT))
			return TRUE;
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	return TRUE;
}

/* With the domain in A-labels; NULL: as it is. By SMTPUTF8 it may come in letters (RFC 6531 3.2). */
static char *in_ascii(const char *text)
{
	struct address address;
	char *copy;

	if (g_str_is_ascii(text) || !address_read(text, -1, &address, NULL))
		return NULL;
	copy = g_strdup(address.address);
	address_clear(&address);
	return copy;
}

gboolean recipient_is_ours(const struct context *context, const char *text, gboolean *ours_out,
                           GError **error)
{
	g_autofree char *ascii = in_ascii(text);
	const char *address = ascii == NULL ? text : ascii, *at = strrchr(address, '@');
	g_autofree char *local = g_ascii_strdown(address, at == NULL ? -1 : at - address);

	*ours_out = strcmp(local, "postmaster") == 0;
	if (at == NULL)
		return TRUE;
	if (g_ascii_strcasecmp(at + 1, context->settings->bounce_domain) != 0) {
		*ours_out = FALSE;
		return TRUE;
	}
	*ours_out = *ours_out || strcmp(local, "fbl") == 0 || strcmp(local, "abuse") == 0 ||
	            (*local != '\0' && has_token_shape(local));
	return *ours_out || is_list_command(context, local, ours_out, error);
}

/* The next field: its unfolded value, or NULL at the end of the header. */
static char *next_field(const char **at, const char *end, char **name_out)
{
	GString *line = g_string_new(NULL);
	char *colon;

	do {
		const char *stop = memchr(*at, '\n', (gsize)(end - *at));
		const char *next = stop == NULL ? end : stop + 1;

		g_string_append_len(line, *at, (stop == NULL ? end : stop) - *at);
		*at = next;
	} while (*at < end && (**at == ' ' || **at == '\t'));
	colon = strchr(line->str, ':');
	if (colon == NULL) {
		g_string_free(line, TRUE);
		return NULL;
	}
	*name_out = g_strstrip(g_strndup(line->str, (gsize)(colon - line->str)));
	g_string_erase(line, 0, colon - line->str + 1);
	return g_strstrip(g_string_free(line, FALSE));
}

/* "<a@b>" or "a@b" as valid UTF-8, cut at a length that no address has. */
static char *clean(const char *value)
{
	g_autofree char *text = g_utf8_make_valid(value, -1);
	gsize len = strlen(text);

	if (len > LIMIT_REPORT_FIELD)
		return g_strdup("");
	if (len >= 2 && text[0] == '<' && text[len - 1] == '>')
		return g_strndup(text + 1, len - 2);
	return g_steal_pointer(&text);
}

/* Anybody can write these fields: they are worth what their tokens are. */
static char *find_token(const struct context *context, const char *message, gsize len)
{
	g_autoptr(GPtrArray) addresses = mbox_recipients(message, len);

	for (guint i = 0; i < addresses->len; i++) {
		const char *address = g_ptr_array_index(addresses, i);
		struct token token;
		char prefix = 0;

		if (token_address_read(address, &context->secrets->rings[SECRET_TOKEN], &prefix, &token,
		                       NULL))
			return g_strdup(address);
	}
	return g_strdup("");
}

char *recipient_of_message(const struct context *context, const char *message, gsize len)
{
	static const char *const names[] = {"X-Original-To", "Delivered-To", "Envelope-To"};
	const char *at = message, *end = message + MIN(len, LIMIT_MAILDIR_HEADER);
	g_autofree char *best = NULL;
	gsize rank = G_N_ELEMENTS(names);

	while (at < end && *at != '\n' && *at != '\r') {
		g_autofree char *name = NULL;
		g_autofree char *value = next_field(&at, end, &name);

		/* mbox-like "From " lines and ">From " have no colon where a name would end */
		if (value == NULL)
			continue;
		if (g_ascii_strcasecmp(name, "Received") == 0)
			break;
		for (gsize i = 0; i < rank; i++) {
			if (g_ascii_strcasecmp(name, names[i]) == 0) {
				g_free(best);
				best = clean(value);
				rank = i;
			}
		}
	}
	return best == NULL ? find_token(context, message, len) : g_steal_pointer(&best);
}

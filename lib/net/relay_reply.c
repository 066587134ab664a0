// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/relay_reply.h"

#include "lib/base/limits.h"
#include "lib/base/text.h"

#include <string.h>

/* libESMTP reads lines into 1024 bytes and gives up a reply of more than 4096. */
#define ODD_LINE  1000
#define ODD_TOTAL 4000

void reply_reader_init(struct reply_reader *reader)
{
	memset(reader, 0, sizeof(*reader));
	reader->lines = g_string_new(NULL);
	reader->line = g_string_new(NULL);
}

void reply_reader_clear(struct reply_reader *reader)
{
	g_string_free(reader->lines, TRUE);
	g_string_free(reader->line, TRUE);
	memset(reader, 0, sizeof(*reader));
}

static void start_reply(struct reply_reader *reader)
{
	reader->code = 0;
	reader->status[0] = '\0';
	g_string_truncate(reader->lines, 0);
	g_string_truncate(reader->line, 0);
	reader->bytes = 0;
	reader->is_odd = FALSE;
	reader->state = REPLY_PARTIAL;
}

/* The length of "5.1.1" at the start of text, or 0. */
static gsize status_length(const char *text)
{
	const char *at = text;

	if (strchr("245", *at) == NULL || *at == '\0')
		return 0;
	at++;
	for (int part = 0; part < 2; part++) {
		gsize digits = 0;

		if (*at++ != '.')
			return 0;
		while (g_ascii_isdigit(at[digits]))
			digits++;
		if (digits < 1 || digits > 3)
			return 0;
		at += digits;
	}
	return *at == '\0' || *at == ' ' || *at == '\t' ? (gsize)(at - text) : 0;
}

static gboolean read_code(const char *line, int *code_out)
{
	if (line[0] < '2' || line[0] > '5' || !g_ascii_isdigit(line[1]) || !g_ascii_isdigit(line[2]))
		return FALSE;
	*code_out = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
	return TRUE;
}

/* One line without its end. */
static enum reply_state take_line(struct reply_reader *reader)
{
	gboolean is_first = reader->code == 0;
	const char *line = reader->line->str, *words;
	gsize status_len;
	int code;

	if (strlen(line) != reader->line->len || !read_code(line, &code) ||
	    (!is_first && code != reader->code))
		return REPLY_BROKEN;
	if (line[3] != ' ' && line[3] != '-' && line[3] != '\0')
		return REPLY_BROKEN;
	reader->code = code;
	reader->is_odd = reader->is_odd || line[3] == '\0' || reader->line->len > ODD_LINE ||
	                 reader->bytes > ODD_TOTAL;
	words = line[3] == '\0' ? "" : line + 4;
	while (*words == ' ' || *words == '\t')
		words++;
	status_len = status_length(words);
	if (is_first && status_len > 0)
		g_strlcpy(reader->status, words, MIN(sizeof(reader->status), status_len + 1));
	if (status_len > 0 && status_len == strlen(reader->status) &&
	    strncmp(words, reader->status, status_len) == 0) {
		words += status_len;
		while (*words == ' ' || *words == '\t')
			words++;
	}
	if (!is_first)
		g_string_append_c(reader->lines, '\n');
	g_string_append(reader->lines, words);
	return line[3] == '-' ? REPLY_PARTIAL : REPLY_COMPLETE;
}

enum reply_state reply_reader_feed(struct reply_reader *reader, const char *bytes, gsize len, gsize *used_out)
{
	gsize used = 0;

	if (reader->state == REPLY_COMPLETE)
		start_reply(reader);
	while (reader->state == REPLY_PARTIAL && used < len) {
		const char *end = memchr(bytes + used, '\n', len - used);
		gsize take = end == NULL ? len - used : (gsize)(end - bytes) + 1 - used;

		reader->bytes += take;
		if (reader->bytes > LIMIT_SMTP_REPLY) {
			reader->state = REPLY_BROKEN;
			break;
		}
		g_string_append_len(reader->line, bytes + used, (gssize)take);
		used += take;
		if (end == NULL)
			break;
		g_string_truncate(reader->line, reader->line->len - 1);
		if (reader->line->len > 0 && reader->line->str[reader->line->len - 1] == '\r')
			g_string_truncate(reader->line, reader->line->len - 1);
		reader->state = take_line(reader);
		g_string_truncate(reader->line, 0);
	}
	*used_out = used;
	return reader->state;
}

gboolean reply_reader_is_inside(const struct reply_reader *reader)
{
	return reader->state == REPLY_PARTIAL && reader->bytes > 0;
}

char *reply_reader_text(const struct reply_reader *reader)
{
	g_autofree char *joined = g_strdelimit(g_strdup(reader->lines->str), "\n", ' ');

	return text_printable(joined, -1);
}

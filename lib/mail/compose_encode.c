// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/compose_encode.h"

#include <string.h>

#define QP_LINE_MAX       76
/* what a line of 76 base64 characters holds */
#define BASE64_LINE_BYTES 57

static const char digits[] = "0123456789ABCDEF";

enum compose_encoding compose_encoding_choose(const char *text, gsize len)
{
	gsize high = 0;

	for (gsize i = 0; i < len; i++)
		high += (guint8)text[i] >= 0x80;
	return high * 6 < len || high == 0 ? COMPOSE_QP : COMPOSE_BASE64;
}

/* Characters that stand for themselves wherever they are in a line, but for a dot and "From " at its start.
 */
static gboolean is_plain(guint8 c)
{
	return c > ' ' && c < 0x7f && c != '=';
}

static gsize plain_run(const char *at, const char *end)
{
	const char *start = at;

	while (at < end && (is_plain((guint8)*at) || (*at == ' ' && at + 1 < end)))
		at++;
	return (gsize)(at - start);
}

/* The line that is being written, in room made beforehand. */
struct line {
	char *to;
	gsize column;
};

static void write_byte(struct line *line, guint8 byte)
{
	line->to[0] = '=';
	line->to[1] = digits[byte >> 4];
	line->to[2] = digits[byte & 15];
	line->to += 3;
	line->column += 3;
}

static void begin_soft_line(struct line *line)
{
	memcpy(line->to, "=\r\n", 3);
	line->to += 3;
	line->column = 0;
}

/* Length of the character at `at`, at least 1 and inside of the line. */
static gsize char_len(const char *at, const char *end)
{
	gsize len = 1;

	while (at + len < end && ((guint8)at[len] & 0xc0) == 0x80 && len < 4)
		len++;
	return (guint8)*at < 0xc0 ? 1 : len;
}

static gboolean needs_code_at_start(const char *at, const char *end)
{
	return *at == '.' || (end - at >= 5 && memcmp(at, "From ", 5) == 0);
}

/* As much of a run of plain characters as the line takes; one column stays free for a soft line break. */
static gsize write_run(struct line *line, const char *at, gsize run)
{
	run = MIN(run, QP_LINE_MAX - 1 - line->column);
	memcpy(line->to, at, run);
	line->to += run;
	line->column += run;
	return run;
}

static void write_line(struct line *line, const char *at, const char *end)
{
	while (at < end) {
		gsize run = plain_run(at, MIN(end, at + QP_LINE_MAX)), len;

		if (line->column == 0 && needs_code_at_start(at, end)) {
			write_byte(line, (guint8)*at++);
		} else if (run > 0) {
			if (line->column >= QP_LINE_MAX - 1)
				begin_soft_line(line);
			else
				at += write_run(line, at, run);
		} else {
			len = char_len(at, end);
			if (line->column + 3 * len > QP_LINE_MAX - 1)
				begin_soft_line(line);
			for (; len > 0; len--)
				write_byte(line, (guint8)*at++);
		}
	}
}

/* One line without its end. Each byte takes three at most, each soft line holds 62 of them or more: a
 * character of four bytes that has no room leaves at most 13 columns empty. */
static void append_qp_line(GString *out, const char *at, const char *end)
{
	gsize start = out->len, codes = (gsize)(end - at) * 3;
	struct line line = {0};

	g_string_set_size(out, start + codes + (codes / 62 + 1) * 3);
	line.to = out->str + start;
	write_line(&line, at, end);
	g_string_truncate(out, (gsize)(line.to - out->str));
}

/* The end of the line at `at`; *next_out: the start of the one behind. has_cr: there may be line ends but LF.
 */
static const char *find_line_end(const char *at, const char *end, gboolean has_cr, const char **next_out)
{
	const char *stop = has_cr ? at : memchr(at, '\n', (gsize)(end - at));

	if (stop == NULL)
		stop = end;
	while (has_cr && stop < end && *stop != '\n' && *stop != '\r')
		stop++;
	*next_out = stop;
	if (stop < end)
		*next_out = stop + (*stop == '\r' && stop + 1 < end && stop[1] == '\n' ? 2 : 1);
	return stop;
}

void compose_encode_qp(GString *out, const char *text, gsize len)
{
	const char *end = text + len, *next;
	gboolean has_cr = memchr(text, '\r', len) != NULL;

	for (; text < end; text = next) {
		append_qp_line(out, text, find_line_end(text, end, has_cr, &next));
		g_string_append_len(out, "\r\n", 2);
	}
}

static void append_base64_lines(GString *out, const guchar *bytes, gsize len)
{
	while (len > 0) {
		gsize part = MIN(len, BASE64_LINE_BYTES), room = out->len, written;
		gint state = 0, save = 0;

		g_string_set_size(out, room + QP_LINE_MAX + 8);
		written = g_base64_encode_step(bytes, part, FALSE, out->str + room, &state, &save);
		written += g_base64_encode_close(FALSE, out->str + room + written, &state, &save);
		g_string_truncate(out, room + written);
		g_string_append_len(out, "\r\n", 2);
		bytes += part;
		len -= part;
	}
}

void compose_encode_base64(GString *out, const char *text, gsize len)
{
	g_autoptr(GString) canonical = g_string_sized_new(len + len / 16 + 16);
	const char *end = text + len, *next;
	gboolean has_cr = memchr(text, '\r', len) != NULL;

	/* RFC 2045 6.8: line ends of text are CRLF before it is encoded. */
	for (; text < end; text = next) {
		const char *line_end = find_line_end(text, end, has_cr, &next);

		g_string_append_len(canonical, text, line_end - text);
		g_string_append_len(canonical, "\r\n", 2);
	}
	append_base64_lines(out, (const guchar *)canonical->str, canonical->len);
}

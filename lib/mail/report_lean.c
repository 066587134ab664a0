// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/report_lean.h"

#include <string.h>

enum place {
	PLACE_HEADER, /* of the message */
	PLACE_PART,   /* of a part */
	PLACE_BODY,
};

struct scan {
	GString *out;
	enum place place;
	gboolean is_dropping; /* the field that goes on */
	gboolean in_type;     /* the field that goes on is Content-Type */
};

static gboolean begins(const char *line, gsize len, const char *lower)
{
	gsize n = strlen(lower);

	return len >= n && g_ascii_tolower(*line) == *lower && g_ascii_strncasecmp(line, lower, n) == 0;
}

/* Where the line names the type of a message that the parser would open, or NULL. */
static const char *find_message(const char *line, gsize len)
{
	static const char *const types[] = {"message/rfc822", "message/global"};
	gsize n = strlen(REPORT_LEAN_TYPE);

	for (gsize i = 0; i + n <= len; i++) {
		if (g_ascii_tolower(line[i]) != 'm' ||
		    (i + n < len && (line[i + n] == '-' || g_ascii_isalnum(line[i + n]))))
			continue;
		for (gsize k = 0; k < G_N_ELEMENTS(types); k++)
			if (g_ascii_strncasecmp(line + i, types[k], n) == 0)
				return line + i;
	}
	return NULL;
}

static void take_header_line(struct scan *scan, const char *line, gsize len, gsize whole)
{
	gsize start = scan->out->len;
	const char *type;

	if (len == 0) {
		scan->place = PLACE_BODY;
		scan->in_type = scan->is_dropping = FALSE;
	} else if (*line != ' ' && *line != '\t') {
		scan->in_type = begins(line, len, "content-type");
		/* what is no field is kept: the parser has its own mind about it */
		scan->is_dropping = scan->place == PLACE_HEADER && !begins(line, len, "content-") &&
		                    !begins(line, len, "mime-version") && g_ascii_isalnum(*line) &&
		                    memchr(line, ':', len) != NULL;
	}
	if (scan->is_dropping)
		return;
	g_string_append_len(scan->out, line, (gssize)whole);
	type = scan->in_type ? find_message(line, len) : NULL;
	if (type != NULL)
		g_string_overwrite(scan->out, start + (gsize)(type - line), REPORT_LEAN_TYPE);
}

GString *report_lean_copy(const GString *message)
{
	struct scan scan = {.out = g_string_sized_new(message->len + 32), .place = PLACE_HEADER};
	const char *end = message->str + message->len;
	const char *kept = message->str;

	/* a header must not become empty */
	g_string_append(scan.out, "MIME-Version: 1.0\n");
	for (const char *line = message->str; line < end;) {
		const char *lf = memchr(line, '\n', (gsize)(end - line));
		gsize len = (gsize)((lf != NULL ? lf : end) - line);
		gsize whole = len + (lf != NULL ? 1 : 0);

		if (scan.place != PLACE_BODY) {
			take_header_line(&scan, line, len, whole);
			kept = line + whole;
		} else if (len > 2 && line[0] == '-' && line[1] == '-') {
			g_string_append_len(scan.out, kept, (gssize)(line + whole - kept));
			kept = line + whole;
			scan.place = PLACE_PART;
		}
		line += whole;
	}
	g_string_append_len(scan.out, kept, (gssize)(end - kept));
	return scan.out;
}

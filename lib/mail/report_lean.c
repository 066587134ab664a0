// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/report_lean.h"

#include <string.h>

enum place {
	PLACE_HEADER,   /* of the message */
	PLACE_RETURNED, /* header of a message in it */
	PLACE_PART,     /* header of a part */
	PLACE_BODY,
};

struct scan {
	GString *out;
	enum place place;
	gboolean is_dropping; /* the field that goes on */
	gboolean in_type;     /* the field that goes on is Content-Type */
	gboolean has_message; /* and it is that of a message */
};

static gboolean begins(const char *line, gsize len, const char *lower)
{
	gsize n = strlen(lower);

	return len >= n && g_ascii_tolower(*line) == *lower && g_ascii_strncasecmp(line, lower, n) == 0;
}

static gboolean is_noise(const char *line, gsize len)
{
	static const char *const names[] = {"received:",
	                                    "received-spf:",
	                                    "dkim-signature:",
	                                    "domainkey-signature:",
	                                    "arc-",
	                                    "authentication-results:",
	                                    "x-received:",
	                                    "x-ms-",
	                                    "x-microsoft-",
	                                    "x-forefront-",
	                                    "x-google-",
	                                    "x-gm-",
	                                    "x-spam-"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (begins(line, len, names[i]))
			return TRUE;
	return FALSE;
}

/* Does the line hold the type of a message that the parser opens? */
static gboolean holds_message(const char *line, gsize len)
{
	for (gsize i = 0; i + 14 <= len; i++)
		if (g_ascii_tolower(line[i]) == 'm' && (g_ascii_strncasecmp(line + i, "message/rfc822", 14) == 0 ||
		                                        g_ascii_strncasecmp(line + i, "message/global", 14) == 0 ||
		                                        g_ascii_strncasecmp(line + i, "message/news", 12) == 0))
			return TRUE;
	return FALSE;
}

/* What is no field is kept: the parser has its own mind about it. */
static gboolean is_dropped(const struct scan *scan, const char *line, gsize len)
{
	switch (scan->place) {
	case PLACE_HEADER:
		return !begins(line, len, "content-") && !begins(line, len, "mime-version") &&
		       g_ascii_isalnum(*line) && memchr(line, ':', len) != NULL;
	case PLACE_RETURNED: return is_noise(line, len);
	case PLACE_PART:
	case PLACE_BODY: return FALSE;
	}
	return FALSE;
}

static void take_header_line(struct scan *scan, const char *line, gsize len, gsize whole)
{
	if (len == 0) {
		scan->place = scan->has_message ? PLACE_RETURNED : PLACE_BODY;
		scan->has_message = scan->in_type = scan->is_dropping = FALSE;
		g_string_append_len(scan->out, line, (gssize)whole);
		return;
	}
	if (*line != ' ' && *line != '\t') {
		scan->in_type = begins(line, len, "content-type");
		scan->is_dropping = is_dropped(scan, line, len);
	}
	if (scan->in_type && holds_message(line, len))
		scan->has_message = TRUE;
	if (!scan->is_dropping)
		g_string_append_len(scan->out, line, (gssize)whole);
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

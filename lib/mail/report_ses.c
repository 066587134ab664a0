// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/report_ses.h"

#include "lib/base/limits.h"
#include "lib/mail/report_dsn.h"
#include "lib/mail/report_text.h"

#include <string.h>

/* The JSON stands in a string of another JSON, and mail has folded its lines: one level of backslashes and
 * the line ends are taken away, and what is left is searched rather than parsed. */
static char *flatten(const char *text)
{
	GString *out = g_string_sized_new(strlen(text) + 1);

	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\n') {
			if (p[1] == ' ')
				p++;
		} else if (*p == '\\' && (p[1] == '"' || p[1] == '\\' || p[1] == '/')) {
			/* the character itself follows */
		} else {
			g_string_append_c(out, *p);
		}
	}
	return g_string_free(out, FALSE);
}

/* The string of "key":"..." between from and end, or "". */
static char *string_of(const char *from, const char *end, const char *key)
{
	g_autofree char *quoted = g_strdup_printf("\"%s\"", key);
	const char *at = g_strstr_len(from, end - from, quoted);
	const char *close;

	if (at == NULL)
		return g_strdup("");
	at += strlen(quoted);
	at += strspn(at, " :");
	if (at >= end || *at != '"')
		return g_strdup("");
	at++;
	close = memchr(at, '"', (gsize)(end - at));
	return close != NULL ? g_strndup(at, (gsize)(close - at)) : g_strdup("");
}

static void add_recipient(struct report *report, const char *from, const char *end)
{
	g_autofree char *address = string_of(from, end, "emailAddress");
	g_autofree char *plain = report_text_address(address, strlen(address), NULL);
	g_autofree char *action = string_of(from, end, "action");
	g_autofree char *status = string_of(from, end, "status");
	g_autofree char *words = string_of(from, end, "diagnosticCode");
	struct report_recipient *recipient;
	char code[REPORT_STATUS_SIZE];

	if (plain == NULL)
		return;
	recipient = report_recipient_new(plain);
	if (strcmp(action, "failed") == 0 || strcmp(action, "delayed") == 0) {
		g_free(recipient->action);
		recipient->action = g_strdup(action);
	}
	if (report_text_read_status(status, code)) {
		g_free(recipient->status);
		recipient->status = g_strdup(code);
	}
	report_recipient_set_diagnostic(recipient, g_str_has_prefix(words, "smtp; ") ? words + 6 : words);
	report_recipient_add(report, recipient);
}

/* The objects of the array behind key. */
static void add_recipients(struct report *report, const char *json, const char *key)
{
	const char *at = strstr(json, key);
	const char *end = at != NULL ? strchr(at, ']') : NULL;

	while (end != NULL && at < end && report->recipients->len < LIMIT_REPORT_RECIPIENTS) {
		const char *open = memchr(at, '{', (gsize)(end - at));
		const char *close = open != NULL ? memchr(open, '}', (gsize)(end - open)) : NULL;

		if (close == NULL)
			return;
		add_recipient(report, open, close);
		at = close + 1;
	}
}

gboolean report_ses_read(struct report *report, const struct mail *mail)
{
	const struct mail_part *part = mail_part_find(mail, PART_TEXT);
	g_autofree char *json = NULL;
	const char *type;

	/* anybody may write about such a text */
	if (strstr(mail->from, "@sns.amazonaws.com") == NULL)
		return FALSE;
	if (part == NULL || strstr(part->text, "notificationType") == NULL)
		return FALSE;
	json = flatten(part->text);
	type = strstr(json, "\"notificationType\"");
	if (type == NULL)
		return FALSE;
	type += strlen("\"notificationType\"");
	type += strspn(type, " :");
	if (g_str_has_prefix(type, "\"Bounce\"")) {
		add_recipients(report, json, "\"bouncedRecipients\"");
		if (report->recipients->len == 0)
			return FALSE;
		report->type = REPORT_BOUNCE;
	} else if (g_str_has_prefix(type, "\"Complaint\"")) {
		add_recipients(report, json, "\"complainedRecipients\"");
		report->type = REPORT_COMPLAINT;
		g_free(report->feedback_type);
		report->feedback_type = g_strdup("abuse");
	} else {
		return FALSE;
	}
	g_free(report->format);
	report->format = g_strdup("ses");
	return TRUE;
}

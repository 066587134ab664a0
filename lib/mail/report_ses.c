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

/* What it calls the cause, in words that rules know. */
static char *words_of_type(const char *json)
{
	static const char *const words[][2] = {{"MailboxFull", "mailbox full"},
	                                       {"MessageTooLarge", "message too large"},
	                                       {"ContentRejected", "content rejected"},
	                                       {"AttachmentRejected", "attachment blocked"},
	                                       {"NoEmail", "no such recipient"}};
	const char *end = json + strlen(json);
	g_autofree char *type = string_of(json, end, "bounceType");
	g_autofree char *sub = string_of(json, end, "bounceSubType");

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (strcmp(sub, words[i][0]) == 0)
			return g_strdup(words[i][1]);
	return *sub != '\0' ? g_strdup_printf("%s: %s", type, sub) : g_strdup("");
}

/* cause: words for a recipient that has none. */
static void add_recipient(struct report *report, const char *from, const char *end,
                          const char *action_if_none, const char *cause)
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
	if (strcmp(action, "failed") != 0 && strcmp(action, "delayed") != 0) {
		g_free(action);
		action = g_strdup(action_if_none);
	}
	g_free(recipient->action);
	recipient->action = g_steal_pointer(&action);
	if (report_text_read_status(status, code)) {
		g_free(recipient->status);
		recipient->status = g_strdup(code);
	}
	if (*words == '\0') {
		g_free(words);
		words = g_strdup(cause);
	}
	report_recipient_set_diagnostic(recipient, g_str_has_prefix(words, "smtp; ") ? words + 6 : words);
	report_recipient_add(report, recipient);
}

/* The objects of the array behind key. */
static void add_recipients(struct report *report, const char *json, const char *key, const char *action)
{
	g_autofree char *cause = words_of_type(json);
	const char *at = strstr(json, key);
	const char *end = at != NULL ? strchr(at, ']') : NULL;

	while (end != NULL && at < end && report->recipients->len < LIMIT_REPORT_RECIPIENTS) {
		const char *open = memchr(at, '{', (gsize)(end - at));
		const char *close = open != NULL ? memchr(open, '}', (gsize)(end - open)) : NULL;

		if (close == NULL)
			return;
		add_recipient(report, open, close, action, cause);
		at = close + 1;
	}
}

/* The value of the first of both keys that is there, or NULL: notifications and events name their type
 * differently. */
static const char *type_of(const char *json)
{
	static const char *const keys[] = {"\"notificationType\"", "\"eventType\""};

	for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
		const char *at = strstr(json, keys[i]);

		if (at != NULL)
			return at + strlen(keys[i]) + strspn(at + strlen(keys[i]), " :");
	}
	return NULL;
}

gboolean report_ses_read(struct report *report, const struct mail *mail)
{
	const struct mail_part *part = mail_part_find(mail, PART_TEXT);
	g_autofree char *json = NULL;
	const char *type;

	/* anybody may write about such a text */
	if (part == NULL || strstr(mail->from, "@sns.amazonaws.com") == NULL)
		return FALSE;
	json = flatten(part->text);
	type = type_of(json);
	if (type == NULL)
		return FALSE;
	if (g_str_has_prefix(type, "\"Bounce\"")) {
		add_recipients(report, json, "\"bouncedRecipients\"", "failed");
		report->type = REPORT_BOUNCE;
	} else if (g_str_has_prefix(type, "\"DeliveryDelay\"")) {
		add_recipients(report, json, "\"delayedRecipients\"", "delayed");
		report->type = REPORT_BOUNCE;
	} else if (g_str_has_prefix(type, "\"Complaint\"")) {
		add_recipients(report, json, "\"complainedRecipients\"", "");
		report->type = REPORT_COMPLAINT;
		g_free(report->feedback_type);
		report->feedback_type = g_strdup("abuse");
	} else {
		return FALSE;
	}
	if (report->recipients->len == 0) {
		report->type = REPORT_NOTBOUNCE;
		return FALSE;
	}
	g_free(report->format);
	report->format = g_strdup("ses");
	return TRUE;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/mail_sender.h"

#include "lib/mail/mail_init.h"
#include "lib/mail/report_mime.h"
#include "lib/mail/report_text.h"

#include <string.h>

static gboolean begins_with(const char *value, const char *word)
{
	return g_ascii_strncasecmp(value, word, strlen(word)) == 0;
}

static gboolean has_any(const struct mail *mail, const char *const *names)
{
	for (; *names != NULL; names++)
		if (*mail_header(mail, *names) != '\0')
			return TRUE;
	return FALSE;
}

static gboolean is_automatic(const struct mail *mail)
{
	static const char *const signs[] = {"list-id",     "list-unsubscribe",    "x-auto-response-suppress",
	                                    "x-autoreply", "x-autorespond",       "x-loop",
	                                    "feedback-id", "x-failed-recipients", NULL};
	static const char *const precedences[] = {"bulk", "list", "junk", "auto_reply"};
	const char *submitted = mail_header(mail, "auto-submitted"),
	           *precedence = mail_header(mail, "precedence");
	g_autofree char *path = g_strstrip(g_strdup(mail_header(mail, "return-path")));

	if (*submitted != '\0' && !begins_with(submitted, "no"))
		return TRUE;
	if (strcmp(path, "<>") == 0 || begins_with(path, "<mailer-daemon"))
		return TRUE;
	for (gsize i = 0; i < G_N_ELEMENTS(precedences); i++)
		if (begins_with(precedence, precedences[i]))
			return TRUE;
	return has_any(mail, signs) || strcmp(mail->content_type, "multipart/report") == 0;
}

/* The one address in From. */
static char *from_of(const struct mail *mail)
{
	const char *from = mail->from, *behind = NULL;
	g_autofree char *address = report_text_address(from, strlen(from), &behind);
	g_autofree char *second = address == NULL ? NULL
	                                          : report_text_address(behind, strlen(behind), &behind);

	/* "a@b.example <a@b.example>" is one */
	if (address == NULL || (second != NULL && g_ascii_strcasecmp(address, second) != 0))
		return g_strdup("");
	return g_steal_pointer(&address);
}

void mail_sender_read(const void *bytes, gsize len, struct mail_sender *sender_out)
{
	struct mail *mail;

	mail_init();
	mail = mail_open(bytes, len);
	sender_out->address = from_of(mail);
	sender_out->is_automatic = is_automatic(mail);
	mail_close(mail);
}

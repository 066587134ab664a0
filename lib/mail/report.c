// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/report.h"

#include "lib/base/limits.h"
#include "lib/mail/format_section.h"
#include "lib/mail/formats.h"
#include "lib/mail/mail_init.h"
#include "lib/mail/report_dsn.h"
#include "lib/mail/report_fields.h"
#include "lib/mail/report_mime.h"
#include "lib/mail/report_other.h"
#include "lib/mail/report_ses.h"
#include "lib/mail/report_text.h"
#include "lib/mail/rules.h"

#include <string.h>

#define INNER_DEPTH 2  /* reports attached to reports */
#define SHORT_WORDS 40 /* bytes of a diagnostic that says next to nothing */

static void recipient_free(gpointer data)
{
	struct report_recipient *recipient = data;

	g_free(recipient->address);
	g_free(recipient->original_address);
	g_free(recipient->action);
	g_free(recipient->status);
	g_free(recipient->reply);
	g_free(recipient->diagnostic);
	g_free(recipient->remote_mta);
	g_free(recipient->phase);
	g_free(recipient);
}

void report_free(struct report *report)
{
	if (report == NULL)
		return;
	g_free(report->format);
	g_free(report->reporting_mta);
	g_free(report->subject);
	g_free(report->original_message_id);
	g_free(report->original_return_path);
	g_free(report->original_unsubscribe);
	g_free(report->feedback_type);
	g_ptr_array_unref(report->recipients);
	g_free(report);
}

static struct report *report_new(const char *subject)
{
	struct report *report = g_new0(struct report, 1);

	report->type = REPORT_NOTBOUNCE;
	report->format = g_strdup("");
	report->reporting_mta = g_strdup("");
	report->subject = g_strdup(subject);
	report->original_message_id = g_strdup("");
	report->original_return_path = g_strdup("");
	report->original_unsubscribe = g_strdup("");
	report->feedback_type = g_strdup("");
	report->recipients = g_ptr_array_new_with_free_func(recipient_free);
	return report;
}

static void set(char **slot, const char *value)
{
	g_free(*slot);
	*slot = g_strdup(value);
}

static struct report_recipient *find_recipient(const struct report *report, const char *address)
{
	for (guint i = 0; i < report->recipients->len; i++) {
		struct report_recipient *recipient = g_ptr_array_index(report->recipients, i);

		if (g_ascii_strcasecmp(recipient->address, address) == 0)
			return recipient;
	}
	return NULL;
}

/* A path, a command or a host alone: nobody to whom mail could go. */
static gboolean is_nobody(const struct report_recipient *recipient)
{
	const char *at = strrchr(recipient->address, '@');

	return at == NULL || at == recipient->address || *recipient->address == '|' ||
	       *recipient->address == '/';
}

/* Who it was instead: the header that Exim gives, or the one whom the text names. */
static void name_nobody(struct report_recipient *recipient, const struct mail *mail,
                        const struct report *other)
{
	const char *value = mail_header(mail, "x-failed-recipients");
	g_autofree char *address = report_text_address(value, strlen(value), NULL);
	const struct report_recipient *said = NULL;

	if (other != NULL && other->recipients->len == 1)
		said = g_ptr_array_index(other->recipients, 0);
	if (address != NULL)
		set(&recipient->address, address);
	else if (said != NULL && !is_nobody(said))
		set(&recipient->address, said->address);
}

/* "Service unavailable" alone is what a system says when another line has the cause. */
static gboolean says_enough(const struct report_recipient *said)
{
	return *said->status != '\0' || strlen(said->diagnostic) > SHORT_WORDS;
}

/* What the status part leaves out, from the text for people: the words, and the command that was answered. */
static void add_words_of_text(struct report *report, const struct mail *mail)
{
	g_autofree char *text = format_text_of(mail);
	g_autofree char *words = NULL;
	const char *phase = report_text_transcript_phase(text);
	gboolean is_only = report->recipients->len == 1;
	struct report *other = NULL;

	for (guint i = 0; i < report->recipients->len; i++) {
		struct report_recipient *recipient = g_ptr_array_index(report->recipients, i);
		struct report_recipient *said;

		if (*recipient->phase == '\0' && is_only)
			set(&recipient->phase, phase);
		if ((*recipient->diagnostic != '\0' || *recipient->status == '2') && !is_nobody(recipient))
			continue;
		if (other == NULL) {
			other = report_new("");
			(void)formats_apply(mail->formats, mail, FALSE, other);
		}
		if (is_nobody(recipient) && is_only)
			name_nobody(recipient, mail, other);
		if (*recipient->diagnostic != '\0')
			continue;
		said = find_recipient(other, recipient->address);
		if (said == NULL && is_only && other->recipients->len == 1)
			said = g_ptr_array_index(other->recipients, 0);
		if (said != NULL && *said->diagnostic != '\0' && (!is_only || says_enough(said)))
			report_recipient_set_diagnostic(recipient, said->diagnostic);
		else if (is_only && (words = formats_words(mail->formats, mail)) != NULL)
			report_recipient_set_diagnostic(recipient, words);
	}
	report_free(other);
}

/* Delivery status parts; a report may hold several. */
static gboolean read_status_parts(struct report *report, const struct mail *mail)
{
	gboolean found = FALSE;

	for (guint i = 0; i < mail->parts->len; i++) {
		const struct mail_part *part = g_ptr_array_index(mail->parts, i);

		if (part->role == PART_STATUS)
			found = report_dsn_read(report, part->text) || found;
	}
	return found;
}

/* The fields where they do not belong: in a text part of a mail that is a report by its type or sender. */
static gboolean read_misplaced_fields(struct report *report, const struct mail *mail)
{
	if (strcmp(mail->content_type, "multipart/report") != 0 && !report_is_from_daemon(mail))
		return FALSE;
	for (guint i = 0; i < mail->parts->len; i++) {
		const struct mail_part *part = g_ptr_array_index(mail->parts, i);

		if (part->role == PART_TEXT && report_dsn_is_in(part->text) &&
		    report_dsn_read(report, part->text))
			return TRUE;
	}
	/* a broken MIME tree hides them from the parser */
	return mail_part_find(mail, PART_STATUS) == NULL && mail->inner == NULL &&
	       report_dsn_is_in(mail->raw->str) && report_dsn_read(report, mail->raw->str);
}

/* A report that leaves Action out: a delay unless the text has nothing of one. */
static void complete_actions(struct report *report, const struct mail *mail)
{
	gboolean is_delayed = FALSE, is_asked = FALSE;

	for (guint i = 0; i < report->recipients->len; i++) {
		struct report_recipient *recipient = g_ptr_array_index(report->recipients, i);

		if (*recipient->action != '\0' || *recipient->status == '2' || *recipient->status == '5')
			continue;
		if (!is_asked)
			is_delayed = formats_says_delayed(mail->formats, mail);
		is_asked = TRUE;
		if (is_delayed)
			set(&recipient->action, "delayed");
	}
}

static gboolean has_an_action(const struct report *report)
{
	for (guint i = 0; i < report->recipients->len; i++) {
		const struct report_recipient *recipient = g_ptr_array_index(report->recipients, i);

		if (*recipient->action != '\0' || *recipient->status != '\0' ||
		    *recipient->diagnostic != '\0')
			return TRUE;
	}
	return FALSE;
}

static gboolean read_dsn(struct report *report, const struct mail *mail)
{
	if (!read_status_parts(report, mail) && !read_misplaced_fields(report, mail))
		return FALSE;
	if (!has_an_action(report)) {
		g_ptr_array_set_size(report->recipients, 0);
		return FALSE;
	}
	report->type = REPORT_BOUNCE;
	set(&report->format, "rfc3464");
	add_words_of_text(report, mail);
	complete_actions(report, mail);
	return TRUE;
}

/* The text below "Begin forwarded message:" with one "> " of each line taken away, or NULL. */
static char *read_quoted(const char *text)
{
	GString *out = g_string_new(NULL);
	gboolean is_below = FALSE;

	for (const char *line = text; *line != '\0';) {
		gsize len = strcspn(line, "\n");

		if (is_below) {
			gsize quote = *line != '>' ? 0 : line[1] == ' ' ? 2 : 1;

			g_string_append_len(out, line + quote, (gssize)(len - quote));
			g_string_append_c(out, '\n');
		} else {
			g_autofree char *lower = g_ascii_strdown(line, (gssize)len);

			is_below = strstr(lower, "forwarded message") != NULL;
		}
		line += len;
		if (*line == '\n')
			line++;
	}
	return g_string_free(out, !is_below);
}

/*
 * A whole report that a person has passed on: its own header from a mail system and its fields stand in the
 * text. Any less than that, and it is somebody who talks about a bounce.
 */
static gboolean read_forwarded(struct report *report, const struct mail *mail)
{
	const struct mail_part *part = mail_part_find(mail, PART_TEXT);
	g_autofree char *quoted = NULL;
	g_autoptr(GPtrArray) fields = NULL;
	const char *from;

	if (!formats_section_knows(mail->formats, "forwarded-subject", mail) || part == NULL ||
	    !report_dsn_is_in(part->text))
		return FALSE;
	quoted = read_quoted(part->text);
	if (quoted == NULL)
		return FALSE;
	fields = report_fields_read(quoted + strspn(quoted, "\n "), TRUE);
	from = report_fields_get(fields, "from");
	if (from == NULL ||
	    (strcasestr(from, "mailer-daemon") == NULL && strcasestr(from, "mail delivery") == NULL &&
	     strcasestr(from, "postmaster") == NULL))
		return FALSE;
	if (!report_dsn_read(report, quoted))
		return FALSE;
	for (guint i = 0; i < report->recipients->len; i++) {
		const struct report_recipient *recipient = g_ptr_array_index(report->recipients, i);

		if (*recipient->action == '\0' || *recipient->status == '\0') {
			g_ptr_array_set_size(report->recipients, 0);
			return FALSE;
		}
	}
	set(&report->format, "forwarded");
	return TRUE;
}

/* The headers of the returned message that tell whose it was. */
static void read_original(struct report *report, const struct mail *mail)
{
	g_autoptr(GPtrArray) fields = report_fields_read(mail_original_headers(mail), TRUE);
	g_autofree char *return_path = NULL;
	const char *value;

	value = report_fields_get(fields, "message-id");
	if (value != NULL) {
		g_autofree char *id = report_text_clean(value, -1, LIMIT_LINE_OUT);
		const char *start = *id == '<' ? id + 1 : id;

		g_free(report->original_message_id);
		report->original_message_id = g_strndup(start, strcspn(start, "> "));
	}
	value = report_fields_get(fields, "return-path");
	if (value != NULL)
		return_path = report_text_address(value, strlen(value), NULL);
	if (return_path != NULL)
		set(&report->original_return_path, return_path);
	value = report_fields_get(fields, "list-unsubscribe");
	if (value != NULL) {
		g_free(report->original_unsubscribe);
		report->original_unsubscribe = report_text_clean(value, -1, LIMIT_LINE_OUT);
	}
}

static gboolean read_mail(struct report *report, const struct mail *mail, int depth);

/*
 * A gateway, a list or a person has passed on a report as an attachment. Only when the mail around it is none
 * itself: of a bounce that returns a bounce, the outer counts.
 */
static gboolean read_inner(struct report *report, const struct mail *mail, int depth)
{
	struct mail *inner;
	gboolean is_read;

	if (mail->inner == NULL || depth > INNER_DEPTH)
		return FALSE;
	inner = mail_open(mail->inner, strlen(mail->inner));
	inner->formats = mail->formats;
	is_read = read_mail(report, inner, depth + 1) &&
	          (report->type == REPORT_BOUNCE || report->type == REPORT_COMPLAINT);
	if (is_read) {
		read_original(report, inner);
	} else {
		g_ptr_array_set_size(report->recipients, 0);
		report->type = REPORT_NOTBOUNCE;
		set(&report->format, "");
	}
	mail_close(inner);
	return is_read;
}

static gboolean read_bounce(struct report *report, const struct mail *mail)
{
	return read_dsn(report, mail) ||
	       (report_may_be_bounce(mail) && formats_apply(mail->formats, mail, TRUE, report));
}

/* FALSE: ordinary mail. */
static gboolean read_mail(struct report *report, const struct mail *mail, int depth)
{
	if (report_read_feedback(report, mail)) {
		report->type = report_feedback_is_complaint(report) ? REPORT_COMPLAINT : REPORT_NOTBOUNCE;
	} else if (report_read_disposition(report, mail)) {
		report->type = REPORT_MDN;
	} else if (read_bounce(report, mail)) {
		report->type = REPORT_BOUNCE;
	} else if (read_inner(report, mail, depth)) {
		/* it has set the type */
	} else if (report_ses_read(report, mail)) {
		/* it has set the type */
	} else if (report_is_autoreply(mail)) {
		report->type = REPORT_AUTOREPLY;
		set(&report->format, "autoreply");
	} else if ((report_is_from_system(mail) && formats_apply(mail->formats, mail, FALSE, report)) ||
	           read_forwarded(report, mail)) {
		report->type = REPORT_BOUNCE;
	} else {
		return FALSE;
	}
	return TRUE;
}

struct report *report_read(const struct rules *rules, const void *bytes, gsize len)
{
	struct mail *mail;
	struct report *report;

	mail_init();
	mail = mail_open(bytes, len);
	mail->formats = rules_formats(rules);
	report = report_new(mail->subject);
	(void)read_mail(report, mail, 0);
	if (*report->original_message_id == '\0' && *report->original_return_path == '\0')
		read_original(report, mail);
	mail_close(mail);
	return report;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/report_other.h"

#include "lib/base/limits.h"
#include "lib/mail/formats.h"
#include "lib/mail/report_dsn.h"
#include "lib/mail/report_fields.h"
#include "lib/mail/report_text.h"

#include <string.h>

static void set(char **slot, char *value)
{
	g_free(*slot);
	*slot = value;
}

static void add_addresses(struct report *report, const char *value)
{
	char *address;

	while ((address = report_text_address(value, strlen(value), &value)) != NULL) {
		report_recipient_add(report, report_recipient_new(address));
		g_free(address);
	}
}

gboolean report_read_feedback(struct report *report, const struct mail *mail)
{
	static const char *const recipient_fields[] = {"original-rcpt-to", "removal-recipient",
	                                               "x-hmxmroriginalrecipient"};
	const struct mail_part *part = mail_part_find(mail, PART_FEEDBACK);
	const struct mail_part *original = mail_part_find(mail, PART_ORIGINAL);
	g_autoptr(GPtrArray) fields = NULL;
	const char *type;

	if (part == NULL) {
		if (formats_section_knows(mail->formats, "complaint", mail))
			type = "abuse";
		else if (formats_section_knows(mail->formats, "opt-out", mail))
			type = "opt-out";
		else
			return FALSE;
		fields = report_fields_read(original != NULL ? original->text : "", TRUE);
	} else {
		fields = report_fields_read(part->text, FALSE);
		type = report_fields_get(fields, "feedback-type");
	}
	set(&report->feedback_type, report_text_clean(type != NULL ? type : "abuse", -1, 64));
	set(&report->feedback_type, g_ascii_strdown(report->feedback_type, -1));
	set(&report->format, g_strdup(part != NULL ? "arf" : "complaint"));
	for (guint i = 0; i < fields->len; i++) {
		const struct report_field *field = g_ptr_array_index(fields, i);

		for (gsize k = 0; k < G_N_ELEMENTS(recipient_fields); k++)
			if (strcmp(field->name, recipient_fields[k]) == 0)
				add_addresses(report, field->value);
		if (strcmp(field->name, "reporting-mta") == 0) {
			const char *semicolon = strchr(field->value, ';');

			set(&report->reporting_mta,
			    report_text_clean(semicolon != NULL ? semicolon + 1 : field->value, -1,
			                      LIMIT_DOMAIN));
		}
	}
	return TRUE;
}

gboolean report_feedback_is_complaint(const struct report *report)
{
	return strcmp(report->feedback_type, "not-spam") != 0;
}

gboolean report_read_disposition(struct report *report, const struct mail *mail)
{
	const struct mail_part *part = mail_part_find(mail, PART_DISPOSITION);
	const struct mail_part *status = mail_part_find(mail, PART_STATUS);

	/* a filter that refuses a mail in such a report (Sieve) has not read it out to anybody */
	if (part == NULL || status != NULL || formats_knows_line(mail->formats, "sieve-reject", mail))
		return FALSE;
	set(&report->format, g_strdup("mdn"));
	return TRUE;
}

gboolean report_is_autoreply(const struct mail *mail)
{
	return formats_section_knows(mail->formats, "autoreply", mail) ||
	       formats_section_knows(mail->formats, "challenge", mail);
}

gboolean report_is_from_daemon(const struct mail *mail)
{
	const char *return_path = mail_header(mail, "return-path");

	return strcmp(return_path, "<>") == 0 || g_ascii_strcasecmp(return_path, "<MAILER-DAEMON>") == 0 ||
	       formats_section_knows(mail->formats, "daemon", mail);
}

gboolean report_is_from_system(const struct mail *mail)
{
	return strcmp(mail->content_type, "multipart/report") == 0 || report_is_from_daemon(mail) ||
	       *mail_header(mail, "x-failed-recipients") != '\0';
}

gboolean report_may_be_bounce(const struct mail *mail)
{
	return report_is_from_system(mail) || formats_section_knows(mail->formats, "bounce-subject", mail);
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/lint.h"

#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "lib/mail/lint_work.h"
#include "lib/mail/mail_init.h"
#include "lib/mail/mime_auto.h"

#include <string.h>

enum { SEEN_MAX = 160, ASCII_PERCENT = 95 };

static void finding_free(gpointer data)
{
	struct lint_finding *finding = data;

	g_free(finding->seen);
	g_free(finding);
}

static void add_finding(struct lint_report *report, const struct lint_rule *rule, const char *seen)
{
	struct lint_finding *finding = g_new0(struct lint_finding, 1);

	finding->rule = rule;
	finding->seen = g_strdup(seen);
	g_ptr_array_add(report->findings, finding);
	report->score += rule->weight;
	report->errors += rule->level == LINT_ERROR;
	report->warnings += rule->level == LINT_WARNING;
}

static gboolean has_rule(const struct lint_report *report, const struct lint_rule *rule)
{
	for (guint i = 0; i < report->findings->len; i++)
		if (((const struct lint_finding *)g_ptr_array_index(report->findings, i))->rule == rule)
			return TRUE;
	return FALSE;
}

void lint_find(struct lint_work *work, enum lint_id id, const char *format, ...)
{
	const struct lint_rule *rule = &work->rules->rules[id];
	g_autofree char *text = NULL, *valid = NULL, *cut = NULL, *seen = NULL;
	va_list args;

	if (rule->level == LINT_OFF || has_rule(work->report, rule))
		return;
	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	valid = g_utf8_make_valid(text, -1);
	cut = g_utf8_substring(valid, 0, MIN(g_utf8_strlen(valid, -1), SEEN_MAX));
	seen = text_printable(cut, -1);
	add_finding(work->report, rule, seen);
}

double lint_limit(const struct lint_work *work, enum lint_id id)
{
	return work->rules->rules[id].limit;
}

const char *lint_visible(const struct lint_work *work)
{
	if (work->page != NULL)
		return work->page->text->str;
	return work->text == NULL ? "" : work->text->str;
}

/* A text part as UTF-8, LIMIT_LINT_TEXT bytes at most. */
static char *decode(struct lint_work *work, GMimePart *part)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	g_autoptr(GMimeStream) stream = g_mime_stream_mem_new();
	const char *charset = g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), "charset");
	g_autofree char *converted = NULL;
	GByteArray *bytes;
	gsize len, read, written;

	if (content != NULL)
		g_mime_data_wrapper_write_to_stream(content, stream);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	len = MIN(bytes->len, LIMIT_LINT_TEXT);
	converted = g_convert((const char *)bytes->data, (gssize)len, "UTF-8",
	                      charset == NULL ? "us-ascii" : charset, &read, &written, NULL);
	/* a cut within a character is not the writer's fault */
	if (converted == NULL && (bytes->len <= LIMIT_LINT_TEXT || charset == NULL))
		work->bad_charset = TRUE;
	if (converted == NULL || memchr(converted, '\0', written) != NULL) {
		g_clear_pointer(&converted, g_free);
		converted = g_utf8_make_valid(bytes->data == NULL ? "" : (const char *)bytes->data,
		                              (gssize)len);
	}
	return g_steal_pointer(&converted);
}

static gboolean is_mostly_ascii(const char *text)
{
	gsize len = strlen(text), ascii = 0;

	for (gsize i = 0; i < len; i++)
		ascii += (guchar)text[i] < 128;
	return len > 0 && ascii * 100 >= len * ASCII_PERCENT;
}

static void take_text(struct lint_work *work, GMimePart *part, gboolean is_html)
{
	g_autofree char *text = decode(work, part);

	if (g_mime_part_get_content_encoding(part) == GMIME_CONTENT_ENCODING_BASE64 && is_mostly_ascii(text))
		work->base64_text = TRUE;
	if (is_html && work->page == NULL) {
		work->html_len = strlen(text);
		work->page = lint_page_read(text, work->html_len,
		                            work->rules->rules[LINT_LOW_CONTRAST].limit);
	} else if (!is_html) {
		work->text = work->text == NULL ? g_string_new(NULL) : work->text;
		if (work->text->len < LIMIT_LINT_TEXT)
			g_string_append_printf(work->text, "%s\n", text);
	}
}

static void take_part(struct lint_work *work, GMimePart *part)
{
	GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));
	const char *name = g_mime_part_get_filename(part);
	gboolean is_file = g_mime_part_is_attachment(part) || name != NULL;

	if (!is_file && g_mime_content_type_is_type(type, "text", "html"))
		take_text(work, part, TRUE);
	else if (!is_file && g_mime_content_type_is_type(type, "text", "plain"))
		take_text(work, part, FALSE);
	else if (g_mime_object_get_content_id(GMIME_OBJECT(part)) == NULL || is_file)
		g_ptr_array_add(work->files, g_strdup(name == NULL ? "without a name" : name));
}

static void take_object(struct lint_work *work, GMimeObject *object, guint depth)
{
	if (object == NULL || depth > LIMIT_REPORT_DEPTH)
		return;
	if (GMIME_IS_MULTIPART(object)) {
		GMimeMultipart *multipart = GMIME_MULTIPART(object);
		int count = MIN(g_mime_multipart_get_count(multipart), LIMIT_REPORT_PARTS);
		const char *boundary = g_mime_multipart_get_boundary(multipart);
		g_autofree char *end = g_strdup_printf("\n--%s--", boundary == NULL ? "" : boundary);

		if (count == 0 || boundary == NULL ||
		    g_strstr_len(work->bytes, (gssize)work->len, end) == NULL)
			lint_find(work, LINT_BOUNDARY, "%s", boundary == NULL ? "none" : boundary);
		for (int i = 0; i < count; i++)
			take_object(work, g_mime_multipart_get_part(multipart, i), depth + 1);
	} else if (GMIME_IS_PART(object)) {
		take_part(work, GMIME_PART(object));
	} else if (GMIME_IS_MESSAGE_PART(object)) {
		g_ptr_array_add(work->files, g_strdup("a message"));
	}
}

static void take_sender(struct lint_work *work, GMimeMessage *message)
{
	InternetAddressList *from = g_mime_message_get_from(message);
	const char *value = g_mime_object_get_header(GMIME_OBJECT(message), "From");
	InternetAddress *first = from == NULL || internet_address_list_length(from) == 0
	                                 ? NULL
	                                 : internet_address_list_get_address(from, 0);
	const char *address = first != NULL && INTERNET_ADDRESS_IS_MAILBOX(first)
	                              ? internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(first))
	                              : NULL;
	const char *at = address == NULL ? NULL : strrchr(address, '@');

	if (at == NULL || at == address || at[1] == '\0' || internet_address_list_length(from) != 1) {
		if (value != NULL)
			lint_find(work, LINT_FROM, "%s", value);
		return;
	}
	work->from_address = g_strdup(address);
	work->from_name = g_strdup(internet_address_get_name(first));
}

static char *header_of(GMimeMessage *message, const char *name)
{
	const char *value = g_mime_object_get_header(GMIME_OBJECT(message), name);

	return value == NULL ? NULL : g_strstrip(g_utf8_make_valid(value, -1));
}

static void take_message(struct lint_work *work)
{
	g_autoptr(GMimeStream) stream = g_mime_stream_mem_new_with_buffer(work->bytes, work->len);
	g_autoptr(GMimeParser) parser = g_mime_parser_new_with_stream(stream);
	g_autoptr(GMimeMessage) message = g_mime_parser_construct_message(parser, NULL);
	const char *subject;

	if (message == NULL)
		return;
	subject = g_mime_message_get_subject(message);
	work->subject = subject == NULL ? header_of(message, "Subject") : g_utf8_make_valid(subject, -1);
	work->list_unsubscribe = header_of(message, "List-Unsubscribe");
	work->list_unsubscribe_post = header_of(message, "List-Unsubscribe-Post");
	take_sender(work, message);
	take_object(work, g_mime_message_get_mime_part(message), 0);
}

static int worst_first(gconstpointer a, gconstpointer b)
{
	const struct lint_rule *one = (*(struct lint_finding *const *)a)->rule;
	const struct lint_rule *two = (*(struct lint_finding *const *)b)->rule;

	if (one->level != two->level)
		return one->level > two->level ? -1 : 1;
	if (one->weight != two->weight)
		return one->weight > two->weight ? -1 : 1;
	return one < two ? -1 : one > two;
}

static void clear_work(struct lint_work *work)
{
	g_free(work->subject);
	g_free(work->from_name);
	g_free(work->from_address);
	g_free(work->list_unsubscribe);
	g_free(work->list_unsubscribe_post);
	if (work->text != NULL)
		g_string_free(work->text, TRUE);
	lint_page_free(work->page);
	g_ptr_array_unref(work->files);
}

struct lint_report *lint_message(const struct lint_rules *rules, const void *bytes, gsize len,
                                 const struct lint_facts *facts)
{
	struct lint_report *report = g_new0(struct lint_report, 1);
	struct lint_work work = {
	        .rules = rules,
	        .facts = facts,
	        .report = report,
	        .bytes = len == 0 ? "" : bytes,
	        .len = MIN(len, LIMIT_MESSAGE_OUT),
	        .files = g_ptr_array_new_with_free_func(g_free),
	};

	mail_init();
	report->findings = g_ptr_array_new_with_free_func(finding_free);
	take_message(&work);
	lint_wire(&work);
	lint_needs(&work);
	lint_html(&work);
	lint_links(&work);
	lint_words(&work);
	lint_subject(&work);
	g_ptr_array_sort(report->findings, worst_first);
	clear_work(&work);
	return report;
}

void lint_report_free(struct lint_report *report)
{
	if (report == NULL)
		return;
	g_ptr_array_unref(report->findings);
	g_free(report);
}

void lint_report_merge(struct lint_report *report, const struct lint_report *other)
{
	for (guint i = 0; i < other->findings->len; i++) {
		const struct lint_finding *finding = g_ptr_array_index(other->findings, i);

		if (!has_rule(report, finding->rule))
			add_finding(report, finding->rule, finding->seen);
	}
	g_ptr_array_sort(report->findings, worst_first);
}

const struct lint_finding *lint_report_find(const struct lint_report *report, const char *name)
{
	for (guint i = 0; i < report->findings->len; i++) {
		const struct lint_finding *finding = g_ptr_array_index(report->findings, i);

		if (strcmp(finding->rule->name, name) == 0)
			return finding;
	}
	return NULL;
}

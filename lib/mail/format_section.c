// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/format_section.h"

#include "lib/base/limits.h"
#include "lib/mail/pattern.h"
#include "lib/mail/prefilter.h"
#include "lib/mail/report_dsn.h"
#include "lib/mail/report_fields.h"
#include "lib/mail/report_text.h"

#include <string.h>

#define ACTIVE_MAX 64 /* patterns of one key of a section */

/* One recipient while its lines are collected. */
struct finding {
	char *address;
	GString *words;
};

static void finding_free(gpointer data)
{
	struct finding *finding = data;

	g_free(finding->address);
	g_string_free(finding->words, TRUE);
	g_free(finding);
}

gboolean format_section_set_option(struct format_section *section, const char *option)
{
	if (strcmp(option, "guess") == 0)
		section->is_guess = TRUE;
	else if (strcmp(option, "paragraph") == 0)
		section->is_paragraph = TRUE;
	else if (strcmp(option, "whole") == 0)
		section->takes_whole = TRUE;
	else if (strcmp(option, "reply-above") == 0)
		section->has_reply_above = TRUE;
	else
		return FALSE;
	return TRUE;
}

/* What a mailing list put below a report has addresses of its own. */
static void cut_list_footer(GString *text)
{
	static const char line[] = "\n_______________________________________________\n";
	char *at = strstr(text->str, line);

	if (at == NULL || strcasestr(at, "mailing list") == NULL || strchr(at, '@') == NULL)
		return;
	if (strcspn(at + sizeof(line) - 1, "\n") < 200)
		g_string_truncate(text, (gsize)(at - text->str) + 1);
}

char *format_text_of(const struct mail *mail)
{
	GString *text = g_string_new(NULL);
	gboolean has_plain = FALSE;

	for (guint i = 0; i < mail->parts->len; i++) {
		const struct mail_part *part = g_ptr_array_index(mail->parts, i);

		if (part->role == PART_ORIGINAL && text->len > 0)
			break;
		if (part->role != PART_TEXT || (part->is_html && has_plain))
			continue;
		has_plain = has_plain || (!part->is_html && strspn(part->text, " \t\n") < strlen(part->text));
		g_string_append(text, part->text);
		g_string_append_c(text, '\n');
	}
	cut_list_footer(text);
	return g_string_free(text, FALSE);
}

/* Patterns of one key that a text can hold at all. */
struct active {
	const char *patterns[ACTIVE_MAX];
	guint count;
};

static gboolean line_is_any(const struct active *active, const char *line, gsize len)
{
	for (guint i = 0; i < active->count; i++)
		if (pattern_is_in_line(active->patterns[i], line, len))
			return TRUE;
	return FALSE;
}

/* "Name: pattern" against every header of that name. */
static gboolean header_is_any(const GPtrArray *patterns, const struct mail *mail)
{
	for (guint i = 0; i < patterns->len; i++) {
		const char *pattern = g_ptr_array_index(patterns, i);
		gsize name = strcspn(pattern, ":");

		for (guint k = 0; k < mail->headers->len; k++) {
			const struct report_field *field = g_ptr_array_index(mail->headers, k);
			const char *value = field->value;

			if (*field->name != g_ascii_tolower(*pattern) || strlen(field->name) != name ||
			    g_ascii_strncasecmp(field->name, pattern, name) != 0)
				continue;
			if (strcmp(field->name, "subject") == 0)
				value = mail->subject;
			else if (strcmp(field->name, "from") == 0)
				value = mail->from;
			if (pattern_is_in_line(pattern + name + 1 + strspn(pattern + name + 1, " \t"), value,
			                       strlen(value)))
				return TRUE;
		}
	}
	return FALSE;
}

static void find_active(const struct format_section *section, enum format_key key, const guint64 *hits,
                        struct active *active)
{
	const GPtrArray *patterns = section->keys[key];

	active->count = 0;
	for (guint i = 0; i < patterns->len && active->count < ACTIVE_MAX; i++) {
		int literal = g_array_index(section->literals[key], int, i);

		if (literal < 0 || prefilter_has(hits, (guint)literal))
			active->patterns[active->count++] = g_ptr_array_index(patterns, i);
	}
}

/* Where the first line of that key begins (after: ends), or NULL. */
static const char *find_line(const struct format_section *section, enum format_key key,
                             const struct format_text *in, gboolean after)
{
	struct active active;

	find_active(section, key, in->hits, &active);
	for (const char *text = in->text; active.count > 0 && *text != '\0';) {
		gsize len = strcspn(text, "\n");

		if (line_is_any(&active, text, len))
			return after ? text + len : text;
		text += len;
		if (*text == '\n')
			text++;
	}
	return NULL;
}

gboolean format_section_knows(const struct format_section *section, const struct mail *mail,
                              const struct format_text *text)
{
	if (section->keys[FORMAT_HEADER]->len > 0 && !header_is_any(section->keys[FORMAT_HEADER], mail))
		return FALSE;
	if (section->keys[FORMAT_AND_HEADER]->len > 0 &&
	    !header_is_any(section->keys[FORMAT_AND_HEADER], mail))
		return FALSE;
	if (header_is_any(section->keys[FORMAT_NOT_HEADER], mail))
		return FALSE;
	if (section->keys[FORMAT_LINE]->len == 0)
		return TRUE;
	return find_line(section, FORMAT_LINE, text, FALSE) != NULL;
}

gboolean format_section_says_delayed(const struct format_section *section, const struct format_text *text)
{
	return find_line(section, FORMAT_DELAYED, text, FALSE) != NULL;
}

char *format_section_words(const struct format_section *section, const struct format_text *text)
{
	const char *end = find_line(section, FORMAT_END, text, FALSE);
	GString *words = g_string_new(NULL);
	struct active skip;

	find_active(section, FORMAT_SKIP, text->hits, &skip);
	for (const char *line = text->text; *line != '\0' && line != end;) {
		gsize len = strcspn(line, "\n");

		if (!line_is_any(&skip, line, len)) {
			g_string_append_len(words, line, (gssize)len);
			g_string_append_c(words, '\n');
		}
		line += len;
		if (*line == '\n')
			line++;
	}
	return g_string_free(words, FALSE);
}

static struct finding *find_or_add(GPtrArray *findings, const char *address)
{
	struct finding *finding;

	for (guint i = 0; i < findings->len; i++) {
		finding = g_ptr_array_index(findings, i);
		if (g_ascii_strcasecmp(finding->address, address) == 0)
			return finding;
	}
	if (findings->len >= LIMIT_REPORT_RECIPIENTS)
		return NULL;
	finding = g_new0(struct finding, 1);
	finding->address = g_strdup(address);
	finding->words = g_string_new(NULL);
	g_ptr_array_add(findings, finding);
	return finding;
}

static void add_words(struct finding *finding, const char *text, gsize len)
{
	if (finding == NULL || finding->words->len + len > LIMIT_REPORT_FIELD)
		return;
	if (finding->words->len > 0)
		g_string_append_c(finding->words, '\n');
	g_string_append_len(finding->words, text, (gssize)len);
}

/* A user whom the reporting host names without a domain is one of its own. */
static struct finding *find_or_add_at(GPtrArray *findings, const char *address, const char *host)
{
	g_autofree char *whole = NULL;

	if (strchr(address, '@') != NULL)
		return find_or_add(findings, address);
	if (*host == '\0')
		return NULL;
	whole = g_strdup_printf("%s@%s", address, host);
	return find_or_add(findings, whole);
}

/* What the host of the From header belongs to: "example.org" of "mx2.example.org", "example.co.jp" of its
 * hosts. */
static char *home_of(const struct mail *mail)
{
	g_autofree char *from = report_text_address(mail->from, strlen(mail->from), NULL);
	g_auto(GStrv) labels = g_strsplit(from != NULL ? strrchr(from, '@') + 1 : "", ".", -1);
	guint count = g_strv_length(labels);
	guint keep = 2;

	if (count > 2 && strlen(labels[count - 1]) == 2 && strlen(labels[count - 2]) <= 3)
		keep = 3;
	return g_strjoinv(".", labels + (count > keep ? count - keep : 0));
}

/* What a line says, and its recipient when it names one. */
static struct finding *take_recipient(const struct format_section *section, GPtrArray *findings,
                                      const char *line, gsize len, const char *host)
{
	const GPtrArray *patterns = section->keys[FORMAT_RECIPIENT];

	for (guint i = 0; i < patterns->len; i++) {
		const char *pattern = g_ptr_array_index(patterns, i);
		struct pattern_match match = {NULL, NULL};
		struct finding *finding = NULL;

		if (!pattern_match(pattern, line, len, &match))
			continue;
		if (match.address != NULL)
			finding = find_or_add_at(findings, match.address, host);
		/* a code in front of the address belongs to the words behind it */
		if (finding != NULL && match.text != NULL && (*pattern == '5' || *pattern == '4'))
			add_words(finding, line, len);
		else if (finding != NULL && match.text != NULL)
			add_words(finding, match.text, strlen(match.text));
		pattern_match_clear(&match);
		return finding;
	}
	return NULL;
}

/* "<<< 550 ...", or what a local program says: "maildrop: ...". */
static gboolean is_cause(const char *line, gsize len)
{
	gsize blank = strspn(line, " \t");

	line += blank;
	len -= MIN(blank, len);
	if (len > 8 && g_str_has_prefix(line, "<<< ") && (line[4] == '4' || line[4] == '5'))
		return TRUE;
	while (len > 1 && (g_ascii_islower(*line) || *line == '.')) {
		line++;
		len--;
	}
	return len > 8 && blank == 0 && line[0] == ':' && line[1] == ' ';
}

static void collect(const struct format_section *section, const struct format_text *in, const char *text,
                    const char *end, const char *host, GPtrArray *findings)
{
	struct active stop, skip;
	struct finding *current = NULL;
	const char *reply = NULL;

	find_active(section, FORMAT_STOP, in->hits, &stop);
	find_active(section, FORMAT_SKIP, in->hits, &skip);
	while (text < end) {
		gsize len = MIN(strcspn(text, "\n"), (gsize)(end - text));
		gboolean is_blank = strspn(text, " \t") >= len;
		struct finding *named = is_blank ? NULL : take_recipient(section, findings, text, len, host);

		if (section->has_reply_above && named != NULL && named != current && reply != NULL)
			add_words(named, reply, strcspn(reply, "\n"));
		if (named != NULL || is_cause(text, len) ||
		    g_str_has_prefix(text + strspn(text, " \t"), "While talking"))
			reply = named == NULL && current == NULL && is_cause(text, len) ? text : NULL;
		if (named != NULL)
			current = named;
		else if ((is_blank && section->is_paragraph && current != NULL && current->words->len > 0) ||
		         line_is_any(&stop, text, len))
			current = NULL;
		else if (!is_blank && current != NULL && !line_is_any(&skip, text, len))
			add_words(current, text, len);
		text += len + 1;
	}
}

/* Addresses that a header gives: "X-Failed-Recipients", or "original:To" of the returned message. */
static void collect_headers(const struct format_section *section, const struct mail *mail,
                            GPtrArray *findings)
{
	const GPtrArray *names = section->keys[FORMAT_FROM_HEADER];

	for (guint i = 0; i < names->len && findings->len == 0; i++) {
		const char *name = g_ptr_array_index(names, i);
		g_autofree char *lower = g_ascii_strdown(name, -1);
		g_autoptr(GPtrArray) inner = NULL;
		const char *value;
		char *address;

		if (g_str_has_prefix(lower, "original:")) {
			inner = report_fields_read(mail_original_headers(mail), TRUE);
			value = report_fields_get(inner, lower + strlen("original:"));
		} else {
			value = mail_header(mail, lower);
		}
		while (value != NULL &&
		       (address = report_text_address(value, strlen(value), &value)) != NULL) {
			find_or_add(findings, address);
			g_free(address);
		}
	}
}

/* Has it words of a server, or any letters at all, beyond the address? */
static gboolean says_something(const struct finding *finding)
{
	gsize letters = 0;

	for (const char *p = finding->words->str; *p != '\0'; p++)
		letters += (g_ascii_isalpha(*p) || (guchar)*p >= 0x80) ? 1 : 0;
	return letters > 3;
}

static gboolean holds_code(const char *text)
{
	char status[REPORT_STATUS_SIZE], reply[4];

	return (report_text_status(text, status) && *status != '2') || report_text_reply(text, reply);
}

/* Lines with codes, or that speak of the address: first those that do both. */
static void take_transcript(struct finding *finding, const char *text, const char *end, gboolean is_only)
{
	g_autofree char *lower = g_ascii_strdown(finding->address, -1);
	gsize taken = 0;

	for (int pass = 0; pass < 2 && taken == 0; pass++) {
		for (const char *p = text; p < end;) {
			gsize len = MIN(strcspn(p, "\n"), (gsize)(end - p));
			g_autofree char *line = g_ascii_strdown(p, (gssize)len);

			if (holds_code(line) && (pass == 1 ? is_only : strstr(line, lower) != NULL)) {
				add_words(finding, p, len);
				taken += len;
				/* the rest of a reply of several lines */
				while (p + len < end && (p[len + 1] == ' ' || p[len + 1] == '\t')) {
					p += len + 1;
					len = MIN(strcspn(p, "\n"), (gsize)(end - p));
					add_words(finding, p, len);
				}
			}
			p += len + 1;
		}
	}
}

static void take_phrases(const struct format_section *section, struct finding *finding, const char *text,
                         const char *end)
{
	while (text < end) {
		gsize len = MIN(strcspn(text, "\n"), (gsize)(end - text));

		for (guint i = 0; i < section->keys[FORMAT_PHRASE]->len; i++) {
			struct pattern_match match = {NULL, NULL};

			if (!pattern_match(g_ptr_array_index(section->keys[FORMAT_PHRASE], i), text, len,
			                   &match))
				continue;
			add_words(finding, match.text != NULL ? match.text : text,
			          match.text != NULL ? strlen(match.text) : len);
			pattern_match_clear(&match);
			break;
		}
		text += len + 1;
	}
}

gboolean format_section_read(const struct format_section *section, const struct mail *mail,
                             const struct format_text *in, struct report *report)
{
	g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(finding_free);
	g_autofree char *home = home_of(mail);
	const char *text = in->text;
	const char *end = find_line(section, FORMAT_END, in, FALSE);
	const char *begin = text;
	gboolean is_delayed = format_section_says_delayed(section, in);

	if (section->keys[FORMAT_BEGIN]->len > 0)
		begin = find_line(section, FORMAT_BEGIN, in, TRUE);
	if (end == NULL)
		end = text + strlen(text);
	if (begin != NULL && begin < end)
		collect(section, in, begin, end, home, findings);
	if (findings->len == 0)
		collect_headers(section, mail, findings);
	for (guint i = 0; i < findings->len; i++) {
		struct finding *finding = g_ptr_array_index(findings, i);
		struct report_recipient *recipient = report_recipient_new(finding->address);

		take_phrases(section, finding, text, end);
		if (!holds_code(finding->words->str))
			take_transcript(finding, text, end, findings->len == 1);
		if (!says_something(finding) || section->takes_whole)
			add_words(finding, text, MIN((gsize)(end - text), LIMIT_DIAGNOSTIC));
		report_recipient_set_diagnostic(recipient, finding->words->str);
		if (*recipient->phase == '\0' && findings->len == 1) {
			g_autofree char *whole = g_strndup(text, (gsize)(end - text));

			g_free(recipient->phase);
			recipient->phase = g_strdup(report_text_transcript_phase(whole));
		}
		if (is_delayed) {
			g_free(recipient->action);
			recipient->action = g_strdup("delayed");
		}
		report_recipient_add(report, recipient);
	}
	if (report->recipients->len == 0)
		return FALSE;
	g_free(report->format);
	report->format = g_strdup(section->name);
	return TRUE;
}

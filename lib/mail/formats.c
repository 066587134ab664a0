// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/formats.h"

#include "lib/base/failure.h"
#include "lib/mail/format_section.h"
#include "lib/mail/pattern.h"
#include "lib/mail/prefilter.h"

#include <string.h>

struct formats {
	GPtrArray *sections; /* of struct format_section * */
	struct prefilter *prefilter;
	const struct format_section *common; /* what all of that name say, among the sections */
};

static void section_free(gpointer data)
{
	struct format_section *section = data;

	g_free(section->name);
	for (int i = 0; i < FORMAT_KEYS; i++) {
		g_ptr_array_unref(section->keys[i]);
		g_array_unref(section->literals[i]);
	}
	g_free(section);
}

static const char *const key_names[FORMAT_KEYS] = {
        [FORMAT_HEADER] = "header",
        [FORMAT_AND_HEADER] = "and-header",
        [FORMAT_NOT_HEADER] = "not-header",
        [FORMAT_LINE] = "line",
        [FORMAT_BEGIN] = "begin",
        [FORMAT_END] = "end",
        [FORMAT_RECIPIENT] = "recipient",
        [FORMAT_STOP] = "stop",
        [FORMAT_SKIP] = "skip",
        [FORMAT_DELAYED] = "delayed",
        [FORMAT_FROM_HEADER] = "from",
        [FORMAT_OPTION] = "option",
        [FORMAT_PHRASE] = "phrase",
};

static struct format_section *section_new(const char *name)
{
	struct format_section *section = g_new0(struct format_section, 1);

	section->name = g_strdup(name);
	for (int i = 0; i < FORMAT_KEYS; i++) {
		section->keys[i] = g_ptr_array_new_with_free_func((GDestroyNotify)g_ref_string_release);
		section->literals[i] = g_array_new(FALSE, FALSE, sizeof(int));
	}
	return section;
}

static gboolean fail(GError **error, const char *name, int line, const char *what)
{
	g_set_error(error, FAILURE, FAILURE_CONFIG, "%s:%d: %s", name, line, what);
	return FALSE;
}

/* "From: *x*" is compared with a header; its name is kept in lower case. */
static gboolean is_header_key(int key)
{
	return key == FORMAT_HEADER || key == FORMAT_AND_HEADER || key == FORMAT_NOT_HEADER;
}

static gboolean add_value(struct format_section *section, int key, const char *value, const char *name,
                          int line, GError **error)
{
	const char *pattern = value;
	const char *fault;

	if (key == FORMAT_OPTION) {
		if (!format_section_set_option(section, value))
			return fail(error, name, line, "unknown option");
		return TRUE;
	}
	if (is_header_key(key)) {
		pattern = strchr(value, ':');
		if (pattern == NULL)
			return fail(error, name, line, "a header pattern is NAME: PATTERN");
		pattern += 1 + strspn(pattern + 1, " \t");
	}
	fault = key == FORMAT_FROM_HEADER ? NULL : pattern_fault(pattern);
	if (fault != NULL) {
		g_autofree char *what = g_strdup_printf("the pattern %s", fault);

		return fail(error, name, line, what);
	}
	g_ptr_array_add(section->keys[key], g_ref_string_new(value));
	return TRUE;
}

/* A section that takes recipients and has no sign of its own would know every mail. */
static gboolean check_section(const struct format_section *section, const char *name, int line,
                              GError **error)
{
	if (section == NULL)
		return TRUE;
	if ((section->keys[FORMAT_RECIPIENT]->len > 0 || section->keys[FORMAT_FROM_HEADER]->len > 0) &&
	    section->keys[FORMAT_HEADER]->len == 0 && section->keys[FORMAT_LINE]->len == 0) {
		g_autofree char *what = g_strdup_printf("the section %s above has neither header nor line",
		                                        section->name);

		return fail(error, name, line, what);
	}
	return TRUE;
}

/* section: the one that lines go to now. */
static gboolean read_line(struct formats *formats, struct format_section **section, char *line,
                          const char *name, int number, GError **error)
{
	char *equals;

	g_strstrip(line);
	if (*line == '\0' || *line == '#')
		return TRUE;
	if (*line == '[') {
		char *close = strchr(line, ']');

		if (close == NULL || close[1] != '\0' || close == line + 1)
			return fail(error, name, number, "a section is [name]");
		*close = '\0';
		if (!check_section(*section, name, number, error))
			return FALSE;
		*section = section_new(line + 1);
		g_ptr_array_add(formats->sections, *section);
		return TRUE;
	}
	if (*section == NULL)
		return fail(error, name, number, "a line before the first [section]");
	equals = strchr(line, '=');
	if (equals == NULL)
		return fail(error, name, number, "neither [section] nor key = value");
	*equals = '\0';
	g_strchomp(line);
	for (int key = 0; key < FORMAT_KEYS; key++)
		if (strcmp(line, key_names[key]) == 0)
			return add_value(*section, key, g_strchug(equals + 1), name, number, error);
	return fail(error, name, number, "unknown key");
}

static gboolean is_common(const struct format_section *section)
{
	return strcmp(section->name, "common") == 0;
}

/* Behind its own patterns, those of another; texts are shared, not copied: there are many sections. */
static void append_keys(struct format_section *section, const struct format_section *other)
{
	static const enum format_key shared[] = {FORMAT_END, FORMAT_DELAYED, FORMAT_SKIP, FORMAT_STOP};

	for (gsize k = 0; k < G_N_ELEMENTS(shared); k++) {
		const GPtrArray *keys = other->keys[shared[k]];

		for (guint n = 0; n < keys->len; n++)
			g_ptr_array_add(section->keys[shared[k]],
			                g_ref_string_acquire(g_ptr_array_index(keys, n)));
		g_array_append_vals(section->literals[shared[k]], other->literals[shared[k]]->data,
		                    keys->len);
	}
}

/* What [common] says of ends, delays and the like holds in every section. */
static void share_common(struct formats *formats)
{
	struct format_section *common = section_new("common");

	for (guint i = 0; i < formats->sections->len; i++)
		if (is_common(g_ptr_array_index(formats->sections, i)))
			append_keys(common, g_ptr_array_index(formats->sections, i));
	for (guint i = 0; i < formats->sections->len; i++)
		if (!is_common(g_ptr_array_index(formats->sections, i)))
			append_keys(g_ptr_array_index(formats->sections, i), common);
	g_ptr_array_add(formats->sections, common);
	formats->common = common;
}

/* Each pattern's plain text, so that one pass over a mail tells which can match at all. */
static void find_literals(struct formats *formats, struct format_section *section)
{
	for (int key = 0; key < FORMAT_KEYS; key++) {
		for (guint n = 0; n < section->keys[key]->len; n++) {
			g_autofree char *literal = is_header_key(key) ? NULL
			                                              : pattern_literal(g_ptr_array_index(
			                                                        section->keys[key], n));
			int number = literal != NULL ? (int)prefilter_add(formats->prefilter, literal) : -1;

			g_array_append_val(section->literals[key], number);
		}
	}
}

struct formats *formats_new(void)
{
	struct formats *formats = g_new0(struct formats, 1);

	formats->prefilter = prefilter_new();
	formats->sections = g_ptr_array_new_with_free_func(section_free);
	return formats;
}

gboolean formats_add(struct formats *formats, const char *text, gsize len, const char *name, GError **error)
{
	g_autofree char *copy = g_strndup(text, len);
	g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
	struct format_section *section = NULL;
	int number = 1;

	for (int i = 0; lines[i] != NULL; i++, number++)
		if (!read_line(formats, &section, lines[i], name, number, error))
			return FALSE;
	return check_section(section, name, number, error);
}

void formats_build(struct formats *formats)
{
	for (guint i = 0; i < formats->sections->len; i++)
		find_literals(formats, g_ptr_array_index(formats->sections, i));
	share_common(formats);
}

void formats_free(struct formats *formats)
{
	if (formats == NULL)
		return;
	g_ptr_array_unref(formats->sections);
	prefilter_free(formats->prefilter);
	g_free(formats);
}

/* Lower case and single blanks, as literals are. */
static void look_through(const struct formats *formats, const struct mail *mail, struct format_text *out)
{
	g_autofree char *plain = NULL;
	gsize len = 0;

	out->text = format_text_of(mail);
	out->hits = g_new0(guint64, prefilter_words(formats->prefilter));
	plain = g_malloc(strlen(out->text) + 1);
	for (const char *p = out->text; *p != '\0'; p++) {
		gboolean is_blank = *p == ' ' || *p == '\t';

		if (!is_blank || (len > 0 && plain[len - 1] != ' '))
			plain[len++] = is_blank ? ' ' : (*p >= 'A' && *p <= 'Z') ? *p + ('a' - 'A') : *p;
	}
	plain[len] = '\0';
	prefilter_find(formats->prefilter, plain, out->hits);
}

static void text_clear(struct format_text *text)
{
	g_free(text->text);
	g_free(text->hits);
}

/* What has no action of its own is not over. */
static void set_delayed(struct report *report)
{
	for (guint i = 0; i < report->recipients->len; i++) {
		struct report_recipient *recipient = g_ptr_array_index(report->recipients, i);

		if (*recipient->action == '\0') {
			g_free(recipient->action);
			recipient->action = g_strdup("delayed");
		}
	}
}

gboolean formats_apply(const struct formats *formats, const struct mail *mail, gboolean only_strict,
                       struct report *report)
{
	struct format_text text;
	gboolean is_read = FALSE;

	look_through(formats, mail, &text);
	for (guint i = 0; i < formats->sections->len && !is_read; i++) {
		const struct format_section *section = g_ptr_array_index(formats->sections, i);

		if (section->keys[FORMAT_RECIPIENT]->len == 0 && section->keys[FORMAT_FROM_HEADER]->len == 0)
			continue;
		if (only_strict && section->is_guess)
			continue;
		is_read = format_section_knows(section, mail, &text) &&
		          format_section_read(section, mail, &text, report);
	}
	text_clear(&text);
	if (is_read && formats_section_knows(formats, "delayed-subject", mail))
		set_delayed(report);
	return is_read;
}

gboolean formats_says_delayed(const struct formats *formats, const struct mail *mail)
{
	struct format_text text;
	gboolean is_said;

	if (formats_section_knows(formats, "delayed-subject", mail))
		return TRUE;
	look_through(formats, mail, &text);
	is_said = format_section_says_delayed(formats->common, &text);
	text_clear(&text);
	return is_said;
}

char *formats_words(const struct formats *formats, const struct mail *mail)
{
	struct format_text text;
	char *words;

	look_through(formats, mail, &text);
	words = format_section_words(formats->common, &text);
	text_clear(&text);
	return words;
}

gboolean formats_section_knows(const struct formats *formats, const char *name, const struct mail *mail)
{
	struct format_text none = {NULL, NULL};

	for (guint i = 0; i < formats->sections->len; i++) {
		const struct format_section *section = g_ptr_array_index(formats->sections, i);

		if (strcmp(section->name, name) == 0 && section->keys[FORMAT_LINE]->len == 0 &&
		    format_section_knows(section, mail, &none))
			return TRUE;
	}
	return FALSE;
}

gboolean formats_knows_line(const struct formats *formats, const char *name, const struct mail *mail)
{
	struct format_text text;
	gboolean is_known = FALSE;

	look_through(formats, mail, &text);
	for (guint i = 0; i < formats->sections->len && !is_known; i++) {
		const struct format_section *section = g_ptr_array_index(formats->sections, i);

		is_known = strcmp(section->name, name) == 0 && format_section_knows(section, mail, &text);
	}
	text_clear(&text);
	return is_known;
}

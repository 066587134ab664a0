// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/run/settings_file.h"

#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "lib/run/settings_near.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS          " \t\r\v\f"
#define NAME_CHARACTERS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-"

struct complaint {
	int line;
	guint order; /* of several on one line */
	char *text;
};

static void free_complaint(gpointer data)
{
	struct complaint *complaint = data;

	g_free(complaint->text);
	g_free(complaint);
}

static void clear_entry(gpointer data)
{
	g_free(((struct settings_entry *)data)->value);
}

static void free_part(gpointer data)
{
	struct settings_part *part = data;

	g_array_unref(part->entries);
	g_free(part->title);
	g_free(part);
}

void settings_file_complain(struct settings_file *file, int line, const char *format, ...)
{
	struct complaint *complaint;
	g_autofree char *text = NULL;
	va_list args;

	if (file->complaints->len >= LIMIT_SETTINGS_ERRORS) {
		file->unlisted++;
		return;
	}
	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	complaint = g_new0(struct complaint, 1);
	complaint->line = line;
	complaint->order = file->complaints->len;
	complaint->text = text_printable(text, -1);
	g_ptr_array_add(file->complaints, complaint);
}

static int compare_complaints(gconstpointer a, gconstpointer b)
{
	const struct complaint *left = *(const struct complaint *const *)a;
	const struct complaint *right = *(const struct complaint *const *)b;

	if (left->line != right->line)
		return left->line < right->line ? -1 : 1;
	return left->order < right->order ? -1 : left->order > right->order;
}

gboolean settings_file_is_good(struct settings_file *file, GError **error)
{
	g_autoptr(GString) all = g_string_new(NULL);

	if (file->complaints->len == 0)
		return TRUE;
	g_ptr_array_sort(file->complaints, compare_complaints);
	for (guint i = 0; i < file->complaints->len; i++) {
		const struct complaint *complaint = file->complaints->pdata[i];

		g_string_append_printf(all, "%s%s:%d: %s", i > 0 ? "\n" : "", file->path, complaint->line,
		                       complaint->text);
	}
	if (file->unlisted > 0)
		g_string_append_printf(all, "\n%s: and %u more", file->path, file->unlisted);
	g_set_error_literal(error, FAILURE, FAILURE_CONFIG, all->str);
	return FALSE;
}

struct settings_part *settings_file_part(struct settings_file *file, enum section_kind kind)
{
	for (guint i = 0; i < file->parts->len; i++) {
		struct settings_part *part = file->parts->pdata[i];

		if (part->kind == kind)
			return part;
	}
	return NULL;
}

const struct settings_entry *settings_file_entry(const struct settings_part *part, const char *key)
{
	for (guint i = 0; part != NULL && i < part->entries->len; i++) {
		const struct settings_entry *entry = &g_array_index(part->entries, struct settings_entry, i);

		if (strcmp(entry->key->key, key) == 0)
			return entry;
	}
	return NULL;
}

/* Which kind "relay:main" is; FALSE after a complaint. */
static gboolean find_kind(struct settings_file *file, int line, const char *title,
                          enum section_kind *kind_out)
{
	const char *colon = strchr(title, ':');
	gsize len = colon != NULL ? (gsize)(colon - title) : strlen(title);
	g_autofree char *near = NULL;

	for (int kind = 0; kind < SECTION_KINDS; kind++) {
		const struct settings_section *known = &settings_sections[kind];

		if (strlen(known->name) != len || strncmp(known->name, title, len) != 0)
			continue;
		*kind_out = (enum section_kind)kind;
		if (!known->is_named && colon != NULL)
			settings_file_complain(file, line, "section [%s] takes no name", known->name);
		else if (known->is_named && colon == NULL)
			settings_file_complain(file, line, "section [%s] needs a name: [%s:NAME]", title,
			                       title);
		else if (colon != NULL && (colon[1] == '\0' || strlen(colon + 1) > LIMIT_LIST_NAME ||
		                           colon[1 + strspn(colon + 1, NAME_CHARACTERS)] != '\0'))
			settings_file_complain(
			        file, line, "the name in [%s] must be 1 to 32 letters, digits, dots, hyphens",
			        title);
		else
			return TRUE;
		return FALSE;
	}
	near = settings_near_section(title);
	settings_file_complain(file, line, "unknown section [%s]%s", title, near);
	return FALSE;
}

/* text: "[title]". Gives the new part, or NULL when its keys are to be passed over. */
static struct settings_part *read_section(struct settings_file *file, int line, const char *text)
{
	gsize len = strlen(text);
	g_autofree char *title = NULL;
	struct settings_part *part;
	enum section_kind kind;

	if (text[len - 1] != ']' || len > LIMIT_FIELD_NAME + 2) {
		settings_file_complain(file, line, "a section is [NAME] on a line of its own");
		return NULL;
	}
	title = g_strndup(text + 1, len - 2);
	if (!find_kind(file, line, title, &kind))
		return NULL;
	for (guint i = 0; i < file->parts->len; i++) {
		const struct settings_part *other = file->parts->pdata[i];

		if (strcmp(other->title, title) == 0) {
			settings_file_complain(file, line, "section [%s] again; it began on line %d", title,
			                       other->line);
			return NULL;
		}
	}
	if (file->parts->len >= LIMIT_SETTINGS_SECTIONS) {
		settings_file_complain(file, line, "more than %d sections", LIMIT_SETTINGS_SECTIONS);
		return NULL;
	}
	part = g_new0(struct settings_part, 1);
	part->kind = kind;
	part->line = line;
	part->entries = g_array_new(FALSE, FALSE, sizeof(struct settings_entry));
	g_array_set_clear_func(part->entries, clear_entry);
	part->title = g_steal_pointer(&title);
	part->name = settings_sections[kind].is_named ? strchr(part->title, ':') + 1 : NULL;
	g_ptr_array_add(file->parts, part);
	return part;
}

/* text: "key = value", without blanks around. */
static void read_entry(struct settings_file *file, struct settings_part *part, int line, const char *text)
{
	const char *equals = strchr(text, '=');
	g_autofree char *name = g_strchomp(g_strndup(text, (gsize)(equals - text)));
	const char *value = equals + 1 + strspn(equals + 1, BLANKS);
	const struct settings_key *key = settings_table_find(part->kind, name);
	const struct settings_entry *before = settings_file_entry(part, name);
	struct settings_entry entry = {key, NULL, line};

	if (key == NULL) {
		g_autofree char *near = settings_near_key(part->kind, name);

		settings_file_complain(file, line, "unknown key \"%.64s\" in [%s]%s", name, part->title,
		                       near);
		return;
	}
	if (before != NULL) {
		settings_file_complain(file, line, "%s again in [%s]; it is on line %d already", name,
		                       part->title, before->line);
		return;
	}
	if (strlen(value) > LIMIT_SETTINGS_VALUE)
		settings_file_complain(file, line, "%s is longer than %d bytes", name, LIMIT_SETTINGS_VALUE);
	else if (strstr(value, " #") != NULL || strstr(value, "\t#") != NULL)
		settings_file_complain(file, line, "%s: comments stand on lines of their own", name);
	else if (value[0] == '\0' && (key->preset != NULL || key->is_required))
		settings_file_complain(file, line, "%s has no value", name);
	else
		entry.value = g_strdup(value);
	/* kept without a value too, so that the key does not count as missing */
	g_array_append_val(part->entries, entry);
}

static gboolean has_control(const char *text)
{
	for (; *text != '\0'; text++) {
		if (((guint8)*text < 0x20 && *text != '\t') || *text == 0x7f)
			return TRUE;
	}
	return FALSE;
}

/* What a reader knows from one line to the next. */
struct place {
	struct settings_part *part; /* NULL before the first section, and in one to be passed over */
	gboolean is_in_section;
	int line;
};

static void read_line(struct settings_file *file, struct place *place, const char *raw, gsize len)
{
	g_autofree char *text = NULL;

	while (len > 0 && strchr(BLANKS, raw[len - 1]) != NULL && raw[len - 1] != '\0')
		len--;
	while (len > 0 && strchr(BLANKS, *raw) != NULL && *raw != '\0') {
		raw++;
		len--;
	}
	if (len == 0 || raw[0] == '#')
		return;
	/* also when there is a NUL */
	if (!g_utf8_validate(raw, (gssize)len, NULL)) {
		settings_file_complain(file, place->line, "not UTF-8 text");
		return;
	}
	text = g_strndup(raw, len);
	if (has_control(text)) {
		settings_file_complain(file, place->line, "control character");
	} else if (text[0] == '[') {
		place->part = read_section(file, place->line, text);
		place->is_in_section = TRUE;
	} else if (strchr(text, '=') == NULL || text[0] == '=') {
		settings_file_complain(file, place->line,
		                       "neither [SECTION], nor KEY = VALUE, nor # comment");
	} else if (!place->is_in_section) {
		settings_file_complain(file, place->line, "a key before the first [SECTION]");
	} else if (place->part != NULL) {
		read_entry(file, place->part, place->line, text);
	}
}

struct settings_file *settings_file_read(const char *path, const char *text, gsize len)
{
	struct settings_file *file = g_new0(struct settings_file, 1);
	const char *end = text + len;
	struct place place = {NULL, FALSE, 0};

	file->path = g_strdup(path);
	file->parts = g_ptr_array_new_with_free_func(free_part);
	file->complaints = g_ptr_array_new_with_free_func(free_complaint);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	while (text < end) {
		const char *stop = memchr(text, '\n', (gsize)(end - text));

		if (stop == NULL)
			stop = end;
		place.line++;
		read_line(file, &place, text, (gsize)(stop - text));
		text = stop + 1;
	}
	return file;
}

void settings_file_free(struct settings_file *file)
{
	g_ptr_array_unref(file->parts);
	g_ptr_array_unref(file->complaints);
	g_free(file->path);
	g_free(file);
}

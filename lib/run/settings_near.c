// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/run/settings_near.h"

#include <string.h>

#define LONGEST 40

/* Letters to add, drop, change or swap with their neighbour until a is b. */
static int measure(const char *a, const char *b)
{
	int rows[LONGEST + 1][LONGEST + 1];
	int la = (int)strlen(a), lb = (int)strlen(b);

	if (la > LONGEST || lb > LONGEST)
		return G_MAXINT;
	for (int i = 0; i <= la; i++) {
		for (int k = 0; k <= lb; k++) {
			if (i == 0 || k == 0) {
				rows[i][k] = i + k;
				continue;
			}
			rows[i][k] = MIN(rows[i - 1][k], rows[i][k - 1]) + 1;
			rows[i][k] = MIN(rows[i][k], rows[i - 1][k - 1] + (a[i - 1] != b[k - 1]));
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				rows[i][k] = MIN(rows[i][k], rows[i - 2][k - 2] + 1);
		}
	}
	return rows[la][lb];
}

static gboolean is_near(const char *wrong, const char *right)
{
	g_autofree char *lower = g_ascii_strdown(wrong, -1);
	gsize shorter = MIN(strlen(wrong), strlen(right));

	if (shorter >= 4 && (g_str_has_prefix(lower, right) || g_str_has_prefix(right, lower)))
		return TRUE;
	return measure(lower, right) <= (shorter < 4 ? 1 : 2);
}

static char *finish(GString *out, const char *end)
{
	if (out->len > 0)
		g_string_append(out, end);
	return g_string_free(out, FALSE);
}

char *settings_near_key(enum section_kind section, const char *name)
{
	GString *near = g_string_new(NULL);

	for (gsize i = 0; i < settings_table_len; i++) {
		const struct settings_key *key = &settings_table[i];

		if (key->section == section && is_near(name, key->key))
			g_string_append_printf(near, "%s%s", near->len == 0 ? "; did you mean " : " or ",
			                       key->key);
	}
	if (near->len > 0)
		return finish(near, "?");
	for (int kind = 0; kind < SECTION_KINDS; kind++) {
		const struct settings_section *other = &settings_sections[kind];

		if (settings_table_find((enum section_kind)kind, name) != NULL)
			g_string_append_printf(near, "%s[%s%s]", near->len == 0 ? "; it belongs to " : " or ",
			                       other->name, other->is_named ? ":NAME" : "");
	}
	return finish(near, "");
}

char *settings_near_section(const char *name)
{
	GString *near = g_string_new(NULL);
	g_autofree char *front = g_strndup(name, strcspn(name, ":"));

	for (int kind = 0; kind < SECTION_KINDS; kind++) {
		const struct settings_section *section = &settings_sections[kind];

		if (is_near(front, section->name))
			g_string_append_printf(near, "%s[%s%s]", near->len == 0 ? "; did you mean " : " or ",
			                       section->name, section->is_named ? ":NAME" : "");
	}
	return finish(near, "?");
}

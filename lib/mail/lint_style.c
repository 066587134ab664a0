// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/lint_style.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SMALLEST_PX = 4, HEX = 16 };

const struct lint_style lint_style_plain = {FALSE, 0x000000, 0xffffff};

static gboolean named_colour(const char *text, guint32 *colour_out)
{
	static const struct {
		const char *name;
		guint32 colour;
	} named[] = {{"white", 0xffffff},     {"black", 0x000000},  {"silver", 0xc0c0c0}, {"gray", 0x808080},
	             {"grey", 0x808080},      {"red", 0xff0000},    {"navy", 0x000080},   {"blue", 0x0000ff},
	             {"green", 0x008000},     {"yellow", 0xffff00}, {"snow", 0xfffafa},   {"ivory", 0xfffff0},
	             {"whitesmoke", 0xf5f5f5}};

	for (gsize i = 0; i < G_N_ELEMENTS(named); i++) {
		if (g_ascii_strcasecmp(text, named[i].name) == 0) {
			*colour_out = named[i].colour;
			return TRUE;
		}
	}
	return FALSE;
}

static gboolean hex_colour(const char *digits, guint32 *colour_out)
{
	gsize len = strspn(digits, "0123456789abcdefABCDEF");
	guint32 colour = (guint32)strtoul(digits, NULL, HEX);

	if (digits[len] != '\0' || (len != 3 && len != 6))
		return FALSE;
	if (len == 3)
		colour = ((colour >> 8 & 15) * 17) << 16 | ((colour >> 4 & 15) * 17) << 8 |
		         (colour & 15) * 17;
	*colour_out = colour;
	return TRUE;
}

static gboolean rgb_colour(const char *text, guint32 *colour_out)
{
	const char *open = strchr(text, '(');
	guint32 colour = 0;

	if (open == NULL || g_ascii_strncasecmp(text, "rgb", 3) != 0)
		return FALSE;
	for (int i = 0; i < 3; i++) {
		char *end;
		gint64 value = g_ascii_strtoll(++open, &end, 10);

		if (end == open || value < 0 || value > 255)
			return FALSE;
		colour = colour << 8 | (guint32)value;
		open = end + strspn(end, " ");
		if (*open == '\0')
			return FALSE;
	}
	*colour_out = colour;
	return TRUE;
}

gboolean lint_style_colour(const char *text, guint32 *colour_out)
{
	if (*text == '#')
		return hex_colour(text + 1, colour_out);
	return rgb_colour(text, colour_out) || named_colour(text, colour_out);
}

/* "0", "1px", "0.1em": smaller than anybody can read? Percentages and names are not. */
static gboolean is_tiny(const char *value)
{
	char *unit;
	double size = g_ascii_strtod(value, &unit);

	if (unit == value || !isfinite(size))
		return FALSE;
	if (strcmp(unit, "em") == 0 || strcmp(unit, "rem") == 0)
		return size * 16 < SMALLEST_PX;
	return (size == 0 || strcmp(unit, "px") == 0 || strcmp(unit, "pt") == 0) && size < SMALLEST_PX;
}

static gboolean is_nothing(const char *value)
{
	char *end;

	return g_ascii_strtod(value, &end) == 0 && end != value;
}

static void apply_one(struct lint_style *style, const char *key, const char *value)
{
	if (strcmp(key, "display") == 0 && strcmp(value, "none") == 0)
		style->is_hidden = TRUE;
	else if (strcmp(key, "visibility") == 0)
		style->is_hidden = style->is_hidden || strcmp(value, "hidden") == 0;
	else if (strcmp(key, "mso-hide") == 0)
		style->is_hidden = style->is_hidden || strcmp(value, "all") == 0;
	else if (strcmp(key, "font-size") == 0)
		style->is_hidden = style->is_hidden || is_tiny(value);
	else if (strcmp(key, "opacity") == 0 || strcmp(key, "max-height") == 0)
		style->is_hidden = style->is_hidden || is_nothing(value);
	else if (strcmp(key, "color") == 0)
		(void)lint_style_colour(value, &style->colour);
	else if (strcmp(key, "background") == 0 || strcmp(key, "background-color") == 0)
		(void)lint_style_colour(value, &style->ground);
}

void lint_style_apply(struct lint_style *style, const char *text)
{
	g_autofree char *lower = g_ascii_strdown(text, -1);
	g_auto(GStrv) parts = g_strsplit(lower, ";", -1);

	for (char **part = parts; *part != NULL; part++) {
		char *colon = strchr(*part, ':');
		char *important;

		if (colon == NULL)
			continue;
		*colon = '\0';
		important = strchr(colon + 1, '!');
		if (important != NULL)
			*important = '\0';
		apply_one(style, g_strstrip(*part), g_strstrip(colon + 1));
	}
}

static double channel(guint32 value)
{
	double part = (value & 255) / 255.0;

	return part <= 0.03928 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4);
}

static double luminance(guint32 colour)
{
	return 0.2126 * channel(colour >> 16) + 0.7152 * channel(colour >> 8) + 0.0722 * channel(colour);
}

double lint_style_contrast(const struct lint_style *style)
{
	double a = luminance(style->colour), b = luminance(style->ground);

	return (MAX(a, b) + 0.05) / (MIN(a, b) + 0.05);
}

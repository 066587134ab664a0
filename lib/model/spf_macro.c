// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/spf_macro.h"

#include "lib/base/limits.h"

#include <string.h>

#define DELIMITERS ".-+,/_="

/* What stands between "%{" and "}". */
struct macro {
	char letter; /* lower case */
	gboolean is_escaped;
	guint keep; /* count of parts from the right, 0: all */
	gboolean is_reversed;
	char delimiters[sizeof(DELIMITERS)];
};

/* at: behind "%{". Returns what follows the "}", NULL for what is no macro. */
static const char *read_macro(const char *at, gboolean is_explanation, struct macro *macro_out)
{
	struct macro macro = {.letter = g_ascii_tolower(*at), .is_escaped = g_ascii_isupper(*at)};
	gsize count;

	if (*at == '\0' || strchr(is_explanation ? "slodiphvcrt" : "slodiphv", macro.letter) == NULL)
		return NULL;
	at++;
	if (g_ascii_isdigit(*at)) {
		for (; g_ascii_isdigit(*at); at++)
			macro.keep = MIN(macro.keep * 10 + (guint)(*at - '0'), LIMIT_DOMAIN);
		if (macro.keep == 0)
			return NULL;
	}
	if (g_ascii_tolower(*at) == 'r') {
		macro.is_reversed = TRUE;
		at++;
	}
	count = strspn(at, DELIMITERS);
	if (at[count] != '}')
		return NULL;
	g_strlcpy(macro.delimiters, count == 0 ? "." : at,
	          MIN(count == 0 ? 2 : count + 1, sizeof(macro.delimiters)));
	if (macro_out != NULL)
		*macro_out = macro;
	return at + count + 1;
}

/* One thing of a macro-string; NULL for what is none. */
static const char *skip_one(const char *at, gboolean is_explanation)
{
	if (*at != '%')
		return (*at > ' ' && *at < 0x7f) || (is_explanation && *at == ' ') ? at + 1 : NULL;
	if (at[1] == '{')
		return read_macro(at + 2, is_explanation, NULL);
	return at[1] != '\0' && strchr("%_-", at[1]) != NULL ? at + 2 : NULL;
}

gboolean spf_macro_is_string(const char *text, gboolean is_explanation)
{
	while (*text != '\0')
		if ((text = skip_one(text, is_explanation)) == NULL)
			return FALSE;
	return TRUE;
}

/* The last label of a written name (toplabel): not of digits only, no hyphen at its ends. */
static gboolean is_top_label(const char *label, gsize len)
{
	gboolean has_letter = FALSE;

	if (len == 0 || label[0] == '-' || label[len - 1] == '-')
		return FALSE;
	for (gsize i = 0; i < len; i++) {
		if (!g_ascii_isalnum(label[i]) && label[i] != '-')
			return FALSE;
		has_letter = has_letter || !g_ascii_isdigit(label[i]);
	}
	return has_letter;
}

gboolean spf_macro_is_domain(const char *spec)
{
	const char *last = NULL, *next, *dot = NULL;
	gsize len;

	for (const char *at = spec; *at != '\0'; at = next) {
		if ((next = skip_one(at, FALSE)) == NULL)
			return FALSE;
		last = at;
		if (*at == '.' && next[0] != '\0')
			dot = at;
		else if (*at == '%')
			dot = NULL;
	}
	if (last == NULL)
		return FALSE;
	if (*last == '%')
		return last[1] == '{';
	if (dot == NULL)
		return FALSE;
	len = strlen(dot + 1);
	return is_top_label(dot + 1, dot[len] == '.' ? len - 1 : len);
}

gboolean spf_macro_wants_validated(const char *spec)
{
	struct macro macro;

	for (const char *at = spec; (at = strstr(at, "%")) != NULL;) {
		if (at[1] == '{' && read_macro(at + 2, TRUE, &macro) != NULL && macro.letter == 'p')
			return TRUE;
		at += at[1] == '\0' ? 1 : 2;
	}
	return FALSE;
}

static char *value_of(char letter, const struct spf_macro_values *values)
{
	switch (letter) {
	case 's': return g_strdup(values->sender);
	case 'l': return g_strdup(values->local_part);
	case 'o': return g_strdup(values->sender_domain);
	case 'd': return g_strdup(values->domain);
	case 'i': return g_strdup(values->ip);
	case 'p': return g_strdup(values->validated);
	case 'h': return g_strdup(values->helo);
	case 'v': return g_strdup(values->is_ipv6 ? "ip6" : "in-addr");
	case 'c': return g_strdup(values->ip_text);
	case 't': return g_strdup_printf("%" G_GINT64_FORMAT, values->now);
	default: return g_strdup("unknown"); /* r: we receive nothing */
	}
}

/* Split, turn around, keep the right-hand parts, join by dots (7.3). */
static char *transform(const char *value, const struct macro *macro)
{
	g_auto(GStrv) parts = g_strsplit_set(value, macro->delimiters, -1);
	guint count = g_strv_length(parts);
	guint from = macro->keep > 0 && macro->keep < count ? count - macro->keep : 0;

	if (macro->is_reversed)
		for (guint i = 0; i < count / 2; i++) {
			char *held = parts[i];

			parts[i] = parts[count - 1 - i];
			parts[count - 1 - i] = held;
		}
	return g_strjoinv(".", parts + from);
}

static const char *expand_macro(GString *out, const char *at, const struct spf_macro_values *values)
{
	struct macro macro;
	const char *next = read_macro(at, TRUE, &macro);
	g_autofree char *value = NULL, *text = NULL;

	if (next == NULL)
		return at;
	value = value_of(macro.letter, values);
	text = transform(value, &macro);
	if (macro.is_escaped)
		g_string_append_uri_escaped(out, text, NULL, FALSE);
	else
		g_string_append(out, text);
	return next;
}

char *spf_macro_expand(const char *text, const struct spf_macro_values *values)
{
	GString *out = g_string_new(NULL);

	for (const char *at = text; *at != '\0';) {
		if (*at != '%' || at[1] == '\0') {
			g_string_append_c(out, *at++);
		} else if (at[1] == '{') {
			at = expand_macro(out, at + 2, values);
		} else {
			g_string_append(out, at[1] == '_' ? " " : at[1] == '-' ? "%20" : "%");
			at += 2;
		}
	}
	return g_string_free(out, FALSE);
}

char *spf_macro_expand_domain(const char *spec, const struct spf_macro_values *values)
{
	g_autofree char *name = spf_macro_expand(spec, values);
	gsize len = strlen(name);
	const char *dot;

	if (len > 0 && name[len - 1] == '.')
		name[--len] = '\0';
	if (len <= LIMIT_DOMAIN)
		return g_strdup(name);
	/* the dot in front of what is kept may be the last byte that is too much */
	dot = strchr(name + len - LIMIT_DOMAIN - 1, '.');
	return g_strdup(dot != NULL ? dot + 1 : name);
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/pattern.h"

#include "lib/mail/report_text.h"

#include <string.h>

#define LINE_MAX_BYTES 2000 /* longer lines are searched no further */
#define STEPS_MAX      20000
#define LITERAL_MIN    4

static const char address_word[] = "{address}";
static const char text_word[] = "{text}";
static const char local_word[] = "{local}";

struct state {
	struct pattern_match *match;
	int steps;
};

static gboolean is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static gboolean match_at(const char *pattern, const char *line, const char *end, struct state *state);

/* Every length that an address at line can have is the longest or none: no backtracking here. */
static gboolean match_address(const char *rest, const char *line, const char *end, struct state *state)
{
	const char *stop = NULL;
	g_autofree char *address = NULL;
	char close = '\0';

	if (line < end && (*line == '<' || *line == '"' || *line == '\''))
		close = *line == '<' ? '>' : '\0';
	if (close != '\0')
		line++;
	address = report_text_address(line, (gsize)(end - line), &stop);
	if (address == NULL || stop - line != (gssize)strlen(address))
		return FALSE;
	if (close != '\0') {
		if (stop >= end || *stop != close)
			return FALSE;
		stop++;
	}
	if (!match_at(rest, stop, end, state))
		return FALSE;
	if (state->match != NULL && state->match->address == NULL)
		state->match->address = g_steal_pointer(&address);
	return TRUE;
}

/* A user name alone, up to the next blank. */
static gboolean match_local(const char *rest, const char *line, const char *end, struct state *state)
{
	const char *stop = line;

	while (stop < end && (g_ascii_isalnum(*stop) || (*stop != '\0' && strchr("._+-", *stop) != NULL)))
		stop++;
	if (stop == line || !match_at(rest, stop, end, state))
		return FALSE;
	if (state->match != NULL && state->match->address == NULL)
		state->match->address = g_strndup(line, (gsize)(stop - line));
	return TRUE;
}

static gboolean match_star(const char *rest, const char *line, const char *end, struct state *state)
{
	char first = (char)g_ascii_tolower(*rest);
	gboolean is_plain = !is_blank(first) && first != '{' && first != '\\' && first != '*';

	if (*rest == '\0')
		return TRUE;
	for (const char *at = line; at <= end; at++) {
		if (is_plain && (at == end || g_ascii_tolower(*at) != first))
			continue;
		/* an address is taken whole, so not from its middle */
		if (g_str_has_prefix(rest, address_word) && at > line && at < end &&
		    (g_ascii_isalnum(*at) || *at == '.' || *at == '-' || *at == '_' || *at == '+') &&
		    (g_ascii_isalnum(at[-1]) || strchr(".-_+=", at[-1]) != NULL))
			continue;
		if (match_at(rest, at, end, state))
			return TRUE;
		if (state->steps > STEPS_MAX)
			return FALSE;
	}
	return FALSE;
}

static gboolean match_at(const char *pattern, const char *line, const char *end, struct state *state)
{
	for (;; pattern++) {
		if (++state->steps > STEPS_MAX)
			return FALSE;
		if (*pattern == '\0') {
			while (line < end && is_blank(*line))
				line++;
			return line == end;
		}
		if (*pattern == '*')
			return match_star(pattern + 1, line, end, state);
		if (*pattern == '{' && g_str_has_prefix(pattern, address_word))
			return match_address(pattern + strlen(address_word), line, end, state);
		if (*pattern == '{' && g_str_has_prefix(pattern, local_word))
			return match_local(pattern + strlen(local_word), line, end, state);
		if (*pattern == '{' && g_str_has_prefix(pattern, text_word)) {
			if (state->match != NULL)
				state->match->text = g_strndup(line, (gsize)(end - line));
			return TRUE;
		}
		if (is_blank(*pattern)) {
			if (line == end || !is_blank(*line))
				return FALSE;
			while (line < end && is_blank(*line))
				line++;
			continue;
		}
		if (*pattern == '\\' && pattern[1] != '\0')
			pattern++;
		if (line == end || g_ascii_tolower(*line) != g_ascii_tolower(*pattern))
			return FALSE;
		line++;
	}
}

gboolean pattern_match(const char *pattern, const char *line, gsize len, struct pattern_match *match_out)
{
	struct state state = {match_out, 0};
	const char *end = line + MIN(len, LINE_MAX_BYTES);

	if (match_out != NULL)
		*match_out = (struct pattern_match){NULL, NULL};
	while (line < end && is_blank(*line))
		line++;
	while (end > line && is_blank(end[-1]))
		end--;
	if (match_at(pattern, line, end, &state))
		return TRUE;
	if (match_out != NULL)
		pattern_match_clear(match_out);
	return FALSE;
}

gboolean pattern_is_in_line(const char *pattern, const char *line, gsize len)
{
	return pattern_match(pattern, line, len, NULL);
}

void pattern_match_clear(struct pattern_match *match)
{
	g_clear_pointer(&match->address, g_free);
	g_clear_pointer(&match->text, g_free);
}

char *pattern_literal(const char *pattern)
{
	g_autoptr(GString) run = g_string_new(NULL);
	g_autoptr(GString) best = g_string_new(NULL);

	for (;; pattern++) {
		char c = *pattern;

		if (c == '\0' || c == '*' || c == '{') {
			if (run->len > best->len)
				g_string_assign(best, run->str);
			g_string_truncate(run, 0);
			if (c == '{')
				pattern = strchr(pattern, '}');
			if (c == '\0' || pattern == NULL)
				break;
			continue;
		}
		if (c == '\\' && pattern[1] != '\0')
			c = *++pattern;
		g_string_append_c(run, g_ascii_tolower(c));
	}
	return best->len >= LITERAL_MIN ? g_strdup(best->str) : NULL;
}

const char *pattern_fault(const char *pattern)
{
	const char *text = strstr(pattern, text_word);

	if (*pattern == '\0')
		return "is empty";
	if (is_blank(*pattern))
		return "begins with a blank";
	if (strstr(pattern, "**") != NULL)
		return "has two stars together";
	if (text != NULL && text[strlen(text_word)] != '\0')
		return "goes on after {text}";
	for (const char *p = strchr(pattern, '{'); p != NULL; p = strchr(p + 1, '{'))
		if (!g_str_has_prefix(p, address_word) && !g_str_has_prefix(p, text_word) &&
		    !g_str_has_prefix(p, local_word))
			return "has braces that are neither {address}, {local} nor {text}";
	return NULL;
}

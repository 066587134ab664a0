// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/lmtp_path.h"

#include "lib/base/limits.h"

#include <string.h>

/* The closing '>' of a path that begins behind its '<'; one inside quotes closes nothing. */
static const char *find_end(const char *path)
{
	gboolean is_quoted = FALSE;

	for (const char *c = path; *c != '\0'; c++) {
		if (is_quoted && *c == '\\' && c[1] != '\0')
			c++;
		else if (*c == '"')
			is_quoted = !is_quoted;
		else if (*c == '>' && !is_quoted)
			return c;
		else if (*c == ' ' && !is_quoted)
			return NULL;
	}
	return NULL;
}

char *lmtp_path_read(const char *text, const char *keyword, const char **parameters_out)
{
	gsize keyword_len = strlen(keyword);
	const char *begin, *end, *colon;

	if (g_ascii_strncasecmp(text, keyword, keyword_len) != 0)
		return NULL;
	begin = text + keyword_len;
	begin += strspn(begin, " ");
	if (*begin++ != '<')
		return NULL;
	end = find_end(begin);
	if (end == NULL || (end[1] != '\0' && end[1] != ' '))
		return NULL;
	/* "@one.example,@two.example:" must be accepted and should be ignored, RFC 5321 4.1.1.3 */
	colon = *begin == '@' ? memchr(begin, ':', (gsize)(end - begin)) : NULL;
	if (*begin == '@' && colon == NULL)
		return NULL;
	if (colon != NULL)
		begin = colon + 1;
	*parameters_out = end + 1;
	return g_strndup(begin, (gsize)(end - begin));
}

/* 1*20DIGIT, RFC 1870 5. */
static enum lmtp_parameter check_size(const char *digits)
{
	gsize len = strlen(digits);
	guint64 size;

	if (len == 0 || len > 20 || strspn(digits, "0123456789") != len)
		return LMTP_PARAMETER_WRONG;
	return g_ascii_string_to_unsigned(digits, 10, 0, LIMIT_LMTP_DRAINED, &size, NULL)
	               ? LMTP_PARAMETER_GOOD
	               : LMTP_PARAMETER_SIZE;
}

static enum lmtp_parameter check_parameter(const char *word)
{
	if (g_ascii_strncasecmp(word, "SIZE=", 5) == 0)
		return check_size(word + 5);
	if (g_ascii_strncasecmp(word, "BODY=", 5) == 0)
		return g_ascii_strcasecmp(word + 5, "7BIT") == 0 ||
		                       g_ascii_strcasecmp(word + 5, "8BITMIME") == 0
		               ? LMTP_PARAMETER_GOOD
		               : LMTP_PARAMETER_WRONG;
	return g_ascii_strcasecmp(word, "SMTPUTF8") == 0 ? LMTP_PARAMETER_GOOD : LMTP_PARAMETER_UNKNOWN;
}

enum lmtp_parameter lmtp_path_check_parameters(const char *text)
{
	g_auto(GStrv) words = g_strsplit(text, " ", -1);

	for (char **word = words; *word != NULL; word++) {
		enum lmtp_parameter result = **word == '\0' ? LMTP_PARAMETER_GOOD : check_parameter(*word);

		if (result != LMTP_PARAMETER_GOOD)
			return result;
	}
	return LMTP_PARAMETER_GOOD;
}

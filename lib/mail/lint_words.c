// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/lint_work.h"

#include <string.h>

/* Capitals, exclamation marks, words of spam and of rebates, in what a reader sees. */

enum { LETTERS_MIN = 30, NEAR = 24 };

/* Does a phrase stand in the text, both folded, as whole words? Scripts without blanks have no word ends. */
static const char *find_phrase(const char *text, const char *phrase)
{
	gunichar first = g_utf8_get_char(phrase);
	gunichar last = g_utf8_get_char(g_utf8_find_prev_char(phrase, phrase + strlen(phrase)));
	gsize len = strlen(phrase);

	for (const char *at = text; (at = strstr(at, phrase)) != NULL; at += len) {
		gunichar before = at == text ? ' ' : g_utf8_get_char(g_utf8_prev_char(at));
		gunichar after = g_utf8_get_char(at + len);

		if ((g_unichar_iswide(first) || !g_unichar_isalnum(before)) &&
		    (g_unichar_iswide(last) || !g_unichar_isalnum(after)))
			return at;
	}
	return NULL;
}

static gboolean is_wanted(const struct lint_work *work, const struct lint_words *words)
{
	const char *language = work->facts->language;

	return language == NULL || *language == '\0' ||
	       g_ascii_strncasecmp(language, words->language, 2) == 0;
}

/* One space for each run of them, folded. Caller frees. */
static char *fold(const char *text)
{
	g_autofree char *folded = g_utf8_casefold(text, -1);
	GString *flat = g_string_new(NULL);

	for (const char *at = folded; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		if (!g_unichar_isspace(c))
			g_string_append_unichar(flat, c);
		else if (flat->len > 0 && flat->str[flat->len - 1] != ' ')
			g_string_append_c(flat, ' ');
	}
	return g_string_free(flat, FALSE);
}

static void check_spam(struct lint_work *work, const char *folded)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GString) list = g_string_new(NULL);

	for (guint i = 0; i < work->rules->words->len; i++) {
		const struct lint_words *words = g_ptr_array_index(work->rules->words, i);

		for (char **phrase = words->spam; is_wanted(work, words) && *phrase != NULL; phrase++)
			if (find_phrase(folded, *phrase) != NULL && g_hash_table_add(seen, *phrase))
				g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "", *phrase);
	}
	if (g_hash_table_size(seen) == 0)
		return;
	lint_find(work, LINT_SPAM_WORDS, "%s", list->str);
	if (g_hash_table_size(seen) >= lint_limit(work, LINT_MANY_SPAM_WORDS))
		lint_find(work, LINT_MANY_SPAM_WORDS, "%s", list->str);
}

/* The percentage whose "%" that is, or -1: "20%", "20 %". */
static int number_before(const char *text, const char *percent)
{
	const char *at = percent;
	int count = 0;

	while (at > text && (at[-1] == ' ' || (guchar)at[-1] == 0xa0 || (guchar)at[-1] == 0xc2))
		at--;
	while (at > text && g_ascii_isdigit(at[-1]) && count < 3) {
		at--;
		count++;
	}
	return count == 0 ? -1 : (int)g_ascii_strtoll(at, NULL, 10);
}

static gboolean is_rebate(const struct lint_work *work, const char *near)
{
	for (guint i = 0; i < work->rules->words->len; i++) {
		const struct lint_words *words = g_ptr_array_index(work->rules->words, i);

		for (char **word = words->discount; is_wanted(work, words) && *word != NULL; word++)
			if (find_phrase(near, *word) != NULL)
				return TRUE;
	}
	return FALSE;
}

static void check_discounts(struct lint_work *work, const char *folded)
{
	for (const char *at = folded; (at = strchr(at, '%')) != NULL; at++) {
		int percent = number_before(folded, at);
		const char *from = at, *to = at;
		g_autofree char *near = NULL;

		if (percent < 0)
			continue;
		for (int i = 0; i < NEAR && from > folded; i++)
			from = g_utf8_prev_char(from);
		for (int i = 0; i < NEAR && *to != '\0'; i++)
			to = g_utf8_next_char(to);
		near = g_strndup(from, (gsize)(to - from));
		if (!is_rebate(work, near))
			continue;
		lint_find(work, LINT_DISCOUNT, "%d %%", percent);
		if (percent >= lint_limit(work, LINT_HIGH_DISCOUNT))
			lint_find(work, LINT_HIGH_DISCOUNT, "%d %%", percent);
	}
}

static void check_capitals(struct lint_work *work, const char *text)
{
	guint upper = 0, letters = 0;
	double share;

	for (; *text != '\0'; text = g_utf8_next_char(text)) {
		gunichar c = g_utf8_get_char(text);

		/* scripts without capitals do not count */
		letters += g_unichar_isupper(c) || g_unichar_islower(c);
		upper += g_unichar_isupper(c);
	}
	if (letters < LETTERS_MIN)
		return;
	share = 100.0 * upper / letters;
	if (share >= lint_limit(work, LINT_BODY_SHOUTS))
		lint_find(work, LINT_BODY_SHOUTS, "%.0f %% capitals", share);
	else if (share >= lint_limit(work, LINT_BODY_CAPS))
		lint_find(work, LINT_BODY_CAPS, "%.0f %% capitals", share);
}

static void check_exclamation(struct lint_work *work, const char *text)
{
	glong marks = 0, characters = 0, run = 0, longest = 0;

	for (; *text != '\0'; text = g_utf8_next_char(text)) {
		gunichar c = g_utf8_get_char(text);
		gboolean is_mark = c == '!' || c == 0xff01 || c == 0xa1;

		characters++;
		marks += is_mark && c != 0xa1;
		run = is_mark ? run + 1 : 0;
		longest = MAX(longest, run);
	}
	if (longest >= 3 ||
	    (marks > 1 && (double)marks * lint_limit(work, LINT_BODY_EXCLAMATION) > (double)characters))
		lint_find(work, LINT_BODY_EXCLAMATION, "%ld marks in %ld characters", marks, characters);
}

static void check_scripts(struct lint_work *work, const char *text)
{
	const char *start = text;
	gboolean latin = FALSE, other = FALSE;

	for (;; text = g_utf8_next_char(text)) {
		gunichar c = g_utf8_get_char(text);
		GUnicodeScript script = g_unichar_get_script(c);

		if (c != 0 && g_unichar_isalpha(c)) {
			latin |= script == G_UNICODE_SCRIPT_LATIN;
			other |= script == G_UNICODE_SCRIPT_CYRILLIC || script == G_UNICODE_SCRIPT_GREEK;
			continue;
		}
		if (latin && other)
			lint_find(work, LINT_MIXED_SCRIPTS, "%.*s", (int)(text - start), start);
		latin = other = FALSE;
		if (c == 0)
			return;
		start = g_utf8_next_char(text);
	}
}

void lint_words(struct lint_work *work)
{
	const char *visible = lint_visible(work);
	g_autofree char *all = g_strconcat(work->subject == NULL ? "" : work->subject, " . ", visible, NULL);
	g_autofree char *folded = fold(all);

	check_spam(work, folded);
	check_discounts(work, folded);
	check_capitals(work, visible);
	check_exclamation(work, visible);
	check_scripts(work, all);
}

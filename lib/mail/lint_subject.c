// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/lint_work.h"

#include <string.h>

/* The two lines that a reader sees before the message: its subject, and the name of the sender. */

static gboolean is_wide(const char *text)
{
	for (; *text != '\0'; text = g_utf8_next_char(text))
		if (g_unichar_iswide(g_utf8_get_char(text)))
			return TRUE;
	return FALSE;
}

static guint count_words(const char *text)
{
	g_auto(GStrv) words = g_strsplit_set(text, " \t", -1);
	guint count = 0;

	for (char **word = words; *word != NULL; word++)
		count += **word != '\0';
	return count;
}

static void check_capitals(struct lint_work *work, const char *subject)
{
	guint upper = 0, lower = 0;

	for (const char *at = subject; *at != '\0'; at = g_utf8_next_char(at)) {
		upper += g_unichar_isupper(g_utf8_get_char(at));
		lower += g_unichar_islower(g_utf8_get_char(at));
	}
	if (strchr(subject, ' ') != NULL && lower == 0 && upper >= lint_limit(work, LINT_SUBJECT_CAPS))
		lint_find(work, LINT_SUBJECT_CAPS, "%s", subject);
}

static void check_marks(struct lint_work *work, const char *subject)
{
	guint marks = 0, questions = 0;

	for (const char *at = subject; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		marks += c == '!' || c == 0xff01;
		questions += c == '?' || c == 0xff1f;
	}
	if (marks > lint_limit(work, LINT_SUBJECT_EXCLAMATION) || (marks > 0 && questions > 0))
		lint_find(work, LINT_SUBJECT_EXCLAMATION, "%s", subject);
}

static gboolean is_generic(const struct lint_work *work, const char *subject)
{
	g_autofree char *folded = g_utf8_casefold(subject, -1);

	for (guint i = 0; i < work->rules->words->len; i++) {
		const struct lint_words *words = g_ptr_array_index(work->rules->words, i);

		if (g_strv_contains((const char *const *)words->generic, folded))
			return TRUE;
	}
	return FALSE;
}

static void check_subject(struct lint_work *work)
{
	static const char *const replies[] = {"re:", "fwd:", "fw:", "aw:", "wg:", "tr:", "rv:"};
	g_autofree char *subject = g_strstrip(g_strdup(work->subject));

	if (*subject == '\0') {
		lint_find(work, LINT_SUBJECT_EMPTY, "Subject:");
		return;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(replies); i++)
		if (g_ascii_strncasecmp(subject, replies[i], strlen(replies[i])) == 0)
			lint_find(work, LINT_SUBJECT_REPLY, "%s", subject);
	check_capitals(work, subject);
	check_marks(work, subject);
	if (is_generic(work, subject))
		lint_find(work, LINT_SUBJECT_GENERIC, "%s", subject);
	else if (!is_wide(subject) && count_words(subject) < lint_limit(work, LINT_SUBJECT_SHORT))
		lint_find(work, LINT_SUBJECT_SHORT, "%s", subject);
	if ((double)g_utf8_strlen(subject, -1) > lint_limit(work, LINT_SUBJECT_LONG))
		lint_find(work, LINT_SUBJECT_LONG, "%s", subject);
}

/* Another address in the name, or the recipient's own name or address. */
static gboolean pretends(const struct lint_work *work, const char *name)
{
	const struct lint_facts *facts = work->facts;
	g_autofree char *folded = g_utf8_casefold(name, -1);
	g_autofree char *person = facts->name == NULL ? NULL : g_utf8_casefold(facts->name, -1);
	g_autofree char *address = facts->address == NULL ? NULL : g_utf8_casefold(facts->address, -1);

	if (strchr(name, '@') != NULL && g_ascii_strcasecmp(name, work->from_address) != 0)
		return TRUE;
	return (person != NULL && *person != '\0' && strcmp(folded, person) == 0) ||
	       (address != NULL && *address != '\0' && strstr(folded, address) != NULL);
}

/* A picture as a character: symbols, and all of the planes that emoji live in. */
static gboolean has_picture(const char *name)
{
	for (; *name != '\0'; name = g_utf8_next_char(name)) {
		gunichar c = g_utf8_get_char(name);

		if (g_unichar_type(c) == G_UNICODE_OTHER_SYMBOL || (c >= 0x1f000 && c <= 0x1faff))
			return TRUE;
	}
	return FALSE;
}

static gboolean is_loud(const struct lint_work *work, const char *name)
{
	g_autofree char *folded = g_utf8_casefold(name, -1);

	for (char **word = work->rules->loud_names; *word != NULL; word++) {
		const char *at = strstr(folded, *word);

		if (at != NULL && (at == folded || !g_ascii_isalnum(at[-1])) &&
		    !g_ascii_isalnum(at[strlen(*word)]))
			return TRUE;
	}
	return (double)g_utf8_strlen(name, -1) > lint_limit(work, LINT_DISPLAY_NAME_LOUD) ||
	       has_picture(name);
}

static void check_name(struct lint_work *work)
{
	const char *name = work->from_name;

	if (name == NULL || *name == '\0')
		lint_find(work, LINT_DISPLAY_NAME_MISSING, "%s", work->from_address);
	else if (pretends(work, name))
		lint_find(work, LINT_DISPLAY_NAME, "%s <%s>", name, work->from_address);
	else if (is_loud(work, name))
		lint_find(work, LINT_DISPLAY_NAME_LOUD, "%s", name);
}

void lint_subject(struct lint_work *work)
{
	if (work->subject != NULL)
		check_subject(work);
	if (work->from_address != NULL)
		check_name(work);
}

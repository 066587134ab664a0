// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/lint_work.h"

#include <string.h>

/* What must be there: a text, a way out in each part, who the sender is, and why the reader gets it. */

/* The https address of List-Unsubscribe. Caller frees; NULL: there is none. */
static char *unsubscribe_address(const struct lint_work *work)
{
	const char *open = work->list_unsubscribe == NULL ? NULL : strstr(work->list_unsubscribe, "<http");

	return open == NULL ? NULL : g_strndup(open + 1, strcspn(open + 1, ">"));
}

static gboolean is_shown(const struct lint_page *page, const char *address)
{
	for (guint i = 0; i < page->links->len; i++) {
		const struct lint_link *link = g_ptr_array_index(page->links, i);

		if (strcmp(link->href, address) == 0 && link->text->len > 0)
			return TRUE;
	}
	return strstr(page->text->str, address) != NULL;
}

static void check_way_out(struct lint_work *work)
{
	g_autofree char *address = unsubscribe_address(work);
	const char *post = work->list_unsubscribe_post;

	/* a base_url of http leads to this machine only, which is a laboratory */
	if (address == NULL)
		lint_find(work, LINT_UNSUBSCRIBE_HEADER, "List-Unsubscribe: %s",
		          work->list_unsubscribe == NULL ? "missing" : work->list_unsubscribe);
	else if (post == NULL || g_ascii_strcasecmp(post, "List-Unsubscribe=One-Click") != 0)
		lint_find(work, LINT_UNSUBSCRIBE_HEADER, "List-Unsubscribe-Post: %s",
		          post == NULL ? "missing" : post);
	if (work->text != NULL && (address == NULL || strstr(work->text->str, address) == NULL))
		lint_find(work, LINT_UNSUBSCRIBE_LINK, "not in the plain text");
	if (work->page != NULL && (address == NULL || !is_shown(work->page, address)))
		lint_find(work, LINT_UNSUBSCRIBE_LINK, "not visible in the HTML");
}

/* The words of text, folded, each once. */
static GHashTable *words_of(const char *text)
{
	g_autofree char *folded = g_utf8_casefold(text, -1);
	GHashTable *words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	const char *start = NULL;

	for (const char *at = folded;; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		if (c != 0 && g_unichar_isalnum(c)) {
			start = start == NULL ? at : start;
			continue;
		}
		if (start != NULL)
			g_hash_table_add(words, g_strndup(start, (gsize)(at - start)));
		start = NULL;
		if (c == 0)
			return words;
	}
}

/* Addresses are behind words in HTML, and written out in the text: they are no difference. Caller frees. */
static char *without_addresses(const char *text)
{
	GString *kept = g_string_new(NULL);

	while (*text != '\0') {
		gsize blank = strspn(text, " \t\r\n"), word;

		g_string_append_len(kept, text, (gssize)blank);
		text += blank;
		word = strcspn(text, " \t\r\n");
		if (g_strstr_len(text, (gssize)word, "://") == NULL)
			g_string_append_len(kept, text, (gssize)word);
		text += word;
	}
	return g_string_free(kept, FALSE);
}

static void check_sameness(struct lint_work *work)
{
	g_autofree char *text = without_addresses(work->text->str);
	g_autoptr(GHashTable) plain = words_of(text);
	g_autoptr(GHashTable) html = words_of(work->page->text->str);
	guint all = g_hash_table_size(plain), common = 0;
	GHashTableIter iter;
	gpointer word;
	double share;

	g_hash_table_iter_init(&iter, plain);
	while (g_hash_table_iter_next(&iter, &word, NULL))
		common += g_hash_table_contains(html, word);
	share = all == 0 ? 0 : 100.0 * common / all;
	if (share < lint_limit(work, LINT_PARTS_DIFFER))
		lint_find(work, LINT_PARTS_DIFFER, "%.0f %% of the words", share);
}

static gboolean holds(const char *text, const char *what)
{
	g_autofree char *one = g_utf8_casefold(text, -1);
	g_autofree char *two = g_utf8_casefold(what, -1);

	return strstr(one, two) != NULL;
}

static void check_sender(struct lint_work *work)
{
	const struct lint_facts *facts = work->facts;
	const char *visible = lint_visible(work);

	if (facts->imprint != NULL) {
		/* it may stand on several lines: the first decides */
		g_autofree char *first = g_strndup(facts->imprint, strcspn(facts->imprint, "\r\n"));

		g_strstrip(first);
		if (*first == '\0')
			lint_find(work, LINT_IMPRINT, "the list has none");
		else if (!holds(visible, first))
			lint_find(work, LINT_IMPRINT, "not in the message");
	}
	if (facts->address != NULL && *facts->address != '\0' && !holds(visible, facts->address))
		lint_find(work, LINT_WHY_HERE, "the recipient's address is not in it");
}

static void check_files(struct lint_work *work)
{
	for (guint i = 0; i < work->files->len; i++) {
		const char *name = g_ptr_array_index(work->files, i);
		const char *dot = strrchr(name, '.');
		g_autofree char *ending = dot == NULL ? NULL : g_utf8_casefold(dot + 1, -1);

		lint_find(work, LINT_ATTACHMENT, "%s", name);
		if (ending != NULL && g_strv_contains((const char *const *)work->rules->executables, ending))
			lint_find(work, LINT_EXECUTABLE, "%s", name);
	}
}

void lint_needs(struct lint_work *work)
{
	const char *visible = lint_visible(work);

	check_way_out(work);
	check_sender(work);
	check_files(work);
	if (visible[strspn(visible, " \t\r\n")] == '\0')
		lint_find(work, LINT_EMPTY, "no visible text");
	if (work->page != NULL && work->text == NULL)
		lint_find(work, LINT_HTML_ONLY, "no text/plain part");
	else if (work->page != NULL)
		check_sameness(work);
	if ((double)work->len > lint_limit(work, LINT_SIZE_HUGE))
		lint_find(work, LINT_SIZE_HUGE, "%" G_GSIZE_FORMAT " bytes", work->len);
	else if ((double)MAX(work->html_len, work->text == NULL ? 0 : work->text->len) >
	         lint_limit(work, LINT_SIZE))
		lint_find(work, LINT_SIZE, "%" G_GSIZE_FORMAT " bytes of HTML", work->html_len);
	if (work->base64_text)
		lint_find(work, LINT_BASE64_TEXT, "a text part");
	if (work->bad_charset)
		lint_find(work, LINT_CHARSET, "a text part");
}

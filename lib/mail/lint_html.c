// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/lint_work.h"

#include <string.h>

/* What does not belong into the HTML of a mail, what nobody sees of it, and its pictures. */

static void find_if(struct lint_work *work, enum lint_id id, const char *what)
{
	if (what != NULL)
		lint_find(work, id, "%s", what);
}

static glong visible_characters(const char *text)
{
	glong count = 0;

	for (; *text != '\0'; text = g_utf8_next_char(text))
		count += !g_unichar_isspace(g_utf8_get_char(text));
	return count;
}

static void check_hidden(struct lint_work *work)
{
	glong hidden = visible_characters(work->page->hidden->str);

	if ((double)hidden > lint_limit(work, LINT_HIDDEN_TEXT))
		lint_find(work, LINT_HIDDEN_TEXT, "%ld characters: %s", hidden, work->page->hidden->str);
	else if (hidden > 0)
		lint_find(work, LINT_PREVIEW_TEXT, "%s", work->page->hidden->str);
	if (visible_characters(work->page->faint->str) > 0)
		lint_find(work, LINT_LOW_CONTRAST, "%s", work->page->faint->str);
}

static void check_images(struct lint_work *work)
{
	const struct lint_page *page = work->page;
	glong visible = visible_characters(page->text->str);

	if (page->images == 0)
		return;
	if ((double)visible < lint_limit(work, LINT_IMAGE_ONLY))
		lint_find(work, LINT_IMAGE_ONLY, "%u pictures, %ld characters", page->images, visible);
	else if ((double)visible < lint_limit(work, LINT_IMAGE_TEXT))
		lint_find(work, LINT_IMAGE_TEXT, "%u pictures, %ld characters", page->images, visible);
	if (page->bare_images > 0)
		lint_find(work, LINT_IMAGE_ALT, "%u of %u pictures", page->bare_images, page->images);
	if ((double)work->html_len > lint_limit(work, LINT_LINKED_IMAGE))
		return;
	for (guint i = 0; i < page->links->len; i++) {
		const struct lint_link *link = g_ptr_array_index(page->links, i);

		if (link->has_image)
			lint_find(work, LINT_LINKED_IMAGE, "%s", link->href);
	}
}

void lint_html(struct lint_work *work)
{
	const struct lint_page *page = work->page;

	if (page == NULL)
		return;
	find_if(work, LINT_SCRIPT, page->script);
	find_if(work, LINT_HANDLER, page->handler);
	find_if(work, LINT_SCRIPT_URL, page->script_url);
	find_if(work, LINT_FORM, page->form);
	find_if(work, LINT_PLUGIN, page->plugin);
	find_if(work, LINT_EXTERNAL_CSS, page->external_css);
	find_if(work, LINT_HTML_BROKEN, page->broken);
	check_hidden(work);
	check_images(work);
}

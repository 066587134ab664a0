// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_LINT_PAGE_H
#define MAIL_LINT_PAGE_H

#include <glib.h>

/*
 * What a reader and a filter see of an HTML part: visible and hidden words, links with what they show, pictures, and
 * what does not belong into mail. Read by libxml2's HTML parser as a stream of events; nothing is fetched.
 */

struct lint_link {
	char *href;       /* decoded, without blanks and control characters */
	GString *text;    /* what the link shows */
	gboolean has_image;
};

struct lint_page {
	GString *text;        /* visible, blanks collapsed, UTF-8 */
	GString *hidden;      /* not visible by style */
	GString *faint;       /* in nearly the colour of its ground */
	GPtrArray *links;     /* of struct lint_link *, visible ones; LIMIT_LINT_LINKS at most */
	guint link_count;     /* all of them */
	guint images;
	guint bare_images;    /* without alt, width or height */
	char *script;         /* the first of each, as a person would look for it, or NULL: "<script>" */
	char *handler;        /* "onclick" */
	char *script_url;     /* "javascript:..." */
	char *form;           /* "<form>" */
	char *plugin;         /* "<iframe>" */
	char *external_css;
	char *broken;         /* what the parser had to mend */
};

/* html: UTF-8. contrast: a ratio (WCAG) below which text is faint. Never NULL. */
struct lint_page *lint_page_read(const char *html, gsize len, double contrast);
void lint_page_free(struct lint_page *page);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_WEB_PAGES_H
#define CLI_WEB_PAGES_H

#include <glib.h>

#include "lib/action/membership.h"

/*
 * The pages behind the links of a mail. One column, no scripts, no cookies; styled by templates/page.css, which is put
 * into each page. In the list's language where there are texts in it (English, German), else in English.
 */
enum page {
	PAGE_UNSUBSCRIBE,   /* asks; has a button */
	PAGE_UNSUBSCRIBED,  /* done, or was so before */
	PAGE_CONFIRM,       /* asks; has a button */
	PAGE_CONFIRMED,
	PAGE_EXPIRED,       /* the confirmation came too late */
	PAGE_BLOCKED,       /* confirmed, but the address must not be mailed */
	PAGE_UNKNOWN,       /* a link that says nothing: also a forged one */
	PAGE_NOT_FOUND,
	PAGE_LATER,         /* the database is busy */
	PAGES
};

/* Append a page. view: NULL for those without a list. action: path that the button posts to; NULL without a button. */
void page_write(GString *out, enum page page, const struct membership_view *view, const char *action);

/* "a•••@example.org": enough to know one's own address again. Caller frees. */
char *page_hide_address(const char *address);

/* What all pages begin and end with. title: in HTML already; list_title: NULL for none. */
void page_begin(GString *out, const char *language, const char *title, const char *list_title);
void page_end(GString *out);

/* Append text so that HTML means nothing by it, in an attribute too. */
void page_append_escaped(GString *out, const char *text);

#endif

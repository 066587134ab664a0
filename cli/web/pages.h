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

#endif

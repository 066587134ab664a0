// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_WORDING_FILE_H
#define MAIL_WORDING_FILE_H

#include "lib/mail/wording.h"

/* Inside lib/mail/wording only: what was read. Keys are LAYER/..., LAYER being "@" for ours, "" for the operator's files, and
 * the list's name for those of one list. */
struct wording {
	GHashTable *pages;    /* LAYER/NAME -> struct template * */
	GHashTable *words;    /* LAYER/LANG/GROUP/KEY -> struct template * */
	GHashTable *mails;    /* LAYER/LANG/NAME -> struct wording_mail_text * */
	GHashTable *styles;   /* LAYER/page.css -> GBytes * */
	GPtrArray *languages; /* of char * */
};

struct wording_mail_text {
	char *subject;
	char *text;
};

#endif

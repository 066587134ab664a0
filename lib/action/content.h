// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_CONTENT_H
#define ACTION_CONTENT_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/mail/compose.h"
#include "lib/mail/lint.h"
#include "lib/store/store_list.h"

/* The content lint (lib/mail/lint) over copies of a message as subscribers of a list would get them. */

struct content_view {
	struct lint_rules *rules;   /* what the findings point into */
	struct lint_report *report; /* of all copies together */
	guint copies;               /* that were looked at: 1 to 3 */
};

/*
 * Look at three copies: of the subscriber with the longest fields, of one with other letters than ASCII in them, and of the
 * one with the fewest, among the first 20,000 active ones; of the list's owner when there is nobody. FAILURE_CONFIG: the
 * operator's rules/content is wrong. FAILURE_NO: it cannot be made into a message. Free with content_free().
 */
struct content_view *content_look(struct context *context, const struct list *list, const struct compose_content *content,
                                  gint64 now, GError **error);
void content_free(struct content_view *view);

/* FAILURE_NO with all errors, a line each and what to change, when there is one; warnings refuse nothing. */
gboolean content_is_fit(const struct content_view *view, GError **error);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_CHECKLIST_H
#define ACTION_CHECKLIST_H

#include <glib.h>

#include "lib/action/list_quality.h"

/* What large providers ask of those who send them much mail (rules/checklists has the points and the syntax), and how each
 * of it stands by the checks that were made. */
struct checklist_point {
	char *id;       /* "providers.google.spf" */
	char *asks;
	char **checks;  /* one of these three is set; ended by NULL */
	char *built_in;
	char *yours;
};

struct checklist {
	char *provider;    /* "*": of all others */
	char *title;
	char *source;
	gint64 bulk;       /* messages a day; 0: it names no number */
	GPtrArray *points; /* of struct checklist_point *, in the order of the file */
};
void checklist_free(void *data);

/* All, of struct checklist *. folder: of the operator's file, which stands in place of ours where it has a provider; or NULL.
 * FAILURE_CONFIG naming file, section and key. */
GPtrArray *checklist_read_all(const char *folder, GError **error);

/* Those that a text holds, appended. name: of the text, for errors. */
gboolean checklist_read(GPtrArray *lists, const char *text, gsize len, const char *name, GError **error);

/*
 * Who receives the list's mail, and for each with a fifth of it, or 4,000 messages a day, its points: appended to results,
 * which hold all other checks by now.
 */
gboolean checklist_tell(struct context *context, const struct list_quality *quality, GPtrArray *results, gint64 now,
                        GError **error);

/* The ids of checks of its own, ended by NULL. */
const char *const *checklist_ids(void);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_LIST_QUALITY_H
#define ACTION_LIST_QUALITY_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/store/store_list.h"

/*
 * How well a list is kept: who is on it, where their mail is received, and what became of the last campaigns. A list of up
 * to LIMIT_QUALITY_WHOLE subscriptions is read whole, of a longer one pages from all over it, so that it takes no longer.
 * Nothing is held but counts. The domains with most addresses are looked up, all at the same time and with one deadline.
 */
enum quality_answer { QUALITY_UNASKED, QUALITY_SILENT, QUALITY_TAKES_MAIL, QUALITY_NULL_MX, QUALITY_GONE };

struct quality_domain {
	char *name;
	gint64 count; /* of active addresses looked at */
	enum quality_answer answer;
	char *provider; /* the group by its MX, else by what is known of the name, else the name */
};

struct quality_group {
	const char *name; /* of a provider */
	gint64 count;     /* of active addresses looked at */
	gint64 daily;     /* expected of the next campaign to the whole list */
};

struct list_quality {
	gint64 total;     /* subscriptions in any state */
	gint64 looked;    /* of them looked at */
	gint64 active, suspended;
	/* of the active ones */
	gint64 without_evidence, roles, typos, duplicates, never_mailed, in_null_mx, in_gone;
	char *typo;             /* one of the domains, or NULL */
	const char *typo_meant; /* what it was meant to be */
	GPtrArray *domains;     /* of struct quality_domain *, most addresses first */
	GArray *groups;         /* of struct quality_group, largest first */
	/* of the last campaigns together */
	guint campaigns;
	gint64 handed, bounced, complaints;
};

/* is_whole: each subscription, however many. NULL: see error. Free with list_quality_free(). */
struct list_quality *list_quality_look(struct context *context, const struct list *list, gboolean is_whole, GError **error);
void list_quality_free(struct list_quality *quality);

/* What is to be said of it, as checks "list.*" at the end of results (of struct preflight_result *). */
void list_quality_tell(const struct list_quality *quality, GPtrArray *results);

/* The ids of these checks, ended by NULL. */
const char *const *list_quality_ids(void);

#endif

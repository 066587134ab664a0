// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_CAMPAIGN_H
#define STORE_CAMPAIGN_H

#include <glib.h>

#include "lib/model/subscription.h"
#include "lib/store/store.h"

/* Mailings and their content. */
enum campaign_state { CAMPAIGN_PREPARING, CAMPAIGN_RUNNING, CAMPAIGN_PAUSED, CAMPAIGN_DONE, CAMPAIGN_CANCELLED };

const char *campaign_state_name(enum campaign_state state);

/* What of a campaign goes first, and is watched before the rest goes. */
enum canary_state { CANARY_NONE, CANARY_SLICE, CANARY_WAIT, CANARY_STOPPED, CANARY_OPEN, CANARY_PASSED };

/* "" for none */
const char *canary_state_name(enum canary_state state);

struct campaign {
	gint64 id;
	enum mailing_kind kind;
	gint64 list_id;
	enum campaign_state state;
	char *from_header;
	char *reply_to; /* or NULL */
	char *subject;
	char *text;     /* or NULL */
	char *html;     /* or NULL */
	gint64 created_at;
	gint64 start_at;
	gint64 finished_at; /* 0: not yet */
	gint64 filled_to;
	gint64 request_id;  /* 0: none */
	char *pause_reason; /* or NULL */
	char *list_name;
	gint64 until_at;       /* nothing is handed over from then on; 0: no such time */
	enum canary_state canary;
	gint64 canary_size;    /* how many go first */
	gint64 canary_wait_s;
	gint64 canary_at;      /* all of these were tried; 0: not yet */
};

void campaign_free(struct campaign *campaign);

/* state, created_at, start_at, content are taken from it. */
gboolean store_campaign_add(struct store *store, const struct campaign *campaign, gint64 *id_out, GError **error);
/* type and content_id may be NULL. */
gboolean store_campaign_attach(struct store *store, gint64 campaign_id, const char *name, const char *type,
                               const char *content_id, GBytes *bytes, GError **error);

struct campaign *store_campaign_by_id(struct store *store, gint64 id, GError **error);

/* Newest first, at most count, id < before (0: from the newest); only kind 'campaign' unless all_kinds. */
GPtrArray *store_campaign_page(struct store *store, gboolean all_kinds, gint64 before, int count, GError **error);

/* Those in state preparing, running or paused, oldest first; content (subject, text, html) left out. */
GPtrArray *store_campaign_open(struct store *store, GError **error);

struct campaign_file {
	char *name;
	char *type;       /* or NULL */
	char *content_id; /* or NULL */
	GBytes *bytes;
};
void campaign_file_free(struct campaign_file *file);
GPtrArray *store_campaign_files(struct store *store, gint64 campaign_id, GError **error);

/* reason may be NULL. DONE and CANCELLED set finished_at. */
gboolean store_campaign_set_state(struct store *store, gint64 id, enum campaign_state state, const char *reason,
                                  gint64 now, GError **error);

#endif

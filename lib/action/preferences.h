// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_PREFERENCES_H
#define ACTION_PREFERENCES_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/action/membership.h"
#include "lib/model/subscription.h"

/* All lists of one address, for the page behind {{preferences_url}}. Each list is left by its own token. */
struct preference {
	gint64 list_id;
	char *list_name;
	char *list_title;
	char *language;
	enum subscription_state state;
	char *unsubscribe_token; /* NULL: has left already */
};

struct preferences {
	char *address;
	char *name;             /* the attribute of that name; "" for none */
	gboolean is_suppressed; /* gets no mail, whatever the states say */
	GPtrArray *lists;       /* of struct preference *, by list name; at least one */
};

/*
 * Read a preferences token (its text). FAILURE_DATA and FAILURE_PERMISSION as token_read(), FAILURE_NOINPUT when the
 * address is gone or on no list. Free with preferences_free().
 */
struct preferences *preferences_look(struct context *context, const char *token, gint64 now, GError **error);
void preferences_free(struct preferences *preferences);

/* Set or (empty) take away the attribute "name": one line, cut at LIMIT_WEB_NAME bytes. Errors as preferences_look(). */
gboolean preferences_set_name(struct context *context, const char *token, const char *name, GError **error);

/* Leave every list. Errors as preferences_look(). */
gboolean preferences_leave_all(struct context *context, const char *token, const struct actor *actor, gint64 now,
                               GError **error);

#endif

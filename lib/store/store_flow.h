// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_FLOW_H
#define STORE_FLOW_H

#include <glib.h>

#include "lib/model/flow.h"
#include "lib/store/store.h"

/* Ways of mail and what was learned of them; what an operator has stopped. "*" for provider or from_domain: all. */
struct flow_row {
	char *relay;
	char *provider;
	char *from_domain;
	struct flow flow;
	gint64 updated_at;
};
void flow_row_free(struct flow_row *row);

/* *has_out FALSE: it has no history, flow_out is a fresh one. */
gboolean store_flow_get(struct store *store, const char *relay, const char *provider, const char *from_domain,
                        struct flow *flow_out, gboolean *has_out, GError **error);
gboolean store_flow_set(struct store *store, const char *relay, const char *provider, const char *from_domain,
                        const struct flow *flow, gint64 now, GError **error);

/* All (of struct flow_row *), by provider. */
GPtrArray *store_flow_all(struct store *store, GError **error);

enum hold_kind { HOLD_ALL, HOLD_PROVIDER, HOLD_LIST, HOLD_CAMPAIGN };

const char *hold_kind_name(enum hold_kind kind);

struct hold {
	enum hold_kind kind;
	char *name; /* "" for all; of a campaign the id */
	gint64 at;
};
void hold_free(struct hold *hold);

/* *changed_out FALSE: it was so already. */
gboolean store_hold_add(struct store *store, enum hold_kind kind, const char *name, gint64 now, gboolean *changed_out,
                        GError **error);
gboolean store_hold_remove(struct store *store, enum hold_kind kind, const char *name, gboolean *changed_out, GError **error);

/* All (of struct hold *). */
GPtrArray *store_hold_all(struct store *store, GError **error);

#endif

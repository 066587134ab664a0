// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_flow.h"

#include "lib/store/sql.h"

#include <string.h>

static const char *const kinds[] = {"all", "provider", "list", "campaign"};

const char *hold_kind_name(enum hold_kind kind)
{
	return kinds[kind];
}

void flow_row_free(struct flow_row *row)
{
	if (row == NULL)
		return;
	g_free(row->relay);
	g_free(row->provider);
	g_free(row->from_domain);
	g_free(row);
}

void hold_free(struct hold *hold)
{
	if (hold == NULL)
		return;
	g_free(hold->name);
	g_free(hold);
}

gboolean store_flow_get(struct store *store, const char *relay, const char *provider, const char *from_domain,
                        struct flow *flow_out, gboolean *has_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_FLOW_GET, error);
	int more;

	flow_init(flow_out);
	*has_out = FALSE;
	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ttt", relay, provider, from_domain);
	more = sql_step(store, statement, error);
	/* of another version: it begins anew */
	if (more > 0)
		*has_out = flow_read(flow_out, (const char *)sqlite3_column_text(statement, 0));
	sql_done(statement);
	return more >= 0;
}

gboolean store_flow_set(struct store *store, const char *relay, const char *provider, const char *from_domain,
                        const struct flow *flow, gint64 now, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_FLOW_SET, error);
	g_autofree char *state = flow_write(flow);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "tttti", relay, provider, from_domain, state, now);
	return sql_run(store, statement, error);
}

GPtrArray *store_flow_all(struct store *store, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_FLOW_ALL, error);
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)flow_row_free);
	int more;

	if (statement == NULL)
		return NULL;
	while ((more = sql_step(store, statement, error)) > 0) {
		struct flow_row *row = g_new0(struct flow_row, 1);

		row->relay = sql_text(statement, 0);
		row->provider = sql_text(statement, 1);
		row->from_domain = sql_text(statement, 2);
		(void)flow_read(&row->flow, (const char *)sqlite3_column_text(statement, 3));
		row->updated_at = sqlite3_column_int64(statement, 4);
		g_ptr_array_add(all, row);
	}
	return more < 0 ? NULL : g_steal_pointer(&all);
}

static gboolean change_hold(struct store *store, sqlite3_stmt *statement, gboolean *changed_out,
                            GError **error)
{
	int more = sql_step(store, statement, error);

	*changed_out = more > 0;
	sql_done(statement);
	return more >= 0;
}

gboolean store_hold_add(struct store *store, enum hold_kind kind, const char *name, gint64 now,
                        gboolean *changed_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_HOLD_ADD, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "tti", kinds[kind], name, now);
	return change_hold(store, statement, changed_out, error);
}

gboolean store_hold_remove(struct store *store, enum hold_kind kind, const char *name, gboolean *changed_out,
                           GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_HOLD_REMOVE, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "tt", kinds[kind], name);
	return change_hold(store, statement, changed_out, error);
}

GPtrArray *store_hold_all(struct store *store, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_HOLD_ALL, error);
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)hold_free);
	int more;

	if (statement == NULL)
		return NULL;
	while ((more = sql_step(store, statement, error)) > 0) {
		struct hold *hold = g_new0(struct hold, 1);
		const char *kind = (const char *)sqlite3_column_text(statement, 0);

		for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
			if (strcmp(kinds[i], kind) == 0)
				hold->kind = (enum hold_kind)i;
		hold->name = sql_text(statement, 1);
		hold->at = sqlite3_column_int64(statement, 2);
		g_ptr_array_add(all, hold);
	}
	return more < 0 ? NULL : g_steal_pointer(&all);
}

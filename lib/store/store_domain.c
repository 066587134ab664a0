// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_domain.h"

#include "lib/base/failure.h"
#include "lib/store/sql.h"

#include <string.h>

void domain_free(struct domain *domain)
{
	if (domain == NULL)
		return;
	g_free(domain->name);
	g_free(domain->provider);
	g_free(domain->answer);
	g_free(domain->sweep);
	g_free(domain);
}

static struct domain *read_domain(sqlite3_stmt *row)
{
	struct domain *domain = g_new0(struct domain, 1);

	domain->name = sql_text(row, 0);
	domain->provider = sql_text(row, 1);
	domain->looks = sqlite3_column_int(row, 2);
	domain->gone_at = sqlite3_column_int64(row, 3);
	domain->look_at = sqlite3_column_int64(row, 4);
	domain->answer = sql_text(row, 5);
	domain->answer_at = sqlite3_column_int64(row, 6);
	domain->unreachable_since = sqlite3_column_int64(row, 7);
	domain->sweep = sql_text(row, 8);
	domain->sweep_to = sqlite3_column_int64(row, 9);
	return domain;
}

char *store_domain_provider(struct store *store, const char *name, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DOMAIN_PROVIDER, error);
	char *provider = NULL;
	int more;

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "t", name);
	more = sql_step(store, statement, error);
	if (more >= 0)
		provider = more > 0 ? sql_text(statement, 0) : g_strdup(name);
	sql_done(statement);
	return provider;
}

gboolean store_domain_place(struct store *store, const char *name, const char *provider, GError **error)
{
	gboolean is_own = strcmp(name, provider) == 0;
	sqlite3_stmt *statement = sql_take(store, is_own ? S_DOMAIN_OWN : S_DOMAIN_PLACE, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, is_own ? "t" : "tt", name, provider);
	return sql_run(store, statement, error);
}

gboolean store_domain_find(struct store *store, const char *name, struct domain **domain_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DOMAIN_BY_NAME, error);
	int more;

	*domain_out = NULL;
	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "t", name);
	more = sql_step(store, statement, error);
	if (more > 0)
		*domain_out = read_domain(statement);
	sql_done(statement);
	return more >= 0;
}

struct domain *store_domain_need(struct store *store, const char *name, GError **error)
{
	struct domain *domain;
	sqlite3_stmt *add;

	if (!store_domain_find(store, name, &domain, error) || domain != NULL)
		return domain;
	add = sql_take(store, S_DOMAIN_ADD, error);
	if (add == NULL)
		return NULL;
	sql_bind(add, "t", name);
	if (sql_run(store, add, error) && store_domain_find(store, name, &domain, error) && domain == NULL)
		g_set_error(error, FAILURE, FAILURE_BUG, "domain %s was made and is not there", name);
	return domain;
}

gboolean store_domain_set(struct store *store, const struct domain *d, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DOMAIN_SET, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "tdnntnnti", d->name, d->looks, d->gone_at, d->look_at, d->answer, d->answer_at,
	         d->unreachable_since, d->sweep, d->sweep_to);
	return sql_run(store, statement, error);
}

static GPtrArray *read_all(struct store *store, sqlite3_stmt *statement, GError **error)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)domain_free);
	int more;

	while ((more = sql_step(store, statement, error)) > 0)
		g_ptr_array_add(all, read_domain(statement));
	return more < 0 ? NULL : g_steal_pointer(&all);
}

GPtrArray *store_domain_due(struct store *store, gint64 now, gint64 after_at, const char *after_name,
                            int count, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DOMAIN_DUE, error);

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "iitd", now, after_at, after_name, count);
	return read_all(store, statement, error);
}

GPtrArray *store_domain_sweeps(struct store *store, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DOMAIN_SWEEPS, error);

	return statement == NULL ? NULL : read_all(store, statement, error);
}

gboolean store_domain_subscribers(struct store *store, const char *name, gint64 after, int count, GArray *ids,
                                  gint64 *last_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DOMAIN_SUBSCRIBERS, error);
	int more;

	*last_out = 0;
	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "id", after, count);
	while ((more = sql_step(store, statement, error)) > 0) {
		*last_out = sqlite3_column_int64(statement, 0);
		if (g_strcmp0((const char *)sqlite3_column_text(statement, 1), name) == 0)
			g_array_append_val(ids, *last_out);
	}
	return more == 0;
}

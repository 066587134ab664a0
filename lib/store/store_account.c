// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_account.h"

#include "lib/store/sql.h"

enum { SLOT_S = 600 };

static gboolean add_to_provider(struct store *store, const char *provider, const struct account *a,
                                gint64 handed_from, gint64 at, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_ACCOUNT_PROVIDER_ADD, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "tiniiiiiiii", provider, at / SLOT_S, handed_from, a->handed, a->hard, a->soft,
	         a->complaint, a->reputation, a->content, a->sender, a->network);
	return sql_run(store, statement, error);
}

gboolean store_account_add(struct store *store, const char *provider, gint64 campaign_id,
                           const struct account *a, gint64 handed_from, gint64 at, GError **error)
{
	sqlite3_stmt *statement;

	if (!add_to_provider(store, provider, a, handed_from, at, error))
		return FALSE;
	statement = sql_take(store, S_ACCOUNT_CAMPAIGN_ADD, error);
	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "itiiiiiiii", campaign_id, provider, a->handed, a->hard, a->soft, a->complaint,
	         a->reputation, a->content, a->sender, a->network);
	return sql_run(store, statement, error);
}

/* A row of ACCOUNT_SUMS, and perhaps one number behind it. */
static gboolean read_sums(struct store *store, sqlite3_stmt *statement, struct account *account,
                          gint64 *further_out, GError **error)
{
	enum { FURTHER = 8 };
	int more = sql_step(store, statement, error);

	*account = (struct account){0};
	if (more > 0) {
		gint64 *const sums[FURTHER] = {&account->handed,    &account->hard,       &account->soft,
		                               &account->complaint, &account->reputation, &account->content,
		                               &account->sender,    &account->network};

		for (int i = 0; i < FURTHER; i++)
			*sums[i] = sqlite3_column_int64(statement, i);
		if (further_out != NULL)
			*further_out = sqlite3_column_int64(statement, FURTHER);
	}
	sql_done(statement);
	return more >= 0;
}

gboolean store_account_of_provider(struct store *store, const char *provider, gint64 from, gint64 to,
                                   struct account *account_out, gint64 *handed_from_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_ACCOUNT_PROVIDER_SUM, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "tii", provider, from / SLOT_S, to / SLOT_S + 1);
	return read_sums(store, statement, account_out, handed_from_out, error);
}

gboolean store_account_of_campaign(struct store *store, gint64 campaign_id, struct account *account_out,
                                   GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_ACCOUNT_CAMPAIGN_SUM, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", campaign_id);
	return read_sums(store, statement, account_out, NULL, error);
}

gboolean store_account_forget(struct store *store, gint64 before, int count, gint64 *forgotten_out,
                              GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_ACCOUNT_FORGET, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "id", before / SLOT_S, count);
	if (!sql_run(store, statement, error))
		return FALSE;
	*forgotten_out = sqlite3_changes(store->db);
	return TRUE;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/web/strangers.h"

#include "lib/base/limits.h"
#include "lib/model/mailbox.h"

enum { HOUR_S = 3600, AN_HOUR = 20 };

struct strangers {
	GHashTable *counts; /* network -> int */
	gint64 since;
};

struct strangers *strangers_new(void)
{
	struct strangers *strangers = g_new0(struct strangers, 1);

	strangers->counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return strangers;
}

void strangers_free(struct strangers *strangers)
{
	if (strangers == NULL)
		return;
	g_hash_table_unref(strangers->counts);
	g_free(strangers);
}

gboolean strangers_count(struct strangers *strangers, const char *client, gint64 now)
{
	char *network = mailbox_network(client);
	int count;

	/* whoever fills the table makes it forget: what is refused then is only the log's quiet */
	if (now - strangers->since >= HOUR_S || now < strangers->since ||
	    g_hash_table_size(strangers->counts) >= LIMIT_WEB_STRANGERS) {
		g_hash_table_remove_all(strangers->counts);
		strangers->since = now;
	}
	count = GPOINTER_TO_INT(g_hash_table_lookup(strangers->counts, network)) + 1;
	g_hash_table_insert(strangers->counts, network, GINT_TO_POINTER(MIN(count, AN_HOUR + 1)));
	return count <= AN_HOUR;
}

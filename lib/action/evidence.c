// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/evidence.h"

#include "lib/model/mailbox.h"
#include "lib/store/store_subscriber.h"

enum { KEEP_NETWORK_S = 30 * 86400, PAGE = 200 };

gboolean evidence_add(struct context *context, gint64 subscription_id, const char *how,
                      const struct actor *actor, const char *text, gint64 request_id, gint64 now,
                      GError **error)
{
	g_autofree char *agent_hash = actor->agent == NULL || *actor->agent == '\0'
	                                      ? NULL
	                                      : g_compute_checksum_for_string(G_CHECKSUM_SHA256, actor->agent,
	                                                                      -1);
	g_autofree char *text_hash = actor->version == NULL
	                                     ? NULL
	                                     : g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
	const struct consent consent = {
	        .at = now,
	        .how = (char *)how,
	        .actor = (char *)actor->who,
	        .network = (char *)actor->network,
	        .agent_hash = agent_hash,
	        .source = (char *)actor->page,
	        .text = (char *)text,
	        .text_hash = text_hash,
	        .text_version = (char *)actor->version,
	        .request_id = request_id,
	};

	return store_consent_add(context->store, subscription_id, &consent, error);
}

gboolean evidence_cut(struct context *context, gint64 now, int *done_out, GError **error)
{
	g_autoptr(GArray) networks = g_array_new(FALSE, FALSE, sizeof(struct consent_network));

	if (!store_consent_networks(context->store, now - KEEP_NETWORK_S, PAGE, networks, error))
		return FALSE;
	for (guint i = 0; i < networks->len; i++) {
		const struct consent_network *row = &g_array_index(networks, struct consent_network, i);
		g_autofree char *cut = mailbox_network_cut(row->network);

		if (!store_consent_cut(context->store, row->id, *cut == '\0' ? NULL : cut, error))
			return FALSE;
	}
	*done_out = (int)networks->len;
	return TRUE;
}

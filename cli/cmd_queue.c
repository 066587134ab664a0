// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "cli/queue_groups.h"
#include "lib/base/failure.h"
#include "lib/model/token.h"

/* Entries on their way into groups. */
struct counting {
	const struct key_ring *keys;
	struct queue_groups *groups;
	gboolean takes_all;
	gint64 foreign; /* messages in the queue that are not ours */
};

/* Ours is what left with an envelope sender that we signed. */
static gboolean is_ours(const struct counting *counting, const char *sender)
{
	struct token token;
	char prefix;

	return token_address_read(sender, counting->keys, &prefix, &token, NULL) && prefix == 'b';
}

static void take(const struct mtaqueue_entry *entry, gpointer data)
{
	struct counting *counting = data;
	gboolean is_foreign = !is_ours(counting, entry->sender);

	counting->foreign += is_foreign;
	if (!is_foreign || counting->takes_all)
		queue_groups_add(counting->groups, entry);
}

static void print_groups(struct call *call, const char *relay, struct queue_groups *groups)
{
	g_autoptr(GPtrArray) sorted = queue_groups_sorted(groups);

	for (guint i = 0; i < sorted->len; i++) {
		const struct queue_group *group = sorted->pdata[i];

		printer_begin_map(call->out, NULL);
		printer_text(call->out, "relay", relay);
		printer_text(call->out, "provider", group->provider);
		printer_text(call->out, "reason", group->reason);
		printer_text(call->out, "age", group->age);
		printer_text(call->out, "queue", group->queue);
		printer_integer(call->out, "recipients", group->recipients);
		printer_time(call->out, "oldest", group->oldest_at);
		printer_text(call->out, "words", group->words);
		printer_end_map(call->out);
	}
}

static gboolean look(struct call *call, const struct settings_relay *relay,
                     const struct provider_table *providers, GError **error)
{
	struct counting counting = {
	        .keys = &call->context->secrets->rings[SECRET_TOKEN],
	        .groups = queue_groups_new(call->context->rules, providers, call->now),
	        .takes_all = call_flag(call, "foreign"),
	};
	guint strange;
	gboolean is_good = mtaqueue_run(relay->queue, take, &counting, &strange, error);

	if (is_good)
		print_groups(call, relay->name, counting.groups);
	queue_groups_free(counting.groups);
	if (is_good && strange > 0)
		call_say(call, "relay %s: %u lines of its queue could not be read.", relay->name, strange);
	if (is_good && counting.foreign > 0 && !counting.takes_all)
		call_say(call,
		         "relay %s: %" G_GINT64_FORMAT
		         " messages in its queue are not ours; --foreign shows them.",
		         relay->name, counting.foreign);
	return is_good;
}

static gboolean look_at_all(struct call *call, const struct provider_table *providers, GError **error)
{
	const GPtrArray *relays = call->context->settings->relays;

	for (guint i = 0; i < relays->len; i++) {
		const struct settings_relay *relay = relays->pdata[i];

		if (relay->queue != NULL && !look(call, relay, providers, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean run_queue(struct call *call, GError **error)
{
	const GPtrArray *relays = call->context->settings->relays;
	struct provider_table *providers;
	gboolean is_known = FALSE, is_good;

	for (guint i = 0; i < relays->len; i++)
		is_known |= ((const struct settings_relay *)relays->pdata[i])->queue != NULL;
	if (!is_known) {
		g_set_error(error, FAILURE, FAILURE_CONFIG,
		            "no relay tells its queue: set \"queue = postqueue\" in its section");
		return FALSE;
	}
	providers = context_providers(error);
	if (providers == NULL)
		return FALSE;
	printer_begin_list(call->out, "groups");
	is_good = look_at_all(call, providers, error);
	printer_end_list(call->out);
	provider_table_free(providers);
	return is_good;
}

const struct command command_queue = {
        .name = "queue",
        .usage = "[--foreign]",
        .summary = "Show what waits in the relay's queue, by provider, reason and age",
        .needs = NEEDS_CONTEXT | CONTEXT_SECRETS | CONTEXT_RULES,
        .options = (const struct option[]){{"foreign", OPTION_FLAG, NULL, "count mail that is not ours, too"},
                                           {NULL, OPTION_FLAG, NULL, NULL}},
        .run = run_queue,
};

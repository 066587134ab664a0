// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/queue_groups.h"

#include "lib/base/limits.h"
#include "lib/mail/classify.h"
#include "lib/mail/report_text.h"

#include <string.h>

struct queue_groups {
	const struct rules *rules;
	const struct provider_table *providers;
	gint64 now;
	GHashTable *table; /* text of the four names -> struct queue_group * */
};

static void group_free(gpointer data)
{
	struct queue_group *group = data;

	g_free(group->provider);
	g_free(group->queue);
	g_free(group->words);
	g_free(group);
}

struct queue_groups *queue_groups_new(const struct rules *rules, const struct provider_table *providers,
                                      gint64 now)
{
	struct queue_groups *groups = g_new0(struct queue_groups, 1);

	groups->rules = rules;
	groups->providers = providers;
	groups->now = now;
	groups->table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, group_free);
	return groups;
}

void queue_groups_free(struct queue_groups *groups)
{
	g_hash_table_unref(groups->table);
	g_free(groups);
}

static const char *age_of(gint64 seconds)
{
	return seconds < 300     ? "under 5m"
	       : seconds < 3600  ? "5m to 1h"
	       : seconds < 21600 ? "1h to 6h"
	       : seconds < 86400 ? "6h to 1d"
	                         : "over 1d";
}

/* The host that Postfix asked: "host NAME[ADDRESS] said: ...", "connect to NAME[ADDRESS]:25: ...", "lost
 * connection with NAME[ADDRESS] while ...". NULL: the words name none. */
static char *host_of(const char *words)
{
	static const char *const before[] = {"host ", "connect to ", "connection with ",
	                                     "conversation with "};

	for (gsize i = 0; i < G_N_ELEMENTS(before); i++) {
		const char *at = strstr(words, before[i]);
		gsize len;

		if (at == NULL)
			continue;
		at += strlen(before[i]);
		len = strspn(at, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS ".-");
		if (len > 0 && len <= LIMIT_DOMAIN && at[len] == '[')
			return g_strndup(at, len);
	}
	return NULL;
}

static char *provider_of(const struct queue_groups *groups, const struct mtaqueue_recipient *recipient)
{
	const char *at = strrchr(recipient->address, '@');
	g_autofree char *domain = g_ascii_strdown(at == NULL ? "" : at + 1, -1);
	g_autofree char *host = host_of(recipient->reason);
	const char *const hosts[] = {host, NULL};

	return provider_group(groups->providers, domain, hosts, host == NULL ? 0 : 1);
}

static const char *reason_of(const struct queue_groups *groups, const char *words)
{
	char reply[4] = "", status[REPORT_STATUS_SIZE] = "";
	struct verdict verdict;

	if (*words == '\0')
		return "waiting";
	(void)report_text_reply(words, reply);
	(void)report_text_status(words, status);
	/* a delay without a code is the relay's own words about the way there */
	verdict = classify_reply(groups->rules, *reply == '\0' ? 450 : (int)g_ascii_strtoll(reply, NULL, 10),
	                         status, words, report_text_phase(words));
	/* what still waits has not expired: those rules are for the last of such words */
	return reason_name(verdict.reason == REASON_EXPIRED ? REASON_NETWORKERROR : verdict.reason);
}

static struct queue_group *find(struct queue_groups *groups, const char *provider, const char *reason,
                                const char *age, const char *queue)
{
	g_autofree char *key = g_strjoin("\n", provider, reason, age, queue, NULL);
	struct queue_group *group = g_hash_table_lookup(groups->table, key);

	if (group != NULL)
		return group;
	if (g_hash_table_size(groups->table) >= LIMIT_QUEUE_GROUPS && strcmp(provider, "(others)") != 0)
		return find(groups, "(others)", reason, age, "");
	group = g_new0(struct queue_group, 1);
	group->provider = g_strdup(provider);
	group->reason = reason;
	group->age = age;
	group->queue = g_strdup(queue);
	group->words = g_strdup("");
	group->oldest_at = G_MAXINT64;
	g_hash_table_insert(groups->table, g_steal_pointer(&key), group);
	return group;
}

void queue_groups_add(struct queue_groups *groups, const struct mtaqueue_entry *entry)
{
	const char *age = age_of(groups->now - entry->arrived_at);

	for (guint i = 0; i < entry->recipients->len; i++) {
		const struct mtaqueue_recipient *recipient = entry->recipients->pdata[i];
		g_autofree char *provider = provider_of(groups, recipient);
		struct queue_group *group = find(groups, provider, reason_of(groups, recipient->reason), age,
		                                 entry->queue);

		group->recipients++;
		if (entry->arrived_at >= group->oldest_at)
			continue;
		group->oldest_at = entry->arrived_at;
		g_free(group->words);
		group->words = g_strdup(recipient->reason);
	}
}

static int compare(gconstpointer a, gconstpointer b)
{
	const struct queue_group *one = *(struct queue_group *const *)a,
	                         *other = *(struct queue_group *const *)b;

	if (one->recipients != other->recipients)
		return one->recipients > other->recipients ? -1 : 1;
	if (one->oldest_at != other->oldest_at)
		return one->oldest_at < other->oldest_at ? -1 : 1;
	return strcmp(one->provider, other->provider);
}

GPtrArray *queue_groups_sorted(struct queue_groups *groups)
{
	GPtrArray *sorted = g_ptr_array_new();
	GHashTableIter iter;
	gpointer group;

	g_hash_table_iter_init(&iter, groups->table);
	while (g_hash_table_iter_next(&iter, NULL, &group))
		g_ptr_array_add(sorted, group);
	g_ptr_array_sort(sorted, compare);
	return sorted;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/name_cache.h"

#include "lib/net/dns.h"

#include <poll.h>
#include <string.h>

struct name_cache {
	struct dns *dns;
	GHashTable *entries; /* "TYPE NAME" -> struct entry */
	gint64 deadline_us;  /* monotonic, of all questions */
	int question_ms;
};

struct entry {
	gboolean is_known;
	enum lookup_outcome outcome;
	GPtrArray *texts; /* ended by NULL */
};

static void free_entry(void *memory)
{
	struct entry *entry = memory;

	g_ptr_array_unref(entry->texts);
	g_free(entry);
}

struct name_cache *name_cache_new(const char *server, int question_ms, int all_ms, GError **error)
{
	struct dns *dns = dns_new(server != NULL && *server != '\0' ? server : NULL, error);
	struct name_cache *cache;

	if (dns == NULL)
		return NULL;
	cache = g_new0(struct name_cache, 1);
	cache->dns = dns;
	cache->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_entry);
	cache->deadline_us = g_get_monotonic_time() + (gint64)all_ms * 1000;
	cache->question_ms = question_ms;
	return cache;
}

void name_cache_free(struct name_cache *cache)
{
	if (cache == NULL)
		return;
	dns_free(cache->dns); /* calls back into entries */
	g_hash_table_unref(cache->entries);
	g_free(cache);
}

/* A NUL within a TXT must not hide what follows it: it becomes a byte that no record may hold. */
static char *copy_text(const struct dns_record *record)
{
	char *text = g_memdup2(record->text, record->len + 1);

	for (gsize i = 0; i < record->len; i++)
		if (text[i] == '\0')
			text[i] = '\001';
	return text;
}

static void take(struct dns_answer *answer, void *user)
{
	struct entry *entry = user;

	entry->is_known = TRUE;
	switch (answer->outcome) {
	case DNS_ANSWER: entry->outcome = LOOKUP_FOUND; break;
	case DNS_NXDOMAIN:
	case DNS_NODATA:
	case DNS_NULL_MX: entry->outcome = LOOKUP_NOTHING; break;
	case DNS_UNKNOWN: entry->outcome = LOOKUP_FAILED; break;
	}
	for (guint i = 0; entry->outcome == LOOKUP_FOUND && i < answer->records->len; i++)
		g_ptr_array_add(entry->texts, copy_text(answer->records->pdata[i]));
	g_ptr_array_add(entry->texts, NULL);
	dns_answer_free(answer);
}

static enum dns_type dns_type_of(enum lookup_type type)
{
	switch (type) {
	case LOOKUP_A: return DNS_A;
	case LOOKUP_AAAA: return DNS_AAAA;
	case LOOKUP_MX: return DNS_MX;
	case LOOKUP_TXT: return DNS_TXT;
	case LOOKUP_PTR: break;
	}
	return DNS_PTR;
}

struct lookup name_cache_ask(enum lookup_type type, const char *name, void *user)
{
	struct name_cache *cache = user;
	g_autofree char *lower = g_ascii_strdown(name, -1);
	g_autofree char *key = g_strdup_printf("%d %s", type, lower);
	struct entry *entry = g_hash_table_lookup(cache->entries, key);
	gint64 left_ms = (cache->deadline_us - g_get_monotonic_time()) / 1000;

	if (entry != NULL && entry->is_known)
		return (struct lookup){entry->outcome, entry->outcome == LOOKUP_FOUND
		                                               ? (const char *const *)entry->texts->pdata
		                                               : NULL};
	if (entry != NULL)
		return (struct lookup){LOOKUP_WAIT, NULL};
	entry = g_new0(struct entry, 1);
	entry->texts = g_ptr_array_new_with_free_func(g_free);
	if (left_ms <= 0 || !dns_start(cache->dns, dns_type_of(type), lower,
	                               (int)MIN(left_ms, cache->question_ms), take, entry)) {
		/* the same answer for as long as the cache lives */
		entry->is_known = TRUE;
		entry->outcome = LOOKUP_FAILED;
	}
	g_hash_table_insert(cache->entries, g_steal_pointer(&key), entry);
	return (struct lookup){entry->is_known ? LOOKUP_FAILED : LOOKUP_WAIT, NULL};
}

gboolean name_cache_wait(struct name_cache *cache)
{
	int wait_ms = dns_wait_ms(cache->dns);
	struct pollfd wait = {.fd = dns_fd(cache->dns), .events = POLLIN};

	if (wait_ms < 0)
		return FALSE;
	/* an interruption only makes the caller look sooner */
	(void)poll(&wait, 1, wait_ms);
	dns_work(cache->dns);
	return TRUE;
}

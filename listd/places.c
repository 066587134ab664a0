// SPDX-License-Identifier: GPL-3.0-or-later
#include "listd/places.h"

#include "lib/base/limits.h"
#include "lib/store/store_domain.h"

enum { WRITE_MOST = 200 };

struct places {
	GHashTable *known;  /* domain -> provider, GRefStrings: in the database, or on the way */
	GPtrArray *waiting; /* of domain; those at the front are in the open transaction */
	guint written;
};

static void release(gpointer text)
{
	g_ref_string_release(text);
}

struct places *places_new(void)
{
	struct places *places = g_new0(struct places, 1);

	places->known = g_hash_table_new_full(g_str_hash, g_str_equal, release, release);
	places->waiting = g_ptr_array_new_with_free_func(release);
	return places;
}

void places_free(struct places *places)
{
	if (places == NULL)
		return;
	g_hash_table_unref(places->known);
	g_ptr_array_unref(places->waiting);
	g_free(places);
}

void places_note(struct places *places, char *domain, char *provider)
{
	/* interned: the same text is the same pointer */
	if (g_hash_table_lookup(places->known, domain) == provider)
		return;
	/* what was forgotten is written once more, which changes nothing */
	if (g_hash_table_size(places->known) >= LIMIT_DOMAINS_KNOWN && places->waiting->len == 0)
		g_hash_table_remove_all(places->known);
	if (g_hash_table_size(places->known) >= LIMIT_DOMAINS_KNOWN)
		return;
	g_hash_table_replace(places->known, g_ref_string_acquire(domain), g_ref_string_acquire(provider));
	g_ptr_array_add(places->waiting, g_ref_string_acquire(domain));
}

gboolean places_write(struct places *places, struct store *store, GError **error)
{
	places->written = MIN(places->waiting->len, WRITE_MOST);
	for (guint i = 0; i < places->written; i++) {
		const char *domain = g_ptr_array_index(places->waiting, i);

		if (!store_domain_place(store, domain, g_hash_table_lookup(places->known, domain), error))
			return FALSE;
	}
	return TRUE;
}

void places_written(struct places *places)
{
	if (places->written > 0)
		g_ptr_array_remove_range(places->waiting, 0, places->written);
	places->written = 0;
}

void places_forget(struct places *places)
{
	places->written = 0;
}

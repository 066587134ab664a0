// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/list_quality.h"

#include "lib/action/account.h"
#include "lib/action/quality_domains.h"
#include "lib/base/limits.h"
#include "lib/model/hygiene.h"
#include "lib/store/store_import.h"
#include "lib/store/store_quality.h"

#include <string.h>

enum {
	PAGE = 1000,      /* of a list that is read whole */
	SAMPLE_PAGE = 50, /* short ones, so that many imports are touched */
	CAMPAIGNS = 5,
};

/* A walk over a list. */
struct walk {
	struct context *context;
	const struct list *list;
	struct list_quality *quality;
	GHashTable *domains; /* name -> struct quality_domain *; owned by quality->domains */
	GArray *boxes; /* of guint64: hashes of mailboxes, the last bit says that it is the plain spelling */
	GPtrArray *plain; /* plain spellings of this page, to be looked for among the subscriptions */
};

static guint64 hash_of(const char *text)
{
	guint64 hash = G_GUINT64_CONSTANT(14695981039346656037); /* FNV-1a */

	for (; *text != '\0'; text++)
		hash = (hash ^ (guint8)*text) * G_GUINT64_CONSTANT(1099511628211);
	return hash & ~G_GUINT64_CONSTANT(1);
}

static void add_domain(struct walk *walk, const char *name)
{
	struct quality_domain *domain = g_hash_table_lookup(walk->domains, name);

	/* what is past the ceiling is rare each: it belongs to no large provider */
	if (domain == NULL && g_hash_table_size(walk->domains) >= LIMIT_QUALITY_DOMAINS)
		return;
	if (domain == NULL) {
		domain = g_new0(struct quality_domain, 1);
		domain->name = g_strdup(name);
		g_ptr_array_add(walk->quality->domains, domain);
		g_hash_table_insert(walk->domains, domain->name, domain);
	}
	domain->count++;
}

/* Only what is not spelled plainly can be a second spelling; whether the plain one is there, too, is asked
 * after the page.
 */
static void add_box(struct walk *walk, const char *address)
{
	g_autofree char *box = hygiene_mailbox(address);
	guint64 hash = hash_of(box);

	if (strcmp(box, address) == 0 || walk->boxes->len >= LIMIT_QUALITY_BOXES)
		return;
	g_array_append_val(walk->boxes, hash);
	g_ptr_array_add(walk->plain, g_steal_pointer(&box));
}

static void look_at_row(const struct quality_row *row, void *user)
{
	struct walk *walk = user;
	struct list_quality *quality = walk->quality;
	const char *domain = account_domain(row->address), *meant;

	quality->looked++;
	quality->suspended += row->state == SUB_SUSPENDED;
	if (row->state != SUB_ACTIVE)
		return;
	quality->active++;
	quality->without_evidence += !row->has_evidence;
	quality->never_mailed += !row->was_mailed;
	quality->roles += hygiene_is_role(row->address);
	meant = hygiene_typo(domain);
	quality->typos += meant != NULL;
	if (meant != NULL && quality->typo == NULL) {
		quality->typo = g_strdup(domain);
		quality->typo_meant = meant;
	}
	add_domain(walk, domain);
	add_box(walk, row->address);
}

/* The plain spellings that are subscribed as well. */
static gboolean look_for_plain(struct walk *walk, GError **error)
{
	for (guint i = 0; i < walk->plain->len; i++) {
		enum import_outcome outcome;

		if (!store_import_look(walk->context->store, walk->list->id, walk->plain->pdata[i], &outcome,
		                       error))
			return FALSE;
		if (outcome == IMPORT_PRESENT) {
			guint64 hash = hash_of(walk->plain->pdata[i]) | 1;

			g_array_append_val(walk->boxes, hash);
		}
	}
	g_ptr_array_set_size(walk->plain, 0);
	return TRUE;
}

/* One page; *after moves past it, 0: there was nothing. */
static gboolean look_at_page(struct walk *walk, int count, gint64 *after, GError **error)
{
	return store_quality_page(walk->context->store, walk->list->id, *after, count, look_at_row, walk,
	                          after, error) &&
	       look_for_plain(walk, error);
}

static gboolean walk_whole(struct walk *walk, GError **error)
{
	gint64 after = 0;

	do {
		if (!look_at_page(walk, PAGE, &after, error))
			return FALSE;
	} while (after != 0);
	return TRUE;
}

/* Pages that begin at even distances between the first subscriber and the last. */
static gboolean walk_sample(struct walk *walk, gint64 first, gint64 last, GError **error)
{
	const gint64 pages = LIMIT_QUALITY_SAMPLE / SAMPLE_PAGE, step = MAX(1, (last - first + 1) / pages);
	gint64 after = 0;

	for (gint64 i = 0; i < pages; i++) {
		after = MAX(after, first - 1 + i * step);
		if (!look_at_page(walk, SAMPLE_PAGE, &after, error))
			return FALSE;
		if (after == 0)
			break;
	}
	return TRUE;
}

static int compare_hashes(gconstpointer a, gconstpointer b)
{
	const guint64 left = *(const guint64 *)a, right = *(const guint64 *)b;

	return left < right ? -1 : left > right;
}

/* Of spellings of one mailbox, all but one are too many. */
static gint64 count_duplicates(GArray *boxes)
{
	gint64 duplicates = 0;

	g_array_sort(boxes, compare_hashes);
	for (guint i = 0; i < boxes->len;) {
		const guint64 box = g_array_index(boxes, guint64, i) & ~G_GUINT64_CONSTANT(1);
		gint64 others = 0, has_plain = 0;

		for (; i < boxes->len && (g_array_index(boxes, guint64, i) & ~G_GUINT64_CONSTANT(1)) == box;
		     i++) {
			has_plain |= (gint64)(g_array_index(boxes, guint64, i) & 1);
			others += (g_array_index(boxes, guint64, i) & 1) == 0;
		}
		duplicates += others + has_plain - 1;
	}
	return duplicates;
}

static gboolean look_at_past(struct walk *walk, GError **error)
{
	g_autoptr(GArray) campaigns = g_array_new(FALSE, FALSE, sizeof(struct quality_campaign));

	if (!store_quality_campaigns(walk->context->store, walk->list->id, CAMPAIGNS, campaigns, error))
		return FALSE;
	walk->quality->campaigns = campaigns->len;
	for (guint i = 0; i < campaigns->len; i++) {
		const struct quality_campaign *campaign = &g_array_index(campaigns, struct quality_campaign,
		                                                         i);

		walk->quality->handed += campaign->handed;
		walk->quality->bounced += campaign->bounced;
		walk->quality->complaints += campaign->complaints;
	}
	return TRUE;
}

static gboolean look_at_list(struct walk *walk, gboolean is_whole, GError **error)
{
	struct list_quality *quality = walk->quality;
	gint64 first, last;

	if (!store_quality_extent(walk->context->store, walk->list->id, &quality->total, &first, &last,
	                          error))
		return FALSE;
	if (!(is_whole || quality->total <= LIMIT_QUALITY_WHOLE ? walk_whole(walk, error)
	                                                        : walk_sample(walk, first, last, error)))
		return FALSE;
	quality->duplicates = count_duplicates(walk->boxes);
	return look_at_past(walk, error) && quality_domains_look_up(walk->context, quality, error);
}

static void domain_free(gpointer data)
{
	struct quality_domain *domain = data;

	g_free(domain->name);
	g_free(domain->provider);
	g_free(domain);
}

struct list_quality *list_quality_look(struct context *context, const struct list *list, gboolean is_whole,
                                       GError **error)
{
	struct list_quality *quality = g_new0(struct list_quality, 1);
	struct walk walk = {.context = context, .list = list, .quality = quality};
	gboolean is_good;

	quality->domains = g_ptr_array_new_with_free_func(domain_free);
	quality->groups = g_array_new(FALSE, FALSE, sizeof(struct quality_group));
	walk.domains = g_hash_table_new(g_str_hash, g_str_equal);
	walk.boxes = g_array_new(FALSE, FALSE, sizeof(guint64));
	walk.plain = g_ptr_array_new_with_free_func(g_free);
	is_good = look_at_list(&walk, is_whole, error);
	g_hash_table_unref(walk.domains);
	g_array_unref(walk.boxes);
	g_ptr_array_unref(walk.plain);
	if (!is_good)
		g_clear_pointer(&quality, list_quality_free);
	return quality;
}

void list_quality_free(struct list_quality *quality)
{
	if (quality == NULL)
		return;
	g_free(quality->typo);
	g_array_unref(quality->groups);
	g_ptr_array_unref(quality->domains);
	g_free(quality);
}

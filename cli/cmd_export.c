// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/store/store_list.h"
#include "lib/store/store_subscriber.h"

#include <jansson.h>
#include <string.h>

enum { PAGE = 1000 };

typedef void (*take_row)(struct call *call, const struct subscription *row, void *user);

/* Each subscription of the list, page by page. */
static gboolean walk(struct call *call, gint64 list_id, enum subscription_state state, take_row take,
                     void *user, GError **error)
{
	gint64 after = 0;

	for (;;) {
		g_autoptr(GPtrArray) rows = store_subscription_page(call->context->store, list_id, state,
		                                                    after, PAGE, error);

		if (rows == NULL)
			return FALSE;
		for (guint i = 0; i < rows->len; i++) {
			after = ((const struct subscription *)rows->pdata[i])->id;
			take(call, rows->pdata[i], user);
		}
		if (rows->len < PAGE)
			return TRUE;
	}
}

/* Each name once, as long as there is room. */
static void take_names(struct call *call, const struct subscription *row, void *user)
{
	GHashTable *names = user;
	const char *name;
	json_t *root, *value;

	(void)call;
	if (row->attributes == NULL)
		return;
	root = json_loads(row->attributes, JSON_ALLOW_NUL, NULL);
	json_object_foreach(root, name, value) if (g_hash_table_size(names) < LIMIT_CSV_COLUMNS &&
	                                           !g_hash_table_contains(names, name))
	        g_hash_table_add(names, g_strdup(name));
	json_decref(root);
}

static void print_row(struct call *call, const struct subscription *row, void *user)
{
	(void)user;
	printer_begin_map(call->out, NULL);
	printer_text(call->out, "address", row->address);
	printer_text(call->out, "state", subscription_state_name(row->state));
	printer_text(call->out, "cause",
	             row->cause == CAUSE_NONE ? NULL : subscription_cause_name(row->cause));
	printer_time(call->out, "since", row->state_at);
	printer_time(call->out, "subscribed_at", row->created_at);
	printer_object(call->out, printer_format(call->out) == PRINTER_JSON ? "attributes" : NULL,
	               row->attributes);
	printer_end_map(call->out);
}

static const char *const fixed[] = {"address", "state", "cause", "since", "subscribed_at", NULL};

static gboolean is_fixed(const char *name)
{
	return g_strv_contains(fixed, name);
}

/* A table's head comes first, so that the names of all attributes must be known before a row is printed. */
static gboolean print_head(struct call *call, gint64 list_id, enum subscription_state state, GError **error)
{
	g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GList) sorted = NULL;

	if (printer_format(call->out) == PRINTER_JSON)
		return TRUE;
	if (!walk(call, list_id, state, take_names, names, error))
		return FALSE;
	for (gsize i = 0; fixed[i] != NULL; i++)
		printer_column(call->out, fixed[i]);
	sorted = g_list_sort(g_hash_table_get_keys(names), (GCompareFunc)strcmp);
	for (GList *name = sorted; name != NULL; name = name->next) {
		g_autofree char *second = g_strdup_printf("%s_2", (const char *)name->data);

		printer_column(call->out, is_fixed(name->data) ? second : name->data);
	}
	return TRUE;
}

static gboolean run(struct call *call, GError **error)
{
	enum subscription_state state = SUB_NONE;
	const char *wanted = call_text(call, "state");
	struct list *list;
	gint64 list_id;

	if (wanted != NULL && !subscription_state_read(wanted, &state)) {
		g_set_error(error, FAILURE, FAILURE_USAGE,
		            "--state is pending, active, suspended, removed, unsubscribed or complained");
		return FALSE;
	}
	list = store_list_by_name(call->context->store, call->words[0], error);
	if (list == NULL)
		return FALSE;
	list_id = list->id;
	list_free(list);
	printer_begin_list(call->out, "subscriptions");
	if (!print_head(call, list_id, state, error) || !walk(call, list_id, state, print_row, NULL, error))
		return FALSE;
	printer_end_list(call->out);
	return TRUE;
}

static const struct option options[] = {
        {"state", OPTION_TEXT, "STATE", "only those in this state"},
        {0},
};

const struct command command_export = {
        .name = "export",
        .usage = "LIST [--state STATE]",
        .summary = "Write the subscriptions of a list as CSV (or JSON)",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE,
        .words_min = 1,
        .words_max = 1,
        .options = options,
        .run = run,
        .words = "list",
        .writes_csv = TRUE,
};

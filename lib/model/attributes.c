// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/attributes.h"

#include "lib/base/failure.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* jansson's strings are malloc()'s. */
static char *text_of_dump(json_t *node)
{
	char *dump = json_dumps(node, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
	char *text = g_strdup(dump);

	free(dump);
	return text;
}

static char *text_of(json_t *node)
{
	if (json_is_string(node))
		return g_strdup(json_string_value(node));
	return json_is_number(node) || json_is_boolean(node) ? text_of_dump(node) : NULL;
}

GHashTable *attributes_read(const char *json, GError **error)
{
	g_autoptr(GHashTable) table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	json_error_t failure = {.text = ""};
	const char *name;
	json_t *root, *node;

	if (json == NULL || *json == '\0')
		return g_steal_pointer(&table);
	root = json_loads(json, JSON_ALLOW_NUL, &failure);
	if (!json_is_object(root)) {
		g_set_error(error, FAILURE, FAILURE_DATA, "attributes are not a JSON object%s%s",
		            *failure.text == '\0' ? "" : ": ", failure.text);
		json_decref(root);
		return NULL;
	}
	json_object_foreach(root, name, node)
	{
		char *text = text_of(node);

		if (text != NULL)
			g_hash_table_insert(table, g_ascii_strdown(name, -1), text);
	}
	json_decref(root);
	return g_steal_pointer(&table);
}

char *attributes_write(GHashTable *attributes)
{
	g_autoptr(GList) names = NULL;
	json_t *root;
	char *text;

	if (g_hash_table_size(attributes) == 0)
		return NULL;
	root = json_object();
	names = g_list_sort(g_hash_table_get_keys(attributes), (GCompareFunc)strcmp);
	for (GList *at = names; at != NULL; at = at->next)
		json_object_set_new(root, at->data, json_string(g_hash_table_lookup(attributes, at->data)));
	text = text_of_dump(root);
	json_decref(root);
	return text;
}

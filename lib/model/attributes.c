// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/attributes.h"

#include "lib/base/failure.h"

#include <json-glib/json-glib.h>
#include <string.h>

static char *text_of(JsonNode *node)
{
	if (!JSON_NODE_HOLDS_VALUE(node))
		return NULL;
	if (json_node_get_value_type(node) == G_TYPE_STRING)
		return g_strdup(json_node_get_string(node));
	return json_to_string(node, FALSE);
}

GHashTable *attributes_read(const char *json, GError **error)
{
	g_autoptr(GHashTable) table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_autoptr(JsonNode) root = NULL;
	g_autoptr(GError) failure = NULL;
	JsonObjectIter iter;
	const char *name;
	JsonNode *node;

	if (json == NULL || *json == '\0')
		return g_steal_pointer(&table);
	root = json_from_string(json, &failure);
	if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root)) {
		g_set_error(error, FAILURE, FAILURE_DATA, "attributes are not a JSON object%s%s",
		            failure == NULL ? "" : ": ", failure == NULL ? "" : failure->message);
		return NULL;
	}
	json_object_iter_init(&iter, json_node_get_object(root));
	while (json_object_iter_next(&iter, &name, &node)) {
		char *text = text_of(node);

		if (text != NULL)
			g_hash_table_insert(table, g_ascii_strdown(name, -1), text);
	}
	return g_steal_pointer(&table);
}

char *attributes_write(GHashTable *attributes)
{
	g_autoptr(JsonBuilder) builder = NULL;
	g_autoptr(JsonNode) root = NULL;
	g_autoptr(GList) names = NULL;

	if (g_hash_table_size(attributes) == 0)
		return NULL;
	builder = json_builder_new();
	names = g_list_sort(g_hash_table_get_keys(attributes), (GCompareFunc)strcmp);
	json_builder_begin_object(builder);
	for (GList *at = names; at != NULL; at = at->next) {
		json_builder_set_member_name(builder, at->data);
		json_builder_add_string_value(builder, g_hash_table_lookup(attributes, at->data));
	}
	json_builder_end_object(builder);
	root = json_builder_get_root(builder);
	return json_to_string(root, FALSE);
}

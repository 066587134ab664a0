// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/checklist.h"

#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/resource.h"

#include <string.h>

static void point_free(gpointer data)
{
	struct checklist_point *point = data;

	g_free(point->id);
	g_free(point->asks);
	g_strfreev(point->checks);
	g_free(point->built_in);
	g_free(point->yours);
	g_free(point);
}

void checklist_free(void *data)
{
	struct checklist *list = data;

	g_free(list->provider);
	g_free(list->title);
	g_free(list->source);
	g_ptr_array_unref(list->points);
	g_free(list);
}

static struct checklist *find(const GPtrArray *lists, const char *provider)
{
	for (guint i = 0; i < lists->len; i++)
		if (strcmp(((struct checklist *)lists->pdata[i])->provider, provider) == 0)
			return lists->pdata[i];
	return NULL;
}

static gboolean fail(const char *name, const char *section, const char *what, GError **error)
{
	g_set_error(error, FAILURE, FAILURE_CONFIG, "%s: [%s] %s", name, section, what);
	return FALSE;
}

/* Every key of a section is one of these. */
static gboolean check_keys(GKeyFile *file, const char *section, const char *const *known, const char *name,
                           GError **error)
{
	g_auto(GStrv) keys = g_key_file_get_keys(file, section, NULL, NULL);

	for (int i = 0; keys != NULL && keys[i] != NULL; i++)
		if (!g_strv_contains(known, keys[i])) {
			g_autofree char *what = g_strdup_printf("%s: unknown key", keys[i]);

			return fail(name, section, what, error);
		}
	return TRUE;
}

static gboolean read_provider(GPtrArray *lists, GKeyFile *file, const char *section, const char *name,
                              GError **error)
{
	static const char *const known[] = {"title", "source", "bulk", NULL};
	g_autofree char *bulk = g_key_file_get_value(file, section, "bulk", NULL);
	struct checklist *list = g_new0(struct checklist, 1);

	list->provider = g_strdup(section);
	list->points = g_ptr_array_new_with_free_func(point_free);
	list->title = g_key_file_get_string(file, section, "title", NULL);
	list->source = g_key_file_get_string(file, section, "source", NULL);
	g_ptr_array_add(lists, list);
	if (!check_keys(file, section, known, name, error))
		return FALSE;
	if (list->title == NULL || list->source == NULL)
		return fail(name, section, "lacks title or source", error);
	if (bulk != NULL && !g_ascii_string_to_signed(bulk, 10, 1, G_MAXINT32, &list->bulk, NULL))
		return fail(name, section, "bulk: not a number above 0", error);
	return TRUE;
}

static gboolean read_point(struct checklist *list, GKeyFile *file, const char *section, const char *name,
                           GError **error)
{
	static const char *const known[] = {"asks", "checks", "built-in", "yours", NULL};
	g_autofree char *checks = g_key_file_get_string(file, section, "checks", NULL);
	struct checklist_point *point = g_new0(struct checklist_point, 1);

	point->id = g_strdup_printf("providers.%s.%s",
	                            strcmp(list->provider, "*") == 0 ? "any" : list->provider,
	                            strchr(section, '/') + 1);
	point->asks = g_key_file_get_string(file, section, "asks", NULL);
	point->built_in = g_key_file_get_string(file, section, "built-in", NULL);
	point->yours = g_key_file_get_string(file, section, "yours", NULL);
	if (checks != NULL)
		point->checks = g_strsplit(checks, " ", -1);
	g_ptr_array_add(list->points, point);
	if (!check_keys(file, section, known, name, error))
		return FALSE;
	if (point->asks == NULL)
		return fail(name, section, "lacks asks", error);
	if ((point->checks != NULL) + (point->built_in != NULL) + (point->yours != NULL) != 1)
		return fail(name, section, "has to have one of checks, built-in and yours", error);
	return TRUE;
}

gboolean checklist_read(GPtrArray *lists, const char *text, gsize len, const char *name, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GError) failure = NULL;
	g_auto(GStrv) sections = NULL;
	const guint before = lists->len;

	if (!g_key_file_load_from_data(file, text, len, G_KEY_FILE_NONE, &failure)) {
		g_set_error(error, FAILURE, FAILURE_CONFIG, "%s: %s", name, failure->message);
		return FALSE;
	}
	sections = g_key_file_get_groups(file, NULL);
	for (int i = 0; sections[i] != NULL; i++) {
		g_autofree char *provider = g_strndup(sections[i], strcspn(sections[i], "/"));
		struct checklist *list = find(lists, provider);
		gboolean is_point = strchr(sections[i], '/') != NULL;
		guint place = before;

		if (is_point && list == NULL)
			return fail(name, sections[i], "comes before the section of its provider", error);
		/* an earlier file has it, with points of its own */
		if (list != NULL && g_ptr_array_find(lists, list, &place) && place < before)
			continue;
		if (!(is_point ? read_point(list, file, sections[i], name, error)
		               : read_provider(lists, file, sections[i], name, error)))
			return FALSE;
	}
	return TRUE;
}

static gboolean read_extra(GPtrArray *lists, const char *folder, GError **error)
{
	g_autofree char *path = g_build_filename(folder, "checklists", NULL);
	g_autoptr(GBytes) bytes = NULL;
	gsize len;
	const char *text;

	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return TRUE;
	bytes = file_read(path, LIMIT_CONFIG_FILE, error);
	if (bytes == NULL)
		return FALSE;
	text = g_bytes_get_data(bytes, &len);
	return checklist_read(lists, text, len, path, error);
}

GPtrArray *checklist_read_all(const char *folder, GError **error)
{
	g_autoptr(GPtrArray) lists = g_ptr_array_new_with_free_func(checklist_free);
	g_autoptr(GBytes) own = resource_read("rules/checklists");
	gsize len;
	const char *text = g_bytes_get_data(own, &len);

	if ((folder != NULL && !read_extra(lists, folder, error)) ||
	    !checklist_read(lists, text, len, "rules/checklists", error))
		return NULL;
	return g_steal_pointer(&lists);
}

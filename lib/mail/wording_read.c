// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/wording_file.h"

#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/resource.h"

#include <string.h>

/* Reading and checking of templates. */

/* Values that pages and their words may name; the program knows them. */
static const char *const values[] = {"address", "list_title", "imprint", "list",    "nonce", "stamp", "name",
                                     "given",   "notice",     "list_id", "checked", "state", "limit", NULL};

/* Fields of our own mails. */
static const char *const mail_fields[] = {
        "address", "name",          "unsubscribe_url", "preferences_url", "confirm_url",  "list_title",
        "imprint", "subscribed_on", "subscribed_by",   "requested_from",  "requested_at", NULL};

static gboolean fail(GError **error, const char *path, const char *what, const char *name)
{
	g_set_error(error, FAILURE, FAILURE_CONFIG, "%s: %s%s", path, what, name);
	return FALSE;
}

static gboolean check_fields(const struct template *template, const char *path, const char *const *known,
                             GHashTable *words, const char *page, GError **error)
{
	g_autoptr(GPtrArray) fields = template_fields(template, FALSE);

	for (guint i = 0; i < fields->len; i++) {
		const char *name = g_ptr_array_index(fields, i);
		g_autofree char *own = page == NULL ? NULL : g_strdup_printf("@/en/%s/%s", page, name);
		g_autofree char *common = g_strdup_printf("@/en/common/%s", name);

		if (g_strv_contains(known, name) || (page != NULL && (g_hash_table_contains(words, own) ||
		                                                      g_hash_table_contains(words, common))))
			continue;
		return fail(error, path, "there is no such field here: ", name);
	}
	return TRUE;
}

/* "preferences-row.html" is spoken with the words of "preferences"; head and foot with those of any page. */
static char *group_of(const char *name)
{
	return g_strndup(name, strcspn(name, "-"));
}

static gboolean take_page(struct wording *wording, const char *layer, const char *file, const char *path,
                          GBytes *bytes, GError **error)
{
	g_autofree char *name = g_strndup(file, strlen(file) - strlen(".html"));
	g_autofree char *ours = g_strdup_printf("@/%s", name), *group = group_of(name);
	struct template *template;

	if (strcmp(layer, "@") != 0 && !g_hash_table_contains(wording->pages, ours))
		return fail(error, path, "there is no page called ", name);
	template = template_new(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), TEMPLATE_HTML, error);
	if (template == NULL) {
		g_prefix_error(error, "%s: ", path);
		if (error != NULL && *error != NULL)
			(*error)->code = FAILURE_CONFIG;
		return FALSE;
	}
	if (strcmp(name, "message") != 0 &&
	    !check_fields(template, path, values, wording->words,
	                  strcmp(name, "head") == 0 ? "unknown" : group, error)) {
		template_free(template);
		return FALSE;
	}
	g_hash_table_replace(wording->pages, g_strdup_printf("%s/%s", layer, name), template);
	return TRUE;
}

static gboolean take_word(struct wording *wording, const char *layer, const char *language, const char *group,
                          const char *key, const char *text, const char *path, GError **error)
{
	g_autofree char *ours = g_strdup_printf("@/en/%s/%s", group, key);
	struct template *template;

	if (!(strcmp(layer, "@") == 0 && strcmp(language, "en") == 0) &&
	    !g_hash_table_contains(wording->words, ours)) {
		g_set_error(error, FAILURE, FAILURE_CONFIG, "%s: [%s] %s: there is no such key", path, group,
		            key);
		return FALSE;
	}
	template = template_new(text, strlen(text), TEMPLATE_TEXT, error);
	if (template == NULL || !check_fields(template, path, values, wording->words, NULL, error)) {
		g_prefix_error(error, "%s: [%s] %s: ", path, group, key);
		if (error != NULL && *error != NULL)
			(*error)->code = FAILURE_CONFIG;
		template_free(template);
		return FALSE;
	}
	g_hash_table_replace(wording->words, g_strdup_printf("%s/%s/%s/%s", layer, language, group, key),
	                     template);
	return TRUE;
}

static gboolean take_words(struct wording *wording, const char *layer, const char *language, const char *path,
                           GBytes *bytes, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GError) failure = NULL;
	g_auto(GStrv) groups = NULL;

	if (!g_key_file_load_from_bytes(file, bytes, G_KEY_FILE_NONE, &failure))
		return fail(error, path, "", failure->message);
	groups = g_key_file_get_groups(file, NULL);
	for (guint i = 0; groups[i] != NULL; i++) {
		g_auto(GStrv) keys = g_key_file_get_keys(file, groups[i], NULL, NULL);

		for (guint j = 0; keys != NULL && keys[j] != NULL; j++) {
			g_autofree char *text = g_key_file_get_string(file, groups[i], keys[j], &failure);

			if (text == NULL)
				return fail(error, path, "", failure->message);
			if (!take_word(wording, layer, language, groups[i], keys[j], text, path, error))
				return FALSE;
		}
	}
	return TRUE;
}

static void free_mail(gpointer data)
{
	struct wording_mail_text *mail = data;

	g_free(mail->subject);
	g_free(mail->text);
	g_free(mail);
}

static gboolean check_mail(const char *path, const char *text, enum template_context context, GError **error)
{
	g_autoptr(GError) failure = NULL;
	struct template *template = template_new(text, strlen(text), context, &failure);
	gboolean is_good = template != NULL && check_fields(template, path, mail_fields, NULL, NULL, error);

	if (template == NULL)
		fail(error, path, "", failure->message);
	template_free(template);
	return is_good;
}

static gboolean take_mail(struct wording *wording, const char *layer, const char *language, const char *name,
                          const char *path, GBytes *bytes, GError **error)
{
	g_autofree char *all = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	g_autofree char *ours = g_strdup_printf("@/en/%s", name);
	struct wording_mail_text *mail;
	char *end = strstr(all, "\n\n");

	if (!(strcmp(layer, "@") == 0 && strcmp(language, "en") == 0) &&
	    !g_hash_table_contains(wording->mails, ours))
		return fail(error, path, "there is no mail called ", name);
	if (end == NULL || !g_str_has_prefix(all, "Subject: "))
		return fail(error, path, "a mail begins with \"Subject: ...\" and an empty line", "");
	*end = '\0';
	if (strchr(all, '\n') != NULL)
		return fail(error, path, "the subject is one line", "");
	if (!check_mail(path, all + strlen("Subject: "), TEMPLATE_HEADER, error) ||
	    !check_mail(path, end + 2, TEMPLATE_TEXT, error))
		return FALSE;
	mail = g_new(struct wording_mail_text, 1);
	mail->subject = g_strdup(all + strlen("Subject: "));
	mail->text = g_strdup(end + 2);
	g_hash_table_replace(wording->mails, g_strdup_printf("%s/%s/%s", layer, language, name), mail);
	return TRUE;
}

/* The files of a folder, one of ours or the operator's, sorted. Folders in it end in "/". NULL: it cannot be
 * read. */
static char **list_folder(const char *folder, gboolean is_ours, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	g_autoptr(GError) failure = NULL;
	g_autoptr(GDir) dir = NULL;
	const char *name;

	if (is_ours)
		return resource_list(folder);
	dir = g_dir_open(folder, 0, &failure);
	if (dir == NULL && !g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
		g_set_error(error, FAILURE, FAILURE_CONFIG, "%s", failure->message);
		return NULL;
	}
	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		/* what editors leave behind */
		if (*name != '.' && !g_str_has_suffix(name, "~"))
			g_ptr_array_add(
			        names,
			        g_strconcat(name, g_file_test(path, G_FILE_TEST_IS_DIR) ? "/" : "", NULL));
	}
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

static GBytes *read_file(const char *path, gboolean is_ours, GError **error)
{
	return is_ours ? resource_read(path) : file_read(path, LIMIT_TEMPLATE_FILE, error);
}

static gboolean take_file(struct wording *wording, const char *layer, const char *folder, const char *name,
                          const char *language, gboolean wants_words, GError **error)
{
	gboolean is_ours = strcmp(layer, "@") == 0;
	g_autofree char *path = g_strconcat(folder, "/", name, NULL);
	g_autoptr(GBytes) bytes = NULL;

	if (strcmp(name, "README") == 0 || g_str_has_suffix(name, "/") ||
	    wants_words != (strcmp(name, "words") == 0))
		return TRUE;
	bytes = read_file(path, is_ours, error);
	if (bytes == NULL)
		return FALSE;
	if (!g_utf8_validate(g_bytes_get_data(bytes, NULL), (gssize)g_bytes_get_size(bytes), NULL))
		return fail(error, path, "not UTF-8", "");
	if (language == NULL && g_str_has_suffix(name, ".html"))
		return take_page(wording, layer, name, path, bytes, error);
	if (language == NULL)
		return fail(error, path, "a page is called NAME.html", "");
	if (wants_words)
		return take_words(wording, layer, language, path, bytes, error);
	return take_mail(wording, layer, language, name, path, bytes, error);
}

/* language NULL: the folder of pages */
static gboolean take_folder(struct wording *wording, const char *layer, const char *folder,
                            const char *language, gboolean wants_words, GError **error)
{
	g_auto(GStrv) names = list_folder(folder, strcmp(layer, "@") == 0, error);

	for (guint i = 0; names != NULL && names[i] != NULL; i++)
		if (!take_file(wording, layer, folder, names[i], language, wants_words, error))
			return FALSE;
	return names != NULL;
}

static gboolean take_style(struct wording *wording, const char *layer, const char *folder, GError **error)
{
	g_autofree char *path = g_strconcat(folder, "/page.css", NULL);
	gboolean is_ours = strcmp(layer, "@") == 0;
	GBytes *bytes;

	if (!is_ours && !g_file_test(path, G_FILE_TEST_EXISTS))
		return TRUE;
	bytes = read_file(path, is_ours, error);
	if (bytes == NULL)
		return FALSE;
	g_hash_table_replace(wording->styles, g_strdup_printf("%s/page.css", layer), bytes);
	return TRUE;
}

static void add_language(struct wording *wording, const char *name)
{
	for (guint i = 0; i < wording->languages->len; i++)
		if (strcmp(g_ptr_array_index(wording->languages, i), name) == 0)
			return;
	g_ptr_array_add(wording->languages, g_strdup(name));
}

/* Languages of a folder, English first: it says which keys and mails there are. Words come before the pages
 * that name them. */
static gboolean take_layer(struct wording *wording, const char *layer, const char *folder, GError **error)
{
	g_auto(GStrv) names = list_folder(folder, strcmp(layer, "@") == 0, error);
	g_autoptr(GPtrArray) languages = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *pages = g_strconcat(folder, "/pages", NULL);

	for (guint i = 0; names != NULL && names[i] != NULL; i++) {
		char *name;

		if (!g_str_has_suffix(names[i], "/") || strcmp(names[i], "pages/") == 0 ||
		    strcmp(names[i], "lists/") == 0)
			continue;
		name = g_strndup(names[i], strlen(names[i]) - 1);
		add_language(wording, name);
		g_ptr_array_insert(languages, strcmp(name, "en") == 0 ? 0 : -1, name);
	}
	for (guint i = 0; names != NULL && i < 2 * languages->len; i++) {
		const char *language = g_ptr_array_index(languages, i / 2);
		g_autofree char *path = g_strconcat(folder, "/", language, NULL);

		if (!take_folder(wording, layer, path, language, i % 2 == 0, error))
			return FALSE;
	}
	return names != NULL && take_folder(wording, layer, pages, NULL, FALSE, error) &&
	       take_style(wording, layer, folder, error);
}

static gboolean take_lists(struct wording *wording, const char *folder, GError **error)
{
	g_autofree char *lists = g_strconcat(folder, "/lists", NULL);
	g_auto(GStrv) names = list_folder(lists, FALSE, error);

	for (guint i = 0; names != NULL && names[i] != NULL; i++) {
		g_autofree char *name = g_strndup(names[i], strcspn(names[i], "/"));
		g_autofree char *path = g_strconcat(lists, "/", name, NULL);

		if (g_str_has_suffix(names[i], "/") && !take_layer(wording, name, path, error))
			return FALSE;
	}
	return names != NULL;
}

static void free_template(gpointer data)
{
	template_free(data);
}

static void unref_bytes(gpointer data)
{
	g_bytes_unref(data);
}

struct wording *wording_new(const char *folder, GError **error)
{
	struct wording *wording = g_new0(struct wording, 1);

	wording->pages = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_template);
	wording->words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_template);
	wording->mails = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_mail);
	wording->styles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, unref_bytes);
	wording->languages = g_ptr_array_new_with_free_func(g_free);
	if (take_layer(wording, "@", "templates", error) &&
	    (folder == NULL ||
	     (take_layer(wording, "", folder, error) && take_lists(wording, folder, error))))
		return wording;
	wording_free(wording);
	return NULL;
}

void wording_free(struct wording *wording)
{
	if (wording == NULL)
		return;
	g_hash_table_unref(wording->pages);
	g_hash_table_unref(wording->words);
	g_hash_table_unref(wording->mails);
	g_hash_table_unref(wording->styles);
	g_ptr_array_unref(wording->languages);
	g_free(wording);
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/mail_pile.h"

#include "lib/base/limits.h"
#include "lib/mail/mbox.h"
#include "lib/mail/mbox_reader.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 32 };

static gboolean take(const struct mail_pile *pile, const char *path, GBytes *slice, GError **error)
{
	gsize len, size;
	const char *at = g_bytes_get_data(slice, &len), *start;
	g_autoptr(GBytes) message = NULL;

	mbox_trim(at, len, &start, &size);
	if (size == 0)
		return TRUE;
	message = g_bytes_new_from_bytes(slice, (gsize)(start - at), size);
	return pile->take(path, message, pile->user, error);
}

/* What is wrong with the file is complained of; only what take() says ends it all. */
static gboolean walk_file(const struct mail_pile *pile, const char *path, GError **error)
{
	g_autoptr(GError) failure = NULL;
	/* a byte more than is stored, which tells that it was cut */
	struct mbox_reader *reader = mbox_reader_open(path, LIMIT_REPORT_STORED + 1, &failure);
	gboolean is_good = TRUE;

	while (is_good && reader != NULL) {
		g_autoptr(GBytes) slice = NULL;

		if (!mbox_reader_next(reader, &slice, &failure) || slice == NULL)
			break;
		is_good = take(pile, path, slice, error);
	}
	mbox_reader_free(reader);
	if (failure != NULL)
		pile->complain(path, failure->message, pile->user);
	return is_good;
}

static gboolean is_folder(const char *path, const char *name)
{
	g_autofree char *child = g_build_filename(path, name, NULL);

	return g_file_test(child, G_FILE_TEST_IS_DIR);
}

/* Beside its messages a Maildir holds index files, and in tmp what is not complete. */
static gboolean is_wanted(const char *path, const char *name, gboolean is_maildir)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return FALSE;
	if (!is_maildir)
		return name[0] != '.';
	return strcmp(name, "cur") == 0 || strcmp(name, "new") == 0 ||
	       (name[0] == '.' && is_folder(path, name));
}

static int compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static gboolean walk(const struct mail_pile *pile, const char *path, int depth, GError **error);

static gboolean walk_folder(const struct mail_pile *pile, const char *path, int depth, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	gboolean is_maildir = is_folder(path, "cur") && is_folder(path, "new");
	DIR *folder = opendir(path);
	struct dirent *entry;

	if (folder == NULL) {
		pile->complain(path, g_strerror(errno), pile->user);
		return TRUE;
	}
	while ((entry = readdir(folder)) != NULL)
		if (is_wanted(path, entry->d_name, is_maildir))
			g_ptr_array_add(names, g_strdup(entry->d_name));
	closedir(folder);
	g_ptr_array_sort(names, compare_names);
	for (guint i = 0; i < names->len; i++) {
		g_autofree char *child = g_build_filename(path, g_ptr_array_index(names, i), NULL);

		if (!walk(pile, child, depth + 1, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean walk(const struct mail_pile *pile, const char *path, int depth, GError **error)
{
	struct stat info;

	if (stat(path, &info) != 0)
		pile->complain(path, g_strerror(errno), pile->user);
	else if (S_ISDIR(info.st_mode) && depth >= DEPTH_MAX)
		pile->complain(path, "too deep", pile->user);
	else if (S_ISDIR(info.st_mode))
		return walk_folder(pile, path, depth, error);
	else if (S_ISREG(info.st_mode))
		return walk_file(pile, path, error);
	else if (depth == 0)
		/* in a folder, a pipe or device would hold everything up */
		pile->complain(path, "neither a file nor a folder", pile->user);
	return TRUE;
}

gboolean mail_pile_walk(const struct mail_pile *pile, const char *path, GError **error)
{
	return walk(pile, path, 0, error);
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "bounced/maildir.h"

#include "bounced/receive.h"
#include "bounced/recipient.h"
#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GROUP = 200, LOOK_US = 2 * G_USEC_PER_SEC, NAMES_TRIED = 100 };

struct maildir {
	char *path;
	char *new_path;
	int inotify_fd;
	gint64 looked_us; /* 0: never */
	gboolean has_more;
	GPtrArray *names; /* of char *, what new/ held at the last look; NULL: to be looked at anew */
	guint next;       /* the first of them that was not taken */
	gboolean was_missing;
	GHashTable *stuck; /* set of names that are stored or useless, and could not be moved */
};

/* A file of the folder, read. */
struct letter {
	struct receive_item item;
	char *name;
	char *recipient;
};

static void free_letter(struct letter *letter)
{
	g_clear_pointer(&letter->item.raw, g_bytes_unref);
	g_free(letter->name);
	g_free(letter->recipient);
	g_free(letter);
}

struct maildir *maildir_new(const char *path)
{
	struct maildir *maildir = g_new0(struct maildir, 1);

	maildir->path = g_strdup(path);
	maildir->new_path = g_build_filename(path, "new", NULL);
	maildir->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	maildir->stuck = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return maildir;
}

void maildir_free(struct maildir *maildir)
{
	if (maildir == NULL)
		return;
	if (maildir->inotify_fd >= 0)
		close(maildir->inotify_fd);
	g_hash_table_unref(maildir->stuck);
	g_clear_pointer(&maildir->names, g_ptr_array_unref);
	g_free(maildir->new_path);
	g_free(maildir->path);
	g_free(maildir);
}

int maildir_fd(const struct maildir *maildir)
{
	return maildir->inotify_fd;
}

/* Is it time to look? Watch before looking, so that nothing slips in between; what the events say does not
 * matter. */
static gboolean is_time(struct maildir *maildir)
{
	char events[4096] G_GNUC_UNUSED;
	gint64 now_us = g_get_monotonic_time();
	gboolean has_news = maildir->has_more || maildir->looked_us == 0 ||
	                    now_us - maildir->looked_us > LOOK_US;

	while (maildir->inotify_fd >= 0 && read(maildir->inotify_fd, events, sizeof(events)) > 0)
		has_news = TRUE;
	if (!has_news)
		return FALSE;
	maildir->looked_us = now_us;
	/* again each time: the folder may have been made anew. For one that is watched it changes nothing. */
	if (maildir->inotify_fd >= 0)
		(void)inotify_add_watch(maildir->inotify_fd, maildir->new_path,
		                        IN_MOVED_TO | IN_CREATE | IN_CLOSE_WRITE);
	return TRUE;
}

static int compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names in new/, oldest first as far as names tell; the rest waits for the next look when there are very
 * many. NULL with error unset: there is no such folder. */
static GPtrArray *list_names(struct maildir *maildir, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) failure = NULL;
	g_autoptr(GDir) folder = g_dir_open(maildir->new_path, 0, &failure);
	const char *name;

	if (folder == NULL) {
		if (g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
			if (!maildir->was_missing)
				log_warning("[bounce] maildir: there is no %s (yet)", maildir->new_path);
			maildir->was_missing = TRUE;
			return NULL;
		}
		g_set_error(error, FAILURE, FAILURE_PERMISSION, "%s", failure->message);
		return NULL;
	}
	maildir->was_missing = FALSE;
	while (names->len < LIMIT_MAILDIR_NAMES && (name = g_dir_read_name(folder)) != NULL)
		if (name[0] != '.' && !g_hash_table_contains(maildir->stuck, name))
			g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, compare_names);
	return g_steal_pointer(&names);
}

/* Never over a file that is there: that would delete it. */
static gboolean rename_to_free(const char *from, const char *to)
{
	struct stat status;

	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return TRUE;
	if (errno != EINVAL) /* not every file system can do it */
		return FALSE;
	errno = EEXIST;
	return lstat(to, &status) != 0 && errno == ENOENT && rename(from, to) == 0;
}

/* Its name in a folder: that it had and the mark, as far as there is room; after the first try with a number.
 */
static char *name_there(const char *name, const char *mark, int number)
{
	const char *info = strstr(name, ":2,");
	gsize stem = info == NULL ? strlen(name) : (gsize)(info - name);
	g_autofree char *end = number == 0 ? g_strdup(info == NULL ? mark : info)
	                                   : g_strdup_printf("_%d%s", number, info == NULL ? mark : info);

	stem = MIN(stem, NAME_MAX - MIN(strlen(end), NAME_MAX));
	return g_strdup_printf("%.*s%s", (int)stem, name, end);
}

/* Move a message to a folder; what cannot be moved is left alone from then on. */
static void move(struct maildir *maildir, const char *name, const char *folder, const char *mark)
{
	g_autofree char *from = g_build_filename(maildir->new_path, name, NULL);
	int failed = EEXIST;

	for (int i = 0; failed == EEXIST && i < NAMES_TRIED; i++) {
		g_autofree char *base = name_there(name, mark, i);
		g_autofree char *to = g_build_filename(maildir->path, folder, base, NULL);

		failed = rename_to_free(from, to) ? 0 : errno;
	}
	if (failed == 0)
		return;
	log_warning("cannot move %s to %s: %s", from, folder, g_strerror(failed));
	g_hash_table_add(maildir->stuck, g_strdup(name));
}

static void put_aside(struct maildir *maildir, const char *name, const char *why)
{
	static const char *const folders[] = {".failed", ".failed/tmp", ".failed/cur", ".failed/new"};

	log_warning("%s/%s goes to .failed: %s", maildir->new_path, name, why);
	for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
		g_autofree char *path = g_build_filename(maildir->path, folders[i], NULL);

		/* when this fails, so does the move, and says so */
		(void)mkdir(path, 0700);
	}
	move(maildir, name, ".failed/new", "");
}

/* NULL with error unset: put aside. */
static struct letter *read_letter(struct maildir *maildir, const struct context *context, const char *name,
                                  GError **error)
{
	g_autofree char *path = g_build_filename(maildir->new_path, name, NULL);
	g_autoptr(GError) failure = NULL;
	struct letter *letter;
	struct stat status;
	gboolean is_cut;
	GBytes *raw = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0 && errno == ENOENT)
		return NULL; /* somebody took it away */
	if (fd < 0 || fstat(fd, &status) != 0)
		failure_set_errno(&failure, errno, "cannot open it");
	else if (!S_ISREG(status.st_mode))
		g_set_error(&failure, FAILURE, FAILURE_DATA, "not a file");
	else
		raw = file_read_fd(fd, LIMIT_REPORT_STORED, &is_cut, &failure);
	if (fd >= 0)
		close(fd);
	if (raw == NULL) {
		if (failure_is(failure, FAILURE_LATER))
			g_propagate_error(error, g_steal_pointer(&failure));
		else
			put_aside(maildir, name, failure->message);
		return NULL;
	}
	letter = g_new0(struct letter, 1);
	letter->name = g_strdup(name);
	letter->recipient = recipient_of_message(context, g_bytes_get_data(raw, NULL), g_bytes_get_size(raw));
	letter->item.recipient = letter->recipient;
	letter->item.raw = raw;
	letter->item.is_cut = is_cut;
	return letter;
}

/* If moving fails, everything would be stored again and again: better not to begin. */
static gboolean check_folders(struct maildir *maildir, GError **error)
{
	g_autofree char *cur = g_build_filename(maildir->path, "cur", NULL);

	if (mkdir(cur, 0700) != 0 && errno != EEXIST) {
		failure_set_errno(error, errno, cur);
		return FALSE;
	}
	if (access(maildir->new_path, W_OK | X_OK) == 0 && access(cur, W_OK | X_OK) == 0)
		return TRUE;
	g_set_error(error, FAILURE, FAILURE_PERMISSION,
	            "[bounce] maildir: mail cannot be moved from new to cur in %s", maildir->path);
	return FALSE;
}

/* As many of the names as go into one commit. */
static gboolean take_group(struct maildir *maildir, struct context *context, int *taken, GError **error)
{
	g_autoptr(GPtrArray) letters = g_ptr_array_new_with_free_func((GDestroyNotify)free_letter);
	g_autoptr(GPtrArray) items = g_ptr_array_new();
	gsize bytes = 0;

	while (maildir->next < maildir->names->len && items->len < GROUP && bytes < RECEIVE_GROUP_BYTES) {
		g_autoptr(GError) failure = NULL;
		const char *name = g_ptr_array_index(maildir->names, maildir->next++);
		struct letter *letter = read_letter(maildir, context, name, &failure);

		if (failure != NULL) {
			g_propagate_error(error, g_steal_pointer(&failure));
			return FALSE;
		}
		if (letter == NULL)
			continue;
		bytes += g_bytes_get_size(letter->item.raw);
		g_ptr_array_add(letters, letter);
		g_ptr_array_add(items, &letter->item);
	}
	if (items->len > 0 && !receive_store(context, "maildir", items, error))
		return FALSE;
	for (guint i = 0; i < letters->len; i++)
		move(maildir, ((struct letter *)g_ptr_array_index(letters, i))->name, "cur", ":2,");
	*taken += (int)letters->len;
	return TRUE;
}

/* Some groups of them. What was not stored is still in new/, and is seen at the next look. */
static gboolean take_names(struct maildir *maildir, struct context *context, int *taken, GError **error)
{
	gboolean is_good = check_folders(maildir, error);

	/* what is put aside makes a group smaller, even empty */
	while (is_good && maildir->next < maildir->names->len && *taken < GROUP)
		is_good = take_group(maildir, context, taken, error);
	return is_good;
}

gboolean maildir_take(struct maildir *maildir, struct context *context, int *taken_out, gboolean *more_out,
                      GError **error)
{
	g_autoptr(GError) failure = NULL;
	gboolean is_good = TRUE, is_new_look = maildir->names == NULL;

	*taken_out = 0;
	*more_out = FALSE;
	if (!is_time(maildir))
		return TRUE;
	maildir->has_more = FALSE;
	if (is_new_look) {
		maildir->next = 0;
		maildir->names = list_names(maildir, &failure);
	}
	if (failure != NULL)
		g_propagate_error(error, g_steal_pointer(&failure)), is_good = FALSE;
	else if (maildir->names != NULL && maildir->names->len > 0)
		is_good = take_names(maildir, context, taken_out, error);
	if (is_good && maildir->names != NULL && maildir->next < maildir->names->len) {
		maildir->has_more = TRUE;
	} else {
		/* what came during a longer work has told of itself already */
		maildir->has_more = is_good && !is_new_look;
		g_clear_pointer(&maildir->names, g_ptr_array_unref);
	}
	*more_out = maildir->has_more;
	return is_good;
}

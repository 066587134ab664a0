// SPDX-License-Identifier: GPL-3.0-or-later
#include "bounced/classify_command.h"

#include "bounced/classify_work.h"
#include "lib/action/context.h"
#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/mail/mbox_reader.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_DEPTH_MAX 32
#define JOBS_MAX         64

static void add_stdin(struct classify_work *work)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = NULL;
	gboolean is_cut;

	bytes = file_read_fd(STDIN_FILENO, LIMIT_CLASSIFY_INPUT, &is_cut, &error);
	if (bytes == NULL) {
		classify_work_complain(work, "-", error->message);
		return;
	}
	classify_work_add_bytes(work, "-", bytes);
	if (is_cut)
		classify_work_complain(work, "-", "too large, the rest is left out");
}

/* An mbox may be larger than memory: each of its messages is a task. */
static void add_large(struct classify_work *work, const char *path)
{
	g_autoptr(GError) error = NULL;
	struct mbox_reader *reader = mbox_reader_open(path, LIMIT_CLASSIFY_MESSAGE, &error);

	while (reader != NULL) {
		g_autoptr(GBytes) one = NULL;

		if (!mbox_reader_next(reader, &one, &error) || one == NULL)
			break;
		classify_work_add_bytes(work, path, one);
	}
	mbox_reader_free(reader);
	if (error != NULL)
		classify_work_complain(work, path, error->message);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_path(struct classify_work *work, const char *path, int depth);

/* In the order of names, so that two runs give the same output. */
static void add_folder(struct classify_work *work, const char *path, int depth)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	DIR *folder = opendir(path);
	struct dirent *entry;

	if (folder == NULL) {
		classify_work_complain(work, path, g_strerror(errno));
		return;
	}
	while ((entry = readdir(folder)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			g_ptr_array_add(names, g_strdup(entry->d_name));
	closedir(folder);
	g_ptr_array_sort(names, compare_names);
	for (guint i = 0; i < names->len; i++) {
		g_autofree char *child = g_build_filename(path, g_ptr_array_index(names, i), NULL);

		add_path(work, child, depth + 1);
	}
}

static void add_path(struct classify_work *work, const char *path, int depth)
{
	struct stat info;

	if (ferror(stdout))
		return;
	if (stat(path, &info) != 0) {
		classify_work_complain(work, path, g_strerror(errno));
	} else if (S_ISDIR(info.st_mode)) {
		if (depth < FOLDER_DEPTH_MAX)
			add_folder(work, path, depth);
		else
			classify_work_complain(work, path, "too deep");
	} else if (S_ISREG(info.st_mode) && info.st_size > LIMIT_REPORT_STORED) {
		add_large(work, path);
	} else if (S_ISREG(info.st_mode) || depth == 0) {
		/* a pipe or device in a folder would hold everything up */
		classify_work_add_file(work, path);
	}
}

int classify_command_run(char **paths, int jobs)
{
	g_autoptr(GError) error = NULL;
	struct rules *rules = context_rules(&error);
	struct classify_work *work;
	gboolean is_good;

	if (rules == NULL) {
		fprintf(stderr, "bounced: %s\n", error->message);
		return failure_exit_code(error);
	}
	work = classify_work_new(rules,
	                         (guint)CLAMP(jobs > 0 ? jobs : (int)g_get_num_processors(), 1, JOBS_MAX));
	for (int i = 0; paths[i] != NULL; i++) {
		if (strcmp(paths[i], "-") == 0)
			add_stdin(work);
		else
			add_path(work, paths[i], 0);
	}
	is_good = classify_work_finish(work);
	rules_free(rules);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		/* who reads only the beginning, as head(1), knows */
		if (errno != EPIPE)
			fprintf(stderr, "bounced: cannot write the result: %s\n", g_strerror(errno));
		return FAILURE_IO;
	}
	return is_good ? 0 : FAILURE_NOINPUT;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "bounced/classify_command.h"

#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/mail/classify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_DEPTH_MAX 32

struct run {
	const struct rules *rules;
	GString *line;
	gboolean has_unread;
	int write_errno; /* 0: standard output takes what we say */
};

static void put_string(GString *out, const char *key, const char *value)
{
	g_autofree char *valid = g_utf8_make_valid(value, -1);

	g_string_append_printf(out, "%s\"%s\":\"", out->len > 1 ? "," : "", key);
	for (const char *p = valid; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			g_string_append_c(out, '\\');
		if ((guchar)*p < 0x20 || *p == 0x7f)
			g_string_append_printf(out, "\\u%04x", (guint)*p);
		else
			g_string_append_c(out, *p);
	}
	g_string_append_c(out, '"');
}

static void put_object(struct run *run, const char *file, const struct report *report,
                       const struct report_recipient *recipient)
{
	struct verdict verdict = classify_report(run->rules, report, recipient);
	GString *out = run->line;

	g_string_assign(out, "{");
	put_string(out, "file", file);
	put_string(out, "recipient", recipient != NULL ? recipient->address : "");
	put_string(out, "kind", kind_name(verdict.kind));
	put_string(out, "reason", reason_name(verdict.reason));
	put_string(out, "status", recipient != NULL ? recipient->status : "");
	put_string(out, "reply", recipient != NULL ? recipient->reply : "");
	put_string(out, "blame", blame_name(verdict.blame));
	put_string(out, "action", recipient != NULL ? recipient->action : "");
	put_string(out, "diagnostic", recipient != NULL ? recipient->diagnostic : "");
	put_string(out, "remote_mta", recipient != NULL ? recipient->remote_mta : "");
	put_string(out, "reporting_mta", report->reporting_mta);
	put_string(out, "format", report->format);
	put_string(out, "rule", verdict.rule);
	g_string_append(out, "}\n");
	if (run->write_errno == 0 && fwrite(out->str, 1, out->len, stdout) != out->len)
		run->write_errno = errno;
}

static void classify_message(struct run *run, const char *file, const char *bytes, gsize len)
{
	struct report *report = report_read(bytes, len);

	if (report->recipients->len == 0)
		put_object(run, file, report, NULL);
	for (guint i = 0; i < report->recipients->len; i++)
		put_object(run, file, report, g_ptr_array_index(report->recipients, i));
	report_free(report);
}

/* "From ada@example.org Sun Nov 22 08:01:01 2026": the time tells it from a sentence. */
static gboolean is_from_line(const char *line, const char *end)
{
	if (end - line < 5 || memcmp(line, "From ", 5) != 0)
		return FALSE;
	for (; line + 2 < end && *line != '\n'; line++)
		if (g_ascii_isdigit(line[0]) && line[1] == ':' && g_ascii_isdigit(line[2]))
			return TRUE;
	return FALSE;
}

/* The line that opens the next message of an mbox, after a blank one, or the end. */
static const char *next_message(const char *at, const char *end)
{
	while (at < end) {
		const char *lf = memchr(at, '\n', (gsize)(end - at));

		if (lf == NULL)
			return end;
		at = lf + 1;
		if (at < end && (*at == '\n' || (*at == '\r' && end - at > 1 && at[1] == '\n'))) {
			const char *line = at + (*at == '\r' ? 2 : 1);

			if (is_from_line(line, end))
				return line;
		}
	}
	return end;
}

/* An mbox is what begins with "From " and has another such line after a blank one. */
static void classify_bytes(struct run *run, const char *file, const char *bytes, gsize len)
{
	const char *end = bytes + len;

	if (len < 5 || memcmp(bytes, "From ", 5) != 0) {
		classify_message(run, file, bytes, len);
		return;
	}
	while (bytes < end) {
		const char *next = next_message(bytes, end);

		classify_message(run, file, bytes, (gsize)(next - bytes));
		bytes = next;
	}
}

static void complain(struct run *run, const char *path, const char *why)
{
	fflush(stdout);
	fprintf(stderr, "bounced: %s: %s\n", path, why);
	run->has_unread = TRUE;
}

static void classify_fd(struct run *run, const char *path, int fd)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = NULL;
	char *start = NULL;
	gboolean is_cut;
	gsize len = 0;
	struct stat info;

	/* an mbox may be larger than any message: it is mapped, not read */
	if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > LIMIT_REPORT_STORED) {
		g_autoptr(GMappedFile) map = g_mapped_file_new_from_fd(fd, FALSE, &error);

		if (map == NULL)
			complain(run, path, error->message);
		else
			classify_bytes(run, path, g_mapped_file_get_contents(map),
			               g_mapped_file_get_length(map));
		return;
	}
	bytes = file_read_fd(fd, LIMIT_CLASSIFY_INPUT, &is_cut, &error);
	if (bytes == NULL) {
		complain(run, path, error->message);
		return;
	}
	if (is_cut)
		complain(run, path, "too large, the rest is left out");
	start = (char *)g_bytes_get_data(bytes, &len);
	classify_bytes(run, path, start != NULL ? start : "", len);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void classify_path(struct run *run, const char *path, int depth);

/* In the order of names, so that two runs give the same output. */
static void classify_folder(struct run *run, const char *path, int depth)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	DIR *folder = opendir(path);
	struct dirent *entry;

	if (folder == NULL) {
		complain(run, path, g_strerror(errno));
		return;
	}
	while ((entry = readdir(folder)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			g_ptr_array_add(names, g_strdup(entry->d_name));
	closedir(folder);
	g_ptr_array_sort(names, compare_names);
	for (guint i = 0; i < names->len; i++) {
		g_autofree char *child = g_build_filename(path, g_ptr_array_index(names, i), NULL);

		classify_path(run, child, depth + 1);
	}
}

static void classify_path(struct run *run, const char *path, int depth)
{
	struct stat info;
	int fd;

	if (run->write_errno != 0)
		return;
	if (stat(path, &info) != 0) {
		complain(run, path, g_strerror(errno));
		return;
	}
	if (S_ISDIR(info.st_mode)) {
		if (depth < FOLDER_DEPTH_MAX)
			classify_folder(run, path, depth);
		else
			complain(run, path, "too deep");
		return;
	}
	/* a pipe or device in a folder would hold everything up */
	if (depth > 0 && !S_ISREG(info.st_mode))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		complain(run, path, g_strerror(errno));
		return;
	}
	classify_fd(run, path, fd);
	close(fd);
}

int classify_command_run(char **paths)
{
	g_autoptr(GError) error = NULL;
	struct rules *rules = rules_new(NULL, &error);
	struct run run = {.rules = rules};

	if (rules == NULL) {
		fprintf(stderr, "bounced: %s\n", error->message);
		return failure_exit_code(error);
	}
	run.line = g_string_new(NULL);
	for (int i = 0; paths[i] != NULL; i++) {
		if (strcmp(paths[i], "-") == 0)
			classify_fd(&run, "-", STDIN_FILENO);
		else
			classify_path(&run, paths[i], 0);
	}
	g_string_free(run.line, TRUE);
	rules_free(rules);
	if (fflush(stdout) != 0 && run.write_errno == 0)
		run.write_errno = errno;
	if (run.write_errno != 0) {
		/* who reads only the beginning, as head(1), knows */
		if (run.write_errno != EPIPE)
			fprintf(stderr, "bounced: cannot write the result: %s\n",
			        g_strerror(run.write_errno));
		return FAILURE_IO;
	}
	return run.has_unread ? FAILURE_NOINPUT : 0;
}

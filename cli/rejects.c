// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/rejects.h"

#include "lib/base/failure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct rejects {
	char *path;
	FILE *file;
	gint64 counts[REJECT_REASONS];
};

const char *reject_reason_text(enum reject_reason reason)
{
	switch (reason) {
	case REJECT_NO_ADDRESS: return "no address";
	case REJECT_BAD_ADDRESS: return "not an address";
	case REJECT_COLUMNS: return "too many columns";
	case REJECT_LONG_VALUE: return "value too long";
	case REJECT_ENCODING: return "not valid UTF-8";
	case REJECT_NUL: return "NUL byte";
	case REJECT_TOO_LONG: return "row too long";
	case REJECT_OPEN_QUOTE: return "quote without end";
	case REJECT_REASONS: break;
	}
	g_assert_not_reached();
}

struct rejects *rejects_new(const char *path)
{
	struct rejects *rejects = g_new0(struct rejects, 1);

	rejects->path = g_strdup(path);
	return rejects;
}

void rejects_free(struct rejects *rejects)
{
	if (rejects->file != NULL)
		fclose(rejects->file);
	g_free(rejects->path);
	g_free(rejects);
}

static gboolean fail(const struct rejects *rejects, GError **error)
{
	g_autofree char *what = g_strdup_printf("cannot write %s", rejects->path);

	failure_set_errno(error, errno, what);
	return FALSE;
}

/* People's addresses: for its owner only. */
static gboolean open_file(struct rejects *rejects, GError **error)
{
	int fd = open(rejects->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail(rejects, error);
	rejects->file = fdopen(fd, "w");
	fputs("line,reason,row\n", rejects->file);
	return TRUE;
}

static void write_quoted(FILE *file, const char *bytes, gsize len)
{
	putc_unlocked('"', file);
	for (gsize i = 0; i < len; i++) {
		if (bytes[i] == '"')
			putc_unlocked('"', file);
		putc_unlocked(bytes[i], file);
	}
	putc_unlocked('"', file);
}

gboolean rejects_add(struct rejects *rejects, const struct row *row, enum reject_reason reason,
                     const char *detail, GError **error)
{
	rejects->counts[reason]++;
	if (rejects->path == NULL)
		return TRUE;
	if (rejects->file == NULL && !open_file(rejects, error))
		return FALSE;
	if (detail == NULL)
		detail = reject_reason_text(reason);
	fprintf(rejects->file, "%" G_GINT64_FORMAT ",", row->line);
	write_quoted(rejects->file, detail, strlen(detail));
	putc_unlocked(',', rejects->file);
	write_quoted(rejects->file, row->raw, row->raw_len);
	putc_unlocked('\n', rejects->file);
	return ferror(rejects->file) == 0 || fail(rejects, error);
}

gboolean rejects_close(struct rejects *rejects, GError **error)
{
	FILE *file = g_steal_pointer(&rejects->file);

	if (file == NULL)
		return TRUE;
	if (fflush(file) != 0 || ferror(file) != 0) {
		fail(rejects, error);
		fclose(file);
		return FALSE;
	}
	return fclose(file) == 0 || fail(rejects, error);
}

gint64 rejects_count(const struct rejects *rejects, enum reject_reason reason)
{
	return rejects->counts[reason];
}

gint64 rejects_total(const struct rejects *rejects)
{
	gint64 total = 0;

	for (int i = 0; i < REJECT_REASONS; i++)
		total += rejects->counts[i];
	return total;
}

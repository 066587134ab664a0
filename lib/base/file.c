// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/file.h"

#include "lib/base/failure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void set_errno(GError **error, const char *verb, const char *path)
{
	int saved = errno;
	g_autofree char *what = g_strdup_printf("cannot %s %s", verb, path);

	failure_set_errno(error, saved, what);
}

GBytes *file_read_fd(int fd, gsize max, gboolean *cut_out, GError **error)
{
	GByteArray *out = g_byte_array_new();
	guint8 buffer[65536];

	*cut_out = FALSE;
	for (;;) {
		gssize got = read(fd, buffer, sizeof(buffer));
		gsize room = max - out->len;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			failure_set_errno(error, errno, "cannot read the input");
			g_byte_array_unref(out);
			return NULL;
		}
		if (got == 0)
			return g_byte_array_free_to_bytes(out);
		if ((gsize)got > room)
			*cut_out = TRUE;
		g_byte_array_append(out, buffer, (guint)MIN((gsize)got, room));
	}
}

GBytes *file_read(const char *path, gsize max, GError **error)
{
	gboolean is_stdin = strcmp(path, "-") == 0, is_cut;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	GBytes *bytes;

	if (fd < 0) {
		set_errno(error, "open", path);
		return NULL;
	}
	bytes = file_read_fd(fd, max, &is_cut, error);
	if (!is_stdin)
		close(fd);
	if (bytes == NULL) {
		g_prefix_error(error, "%s: ", path);
		return NULL;
	}
	if (is_cut) {
		g_set_error(error, FAILURE, FAILURE_DATA, "%s is larger than %" G_GSIZE_FORMAT " bytes", path,
		            max);
		g_bytes_unref(bytes);
		return NULL;
	}
	return bytes;
}

static gboolean write_all(int fd, const char *bytes, gsize len)
{
	while (len > 0) {
		gssize put = write(fd, bytes, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return FALSE;
		bytes += put;
		len -= (gsize)put;
	}
	return TRUE;
}

gboolean file_write(const char *path, const void *bytes, gsize len, int mode, GError **error)
{
	g_autofree char *beside = g_strdup_printf("%s.XXXXXX", path);
	int fd = g_mkstemp_full(beside, O_RDWR | O_CLOEXEC, mode);

	if (fd < 0) {
		set_errno(error, "create", path);
		return FALSE;
	}
	if (!write_all(fd, bytes, len) || fsync(fd) != 0 || rename(beside, path) != 0) {
		set_errno(error, "write", path);
		unlink(beside);
		close(fd);
		return FALSE;
	}
	close(fd);
	return TRUE;
}

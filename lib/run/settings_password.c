// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/run/settings_password.h"

#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define LONGEST            512
#define SHORTEST_SAFE      12
#define SHORTEST_SAFE_WORD 20

static gboolean check_mode(const char *path, GError **error)
{
	g_autofree char *what = g_strdup_printf("cannot open %s", path);
	struct stat info;

	if (stat(path, &info) != 0) {
		failure_set_errno(error, errno, what);
		return FALSE;
	}
	if (!S_ISREG(info.st_mode)) {
		g_set_error(error, FAILURE, FAILURE_CONFIG, "%s is not a file", path);
		return FALSE;
	}
	if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		g_set_error(error, FAILURE, FAILURE_CONFIG,
		            "%s has mode %04o; it must be private (chmod 0600)", path,
		            (unsigned)(info.st_mode & 07777));
		return FALSE;
	}
	return TRUE;
}

char *settings_password_read(const char *path, GError **error)
{
	g_autoptr(GBytes) bytes = NULL;
	const char *text;
	gsize len;

	if (!check_mode(path, error))
		return NULL;
	bytes = file_read(path, LIMIT_SECRET_FILE, error);
	if (bytes == NULL)
		return NULL;
	text = g_bytes_get_data(bytes, &len);
	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (len > 0 && text[len - 1] == '\r')
		len--;
	for (gsize i = 0; i < len; i++) {
		if ((guint8)text[i] < 0x20 || text[i] == 0x7f) {
			g_set_error(error, FAILURE, FAILURE_CONFIG, "%s has more than one line of text",
			            path);
			return NULL;
		}
	}
	if (len == 0 || len > LONGEST) {
		g_set_error(error, FAILURE, FAILURE_CONFIG, "%s must hold 1 to %d characters", path, LONGEST);
		return NULL;
	}
	return g_strndup(text, len);
}

gboolean settings_password_is_weak(const char *password)
{
	gsize len = strlen(password), letters = 0, different = 0;
	gboolean seen[256] = {FALSE};

	for (gsize i = 0; i < len; i++) {
		different += !seen[(guint8)password[i]];
		seen[(guint8)password[i]] = TRUE;
	}
	if (len < SHORTEST_SAFE || different < SHORTEST_SAFE / 2)
		return TRUE;
	/* a word, or digits, or a word and a year: what the lists of dictionary attacks are made of */
	while (letters < len && g_ascii_isalpha(password[letters]))
		letters++;
	return len < SHORTEST_SAFE_WORD &&
	       password[letters + strspn(password + letters, "0123456789!.")] == '\0';
}

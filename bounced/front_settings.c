// SPDX-License-Identifier: GPL-3.0-or-later
#include "bounced/front_settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLANKS " \t\r\v\f"

static const char unix_word[] = "unix:";

/* The file that settings_find() would choose. */
static const char *find_file(const char *given, const char *environment)
{
	static const char here[] = "./carom.conf";

	if (given != NULL || environment != NULL)
		return given != NULL ? given : environment;
	return access(here, F_OK) == 0 ? here : CAROM_SYSCONFDIR "/carom/carom.conf";
}

static gboolean read_file(const char *path, char *text, gsize size)
{
	/* a FIFO would be empty for the next reader */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	gsize len = 0;
	struct stat info;
	gssize got = -1;

	if (fd < 0)
		return FALSE;
	if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode))
		while (len < size &&
		       ((got = read(fd, text + len, size - len)) > 0 || (got < 0 && errno == EINTR)))
			len += got > 0 ? (gsize)got : 0;
	close(fd);
	if (got != 0 || len == size || memchr(text, '\0', len) != NULL)
		return FALSE;
	text[len] = '\0';
	return TRUE;
}

/* Without blanks around. */
static char *strip(char *text)
{
	gsize len;

	text += strspn(text, BLANKS);
	for (len = strlen(text); len > 0 && strchr(BLANKS, text[len - 1]) != NULL; len--)
		text[len - 1] = '\0';
	return text;
}

struct found {
	const char *section;
	const char *database;
	const char *lmtp;
};

/* FALSE: there is something to complain of, which is the full program's part. */
static gboolean read_line(char *line, struct found *found)
{
	const char **slot = NULL;
	char *equals;

	line = strip(line);
	if (*line == '[')
		found->section = line;
	equals = strchr(line, '=');
	if (*line == '#' || *line == '[' || equals == NULL || found->section == NULL)
		return TRUE;
	*equals = '\0';
	line = strip(line);
	if (strcmp(found->section, "[carom]") == 0 && strcmp(line, "database") == 0)
		slot = &found->database;
	else if (strcmp(found->section, "[bounce]") == 0 && strcmp(line, "lmtp") == 0)
		slot = &found->lmtp;
	if (slot == NULL)
		return TRUE;
	if (*slot != NULL)
		return FALSE;
	*slot = strip(equals + 1);
	return **slot != '\0' && strstr(*slot, " #") == NULL && strstr(*slot, "\t#") == NULL;
}

/* A path that is not absolute starts in the configuration's folder. */
static gboolean put_path(char *out, gsize size, const char *prefix, const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');
	int folder = *path == '/' || slash == NULL ? 0 : (int)(slash - file) + 1;
	int len = snprintf(out, size, "%s%.*s%s", prefix, folder, file, path);

	return len > 0 && (gsize)len < size;
}

gboolean front_settings_read(const char *given, const char *environment, struct front_settings *settings_out)
{
	const char *file = find_file(given, environment);
	struct found found = {NULL, NULL, NULL};
	char *line = settings_out->text;

	if (!read_file(file, settings_out->text, sizeof(settings_out->text)))
		return FALSE;
	if (strncmp(line, "\xef\xbb\xbf", 3) == 0)
		line += 3;
	for (char *next; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		if (!read_line(line, &found))
			return FALSE;
	}
	if (found.lmtp == NULL || !put_path(settings_out->database, sizeof(settings_out->database), "", file,
	                                    found.database != NULL ? found.database : "carom.db"))
		return FALSE;
	if (strncmp(found.lmtp, unix_word, strlen(unix_word)) == 0)
		return put_path(settings_out->lmtp, sizeof(settings_out->lmtp), unix_word, file,
		                found.lmtp + strlen(unix_word));
	return put_path(settings_out->lmtp, sizeof(settings_out->lmtp), "", "", found.lmtp);
}

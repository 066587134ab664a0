// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * What people start as bounced. It is small, because a mail server starts it for every message: when the
 * daemon runs, it hands the message on by LMTP and is done. Loading the libraries for mail and database would
 * take three times as long as all of that. For everything else it becomes bounced-main.
 */
#include "bounced/deadline.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/net/lmtp_client.h"
#include "lib/run/settings.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONNECT_MS = 1000, REPLY_MS = 20000, NO_PROGRAM = 69 };

#define MAIN_NAME "bounced-main"

/* Was --pipe among the words? Then nothing but 0 and 75 may come out, whatever else they say. */
static gboolean wants_pipe(char **argv)
{
	for (int i = 1; argv[i] != NULL && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--pipe") == 0)
			return TRUE;
	return FALSE;
}

/* The words of a plain --pipe. FALSE for anything else: bounced-main reads that, and finds the words for it.
 */
static gboolean read_words(char **argv, const char **config_out, const char **recipient_out)
{
	*config_out = *recipient_out = NULL;
	for (int i = 1; argv[i] != NULL; i++) {
		if (strcmp(argv[i], "--pipe") == 0)
			continue;
		if (strcmp(argv[i], "-c") == 0 && argv[i + 1] != NULL)
			*config_out = argv[++i];
		else if (argv[i][0] == '-' || *recipient_out != NULL)
			return FALSE;
		else
			*recipient_out = argv[i];
	}
	if (*recipient_out == NULL || **recipient_out == '\0')
		*recipient_out = g_getenv("ORIGINAL_RECIPIENT");
	return *recipient_out != NULL;
}

static gboolean is_our_database(const struct settings *settings)
{
	struct stat info;

	return stat(settings->database, &info) == 0 && info.st_uid == geteuid();
}

/*
 * A connection to the daemon, which is ready for the message. -1: nothing was read of the message, and the
 * other way is free, whatever the reason; bounced-main takes what the daemon does not, and tells what is
 * wrong.
 */
static int reach_daemon(const char *config, const char *recipient)
{
	g_autofree char *path = settings_find(config, NULL);
	struct settings *settings = path == NULL ? NULL : settings_read(path, NULL);
	int fd = -1;

	if (settings != NULL && settings->lmtp != NULL && is_our_database(settings))
		fd = lmtp_client_connect(settings->lmtp, CONNECT_MS, REPLY_MS, NULL);
	g_clear_pointer(&settings, settings_free);
	if (fd < 0 || lmtp_client_offer(fd, recipient))
		return fd;
	close(fd);
	return -1;
}

/* One byte more than is stored tells the daemon that there was more. */
static int hand_over(int fd)
{
	if (lmtp_client_send(fd, STDIN_FILENO, LIMIT_REPORT_STORED + 1))
		deadline_pass();
	else
		log_error("bounced did not confirm the message: the mail server keeps it");
	return deadline_status();
}

/* Beside this program in a build, in a folder of its own when installed. */
static void become_main(char **argv)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *folder = self == NULL ? NULL : g_path_get_dirname(self);
	g_autofree char *beside = folder == NULL ? NULL : g_build_filename(folder, MAIN_NAME, NULL);

	if (beside != NULL)
		execv(beside, argv);
	execv(CAROM_LIBEXECDIR "/carom/" MAIN_NAME, argv);
	log_error("cannot start %s, neither beside bounced nor in %s/carom: %m", MAIN_NAME, CAROM_LIBEXECDIR);
}

int main(int argc, char **argv)
{
	const char *config, *recipient;
	gboolean is_pipe = wants_pipe(argv);
	int fd;

	(void)argc;
	log_open("bounced", LOG_TARGET_STDERR, LOG_LEVEL_ERROR);
	if (is_pipe) {
		deadline_arm();
		if (read_words(argv, &config, &recipient) && (fd = reach_daemon(config, recipient)) >= 0)
			return hand_over(fd);
	}
	become_main(argv);
	return is_pipe ? DEADLINE_LATER : NO_PROGRAM;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "bounced/front.h"

#include "bounced/deadline.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/net/lmtp_client.h"
#include "lib/run/settings.h"

#include <sys/stat.h>
#include <unistd.h>

enum { CONNECT_MS = 1000, REPLY_MS = 20000 };

static gboolean is_our_database(const struct settings *settings)
{
	struct stat info;

	return stat(settings->database, &info) == 0 && info.st_uid == geteuid();
}

/*
 * A connection to the daemon, which is ready for the message. -1: nothing was read of the message, and the
 * other way is free, whatever the reason: intake_pipe() takes what the daemon does not, and tells what is
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

gboolean front_pipe(const char *config, const char *recipient, int *status_out)
{
	int fd;

	if (recipient == NULL || *recipient == '\0')
		recipient = g_getenv("ORIGINAL_RECIPIENT");
	deadline_arm();
	fd = recipient == NULL ? -1 : reach_daemon(config, recipient);
	if (fd < 0)
		return FALSE;
	*status_out = hand_over(fd);
	return TRUE;
}

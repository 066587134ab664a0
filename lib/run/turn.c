// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/run/turn.h"

#include "lib/base/failure.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

enum { STEP_US = 20000 };

/* 0, EWOULDBLOCK when others kept it, or what is wrong. */
static int lock_within(int fd, gint64 end_us)
{
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EINTR && (errno != EWOULDBLOCK || g_get_monotonic_time() >= end_us))
			return errno;
		g_usleep(STEP_US);
	}
	return 0;
}

gboolean turn_take(const char *database, int wait_ms, int *fd_out, GError **error)
{
	g_autofree char *path = g_strconcat(database, ".judge", NULL), *what = NULL;
	gint64 end_us = g_get_monotonic_time() + (gint64)wait_ms * 1000;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	int failed = fd < 0 ? errno : lock_within(fd, end_us);

	*fd_out = failed == 0 ? fd : -1;
	if (failed != 0 && fd >= 0)
		close(fd);
	if (failed == 0 || failed == EWOULDBLOCK)
		return TRUE;
	what = g_strdup_printf("cannot lock %s", path);
	failure_set_errno(error, failed, what);
	return FALSE;
}

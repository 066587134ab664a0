// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/run/daemon.h"

#include "lib/base/failure.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { FIRST_PASSED_FD = 3 }; /* SD_LISTEN_FDS_START */

/* The kernel's side of the signals, and whether a stop came before; one per process, as signals are. */
static int signal_fd = -1;
static gboolean is_stopping;

gboolean daemon_signals(GError **error)
{
	sigset_t set;
	int errnum;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	errnum = pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (errnum == 0) {
		signal_fd = signalfd(signal_fd, &set, SFD_CLOEXEC | SFD_NONBLOCK);
		errnum = signal_fd < 0 ? errno : 0;
	}
	if (errnum != 0)
		failure_set_errno(error, errnum, "cannot wait for signals");
	return errnum == 0;
}

static void take_signals(struct daemon_events *events)
{
	struct signalfd_siginfo info;

	while (read(signal_fd, &info, sizeof(info)) == (gssize)sizeof(info)) {
		if (info.ssi_signo == SIGHUP) {
			events->reload = TRUE;
			continue;
		}
		events->stop_now = events->stop_now || is_stopping;
		events->stop = TRUE;
		is_stopping = TRUE;
	}
}

struct daemon_events daemon_wait(int timeout_ms, int wake_fd)
{
	struct daemon_events events = {FALSE, FALSE, FALSE};
	/* poll(2) passes over negative descriptors */
	struct pollfd fds[] = {{.fd = signal_fd, .events = POLLIN}, {.fd = wake_fd, .events = POLLIN}};

	/* an interruption by another signal is an early return like any other: callers loop */
	if (poll(fds, G_N_ELEMENTS(fds), timeout_ms) > 0 && fds[0].revents != 0)
		take_signals(&events);
	return events;
}

/* Who wrote it, or "another process" when it does not say. */
static char *read_holder(int fd)
{
	char text[32];
	gssize got = pread(fd, text, sizeof(text) - 1, 0);
	gint64 pid;

	text[MAX(got, 0)] = '\0';
	g_strchomp(text);
	if (!g_ascii_string_to_signed(text, 10, 1, G_MAXINT, &pid, NULL))
		return g_strdup("another process");
	return g_strdup_printf("process %" G_GINT64_FORMAT, pid);
}

gboolean daemon_lock(const char *path, GError **error)
{
	g_autofree char *what = g_strdup_printf("cannot lock %s", path);
	g_autofree char *holder = NULL, *pid = g_strdup_printf("%ld\n", (long)getpid());
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640), saved;

	if (fd < 0) {
		failure_set_errno(error, errno, what);
		return FALSE;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		saved = errno;
		if (saved == EWOULDBLOCK) {
			holder = read_holder(fd);
			g_set_error(error, FAILURE, FAILURE_LATER, "%s is held by %s", path, holder);
		} else {
			failure_set_errno(error, saved, what);
		}
		close(fd);
		return FALSE;
	}
	if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, strlen(pid), 0) != (gssize)strlen(pid)) {
		failure_set_errno(error, errno, what);
		close(fd);
		return FALSE;
	}
	/* left open on purpose: the lock ends with the process */
	return TRUE;
}

void daemon_notify(const char *state)
{
	const char *path = g_getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	gsize len = path != NULL ? strlen(path) : 0;
	int fd;

	if (len < 2 || len >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(address.sun_path, path, len);
	/* the abstract namespace, unix(7) */
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* nobody to tell when this fails; systemd has its own timeout */
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
	              (const struct sockaddr *)&address,
	              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	close(fd);
}

gboolean daemon_take_socket(int *fd_out, GError **error)
{
	const char *pid_text = g_getenv("LISTEN_PID"), *count_text = g_getenv("LISTEN_FDS");
	guint64 pid = 0, count = 0;
	gboolean is_ours = pid_text != NULL && count_text != NULL &&
	                   g_ascii_string_to_unsigned(pid_text, 10, 1, G_MAXINT, &pid, NULL) &&
	                   g_ascii_string_to_unsigned(count_text, 10, 0, G_MAXINT, &count, NULL) &&
	                   (pid_t)pid == getpid();

	*fd_out = -1;
	if (!is_ours || count == 0)
		return TRUE;
	/* whatever we start has no claim on it */
	g_unsetenv("LISTEN_PID");
	g_unsetenv("LISTEN_FDS");
	g_unsetenv("LISTEN_FDNAMES");
	if (count > 1) {
		g_set_error(error, FAILURE, FAILURE_CONFIG,
		            "systemd passes %" G_GUINT64_FORMAT
		            " sockets: the .socket unit may have one ListenStream= only",
		            count);
		return FALSE;
	}
	if (fcntl(FIRST_PASSED_FD, F_SETFD, FD_CLOEXEC) != 0) {
		failure_set_errno(error, errno, "cannot take the socket that systemd passes");
		return FALSE;
	}
	*fd_out = FIRST_PASSED_FD;
	return TRUE;
}

static gboolean become(uid_t uid, gid_t gid)
{
	const struct passwd *user = getpwuid(uid);
	int groups;

	if (user != NULL) {
		gid = user->pw_gid;
		groups = initgroups(user->pw_name, gid);
	} else {
		groups = setgroups(0, NULL);
	}
	if (groups != 0 || setgid(gid) != 0 || setuid(uid) != 0)
		return FALSE;
	/* the way back must be shut */
	if (setuid(0) == 0) {
		errno = EPERM;
		return FALSE;
	}
	return TRUE;
}

gboolean daemon_become_owner(const char *path, GError **error)
{
	g_autofree char *what = NULL;
	struct stat info;

	if (geteuid() != 0)
		return TRUE;
	if (stat(path, &info) != 0) {
		what = g_strdup_printf("cannot find the owner of %s", path);
		failure_set_errno(error, errno, what);
		return FALSE;
	}
	if (info.st_uid == 0 || become(info.st_uid, info.st_gid))
		return TRUE;
	g_set_error(error, FAILURE, FAILURE_PERMISSION, "cannot become the owner of %s (user %ld): %s", path,
	            (long)info.st_uid, g_strerror(errno));
	return FALSE;
}

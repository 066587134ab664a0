// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/file.h"
#include "lib/net/lmtp_client.h"
#include "lib/store/store_bounce.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Bounces taken in per second, each committed before it is confirmed: by LMTP from 16 clients, by bounced
 * --pipe two at a time through the daemon, and without it. Beside them the limits in the same run: how often
 * this disk can be synced, and a program be started that does nothing. Every confirmed message must be in the
 * database afterwards.
 */

enum { CLIENTS = 16, PIPES = 2, SECONDS = 4 };

extern char **environ;

static char *folder, *config, *socket_name, *report_path, *bounced, *listctl;
static gint64 deadline_us;
static gint confirmed, failed;

static const char recipient[] = "b+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@bench.test";

static char *make_report(void)
{
	GString *text = g_string_new("From: MAILER-DAEMON@mx.bench.test (Mail Delivery System)\r\n"
	                             "Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
	                             "Content-Type: multipart/report; report-type=delivery-status; "
	                             "boundary=b\r\n\r\n--b\r\n\r\nIt could not be delivered.\r\n\r\n--b\r\n"
	                             "Content-Type: message/delivery-status\r\n\r\n"
	                             "Reporting-MTA: dns; mx.bench.test\r\n\r\n"
	                             "Final-Recipient: rfc822; somebody@bench.test\r\nAction: failed\r\n"
	                             "Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
	                             "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: News\r\n\r\n");

	for (int i = 0; i < 40; i++)
		g_string_append_printf(text, "Line %d of what was sent, as servers like to return it.\r\n",
		                       i * 7919);
	g_string_append(text, "\r\n--b--\r\n");
	return g_string_free(text, FALSE);
}

static void put(const char *path, const char *text)
{
	g_autoptr(GError) error = NULL;

	if (!file_write(path, text, strlen(text), 0600, &error))
		g_error("%s", error->message);
}

/* Start a program with this file as its input and nothing to say. */
static pid_t start(char **argv, const char *input)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	if (posix_spawn(&pid, argv[0], &actions, NULL, argv, environ) != 0)
		g_error("%s cannot be started", argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

static gboolean ends_well(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static pid_t start_daemon(void)
{
	char *argv[] = {bounced, (char *)"-c", config, NULL};
	pid_t pid = start(argv, "/dev/null");

	for (int i = 0; i < 1000; i++) {
		int fd = lmtp_client_connect(socket_name, 1000, 1000);

		if (fd >= 0) {
			close(fd);
			return pid;
		}
		g_usleep(10000);
	}
	g_error("bounced does not listen");
}

static void stop_daemon(pid_t pid)
{
	kill(pid, SIGTERM);
	if (!ends_well(pid))
		g_error("bounced did not end well");
}

static void say(int fd, const char *text, gsize len)
{
	if (send(fd, text, len, MSG_NOSIGNAL) != (gssize)len)
		g_error("send");
}

/* So many lines; the first letter of the last one. */
static char hear(int fd, int lines)
{
	char buffer[4096], first = '?';
	gboolean is_start = TRUE;

	while (lines > 0) {
		gssize got = recv(fd, buffer, sizeof(buffer), 0);

		if (got <= 0)
			g_error("recv");
		for (gssize i = 0; i < got; i++) {
			first = is_start ? buffer[i] : first;
			is_start = buffer[i] == '\n';
			lines -= is_start ? 1 : 0;
		}
	}
	return first;
}

static gpointer run_client(gpointer data)
{
	const char *report = data;
	g_autofree char *envelope = g_strdup_printf("MAIL FROM:<> SIZE=%zu\r\nRCPT TO:<%s>\r\nDATA\r\n",
	                                            strlen(report), recipient);
	g_autofree char *content = g_strconcat(report, ".\r\n", NULL);
	gsize envelope_len = strlen(envelope), content_len = strlen(content);
	int fd = lmtp_client_connect(socket_name, 5000, 60000);

	say(fd, "LHLO bench\r\n", 12);
	hear(fd, 7);
	while (g_get_monotonic_time() < deadline_us) {
		say(fd, envelope, envelope_len);
		if (hear(fd, 3) != '3')
			g_error("no 354");
		say(fd, content, content_len);
		g_atomic_int_inc(hear(fd, 1) == '2' ? &confirmed : &failed);
	}
	close(fd);
	return NULL;
}

static gpointer run_pipe(gpointer data)
{
	char *argv[] = {bounced, (char *)"-c", config, (char *)"--pipe", (char *)recipient, NULL};

	(void)data;
	while (g_get_monotonic_time() < deadline_us)
		g_atomic_int_inc(ends_well(start(argv, report_path)) ? &confirmed : &failed);
	return NULL;
}

/* What a process costs that does nothing: the limit of everything that is started for each message. */
static gpointer run_nothing(gpointer data)
{
	char *argv[] = {(char *)"/bin/true", NULL};

	(void)data;
	while (g_get_monotonic_time() < deadline_us)
		g_atomic_int_inc(ends_well(start(argv, report_path)) ? &confirmed : &failed);
	return NULL;
}

static gint64 count_rows(void)
{
	g_autofree char *path = g_build_filename(folder, "carom.db", NULL);
	struct store *store = store_open(path, NULL);
	g_autoptr(GHashTable) counts = store_bounce_counts(store, NULL);
	GHashTableIter iter;
	gpointer count;
	gint64 all = 0;

	g_hash_table_iter_init(&iter, counts);
	while (g_hash_table_iter_next(&iter, NULL, &count))
		all += *(gint64 *)count;
	store_close(store);
	return all;
}

static void measure(const char *name, GThreadFunc run, int threads, const char *report, int aim)
{
	GThread *all[CLIENTS];
	gint64 before = count_rows(), began_us = g_get_monotonic_time(), kept;
	double seconds;

	confirmed = failed = 0;
	deadline_us = began_us + SECONDS * G_USEC_PER_SEC;
	for (int i = 0; i < threads; i++)
		all[i] = g_thread_new(NULL, run, (gpointer)report);
	for (int i = 0; i < threads; i++)
		g_thread_join(all[i]);
	seconds = (double)(g_get_monotonic_time() - began_us) / G_USEC_PER_SEC;
	kept = count_rows() - before;
	printf("  %-38s %7.0f messages/s (aim %d)   failed=%d\n", name, confirmed / seconds, aim, failed);
	if (kept != confirmed)
		g_error("%d messages were confirmed, %" G_GINT64_FORMAT " are in the database", confirmed,
		        kept);
}

static void measure_starts(void)
{
	GThread *all[PIPES];
	gint64 began_us = g_get_monotonic_time();

	confirmed = 0;
	deadline_us = began_us + SECONDS * G_USEC_PER_SEC;
	for (int i = 0; i < PIPES; i++)
		all[i] = g_thread_new(NULL, run_nothing, NULL);
	for (int i = 0; i < PIPES; i++)
		g_thread_join(all[i]);
	printf("  %-38s %7.0f starts/s\n", "limit: /bin/true, 2 at a time",
	       (double)confirmed * G_USEC_PER_SEC / (double)(g_get_monotonic_time() - began_us));
}

static void measure_disk(void)
{
	g_autofree char *path = g_build_filename(folder, "sync", NULL);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), count = 0;
	gint64 began_us = g_get_monotonic_time();

	while (g_get_monotonic_time() - began_us < G_USEC_PER_SEC) {
		if (pwrite(fd, folder, 1, count % 4096) != 1 || fdatasync(fd) != 0)
			g_error("the disk cannot be synced");
		count++;
	}
	close(fd);
	printf("  %-38s %7d syncs/s\n", "limit: this disk", count);
}

static void set_up(void)
{
	const char *bin = g_getenv("BIN");
	g_autofree char *text = NULL, *report = make_report();

	bin = bin == NULL ? "build/bin" : bin;
	folder = g_dir_make_tmp("carom-bench-XXXXXX", NULL);
	config = g_build_filename(folder, "carom.conf", NULL);
	report_path = g_build_filename(folder, "report", NULL);
	socket_name = g_strdup_printf("unix:%s/bounced.sock", folder);
	bounced = g_build_filename(bin, "bounced", NULL);
	listctl = g_build_filename(bin, "listctl", NULL);
	text = g_strdup_printf("[carom]\nhostname = bench.test\n[relay:none]\nhost = 127.0.0.1:9\n"
	                       "[bounce]\nlmtp = %s\n[web]\nbase_url = http://127.0.0.1:8025\n",
	                       socket_name);
	put(config, text);
	put(report_path, report);
	if (!ends_well(start((char *[]){listctl, (char *)"-c", config, (char *)"init", NULL}, "/dev/null")))
		g_error("listctl init");
}

int main(void)
{
	g_autofree char *report = make_report();
	pid_t pid;

	set_up();
	measure_disk();
	measure_starts();
	/* LMTP comes last: it leaves much that is unread, and who judges that has no time for the others */
	measure("--pipe alone, 2 at a time", run_pipe, PIPES, NULL, 150);
	pid = start_daemon();
	measure("--pipe through the daemon, 2 at a time", run_pipe, PIPES, NULL, 800);
	measure_starts();
	measure("LMTP, 16 clients, durable", run_client, CLIENTS, report, 4000);
	stop_daemon(pid);
	if (!ends_well(start((char *[]){(char *)"/bin/rm", (char *)"-rf", folder, NULL}, "/dev/null")))
		g_error("%s is left behind", folder);
	return 0;
}

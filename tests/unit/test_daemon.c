// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/failure.h"
#include "lib/run/daemon.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* g_test has no state per process to undo, so each signal test is a process of its own. */
static void in_child(void (*act)(void))
{
	pid_t child = fork();
	int status;

	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		act();
		_exit(0);
	}
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_cmpint(status, ==, 0);
}

static void take_two_stops(void)
{
	struct daemon_events events;

	g_assert_true(daemon_signals(NULL));
	events = daemon_wait(0, -1);
	g_assert_false(events.stop || events.stop_now || events.reload);
	raise(SIGTERM);
	events = daemon_wait(-1, -1);
	g_assert_true(events.stop);
	g_assert_false(events.stop_now || events.reload);
	events = daemon_wait(0, -1);
	g_assert_false(events.stop);
	raise(SIGINT);
	events = daemon_wait(-1, -1);
	g_assert_true(events.stop && events.stop_now);
}

static void the_second_stop_says_now(void)
{
	in_child(take_two_stops);
}

static void take_all_at_once(void)
{
	struct daemon_events events;

	g_assert_true(daemon_signals(NULL));
	raise(SIGHUP);
	raise(SIGTERM);
	raise(SIGINT);
	events = daemon_wait(-1, -1);
	g_assert_true(events.stop && events.stop_now && events.reload);
	events = daemon_wait(0, -1);
	g_assert_false(events.stop || events.reload);
}

static void signals_that_come_before_the_wait_are_not_lost(void)
{
	in_child(take_all_at_once);
}

static void take_a_wake_up(void)
{
	struct daemon_events events;
	int ends[2];

	g_assert_true(daemon_signals(NULL));
	g_assert_true(daemon_signals(NULL));
	g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
	g_assert_cmpint(write(ends[1], "x", 1), ==, 1);
	events = daemon_wait(-1, ends[0]);
	g_assert_false(events.stop || events.reload);
	kill(getpid(), SIGHUP);
	events = daemon_wait(-1, ends[0]);
	g_assert_true(events.reload);
	g_assert_false(events.stop);
}

static void a_readable_descriptor_ends_the_wait(void)
{
	in_child(take_a_wake_up);
}

static gpointer raise_hup_later(gpointer data)
{
	struct timespec soon = {0, 20 * 1000 * 1000};

	nanosleep(&soon, NULL);
	kill(getpid(), SIGHUP);
	return data;
}

static void wait_beside_a_thread(void)
{
	struct daemon_events events;
	GThread *thread;

	g_assert_true(daemon_signals(NULL));
	thread = g_thread_new("other", raise_hup_later, NULL);
	events = daemon_wait(30000, -1);
	g_assert_true(events.reload);
	g_thread_join(thread);
}

static void a_later_thread_does_not_take_the_signal_away(void)
{
	in_child(wait_beside_a_thread);
}

static void a_lock_names_its_holder_and_ends_with_it(void)
{
	g_autofree char *top = g_dir_make_tmp("carom-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(top, "carom.db.listd", NULL);
	g_autofree char *words = NULL;
	g_autoptr(GError) error = NULL;
	int ready[2], go[2], status;
	pid_t child;
	char byte;

	g_assert_cmpint(pipe(ready), ==, 0);
	g_assert_cmpint(pipe(go), ==, 0);
	child = fork();
	if (child == 0) {
		gboolean is_held = daemon_lock(path, NULL);

		byte = is_held ? 'y' : 'n';
		if (write(ready[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 1)
			_exit(2);
		_exit(is_held ? 0 : 1);
	}
	g_assert_cmpint(read(ready[0], &byte, 1), ==, 1);
	g_assert_cmpint(byte, ==, 'y');
	g_assert_false(daemon_lock(path, &error));
	g_assert_true(failure_is(error, FAILURE_LATER));
	words = g_strdup_printf("held by process %ld", (long)child);
	g_assert_nonnull(strstr(error->message, words));
	g_assert_nonnull(strstr(error->message, path));
	g_assert_cmpint(write(go[1], "x", 1), ==, 1);
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_cmpint(status, ==, 0);
	g_clear_error(&error);
	g_assert_true(daemon_lock(path, &error));
	g_assert_no_error(error);
	/* this process counts as a second one too */
	g_assert_false(daemon_lock(path, NULL));
	for (int i = 0; i < 2; i++) {
		close(ready[i]);
		close(go[i]);
	}
	g_unlink(path);
	g_rmdir(top);
}

static void a_lock_follows_no_link_and_needs_a_folder(void)
{
	g_autofree char *top = g_dir_make_tmp("carom-XXXXXX", NULL);
	g_autofree char *link = g_build_filename(top, "link", NULL),
	                *target = g_build_filename(top, "t", NULL);
	g_autofree char *missing = g_build_filename(top, "missing", "x", NULL);
	g_autoptr(GError) error = NULL;

	g_assert_true(g_file_set_contents(target, "", 0, NULL));
	g_assert_cmpint(symlink(target, link), ==, 0);
	g_assert_false(daemon_lock(link, NULL));
	g_unlink(target);
	g_assert_false(daemon_lock(missing, &error));
	g_assert_true(failure_is(error, FAILURE_NOINPUT));
	g_unlink(link);
	g_rmdir(top);
}

static void assert_notified(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	g_autofree char *text = g_malloc0(64);
	gsize len = strlen(path);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	g_assert_cmpint(bind(fd, (const struct sockaddr *)&address,
	                     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
	                ==, 0);
	g_setenv("NOTIFY_SOCKET", path, TRUE);
	daemon_notify("READY=1");
	g_unsetenv("NOTIFY_SOCKET");
	g_assert_cmpint(recv(fd, text, 63, MSG_DONTWAIT), ==, 7);
	g_assert_cmpstr(text, ==, "READY=1");
	daemon_notify("STOPPING=1");
	g_assert_cmpint(recv(fd, text, 63, MSG_DONTWAIT), <, 0);
	close(fd);
}

static void systemd_is_told_by_path_and_by_abstract_name(void)
{
	g_autofree char *top = g_dir_make_tmp("carom-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(top, "notify", NULL);
	g_autofree char *abstract = g_strdup_printf("@carom-test-%ld", (long)getpid());

	assert_notified(path);
	assert_notified(abstract);
	g_setenv("NOTIFY_SOCKET", path, TRUE);
	g_unlink(path);
	daemon_notify("READY=1"); /* nobody there: no harm */
	g_setenv("NOTIFY_SOCKET", "relative", TRUE);
	daemon_notify("READY=1");
	g_unsetenv("NOTIFY_SOCKET");
	g_rmdir(top);
}

/* The user and group that own nothing on Debian. */
#define NOBODY 65534

static char *owned_file;

static void become_nobody(void)
{
	gid_t groups[64];
	int n;

	g_assert_true(daemon_become_owner(owned_file, NULL));
	g_assert_cmpint(getuid(), ==, NOBODY);
	g_assert_cmpint(geteuid(), ==, NOBODY);
	g_assert_cmpint(getgid(), ==, NOBODY);
	g_assert_cmpint(setuid(0), ==, -1);
	n = getgroups(G_N_ELEMENTS(groups), groups);
	for (int i = 0; i < n; i++)
		g_assert_cmpint(groups[i], !=, 0);
	/* no longer root: a second call changes nothing, wherever it points */
	g_assert_true(daemon_become_owner("/does/not/exist", NULL));
}

static void become_number(void)
{
	static const gid_t roots = 0;

	g_assert_cmpint(setgroups(1, &roots), ==, 0);
	g_assert_true(daemon_become_owner(owned_file, NULL));
	g_assert_cmpint(getuid(), ==, 4000123);
	g_assert_cmpint(getgid(), ==, 4000124);
	g_assert_cmpint(getgroups(0, NULL), ==, 0);
}

static void root_becomes_the_owner_for_good(void)
{
	g_autofree char *top = NULL;
	g_autoptr(GError) error = NULL;

	if (geteuid() != 0) {
		g_test_skip("needs root");
		return;
	}
	top = g_dir_make_tmp("carom-XXXXXX", NULL);
	owned_file = g_build_filename(top, "carom.db", NULL);
	g_assert_false(daemon_become_owner(owned_file, &error));
	g_assert_true(failure_is(error, FAILURE_NOINPUT));
	g_assert_true(g_file_set_contents(owned_file, "", 0, NULL));
	g_assert_true(daemon_become_owner(owned_file, NULL));
	g_assert_cmpint(geteuid(), ==, 0);
	g_assert_cmpint(chown(owned_file, NOBODY, NOBODY), ==, 0);
	in_child(become_nobody);
	g_assert_cmpint(chown(owned_file, 4000123, 4000124), ==, 0);
	in_child(become_number);
	g_unlink(owned_file);
	g_rmdir(top);
	g_free(owned_file);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/daemon/the_second_stop_says_now", the_second_stop_says_now);
	g_test_add_func("/daemon/signals_that_come_before_the_wait_are_not_lost",
	                signals_that_come_before_the_wait_are_not_lost);
	g_test_add_func("/daemon/a_readable_descriptor_ends_the_wait", a_readable_descriptor_ends_the_wait);
	g_test_add_func("/daemon/a_later_thread_does_not_take_the_signal_away",
	                a_later_thread_does_not_take_the_signal_away);
	g_test_add_func("/daemon/a_lock_names_its_holder_and_ends_with_it",
	                a_lock_names_its_holder_and_ends_with_it);
	g_test_add_func("/daemon/a_lock_follows_no_link_and_needs_a_folder",
	                a_lock_follows_no_link_and_needs_a_folder);
	g_test_add_func("/daemon/systemd_is_told_by_path_and_by_abstract_name",
	                systemd_is_told_by_path_and_by_abstract_name);
	g_test_add_func("/daemon/root_becomes_the_owner_for_good", root_becomes_the_owner_for_good);
	return g_test_run();
}

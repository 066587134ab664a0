// SPDX-License-Identifier: GPL-3.0-or-later
#include "bounced/intake.h"

#include "lib/action/judge.h"
#include "lib/base/clock.h"
#include "lib/store/migrate.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/action_fixture.h"

/* An installation in a folder of its own: carom.conf, carom.db, secrets. */
struct scene {
	char *folder, *config, *secrets;
	struct context *context;
	char *sender; /* the bounce address of a delivery that was sent */
};

static void scene_init(struct scene *scene)
{
	static const char text[] =
	        "[carom]\ndatabase = carom.db\nsecrets = secrets\nhostname = lists.test\n"
	        "[relay:main]\nhost = 127.0.0.1:25\n[web]\nbase_url = https://lists.test\n";
	g_autoptr(GError) error = NULL;
	g_autofree char *database = NULL;
	struct migrate_result result;
	struct list *list;
	gint64 id;

	scene->folder = make_folder();
	scene->config = g_build_filename(scene->folder, "carom.conf", NULL);
	scene->secrets = g_build_filename(scene->folder, "secrets", NULL);
	database = g_build_filename(scene->folder, "carom.db", NULL);
	g_assert_true(g_file_set_contents(scene->config, text, -1, NULL));
	assert_ok(secrets_create(scene->secrets, &failure));
	assert_ok(migrate_run(database, TRUE, 0, &result, &failure));
	migrate_result_clear(&result);
	scene->context = context_open(scene->config, CONTEXT_SECRETS | CONTEXT_STORE, &error);
	g_assert_no_error(error);
	list = fresh_list(scene->context, "news", TRUE);
	id = add_sent(scene->context, list->id,
	              add_subscription(scene->context->store, list->id, "a@example.org", SUB_ACTIVE),
	              MAILING_CAMPAIGN, clock_now());
	scene->sender = context_envelope_sender(scene->context, id, (int)(clock_now() / DAY));
	list_free(list);
}

static void scene_clear(struct scene *scene)
{
	context_close(scene->context);
	drop_folder(scene->secrets);
	drop_folder(scene->folder);
	g_free(scene->config);
	g_free(scene->sender);
}

/* A pipe run in a process of its own, as this user (0: ours). *write_fd_out: its standard input's other end.
 */
static pid_t start_pipe(const char *config, const char *recipient, uid_t user, int *write_fd_out)
{
	int fds[2];
	pid_t child;

	g_assert_cmpint(pipe2(fds, O_CLOEXEC), ==, 0);
	child = fork();
	if (child == 0) {
		dup2(fds[0], STDIN_FILENO);
		close(fds[1]);
		if (user != 0 && setuid(user) != 0)
			_exit(99);
		_exit(intake_pipe(config, recipient));
	}
	close(fds[0]);
	*write_fd_out = fds[1];
	return child;
}

static int end_of(pid_t child)
{
	int status;

	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int run_pipe(const char *config, const char *recipient, uid_t user, const char *text, gsize len)
{
	int fd;
	pid_t child = start_pipe(config, recipient, user, &fd);

	while (len > 0) {
		gssize put = write(fd, text, len);

		if (put < 0)
			break;
		text += put;
		len -= (gsize)put;
	}
	close(fd);
	return end_of(child);
}

static const char report[] =
        "From: MAILER-DAEMON@mx.test\nSubject: Undelivered mail\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=\"B\"\n\n--B\n"
        "Content-Type: text/plain\n\nIt did not work.\n--B\n"
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n"
        "Final-Recipient: rfc822; a@example.org\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 User unknown\n\n--B--\n";

static gint64 kept(struct scene *scene)
{
	return ask(scene->context->store, "SELECT count(*) FROM bounce");
}

static void a_report_is_kept_and_judged(void)
{
	struct scene scene;

	scene_init(&scene);
	g_assert_cmpint(run_pipe(scene.config, scene.sender, 0, report, strlen(report)), ==, 0);
	g_assert_cmpint(ask(scene.context->store,
	                    "SELECT count(*) FROM bounce WHERE state = 'judged' AND kind = 'hard'"),
	                ==, 1);
	g_assert_cmpstr(state_of(scene.context, 1), ==, "suspended");
	g_setenv("ORIGINAL_RECIPIENT", "from-the-environment@lists.test", TRUE);
	g_assert_cmpint(run_pipe(scene.config, NULL, 0, report, strlen(report)), ==, 0);
	g_unsetenv("ORIGINAL_RECIPIENT");
	g_assert_cmpint(ask(scene.context->store,
	                    "SELECT count(*) FROM bounce WHERE state = 'foreign'"
	                    " AND envelope_recipient = 'from-the-environment@lists.test'"),
	                ==, 1);
	scene_clear(&scene);
}

static void trouble_is_always_75_and_keeps_nothing(void)
{
	struct scene scene;
	g_autofree char *none = NULL, *away = NULL, *right = NULL;

	scene_init(&scene);
	none = g_build_filename(scene.folder, "none.conf", NULL);
	away = g_strconcat(scene.secrets, ".away", NULL);
	g_assert_cmpint(run_pipe(none, scene.sender, 0, report, strlen(report)), ==, 75);
	if (geteuid() == 0) {
		g_assert_cmpint(chmod(scene.folder, 0755), ==, 0);
		g_assert_cmpint(run_pipe(scene.config, scene.sender, 65534, report, strlen(report)), ==, 75);
		g_assert_cmpint(chmod(scene.folder, 0700), ==, 0);
		g_assert_cmpint(run_pipe(scene.config, scene.sender, 65534, report, strlen(report)), ==, 75);
	}
	g_assert_cmpint(rename(scene.secrets, away), ==, 0);
	g_assert_cmpint(run_pipe(scene.config, scene.sender, 0, report, strlen(report)), ==, 75);
	g_assert_cmpint(rename(away, scene.secrets), ==, 0);
	run_raw(scene.context->store, "PRAGMA user_version = 999");
	g_assert_cmpint(run_pipe(scene.config, scene.sender, 0, report, strlen(report)), ==, 75);
	right = g_strdup_printf("PRAGMA user_version = %d", store_schema_version());
	run_raw(scene.context->store, right);
	g_assert_cmpint(kept(&scene), ==, 0);
	g_assert_cmpint(run_pipe(scene.config, scene.sender, 0, report, strlen(report)), ==, 0);
	scene_clear(&scene);
}

static void nothing_and_too_much_are_kept(void)
{
	enum { HUGE_BYTES = 6 * 1024 * 1024 };
	struct scene scene;
	g_autofree char *huge = g_strnfill(HUGE_BYTES, 'x');

	scene_init(&scene);
	g_assert_cmpint(run_pipe(scene.config, scene.sender, 0, "", 0), ==, 0);
	g_assert_cmpint(ask(scene.context->store,
	                    "SELECT count(*) FROM bounce WHERE raw_size = 0 AND is_cut = 0"
	                    " AND state = 'unknown'"),
	                ==, 1);
	g_assert_cmpint(run_pipe(scene.config, scene.sender, 0, huge, HUGE_BYTES), ==, 0);
	g_assert_cmpint(ask(scene.context->store,
	                    "SELECT count(*) FROM bounce WHERE raw_size = 5242880 AND is_cut = 1"),
	                ==, 1);
	g_assert_cmpstr(state_of(scene.context, 1), ==, "active");
	scene_clear(&scene);
}

/* Whatever ends it before the message is safe must look like "later" to the mail server. */
static void a_signal_before_the_commit_is_75(void)
{
	static const int signals[] = {SIGTERM, SIGSEGV, SIGABRT, SIGTRAP, SIGQUIT,
	                              SIGALRM, SIGHUP,  SIGUSR1, SIGSYS};
	struct scene scene;

	scene_init(&scene);
	for (gsize i = 0; i < G_N_ELEMENTS(signals); i++) {
		int fd;
		pid_t child = start_pipe(scene.config, scene.sender, 0, &fd);
		gsize put = 0;

		/* more than a pipe holds: once it is written, the child is reading, and armed */
		while (put < 300000)
			put += (gsize)write(fd, report, strlen(report));
		g_assert_cmpint(kill(child, signals[i]), ==, 0);
		g_assert_cmpint(end_of(child), ==, 75);
		close(fd);
	}
	g_assert_cmpint(kept(&scene), ==, 0);
	scene_clear(&scene);
}

static void many_pipes_at_once_judge_each_message_once(void)
{
	enum { PIPES = 12 };
	struct scene scene;
	pid_t children[PIPES];
	int left;

	scene_init(&scene);
	for (int i = 0; i < PIPES; i++) {
		int fd;

		children[i] = start_pipe(scene.config, scene.sender, 0, &fd);
		g_assert_cmpint(write(fd, report, strlen(report)), ==, strlen(report));
		close(fd);
	}
	for (int i = 0; i < PIPES; i++)
		g_assert_cmpint(end_of(children[i]), ==, 0);
	/* on a busy machine the time for judging may have run out: what is left is for the next run */
	scene.context->rules = context_rules(NULL);
	assert_ok(judge_unread(scene.context, clock_now(), &left, &failure));
	g_assert_cmpint(
	        ask(scene.context->store, "SELECT count(*) FROM bounce WHERE state = 'judged' AND tries = 0"),
	        ==, PIPES);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM event WHERE actor = 'bounce'"), ==,
	                1);
	scene_clear(&scene);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	/* a pipe that gave up does not read to the end */
	signal(SIGPIPE, SIG_IGN);
#define TEST(name) g_test_add_func("/intake/" #name, name)
	TEST(a_report_is_kept_and_judged);
	TEST(trouble_is_always_75_and_keeps_nothing);
	TEST(nothing_and_too_much_are_kept);
	TEST(a_signal_before_the_commit_is_75);
	TEST(many_pipes_at_once_judge_each_message_once);
	return g_test_run();
}

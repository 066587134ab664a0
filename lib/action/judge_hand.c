// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/judge_hand.h"

#include "lib/base/failure.h"
#include "lib/base/log.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Reading takes milliseconds. LIVED: not 0, which a handler of the parent's might end with. */
enum { CHILD_S = 15, LIVED = 33 };

struct judge_hand judge_hand_look(int turn)
{
	struct judge_hand hand = {0};

	if (turn <= 0 || pread(turn, &hand, sizeof(hand), 0) != (gssize)sizeof(hand) || hand.id <= 0)
		return (struct judge_hand){0};
	return hand;
}

void judge_hand_take(int turn, gint64 id, gint64 deaths)
{
	const struct judge_hand hand = {.id = id, .deaths = deaths};

	if (turn > 0 && pwrite(turn, &hand, sizeof(hand), 0) != (gssize)sizeof(hand))
		log_warning("bounce=%" G_GINT64_FORMAT " is judged unguarded: %s", id, g_strerror(errno));
}

/* The parent's handlers may make a good end of a bad one, and its mask may stop the alarm. */
static void become_child(void)
{
	sigset_t all;

	for (int number = 1; number < NSIG; number++)
		if (number != SIGKILL && number != SIGSTOP)
			(void)signal(number, SIG_DFL);
	sigfillset(&all);
	(void)sigprocmask(SIG_UNBLOCK, &all, NULL);
	/* it has the turn's lock, too, and is not to keep it when the parent is gone */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)alarm(CHILD_S);
}

gboolean judge_hand_try(void (*work)(gpointer user), gpointer user, GError **error)
{
	struct sigaction usual = {.sa_handler = SIG_DFL}, before;
	pid_t child, ended;
	int status = 0;

	/* whoever started us may have had it ignored, and then nobody is told how a child ended */
	(void)sigaction(SIGCHLD, &usual, &before);
	child = fork();
	if (child == 0) {
		become_child();
		work(user);
		_exit(LIVED);
	}
	if (child < 0) {
		(void)sigaction(SIGCHLD, &before, NULL);
		g_set_error(error, FAILURE, FAILURE_LATER, "cannot start a child to read it: %s",
		            g_strerror(errno));
		return FALSE;
	}
	do
		ended = waitpid(child, &status, 0);
	while (ended < 0 && errno == EINTR);
	(void)sigaction(SIGCHLD, &before, NULL);
	if (ended == child && WIFEXITED(status) && WEXITSTATUS(status) == LIVED)
		return TRUE;
	if (ended == child)
		g_set_error(error, FAILURE, FAILURE_DATA, "a process that read it died (%s %d)",
		            WIFSIGNALED(status) ? "signal" : "status",
		            WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	else
		g_set_error(error, FAILURE, FAILURE_LATER, "the child that read it is lost: %s",
		            g_strerror(errno));
	return FALSE;
}

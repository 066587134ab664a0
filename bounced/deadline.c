// SPDX-License-Identifier: GPL-3.0-or-later
#include "bounced/deadline.h"

#include <glib.h>
#include <signal.h>
#include <unistd.h>

enum { DEADLINE_S = 60 };

static volatile sig_atomic_t exit_status = DEADLINE_LATER;

static void leave(int signal_number)
{
	(void)signal_number;
	_exit(exit_status);
}

void deadline_arm(void)
{
	static const int signals[] = {SIGALRM, SIGSEGV, SIGBUS,  SIGFPE, SIGILL,  SIGABRT, SIGTRAP, SIGSYS,
	                              SIGTERM, SIGINT,  SIGQUIT, SIGHUP, SIGXCPU, SIGXFSZ, SIGUSR1, SIGUSR2};
	/* a stack that ran over cannot carry the handler */
	static char spare[65536];
	const stack_t stack = {.ss_sp = spare, .ss_size = sizeof(spare)};
	struct sigaction action = {.sa_handler = leave, .sa_flags = SA_ONSTACK};
	unsigned left_s = alarm(0);
	sigset_t all;

	(void)sigaltstack(&stack, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
		sigaction(signals[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* whoever started us may have blocked some of them */
	sigfillset(&all);
	sigprocmask(SIG_UNBLOCK, &all, NULL);
	alarm(left_s == 0 || left_s > DEADLINE_S ? DEADLINE_S : left_s);
}

void deadline_pass(void)
{
	exit_status = 0;
}

int deadline_status(void)
{
	return exit_status;
}

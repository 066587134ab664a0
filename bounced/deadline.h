// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BOUNCED_DEADLINE_H
#define BOUNCED_DEADLINE_H

/*
 * How a process ends that a mail server has started: with 0 or with 75 and nothing else, whatever becomes of it, since an
 * MTA bounces any other status, and a bounced bounce is gone.
 */
enum { DEADLINE_LATER = 75 };

/* From now on signals, also those of our own faults, end the process with deadline_status(). It has 60 s, counted from the
 * first call: a time limit goes through exec(2). */
void deadline_arm(void);

/* The message is safe: from now on the status is 0. */
void deadline_pass(void);

/* DEADLINE_LATER, or 0 after deadline_pass(). */
int deadline_status(void);

#endif

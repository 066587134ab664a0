// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BOUNCED_INTAKE_H
#define BOUNCED_INTAKE_H

/*
 * bounced --pipe: one message on standard input, taken from a mail server.
 *
 * Gives the exit status, which is 0 or 75 and nothing else: an MTA bounces any other, and a bounced bounce is gone. 0 means
 * that the raw message and its envelope recipient are committed; what happens to the process afterwards cannot change
 * that, for it goes on to judge. Everything else (usage, configuration, version, permission, its own deadline) is 75 with
 * one line on stderr.
 *
 * config: -c's argument or NULL. recipient: NULL or "": $ORIGINAL_RECIPIENT, as local(8) sets it.
 */
int intake_pipe(const char *config, const char *recipient);

#endif

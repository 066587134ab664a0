// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BOUNCED_CLASSIFY_COMMAND_H
#define BOUNCED_CLASSIFY_COMMAND_H

/*
 * `bounced --classify PATH|-...`: files, folders of messages, Maildirs, mboxes, standard input. One JSON object per
 * line and per (message, recipient) on stdout. Needs no database and no configuration.
 * Returns the exit status: 66 when a path could not be read (after all others), 74 when stdout failed, else 0.
 */
int classify_command_run(char **paths);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BOUNCED_CLASSIFY_COMMAND_H
#define BOUNCED_CLASSIFY_COMMAND_H

/*
 * `bounced --classify PATH|-...`: files, folders of messages, Maildirs, mboxes, standard input. One JSON object per
 * line and per (message, recipient) on stdout, in the order of the files. Needs no database and no configuration; the
 * operator's rules are used when there are any. jobs: threads, 0: as many as there are processors.
 * Returns the exit status: 66 when a path could not be read (after all others), 74 when stdout failed, else 0.
 */
int classify_command_run(char **paths, int jobs);

#endif

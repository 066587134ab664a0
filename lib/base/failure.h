// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BASE_FAILURE_H
#define BASE_FAILURE_H

#include <glib.h>

/*
 * The one error domain. A code says what the caller can do about it and is at the same time the exit
 * status of the program (sysexits.h), so that "try later" stays one code from the database to the MTA.
 * The text is for people; nobody parses it.
 */
enum failure {
	FAILURE_NO = 1,           /* a predicate that is not true, a send that was refused */
	FAILURE_USAGE = 64,       /* wrong words on a command line */
	FAILURE_DATA = 65,        /* input that is wrong and stays wrong */
	FAILURE_NOINPUT = 66,     /* a file, list, address that is not there */
	FAILURE_UNAVAILABLE = 69, /* a service that refuses us for good (relay, schema too new) */
	FAILURE_BUG = 70,
	FAILURE_IO = 74,
	FAILURE_LATER = 75,       /* busy, full, unreachable: the same call may work later */
	FAILURE_PERMISSION = 77,
	FAILURE_CONFIG = 78,
};

#define FAILURE failure_quark()
GQuark failure_quark(void);

/* The exit status for an error: its own code in our domain, 75 for "no space left", 74 for other G_FILE_ERROR, else 70. */
int failure_exit_code(const GError *error);

gboolean failure_is(const GError *error, enum failure code);

/* Set *error from errno: ENOSPC, EDQUOT, EAGAIN, EMFILE, ENFILE, ENOMEM are LATER, EACCES and EPERM PERMISSION,
 * ENOENT NOINPUT, else IO. what: "cannot read FILE", printed before ": STRERROR". */
void failure_set_errno(GError **error, int errnum, const char *what);

#endif

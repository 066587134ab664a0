// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BOUNCED_FRONT_SETTINGS_H
#define BOUNCED_FRONT_SETTINGS_H

#include <glib.h>

/*
 * The two lines of carom.conf that the front needs, by the C library alone. It does not check the file: lib/run/settings has
 * read it for the daemon, and a test holds the two readers together. Whatever is unusual (a key twice, a file longer than
 * this reads, a pipe in its place) is left to the full program.
 */
struct front_settings {
	char text[32768];    /* of the file, in pieces */
	char database[4096]; /* absolute, or from the working directory */
	char lmtp[256];      /* "unix:PATH" or "ADDRESS:PORT" */
};

/* given: -c's argument or NULL; environment: $CAROM_CONFIG or NULL. FALSE: no file, no daemon in it, or an unusual one. */
gboolean front_settings_read(const char *given, const char *environment, struct front_settings *settings_out);

#endif

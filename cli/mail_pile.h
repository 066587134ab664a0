// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_MAIL_PILE_H
#define CLI_MAIL_PILE_H

#include <glib.h>

/*
 * Messages in files, mboxes, Maildirs and folders of any of these, one by one, in the order of names. In a Maildir only
 * cur, new and its own Maildirs are read, elsewhere all but what begins with a dot. Memory does not grow with their number.
 */
struct mail_pile {
	/* Take a message. FALSE ends the walk. path: its file. message: may be kept by a reference. */
	gboolean (*take)(const char *path, GBytes *message, void *user, GError **error);
	/* A file or folder could not be read; the walk goes on. */
	void (*complain)(const char *path, const char *why, void *user);
	void *user;
};

gboolean mail_pile_walk(const struct mail_pile *pile, const char *path, GError **error);

#endif

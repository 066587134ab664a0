// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_MBOX_H
#define MAIL_MBOX_H

#include <glib.h>

/* Files that hold one message, or many in the mbox format (RFC 4155). Hostile input. */

/* Does it begin as an mbox does, with a "From " line? */
gboolean mbox_is(const char *bytes, gsize len);

/* Does this line open a message, after a blank one? The text up to end may go on behind the line. */
gboolean mbox_opens(const char *line, const char *end);

/* The next message of an mbox after the one at at, or end. */
const char *mbox_next(const char *at, const char *end);

/* The message alone, without its "From " line and the blank line that parts it from the next: the same bytes as in a
 * file of its own. Both out-parameters point into the message. */
void mbox_trim(const char *at, gsize len, const char **start_out, gsize *len_out);

/*
 * Whom a message was for, as far as its own header says: the addresses of Delivered-To, X-Original-To, Envelope-To, then
 * of To and Cc, of char *, at most LIMIT_REPORT_RECIPIENTS. Anybody can write these: they are worth what their tokens are.
 */
GPtrArray *mbox_recipients(const char *message, gsize len);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_REPORT_LEAN_H
#define MAIL_REPORT_LEAN_H

#include <glib.h>

/* The type that messages inside a message have in the copy. */
#define REPORT_LEAN_TYPE "message/x-mail"

/*
 * What the MIME parser needs of a normalised message. Most of its time goes into header fields, of which a report has
 * dozens that say nothing about its parts: only MIME's own stay in the header of the message. A returned message is
 * renamed so that the parser leaves it in one piece: whoever wants to look into it opens it as a message of its own.
 */
GString *report_lean_copy(const GString *message);

#endif

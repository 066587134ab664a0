// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_COMPOSE_HEADER_H
#define MAIL_COMPOSE_HEADER_H

#include <glib.h>

/*
 * Header fields of outgoing messages: "Name: value CRLF", encoded (RFC 2047) where needed, folded at 78 where there
 * is a blank to fold at. No value can begin another field or line: control characters become blanks, runs of
 * blanks one.
 */

/* Free text, as a Subject. UTF-8; cut at LIMIT_HEADER_OUT bytes. */
void compose_header_text(GString *out, const char *name, const char *value);

/* A value of tokens that must not be encoded (List-*, Feedback-ID): ASCII, folded at blanks only. */
void compose_header_tokens(GString *out, const char *name, const char *value);

/* display: UTF-8 or NULL; encoded or quoted as it needs. address: compose_header_is_address(). is_id: what is in the
 * angle brackets is a List-Id (RFC 2919) and they are always there. */
void compose_header_mailbox(GString *out, const char *name, const char *display, const char *address, gboolean is_id);

/* A plain addr-spec in ASCII: dot-atom "@" domain, at most LIMIT_ADDRESS bytes. */
gboolean compose_header_is_address(const char *text);

/* Printable ASCII without blanks and angle brackets, not empty: may stand between < and >. */
gboolean compose_header_is_token(const char *text);

/* "Title <addr>", "addr": FAILURE_DATA unless there is one valid address. *display_out is "" when there is none. */
gboolean compose_header_read_mailbox(const char *text, char **display_out, char **address_out, GError **error);

#endif
